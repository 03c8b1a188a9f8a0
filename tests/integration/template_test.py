"""`tocsinctl template render` beyond what ctl_test.py compares with amtool: where its data comes from, what it says of the
limits of channels, and what it prints when it fails (rows T-034, T-039, T-060, T-061, T-062, T-068)."""
import json
import os
import subprocess
import time

from support.proc import Case, TOCSIN, wait_for

TOCSINCTL = os.path.join(os.path.dirname(TOCSIN), "tocsinctl")
CONFIG = """
route:
  receiver: 'ops.team'
  group_by: [alertname]
  group_wait: 0s
  labels: {greet: 'hi {{ .GroupLabels.alertname }} {{ "{{" }}'}
  routes:
  - receiver: second
    matchers: [both="yes"]
    continue: true
  - receiver: 'ops.team'
receivers: [{name: 'ops.team'}, {name: second}]
"""
SHOWN = ("{{ .Receiver }} {{ .Status }} {{ .NotificationReason }} {{ .GroupLabels }}|{{ .CommonLabels }}|{{ .CommonAnnotations }}|"
         "{{ range .Alerts }}{{ .Labels.node }} {{ .Status }} {{ .EndsAt.IsZero }} {{ .GeneratorURL }};{{ end }}"
         '{{ routeLabels "greet" }}|{{ .ExternalURL }}')


class Render(Case):
    def ctl(self, *args, status=0, zone="UTC"):
        done = subprocess.run([TOCSINCTL, *args], capture_output=True, text=True, timeout=60, check=False, cwd=self.home,
                              env=dict(os.environ, HOME=self.home, TZ=zone))
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.assertNotIn("runtime error", done.stderr)
        return done

    def render(self, text, *args, **kw):
        return self.ctl("template", "render", "--template.glob=none", "--template.text=" + text, *args, **kw)

    def write(self, name, text):
        with open(os.path.join(self.home, name), "w", encoding="utf-8") as f:
            f.write(text)

    def test_data_file(self):
        """T-034, T-061: keys in any case, unknown ones ignored, what is missing is empty, times in the local zone."""
        self.write("data.json", json.dumps({"RECEIVER": "r", "other": [1], "alerts": [
            {"Status": "firing", "startsAt": "2024-01-02T11:04:06+08:00"}, {"startsAt": "2024-01-02T03:04:05.5Z"}]}))
        data = "--template.data=data.json"
        text = "{{ .Receiver }}|{{ .Status }}|{{ .GroupLabels }}|{{ range .Alerts }}{{ .StartsAt }}|{{ end }}{{ (index .Alerts 0).EndsAt }}"
        times = "r|||2024-01-02 11:04:06 +0800 %s|2024-01-02 03:04:05.5 +0000 UTC|0001-01-01 00:00:00 +0000 UTC"
        self.assertEqual(self.render(text, data, zone="Asia/Shanghai").stdout, times % "CST")
        self.assertEqual(self.render(text, data).stdout, times % "+0800")
        self.write("data.json", "{}")
        self.assertEqual(self.render("{{ len .Alerts }}{{ .CommonLabels.x }}", data).stdout, "0")

    def test_a_failure_prints_nothing_but_the_error(self):
        """T-039, T-060"""
        for words in (["--template.text=x"], ["--template.glob=none"]):
            self.assertIn("required flag", self.ctl("template", "render", *words, status=1).stderr)
        done = self.render("before {{ .Nope }}", status=1)
        self.assertEqual((done.stdout, done.stderr), ("", 'tocsinctl: error: template: :1:10: executing "" at <.Nope>: '
                                                          "can't evaluate field Nope in type template.Data\n"))
        self.assertEqual(self.render("<p>{{ .Receiver }}<>", "--template.type=html").stdout, "<p>receiver&lt;>")
        self.assertEqual(self.render("{{ .Receiver }}").stdout, "receiver")

    def test_now_is_now(self):
        """T-068"""
        unix, since = self.render("{{ now.Unix }} {{ (since now).Nanoseconds }}").stdout.split()
        self.assertLess(abs(int(unix) - time.time()), 60)
        self.assertGreaterEqual(int(since), 0)

    def test_check_config_names_the_template_and_the_line(self):
        """T-062"""
        self.write("am.yml", "route: {receiver: a}\nreceivers: [{name: a}]\ntemplates: ['*.tmpl']\n")
        self.write("a.tmpl", '{{ define "a" }}{{ end }}')
        self.assertIn("SUCCESS", self.ctl("check-config", "am.yml").stdout)
        self.write("b.tmpl", "one\n{{ nope }}")
        done = self.ctl("check-config", "am.yml", status=1)
        self.assertIn('  FAILED: template: b.tmpl:2: function "nope" not defined\n', done.stdout)

    def test_data_of_a_group_of_the_server(self):
        server = self.router(CONFIG)
        url = "--alertmanager.url=" + server.url
        server.post_alerts({"labels": {"alertname": "Disk", "job": "b", "node": "n1"}, "annotations": {"summary": "full"},
                            "generatorURL": "http://g/1"},
                           {"labels": {"alertname": "Disk", "job": "a", "node": "n2"}, "annotations": {"summary": "full"}},
                           {"alertname": "Net", "both": "yes"})
        wait_for("the groups", lambda: len(server.get("/api/v2/alerts/groups")) == 3)
        done = self.render(SHOWN, url, "--template.group=Disk")
        self.assertEqual(done.stdout, "ops\\.team firing unknown alertname=Disk|alertname=Disk|summary=full|"
                         "n2 firing true ;n1 firing true http://g/1;hi Disk {{|" + server.url)
        self.assertIn("the server has no group that matches", self.render("x", url, "--template.group=none", status=1).stderr)
        self.assertRegex(self.render("x", url, "--template.group=Net", status=1).stderr,
                         r'2 groups match, .*second \{alertname="Net"\}')
        both = ("--template.group=alertname=~N.*", "--template.receiver=second")
        self.assertEqual(self.render("{{ .Receiver }}", url, *both).stdout, "second")
        self.assertIn("not from both", self.render("x", url, "--template.data=x", *both, status=1).stderr)

    def test_limits_of_the_channels(self):
        wide = "{{ range 2000 }}中{{ end }}{{ range 10 }}\n{{ end }}"
        for text, line in ((wide, r"wecom +text as markdown +6010 of 4096 bytes +147 % +split"),
                           (wide, r"dingtalk +text +6020 of 20000 bytes of JSON +30 % +fits"),
                           (wide, r"telegram +message +2010 of 4096 characters +49 % +fits"),
                           (wide, r"slack +title +2010 of 1024 characters +197 % +cut"),
                           ("{{ range 4096 }}x{{ end }}", r"wecom +text as markdown .* 100 % +fits"),
                           ("{{ range 4097 }}x{{ end }}", r"wecom +text as markdown .* 101 % +split")):
            self.assertRegex(self.render(text, "--template.limits").stdout, "(?m)^" + line + "$")
