#!/usr/bin/env python3
"""Strict stand-ins for the services that receivers talk to. Standard library only.

As a module:

    with DingTalk(secret="SEC1", access_token="t") as fake:
        fake.url                 # http://127.0.0.1:PORT
        fake.script(Reply(500))  # the next request is answered like this, before any check
        fake.wait(1)             # the requests seen so far, once there is at least one

As a command, one fake per process; requests go to standard output (or --record) as JSON lines, after one line that
says where the fake listens:

    python3 fakes.py dingtalk --port 8001 --secret SEC1 --access-token t

Every record has: time (Unix seconds), method, path, query (an object), headers (lower-case names), body (text),
json (the body parsed, or null), status and reply (what was answered). SMTP records have mail_from, rcpt_to, message,
auth, tls and helo instead.
"""

import argparse
import base64
import collections
import hashlib
import hmac
import json
import socket
import socketserver
import ssl
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Reply:
    """What to answer. `body` may be text, bytes or a JSON value; `delay` seconds pass before the answer."""

    def __init__(self, status=200, body="", headers=None, delay=0.0):
        self.status, self.headers, self.delay = status, dict(headers or {}), delay
        if isinstance(body, (dict, list)):
            body = json.dumps(body, ensure_ascii=False)
            self.headers.setdefault("Content-Type", "application/json; charset=utf-8")
        self.body = body.encode() if isinstance(body, str) else body


class Recorder:
    """Requests in the order in which they came, for tests that wait and for people who read."""

    def __init__(self, out=None):
        self.items, self.out, self.changed = [], out, threading.Condition()

    def add(self, item):
        with self.changed:
            self.items.append(item)
            if self.out is not None:
                self.out.write(json.dumps(item, ensure_ascii=False) + "\n")
                self.out.flush()
            self.changed.notify_all()

    def wait(self, n, timeout=10.0):
        """At least n records, or AssertionError after `timeout` seconds."""
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.items) >= n, timeout):
                raise AssertionError(f"{len(self.items)} requests after {timeout} s, want {n}: {self.items}")
            return list(self.items)


