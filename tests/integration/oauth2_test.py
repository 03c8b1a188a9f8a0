"""OAuth 2.0 with a strict endpoint that speaks TLS: notifications, recorded events, tocsinctl (C-070)."""
import base64
import os
import subprocess
import urllib.parse

from support.fakes import HttpFake, Reply
from support.mail import make_certificates
from support.proc import Case, TOCSIN, wait_for

TOCSINCTL = os.path.join(os.path.dirname(TOCSIN), "tocsinctl")
SECRET = "s/cr=t &ü"
CONFIG = """
global:
  http_config: {oauth2: &login {client_id: 'tocsin:1', client_secret_file: secret, token_url: '%(idp)s/token',
                                scopes: [alerts], tls_config: {ca_file: ca.pem}}}
route: {receiver: hooks, group_by: [alertname], group_wait: 0s}
receivers:
- name: hooks
  webhook_configs: [{url: '%(hook)s/one'}]
event_recorder:
  webhook_outputs: [{url: '%(hook)s/events', workers: 3, http_config: {oauth2: *login}}]
"""


class Endpoint(HttpFake):
    """Gives tok-1, tok-2, ... to the one client that it knows."""

    given = 0

    def answer(self, request):
        form = dict(urllib.parse.parse_qsl(request["body"]))
        kind, _, login = request["headers"].get("authorization", "").partition(" ")
        pair = base64.b64decode(login).decode().partition(":")
        known = (kind == "Basic" and urllib.parse.unquote_plus(pair[0]) == "tocsin:1"
                 and urllib.parse.unquote_plus(pair[2]) == SECRET)
        if not known or form != {"grant_type": "client_credentials", "scope": "alerts"}:
            return Reply(401, {"error": "invalid_client", "error_description": "not with " + SECRET})
        self.given += 1
        return Reply(200, {"access_token": "tok-%d" % self.given, "token_type": "bearer", "expires_in": 3600})


class Guarded(HttpFake):
    """Takes what comes with a token that was given."""

    def __init__(self, idp):
        super().__init__()
        self.idp = idp

    def answer(self, request):
        known = request["headers"].get("authorization") in ["Bearer tok-%d" % (i + 1) for i in range(self.idp.given)]
        return Reply(200, []) if known else Reply(401, "who are you?")


class OAuth2(Case):
    def setUp(self):
        super().setUp()
        _, cert, key = make_certificates(self.home)
        self.idp = Endpoint(host="localhost", certfile=cert, keyfile=key).start()
        self.addCleanup(self.idp.stop)
        self.hook = Guarded(self.idp).start()
        self.addCleanup(self.hook.stop)
        self.write_secret(SECRET + "\n")

    def write_secret(self, text):
        with open(os.path.join(self.home, "secret"), "w", encoding="utf-8") as f:
            f.write(text)

    def tell(self, **kw):
        router = self.router(CONFIG % {"idp": self.idp.url, "hook": self.hook.url}, **kw)
        router.post_alerts(*[{"alertname": "A%d" % i} for i in range(8)])
        return router

    def told(self, path):
        return [r for r in self.hook.requests if r["path"] == path and r["status"] == 200]

    def test_many_notifications_take_one_token(self):
        router = self.tell()
        wait_for("all are told", lambda: len(self.told("/one")) == 8)
        self.assertEqual(len(self.idp.requests), 1)
        self.assertEqual(len(self.hook.requests), 8)
        self.assertNotIn("tok-", router.log())

    def test_recorded_events_take_one_token(self):
        self.tell(args=["--enable-feature=event-recorder"])
        wait_for("events are posted", lambda: len(self.told("/events")) >= 8)
        self.assertLessEqual(len(self.idp.requests), 2, "one for the receiver, one for the recorder")

    def test_a_client_that_is_refused_is_said_without_the_secret(self):
        self.idp.script(*[Reply(401, {"error": "invalid_client", "error_description": "not " + SECRET})] * 2)
        router = self.tell()
        wait_for("a refusal", lambda: "oauth2: " in router.log())
        self.assertIn("oauth2: cannot fetch token: 401", router.log())
        self.assertNotIn(SECRET, router.log())

    def test_a_rotated_secret_takes_a_new_token(self):
        router = self.tell()
        wait_for("all are told", lambda: len(self.told("/one")) == 8)
        self.write_secret("another")
        router.post_alerts({"alertname": "late"})
        wait_for("the endpoint refuses it", lambda: any(r["status"] == 401 for r in self.idp.requests))

    def test_tocsinctl_brings_a_token(self):
        client = os.path.join(self.home, "client.yml")
        with open(client, "w", encoding="utf-8") as f:
            f.write("oauth2: {client_id: 'tocsin:1', client_secret_file: secret, token_url: '%s/token', "
                    "scopes: [alerts], tls_config: {ca_file: ca.pem}}\n" % self.idp.url)
        done = subprocess.run([TOCSINCTL, "--alertmanager.url=" + self.hook.url, "--http.config.file=" + client,
                               "silence", "query"], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.hook.requests[0]["headers"]["authorization"], "Bearer tok-1")
