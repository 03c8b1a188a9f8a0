"""The main job end to end: a real Prometheus fires, and webhook, e-mail, DingTalk and WeCom hear of it, once."""
import os
import shutil
import time

from support.fakes import DingTalk, Webhook, WeCom
from support.mail import MailServer
from support.proc import SLOW, Case, Program, find_program, free_port, wait_for

CONFIG = """
global:
  smtp_smarthost: localhost:{smtp}
  smtp_from: tocsin@example.com
  smtp_auth_username: tocsin
  smtp_auth_password: s3cret
  smtp_tls_config: {{ca_file: {ca}}}
route:
  receiver: everybody
  group_by: [job]
  group_wait: 1s
  group_interval: 2s
  repeat_interval: 1h
receivers:
- name: everybody
  webhook_configs:
  - url: {webhook}/hook
  email_configs:
  - to: oncall@example.com
    send_resolved: true
  dingtalk_configs:
  - webhook_url: {dingtalk}/robot/send?access_token=tok
    secret: SECabc
  wecom_configs:
  - webhook_url: {wecom}/cgi-bin/webhook/send?key=k-1
"""

PROMETHEUS = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [rules.yml]
alerting:
  alertmanagers:
  - static_configs: [{{targets: ['127.0.0.1:{port}']}}]
scrape_configs:
- job_name: shop
  static_configs: [{{targets: ['127.0.0.1:{target_a}', '127.0.0.1:{target_b}']}}]
"""

RULES = """
groups:
- name: g
  rules:
  - alert: InstanceDown
    expr: up == 0
    labels: {severity: critical}
    annotations:
      summary: '{{ $labels.instance }} ist weg — 实例宕机'
"""


class MainJob(Case):
    def setUp(self):
        super().setUp()
        self.fakes = {}
        for name, fake in (("webhook", Webhook()), ("dingtalk", DingTalk(secret="SECabc", access_token="tok")),
                           ("wecom", WeCom(key="k-1"))):
            self.fakes[name] = fake.start()
            self.addCleanup(fake.stop)
        self.mail = MailServer(self.home).start()
        self.addCleanup(self.mail.stop)

    def start_prometheus(self, router_port, targets):
        for name, text in (("prometheus.yml", PROMETHEUS.format(port=router_port, target_a=targets[0],
                                                                target_b=targets[1])), ("rules.yml", RULES)):
            with open(os.path.join(self.home, name), "w", encoding="utf-8") as f:
                f.write(text)
        argv = [find_program("prometheus"), "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb",
                "--web.listen-address=127.0.0.1:%d" % free_port(), "--rules.alert.resend-delay=1s"]
        return self.own(Program(argv, self.home, "prometheus")).start()

    def counts(self):
        return {**{n: len(f.requests) for n, f in self.fakes.items()}, "mail": len(self.mail.received())}

    def test_a_real_prometheus_reaches_every_receiver_once_and_resolved_follows(self):
        router = self.router(CONFIG.format(smtp=self.mail.port, ca=self.mail.ca,
                                           **{n: f.url for n, f in self.fakes.items()}))
        targets = [free_port(), free_port()]
        self.start_prometheus(router.port, targets)

        wait_for("both alerts in the router", lambda: len(router.get("/api/v2/alerts")) == 2, 20)
        arrived = time.time()
        wait_for("one notification each", lambda: min(self.counts().values()) >= 1, 3)
        for name, fake in self.fakes.items():
            first = fake.requests[0]["time"] - arrived
            self.assertLess(first, (1 + 2) * SLOW, "%s: group_wait + 2 s" % name)

        # Prometheus repeats its alerts every second; nobody hears it again.
        # (The second target may have been seen in a later evaluation: then one notification adds it.)
        time.sleep(5)
        seen = self.counts()
        self.assertTrue(all(n in (1, 2) for n in seen.values()), seen)
        self.stays("no further notification", lambda: self.counts() == seen, 4)
        self.check_firing()

        # The target comes up: the rule stops firing.
        up = [Webhook(port=p, body="up 1\n").start() for p in targets]
        for server in up:
            self.addCleanup(server.stop)
        wait_for("resolved to everybody",
                 lambda: min(v - seen[n] for n, v in self.counts().items()) >= 1 and self.all_resolved(), 30)
        self.check_resolved()

    def all_resolved(self):
        return self.fakes["webhook"].requests[-1]["json"]["status"] == "resolved"

    def check_firing(self):
        hook = self.fakes["webhook"].requests[-1]["json"]
        self.assertEqual(hook["status"], "firing")
        self.assertEqual(hook["groupLabels"], {"job": "shop"})
        self.assertEqual(len(hook["alerts"]), 2)
        self.assertEqual(hook["version"], "4")
        for request in self.fakes["dingtalk"].requests + self.fakes["wecom"].requests:
            self.assertIn('"errcode": 0', request["reply"], "the platform's rules were kept")
        ding = self.fakes["dingtalk"].requests[-1]["json"]
        self.assertEqual(ding["msgtype"], "markdown")
        self.assertIn("实例宕机", ding["markdown"]["text"])
        wecom = self.fakes["wecom"].requests[-1]["json"]
        self.assertIn("实例宕机", wecom["markdown"]["content"])
        mail = self.mail.received()[-1]
        self.assertTrue(mail["tls"])
        self.assertEqual(mail["recipients"], ["oncall@example.com"])
        kinds = [part.get_content_type() for part in mail["message"].walk()]
        self.assertIn("text/html", kinds)
        html = mail["message"].get_body(("html",)).get_content()
        self.assertIn("实例宕机", html)
        self.assertIn("[FIRING:2]", mail["message"]["Subject"])

    def check_resolved(self):
        hook = self.fakes["webhook"].requests[-1]["json"]
        self.assertEqual({a["status"] for a in hook["alerts"]}, {"resolved"})
        self.assertEqual(hook["notification_reason"], "all alerts resolved")
        wait_for("mail says resolved",
                 lambda: "[RESOLVED]" in self.mail.received()[-1]["message"]["Subject"], 5)
        wait_for("DingTalk says resolved",
                 lambda: "恢复" in self.fakes["dingtalk"].requests[-1]["json"]["markdown"]["title"], 5)
