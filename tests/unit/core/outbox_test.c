/* The outbox (pipeline.md W-16, W-17): who could not be told is told later, once, what holds by then; a dead
 * receiver costs no more from day to day; what is given up is a dead letter; and somebody stands in.
 */
#include <math.h>

#include "support/test.h"
#include "support/timeline.h"

#include "support/engine_fixture.c"
#include "support/timeline.c"

#define ROUTE(rest) "route: {receiver: d, " rest "}\n"
#define ONE         "receivers: [{name: d, webhook_configs: [{url: 'http://a/'}]}]\n"
#define SLOW_PACE   "group_wait: 1s, group_interval: 1h, repeat_interval: 4h"
#define STANDIN                                                                                              \
    "receivers:\n"                                                                                           \
    "  - {name: d, webhook_configs: [{url: 'http://a/'}], fallback: {receiver: f, after: 2m}}\n"             \
    "  - {name: f, webhook_configs: [{url: 'http://b/'}]}\n"

static const struct timeline timelines[] = {
    {
        .name = "W-17: a failed delivery is tried again long before the next flush",
        .config = ROUTE(SLOW_PACE) ONE,
        .script = "@0 failing d/0\n"
                  "@0 post x end=9000\n"
                  "@100 failing\n"
                  "@4000 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@31 d/0 +x first notification\n"
                 "@91 d/0 +x first notification\n"
                 "@211 d/0 +x first notification\n",
    },
    {
        .name = "strict: a failed delivery waits for the next flush",
        .compat_strict = true,
        .config = ROUTE(SLOW_PACE) ONE,
        .script = "@0 failing d/0\n"
                  "@0 post x end=9000\n"
                  "@100 failing\n"
                  "@4000 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@3601 d/0 +x first notification\n",
    },
    {
        .name = "W-17: what is told in the end is what holds then",
        .config = ROUTE(SLOW_PACE) ONE,
        .script = "@0 failing d/0\n"
                  "@0 post x y end=3000\n"
                  "@40 post x z end=40\n"
                  "@60 post z end=3000\n"
                  "@80 failing\n"
                  "@200 end\n",
        .heard = "@1 d/0 +x +y first notification\n"
                 "@31 d/0 +x +y first notification\n"
                 "@91 d/0 -x +y +z first notification\n",
    },
    {
        .name = "W-17: what has become pointless is not told",
        .config = ROUTE(SLOW_PACE) ONE,
        .script = "@0 failing d/0\n"
                  "@0 post x\n"
                  "@10 post x end=10\n"
                  "@20 failing\n"
                  "@8000 end\n",
        .heard = "@1 d/0 +x first notification\n",
    },
    {
        .name = "W-17: a silence holds back the next attempt",
        .config = ROUTE(SLOW_PACE) ONE,
        .script = "@0 failing d/0\n"
                  "@0 post x end=9000\n"
                  "@10 silence s1 10.0..5000 alertname=\"x\"\n"
                  "@20 failing\n"
                  "@4000 end\n",
        .heard = "@1 d/0 +x first notification\n",
    },
    {
        .name = "the next attempt survives a restart",
        .config = ROUTE(SLOW_PACE) ONE,
        .script = "@0 failing d/0\n"
                  "@0 post x end=9000\n"
                  "@20 kill\n"
                  "@25 start\n"
                  "@26 failing\n"
                  "@3000 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@31 d/0 +x first notification\n",
    },
    {
        .name = "an attempt that was due while the process was down is made at once",
        .config = ROUTE(SLOW_PACE) ONE,
        .script = "@0 failing d/0\n"
                  "@0 post x end=9000\n"
                  "@20 kill\n"
                  "@50 failing\n"
                  "@50 start\n"
                  "@3000 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@50 d/0 +x first notification\n",
    },
    {
        .name = "a reload that keeps the route keeps the next attempt",
        .config = ROUTE(SLOW_PACE) ONE,
        .config2 = ROUTE(SLOW_PACE ", group_by: []") ONE,
        .script = "@0 failing d/0\n"
                  "@0 post x end=9000\n"
                  "@20 reload\n"
                  "@20 failing\n"
                  "@3000 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@31 d/0 +x first notification\n",
    },
    {
        .name = "a fallback is told once, hears of the end, and then of nothing",
        .config = ROUTE("group_wait: 1s, group_interval: 1m, repeat_interval: 12h") STANDIN,
        .show_times = true,
        .script = "@0 failing d/0\n"
                  "@0 post x start=0 end=9000\n"
                  "@200 failing\n"
                  "@300 post y start=300 end=9000\n"
                  "@400 post x start=0 end=400\n"
                  "@400 failing\n"
                  "@500 post x start=500 end=9000\n"
                  "@700 end\n",
        .heard = "@1 d/0 +x(0..) first notification\n"
                 "@31 d/0 +x(0..) first notification\n"
                 "@61 d/0 +x(0..) first notification\n"
                 "@121 d/0 +x(0..) first notification\n"
                 "@121 f/0 +x(0.. d/webhook[0] cannot be reached since "
                 "2026-01-01T00:00:01.000Z: ) first "
                 "notification\n"
                 "@181 d/0 +x(0..) first notification\n"
                 "@241 d/0 +x(0..) first notification\n"
                 "@301 d/0 +x(0..) +y(300..) new alerts added\n"
                 "@421 d/0 -x(0..400) +y(300..) some alerts resolved\n"
                 "@421 f/0 -x(0..400 another receiver could not be reached) all alerts resolved\n"
                 "@541 d/0 +x(500..) +y(300..) new alerts added\n",
    },
    {
        .name = "a fallback hears of the end also when the dead receiver never heard anything",
        .config = ROUTE("group_wait: 1s, group_interval: 1m, repeat_interval: 12h") STANDIN,
        .script = "@0 failing d/0\n"
                  "@0 post x end=9000\n"
                  "@130 post x end=130\n"
                  "@300 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@31 d/0 +x first notification\n"
                 "@61 d/0 +x first notification\n"
                 "@121 d/0 +x first notification\n"
                 "@121 f/0 +x first notification\n"
                 "@181 f/0 -x all alerts resolved\n",
    },
    {
        .name = "a fallback takes over the end of what the dead receiver was told",
        .config = ROUTE("group_wait: 1s, group_interval: 1m, repeat_interval: 12h") STANDIN,
        .script = "@0 post x end=9000\n"
                  "@10 failing d/0\n"
                  "@20 post x end=20\n"
                  "@200 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@61 d/0 -x all alerts resolved\n"
                 "@91 d/0 -x all alerts resolved\n"
                 "@121 d/0 -x all alerts resolved\n"
                 "@181 d/0 -x all alerts resolved\n"
                 "@181 f/0 -x all alerts resolved\n",
    },
    {
        .name = "the fallback of a fallback is told when neither is reached, that of the "
                "route comes first",
        .config = ROUTE("group_wait: 1s, group_interval: 1h, fallback: {receiver: g, after: "
                        "30s}") "receivers:\n"
                                "  - {name: d, webhook_configs: [{url: 'http://a/'}], "
                                "fallback: {receiver: f, after: 10s}}\n"
                                "  - {name: f, webhook_configs: [{url: 'http://b/'}]}\n"
                                "  - {name: g, webhook_configs: [{url: 'http://c/'}], "
                                "fallback: {receiver: f, after: 1m}}\n",
        .script = "@0 failing d/0 g/0\n"
                  "@0 post x end=9000\n"
                  "@150 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@31 d/0 +x first notification\n"
                 "@31 g/0 +x first notification\n"
                 "@61 g/0 +x first notification\n"
                 "@91 d/0 +x first notification\n"
                 "@91 f/0 +x first notification\n"
                 "@121 g/0 +x first notification\n",
    },
    {
        .name = "strict: nobody stands in",
        .compat_strict = true,
        .config = ROUTE("group_wait: 1s, group_interval: 1m, repeat_interval: 12h") STANDIN,
        .script = "@0 failing d/0\n"
                  "@0 post x end=9000\n"
                  "@130 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@61 d/0 +x first notification\n"
                 "@121 d/0 +x first notification\n",
    },
};

