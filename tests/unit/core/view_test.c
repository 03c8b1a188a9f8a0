/* What the engine shows: alerts, groups, and the query parameters of the API. */
#include <math.h>
#include <stdio.h>

#include "support/test.h"

#include "support/engine_fixture.c"

static const char several[] =
    "route:\n"
    "  receiver: d\n"
    "  group_by: [alertname]\n"
    "  group_wait: 1s\n"
    "  group_interval: 1s\n"
    "  routes:\n"
    "    - {matchers: ['team=~\"a|b\"', sev=c], continue: true, group_by: ['...'], receiver: e}\n"
    "    - matchers: [sev=c]\n"
    "      group_by: []\n"
    "      routes: [{matchers: [team=a], receiver: e}]\n"
    "receivers:\n"
    "  - {name: d, webhook_configs: [{url: 'http://a/'}]}\n"
    "  - {name: e, webhook_configs: [{url: 'http://b/'}], labels: {owner: ops}}\n";

/* "name[receivers of its routes] " */
static void print_alerts(const struct alerts_view *v, struct strbuf *out)
{
    strbuf_reset(out);
    strbuf_adds(out, "");
    for (size_t i = 0; i < v->n; i++) {
        fixture_name(out, v->v[i].alert->labels);
        strbuf_addc(out, '[');
        for (size_t k = 0; k < v->v[i].n_routes; k++)
            strbuf_adds(out, v->v[i].routes[k]->receiver->name);
        strbuf_adds(out, "] ");
    }
}

/* "key receiver !muted-by: name[receivers] ...\n" */
static void print_groups(const struct groups_view *v, struct strbuf *out)
{
    strbuf_reset(out);
    strbuf_adds(out, "");
    for (size_t i = 0; i < v->n; i++) {
        const struct group_view *g = &v->v[i];
        strbuf_addf(out, "%s %s", g->group_key, g->route->receiver->name);
        for (size_t k = 0; k < g->n_muted_by; k++)
            strbuf_addf(out, " !%s", g->muted_by[k]);
        strbuf_adds(out, ":");
        for (size_t k = 0; k < g->n_alerts; k++) {
            const struct alert_view *a = &v->alerts.v[g->alerts[k]];
            strbuf_addc(out, ' ');
            fixture_name(out, a->alert->labels);
            strbuf_addc(out, '[');
            for (size_t r = 0; r < a->n_receivers; r++)
                strbuf_adds(out, a->receivers[r]->name);
            strbuf_addc(out, ']');
        }
        strbuf_addc(out, '\n');
    }
}

static void alerts(struct fixture *f, const struct alert_query *q, struct strbuf *out)
{
    struct arena mem;
    struct alerts_view view;

    arena_init(&mem, 1 << 20);
    engine_view_alerts(f->engine, f->now, &mem, &view);
    CHECK(!view.incomplete);
    alerts_view_filter(&view, q);
    alerts_view_sort(&view);
    print_alerts(&view, out);
    alerts_view_done(&view);
    arena_done(&mem);
}

static void groups(struct fixture *f, const struct alert_query *q, struct strbuf *out)
{
    struct arena mem;
    struct groups_view view;

    arena_init(&mem, 1 << 20);
    engine_view_groups(f->engine, f->now, &mem, &view);
    CHECK(!view.alerts.incomplete);
    groups_view_filter(&view, q, &mem);
    groups_view_sort(&view);
    print_groups(&view, out);
    groups_view_done(&view);
    arena_done(&mem);
}

#define ALL .active = true, .silenced = true, .inhibited = true, .muted = true

/* P-112, TL-27 */
TEST(view, shows_every_group_with_its_key_and_its_receivers)
{
    struct fixture f;
    CLEANUP(strbuf_donep) struct strbuf got = {0};
    const char *batch[] = {"x{sev=c,team=a}", "y{sev=c}", "w"};

    fixture_init(&f, several, &(struct engine_opts)FIXTURE_OPTS);
    fixture_post(&f, batch, COUNT_OF(batch), 0, NAN, NULL);
    groups(&f, &(struct alert_query){ALL}, &got);
    CHECK_STR(
        got.p,
        "{}/{sev=\"c\"}:{} d: y{sev=c}[d]\n"
        "{}/{sev=\"c\"}/{team=\"a\"}:{} e: x{sev=c,team=a}[ee]\n"
        "{}:{alertname=\"w\"} d: w[d]\n"
        "{}/{sev=\"c\",team=~\"a|b\"}:{alertname=\"x\", sev=\"c\", team=\"a\"} e: x{sev=c,team=a}[ee]\n");
    fixture_run(&f, 2, true);
    CHECK_STR(f.heard.p, "@1 e/0 +x{sev=c,team=a} first notification\n"
                         "@1 e/0 +x{sev=c,team=a} first notification\n"
                         "@1 d/0 +y{sev=c} first notification\n"
                         "@1 d/0 +w first notification\n");
    fixture_done(&f);
}

