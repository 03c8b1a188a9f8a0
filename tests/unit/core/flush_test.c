/* What a flush takes, in which order its stages look at it, and what it leaves behind. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/test.h"

#include "support/engine_fixture.c"

#define ROUTE(rest) "route: {receiver: d, " rest "}\n"
#define ONE         "receivers: [{name: d, webhook_configs: [{url: 'http://a/'}]}]\n"
#define RULE        "inhibit_rules: [{source_matchers: [s=1], target_matchers: [t=1]}]\n"

static struct fixture setup(const char *yaml)
{
    struct fixture f;
    fixture_init(&f, yaml, &(struct engine_opts)FIXTURE_OPTS);
    return f;
}

static struct engine_stats stats(const struct fixture *f)
{
    struct engine_stats st = {0};
    engine_stats(f->engine, f->now, &st);
    return st;
}

static const char *heard(const struct fixture *f)
{
    return f->heard.n != 0 ? f->heard.p : "";
}

/* The labels of what GET /alerts lists. */
static const char *listed(struct fixture *f)
{
    static struct strbuf text;
    struct arena mem;
    struct alerts_view view;

    arena_init(&mem, 1 << 20);
    engine_view_alerts(f->engine, f->now, &mem, &view);
    alerts_view_sort(&view);
    strbuf_reset(&text);
    strbuf_adds(&text, "");
    for (size_t i = 0; i < view.n; i++) {
        fixture_name(&text, view.v[i].alert->labels);
        strbuf_addc(&text, ' ');
    }
    alerts_view_done(&view);
    arena_done(&mem);
    return text.p;
}

/* P-018, P-019 */
TEST(flush, the_store_forgets_what_is_resolved_and_the_group_keeps_it_until_it_is_told)
{
    struct engine_opts opts = FIXTURE_OPTS;
    struct fixture f;

    opts.alerts_gc_interval = 2 * NS_PER_S;
    fixture_init(&f, ROUTE("group_wait: 1s, group_interval: 6s") ONE, &opts);
    fixture_post_one(&f, "a", 0, 1.5);
    fixture_post_one(&f, "b", 0, 1000);
    fixture_run(&f, 1.8, true);
    CHECK_STR(listed(&f), "b "); /* over, though not yet collected */
    CHECK_EQ(stats(&f).alerts, 2);
    fixture_run(&f, 2, true);
    CHECK_EQ(stats(&f).alerts, 1);
    fixture_run(&f, 7, true);
    CHECK_STR(heard(&f), "@1 d/0 +a +b first notification\n"
                         "@7 d/0 -a +b some alerts resolved\n");
    fixture_done(&f);
}

static dur_ns timeout_seen;

static void note_timeout(struct fixture *f, struct delivery *d)
{
    (void)f;
    timeout_seen = d->deadline - d->due.mono;
}

/* P-033: on a single node, where no position extends it. */
TEST(flush, attempts_may_take_a_group_interval_but_at_least_ten_seconds)
{
    static const struct {
        const char *config;
        dur_ns seconds;
    } rows[] = {{ROUTE("group_wait: 1s, group_interval: 1s") ONE, 10},
                {ROUTE("group_wait: 1s, group_interval: 10s") ONE, 10},
                {ROUTE("group_wait: 1s, group_interval: 11s") ONE, 11},
                {ROUTE("group_wait: 1s, group_interval: 5m") ONE, 300}};

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f = setup(rows[i].config);
        f.on_told = note_timeout;
        timeout_seen = 0;
        fixture_post_one(&f, "x", 0, 1000);
        fixture_run(&f, 1, true);
        FAIL_IF(timeout_seen != rows[i].seconds * NS_PER_S, "%s: %lld", rows[i].config,
                (long long)timeout_seen);
        fixture_done(&f);
    }
}

/* P-036 */
TEST(flush, what_fires_when_it_begins_fires_until_it_ends)
{
    struct fixture f = setup(ROUTE("group_wait: 1s, group_interval: 2s") ONE);

    f.show_times = true;
    f.latency = NS_PER_S;
    fixture_post_one(&f, "x", 0, 1.5); /* ends while it is told */
    fixture_run(&f, 4, true);
    CHECK_STR(heard(&f), "@1 d/0 +x(0..) first notification\n"
                         "@3 d/0 -x(0..1.5) all alerts resolved\n");
    fixture_done(&f);
}

