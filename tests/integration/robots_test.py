"""Pools of robots, and what a robot remembers over a restart: a real daemon and strict stand-ins (R-087, R-094, R-095)."""
import random
import re
import time

from support.fakes import DingTalk, Feishu, Reply, WeCom
from support.proc import SLOW, Case, wait_for

SLOW_DOWN = {"errcode": 410100, "errmsg": "send too fast, exceed 20 times per minute"}

POOL = """
route: {{receiver: team, group_by: [alertname], group_wait: 0s, group_interval: 10m}}
receivers:
- name: team
  dingtalk_configs:
  - robot_strategy: {strategy}
    at_rules:
    - {{matchers: ['severity="critical"'], mobiles: ['{{{{ .CommonLabels.oncall }}}}']}}
    rate_limit: {{penalty: {penalty}, merge: {merge}}}
    robots:
    - {{webhook_url: '{a}/robot/send?access_token=a', secret: SECa}}
    - {{webhook_url: '{b}/robot/send?access_token=b', secret: SECb}}
"""

ONE = """
route: {{receiver: team, group_by: [alertname], group_wait: 0s, group_interval: 1s}}
receivers:
- name: team
  dingtalk_configs:
  - webhook_url: '{url}/robot/send?access_token=t'
    rate_limit: {{penalty: {penalty}}}
"""

LARGE = """
route: {{receiver: team, group_by: [job], group_wait: 1s, group_interval: 10m}}
receivers:
- name: team
  dingtalk_configs:
  - {{webhook_url: '{ding}/robot/send?access_token=t', secret: SEC, max_parts: 100, at: {{mobiles: ['138']}}, rate_limit: {rate}}}
  wecom_configs:
  - {{webhook_url: '{wecom}/cgi-bin/webhook/send?key=k', max_parts: 100, at: {{user_ids: [ada]}}, rate_limit: {rate}}}
  feishu_configs:
  - {{webhook_url: '{feishu}', secret: SEC, max_parts: 100, at: {{user_ids: [ou_1]}}, rate_limit: {rate}}}
"""
MANY = 400


def alerts(n, **labels):
    return [dict(labels, alertname="Pool%03d" % i, severity="critical", oncall="138") for i in range(n)]


def names_in(requests):
    return {name for r in requests if r["json"] for name in re.findall(r"Pool\d{3}", r["body"])}


def accepted(fake):
    return [r for r in fake.requests if r["reply"].startswith('{"errcode": 0')]


class Pools(Case):
    def pool(self, a, b, strategy, penalty="10m", merge="auto"):
        return self.router(POOL.format(a=a.url, b=b.url, strategy=strategy, penalty=penalty, merge=merge))

    def test_one_is_blocked_and_the_other_takes_over(self):
        """Nothing is lost, the blocked one is left alone, and whoever sends calls the right people."""
        with DingTalk(secret="SECa", access_token="a") as a, DingTalk(secret="SECb", access_token="b") as b:
            a.blocked_until = float("inf")
            am = self.pool(a, b, "failover")
            am.post_alerts(*alerts(30))
            wait_for("all are told", lambda: len(names_in(accepted(b))) == 30, 60)
            refused = len(a.requests)
            self.assertEqual(refused, 1)
            self.assertEqual(accepted(a), [])
            self.assertTrue(all(r["json"]["at"]["atMobiles"] == ["138"] for r in b.requests))
            lanes = am.get("/api/tocsin/v1/lanes")
            self.assertEqual(["410100" in v.get("lastError", "") for v in lanes], ["retryAt" in v for v in lanes])
            self.assertEqual({tuple(v["receivers"]) for v in lanes}, {("team/dingtalk[0]",)})
            blocked = [v["name"] for v in lanes if "retryAt" in v]
            self.assertEqual(len(blocked), 1)
            self.assertGreater(am.metric('tocsin_lane_blocked_until_timestamp_seconds{lane="%s"}' % blocked[0]),
                               time.time() + 590)
            self.assertEqual(am.metric("tocsin_throttled_total"), 1)

    def test_a_robot_that_was_removed_is_left_for_the_other(self):
        with DingTalk(access_token="gone") as a, DingTalk(secret="SECb", access_token="b") as b:
            am = self.pool(a, b, "failover")
            am.post_alerts(*alerts(3))
            wait_for("all are told", lambda: len(names_in(accepted(b))) == 3)
            self.assertLessEqual(len(a.requests), 3)
            am.post_alerts(*alerts(5)[3:])
            wait_for("all are told", lambda: len(names_in(accepted(b))) == 5)
            self.assertLessEqual(len(a.requests), 3)

    def test_two_share_a_storm(self):
        """None waits for the other, and each stays below its limit."""
        with DingTalk(secret="SECa", access_token="a") as a, DingTalk(secret="SECb", access_token="b") as b:
            am = self.pool(a, b, "round_robin")
            am.post_alerts(*alerts(100))
            wait_for("all are told", lambda: len(names_in(accepted(a) + accepted(b))) == 100, 60)
            self.assertEqual((a.blocked_until, b.blocked_until), (0.0, 0.0))
            self.assertGreaterEqual(min(len(accepted(a)), len(accepted(b))), 1)

    def test_broadcast_tells_each_and_repeats_to_none(self):
        with DingTalk(secret="SECa", access_token="a") as a, DingTalk(secret="SECb", access_token="b") as b:
            b.script(Reply(503), Reply(503))
            am = self.pool(a, b, "broadcast", merge="never")
            am.post_alerts(*alerts(2))
            wait_for("both have both", lambda: len(names_in(accepted(a))) == len(names_in(accepted(b))) == 2, 30)
            self.stays("once", lambda: len(accepted(a)) == len(accepted(b)) == 2, 1)