/* P-004, R-023 */
TEST(view, group_keys_quote_as_upstream_does)
{
    struct fixture f;
    CLEANUP(strbuf_donep) struct strbuf got = {0};

    fixture_init(
        &f,
        "route: {receiver: d, routes: [{matchers: ['sev=\"c\"', 'team=~\"a|b\"'], group_by: [alertname, "
        "sev, team]}]}\nreceivers: [{name: d}]\n",
        &(struct engine_opts)FIXTURE_OPTS);
    fixture_post_one(&f, "x \"q\" \xc3\xa9\n{sev=c,team=a}", 0, NAN);
    groups(&f, &(struct alert_query){ALL}, &got);
    const char *key =
        "{}/{sev=\"c\",team=~\"a|b\"}:{alertname=\"x \\\"q\\\" \xc3\xa9\\n\", sev=\"c\", team=\"a\"} ";
    CHECK(strncmp(got.p, key, strlen(key)) == 0);
    fixture_done(&f);
}

TEST(view, filters_alerts_as_the_api_documents)
{
    struct fixture f;
    struct err err;
    CLEANUP(strbuf_donep) struct strbuf got = {0};
    struct matchers by_name = {0}, by_owner = {0}, by_receiver = {0};
    const char *batch[] = {"x{sev=c,team=a}", "y{sev=c}", "w", "s"};

    CHECK(matchers_parse(SV("alertname=~\"x|w\""), MATCHER_FALLBACK, &by_name, NULL, &err));
    CHECK(matchers_parse(SV("owner=\"ops\""), MATCHER_FALLBACK, &by_owner, NULL, &err));
    CHECK(matchers_parse(SV("name=\"e\",owner=\"dev\""), MATCHER_FALLBACK, &by_receiver, NULL, &err));
    struct re *only_d = re_new_anchored(SV("d"), &err);
    fixture_init(&f, several, &(struct engine_opts)FIXTURE_OPTS);
    fixture_post(&f, batch, COUNT_OF(batch), 0, NAN, NULL);
    CHECK(fixture_silence(&f, "", "s1", "alertname=\"s\"", 0, 100, &err));

    const struct {
        const char *name;
        struct alert_query q;
        size_t n;
        const char *has;
    } rows[] = {
        {"all", {ALL}, 4, "x{sev=c,team=a}[ee] "},
        {"not silenced", {.active = true, .inhibited = true}, 3, "w[d] "},
        {"not active", {.silenced = true, .inhibited = true}, 1, "s[d] "},
        {"nothing", {.inhibited = true}, 0, ""},
        {"by label", {ALL, .filter = &by_name}, 2, "x{sev=c,team=a}[ee] "},
        {"by receiver", {ALL, .receiver = only_d}, 3, "y{sev=c}[d] "},
        {"by a label of the receiver", {ALL, .receiver_matchers = &by_owner}, 1, "x{sev=c,team=a}[ee] "},
        {"by labels no receiver has together", {ALL, .receiver_matchers = &by_receiver}, 0, ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t n = 0;
        alerts(&f, &rows[i].q, &got);
        for (const char *p = got.p; (p = strchr(p, ']')) != NULL; p++)
            n++;
        FAIL_IF(n != rows[i].n || strstr(got.p, rows[i].has) == NULL, "%s: %s", rows[i].name, got.p);
    }
    groups(&f, &(struct alert_query){ALL, .receiver = only_d}, &got);
    CHECK_STR(got.p, "{}/{sev=\"c\"}:{} d: y{sev=c}[d]\n"
                     "{}:{alertname=\"s\"} d: s[d]\n"
                     "{}:{alertname=\"w\"} d: w[d]\n");
    re_free(only_d);
    matchers_done(&by_name);
    matchers_done(&by_owner);
    matchers_done(&by_receiver);
    fixture_done(&f);
}

/* P-108, P-109, P-110 */
TEST(view, time_intervals_mark_the_group_and_count)
{
    static const char yaml[] =
        "route:\n"
        "  receiver: d\n"
        "  group_wait: 1s\n"
        "  group_interval: 1s\n"
        "  routes:\n"
        "    - {matchers: [m=1], mute_time_intervals: [always, never]}\n"
        "    - {matchers: [m=2], active_time_intervals: [never]}\n"
        "    - {matchers: [m=3], active_time_intervals: [never, always]}\n"
        "time_intervals:\n"
        "  - {name: always, time_intervals: [{times: [{start_time: '00:00', end_time: '24:00'}]}]}\n"
        "  - {name: never, time_intervals: [{years: ['1999']}]}\n"
        "receivers: [{name: d}]\n";
    struct fixture f;
    struct engine_stats st = {0};
    CLEANUP(strbuf_donep) struct strbuf got = {0};
    const char *batch[] = {"x{m=1}", "x{m=2}", "x{m=3}"};

    fixture_init(&f, yaml, &(struct engine_opts)FIXTURE_OPTS);
    fixture_post(&f, batch, COUNT_OF(batch), 0, NAN, NULL);
    groups(&f, &(struct alert_query){ALL}, &got);
    CHECK(strstr(got.p, "!always") != NULL && strstr(got.p, "!never") != NULL); /* W-19: before any flush */
    fixture_run(&f, 2, true);
    groups(&f, &(struct alert_query){ALL}, &got);
    CHECK_STR(got.p, "{}/{m=\"1\"}:{} d !always: x{m=1}[d]\n"
                     "{}/{m=\"2\"}:{} d !never: x{m=2}[d]\n"
                     "{}/{m=\"3\"}:{} d: x{m=3}[d]\n");
    groups(&f, &(struct alert_query){.active = true, .silenced = true, .inhibited = true}, &got);
    CHECK_STR(got.p, "{}/{m=\"3\"}:{} d: x{m=3}[d]\n");
    engine_stats(f.engine, f.now, &st);
    CHECK_EQ(st.suppressed[SUPPRESSED_MUTE_TIME], 2);
    CHECK_EQ(st.suppressed[SUPPRESSED_ACTIVE_TIME], 2);
    CHECK_EQ(st.suppressed[SUPPRESSED_INHIBITION], 0);
    fixture_done(&f);
}

/* W-19: the inhibited alert keeps the last flush from looking at the intervals. */
TEST(view, intervals_are_those_of_now_and_strictly_those_of_the_last_flush)
{
    static const char yaml[] =
        "route: {receiver: d, group_by: [alertname], group_wait: 1s, group_interval: 1m,\n"
        "  routes: [{mute_time_intervals: [night]}]}\n"
        "inhibit_rules: [{source_matchers: [s=1], target_matchers: [t=1]}]\n"
        "time_intervals:\n"
        "  - {name: night, time_intervals: [{times: [{start_time: '00:00', end_time: '00:05'}]}]}\n"
        "receivers: [{name: d}]\n";
    static const struct {
        const char *name;
        bool strict;
        double at;
        bool marked;
    } rows[] = {
        {"before the first flush", false, 0.5, true}, {"after it", false, 2, true},
        {"after the interval", false, 301, false},    {"strict: before the first flush", true, 0.5, false},
        {"strict: after it", true, 2, true},          {"strict: after the interval", true, 301, true},
    };
    CLEANUP(strbuf_donep) struct strbuf got = {0};

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct engine_opts opts = FIXTURE_OPTS;
        struct fixture f;
        opts.compat_strict = rows[i].strict;
        fixture_init(&f, yaml, &opts);
        fixture_post_one(&f, "T{t=1}", 0, 5000);
        if (rows[i].at > 3)
            fixture_run(&f, 3, true);
        if (rows[i].at > 3)
            fixture_post_one(&f, "S{s=1}", 0, 5000);
        fixture_run(&f, rows[i].at, true);
        groups(&f, &(struct alert_query){ALL}, &got);
        FAIL_IF((strstr(got.p, "!night: T") != NULL) != rows[i].marked, "%s: %s", rows[i].name, got.p);
        fixture_done(&f);
    }
}

