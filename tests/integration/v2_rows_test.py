"""API v2 by the rows of the behaviour list: each test names those that it proves."""
import datetime
import gzip
import hashlib
import json
import os
import re
import socket
import subprocess

from support.fakes import Webhook
from support.proc import Case, Router, find_program, wait_for

CONFIG = """
global: {resolve_timeout: 2m}
route:
  receiver: hook
  group_by: ['...']
  group_wait: 0s
  labels: {tier: bronze}
  routes:
  - {receiver: team, matchers: [team=a], continue: true, labels: {tier: gold, who: '{{ .CommonLabels.n }}', bad: '{{ .Nope.x }}'}}
  - {receiver: team, matchers: [team=a], group_by: []}
  - {receiver: quiet, matchers: [team=q], group_by: [n], mute_time_intervals: [always]}
time_intervals: [{name: always, time_intervals: [{}]}]
inhibit_rules:
- {source_matchers: [n=source], target_matchers: [n=target]}
- {source_matchers: [n=source2], target_matchers: [n=target]}
receivers:
- {name: hook, webhook_configs: [{url: 'http://user:s3cret@127.0.0.1:1/s3cret'}]}
- {name: team, labels: {owner: alpha}}
- {name: quiet}
- {name: unused}
"""
FAR = "2099-01-01T00:00:00Z"
V2 = "/api/v2"


def at(seconds):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).isoformat()


