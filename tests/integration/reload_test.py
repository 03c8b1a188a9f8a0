"""Reloads with the real daemon: under load, of broken files, of included files, of secrets that stand elsewhere."""
import http.client
import json
import os
import subprocess
import threading
import time

from support.fakes import Webhook
from support.proc import SLOW, TOCSIN, Case, Router, wait_for

TOCSINCTL = os.path.join(os.path.dirname(TOCSIN), "tocsinctl")

RELOADS = 100
MEMORY_SLACK = 12 << 20  # of 90 reloads; a configuration that is not freed would cost more than that

ROUTES = "".join("  - {matchers: [team=t%d], receiver: hook, group_wait: %ds}\n" % (i, i % 7) for i in range(300))
CONFIG = """
route:
  receiver: hook
  group_by: [group]
  group_wait: 200ms
  group_interval: 1h
  repeat_interval: 1d
  routes:
%s
receivers:
- name: hook
  webhook_configs: [{url: "%s/hook"}]
- name: unused%%d
time_intervals: [{name: night%%d, time_intervals: [{}]}]
"""


class Load(threading.Thread):
    """Posts and gets over one connection until it is told to stop; keeps everything that was not a 200."""

    def __init__(self, port, number):
        super().__init__(daemon=True)
        self.port, self.number = port, number
        self.requests, self.bad, self.done = 0, [], threading.Event()

    def ask(self, connection, method, path, body=None):
        connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        answer = connection.getresponse()
        text = answer.read()
        self.requests += 1
        if answer.status != 200:
            self.bad.append((path, answer.status, text[:200]))

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            while not self.done.is_set():
                alerts = [{"labels": {"alertname": "A%d" % i, "group": "g%d" % (i % 5)}} for i in range(20)]
                self.ask(connection, "POST", "/api/v2/alerts", json.dumps(alerts))
                self.ask(connection, "GET", "/api/v2/alerts/groups")
                self.ask(connection, "GET", "/api/v2/status")
        except OSError as e:
            self.bad.append(("connection", 0, str(e)))
        finally:
            connection.close()


class UnderLoad(Case):
    def memory(self, router):
        with open("/proc/%d/status" % router.process.pid, encoding="ascii") as f:
            return next(int(line.split()[1]) << 10 for line in f if line.startswith("VmRSS:"))

    def test_a_hundred_reloads(self):
        hook = Webhook().start()
        self.addCleanup(hook.stop)
        text = CONFIG % (ROUTES, hook.url)
        router = self.router(text % (0, 0))
        load = [Load(router.port, i) for i in range(3)]
        for thread in load:
            thread.start()
        hook.wait(5)
        self.assertEqual(router.metric("alertmanager_receivers"), 1, "C-122: what no route uses is not built")
        self.assertEqual(router.metric("alertmanager_integrations"), 1)
        early = 0
        for i in range(RELOADS):
            router.write_config(text % (i, i))
            answer = router.request("POST", "/-/reload")
            self.assertEqual((answer.status, answer.body), (200, b""))
            if i == RELOADS // 10:
                early = self.memory(router)
        time.sleep(0.5)  # whatever would be told again is told by now: group_wait is over
        late = self.memory(router)
        for thread in load:
            thread.done.set()
        for thread in load:
            thread.join()
            self.assertEqual(thread.bad, [])
            self.assertGreater(thread.requests, 10)
        groups = [r["json"]["groupLabels"]["group"] for r in hook.requests]
        self.assertEqual(sorted(groups), ["g0", "g1", "g2", "g3", "g4"], "C-120: no group forgets what it has told")
        if SLOW == 1:
            self.assertLess(late - early, MEMORY_SLACK, "from %d to %d bytes" % (early, late))
        self.assertEqual(router.stop(), 0)


class Broken(Case):
    GOOD = "route: {receiver: a}\nreceivers: [{name: a}]\n"

    def test_changes_nothing_and_says_why(self):
        router = self.router(self.GOOD)
        before = router.get("/api/v2/status")["config"]["original"]  # C-118, C-119
        router.write_config("route:\n  receiver: a\n  group_wiat: 5s\nreceivers: [{name: a}, {name: a}]\n")
        answer = router.request("POST", "/-/reload")
        self.assertEqual(answer.status, 500)
        self.assertIn(b"field group_wiat not found", answer.body)
        self.assertEqual(router.get("/api/v2/status")["config"]["original"], before)
        self.assertEqual(router.metric("alertmanager_config_last_reload_successful"), 0)
        log = router.log()
        self.assertIn(":3:3", log)
        self.assertIn("did you mean `group_wait`?", log)
        self.assertIn("is not unique", log, "all errors at once")
        router.write_config(self.GOOD)
        self.assertEqual(router.request("POST", "/-/reload").status, 200)
        self.assertEqual(router.metric("alertmanager_config_last_reload_successful"), 1)

    def test_no_secret_is_logged(self):
        router = self.router(self.GOOD)
        router.write_config("global: {slack_api_url: 'http://h b/hidden', smtp_auth_password: [hidden]}\n" + self.GOOD)
        answer = router.request("POST", "/-/reload")
        self.assertEqual(answer.status, 500)
        self.assertNotIn(b"hidden", answer.body)
        self.assertNotIn("hidden", router.log())


