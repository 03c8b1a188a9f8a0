"""Some three hundred requests, put to a real Alertmanager and to Tocsin: the same status, main content type, redirect and
JSON. ORACLE names the real one; Debian's (0.25) is the default. Where 0.34, which is what is promised, differs from 0.25,
DIFFERENT has what is to be seen here instead.
"""
import http.client
import json
import os
import re
import unittest

from parity import pairs
from support.fakes import Webhook
from support.proc import Case, Router, find_program, wait_for

CONFIG = """
route:
  receiver: hook
  group_by: [alertname]
  group_wait: 1h
  routes:
  - {{receiver: team, matchers: [team=a], continue: true}}
  - {{receiver: team, matchers: [team=a], group_by: [team]}}
inhibit_rules:
- {{source_matchers: [alertname=Source], target_matchers: [alertname=Target], equal: [dc]}}
receivers:
- {{name: hook, webhook_configs: [{{url: '{url}'}}]}}
- {{name: team}}
- {{name: unused}}
"""
HEADERS = ("Access-Control-Allow-Origin", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers")
# Members whose values are of the moment or random, and members that are newer than 0.25.
MASKED = {"updatedAt", "uptime", "versionInfo", "original", "silenceID", "id", "cluster"}
NEWER = {"routeLabels", "mutedBy"}
# Rows in which 0.34 answers otherwise than 0.25, by a part of their names, with the status that it has. A newer ORACLE is
# compared with in these, too.
DIFFERENT = {
    "A-103 delete": 404, "A-104 preflight": 204, "A-096 v1 GET /alerts/groups": 404, "A-096 v1 GET /nope": 404, "A-096 v1": 410,
    "filter=%7B": 400, "labels 5": 400, "time '2026-01-01'": 200, "+25:00": 400,
    "silence 30": 400, "silence 31": 400, "silence 35": 400, "silence 36": 400, "silence 37": 400,
    "GET {0": 404, "GET urn": 404, "DELETE 00000000": 404, "DELETE {0": 404, "DELETE urn": 404,
}


def ask(port, method, target, headers, body):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, target, body.encode() if body is not None else None, headers)
        r = connection.getresponse()
        return r.status, r.headers, r.read()
    except (http.client.HTTPException, OSError) as e:
        return None, {}, repr(e).encode()
    finally:
        connection.close()


def plain_text(text):
    """The Go library's reasons are not promised, and it names allowed methods in any order."""
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", "<id>", text)
    text = re.sub(r"(failed, because|error parsing regexp:|unknown time zone|in body must be of type).*", r"\1", text, flags=re.S)
    return re.sub(r"but \[(.*)\] are", lambda m: "but %s are" % sorted(m.group(1).split(",")), text)


def plain(value):
    """Without what cannot be the same twice."""
    if isinstance(value, dict):
        masked = MASKED | ({"startsAt"} if "createdBy" in value else set())
        dropped = {"labels"} if set(value) == {"labels", "name"} else set()  # of receivers
        return {k: "*" if k in masked else plain(v) for k, v in value.items() if k not in NEWER | dropped}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return plain_text(value) if isinstance(value, str) else value


def meaning(answer):
    status, headers, body = answer
    kind = (headers.get("Content-Type") or "").split(";")[0]
    seen = {"status": status, "type": kind, "location": headers.get("Location")}
    seen.update({h: headers.get(h) for h in HEADERS})
    if kind == "application/json" and body:
        seen["body"] = plain(json.loads(body))
    return seen


class Pairs(Case):
    maxDiff = 2000

    def setUp(self):
        super().setUp()
        hook = Webhook().start()
        self.addCleanup(hook.stop)
        config = CONFIG.format(url=hook.url)
        oracle = os.environ.get("ORACLE") or find_program("prometheus-alertmanager", "alertmanager")
        self.theirs = self.own(Router(config, self.home, binary=oracle, name="theirs")).start()
        self.old = self.theirs.get("/api/v2/status")["versionInfo"]["version"].startswith("0.25.")
        self.ours = self.own(Router(config, self.home, name="ours")).start()

    def compare(self, row, see=meaning):
        name, *request = row
        known = next((status for part, status in DIFFERENT.items() if part in name), None) if self.old else None
        theirs, ours = (see(ask(am.port, *request)) for am in (self.theirs, self.ours))
        with self.subTest(name):
            if known is None:
                self.assertEqual(ours, theirs)
            else:
                self.assertEqual(ours["status"], known)

    def test_requests(self):
        for row in pairs.ROWS:
            self.compare(row)

    def test_listings(self):
        for row in pairs.SEED:
            self.compare(row)
        for am in (self.theirs, self.ours):
            wait_for("all are in groups", lambda: len(am.get("/api/v2/alerts/groups")) >= 5)
        for row in pairs.QUERIES:
            self.compare(row)


if __name__ == "__main__":
    unittest.main()
