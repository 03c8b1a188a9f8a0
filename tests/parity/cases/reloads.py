"""A new configuration at second 2 (P-047, P-048, P-147; W-23: under --compat.strict groups start anew, as upstream's do)."""
from parity.scenario import Scenario


def S(name, events, route="", until=6.0, after=None, **kw):
    return Scenario(name, events, route, until, reload=after, stage="reload", **kw)


CHILD = "routes: [{receiver: @%s, matchers: [a=%s]}]"
RULE = [("sev=crit", "sev=warn", "i")]

SCENARIOS = [
    S("same_file_tells_nothing_again", [(0, "x")]),
    S("same_file_and_a_late_alert", [(0, "x a=1"), (2.4, "x a=2")], until=7.0),
    S("alert_that_waited_waits_again", [(1.4, "x")]),
    S("old_alert_that_waited", [(1.4, "x @1.4")], "group_wait: 1300ms"),
    S("resolved_before", [(0, "x"), (1.6, "-x")]),
    S("resolved_after", [(0, "x"), (2.6, "-x")]),
    S("one_resolved_before_of_two", [(0, "x a=1", "x a=2"), (1.6, "-x a=1")]),
    S("another_receiver", [(0, "x a=1")], CHILD % ("one", 1), after={"route": CHILD % ("two", 1)}),
    S("another_matcher", [(0, "x a=1", "x a=2")], CHILD % ("one", 1), after={"route": CHILD % ("one", 2)}),
    S("route_goes", [(0, "x a=1")], CHILD % ("one", 1), after={"route": ""}),
    S("route_comes", [(0, "x a=1")], after={"route": CHILD % ("one", 1)}),
    S("another_grouping", [(0, "x a=1", "x a=2")], after={"route": "group_by: [a]"}),
    S("another_group_interval", [(0, "x a=1"), (2.6, "x a=2")], until=7.0, after={"route": "group_interval: 1s"}),
    S("another_repeat_interval", [(0, "x")], until=7.0, after={"route": "repeat_interval: 1500ms"}),
    S("webhook_comes_to_the_receiver", [(0, "x")], receivers={"root": [""]}, after={"receivers": {"root": ["", ""]}}),
    S("webhook_goes_from_the_receiver", [(0, "x"), (2.6, "y")], until=7.0, receivers={"root": ["", ""]},
      after={"receivers": {"root": [""]}}),
    S("send_resolved_switched_off", [(0, "x"), (2.6, "-x")], after={"receivers": {"root": "send_resolved: false"}}),
    S("max_alerts_comes", [(0, "x a=1", "x a=2"), (2.6, "x a=3")], until=7.0, after={"receivers": {"root": "max_alerts: 1"}}),
    S("inhibition_comes", [(0, "slow i=1 sev=warn", "down i=1 sev=crit")], "group_by: [alertname], repeat_interval: 1500ms",
      after={"inhibit": RULE}),
    S("inhibition_goes", [(0, "down i=1 sev=crit", "slow i=1 sev=warn")], "group_by: [alertname]", inhibit=RULE,
      after={"inhibit": []}),
    S("mute_comes", [(0, "x a=1")], "repeat_interval: 1500ms, " + CHILD % ("one", 1),
      after={"route": "repeat_interval: 1500ms, routes: [{receiver: @one, matchers: [a=1], mute_time_intervals: [@i]}]",
             "intervals": {"i": "[{years: ['1990:2990']}]"}}),
    S("mute_goes", [(0, "x a=1")], "routes: [{receiver: @one, matchers: [a=1], mute_time_intervals: [@i]}]",
      intervals={"i": "[{years: ['1990:2990']}]"}, after={"route": CHILD % ("one", 1), "intervals": {}}),
    S("silence_stays", [(0, "silence", "k", "alertname=x", 0, 60), (0.1, "x", "y")], "repeat_interval: 1500ms"),
    S("silence_expires_after", [(0, "silence", "k", "alertname=x", 0, 60), (0.1, "x"), (2.5, "expire", "k")]),
]
