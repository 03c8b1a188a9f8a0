/* Unit tests of configurations: what passes, what fails and how that is shown, what cannot be run. */
#include "cli/scenario.h"

#include "notify/receiver.h"
#include "support/test.h"

#define CONFIG                                                                                               \
    "route: {receiver: base, group_by: [alertname], routes: [{matchers: [team=db], receiver: db, "           \
    "mute_time_intervals: [night]}]}\n"                                                                      \
    "receivers: [{name: base, log_configs: [{send_resolved: true}, {send_resolved: true}]}, "                \
    "{name: db, log_configs: [{send_resolved: false}]}]\n"                                                   \
    "inhibit_rules: [{source_matchers: [s=crit], target_matchers: [s=warn], equal: [alertname]}]\n"          \
    "time_intervals: [{name: night, time_intervals: [{times: [{start_time: '20:00', end_time: "              \
    "'24:00'}]}]}]\n"

/* One test; every further line of the body is indented by two. */
#define TEST_OF(body) "tests:\n- name: t\n  " body "\n"

static struct config *load(void)
{
    const struct config_env env = {.receivers = receiver_schemas()};
    struct err err;
    struct config *c = config_load(SV(CONFIG), "c.yml", &env, NULL, &err);
    FAIL_IF(c == NULL, "%s", err.text);
    return c;
}

/* What is printed, or "error: " and the text. */
static void run(const char *text, bool verbose, struct strbuf *out)
{
    struct arena mem;
    struct scenario_file f = {0};
    struct scenario_report r = {.path = "t.yml", .verbose = verbose, .out = out};
    const struct config_env env = {0};
    struct config *c = load();
    struct err err;
    arena_init(&mem, 1 << 22);
    bool ok = document_decode(sv_of(text), "t.yml", &scenario_file_schema, &f, &env, &mem, NULL, &err);
    for (size_t i = 0; i < f.routes.n && ok; i++)
        scenario_check_route(f.routes.v[i], c, &r);
    for (size_t i = 0; i < f.scenarios.n && ok; i++)
        ok = scenario_run(f.scenarios.v[i], c, &r, &err);
    if (!ok)
        strbuf_addf(out, "error: %s", err.text);
    else
        strbuf_addf(out, "%zu/%zu", r.passed, r.passed + r.failed);
    config_unref(c);
    arena_done(&mem);
}

struct row {
    const char *name, *text, *want;
};

static void check_rows(const struct row *rows, size_t n, bool verbose)
{
    for (size_t i = 0; i < n; i++) {
        CLEANUP(strbuf_donep) struct strbuf got = {0};
        run(rows[i].text, verbose, &got);
        FAIL_IF(strcmp(got.p, rows[i].want) != 0, "%s: got\n%s\nwant\n%s", rows[i].name, got.p, rows[i].want);
    }
}

TEST(scenario, passes)
{
    static const struct row rows[] = {
        {"nothing at all", TEST_OF("until: 1h"), "  ok    t\n1/1"},
        {"a notification; two integrations count once",
         TEST_OF("steps: [{at: 0s, alerts: [{labels: {alertname: X}}]}]\n"
                 "  expect: [{at: 30s, receiver: base, firing: [{alertname: X}]}]"),
         "  ok    t\n1/1"},
        {"it ends by itself",
         TEST_OF("steps: [{at: 0s, alerts: [{labels: {alertname: X}, for: 2m}]}]\n"
                 "  expect: [{at: 30s, receiver: base, firing: [{alertname: X}]},"
                 " {at: 5m30s, receiver: base, resolved: [{alertname: X}]}]"),
         "  ok    t\n1/1"},
        {"wide and narrow patterns",
         TEST_OF(
             "steps: [{at: 0s, alerts: [{labels: {alertname: X, a: b}}, {labels: {alertname: X, a: c}}]}]\n"
             "  expect: [{at: 30s, receiver: base, firing: [{}, {a: b}], group: {alertname: X}}]"),
         "  ok    t\n1/1"},
        {"inhibited",
         TEST_OF("steps: [{at: 0s, alerts: [{labels: {alertname: X, s: crit}}, {labels: {alertname: X, s: "
                 "warn}}]}]\n  held: [{at: 10m, labels: {s: warn}, because: inhibition}]\n"
                 "  expect: [{at: 30s, receiver: base, firing: [{s: crit}]}]"),
         "  ok    t\n1/1"},
        {"waiting",
         TEST_OF("steps: [{at: 0s, alerts: [{labels: {alertname: X}}]}]\n"
                 "  held: [{at: 29s, labels: {alertname: X}, because: waiting}]"),
         "  ok    t\n1/1"},
        {"muted, in the time of the test",
         TEST_OF("start: 2026-03-01T21:00:00Z\n  steps: [{at: 0s, alerts: [{labels: {team: db}}]}]\n"
                 "  held: [{at: 1m, labels: {team: db}, because: interval}]"),
         "  ok    t\n1/1"},
        {"silenced, then not",
         TEST_OF("steps: [{at: 0s, silences: [{name: s, matchers: [a=b]}], alerts: [{labels: {a: b}}]}, "
                 "{at: 7m, expire: [s]}]\n  held: [{at: 6m, labels: {a: b}, because: silence}]\n"
                 "  expect: [{at: 10m30s, receiver: base, firing: [{a: b}]}]"),
         "  ok    t\n1/1"},
        {"routes", "routes: [{labels: {team: db}, receivers: [db]}, {labels: {}, receivers: [base]}]\n",
         "  ok    route {team=\"db\"}\n  ok    route {}\n2/2"},
    };
    check_rows(rows, COUNT_OF(rows), false);
}

