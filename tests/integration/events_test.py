"""The stream of events: what it tells, how it goes on after a break, and how it ends."""
import contextlib
import http.client
import json
import socket
import time

from support.fakes import Webhook
from support.proc import Case, wait_for

CONFIG = """
route: {{receiver: hook, group_by: [alertname], group_wait: 0s}}
receivers: [{{name: hook, webhook_configs: [{{url: '{url}'}}]}}]
"""
PATH = "/api/tocsin/v1/events"


class Stream:
    """A client of server-sent events."""

    def __init__(self, am, query="", last_id=None, timeout=10.0):
        self.connection = http.client.HTTPConnection("127.0.0.1", am.port, timeout=timeout)
        self.connection.request("GET", PATH + query, headers={"Last-Event-ID": last_id} if last_id else {})
        self.answer = self.connection.getresponse()
        if self.answer.status == 200:
            assert self.answer.readline() == b":\n"  # what comes at once: the stream is in place
            self.answer.readline()

    def next(self):
        """(id, kind, data) of the next event; None at the end of the stream."""
        event = {}
        while True:
            line = self.answer.readline()
            if not line:
                return None
            text = line.decode().rstrip("\n")
            if text and not text.startswith(":"):
                name, _, value = text.partition(": ")
                event[name] = value
            elif not text and event:
                return event.get("id"), event["event"], json.loads(event["data"])

    def until(self, kind):
        """All events up to the first of that kind."""
        events = []
        while not events or events[-1][1] != kind:
            events.append(self.next())
        return events

    def close(self):
        self.connection.close()


class Events(Case):
    def setUp(self):
        super().setUp()
        hook = Webhook().start()
        self.addCleanup(hook.stop)
        self.am = self.router(CONFIG.format(url=hook.url))

    def stream(self, *args, **kw):
        stream = Stream(self.am, *args, **kw)
        self.addCleanup(stream.close)
        return stream

    def test_it_tells_what_happens(self):
        stream = self.stream()
        self.assertEqual(stream.answer.getheader("Content-Type"), "text/event-stream")
        self.am.post_alerts({"alertname": "A", "x": "<1>"})
        events = stream.until("notification_delivered")
        self.assertEqual([kind for _, kind, _ in events],
                         ["alert_created", "group_opened", "notification_decided", "notification_delivered"])
        created, delivered = events[0][2], events[-1][2]
        self.assertEqual(created["alert"]["labels"], {"alertname": "A", "x": "<1>"})
        self.assertEqual(created["kind"], "alert_created")
        self.assertEqual(delivered["group"]["receiver"], "hook")
        self.assertEqual(delivered["group"]["labels"], {"alertname": "A"})
        told = delivered["notification"]
        self.assertEqual((told["integration"], told["index"], told["alertCount"], told["attempts"]),
                         ("webhook", 0, 1, 1))
        body = {"matchers": [{"name": "a", "value": "b", "isRegex": False}], "startsAt": "2026-01-01T00:00:00Z",
                "endsAt": "2099-01-01T00:00:00Z", "createdBy": "me", "comment": "c"}
        silence = self.am.request("POST", "/api/v2/silences", body).json()["silenceID"]
        _, kind, data = stream.next()
        self.assertEqual((kind, data["silence"]["id"]), ("silence_created", silence))

    def test_it_goes_on_where_it_was_left(self):
        stream = self.stream("?kind=alert_created")
        self.am.post_alerts({"alertname": "A"}, {"alertname": "B"}, {"alertname": "C"})
        ids = [stream.next()[0] for _ in range(3)]
        stream.close()
        self.am.post_alerts({"alertname": "D"})
        for query, last_id in (("?kind=alert_created", ids[1]), ("?kind=alert_created&cursor=" + ids[1], None)):
            again = self.stream(query, last_id)
            self.assertEqual([again.next()[2]["alert"]["labels"]["alertname"] for _ in range(2)], ["C", "D"])

    def test_a_gap_is_told(self):
        stream = self.stream("?kind=alert_created")
        self.am.post_alerts({"alertname": "A"})
        last = stream.next()[0]
        for wrong in ("0123456789abcdef-7", "nonsense", last.replace("-", "-9999")):
            with self.subTest(wrong):
                again = self.stream("?kind=alert_created", wrong)
                self.assertEqual(again.next()[1:], ("gap", {}))
                self.assertEqual(again.next()[0], last)
        for batch in range(20):
            self.am.post_alerts(*({"alertname": "N%d" % batch, "n": str(i)} for i in range(300)))
        again = self.stream("?kind=alert_created", last)
        self.assertEqual(again.next()[1], "gap")

    def test_filters(self):
        stream = self.stream("?filter=team%3Da&kind=alert_created&kind=alert_resolved")
        self.am.post_alerts({"alertname": "A", "team": "b"}, {"alertname": "B", "team": "a"})
        self.am.post_alerts({"labels": {"alertname": "B", "team": "a"}, "endsAt": "2026-01-01T00:00:00Z"})
        self.assertEqual([(kind, data["alert"]["labels"]["alertname"]) for _, kind, data in (stream.next(), stream.next())],
                         [("alert_created", "B"), ("alert_resolved", "B")])
        for query in ("?kind=x", "?filter=%7B"):
            self.assertEqual(self.am.request("GET", PATH + query).status, 400)

    def test_a_reader_who_does_not_read_is_cut_off(self):
        slow = socket.create_connection(("127.0.0.1", self.am.port), timeout=20)
        self.addCleanup(slow.close)
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        slow.sendall(("GET %s?kind=alert_created HTTP/1.1\r\nHost: x\r\n\r\n" % PATH).encode())
        slow.recv(10)
        for batch in range(40):
            self.am.post_alerts(*({"labels": {"alertname": "N%d" % batch, "n": str(i)}, "annotations": {"a": "x" * 4000}}
                                  for i in range(300)))
        end = time.monotonic() + 20
        received = b""
        with contextlib.suppress(ConnectionResetError):  # a slow machine: it did not read for half a minute
            while time.monotonic() < end and not received.endswith(b"0\r\n\r\n"):
                received += slow.recv(1 << 20)
        self.assertLess(time.monotonic(), end, "the stream ended")
        self.assertLess(received.count(b"event: alert_created"), 12000)

    def test_streams_do_not_hold_up_others(self):
        streams = [self.stream() for _ in range(20)]
        self.assertEqual(self.am.request("GET", "/-/healthy").status, 200)
        self.assertEqual(self.am.metric('alertmanager_http_requests_in_flight{method="get"}'), 1)
        start = time.monotonic()
        self.assertEqual(self.am.stop(), 0)
        self.assertLess(time.monotonic() - start, 4)
        self.assertEqual({s.next() for s in streams}, {None})

    def test_there_are_not_too_many_streams(self):
        streams = [self.stream() for _ in range(200)]
        refused = self.am.request("GET", PATH)
        self.assertEqual((refused.status, refused.headers.get("Retry-After") is not None), (503, True))
        for s in streams:
            s.close()
        self.am.post_alerts({"alertname": "A"})  # who is gone is noticed when something is written
        wait_for("room again", lambda: self.am.post_alerts({"alertname": "B%f" % time.monotonic()}) or
                 Stream(self.am).answer.status == 200)