TEST(outbox, timelines)
{
    for (size_t i = 0; i < COUNT_OF(timelines); i++)
        timeline_run(&timelines[i]);
}

/* ---- what timelines cannot say ---- */

#define HOUR (3600.0)

static void begin(struct fixture *f, const char *yaml)
{
    struct engine_opts opts = FIXTURE_OPTS;

    opts.outbox_max_age = 7 * 24 * 3600 * NS_PER_S;
    opts.letter_retention = 30 * 24 * 3600 * NS_PER_S;
    fixture_init(f, yaml, &opts);
}

static size_t count(const struct fixture *f, enum record_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < f->rows.n; i++)
        n += f->rows.v[i].kind == kind;
    return n;
}

static void post_many(struct fixture *f, const char *prefix, size_t n, double end)
{
    char name[32];

    for (size_t i = 0; i < n; i++) {
        (void)snprintf(name, sizeof name, "%s%zu", prefix, i);
        fixture_post_one(f, name, NAN, end);
    }
}

#define WEEK_HOURS (7 * 24 - 1) /* an hour later it is given up */

/* Every hour other alerts come and go. Nobody hears of any, and what is kept does not grow. */
TEST(outbox, a_receiver_that_is_dead_for_a_week_costs_what_one_dead_for_an_hour_does)
{
    struct fixture f;
    size_t rows_after_an_hour = 0;

    begin(&f, ROUTE("group_by: [alertname], group_wait: 1s, group_interval: 5m, repeat_interval: 1h") ONE);
    strcpy(f.failing, "d/0 ");
    post_many(&f, "steady", 20, 9 * 24 * HOUR);
    for (int hour = 0; hour < WEEK_HOURS; hour++) {
        char prefix[32];
        (void)snprintf(prefix, sizeof prefix, "h%d_", hour);
        post_many(&f, prefix, 10, hour * HOUR + 1800);
        fixture_run(&f, (hour + 1) * HOUR, false);
        strbuf_reset(&f.heard);
        struct engine_stats st;
        engine_stats(f.engine, f.now, &st);
        FAIL_IF(st.owed != 20 || st.in_flight > 20, "hour %d: %zu owed, %zu in flight", hour, st.owed,
                st.in_flight);
        if (hour == 0)
            rows_after_an_hour = f.rows.n;
        FAIL_IF(f.rows.n > rows_after_an_hour, "hour %d: %zu rows instead of %zu", hour, f.rows.n,
                rows_after_an_hour);
    }
    f.failing[0] = '\0';
    fixture_run(&f, WEEK_HOURS * HOUR + 900, false);
    size_t told = 0;
    for (const char *p = f.heard.p; (p = strchr(p, '\n')) != NULL; p++)
        told++;
    CHECK_EQ(told, 20);
    CHECK_EQ(count(&f, RECORD_OWED), 0);
    CHECK_EQ(count(&f, RECORD_LETTER), 0);
    fixture_done(&f);
}

