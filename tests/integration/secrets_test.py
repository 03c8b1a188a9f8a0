"""No secret shows up in what Tocsin says, however it delivers or fails to (R-006, R-101)."""
import base64
import json
import os
import re
import subprocess

from support.every_receiver import MARK, from_files, globals_for, integrations, secret
from support.fakes import Reply, Smtp, Webhook
from support.proc import TOCSIN, Case, free_port, wait_for

TOCSINCTL = os.path.join(os.path.dirname(TOCSIN), "tocsinctl")
ANSWER = {"errcode": 0, "errmsg": "ok", "code": 0, "ok": True, "success": True, "key": "K-1", "id": "1", "issues": [],
          "status": "success", "dedup_key": "d"}
TOKEN = {"errcode": 0, "errmsg": "ok", "access_token": secret("token"), "expires_in": 7200}


def traces():
    """The mark as it may show up: itself, inside Base64 at each of three offsets, and secrets that are parameters."""
    found = [re.escape(MARK), r"\b(access_token|corpsecret|sign)=(?!<|\\u003c)"]
    for before in ("", "x", "xx"):
        text = base64.b64encode((before + MARK).encode()).decode()
        end = (len(before) + len(MARK)) * 8 // 6  # what follows changes the last character
        found.append(re.escape(text[{"": 0, "x": 2, "xx": 3}[before]:end]))
    return [re.compile(t) for t in found]


class Content(Webhook):
    """Satisfied with everything; it also gives out WeCom's tokens."""

    def answer(self, request):
        if request["path"].startswith("/slack/"):
            return Reply(200, "ok")
        return Reply(200, TOKEN if request["path"].endswith("/gettoken") else ANSWER)


class Chatty(Webhook):
    """Refuses, and quotes what it was asked for, as web servers do."""

    def answer(self, request):
        query = "&".join("%s=%s" % pair for pair in request["query"].items())
        return Reply(403, "The requested URL %s?%s was not found on this server." % (request["path"], query))


class Sinks:
    """Where notifications go, by name: what the receiver's name ends with."""

    def __init__(self, case):
        def own(fake):
            case.addCleanup(fake.stop)
            return fake.start()

        self.ok = own(Content())
        self.refused = own(Chatty())
        self.failing = own(Webhook(503, "later"))
        self.moved = own(Webhook())
        self.moved.default = Reply(302, "", {"Location": "http://127.0.0.1:%d/%s" % (free_port(), secret("location"))})
        self.smtp = own(Smtp(mechanisms=["PLAIN", "LOGIN", "CRAM-MD5"], username="user", password=secret("smtp")))
        self.bad_smtp = own(Smtp(mechanisms=["PLAIN", "CRAM-MD5"], username="other", password="other"))

    def receivers(self, folder):
        gone = free_port()
        mail, bad_mail = "127.0.0.1:%d" % self.smtp.port, "127.0.0.1:%d" % self.bad_smtp.port
        places = {"ok": (self.ok.url, mail), "refused": (self.refused.url, bad_mail), "failing": (self.failing.url, bad_mail),
                  "moved": (self.moved.url, bad_mail), "gone": ("http://127.0.0.1:%d" % gone, "127.0.0.1:%d" % gone)}
        made = [dict(integrations(url, smtp), name=name) for name, (url, smtp) in places.items()]
        return made + [dict(integrations(self.ok.url, mail, broken=True), name="template"), dict(from_files(folder), name="files")]