def parse(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def alert(ends=FAR, starts=None, annotations=None, url=None, **labels):
    a = {"labels": labels, "endsAt": ends, "startsAt": starts, "annotations": annotations, "generatorURL": url}
    return {k: v for k, v in a.items() if v is not None}


def silence(starts=-3600.0, ends=3600.0, more=None, **labels):
    return dict({"matchers": [{"name": n, "value": v, "isRegex": False} for n, v in labels.items()],
                 "startsAt": at(starts), "endsAt": at(ends), "createdBy": "me", "comment": "c"}, **(more or {}))


class Rows(Case):
    config, args = CONFIG, ()

    def setUp(self):
        super().setUp()
        self.am = self.own(Router(self.config, self.home, args=self.args)).start()

    def post(self, body, path=V2 + "/alerts", status=200):
        answer = self.am.request("POST", path, body)
        self.assertEqual(answer.status, status, answer.body)
        return answer

    def one(self, **labels):
        query = "&".join("filter=%s%%3D%s" % pair for pair in labels.items())
        found = self.am.get(V2 + "/alerts?" + query)
        self.assertEqual(len(found), 1, found)
        return found[0]

    def silence(self, status=200, **kw):
        answer = self.am.request("POST", V2 + "/silences", silence(**kw))
        self.assertEqual(answer.status, status, answer.body)
        return answer.json()["silenceID"] if status == 200 else answer.json()

    def get_silence(self, id):
        return self.am.get(V2 + "/silence/" + id)


class Status(Rows):
    def test_status(self):
        """A-001 A-005 A-006"""
        answer = self.am.request("GET", V2 + "/status")
        self.assertTrue(answer.body.endswith(b"}\n"))
        status = answer.json()
        self.assertEqual(list(status), ["cluster", "config", "uptime", "versionInfo"])
        self.assertEqual(status["cluster"], {"peers": [], "status": "disabled"})
        self.assertEqual(list(status["versionInfo"]), ["branch", "buildDate", "buildUser", "goVersion", "revision", "version"])
        self.assertRegex(status["versionInfo"]["version"], r"^0\.34\.\d+$")
        self.assertRegex(status["uptime"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertLess(abs((parse(status["uptime"]) - datetime.datetime.now(datetime.timezone.utc)).total_seconds()), 60)
        self.assertIn('version="0.34.', self.am.request("GET", "/metrics").body.decode())

    def test_configuration_is_shown_without_secrets_and_stays_when_a_reload_fails(self):
        """A-003 A-004 A-124"""
        original = self.am.get(V2 + "/status")["config"]["original"]
        self.assertNotIn("s3cret", original)
        self.assertIn("<secret>", original)
        shown = os.path.join(self.home, "shown.yml")
        with open(shown, "w", encoding="utf-8") as f:
            f.write(CONFIG.replace("'http://user:s3cret@127.0.0.1:1/s3cret'", "<secret>"))
        digest = hashlib.md5(CONFIG.encode()).digest()
        self.assertEqual(self.am.metric("alertmanager_config_hash"), int.from_bytes(digest[:6], "little"))
        self.am.write_config("route: {receiver: nobody}\n")
        failed = self.am.request("POST", "/-/reload")
        self.assertEqual(failed.status, 500)
        self.assertTrue(failed.body.startswith(b"failed to reload config: "))
        self.assertEqual(self.am.get(V2 + "/status")["config"]["original"], original)
        self.assertEqual(self.am.metric("alertmanager_config_last_reload_successful"), 0)
        self.assertEqual(self.am.metric("alertmanager_config_hash"), int.from_bytes(digest[:6], "little"))

    def test_receivers(self):
        """A-008 A-009"""
        names = [r["name"] for r in self.am.get(V2 + "/receivers?receiver_matchers=owner%3Dalpha")]
        self.assertEqual(names, ["team"])
        self.assertEqual([r["name"] for r in self.am.get(V2 + "/receivers?receiver_matchers=owner!%3Dalpha")],
                         ["hook", "quiet", "unused"])
        refused = self.am.request("GET", V2 + "/receivers?receiver_matchers=%7B")
        self.assertEqual(refused.status, 400)
        self.assertTrue(refused.json().startswith("failed to parse receiver_matchers param: "))
        self.am.write_config(CONFIG.replace("owner: alpha", "name: beta"))
        self.assertIn('receiver label "name" must match receiver name "team", got "beta"',
                      self.am.request("POST", "/-/reload").body.decode())


class Alerts(Rows):
    def test_keys_in_any_case_and_maps_given_twice(self):
        """A-015"""
        self.post('[{"LABELS":{"n":"1"},"labels":{"m":"2"},"endsAt":"2000-01-01T00:00:00Z","EndsAt":"%s","x":{}}]' % FAR)
        self.assertEqual(self.one(n="1")["labels"], {"m": "2", "n": "1"})

    def test_nothing_of_a_batch_that_breaks_the_schema(self):
        """A-016 A-017 A-141"""
        for bad in ({"labels": {"n": 1}}, {}, None, {"labels": {"n": "2"}, "generatorURL": "rel"}):
            self.assertIn(self.am.request("POST", V2 + "/alerts", [alert(n="1"), bad]).status, (400, 422))
        self.assertEqual(self.am.get(V2 + "/alerts"), [])
        self.assertEqual(self.am.request("POST", V2 + "/silences", silence(more={"matchers": [None]})).json(),
                         {"code": 602, "message": "matchers.0 in body is required"})
        self.assertEqual(self.am.request("POST", V2 + "/alerts", [None]).json(), {"code": 602, "message": "0 in body is required"})

    def test_default_times(self):
        """A-024 A-025 A-026 A-027"""
        self.post([{"labels": {"n": "1"}}, {"labels": {"n": "2"}, "startsAt": "0001-01-01T00:00:00Z", "endsAt": "0001-01-01T00:00:00Z"}])
        for n in "12":
            a = self.one(n=n)
            self.assertAlmostEqual((parse(a["endsAt"]) - parse(a["startsAt"])).total_seconds(), 120, delta=1)
        self.post([{"labels": {"n": "3"}, "endsAt": FAR}])
        self.assertEqual(self.one(n="3")["startsAt"], "2099-01-01T00:00:00.000Z")
        self.assertEqual(self.post([{"labels": {"n": "4"}, "startsAt": at(180)}], status=400).json(),
                         "start time must be before end time")
        self.am.write_config(CONFIG.replace("resolve_timeout: 2m", "resolve_timeout: 10m"))
        self.assertEqual(self.am.request("POST", "/-/reload").status, 200)
        self.post([{"labels": {"n": "5"}}])
        a = self.one(n="5")
        self.assertAlmostEqual((parse(a["endsAt"]) - parse(a["startsAt"])).total_seconds(), 600, delta=1)

    def test_counters(self):
        """A-030"""
        self.post([alert(n="1"), alert(n="2", ends="2000-01-01T00:00:00Z", starts="1999-01-01T00:00:00Z"), alert()], status=400)
        for series, want in (('alertmanager_alerts_received_total{status="firing",version="v2"}', 2),
                             ('alertmanager_alerts_received_total{status="resolved",version="v2"}', 1),
                             ('alertmanager_alerts_invalid_total{version="v2"}', 1)):
            self.assertEqual(self.am.metric(series), want, series)

    def test_merges(self):
        """A-032 A-033 A-034 A-035 A-036 A-038"""
        self.post([alert(n="1", starts=at(-600), ends=at(600), annotations={"a": "1", "b": "1"}, url="http://x/")])
        first = self.one(n="1")
        self.post([{"labels": {"n": "1"}, "startsAt": at(-300), "annotations": {"a": "2"}}])
        merged = self.one(n="1")
        self.assertEqual((merged["startsAt"], merged["endsAt"]), (first["startsAt"], first["endsAt"]))
        self.assertEqual(merged["annotations"], {"a": "2"})
        self.assertNotIn("generatorURL", merged)
        self.post([{"labels": {"n": "1"}, "startsAt": at(-300)}])  # the record's end counts as made up now
        self.assertLess(parse(self.one(n="1")["endsAt"]), parse(first["endsAt"]))
        self.post([alert(n="2", starts=at(-600), ends=at(100))])
        self.post([alert(n="2", starts=at(-700), ends=at(200))])  # encloses: no overlap
        self.assertLess(parse(self.one(n="2")["startsAt"]), parse(at(-650)))

    def test_resolved_ones_vanish_and_refire_anew(self):
        """A-037"""
        self.post([alert(n="1", starts=at(-600), ends=at(600))])
        self.post([alert(n="1", starts=at(-600), ends=at(-1))])
        self.assertEqual(self.am.get(V2 + "/alerts"), [])
        self.post([alert(n="1", starts=at(0), ends=at(600))])
        self.assertGreater(parse(self.one(n="1")["startsAt"]), parse(at(-60)))

    def test_twenty_megabytes(self):
        """A-039"""
        self.post([alert(n=str(i), annotations={"a": "x" * 1000}) for i in range(20000)])
        self.assertEqual(len(self.am.get(V2 + "/alerts")), 20000)

    def test_listing(self):
        """A-041 A-042 A-066 A-068 A-069 A-108"""
        self.assertEqual(self.am.request("GET", V2 + "/alerts").body, b"[]\n")
        self.post(b'[{"labels":{"n":"<&>\xff\\ud800"},"annotations":{"e":""},"startsAt":"2026-01-01T22:00:00.123987+02:00","endsAt":'
                  b'"2099-01-01T00:00:00.9996-05:30","generatorURL":"http://x/?a&b"},{"labels":{"n":"2"},"endsAt":"2099-01-01T00:00:00Z"}]')
        answer = self.am.request("GET", V2 + "/alerts", headers={"Accept-Encoding": "gzip"})
        self.assertNotIn("Content-Encoding", answer.headers)
        found = answer.json()
        self.assertEqual([a["fingerprint"] for a in found], sorted(a["fingerprint"] for a in found))
        odd = next(a for a in found if "generatorURL" in a)
        self.assertEqual(list(odd), ["annotations", "endsAt", "fingerprint", "receivers", "startsAt", "status", "updatedAt",
                                     "generatorURL", "labels"])
        self.assertEqual(odd["labels"], {"n": "<&>\ufffd\ufffd"})
        self.assertIn(b'"\\u003c\\u0026\\u003e', answer.body)
        self.assertEqual((odd["startsAt"], odd["endsAt"]), ("2026-01-01T22:00:00.123+02:00", "2099-01-01T00:00:00.999-05:30"))
        self.assertEqual(odd["annotations"], {"e": ""})
        self.assertEqual(odd["status"], {"inhibitedBy": [], "mutedBy": [], "silencedBy": [], "state": "active"})

    def test_fingerprints(self):
        """A-064 A-065"""
        examples = {"d2b371819297f98a": {"a": "b"}, "49e2a938a58d90d9": {"Z": "1", "_": "3", "a": "2"},
                    "250785df8723d0e2": {"alertname": "HighLatency", "instance": "10.0.0.1:9090", "job": "api", "empty": ""},
                    "a734effa3c65e67a": {"alert name": "é", "日本": "x"}, "3545b905e7f12852": {"alertname": "Zero"}}
        self.post([{"labels": labels, "endsAt": FAR} for labels in examples.values()])
        self.assertEqual({a["fingerprint"]: a["labels"] for a in self.am.get(V2 + "/alerts")},
                         {fp: {k: v for k, v in labels.items() if v} for fp, labels in examples.items()})

    def test_receivers_and_groups(self):
        """A-046 A-047 A-055 A-059 A-060"""
        self.post([alert(n="1", team="a"), alert(n="2", team="b")])
        self.assertEqual(self.one(n="1")["receivers"], [{"name": "team"}, {"name": "team"}])
        self.assertEqual(len(self.am.get(V2 + "/alerts?receiver_matchers=owner%3Dalpha&receiver_matchers=name%3Dteam")), 1)
        self.assertEqual(len(self.am.get(V2 + "/alerts?receiver_matchers=owner%3Dalpha&receiver_matchers=name%3Dhook")), 0)
        groups = self.am.get(V2 + "/alerts/groups")
        self.assertEqual([(g["receiver"]["name"], g["labels"]) for g in groups],
                         [("team", {}), ("team", {"n": "1", "team": "a"}), ("hook", {"n": "2", "team": "b"})])
        self.assertEqual(list(groups[0]), ["alerts", "labels", "receiver", "routeLabels"])
        self.assertEqual(groups[1]["alerts"][0]["receivers"], [{"name": "team"}, {"name": "team"}])

    def test_route_labels(self):
        """A-056"""
        self.post([alert(n="1", team="a"), alert(n="2", team="b")])
        shown = {tuple(sorted(g["labels"].items())): g["routeLabels"] for g in self.am.get(V2 + "/alerts/groups")}
        self.assertEqual(shown[(("n", "1"), ("team", "a"))], {"tier": "gold", "who": "1"})
        self.assertEqual(shown[()], {"tier": "bronze"})

    def test_muted_groups(self):
        """A-057 A-058"""
        self.post([alert(n="1", team="q")])
        group = wait_for("the flush", lambda: [g for g in self.am.get(V2 + "/alerts/groups") if g["alerts"][0]["status"]["mutedBy"]])[0]
        self.assertEqual(group["alerts"][0]["status"], {"inhibitedBy": [], "mutedBy": ["always"], "silencedBy": [],
                                                       "state": "suppressed"})
        self.assertEqual(self.am.get(V2 + "/alerts/groups?muted=false"), [])
        self.assertEqual(self.one(n="1")["status"]["state"], "active")

    def test_states(self):
        """A-061 A-062 A-063"""
        self.post([alert(n="target")])
        self.assertEqual(self.one(n="target")["status"]["state"], "active")
        self.post([alert(n="source"), alert(n="source2")])
        status = self.one(n="target")["status"]
        self.assertEqual((status["state"], len(status["inhibitedBy"])), ("suppressed", 1))
        ids = {self.silence(n="source"), self.silence(n="source", ends=7200)}
        self.silence(n="source", starts=3600, ends=7200)
        self.assertEqual(set(self.one(n="source")["status"]["silencedBy"]), ids)

    def test_payloads_of_clients(self):
        """A-133 A-134"""
        self.post([{"labels": {"n": "prometheus"}, "startsAt": "2026-01-01T00:00:00.123Z", "endsAt": FAR,
                    "generatorURL": "http://p:9090/graph?g0.expr=up&g0.tab=1"}])
        self.post([{"startsAt": "2026-01-01T00:00:00.123456789Z", "generatorURL": "http://vm/vmalert/alert?group_id=1&alert_id=2",
                    "endsAt": "2099-01-01T00:00:00.987654321Z", "labels": {"n": "vmalert"}, "annotations": {}}])
        self.assertEqual(self.one(n="vmalert")["endsAt"], "2099-01-01T00:00:00.987Z")


class Limited(Rows):
    args = ("--alerts.per-alertname-limit=2", "--silences.max-silences=3", "--silences.max-silence-size-bytes=400",
            "--enable-feature=classic-mode,receiver-name-in-metrics,alert-names-in-metrics")

    def test_alerts_per_name(self):
        """A-031 A-127"""
        self.post([alert(alertname="A", n=str(i)) for i in range(4)])
        self.assertEqual(len(self.am.get(V2 + "/alerts")), 2)
        self.assertEqual(self.am.metric('alertmanager_alerts_limited_total{alertname="A"}'), 2)
        wait_for("the receiver's name", lambda: b'receiver_name="hook"' in self.am.request("GET", "/metrics").body)
        self.post([alert(alertname="A", n="0", starts=at(-60), ends=at(-30))])
        self.post([alert(alertname="A", n="9")])
        self.assertEqual({a["labels"]["n"] for a in self.am.get(V2 + "/alerts")}, {"1", "9"})

    def test_classic_names(self):
        """A-029"""
        self.assertEqual(self.post([{"labels": {"é": "1"}, "endsAt": FAR}], status=400).json(),
                         'invalid label set: invalid name "é"')
        self.assertEqual(self.post([{"labels": {"a": "1"}, "annotations": {"b-c": ""}, "endsAt": FAR}], status=400).json(),
                         'invalid annotations: invalid name "b-c"')

    def test_silences(self):
        """A-086 A-087"""
        ids = [self.silence(n=str(i)) for i in range(3)]
        self.am.request("DELETE", V2 + "/silence/" + ids[0])
        self.assertEqual(self.silence(n="4", status=400), "exceeded maximum number of silences: 3 (limit: 3)")
        body = dict(silence(n="1"), id=ids[1], startsAt=self.get_silence(ids[1])["startsAt"], comment="new")
        self.assertEqual(self.am.request("POST", V2 + "/silences", body).json()["silenceID"], ids[1])
        body["comment"] = "x" * 400
        self.assertRegex(self.am.request("POST", V2 + "/silences", body).json(),
                         r"^silence exceeded maximum size: \d+ bytes \(limit: 400 bytes\)$")


class Silences(Rows):
    def edit(self, id, **change):
        shown = self.get_silence(id)
        body = {k: shown[k] for k in ("id", "matchers", "startsAt", "endsAt", "createdBy", "comment")}
        answer = self.am.request("POST", V2 + "/silences", dict(body, **change))
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json()["silenceID"]

    def state(self, id):
        return self.get_silence(id)["status"]["state"]

    def test_starts_in_the_past_begin_now(self):
        """A-076 A-072"""
        id = self.silence(n="1", more={"comment": "", "createdBy": ""})
        self.assertGreater(parse(self.get_silence(id)["startsAt"]), parse(at(-60)))
        self.assertRegex(id, r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")

    def test_edits_in_place(self):
        """A-080 A-085"""
        id = self.silence(n="1", more={"annotations": {"a": "1"}})
        self.assertEqual(self.get_silence(id)["annotations"], {"a": "1"})
        self.assertEqual(self.edit(id, comment="new", createdBy="you", endsAt=at(7200)), id)
        shown = self.get_silence(id)
        self.assertEqual((shown["comment"], shown["createdBy"]), ("new", "you"))
        self.assertNotIn("annotations", shown)

    def test_edits_that_make_a_new_one(self):
        """A-081 A-082"""
        id = self.silence(a="1", b="2")
        self.assertEqual(self.edit(id, startsAt=re.sub(r"\.\d+Z", ".000Z", self.get_silence(id)["startsAt"])), id)
        second = self.edit(id, matchers=self.get_silence(id)["matchers"][::-1])
        self.assertNotEqual(second, id)
        self.assertEqual((self.state(id), self.state(second)), ("expired", "active"))
        third = self.edit(second, startsAt=at(-30))
        self.assertNotEqual(third, second)
        self.assertEqual((self.state(second), self.state(third)), ("expired", "active"))

    def test_pending_ones(self):
        """A-083"""
        id = self.silence(n="1", starts=3600, ends=7200)
        self.assertEqual(self.state(id), "pending")
        self.assertEqual(self.edit(id, startsAt=at(1800)), id)
        second = self.edit(id, startsAt=at(-60))
        self.assertNotEqual(second, id)
        self.assertEqual((self.state(id), self.state(second)), ("expired", "active"))

    def test_expired_ones(self):
        """A-084 A-094"""
        id = self.silence(n="1")
        for _ in range(2):
            self.assertEqual(self.am.request("DELETE", V2 + "/silence/" + id).status, 200)
        before = self.get_silence(id)
        second = self.edit(id, endsAt=at(3600))
        self.assertNotEqual(second, id)
        self.assertEqual(self.get_silence(id), before)

    def test_lists(self):
        """A-088 A-090"""
        active, later = self.silence(n="1", ends=7200), self.silence(n="2", ends=3600)
        pending = self.silence(n="3", starts=3600, ends=7200)
        expired = self.silence(n="4")
        self.am.request("DELETE", V2 + "/silence/" + expired)

        def ids(query=""):
            return [s["id"] for s in self.am.get(V2 + "/silences" + query)]

        self.assertEqual(ids(), [later, active, pending, expired])
        self.assertEqual(ids("?expired=false"), [later, active, pending])
        self.assertEqual(ids("?active=false"), [pending, expired])
        self.assertEqual(ids("?pending=false"), [later, active, expired])
        self.assertEqual(ids("?active=no&pending=no&expired=no"), [])

    def test_upper_case_ids(self):
        """A-093"""
        id = self.silence(n="1")
        if id.upper() != id:
            self.assertEqual(self.am.request("GET", V2 + "/silence/" + id.upper()).status, 404)

    def test_amtool_goes_round(self):
        """A-131"""
        def amtool(*args, ok=0):
            done = subprocess.run([find_program("amtool"), "--alertmanager.url=" + self.am.url, *args], capture_output=True, text=True,
                                  timeout=30, check=False)
            self.assertEqual(done.returncode, ok, done.stdout + done.stderr)
            return done.stdout

        amtool("alert", "add", "alertname=A", "n=1", "--annotation=x=y")
        self.assertIn("A", amtool("alert", "query", "alertname=A"))
        id = amtool("silence", "add", "n=1", "--comment=c", "--author=me").strip()
        self.assertEqual(amtool("silence", "query", "-q").strip(), id)
        amtool("silence", "update", "--comment=new", id)
        listed = amtool("silence", "query", "-o", "json")
        self.assertEqual(json.loads(listed)[0]["comment"], "new")
        amtool("silence", "expire", id)
        path = os.path.join(self.home, "import.json")
        with open(path, "w", encoding="utf-8") as f:
            f.write(listed)
        amtool("silence", "import", path)
        self.assertEqual(len(json.loads(amtool("silence", "query", "-o", "json"))), 1)
        amtool("cluster", "show")


class Collected(Rows):
    args = ("--data.retention=1s", "--data.maintenance-interval=500ms")

    def test_silences_go_after_the_retention(self):
        """A-095"""
        id = self.silence(n="1")
        self.am.request("DELETE", V2 + "/silence/" + id)
        wait_for("it is gone", lambda: self.am.request("GET", V2 + "/silence/" + id).status == 404, 10)
        self.assertEqual(self.am.request("DELETE", V2 + "/silence/" + id).status, 404)


class Edge(Rows):
    def raw(self, data, n=1 << 20):
        with socket.create_connection(("127.0.0.1", self.am.port), timeout=10) as s:
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)
            received = b""
            while len(received) < n:
                more = s.recv(65536)
                if not more:
                    break
                received += more
        return received

    def test_http(self):
        """A-115 A-116"""
        ok = b"HTTP/1.1 200 OK"
        self.assertTrue(self.raw(b"GET /-/healthy HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 400"))
        self.assertEqual(self.raw(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n" * 3).count(ok), 3)
        self.assertTrue(self.raw(b"GET /-/healthy HTTP/1.0\r\n\r\n").endswith(b"\r\n\r\nOK"))
        chunked = b"POST /api/v2/alerts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        self.assertTrue(self.raw(chunked + b"1\r\n[\r\n1\r\n]\r\n0\r\n\r\n").startswith(ok))
        self.assertTrue(self.raw(b"GET http://x/-/healthy HTTP/1.1\r\nHost: x\r\n\r\n").startswith(ok))

    def test_pages(self):
        """A-120"""
        index = self.am.request("GET", "/")
        self.assertEqual((index.status, index.headers["Content-Type"]), (200, "text/html; charset=utf-8"))
        self.assertEqual((index.headers["Cache-Control"], index.headers["Pragma"], index.headers["Expires"]),
                         ("no-cache, no-store, must-revalidate", "no-cache", "0"))
        for path in ("/index.html", "/alerts", "/assets/../x"):
            self.assertIn(self.am.request("GET", path).status, (301, 404))

    def test_metrics_are_packed_when_asked(self):
        """A-121"""
        packed = self.am.request("GET", "/metrics", headers={"Accept-Encoding": "gzip"})
        self.assertIn(b"alertmanager_build_info", gzip.decompress(packed.body))


class Prefixed(Rows):
    args = ("--web.external-url=http://h/am/x/", "--web.timeout=10s")

    def test_prefix(self):
        """A-111"""
        for path, status, location in (("/", 302, "/am/x"), ("/am/x", 301, "/am/x/"), ("/am/x/-/healthy", 200, None), ("/-/healthy", 404, None),
                                       ("/am", 404, None), ("/api/v2/status", 404, None), ("/am/x/api/v2/status", 200, None),
                                       ("/am/x/api/tocsin/v1/me", 200, None)):
            answer = self.am.request("GET", path)
            self.assertEqual((answer.status, answer.headers.get("Location")), (status, location), path)
        self.assertEqual(self.am.request("GET", "/am/x/api/v2/nope").json()["message"], "path /api/v2/nope was not found")

    def setUp(self):
        Case.setUp(self)
        self.am = self.own(Router(self.config, self.home, args=self.args))
        super(Router, self.am).start()
        wait_for("it listens", lambda: "Listening on" in self.am.log())


class Unprefixed(Rows):
    args = ("--web.external-url=http://h/am/x/", "--web.route-prefix=/")

    def test_served_at_the_root(self):
        """A-112"""
        hook = Webhook().start()
        self.addCleanup(hook.stop)
        self.am.write_config("route: {receiver: h, group_wait: 0s}\nreceivers: [{name: h, webhook_configs: [{url: '%s'}]}]\n" % hook.url)
        self.assertEqual(self.am.request("POST", "/-/reload").status, 200)
        self.post([alert(n="1")])
        self.assertEqual(hook.wait(1)[0]["json"]["externalURL"], "http://h/am/x")
