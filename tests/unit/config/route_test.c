/* The compiled routing tree: keys, inheritance, matching (config.md 5). */
#include <stdio.h>

#include "config/config.h"
#include "support/config_env.h"
#include "support/test.h"

static struct config *load(const char *text)
{
    static const struct config_env env = {.receivers = test_receivers};
    struct err err = {0};
    struct config *c = config_load(sv_of(text), "am.yml", &env, NULL, &err);
    FAIL_IF(c == NULL, "refused: %s\n%s", err.text, text);
    return c;
}

#define RECEIVERS "receivers: [{name: a}, {name: b}, {name: c}, {name: d}]\n"

/* P-003, P-005, R-023 (C-051, C-052, C-053) */
TEST(route, keys_and_ids)
{
    static const struct {
        const char *route; /* the child's body */
        const char *key, *id;
    } rows[] = {
        {"receiver: a", "{}/{}", "{}/{}/1"},
        {"matchers: [team=x]", "{}/{team=\"x\"}", "{}/{team=\"x\"}/1"},
        {"match: {svc: foo}", "{}/{svc=\"foo\"}", "{}/{svc=\"foo\"}/1"},
        {"match_re: {svc: foo|bar}", "{}/{svc=~\"^(?:foo|bar)$\"}", "{}/{svc=~\"^(?:foo|bar)$\"}/1"},
        {"matchers: ['svc=~foo|bar']", "{}/{svc=~\"foo|bar\"}", "{}/{svc=~\"foo|bar\"}/1"},
        {"matchers: [z=1, 'a!=1', 'a=1', 'a!~1', 'a=~1', 'a=0']",
         "{}/{a=\"0\",a=\"1\",a!=\"1\",a=~\"1\",a!~\"1\",z=\"1\"}",
         "{}/{a=\"0\",a=\"1\",a!=\"1\",a=~\"1\",a!~\"1\",z=\"1\"}/1"},
        {"match: {b: 1}, match_re: {a: 2}, matchers: [c=3, 'b=0']",
         "{}/{a=~\"^(?:2)$\",b=\"0\",b=\"1\",c=\"3\"}", "{}/{a=~\"^(?:2)$\",b=\"0\",b=\"1\",c=\"3\"}/1"},
        {"matchers: ['\"x y\"=\"a\\\"b\"']", "{}/{\"x y\"=\"a\\\"b\"}", "{}/{\"x y\"=\"a\\\"b\"}/1"},
        {"matchers: ['{a=1,b=2}']", "{}/{a=\"1\",b=\"2\"}", "{}/{a=\"1\",b=\"2\"}/1"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf text = {0};
        strbuf_addf(&text, "route: {receiver: a, routes: [{receiver: b}, {%s}]}\n" RECEIVERS, rows[i].route);
        struct config *c = load(text.p);
        const struct route *r = c->root->routes[1];
        CHECK_STR(c->root->key, "{}");
        CHECK_STR(c->root->id, "{}");
        CHECK_STR(r->key, rows[i].key);
        CHECK_STR(r->id, rows[i].id);
        config_unref(c);
        strbuf_done(&text);
    }
}

#define DEEP                                                                                                 \
    "route:\n"                                                                                               \
    "  receiver: a\n"                                                                                        \
    "  group_by: [z, y]\n"                                                                                   \
    "  group_wait: 1s\n"                                                                                     \
    "  labels: {l: root, m: root}\n"                                                                         \
    "  routes:\n"                                                                                            \
    "  - matchers: [env=prod]\n" /* 1 */                                                                     \
    "    receiver: b\n"                                                                                      \
    "    continue: true\n"                                                                                   \
    "    mute_time_intervals: [t]\n"                                                                         \
    "    group_interval: 2s\n"                                                                               \
    "    labels: {m: child, a: child}\n"                                                                     \
    "    routes:\n"                                                                                          \
    "    - matchers: [team=x]\n" /* 2 */                                                                     \
    "      group_by: ['...']\n"                                                                              \
    "      active_time_intervals: [t]\n"                                                                     \
    "      repeat_interval: 3s\n"                                                                            \
    "    - matchers: [team=y]\n" /* 3 */                                                                     \
    "      group_by: []\n"                                                                                   \
    "      group_wait: 0s\n"                                                                                 \
    "  - matchers: [env=prod]\n" /* 4 */                                                                     \
    "    receiver: c\n"                                                                                      \
    "    group_by: [q]\n"                                                                                    \
    "    routes:\n"                                                                                          \
    "    - {matchers: ['env=~p.*'], receiver: d, continue: true}\n" /* 5 */                                  \
    "    - {matchers: [other=thing]}\n"                             /* 6 */                                  \
    "time_intervals: [{name: t}]\n" RECEIVERS

/* P-107: but not the time intervals; C-047, C-048, C-049 */
TEST(route, children_inherit)
{
    struct config *c = load(DEEP);
    static const struct {
        size_t index, sibling;
        const char *id, *receiver, *group_by; /* names, or * for all */
        dur_ns wait, interval, repeat;
        bool go_on;
        size_t mute, active;
        const char *labels;
    } rows[] = {
        {0, 0, "{}", "a", "y z", 1, 300, 14400, false, 0, 0, "l=root m=root"},
        {1, 0, "{}/{env=\"prod\"}/0", "b", "y z", 1, 2, 14400, true, 1, 0, "a=child l=root m=child"},
        {2, 0, "{}/{env=\"prod\"}/0/{team=\"x\"}/0", "b", "*", 1, 2, 3, false, 0, 1,
         "a=child l=root m=child"},
        {3, 1, "{}/{env=\"prod\"}/0/{team=\"y\"}/1", "b", "", 0, 2, 14400, false, 0, 0,
         "a=child l=root m=child"},
        {4, 1, "{}/{env=\"prod\"}/1", "c", "q", 1, 300, 14400, false, 0, 0, "l=root m=root"},
        {5, 0, "{}/{env=\"prod\"}/1/{env=~\"p.*\"}/0", "d", "q", 1, 300, 14400, true, 0, 0, "l=root m=root"},
        {6, 1, "{}/{env=\"prod\"}/1/{other=\"thing\"}/1", "c", "q", 1, 300, 14400, false, 0, 0,
         "l=root m=root"},
    };
    CHECK_EQ(c->n_routes, COUNT_OF(rows));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct route *r = c->routes[i];
        struct strbuf names = {0}, labels = {0};
        strbuf_adds(&names, r->group_by_all ? "*" : "");
        for (size_t k = 0; k < r->n_group_by; k++)
            strbuf_addf(&names, "%s%s", k != 0 ? " " : "", r->group_by[k]->s);
        strbuf_adds(&labels, "");
        for (size_t k = 0; k < r->labels.n; k++)
            strbuf_addf(&labels, "%s%s=%s", k != 0 ? " " : "", r->labels.v[k].name, r->labels.v[k].value);
        CHECK_EQ(r->index, rows[i].index);
        CHECK_EQ(r->sibling, rows[i].sibling);
        CHECK_STR(r->id, rows[i].id);
        CHECK_STR(r->receiver->name, rows[i].receiver);
        CHECK_STR(names.p != NULL ? names.p : "", rows[i].group_by);
        CHECK_EQ(r->group_wait, rows[i].wait * NS_PER_S);
        CHECK_EQ(r->group_interval, rows[i].interval * NS_PER_S);
        CHECK_EQ(r->repeat_interval, rows[i].repeat * NS_PER_S);
        CHECK_EQ(r->continue_, rows[i].go_on);
        CHECK_EQ(r->n_mute, rows[i].mute);
        CHECK_EQ(r->n_active, rows[i].active);
        CHECK_STR(labels.p, rows[i].labels);
        strbuf_done(&names);
        strbuf_done(&labels);
    }
    config_unref(c);
}

