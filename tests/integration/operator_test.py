"""What an operator sees: log lines, metrics, and that neither slow receivers nor delays hold anything up."""
import signal
import threading
import time

from support.fakes import Webhook
from support.proc import SLOW, Case, wait_for

CONFIG = """
route:
  receiver: hook
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: {repeat}
receivers:
- name: hook
  webhook_configs: [{{url: '{url}'}}]
- name: spare
  webhook_configs: [{{url: '{url}'}}]
"""

# pipeline.md 1.7, 2, 3.5, 4.2, 5.2, 8.3, but for clusters and tracing. Those that upstream shows only after
# their first use are not here.
METRICS = """
alertmanager_alerts{state="active"} alertmanager_alerts{state="suppressed"} alertmanager_alerts{state="unprocessed"}
alertmanager_alerts_received_total{status="firing",version="v2"}
alertmanager_alerts_received_total{status="resolved",version="v2"}
alertmanager_alerts_invalid_total{version="v2"} alertmanager_alerts_per_alert_limit
alertmanager_alerts_subscriber_channel_writes_total{subscriber="dispatcher"}
alertmanager_alerts_subscriber_channel_writes_total{subscriber="inhibitor"}
alertmanager_dispatcher_aggregation_groups alertmanager_dispatcher_alert_processing_duration_seconds_count
alertmanager_dispatcher_aggregation_group_limit_reached_total alertmanager_inhibition_rules
alertmanager_silences{state="active"} alertmanager_silences{state="pending"} alertmanager_silences{state="expired"}
alertmanager_silences_gc_duration_seconds_count alertmanager_silences_gc_errors_total
alertmanager_silences_snapshot_duration_seconds_count alertmanager_silences_snapshot_size_bytes
alertmanager_silences_maintenance_total alertmanager_silences_maintenance_errors_total
alertmanager_silences_queries_total alertmanager_silences_query_errors_total
alertmanager_silences_query_duration_seconds_count alertmanager_silences_query_silences_scanned_total
alertmanager_silences_query_silences_skipped_total
alertmanager_silences_matcher_compile_errors_total{stage="index"}
alertmanager_silences_matcher_compile_errors_total{stage="load_snapshot"}
alertmanager_silences_state_size alertmanager_silences_matcher_index_size
alertmanager_silences_version_index_size alertmanager_silences_gossip_messages_propagated_total
alertmanager_nflog_gc_duration_seconds_count alertmanager_nflog_snapshot_duration_seconds_count
alertmanager_nflog_snapshot_size_bytes alertmanager_nflog_maintenance_total
alertmanager_nflog_maintenance_errors_total alertmanager_nflog_queries_total
alertmanager_nflog_query_errors_total alertmanager_nflog_query_duration_seconds_count
alertmanager_nflog_gossip_messages_propagated_total
alertmanager_config_hash alertmanager_config_last_reload_successful
alertmanager_config_last_reload_success_timestamp_seconds
""".split()
TYPES = ("email pagerduty wechat pushover slack opsgenie webhook victorops sns telegram discord webex msteams "
         "msteamsv2 incidentio jira rocketchat mattermost").split()
REASONS = "clientError serverError authError rateLimited contextCanceled contextDeadlineExceeded other".split()


