"""Routing and grouping scenarios. `posts`: (seconds, alerts); an alert is "a=1 b=2" or (labels, starts, ends, annotations)
in seconds from the start. Everything is watched until `until`. URL in a config is the sink's address.

Debian's Alertmanager is 0.25. What later versions do differently, and we with them, is not here: `group_by: []` that
overrides its parent, and a group that is gone as soon as its last alert is.
"""


def receivers(*names, extra=""):
    return "receivers:\n" + "".join(
        "- name: %s\n  webhook_configs:\n  - url: URL/%s\n%s" % (n, n, extra) for n in names)


def config(route, *names, extra="", more=""):
    repeat = "" if "repeat_interval" in route else "  repeat_interval: 1h\n"
    return "route:\n  receiver: root\n  group_wait: 1s\n  group_interval: 2s\n%s%s\n%s%s" % (
        repeat, route, receivers("root", *names, extra=extra), more)


def one(name, route, posts, *names, until=3.0, **kw):
    return dict(name=name, config=config(route, *names, **{k: v for k, v in kw.items() if k in ("extra", "more")}),
                posts=posts, until=until, **{k: v for k, v in kw.items() if k not in ("extra", "more")})


SCENARIOS = [
    one("no_routes", "", [(0, ["alertname=x a=1"])]),
    one("one_group_for_all", "", [(0, ["alertname=x a=1", "alertname=y a=2"])]),
    one("group_by_alertname", "  group_by: [alertname]", [(0, ["alertname=x a=1", "alertname=y a=2", "alertname=x a=3"])]),
    one("group_by_missing_label", "  group_by: [cluster, alertname]", [(0, ["alertname=x", "alertname=x cluster=c", "foo=bar"])]),
    one("group_by_all", "  group_by: ['...']", [(0, ["alertname=x a=1", "alertname=x a=2"])]),
    one("child_by_equality", "  routes: [{receiver: db, matchers: ['team=\"db\"']}]",
        [(0, ["alertname=x team=db", "alertname=x team=web"])], "db"),
    one("child_by_regex", "  routes: [{receiver: db, matchers: ['team=~\"d.*|sql\"']}]",
        [(0, ["alertname=x team=db", "alertname=y team=mysql", "alertname=z team=sql"])], "db"),
    one("child_by_negation", "  routes: [{receiver: rest, matchers: ['team!=\"db\"', 'severity!~\"info|none\"']}]",
        [(0, ["alertname=x team=db severity=warn", "alertname=y severity=warn", "alertname=z severity=info"])], "rest"),
    one("old_match_fields", "  routes: [{receiver: db, match: {team: db}, match_re: {svc: 'a|b'}}]",
        [(0, ["alertname=x team=db svc=a", "alertname=x team=db svc=ab"])], "db"),
    one("first_child_wins", "  routes: [{receiver: one, matchers: ['a=\"1\"']}, {receiver: two, matchers: ['a=\"1\"']}]",
        [(0, ["alertname=x a=1"])], "one", "two"),
    one("continue_to_the_next", "  routes: [{receiver: one, matchers: ['a=\"1\"'], continue: true}, {receiver: two, matchers: ['a=\"1\"']}]",
        [(0, ["alertname=x a=1"])], "one", "two"),
    one("continue_falls_back_to_no_parent", "  routes: [{receiver: one, matchers: ['a=\"1\"'], continue: true}]",
        [(0, ["alertname=x a=1", "alertname=x a=2"])], "one"),
    one("nested", "  routes:\n  - receiver: one\n    matchers: ['a=\"1\"']\n    group_by: [a]\n    routes:\n"
        "    - {receiver: two, matchers: ['b=\"1\"']}\n    - {matchers: ['b=\"2\"'], group_by: [alertname]}",
        [(0, ["alertname=x a=1", "alertname=x a=1 b=1", "alertname=x a=1 b=2", "alertname=x"])], "one", "two"),
    one("group_by_inherited", "  group_by: [alertname]\n  routes: [{receiver: one, matchers: ['a=\"1\"']}]",
        [(0, ["alertname=x a=1", "alertname=y a=1"])], "one"),
    one("odd_label_values", "  group_by: [v]", [(0, ["alertname=x v=a\"b", "alertname=x v=\\", "alertname=x v=é日本"])]),
    one("empty_value_is_absent", "  group_by: [v]\n  routes: [{receiver: one, matchers: ['v=\"\"']}]",
        [(0, ["alertname=x v=", "alertname=x v=1"])], "one"),
    one("receiver_with_dots", "  routes: [{receiver: 'team.x+y', matchers: ['a=\"1\"']}]", [(0, ["alertname=x a=1"])], "team.x+y"),
    one("annotations_common", "", [(0, [("alertname=x a=1", None, None, {"s": "same", "t": "1"}),
                                         ("alertname=x a=2", None, None, {"s": "same", "t": "<2>"})])]),
    one("late_alert_joins_at_the_interval", "", [(0, ["alertname=x a=1"]), (1.5, ["alertname=x a=2"])], until=4.5),
    one("two_alerts_within_group_wait", "", [(0, ["alertname=x a=1"]), (0.5, ["alertname=x a=2"])], until=4.5),
    one("old_alert_flushes_at_once", "  group_by: [alertname]", [(0, [("alertname=old", -100), "alertname=new"])]),
    one("resolved_by_the_sender", "", [(0, [("alertname=x", 0)]), (2, [("alertname=x", 0, 2)])], until=6.0),
    one("resolved_by_timeout", "", [(0, [("alertname=x", 0, 3)])], until=7.0),
    one("partly_resolved", "", [(0, [("alertname=x a=1", 0), ("alertname=x a=2", 0)]), (2, [("alertname=x a=1", 0, 2)])], until=6.0),
    one("never_announced", "", [(0, [("alertname=x", -5, -1)])], until=3.0, quiet=True),
    one("send_resolved_off", "", [(0, [("alertname=x", 0)]), (2, [("alertname=x", 0, 2)])], until=6.0,
        extra="    send_resolved: false\n"),
    one("repeat", "  repeat_interval: 3s", [(0, ["alertname=x"])], until=7.5),
    one("max_alerts", "", [(0, ["alertname=x job=b", "alertname=x job=a instance=2", "alertname=x job=a instance=1", "alertname=x"])],
        extra="    max_alerts: 2\n"),
    one("two_integrations", "  routes: [{receiver: both}]", [(0, ["alertname=x"])],
        more="- name: both\n  webhook_configs:\n  - url: URL/one\n  - url: URL/two\n"),
    one("inhibited", "  group_by: [alertname]", [(0, ["alertname=down i=1 sev=crit"]), (0.3, ["alertname=slow i=1 sev=warn", "alertname=slow i=2 sev=warn"])],
        more="inhibit_rules:\n- source_matchers: ['sev=\"crit\"']\n  target_matchers: ['sev=\"warn\"']\n  equal: [i]\n"),
]
