"""Templates that fail: at load the file and line are named and nothing changes, at run time nobody misses the alert."""
import os

from support.fakes import Webhook
from support.proc import Case, wait_for

CONFIG = """
route: {{receiver: room, group_wait: 0s, group_interval: 1s, repeat_interval: 1h}}
templates: ['*.tmpl']
receivers:
- name: room
  discord_configs: [{{webhook_url: '{url}/room', title: T, message: '{message}'}}]
"""
BROKEN, MENDED = "{{ .Nope }}", "mended {{ .Status }}"


class TemplateFailure(Case):
    def setUp(self):
        super().setUp()
        self.room = Webhook().start()
        self.addCleanup(self.room.stop)

    def config(self, message):
        return CONFIG.format(url=self.room.url, message=message)

    def told(self):
        return [r["json"]["embeds"][0]["description"] for r in self.room.requests]

    def reload(self, server, message):
        server.write_config(self.config(message))
        return server.request("POST", "/-/reload")

    def test_a_file_that_does_not_parse_is_refused_with_its_line(self):
        server = self.router(self.config(MENDED))
        with open(os.path.join(self.home, "x.tmpl"), "w", encoding="utf-8") as f:
            f.write("one\n{{ define \"x\" }}\n{{ nope }}{{ end }}")
        answer = self.reload(server, "other")
        self.assertEqual(answer.status, 500)
        self.assertIn(b'failed to parse templates: template: x.tmpl:3: function "nope" not defined', answer.body)
        server.post_alerts({"alertname": "A"})
        wait_for("the message of the old configuration", lambda: self.told() == ["mended firing"])

    def test_a_plain_text_is_sent_and_after_a_reload_what_is_meant(self):
        server = self.router(self.config(BROKEN))
        server.post_alerts({"alertname": "A"})
        text = wait_for("the plain text", self.told)[0]
        self.assertIn("FIRING A", text)
        self.assertIn("can't evaluate field Nope", text)
        self.assertEqual(server.metric('tocsin_notifications_plain_total{integration="discord"}'), 1)
        self.assertEqual(self.reload(server, MENDED).status, 200)
        server.post_alerts({"alertname": "B"})
        wait_for("the message", lambda: self.told()[1:] == ["mended firing"])

    def test_under_compat_strict_it_fails_and_is_tried_again_after_a_reload(self):
        server = self.router(self.config(BROKEN), args=["--compat.strict"])
        server.post_alerts({"alertname": "A"})
        wait_for("the failure", lambda: "can't evaluate field Nope" in server.log())
        self.assertEqual(self.told(), [])
        self.assertEqual(self.reload(server, MENDED).status, 200)
        wait_for("the message", lambda: self.told() == ["mended firing"])
