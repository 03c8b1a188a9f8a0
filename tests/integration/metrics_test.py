"""/metrics: what dashboards and alerting rules count on (A-121 to A-126, A-128, A-129), read by real tools."""
import contextlib
import gzip
import json
import os
import sqlite3
import subprocess
import threading
import urllib.parse
import urllib.request

from support.fakes import Reply, WeCom, Webhook
from support.proc import ROOT, Case, Program, find_program, free_port, wait_for

CONFIG = """
route: {{receiver: hook, group_by: [alertname], group_wait: 0s, repeat_interval: 1h}}
receivers: [{{name: hook, webhook_configs: [{{url: '{url}'}}]}}]
"""
ROBOT = """
route: {{receiver: robot, group_wait: 0s}}
receivers: [{{name: robot, wecom_configs: [{{webhook_url: '{url}/cgi-bin/webhook/send?key=k'}}]}}]
"""
INTEGRATIONS = ("discord email incidentio jira mattermost msteams msteamsv2 opsgenie pagerduty pushover rocketchat slack sns "
                "telegram victorops webex webhook wechat").split()
REASONS = "other clientError serverError contextCanceled contextDeadlineExceeded authError rateLimited".split()
# name: (type, series that are there in an idle server; None: no labels)
SERIES = {
    "alertmanager_alerts": ("gauge", ['state="active"', 'state="suppressed"', 'state="unprocessed"']),
    "alertmanager_alerts_received_total": ("counter", ['status="firing",version="v2"', 'status="resolved",version="v2"']),
    "alertmanager_alerts_invalid_total": ("counter", ['version="v2"']),
    "alertmanager_alerts_per_alert_limit": ("gauge", None),
    "alertmanager_cluster_enabled": ("gauge", None),
    "alertmanager_config_hash": ("gauge", None),
    "alertmanager_config_last_reload_successful": ("gauge", None),
    "alertmanager_config_last_reload_success_timestamp_seconds": ("gauge", None),
    "alertmanager_dispatcher_aggregation_groups": ("gauge", None),
    "alertmanager_dispatcher_aggregation_group_limit_reached_total": ("counter", None),
    "alertmanager_http_requests_in_flight": ("gauge", ['method="get"']),
    "alertmanager_http_concurrency_limit_exceeded_total": ("counter", ['method="get"']),
    "alertmanager_receivers": ("gauge", None),
    "alertmanager_integrations": ("gauge", None),
    "alertmanager_inhibition_rules": ("gauge", None),
    "alertmanager_nflog_queries_total": ("counter", None),
    "alertmanager_nflog_query_errors_total": ("counter", None),
    "alertmanager_nflog_maintenance_total": ("counter", None),
    "alertmanager_nflog_maintenance_errors_total": ("counter", None),
    "alertmanager_nflog_snapshot_size_bytes": ("gauge", None),
    "alertmanager_notifications_total": ("counter", ['integration="%s"' % i for i in INTEGRATIONS]),
    "alertmanager_notification_requests_total": ("counter", ['integration="%s"' % i for i in INTEGRATIONS]),
    "alertmanager_notification_requests_failed_total": ("counter", ['integration="%s"' % i for i in INTEGRATIONS]),
    "alertmanager_notifications_failed_total":
        ("counter", ['integration="%s",reason="%s"' % (i, r) for i in INTEGRATIONS for r in REASONS]),
    "alertmanager_silences": ("gauge", ['state="active"', 'state="pending"', 'state="expired"']),
    "alertmanager_silences_queries_total": ("counter", None),
    "alertmanager_silences_query_errors_total": ("counter", None),
    "alertmanager_silences_snapshot_size_bytes": ("gauge", None),
    "alertmanager_silences_state_size": ("gauge", None),
    "alertmanager_silences_matcher_compile_errors_total": ("counter", ['stage="index"', 'stage="load_snapshot"']),
    "process_start_time_seconds": ("gauge", None),
    "process_resident_memory_bytes": ("gauge", None),
    "process_cpu_seconds_total": ("counter", None),
    "process_open_fds": ("gauge", None),
    "promhttp_metric_handler_requests_in_flight": ("gauge", None),
    "promhttp_metric_handler_requests_total": ("counter", ['code="200"', 'code="500"', 'code="503"']),
    "tocsin_engine_lock_hold_seconds": ("histogram", []),
    "tocsin_db_commit_duration_seconds": ("histogram", []),
    "tocsin_db_queue_length": ("gauge", None),
    "tocsin_db_queue_oldest_seconds": ("gauge", None),
    "tocsin_outbox_entries": ("gauge", None),
    "tocsin_outbox_oldest_seconds": ("gauge", None),
    "tocsin_notifications_in_flight": ("gauge", None),
    "tocsin_digests_total": ("counter", None),
    "tocsin_digest_groups_total": ("counter", None),
    "tocsin_splits_total": ("counter", None),
    "tocsin_split_messages_total": ("counter", None),
    "tocsin_dead_letters": ("gauge", None),
}
OWN_RULES = os.path.join(ROOT, "conf", "examples", "prometheus", "tocsin.rules.yml")
# What dashboards ask for, besides the alerts of the rules that we ship.
DASHBOARD = """
groups:
- name: dashboard
  rules:
  - record: received:rate
    expr: sum by (job, instance) (rate(alertmanager_alerts_received_total{job="tocsin"}[5m]))
  - record: gc:rate
    expr: rate(alertmanager_nflog_gc_duration_seconds_sum{job="tocsin"}[5m]) / rate(alertmanager_nflog_gc_duration_seconds_count{job="tocsin"}[5m])
  - record: http:p90
    expr: histogram_quantile(0.9, sum by (le, handler, method, code) (rate(alertmanager_http_request_duration_seconds_bucket{job="tocsin"}[5m])))
"""


