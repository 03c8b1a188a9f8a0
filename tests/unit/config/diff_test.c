/* What is different between two configurations. */
#include "config/config.h"
#include "support/config_env.h"
#include "support/test.h"

#define RECV "receivers: [{name: a}]\n"
#define BASE "route: {receiver: a}\n" RECV

static struct config *load(const char *text)
{
    const struct config_env env = {.receivers = test_receivers};
    struct err err = {0};
    struct config *c = config_load(sv_of(text), "am.yml", &env, NULL, &err);
    FAIL_IF(c == NULL, "%s: %s", err.text, text);
    return c;
}

static size_t diff(const char *a, const char *b, struct strbuf *out)
{
    struct config *before = load(a), *after = load(b);
    const size_t changes = config_diff(before, after, out);
    config_unref(before);
    config_unref(after);
    return changes;
}

TEST(diff, shows_changes)
{
    static const struct {
        const char *name, *before, *after, *want;
    } rows[] = {
        {"the same", BASE, "# a comment\nreceivers:\n- name: a\nroute:\n  receiver: a\n", ""},
        {"another default written out", BASE, "global: {resolve_timeout: 5m}\n" BASE, ""},
        {"global", BASE, "global: {resolve_timeout: 10m}\n" BASE, "~ global: resolve_timeout: 5m -> 10m\n"},
        {"a key of the root", BASE, "route: {receiver: a, group_wait: 1s, group_by: [x, y]}\n" RECV,
         "~ route {}: group_by: (not set) -> [x, y]\n~ route {}: group_wait: (not set) -> 1s\n"},
        {"a fallback", "route: {receiver: a}\nreceivers: [{name: a}, {name: b}]\n",
         "route: {receiver: a, fallback: {receiver: b}}\nreceivers: [{name: a}, {name: b}]\n",
         "~ route {}: fallback: (not set) -> {...}\n"},
        {"a route more, with children", BASE,
         "route: {receiver: a, routes: [{matchers: [x=y], receiver: a, routes: [{matchers: [z=1]}]}]}\n" RECV,
         "+ route {}/{x=\"y\"}: receiver: a\n+ route {}/{x=\"y\"}/{z=\"1\"}: receiver: (inherited)\n"},
        {"a route less", "route: {receiver: a, routes: [{matchers: [x=y]}, {matchers: [x=z]}]}\n" RECV,
         "route: {receiver: a, routes: [{matchers: [x=z]}]}\n" RECV,
         "- route {}/{x=\"y\"}: receiver: (inherited)\n"},
        {"deep", "route: {receiver: a, routes: [{matchers: [x=y], routes: [{match: {b: c}}]}]}\n" RECV,
         "route: {receiver: a, routes: [{matchers: [x=y], routes: [{match: {b: c}, continue: "
         "true}]}]}\n" RECV,
         "~ route {}/{x=\"y\"}/{b=\"c\"}: continue: false -> true\n"},
        {"order", "route: {receiver: a, routes: [{matchers: [x=y]}, {matchers: [x=z]}]}\n" RECV,
         "route: {receiver: a, routes: [{matchers: [x=z]}, {matchers: [x=y]}]}\n" RECV,
         "~ route {}: the order of its routes\n"},
        {"the same matchers twice",
         "route: {receiver: a, routes: [{continue: true}, {group_wait: 1s}]}\n" RECV,
         "route: {receiver: a, routes: [{continue: true}, {group_wait: 2s}]}\n" RECV,
         "~ route {}/{}: group_wait: 1s -> 2s\n"},
        {"receivers", "route: {receiver: a}\nreceivers: [{name: a}, {name: b}]\n",
         "route: {receiver: a}\nreceivers: [{name: c}, {name: a}]\n", "- receiver b\n+ receiver c\n"},
        {"an integration",
         "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'http://h/', max_alerts: "
         "1}]}]\n",
         "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'http://h/', max_alerts: "
         "2}]}]\n",
         "~ receiver a: webhook_configs[0].max_alerts: 1 -> 2\n"},
        {"an integration more", "route: {receiver: a}\nreceivers: [{name: a}]\n",
         "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'http://h/'}]}]\n",
         "~ receiver a: webhook_configs[0]: (not set) -> {...}\n"},
        {"a secret",
         "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'http://h/one'}]}]\n",
         "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'http://h/two'}]}]\n",
         "~ receiver a: webhook_configs[0].url: another secret\n"},
        {"secrets in headers",
         "global: {http_config: {http_headers: {X: {secrets: [one]}}, proxy_url: 'http://u:one@h/'}}\n" BASE,
         "global: {http_config: {http_headers: {X: {secrets: [two]}}, proxy_url: 'http://u:two@h/'}}\n" BASE,
         "~ global: http_config.proxy_url: another secret\n"
         "~ global: http_config.http_headers.X.secrets: another secret\n"},
        {"inhibition", "inhibit_rules: [{source_matchers: [a=b], target_matchers: [c=d], equal: [x]}]\n" BASE,
         "inhibit_rules: [{source_matchers: [a=b], target_matchers: [c=d]}, {source_match: {e: f}}]\n" BASE,
         "~ inhibition rule {a=\"b\"} of {c=\"d\"}: equal: [x] -> (not set)\n+ inhibition rule {e=\"f\"} of "
         "{}\n"},
        {"intervals", "time_intervals: [{name: t, time_intervals: [{weekdays: [monday]}]}]\n" BASE,
         "time_intervals: [{name: t, time_intervals: [{weekdays: [sunday]}]}, {name: u, time_intervals: "
         "[]}]\n" BASE,
         "~ time interval t: time_intervals[0].weekdays: [monday] -> [sunday]\n+ time interval u\n"},
        {"templates", "templates: [/x]\n" BASE, "templates: [/x, /y]\n" BASE,
         "~ file: templates: [/x] -> [/x, /y]\n"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(strbuf_donep) struct strbuf got = {0};
        const size_t changes = diff(rows[i].before, rows[i].after, &got);
        FAIL_IF(strcmp(got.n != 0 ? got.p : "", rows[i].want) != 0, "%s: got\n%swant\n%s", rows[i].name,
                got.n != 0 ? got.p : "", rows[i].want);
        size_t lines = 0;
        for (size_t k = 0; k < got.n; k++)
            lines += got.p[k] == '\n' ? 1 : 0;
        CHECK_EQ(changes, lines);
    }
}
