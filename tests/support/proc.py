"""Starting and stopping real programs for tests: Tocsin, Alertmanager, Prometheus. Standard library only."""
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOCSIN = os.environ.get("TOCSIN", os.path.join(ROOT, "build", "dev", "tocsin"))
# Sanitizer builds are several times slower; waits (never the checks of order or number) grow with this.
SLOW = 3.0 if "/asan/" in TOCSIN or "/tsan/" in TOCSIN else 1.0


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, condition, timeout=10.0):
    """Polls until condition() is true and returns its value; fails the test with `what` otherwise."""
    end = time.monotonic() + timeout * SLOW
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("not within %.1f s: %s" % (timeout * SLOW, what))
        time.sleep(0.02)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


class Program:
    """A child process with its output in a file."""

    def __init__(self, argv, home, name, env=None):
        self.argv, self.home, self.name, self.env = argv, home, name, env
        self.log_path = os.path.join(home, name + ".log")
        self.out_path = os.path.join(home, name + ".out")
        self.process = None

    def start(self):
        env = dict(os.environ, TZ="UTC", **(self.env or {}))
        with open(self.log_path, "ab") as log, open(self.out_path, "ab") as out:
            self.process = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL, stdout=out, stderr=log,
                                            cwd=self.home, env=env)
        return self

    def _read(self, path):
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def log(self):
        return self._read(self.log_path)

    def out(self):
        return self._read(self.out_path)

    def running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """kill -9"""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self, timeout=20.0):
        """SIGTERM; returns the exit status."""
        if self.process is None:
            return None
        if self.running():
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout * SLOW)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("%s did not end after SIGTERM; its log:\n%s" % (self.name, self.log()[-3000:]))

    def end(self, timeout=20.0):
        """Waits for the program to end by itself; returns its status."""
        return self.process.wait(timeout * SLOW)


class Router(Program):
    """Tocsin, or a real Alertmanager when `binary` is one."""

    def __init__(self, config, home, binary=None, args=(), name="tocsin"):
        self.config_path = os.path.join(home, name + ".yml")
        self.write_config(config)
        self.port = free_port()
        self.data = os.path.join(home, name + "-data")
        argv = [binary or TOCSIN, "--config.file=" + self.config_path, "--storage.path=" + self.data,
                "--web.listen-address=127.0.0.1:%d" % self.port, "--cluster.listen-address=", "--log.level=debug"]
        super().__init__(argv + list(args), home, name)
        self.url = "http://127.0.0.1:%d" % self.port

    def write_config(self, config):
        with open(self.config_path, "w", encoding="utf-8") as f:
            f.write(config)

    def start(self):
        super().start()

        def ready():
            if not self.running():
                raise AssertionError("%s ended with status %s; its log:\n%s"
                                     % (self.name, self.process.returncode, self.log()[-3000:]))
            try:
                return self.request("GET", "/-/ready").status == 200
            except OSError:
                return False

        wait_for(self.name + " ready", ready, 15)
        return self

    def request(self, method, path, body=None, headers=None, timeout=30.0):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            headers = dict(headers or {})
            if body is not None and not isinstance(body, (bytes, str)):
                body = json.dumps(body)
            if body is not None:
                headers.setdefault("Content-Type", "application/json")
                body = body.encode() if isinstance(body, str) else body
            connection.request(method, path, body, headers)
            r = connection.getresponse()
            return Answer(r.status, dict(r.getheaders()), r.read())
        finally:
            connection.close()

    def get(self, path):
        answer = self.request("GET", path)
        if answer.status != 200:
            raise AssertionError("GET %s: %d %s" % (path, answer.status, answer.body[:500]))
        return answer.json()

    def post_alerts(self, *alerts):
        """Each alert: a dict of labels, or a whole postable alert (with the key "labels")."""
        body = [a if "labels" in a else {"labels": a} for a in alerts]
        answer = self.request("POST", "/api/v2/alerts", body)
        if answer.status != 200:
            raise AssertionError("POST /api/v2/alerts: %d %s" % (answer.status, answer.body[:500]))

    def metric(self, series):
        """The value of a series as it is written in the text format; None when it is absent."""
        text = self.request("GET", "/metrics").body.decode()
        for line in text.splitlines():
            if line.startswith(series + " "):
                return float(line.rsplit(" ", 1)[1])
        return None


def find_program(*names):
    for n in names:
        path = shutil.which(n)
        if path:
            return path
    raise AssertionError("not installed: " + " or ".join(names))


class Case(unittest.TestCase):
    """A test with a folder of its own and programs that end with it; logs are shown when it fails."""

    def setUp(self):
        self.home = tempfile.mkdtemp(prefix="tocsin-test-")
        self.programs = []
        self.addCleanup(self._clean)

    def _clean(self):
        outcome = getattr(self, "_outcome", None)
        errors = getattr(getattr(outcome, "result", None), "failures", []) + getattr(
            getattr(outcome, "result", None), "errors", [])
        failed = any(test is self for test, _ in errors) or (
            hasattr(outcome, "errors") and any(e for _, e in outcome.errors))
        for p in reversed(self.programs):
            p.kill()
            if failed and os.path.exists(p.log_path):
                print("---- %s ----\n%s" % (p.name, p.log()[-4000:]))
        for p in self.programs:
            if os.path.exists(p.log_path):
                self.assertNotIn("ERROR: AddressSanitizer", p.log())
                self.assertNotIn("runtime error:", p.log())
                self.assertNotIn("ERROR: LeakSanitizer", p.log())
                self.assertNotIn("WARNING: ThreadSanitizer", p.log())
        shutil.rmtree(self.home, ignore_errors=True)

    def own(self, program):
        self.programs.append(program)
        return program

    def router(self, config, **kw):
        return self.own(Router(config, self.home, **kw)).start()

    def stays(self, what, condition, seconds):
        """The condition holds during all of that time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.assertTrue(condition(), what)
            time.sleep(0.05)
