/* The work of matching silences and alerts is in proportion to what changes (W-27), and finds the same as
 * trying every pair would. */
#include <stdio.h>
#include <stdlib.h>

#include "support/test.h"

#include "support/engine_fixture.c"

#define CONFIG                                                                                               \
    "route: {receiver: d, group_by: [job]}\n"                                                                \
    "receivers: [{name: d, webhook_configs: [{url: 'http://a/'}]}]\n"

static struct fixture setup(void)
{
    struct engine_opts opts = FIXTURE_OPTS;
    struct fixture f;

    fixture_init(&f, CONFIG, &opts);
    return f;
}

static uint64_t evaluations(const struct fixture *f)
{
    struct engine_stats st = {0};
    engine_stats(f->engine, f->now, &st);
    return st.silence_evaluations;
}

/* Takes texts that the caller formats into the same buffer every time. */
static void silence(struct fixture *f, const char *id, const char *matchers)
{
    struct err err = {0};
    FAIL_IF(!fixture_silence(f, "", id, matchers, 0, 1000, &err), "%s: %s", matchers, err.text);
}

/* x{job=j<n % 10>,instance=<n>} for n below 10,000, in ten requests. */
static void post_10000(struct fixture *f)
{
    static char text[1000][48];
    static const char *alerts[1000];

    for (int i = 0; i < 10000; i++) {
        snprintf(text[i % 1000], sizeof text[0], "x{job=j%d,instance=%d}", i % 10, i);
        alerts[i % 1000] = text[i % 1000];
        if (i % 1000 == 999)
            fixture_post(f, alerts, COUNT_OF(alerts), 0, 5000, NULL);
    }
}

/* By one host, by a list of two, by alert and host. */
static void silence_2000(struct fixture *f)
{
    static const char *const form[][2] = {{"instance=\"", "\""},
                                          {"instance=~\"", "|no-such-host\""},
                                          {"alertname=\"x\",instance=\"", "\",job!=\"other\""}};
    char id[37], matchers[128];

    for (int i = 0; i < 2000; i++) {
        snprintf(id, sizeof id, "s%d", i);
        snprintf(matchers, sizeof matchers, "%s%d%s", form[i % 3][0], i, form[i % 3][1]);
        silence(f, id, matchers);
    }
}

/* P-073, W-27: what each change costs beside 10,000 alerts and 2,000 silences. */
TEST(silence_index, a_change_is_matched_against_its_candidates_only)
{
    enum verb { SILENCE, EDIT, EXPIRE, POST, POST_AGAIN };
    static const struct {
        const char *name;
        enum verb verb;
        const char *what;
        uint64_t evaluations;
    } rows[] = {
        {"a silence of one host", SILENCE, "instance=\"77\"", 1},
        {"a silence of two hosts, as a pattern", SILENCE, "instance=~\"77|78\"", 2},
        {"a silence of a host nobody has", SILENCE, "instance=\"no-such-host\"", 0},
        {"a silence of one host whose matcher is the rarest of three", SILENCE,
         "alertname=\"x\",job=\"j7\",instance=\"77\"", 1},
        {"a silence by a name that was never asked for", SILENCE, "job=\"j3\"", 1000},
        {"a silence by a pattern", SILENCE, "instance=~\".*77\"", 10000},
        {"an edit", EDIT, "job=\"j3\"", 0},
        {"an expiry", EXPIRE, "job=\"j3\"", 0},
        {"all alerts again", POST_AGAIN, "", 0},
        {"a new alert: three silences of the host, one by pattern, and none of the other 2,000", POST,
         "y{job=j7,instance=77}", 5},
        {"a new alert of a new host: only the pattern", POST, "y{job=j7,instance=new}", 1},
    };
    struct fixture f = setup();
    struct err err = {0};

    post_10000(&f);
    CHECK_EQ(evaluations(&f), 0);
    silence_2000(&f);
    CHECK_EQ(evaluations(&f), 2000);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const uint64_t before = evaluations(&f);
        char id[37];
        snprintf(id, sizeof id, "row%zu", i);
        if (rows[i].verb == SILENCE)
            silence(&f, id, rows[i].what);
        else if (rows[i].verb == EDIT)
            CHECK(fixture_silence(&f, "row4", id, rows[i].what, 0, 2000, &err));
        else if (rows[i].verb == EXPIRE)
            fixture_expire(&f, "row4");
        else if (rows[i].verb == POST)
            fixture_post_one(&f, rows[i].what, 0, 5000);
        else
            post_10000(&f);
        const uint64_t cost = evaluations(&f) - before;
        FAIL_IF(cost != rows[i].evaluations, "%s: %llu, want %llu", rows[i].name, (unsigned long long)cost,
                (unsigned long long)rows[i].evaluations);
    }
    fixture_done(&f);
}

/* ---- the same as every pair ---- */