class Metrics(Case):
    def setUp(self):
        super().setUp()
        self.hook = Webhook().start()
        self.addCleanup(self.hook.stop)
        self.am = self.router(CONFIG.format(url=self.hook.url))

    def text(self, target="/metrics", **headers):
        answer = self.am.request("GET", target, headers={k.replace("_", "-"): v for k, v in headers.items()})
        self.assertEqual(answer.status, 200)
        return answer

    def check(self, text):
        done = subprocess.run([find_program("promtool"), "check", "metrics"], input=text, capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, b""))

    def make_traffic(self):
        self.hook.script(Reply(), Reply(400, "no"))
        self.am.post_alerts({"alertname": "A"}, {"alertname": "B"})
        self.am.request("POST", "/api/v2/alerts", [{"labels": {}}])
        self.hook.wait(2)
        wait_for("the failure", lambda: self.am.metric(
            'alertmanager_notifications_failed_total{integration="webhook",reason="clientError"}') == 1)

    def test_all_series_are_there_at_once(self):
        """A-122 A-123"""
        text = self.text().body.decode()
        for name, (kind, labels) in SERIES.items():
            with self.subTest(name):
                self.assertIn("# TYPE %s %s\n" % (name, kind), text)
                self.assertRegex(text, "# HELP %s .+\n" % name)
                for series in [name] if labels is None else ["%s{%s}" % (name, x) for x in labels]:
                    self.assertIn("\n" + series + " ", text)
        families = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
        self.assertEqual(families, sorted(families))
        self.assertNotIn("alertmanager_alerts_limited_total", text)
        self.assertNotIn("alertmanager_cluster_members", text)

    def test_promtool_has_no_complaints(self):
        """A-121"""
        self.check(self.text().body)
        self.make_traffic()
        self.check(self.text().body)

    def test_forms(self):
        """A-121"""
        plain = self.text()
        self.assertEqual(plain.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8; escaping=underscores")
        asked = self.text(Accept="application/openmetrics-text;version=1.0.0;escaping=allow-utf-8,text/plain;version=0.0.4;q=0.5")
        self.assertTrue(asked.headers["Content-Type"].startswith("text/plain; version=0.0.4"))
        packed = self.text(Accept_Encoding="gzip")
        self.assertEqual(packed.headers["Content-Encoding"], "gzip")
        self.assertIn(b"alertmanager_build_info{", gzip.decompress(packed.body))
        some = self.text("/metrics?name[]=alertmanager_receivers&name[]=alertmanager_silences").body.decode()
        self.assertEqual({line.split()[2] for line in some.splitlines() if line.startswith("# TYPE")},
                         {"alertmanager_receivers", "alertmanager_silences"})

    def test_what_moves(self):
        """A-125 A-126"""
        self.make_traffic()
        for series, want in (('alertmanager_alerts_received_total{status="firing",version="v2"}', 3),
                             ('alertmanager_alerts_invalid_total{version="v2"}', 1),
                             ('alertmanager_alerts{state="active"}', 2), ("alertmanager_dispatcher_aggregation_groups", 2),
                             ('alertmanager_notifications_total{integration="webhook"}', 2),
                             ('alertmanager_http_request_duration_seconds_count{code="400",handler="/api/v2/alerts",method="post"}', 1)):
            with self.subTest(series):
                self.assertEqual(self.am.metric(series), want)
        self.assertGreater(self.am.metric("tocsin_engine_lock_hold_seconds_count"), 0)

    def test_lanes_appear_with_the_first_notification(self):
        self.am.post_alerts({"alertname": "A"})
        self.hook.wait(1)
        lane = '{lane="%s"}' % self.hook.url
        wait_for("its success", lambda: self.am.metric("tocsin_lane_last_success_timestamp_seconds" + lane))
        for name, want in (("state", 0), ("queue_length", 0), ("oldest_seconds", 0), ("last_error_timestamp_seconds", 0)):
            with self.subTest(name):
                self.assertEqual(self.am.metric("tocsin_lane_%s%s" % (name, lane)), want)

    def test_what_is_too_long_for_one_message_is_counted(self):
        with WeCom() as robot:
            self.am.write_config(ROBOT.format(url=robot.url))
            self.assertEqual(self.am.request("POST", "/-/reload").status, 200)
            self.am.post_alerts({"labels": {"alertname": "A"}, "annotations": {"summary": "much to say. " * 500}})
            sent = wait_for("all messages", lambda: self.am.metric("tocsin_split_messages_total"))
            self.assertEqual(sent, len(robot.requests))
            self.assertGreater(sent, 1)
            self.assertEqual(self.am.metric("tocsin_splits_total"), 1)

    def test_a_queue_that_does_not_move_shows_its_age(self):
        with contextlib.closing(sqlite3.connect(os.path.join(self.am.data, "tocsin.db"), isolation_level=None)) as db:
            db.execute("BEGIN IMMEDIATE")
            post = threading.Thread(target=self.am.request, args=("POST", "/api/v2/alerts", [{"labels": {"a": "b"}}]))
            post.start()
            wait_for("it waits", lambda: (self.am.metric("tocsin_db_queue_oldest_seconds") or 0) > 0.2)
            self.assertGreaterEqual(self.am.metric("tocsin_db_queue_length"), 1)
            db.execute("ROLLBACK")
        post.join()
        wait_for("nothing waits", lambda: self.am.metric("tocsin_db_queue_oldest_seconds") == 0)

    def test_rules_are_evaluated_by_a_real_prometheus(self):
        """A-129"""
        port = free_port()
        for name, text in (("rules.yml", DASHBOARD), ("prometheus.yml", json.dumps({
                "global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "rule_files": ["rules.yml", OWN_RULES],
                "scrape_configs": [{"job_name": "tocsin", "static_configs": [{"targets": ["127.0.0.1:%d" % self.am.port]}]}]}))):
            with open(os.path.join(self.home, name), "w", encoding="ascii") as f:
                f.write(text)
        self.own(Program([find_program("prometheus"), "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb",
                          "--web.listen-address=127.0.0.1:%d" % port], self.home, "prometheus")).start()

        def ask(path):
            try:
                with urllib.request.urlopen("http://127.0.0.1:%d/api/v1/%s" % (port, path), timeout=5) as r:
                    return json.load(r)["data"]
            except OSError:
                return None

        def query(text):
            found = ask("query?query=" + urllib.parse.quote(text))
            return found["result"] if found else []

        self.make_traffic()
        wait_for("enough scrapes", lambda: query('count_over_time(up{job="tocsin"}[1m]) >= 5'), 30)
        self.am.post_alerts({"alertname": "C"})
        wait_for("a quantile of our lock", lambda: query("job:tocsin_engine_lock_hold_seconds:p99"), 30)
        rules = [r for g in ask("rules")["groups"] for r in g["rules"]]
        self.assertEqual(len(rules), 12)
        self.assertEqual([(r["name"], r["health"], r.get("lastError")) for r in rules],
                         [(r["name"], "ok", None) for r in rules])
        alarmed = {r["name"] for r in rules if r.get("state", "inactive") != "inactive"}
        self.assertLessEqual(alarmed, {"TocsinNotificationsFail", "TocsinNotificationsFailEverywhere"})
        self.assertEqual(query('up{job="tocsin"}')[0]["value"][1], "1")
