"""--compat.dingtalk-listen: other Alertmanagers post to Tocsin as to prometheus-webhook-dingtalk (R-109)."""
import concurrent.futures
import http.client
import json

from support.fakes import DingTalk, Reply, WeCom
from support.proc import Case, find_program, free_port, wait_for

CONFIG = """
route: {{receiver: nobody}}
receivers:
- name: nobody
- name: ops
  dingtalk_configs:
  - webhook_url: '{ding}/robot/send?access_token=HUSHTOKEN'
    secret: SECHUSH
    template_compat: prometheus-webhook-dingtalk
    at: {{mobiles: ['18900008325']}}
- name: chat
  wecom_configs: [{{webhook_url: '{wecom}/cgi-bin/webhook/send?key=k'}}]
- name: quiet
  dingtalk_configs: [{{webhook_url: '{ding}/robot/send?access_token=HUSHTOKEN', secret: SECHUSH, send_resolved: false}}]
"""

ALERTMANAGER = """
route: {{receiver: 'ding.ops', group_by: [alertname], group_wait: 0s, group_interval: 1s}}
receivers:
- name: ding.ops
  webhook_configs: [{{url: '{bridge}/dingtalk/ops/send'}}]
"""


def message(*names, status="firing", **more):
    alert = {"status": status, "labels": {"alertname": "A", "severity": "critical"}, "annotations": {"summary": "s"},
             "startsAt": "2024-01-02T03:04:05Z", "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "http://prom/g"}
    alerts = [dict(alert, labels=dict(alert["labels"], alertname=n)) for n in names or ("A",)]
    return dict({"version": "4", "status": status, "receiver": "theirs", "groupLabels": {"alertname": "A"}, "commonLabels": {},
                 "commonAnnotations": {}, "externalURL": "http://am.example:9093", "groupKey": "{}:{}", "alerts": alerts,
                 "truncatedAlerts": 0}, **more)


class Bridge(Case):
    def setUp(self):
        super().setUp()
        self.ding = self.enterContext(DingTalk(secret="SECHUSH", access_token="HUSHTOKEN", per_minute=20))
        self.wecom = self.enterContext(WeCom(key="k"))
        self.port = free_port()
        self.tocsin = self.router(CONFIG.format(ding=self.ding.url, wecom=self.wecom.url),
                                  args=["--compat.dingtalk-listen=127.0.0.1:%d" % self.port])

    def request(self, method, path, body=None, port=None):
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=30)
        try:
            connection.request(method, path, json.dumps(body) if isinstance(body, dict) else body,
                               {"Content-Type": "application/json"})
            r = connection.getresponse()
            return r.status, r.read().decode(), dict(r.getheaders())
        finally:
            connection.close()

    def post(self, path="/dingtalk/ops/send", body=None):
        return self.request("POST", path, body if body is not None else message())

    def text(self, n):
        return self.ding.wait(n)[n - 1]["json"]["markdown"]["text"]

    def test_a_real_alertmanager_is_served(self):
        bridge = "http://127.0.0.1:%d" % self.port
        theirs = self.router(ALERTMANAGER.format(bridge=bridge), binary=find_program("prometheus-alertmanager"), name="theirs",
                             args=["--web.external-url=http://their.example"])
        theirs.post_alerts({"labels": {"alertname": "DiskFull", "severity": "page"}, "annotations": {"summary": "full"}})
        text = self.text(1)
        self.assertIn("**[DiskFull](http://their.example/#/alerts?receiver=ding\\.ops)**", text)
        self.assertIn("#### \\[PAGE\\] full\n", text)
        self.assertIn("@18900008325", text)
        theirs.post_alerts({"labels": {"alertname": "DiskFull", "severity": "page"}, "endsAt": "2024-01-01T00:00:00Z",
                            "startsAt": "2023-01-01T00:00:00Z"})
        self.assertIn("**Alerts Resolved**", self.text(2))
        failed = theirs.metric('alertmanager_notifications_failed_total{integration="webhook"}')
        self.assertEqual(failed, 0, "what the platform took is a success for the sender")

    def test_answers(self):
        self.assertEqual(self.post()[:2], (200, "OK"))
        self.assertEqual(self.post("/wecom/chat/send")[:2], (200, "OK"))
        self.assertIn("am.example:9093", self.wecom.requests[0]["json"]["markdown"]["content"])
        rows = (("/dingtalk/nosuch/send", 404), ("/dingtalk/chat/send", 404), ("/wecom/ops/send", 404), ("/dingtalk/send", 404),
                ("/dingtalk/ops/send/", 404), ("/dingtalk/a/b/send", 404), ("/dingtalk/%00/send", 404), ("/", 404))
        for path, status in rows:
            self.assertEqual(self.post(path)[0], status, path)
        self.assertEqual(self.request("GET", "/dingtalk/ops/send")[0], 405)
        for path in ("/-/healthy", "/-/ready"):
            self.assertEqual(self.request("GET", path)[:2], (200, "OK"))
        self.assertEqual(len(self.ding.requests), 1)

    def test_what_is_no_message_is_refused(self):
        bodies = (b"", b"{", b"[]", b"null", b"1", b'"x"', b'{"alerts":{}}', b'{"alerts":[1]}', b'{"alerts":[{"labels":[]}]}',
                  b'{"alerts":[{"startsAt":"soon"}]}', b'{"alerts":[{"labels":{"a":1}}]}', b"\xff\xfe", b"[" * 100000)
        for body in bodies:
            status, text, _ = self.request("POST", "/dingtalk/ops/send", body)
            self.assertEqual(status, 400, (body[:40], text))
            self.assertTrue(text.startswith("Bad Request: "), text)
        self.assertEqual(self.request("POST", "/dingtalk/ops/send", b" " * (16 * 1024 * 1024 + 1))[0], 413)
        odd = message(externalURL="javascript:alert(1)", groupLabels=None, unknown=[{}])
        odd["alerts"][0].update(labels={"alertname": "<odd>", "": "x", "e": ""}, annotations=None, endsAt=None, generatorURL="::")
        self.assertEqual(self.post(body=odd)[:2], (200, "OK"))
        self.assertIn("<odd>", json.dumps(self.ding.requests[0]["json"], ensure_ascii=False).replace("&lt;", "<").replace("&gt;", ">"))
        self.assertNotIn("javascript", self.text(1))
        self.assertEqual(self.post(body=message(alerts=[]))[:2], (200, "OK"), "there is nothing to tell")
        self.assertEqual(len(self.ding.requests), 1)

    def test_the_sender_is_asked_to_try_again(self):
        self.ding.script(DingTalk.code(410100, "too fast"))
        status, text, headers = self.post()
        self.assertEqual((status, "Retry-After" in headers), (503, True), text)
        self.assertNotIn("HUSH", text + self.tocsin.log())

    def test_a_refusal_is_final(self):
        self.ding.script(DingTalk.code(300001, "token is not exist"))
        status, text, _ = self.post()
        self.assertEqual(status, 400)
        self.assertIn("300001", text)

    def test_resolved_alerts_are_left_out_where_nobody_wants_them(self):
        self.assertEqual(self.post("/dingtalk/quiet/send", message(status="resolved"))[0], 200)
        self.assertEqual(self.post("/dingtalk/quiet/send")[0], 200)
        self.assertEqual(len(self.ding.requests), 1)

    def test_a_storm_is_merged(self):
        """Forty groups at once at a robot that takes twenty messages a minute."""
        names = ["Storm%02d" % i for i in range(40)]
        with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
            done = list(pool.map(lambda n: self.post(body=message(n, groupLabels={"alertname": n})), names))
        self.assertEqual({d[0] for d in done}, {200})
        self.assertLessEqual(len(self.ding.requests), 20)
        told = json.dumps([r["json"] for r in self.ding.requests])
        self.assertEqual([n for n in names if n not in told], [])
        self.assertIn("http://am.example:9093/#/alerts?receiver=theirs", told)

    def test_reload(self):
        for method in ("POST", "PUT"):
            self.assertEqual(self.request(method, "/-/reload")[0], 200)
        self.tocsin.write_config(CONFIG.format(ding=self.ding.url, wecom=self.wecom.url).replace("name: ops", "name: other"))
        self.assertEqual(self.request("PUT", "/-/reload")[0], 200)
        self.assertEqual(self.post()[0], 404)
        self.assertEqual(self.post("/dingtalk/other/send")[0], 200)

    def test_it_is_a_door_of_its_own(self):
        self.assertEqual(self.request("POST", "/dingtalk/ops/send", message(), port=self.tocsin.port)[0], 404)
        for path in ("/api/v2/status", "/metrics", "/api/tocsin/v1/receivers"):
            self.assertEqual(self.request("GET", path)[0], 404, path)
        self.assertEqual(self.tocsin.request("PUT", "/-/reload").status, 405)

    def test_a_stop_does_not_leave_senders_waiting(self):
        self.ding.script(Reply(200, {"errcode": 0, "errmsg": "ok"}, delay=2.0))
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            sent = pool.submit(self.post)
            wait_for("the robot is asked", lambda: self.ding.requests)
            self.assertEqual(self.tocsin.stop(), 0)
            self.assertEqual(sent.result()[:2], (200, "OK"), "what was on the wire is waited for")
