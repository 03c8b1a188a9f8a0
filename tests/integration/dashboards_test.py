"""Grafana's Alertmanager data source and karma: what they ask for, in their order, and what they cannot do without. The
same calls are made to a real Alertmanager, which shows that this is how they work."""
import datetime
import json
import re
import urllib.parse

from support.proc import Case, Program, Router, find_program, wait_for

CONFIG = """
route:
  receiver: hook
  group_by: [alertname]
  group_wait: 0s
  routes:
  - {receiver: team, matchers: ['team="a"']}
inhibit_rules:
- {source_matchers: ['alertname="Down"'], target_matchers: ['alertname="Slow"']}
receivers:
- {name: hook, webhook_configs: [{url: 'http://127.0.0.1:1/'}]}
- {name: team}
"""
PREFIX = "/am/x"
ORIGIN = "http://karma.example"
STATUS_KEYS = {"branch", "buildDate", "buildUser", "goVersion", "revision", "version"}
ALERT_KEYS = {"annotations", "endsAt", "fingerprint", "receivers", "startsAt", "status", "updatedAt", "labels"}
SILENCE_KEYS = {"id", "status", "updatedAt", "comment", "createdBy", "endsAt", "matchers", "startsAt"}


def at(hours):
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now + datetime.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def no_duplicates(pairs):
    names = [name for name, _ in pairs]
    assert len(names) == len(set(names)), "a key twice: %s" % names
    return dict(pairs)