class Restarts(Case):
    def test_a_penalty_survives_a_kill(self):
        with DingTalk() as robot:
            robot.script(Reply(200, SLOW_DOWN))
            am = self.router(ONE.format(url=robot.url, penalty="6s"))
            am.post_alerts(*alerts(1))
            first = robot.wait(1)[0]["time"]
            self.stays("it is left alone", lambda: len(robot.requests) == 1, 2)
            am.kill()
            am.start()
            am.post_alerts(*alerts(2))
            wait_for("all are told", lambda: len(names_in(accepted(robot))) == 2, 40)
            self.assertGreaterEqual(robot.requests[1]["time"] - first, 5.9)

    def test_the_bucket_survives_a_restart(self):
        """Six are sent at once; the next process does not begin with six more (R-088)."""
        with DingTalk() as robot:
            am = self.router(ONE.format(url=robot.url, penalty="10m").replace("penalty: 10m", "merge: never"))
            am.post_alerts(*alerts(6))
            robot.wait(6, 20 * SLOW)
            self.assertEqual(am.stop(), 0)
            am.start()
            am.post_alerts(*alerts(12)[6:])
            self.stays("the bucket is nearly empty", lambda: len(robot.requests) <= 8, 3)
            robot.wait(8, 30 * SLOW)


    def test_what_waits_is_told_after_a_reload_and_after_a_stop(self):
        """R-100"""
        with DingTalk() as robot:
            am = self.router(ONE.format(url=robot.url, penalty="10m").replace("penalty: 10m", "requests: 21, burst: 1"))
            am.post_alerts(*alerts(20))
            robot.wait(1)
            self.assertEqual(am.request("POST", "/-/reload").status, 200)
            wait_for("all are told", lambda: len(names_in(accepted(robot))) == 20, 30)
            am.post_alerts(*alerts(40)[20:])
            self.stays("the bucket is empty", lambda: len(robot.requests) == 2, 0.5)
            self.assertEqual(am.stop(), 0)
            am.start()
            wait_for("all are told", lambda: len(names_in(accepted(robot))) == 40, 60)
            self.assertEqual(robot.blocked_until, 0.0)


class Moody(DingTalk):
    """Refuses a third of what it is asked, in one way or another that passes."""

    moods = [(503, ""), (200, {"errcode": -1, "errmsg": "system busy"}), (200, "<html>")]

    def __init__(self, **kw):
        super().__init__(per_minute=100000, **kw)
        self.chance = random.Random(7)

    def answer(self, request):
        if self.chance.random() < 0.33:
            return Reply(*self.chance.choice(self.moods))
        return super().answer(request)