/* P-027 (C-046) */
TEST(route, group_by_inheritance)
{
    static const struct {
        const char *root, *child, *want;
    } rows[] = {
        {"[a, b]", NULL, "a b"}, {"[a, b]", "~", "a b"},       {"[a, b]", "[]", ""},  {"[a, b]", "[c]", "c"},
        {"[a]", "['...']", "*"}, {"['...']", NULL, "*"},       {"['...']", "[]", ""}, {"['...']", "[c]", "c"},
        {NULL, NULL, ""},        {"['...', '...']", "~", "*"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf text = {0}, got = {0};
        strbuf_adds(&text, "route:\n  receiver: a\n");
        if (rows[i].root != NULL)
            strbuf_addf(&text, "  group_by: %s\n", rows[i].root);
        strbuf_adds(&text, "  routes:\n  - receiver: b\n");
        if (rows[i].child != NULL)
            strbuf_addf(&text, "    group_by: %s\n", rows[i].child);
        strbuf_adds(&text, RECEIVERS);
        struct config *c = load(text.p);
        const struct route *r = c->root->routes[0];
        strbuf_adds(&got, r->group_by_all ? "*" : "");
        for (size_t k = 0; k < r->n_group_by; k++)
            strbuf_addf(&got, "%s%s", k != 0 ? " " : "", r->group_by[k]->s);
        FAIL_IF(!sv_eq(strbuf_sv(&got), sv_of(rows[i].want)), "%s\ngives \"%s\", want \"%s\"", text.p, got.p,
                rows[i].want);
        config_unref(c);
        strbuf_done(&text);
        strbuf_done(&got);
    }
}

/* Labels as "a=b c=d". */
static struct labels *labels_of(const char *text)
{
    struct label_sv v[16];
    size_t n = 0;
    while (*text != '\0') {
        const size_t name = strcspn(text, "="), value = strcspn(text + name + 1, " ");
        v[n++] = (struct label_sv){{text, name}, {text + name + 1, value}};
        text += name + 1 + value;
        text += *text == ' ' ? 1 : 0;
    }
    return labels_new(v, label_sv_normalize(v, n, true));
}

/* P-024 (C-054) */
TEST(route, alerts_take_the_deepest_routes_that_match)
{
    static const struct {
        const char *labels, *want; /* the indices */
    } rows[] = {
        {"", "0"},
        {"x=y", "0"},
        {"env=prod", "1 5"},
        {"env=prod team=x", "2 5"},
        {"env=prod team=y", "3 5"},
        {"env=prod other=thing", "1 5 6"},
        {"env=dev team=x", "0"},
    };
    struct config *c = load(DEEP);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct route *out[8];
        struct strbuf got = {0};
        struct labels *ls = labels_of(rows[i].labels);
        const size_t n = config_routes(c, ls, out, COUNT_OF(out));
        for (size_t k = 0; k < n; k++)
            strbuf_addf(&got, "%s%zu", k != 0 ? " " : "", out[k]->index);
        FAIL_IF(strcmp(got.p, rows[i].want) != 0, "{%s}: got %s, want %s", rows[i].labels, got.p,
                rows[i].want);
        labels_unref(ls);
        strbuf_done(&got);
    }
    config_unref(c);
}