/* P-042: it is counted until upstream's maintenance would have removed it. */
TEST(flush, a_group_that_is_gone_is_counted_until_the_next_maintenance)
{
    struct engine_opts opts = FIXTURE_OPTS;
    struct fixture f;

    opts.dispatch_maintenance_interval = 30 * NS_PER_S;
    fixture_init(&f, ROUTE("group_wait: 1s, group_interval: 1s") ONE, &opts);
    fixture_post_one(&f, "x", 0, 1.5);
    fixture_run(&f, 2, true);
    CHECK_EQ(stats(&f).groups, 0);
    CHECK_EQ(stats(&f).groups_closed, 1);
    fixture_run(&f, 31.9, true);
    CHECK_EQ(stats(&f).groups_closed, 1);
    fixture_run(&f, 32, true);
    CHECK_EQ(stats(&f).groups_closed, 0);
    fixture_done(&f);
}

/* P-120: nothing of the group goes on. */
TEST(flush, a_group_that_is_empty_is_gone_with_its_timer)
{
    struct engine_opts opts = FIXTURE_OPTS;
    struct fixture f;

    opts.alerts_gc_interval = opts.maintenance_interval = 0; /* no other timers */
    fixture_init(&f, ROUTE("group_by: ['...'], group_wait: 1s, group_interval: 1s") ONE, &opts);
    for (int round = 0; round < 3; round++) { /* each time a group replaces the one before */
        const double start = 10 * round;
        fixture_run(&f, start, true);
        fixture_post_one(&f, "x", start, start + 1.5);
        CHECK_EQ(stats(&f).groups, 1);
        fixture_run(&f, start + 5, true);
        CHECK_EQ(stats(&f).groups, 0);
        CHECK(engine_next(f.engine) == MONO_NEVER);
    }
    CHECK_STR(heard(&f), "@1 d/0 +x first notification\n@2 d/0 -x all alerts resolved\n"
                         "@11 d/0 +x first notification\n@12 d/0 -x all alerts resolved\n"
                         "@21 d/0 +x first notification\n@22 d/0 -x all alerts resolved\n");
    fixture_done(&f);
}

/* P-058: both are old, so their groups flush at once. */
TEST(flush, no_target_slips_through_at_a_start_or_a_reload)
{
    struct fixture f = setup(ROUTE("group_by: [alertname], group_wait: 1s, group_interval: 5s") ONE RULE);

    fixture_post_one(&f, "T{t=1}", 0, 1000);
    fixture_post_one(&f, "S{s=1}", 0, 1000);
    fixture_run(&f, 3, true);
    fixture_kill(&f);
    fixture_run(&f, 100, true);
    fixture_start(&f, 99);
    fixture_run(&f, 101, true);
    fixture_reload(&f, ROUTE("group_by: [alertname, x], group_wait: 1s") ONE RULE);
    fixture_run(&f, 102, true);
    f.opts.compat_strict = true;
    fixture_kill(&f);
    fixture_start(&f, 102);
    fixture_post_one(&f, "T{t=1}", 0, 1000);
    fixture_post_one(&f, "S{s=1}", 0, 1000);
    fixture_reload(&f, ROUTE("group_by: [alertname, x, y], group_wait: 1s") ONE RULE);
    fixture_run(&f, 103, true);
    FAIL_IF(strstr(heard(&f), "T{") != NULL, "%s", heard(&f));
    fixture_done(&f);
}

/* P-059, P-106, P-110, C-117: who is held back by one stage does not reach the next; each tick counts again.
 */
