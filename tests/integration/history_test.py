"""The history: what happened is found again, over a restart, by whoever asks."""
import csv
import io
import json
import urllib.parse

from support.fakes import Webhook
from support.proc import Case, wait_for

CONFIG = """
route:
  receiver: hook
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1h
receivers:
- name: hook
  webhook_configs: [{{url: '{url}'}}]
"""

API = "/api/tocsin/v1/history/"


class History(Case):
    def setUp(self):
        super().setUp()
        self.hook = Webhook().start()
        self.addCleanup(self.hook.stop)
        self.router_ = self.router(CONFIG.format(url=self.hook.url))

    def ask(self, what, **params):
        return self.router_.get(API + what + "?" + urllib.parse.urlencode(params))

    def items(self, what, **params):
        return self.ask(what, **params)["items"]

    def audited(self, *kinds):
        """What is audited is written soon after it has happened."""
        wait_for("audit of %s" % (kinds,), lambda: [i["kind"] for i in self.items("audit")] == list(kinds))
        return self.items("audit")

    def silence(self, **more):
        body = {"matchers": [{"name": "alertname", "value": "Quiet", "isRegex": False}],
                "startsAt": "2026-01-01T00:00:00Z", "endsAt": "2099-01-01T00:00:00Z",
                "createdBy": "ada", "comment": "planned"}
        body.update(more)
        answer = self.router_.request("POST", "/api/v2/silences", body, {"User-Agent": "test/1"})
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json()["silenceID"]

    def test_an_alert_its_notifications_and_its_end(self):
        self.router_.post_alerts({"alertname": "Loud", "instance": "a"})
        wait_for("the notification", lambda: len(self.hook.requests) == 1)
        self.router_.post_alerts({"labels": {"alertname": "Loud", "instance": "a"},
                                  "endsAt": "2026-01-01T00:00:00Z", "startsAt": "2025-12-31T00:00:00Z"})
        wait_for("its end", lambda: len(self.hook.requests) == 2)
        wait_for("both in the history", lambda: len(self.items("notifications")) == 2)

        self.assertEqual([i["kind"] for i in self.items("alerts")], ["resolved", "created"])
        last, first = self.items("notifications")
        self.assertEqual(first["reason"], "first notification")
        self.assertEqual(last["reason"], "all alerts resolved")
        self.assertEqual((first["receiver"], first["integration"], first["index"]), ("hook", "webhook", 0))
        self.assertEqual((first["kind"], first["status"], first["attempts"]), ("delivered", 200, 1))
        self.assertEqual(first["alerts"][0]["labels"], {"alertname": "Loud", "instance": "a"})
        self.assertEqual(first["alerts"][0]["fingerprint"], self.items("alerts")[0]["fingerprint"])
        found = self.items("notifications", filter='instance="b"')
        self.assertEqual(found, [])

    def test_who_silenced_what_and_for_how_long_it_muted(self):
        name = self.silence()
        self.router_.post_alerts({"alertname": "Quiet"})
        muting = wait_for("the muting", lambda: self.items("mutings"))[0]
        self.assertEqual((muting["kind"], muting["endedAt"]), ("silence", None))
        self.assertEqual(muting["silence"]["id"], name)
        self.assertEqual(self.router_.request("DELETE", "/api/v2/silence/" + name).status, 200)
        wait_for("the end of the muting", lambda: self.items("mutings")[0]["endedAt"] is not None)

        audit = self.audited("silence_expired", "silence_created", "startup")
        self.assertEqual((audit[1]["address"], audit[1]["agent"]), ("127.0.0.1", "test/1"))
        self.assertEqual(audit[1]["silence"]["comment"], "planned")
        self.assertEqual(len(self.items("audit", kind="silence_created")), 1)

    def test_a_reload_is_audited_and_a_refused_notification_says_why(self):
        refusing = Webhook(status=400, body="no such robot").start()
        self.addCleanup(refusing.stop)
        self.router_.write_config(CONFIG.format(url=refusing.url))
        self.assertEqual(self.router_.request("POST", "/-/reload").status, 200)
        loaded = wait_for("the reload", lambda: self.items("audit", kind="config_loaded"))
        self.assertEqual([i["address"] for i in loaded], ["127.0.0.1"])

        self.router_.post_alerts({"alertname": "Loud"})
        failed = wait_for("the failure", lambda: self.items("notifications", kind="failed"))[0]
        self.assertEqual((failed["status"], failed["failure"]), (400, "clientError"))
        self.assertIn("no such robot", failed["error"])

    def test_kill_9_forgets_nothing_and_restarts_are_seen(self):
        self.router_.post_alerts({"alertname": "Loud"})
        name = self.silence()
        wait_for("the notification", lambda: len(self.items("notifications")) == 1)
        self.router_.kill()
        self.router_.start()
        self.assertEqual([i["kind"] for i in self.items("alerts")], ["created"])
        self.assertEqual(len(self.items("notifications")), 1)
        self.audited("startup", "silence_created", "startup")
        self.assertEqual(self.items("audit")[1]["silence"]["id"], name)
        self.router_.stop()
        self.router_.start()
        self.audited("startup", "shutdown", "startup", "silence_created", "startup")

    def test_pages_formats_and_what_is_refused(self):
        self.router_.post_alerts(*[{"alertname": "A", "n": str(i), "text": 'a "b", c'} for i in range(25)])
        seen, cursor = [], ""
        while cursor is not None:
            page = self.ask("alerts", limit=10, cursor=cursor)
            seen += [i["labels"]["n"] for i in page["items"]]
            cursor = page["next"]
        self.assertEqual(sorted(seen, key=int), [str(i) for i in range(25)])

        answer = self.router_.request("GET", API + "alerts?limit=3", headers={"Accept": "application/x-ndjson"})
        self.assertEqual(answer.headers["Content-Type"], "application/x-ndjson")
        lines = [json.loads(line) for line in answer.body.splitlines()]
        self.assertEqual(len(lines), 3)
        self.assertEqual(answer.headers["X-Next-Cursor"], lines[-1]["id"])

        answer = self.router_.request("GET", API + "alerts?limit=2&format=csv")
        rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
        self.assertEqual(len(rows), 2)
        self.assertEqual(json.loads(rows[0]["labels"])["text"], 'a "b", c')
        self.assertEqual(rows[0]["kind"], "created")

        for bad in ("from=yesterday", "cursor=x", "limit=100000", "fingerprint=xyz", "format=xml",
                    "filter=a%3D%22", "to=2026-13-01T00:00:00Z"):
            answer = self.router_.request("GET", API + "alerts?" + bad)
            self.assertEqual(answer.status, 400, bad)
            self.assertTrue(answer.json()["message"], bad)
        self.assertEqual(self.router_.request("GET", API + "everything").status, 404)
