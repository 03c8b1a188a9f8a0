"""Time intervals: these hold always or never, whatever the hour the tests run at (P-106 to P-108)."""
from parity.scenario import Scenario as S

ALWAYS, NEVER = "[{times: [{start_time: '00:00', end_time: '24:00'}]}]", "[{years: ['1999']}]"


def held(name, kind, which, intervals, quiet):
    """A route that is muted or active by these intervals, beside one that is not."""
    names = ", ".join("@" + n for n in intervals)
    return S(name, [(0, "x a=1")], "routes: [{receiver: @one, matchers: [a=1], %s_time_intervals: [%s]}]" % (kind, names or which),
             3.0, intervals=intervals, quiet=quiet)


def muted(name, interval, holds):
    return held("mute_" + name, "mute", "", {"i": interval}, holds)


SCENARIOS = [
    muted("always", ALWAYS, True),
    muted("never", NEVER, False),
    muted("all_years", "[{years: ['1990:2990']}]", True),
    muted("all_months", "[{months: ['january:december']}]", True),
    muted("all_months_by_number", "[{months: ['1:12']}]", True),
    muted("all_weekdays", "[{weekdays: ['sunday:saturday']}]", True),
    muted("all_weekdays_one_by_one", "[{weekdays: [monday, tuesday, wednesday, thursday, friday, saturday, sunday]}]", True),
    muted("all_days_of_month", "[{days_of_month: ['1:31']}]", True),
    muted("all_days_from_the_end", "[{days_of_month: ['-31:-1']}]", True),
    muted("all_days_to_the_end", "[{days_of_month: ['1:-1']}]", True),
    muted("two_halves_of_a_day", "[{times: [{start_time: '00:00', end_time: '12:00'}, {start_time: '12:00', end_time: '24:00'}]}]", True),
    muted("two_parts_of_an_interval", "[{years: ['1999']}, {years: ['1990:2990']}]", True),
    muted("fields_all_count", "[{years: ['1990:2990'], months: ['1:12'], weekdays: ['sunday:saturday']}]", True),
    muted("one_field_that_fails", "[{years: ['1999'], months: ['1:12']}]", False),
    muted("in_another_zone", "[{times: [{start_time: '00:00', end_time: '24:00'}], location: Asia/Shanghai}]", True),
    muted("never_in_another_zone", "[{years: ['1999'], location: America/New_York}]", False),
    held("mute_by_one_of_two", "mute", "", {"i": NEVER, "j": ALWAYS}, True),
    held("mute_by_none_of_two", "mute", "", {"i": NEVER, "j": NEVER}, False),
    held("active_always", "active", "", {"i": ALWAYS}, False),
    held("active_never", "active", "", {"i": NEVER}, True),
    held("active_in_one_of_two", "active", "", {"i": NEVER, "j": ALWAYS}, False),
    S("active_and_muted", [(0, "x a=1")],
      "routes: [{receiver: @one, matchers: [a=1], active_time_intervals: [@i], mute_time_intervals: [@i]}]", 3.0,
      intervals={"i": ALWAYS}, quiet=True),
    S("muted_route_beside_another", [(0, "x a=1")],
      "routes: [{receiver: @one, matchers: [a=1], mute_time_intervals: [@i], continue: true}, {receiver: @two, matchers: [a=1]}]",
      intervals={"i": ALWAYS}),
    S("children_do_not_inherit_it", [(0, "x a=1 b=1", "x a=1")],
      "routes: [{receiver: @one, matchers: [a=1], mute_time_intervals: [@i], routes: [{receiver: @two, matchers: [b=1]}]}]",
      intervals={"i": ALWAYS}),
    S("muted_and_resolved", [(0, "x a=1"), (1.6, "-x a=1")],
      "routes: [{receiver: @one, matchers: [a=1], mute_time_intervals: [@i]}]", 5.0, intervals={"i": ALWAYS}, quiet=True),
]
