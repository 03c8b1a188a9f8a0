"""Slack's update_message with an API behind a proxy: a group keeps its message, over a restart (R-043)."""
import json
import socketserver
import ssl
import threading

from support.fakes import Recorder
from support.mail import make_certificates
from support.proc import Case, wait_for

CONFIG = """
route: {receiver: ops, group_by: [alertname], group_wait: 0s, group_interval: 1s}
receivers:
- name: ops
  slack_configs:
  - api_url: https://slack.com/api/chat.postMessage
    update_message: true
    channel: '#ops'
    text: '{{ len .Alerts }}'
    send_resolved: true
    http_config: {proxy_url: 'http://127.0.0.1:%d', enable_http2: false, authorization: {credentials: xoxb},
                  tls_config: {insecure_skip_verify: true}}
"""


class _Tunnel(socketserver.StreamRequestHandler):
    """A CONNECT proxy that answers in the name of whoever was asked for."""

    def handle(self):
        self._read()
        self.connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        inner = self.server.context.wrap_socket(self.connection, server_side=True)
        with inner, inner.makefile("rb") as self.rfile:
            for path, body in iter(self._read, None):
                answer = json.dumps(self.server.answer(path, json.loads(body))).encode()
                inner.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
                              b"Content-Length: %d\r\n\r\n" % len(answer) + answer)

    def _read(self):
        line = self.rfile.readline().decode()
        length = 0
        for header in iter(self.rfile.readline, b"\r\n"):
            if not header:
                return None
            name, _, value = header.decode().partition(":")
            length = int(value) if name.lower() == "content-length" else length
        return (line.split()[1], self.rfile.read(length)) if line else None


class SlackApi(socketserver.ThreadingTCPServer):
    """chat.postMessage and chat.update: messages are texts by channel id and timestamp."""
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, certfile, keyfile):
        super().__init__(("127.0.0.1", 0), _Tunnel)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certfile, keyfile)
        self.recorder, self.messages, self.lock = Recorder(), {}, threading.Lock()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def answer(self, path, message):
        with self.lock:
            known = (message["channel"], message.get("ts"))
            text = message["attachments"][0]["text"]
            if path == "/api/chat.update" and known not in self.messages:
                return {"ok": False, "error": "message_not_found"}
            if path == "/api/chat.postMessage":
                known = ("C0" + message["channel"].strip("#"), "1700000000.%06d" % len(self.messages))
            self.messages[known] = text
            self.recorder.add((path.rsplit(".", 1)[1], known, text))
            return {"ok": True, "channel": known[0], "ts": known[1]}


class SlackUpdate(Case):
    def setUp(self):
        super().setUp()
        _, cert, key = make_certificates(self.home)
        self.api = SlackApi(cert, key)
        self.addCleanup(self.api.server_close)
        self.addCleanup(self.api.shutdown)

    def told(self, n):
        return self.api.recorder.wait(n)[n - 1]

    def test_a_group_keeps_its_message(self):
        first, second = ("C0ops", "1700000000.000000"), ("C0ops", "1700000000.000001")
        router = self.router(CONFIG % self.api.server_address[1])
        router.post_alerts({"alertname": "disk", "n": "1"})
        self.assertEqual(self.told(1), ("postMessage", first, "1"))
        router.post_alerts({"alertname": "disk", "n": "2"})
        self.assertEqual(self.told(2), ("update", first, "2"))
        self.assertEqual(router.stop(), 0)
        router.start()
        router.post_alerts({"alertname": "disk", "n": "3"})
        self.assertEqual(self.told(3), ("update", first, "3"))
        with self.api.lock:
            del self.api.messages[first]  # somebody has deleted it
            self.api.messages["keeps", "the numbers apart"] = ""
        router.post_alerts({"alertname": "disk", "n": "4"})
        self.assertEqual(self.told(4), ("postMessage", second, "4"))
        router.post_alerts(*[{"labels": {"alertname": "disk", "n": str(n + 1)}, "startsAt": "2026-01-01T00:00:00Z",
                              "endsAt": "2026-01-01T00:00:01Z"} for n in range(4)])
        self.assertEqual(self.told(5), ("update", second, "4"))
        wait_for("the group is gone", lambda: not router.get("/api/v2/alerts/groups"))
        router.post_alerts({"alertname": "disk", "n": "1"})
        self.assertEqual(self.told(6)[0], "postMessage")
