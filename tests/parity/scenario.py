"""What a scenario is, and how many of them become one configuration.

Scenarios play side by side in one pair of servers. Each has a subtree of the route tree for itself, reached by the label
s=<name> that all of its alerts carry, receivers of its own (`@db` in a route is the receiver "<name>/db"), and inhibition
rules and silences that ask for that label, too. The subtree's own receiver is @root.

Alerts are texts: "x a=1" is alertname="x", a="1" and begins when it is posted; "_ a=1" has no alertname; "-x a=1" ends when it
is posted and began with the scenario. Further words: "@-100" begins at that second of the scenario, "..3" ends there, "%" says
nothing of when it begins, "#summary=text" is an annotation.

Events are (second, alert, alert, ...), (second, "silence", key, "a=1,b=~x.*", from, until), which creates it or, when the key is
known, edits it, and (second, "expire", key).
"""
import dataclasses
import datetime
import re

DEFAULTS = "group_wait: 1s, group_interval: 2s, repeat_interval: 1h"


@dataclasses.dataclass
class Scenario:
    name: str
    events: list
    route: str = ""  # what the subtree has beside its matcher and receiver, in YAML's flow style
    until: float = 4.0  # seconds; what comes later is not compared
    receivers: dict = dataclasses.field(default_factory=dict)  # options of a webhook, or a list of them for several
    inhibit: list = dataclasses.field(default_factory=list)  # ("source", "target", "equal") as in silences
    intervals: dict = dataclasses.field(default_factory=dict)  # name: what is in `time_intervals`, in flow style
    answers: dict = dataclasses.field(default_factory=dict)  # receiver: statuses, the last one goes on
    reload: dict = None  # fields that have other values after the reload of the pair, at second RELOAD
    quiet: bool = False  # nothing is to be sent at all
    loose: float = 0.0  # how much further apart than usual the times may be: upstream's backoff is random
    stage: str = "common"  # the pair of servers: of PAIRS in stage.py

    def after(self):
        return dataclasses.replace(self, **self.reload) if self.reload else self


def matchers(text, name):
    """"a=1,b=~x" -> the list for YAML, with the scenario's own."""
    pairs = [re.fullmatch(r"([^=!~]+)(=~|!~|!=|=)(.*)", m).groups() for m in text.split(",") if m]
    return "[%s]" % ", ".join("'%s%s\"%s\"'" % p for p in [("s", "=", name)] + pairs)


def own(scenario, text):
    """@db -> the name of the scenario's own receiver or interval."""
    return re.sub(r"@([\w-]+)", lambda m: "'%s/%s'" % (scenario.name, m.group(1)), text)


def receiver(scenario, name, sink):
    options = scenario.receivers.get(name, "")
    several = options if isinstance(options, list) else [options]
    webhooks = ["{url: '%s/%s/%s%s', %s}" % (sink, scenario.name, name, "" if len(several) == 1 else "/%d" % i, o)
                for i, o in enumerate(several)]
    return "- {name: '%s/%s', webhook_configs: [%s]}\n" % (scenario.name, name, ", ".join(webhooks))


def configuration(scenarios, sink, settings):
    text = "global: {%s}\nroute:\n  receiver: nobody\n  %s\n  routes:\n" % (settings, DEFAULTS.replace(", ", "\n  "))
    names = {}
    for s in scenarios:
        text += "  - {receiver: '%s/root', matchers: %s, %s}\n" % (s.name, matchers("", s.name), own(s, s.route))
        names[s.name] = ["root"] + sorted(set(re.findall(r"receiver: @([\w-]+)", s.route)) - {"root"})
    text += "receivers:\n- name: nobody\n" + "".join(receiver(s, n, sink) for s in scenarios for n in names[s.name])
    rules = [(s.name, rule) for s in scenarios for rule in s.inhibit]
    text += "inhibit_rules:\n" if rules else ""
    for name, (source, target, equal) in rules:
        text += "- {source_matchers: %s, target_matchers: %s, equal: [%s]}\n" % (
            matchers(source, name), matchers(target, name), equal)
    intervals = [(s.name, n, v) for s in scenarios for n, v in s.intervals.items()]
    text += "time_intervals:\n" if intervals else ""
    return text + "".join("- {name: '%s/%s', time_intervals: %s}\n" % i for i in intervals)


def stamp(start, offset):
    at = datetime.datetime.fromtimestamp(start + offset, datetime.timezone.utc)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def alert(text, at, name, start):
    """The JSON object to post at second `at` of a scenario that started at `start`."""
    first, *words = text.split(" ")
    labels, annotations, begins, ends = {"s": name}, {}, at, None
    if first.startswith("-"):
        first, begins, ends = first[1:], 0, at
    if first != "_":
        labels["alertname"] = first
    for word in words:
        if word == "%":
            begins = None
        elif word.startswith("@"):
            begins = float(word[1:])
        elif word.startswith(".."):
            ends = float(word[2:])
        elif word.startswith("#"):
            key, annotations[key] = (word[1:].split("=", 1)[0],) * 2
            annotations[key] = word[1:].split("=", 1)[1]
        else:
            labels.update([word.split("=", 1)])
    out = {"labels": labels, "annotations": annotations}
    out.update({k: stamp(start, v) for k, v in (("startsAt", begins), ("endsAt", ends)) if v is not None})
    return out


def silence(event, name, start, known):
    """The JSON object of a ("silence", key, matchers, from, until) event."""
    _, key, text, begins, ends = event
    pairs = [("s", "=", name)] + [re.fullmatch(r"([^=!~]+)(=~|!~|!=|=)(.*)", m).groups() for m in text.split(",")]
    out = {"matchers": [{"name": n, "value": v, "isRegex": "~" in op, "isEqual": "!" not in op} for n, op, v in pairs],
           "startsAt": stamp(start, begins), "endsAt": stamp(start, ends), "createdBy": "parity", "comment": key}
    if (name, key) in known:
        out["id"] = known[name, key]
    return out
