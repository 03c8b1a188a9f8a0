"""Our own API with the real daemon: receivers and their test, silence preview, dry run of a configuration."""
import datetime
import gzip

from support.fakes import Reply, Webhook
from support.proc import Case, wait_for

CONFIG = """
route:
  receiver: hook
  group_by: [alertname]
  group_wait: 0s
  routes:
  - {{receiver: night, matchers: [team=night]}}
receivers:
- name: hook
  webhook_configs: [{{url: '{url}'}}]
- name: night
- name: 'two words'
  webhook_configs: [{{url: '{url}'}}, {{url: 'http://127.0.0.1:1/'}}]
"""
OTHER = """
time_intervals:
- {name: always, time_intervals: [{}]}
route:
  receiver: hook
  group_by: [alertname, instance]
  routes:
  - {receiver: hook, matchers: [team=night], group_by: [alertname], mute_time_intervals: [always]}
inhibit_rules:
- {source_matchers: [alertname=Loud], target_matchers: [alertname=Quiet]}
receivers:
- name: hook
"""
FUTURE = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)).isoformat()
API = "/api/tocsin/v1"


def firing(alertname, **labels):
    return {"labels": {"alertname": alertname, **labels}, "endsAt": FUTURE}


class OwnApi(Case):
    def setUp(self):
        super().setUp()
        self.hook = Webhook().start()
        self.addCleanup(self.hook.stop)
        self.am = self.router(CONFIG.format(url=self.hook.url))

    def post(self, path, body, status=200, **headers):
        answer = self.am.request("POST", API + path, body, headers)
        self.assertEqual(answer.status, status, answer.body)
        return answer.json()

    def receiver(self, name):
        return next(r for r in self.am.get(API + "/receivers") if r["name"] == name)

    def test_receivers_show_how_their_notifications_went(self):
        names = [r["name"] for r in self.am.get(API + "/receivers")]
        self.assertEqual(names, ["hook", "night", "two words"])
        self.assertEqual(self.receiver("two words")["used"], False)
        self.assertEqual(self.receiver("hook")["labels"], {"name": "hook"})
        self.assertEqual(self.receiver("hook")["integrations"], [{"type": "webhook", "index": 0, "sendResolved": True, "lanes": []}])
        self.am.post_alerts(firing("Loud"))
        told = wait_for("the first notification", lambda: "lastSuccess" in str(self.receiver("hook"))) and \
            self.receiver("hook")["integrations"][0]
        self.assertEqual(told["lastSuccess"], told["lastAttempt"])
        self.assertNotIn("lastFailure", told)
        lane = wait_for("the lane is at rest", lambda: [v for v in self.am.get(API + "/lanes") if v["running"] == 0])[0]
        self.assertEqual(lane.pop("receivers"), ["hook/webhook[0]"])
        self.assertEqual(self.receiver("hook")["integrations"][0]["lanes"], [lane])
        self.assertEqual((lane["name"], lane["state"], lane["waiting"], lane["running"]), (self.hook.url, "closed", 0, 0))

        self.hook.script(Reply(400, "no such thing"))
        self.am.post_alerts(firing("Second"))
        wait_for("the failure", lambda: "lastFailure" in str(self.receiver("hook")))
        self.assertIn("400", self.receiver("hook")["integrations"][0]["lastError"])
        self.assertIn("400", self.receiver("hook")["integrations"][0]["lanes"][0]["lastError"])

    def test_a_test_reaches_every_integration_and_says_how_it_went(self):
        result = self.post("/receivers/two%20words/test", {"labels": {"team": "x"}})
        self.assertEqual(result["receiver"], "two words")
        self.assertFalse(result["ok"])
        first, second = result["integrations"]
        self.assertEqual((first["type"], first["index"], first["ok"], first["attempts"]), ("webhook", 0, True, 1))
        self.assertFalse(second["ok"])
        self.assertIn("error", second)
        sent = self.hook.wait(1)[0]["json"]
        self.assertEqual(sent["alerts"][0]["labels"], {"alertname": "TocsinTest", "severity": "none", "team": "x"})
        self.assertEqual(sent["receiver"], "two words")
        self.assertEqual(self.am.get("/api/v2/alerts"), [], "the engine knows nothing of it")

    def test_a_test_can_resolve_and_refuses_nonsense(self):
        self.assertTrue(self.post("/receivers/hook/test", {"status": "resolved"})["ok"])
        self.assertEqual(self.hook.wait(1)[0]["json"]["status"], "resolved")
        self.assertEqual(self.post("/receivers/night/test", {}), {"receiver": "night", "ok": True, "integrations": []})
        for path, body, status in (("/receivers/nobody/test", {}, 404), ("/receivers/hook/test", "", 422),
                                   ("/receivers/hook/test", [], 400), ("/receivers/hook/test", {"status": "x"}, 400),
                                   ("/receivers/hook/test", {"labels": {"a": 1}}, 400)):
            with self.subTest(path=path, body=body):
                self.assertEqual(set(self.post(path, body, status)), {"code", "message"})

    def test_preview_counts_alerts_and_groups_that_a_silence_would_mute(self):
        self.am.post_alerts(firing("Loud", instance="1"), firing("Loud", instance="2"), firing("Quiet", instance="1"))
        matchers = [{"name": "instance", "value": "1", "isRegex": False}]
        shown = self.post("/silences/preview", {"matchers": matchers})
        self.assertEqual((shown["alertCount"], shown["groupCount"], shown["fullyMutedGroupCount"]), (2, 2, 1))
        self.assertEqual({a["labels"]["alertname"] for a in shown["alerts"]}, {"Loud", "Quiet"})
        self.assertEqual([a["fingerprint"] for a in shown["alerts"]], sorted(a["fingerprint"] for a in shown["alerts"]))
        self.assertEqual([(g["labels"]["alertname"], g["receiver"]["name"], g["alertCount"], g["mutedCount"])
                          for g in shown["groups"]], [("Loud", "hook", 2, 1), ("Quiet", "hook", 1, 1)])
        cut = self.post("/silences/preview?limit=1", {"matchers": matchers})
        self.assertEqual((len(cut["alerts"]), len(cut["groups"]), cut["alertCount"]), (1, 1, 2))
        self.assertEqual(self.am.get("/api/v2/silences"), [])
        for path, body, status in (("/silences/preview", {"matchers": []}, 422), ("/silences/preview", {}, 422),
                                   ("/silences/preview?limit=x", {"matchers": matchers}, 400),
                                   ("/silences/preview", {"matchers": [dict(matchers[0], isRegex=True, value="(")]}, 400)):
            with self.subTest(path=path, body=body):
                self.assertEqual(set(self.post(path, body, status)), {"code", "message"})

    def test_dry_run_says_what_another_configuration_would_change(self):
        self.am.post_alerts(firing("Loud", instance="1"), firing("Quiet"), firing("Late", team="night"))
        headers = {"Content-Type": "application/yaml"}
        same = self.post("/config/dry-run", CONFIG.format(url=self.hook.url), **headers)
        self.assertEqual((same["alertCount"], same["changedCount"], same["alerts"]), (3, 0, []))
        found = self.post("/config/dry-run", OTHER, **headers)
        self.assertEqual((found["alertCount"], found["changedCount"]), (3, 3))
        self.assertEqual((found["receiverChanges"], found["groupChanges"], found["mutingChanges"]), (1, 1, 2))
        by_name = {a["labels"]["alertname"]: a for a in found["alerts"]}
        self.assertEqual(by_name["Loud"]["changes"], ["group"])
        self.assertEqual(by_name["Loud"]["before"]["groups"],
                         [{"receiver": "hook", "labels": {"alertname": "Loud"}, "mutedBy": []}])
        self.assertEqual(by_name["Loud"]["after"]["groups"][0]["labels"], {"alertname": "Loud", "instance": "1"})
        self.assertEqual(by_name["Quiet"]["changes"], ["muting"])
        self.assertEqual(by_name["Quiet"]["after"]["inhibitedBy"], [by_name["Loud"]["fingerprint"]])
        self.assertEqual(by_name["Late"]["changes"], ["receiver", "muting"])
        self.assertEqual(by_name["Late"]["after"]["groups"][0]["mutedBy"], ["always"])
        self.assertEqual(len(self.am.get("/api/v2/alerts")), 3, "the running engine is as it was")

    def test_dry_run_of_a_bad_configuration_names_all_errors(self):
        refused = self.post("/config/dry-run", "route:\n  receiver: a\n  group_wiat: 1s\nreceivers:\n- nam: a\n", 400)
        self.assertEqual(refused["code"], 400)
        errors = [f for f in refused["findings"] if f["severity"] == "error"]
        self.assertEqual([(e["line"], e["col"]) for e in errors], [(3, 3), (5, 3)])
        self.assertIn("group_wiat", errors[0]["text"])
        for text in ("include: [/etc/passwd]\nroute: {receiver: a}\nreceivers: [{name: a}]\n", "", "- a", "a: ["):
            with self.subTest(text):
                self.assertEqual(self.post("/config/dry-run", text, 400)["code"], 400)

    def test_other_sites_pages_are_kept_out(self):
        answer = self.am.request("OPTIONS", API + "/receivers/hook/test", headers={
            "Origin": "http://evil", "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type"})
        self.assertEqual(answer.status, 204)
        self.assertNotIn("Access-Control-Allow-Origin", answer.headers)
        answer = self.am.request("GET", API + "/receivers", headers={"Origin": "http://evil"})
        self.assertNotIn("Access-Control-Allow-Origin", answer.headers)

    def test_alerts_come_in_pages_with_facets(self):
        def at(i):
            return (datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(hours=i)).isoformat()
        self.am.post_alerts(*({**firing("Many", n=str(i), even=str(i % 2 == 0)), "startsAt": at(i)} for i in range(25)))
        self.am.post_alerts(firing("Other", team="night"))
        for sort, key in (("fingerprint", lambda a: a["fingerprint"]), ("startsAt", lambda a: a["startsAt"]),
                          ("-startsAt", lambda a: a["startsAt"])):
            with self.subTest(sort):
                seen, cursor = [], ""
                while True:
                    page = self.am.get("%s/alerts?limit=10&filter=alertname%%3DMany&sort=%s&cursor=%s" % (API, sort, cursor))
                    self.assertEqual(page["total"], 25)
                    seen += page["alerts"]
                    cursor = page.get("next")
                    if cursor is None:
                        break
                self.assertEqual([key(a) for a in seen], sorted((key(a) for a in seen), reverse=sort[0] == "-"))
                self.assertEqual(len({a["fingerprint"] for a in seen}), 25)
        page = self.am.get(API + "/alerts?limit=0&facet=alertname&facet=even&facet=nothing")
        self.assertEqual(page["facets"], {"alertname": [{"value": "Many", "count": 25}, {"value": "Other", "count": 1}],
                                          "even": [{"value": "True", "count": 13}, {"value": "False", "count": 12}]})
        self.assertEqual((page["total"], page["alerts"]), (26, []))
        page = self.am.get(API + "/alerts?facet=*&facetLimit=2&receiver=night")
        self.assertEqual((page["total"], sorted(page["facets"])), (1, ["alertname", "team"]))
        self.assertEqual(len(self.am.get(API + "/alerts?facet=*&facetLimit=2")["facets"]["n"]), 2)
        for query in ("sort=x", "cursor=x", "cursor=1.2.zz", "limit=1001", "limit=-1", "filter=%7B", "receiver=(",
                      "&".join("facet=%d" % i for i in range(33))):
            with self.subTest(query):
                self.assertEqual(self.am.request("GET", API + "/alerts?" + query).status, 400)

    def test_an_answer_that_is_known_is_not_sent_again(self):
        self.am.post_alerts(*(firing("Many", n=str(i)) for i in range(20)))
        first = self.am.request("GET", API + "/alerts")
        self.assertNotIn("Content-Encoding", first.headers)
        again = self.am.request("GET", API + "/alerts", headers={"If-None-Match": '"x", ' + first.headers["ETag"]})
        self.assertEqual((again.status, again.body), (304, b""))
        packed = self.am.request("GET", API + "/alerts", headers={"Accept-Encoding": "gzip"})
        self.assertEqual(packed.headers["Content-Encoding"], "gzip")
        self.assertEqual(gzip.decompress(packed.body), first.body)
        self.am.post_alerts(firing("More"))
        self.assertEqual(self.am.request("GET", API + "/alerts", headers={"If-None-Match": first.headers["ETag"]}).status, 200)
