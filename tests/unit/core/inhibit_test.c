/* Inhibition as the API shows it: who inhibits whom, at the moment of the question. */
#include <math.h>
#include <stdio.h>

#include "support/test.h"

#include "support/engine_fixture.c"

#define BASE                                                                                                 \
    "route: {receiver: d}\n"                                                                                 \
    "receivers: [{name: d}]\n"

/* "target<source" for every inhibited alert, in no particular order. */
static void inhibited(struct fixture *f, struct strbuf *out)
{
    struct arena mem;
    struct alerts_view view;

    arena_init(&mem, 1 << 20);
    strbuf_reset(out);
    strbuf_adds(out, "");
    engine_view_alerts(f->engine, f->now, &mem, &view);
    for (size_t i = 0; i < view.n; i++)
        for (size_t k = 0; k < view.n && view.v[i].inhibited; k++) {
            if (view.v[k].alert->labels->fp != view.v[i].inhibited_by)
                continue;
            fixture_name(out, view.v[i].alert->labels);
            strbuf_addc(out, '<');
            fixture_name(out, view.v[k].alert->labels);
            strbuf_addc(out, ' ');
        }
    alerts_view_done(&view);
    arena_done(&mem);
}

/* P-052, P-053, P-054, P-057, C-056 */
TEST(inhibition, who_inhibits_whom)
{
    static const struct {
        const char *name, *rules;
        const char *alerts[5];
        const char *want[3]; /* each must be there, and nothing else */
    } rows[] = {
        {"both lack the equal label",
         "[{source_matchers: [s=1], target_matchers: [t=1], equal: [zone]}]",
         {"A{s=1}", "T{t=1}"},
         {"T{t=1}<A{s=1} "}},
        {"only the source lacks the equal label",
         "[{source_matchers: [s=1], target_matchers: [t=1], equal: [zone]}]",
         {"A{s=1}", "T{t=1,zone=z}"},
         {0}},
        {"only the target lacks the equal label",
         "[{source_matchers: [s=1], target_matchers: [t=1], equal: [zone]}]",
         {"A{s=1,zone=z}", "T{t=1}"},
         {0}},
        {"no equal labels: all share one slot",
         "[{source_matchers: [s=1], target_matchers: [t=1]}]",
         {"A{s=1,zone=z}", "T{t=1,zone=y}"},
         {"T{t=1,zone=y}<A{s=1,zone=z} "}},
        {"values of different labels are not mixed up",
         "[{source_matchers: [s=1], target_matchers: [t=1], equal: [a, b]}]",
         {"A{s=1,a=x}", "T{t=1,b=x}"},
         {0}},
        {"a chain: the inhibited inhibit",
         "[{source_matchers: [l=3], target_matchers: [l=2]}, {source_matchers: [l=2], target_matchers: "
         "[l=1]}]",
         {"C{l=3}", "B{l=2}", "A{l=1}"},
         {"B{l=2}<C{l=3} ", "A{l=1}<B{l=2} "}},
        {"an alert does not inhibit itself",
         "[{source_matchers: [s=1], target_matchers: [t=1]}]",
         {"X{s=1,t=1}"},
         {0}},
        {"two-sided alerts do not inhibit each other",
         "[{source_matchers: [s=1], target_matchers: [t=1]}]",
         {"X{s=1,t=1}", "Y{s=1,t=1}"},
         {0}},
        {"a source that is no target inhibits a two-sided alert, whoever came first",
         "[{source_matchers: [s=1], target_matchers: [t=1]}]",
         {"X{s=1,t=1}", "Z{s=1}"},
         {"X{s=1,t=1}<Z{s=1} "}},
        {"a two-sided alert inhibits a target that is no source",
         "[{source_matchers: [s=1], target_matchers: [t=1]}]",
         {"X{s=1,t=1}", "T{t=1}"},
         {"T{t=1}<X{s=1,t=1} "}},
        {"the first rule that has a source names it",
         "[{source_matchers: [s=9], target_matchers: [t=1]}, {source_matchers: [s=2], target_matchers: "
         "[t=1]}, "
         "{source_matchers: [s=1], target_matchers: [t=1]}]",
         {"A{s=1}", "B{s=2}", "T{t=1}"},
         {"T{t=1}<B{s=2} "}},
    };
    CLEANUP(strbuf_donep) struct strbuf got = {0};

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(strbuf_donep) struct strbuf yaml = {0};
        struct fixture f;
        size_t n = 0, length = 0;
        strbuf_addf(&yaml, BASE "inhibit_rules: %s\n", rows[i].rules);
        fixture_init(&f, yaml.p, &(struct engine_opts)FIXTURE_OPTS);
        while (rows[i].alerts[n] != NULL)
            n++;
        fixture_post(&f, rows[i].alerts, n, NAN, NAN, NULL);
        inhibited(&f, &got);
        for (size_t k = 0; k < COUNT_OF(rows[i].want) && rows[i].want[k] != NULL; k++) {
            FAIL_IF(strstr(got.p, rows[i].want[k]) == NULL, "%s: got %s", rows[i].name, got.p);
            length += strlen(rows[i].want[k]);
        }
        FAIL_IF(got.n != length, "%s: got %s", rows[i].name, got.p);
        fixture_done(&f);
    }
}

#define RULE BASE "inhibit_rules: [{source_matchers: [s=1], target_matchers: [t=1]}]\n"

