"""The description of the API that the server serves, held against the server: every endpoint is in it, and random requests
made from it, right and wrong ones, get the answers it names. TOCSIN_SEED and TOCSIN_ROUNDS change the run."""
import collections
import json
import os
import re
import urllib.parse

from support.openapi import Schemas
from support.proc import ROOT, Case, free_port

CONFIG = """
route: {{receiver: hook, group_by: [alertname], group_wait: 0s}}
receivers:
- {{name: hook, webhook_configs: [{{url: 'http://127.0.0.1:{port}/'}}]}}
- {{name: empty}}
"""
SEED = int(os.environ.get("TOCSIN_SEED", "1"))
ROUNDS = int(os.environ.get("TOCSIN_ROUNDS", "150"))
ENDLESS = {"streamEvents"}  # events_test.py
SLOW = {"testReceiver"}  # tries for ten seconds to reach nobody: only the receiver without integrations is asked

# What random requests do not bring about: limits of size, users with few rights, a database or an inbox that is full.
UNLIKELY = {"403", "409", "413", "500", "503"}


class OpenApi(Case):
    def setUp(self):
        super().setUp()
        self.seen = collections.defaultdict(set)  # by operation: the statuses of its answers
        self.known = collections.defaultdict(list)  # by parameter: values that exist
        self.am = self.router(CONFIG.format(port=free_port()))
        self.document = self.am.get("/api/tocsin/v1/openapi.json")
        self.schemas = Schemas(self.document, SEED)
        self.random = self.schemas.random

    def operations(self):
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                yield path, method.upper(), operation

    def test_every_endpoint_is_described(self):
        with open(os.path.join(ROOT, "src", "http", "router.c"), encoding="utf-8") as f:
            rows = re.findall(r'\{"(/api/(?:v2|tocsin/v1)/[^"]*)",\s*(?:NULL|"([^"]*)"),\s*([A-Z |]+)\}', f.read())
        routed = {(label or path, m.strip()) for path, label, methods in rows for m in methods.split("|")}
        self.assertGreater(len(routed), 20)
        described = {(path, method) for path, method, _ in self.operations()}
        self.assertEqual(routed - described, set(), "not in src/http/openapi.json")

    def target(self, path, operation, make):
        query = []
        for p in operation.get("parameters", ()):
            value = make(p["schema"])
            if self.known[p["name"]] and self.random.random() < 0.5:
                value = self.random.choice(self.known[p["name"]])
            if p["in"] == "path":
                text = "empty" if operation["operationId"] in SLOW else str(value) or "x"
                path = path.replace("{%s}" % p["name"], urllib.parse.quote(text, safe="", errors="replace"))
            elif p["in"] == "query" and self.random.random() < 0.4:
                for v in value if isinstance(value, list) else [value]:
                    query.append((p["name"], str(v).lower() if isinstance(v, bool) else str(v)[:2000]))
        return path + ("?" + urllib.parse.urlencode(query, errors="replace") if query else "")

    def body(self, operation, make):
        if "requestBody" not in operation:
            return None, {}
        (media, content), = operation["requestBody"]["content"].items()
        value = make(content["schema"])
        if isinstance(value, dict) and "id" in value and self.known["silenceID"] and self.random.random() < 0.5:
            value["id"] = self.random.choice(self.known["silenceID"])
        text = json.dumps(value) if media == "application/json" else str(value)
        if self.random.random() < 0.1:
            text = text[:self.random.randrange(len(text) + 1)]
        if self.random.random() < 0.15:
            media = self.random.choice(("text/plain", "application/xml", "application/octet-stream"))
        return text.encode("utf-8", "replace"), {"Content-Type": media}

    def check(self, operation, method, target, body, answer):
        said = "%s %s %r -> %d %r" % (method, target, (body or b"")[:600], answer.status, answer.body[:300])
        self.assertLess(answer.status, 500, said)
        described = operation["responses"].get(str(answer.status))
        self.assertIsNotNone(described, "status not described: " + said)
        if "content" not in described:
            self.assertEqual(answer.body, b"", said)
            return
        schema = described["content"].get(answer.headers.get("Content-Type", "").split(";")[0])
        if schema is None:  # history answers as the Accept header or `format` asks
            self.assertIn("format=", target, "type not described: " + said)
            return
        self.assertIsNone(self.schemas.fault(schema["schema"], json.loads(answer.body)), said)

    def ask(self, path, method, operation, make):
        target = self.target(path, operation, make)
        body, headers = self.body(operation, make)
        answer = self.am.request(method, target, body, headers)
        self.seen[operation["operationId"]].add(str(answer.status))
        self.check(operation, method, target, body, answer)
        if answer.status == 200 and operation["operationId"] == "postSilences":
            self.known["silenceID"].append(answer.json()["silenceID"])

    def test_random_requests_get_described_answers(self):
        print("seed %d, %d rounds" % (SEED, ROUNDS))
        for _ in range(ROUNDS):
            for path, method, operation in self.operations():
                if operation["operationId"] in ENDLESS:
                    continue
                for make in (self.schemas.valid, self.schemas.broken):
                    self.ask(path, method, operation, make)
        self.check_coverage()
        self.assertTrue(self.am.running())
        self.assertEqual(self.am.stop(), 0)

    def check_coverage(self):
        """The random ones were not all of one kind: of the v2 API each answer was seen that they can bring about."""
        for path, _, operation in self.operations():
            if path.startswith("/api/v2/"):
                with self.subTest(operation["operationId"]):
                    wanted = set(operation["responses"]) - UNLIKELY
                    self.assertEqual(wanted - self.seen[operation["operationId"]], set())

    def test_values_that_are_right_are_taken(self):
        """The generator is worth something: most of what it calls valid is."""
        taken = 0
        path, operation = "/api/v2/alerts", self.document["paths"]["/api/v2/alerts"]["post"]
        for _ in range(40):
            body, headers = self.body(operation, self.schemas.valid)
            taken += self.am.request("POST", path, body, headers).status == 200
        self.assertGreater(taken, 5)
        self.assertGreater(len(self.am.get("/api/v2/alerts")), 3)