class ForgetfulRecorder(Recorder):
    """For fakes of long runs, which keep what matters themselves."""

    def add(self, item):
        pass


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _serve(self):
        self.server.fake._handle(self)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve

    def log_message(self, *args):
        pass


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512  # with the default of 5 a burst of connections loses some for a second

    def handle_error(self, request, client_address):
        """Clients that are killed reset their connections; that is no news."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class HttpFake:
    """An HTTP server on a port of its own that records everything; subclasses decide in answer()."""

    def __init__(self, port=0, out=None, host="127.0.0.1", certfile=None, keyfile=None):
        self.recorder = Recorder(out)
        self._scripted, self._lock = collections.deque(), threading.Lock()
        self._server = _HttpServer((host, port), _Handler)
        self._server.fake = self
        self.scheme = "http"
        if certfile:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certfile, keyfile)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self.scheme = "https"
        self.host, self.port = host, self._server.server_address[1]
        self.url = f"{self.scheme}://{host}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def start(self):
        self._thread.start()
        return self

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self):
        return self.start()

    def __exit__(self, *exc):
        self.stop()

    def script(self, *replies):
        """The next requests are answered with these, one each."""
        with self._lock:
            self._scripted.extend(replies)

    def wait(self, n, timeout=10.0):
        return self.recorder.wait(n, timeout)

    @property
    def requests(self):
        return self.recorder.wait(0)

    def answer(self, request):
        raise NotImplementedError

    def answered(self, request):
        """The answer left, or could not: the client may be gone."""

    def _next(self, request):
        with self._lock:
            return self._scripted.popleft() if self._scripted else self.answer(request)

    def _handle(self, h):
        raw = h.rfile.read(int(h.headers.get("Content-Length") or 0))
        parts = urllib.parse.urlsplit(h.path)
        request = {
            "time": time.time(),
            "method": h.command,
            "path": parts.path,
            "query": dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True)),
            "headers": {k.lower(): v for k, v in h.headers.items()},
            "body": raw.decode("utf-8", "replace"),
            "bytes": len(raw),
            "json": _parse_json(raw),
        }
        reply = self._next(request)
        request["status"], request["reply"] = reply.status, reply.body.decode("utf-8", "replace")
        self.recorder.add(request)
        if reply.delay:
            time.sleep(reply.delay)
        try:
            h.send_response(reply.status)
            for name, value in reply.headers.items():
                h.send_header(name, value)
            h.send_header("Content-Length", str(len(reply.body)))
            h.end_headers()
            h.wfile.write(reply.body)
        except (BrokenPipeError, ConnectionResetError):
            pass
        self.answered(request)


def _parse_json(raw):
    try:
        return json.loads(raw.decode("utf-8"))
    except (ValueError, UnicodeDecodeError):
        return None


class Webhook(HttpFake):
    """Takes everything and answers `status` with `body`."""

    def __init__(self, status=200, body="", delay=0.0, **kw):
        super().__init__(**kw)
        self.default = Reply(status, body, delay=delay)

    def answer(self, request):
        return self.default


class SlidingWindow:
    """At most `limit` events in any `window` seconds."""

    def __init__(self, limit, window=60.0):
        self.limit, self.window, self.times = limit, window, collections.deque()

    def take(self, now):
        while self.times and now - self.times[0] >= self.window:
            self.times.popleft()
        if len(self.times) >= self.limit:
            return False
        self.times.append(now)
        return True


class Robot(HttpFake):
    """What the group robots of DingTalk and WeCom have in common: JSON with errcode under HTTP 200, and a rate."""

    path = "/"

    def __init__(self, per_minute=20, penalty=0.0, **kw):
        super().__init__(**kw)
        self.window, self.penalty, self.blocked_until = SlidingWindow(per_minute), penalty, 0.0

    @staticmethod
    def code(code, text):
        return Reply(200, {"errcode": code, "errmsg": text})

    def throttled(self, now):
        if now < self.blocked_until:
            return True
        if self.window.take(now):
            return False
        self.blocked_until = now + self.penalty
        return True

    def problem(self, request):
        """(errcode, errmsg) or None."""
        raise NotImplementedError

    def answer(self, request):
        problem = self.problem(request)
        return self.code(*problem) if problem else self.code(0, "ok")


def dingtalk_sign(secret, timestamp):
    digest = hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


class DingTalk(Robot):
    """A DingTalk group robot: token, signature, keyword, 20000 bytes, 20 per minute and then a penalty."""

    path = "/robot/send"
    max_bytes = 20000

    def __init__(self, secret=None, access_token=None, keywords=(), penalty=600.0, **kw):
        super().__init__(penalty=penalty, **kw)
        self.secret, self.access_token, self.keywords = secret, access_token, list(keywords)

    def problem(self, request):
        if request["path"] != self.path or request["method"] != "POST":
            return 43002, "require http post"
        if not request["headers"].get("content-type", "").startswith("application/json"):
            return 43004, "invalid Content-Type"
        token = request["query"].get("access_token", "")
        if not token or (self.access_token is not None and token != self.access_token):
            return 300005, "token is not exist"
        return self._security(request["query"]) or self._size_and_rate(request) or self._message(request["json"])

    def _security(self, query):
        if self.secret is None:
            return None
        timestamp = query.get("timestamp", "")
        if not timestamp.isdigit() or abs(int(timestamp) / 1000 - time.time()) > 3600:
            return 310000, "invalid timestamp"
        if query.get("sign") != dingtalk_sign(self.secret, timestamp):
            return 310000, "sign not match"
        return None

    def _size_and_rate(self, request):
        if self.throttled(request["time"]):
            return 410100, "send too fast, exceed 20 times per minute"
        if request["bytes"] > self.max_bytes:
            return 460101, "message too long, exceed 20000 bytes"
        return None

    def _message(self, doc):
        if not isinstance(doc, dict) or "msgtype" not in doc:
            return 40035, "param error: json is missing"
        kind = doc["msgtype"]
        needed = {"text": ["content"], "markdown": ["title", "text"], "link": ["title", "text", "messageUrl"],
                  "actionCard": ["title", "text"], "feedCard": ["links"]}
        if kind not in needed:
            return 400105, "unsupported msgtype"
        if set(doc) - {"msgtype", kind, "at"}:
            return 40035, f"unknown members {sorted(set(doc) - {'msgtype', kind, 'at'})}"
        content = doc.get(kind)
        if not isinstance(content, dict) or any(not content.get(k) for k in needed[kind]):
            return 40035, f"missing parameter {kind}.{'/'.join(needed[kind])}"
        if self.keywords and not any(k in json.dumps(content, ensure_ascii=False) for k in self.keywords):
            return 310000, "keywords not in content"
        return self._mentions(doc, content)

    def _mentions(self, doc, content):
        at = doc.get("at", {})
        shapes = {"atMobiles": list, "atUserIds": list, "isAtAll": bool}
        if any(k not in shapes or not isinstance(v, shapes[k]) for k, v in at.items()):
            return 40035, "bad at object"
        text = content.get("content") or content.get("text") or ""
        missing = [m for m in at.get("atMobiles", []) + at.get("atUserIds", []) if f"@{m}" not in text]
        return (40035, f"mentioned but not in the text: {missing}") if missing else None


class WeCom(Robot):
    """A WeCom group robot: key, 2048/4096 bytes of content, 20 per minute."""

    path = "/cgi-bin/webhook/send"
    limits = {"text": 2048, "markdown": 4096, "markdown_v2": 4096}

    def __init__(self, key=None, **kw):
        super().__init__(**kw)
        self.key = key

    @staticmethod
    def code(code, text):
        hint = "" if code == 0 else ", hint: [1700000000001], from ip: 127.0.0.1, more info at https://example.invalid"
        return Reply(200, {"errcode": code, "errmsg": text + hint})

    def problem(self, request):
        key = request["query"].get("key", "")
        if request["path"] != self.path or not key or (self.key is not None and key != self.key):
            return 93000, "invalid webhook url"
        if self.throttled(request["time"]):
            return 45009, "api freq out of limit"
        doc = request["json"]
        if not isinstance(doc, dict):
            return 44001, "empty media data"
        kind = doc.get("msgtype")
        if kind not in self.limits:
            return 40008, "invalid message type"
        if set(doc) != {"msgtype", kind} or not isinstance(doc[kind], dict):
            return 40058, f"invalid Request Parameter: members {sorted(doc)}"
        return self._content(kind, doc[kind])

    def _content(self, kind, content):
        text = content.get("content")
        if not isinstance(text, str) or not text:
            return 44004, "empty content"
        if len(text.encode()) > self.limits[kind]:
            return 40058, f"{kind}.content exceed max length {self.limits[kind]}"
        allowed = {"content", "mentioned_list", "mentioned_mobile_list"} if kind == "text" else {"content"}
        if set(content) - allowed:
            return 40058, f"invalid Request Parameter: {sorted(set(content) - allowed)}"
        return None


class WeChatApp(HttpFake):
    """WeCom application messages: gettoken and message/send under /cgi-bin/."""

    def __init__(self, corp_id="CORP", secret="SEC", expires_in=7200, **kw):
        super().__init__(**kw)
        self.corp_id, self.secret, self.expires_in, self.token_no = corp_id, secret, expires_in, 0
        self.url += "/cgi-bin/"

    @property
    def token(self):
        return f"TOKEN{self.token_no}"

    def expire_token(self):
        self.token_no += 1

    def answer(self, request):
        query = request["query"]
        if request["path"] == "/cgi-bin/gettoken":
            if query.get("corpid") != self.corp_id:
                return Reply(200, {"errcode": 40013, "errmsg": "invalid corpid"})
            if query.get("corpsecret") != self.secret:
                return Reply(200, {"errcode": 40001, "errmsg": "invalid credential"})
            return Reply(200, {"errcode": 0, "errmsg": "ok", "access_token": self.token,
                               "expires_in": self.expires_in})
        if request["path"] != "/cgi-bin/message/send":
            return Reply(404, "no such call")
        if query.get("access_token") != self.token:
            return Reply(200, {"errcode": 42001, "errmsg": "access_token expired"})
        return Reply(200, {"errcode": 0, "errmsg": "ok", "msgid": "1"})


class _SmtpSession(socketserver.StreamRequestHandler):
    """One connection. The fake's attributes say what is advertised and what is refused."""

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")
        self.wfile.flush()

    def line(self):
        raw = self.rfile.readline()
        return None if not raw else raw.decode("utf-8", "replace").rstrip("\r\n")

    def handle(self):
        self.fake, self.mail = self.server.fake, {}
        self.tls, self.auth, self.helo = self.fake.implicit_tls, None, None
        try:
            self.say("220 fake ESMTP")
            while (line := self.line()) is not None and self.command(line):
                pass
        except (OSError, ssl.SSLError):
            pass

    def finish(self):
        try:
            super().finish()
        except OSError:
            pass
        self.request.close()  # after STARTTLS it is not the socket that the server knows

    def command(self, line):
        verb, _, rest = line.partition(" ")
        refused = self.fake.refuse.get(verb.upper())
        if refused:
            self.say(refused)
            return True
        handler = getattr(self, "do_" + verb.lower(), None)
        if handler is None:
            self.say("502 unknown command")
            return True
        return handler(rest) is not False

    def do_ehlo(self, name):
        self.helo = name
        lines = ["fake", "8BITMIME", "SMTPUTF8", "SIZE 10000000"]
        if self.fake.context and not self.tls:
            lines.append("STARTTLS")
        if self.fake.mechanisms:
            lines.append("AUTH " + " ".join(self.fake.mechanisms))
        for text in lines[:-1]:
            self.say("250-" + text)
        self.say("250 " + lines[-1])

    def do_helo(self, name):
        self.helo = name
        self.say("250 fake")

    def do_starttls(self, _):
        self.say("220 go ahead")
        self.request = self.fake.context.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb")
        self.tls = True

    def ask(self, challenge):
        self.say("334 " + base64.b64encode(challenge.encode()).decode())
        return base64.b64decode(self.line() or "").decode()

    def do_auth(self, rest):
        mechanism, _, initial = rest.partition(" ")
        mechanism = mechanism.upper()
        if mechanism == "PLAIN":
            identity, user, password = (base64.b64decode(initial).decode() if initial else self.ask("")).split("\0")
        elif mechanism == "LOGIN":
            user, password, identity = self.ask("Username:"), self.ask("Password:"), ""
        elif mechanism == "CRAM-MD5":
            challenge = "<1896.697170952@fake>"
            user, _, digest = self.ask(challenge).rpartition(" ")
            want = hmac.new(self.fake.password.encode(), challenge.encode(), hashlib.md5).hexdigest()
            password, identity = (self.fake.password if digest == want else None), ""
        else:
            self.say("504 unknown mechanism")
            return
        if (user, password) != (self.fake.username, self.fake.password):
            self.say("535 5.7.8 authentication failed")
            return
        self.auth = {"mechanism": mechanism, "user": user, "identity": identity}
        self.say("235 welcome")

    def do_mail(self, rest):
        self.mail = {"mail_from": rest, "rcpt_to": []}
        self.say("250 ok")

    def do_rcpt(self, rest):
        if any(bad in rest for bad in self.fake.bad_recipients):
            self.say("550 5.1.1 no such user")
            return
        self.mail["rcpt_to"].append(rest)
        self.say("250 ok")

    def do_data(self, _):
        self.say("354 go on")
        body = []
        while (raw := self.rfile.readline()) not in (b".\r\n", b""):
            body.append(raw[1:] if raw.startswith(b".") else raw)
        self.fake.recorder.add({"time": time.time(), **self.mail, "message": b"".join(body).decode("utf-8", "replace"),
                                "auth": self.auth, "tls": self.tls, "helo": self.helo})
        self.say(self.fake.final)

    def do_rset(self, _):
        self.say("250 ok")

    def do_noop(self, _):
        self.say("250 ok")

    def do_quit(self, _):
        self.say("221 bye")
        return False


