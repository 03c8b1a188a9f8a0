"""Links in messages to acknowledge and silence: from a DingTalk message to its effect, over a kill -9."""
import html
import os
import re
import stat
import subprocess
import time
import urllib.parse

from support.fakes import DingTalk
from support.proc import TOCSIN, Case, Router, wait_for

CONFIG = """
route:
  receiver: team
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 2s
receivers:
- name: team
  dingtalk_configs:
  - webhook_url: '{ding}/robot/send?access_token=t'
    rate_limit: {{requests: 100000, burst: 1000, min_gap: 1ms}}
"""

ACCESS = """
access:
  tokens:
  - {name: all, role: admin, sha256: 2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683}
"""

LABELS = {"ack": "确认", "1h": "静默1小时", "4h": "静默4小时", "resolved": "静默至恢复"}


def text_of(request):
    return request["json"]["markdown"]["text"]


def about(requests, name):
    return [text for text in map(text_of, requests) if name in text.split("\n")[0]]


class Actions(Case):
    def setUp(self):
        super().setUp()
        self.ding = DingTalk(per_minute=100000)
        self.ding.start()
        self.addCleanup(self.ding.stop)

    def router(self, *args, links=True):
        router = Router(CONFIG.format(ding=self.ding.url), self.home, args=args)
        if links:
            router.argv.append("--web.external-url=" + router.url)
        self.am = self.own(router).start()
        return self.am

    def fire(self, name, instance="web-1", ends_at=None):
        alert = {"labels": {"alertname": name, "instance": instance, "severity": "critical"},
                 "annotations": {"summary": "磁盘 <满>了"}}
        if ends_at is not None:
            alert["endsAt"] = ends_at
        self.am.post_alerts(alert)

    def resolve(self, name):
        self.fire(name, ends_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))

    def told(self, name):
        return about(self.ding.requests, name)

    def path_of(self, name, action):
        """Where the link of the group's first message leads."""
        text = wait_for("a message about " + name, lambda: self.told(name))[0]
        link = re.search(r"\[%s\]\((http[^)]+)\)" % LABELS[action], text)
        self.assertIsNotNone(link, text)
        return link.group(1)[len(self.am.url):]

    def press(self, path, name="", headers=None):
        form = urllib.parse.urlencode({"name": name})
        return self.am.request("POST", path, form,
                               dict(headers or {}, **{"Content-Type": "application/x-www-form-urlencoded"}))

    def group(self, name):
        explained = self.am.get("/api/tocsin/v1/explain?" + urllib.parse.urlencode(
            [("filter", 'alertname="%s"' % name), ("filter", 'instance="web-1"'), ("filter", 'severity="critical"')]))
        return explained["groups"][0]

    def silences(self):
        return self.am.get("/api/v2/silences")

    def wait_repeats(self, name, n):
        """Until it was repeated n more times."""
        seen = len(self.told(name))
        wait_for("repeats of " + name, lambda: len(self.told(name)) >= seen + n, 30)

    def test_acknowledge(self):
        self.router()
        self.fire("Disk")
        self.fire("Other")
        path = self.path_of("Disk", "ack")

        for _ in range(3):  # chats fetch what is behind links
            page = self.am.request("GET", path, headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"})
            self.assertEqual(page.status, 200)
        self.assertEqual(self.am.request("HEAD", path).status, 200)
        self.assertIsNone(self.group("Disk")["acknowledged"])
        text = page.body.decode()
        self.assertIn('<html lang="zh">', text)
        self.assertIn("确认这组告警？", text)
        self.assertIn(html.escape("磁盘 <满>了"), text)
        self.assertNotIn("<script", text)
        self.assertIn('<html lang="en">', self.am.request("GET", path + "?lang=en").body.decode())

        done = self.press(path, "张三")
        self.assertEqual(done.status, 200, done.body)
        self.assertIn("HttpOnly", done.headers["Set-Cookie"])
        cookie = done.headers["Set-Cookie"].split(";")[0]
        self.assertIn('value="张三"', self.am.request("GET", path, headers={"Cookie": cookie}).body.decode())
        self.assertEqual(self.group("Disk")["acknowledged"]["by"], "张三")
        self.assertEqual(self.press(path, "张三").status, 200)  # once more is no more
        audit = [i for i in self.am.get("/api/tocsin/v1/history/audit")["items"] if i["kind"] == "ack_set"]
        self.assertEqual([(i["user"], i["address"], i["byLink"], i["ack"]["alerts"]) for i in audit],
                         [("张三", "127.0.0.1", True, 1)])

        before = len(self.told("Disk"))
        self.wait_repeats("Other", 2)
        self.am.kill()
        self.am.start()
        self.assertEqual(self.group("Disk")["acknowledged"]["by"], "张三")
        self.wait_repeats("Other", 2)
        self.assertEqual(len(self.told("Disk")), before)

        self.fire("Disk", "web-2")
        wait_for("the new alert is told", lambda: len(self.told("Disk")) > before)
        self.assertIn("web-2", self.told("Disk")[before])
        self.assertEqual(self.press(self.path_of("Disk", "ack"), "Anna").status, 200)
        self.assertEqual(self.group("Disk")["acknowledged"]["by"], "Anna")

    def test_api_and_command(self):
        self.router()
        self.fire("Disk")
        self.fire("Disk", "web-2")
        wait_for("a message", lambda: self.told("Disk"))
        ask = "/api/tocsin/v1/ack?" + urllib.parse.urlencode({"filter": 'instance="web-1"'})
        self.assertEqual(self.am.request("POST", "/api/tocsin/v1/ack", {"by": "otto"}).status, 400)
        self.assertEqual(self.am.request("POST", ask, {}).status, 400)
        self.assertEqual(self.am.request("POST", ask + "0", {"by": "otto"}).status, 400)
        self.assertEqual(self.am.request("POST", ask.replace("web-1", "web-3"), {"by": "otto"}).status, 404)
        self.assertEqual(self.am.request("POST", ask, {"by": "otto", "comment": "on it"}).json(), {"groups": 1})
        group, = self.am.get("/api/tocsin/v1/ack")
        self.assertEqual((group["by"], group["comment"], group["receiver"]), ("otto", "on it", "team"))
        self.assertEqual(sorted((a["labels"]["instance"], a["acknowledged"]) for a in group["alerts"]),
                         [("web-1", True), ("web-2", False)])
        self.assertIn("1 of 2 alert(s)", self.ctl("ack"))
        self.assertIn("acknowledged by otto", self.ctl("explain", "Disk", "instance=web-1", "severity=critical"))
        self.assertIn("ack_set", self.ctl("history", "audit"))
        self.assertEqual(self.ctl("ack", "add", "Disk", "--author", "anna", "--comment", "me"), "1 group(s)\n")
        self.assertEqual([g["by"] for g in self.am.get("/api/tocsin/v1/ack")], ["anna"])
        self.assertEqual(self.am.request("DELETE", ask).status, 404)  # web-2 is acknowledged, too
        self.assertEqual(self.ctl("ack", "remove", "--group", group["groupKey"]), "1 group(s)\n")
        self.assertEqual(self.ctl("ack", "list"), "Nothing is acknowledged.\n")

    def ctl(self, *args):
        tool = os.path.join(os.path.dirname(TOCSIN), "tocsinctl")
        return subprocess.run([tool, "--alertmanager.url=" + self.am.url, *args], check=True, cwd=self.home,
                              stdout=subprocess.PIPE, env=dict(os.environ, HOME=self.home)).stdout.decode()

    def test_silence_for_a_time(self):
        self.router()
        self.fire("Disk")
        path = self.path_of("Disk", "1h")
        self.assertIn('alertname=&#34;Disk&#34;', self.am.request("GET", path).body.decode())
        for name in ("Anna", "Anna", "Bert"):
            self.assertEqual(self.press(path, name).status, 200)
        silence, = self.silences()
        self.assertEqual((silence["createdBy"], silence["status"]["state"]), ("Anna", "active"))
        self.assertEqual([(m["name"], m["value"], m["isRegex"]) for m in silence["matchers"]],
                         [("alertname", "Disk", False)])
        self.assertEqual(self.press(self.path_of("Disk", "4h"), "Bert").status, 200)
        longer, = self.silences()
        self.assertEqual(longer["id"], silence["id"])
        self.assertGreater(longer["endsAt"], silence["endsAt"])
        self.assertEqual(self.press(path, "Anna").status, 200)  # never shorter
        self.assertEqual([s["endsAt"] for s in self.silences()], [longer["endsAt"]])
        self.assertEqual(self.group("Disk")["muted"]["cause"], "silence")

    def test_silence_until_resolved(self):
        self.router()
        self.fire("Disk")
        self.assertEqual(self.press(self.path_of("Disk", "resolved"), "Anna").status, 200)
        self.am.kill()
        self.am.start()
        self.assertEqual([s["status"]["state"] for s in self.silences()], ["active"])
        self.resolve("Disk")
        wait_for("the silence ends", lambda: [s["status"]["state"] for s in self.silences()] == ["expired"])
        wait_for("the end is told", lambda: "恢复" in self.told("Disk")[-1].split("\n")[0])
        self.assertNotIn("/action/", self.told("Disk")[-1])  # nothing is left to be done
        over = self.am.request("GET", self.path_of("Disk", "ack"))
        self.assertEqual(over.status, 200)
        self.assertIn("Nothing fires here any more", over.body.decode())
        self.assertEqual(self.press(self.path_of("Disk", "resolved"), "Anna").status, 200)
        self.assertEqual([s["status"]["state"] for s in self.silences()], ["expired"])

    def test_links_that_are_not_right(self):
        self.router("--web.action-links.lifetime=2s")
        self.fire("Disk")
        path = self.path_of("Disk", "ack")
        forged = path[:-1] + ("A" if path[-1] != "A" else "B")
        for method in ("GET", "POST"):
            self.assertEqual(self.am.request(method, forged).status, 403)
            self.assertEqual(self.am.request(method, "/action/x").status, 403)
        self.assertEqual(self.am.request("POST", path, "name=" + "x" * 5000).status, 413)
        self.assertEqual(self.am.request("DELETE", path).status, 405)
        wait_for("the link ends", lambda: self.am.request("GET", path).status == 410)
        self.assertEqual(self.press(path, "Anna").status, 410)
        self.assertIsNone(self.group("Disk")["acknowledged"])

    def test_hostile_names_stay_text(self):
        self.router()
        self.fire("Disk")
        path = self.path_of("Disk", "ack")
        done = self.press(path, '"><script>x</script>\r\nSet-Cookie: a=b' + "é" * 100)
        self.assertEqual(done.status, 200)
        self.assertNotIn("<script>", done.body.decode())
        self.assertNotIn("\n", self.group("Disk")["acknowledged"]["by"])
        self.assertLessEqual(len(self.group("Disk")["acknowledged"]["by"].encode()), 63)
        self.assertNotIn("<script>", self.am.request("GET", path).body.decode())
        self.assertEqual(self.press(path).status, 200)
        self.assertEqual(self.group("Disk")["acknowledged"]["by"], "link")

    def test_without_an_address_there_are_no_links(self):
        self.router(links=False)
        self.fire("Disk")
        wait_for("a message", lambda: self.told("Disk"))
        self.assertNotIn("/action/", self.told("Disk")[0])
        self.assertEqual(self.am.request("GET", "/action/" + "A" * 52).status, 404)
        self.assertFalse(os.path.exists(os.path.join(self.am.data, "action-links.key")))

    def test_strict_has_none(self):
        self.router("--compat.strict")
        self.fire("Disk")
        wait_for("a message", lambda: self.told("Disk"))
        self.assertNotIn("/action/", self.told("Disk")[0])

    def test_the_key_is_private_and_can_be_changed(self):
        self.router()
        self.fire("Disk")
        path = self.path_of("Disk", "ack")
        key_file = os.path.join(self.am.data, "action-links.key")
        self.assertEqual(stat.S_IMODE(os.stat(key_file).st_mode), 0o600)
        with open(key_file, encoding="ascii") as f:
            key = f.read().split("\n")[1]
        self.assertNotIn(key, self.am.log())
        self.am.stop()
        with open(key_file, "r+", encoding="ascii") as f:
            old = f.read()
            f.seek(0)
            f.write("n" * 32 + "\n" + old)
        self.am.start()
        self.assertEqual(self.am.request("GET", path).status, 200)
        self.am.stop()
        with open(key_file, "w", encoding="ascii") as f:
            f.write("n" * 32 + "\n")
        self.am.start()
        self.assertEqual(self.am.request("GET", path).status, 403)

    def test_a_link_needs_no_login_and_opens_nothing_else(self):
        web = os.path.join(self.home, "web.yml")
        with open(web, "w", encoding="utf-8") as f:
            f.write(ACCESS)
        admin = {"Authorization": "Bearer key"}
        router = Router(CONFIG.format(ding=self.ding.url), self.home, args=["--web.config.file=" + web])
        router.argv.append("--web.external-url=" + router.url)
        self.am = self.own(router)
        plain = router.request
        router.request = lambda m, p, b=None, headers=None, **kw: plain(m, p, b, dict(admin, **(headers or {})), **kw)
        router.start()
        self.fire("Disk")
        path = self.path_of("Disk", "ack")
        self.assertEqual(plain("GET", path).status, 200)
        self.assertEqual(plain("POST", path, "name=Anna").status, 200)
        self.assertEqual(self.group("Disk")["acknowledged"]["by"], "Anna")
        self.assertEqual(plain("GET", path[:-4] + "AAAA").status, 403)
        for target in ("/api/v2/alerts", "/action/", "/action/../api/v2/alerts", "/action/x/../../api/v2/alerts",
                       "/action/%2e%2e/api/v2/alerts", "//action/" + path[8:], "/action/x/y", "/actions/x"):
            self.assertEqual(plain("GET", target).status, 401, target)
