"""Kills, stops and a disk that does not answer: nothing is lost by them. The first two are short runs of the soak."""
import contextlib
import os
import sqlite3
import subprocess
import sys

from support.fakes import Webhook
from support.proc import ROOT, SLOW, TOCSIN, Case, wait_for

CONFIG = """
route:
  receiver: hook
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
receivers:
- name: hook
  webhook_configs: [{{url: '{url}'}}]
"""


class Kill(Case):
    def soak(self, *args):
        done = subprocess.run([sys.executable, os.path.join(ROOT, "scripts", "soak-kill"), "--binary", TOCSIN, *args],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300 * SLOW,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("no violation", done.stdout)

    # P-137
    def test_kill_9_costs_nothing(self):
        self.soak("--kills", "10", "--seed", "9")

    # P-135
    def test_a_stop_costs_nothing_and_repeats_nothing(self):
        self.soak("--kills", "3", "--seed", "15", "--term")

    def test_a_database_that_does_not_answer_keeps_nobody_from_being_told(self):
        with Webhook() as hook:
            router = self.router(CONFIG.format(url=hook.url))
            path = os.path.join(router.data, "tocsin.db")
            with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
                db.execute("BEGIN IMMEDIATE")
                answer = router.request("POST", "/api/v2/alerts", [{"labels": {"alertname": "a"}}])
                self.assertEqual(answer.status, 500, "the alert is not on disk")
                hook.wait(1, 15 * SLOW)
                db.execute("ROLLBACK")
            wait_for("all is written", lambda: router.metric("tocsin_db_pending_records") == 0, 15)
            router.kill()
            router.start()
            self.assertEqual([a["labels"]["alertname"] for a in router.get("/api/v2/alerts")], ["a"])
            self.stays("nobody is told twice", lambda: len(hook.requests) == 1, 3)