class Operator(Case):
    def setUp(self):
        super().setUp()
        self.hook = Webhook().start()
        self.addCleanup(self.hook.stop)

    def config(self, repeat="4h"):
        return CONFIG.format(url=self.hook.url, repeat=repeat)

    # P-049
    def test_unused_receivers_and_odd_intervals_are_said_in_the_log(self):
        router = self.router(self.config("200h"))
        self.assertIn('msg="skipping creation of receiver not referenced by any route" receiver=spare', router.log())
        self.assertIn("repeat_interval is greater than the data retention period", router.log())
        self.assertNotIn("rule=repeat-interval", router.log())
        router.write_config(self.config("1ms"))
        router.process.send_signal(signal.SIGHUP)
        wait_for("the other warning", lambda: "rule=repeat-interval" in router.log())

    # P-071
    def test_log_silences(self):
        router = self.router(self.config(), args=["--log.silences"])

        def post(comment, value="b c", **more):
            body = {"matchers": [{"name": "a", "value": value, "isRegex": True, "isEqual": True},
                                 {"name": "d", "value": "e", "isRegex": False, "isEqual": False}],
                    "startsAt": "2026-01-01T00:00:00Z", "endsAt": "2099-01-01T00:00:00Z", "createdBy": "me",
                    "comment": comment, **more}
            answer = router.request("POST", "/api/v2/silences", body)
            self.assertEqual(answer.status, 200, answer.body)
            return answer.json()["silenceID"]

        def lines():
            return [line[line.index('msg='):] for line in router.log().splitlines() if ' silence" Id=' in line]

        first = post("one")
        starts = router.get("/api/v2/silence/" + first)["startsAt"]
        post("two", id=first, startsAt=starts)
        second = post("three", value="z", id=first)
        router.request("DELETE", "/api/v2/silence/" + second)
        router.request("DELETE", "/api/v2/silence/" + second)  # it is over already
        found = lines()
        for line, verb, sid, comment in zip(found, ("create", "update", "expire", "create", "expire"),
                                            (first, first, first, second, second),
                                            ("one", "two", "two", "three", "three")):
            self.assertTrue(line.startswith('msg="%s silence" Id=%s CreatedBy=me Comment=%s StartsAt=20'
                                            % (verb, sid, comment)), line)
        self.assertEqual(len(found), 5, found)
        self.assertIn(' EndsAt=2099-01-01T00:00:00Z Matchers="a=~b c,d!=e"', found[0])
        self.assertIn(" Matchers=a=~z,d!=e", found[3].replace('"', ""))

    def test_without_the_flag_silences_are_not_logged(self):
        router = self.router(self.config())
        router.request("POST", "/api/v2/silences", {
            "matchers": [{"name": "a", "value": "b", "isRegex": False}], "startsAt": "2026-01-01T00:00:00Z",
            "endsAt": "2099-01-01T00:00:00Z", "createdBy": "me", "comment": "quiet"})
        self.assertNotIn("create silence", router.log())

    # P-149
    def test_metrics_are_there_from_the_start(self):
        router = self.router(self.config())
        text = router.request("GET", "/metrics").body.decode()
        series = {line.rsplit(" ", 1)[0] for line in text.splitlines() if not line.startswith("#")}
        wanted = METRICS + ["alertmanager_notifications_total{integration=\"%s\"}" % t for t in TYPES]
        wanted += ["alertmanager_notification_requests_total{integration=\"%s\"}" % t for t in TYPES]
        wanted += ["alertmanager_notification_requests_failed_total{integration=\"%s\"}" % t for t in TYPES]
        wanted += ["alertmanager_notification_latency_seconds_count{integration=\"%s\"}" % t for t in TYPES]
        wanted += ["alertmanager_notifications_failed_total{integration=\"%s\",reason=\"%s\"}" % (t, r)
                   for t in TYPES for r in REASONS]
        self.assertEqual([name for name in wanted if name not in series], [])
        self.assertNotIn("alertmanager_notifications_suppressed_total{", text)

    # P-023
    def test_limited_alerts_are_counted_by_name_when_asked(self):
        for feature, series in (("", "alertmanager_alerts_limited_total"),
                                ("alert-names-in-metrics", 'alertmanager_alerts_limited_total{alertname="x"}')):
            router = self.router(self.config(), name="limit" + feature,
                                 args=["--alerts.per-alertname-limit=1", "--enable-feature=" + feature])
            self.assertIsNone(router.metric(series))
            router.post_alerts(*({"alertname": "x", "n": str(n)} for n in range(3)))
            self.assertEqual(router.metric(series), 2)
            self.assertEqual(router.metric("alertmanager_alerts_per_alert_limit"), 1)
            router.stop()

    # P-051 A-127
    def test_alerts_are_counted_by_group_when_asked(self):
        router = self.router(self.config(), args=["--enable-feature=group-key-in-metrics"])
        router.post_alerts({"alertname": "x", "n": "1"}, {"alertname": "x", "n": "2"}, {"alertname": "y"})
        self.hook.wait(2, 5 * SLOW)
        self.assertIsNone(router.metric('alertmanager_alerts{state="active"}'))
        key = '{group_key="{}:{alertname=\\"%s\\"}",state="active"}'
        self.assertEqual(router.metric("alertmanager_alerts" + key % "x"), 2)
        self.assertEqual(router.metric("alertmanager_alerts" + key % "y"), 1)
        router.post_alerts({"labels": {"alertname": "y"}, "endsAt": "2026-01-01T00:00:00Z"})
        wait_for("the series of a group goes with it",
                 lambda: router.metric("alertmanager_alerts" + key % "y") is None)

    # P-123
    def test_reloads_under_load_lose_no_alert(self):
        router = self.router(self.config())
        senders, per_sender, failures = 3, 150, []

        def send(sender):
            try:
                for n in range(per_sender):
                    router.post_alerts({"alertname": "x%d" % (n % 7), "sender": str(sender), "n": str(n)})
            except Exception as e:  # pylint: disable=broad-except
                failures.append(e)

        threads = [threading.Thread(target=send, args=(i,)) for i in range(senders)]
        for thread in threads:
            thread.start()
        reloads = 0
        while any(thread.is_alive() for thread in threads):
            router.write_config(self.config("4h" if reloads % 2 else "5h").replace(
                "[alertname]", "[alertname]" if reloads % 3 else "[alertname, sender]"))
            self.assertEqual(router.request("POST", "/-/reload").status, 200)
            reloads += 1
        self.assertEqual(failures, [])
        self.assertGreater(reloads, 2)
        self.assertEqual(len(router.get("/api/v2/alerts")), senders * per_sender)

        def told():
            return {(a["labels"]["sender"], a["labels"]["n"]) for r in self.hook.requests for a in r["json"]["alerts"]}

        wait_for("every alert is told", lambda: len(told()) == senders * per_sender)

    # P-124
    def test_a_receiver_that_hangs_holds_up_nobody(self):
        hanging = Webhook(delay=8).start()
        self.addCleanup(hanging.stop)
        router = self.router(CONFIG.format(url=hanging.url, repeat="4h"))
        router.post_alerts(*({"alertname": "x%d" % n} for n in range(300)))
        hanging.wait(1, 5 * SLOW)
        for n in range(20):
            begun = time.monotonic()
            router.post_alerts({"alertname": "later%d" % n})
            self.assertGreaterEqual(len(router.get("/api/v2/alerts")), 301)
            router.get("/api/v2/alerts/groups")
            self.assertLess(time.monotonic() - begun, 2 * SLOW)

    # P-101; P-150: W-24
    def test_a_strict_stop_cuts_deliveries_off(self):
        hanging = Webhook(delay=8).start()
        self.addCleanup(hanging.stop)
        router = self.router(CONFIG.format(url=hanging.url, repeat="4h"), args=["--compat.strict"])
        router.post_alerts({"alertname": "x"})
        hanging.wait(1, 5 * SLOW)
        begun = time.monotonic()
        self.assertEqual(router.stop(), 0)
        self.assertLess(time.monotonic() - begun, 3 * SLOW)
        failed = [line for line in router.log().splitlines() if 'msg="Notify for alerts failed"' in line]
        self.assertEqual(len(failed), 1, router.log())
        self.assertIn("level=DEBUG", failed[0])
        self.assertIn("hook/webhook[0]: notify retry canceled after 1 attempts: context canceled", failed[0])

    # P-142, TL-41
    def test_a_start_delay_holds_up_neither_reload_nor_stop(self):
        router = self.router(self.config(), args=["--dispatch.start-delay=60s"])
        router.post_alerts({"alertname": "x"})
        begun = time.monotonic()
        self.assertEqual(router.request("POST", "/-/reload").status, 200)
        self.assertEqual(router.stop(), 0)
        self.assertLess(time.monotonic() - begun, 3 * SLOW)
        self.assertEqual(self.hook.requests, [])