TEST(scenario, shows_what_is_missing_and_what_is_too_much)
{
    static const struct row rows[] = {
        {"wrong time",
         TEST_OF("steps: [{at: 0s, alerts: [{labels: {alertname: X}}]}]\n"
                 "  expect: [{at: 31s, receiver: base, firing: [{alertname: X}]}]"),
         "  FAIL  t\n    + 30s  base  firing {alertname=\"X\"}\n    - 31s  base  firing {alertname=\"X\"}  "
         "(line "
         "4)\n0/1"},
        {"wrong receiver",
         TEST_OF("steps: [{at: 0s, alerts: [{labels: {team: db}}]}]\n"
                 "  expect: [{at: 30s, receiver: base, firing: [{team: db}]}]"),
         "  FAIL  t\n    - 30s  base  firing {team=\"db\"}  (line 4)\n    + 30s  db  firing "
         "{team=\"db\"}\n0/1"},
        {"silenced instead",
         TEST_OF("steps: [{at: 0s, silences: [{matchers: [a=b]}], alerts: [{labels: {a: b}}]}]\n"
                 "  expect: [{at: 30s, receiver: base, firing: [{a: b}]}]"),
         "  FAIL  t\n    - 30s  base  firing {a=\"b\"}  (line 4; silenced)\n0/1"},
        {"one more than expected",
         TEST_OF("steps: [{at: 0s, alerts: [{labels: {a: b}}, {labels: {a: c}}]}]\n"
                 "  expect: [{at: 30s, receiver: base, firing: [{a: b}]}]"),
         "  FAIL  t\n    - 30s  base  firing {a=\"b\"}  (line 4)\n    + 30s  base  firing {a=\"b\"}  firing "
         "{a=\"c\"}\n0/1"},
        {"told although held",
         TEST_OF("steps: [{at: 0s, alerts: [{labels: {a: b}}]}]\n"
                 "  expect: [{at: 30s, receiver: base, firing: [{a: b}]}]\n"
                 "  held: [{at: 1m, labels: {a: b}, because: silence}]"),
         "  FAIL  t\n    line 5: at 1m {a=\"b\"} has to be held because of: silence; but it is: told "
         "already\n      30s  base  firing {a=\"b\"}\n0/1"},
        {"route", "routes: [{labels: {team: web}, receivers: [db]}]\n",
         "  FAIL  route {team=\"web\"} (line 1)\n    - db\n    + base\n0/1"},
    };
    check_rows(rows, COUNT_OF(rows), false);
}

TEST(scenario, shows_everything_when_asked)
{
    static const struct row rows[] = {
        {"verbose",
         TEST_OF("steps: [{at: 0s, alerts: [{labels: {alertname: X}}]}]\n"
                 "  expect: [{at: 30s, receiver: base, firing: [{alertname: X}]}]"),
         "  ok    t\n      30s  base  firing {alertname=\"X\"}\n1/1"},
    };
    check_rows(rows, COUNT_OF(rows), true);
}

TEST(scenario, refuses_what_makes_no_sense)
{
    static const struct row rows[] = {
        {"no name", "tests: [{steps: []}]\n", "error: a test needs a name"},
        {"steps out of order", TEST_OF("steps: [{at: 5m}, {at: 1m}]"),
         "error: the items of steps have to stand in the order of time"},
        {"null step", TEST_OF("steps: [~]"), "error: an item of steps is empty"},
        {"null test", "tests: [~]\n", "error: an item of tests is empty"},
        {"null route", "routes: [~]\n", "error: an item of routes is empty"},
        {"no receiver", TEST_OF("expect: [{at: 1s, firing: [{}]}]"),
         "error: an expectation needs a receiver"},
        {"no alerts", TEST_OF("expect: [{at: 1s, receiver: a}]"),
         "error: an expectation needs firing or resolved alerts"},
        {"unknown cause", TEST_OF("held: [{at: 1s, labels: {}, because: luck}]"),
         "error: because has to be silence, inhibition, interval or waiting"},
        {"bad time", TEST_OF("steps: [{at: soon}]"), "error: not a valid duration string: \"soon\""},
        {"nothing to resolve", TEST_OF("steps: [{at: 0s, resolve: [{a: b}]}]"),
         "error: t.yml:3: no alert with {a=\"b\"} fires that could be resolved"},
        {"nothing to expire", TEST_OF("steps: [{at: 0s, expire: [s]}]"),
         "error: t.yml:3: no silence with the name s is active"},
        {"bad matcher", TEST_OF("steps: [{at: 0s, silences: [{matchers: ['=']}]}]"),
         "error: t.yml:3: bad matcher format: ="},
        {"an alert without labels", TEST_OF("steps: [{at: 0s, alerts: [{}]}]"),
         "error: t.yml:3: an alert is not valid: at least one label pair required"},
    };
    check_rows(rows, COUNT_OF(rows), false);
}

/* Years go by in no time, and the end is the end. */
TEST(scenario, is_limited)
{
    CLEANUP(strbuf_donep) struct strbuf got = {0};
    run(TEST_OF("steps: [{at: 0s, alerts: [{labels: {a: b}}]}]\n  until: 20y"), false, &got);
    CHECK_STR(got.p, "error: test `t` sends more than 10000 notifications");
    strbuf_reset(&got);
    run(TEST_OF("steps: [{at: 0s, silences: [{matchers: [a=b]}], alerts: [{labels: {a: b}}]}]\n  until: 20y"),
        false, &got);
    CHECK_STR(got.p, "error: test `t` goes on for too long");
}
