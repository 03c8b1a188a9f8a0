"""tocsinctl config: the examples under conf/ are tested by their own tests, and exit statuses are what scripts need."""
import glob
import os
import subprocess

from support.proc import ROOT, TOCSIN, Case

TOCSINCTL = os.path.join(os.path.dirname(TOCSIN), "tocsinctl")


class Config(Case):
    def run_tool(self, *args):
        return subprocess.run([TOCSINCTL, "config", *args], capture_output=True, text=True, timeout=60, check=False,
                              cwd=self.home)

    def write(self, name, text):
        path = os.path.join(self.home, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def test_the_tests_of_the_examples_pass(self):
        files = sorted(glob.glob(os.path.join(ROOT, "conf", "tests", "*.yml")))
        self.assertGreaterEqual(len(files), 2)
        done = self.run_tool("test", *files)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("0 failed", done.stdout)

    def test_a_failing_test_is_shown_and_gives_2(self):
        self.write("am.yml", "route: {receiver: a}\nreceivers: [{name: a, log_configs: [{}]}]\n")
        path = self.write("t.yml", "config: am.yml\ntests:\n- name: wrong\n  steps: [{at: 0s, alerts: [{labels: {a: b}}]}]\n"
                                   "  expect: [{at: 1m, receiver: a, firing: [{a: b}]}]\n")
        done = self.run_tool("test", path)
        self.assertEqual(done.returncode, 2)
        self.assertIn('    + 30s  a  firing {a="b"}\n    - 1m  a  firing {a="b"}  (line 5', done.stdout)
        done = self.run_tool("test", "--config.file=" + path, path)
        self.assertEqual(done.returncode, 1, "a configuration that cannot be used")

    def test_lint(self):
        files = glob.glob(os.path.join(ROOT, "conf", "*.yml")) + glob.glob(os.path.join(ROOT, "conf/examples/*.yml"))
        done = self.run_tool("lint", "--level=warning", *files)
        self.assertEqual((done.returncode, done.stdout.splitlines()[-1].split(",")[:2]), (0, ["0 errors", " 0 warnings"]))
        path = self.write("am.yml", "route: {receiver: a}\nreceivers:\n- name: a\n- name: b\n")
        done = self.run_tool("lint", path)
        self.assertEqual(done.returncode, 3)
        self.assertIn("am.yml:4:9: warning: no route uses receiver `b` [receiver-unused]\n    4 | - name: b\n", done.stdout)
        path = self.write("am.yml", "route: {}\n")
        self.assertEqual(self.run_tool("lint", path).returncode, 1)

    def test_diff(self):
        before = self.write("a.yml", "route: {receiver: a}\nreceivers: [{name: a, log_configs: [{}]}]\n")
        after = self.write("b.yml", "route: {receiver: a, group_wait: 1s}\nreceivers: [{name: a, log_configs: [{}]}]\n")
        done = self.run_tool("diff", before, after)
        self.assertEqual((done.returncode, done.stdout), (3, "~ route {}: group_wait: (not set) -> 1s\n"))
        self.assertEqual(self.run_tool("diff", before, before).returncode, 0)
        self.assertEqual(self.run_tool("diff", before).returncode, 1)

    def test_the_reference_has_every_block(self):
        done = self.run_tool("reference")
        self.assertEqual(done.returncode, 0)
        for word in ("# Configuration reference", "## webhook config", "| `group_wait` | duration |", "## Lint"):
            self.assertIn(word, done.stdout)
