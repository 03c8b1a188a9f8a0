"""Text messages and calls through providers' APIs, as conf/examples/sms.yml has them."""
import os
import shutil

from support.fakes import Reply
from support.fake_http import HttpFake
from support.proc import ROOT, Case, wait_for

PROVIDERS = ("https://api-v4.mysubmail.com", "https://smssh1.253.com")


class Provider(HttpFake):
    """Refuses as the real ones do: with status 200."""

    needed = {"/voice/xsend.json": ("appid", "signature", "to", "project"),
              "/sms/xsend.json": ("appid", "signature", "to", "project"),
              "/msg/v1/send/json": ("account", "password", "phone", "msg")}
    down = False

    def answer(self, request):
        doc = request["json"] or {}
        complete = all(isinstance(doc.get(k), str) and doc[k] for k in self.needed[request["path"]])
        submail = request["path"].endswith("xsend.json")
        if not complete or (submail and self.down):
            return Reply(200, {"status": "error", "code": "105", "msg": "no"} if submail else {"code": "107", "errorMsg": "no"})
        return Reply(200, {"status": "success", "send_id": "1"} if submail else {"code": "0", "msgId": "1", "errorMsg": ""})


class Sms(Case):
    def start(self, provider):
        shutil.copytree(os.path.join(ROOT, "conf/examples/sms"), os.path.join(self.home, "sms"))
        with open(os.path.join(ROOT, "conf/examples/sms.yml"), encoding="utf-8") as f:
            config = f.read().replace("group_wait: 30s", "group_wait: 0s").replace("after: 3m", "after: 1s")
        for host in PROVIDERS:
            config = config.replace(host, provider.url)
        return self.router(config)

    def alert(self):
        return {"labels": {"alertname": "磁盘满", "cluster": "0123", "instance": "db-1", "severity": "critical"},
                "annotations": {"summary": 'say "no": 96%\n' + "长" * 200}}

    def test_a_call_and_a_text_message(self):
        with Provider() as provider:
            am = self.start(provider)
            am.post_alerts(self.alert())
            provider.wait(2)
            wait_for("both are told", lambda: am.metric(
                'alertmanager_notifications_total{integration="webhook"}') == 2.0)
            sent = {r["path"]: r["json"] for r in provider.requests}
            text = sent["/sms/xsend.json"]["vars"]["text"]
            self.assertEqual(sent["/sms/xsend.json"]["to"], "13800000000")
            self.assertTrue(text.startswith('告警1条，critical，磁盘满 0123，db-1，say "no": 96% 长'), text)
            self.assertEqual(len(text), 120)
            self.assertEqual(sent["/voice/xsend.json"]["vars"]["text"], text)

    def test_another_provider_stands_in(self):
        with Provider() as provider:
            provider.down = True
            am = self.start(provider)
            am.post_alerts(self.alert())
            wait_for("the other provider", lambda: [r for r in provider.requests if "/msg/" in r["path"]], 60)
            message = [r["json"] for r in provider.requests if "/msg/" in r["path"]][0]
            self.assertTrue(message["msg"].startswith("【运维】告警1条，critical"), message)
            self.assertEqual(message["phone"], "13800000000,13900000000")
