"""Mail through a real server, Postfix: TLS, logins, greylisting, a server that hangs, threads in a mailbox file
(R-029, R-030, R-031, R-035, R-036, R-037)."""
import re

from support.postfix import PASSWORD, Postfix, REALM, USER
from support.proc import Case, wait_for

HEAD = """
global: {smtp_from: '告警 <am@example.com>', smtp_hello: am.example, smtp_tls_config: {ca_file: '%s'}}
route:
  receiver: nobody
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
  routes:
"""
ROUTE = "  - {receiver: '%s', continue: true}\n"
MAIL = ("- name: '%s'\n  email_configs: [{to: '%s@example.com', smarthost: 'localhost:%d', headers: {X-Receiver: '%s'}, "
        "send_resolved: true, %s}]\n")
LOGIN = "auth_username: '%s@%s', auth_password: '%%s'" % (USER, REALM)
GOOD = LOGIN % PASSWORD


class Mail(Case):
    """One server for all: each test has recipients of its own."""

    @classmethod
    def setUpClass(cls):
        cls.postfix = Postfix()
        cls.addClassCleanup(cls.postfix.remove)
        cls.postfix.start()
        cls.addClassCleanup(cls.postfix.stop)

    def fire(self, receivers):
        """{name: (listener, options)}; the name is the recipient's as well."""
        config = HEAD % self.postfix.ca + "".join(ROUTE % n for n in receivers) + "receivers:\n- name: nobody\n"
        config += "".join(MAIL % (n, n, self.postfix.ports[kind], n, options)
                          for n, (kind, options) in receivers.items())
        router = self.router(config)
        router.post_alerts({"alertname": "磁盘", "instance": "web-1"})
        return router

    def mails(self, receiver):
        return [m for m in self.postfix.received() if m["X-Receiver"] == receiver]

    def test_every_way_in(self):
        ways = {
            "plain": ("plain", GOOD),
            "login": ("login", GOOD),
            "cram-md5": ("cram-md5", "auth_username: '%s@%s', auth_secret: %s" % (USER, REALM, PASSWORD)),
            "implicit": ("implicit", GOOD + ", force_implicit_tls: true"),
        }
        self.fire(ways)
        wait_for("all have arrived", lambda: all(self.mails(name) for name in ways))
        for name in ways:
            with self.subTest(name):
                mail = self.mails(name)[0]
                self.assertEqual(mail["Subject"], "[FIRING:1] 磁盘 (web-1)")
                self.assertEqual(mail["From"].addresses[0].display_name, "告警")
                self.assertIn("by mail.tocsin.test (Postfix) with ESMTPSA", mail["Received"], "TLS and a login")
                self.assertEqual([p.get_content_type() for p in mail.walk()], ["multipart/alternative", "text/html"])
                self.assertIn("磁盘", mail.get_body().get_content())

    def test_what_it_refuses(self):
        cases = {
            "password": ("plain", LOGIN % "wrong", r"\*smtp\.plainAuth auth: 535 5\.7\.8 Error: authentication failed: .*"),
            "cram": ("cram-md5", "auth_username: '%s@%s', auth_secret: wrong" % (USER, REALM),
                     r"\*smtp\.cramMD5Auth auth: 535 5\.7\.8 Error: authentication failed: .*"),
            "nologin": ("plain", "", r"send RCPT command: 554 5\.7\.1 <nologin@example\.com>: Recipient address rejected: "
                                     r"Access denied"),
            "clear": ("clear", GOOD, r"'require_tls' is true \(default\) but \"localhost:\d+\" does not advertise the "
                                     r"STARTTLS extension"),
            "stranger": ("plain", GOOD + ", tls_config: {server_name: other.example}", r"send STARTTLS command: .*"),
        }
        router = self.fire({name: case[:2] for name, case in cases.items()})
        for name, (_, _, text) in cases.items():
            with self.subTest(name):
                said = wait_for(name + " to fail", lambda n=name: re.search(
                    r"will retry later.* receiver=%s .* err=\"(.*)\"" % n, router.log()))
                self.assertRegex(said.group(1).replace('\\"', '"'), text)
        self.assertFalse(any(self.mails(name) for name in cases))
        self.assertNotIn("wrong", router.log())

    def test_greylisting_and_a_server_that_hangs(self):
        router = self.fire({"grey": ("plain", GOOD), "slow": ("plain", GOOD), "other": ("plain", GOOD)})
        wait_for("the greylisted one comes back", lambda: self.mails("grey"))
        wait_for("one that hangs is in nobody's way", lambda: self.mails("other"))
        self.assertIn("send RCPT command: 450 4.2.0 <grey@example.com>: Recipient address rejected: greylisted, come back",
                      router.log())
        self.assertEqual(self.mails("slow"), [])
        self.postfix.policy.released.set()
        wait_for("it goes on where it was", lambda: self.mails("slow"))
        self.assertEqual(self.postfix.policy.seen.count("slow@example.com"), 1)

    def test_a_group_is_one_thread_in_the_mailbox(self):
        router = self.fire({"thread": ("plain", GOOD + ", threading: {enabled: true, thread_by_date: none}")})
        router.post_alerts({"alertname": "other", "instance": "web-1"})
        wait_for("two groups", lambda: len(self.mails("thread")) == 2)
        router.post_alerts({"alertname": "磁盘", "instance": "web-2"})
        wait_for("news of the first", lambda: len(self.mails("thread")) == 3)
        threads = {}
        for mail in self.mails("thread"):
            threads.setdefault(mail["References"], []).append(mail["Subject"])
            self.assertEqual(mail["In-Reply-To"], mail["References"])
            self.assertNotEqual(mail["Message-Id"], mail["References"])
        self.assertEqual(sorted(threads.values()), [["[FIRING:1] other (web-1)"],
                                                    ["[FIRING:1] 磁盘 (web-1)", "[FIRING:2] 磁盘 "]])
