"""470 configurations, accepted or refused as the real amtool check-config does.

configs.jsonl has one per line: where it stands (a template below), its text, whether it is accepted, and, where Debian's
Alertmanager 0.25 is older than what it is about, what that one says ("debian"). The verdicts come from amtool 0.33.1; only
the labels of routes (0.34) are newer. Rows of the list of requirements: C-018 to C-059, C-065 to C-098, C-105 to C-108.
"""
import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor

from support.proc import TOCSIN, Case, find_program

TOCSINCTL = os.path.join(os.path.dirname(TOCSIN), "tocsinctl")
RECEIVERS = "receivers: [{name: a}, {name: b}]\ntime_intervals: [{name: t, time_intervals: [{}]}]\n"
REST = "route: {receiver: a}\nreceivers: [{name: a}]\n"
RECEIVER = "route: {receiver: a}\nreceivers:\n- name: a\n  %s\n"
TEMPLATES = {
    "file": "%s",
    "global": "global:\n  %s\n" + REST,
    "root": "route: {receiver: a, %s}\n" + RECEIVERS,
    "child": "route: {receiver: a, routes: [{%s}]}\n" + RECEIVERS,
    "inhibit": "inhibit_rules: [{%s}]\n" + REST,
    "interval": "time_intervals: [{name: t, time_intervals: [{%s}]}]\n" + REST,
    "receiver": RECEIVER,
    "with globals": "global: {smtp_smarthost: 'h:25', smtp_from: f, opsgenie_api_key: k, wechat_api_secret: s, "
                    "wechat_api_corp_id: c, victorops_api_key: k, slack_api_url: 'http://s/'}\n" + RECEIVER,
    "http": RECEIVER % "webhook_configs:\n  - url: http://h/\n    http_config: {%s}",
}


class Configs(Case):
    def setUp(self):
        super().setUp()
        with open(os.path.join(os.path.dirname(__file__), "configs.jsonl"), encoding="utf-8") as f:
            self.rows = [json.loads(line) for line in f]
        for i, row in enumerate(self.rows):
            row["path"] = os.path.join(self.home, "%d.yml" % i)
            with open(row["path"], "w", encoding="utf-8", newline="") as f:
                f.write(TEMPLATES[row["in"]] % row["text"])

    def verdicts(self, tool):
        def accepts(row):
            done = subprocess.run([tool, "check-config", row["path"]], capture_output=True, timeout=60, check=False)
            return done.returncode == 0

        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(accepts, self.rows))

    def check(self, tool, key):
        for row, got in zip(self.rows, self.verdicts(tool)):
            with self.subTest(where=row["in"], text=row["text"]):
                self.assertEqual(got, row.get(key, row["ok"]))

    def test_there_are_enough(self):
        self.assertGreater(len(self.rows), 400)
        self.assertGreater(sum(row["ok"] for row in self.rows), 150)

    def test_ours(self):
        self.check(TOCSINCTL, "ok")

    def test_the_real_one_agrees(self):
        self.check(find_program("amtool"), "debian")
