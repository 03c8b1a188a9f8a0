"""Alerts that are sent again unchanged, as Prometheus does every minute, cost the database nothing."""
import os
import sqlite3
import time

from support.proc import Case, wait_for

CONFIG = "route: {receiver: none, group_by: [alertname], group_wait: 1h}\nreceivers:\n- name: none\n"
ALERTS = 100000
BATCH = 1000


class Heartbeat(Case):
    def setUp(self):
        super().setUp()
        self.began = time.time()

    def stamp(self, minutes):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.began + 60 * minutes))

    def send_all(self, router, minutes):
        """The same alerts with the same start; only the end is later from call to call."""
        for first in range(0, ALERTS, BATCH):
            router.post_alerts(*({
                "labels": {"alertname": "A%d" % (i % 50), "instance": "host-%d:9100" % i},
                "annotations": {"summary": "host-%d is unwell" % i},
                "startsAt": self.stamp(0), "endsAt": self.stamp(minutes)} for i in range(first, first + BATCH)))

    def settle(self, router):
        """Waits until the journal is folded, so that what grows afterwards was written afterwards."""
        wait_for("folded journal", lambda: router.metric("tocsin_db_journal_rows") == 0, 60)

    def pages(self, router):
        with sqlite3.connect("file:%s?mode=ro" % os.path.join(router.data, "tocsin.db"), uri=True) as db:
            return db.execute("PRAGMA page_count").fetchone()[0]

    def test_100000_alerts_sent_again_do_not_grow_the_file(self):
        router = self.router(CONFIG)
        self.send_all(router, 10)
        self.settle(router)
        pages, commits = self.pages(router), router.metric("tocsin_db_commits_total")
        for minutes in (11, 12):
            self.send_all(router, minutes)
        self.assertEqual(router.metric("tocsin_db_journal_rows"), 0)
        self.assertEqual(self.pages(router), pages)
        written = router.metric("tocsin_db_commits_total") - commits
        self.assertLess(written, ALERTS / BATCH / 2, "only the sign of life every few seconds is written")
