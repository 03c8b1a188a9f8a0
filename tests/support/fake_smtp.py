"""An SMTP server that stands in for a real one, with the refusals that tests ask for."""

import base64
import hashlib
import hmac
import socketserver
import ssl
import threading
import time

from support.fake_http import HttpFake, Recorder


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

    def __init__(self, port=0, out=None, host="127.0.0.1", certfile=None, keyfile=None, implicit_tls=False, mechanisms=(),
                 username=None, password=None, refuse=None, bad_recipients=(), final="250 queued"):
        self.recorder, self.implicit_tls = Recorder(out), implicit_tls
        self.mechanisms, self.username, self.password = list(mechanisms), username, password
        self.refuse, self.bad_recipients, self.final = dict(refuse or {}), list(bad_recipients), final
        self.context = None
        if certfile:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certfile, keyfile)
        self._server = _ThreadingTCPServer((host, port), _SmtpSession)
        self._server.fake = self
        self.host, self.port = self._server.server_address
        self.url = f"smtp://{self.host}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    start, stop = HttpFake.start, HttpFake.stop
    __enter__, __exit__ = HttpFake.__enter__, HttpFake.__exit__
    wait, requests = HttpFake.wait, HttpFake.requests
