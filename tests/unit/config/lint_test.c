/* The lint: what each rule finds, and what it leaves alone. */
#include <stdio.h>

#include "config/config.h"
#include "support/config_env.h"
#include "support/test.h"

#define RECV          "receivers: [{name: a}]\n"
#define ROUTES(body)  "route:\n  receiver: a\n  routes:\n" body RECV
#define INHIBIT(body) "inhibit_rules: [{" body "}]\nroute: {receiver: a}\n" RECV
#define INTERVAL(specs)                                                                                      \
    "time_intervals: [{name: t, time_intervals: [" specs "]}]\n" ROUTES("  - mute_time_intervals: [t]\n")
#define WEBHOOK(body) "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{" body "}]}]\n"

struct row {
    const char *name, *text;
    const char *want; /* "line rule" for each finding, comma-joined; "" for none */
};

static void collect(void *ctx, const struct config_finding *f)
{
    struct strbuf *out = ctx;
    strbuf_addf(out, "%s%d %s", out->n != 0 ? ", " : "", f->line, f->rule != NULL ? f->rule : f->text);
    FAIL_IF(f->text[0] == '\0' || f->col < 1, "a finding without text or place");
}

static void check_row(const struct row *r)
{
    CLEANUP(strbuf_donep) struct strbuf got = {0};
    const struct config_env env = {.receivers = test_receivers, .lint = true, .report = collect, .ctx = &got};
    struct err err = {0};
    struct config *c = config_load(sv_of(r->text), "am.yml", &env, NULL, &err);
    FAIL_IF(c == NULL, "%s: refused: %s", r->name, err.text);
    FAIL_IF(strcmp(got.n != 0 ? got.p : "", r->want) != 0, "%s: got \"%s\", want \"%s\"", r->name,
            got.n != 0 ? got.p : "", r->want);
    config_unref(c);
}

static void check_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        check_row(&rows[i]);
}

TEST(lint, timers)
{
    static const struct row rows[] = {
        {"defaults", "route: {receiver: a}\n" RECV, ""},
        {"repeat equal", "route: {receiver: a, group_interval: 5m, repeat_interval: 5m}\n" RECV,
         "1 repeat-interval"},
        {"repeat below", "route:\n  receiver: a\n  repeat_interval: 1m\n" RECV, "3 repeat-interval"},
        {"repeat above", "route: {receiver: a, group_interval: 5m, repeat_interval: 5m1s}\n" RECV, ""},
        {"a child inherits half of it", ROUTES("  - group_interval: 5h\n"), "4 repeat-interval"},
        {"told once, where it was written",
         "route:\n  receiver: a\n  repeat_interval: 1m\n  routes: [{matchers: [a=b]}]\n" RECV,
         "3 repeat-interval"},
        {"wait above interval", "route:\n  receiver: a\n  group_wait: 6m\n" RECV, "3 group-wait"},
        {"wait equal", "route: {receiver: a, group_wait: 5m}\n" RECV, ""},
    };
    check_rows(rows, COUNT_OF(rows));
}

