"""tocsinctl migrate: the configuration of prometheus-webhook-dingtalk in our words; and what it would send (R-110)."""
import json
import os
import subprocess

from support.proc import ROOT, TOCSIN, Case

TOCSINCTL = os.path.join(os.path.dirname(TOCSIN), "tocsinctl")

BEFORE = """\
timeout: 5s
no_builtin_template: true
templates:
- contrib/*.tmpl
default_message:
  title: '{{ template "legacy.title" . }}'
targets:
  ops:
    url: https://oapi.dingtalk.com/robot/send?access_token=T1
    secret: SEC000
  dba-2:
    url: https://oapi.dingtalk.com/robot/send?access_token=T2
    mention:
      mobiles: ['156xxxx8827', 18900008325]
    message:
      text: |
        {{ template "legacy.content" . }}
        @156xxxx8827 "q" # no comment
  all:
    url: https://oapi.dingtalk.com/robot/send?access_token=T3
    mention: {all: true}
"""

AFTER = """\
global:
  im_templates:
  - contrib/*.tmpl
  im_builtin_templates: false
  dingtalk_title: '{{ template "legacy.title" . }}'
route:
  receiver: ops
receivers:
- name: ops
  dingtalk_configs:
  - webhook_url: https://oapi.dingtalk.com/robot/send?access_token=T1
    secret: SEC000
    template_compat: prometheus-webhook-dingtalk
    timeout: 5s
    http_config:
      proxy_from_environment: true
- name: dba-2
  dingtalk_configs:
  - webhook_url: https://oapi.dingtalk.com/robot/send?access_token=T2
    template_compat: prometheus-webhook-dingtalk
    at:
      mobiles:
      - 156xxxx8827
      - "18900008325"
    text: |
      {{ template "legacy.content" . }}
      @156xxxx8827 "q" # no comment
    timeout: 5s
    http_config:
      proxy_from_environment: true
- name: all
  dingtalk_configs:
  - webhook_url: https://oapi.dingtalk.com/robot/send?access_token=T3
    template_compat: prometheus-webhook-dingtalk
    at:
      all: true
    timeout: 5s
    http_config:
      proxy_from_environment: true
"""


class Migrate(Case):
    def write(self, name, text):
        path = os.path.join(self.home, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def run_tool(self, *args):
        return subprocess.run([TOCSINCTL, *args], capture_output=True, text=True, timeout=60, check=False, cwd=self.home)

    def migrate(self, text):
        return self.run_tool("migrate", "prometheus-webhook-dingtalk", self.write("config.yml", text))

    def split(self, output):
        """Notes, and the configuration behind them."""
        notes, config = output.split("\n\n", 1)
        self.assertTrue(all(line.startswith("#") for line in notes.splitlines()), notes)
        return notes, config

    def test_every_setting_is_carried_over(self):
        done = self.migrate(BEFORE)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        notes, config = self.split(done.stdout)
        self.assertEqual(config, AFTER)
        for word in ("# - route:", "# - http_config:", "# - im_templates:", "# - timeout:"):
            self.assertIn(word, notes)

    def test_the_messages_of_the_result_can_be_looked_at(self):
        """Byte for byte what prometheus-webhook-dingtalk would send for the data of the template corpus (R-104)."""
        self.write("alertmanager.yml", self.migrate("targets: {ops: {url: 'http://h/?access_token=HUSH', secret: HUSH,"
                                                    " mention: {mobiles: ['15600008827', '18900008325']}}}\n").stdout)
        done = self.run_tool("receiver", "render", "ops", "--config.file=alertmanager.yml",
                             "--data=" + os.path.join(ROOT, "tests/unit/data/tmpl/data.json"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        head, body = done.stdout.split("\n", 1)
        self.assertEqual(head, "dingtalk[0], message 1, %d bytes:" % len(body.strip().encode()))
        with open(os.path.join(ROOT, "tests/unit/data/tmpl/ding.txt"), encoding="utf-8") as f:
            self.assertEqual(json.loads(body)["markdown"]["text"], f.read())
        self.assertNotIn("HUSH", done.stdout)

    def test_render_tells_what_is_wrong(self):
        path = self.write("am.yml", "route: {receiver: a}\nreceivers: [{name: a, dingtalk_configs: [{access_token: T,"
                                    " text: '{{ .Nope }}'}]}, {name: long, wecom_configs: [{key: K, text: '{{ repeat 6000 \"x\" }}'}]}]\n")
        for name, error in (("a", "can't evaluate field Nope"), ("b", 'receiver "b" not found')):
            done = self.run_tool("receiver", "render", name, "--config.file=" + path)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn(error, done.stderr)
        parts = self.run_tool("receiver", "render", "long", "--config.file=" + path).stdout
        self.assertIn("wecom[0], message 2, ", parts)
        self.assertEqual(self.run_tool("receiver", "render", "a", "--config.file=" + path, "--data=nosuch").returncode, 1)

    def test_check_config_takes_the_result(self):
        for name, text in (("all", BEFORE), ("least", "targets: {a: {url: 'http://h/'}}\n")):
            with self.subTest(name):
                self.write("alertmanager.yml", self.migrate(text).stdout)
                done = self.run_tool("check-config", "alertmanager.yml")
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_least_needs_no_notes_on_what_is_not_there(self):
        notes, config = self.split(self.migrate("targets: {a: {url: 'http://h/'}}\n").stdout)
        self.assertTrue(config.startswith("route:\n  receiver: a\n"), config)
        self.assertNotIn("timeout", notes)
        self.assertNotIn("im_templates", notes)

    def test_a_template_that_cannot_be_used_is_said(self):
        self.write("contrib/x.tmpl", '{{ define "x" }}\n{{ env "HOME" }}{{ end }}')
        done = self.migrate(BEFORE)
        self.assertEqual(done.returncode, 0)
        why = 'failed to parse templates: template: x.tmpl:2: function "env" not defined'
        self.assertIn("# - im_templates: " + why + "\n", done.stdout)
        self.assertIn(why, done.stderr)
        self.write("contrib/x.tmpl", '{{ define "x" }}{{ upper "a" | trunc 3 }}{{ .StartsAt | date "2006" }}{{ end }}')
        self.assertNotIn("failed", self.migrate(BEFORE).stdout)

    def test_what_is_wrong_has_its_place(self):
        rows = (
            ("targets:\n  1a: {url: 'http://h/'}\n", ":2:3: the name of a target is letters, digits, - and _, a letter first"),
            ("targets:\n  a: {urll: 'http://h/'}\n", ":2:7: field urll not found in type target"),
            ("targets:\n  a: {}\n", ":2:6: target a has no url"),
            ("targets: [a]\n", ":1:10: cannot unmarshal !!seq into targets"),
            ("timeout: 5s\n", ":1:1: there are no targets"),
            ("timeout: soon\ntargets: {a: {url: 'http://h/'}}\n", ":1:10: "),
            ("targets: {a: {url: '::'}}\n", "cannot be carried over"),
            ("targets: {a: {url: x\n", "did not find expected"),
        )
        for text, error in rows:
            with self.subTest(text):
                done = self.migrate(text)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertIn(error, done.stderr)

    def test_secrets_are_not_in_errors(self):
        done = self.migrate("targets:\n  a: {url: 'http://h/?access_token=HUSH1', secret: HUSH2, nosuch: 1}\n")
        self.assertEqual(done.returncode, 1)
        self.assertNotIn("HUSH", done.stderr + done.stdout)
