"""A real SMTP server for tests: aiosmtpd with STARTTLS and authentication, and the certificates it needs."""
import email
import email.policy
import os
import ssl
import subprocess
import threading
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword, SMTP


def make_certificates(folder):
    """A CA and a server certificate for localhost; returns (ca, cert, key) as paths."""
    ca, ca_key = os.path.join(folder, "ca.pem"), os.path.join(folder, "ca.key")
    cert, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "cert.key")
    csr, ext = os.path.join(folder, "cert.csr"), os.path.join(folder, "cert.ext")

    def openssl(*args):
        subprocess.run(["openssl", *args], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", ca_key, "-out", ca, "-days", "2",
            "-subj", "/CN=Test CA")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", csr, "-subj", "/CN=localhost")
    with open(ext, "w", encoding="ascii") as f:
        f.write("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", csr, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-out", cert, "-days", "2",
            "-extfile", ext)
    return ca, cert, key


class _Handler:
    def __init__(self, server):
        self.server = server

    async def handle_DATA(self, _server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        with self.server.lock:
            self.server.messages.append(dict(
                at=time.time(), sender=envelope.mail_from, recipients=list(envelope.rcpt_tos), message=message,
                raw=envelope.content, tls=session.ssl is not None, login=session.authenticated,
                hello=session.host_name))
        return "250 OK"


class MailServer:
    """STARTTLS is required, and a login: user / secret."""

    def __init__(self, folder, user="tocsin", password="s3cret"):
        self.lock, self.messages = threading.Lock(), []
        self.ca, cert, key = make_certificates(folder)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(cert, key)

        def authenticate(_server, _session, _envelope, _mechanism, data):
            good = isinstance(data, LoginPassword) and (data.login, data.password) == (user.encode(), password.encode())
            return AuthResult(success=good)

        class _Controller(Controller):
            def factory(self):
                return SMTP(self.handler, hostname="localhost", tls_context=context, require_starttls=True,
                            authenticator=authenticate, auth_required=True, enable_SMTPUTF8=True)

        self.controller = _Controller(_Handler(self), hostname="127.0.0.1", port=0)

    def start(self):
        # Controller refuses port 0 in its own check, so a free one is found first.
        import socket
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.controller.port = s.getsockname()[1]
        self.controller.start()
        self.port = self.controller.port
        return self

    def stop(self):
        self.controller.stop()

    def received(self):
        with self.lock:
            return list(self.messages)
