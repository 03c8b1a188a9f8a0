/* Why an alert was or was not sent: each row plays a script up to a moment and asks there. The decision must
 * be the one that the flush then takes. */
#include <math.h>

#include "core/explain.h"
#include "support/test.h"

#include "support/engine_fixture.c"

#define ROUTE                                                                                                \
    "route: {receiver: d, group_by: [job], group_wait: 10s, group_interval: 60s, repeat_interval: 1h}\n"
#define ONE "receivers: [{name: d, webhook_configs: [{url: 'http://a/'}]}]\n"

struct asked {
    struct arena mem;
    struct explanation x;
    struct strbuf text;
};

static struct asked ask(const struct fixture *f, struct labels *ls)
{
    struct asked a = {0};

    arena_init(&a.mem, 1 << 20);
    engine_explain(f->engine, ls, f->now, &a.mem, &a.x);
    CHECK_EQ(a.x.incomplete, false);
    explanation_sum_up(&a.x, &a.text);
    return a;
}

static void asked_done(struct asked *a)
{
    explanation_done(&a->x);
    strbuf_done(&a->text);
    arena_done(&a->mem);
}

static struct labels *labels_named(const char *name, const char *label, const char *value)
{
    struct label_sv v[] = {{SV("alertname"), sv_of(name)}, {sv_of(label), sv_of(value)}};
    return labels_new(v, label_sv_normalize(v, label[0] != '\0' ? 2 : 1, true));
}

/* ---- summaries ---- */

struct row {
    const char *name, *config;
    const char *alert;      /* posted at `posted`, without end; NULL: none */
    const char *source;     /* posted with it; NULL: none */
    const char *matchers;   /* of a silence from 0 to 1000; NULL: none */
    double silenced, ended; /* when the silence is made; when the alert ends. 0: never */
    double now;
    bool failing;
    const char *asked; /* the name that is asked for */
    const char *summary;
};

/* The fixture's clock starts at 2026-01-01T00:00:00Z. */
static const struct row rows[] = {
    {
        .name = "before the first flush",
        .config = ROUTE ONE,
        .alert = "x",
        .now = 5,
        .asked = "x",
        .summary = "Firing. d/webhook[0]: not told yet, next at 00:00:10Z (first notification)",
    },
    {
        .name = "told, and when it is repeated",
        .config = ROUTE ONE,
        .alert = "x",
        .now = 20,
        .asked = "x",
        /* flushes come at 10 + n * 60 s; the first one more than an hour after the notification counts */
        .summary = "Firing. d/webhook[0]: told at 00:00:10Z, next at 01:01:10Z (repeat interval elapsed)",
    },
    {
        .name = "silenced before it was told",
        .config = ROUTE ONE,
        .alert = "x",
        .matchers = "alertname=\"x\"",
        .now = 20,
        .asked = "x",
        .summary = "Firing. d/webhook[0]: silenced by me (why) until 00:16:40Z",
    },
    {
        .name = "silenced after it was told",
        .config = ROUTE ONE,
        .alert = "x",
        .matchers = "alertname=\"x\"",
        .silenced = 15,
        .now = 20,
        .asked = "x",
        .summary = "Firing. d/webhook[0]: told at 00:00:10Z, since then silenced by me (why) until 00:16:40Z",
    },
    {
        .name = "inhibited",
        .config = ROUTE ONE "inhibit_rules: [{name: down, source_matchers: [alertname=s],"
                            " target_matchers: [alertname=x]}]\n",
        .alert = "x",
        .source = "s",
        .now = 20,
        .asked = "x",
        .summary = "Firing. d/webhook[0]: inhibited by rule 0 (down) as long as {alertname=\"s\"} fires",
    },
    {
        .name = "muted by a time interval that ends",
        .config = "route: {receiver: d, routes: [{receiver: d, mute_time_intervals: [night]}]}\n"
                  "time_intervals: [{name: night, time_intervals: [{times: [{start_time: '00:00',"
                  " end_time: '06:00'}]}]}]\n" ONE,
        .alert = "x",
        .now = 40,
        .asked = "x",
        .summary = "Firing. d/webhook[0]: muted by the time interval night until 06:00:00Z",
    },
    {
        .name = "outside the active time",
        .config = "route: {receiver: d, routes: [{receiver: d, active_time_intervals: [day]}]}\n"
                  "time_intervals: [{name: day, time_intervals: [{times: [{start_time: '06:00',"
                  " end_time: '20:00'}]}]}]\n" ONE,
        .alert = "x",
        .now = 40,
        .asked = "x",
        .summary = "Firing. d/webhook[0]: outside the active time day until 06:00:00Z",
    },
    {
        .name = "the receiver has nobody",
        .config = "route: {receiver: 'null'}\nreceivers: [{name: 'null'}]\n",
        .alert = "x",
        .now = 40,
        .asked = "x",
        .summary = "Firing. null: nobody is told, the receiver has no integrations",
    },
    {
        .name = "an alert that need not exist",
        .config = ROUTE ONE,
        .now = 5,
        .asked = "x",
        .summary =
            "No such alert is known; if it fired now: d/webhook[0]: not told yet, next at 00:00:15Z (first "
            "notification)",
    },
    {
        .name = "an alert that need not exist, under a silence",
        .config = ROUTE ONE,
        .matchers = "alertname=\"x\"",
        .now = 5,
        .asked = "x",
        .summary =
            "No such alert is known; if it fired now: d/webhook[0]: silenced by me (why) until 00:16:40Z",
    },
    {
        .name = "an alert that need not exist joins a group",
        .config = ROUTE ONE,
        .alert = "y",
        .now = 20,
        .asked = "x",
        .summary =
            "No such alert is known; if it fired now: d/webhook[0]: not told yet, next at 00:01:10Z (new "
            "alerts added)",
    },
    {
        .name = "its end is owed",
        .config = ROUTE ONE,
        .alert = "x",
        .ended = 15,
        .now = 20,
        .asked = "x",
        .summary =
            "Resolved. d/webhook[0]: its end is still to be told, next at 00:01:10Z (all alerts resolved)",
    },
};