TEST(lint, routes_that_are_never_reached)
{
    static const struct row rows[] = {
        {"the same matchers", ROUTES("  - matchers: [a=b]\n  - matchers: [a=b]\n"), "5 route-unreachable"},
        {"with continue", ROUTES("  - {matchers: [a=b], continue: true}\n  - matchers: [a=b]\n"), ""},
        {"narrower later", ROUTES("  - matchers: [a=b]\n  - matchers: [a=b, c=d]\n"), "5 route-unreachable"},
        {"wider later", ROUTES("  - matchers: [a=b, c=d]\n  - matchers: [a=b]\n"), ""},
        {"other value", ROUTES("  - matchers: [a=b]\n  - matchers: [a=c]\n"), ""},
        {"a regular expression that takes the value",
         ROUTES("  - matchers: ['a=~b|c']\n  - matchers: [a=c]\n"), "5 route-unreachable"},
        {"alternatives", ROUTES("  - matchers: ['a=~b|c|d']\n  - matchers: ['a=~b|d']\n"),
         "5 route-unreachable"},
        {"not all alternatives", ROUTES("  - matchers: ['a=~b|c']\n  - matchers: ['a=~b|d']\n"), ""},
        {"present", ROUTES("  - matchers: ['a!=\"\"']\n  - matchers: ['a=~b.+']\n"), "5 route-unreachable"},
        {"maybe absent", ROUTES("  - matchers: ['a!=\"\"']\n  - matchers: ['a=~b*']\n"), ""},
        {"some value", ROUTES("  - matchers: ['a=~.+']\n  - matchers: [a=x]\n"), "5 route-unreachable"},
        {"not equal", ROUTES("  - matchers: [a!=b]\n  - matchers: [a=c]\n"), "5 route-unreachable"},
        {"the parent's matcher counts",
         ROUTES("  - matchers: [a=b]\n    routes:\n    - matchers: [a!=c]\n    - "
                "matchers: [d=e]\n"),
         "7 route-unreachable"},
        {"old and new matchers", ROUTES("  - match_re: {a: b|c}\n  - matchers: [a=b]\n"),
         "4 deprecated, 5 route-unreachable"},
        {"two hidden by one", ROUTES("  - matchers: [a=b]\n  - matchers: [a=b]\n  - matchers: [a=b, x=y]\n"),
         "5 route-unreachable, 6 route-unreachable"},
        {"other label", ROUTES("  - matchers: [a=b]\n  - matchers: [c=b]\n"), ""},
    };
    check_rows(rows, COUNT_OF(rows));
}

TEST(lint, other_rules_about_routes)
{
    static const struct row rows[] = {
        {"takes all", ROUTES("  - group_wait: 1s\n  - matchers: [a=b]\n  - matchers: [a=c]\n"),
         "4 route-swallows"},
        {"takes all by a pattern", ROUTES("  - matchers: ['a=~.*']\n  - matchers: [a=b]\n"),
         "4 route-swallows"},
        {"takes all, at the end", ROUTES("  - matchers: [a=b]\n  - group_wait: 1s\n"), ""},
        {"takes all, and continues", ROUTES("  - {group_wait: 1s, continue: true}\n  - matchers: [a=b]\n"),
         ""},
        {"contradiction", ROUTES("  - matchers: [a=b, a=c]\n"), "4 route-never"},
        {"contradiction with the parent",
         ROUTES("  - matchers: [a=b]\n    routes:\n    - matchers: ['a=~c|d']\n"), "6 route-never"},
        {"no contradiction", ROUTES("  - matchers: [a=b]\n    routes:\n    - matchers: ['a=~b|d']\n"), ""},
        {"another meaning in the new grammar", ROUTES("  - matchers: ['a=b c']\n"), "4 matcher-grammar"},
        {"continue on the last", ROUTES("  - {matchers: [a=b], continue: true}\n"), "4 continue-last"},
        {"active and mute",
         "time_intervals: [{name: t, time_intervals: [{}]}]\n" ROUTES(
             "  - mute_time_intervals: [t]\n    active_time_intervals: [t]\n"),
         "5 interval-conflict"},
    };
    check_rows(rows, COUNT_OF(rows));
}

TEST(lint, inhibition)
{
    static const struct row rows[] = {
        {"the usual one", INHIBIT("source_matchers: [s=critical], target_matchers: [s=warning], equal: [x]"),
         ""},
        {"everything is a target", INHIBIT("source_matchers: [s=critical]"), "1 inhibit-all"},
        {"everything, by a pattern", INHIBIT("source_matchers: [s=critical], target_matchers: ['a=~.*']"),
         "1 inhibit-all"},
        {"everything, but of the same cluster", INHIBIT("source_matchers: [s=critical], equal: [cluster]"),
         ""},
        {"source is target", INHIBIT("source_matchers: [s=x], target_matchers: [s=x], equal: [c]"),
         "1 inhibit-self"},
        {"empty rule", INHIBIT(""), "1 inhibit-all, 1 inhibit-self"},
        {"source among others a target",
         INHIBIT("source_matchers: [s=x], target_matchers: ['s=~x|y'], equal: [c]"), ""},
        {"equal, but different", INHIBIT("source_matchers: [s=x], target_matchers: [s=y], equal: [s]"),
         "1 inhibit-never"},
        {"equal, and pinned once", INHIBIT("source_matchers: [s=x], target_matchers: ['s=~y|x'], equal: [s]"),
         ""},
    };
    check_rows(rows, COUNT_OF(rows));
}