TEST(route, more_routes_than_there_is_room_for_are_counted)
{
    struct config *c = load(DEEP);
    struct labels *ls = labels_of("env=prod other=thing");
    const struct route *out[2] = {NULL, NULL};
    CHECK_EQ(config_routes(c, ls, out, 1), 3u);
    CHECK_EQ(out[0]->index, 1u);
    CHECK(out[1] == NULL);
    labels_unref(ls);
    config_unref(c);
}

/* C-034 */
TEST(route, the_deprecated_pattern_matches_the_whole_value)
{
    struct config *c =
        load("route: {receiver: a, routes: [{match_re: {s: 'foo|bar'}, receiver: b}]}\n" RECEIVERS);
    static const struct {
        const char *labels;
        size_t want;
    } rows[] = {{"s=foo", 1}, {"s=bar", 1}, {"s=foobar", 0}, {"s=xbar", 0}, {"s=", 0}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct route *out[1];
        struct labels *ls = labels_of(rows[i].labels);
        CHECK_EQ(config_routes(c, ls, out, 1), 1u);
        FAIL_IF(out[0]->index != rows[i].want, "%s takes route %zu", rows[i].labels, out[0]->index);
        labels_unref(ls);
    }
    config_unref(c);
}

TEST(route, a_fallback_is_inherited_but_not_by_itself)
{
    struct config *c = load("route: {receiver: a, fallback: {receiver: b, after: 1m}, routes: ["
                            "{matchers: [x=1]}, {matchers: [x=2], receiver: b}, "
                            "{matchers: [x=3], receiver: c, fallback: {receiver: d}}]}\n"
                            "receivers: [{name: a}, {name: b}, {name: c}, {name: d}]\n");
    const struct route *const *kids = (const struct route *const *)c->root->routes;
    CHECK_STR(kids[0]->fallback.receiver->name, "b");
    CHECK_EQ(kids[0]->fallback.after, 60 * NS_PER_S);
    CHECK(kids[1]->fallback.receiver == NULL);
    CHECK_STR(kids[2]->fallback.receiver->name, "d");
    CHECK_EQ(kids[2]->fallback.after, 600 * NS_PER_S);
    CHECK(config_receiver(c, SV("d"))->used);
    config_unref(c);
}