class Losses(Case):
    def test_none_of_many_groups_is_lost(self):
        """R-092: 10 000 alerts in 200 groups, at a robot that has moods."""
        with Moody() as robot:
            am = self.router(ONE.format(url=robot.url, penalty="1s").replace(
                "rate_limit: {", "rate_limit: {requests: 100000, burst: 5, window: 60s, min_gap: 20ms, "))
            for i in range(0, 200, 20):
                am.post_alerts(*({"alertname": "Pool%03d" % (i + k % 20), "instance": "web-%d" % k} for k in range(1000)))
            wait_for("all are told", lambda: len(names_in(accepted(robot))) == 200, 60)
            self.assertGreater(len(robot.requests) - len(accepted(robot)), 5)


class Large(Case):
    def parts(self, fake, text_of, limit):
        """The texts of all parts, checked one by one."""
        wait_for("the last part", lambda: fake.requests and self.numbers(text_of(fake.requests[-1])), 30)
        wait_for("all parts", lambda: len(fake.requests) == self.numbers(text_of(fake.requests[0]))[1], 60)
        texts = [text_of(r) for r in fake.requests]
        self.assertEqual([self.numbers(t) for t in texts], [(i + 1, len(texts)) for i in range(len(texts))])
        for r, text in zip(fake.requests, texts):
            self.assertEqual(r["status"], 200, r["reply"])
            self.assertLessEqual(limit(r, text)[0], limit(r, text)[1])
            self.assertNotIn("\ufffd", r["body"])
            self.assertEqual(text.count("<font"), text.count("</font>"))
        return texts

    @staticmethod
    def numbers(text):
        found = re.search(r"\((\d+)/(\d+)\)", text)
        return found and (int(found.group(1)), int(found.group(2)))

    def check(self, texts, summary):
        """Every alert is there, whole, once."""
        whole = "\n".join(texts)
        for i in range(MANY):
            self.assertEqual(whole.count(summary % i), 1, summary % i)

    def test_every_alert_of_a_large_group_can_be_read(self):
        """Four-byte characters, and none of them broken; mentions are in the first part only (R-084, R-085, R-087)."""
        rate = "{requests: 1000, burst: 500, min_gap: 1ms}"
        summary = "主机 host%03d 的磁盘快满了 💾💾"
        with DingTalk(secret="SEC", per_minute=1000) as ding, WeCom(per_minute=1000) as wecom, \
                Feishu(secret="SEC", per_minute=1000, per_second=1000) as feishu:
            am = self.router(LARGE.format(ding=ding.url, wecom=wecom.url, feishu=feishu.hook, rate=rate))
            am.post_alerts(*({"labels": {"alertname": "DiskFull", "job": "node", "instance": "web-%03d" % i,
                                         "severity": "critical" if i % 7 == 0 else "warning"},
                              "annotations": {"summary": summary % i}} for i in range(MANY)))
            texts = self.parts(ding, lambda r: r["json"]["markdown"]["title"] + "\n" + r["json"]["markdown"]["text"],
                               lambda r, text: (r["bytes"], 20000))
            self.check(texts, summary)
            self.assertEqual([bool(r["json"]["at"]["atMobiles"]) for r in ding.requests], [True] + [False] * (len(texts) - 1))
            counts = [len(texts)]
            texts = self.parts(wecom, lambda r: r["json"]["markdown"]["content"], lambda r, text: (len(text.encode()), 4096))
            self.check(texts, summary)
            self.assertEqual(["<@ada>" in text for text in texts], [True] + [False] * (len(texts) - 1))
            counts.append(len(texts))
            texts = self.parts(feishu, self.card_text, lambda r, text: (r["bytes"], 20000))
            self.check(texts, summary)
            self.assertEqual(["<at id=ou_1>" in text for text in texts], [True] + [False] * (len(texts) - 1))
            counts.append(len(texts))
            print("%d alerts in %d parts at DingTalk, %d at WeCom, %d at Feishu" % (MANY, *counts))

    @staticmethod
    def card_text(request):
        card = request["json"]["card"]
        return "\n".join([card["header"]["title"]["content"]] + [e.get("content", "") for e in card["elements"]])


if __name__ == "__main__":
    import unittest

    unittest.main()