static const struct dead_letter *only_letter(struct fixture *f)
{
    const struct dead_letter *l = NULL;

    FAIL_IF(count(f, RECORD_LETTER) != 1, "%zu dead letters", count(f, RECORD_LETTER));
    for (size_t i = 0; i < f->rows.n; i++)
        if (f->rows.v[i].kind == RECORD_LETTER)
            l = f->rows.v[i].letter;
    return l;
}

TEST(outbox, an_end_that_cannot_be_told_is_given_up_after_a_week)
{
    struct fixture f;

    begin(&f, ROUTE("group_wait: 1s, group_interval: 5m, repeat_interval: 4h") ONE);
    fixture_post_one(&f, "x", NAN, 100);
    fixture_run(&f, 50, false);
    strcpy(f.failing, "d/0 ");
    fixture_run(&f, 7 * 24 * HOUR, false);
    CHECK_EQ(count(&f, RECORD_OWED), 1);
    CHECK_EQ(count(&f, RECORD_GROUP), 1);
    fixture_run(&f, 7 * 24 * HOUR + 2000, false);
    CHECK_EQ(count(&f, RECORD_OWED), 0);
    CHECK_EQ(count(&f, RECORD_GROUP), 0);
    CHECK_EQ(count(&f, RECORD_ALERT), 0);
    const struct dead_letter *l = only_letter(&f);
    CHECK_EQ(l->cause, LETTER_TOO_OLD);
    CHECK_EQ(l->reason, REASON_ALL_RESOLVED);
    CHECK_STR(l->receiver, "d");
    CHECK_STR(l->group_key, "{}:{}");
    CHECK_EQ(l->n_alerts, 1);
    CHECK(!l->alerts[0].firing);
    fixture_run(&f, 38 * 24 * HOUR, false);
    CHECK_EQ(count(&f, RECORD_LETTER), 0);
    fixture_done(&f);
}

static void reply(struct fixture *f, void (*say)(struct delivery *d))
{
    struct effects fx = {0};

    FAIL_IF(f->n_flying != 1, "%zu deliveries are on their way", f->n_flying);
    struct delivery *d = f->flying[--f->n_flying].d;
    d->finished_at = f->now.wall;
    d->attempts = 1;
    say(d);
    engine_delivered(f->engine, d, f->now, &fx);
    take_effects(f, &fx);
}

static void say_refused(struct delivery *d)
{
    d->failure = FAILURE_CLIENT;
    d->refused = true;
    strcpy(d->error, "unexpected status code 400");
}

static void say_7_seconds(struct delivery *d)
{
    d->failure = FAILURE_RATE_LIMITED;
    d->retry_after = 7 * NS_PER_S;
}

