"""470 configurations, accepted or refused as the real amtool check-config does, in its words.

configs.jsonl has one per line: where it stands (a template below), its text, whether it is accepted, with which error it is
refused, and, where Debian's Alertmanager 0.25 is older than what it is about, what that one says ("debian"). Verdicts and
errors come from amtool 0.33.1; only the labels of routes (0.34) are newer. What is proved, by template:

file          C-018 C-019 C-020 C-024 C-026 C-027 C-043 C-058 C-099
global        C-022 C-025 C-028 C-031 C-033 C-037 C-038
root, child   C-021 C-023 C-034 C-035 C-039 C-040 C-041 C-042 C-044 C-045 C-049 C-050 C-051 C-059 C-106
inhibit       C-055 C-057
interval      C-113
receiver      C-030 C-032 C-074 C-075 C-076 C-079 C-083 C-084 C-085 C-087 C-089 C-090 C-091 C-092 C-093 C-094 C-095 C-096
              C-097 C-098
with globals  C-080 C-081 C-082
http          C-067 C-070 C-071
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
        def check(row):
            return subprocess.run([tool, "check-config", row["path"]], capture_output=True, text=True, timeout=60,
                                  check=False)

        with ThreadPoolExecutor(2) as pool:
            return list(zip(self.rows, pool.map(check, self.rows)))

    def test_there_are_enough(self):
        self.assertGreater(len(self.rows), 400)
        self.assertGreater(sum(row["ok"] for row in self.rows), 150)

    def test_ours(self):
        for row, done in self.verdicts(TOCSINCTL):
            with self.subTest(where=row["in"], text=row["text"]):
                self.assertEqual(done.returncode == 0, row["ok"])
                self.assertIn(row.get("error", ""), done.stdout)

    def test_the_real_one_agrees(self):
        for row, done in self.verdicts(find_program("amtool")):
            with self.subTest(where=row["in"], text=row["text"]):
                self.assertEqual(done.returncode == 0, row.get("debian", row["ok"]))
