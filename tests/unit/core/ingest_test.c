/* What happens to a POST of alerts: defaults, validation, merging, what is persisted, limits. */
#include <math.h>
#include <stdio.h>

#include "support/test.h"

#include "support/engine_fixture.c"

#define CONFIG                                                                                               \
    "route: {receiver: d, group_by: [alertname], group_wait: 1s, group_interval: 1s}\n"                      \
    "receivers: [{name: d, webhook_configs: [{url: 'http://a/'}]}]\n"

static struct fixture setup(struct engine_opts opts)
{
    struct fixture f;
    fixture_init(&f, CONFIG, &opts);
    return f;
}

/* The stored alerts, ended ones left out, as "x(start..end)", by fingerprint. */
static const char *stored(struct fixture *f)
{
    static struct strbuf text;
    struct arena mem;
    struct alerts_view view;

    arena_init(&mem, 1 << 20);
    strbuf_reset(&text);
    strbuf_adds(&text, "");
    engine_view_alerts(f->engine, f->now, &mem, &view);
    alerts_view_sort(&view);
    for (size_t i = 0; i < view.n; i++) {
        const struct alert *a = view.v[i].alert;
        fixture_name(&text, a->labels);
        strbuf_addf(&text, "(%.6g..%.6g) ", fixture_seconds(a->starts_at), fixture_seconds(a->ends_at));
    }
    alerts_view_done(&view);
    arena_done(&mem);
    return text.p;
}

/* P-008 */
TEST(ingest, missing_times_are_made_up)
{
    static const struct {
        const char *name;
        double start, end;
        const char *stored;
    } rows[] = {
        {"neither", NAN, NAN, "x(10..310) "},
        {"only a start", 3, NAN, "x(3..310) "},
        {"only an end", NAN, 15, "x(15..15) "},
        {"both", 3, 15, "x(3..15) "},
        {"an end in the past is not shown", 3, 5, ""},
        {"an end that is now is still shown", 3, 10, "x(3..10) "},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f = setup((struct engine_opts)FIXTURE_OPTS);
        fixture_run(&f, 10, true);
        fixture_post_one(&f, "x", rows[i].start, rows[i].end);
        FAIL_IF(strcmp(stored(&f), rows[i].stored) != 0, "%s: %s", rows[i].name, stored(&f));
        fixture_done(&f);
    }
}

/* P-007 */
TEST(ingest, all_alerts_of_a_request_were_received_at_one_moment)
{
    struct fixture f = setup((struct engine_opts)FIXTURE_OPTS);
    const char *batch[] = {"x", "y", "z"};
    struct arena mem;
    struct alerts_view view;

    fixture_run(&f, 7, true);
    fixture_post(&f, batch, COUNT_OF(batch), NAN, NAN, NULL);
    arena_init(&mem, 1 << 20);
    engine_view_alerts(f.engine, f.now, &mem, &view);
    CHECK_EQ(view.n, 3);
    for (size_t i = 0; i < view.n; i++)
        CHECK_EQ(stamp_sub(view.v[i].alert->updated_at, fixture_stamp(7)), 0);
    alerts_view_done(&view);
    arena_done(&mem);
    fixture_done(&f);
}

