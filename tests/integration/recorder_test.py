"""The event recorder as Alertmanager has it (rows P-127 to P-132): envelopes, files, webhooks."""
import json
import os
import time

from support.fakes import Webhook
from support.proc import Case, wait_for

CONFIG = """
route:
  receiver: hook
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 90m
  routes:
  - receiver: hook
    matchers: [team="x"]
receivers:
- name: hook
  webhook_configs: [{{url: '{url}'}}]
inhibit_rules:
- name: down
  source_matchers: [severity="critical"]
  target_matchers: [severity="warning"]
  equal: [instance, cluster]
event_recorder:
{outputs}
"""
RECORDER = ["--enable-feature=event-recorder"]


class Recorder(Case):
    def setUp(self):
        super().setUp()
        self.hook = Webhook().start()
        self.addCleanup(self.hook.stop)
        self.file = os.path.join(self.home, "events.jsonl")

    def config(self, outputs):
        return CONFIG.format(url=self.hook.url, outputs=outputs)

    def recording(self, outputs=None, args=()):
        return self.router(self.config(outputs or "  file_outputs: [{path: events.jsonl}]"),
                           args=RECORDER + list(args))

    def events(self, path=None):
        """Whole lines: [(type, data, envelope)]."""
        try:
            with open(path or self.file, encoding="utf-8") as f:
                lines = [json.loads(line) for line in f if line.endswith("\n")]
        except FileNotFoundError:
            return []
        return [(*next(iter(e["data"].items())), e) for e in lines]

    def types(self):
        return [e[0] for e in self.events()]

    def data(self, kind):
        return [e[1] for e in self.events() if e[0] == kind]

    def test_what_an_alert_leaves_behind(self):
        router = self.recording()
        router.post_alerts({"labels": {"alertname": "A", "zz": "1", "team": "x"}, "annotations": {"s": "t"}})
        wait_for("the notification", lambda: "notification" in self.types())
        self.assertEqual(self.types()[:3], ["alertmanagerStartupEvent", "alertCreated", "alertGrouped"])
        start = self.events()[0]
        self.assertRegex(start[2]["@timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3,9})?Z$")
        self.assertEqual(start[2]["instance"], os.uname().nodename)

        created = self.data("alertCreated")[0]["alert"]
        self.assertEqual(created["name"], "A")
        self.assertEqual(created["labels"], {"labels": [{"key": "alertname", "value": "A"},
                                                        {"key": "team", "value": "x"},
                                                        {"key": "zz", "value": "1"}]})
        self.assertEqual(created["annotations"], {"labels": [{"key": "s", "value": "t"}]})
        self.assertRegex(created["fingerprint"], r"^\d+$")
        self.assertNotIn("resolved", created)

        grouped = self.data("alertGrouped")[0]
        self.assertEqual(grouped["alert"]["details"]["fingerprint"], created["fingerprint"])
        self.assertEqual(grouped["groupInfo"]["groupKey"], '{}/{team="x"}:{alertname="A"}')
        self.assertEqual(set(grouped["groupInfo"]), {"groupKey", "groupLabels", "groupId", "receiverName"})

        told = self.data("notification")[0]
        self.assertEqual(told["alerts"][0]["details"]["endsAt"], "0001-01-01T00:00:00Z")
        self.assertEqual(told["firingAlerts"], [{"hash": grouped["alert"]["hash"]}])
        self.assertNotIn("resolvedAlerts", told)
        self.assertEqual(told["reason"], "NOTIFY_REASON_FIRST_NOTIFICATION")
        self.assertEqual((told["repeatInterval"], told["flushId"]), ("5400s", "1"))
        self.assertEqual(told["integration"], {"name": "webhook"})
        self.assertEqual(told["groupInfo"]["matchers"], [{"type": "TYPE_EQUAL", "name": "team", "pattern": "x",
                                                          "rendered": 'team="x"'}])
        self.assertEqual(told["groupInfo"]["groupId"], grouped["groupInfo"]["groupId"])

        router.post_alerts({"labels": {"alertname": "A", "zz": "1", "team": "x"},
                            "endsAt": "2026-01-01T00:00:00Z", "startsAt": "2025-12-31T00:00:00Z"})
        wait_for("its end", lambda: "alertResolved" in self.types())
        self.assertEqual(self.types().count("alertCreated"), 1)
        self.assertEqual(self.types().count("alertGrouped"), 2)
        self.assertTrue(self.data("alertResolved")[0]["alert"]["details"]["resolved"])
        router.get("/api/v2/alerts")
        self.assertEqual(router.stop(), 0)
        self.assertEqual(self.types()[-1], "alertmanagerShutdownEvent")

    def test_what_is_muted(self):
        router = self.recording()
        silence = {"matchers": [{"name": "alertname", "value": "Q.*", "isRegex": True}], "comment": "c",
                   "startsAt": "2026-01-01T00:00:00Z", "endsAt": "2099-01-01T00:00:00Z", "createdBy": ""}
        name = router.request("POST", "/api/v2/silences", silence).json()["silenceID"]
        router.post_alerts({"alertname": "Quiet"}, {"alertname": "A", "severity": "critical", "instance": "i"},
                           {"alertname": "B", "severity": "warning", "instance": "i"})
        wait_for("both mutings", lambda: {"silenceMutedAlert", "inhibitionMutedAlert"} <= set(self.types()))
        made = self.data("silenceCreated")[0]["silence"]
        self.assertEqual(made["id"], name)
        self.assertEqual(made["matchers"], [{"type": "TYPE_REGEXP", "name": "alertname", "pattern": "Q.*",
                                             "rendered": 'alertname=~"Q.*"'}])
        self.assertEqual(made["matcherSets"], [{"matchers": made["matchers"]}])
        self.assertNotIn("createdBy", made)
        self.assertEqual(self.data("silenceMutedAlert")[0]["silence"]["id"], name)
        inhibited = self.data("inhibitionMutedAlert")[0]
        self.assertEqual(inhibited["inhibitRules"][0]["equalLabels"], ["cluster", "instance"])
        self.assertEqual(inhibited["inhibitRules"][0]["name"], "down")
        self.assertEqual(len(inhibited["inhibitingFingerprints"]), 1)
        wait_for("another flush", lambda: self.types().count("silenceMutedAlert") > 1)
        silence.update(id=name, comment="d", startsAt=router.get("/api/v2/silence/" + name)["startsAt"])
        self.assertEqual(router.request("POST", "/api/v2/silences", silence).status, 200)
        wait_for("the edit", lambda: "silenceUpdated" in self.types())

    # P-130
    def test_a_rotated_file_is_opened_anew(self):
        router = self.recording()
        wait_for("the start", lambda: self.types() == ["alertmanagerStartupEvent"])
        os.rename(self.file, self.file + ".1")
        router.post_alerts({"alertname": "A"})
        wait_for("a new file", lambda: "alertCreated" in self.types())
        self.assertEqual(len(self.events(self.file + ".1")), 1)
        os.remove(self.file)
        router.post_alerts({"alertname": "B"})
        wait_for("another new file", lambda: "alertCreated" in self.types())

    # P-131
    def test_webhooks_retry_batch_and_drain(self):
        sink = Webhook(status=500).start()
        self.addCleanup(sink.stop)
        router = self.recording("  webhook_outputs: [{url: 'http://user:geheim@%s/e?token=x', batch: true,"
                                " workers: 1, retry_backoff: 100ms, batch_flush_interval: 300ms}]"
                                % sink.url.split("//")[1].rstrip("/"))
        wait_for("a first attempt", lambda: sink.requests)
        sink.default.status = 200
        router.post_alerts(*[{"alertname": "A", "n": str(i)} for i in range(5)])
        self.assertEqual(router.stop(), 0)
        got = [e for r in sink.requests[1:] for e in r["json"]]
        kinds = [next(iter(e["data"])) for e in got]
        self.assertEqual(kinds.count("alertCreated"), 5)
        self.assertIn("alertmanagerStartupEvent", kinds)
        self.assertEqual(kinds[-1], "alertmanagerShutdownEvent")
        self.assertNotIn("geheim", router.log())
        self.assertNotIn("token", router.log())

    def test_reload_swaps_and_a_bad_output_changes_nothing(self):
        router = self.recording()
        wait_for("the start", self.types)
        router.write_config(self.config("  file_outputs: [{path: other.jsonl}, {path: /nonexistent/x}]"))
        answer = router.request("POST", "/-/reload")
        self.assertEqual(answer.status, 500)
        self.assertIn(b"event recorder: open /nonexistent/x", answer.body)
        router.post_alerts({"alertname": "A"})
        wait_for("still recorded", lambda: "alertCreated" in self.types())
        router.write_config(self.config("  file_outputs: [{path: other.jsonl}]"))
        self.assertEqual(router.request("POST", "/-/reload").status, 200)
        router.post_alerts({"alertname": "B"})
        other = os.path.join(self.home, "other.jsonl")
        wait_for("the new file", lambda: "alertCreated" in [e[0] for e in self.events(other)])
        self.assertEqual(self.types().count("alertCreated"), 1)

    def test_kafka_is_refused_and_without_the_flag_nothing_is_recorded(self):
        kafka = "  kafka_outputs: [{brokers: ['b:9092'], topic: t}]"
        router = self.recording()
        router.write_config(self.config(kafka))
        answer = router.request("POST", "/-/reload")
        self.assertEqual(answer.status, 500)
        self.assertIn(b"kafka_outputs are not supported", answer.body)
        os.remove(self.file)
        router.stop()
        os.remove(self.file)

        router = self.router(self.config("  file_outputs: [{path: events.jsonl}]"), name="plain")
        router.post_alerts({"alertname": "A"})
        time.sleep(0.3)
        self.assertFalse(os.path.exists(self.file))
        self.assertIsNone(router.metric("alertmanager_event_recorder_queue_length"))

    def test_metrics(self):
        router = self.recording()
        router.post_alerts({"alertname": "A"})
        series = ('alertmanager_events_recorded_total{event_type="alert_created",output="file:%s",'
                  'result="success"}' % self.file)
        wait_for("the count", lambda: router.metric(series) == 1.0)
        self.assertEqual(router.metric("alertmanager_event_recorder_queue_length"), 0.0)
        created = [json.dumps(e[2], separators=(",", ":")) + "\n" for e in self.events() if e[0] == "alertCreated"]
        self.assertEqual(router.metric('alertmanager_event_recorder_bytes_written_total{'
                                       'event_type="alert_created",output="file:%s"}' % self.file),
                         float(len(created[0])))