TEST(lint, time_intervals)
{
    static const struct row rows[] = {
        {"always", INTERVAL("{}"), ""},
        {"no specs", INTERVAL(""), "1 interval-never"},
        {"an empty list", INTERVAL("{weekdays: []}"), "1 interval-never"},
        {"30 February", INTERVAL("{days_of_month: ['30'], months: [february]}"), "1 interval-never"},
        {"29 February", INTERVAL("{days_of_month: ['29'], months: [february]}"), ""},
        {"29 February 2023", INTERVAL("{days_of_month: ['29'], months: [february], years: ['2023']}"),
         "1 interval-never"},
        {"29 February 2024", INTERVAL("{days_of_month: ['29'], months: [february], years: ['2024']}"), ""},
        {"31st from the end of short months", INTERVAL("{days_of_month: ['-31'], months: ['4', '6']}"),
         "1 interval-never"},
        {"one of two can match", INTERVAL("{weekdays: []}, {}"), ""},
        {"unused", "time_intervals: [{name: t, time_intervals: [{}]}]\nroute: {receiver: a}\n" RECV,
         "1 interval-unused"},
        {"deprecated block",
         "mute_time_intervals:\n- {name: t, time_intervals: [{}]}\n" ROUTES(
             "  - active_time_intervals: [t]\n"),
         "2 deprecated"},
    };
    check_rows(rows, COUNT_OF(rows));
}

TEST(lint, receivers_and_secrets)
{
    static const struct row rows[] = {
        {"unused", "route: {receiver: a}\nreceivers:\n- name: a\n- name: b\n", "4 receiver-unused"},
        {"password to another machine",
         WEBHOOK("url: 'http://h/', http_config: {basic_auth: {username: u, password: p}}"),
         "2 plain-http, 2 secret-inline, 2 secret-inline"},
        {"user in the URL", WEBHOOK("url: 'http://u:p@h/'"), "2 plain-http, 2 secret-inline"},
        {"https", WEBHOOK("url: 'https://u:p@h/'"), "2 secret-inline"},
        {"this machine", WEBHOOK("url: 'http://u:p@localhost:80/'"), "2 secret-inline"},
        {"a reference", WEBHOOK("url: '${env:URL}'"), ""},
        {"a file", WEBHOOK("url_file: /run/url"), ""},
        {"in global", "global: {smtp_auth_password: x, opsgenie_api_key: y}\nroute: {receiver: a}\n" RECV,
         "1 secret-inline, 1 secret-inline"},
        {"no verification", WEBHOOK("url_file: u, http_config: {tls_config: {insecure_skip_verify: true}}"),
         "2 insecure-tls"},
        {"old token", WEBHOOK("url_file: u, http_config: {bearer_token_file: t}"), "2 deprecated"},
    };
    check_rows(rows, COUNT_OF(rows));
}

TEST(lint, every_rule_has_a_name_and_a_sentence)
{
    struct config_lint_rule r, other;
    size_t n = 0;
    for (; config_lint_rule(n, &r); n++) {
        CHECK(r.name[0] != '\0' && r.doc[strlen(r.doc) - 1] == '.');
        for (size_t k = 0; k < n; k++)
            CHECK(config_lint_rule(k, &other) && strcmp(other.name, r.name) != 0);
    }
    CHECK(n >= 15);
}