class Certificates(Case):
    """C-064: files are read when a configuration is put in force, not when it is checked."""

    CONFIG = """
route: {receiver: a}
receivers:
- name: a
  webhook_configs: [{url: 'http://127.0.0.1:9/', http_config: {tls_config: {%s}}}]
- name: unused
  webhook_configs: [{url: 'http://127.0.0.1:9/', http_config: {tls_config: {ca_file: nowhere.pem}}}]
"""

    def test_a_wrong_one_refuses_the_configuration(self):
        router = self.router(Broken.GOOD)
        with open(os.path.join(self.home, "bad.pem"), "w", encoding="utf-8") as f:
            f.write("nothing\n")
        for tls, words in (("ca_file: missing.pem", b"unable to read CA cert"), ("ca_file: bad.pem", b"unable to use specified CA cert"),
                           ("ca: x", b"unable to use specified CA cert"),
                           ("cert_file: c.pem, key_file: k.pem", b"unable to read specified client cert")):
            with self.subTest(tls=tls):
                router.write_config(self.CONFIG % tls)
                answer = router.request("POST", "/-/reload")
                self.assertEqual(answer.status, 500)
                self.assertIn(words, answer.body)
                checked = subprocess.run([TOCSINCTL, "check-config", router.config_path], capture_output=True, timeout=30,
                                         check=False)
                self.assertEqual(checked.returncode, 0)
        router.write_config(self.CONFIG % "insecure_skip_verify: true")
        self.assertEqual(router.request("POST", "/-/reload").status, 200)


class Included(Case):
    MAIN = "include: [teams]\nroute: {receiver: base}\nreceivers: [{name: base}]\n"

    def team(self, name, text):
        os.makedirs(os.path.join(self.home, "teams"), exist_ok=True)
        with open(os.path.join(self.home, "teams", name), "w", encoding="utf-8") as f:
            f.write(text)

    def states(self, router):
        return [router.metric('tocsin_config_included_files{state="%s"}' % s) for s in ("current", "last_good", "left_out")]

    def receivers(self, router):
        return [r["name"] for r in router.get("/api/v2/receivers")]

    def test_a_broken_file_keeps_its_last_good_version(self):
        self.team("a.yml", "routes: [{matchers: [t=a], receiver: a}]\nreceivers: [{name: a}]\n")
        self.team("b.yml", "routes: [{matchers: [t=b], receiver: b}]\nreceivers: [{name: b}]\n")
        router = self.router(self.MAIN)
        self.assertEqual(self.states(router), [2, 0, 0])
        self.team("a.yml", "routes: [{matchers: [t=a], receiver: a2}]\nreceivers: [{name: a2}]\n")
        self.team("b.yml", "routes: [{reciever: b}]\n")
        self.team("c.yml", "}")
        answer = router.request("POST", "/-/reload")
        self.assertEqual(answer.status, 200)
        self.assertIn(b"b.yml: its last good version stays in force; ", answer.body)
        self.assertIn(b"c.yml: left out; ", answer.body)
        self.assertIn(b"b.yml:1:11: field reciever not found", answer.body)
        for again in (False, True):
            with self.subTest(restart=again):
                if again:
                    self.assertEqual(router.stop(), 0)
                    router.start()
                self.assertEqual(self.states(router), [1, 1, 1])
                self.assertEqual(self.receivers(router), ["base", "a2", "b"])
        self.assertIn("Included file is broken", router.log())
        self.team("b.yml", "receivers: [{name: b3}]\n")
        self.team("c.yml", "")
        answer = router.request("POST", "/-/reload")
        self.assertEqual((answer.status, answer.body), (200, b""))
        self.assertEqual(self.states(router), [3, 0, 0])


class Secrets(Case):
    def test_come_from_the_environment_and_from_systemd(self):
        hook = Webhook().start()
        self.addCleanup(hook.stop)
        with open(os.path.join(self.home, "password"), "w", encoding="utf-8") as f:
            f.write("from-systemd\n")
        router = self.own(Router("""
route: {receiver: a, group_wait: 0s}
receivers:
- name: a
  webhook_configs:
  - url: ${env:HOOK_URL}
    http_config: {authorization: {credentials: "${credential:password}"}}
""", self.home))
        router.env = {"HOOK_URL": hook.url + "/secret", "CREDENTIALS_DIRECTORY": self.home}
        router.start()
        router.post_alerts({"alertname": "X"})
        request = hook.wait(1)[0]
        self.assertEqual(request["path"], "/secret")
        self.assertEqual(request["headers"]["authorization"], "Bearer from-systemd")
        self.assertNotIn("/secret", router.get("/api/v2/status")["config"]["original"])
        os.remove(os.path.join(self.home, "password"))
        answer = router.request("POST", "/-/reload")
        self.assertEqual(answer.status, 500)
        self.assertIn(b"credential password: open ", answer.body)


class Signal(Case):
    def test_sighup_reloads(self):
        router = self.router(Broken.GOOD)
        router.write_config("route: {receiver: b}\nreceivers: [{name: b}]\n")
        router.process.send_signal(1)
        wait_for("the new receiver", lambda: [r["name"] for r in router.get("/api/v2/receivers")] == ["b"])
