"""Roles: who may do what, with which silences, and what the audit trail says of it."""
import base64
import datetime
import os

from support.proc import Case, Router, wait_for

CONFIG = "route: {receiver: r, group_by: [team, n]}\nreceivers: [{name: r}]\n"
HASH = "$2b$04$abcdefghijklmnopqrstuuLZYjhNQAOdpbzt4WxWlUHjv1wsyH5DG"  # of s3cret
DIGEST = "9e795c29a8c362acadaed8c6148e060d33e3cdf04bc6ab99da0efdca0160f556"  # of tok3n
WEB = """
basic_auth_users: {root: %s}
access:
  users:
  - {name: vera, role: viewer, password: %s}
  - {name: otto, role: operator, password: %s, silence_scope: ['team=~"a|b"'], max_silence_duration: 2h, max_muted_groups: 1}
  - {name: anna, role: admin, password: %s}
  tokens:
  - {name: prom, role: sender, sha256: %s}
""" % (HASH, HASH, HASH, HASH, DIGEST)
OWN = "/api/tocsin/v1"


def user(name):
    return {"Authorization": "Basic " + base64.b64encode(("%s:s3cret" % name).encode()).decode()}


TOKEN = {"Authorization": "Bearer tok3n"}


def at(hours):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=hours)).isoformat()


def silence(hours=1.0, more=(), **labels):
    return dict({"matchers": [{"name": n, "value": v, "isRegex": False} for n, v in labels.items()],
                 "startsAt": at(-1), "endsAt": at(hours), "createdBy": "x", "comment": "c"}, **dict(more))