/* P-050 A-126 */
TEST(view, counts_each_alert_once_in_its_strongest_state)
{
    struct fixture f;
    struct engine_stats st = {0};
    struct err err;
    const char *batch[] = {"x{sev=c,team=a}", "y{sev=c}", "w"};

    fixture_init(&f, several, &(struct engine_opts)FIXTURE_OPTS);
    fixture_post(&f, batch, COUNT_OF(batch), 0, NAN, NULL);
    engine_stats(f.engine, f.now, &st);
    CHECK_EQ(st.state_unprocessed, 3);
    CHECK(fixture_silence(&f, "", "s1", "team=\"a\"", 0, 100, &err));
    fixture_run(&f, 2, true);
    engine_stats(f.engine, f.now, &st);
    CHECK_EQ(st.state_unprocessed, 0);
    CHECK_EQ(st.state_suppressed, 1);
    CHECK_EQ(st.state_active, 2);
    CHECK_EQ(st.groups, 4);
    CHECK_EQ(st.receivers, 2);
    CHECK_EQ(st.integrations, 2);
    CHECK_EQ(st.ledger_entries, 2);
    CHECK_EQ(st.silences_active, 1);
    fixture_done(&f);
}

TEST(view, a_full_arena_is_reported)
{
    struct fixture f;
    struct arena mem;
    struct alerts_view alerts_seen;
    struct groups_view groups_seen;

    fixture_init(&f, several, &(struct engine_opts)FIXTURE_OPTS);
    for (int i = 0; i < 20; i++) {
        char name[32];
        snprintf(name, sizeof name, "x{n=%d}", i);
        fixture_post_one(&f, name, 0, NAN);
    }
    for (size_t ceiling = 0; ceiling < 8192; ceiling += 512) {
        arena_init(&mem, ceiling);
        engine_view_alerts(f.engine, f.now, &mem, &alerts_seen);
        CHECK(alerts_seen.n == 20 || alerts_seen.incomplete);
        alerts_view_done(&alerts_seen);
        arena_done(&mem);
        arena_init(&mem, ceiling);
        engine_view_groups(f.engine, f.now, &mem, &groups_seen);
        CHECK((groups_seen.alerts.n == 20 && groups_seen.n == 1) || groups_seen.alerts.incomplete);
        groups_view_done(&groups_seen);
        arena_done(&mem);
    }
    fixture_done(&f);
}

