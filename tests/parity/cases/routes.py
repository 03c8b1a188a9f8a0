"""Who is told: the route tree (P-024, P-025, P-106)."""
from parity.scenario import Scenario as S

BOTH = "x a=1 b=1"

SCENARIOS = [
    S("no_routes", [(0, "x a=1")]),
    S("child_by_equality", [(0, "x team=db", "x team=web")], "routes: [{receiver: @db, matchers: ['team=\"db\"']}]"),
    S("child_by_regex", [(0, "x team=db", "y team=mysql", "z team=sql")],
      "routes: [{receiver: @db, matchers: ['team=~\"d.*|sql\"']}]"),
    S("regex_is_anchored", [(0, "x v=abc", "y v=b", "z v=bb")], "routes: [{receiver: @b, matchers: ['v=~b']}]"),
    S("regex_with_a_group", [(0, "x v=ab", "y v=ac", "z v=b")], "routes: [{receiver: @b, matchers: ['v=~\"(a|x)b\"']}]"),
    S("regex_that_ignores_case", [(0, "x v=DB", "y v=db", "z v=d")], "routes: [{receiver: @b, matchers: ['v=~\"(?i)db\"']}]"),
    S("regex_of_everything", [(0, "x", "y v=")], "routes: [{receiver: @b, matchers: ['v=~\".*\"']}]"),
    S("regex_of_something", [(0, "x", "y v=1")], "routes: [{receiver: @b, matchers: ['v=~\".+\"']}]"),
    S("child_by_negation", [(0, "x team=db severity=warn", "y severity=warn", "z severity=info")],
      "routes: [{receiver: @rest, matchers: ['team!=\"db\"', 'severity!~\"info|none\"']}]"),
    S("negation_of_a_missing_label", [(0, "x", "y v=1")], "routes: [{receiver: @b, matchers: ['v!=\"\"']}]"),
    S("empty_matches_a_missing_label", [(0, "x", "y v=1")], "routes: [{receiver: @b, matchers: ['v=\"\"']}]"),
    S("old_match_fields", [(0, "x team=db svc=a", "x team=db svc=ab")],
      "routes: [{receiver: @db, match: {team: db}, match_re: {svc: 'a|b'}}]"),
    S("old_and_new_fields_together", [(0, "x a=1 b=1 c=1", "y a=1 b=1", "z a=1 c=1")],
      "routes: [{receiver: @b, match: {a: '1'}, match_re: {b: '.'}, matchers: [c=1]}]"),
    S("several_matchers_all_count", [(0, BOTH, "y a=1", "z b=1")], "routes: [{receiver: @b, matchers: [a=1, b=1]}]"),
    S("matcher_without_quotes", [(0, "x a=1", "y a=2")], "routes: [{receiver: @b, matchers: [a=1]}]"),
    S("matchers_in_one_text", [(0, BOTH, "y a=1")], "routes: [{receiver: @b, matchers: ['{a=\"1\",b=\"1\"}']}]"),
    S("matcher_with_blanks", [(0, "x a=1", "y a=2")], "routes: [{receiver: @b, matchers: ['  a  =  1  ']}]"),
    S("matcher_on_the_name", [(0, "x", "y")], "routes: [{receiver: @b, matchers: [alertname=x]}]"),
    S("first_child_wins", [(0, "x a=1")],
      "routes: [{receiver: @one, matchers: [a=1]}, {receiver: @two, matchers: [a=1]}]"),
    S("second_child_matches", [(0, "x a=2")],
      "routes: [{receiver: @one, matchers: [a=1]}, {receiver: @two, matchers: [a=2]}]"),
    S("continue_to_the_next", [(0, "x a=1")],
      "routes: [{receiver: @one, matchers: [a=1], continue: true}, {receiver: @two, matchers: [a=1]}]"),
    S("continue_stops_at_one_without", [(0, "x a=1")],
      "routes: [{receiver: @one, matchers: [a=1], continue: true}, {receiver: @two, matchers: [a=1]}, "
      "{receiver: @three, matchers: [a=1]}]"),
    S("continue_through_all", [(0, "x a=1")],
      "routes: [{receiver: @one, matchers: [a=1], continue: true}, {receiver: @two, matchers: [a=1], continue: true}, "
      "{receiver: @three, matchers: [a=1], continue: true}]"),
    S("continue_falls_back_to_no_parent", [(0, "x a=1", "x a=2")],
      "routes: [{receiver: @one, matchers: [a=1], continue: true}]"),
    S("continue_inside_a_child", [(0, BOTH)],
      "routes: [{matchers: [a=1], receiver: @one, routes: [{receiver: @two, matchers: [b=1], continue: true}, "
      "{receiver: @three, matchers: [b=1]}]}, {receiver: @four, matchers: [a=1]}]"),
    S("continue_of_the_parent_after_a_child", [(0, BOTH)],
      "routes: [{matchers: [a=1], receiver: @one, continue: true, routes: [{receiver: @two, matchers: [b=1]}]}, "
      "{receiver: @three, matchers: [a=1]}]"),
    S("nested", [(0, "x a=1", BOTH, "x a=1 b=2", "x")],
      "routes: [{receiver: @one, matchers: [a=1], group_by: [a], routes: [{receiver: @two, matchers: [b=1]}, "
      "{matchers: [b=2], group_by: [alertname]}]}]"),
    S("three_levels", [(0, "x a=1 b=1 c=1", "y a=1 b=1", "z a=1", "w")],
      "routes: [{receiver: @one, matchers: [a=1], routes: [{receiver: @two, matchers: [b=1], "
      "routes: [{receiver: @three, matchers: [c=1]}]}]}]"),
    S("child_without_receiver_has_its_parents", [(0, BOTH)],
      "routes: [{receiver: @one, matchers: [a=1], routes: [{matchers: [b=1], group_by: [b]}]}]"),
    S("child_matches_more_than_its_parent", [(0, "x b=1")],
      "routes: [{receiver: @one, matchers: [a=1], routes: [{receiver: @two, matchers: [b=1]}]}]"),
    S("same_receiver_by_two_routes", [(0, "x a=1")],
      "routes: [{receiver: @one, matchers: [a=1], continue: true}, {receiver: @one, matchers: [a=~1], group_by: [a]}]"),
    S("two_integrations", [(0, "x")], receivers={"root": ["", ""]}),
    S("three_integrations_of_their_own_kind", [(0, "x"), (2, "-x")], until=5.0,
      receivers={"root": ["", "send_resolved: false", "max_alerts: 1"]}),
    S("name_with_dots", [(0, "x a=1")], "routes: [{receiver: @team-x, matchers: [a=1]}]"),
    S("changed_label_is_another_alert", [(0, "x a=1"), (1.6, "x a=2")], "routes: [{receiver: @one, matchers: [a=1]}]", 5.0),
]