class Access(Case):
    def setUp(self):
        super().setUp()
        self.web = os.path.join(self.home, "web.yml")
        self.write(WEB)
        self.am = self.own(Router(CONFIG, self.home, args=["--web.config.file=" + self.web]))
        super(Router, self.am).start()
        wait_for("it listens", lambda: "Listening on" in self.am.log())

    def write(self, text):
        with open(self.web + ".new", "w", encoding="ascii") as f:
            f.write(text)
        os.rename(self.web + ".new", self.web)

    def ask(self, who, method, path, body=None):
        return self.am.request(method, path, body, headers=who)

    def test_each_role_may_do_its_part(self):
        alert = [{"labels": {"alertname": "A"}}]
        requests = {
            "read": ("GET", "/api/v2/alerts", None),
            "metrics": ("GET", "/metrics", None),
            "preview": ("POST", OWN + "/silences/preview", silence(team="a")),
            "send": ("POST", "/api/v2/alerts", alert),
            "silence": ("POST", "/api/v2/silences", silence(team="a")),
            "test": ("POST", OWN + "/receivers/r/test", {}),
            "reload": ("POST", "/-/reload", None),
            "dry run": ("POST", OWN + "/config/dry-run", CONFIG),
        }
        may = {
            "vera": (user("vera"), {"read", "metrics", "preview"}),
            "otto": (user("otto"), {"read", "metrics", "preview", "send", "silence", "test"}),
            "anna": (user("anna"), set(requests)),
            "root": (user("root"), set(requests)),
            "prom": (TOKEN, {"send"}),
        }
        for name, (who, allowed) in may.items():
            for what, (method, path, body) in requests.items():
                with self.subTest(name=name, what=what):
                    answer = self.ask(who, method, path, body)
                    self.assertEqual(answer.status, 200 if what in allowed else 403, answer.body)
                    if what not in allowed and path.startswith("/api"):
                        self.assertEqual(answer.json(), {"code": 403, "message": name + " may not do that"})
        for who in ({}, user("nobody"), {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer "}):
            self.assertEqual(self.ask(who, "GET", "/api/v2/alerts").status, 401)

    def test_who_am_i(self):
        rights = ["view", "send", "operate", "admin"]
        for who, want in ((user("root"), {"name": "root", "rights": rights}),
                          (user("otto"), {"name": "otto", "rights": rights[:3], "silenceScope": ['team=~"a|b"'],
                                          "maxSilenceDuration": "2h", "maxMutedGroups": 1}),
                          (TOKEN, {"name": "prom", "rights": ["send"]})):
            self.assertEqual(self.ask(who, "GET", OWN + "/me").json(), want)

    def test_anonymous_has_the_role_that_it_is_given(self):
        self.write(WEB.replace("access:", "access:\n  anonymous: viewer"))
        self.assertEqual(self.ask({}, "GET", "/-/healthy").status, 200)
        self.assertEqual(self.ask({}, "POST", "/-/reload").status, 403)
        self.assertEqual(self.ask({}, "GET", OWN + "/me").json(), {"name": "", "rights": ["view"]})
        self.assertEqual(self.ask(user("nobody"), "GET", "/-/healthy").status, 401, "wrong is worse than nothing")

    def test_silences_stay_within_scope_and_duration(self):
        rows = ((silence(team="a"), 200), (silence(team="b", n="1"), 200), (silence(team="c"), 403), (silence(n="1"), 403),
                (silence(hours=1.9, team="a"), 200), (silence(hours=2.5, team="a"), 403),
                (silence(team="a", more={"matchers": [{"name": "team", "value": "a|b", "isRegex": True}]}), 200),
                (silence(team="a", more={"matchers": [{"name": "team", "value": ".+", "isRegex": True}]}), 403),
                (silence(team="a", more={"matchers": [{"name": "team", "value": "a", "isRegex": False, "isEqual": False}]}),
                 403))
        for body, status in rows:
            with self.subTest(body["matchers"]):
                self.assertEqual(self.ask(user("otto"), "POST", "/api/v2/silences", body).status, status)
        self.assertEqual(self.ask(user("anna"), "POST", "/api/v2/silences", silence(team="c")).status, 200)

    def test_a_silence_of_others_is_out_of_reach(self):
        made = self.ask(user("anna"), "POST", "/api/v2/silences", silence(team="c")).json()["silenceID"]
        edit = dict(silence(team="a"), id=made)
        self.assertEqual(self.ask(user("otto"), "POST", "/api/v2/silences", edit).status, 403)
        self.assertEqual(self.ask(user("otto"), "DELETE", "/api/v2/silence/" + made).status, 403)
        self.assertEqual(self.ask(user("vera"), "DELETE", "/api/v2/silence/" + made).status, 403)
        self.assertEqual(self.ask(user("anna"), "GET", "/api/v2/silence/" + made).json()["status"]["state"], "active")
        own = self.ask(user("otto"), "POST", "/api/v2/silences", silence(team="a")).json()["silenceID"]
        self.assertEqual(self.ask(user("otto"), "DELETE", "/api/v2/silence/" + own).status, 200)

    def test_a_silence_that_mutes_much_needs_force(self):
        alerts = [{"labels": {"alertname": "A", "team": "a", "n": str(i)}, "endsAt": at(1)} for i in range(3)]
        self.assertEqual(self.ask(TOKEN, "POST", "/api/v2/alerts", alerts).status, 200)
        refused = self.ask(user("otto"), "POST", "/api/v2/silences", silence(team="a"))
        self.assertEqual(refused.status, 409)
        self.assertIn("would mute alerts of 3 groups, which is more than 1", refused.json()["message"])
        self.assertEqual(self.ask(user("otto"), "POST", "/api/v2/silences", silence(team="a", n="1")).status, 200)
        self.assertEqual(self.ask(user("otto"), "POST", "/api/v2/silences?force=true", silence(team="a")).status, 200)
        self.assertEqual(self.ask(user("anna"), "POST", "/api/v2/silences", silence(team="a")).status, 200)

    def test_the_audit_trail_has_the_name(self):
        self.ask(user("otto"), "POST", "/api/v2/silences", silence(team="a"))
        audit = wait_for("the entry", lambda: [i for i in self.ask(user("vera"), "GET", OWN + "/history/audit").json()["items"]
                                               if i["kind"] == "silence_created"])
        self.assertEqual(audit[0]["user"], "otto")

    def test_a_wrong_block_closes_the_door_and_says_why(self):
        rows = {"role: viewer": "role: king", "name: vera": "nam: vera", "sha256: " + DIGEST: "sha256: x",
                "name: anna": "name: otto", 'team=~"a|b"': 'team=~"("'}
        for good, bad in rows.items():
            with self.subTest(bad):
                self.write(WEB.replace(good, bad))
                self.assertEqual(self.ask(user("root"), "GET", "/-/healthy").status, 500)
        for text in ("role must be one of", "field nam not found", "sha256 must be 64", "otto is there twice", "missing closing"):
            self.assertIn(text, self.am.log())
        self.assertNotIn(HASH, self.am.log())