static unsigned next(uint64_t *state, unsigned below)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(*state >> 33) % below;
}

/* Few names and values, so that much of it meets. */
static const char *random_alert(uint64_t *rng, char *out, size_t n)
{
    int used = snprintf(out, n, "n%u{k=v%u", next(rng, 4), next(rng, 30));
    for (unsigned i = 0; i < 3; i++)
        if (next(rng, 2) != 0)
            used += snprintf(out + used, n - (size_t)used, ",%c=v%u", 'a' + (int)i, next(rng, 4));
    snprintf(out + used, n - (size_t)used, "}");
    return out;
}

static const char *random_matchers(uint64_t *rng, char *out, size_t n)
{
    static const char *const form[][2] = {{"=\"v", "\""},    {"=~\"v", "|v1\""}, {"=~\"v", "|v2|v2\""},
                                          {"!=\"v", "\""},   {"=~\"v", ".*\""},  {"=~\"v", "|\""},
                                          {"!~\"v", "|v1\""}};
    int used = snprintf(out, n, "k!~\"no\""); /* a silence needs one that does not match the empty text */

    for (unsigned i = next(rng, 3); i < 3; i++) {
        const char *const *around = form[next(rng, COUNT_OF(form))];
        used += snprintf(out + used, n - (size_t)used, ",%c%s%u%s", 'a' + (int)next(rng, 4), around[0],
                         next(rng, 4), around[1]);
    }
    return out;
}

static bool is_silenced_by(const struct alert_view *v, const struct silence *s)
{
    for (size_t i = 0; i < v->n_silenced_by; i++)
        if (v->silenced_by[i] == s)
            return true;
    return false;
}

/* P-075: silencedBy lists all active matches, and in the order of their creation. */
static void compare_with_every_pair(struct fixture *f, uint64_t seed)
{
    struct arena mem;
    struct alerts_view alerts;
    struct silences_view silences;

    arena_init(&mem, 1 << 22);
    engine_view_alerts(f->engine, f->now, &mem, &alerts);
    engine_view_silences(f->engine, &mem, &silences);
    for (size_t i = 0; i < alerts.n; i++) {
        size_t n = 0;
        for (size_t k = 0; k < silences.n; k++) {
            const bool mutes = !stamp_before(f->now.wall, silences.v[k]->starts_at) &&
                               !stamp_before(silences.v[k]->ends_at, f->now.wall) &&
                               matchers_match(&silences.v[k]->matchers, alerts.v[i].alert->labels);
            FAIL_IF(mutes != is_silenced_by(&alerts.v[i], silences.v[k]), "seed %llu: silence %s",
                    (unsigned long long)seed, silences.v[k]->id);
            FAIL_IF(mutes && alerts.v[i].silenced_by[n++] != silences.v[k], "seed %llu: order of %s",
                    (unsigned long long)seed, silences.v[k]->id);
        }
    }
    silences_view_done(&silences);
    alerts_view_done(&alerts);
    arena_done(&mem);
}

static void random_step(struct fixture *f, uint64_t *rng, unsigned step)
{
    char text[128], id[37];
    struct err err = {0};

    switch (next(rng, 4)) {
    case 0:
        snprintf(id, sizeof id, "s%u", step);
        (void)fixture_silence(f, "", id, random_matchers(rng, text, sizeof text), step,
                              step + next(rng, 40) + 1, &err);
        break;
    case 1:
        snprintf(id, sizeof id, "s%u", next(rng, step + 1));
        struct silence *s = engine_find_silence(f->engine, sv_of(id));
        if (s != NULL)
            fixture_expire(f, id);
        silence_unref(s);
        break;
    default:
        fixture_post_one(f, random_alert(rng, text, sizeof text), step, step + next(rng, 60) + 1);
    }
}

TEST(silence_index, finds_what_trying_every_pair_finds)
{
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct engine_opts opts = FIXTURE_OPTS;
        struct fixture f;
        uint64_t rng = seed;

        opts.alerts_gc_interval = 7 * NS_PER_S;
        opts.maintenance_interval = 5 * NS_PER_S;
        opts.retention = 20 * NS_PER_S;
        fixture_init(&f, CONFIG, &opts);
        for (unsigned step = 1; step < 150; step++) {
            fixture_run(&f, step, true);
            random_step(&f, &rng, step);
            compare_with_every_pair(&f, seed);
        }
        fixture_kill(&f);
        fixture_start(&f, 150);
        compare_with_every_pair(&f, seed);
        fixture_done(&f);
    }
}

/* ---- the counters: W-28 ---- */

