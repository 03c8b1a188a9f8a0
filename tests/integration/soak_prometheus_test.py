"""A short run of the soak with a real Prometheus and a real Alertmanager."""
import os
import subprocess
import sys

from support.proc import ROOT, SLOW, TOCSIN, Case


class SoakPrometheus(Case):
    # S-01 A-129 A-133
    def test_what_prometheus_sends_is_told_as_alertmanager_tells_it(self):
        done = subprocess.run(
            [sys.executable, os.path.join(ROOT, "scripts", "soak-prometheus"), "--binary", TOCSIN, "--minutes", "0.1",
             "--longest", "8", "--seed", "1"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120 * SLOW, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("no violation", done.stdout)