/* P-009, P-010, TL-47 */
TEST(ingest, answers_with_the_texts_of_all_that_is_wrong_and_stores_the_rest)
{
    static const struct {
        const char *name;
        const char *alerts[4];
        double start, end;
        const char *rejected, *stored;
    } rows[] = {
        {"fine", {"x"}, NAN, NAN, "", "x(10..310) "},
        {"no label with a value",
         {"ok", "{a=}"},
         NAN,
         NAN,
         "at least one label pair required",
         "ok(10..310) "},
        {"end before start", {"x"}, 5, 4, "start time must be before end time", ""},
        {"start after the made-up end", {"x"}, 1000, NAN, "start time must be before end time", ""},
        {"end equal to start", {"x"}, 20, 20, "", "x(20..20) "},
        {"empty labels do not count", {"x{zone=}"}, NAN, NAN, "", "x(10..310) "},
        {"a name that is no UTF-8",
         {"x{\xff=1}", "{a=}"},
         NAN,
         NAN,
         "invalid label set: invalid name \"\\xff\"\nat least one label pair required",
         ""},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f = setup((struct engine_opts)FIXTURE_OPTS);
        size_t n = 0;
        while (rows[i].alerts[n] != NULL)
            n++;
        fixture_run(&f, 10, true);
        fixture_post(&f, rows[i].alerts, n, rows[i].start, rows[i].end, NULL);
        const char *rejected = f.rejected.n != 0 ? f.rejected.p : "";
        FAIL_IF(strcmp(rejected, rows[i].rejected) != 0, "%s: %s", rows[i].name, rejected);
        FAIL_IF(strcmp(stored(&f), rows[i].stored) != 0, "%s: %s", rows[i].name, stored(&f));
        fixture_done(&f);
    }
}

TEST(ingest, names_are_checked_by_the_mode)
{
    static const struct {
        const char *label, *annotation;
        enum matcher_mode mode;
        const char *error;
    } rows[] = {
        {"a.b", "c.d", MATCHER_FALLBACK, ""},
        {"a.b", "c.d", MATCHER_UTF8_STRICT, ""},
        {"a.b", "c", MATCHER_CLASSIC, "invalid label set: invalid name \"a.b\""},
        {"a", "c.d", MATCHER_CLASSIC, "invalid annotations: invalid name \"c.d\""},
        {"a", "", MATCHER_FALLBACK, "invalid annotations: invalid name \"\""},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct label_sv label = {sv_of(rows[i].label), SV("1")}, note = {sv_of(rows[i].annotation), SV("")};
        struct ingest_alert a = {.labels = &label,
                                 .n_labels = 1,
                                 .annotations = &note,
                                 .n_annotations = 1,
                                 .starts_at = STAMP_UNSET,
                                 .ends_at = STAMP_UNSET};
        struct ingest b = {.v = &a, .n = 1};
        CLEANUP(strbuf_donep) struct strbuf errors = {0};
        ingest_prepare(&b, NS_PER_S, rows[i].mode, fixture_stamp(0), &errors);
        CHECK_STR(errors.n != 0 ? errors.p : "", rows[i].error);
        CHECK_EQ(b.n_invalid, *rows[i].error != '\0');
        CHECK_EQ(b.n_firing, 1);
    }
}

/* P-016 */
TEST(ingest, a_late_end_that_somebody_gave_stands_against_an_earlier_one_in_the_future)
{
    struct fixture f = setup((struct engine_opts)FIXTURE_OPTS);
    fixture_post_one(&f, "x", 0, 300);
    fixture_post_one(&f, "y", 0, NAN);
    fixture_run(&f, 1, true);
    fixture_post_one(&f, "x", 0, 1.5);
    fixture_post_one(&f, "y", 0, 1.5);
    CHECK(strstr(stored(&f), "x(0..300)") != NULL);
    CHECK(strstr(stored(&f), "y(0..1.5)") != NULL);
    fixture_done(&f);
}

TEST(ingest, only_transitions_are_persisted)
{
    static const struct {
        const char *name;
        double start, end;
        const char *annotation;
        size_t writes;
    } rows[] = {
        {"new alert, and its group", 0, NAN, "a", 2},
        {"heartbeat", 0, NAN, "a", 0},
        {"another annotation", 0, NAN, "b", 1},
        {"now with an end of its own", 0, 500, "b", 1},
        {"that end moves", 0, 600, "b", 0},
        {"resolved", 0, 5, "b", 1},
        {"resolved again", 0, 5, "b", 0},
        {"fires again", 5, NAN, "b", 1},
    };
    struct fixture f = setup((struct engine_opts)FIXTURE_OPTS);
    const char *x = "x";

    f.opts.retention = 0;
    fixture_run(&f, 5, true);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const size_t before = f.rows.writes;
        fixture_post(&f, &x, 1, rows[i].start, rows[i].end, rows[i].annotation);
        FAIL_IF(f.rows.writes - before != rows[i].writes, "%s: %zu writes, want %zu", rows[i].name,
                f.rows.writes - before, rows[i].writes);
    }
    fixture_done(&f);
}