TEST(silence_index, counts_the_states_at_any_moment)
{
    static const struct {
        double at;
        size_t active, pending, expired;
    } rows[] = {{0, 1, 2, 0},  {9.999, 1, 2, 0},  {10, 2, 1, 0}, {19.999, 2, 1, 0}, {20, 2, 0, 1},
                {29, 2, 0, 1}, {29.999, 2, 0, 1}, {30, 1, 0, 2}, {100, 0, 0, 3}};
    struct fixture f = setup();
    struct err err = {0};

    CHECK(fixture_silence(&f, "", "s1", "a=\"1\"", 0, 20, &err));
    CHECK(fixture_silence(&f, "", "s2", "a=\"2\"", 10, 50, &err));
    CHECK(fixture_silence(&f, "s2", "s2", "a=\"2\"", 10, 30, &err)); /* shortened */
    CHECK(fixture_silence(&f, "", "s3", "a=\"3\"", 20, 100, &err));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct engine_stats st = {0};
        fixture_run(&f, rows[i].at, true);
        engine_stats(f.engine, f.now, &st);
        FAIL_IF(st.silences_active != rows[i].active || st.silences_pending != rows[i].pending ||
                    st.silences_expired != rows[i].expired,
                "@%g: %zu active, %zu pending, %zu expired", rows[i].at, st.silences_active,
                st.silences_pending, st.silences_expired);
    }
    fixture_done(&f);
}

/* ---- one program per pattern: W-27 ---- */

static size_t patterns(const struct fixture *f)
{
    struct engine_stats st = {0};
    engine_stats(f->engine, f->now, &st);
    return st.silence_patterns;
}

TEST(silence_index, silences_with_one_pattern_share_its_program)
{
    struct engine_opts opts = FIXTURE_OPTS;
    struct fixture f;
    struct err err = {0};
    char id[37];

    opts.maintenance_interval = 10 * NS_PER_S;
    opts.retention = 10 * NS_PER_S;
    fixture_init(&f, CONFIG, &opts);
    for (int i = 0; i < 100; i++) {
        snprintf(id, sizeof id, "s%d", i);
        CHECK(fixture_silence(&f, "", id, i % 2 ? "a=~\"x[0-9]+\",b=\"1\"" : "c!~\"x[0-9]+\",b=\"1\"", 0, 50,
                              &err));
    }
    CHECK_EQ(patterns(&f), 1);
    CHECK(fixture_silence(&f, "", "other", "a=~\"y[0-9]+\"", 0, 80, &err));
    CHECK(fixture_silence(&f, "other", "", "a=~\"y[0-9]+\"", 0, 90, &err)); /* an edit in place */
    CHECK(
        fixture_silence(&f, "other", "third", "a=~\"z[0-9]+\"", 0, 90, &err)); /* a new one for the old one */
    CHECK_EQ(patterns(&f), 3);
    struct silence *s = engine_find_silence(f.engine, SV("s0")), *t = engine_find_silence(f.engine, SV("s1"));
    CHECK(s->matchers.v[0].prog == t->matchers.v[0].prog);
    silence_unref(t);
    fixture_run(&f, 75, true); /* those are forgotten, and one is still held */
    CHECK_EQ(patterns(&f), 1);
    CHECK(!matcher_matches(&s->matchers.v[0], SV("x1")));
    silence_unref(s);
    fixture_run(&f, 120, true);
    CHECK_EQ(patterns(&f), 0);
    fixture_done(&f);
}

/* ---- patterns that do not compile: W-09, W-10, P-074 ---- */

static void restore_broken(struct fixture *f, const char *id, enum match_op op)
{
    char id36[37] = "";
    struct matchers ms = {0};
    struct matcher m;

    matcher_init_broken(&m, op, SV("alertname"), SV("["));
    matchers_push(&ms, m);
    snprintf(id36, sizeof id36, "%s", id);
    struct record r = {.kind = RECORD_SILENCE,
                       .silence = silence_new(id36, &ms, fixture_stamp(0), fixture_stamp(50),
                                              fixture_stamp(0), SV("me"), SV("why"), labels_empty())};
    engine_restore(f->engine, &r, f->now);
    matchers_done(&ms);
}

TEST(silence_index, one_that_does_not_compile_is_shown_and_keeps_out_of_the_way)
{
    struct fixture f = setup();
    struct engine_stats st = {0};
    struct err err = {0};

    restore_broken(&f, "bad1", MATCH_RE);
    restore_broken(&f, "bad2", MATCH_NRE);
    CHECK(fixture_silence(&f, "", "good", "alertname=\"y\"", 0, 50, &err));
    fixture_post_one(&f, "x", 0, 1000);
    fixture_post_one(&f, "y", 0, 1000);
    fixture_run(&f, 31, true);
    CHECK_STR(f.heard.p, "@30 d/0 +x first notification\n");

    engine_stats(f.engine, f.now, &st);
    CHECK_EQ(st.silences_broken, 2);
    CHECK_EQ(st.silences_active, 3);
    fixture_expire(&f, "bad1");
    fixture_expire(&f, "bad2");
    engine_stats(f.engine, f.now, &st);
    CHECK_EQ(st.silences_active, 1);
    fixture_done(&f);
}
