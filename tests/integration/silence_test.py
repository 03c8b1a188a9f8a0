"""Silences by Debian's own amtool, and what a kill -9 must not change."""
import datetime
import json
import subprocess
import time

from support.fakes import Webhook
from support.proc import Case, find_program, wait_for

CONFIG = """
route:
  receiver: hook
  group_by: [alertname]
  group_wait: 1s
  group_interval: 2s
  repeat_interval: 1h
receivers:
- name: hook
  webhook_configs: [{{url: '{url}'}}]
"""


def in_future(hours=1):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=hours)).isoformat()


class Silences(Case):
    def setUp(self):
        super().setUp()
        self.hook = Webhook().start()
        self.addCleanup(self.hook.stop)

    def start_router(self):
        return self.router(CONFIG.format(url=self.hook.url))

    def amtool(self, router, *args):
        done = subprocess.run([find_program("amtool"), "--alertmanager.url=" + router.url, *args],
                              capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def told(self):
        """What the webhook was told: [(status, {alertnames})]."""
        return [(r["json"]["status"], {a["labels"]["alertname"] for a in r["json"]["alerts"]})
                for r in self.hook.requests]

    def firing(self, *names):
        return [{"labels": {"alertname": n, "instance": "i1"}, "endsAt": in_future()} for n in names]

    def test_amtool_silences_lists_and_expires(self):
        router = self.start_router()
        silence = self.amtool(router, "silence", "add", "alertname=Quiet", "--comment=c", "--author=me",
                              "--duration=1h").strip()
        self.assertRegex(silence, r"^[0-9a-f-]{36}$")
        listed = json.loads(self.amtool(router, "silence", "query", "-o", "json"))
        self.assertEqual([s["id"] for s in listed], [silence])
        self.assertEqual(listed[0]["comment"], "c")

        router.post_alerts(*self.firing("Quiet", "Loud"))
        wait_for("the other alert", lambda: self.told() == [("firing", {"Loud"})])
        self.stays("the silenced one stays quiet", lambda: self.told() == [("firing", {"Loud"})], 3)
        shown = json.loads(self.amtool(router, "alert", "query", "-s", "-o", "json"))
        self.assertEqual({a["labels"]["alertname"]: a["status"]["silencedBy"] for a in shown}["Quiet"], [silence])

        self.amtool(router, "silence", "expire", silence)
        wait_for("told after the silence ended", lambda: ("firing", {"Quiet"}) in self.told(), 5)
        self.assertEqual(len(self.told()), 2)

    def test_kill_9_changes_nothing(self):
        router = self.start_router()
        silence = self.amtool(router, "silence", "add", "alertname=Quiet", "--comment=c", "--duration=1h").strip()
        alerts = self.firing("Quiet", "Loud")
        router.post_alerts(*alerts)
        wait_for("the first notification", lambda: len(self.told()) == 1)
        time.sleep(0.3)  # its answer has to be written down, too
        before = router.get("/api/v2/alerts")

        router.kill()
        router.start()
        self.assertEqual([s["id"] for s in router.get("/api/v2/silences")], [silence])
        after = router.get("/api/v2/alerts")
        same = ("fingerprint", "labels", "annotations", "startsAt", "endsAt", "receivers")
        self.assertEqual([{k: a[k] for k in same} for a in after], [{k: a[k] for k in same} for a in before])
        router.post_alerts(*alerts)
        self.stays("nobody is told twice", lambda: len(self.told()) == 1, 5)

        # What is owed still arrives: the resolve, and the silenced alert when the silence ends.
        self.amtool(router, "silence", "expire", silence)
        wait_for("the silenced alert", lambda: ("firing", {"Quiet"}) in self.told(), 5)
        now = datetime.datetime.now(datetime.timezone.utc).isoformat()
        router.post_alerts({"labels": {"alertname": "Loud", "instance": "i1"}, "endsAt": now})
        wait_for("the resolve", lambda: ("resolved", {"Loud"}) in self.told(), 5)
        self.assertEqual(len(self.told()), 3)

    def test_a_group_timer_goes_on_over_a_kill_9(self):
        config = CONFIG.replace("group_wait: 1s", "group_wait: 4s").format(url=self.hook.url)
        router = self.router(config)
        start = time.monotonic()
        router.post_alerts(*self.firing("Loud"))
        time.sleep(2)
        router.kill()
        router.start()
        wait_for("the notification", lambda: len(self.told()) == 1, 6)
        self.assertGreater(time.monotonic() - start, 3.5, "not before group_wait")
        self.assertLess(time.monotonic() - start, 8, "group_wait did not start again")
        self.stays("once", lambda: len(self.told()) == 1, 3)

    def test_silences_made_right_before_a_kill_9_are_there(self):
        router = self.start_router()
        ids = []
        for i in range(20):
            body = {"matchers": [{"name": "n", "value": str(i), "isRegex": False}], "startsAt": in_future(0),
                    "endsAt": in_future(1), "createdBy": "t", "comment": ""}
            ids.append(router.request("POST", "/api/v2/silences", body).json()["silenceID"])
        router.kill()
        router.start()
        self.assertEqual({s["id"] for s in router.get("/api/v2/silences")}, set(ids))
