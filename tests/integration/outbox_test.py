"""What cannot be delivered is delivered later, once, as it is by then: a real daemon and receivers that fail."""
import json
import time

from support.fakes import Reply, Webhook
from support.proc import SLOW, Case, free_port, wait_for

ONE = """
route: {{receiver: team, group_by: [job], group_wait: 100ms, group_interval: {interval}, repeat_interval: 4h}}
receivers:
- name: team
  webhook_configs: [{{url: '{url}/hook'}}]
"""

WITH_FALLBACK = """
route: {{receiver: team, group_by: [job], group_wait: 100ms, group_interval: 1s, repeat_interval: 4h}}
receivers:
- name: team
  webhook_configs: [{{url: '{url}/hook'}}]
  fallback: {{receiver: phone, after: 2s}}
- name: phone
  webhook_configs: [{{url: '{phone}/hook'}}]
"""


def names(request):
    """'+a -b': what a webhook was told."""
    return sorted(("+" if a["status"] == "firing" else "-") + a["labels"]["alertname"] for a in request["json"]["alerts"])


def alert(name, ends_in=3600.0):
    end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + ends_in))
    return {"labels": {"alertname": name, "job": "j"}, "endsAt": end}


class Outbox(Case):
    def test_a_dead_receiver_opens_its_lane_and_hears_once_when_it_is_back(self):
        port = free_port()
        am = self.router(ONE.format(url="http://127.0.0.1:%d" % port, interval="1h"))
        am.post_alerts(alert("a"))
        lane = wait_for("the lane is open", lambda: [v for v in am.get("/api/tocsin/v1/lanes") if v["state"] == "open"], 40)
        self.assertEqual(lane[0]["receivers"], ["team/webhook[0]"])
        self.assertIn("lastError", lane[0])
        self.assertNotIn("lastSuccess", lane[0])
        self.assertEqual(am.metric('tocsin_lane_state{lane="http://127.0.0.1:%d"}' % port), 1)
        am.post_alerts(alert("b"))
        wait_for("it is owed", lambda: am.metric("tocsin_outbox_entries") == 1)
        with Webhook(port=port) as hook:
            hook.wait(1, 90 * SLOW)
            wait_for("the lane is closed", lambda: am.get("/api/tocsin/v1/lanes")[0]["state"] == "closed")
            self.assertEqual([names(r) for r in hook.requests], [["+a", "+b"]])
            self.stays("told once", lambda: len(hook.requests) == 1, 3)
        wait_for("nothing is owed", lambda: am.metric("tocsin_outbox_entries") == 0)

    def test_retry_after_is_obeyed(self):
        with Webhook() as hook:
            hook.script(Reply(429, "slow down", {"Retry-After": "7"}))
            am = self.router(ONE.format(url=hook.url, interval="1s"))
            am.post_alerts(alert("a"))
            hook.wait(2, 20 * SLOW)
            first, second = hook.requests[0]["time"], hook.requests[1]["time"]
            self.assertGreaterEqual(second - first, 6.9)
            self.assertLess(second - first, 6.9 + 2 * SLOW)
            self.stays("told once", lambda: len(hook.requests) == 2, 2)

    def test_what_is_owed_survives_a_kill(self):
        with Webhook() as hook:
            hook.script(Reply(503, "later", {"Retry-After": "400"}))
            am = self.router(ONE.format(url=hook.url, interval="1h"))
            am.post_alerts(alert("a"))
            wait_for("it is owed", lambda: am.metric("tocsin_outbox_entries") == 1)
            am.post_alerts(alert("b"))
            am.kill()
            am.start()
            self.assertEqual(am.metric("tocsin_outbox_entries"), 1)
            self.stays("patience outlives the process", lambda: len(hook.requests) == 1, 2)

    def test_what_was_due_while_the_process_was_down_is_told_at_its_start(self):
        with Webhook() as hook:
            hook.script(Reply(503, "later", {"Retry-After": "310"}), Reply(429, "later", {"Retry-After": "2"}))
            am = self.router(ONE.format(url=hook.url, interval="1h").replace("group_by: [job]", "group_by: [alertname]"))
            am.post_alerts(alert("a"), alert("b"))
            hook.wait(2, 10 * SLOW)
            wait_for("both are owed", lambda: am.metric("tocsin_outbox_entries") == 2)
            am.kill()
            time.sleep(2.5)
            am.start()
            hook.wait(3, 10 * SLOW)
            self.assertEqual(names(hook.requests[2]), names(hook.requests[1]))
            self.stays("told once", lambda: len(hook.requests) == 3, 2)

    def test_a_fallback_is_told_and_hears_of_the_end(self):
        with Webhook(status=400, body="no such hook") as hook, Webhook() as phone:
            am = self.router(WITH_FALLBACK.format(url=hook.url, phone=phone.url))
            am.post_alerts(alert("a"))
            first = phone.wait(1, 20 * SLOW)[0]
            self.assertGreaterEqual(first["time"] - hook.requests[0]["time"], 1.9)
            self.assertEqual(first["json"]["receiver"], "phone")
            why = first["json"]["commonAnnotations"]["fallback"]
            self.assertIn("team/webhook[0] cannot be reached since 20", why)
            self.assertIn("unexpected status code 400: no such hook", why)
            self.stays("told once", lambda: len(phone.requests) == 1, 3)
            am.post_alerts(alert("a", -1))
            phone.wait(2, 20 * SLOW)
            self.assertEqual([names(r) for r in phone.requests], [["+a"], ["-a"]])

    def test_dead_letters_are_listed_and_replayed(self):
        with Webhook(status=503) as hook, Webhook() as other:
            config = ONE.format(url=hook.url, interval="1h")
            am = self.router(config)
            hook.script(*[Reply(429, "no", {"Retry-After": "600"})])
            am.post_alerts(alert("a"))
            wait_for("it is owed", lambda: am.metric("tocsin_outbox_entries") == 1)
            am.write_config(config.replace("name: team", "name: crew").replace("receiver: team", "receiver: crew")
                            .replace(hook.url, other.url))
            self.assertEqual(am.request("POST", "/-/reload").status, 200)
            other.wait(1)
            letters = am.get("/api/tocsin/v1/dead-letters")
            self.assertEqual([(l["receiver"], l["cause"]) for l in letters], [("team", "unrouted")])
            self.assertEqual(letters[0]["alerts"][0]["labels"]["alertname"], "a")
            replay = "/api/tocsin/v1/dead-letters/%s/replay" % letters[0]["id"]
            self.assertEqual(am.request("POST", replay).status, 409)
            self.assertEqual(am.request("POST", replay.replace(letters[0]["id"], "x")).status, 404)
            self.assertEqual(am.request("GET", "/api/tocsin/v1/dead-letters?cursor=x").status, 400)
            am.kill()
            am.write_config(config.replace(hook.url, other.url))
            am.start()
            self.assertEqual(am.request("POST", replay).json(), {"id": letters[0]["id"]})
            wait_for("it is forgotten when it arrives", lambda: am.get("/api/tocsin/v1/dead-letters") == [])
            self.assertIn(["+a"], [names(r) for r in other.requests[1:]])
            self.assertEqual(json.dumps(letters).count(hook.url), 0)


if __name__ == "__main__":
    import unittest

    unittest.main()