/* P-076 */
TEST(view, silences_by_state_and_by_the_text_of_their_matchers)
{
    struct fixture f;
    struct arena mem;
    struct silences_view view;
    struct matchers filter = {0};
    struct err err;

    fixture_init(&f, several, &(struct engine_opts)FIXTURE_OPTS);
    CHECK(fixture_silence(&f, "", "late", "a=\"1\",b=\"2\"", 0, 90, &err));
    CHECK(fixture_silence(&f, "", "soon", "a=\"1\"", 0, 80, &err));
    CHECK(fixture_silence(&f, "", "waits", "a=\"1\"", 50, 80, &err));
    CHECK(fixture_silence(&f, "", "old", "a=~\"1\"", 0, 3, &err));
    CHECK(fixture_silence(&f, "", "older", "a=\"1\"", 0, 2, &err));
    fixture_run(&f, 10, true);
    CHECK(matchers_parse(SV("a=\"1\""), MATCHER_FALLBACK, &filter, NULL, &err));

    const struct {
        struct silence_query q;
        const char *want;
    } rows[] = {
        {{.active = true, .pending = true, .expired = true}, "soon late waits old older "},
        {{.active = true}, "soon late "},
        {{.pending = true}, "waits "},
        {{.expired = true, .filter = &filter}, "older "},
        {{0}, ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(strbuf_donep) struct strbuf got = {0};
        strbuf_adds(&got, "");
        arena_init(&mem, 1 << 20);
        engine_view_silences(f.engine, &mem, &view);
        silences_view_filter(&view, &rows[i].q, f.now.wall);
        silences_view_sort(&view, f.now.wall);
        for (size_t k = 0; k < view.n; k++)
            strbuf_addf(&got, "%s ", view.v[k]->id);
        CHECK_STR(got.p, rows[i].want);
        silences_view_done(&view);
        arena_done(&mem);
    }
    matchers_done(&filter);
    fixture_done(&f);
}
