"""From Alertmanager to Tocsin and back on the same storage path: silences stay, and nobody is told again (P-079)."""
import os
import time

from parity.stage import ORACLE
from support.fakes import Webhook
from support.proc import Case, Router, wait_for

CONFIG = """
route: {receiver: hook, group_by: [alertname], group_wait: 300ms, group_interval: 500ms, repeat_interval: 1h}
receivers: [{name: hook, webhook_configs: [{url: '%s/hook'}]}]
"""
FIRING = [{"alertname": "A", "i": str(i)} for i in range(3)]


class Migration(Case):
    def setUp(self):
        super().setUp()
        self.hook = Webhook().start()
        self.addCleanup(self.hook.stop)

    def run_on(self, binary):
        """One of the two programs on the storage path that both use."""
        router = Router(CONFIG % self.hook.url, self.home, binary=binary, name="router")
        return self.own(router).start()

    def silence(self, router, comment, start, end, *matchers):
        def at(offset):
            return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + offset))

        answer = router.request("POST", "/api/v2/silences", {
            "matchers": [{"name": n, "value": v, "isRegex": "~" in op, "isEqual": "!" not in op} for n, op, v in matchers],
            "startsAt": at(start), "endsAt": at(end), "createdBy": "me", "comment": comment})
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json()["silenceID"]

    def silences(self, router):
        return sorted(({k: v for k, v in s.items() if k != "annotations"} for s in router.get("/api/v2/silences")),
                      key=lambda s: s["id"])

    def still_told(self, router, before):
        """The same alerts again: the notification log knows that they were told."""
        router.post_alerts(*FIRING)
        self.stays("told again", lambda: len(self.hook.requests) == before, 1.5)

    def test_there_and_back(self):
        theirs = self.run_on(ORACLE)
        self.silence(theirs, "ein Süßes", 0, 500, ("a", "=", "x"), ("b", "=~", "y.*"))
        self.silence(theirs, "pending", 100, 500, ("a", "!=", "z"), ("c", "!~", "q|r"), ("d", "=", "1"))
        expired = self.silence(theirs, "expired", 0, 500, ("e", "=", "1"))
        theirs.request("DELETE", "/api/v2/silence/" + expired)
        theirs.post_alerts(*FIRING)
        self.hook.wait(1)
        before = self.silences(theirs)
        # Counted when the receiver has answered; the entry of the log is written right after.
        wait_for("the answer", lambda: theirs.metric('alertmanager_notification_requests_total{integration="webhook"}'))
        theirs.stop()

        ours = self.run_on(None)
        self.assertEqual(self.silences(ours), before)
        ours.kill()  # what was taken over is kept at once
        ours = self.run_on(None)
        self.assertEqual(self.silences(ours), before)
        self.still_told(ours, 1)
        self.silence(ours, "ours", 0, 500, ("f", "=", "1"))
        ours.post_alerts({"alertname": "B"})
        self.hook.wait(2)
        with_ours = self.silences(ours)
        ours.stop()
        self.assertTrue(os.path.exists(os.path.join(ours.data, "tocsin.db")))

        theirs = self.run_on(ORACLE)
        self.assertEqual(self.silences(theirs), with_ours)
        self.still_told(theirs, 2)
        theirs.post_alerts({"alertname": "B"})
        self.stays("told again", lambda: len(self.hook.requests) == 2, 1.0)
