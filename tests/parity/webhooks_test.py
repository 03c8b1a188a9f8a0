"""The same scenarios played to a real Alertmanager and to Tocsin at the same moment: both must send the same webhooks,
in content and in time (0.6 s). ORACLE names the real one; Debian's is the default.
"""
import concurrent.futures
import datetime
import os
import tempfile
import time
import unittest

from parity.scenarios import SCENARIOS
from support.fakes import Webhook
from support.proc import Router, find_program

ORACLE = os.environ.get("ORACLE") or find_program("prometheus-alertmanager")
TOLERANCE = 0.6
AT_ONCE = 5  # scenarios side by side; each runs two servers


def stamp(start, offset):
    at = datetime.datetime.fromtimestamp(start + offset, datetime.timezone.utc)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def postable(alert, start):
    """("a=1 b=2", starts, ends, {annotations}) -> the JSON object; times are seconds from the start, None is absent."""
    labels, starts, ends, annotations = (tuple(alert) + (None, None, None))[:4] if isinstance(alert, tuple) else (
        alert, None, None, None)
    out = {"labels": dict(pair.split("=", 1) for pair in labels.split())}
    if starts is not None:
        out["startsAt"] = stamp(start, starts)
    if ends is not None:
        out["endsAt"] = stamp(start, ends)
    if annotations:
        out["annotations"] = annotations
    return out


def seen(request, start):
    """One webhook, without what the two programs may differ in: URLs, generated times, fields newer than the oracle."""
    body = dict(request["json"])
    for key in ("externalURL", "notification_reason", "routeLabels"):
        body.pop(key, None)
    alerts = []
    for a in body.pop("alerts"):
        a = dict(a)
        for key in ("startsAt", "endsAt"):
            at = datetime.datetime.fromisoformat(a[key][:19] + "+00:00").timestamp() - start
            a[key] = round(at) if abs(at) < 1e6 else a[key]
        alerts.append(a)
    body["alerts"] = alerts
    return request["path"], request["time"] - start, body


def play(binary, scenario, home, name):
    sinks = Webhook().start()
    router = None
    try:
        config = scenario["config"].replace("URL", sinks.url)
        args = () if name == "oracle" else scenario.get("args", ())
        router = Router(config, home, binary=binary, name=name, args=args).start()
        start = time.time()
        for at, alerts in scenario["posts"]:
            time.sleep(max(0.0, start + at - time.time()))
            router.post_alerts(*[postable(a, start) for a in alerts])
        time.sleep(max(0.0, start + scenario["until"] - time.time()))
        return [seen(r, start) for r in sinks.requests if r["time"] - start <= scenario["until"] - TOLERANCE / 2]
    finally:
        if router is not None:
            router.kill()
        sinks.stop()


def compare(theirs, ours):
    """The first difference as text, or None. The order between groups does not matter, that within a group does."""
    def by_group(items):
        groups = {}
        for path, at, body in items:
            groups.setdefault((path, body["groupKey"], body["receiver"]), []).append((at, body))
        return groups

    a, b = by_group(theirs), by_group(ours)
    for key in sorted(set(a) | set(b)):
        x, y = a.get(key, []), b.get(key, [])
        if len(x) != len(y):
            return "%s: %d webhooks from Alertmanager at %s, %d from Tocsin at %s" % (
                key, len(x), ["%.1f" % t for t, _ in x], len(y), ["%.1f" % t for t, _ in y])
        for (t, body), (u, other) in zip(x, y):
            if abs(t - u) > TOLERANCE:
                return "%s: at %.2f from Alertmanager, at %.2f from Tocsin" % (key, t, u)
            if body != other:
                return "%s:\n  Alertmanager %s\n  Tocsin       %s" % (key, body, other)
    return None


def run(scenario):
    with tempfile.TemporaryDirectory(prefix="tocsin-parity-") as home:
        with concurrent.futures.ThreadPoolExecutor(2) as both:
            theirs = both.submit(play, ORACLE, scenario, home, "oracle")
            ours = both.submit(play, None, scenario, home, "tocsin")
            theirs, ours = theirs.result(), ours.result()
    if not theirs:
        return "the scenario proves nothing: Alertmanager sent no webhook" if not scenario.get("quiet") else (
            "Tocsin sent something" if ours else None)
    return compare(theirs, ours)


class SameWebhooks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            cls.differences = dict(zip([s["name"] for s in SCENARIOS], pool.map(run, SCENARIOS)))


def _add(name):
    def test(self):
        difference = self.differences[name]
        if difference is not None:  # a loaded machine can shift one flush: it has to differ twice
            difference = run(next(s for s in SCENARIOS if s["name"] == name))
        self.assertIsNone(difference)

    setattr(SameWebhooks, "test_" + name, test)


for _scenario in SCENARIOS:
    _add(_scenario["name"])