static void say_lane_is_open(struct delivery *d)
{
    d->failure = FAILURE_OTHER;
    d->attempts = 0;
    d->retry_after = 40 * NS_PER_S;
}

static void say_ok(struct delivery *d)
{
    d->ok = true;
}

static mono_ns ns_of(double seconds)
{
    return (mono_ns)(seconds * 1e9);
}

/* Who is told when he asked to be left alone for a while: not before, not by a flush either, and then at
 * once.
 */
TEST(outbox, who_asks_for_patience_gets_it)
{
    struct fixture f;

    begin(&f, ROUTE("group_wait: 1s, group_interval: 5s, repeat_interval: 4h") ONE);
    f.latency = 1000 * NS_PER_S;
    fixture_post_one(&f, "x", NAN, 9000);
    fixture_run(&f, 2, false);
    reply(&f, say_7_seconds);
    fixture_run(&f, 9, false);
    CHECK_EQ(f.n_flying, 0);
    CHECK_EQ(engine_next(f.engine), ns_of(9));
    fixture_run(&f, 9, true);
    reply(&f, say_lane_is_open);
    fixture_run(&f, 49, false);
    CHECK_EQ(f.n_flying, 0);
    fixture_run(&f, 49, true);
    reply(&f, say_ok);
    fixture_run(&f, 600, false);
    CHECK_STR(f.heard.p, "@1 d/0 +x first notification\n@9 d/0 +x first notification\n@49 d/0 +x first "
                         "notification\n");
    CHECK_EQ(count(&f, RECORD_OWED), 0);
    fixture_done(&f);
}

TEST(outbox, what_is_refused_for_a_day_is_a_dead_letter_and_can_be_replayed)
{
    struct fixture f;
    struct effects fx = {0};
    struct err err;

    begin(&f, ROUTE("group_wait: 1s, group_interval: 1m, repeat_interval: 4h") ONE);
    f.latency = 1000000 * NS_PER_S;
    fixture_post_one(&f, "x", NAN, 9 * 24 * HOUR);
    for (double at = 2; count(&f, RECORD_LETTER) == 0; at += 1) {
        fixture_run(&f, at, false);
        FAIL_IF(at > 25 * HOUR, "no dead letter after a day");
        if (f.n_flying != 0)
            reply(&f, say_refused);
    }
    const struct dead_letter *l = only_letter(&f);
    CHECK_EQ(l->cause, LETTER_REFUSED);
    CHECK_STR(l->error, "unexpected status code 400");
    char *id = xstrdup(l->id);

    CHECK(!engine_replay_letter(f.engine, SV("nobody"), f.now, &fx, &err));
    CHECK_EQ(err.kind, ERR_NOT_FOUND);
    for (int i = 0; i < 2; i++) { /* the first time it fails, and stays */
        FAIL_IF(!engine_replay_letter(f.engine, sv_of(id), f.now, &fx, &err), "%s", err.text);
        take_effects(&f, &fx);
        reply(&f, i == 0 ? say_refused : say_ok);
        CHECK_EQ(count(&f, RECORD_LETTER), i == 0 ? 1 : 0);
    }
    free(id);
    fixture_done(&f);
}

TEST(outbox, letters_are_listed_in_pages_and_survive_a_restart)
{
    struct fixture f;
    struct arena mem;
    struct letters_view view;
    char last[37] = "";
    size_t seen = 0;

    arena_init(&mem, 1 << 20);
    begin(&f, ROUTE("group_by: [alertname], group_wait: 1s, group_interval: 1h") ONE);
    strcpy(f.failing, "d/0 ");
    post_many(&f, "x", 5, 9 * 24 * HOUR);
    fixture_run(&f, 10, false);
    fixture_reload(&f, "route: {receiver: e, group_by: [alertname]}\n"
                       "receivers: [{name: e, webhook_configs: [{url: 'http://a/'}]}]\n");
    fixture_kill(&f);
    fixture_start(&f, NAN);
    do {
        CHECK(engine_view_letters(f.engine, sv_of(last), 2, &mem, &view));
        for (size_t i = 0; i < view.n; i++, seen++) {
            CHECK_EQ(view.v[i]->cause, LETTER_UNROUTED);
            (void)snprintf(last, sizeof last, "%s", view.v[i]->id);
        }
        letters_view_done(&view);
    } while (view.more);
    CHECK_EQ(seen, 5);
    CHECK(!engine_view_letters(f.engine, SV("nobody"), 2, &mem, &view));
    arena_done(&mem);
    fixture_done(&f);
}