TEST(flush, stages_come_in_their_order)
{
    static const struct {
        const char *name, *route;
        const char *alerts[3];
        bool silence;
        uint64_t inhibition, active, mute, silenced; /* after two flushes */
    } rows[] = {
        {"inhibited and silenced", "", {"T{t=1}", "S{s=1}"}, true, 2, 0, 0, 2},
        {"inhibited and out of time",
         "mute_time_intervals: [always]",
         {"T{t=1}", "S{s=1}"},
         true,
         2,
         0,
         2,
         0},
        {"outside the active and inside the muting",
         "active_time_intervals: [never], mute_time_intervals: [always]",
         {"x", "y"},
         true,
         0,
         4,
         0,
         0},
        {"muted by time and silenced", "mute_time_intervals: [always]", {"x"}, true, 0, 0, 2, 0},
        {"silenced", "active_time_intervals: [always]", {"x", "y"}, true, 0, 0, 0, 4},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(strbuf_donep) struct strbuf yaml = {0};
        struct err err = {0};
        size_t n = 0;
        strbuf_addf(
            &yaml,
            "route: {receiver: d, group_wait: 1s, group_interval: 1s, routes: [{%s}]}\n" ONE RULE
            "time_intervals:\n"
            "  - {name: always, time_intervals: [{times: [{start_time: '00:00', end_time: '24:00'}]}]}\n"
            "  - {name: never, time_intervals: [{years: ['1999']}]}\n",
            rows[i].route);
        struct fixture f = setup(yaml.p);
        while (rows[i].alerts[n] != NULL)
            n++;
        CHECK(fixture_silence(&f, "", "s1", "alertname=~\".+\"", 0, 1000, &err));
        fixture_post(&f, rows[i].alerts, n, 0, 1000, NULL);
        fixture_run(&f, 2, true);
        const struct engine_stats st = stats(&f);
        FAIL_IF(st.suppressed[SUPPRESSED_INHIBITION] != rows[i].inhibition ||
                    st.suppressed[SUPPRESSED_ACTIVE_TIME] != rows[i].active ||
                    st.suppressed[SUPPRESSED_MUTE_TIME] != rows[i].mute ||
                    st.suppressed[SUPPRESSED_SILENCE] != rows[i].silenced,
                "%s: %llu inhibited, %llu outside active, %llu muted, %llu silenced", rows[i].name,
                (unsigned long long)st.suppressed[SUPPRESSED_INHIBITION],
                (unsigned long long)st.suppressed[SUPPRESSED_ACTIVE_TIME],
                (unsigned long long)st.suppressed[SUPPRESSED_MUTE_TIME],
                (unsigned long long)st.suppressed[SUPPRESSED_SILENCE]);
        CHECK_EQ(st.inhibition_rules, 1);
        CHECK_STR(heard(&f), "");
        fixture_done(&f);
    }
}