static void play(struct fixture *f, const struct row *row)
{
    struct err err;

    fixture_init(f, row->config, &(const struct engine_opts)FIXTURE_OPTS);
    if (row->source != NULL)
        fixture_post_one(f, row->source, 0, NAN);
    if (row->alert != NULL)
        fixture_post_one(f, row->alert, 0, NAN);
    fixture_run(f, row->silenced, true);
    if (row->matchers != NULL)
        FAIL_IF(!fixture_silence(f, "", "s1", row->matchers, row->silenced, 1000, &err), "%s", err.text);
    if (row->ended > 0) {
        fixture_run(f, row->ended, true);
        fixture_post_one(f, row->alert, 0, row->ended);
    }
    fixture_run(f, row->now, true);
}

/* "2026-01-01T00:00:10Z" reads "00:00:10Z" in the rows. */
static void drop_dates(struct strbuf *text)
{
    char *to = text->p;

    for (const char *from = text->p; *from != '\0';) {
        if (strncmp(from, "20", 2) == 0 && strlen(from) > 20 - 1 && from[4] == '-' && from[10] == 'T')
            from += 11;
        *to++ = *from++;
    }
    *to = '\0';
}

TEST(explain, in_one_sentence)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        play(&f, &rows[i]);
        struct labels *ls = labels_named(rows[i].asked, "", "");
        struct asked a = ask(&f, ls);
        drop_dates(&a.text);
        FAIL_IF(strcmp(a.text.p, rows[i].summary) != 0, "%s:\n%s\nwant:\n%s", rows[i].name, a.text.p,
                rows[i].summary);
        asked_done(&a);
        labels_unref(ls);
        fixture_done(&f);
    }
}

/* ---- routes ---- */

#define TREE                                                                                                 \
    "route:\n"                                                                                               \
    "  receiver: d\n"                                                                                        \
    "  routes:\n"                                                                                            \
    "  - {receiver: a, matchers: [team=a, env=prod]}\n"                                                      \
    "  - {receiver: b, matchers: [team=b], continue: true}\n"                                                \
    "  - receiver: b2\n"                                                                                     \
    "    matchers: ['team=~\"b.*\"']\n"                                                                      \
    "    routes: [{receiver: c, matchers: [env=test]}]\n"                                                    \
    "  - {receiver: e}\n"                                                                                    \
    "receivers: [{name: d}, {name: a}, {name: b}, {name: b2}, {name: c}, {name: e}]\n"

static void print_routes(struct strbuf *out, const struct explanation *x)
{
    for (size_t i = 0; i < x->n_routes; i++) {
        const struct explain_route *r = &x->routes[i];
        strbuf_addf(out, "%zu %s%s%s", r->depth, r->route->receiver->name, r->matched ? " matched" : "",
                    r->taken ? " taken" : "");
        if (r->mismatch != NULL)
            strbuf_addf(out, " %s is \"%.*s\"", r->mismatch->name->s, SV_ARG(r->value));
        strbuf_addc(out, '\n');
    }
}

TEST(explain, routes_with_the_first_mismatch)
{
    struct fixture f;
    struct strbuf out = {0};

    fixture_init(&f, TREE, &(const struct engine_opts)FIXTURE_OPTS);
    struct labels *ls = labels_named("x", "team", "b");
    struct asked a = ask(&f, ls);
    print_routes(&out, &a.x);
    CHECK_STR(out.p, "0 d matched\n"
                     "1 a env is \"\"\n"
                     "1 b matched taken\n"
                     "1 b2 matched taken\n"
                     "2 c env is \"\"\n");
    CHECK_EQ(a.x.n_groups, 2);
    CHECK_STR(a.x.groups[0].route->receiver->name, "b");
    strbuf_done(&out);
    asked_done(&a);
    labels_unref(ls);
    fixture_done(&f);
}