class _ThreadingTCPServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def get_request(self):
        sock, address = super().get_request()
        if self.fake.implicit_tls:
            sock = self.fake.context.wrap_socket(sock, server_side=True)
        return sock, address

    def handle_error(self, request, client_address):
        pass


class Smtp:
    """An SMTP server. With a certificate it offers STARTTLS, or speaks TLS from the first byte (implicit_tls)."""

    def __init__(self, port=0, out=None, certfile=None, keyfile=None, implicit_tls=False, mechanisms=(),
                 username=None, password=None, refuse=None, bad_recipients=(), final="250 queued"):
        self.recorder, self.implicit_tls = Recorder(out), implicit_tls
        self.mechanisms, self.username, self.password = list(mechanisms), username, password
        self.refuse, self.bad_recipients, self.final = dict(refuse or {}), list(bad_recipients), final
        self.context = None
        if certfile:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certfile, keyfile)
        self._server = _ThreadingTCPServer(("127.0.0.1", port), _SmtpSession)
        self._server.fake = self
        self.host, self.port = self._server.server_address
        self.url = f"smtp://{self.host}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    start, stop = HttpFake.start, HttpFake.stop
    __enter__, __exit__ = HttpFake.__enter__, HttpFake.__exit__
    wait, requests = HttpFake.wait, HttpFake.requests


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def _arguments():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--port", type=int, default=0)
    p.add_argument("--record", type=argparse.FileType("a"), default=sys.stdout, help="JSON lines go here")
    p.add_argument("--certfile")
    p.add_argument("--keyfile")
    sub = p.add_subparsers(dest="kind", required=True)
    webhook = sub.add_parser("webhook")
    webhook.add_argument("--status", type=int, default=200)
    webhook.add_argument("--body", default="")
    webhook.add_argument("--delay", type=float, default=0.0)
    dingtalk = sub.add_parser("dingtalk")
    dingtalk.add_argument("--secret")
    dingtalk.add_argument("--access-token")
    dingtalk.add_argument("--keywords", nargs="*", default=[])
    wecom = sub.add_parser("wecom")
    wecom.add_argument("--key")
    for robot, penalty in ((dingtalk, 600.0), (wecom, 0.0)):
        robot.add_argument("--per-minute", type=int, default=20)
        robot.add_argument("--penalty", type=float, default=penalty)
    wechat = sub.add_parser("wechat")
    wechat.add_argument("--corp-id", default="CORP")
    wechat.add_argument("--secret", default="SEC")
    smtp = sub.add_parser("smtp")
    smtp.add_argument("--implicit-tls", action="store_true")
    smtp.add_argument("--mechanisms", nargs="*", default=[])
    smtp.add_argument("--username")
    smtp.add_argument("--password")
    return vars(p.parse_args())


KINDS = {"webhook": Webhook, "dingtalk": DingTalk, "wecom": WeCom, "wechat": WeChatApp, "smtp": Smtp}


def main():
    options = _arguments()
    kind, out = options.pop("kind"), options.pop("record")
    fake = KINDS[kind](out=out, **options)
    print(f"listening on {fake.url}", file=out, flush=True)
    with fake:
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
