"""Plays scenarios to a real Alertmanager and to Tocsin with --compat.strict, and compares the webhooks."""
import concurrent.futures
import datetime
import os
import tempfile
import threading
import time

from parity.scenario import alert, configuration, silence
from support.fakes import Reply, Webhook
from support.proc import Router, find_program

ORACLE = os.environ.get("ORACLE") or find_program("prometheus-alertmanager")
TOLERANCE = 0.6
STAGGER = 0.05  # seconds between the starts of two scenarios of a pair, so that they do not all post at once
RELOAD = 2.0  # the second at which the pair named "reload" loads its other configuration; there all start together
# The pairs of servers: settings of `global`, and flags for both.
PAIRS = {
    "common": ("resolve_timeout: 1h", ()),
    "forgetful": ("resolve_timeout: 2500ms", ()),
    "gc": ("resolve_timeout: 1h", ("--alerts.gc-interval=1s",)),
    "reload": ("resolve_timeout: 1h", ()),
}


class Sink(Webhook):
    """Answers by path; everything else gets a 200."""

    def __init__(self, scenarios):
        super().__init__()
        self.scripts = {"/%s/%s" % (s.name, r): list(a) for s in scenarios for r, a in s.answers.items()}
        self.turn = threading.Lock()

    def answer(self, request):
        with self.turn:
            script = self.scripts.get(request["path"])
            if not script:
                return Reply(200)
            return Reply(script.pop(0) if len(script) > 1 else script[0])


class Side:
    """One of the two servers with its sink. Knows the ids of its silences."""

    def __init__(self, name, scenarios, home, pair):
        settings, flags = PAIRS[pair]
        self.scenarios, self.settings, self.pair = scenarios, settings, pair
        self.sink = Sink(scenarios)
        self.silences, self.late = {}, 0.0
        binary, own = (ORACLE, ()) if name == "oracle" else (None, ("--compat.strict",))
        self.router = Router(configuration(scenarios, self.sink.url, settings), home, binary=binary, name=name,
                             args=tuple(flags) + own)

    def start(self):
        self.sink.start()
        self.router.start()

    def stop(self):
        self.router.kill()
        self.sink.stop()

    def act(self, scenario, event, start):
        at, what = event[0], event[1]
        if what == "silence":
            answer = self.router.request("POST", "/api/v2/silences", silence(event[1:], scenario.name, start, self.silences))
            if answer.status != 200:
                raise AssertionError("%s: silence refused: %s" % (scenario.name, answer.body))
            self.silences[scenario.name, event[2]] = answer.json()["silenceID"]
        elif what == "expire":
            self.router.request("DELETE", "/api/v2/silence/" + self.silences[scenario.name, event[2]])
        else:
            self.router.post_alerts(*[alert(text, at, scenario.name, start) for text in event[1:]])

    def reload(self):
        self.router.write_config(configuration([s.after() for s in self.scenarios], self.sink.url, self.settings))
        answer = self.router.request("POST", "/-/reload")
        if answer.status != 200:
            raise AssertionError("reload refused: %s" % answer.body)

    def play(self, starts):
        """Does everything at its time."""
        events = [(starts[s.name] + e[0], n, s, e) for n, s in enumerate(self.scenarios) for e in s.events]
        if self.pair == "reload":
            events.append((min(starts.values()) + RELOAD, -1, None, None))
        for at, _, scenario, event in sorted(events, key=lambda x: x[:2]):
            time.sleep(max(0.0, at - time.time()))
            self.late = max(self.late, time.time() - at)
            if scenario is None:
                self.reload()
            else:
                self.act(scenario, event, starts[scenario.name])
        end = max(starts[s.name] + s.until for s in self.scenarios)
        time.sleep(max(0.0, end - time.time()))

    def heard(self, scenario, start):
        """{(path, group key): [(second, body)]}, without what the two programs may differ in."""
        groups = {}
        for request in self.sink.requests:
            at = request["time"] - start
            if request["path"].startswith("/%s/" % scenario.name) and at <= scenario.until:
                body = seen(request["json"], start)
                groups.setdefault((request["path"], body["groupKey"]), []).append((at, body))
        return groups