/* ---- mutes and integrations ---- */

TEST(explain, every_cause_is_shown_the_first_one_counts)
{
    struct fixture f;
    struct err err;

    fixture_init(&f,
                 ROUTE ONE "inhibit_rules: [{source_matchers: [alertname=s], target_matchers: [alertname=x]},"
                           " {source_matchers: [alertname=t], target_matchers: [alertname=x]}]\n",
                 &(const struct engine_opts)FIXTURE_OPTS);
    fixture_post(&f, (const char *[]){"x", "s", "t"}, 3, 0, NAN, NULL);
    FAIL_IF(!fixture_silence(&f, "", "s1", "alertname=\"x\"", 0, 100, &err), "%s", err.text);
    FAIL_IF(!fixture_silence(&f, "", "s2", "alertname=\"x\"", 50, 100, &err), "%s", err.text);
    FAIL_IF(!fixture_silence(&f, "", "s3", "alertname=\"y\"", 0, 100, &err), "%s", err.text);
    struct labels *ls = labels_named("x", "", "");
    struct asked a = ask(&f, ls);
    CHECK_EQ(a.x.n_inhibitions, 2);
    CHECK_EQ(a.x.n_silences, 2);
    CHECK_EQ(a.x.groups[0].cause, MUTE_INHIBITION);
    asked_done(&a);
    labels_unref(ls);
    fixture_done(&f);
}

static void check_as_flushed(struct fixture *f, const char *name, enum notify_reason want)
{
    struct labels *ls = labels_named("x", "", "");
    struct asked a = ask(f, ls);
    const struct explain_integration *i = &a.x.groups[0].integrations[0];

    FAIL_IF(i->decision != want, "%s: %s, want %s", name, notify_reason_text(i->decision),
            notify_reason_text(want));
    asked_done(&a);
    labels_unref(ls);
}

/* Right before each flush explain says what the flush then does. */
TEST(explain, the_decision_is_that_of_the_flush)
{
    struct fixture f;

    fixture_init(&f, ROUTE ONE, &(const struct engine_opts)FIXTURE_OPTS);
    fixture_post_one(&f, "x", 0, NAN);
    fixture_run(&f, 9, true);
    check_as_flushed(&f, "new", REASON_FIRST);
    fixture_run(&f, 20, true);
    check_as_flushed(&f, "told", REASON_NONE);
    fixture_post_one(&f, "y", 20, NAN);
    check_as_flushed(&f, "another alert", REASON_NEW_ALERTS);
    fixture_run(&f, 80, true);
    fixture_post_one(&f, "y", 20, 80);
    check_as_flushed(&f, "one is over", REASON_SOME_RESOLVED);
    fixture_run(&f, 140, true);
    fixture_post_one(&f, "x", 0, 140);
    check_as_flushed(&f, "all is over", REASON_ALL_RESOLVED);
    fixture_run(&f, 200, true);
    CHECK_STR(f.heard.p, "@10 d/0 +x first notification\n"
                         "@70 d/0 +x +y new alerts added\n"
                         "@130 d/0 +x -y some alerts resolved\n"
                         "@190 d/0 -x all alerts resolved\n");
    fixture_done(&f);
}

TEST(explain, a_delivery_that_fails_says_since_when)
{
    struct fixture f;

    fixture_init(&f, ROUTE ONE, &(const struct engine_opts)FIXTURE_OPTS);
    strcpy(f.failing, "d/0 ");
    fixture_post_one(&f, "x", 0, NAN);
    fixture_run(&f, 11, true);
    struct labels *ls = labels_named("x", "", "");
    struct asked a = ask(&f, ls);
    const struct explain_integration *i = &a.x.groups[0].integrations[0];
    CHECK_EQ(i->failing, true);
    CHECK_EQ(fixture_seconds(i->failing_since), 10);
    CHECK_EQ(i->has_last, false);
    CHECK_EQ(i->decision, REASON_FIRST);
    FAIL_IF(strstr(a.text.p, "notifications fail since ") == NULL, "%s", a.text.p);
    asked_done(&a);
    labels_unref(ls);
    fixture_done(&f);
}

/* A full arena is told, not hidden. */
TEST(explain, that_does_not_fit_says_so)
{
    struct fixture f;
    struct explanation x;
    struct arena mem;
    struct labels *ls = labels_named("x", "", "");

    fixture_init(&f, ROUTE ONE, &(const struct engine_opts)FIXTURE_OPTS);
    for (size_t room = 0; room < 4096; room += 256) {
        arena_init(&mem, room);
        engine_explain(f.engine, ls, f.now, &mem, &x);
        if (room < 256)
            CHECK_EQ(x.incomplete, true);
        explanation_done(&x);
        arena_done(&mem);
    }
    labels_unref(ls);
    fixture_done(&f);
}
