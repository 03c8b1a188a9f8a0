"""How mail and HTTP requests leave: TLS, authentication, and what is said when a server refuses."""
import os

from support.fakes import Reply, Smtp, Webhook
from support.mail import make_certificates
from support.proc import Case, wait_for

ROUTE = "  - {{receiver: '{name}', continue: true}}\n"
MAIL = "- {{name: '{name}', email_configs: [{{to: 'ops@example.com, b@example.com', smarthost: 'localhost:{port}', {options}}}]}}\n"
HOOK = "- {{name: '{name}', webhook_configs: [{{url: '{url}', {options}}}]}}\n"
HEAD = """
global: {{smtp_from: '告警 <am@example.com>', smtp_hello: am.example, smtp_tls_config: {{ca_file: '{ca}'}}}}
route:
  receiver: nobody
  group_by: [instance]
  group_wait: 0s
  routes:
"""
LOGIN = "auth_username: u, auth_password: p"


class Transport(Case):
    def setUp(self):
        super().setUp()
        self.ca, self.cert, self.key = make_certificates(self.home)

    def fake(self, kind, **options):
        fake = kind(**options).start()
        self.addCleanup(fake.stop)
        return fake

    def fire(self, names, receivers):
        config = HEAD.format(ca=self.ca) + "".join(ROUTE.format(name=n) for n in names)
        router = self.router(config + "receivers:\n- name: nobody\n" + receivers)
        router.post_alerts({"alertname": "HighCPU", "instance": "web-1"})
        return router

    def warning(self, router, name):
        """What the log says about the first failed attempt of a receiver; an empty text while there is none."""
        for line in router.log().splitlines():
            if "will retry later" in line and f"receiver={name} " in line:
                return line.split(" err=", 1)[1].strip('"').replace('\\"', '"')
        return ""

    def secure(self, **options):
        return dict(options, certfile=self.cert, keyfile=self.key)

    def test_mail_is_delivered_by_every_way_that_a_server_offers(self):
        """R-030, R-031, R-033. Nothing of a mail needs parameters of MAIL FROM: it is 7 bit throughout."""
        account = {"username": "u", "password": "p"}
        cases = {
            "plain": (self.secure(mechanisms=["PLAIN", "LOGIN"], **account), LOGIN, True, "PLAIN"),
            "login": (self.secure(mechanisms=["LOGIN"], **account), LOGIN, True, "LOGIN"),
            "cram": (self.secure(mechanisms=["CRAM-MD5"], **account), "auth_username: u, auth_secret: p", True,
                     "CRAM-MD5"),
            "implicit": (self.secure(implicit_tls=True), "force_implicit_tls: true", True, None),
            "no-auth": (self.secure(), LOGIN, True, None),
            "clear": (self.secure(), "require_tls: false", False, None),
        }
        servers = {name: self.fake(Smtp, **case[0]) for name, case in cases.items()}
        self.fire(cases, "".join(MAIL.format(name=n, port=servers[n].port, options=c[1]) for n, c in cases.items()))
        for name, (_, _, tls, mechanism) in cases.items():
            with self.subTest(name):
                mail = servers[name].wait(1)[0]
                self.assertEqual(mail["tls"], tls)
                self.assertEqual(mail["auth"] and mail["auth"]["mechanism"], mechanism)
                self.assertEqual(mail["helo"], "am.example")
                self.assertTrue(mail["mail_from"].startswith("FROM:<am@example.com>"), mail["mail_from"])
                self.assertEqual(mail["rcpt_to"], ["TO:<ops@example.com>", "TO:<b@example.com>"])
                self.assertIn("From: =?utf-8?q?=E5=91=8A=E8=AD=A6?= <am@example.com>\r\n", mail["message"])

    def test_a_secret_is_tried_where_the_password_is_of_no_use(self):
        server = self.fake(Smtp, **self.secure(mechanisms=["CRAM-MD5"], username="u", password="s"))
        self.fire(["both"], MAIL.format(name="both", port=server.port,
                                        options="auth_username: u, auth_password: p, auth_secret: s"))
        self.assertEqual(server.wait(1)[0]["auth"]["mechanism"], "CRAM-MD5")

    def test_what_a_mail_server_refuses_is_said_in_its_words(self):
        """R-030, R-031, R-033, R-037"""
        account = {"username": "u", "password": "other"}
        cases = {
            "starttls": ({}, "", "'require_tls' is true (default) but \"localhost:{port}\" does not advertise the "
                                 "STARTTLS extension"),
            "starttls-refused": (self.secure(refuse={"STARTTLS": "454 not now"}), "",
                                 "send STARTTLS command: 454 not now"),
            "untrusted": (self.secure(), "tls_config: {}", "send STARTTLS command: "),
            "other-name": (self.secure(), "tls_config: {{ca_file: '{ca}', server_name: other.example}}",
                           "send STARTTLS command: "),
            "password": (self.secure(mechanisms=["PLAIN"], **account), LOGIN,
                         "*smtp.plainAuth auth: 535 5.7.8 authentication failed"),
            "no-password": (self.secure(mechanisms=["PLAIN", "CRAM-MD5"], **account), "auth_username: u",
                            "find auth mechanism: missing password for PLAIN auth mechanism\\nmissing secret for "
                            "CRAM-MD5 auth mechanism"),
            "mechanism": (self.secure(mechanisms=["XOAUTH2"], **account), LOGIN,
                          "find auth mechanism: unknown auth mechanism: XOAUTH2"),
            "ehlo": ({"refuse": {"EHLO": "500 no", "HELO": "500 no"}}, "", "send EHLO command: 500 no"),
            "mail": (self.secure(refuse={"MAIL": "550 bad sender"}), "", "send MAIL command: 550 bad sender"),
            "rcpt": (self.secure(bad_recipients=["ops@"]), "", "send RCPT command: 550 5.1.1 no such user"),
            "data": (self.secure(refuse={"DATA": "451 try later"}), "", "send DATA command: 451 try later"),
            "final": (self.secure(final="554 spam"), "", "delivery failure: 554 spam"),
        }
        servers = {name: self.fake(Smtp, **case[0]) for name, case in cases.items()}
        router = self.fire(cases, "".join(
            MAIL.format(name=n, port=servers[n].port, options=c[1].format(ca=self.ca) if "{ca}" in c[1] else c[1])
            for n, c in cases.items()))
        for name, (_, _, text) in cases.items():
            with self.subTest(name):
                said = wait_for(name + " to fail", lambda n=name: self.warning(router, n))
                self.assertTrue(said.startswith(text.format(port=servers[name].port)), said)

    def test_a_password_does_not_go_in_clear_to_another_host(self):
        """R-032: 127.0.0.2 is none of the names that mean this machine; LOGIN has no such rule."""
        account = {"username": "u", "password": "p", "host": "127.0.0.2"}
        servers = {name: self.fake(Smtp, mechanisms=[name.upper()], **account) for name in ("plain", "login")}
        router = self.fire(servers, "".join(
            MAIL.format(name=n, port=s.port, options=LOGIN + ", require_tls: false").replace("localhost:", "127.0.0.2:")
            for n, s in servers.items()))
        servers["login"].wait(1)
        said = wait_for("the refusal", lambda: self.warning(router, "plain"))
        self.assertEqual(said, "*smtp.plainAuth auth: unencrypted connection")

    def test_certificates_are_checked(self):
        cases = {
            "ca": ("http_config: {{tls_config: {{ca_file: '{ca}'}}}}", None),
            "skip": ("http_config: {{tls_config: {{insecure_skip_verify: true}}}}", None),
            "name": ("http_config: {{tls_config: {{ca_file: '{ca}', server_name: localhost}}}}", None),
            "unknown-ca": ("http_config: {{}}", "Post \"<redacted>\": SSL certificate problem"),
            "wrong-name": ("http_config: {{tls_config: {{ca_file: '{ca}', server_name: other.example}}}}",
                           "Post \"<redacted>\": SSL"),
            "no-file": ("http_config: {{tls_config: {{insecure_skip_verify: true}}, basic_auth: {{username: u, "
                        "password_file: /nonexistent}}}}",
                        "Post \"<redacted>\": unable to read basic auth password: open /nonexistent: "),
        }
        servers = {name: self.fake(Webhook, **self.secure()) for name in cases}
        urls = {name: s.url if name == "skip" else f"https://localhost:{s.port}" for name, s in servers.items()}
        router = self.fire(cases, "".join(
            HOOK.format(name=n, url=urls[n] + "/SECRET", options=c[0].format(ca=self.ca)) for n, c in cases.items()))
        for name, (_, text) in cases.items():
            with self.subTest(name):
                if text is None:
                    self.assertEqual(servers[name].wait(1)[0]["path"], "/SECRET")
                    continue
                said = wait_for(name + " to fail", lambda n=name: self.warning(router, n))
                self.assertTrue(said.startswith(text), said)
                self.assertEqual(servers[name].requests, [])
        self.assertNotIn("SECRET", router.log())

    def test_a_busy_server_is_given_the_time_that_it_asks_for(self):
        server = self.fake(Webhook)
        server.script(Reply(503, headers={"Retry-After": "2"}))
        self.fire(["busy"], HOOK.format(name="busy", url=server.url, options="send_resolved: true"))
        first, second = server.wait(2)[:2]
        self.assertGreaterEqual(second["time"] - first["time"], 2.0)

    def test_a_body_where_there_is_none_does_not_spoil_the_next_answer(self):
        """Behind a 204 and a 304; the notification that follows on that connection is told at once."""
        servers = {f"after_{status}": self.fake(Webhook) for status in (204, 304)}
        for name, server in servers.items():
            server.script(Reply(int(name[-3:]), "two words"))
        router = self.fire(servers, "".join(
            HOOK.format(name=n, url=s.url, options="") for n, s in servers.items()))
        for server in servers.values():
            server.wait(1)
        router.post_alerts({"alertname": "HighCPU", "instance": "web-2"})
        for server in servers.values():
            server.wait(2)
        self.stays("no answer misread", lambda: "HTTP/0.9" not in router.log(), 0.5)

    def test_a_mail_that_wants_tls_does_not_leave_by_a_connection_without(self):
        server = self.fake(Smtp)
        names = {"open": "require_tls: false", "closed": ""}
        router = self.fire(names, "".join(
            MAIL.format(name=n, port=server.port, options=o) for n, o in names.items()))
        wait_for("the failure", lambda: self.warning(router, "closed"))
        self.stays("one mail", lambda: len(server.wait(1)) == 1, 1.5)

    def test_certificates_that_cannot_be_used_refuse_the_configuration(self):
        """Of receivers in use only; the configuration in force stays."""
        def config(name, tls):
            return ("route: {receiver: used}\nreceivers: [{name: used}]\n" if not tls else
                    "route: {receiver: used}\nreceivers:\n- {name: %s, webhook_configs: [{url: 'http://x/', http_config: "
                    "{tls_config: {%s}}}]}\n%s" % (name, tls, "- {name: used}\n" if name != "used" else ""))

        bad = os.path.join(self.home, "bad.pem")
        with open(bad, "w", encoding="utf-8") as f:
            f.write("not a certificate")
        router = self.router(config("used", ""))
        for name, tls, said in [
            ("used", "ca_file: /nosuch", "unable to read CA cert: unable to read file /nosuch: open /nosuch: no such file"),
            ("used", "ca_file: " + bad, "unable to use specified CA cert file " + bad),
            ("used", "ca: text", "unable to use specified CA cert inline"),
            ("used", "cert_file: /nosuch, key_file: " + self.key, "unable to read specified client cert: "),
            ("used", "cert_file: %s, key_file: %s" % (self.cert, bad),
             "unable to use specified client cert (file %s) & key (file %s): tls: " % (self.cert, bad)),
            ("used", "ca_file: %s, cert_file: %s, key_file: %s" % (self.ca, self.cert, self.key), None),
            ("unused", "ca_file: /nosuch", None),
        ]:
            with self.subTest(tls):
                router.write_config(config(name, tls))
                answer = router.request("POST", "/-/reload")
                self.assertEqual(answer.status, 500 if said else 200, answer.body)
                self.assertIn(said or "", answer.body.decode())
