"""A storm of groups at robots that take twenty messages a minute, and the next one with a long silence (R-089, R-091, R-092)."""
import re
import time

from support.fakes import DingTalk, WeCom
from support.proc import SLOW, Case, wait_for

GROUPS = 300
AT_WECOM = 100  # its messages hold a fifth of DingTalk's
CRITICAL = 30

CONFIG = """
route:
  receiver: ding
  group_by: [alertname]
  group_wait: 0s
  group_interval: 10m
  routes:
  - {{receiver: wecom, matchers: [both="yes"], continue: true}}
  - {{receiver: ding, matchers: [alertname=~".+"]}}
receivers:
- name: ding
  dingtalk_configs: [{{webhook_url: '{ding}/robot/send?access_token=t', secret: SEC1}}]
- name: wecom
  wecom_configs: [{{webhook_url: '{wecom}/cgi-bin/webhook/send?key=k'}}]
"""


def text_of(request):
    return request["json"]["markdown"].get("text") or request["json"]["markdown"]["content"]


def names_in(request):
    return set(re.findall(r"Storm\d{3}", text_of(request)))


def alerts():
    """The critical ones are the last to come."""
    for i in range(GROUPS):
        critical = i >= GROUPS - CRITICAL
        labels = {"alertname": "Storm%03d" % i, "instance": "web-%d" % i, "severity": "critical" if critical else "warning",
                  "both": "yes" if i % 3 == 0 else "no"}
        yield {"labels": labels, "annotations": {"summary": "处理器负载过高 <96%>"}}


class Storm(Case):
    def check(self, robot, expected):
        """No message was one too many, nothing is missing, and what is critical did not wait for the rest."""
        self.assertEqual(robot.blocked_until, 0.0)
        told = [names_in(r) for r in robot.requests]
        self.assertEqual(set.union(*told), expected)
        critical = {"Storm%03d" % i for i in range(GROUPS - CRITICAL, GROUPS)} & expected
        last = max(i for i, names in enumerate(told) if names & critical)
        others = set.union(*told[last + 1:]) if last + 1 < len(told) else set()
        singles = sum(1 for names in told if len(names) == 1)
        self.assertLessEqual(last, singles + 1, "a critical alert is told by message %d of %d" % (last + 1, len(told)))
        self.assertFalse(others & critical)

    def test_every_alert_is_told_and_nothing_is_blocked(self):
        everything = {"Storm%03d" % i for i in range(GROUPS)}
        some = {"Storm%03d" % i for i in range(0, GROUPS, 3)}
        self.assertEqual(len(some), AT_WECOM)
        with DingTalk(secret="SEC1") as ding, WeCom(penalty=600.0) as wecom:
            am = self.router(CONFIG.format(ding=ding.url, wecom=wecom.url))
            begun = time.time()
            am.post_alerts(*alerts())
            for robot, expected in ((ding, everything), (wecom, some)):
                wait_for("all are told", lambda r=robot, e=expected: r.requests and set.union(*map(names_in, r.requests)) >= e,
                         120 * SLOW)
                self.check(robot, expected)
            worst = max(r["time"] for r in ding.requests + wecom.requests) - begun
            print("storm: %d groups in %d messages at DingTalk, %d in %d at WeCom; the longest wait was %.0f s" % (
                GROUPS, len(ding.requests), AT_WECOM, len(wecom.requests), worst))
            self.assertGreater(am.metric("tocsin_digests_total"), 0)