def moment(text, start):
    """Seconds of the scenario; moments that are no part of it (0001-01-01) as they are."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    at = datetime.datetime.fromisoformat(whole + "+00:00").timestamp() + float("0." + (fraction or "0")) - start
    return at if abs(at) < 1e6 else text


def seen(body, start):
    """A webhook's body without URLs and the fields that are newer than the oracle."""
    body = {k: v for k, v in body.items() if k not in ("externalURL", "notification_reason", "routeLabels")}
    body["alerts"] = [dict(a, startsAt=moment(a["startsAt"], start), endsAt=moment(a["endsAt"], start))
                      for a in body["alerts"]]
    return body


def same(a, b, tolerance):
    """Equal, but for moments that may be that far apart."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k], tolerance) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y, tolerance) for x, y in zip(a, b))
    if isinstance(a, float) and isinstance(b, float):
        return abs(a - b) <= tolerance
    return a == b


def difference(theirs, ours, tolerance, until):
    """The first one as text, or None. The order between groups does not matter, that within a group does."""
    for key in sorted(set(theirs) | set(ours)):
        a, b = theirs.get(key, []), ours.get(key, [])
        # One that is due at the very end may be heard on one side only.
        while len(a) != len(b) and (a + b) and max(a + b, key=lambda x: x[0])[0] > until - tolerance:
            a, b = (a[:-1], b) if len(a) > len(b) else (a, b[:-1])
        if len(a) != len(b):
            return "%s: %d webhooks from Alertmanager at %s, %d from Tocsin at %s" % (
                key, len(a), ["%.1f" % t for t, _ in a], len(b), ["%.1f" % t for t, _ in b])
        for (t, body), (u, other) in zip(a, b):
            if abs(t - u) > tolerance:
                return "%s: at %.2f from Alertmanager, at %.2f from Tocsin" % (key, t, u)
            if not same(body, other, tolerance):
                return "%s at %.1f:\n  Alertmanager %s\n  Tocsin       %s" % (key, t, body, other)
    return None


def judge(scenario, theirs, ours, late):
    if not theirs and not scenario.quiet:
        return "the scenario proves nothing: Alertmanager sent no webhook"
    if theirs and scenario.quiet:
        return "Alertmanager sent something: %s" % theirs
    return difference(theirs, ours, TOLERANCE + scenario.loose + late, scenario.until)


def play(pair, scenarios):
    """{name: difference or None} of scenarios that share a pair of servers."""
    with tempfile.TemporaryDirectory(prefix="tocsin-parity-") as home:
        sides = [Side(name, scenarios, home, pair) for name in ("oracle", "tocsin")]
        try:
            with concurrent.futures.ThreadPoolExecutor(2) as both:
                list(both.map(Side.start, sides))
                stagger = 0.0 if pair == "reload" else STAGGER
                starts = {s.name: time.time() + 0.2 + stagger * i for i, s in enumerate(scenarios)}
                list(both.map(lambda side: side.play(starts), sides))
            late = max(side.late for side in sides)
            return {s.name: judge(s, *[side.heard(s, starts[s.name]) for side in sides], late) for s in scenarios}
        finally:
            for side in sides:
                side.stop()


def play_all(scenarios):
    """All pairs at once. A loaded machine can shift a flush over a boundary, so what differs is played again."""
    found = {}
    for _ in range(2):
        waiting = [s for s in scenarios if found.get(s.name, "not played") is not None]
        pairs = [(pair, [s for s in waiting if s.stage == pair]) for pair in PAIRS]
        pairs = [p for p in pairs if p[1]]
        with concurrent.futures.ThreadPoolExecutor(len(PAIRS)) as pool:
            for result in pool.map(lambda p: play(*p), pairs):
                found.update(result)
    return found
