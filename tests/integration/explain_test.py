"""Explain, over the wire: by fingerprint, by labels, for an alert that does not exist."""
import urllib.parse

from support.fakes import Webhook
from support.proc import Case, wait_for

CONFIG = """
route:
  receiver: hook
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1m
  routes:
  - matchers: [team="x"]
    receiver: nobody
receivers:
- name: hook
  webhook_configs: [{{url: '{url}'}}]
- name: nobody
"""

PATH = "/api/tocsin/v1/explain"


class Explain(Case):
    def setUp(self):
        super().setUp()
        self.hook = Webhook().start()
        self.addCleanup(self.hook.stop)
        self.router_ = self.router(CONFIG.format(url=self.hook.url))

    def ask(self, *filters):
        return self.router_.get(PATH + "?" + urllib.parse.urlencode([("filter", f) for f in filters]))

    def test_an_alert_by_labels_and_by_fingerprint(self):
        self.router_.post_alerts({"alertname": "Loud", "instance": "a"})
        wait_for("the notification", lambda: len(self.hook.requests) == 1)

        def told():
            seen = self.ask('alertname="Loud"', 'instance="a"')
            return seen if seen["groups"][0]["integrations"][0]["last"] else None

        answer = wait_for("the ledger", told)
        self.assertTrue(answer["known"])
        self.assertEqual(answer["alert"]["state"], "firing")
        self.assertIn("told at ", answer["summary"])
        group = answer["groups"][0]
        self.assertEqual((group["receiver"], group["member"], group["muted"]), ("hook", True, None))
        integration = group["integrations"][0]
        self.assertEqual(integration["last"]["told"], "firing")
        self.assertEqual(integration["decision"], {"send": False, "reason": "none", "aboutAlert": False})
        self.assertEqual(integration["next"]["reason"], "repeat interval elapsed")
        self.assertEqual([(r["matched"], r["taken"]) for r in answer["routes"]], [(True, True), (False, False)])
        self.assertEqual(answer["routes"][1]["mismatch"], {"matcher": 'team="x"', "value": ""})

        same = self.router_.get(PATH + "?fingerprint=" + answer["fingerprint"])
        self.assertEqual(same["labels"], {"alertname": "Loud", "instance": "a"})

    def test_a_browser_gets_a_page(self):
        self.router_.post_alerts({"alertname": "Loud", "instance": "<b>"})
        fingerprint = wait_for("the alert", lambda: self.router_.get("/api/v2/alerts"))[0]["fingerprint"]

        def page():
            return self.router_.request("GET", PATH + "?fingerprint=" + fingerprint, headers={"Accept": "text/html,*/*;q=0.8"})

        wait_for("the ledger", lambda: b"told: firing" in page().body)
        answer = page()
        self.assertEqual(answer.headers["Content-Type"], "text/html; charset=utf-8")
        self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"])
        text = answer.body.decode()
        self.assertIn("<h1>Loud &lt;b&gt;</h1>", text)
        self.assertIn("Firing. ", text)
        self.assertRegex(text, r"<b>hook</b> webhook<br>told: firing, \d\d-\d\d \d\d:\d\d · next: .*, repeat interval elapsed")

    def test_an_alert_that_does_not_exist(self):
        answer = self.router_.request("POST", PATH, {"labels": {"alertname": "New", "team": "x"}}).json()
        self.assertFalse(answer["known"])
        self.assertIsNone(answer["alert"])
        self.assertEqual(answer["groups"][0]["receiver"], "nobody")
        self.assertIn("no integrations", answer["summary"])

    def test_a_silence_is_named(self):
        body = {"matchers": [{"name": "alertname", "value": "Quiet", "isRegex": False}],
                "startsAt": "2026-01-01T00:00:00Z", "endsAt": "2099-01-01T00:00:00Z",
                "createdBy": "ada", "comment": "planned"}
        name = self.router_.request("POST", "/api/v2/silences", body).json()["silenceID"]
        answer = self.ask('alertname="Quiet"')
        self.assertEqual([s["id"] for s in answer["silences"]], [name])
        self.assertIn("silenced by ada (planned) until 2099-01-01T00:00:00Z", answer["summary"])
        self.assertEqual(answer["groups"][0]["muted"], {"cause": "silence", "until": "2099-01-01T00:00:00Z"})

    def test_what_is_refused(self):
        for query, status in (("", 400), ("fingerprint=xyz", 400), ("fingerprint=0011223344556677", 404),
                              ("filter=a%3D~%22b%22", 400), ("filter=a%3D", 400), ("filter=%7B", 400)):
            answer = self.router_.request("GET", PATH + "?" + query)
            self.assertEqual(answer.status, status, query + answer.body.decode())
            self.assertTrue(answer.json()["message"], query)
        for body in ("[]", "{", '{"labels": 1}', '{"labels": {"a": 1}}', "{}", '{"labels":{"a":"b"}} x'):
            self.assertEqual(self.router_.request("POST", PATH, body).status, 400, body)
