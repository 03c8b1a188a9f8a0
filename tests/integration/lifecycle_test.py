"""Reload, signals, stop, and what the newcomer sees."""
import signal
import time

from support.fakes import Reply, Webhook
from support.proc import SLOW, Case, free_port, wait_for

CONFIG = """
route:
  receiver: {receiver}
  group_by: [alertname]
  group_wait: 1s
  group_interval: 1s
receivers:
- name: hook
  webhook_configs: [{{url: '{url}'}}]
- name: terminal
  log_configs: [{{send_resolved: true}}]
"""


class Lifecycle(Case):
    def setUp(self):
        super().setUp()
        self.hook = Webhook().start()
        self.addCleanup(self.hook.stop)

    def config(self, receiver="hook"):
        return CONFIG.format(receiver=receiver, url=self.hook.url + "/secret-token")

    def test_the_log_receiver_prints_readable_text(self):
        router = self.router(self.config("terminal"))
        router.post_alerts({"labels": {"alertname": "FirstAlert", "severity": "warning"},
                            "annotations": {"summary": "Hello from Tocsin"}})
        wait_for("text on standard output", lambda: "Hello from Tocsin" in router.out())
        self.assertIn("FirstAlert", router.out())
        self.assertIn("warning", router.out())

    # P-047
    def test_reload_by_http_and_by_signal(self):
        router = self.router(self.config("terminal"))
        hash_before = router.metric("alertmanager_config_hash")
        router.write_config(self.config("hook"))
        self.assertEqual(router.request("POST", "/-/reload").status, 200)
        self.assertNotEqual(router.metric("alertmanager_config_hash"), hash_before)
        router.post_alerts({"alertname": "a"})
        self.hook.wait(1, 5 * SLOW)

        router.write_config("route: {receiver: nobody}\n")
        answer = router.request("POST", "/-/reload")
        self.assertEqual(answer.status, 500)
        self.assertTrue(answer.body.startswith(b"failed to reload config: "), answer.body)
        self.assertEqual(router.metric("alertmanager_config_last_reload_successful"), 0)
        router.post_alerts({"alertname": "b"})
        self.hook.wait(2, 5 * SLOW)

        router.write_config(self.config("hook"))
        router.process.send_signal(signal.SIGHUP)
        wait_for("reload by SIGHUP", lambda: router.metric("alertmanager_config_last_reload_successful") == 1)
        self.assertEqual(router.request("GET", "/-/reload").status, 405)

    # P-140, TL-31, C-013
    def test_sigterm_waits_for_the_answer_on_the_wire(self):
        self.hook.script(Reply(200, "", delay=1.5))
        router = self.router(self.config())
        router.post_alerts({"alertname": "a"})
        self.hook.wait(1, 5 * SLOW)
        self.assertEqual(router.stop(), 0)
        router.start()
        router.post_alerts({"alertname": "a"})
        time.sleep(3)
        self.assertEqual(len(self.hook.requests), 1, "no second delivery")

    def test_retries_after_500_and_not_after_400(self):
        self.hook.script(Reply(500), Reply(500), Reply(200))
        router = self.router(self.config())
        router.post_alerts({"alertname": "a"})
        times = [r["time"] for r in self.hook.wait(3, 8 * SLOW)]
        self.assertGreater(times[1] - times[0], 0.2)
        self.assertEqual(router.metric('alertmanager_notifications_total{integration="webhook"}'), 1)
        self.assertEqual(router.metric('alertmanager_notification_requests_failed_total{integration="webhook"}'), 2)
        self.assertEqual(
            router.metric('alertmanager_notifications_failed_total{integration="webhook",reason="serverError"}'), 0)

        self.hook.script(Reply(400, "no such room"))
        router.post_alerts({"alertname": "b"})
        failed = 'alertmanager_notifications_failed_total{integration="webhook",reason="clientError"}'
        wait_for("the failure is counted", lambda: router.metric(failed) == 1)
        wait_for("the next tick tries again", lambda: len(self.hook.requests) == 5)

    def test_no_secret_in_the_log(self):
        dead = "http://127.0.0.1:%d" % free_port()
        router = self.router(CONFIG.format(receiver="hook", url=dead + "/secret-token"))
        router.post_alerts({"alertname": "a"})
        wait_for("a warning", lambda: "will retry later" in router.log())
        self.assertNotIn("secret-token", router.log())
        self.assertNotIn("secret-token", router.request("GET", "/api/v2/status").body.decode())