/* P-061, as evaluated: at the very instant of its end a silence mutes, and so at that of its start. */
TEST(flush, a_silence_counts_at_both_of_its_instants)
{
    struct fixture f = setup(ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 1ms") ONE);
    struct err err = {0};

    CHECK(fixture_silence(&f, "", "s1", "alertname=\"x\"", 2, 3, &err));
    fixture_post(&f, (const char *[]){"x", "y"}, 2, 0, 1000, NULL);
    fixture_run(&f, 4, true);
    CHECK_STR(heard(&f), "@1 d/0 +x +y first notification\n"
                         "@2 d/0 +y repeat interval elapsed\n"
                         "@3 d/0 +y repeat interval elapsed\n"
                         "@4 d/0 +x +y new alerts added\n");
    fixture_done(&f);
}

/* ---- the notification log ---- */

static const struct ledger_entry *entry_of(const struct fixture *f)
{
    for (size_t i = 0; i < f->rows.n; i++)
        if (f->rows.v[i].kind == RECORD_LEDGER)
            return f->rows.v[i].ledger;
    FAIL_IF(true, "nothing was told");
    return NULL;
}

/* P-081 R-016: the end is not sent, but the log says that it was told. */
TEST(flush, an_end_that_is_not_sent_is_logged_all_the_same)
{
    for (int strict = 0; strict < 2; strict++) {
        struct engine_opts opts = FIXTURE_OPTS;
        struct fixture f;
        opts.compat_strict = strict != 0;
        fixture_init(
            &f,
            ROUTE("group_wait: 1s, group_interval: 1s") "receivers: [{name: d, webhook_configs: [{url: "
                                                        "'http://a/', send_resolved: false}]}]\n",
            &opts);
        fixture_post_one(&f, "x", 0, 1.5);
        fixture_run(&f, 1, true);
        CHECK_EQ(entry_of(&f)->n_firing, 1);
        fixture_run(&f, 2, true);
        CHECK_EQ(entry_of(&f)->n_firing, 0);
        CHECK_EQ(entry_of(&f)->n_resolved, 1);
        fixture_post_one(&f, "x", 2, 1000);
        fixture_run(&f, 4, true);
        CHECK_STR(heard(&f), "@1 d/0 +x first notification\n"
                             "@3 d/0 +x first notification\n");
        fixture_done(&f);
    }
}

/* P-083 */
TEST(flush, an_annotation_is_no_news_and_the_next_notification_has_the_newest)
{
    struct fixture f = setup(ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 4500ms") ONE);
    const char *x = "x";

    f.show_times = true;
    fixture_post(&f, &x, 1, 0, 1000, "one");
    fixture_run(&f, 2.5, true);
    fixture_post(&f, &x, 1, 0, 1000, "two");
    fixture_run(&f, 6, true);
    CHECK_STR(heard(&f), "@1 d/0 +x(0.. one) first notification\n"
                         "@6 d/0 +x(0.. two) repeat interval elapsed\n");
    fixture_done(&f);
}

/* P-085 */
TEST(flush, an_entry_lives_for_two_repeats_but_no_longer_than_the_retention)
{
    static const struct {
        const char *name, *config;
        dur_ns retention, lives; /* seconds */
    } rows[] = {
        {"two repeats", ROUTE("group_wait: 1s, repeat_interval: 1h") ONE, 36000, 7200},
        {"the retention is shorter", ROUTE("group_wait: 1s, repeat_interval: 1h") ONE, 7000, 7000},
        {"so long that doubling overflows", ROUTE("group_wait: 1s, repeat_interval: 200y") ONE, 7000, 7000},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct engine_opts opts = FIXTURE_OPTS;
        struct fixture f;
        opts.retention = rows[i].retention * NS_PER_S;
        opts.compat_strict = true; /* otherwise two flushes are a lower bound: see the row W-25 */
        fixture_init(&f, rows[i].config, &opts);
        fixture_post_one(&f, "x", 0, 1000);
        fixture_run(&f, 1, true);
        const dur_ns lives = stamp_sub(entry_of(&f)->expires_at, entry_of(&f)->at);
        FAIL_IF(lives != rows[i].lives * NS_PER_S, "%s: %lld", rows[i].name, (long long)lives);
        fixture_done(&f);
    }
}

/* P-088 */
TEST(flush, a_tick_that_tells_nothing_leaves_the_log_alone)
{
    struct fixture f = setup(ROUTE("group_wait: 1s, group_interval: 1s") ONE);

    fixture_post_one(&f, "x", 0, 1000);
    fixture_run(&f, 1, true);
    const struct ledger_entry *before = entry_of(&f);
    fixture_run(&f, 20, true);
    CHECK(entry_of(&f) == before);
    CHECK_EQ(stats(&f).ledger_queries, 20);
    CHECK_STR(heard(&f), "@1 d/0 +x first notification\n");
    fixture_done(&f);
}

/* What the receiver makes of its data: a number that counts up, and nothing that is not its own. */
static void count_up(struct fixture *f, struct delivery *d)
{
    struct strbuf *seen = f->ctx;
    const struct sv before = d->receiver_data != NULL ? labels_get(d->receiver_data, SV("n")) : SV("0");
    char text[24];

    strbuf_addf(seen, "%.*s ", SV_ARG(before));
    snprintf(text, sizeof text, "%ld", strtol(before.p, NULL, 10) + 1);
    labels_unref(d->receiver_data);
    d->receiver_data = labels_new(&(struct label_sv){SV("n"), sv_of(text)}, 1);
}

/* in the log, over repeats, quiet ticks, a failure and a death; anew with a first notification. */
TEST(flush, what_a_receiver_keeps_about_a_group)
{
    for (int strict = 0; strict < 2; strict++) {
        struct engine_opts opts = FIXTURE_OPTS;
        struct strbuf seen = {0};
        struct fixture f;
        opts.compat_strict = strict != 0;
        fixture_init(&f, ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 4s") ONE, &opts);
        f.on_told = count_up;
        f.ctx = &seen;
        fixture_post_one(&f, "x", 0, 20);
        fixture_run(&f, 1, true);
        CHECK_STR(seen.p, "0 ");
        fixture_post_one(&f, "y", 2, 20);
        fixture_run(&f, 3, true);
        CHECK_STR(seen.p, "0 1 ");
        strcpy(f.failing, "d/0 ");
        fixture_post_one(&f, "z", 3.5, 20);
        fixture_run(&f, 4.5, true);
        f.failing[0] = '\0';
        fixture_run(&f, 10.5, true);
        CHECK_EQ(seen.n % 2, 0);
        const size_t alive = seen.n;
        FAIL_IF(alive < 6 || strncmp(seen.p, "0 1 2 3", alive < 7 ? alive : 7) != 0, "%s", seen.p);
        if (strict == 0) {
            fixture_kill(&f);
            fixture_start(&f, 10.5);
        }
        fixture_run(&f, 19, true);
        FAIL_IF(strncmp(seen.p, "0 1 2 3 4 ", 10) != 0, "%s", seen.p);
        fixture_post(&f, (const char *[]){"x", "y", "z"}, 3, 0, 18, NULL); /* all has ended */
        fixture_run(&f, 25, true);
        strbuf_reset(&seen);
        fixture_post_one(&f, "x", 26, 1000);
        fixture_run(&f, 28, true);
        FAIL_IF(seen.n != 2 || seen.p[0] != '0', "%zu %s after\n%s", seen.n, seen.p, heard(&f));
        strbuf_done(&seen);
        fixture_done(&f);
    }
}

/* ---- many at once ---- */

/* P-121: one request makes one group of its 1,000 alerts, however often they are sent. */
TEST(flush, all_alerts_of_a_request_land_in_one_group)
{
    static char text[1000][32];
    const char *alerts[1000];
    struct fixture f = setup(ROUTE("group_wait: 1s, group_by: [job]") ONE);

    for (int i = 0; i < 1000; i++) {
        snprintf(text[i], sizeof text[i], "x{n=%d}", i);
        alerts[i] = text[i];
    }
    fixture_post(&f, alerts, COUNT_OF(alerts), 0, 1000, NULL);
    fixture_post(&f, alerts, COUNT_OF(alerts), 0, 1000, NULL);
    CHECK_EQ(stats(&f).groups, 1);
    fixture_run(&f, 1, true);
    size_t told = 0;
    for (const char *p = heard(&f); (p = strstr(p, " +x{")) != NULL; p++)
        told++;
    CHECK_EQ(told, 1000);
    fixture_done(&f);
}

/* P-125: the last word of a request counts, in the store and in the group. */
TEST(flush, fire_and_resolve_of_one_request_keep_their_order)
{
    struct fixture f = setup(ROUTE("group_by: ['...'], group_wait: 1s, group_interval: 1s") ONE);
    enum { N = 400 };
    static struct label_sv labels[2 * N];
    static struct ingest_alert v[2 * N];
    static char names[N][8];
    struct effects fx = {0};

    for (size_t i = 0; i < 2 * N; i++) {
        snprintf(names[i / 2], sizeof names[0], "a%zu", i / 2);
        labels[i] = (struct label_sv){SV("alertname"), sv_of(names[i / 2])};
        v[i] = (struct ingest_alert){.labels = &labels[i],
                                     .n_labels = 1,
                                     .starts_at = fixture_stamp(0),
                                     .ends_at = fixture_stamp(i % 2 == 0 ? 1000 : 0)};
    }
    struct ingest b = {.v = v, .n = 2 * N};
    ingest_prepare(&b, 300 * NS_PER_S, MATCHER_FALLBACK, f.now.wall, &f.rejected);
    engine_lookup(f.engine, &b);
    ingest_build(&b);
    engine_ingest(f.engine, &b, f.now, &fx);
    ingest_done(&b);
    take_effects(&f, &fx);
    fixture_run(&f, 0.5, true);
    CHECK_STR(listed(&f), "");
    fixture_run(&f, 5, true);
    CHECK_STR(heard(&f), "");
    CHECK_EQ(stats(&f).groups, 0);
    fixture_done(&f);
}

/* P-126 */
TEST(flush, five_thousand_groups_without_a_wait_are_all_told)
{
    struct fixture f = setup(ROUTE("group_by: ['...'], group_wait: 0s") ONE);
    size_t lines = 0;

    for (int i = 0; i < 5000; i++) {
        char alert[24];
        snprintf(alert, sizeof alert, "x{n=%d}", i);
        fixture_post_one(&f, alert, 0, 1000);
    }
    CHECK_EQ(stats(&f).groups, 5000);
    fixture_run(&f, 0, true);
    for (const char *p = heard(&f); (p = strchr(p, '\n')) != NULL; p++)
        lines++;
    CHECK_EQ(lines, 5000);
    fixture_done(&f);
}
