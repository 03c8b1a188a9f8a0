"""tocsinctl's commands beyond amtool's, and how it reaches a guarded server."""
import itertools
import json
import os
import subprocess

from support.fakes import Reply, Webhook
from support.mail import make_certificates
from support.proc import Case, Program, Router, TOCSIN, wait_for

TOCSINCTL = os.path.join(os.path.dirname(TOCSIN), "tocsinctl")
CONFIG = """
route:
  receiver: team
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
  routes:
  - receiver: nobody
    matchers: [sev="none"]
  - receiver: broken
    matchers: [sev="broken"]
inhibit_rules:
- source_matchers: [sev="high"]
  target_matchers: [sev="low"]
  equal: [node]
receivers:
- name: team
  webhook_configs: [{{url: '{url}', max_alerts: 0}}]
- name: broken
  webhook_configs: [{{url: '{url}broken'}}]
- name: nobody
"""


class Fake(Webhook):
    """Refuses what is for the broken receiver, until it is mended."""

    mended = False

    def answer(self, request):
        refused = request["path"].endswith("broken") and not self.mended
        return Reply(400, "no such room") if refused else self.default


class Own(Case):
    def setUp(self):
        super().setUp()
        self.hook = Fake().start()
        self.addCleanup(self.hook.stop)
        self.config = CONFIG.format(url=self.hook.url + "/")
        self.server = self.router(self.config)

    def ctl(self, *args, status=0):
        done = subprocess.run([TOCSINCTL, "--alertmanager.url=" + self.server.url, *args], capture_output=True,
                              text=True, timeout=60, check=False, env=dict(os.environ, HOME=self.home, TZ="UTC"))
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.assertNotIn("runtime error", done.stderr)
        return done.stdout + done.stderr

    def told(self, path):
        return [r["json"] for r in self.hook.requests if r["path"].endswith(path)]

    def test_explain_names_what_holds_an_alert_back(self):
        self.server.post_alerts({"alertname": "High", "node": "n1", "sev": "high"},
                                {"alertname": "Low", "node": "n1", "sev": "low"})
        wait_for("it was told", lambda: self.told("/"))
        text = self.ctl("explain", "Low", "node=n1", "sev=low")
        self.assertIn("Inhibited by High node=n1 sev=high (rule 0)", text)
        self.assertIn("MUTED by inhibition", text)
        fingerprint = next(a["fingerprint"] for a in self.server.get("/api/v2/alerts")
                           if a["labels"]["alertname"] == "High")
        wait_for("its place in the log", lambda: "last: told firing" in self.ctl("explain", fingerprint))
        text = self.ctl("explain", fingerprint)
        self.assertIn("* default -> team", text)
        self.assertIn('- {sev="none"}: not sev="none", it is "high"', text)
        self.assertIn("repeat interval", text)
        self.assertEqual(json.loads(self.ctl("explain", fingerprint, "-o", "json"))["fingerprint"], fingerprint)
        self.assertIn("not known", self.ctl("explain", "Nobody", "heard=of"))
        self.assertIn("name an alert", self.ctl("explain", status=1))

    def test_receivers_show_the_last_error_and_a_test_shows_it_at_once(self):
        self.assertIn("nothing sent yet", self.ctl("receivers"))
        text = self.ctl("receiver", "test", "broken", status=1)
        self.assertIn("FAILED  webhook[0]", text)
        self.assertIn("no such room", text)
        self.assertIn("ok  webhook[0]", self.ctl("receiver", "test", "team", "room=blue", "--annotation=summary=hi"))
        sample = self.told("/")[0]["alerts"][0]
        self.assertEqual((sample["labels"]["room"], sample["annotations"]["summary"]), ("blue", "hi"))
        self.assertIn('receiver "none" not found', self.ctl("receiver", "test", "none", status=1))
        self.assertIn("name a receiver", self.ctl("receiver", "test", status=1))
        self.server.post_alerts({"alertname": "A", "sev": "broken"})
        wait_for("the failure", lambda: "FAILED" in self.ctl("receivers"))
        text = self.ctl("receivers")
        self.assertIn("no such room", text)
        self.assertIn("nobody\n  tells nobody", text)

    def test_preview_counts_what_a_silence_would_mute(self):
        self.server.post_alerts({"alertname": "A", "node": "n1"}, {"alertname": "A", "node": "n2"}, {"alertname": "B"})
        text = self.ctl("silence", "preview", "A", "node=n1")
        self.assertIn("Would mute 1 alert(s) in 1 group(s), 0 of them whole.", text)
        self.assertIn("  A node=n1\n", text)
        self.assertIn("team A: 1 of 2", text)
        self.assertIn("and 1 more alerts", self.ctl("silence", "preview", "A", "--limit=1"))
        self.assertEqual(self.server.get("/api/v2/silences"), [])
        self.assertEqual(json.loads(self.ctl("silence", "preview", "B", "-o", "json"))["alertCount"], 1)

    def test_history_is_told_oldest_first(self):
        self.server.post_alerts({"alertname": "A", "node": "n1"}, {"alertname": "B", "sev": "broken"})
        silence = self.ctl("silence", "add", "C", "-c", "because", "-a", "me").strip()
        wait_for("both ends", lambda: all(kind in self.ctl("history", "notifications") for kind in ("delivered", "failed")))
        text = self.ctl("history", "notifications", "--from", "1h")
        self.assertRegex(text, r"delivered team webhook\[0\], first notification\n  1 firing, 0 resolved: A node=n1")
        self.assertIn("no such room", text)
        self.assertNotIn("team", self.ctl("history", "notifications", "--kind=failed"))
        self.assertRegex(self.ctl("history", "alerts", "A"), r"^\d\d:\d\d:\d\d  created  A node=n1\n$")
        self.assertEqual(self.ctl("history", "alerts", "--to", "1h"), "Nothing.\n")
        self.assertIn("(there is more before this", self.ctl("history", "alerts", "-n", "1"))
        text = self.ctl("history", "audit")
        self.assertLess(text.index("startup"), text.index(silence))
        self.assertIn('  alertname="C"\n  me: because\n', text)
        self.assertEqual(len(json.loads(self.ctl("history", "alerts", "-o", "json"))["items"]), 2)
        self.assertIn("neither a length of time nor a time", self.ctl("history", "alerts", "--from=x", status=1))

    def tail(self, *args):
        return self.own(Program([TOCSINCTL, "--alertmanager.url=" + self.server.url, "tail", *args], self.home,
                                "tail%d" % len(self.programs), {"HOME": self.home})).start()

    def test_tail_prints_what_happens_and_connects_again(self):
        everything, disk = self.tail(), self.tail("Disk", "--kind=alert_created", "--count=2")
        nodes = itertools.count()

        def post():
            """Something new each time: a stream begins with what happens after it was opened."""
            self.server.post_alerts({"alertname": "Disk", "node": "n%d" % next(nodes)}, {"alertname": "Net"})

        wait_for("both listen", lambda: post() or (disk.out() and everything.out()))
        wait_for("who was told", lambda: "notification_delivered Disk team webhook[0]" in everything.out())
        self.server.stop()
        wait_for("it is missed", lambda: "connecting again" in everything.log())
        self.server.start()
        wait_for("the second", lambda: post() or not disk.running())
        self.assertEqual(disk.end(), 0)
        self.assertRegex(disk.out(), r"^(\S+  alert_created Disk node=n\d+\n){2}$")
        self.assertIn("not a kind of event", self.ctl("tail", "--kind=unknown_kind", status=1))

    def test_dead_letters_are_shown_and_replayed(self):
        self.assertTrue(self.ctl("dead-letters").startswith("Nothing: "))
        self.server.post_alerts({"alertname": "A", "sev": "broken"})
        wait_for("the failure", lambda: "FAILED" in self.ctl("receivers"))
        self.assertIn("no such room", self.ctl("lanes"))
        self.server.write_config(self.config.replace("broken\n", "other\n"))
        self.assertEqual(self.server.request("POST", "/-/reload").status, 200)
        wait_for("it was given up", lambda: "unrouted" in self.ctl("dead-letters"))
        text = self.ctl("dead-letters", "list")
        self.assertIn("broken webhook[0]", text)
        self.assertIn("firing: A sev=broken", text)
        letter = text.split("\n", 1)[0]
        self.assertIn(letter, self.ctl("dead-letters", "replay", letter, status=1))
        self.assertIn("couldn't replay 1 out of 1", self.ctl("dead-letters", "replay", "--all", status=1))
        self.assertIn("by their ids", self.ctl("dead-letters", "replay", status=1))
        self.server.write_config(self.config)
        self.assertEqual(self.server.request("POST", "/-/reload").status, 200)
        self.hook.mended = True
        self.assertEqual(self.ctl("dead-letters", "replay", letter), letter + "\n")
        wait_for("it is forgotten when it arrives", lambda: letter not in self.ctl("dead-letters"))

    def test_a_guarded_server_is_reached_with_http_config_file(self):
        """Row C-127's http.config.file: TLS with an own authority, a password; and user-info in the URL."""
        ca, cert, key = make_certificates(self.home)
        web, client = os.path.join(self.home, "web.yml"), os.path.join(self.home, "client.yml")
        with open(web, "w", encoding="ascii") as f:
            f.write("tls_server_config: {cert_file: %s, key_file: %s}\nbasic_auth_users:\n"
                    "  ops: $2b$04$abcdefghijklmnopqrstuuLZYjhNQAOdpbzt4WxWlUHjv1wsyH5DG\n" % (cert, key))
        with open(client, "w", encoding="ascii") as f:
            f.write("tls_config: {ca_file: %s, server_name: localhost}\nbasic_auth: {username: ops, password: s3cret}\n"
                    % os.path.basename(ca))
        guarded = self.own(Router(self.config, self.home, name="guarded",
                                  args=["--web.config.file=" + web]))
        super(Router, guarded).start()
        wait_for("it listens", lambda: "Listening on" in guarded.log())
        url = "https://127.0.0.1:%d" % guarded.port
        file = "--http.config.file=" + client
        self.server = guarded
        guarded.url = url
        self.assertIn("Alertname", self.ctl(file, "alert"))
        self.assertIn("certificate", self.ctl("alert", status=1))
        with open(client, "w", encoding="ascii") as f:
            f.write("tls_config: {insecure_skip_verify: true}\n")
        self.assertIn("[401]", self.ctl(file, "alert", status=1))
        guarded.url = url.replace("https://", "https://ops:s3cret@")
        self.assertIn("mutually exclusive", self.ctl(file, "alert", status=1))
        text = self.ctl("alert", status=1)
        self.assertIn("certificate", text)
        self.assertNotIn("s3cret", text)