class Secrets(Case):
    def config(self, sinks):
        receivers = sinks.receivers(self.home)
        return {
            "global": globals_for(sinks.ok.url),
            "route": {"receiver": "ok", "group_wait": "0s", "group_interval": "1s", "repeat_interval": "1m",
                      "group_by": ["alertname"],
                      "routes": [{"receiver": r["name"], "matchers": ['alertname="A"'], "continue": True} for r in receivers]},
            "receivers": receivers,
        }

    def pages(self, am):
        """{what: text} of everything that can be read."""
        described = am.get("/api/tocsin/v1/openapi.json")["paths"]
        plain = [p for p, methods in described.items() if "get" in methods and "{" not in p and not p.endswith("/events")]
        query = {"/api/tocsin/v1/explain": "?label=alertname%3DA&labels=alertname%3DA&alertname=A"}
        paths = ["/metrics", "/", "/-/healthy", "/debug/pprof/"] + [p + query.get(p, "") for p in plain]
        found = {p: am.request("GET", p).body.decode("utf-8", "replace") for p in paths}
        self.assertIn("<secret>", found["/api/v2/status"])
        self.assertIn("<redacted>", found["/api/tocsin/v1/receivers"])
        for name in ("ok", "refused", "template", "files"):
            path = "/api/tocsin/v1/receivers/%s/test" % name
            found[path] = am.request("POST", path, {}, timeout=120).body.decode("utf-8", "replace")
        with open(am.config_path, encoding="utf-8") as f:
            found["dry run"] = am.request("POST", "/api/tocsin/v1/config/dry-run", f.read()).body.decode()
        return found

    def commands(self, am):
        """{command: output} of tocsinctl."""
        file = am.config_path
        commands = [["check-config", file], ["config", "lint", file], ["config", "diff", file, file + ".new"],
                    ["config", "show"], ["config", "routes", "show"], ["receivers"], ["lanes"], ["dead-letters"],
                    ["history", "notifications"], ["history", "audit"], ["explain", "A"], ["alert", "query"]]
        found = {}
        for words in commands:
            done = subprocess.run([TOCSINCTL, "--alertmanager.url=" + am.url, *words], capture_output=True, text=True,
                                  timeout=60, check=False)
            found["tocsinctl " + " ".join(words)] = done.stdout + done.stderr
        return found

    def check(self, texts):
        for what, text in texts.items():
            for trace in traces():
                for hit in trace.finditer(text):
                    self.fail("%s shows %s: ...%s..." % (what, hit[0], text[max(0, hit.start() - 200):hit.end() + 80]))

    def settled(self, am):
        """Each integration was tried, and is over with it or waits for the next attempt."""
        tried = [i.get("lastAttempt") for r in am.get("/api/tocsin/v1/receivers") for i in r["integrations"]]
        return all(tried)

    def test_nothing_shows_a_secret(self):
        sinks = Sinks(self)
        config = self.config(sinks)
        am = self.router(json.dumps(config), args=["--outbox.max-age=1s"])
        am.post_alerts({"alertname": "A", "severity": "critical"})
        wait_for("every integration was tried", lambda: self.settled(am), 40)
        self.assertGreater(len(sinks.ok.requests), 20)
        self.assertTrue(any(MARK in json.dumps(r) for r in sinks.ok.requests), "the secrets were used")
        changed = json.dumps(config).replace(MARK, MARK + "x")
        with open(am.config_path + ".new", "w", encoding="utf-8") as f:
            f.write(changed)
        self.check(self.pages(am))
        self.check(self.commands(am))

        # A reload that is refused, then one that takes the receivers away: their debts become dead letters.
        broken = dict(config, receivers=config["receivers"] + [
            {"name": "typo", "slack_configs": [{"api_ulr": "http://x/" + secret("typo"), "aktion": secret("typo2")}]}])
        am.write_config(json.dumps(broken, indent=1))
        answer = am.request("POST", "/-/reload")
        self.assertEqual(answer.status, 500)
        self.check({"reload": answer.body.decode()})
        am.write_config(json.dumps({"route": {"receiver": "ok"}, "receivers": [{"name": "ok"}]}))
        self.assertEqual(am.request("POST", "/-/reload").status, 200)
        wait_for("dead letters", lambda: am.get("/api/tocsin/v1/dead-letters"))
        self.check({"dead letters": am.request("GET", "/api/tocsin/v1/dead-letters").body.decode()})
        am.stop()
        with open(os.path.join(am.data, "tocsin.db"), "rb") as f:
            self.check({"database": f.read().decode("latin-1")})
        self.check({"log": am.log(), "output": am.out()})