static size_t rows_of(const struct fixture *f, enum record_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < f->rows.n; i++)
        n += f->rows.v[i].kind == kind;
    return n;
}

TEST(ingest, rows_live_as_long_as_a_restart_needs_them)
{
    struct fixture f = setup((struct engine_opts)FIXTURE_OPTS);
    fixture_post_one(&f, "x", 0, 3); /* ends by itself */
    fixture_run(&f, 2.5, true);
    CHECK_EQ(rows_of(&f, RECORD_ALERT), 1);
    CHECK_EQ(rows_of(&f, RECORD_GROUP), 1);
    snprintf(f.failing, sizeof f.failing, "d/0 ");
    fixture_run(&f, 3.5, true); /* the flush saw it resolved, but could not tell */
    CHECK_EQ(rows_of(&f, RECORD_ALERT), 1);
    for (size_t i = 0; i < f.rows.n; i++)
        CHECK(f.rows.v[i].kind != RECORD_ALERT || f.rows.v[i].resolved);
    f.failing[0] = '\0';
    fixture_run(&f, 4.5, true);
    CHECK_EQ(rows_of(&f, RECORD_ALERT), 0);
    CHECK_EQ(rows_of(&f, RECORD_GROUP), 0);
    CHECK_EQ(rows_of(&f, RECORD_LEDGER), 1);
    CHECK_STR(f.heard.p, "@1 d/0 +x first notification\n"
                         "@3 d/0 -x all alerts resolved\n"
                         "@4 d/0 -x all alerts resolved\n");
    fixture_done(&f);
}

/* P-011 */
TEST(ingest, counts_what_it_received)
{
    struct engine_opts opts = FIXTURE_OPTS;
    struct engine_stats st = {0};
    const char *batch[] = {"a{n=1}", "a{n=2}", "a{n=3}", "{b=}"};

    opts.per_alertname_limit = 2;
    struct fixture f = setup(opts);
    fixture_post(&f, batch, COUNT_OF(batch), NAN, NAN, NULL);
    fixture_post_one(&f, "a{n=1}", NAN, 0);
    engine_stats(f.engine, f.now, &st);
    CHECK_EQ(st.received_firing, 4);
    CHECK_EQ(st.received_resolved, 1);
    CHECK_EQ(st.invalid, 1);
    CHECK_EQ(st.limited, 1);
    CHECK_EQ(st.alerts, 2);
    CHECK_EQ(st.dispatcher_writes, 3);
    CHECK_EQ(st.inhibitor_writes, 3);
    CHECK_EQ(st.groups, 1);
    fixture_done(&f);
}

/* P-042 */
TEST(ingest, a_group_that_ended_counts_until_the_dispatcher_looks)
{
    static const struct {
        double at;
        const char *post;
        bool fires;
        size_t groups, closed;
    } rows[] = {
        {0, "a", true, 1, 0},   {1, "a", false, 1, 0},   {6, NULL, false, 0, 1},  {7, "a", true, 1, 0},
        {12, "a", false, 1, 0}, {20, NULL, false, 0, 1}, {35, NULL, false, 0, 1}, {37, NULL, false, 0, 0},
    };
    struct engine_opts opts = FIXTURE_OPTS;
    struct engine_stats st = {0};

    opts.dispatch_maintenance_interval = 30 * NS_PER_S;
    struct fixture f = {0};
    fixture_init(&f,
                 "route: {receiver: r, group_wait: 1s, group_interval: 5s}\n"
                 "receivers:\n- name: r\n  webhook_configs: [{url: 'http://x/'}]\n",
                 &opts);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        fixture_run(&f, rows[i].at, true);
        if (rows[i].post != NULL)
            fixture_post_one(&f, rows[i].post, 0, rows[i].fires ? NAN : rows[i].at);
        engine_stats(f.engine, f.now, &st);
        FAIL_IF(st.groups != rows[i].groups || st.groups_closed != rows[i].closed,
                "@%g: %zu groups, %zu closed", rows[i].at, st.groups, st.groups_closed);
    }
    fixture_done(&f);
}