TEST(inhibition, ends_with_the_last_source_by_word_or_by_time)
{
    CLEANUP(strbuf_donep) struct strbuf got = {0};
    struct engine_opts opts = FIXTURE_OPTS;
    struct fixture f;

    opts.alerts_gc_interval = 7 * NS_PER_S;
    fixture_init(&f, RULE, &opts);
    fixture_post_one(&f, "T{t=1}", 0, 1000);
    fixture_post_one(&f, "A{s=1}", 0, 300);
    fixture_post_one(&f, "B{s=1}", 0, 10);
    inhibited(&f, &got);
    CHECK_STR(got.p, "T{t=1}<A{s=1} ");
    fixture_run(&f, 5, true);
    fixture_post_one(&f, "A{s=1}", 0, 5);
    inhibited(&f, &got);
    CHECK_STR(got.p, "T{t=1}<B{s=1} ");
    fixture_run(&f, 9.9, true); /* the garbage collection has passed */
    inhibited(&f, &got);
    CHECK_STR(got.p, "T{t=1}<B{s=1} ");
    fixture_run(&f, 10, true);
    inhibited(&f, &got);
    CHECK_STR(got.p, "");
    fixture_post_one(&f, "B{s=1}", 10, 50);
    inhibited(&f, &got);
    CHECK_STR(got.p, "T{t=1}<B{s=1} ");
    fixture_run(&f, 60, true);
    fixture_post_one(&f, "A{s=1}", 60, 80);
    inhibited(&f, &got);
    CHECK_STR(got.p, "T{t=1}<A{s=1} ");
    fixture_done(&f);
}

TEST(inhibition, follows_a_reload_and_a_restart)
{
    CLEANUP(strbuf_donep) struct strbuf got = {0};
    struct fixture f;

    fixture_init(&f, BASE, &(struct engine_opts)FIXTURE_OPTS);
    fixture_post_one(&f, "A{s=1}", 0, 300);
    fixture_post_one(&f, "T{t=1}", 0, 1000);
    inhibited(&f, &got);
    CHECK_STR(got.p, "");
    fixture_reload(&f, RULE);
    inhibited(&f, &got);
    CHECK_STR(got.p, "T{t=1}<A{s=1} ");
    fixture_kill(&f);
    fixture_run(&f, 5, true);
    fixture_start(&f, 0);
    inhibited(&f, &got);
    CHECK_STR(got.p, "T{t=1}<A{s=1} ");
    fixture_reload(&f, BASE);
    inhibited(&f, &got);
    CHECK_STR(got.p, "");
    fixture_done(&f);
}

/* ---- the same as looking at all sources ---- */

static unsigned roll(uint64_t *state, unsigned below)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(*state >> 33) % below;
}

static bool has(const struct labels *ls, const char *name)
{
    return labels_get(ls, sv_of(name)).n != 0;
}

/* By the words of the specification: s=1 inhibits t=1 with an equal zone, but not among two-sided alerts. */
static bool may_inhibit(const struct labels *source, const struct labels *target)
{
    return has(source, "s") && has(target, "t") && !(has(source, "t") && has(target, "s")) &&
           sv_eq(labels_get(source, SV("zone")), labels_get(target, SV("zone")));
}

static bool fires(const struct alert *a, struct stamp now)
{
    return !alert_resolved_at(a, now);
}

/* Strict forgets sources, but never makes one up. */
static void compare_with_all_sources(struct fixture *f, uint64_t seed)
{
    struct arena mem;
    struct alerts_view v;

    arena_init(&mem, 1 << 22);
    engine_view_alerts(f->engine, f->now, &mem, &v);
    for (size_t i = 0; i < v.n; i++) {
        bool want = false, named = false;
        for (size_t k = 0; k < v.n; k++) {
            const bool could =
                fires(v.v[k].alert, f->now.wall) && may_inhibit(v.v[k].alert->labels, v.v[i].alert->labels);
            want |= could;
            named |= could && v.v[k].alert->labels->fp == v.v[i].inhibited_by;
        }
        FAIL_IF(v.v[i].inhibited != named, "seed %llu: it names no source that fires",
                (unsigned long long)seed);
        FAIL_IF(!f->opts.compat_strict && v.v[i].inhibited != want, "seed %llu: inhibited: %d, want %d",
                (unsigned long long)seed, v.v[i].inhibited, want);
    }
    alerts_view_done(&v);
    arena_done(&mem);
}

#define ZONE_RULE                                                                                            \
    "route: {receiver: d, group_wait: 1s, group_interval: 2s}\nreceivers: [{name: d}]\n"                     \
    "inhibit_rules: [{source_matchers: [s=1], target_matchers: [t=1], equal: [zone]}]\n"

static void random_life(uint64_t seed, bool strict)
{
    static const char *const zones[] = {"", ",zone=a", ",zone=b"};
    static const char *const sides[] = {"s=1", "t=1", "s=1,t=1"};
    struct engine_opts opts = FIXTURE_OPTS;
    struct fixture f;
    uint64_t rng = seed;

    opts.compat_strict = strict;
    opts.alerts_gc_interval = 5 * NS_PER_S;
    fixture_init(&f, ZONE_RULE, &opts);
    for (unsigned step = 1; step < 120; step++) {
        char alert[48];
        fixture_run(&f, step * 0.5, true);
        snprintf(alert, sizeof alert, "n%u{%s%s}", roll(&rng, 4), sides[roll(&rng, 3)], zones[roll(&rng, 3)]);
        const double end = step * 0.5 + roll(&rng, 20) - 4;
        fixture_post_one(&f, alert, end < 0 ? end : 0, end);
        if (roll(&rng, 30) == 0)
            fixture_reload(&f, ZONE_RULE);
        compare_with_all_sources(&f, seed);
    }
    fixture_done(&f);
}

TEST(inhibition, finds_what_looking_at_all_sources_finds)
{
    for (uint64_t seed = 1; seed <= 60; seed++) {
        random_life(seed, false);
        random_life(seed, true);
    }
}
