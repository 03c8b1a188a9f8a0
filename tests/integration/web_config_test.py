"""--web.config.file, listeners of every kind, and what they refuse (A-117, A-118, A-119, C-017, C-123,
C-124, C-125, C-126)."""
import base64
import http.client
import os
import socket
import ssl
import subprocess
import time

from support.mail import make_certificates
from support.proc import TOCSIN, Case, Router, free_port, wait_for

CONFIG = "route: {receiver: r}\nreceivers: [{name: r}]\n"
HASH = "$2b$04$abcdefghijklmnopqrstuuLZYjhNQAOdpbzt4WxWlUHjv1wsyH5DG"  # of s3cret
USERS = "basic_auth_users:\n  ops: %s\n" % HASH


def basic(user="ops", password="s3cret"):
    return {"Authorization": "Basic " + base64.b64encode(("%s:%s" % (user, password)).encode()).decode()}


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


class WebConfig(Case):
    def setUp(self):
        super().setUp()
        self.web = os.path.join(self.home, "web.yml")

    def write_web(self, text):
        with open(self.web + ".new", "w", encoding="ascii") as f:
            f.write(text)
        os.rename(self.web + ".new", self.web)

    def launch(self, text, args=()):
        """Starts it without waiting: with TLS or a password it does not answer a plain question."""
        self.write_web(text)
        am = self.own(Router(CONFIG, self.home, args=["--web.config.file=" + self.web, *args]))
        super(Router, am).start()
        wait_for("it listens", lambda: "Listening on" in am.log() or not am.running(), 10)
        return am

    def status(self, am, path="/-/healthy", headers=None, method="GET"):
        return am.request(method, path, headers=headers).status

    # ---- passwords ----

    def test_basic_auth_guards_every_path(self):
        am = self.launch(USERS)
        for method, path in (("GET", "/-/healthy"), ("GET", "/metrics"), ("GET", "/api/v2/status"), ("GET", "/nope"),
                             ("OPTIONS", "/api/v2/alerts"), ("GET", "//x"), ("HEAD", "/-/ready")):
            with self.subTest(method=method, path=path):
                answer = am.request(method, path)
                self.assertEqual(answer.status, 401)
                self.assertEqual(answer.headers["WWW-Authenticate"], "Basic")
                self.assertEqual(answer.headers["Content-Type"], "text/plain; charset=utf-8")
                if method != "HEAD":
                    self.assertEqual(answer.body, b"Unauthorized\n")
        for headers, want in ((basic(), 200), (basic(password="wrong"), 401), (basic(password="wrong"), 401),
                              (basic("nobody"), 401), (basic("nobody"), 401), (basic(password="s3cret\0x"), 401),
                              ({"Authorization": "Basic !!"}, 401), ({"Authorization": "Bearer x"}, 401), (basic(), 200)):
            with self.subTest(headers=headers):
                self.assertEqual(self.status(am, headers=headers), want)
        self.assertNotIn("s3cret", am.log())
        self.assertNotIn(HASH, am.log())

    def test_an_unknown_name_costs_as_much_as_a_wrong_password(self):
        am = self.launch(USERS.replace("$04$", "$10$"))

        def took(user):
            start = time.monotonic()
            self.assertEqual(self.status(am, headers=basic(user, "guess %s" % start)), 401)
            return time.monotonic() - start

        known, unknown = (sorted(took(user) for _ in range(5))[2] for user in ("ops", "nobody"))
        self.assertGreater(min(known, unknown), 0.005, "both were hashed")
        self.assertLess(max(known, unknown) / min(known, unknown), 3)

    def test_the_file_is_followed_and_a_broken_one_closes_the_door(self):
        am = self.launch("{}")
        self.assertEqual(self.status(am), 200)
        self.write_web(USERS)
        self.assertEqual(self.status(am), 401)
        self.assertEqual(self.status(am, headers=basic()), 200)
        self.write_web("nonsense: [")
        answer = am.request("GET", "/-/healthy", headers=basic())
        self.assertEqual((answer.status, answer.body), (500, b"Internal Server Error\n"))
        os.unlink(self.web)
        self.assertEqual(self.status(am), 500)
        self.write_web(USERS)
        self.assertEqual(self.status(am, headers=basic()), 200)

    # ---- headers, rate limit ----

    def test_headers_are_on_every_answer(self):
        am = self.launch("http_server_config:\n  headers:\n    X-Frame-Options: deny\n"
                         "    Content-Security-Policy: default-src 'self'\n" + USERS)
        for path, headers in (("/-/healthy", basic()), ("/nope", basic()), ("/api/v2/alerts", {})):
            answer = am.request("GET", path, headers=headers)
            self.assertEqual(answer.headers["X-Frame-Options"], "deny")
            self.assertEqual(answer.headers["Content-Security-Policy"], "default-src 'self'")

    def test_rate_limit(self):
        am = self.launch("rate_limit: {interval: 1h, burst: 3}\n")
        answers = [am.request("GET", "/-/healthy") for _ in range(5)]
        self.assertEqual([a.status for a in answers], [200, 200, 200, 429, 429])
        self.assertEqual(answers[4].body, b"Too Many Requests\n")

    # ---- what is refused at start ----

    def test_a_wrong_file_ends_the_start_with_its_place(self):
        cases = {
            "tls_server_config: {cert_fil: x}": "web.yml:1:21: field cert_fil not found in type web.TLSConfig",
            "tls_server_config: {cert_file: x}": "web.yml:1:20: missing one of key or key_file",
            "tls_server_config: {key_file: x}": "web.yml:1:20: missing one of cert or cert_file",
            "tls_server_config: {cert_file: x, key_file: y, min_version: TLS9}": "unknown TLS version: TLS9",
            "tls_server_config: {cert_file: x, key_file: y, cipher_suites: [X]}": "unknown cipher: X",
            "tls_server_config: {cert_file: x, key_file: y, curve_preferences: [X]}": "unknown curve: X",
            "tls_server_config: {cert_file: x, key_file: y, client_auth_type: X}": "Invalid ClientAuth: X",
            "tls_server_config: {cert_file: x, key_file: y, client_ca_file: z}":
                "Client CA's have been configured without a Client Auth Policy",
            "tls_server_config: {cert_file: x, key_file: y}": "failed to read cert_file (%s/x): No such file" % self.home,
            "http_server_config: {headers: {X-Evil: x}}": 'HTTP header \\"X-Evil\\" can not be configured',
            "http_server_config: {headers: {X-Frame-Options: x}}": "invalid value for X-Frame-Options. Expected one of:",
            "basic_auth_users: {ops: s3cret}": "hashedSecret too short to be a bcrypted password",
            "foo: 1": "field foo not found in type web.Config",
            "a: [": "web.yml:",
        }
        for text, want in cases.items():
            with self.subTest(text):
                am = self.launch(text)
                self.assertEqual(am.end(), 1)
                self.assertIn("error loading web configuration file: ", am.log())
                self.assertIn(want, am.log())
                self.assertNotIn("s3cret", am.log())
                os.unlink(am.log_path)

    # ---- TLS ----

    def tls_file(self, **more):
        self.ca, cert, key = make_certificates(self.home)
        rows = {"cert_file": os.path.basename(cert), "key_file": os.path.basename(key), **more}
        return "tls_server_config:\n" + "".join("  %s: %s\n" % row for row in rows.items())

    def context(self, client=None, **attributes):
        context = ssl.create_default_context(cafile=self.ca)
        for name, value in attributes.items():
            setattr(context, name, value)
        if client:
            context.load_cert_chain(*client)
        return context

    def ask(self, am, context):
        connection = http.client.HTTPSConnection("localhost", am.port, context=context, timeout=10)
        try:
            connection.request("GET", "/-/healthy")
            answer = connection.getresponse()
            return answer.status, connection.sock.version() if connection.sock else None
        finally:
            connection.close()

    def session(self, am, context):
        with socket.create_connection(("127.0.0.1", am.port), timeout=10) as raw:
            with context.wrap_socket(raw, server_hostname="localhost") as tls:
                return tls.version(), tls.cipher()[0], tls.selected_alpn_protocol(), tls.getpeercert()["serialNumber"]

    def test_tls_with_versions_suites_and_http2(self):
        am = self.launch(self.tls_file(max_version="TLS12", cipher_suites="[TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384]",
                                       curve_preferences="[CurveP384]"))
        self.assertEqual(self.ask(am, self.context())[0], 200)
        context = self.context()
        context.set_alpn_protocols(["h2", "http/1.1"])
        self.assertEqual(self.session(am, context)[:3], ("TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384", "h2"))
        old = self.context(maximum_version=ssl.TLSVersion.TLSv1_1, minimum_version=ssl.TLSVersion.TLSv1)
        old.set_ciphers("DEFAULT:@SECLEVEL=0")
        with self.assertRaises(ssl.SSLError):
            self.session(am, old)
        with self.assertRaises((OSError, http.client.HTTPException)):
            am.request("GET", "/-/healthy")
        for version in ("--http2", "--http1.1"):
            done = subprocess.run(["curl", "-sS", version, "--cacert", self.ca, "-w", "%{http_version} %{http_code}", "-o",
                                   os.devnull, "https://localhost:%d/api/v2/alerts" % am.port],
                                  capture_output=True, text=True, check=True, timeout=20)
            self.assertEqual(done.stdout, ("2" if version == "--http2" else "1.1") + " 200")

    def test_http2_can_be_switched_off(self):
        am = self.launch(self.tls_file() + "http_server_config: {http2: false}\n")
        context = self.context()
        context.set_alpn_protocols(["h2", "http/1.1"])
        version, _, protocol, _ = self.session(am, context)
        self.assertEqual((version, protocol), ("TLSv1.3", None))
        self.assertEqual(self.ask(am, self.context())[0], 200)

    def test_certificates_are_followed(self):
        am = self.launch(self.tls_file())
        before = self.session(am, self.context())[3]
        self.tls_file()
        after = self.session(am, self.context())[3]
        self.assertNotEqual(before, after)
        with open(os.path.join(self.home, "cert.pem"), "w", encoding="ascii") as f:
            f.write("no certificate")
        with self.assertRaises((ssl.SSLError, OSError)):
            self.session(am, self.context())
        self.tls_file()
        self.session(am, self.context())

    def client_certificate(self, name, san, ca=True):
        """A client's certificate of the test's authority, or of itself."""
        path = os.path.join(self.home, name)
        def openssl(*args):
            subprocess.run(["openssl", *args], check=True, capture_output=True)
        if not ca:
            openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", path + ".key", "-out", path + ".pem",
                    "-days", "2", "-subj", "/CN=" + name, "-addext", "subjectAltName=" + san)
            return path + ".pem", path + ".key"
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", path + ".key", "-out", path + ".csr", "-subj",
                "/CN=" + name)
        with open(path + ".ext", "w", encoding="ascii") as f:
            f.write("subjectAltName=%s\n" % san)
        openssl("x509", "-req", "-in", path + ".csr", "-CA", self.ca, "-CAkey", os.path.join(self.home, "ca.key"),
                "-CAcreateserial", "-out", path + ".pem", "-days", "2", "-extfile", path + ".ext")
        return path + ".pem", path + ".key"

    def is_served(self, am, client):
        try:
            return self.ask(am, self.context(client))[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def test_client_certificates(self):
        text = self.tls_file(client_ca_file="ca.pem", client_auth_type="NAME", client_allowed_sans="SANS")
        good = self.client_certificate("good", "DNS:ops.example,IP:10.0.0.1,email:a@b,URI:spiffe://x/y")
        other = self.client_certificate("other", "DNS:other.example")
        stranger = self.client_certificate("stranger", "DNS:ops.example", ca=False)
        everybody = (None, good, other, stranger)
        rows = (("RequestClientCert", None, (True, True, True, True)),
                ("RequireAnyClientCert", None, (False, True, True, True)),
                ("VerifyClientCertIfGiven", None, (True, True, True, False)),
                ("RequireAndVerifyClientCert", None, (False, True, True, False)),
                ("RequireAndVerifyClientCert", "[ops.example]", (False, True, False, False)),
                ("RequireAndVerifyClientCert", "['10.0.0.1']", (False, True, False, False)),
                ("RequireAndVerifyClientCert", "['a@b']", (False, True, False, False)),
                ("RequireAndVerifyClientCert", "['spiffe://x/y']", (False, True, False, False)),
                ("RequireAnyClientCert", "[ops.example]", (False, True, False, True)))
        am = None
        for kind, sans, want in rows:
            row = text.replace("NAME", kind).replace("  client_allowed_sans: SANS\n",
                                                     "  client_allowed_sans: %s\n" % sans if sans else "")
            if am is None:
                am = self.launch(row)
            else:
                self.write_web(row)
            with self.subTest(kind=kind, sans=sans):
                self.assertEqual(tuple(self.is_served(am, client) for client in everybody), want)

    # ---- listeners ----

    def test_several_addresses_ipv6_and_unix(self):
        port, path = free_port(), os.path.join(self.home, "s.sock")
        args = ["--web.listen-address=[::1]:%d" % port, "--web.listen-address=unix:" + path]
        am = self.router(CONFIG, args=args)
        for connection in (http.client.HTTPConnection("::1", port), UnixConnection(path)):
            connection.request("GET", "/-/healthy")
            self.assertEqual(connection.getresponse().read(), b"OK")
            connection.close()
        am.kill()
        self.assertTrue(os.path.exists(path), "left over by kill -9")
        am.start()
        second = self.own(Router(CONFIG, self.home, name="second", args=args[1:]))
        super(Router, second).start()
        self.assertEqual(second.end(), 1)
        self.assertIn("listen unix %s: Address already in use" % path, second.log())
        am.stop()
        self.assertFalse(os.path.exists(path))

    def test_socket_activation(self):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            port = listener.getsockname()[1]
            am = self.own(Router(CONFIG, self.home, args=["--web.systemd-socket"]))
            am.argv = ["/bin/sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@" 3<&%d' % listener.fileno(), *am.argv]
            with open(am.log_path, "wb") as log:
                am.process = subprocess.Popen(am.argv, stderr=log, stdout=log, pass_fds=[listener.fileno()],
                                              cwd=self.home)
            am.port = port
            wait_for("an answer on the socket that was passed", lambda: "Listening on" in am.log())
            self.assertEqual(self.status(am), 200)
            self.assertEqual(am.stop(), 0)

    def test_socket_activation_without_a_socket_ends_the_start(self):
        done = subprocess.run([TOCSIN, "--config.file=" + self.write_config(), "--storage.path=" + self.home,
                               "--web.systemd-socket", "--cluster.listen-address="],
                              capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no socket activation file descriptors found", done.stdout + done.stderr)

    def write_config(self):
        path = os.path.join(self.home, "am.yml")
        with open(path, "w", encoding="ascii") as f:
            f.write(CONFIG)
        return path
