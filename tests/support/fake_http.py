"""An HTTP server that stands in for a service: it records what it is asked, and a subclass decides what it answers."""

import collections
import json
import ssl
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Reply:
    """What to answer. `body` may be text, bytes or a JSON value; `delay` seconds pass before the answer."""

    def __init__(self, status=200, body="", headers=None, delay=0.0):
        self.status, self.headers, self.delay = status, dict(headers or {}), delay
        if isinstance(body, (dict, list)):
            body = json.dumps(body, ensure_ascii=False)
            self.headers.setdefault("Content-Type", "application/json; charset=utf-8")
        self.body = body.encode() if isinstance(body, str) else body


class Recorder:
    """Requests in the order in which they came, for tests that wait and for people who read: show(item) goes to `out`."""

    def __init__(self, out=None, show=None):
        self.items, self.out, self.changed = [], out, threading.Condition()
        self.show = show or (lambda item: json.dumps(item, ensure_ascii=False))

    def add(self, item):
        with self.changed:
            self.items.append(item)
            if self.out is not None:
                self.out.write(self.show(item) + "\n")
                self.out.flush()
            self.changed.notify_all()

    def wait(self, n, timeout=10.0):
        """At least n records, or AssertionError after `timeout` seconds."""
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.items) >= n, timeout):
                raise AssertionError(f"{len(self.items)} requests after {timeout} s, want {n}: {self.items}")
            return list(self.items)


class ForgetfulRecorder(Recorder):
    """For fakes of long runs, which keep what matters themselves."""

    def add(self, item):
        pass


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _serve(self):
        self.server.fake._handle(self)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve

    def log_message(self, *args):
        pass


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512  # with the default of 5 a burst of connections loses some for a second

    def handle_error(self, request, client_address):
        """Clients that are killed reset their connections; that is no news."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class HttpFake:
    """An HTTP server on a port of its own that records everything; subclasses decide in answer()."""

    def __init__(self, port=0, out=None, host="127.0.0.1", certfile=None, keyfile=None, show=None):
        self.recorder = Recorder(out, show)
        self._scripted, self._lock = collections.deque(), threading.Lock()
        self._server = _HttpServer((host, port), _Handler)
        self._server.fake = self
        self.scheme = "http"
        if certfile:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certfile, keyfile)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self.scheme = "https"
        self.host, self.port = host, self._server.server_address[1]
        self.url = f"{self.scheme}://{host}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def start(self):
        self._thread.start()
        return self

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self):
        return self.start()

    def __exit__(self, *exc):
        self.stop()

    def script(self, *replies):
        """The next requests are answered with these, one each."""
        with self._lock:
            self._scripted.extend(replies)

    def wait(self, n, timeout=10.0):
        return self.recorder.wait(n, timeout)

    @property
    def requests(self):
        return self.recorder.wait(0)

    def answer(self, request):
        raise NotImplementedError

    def answered(self, request):
        """The answer left, or could not: the client may be gone."""

    def _next(self, request):
        with self._lock:
            return self._scripted.popleft() if self._scripted else self.answer(request)

    def _handle(self, h):
        raw = h.rfile.read(int(h.headers.get("Content-Length") or 0))
        parts = urllib.parse.urlsplit(h.path)
        request = {
            "time": time.time(),
            "method": h.command,
            "path": parts.path,
            "query": dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True)),
            "headers": {k.lower(): v for k, v in h.headers.items()},
            "body": raw.decode("utf-8", "replace"),
            "bytes": len(raw),
            "json": _parse_json(raw),
        }
        reply = self._next(request)
        request["status"], request["reply"] = reply.status, reply.body.decode("utf-8", "replace")
        self.recorder.add(request)
        if reply.delay:
            time.sleep(reply.delay)
        try:
            h.send_response(reply.status)
            for name, value in reply.headers.items():
                h.send_header(name, value)
            h.send_header("Content-Length", str(len(reply.body)))
            h.end_headers()
            h.wfile.write(reply.body)
        except (BrokenPipeError, ConnectionResetError):
            pass
        self.answered(request)


def _parse_json(raw):
    try:
        return json.loads(raw.decode("utf-8"))
    except (ValueError, UnicodeDecodeError):
        return None


class Webhook(HttpFake):
    """Takes everything and answers `status` with `body`."""

    def __init__(self, status=200, body="", delay=0.0, **kw):
        super().__init__(**kw)
        self.default = Reply(status, body, delay=delay)

    def answer(self, request):
        return self.default


class SlidingWindow:
    """At most `limit` events in any `window` seconds."""

    def __init__(self, limit, window=60.0):
        self.limit, self.window, self.times = limit, window, collections.deque()

    def take(self, now):
        while self.times and now - self.times[0] >= self.window:
            self.times.popleft()
        if len(self.times) >= self.limit:
            return False
        self.times.append(now)
        return True