/* P-020, P-022 */
TEST(ingest, a_known_alert_passes_the_limit_and_an_ended_one_makes_room)
{
    struct engine_opts opts = FIXTURE_OPTS;
    struct engine_stats st = {0};

    opts.per_alertname_limit = 1;
    opts.alerts_gc_interval = 10 * NS_PER_S;
    struct fixture f = setup(opts);
    fixture_post_one(&f, "a{n=1}", 0, 5);
    fixture_post_one(&f, "b{n=1}", 0, 5);
    fixture_post_one(&f, "a{n=1}", 0, 6);
    fixture_post_one(&f, "a{n=2}", 0, 50);
    engine_stats(f.engine, f.now, &st);
    CHECK_EQ(st.limited, 1);
    fixture_run(&f, 6, true);
    fixture_post_one(&f, "a{n=2}", 0, 50); /* the end is not in the past yet */
    engine_stats(f.engine, f.now, &st);
    CHECK_EQ(st.limited, 2);
    fixture_run(&f, 6.1, true);
    fixture_post_one(&f, "a{n=2}", 0, 50);
    fixture_run(&f, 20, true);
    fixture_post_one(&f, "b{n=2}", 0, 50);
    engine_stats(f.engine, f.now, &st);
    CHECK_EQ(st.limited, 2);
    CHECK_EQ(st.alerts, 2);
    fixture_done(&f);
}

/* W-30: what ended makes room, what fires keeps its place, whenever the garbage is collected. */
TEST(ingest, the_limit_holds_over_garbage_collections)
{
    struct engine_opts opts = FIXTURE_OPTS;

    opts.per_alertname_limit = 3;
    opts.alerts_gc_interval = 10 * NS_PER_S;
    struct fixture f = setup(opts);
    fixture_post_one(&f, "a{n=1}", 0, 5);
    fixture_post_one(&f, "a{n=2}", 0, 1000);
    fixture_post_one(&f, "a{n=3}", 0, 6);
    fixture_run(&f, 20, true);
    for (int i = 4; i < 10; i++) {
        char alert[16];
        snprintf(alert, sizeof alert, "a{n=%d}", i);
        fixture_post_one(&f, alert, 20, 1000);
    }
    struct engine_stats st = {0};
    engine_stats(f.engine, f.now, &st);
    CHECK_EQ(st.limited, 4);
    CHECK_EQ(st.alerts, 3);
    fixture_done(&f);
}

/* FNV-1a is easy to attack, so two label sets with one fingerprint are not out of the question. */
TEST(ingest, the_second_of_two_sets_with_one_fingerprint_replaces_the_first)
{
    struct fixture f = setup((struct engine_opts)FIXTURE_OPTS);
    struct label_sv one = {SV("alertname"), SV("x")}, two = {SV("alertname"), SV("y")};
    struct ingest_alert v[] = {
        {.labels = &one, .n_labels = 1, .starts_at = STAMP_UNSET, .ends_at = STAMP_UNSET},
        {.labels = &two, .n_labels = 1, .starts_at = STAMP_UNSET, .ends_at = STAMP_UNSET}};
    struct ingest b = {.v = v, .n = 2};
    struct effects fx = {0};

    ingest_prepare(&b, 300 * NS_PER_S, MATCHER_FALLBACK, f.now.wall, &f.rejected);
    engine_lookup(f.engine, &b);
    ingest_build(&b);
    v[1].version->labels->fp = v[0].version->labels->fp;
    engine_ingest(f.engine, &b, f.now, &fx);
    ingest_done(&b);
    take_effects(&f, &fx);
    CHECK_STR(stored(&f), "y(0..300) ");
    fixture_run(&f, 2, true);
    CHECK_STR(f.heard.p, "@1 d/0 +y first notification\n");
    fixture_done(&f);
}
