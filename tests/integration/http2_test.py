"""HTTP/2 as attackers speak it: the connection ends, the server does not."""
import os
import struct
import subprocess
import threading

from support.http2 import (CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PING, RST_STREAM, SETTINGS, WINDOW_UPDATE, Connection,
                           request_block)
from support.mail import make_certificates
from support.proc import Case, Router, wait_for

CONFIG = "route: {receiver: r}\nreceivers: [{name: r}]\n"
PATH = "/api/v2/alerts"
ABANDON_LIMIT = 100  # src/http/guard.c


class Http2(Case):
    def setUp(self):
        super().setUp()
        self.ca, cert, key = make_certificates(self.home)
        web = os.path.join(self.home, "web.yml")
        with open(web, "w", encoding="ascii") as f:
            f.write("tls_server_config: {cert_file: %s, key_file: %s}\n" % (cert, key))
        self.am = self.own(Router(CONFIG, self.home, args=["--web.config.file=" + web]))
        super(Router, self.am).start()
        wait_for("it listens", lambda: "Listening on" in self.am.log())

    def connect(self):
        connection = Connection(self.am.port)
        self.addCleanup(connection.close)
        return connection

    def curl(self, *args):
        done = subprocess.run(["curl", "-sS", "--http2", "--cacert", self.ca, "-w", "%{http_code}", "-o", os.devnull, *args],
                              capture_output=True, text=True, timeout=60, check=False)
        return done.stdout

    def check_alive(self):
        self.assertTrue(self.am.running())
        self.assertEqual(self.curl("https://localhost:%d%s" % (self.am.port, PATH)), "200")

    def fill(self, n):
        """Enough alerts for a listing of several chunks."""
        body = "[%s]" % ",".join('{"labels":{"n":"%d"},"annotations":{"a":"%s"},"endsAt":"2099-01-01T00:00:00Z"}' % (i, "x" * 900)
                                 for i in range(n))
        path = os.path.join(self.home, "body.json")
        with open(path, "w", encoding="ascii") as f:
            f.write(body)
        self.assertEqual(self.curl("-H", "Content-Type: application/json", "--data-binary", "@" + path,
                                   "https://localhost:%d%s" % (self.am.port, PATH)), "200")

    def answered(self):
        """How many listings the server has begun to send."""
        path = os.path.join(self.home, "metrics")
        subprocess.run(["curl", "-sS", "--cacert", self.ca, "-o", path, "https://localhost:%d/metrics" % self.am.port], check=True,
                       timeout=60)
        with open(path, encoding="ascii") as f:
            series = 'alertmanager_http_request_duration_seconds_count{code="200",handler="/api/v2/alerts",method="get"} '
            return next(int(line[len(series):]) for line in f if line.startswith(series))

    def until_closed(self, connection, send):
        """Calls send(i) until the server has enough; returns how often."""
        try:
            for i in range(100000):
                send(i)
        except OSError:
            return i
        return None

    def test_one_request_after_the_other(self):
        c = self.connect()
        for stream in range(1, 21, 2):
            c.send(HEADERS, END_HEADERS | END_STREAM, stream, request_block("GET", "/-/healthy"))
            frame = c.next()
            while frame[0] != DATA:
                frame = c.next()
            self.assertEqual((frame[2], frame[3]), (stream, b"OK"))

    def test_rapid_resets_end_the_connection(self):
        """CVE-2023-44487, with requests that cost something."""
        self.fill(1000)
        c = self.connect()
        threading.Thread(target=lambda: [None for _ in iter(c.next, None)], daemon=True).start()
        block = request_block("GET", PATH)
        n = self.until_closed(c, lambda i: c.sock.sendall(
            c.frame(HEADERS, END_HEADERS | END_STREAM, 2 * i + 1, block) + c.frame(RST_STREAM, 0, 2 * i + 1, struct.pack(">I", 8))))
        self.assertIsNotNone(n)
        self.assertLessEqual(self.answered(), ABANDON_LIMIT)
        self.check_alive()

    def test_resets_that_the_server_is_made_to_send_end_the_connection(self):
        """CVE-2025-8671: a window that overflows makes the server reset the stream."""
        self.fill(1000)
        c = self.connect()
        threading.Thread(target=lambda: [None for _ in iter(c.next, None)], daemon=True).start()
        block = request_block("GET", PATH)
        n = self.until_closed(c, lambda i: c.sock.sendall(
            c.frame(HEADERS, END_HEADERS | END_STREAM, 2 * i + 1, block) +
            c.frame(WINDOW_UPDATE, 0, 2 * i + 1, struct.pack(">I", 0x7fffffff))))
        self.assertIsNotNone(n)
        self.assertLessEqual(self.answered(), ABANDON_LIMIT)
        self.check_alive()

    def test_endless_headers_end_the_connection(self):
        """CVE-2024-27316 and its relatives."""
        c = self.connect()
        c.send(HEADERS, END_STREAM, 1, request_block("GET", PATH))
        n = self.until_closed(c, lambda i: c.send(CONTINUATION, 0, 1, b"\x00\x01a\x7f\x00" + b"x" * 127))
        self.assertIsNotNone(n)
        self.assertLess(n, 20000)
        self.check_alive()

    def test_bodies_that_do_not_end_do_not_fill_the_memory(self):
        """Of one connection, with many streams: the sum of all that is unfinished has a limit."""
        c = self.connect()
        streams = range(1, 21, 2)
        windows = dict.fromkeys([0, *streams], 65535)
        chunk, sent = b" " * 16384, 0
        for stream in streams:
            c.send(HEADERS, END_HEADERS, stream, request_block("POST", PATH))
        try:
            while sent < 1000 << 20:
                open_to = [s for s in streams if min(windows[0], windows[s]) >= len(chunk)]
                if not open_to:
                    kind, _, stream, payload = c.next()
                    if kind == WINDOW_UPDATE:
                        windows[stream] += int.from_bytes(payload, "big")
                    elif kind == SETTINGS and payload:  # the streams' windows are larger than they were
                        settings = dict(struct.iter_unpack(">HI", payload))
                        windows.update((s, windows[s] + settings.get(4, 65535) - 65535) for s in streams)
                    continue
                stream = max(open_to, key=windows.get)
                c.send(DATA, 0, stream, chunk)
                sent += len(chunk)
                windows[0] -= len(chunk)
                windows[stream] -= len(chunk)
        except (OSError, TypeError):  # TypeError: next() has seen the end
            pass
        self.assertLess(sent, 700 << 20)
        self.assertGreater(sent, 300 << 20)
        self.check_alive()

    def test_floods_of_control_frames_do_no_harm(self):
        for kind, payload in ((PING, b"12345678"), (SETTINGS, b"")):
            c = self.connect()
            try:
                c.sock.sendall(c.frame(kind, 0, 0, payload) * 20000)
            except OSError:
                pass
            c.close()
        self.check_alive()