class Client:
    """One of the two, and a router behind a path, as both are set up with."""

    def __init__(self, test, router):
        self.test, self.router = test, router

    def ask(self, method, path, body=None, status=200, **headers):
        headers = {k.replace("_", "-"): v for k, v in headers.items()}
        answer = self.router.request(method, PREFIX + path, body, headers)
        self.test.assertEqual(answer.status, status, "%s %s: %s" % (method, path, answer.body[:300]))
        return answer

    def preflight(self, path, method, asked=""):
        """Older ones answer 200. Returns whether a browser goes on."""
        answer = self.router.request("OPTIONS", PREFIX + path, headers={
            "Origin": ORIGIN, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": asked})
        self.test.assertIn(answer.status, (200, 204))
        return answer.headers.get("Access-Control-Allow-Origin") == "*"

    def get(self, path, **headers):
        answer = self.ask("GET", path, **headers)
        self.test.assertEqual(answer.headers["Content-Type"], "application/json")
        return json.loads(answer.body.decode("utf-8", "strict"), object_pairs_hook=no_duplicates)

    def check_time(self, text):
        self.test.assertRegex(text, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")

    def check_alert(self, alert):
        self.test.assertLessEqual(ALERT_KEYS, set(alert))
        self.test.assertLessEqual({"inhibitedBy", "silencedBy", "state"}, set(alert["status"]))
        self.test.assertIn(alert["status"]["state"], ("active", "suppressed", "unprocessed"))
        self.test.assertRegex(alert["fingerprint"], "^[0-9a-f]{16}$")
        for key in ("startsAt", "endsAt", "updatedAt"):
            self.check_time(alert[key])

    def check_group(self, group):
        self.test.assertLessEqual({"alerts", "labels", "receiver"}, set(group))
        self.test.assertEqual(set(group["receiver"]), {"name"})
        for alert in group["alerts"]:
            self.check_alert(alert)

    def check_silence(self, silence):
        self.test.assertLessEqual(SILENCE_KEYS, set(silence))
        for key in ("startsAt", "endsAt", "updatedAt"):
            self.check_time(silence[key])
        for matcher in silence["matchers"]:
            self.test.assertEqual(set(matcher), {"name", "value", "isRegex", "isEqual"})


class Dashboards(Case):
    def each(self, check):
        """Ours, then a real one; each with the same alerts."""
        for name, binary in (("tocsin", None), ("alertmanager", find_program("prometheus-alertmanager"))):
            with self.subTest(name):
                check(Client(self, self.behind_a_path(name, binary)))

    def behind_a_path(self, name, binary):
        router = self.own(Router(CONFIG, self.home, binary=binary, name=name,
                                 args=["--web.external-url=http://proxy.example" + PREFIX]))
        Program.start(router)

        def answers():
            try:
                return router.request("GET", PREFIX + "/-/ready").status == 200
            except OSError:
                return False

        wait_for(name + " is ready", answers, 15)
        return router

    def fire(self, client, **headers):
        body = [{"labels": {"alertname": name, "instance": "h:%d" % n, "team": team, "text": "<&>\u2028é"},
                 "annotations": {"summary": "s"}, "generatorURL": "http://p/graph?g0.expr=up&g0.tab=1",
                 "startsAt": at(-1), "endsAt": at(1)}
                for n, (name, team) in enumerate((("Down", "a"), ("Slow", "a"), ("Slow", "b")))]
        client.ask("POST", "/api/v2/alerts", body, **headers)

    def test_grafana(self):
        """A-130"""
        def check(client):
            self.check_grafana_health(client)
            self.fire(client, User_Agent="Grafana/11.0.0", X_Custom="allowed")  # its own rules, by Prometheus' sender
            self.check_grafana_lists(client)
            self.check_grafana_silences(client)

        self.each(check)

    def check_grafana_health(self, client):
        """Whether it is a Mimir or Cortex, then whether it lives."""
        client.ask("GET", "/alertmanager/api/v2/status", status=404)
        client.ask("GET", "/api/v1/status/buildinfo", status=404)
        status = client.get("/api/v2/status")
        self.assertLessEqual({"cluster", "config", "uptime", "versionInfo"}, set(status))
        self.assertLessEqual({"status", "peers"}, set(status["cluster"]))
        self.assertEqual(set(status["versionInfo"]), STATUS_KEYS)
        client.check_time(status["uptime"])
        self.assertRegex(status["config"]["original"], r"(?m)^route:\n")

    def check_grafana_lists(self, client):
        """Filters are sent one by one; parameters of Grafana's own API come along."""
        query = urllib.parse.urlencode([("active", "true"), ("silenced", "true"), ("inhibited", "true"),
                                        ("ruleMetadata", "true"), ("accesscontrol", "true")])
        groups = client.get("/api/v2/alerts/groups?" + query)
        self.assertEqual(sorted(len(g["alerts"]) for g in groups), [1, 1, 1])
        self.assertEqual({g["receiver"]["name"] for g in groups}, {"hook", "team"})
        for group in groups:
            client.check_group(group)
        query = urllib.parse.urlencode([("filter", 'alertname="Slow"'), ("filter", 'team=~"a|c"'), ("receiver", "team"),
                                        ("accesscontrol", "true")])
        alert, = client.get("/api/v2/alerts?" + query)
        client.check_alert(alert)
        self.assertEqual(alert["status"]["state"], "suppressed")
        self.assertEqual(len(alert["status"]["inhibitedBy"]), 1)
        self.assertEqual(alert["generatorURL"], "http://p/graph?g0.expr=up&g0.tab=1")

    def check_grafana_silences(self, client):
        """Made, shown with the alerts that it affects, edited with its id, expired."""
        body = {"comment": "c", "createdBy": "admin", "startsAt": at(-0.001), "endsAt": at(2),
                "matchers": [{"name": "alertname", "value": "Slow", "isRegex": False, "isEqual": True}]}
        made = client.ask("POST", "/api/v2/silences", body).json()
        self.assertEqual(set(made), {"silenceID"})
        silence = client.get("/api/v2/silence/%s?ruleMetadata=true&accesscontrol=true" % made["silenceID"])
        client.check_silence(silence)
        edited = dict(body, id=silence["id"], startsAt=silence["startsAt"], comment="longer", endsAt=at(3))
        self.assertEqual(client.ask("POST", "/api/v2/silences", edited).json(), {"silenceID": silence["id"]})
        listed, = client.get("/api/v2/silences?ruleMetadata=true&accesscontrol=true")
        client.check_silence(listed)
        self.assertEqual((listed["comment"], listed["status"]), ("longer", {"state": "active"}))
        affected = client.get("/api/v2/alerts?silenced=true&active=false&inhibited=true")
        self.assertEqual([a["status"]["silencedBy"] for a in affected], [[silence["id"]]] * 2)
        self.assertEqual(client.ask("DELETE", "/api/v2/silence/" + silence["id"]).body, b"")
        self.assertEqual(client.get("/api/v2/silence/" + silence["id"])["status"], {"state": "expired"})

    def test_karma(self):
        """A-132"""
        def check(client):
            self.fire(client)
            for _ in range(2):  # at every interval
                self.check_karma_pull(client)
            self.check_karma_browser(client)

        self.each(check)

    def check_karma_pull(self, client):
        metrics = client.ask("GET", "/metrics").body.decode()
        version = re.search(r'^alertmanager_build_info\{.*\bversion="(\d+)\.(\d+)\.(\d+)[^"]*".*\} 1$', metrics, re.MULTILINE)
        self.assertGreaterEqual(tuple(map(int, version.groups())), (0, 22, 0))
        for silence in client.get("/api/v2/silences"):
            client.check_silence(silence)
        groups = client.get("/api/v2/alerts/groups")
        self.assertEqual(sum(len(g["alerts"]) for g in groups), 3)
        for group in groups:
            client.check_group(group)
        self.assertEqual(groups[0]["alerts"][0]["labels"]["text"], "<&>\u2028é")

    def check_karma_browser(self, client):
        """The page asks the router by itself, from another origin: it may make silences, and not delete them."""
        self.assertTrue(client.preflight("/api/v2/silences", "POST", "content-type"))
        body = {"comment": "c", "createdBy": "karma", "startsAt": at(0), "endsAt": at(1),
                "matchers": [{"name": "team", "value": "(a|b)", "isRegex": True, "isEqual": True}]}
        made = client.ask("POST", "/api/v2/silences", body, Origin=ORIGIN)
        self.assertEqual(made.headers["Access-Control-Allow-Origin"], "*")
        path = "/api/v2/silence/" + made.json()["silenceID"]
        self.assertFalse(client.preflight(path, "DELETE"))
        client.ask("DELETE", path)  # as its proxy does
        self.assertEqual(client.get("/api/v2/silences")[0]["status"]["state"], "expired")
