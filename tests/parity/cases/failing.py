"""Receivers that fail (P-035, P-092, P-095 to P-098, P-103). Upstream waits a random time before it tries again."""
from parity.scenario import Scenario as S


def answers(name, statuses, until=4.0, **kw):
    return S(name, [(0, "x")], "group_wait: 500ms", until, answers={"root": statuses}, loose=1.2, **kw)


SCENARIOS = [
    answers("answers_201", [201]),
    answers("answers_204", [204]),
    answers("answers_299", [299]),
    answers("answers_500_once", [500, 200]),
    answers("answers_500_twice", [500, 500, 200], 5.0),
    answers("answers_502_once", [502, 200]),
    answers("answers_503_once", [503, 200]),
    answers("answers_599_once", [599, 200]),
    answers("answers_400_once", [400, 200]),
    answers("answers_401_once", [401, 200]),
    answers("answers_403_once", [403, 200]),
    answers("answers_404_once", [404, 200]),
    answers("answers_413_once", [413, 200]),
    answers("answers_422_once", [422, 200]),
    answers("answers_400_always", [400], 5.0),
    answers("answers_400_then_500", [400, 500, 200], 6.0),
    S("failed_and_told_with_what_came_since", [(0, "x a=1"), (1.6, "x a=2")], "", 4.4, answers={"root": [400, 200]}),
    S("failed_and_resolved_since", [(0, "x"), (1.6, "-x")], "", 6.0, answers={"root": [400, 200]}),
    S("resolve_fails_once", [(0, "x"), (1.6, "-x")], "", 6.4, answers={"root": [200, 400, 200]}),
    S("repeat_fails_once", [(0, "x")], "repeat_interval: 1s", 6.0, answers={"root": [200, 400, 200]}),
    S("one_of_two_integrations_fails", [(0, "x")], "", 6.0, receivers={"root": ["", ""]}, answers={"root/1": [400, 200]}),
    S("one_of_two_integrations_fails_for_ever", [(0, "x"), (1.6, "y")], "", 6.4, receivers={"root": ["", ""]},
      answers={"root/1": [400]}),
    S("one_of_two_receivers_fails", [(0, "x a=1")],
      "routes: [{receiver: @one, matchers: [a=1], continue: true}, {receiver: @two, matchers: [a=1]}]", 6.0,
      answers={"one": [400, 200]}),
    S("fails_while_silenced", [(0, "x"), (1.6, "silence", "k", "alertname=x", 1.6, 60)], "", 6.0, answers={"root": [400, 200]}),
    S("redirect_is_an_error", [(0, "x")], "", 4.4, answers={"root": [304, 200]}),
]
