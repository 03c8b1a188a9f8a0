"""Bad input gets one clear line and the right status, and loses nothing that was accepted."""
import os
import socket
import subprocess

from support.fakes import Webhook
from support.proc import TOCSIN, Case, Program, Router, free_port, wait_for

CONFIG = """
route: {receiver: none, group_wait: 1s}
receivers:
- name: none
"""


class BadInput(Case):
    def refused(self, config, *words, args=()):
        """The server does not start, and says why in one line."""
        router = self.own(Router(config, self.home, args=args))
        Program.start(router)
        self.assertEqual(router.end(), 1, router.log())
        last = [line for line in router.log().splitlines() if "level=ERROR" in line][-1]
        for word in words:
            self.assertIn(word, router.log())
        return last

    def test_requests(self):
        router = self.router(CONFIG)
        router.post_alerts({"alertname": "kept"})
        label = '[{"labels":{"alertname":"x"}'
        for what, body, status in (
                ("broken JSON", label, 400),
                ("not JSON", "hello", 400),
                ("an object", "{}", 400),
                ("labels that are a list", '[{"labels":["a"]}]', 400),
                ("a number as value", '[{"labels":{"a":1}}]', 400),
                ("no labels", "[{}]", 422),
                ("no body", "", 422),
                ("null as alert", "[null]", 422),
                ("a bad time", label + ',"startsAt":"yesterday"}]', 400),
                ("deep nesting", "[" * 100000, 400),
                ("end before start", label + ',"startsAt":"2026-01-02T00:00:00Z","endsAt":"2026-01-01T00:00:00Z"}]', 400),
                ("10 MB in one label", '[{"labels":{"a":"%s"}}]' % ("x" * 10_000_000), 200)):
            answer = router.request("POST", "/api/v2/alerts", body)
            self.assertEqual(answer.status, status, "%s: %s" % (what, answer.body[:200]))
            if status >= 400:
                self.assertTrue(answer.body.strip(), what)
        self.assertEqual(router.request("POST", "/api/v2/alerts", "[]", {"Content-Type": "text/plain"}).status, 415)
        self.assertEqual(router.request("PUT", "/api/v2/alerts", "[]").status, 405)
        self.assertIn("kept", {a["labels"].get("alertname") for a in router.get("/api/v2/alerts")})
        self.assertTrue(router.running())

    def test_a_batch_keeps_its_good_alerts(self):
        router = self.router(CONFIG)
        answer = router.request("POST", "/api/v2/alerts", [{"labels": {"alertname": "ok"}}, {"labels": {"a": ""}}])
        self.assertEqual(answer.status, 400)
        self.assertEqual(answer.json(), "at least one label pair required")
        self.assertEqual([a["labels"] for a in router.get("/api/v2/alerts")], [{"alertname": "ok"}])

    def test_a_huge_body_is_refused_and_the_server_lives(self):
        router = self.router(CONFIG)
        with socket.create_connection(("127.0.0.1", router.port)) as s:
            s.sendall(b"POST /api/v2/alerts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                      b"Content-Length: 10000000000\r\n\r\n")
            self.assertIn(b" 413 ", s.recv(4096).split(b"\r\n")[0] + b" ")
        self.assertEqual(router.get("/api/v2/alerts"), [])

    def test_configuration(self):
        for config, words in (
                ("route: {receiver: r, group_wiat: 1s}\nreceivers: [{name: r}]\n",
                 ("tocsin.yml:1:", "field group_wiat not found")),
                ("route: {receiver: nobody}\nreceivers: [{name: r}]\n", ('undefined receiver \\"nobody\\"',)),
                ("route: [", ("tocsin.yml:1:",)),
                ("", ("no route",)),
                ("[" * 200000, ("tocsin.yml",))):
            self.refused(config, *words)

    def test_a_missing_configuration(self):
        """C-012"""
        program = self.own(Program([TOCSIN, "--config.file=nowhere.yml", "--cluster.listen-address="], self.home, "t"))
        self.assertEqual(program.start().end(), 1)
        self.assertIn("error loading configuration file: open nowhere.yml", program.log())
        self.assertIn("no such file or directory", program.log().lower())

    def test_flags(self):
        for args, words in ((["--nope"], "unknown long flag '--nope'"), (["x"], "unexpected x"),
                            (["--log.level=loud"], "unrecognized log level loud"),
                            (["--data.retention=1x"], "1x"), (["--config.file"], "expected argument for flag")):
            done = subprocess.run([TOCSIN, *args], capture_output=True, text=True, timeout=30, check=False)
            self.assertEqual(done.returncode, 1, args)
            self.assertIn(words, done.stderr)
            self.assertIn("try --help", done.stderr)
        shown = subprocess.run([TOCSIN, "--help"], capture_output=True, text=True, timeout=30, check=True).stdout
        self.assertIn("--web.listen-address", shown)
        version = subprocess.run([TOCSIN, "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
        self.assertRegex(version, r"^alertmanager, version 0\.34\.\d+ \(branch: ")

    def test_a_port_in_use(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            s.listen()
            port = s.getsockname()[1]
            router = self.own(Router(CONFIG, self.home))
            router.argv = [a if "listen-address=127" not in a else "--web.listen-address=127.0.0.1:%d" % port
                           for a in router.argv]
            Program.start(router)
            self.assertEqual(router.end(), 1)
        self.assertIn("127.0.0.1:%d" % port, router.log())
        self.assertIn("address already in use", router.log().lower())

    def test_two_servers_do_not_share_a_database(self):
        first = self.router(CONFIG)
        second = self.own(Router(CONFIG, self.home, name="second"))
        second.argv = [a if "--storage.path" not in a else "--storage.path=" + first.data for a in second.argv]
        Program.start(second)
        self.assertEqual(second.end(), 1)
        self.assertIn("in use by another process", second.log())

    def test_a_storage_path_that_is_a_file(self):
        path = os.path.join(self.home, "file")
        with open(path, "w", encoding="ascii"):
            pass
        router = self.own(Router(CONFIG, self.home))
        router.argv = [a if "--storage.path" not in a else "--storage.path=" + path for a in router.argv]
        Program.start(router)
        self.assertEqual(router.end(), 1)
        self.assertIn(path, router.log())

    # P-143
    def test_a_corrupt_database_is_moved_aside(self):
        router = self.router(CONFIG)
        router.post_alerts({"alertname": "x"})
        self.assertEqual(router.stop(), 0)
        with open(os.path.join(router.data, "tocsin.db"), "wb") as f:
            f.write(b"this is not a database" * 1000)
        router.start()
        self.assertTrue([n for n in os.listdir(router.data) if "corrupt" in n])
        self.assertEqual(router.get("/api/v2/alerts"), [])

    def test_a_full_disk_fails_the_request_and_not_the_server(self):
        mount = os.path.join(self.home, "small")
        os.mkdir(mount)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mount], capture_output=True, check=False)
        if done.returncode != 0:
            self.skipTest("mounting a small file system is not allowed here")
        self.addCleanup(subprocess.run, ["umount", "-l", mount], check=False)
        hook = Webhook().start()
        self.addCleanup(hook.stop)
        router = self.own(Router(
            "route: {receiver: hook, group_by: [alertname], group_wait: 1s}\nreceivers:\n- name: hook\n"
            "  webhook_configs: [{url: '%s'}]\n" % hook.url, self.home))
        router.argv = [a if "--storage.path" not in a else "--storage.path=" + mount for a in router.argv]
        router.start()
        statuses = set()
        for i in range(60):
            alert = [{"labels": {"alertname": "big%d" % i, "pad": "x" * 100000}}]
            statuses.add(router.request("POST", "/api/v2/alerts", alert).status)
            if statuses - {200}:
                break
        self.assertEqual(statuses, {200, 500}, router.log()[-2000:])
        wait_for("it still notifies", lambda: hook.requests, 10)
        self.assertTrue(router.running())
        self.assertEqual(router.request("GET", "/-/healthy").status, 200)

    def test_a_listen_address_nobody_can_use(self):
        router = self.own(Router(CONFIG, self.home))
        router.argv = [a if "listen-address=127" not in a else "--web.listen-address=203.0.113.1:%d" % free_port()
                       for a in router.argv]
        Program.start(router)
        self.assertEqual(router.end(), 1)
        self.assertIn("203.0.113.1", router.log())
