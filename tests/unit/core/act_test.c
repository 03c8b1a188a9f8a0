/* What people do about a group: acknowledgements and silences of groups (core/act.h). */
#include "core/act.h"

#include <math.h>

#include "support/test.h"
#include "support/timeline.h"

#include "support/engine_fixture.c"
#include "support/timeline.c"

#define ROUTE(rest) "route: {receiver: d, " rest "}\n"
#define FAST        "group_wait: 1s, group_interval: 1s, repeat_interval: 3s"
#define ONE         "receivers: [{name: d, webhook_configs: [{url: 'http://a/'}]}]\n"
#define PAIR        "receivers: [{name: d, webhook_configs: [{url: 'http://a/'}, {url: 'http://b/'}]}]\n"
#define SILENCES    EVENT_RANGE(EVENT_SILENCE_CREATED, EVENT_SILENCE_EXPIRED)
#define ACKS        (EVENT_BIT(EVENT_ACK_SET) | EVENT_BIT(EVENT_ACK_ENDED))

static const struct timeline timelines[] = {
    {
        .name = "what is not acknowledged is repeated",
        .config = ROUTE(FAST) ONE,
        .script = "@0 post x\n"
                  "@8.5 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@5 d/0 +x repeat interval elapsed\n",
    },
    {
        .name = "what is acknowledged is not repeated, and its end is told",
        .config = ROUTE(FAST) ONE,
        .wanted = ACKS,
        .script = "@0 post x\n"
                  "@2 ack otto\n"
                  "@20.5 post x end=20.5\n"
                  "@25 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@21 d/0 -x all alerts resolved\n",
        .happened = "@2 ack_set by otto: 1\n"
                    "@21 ack_ended by otto: 1\n",
    },
    {
        .name = "before the first notification: that is told, and not repeated",
        .config = ROUTE(FAST) ONE,
        .script = "@0 post x\n"
                  "@0.5 ack otto\n"
                  "@20 end\n",
        .heard = "@1 d/0 +x first notification\n",
    },
    {
        .name = "what joins the group is told, and repeated until it is acknowledged, too",
        .config = ROUTE(FAST) ONE,
        .script = "@0 post x\n"
                  "@2 ack otto\n"
                  "@6.5 post y\n"
                  "@12 ack otto\n"
                  "@30 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@7 d/0 +x +y new alerts added\n"
                 "@11 d/0 +x +y repeat interval elapsed\n",
    },
    {
        .name = "one alert of a group: the others go on being repeated",
        .config = ROUTE(FAST) ONE,
        .script = "@0 post x y\n"
                  "@2 ack otto x\n"
                  "@6.5 post y end=6.5\n"
                  "@20 end\n",
        .heard = "@1 d/0 +x +y first notification\n"
                 "@5 d/0 +x +y repeat interval elapsed\n"
                 "@7 d/0 +x -y some alerts resolved\n",
    },
    {
        .name = "what resolved and fires again is news, and not acknowledged",
        .config = ROUTE(FAST) ONE,
        .wanted = ACKS,
        .script = "@0 post x y\n"
                  "@2 ack otto\n"
                  "@3.5 post x end=3.5\n"
                  "@6.5 post x\n"
                  "@12 end\n",
        .heard = "@1 d/0 +x +y first notification\n"
                 "@4 d/0 -x +y some alerts resolved\n"
                 "@7 d/0 +x +y new alerts added\n"
                 "@11 d/0 +x +y repeat interval elapsed\n",
        .happened = "@2 ack_set by otto: 2\n",
    },
    {
        .name = "pressed twice it is one acknowledgement; somebody else takes it over",
        .config = ROUTE(FAST) ONE,
        .wanted = ACKS,
        .script = "@0 post x\n"
                  "@2 ack otto\n"
                  "@3 ack otto\n"
                  "@4 ack anna\n"
                  "@5.5 end\n",
        .heard = "@1 d/0 +x first notification\n",
        .happened = "@2 ack_set by otto: 1\n"
                    "@4 ack_set by anna: 1\n",
    },
    {
        .name = "it outlives a kill",
        .config = ROUTE(FAST) ONE,
        .script = "@0 post x\n"
                  "@2 ack otto\n"
                  "@4.5 kill\n"
                  "@6.5 start\n"
                  "@20.5 end\n",
        .heard = "@1 d/0 +x first notification\n",
    },
    {
        .name = "it outlives a reload, also one that puts a route in front of the group's",
        .config = "route: {receiver: d, " FAST ", routes: [{receiver: d, matchers: ['job=\"x\"']}]}\n" ONE,
        .config2 = "route: {receiver: d, " FAST ", routes: [{receiver: d, matchers: ['job=\"y\"']}, "
                   "{receiver: d, matchers: ['job=\"x\"']}]}\n" ONE,
        .wanted = ACKS,
        .script = "@0 post x{job=x}\n"
                  "@2 ack otto\n"
                  "@4.5 reload\n"
                  "@20.5 end\n",
        .heard = "@1 d/0 +x{job=x} first notification\n",
        .happened = "@2 ack_set by otto: 1\n",
    },
    {
        .name = "it ends with a reload that takes the route away",
        .config = "route: {receiver: d, " FAST ", routes: [{receiver: d, matchers: ['job=\"x\"']}]}\n" ONE,
        .config2 = ROUTE(FAST) ONE,
        .wanted = ACKS,
        .script = "@0 post x{job=x}\n"
                  "@2 ack otto\n"
                  "@4.5 reload\n"
                  "@5 end\n",
        .heard = "@1 d/0 +x{job=x} first notification\n"
                 "@4.5 d/0 +x{job=x} first notification\n",
        .happened = "@2 ack_set by otto: 1\n"
                    "@4.5 ack_ended by otto: 1\n",
    },
    {
        .name = "who was told stays told, longer than the log would remember",
        .config = ROUTE(FAST) ONE,
        .script = "@0 post x\n"
                  "@2 ack otto\n"
                  "@200 end\n",
        .maintenance = 5 * NS_PER_S,
        .heard = "@1 d/0 +x first notification\n",
    },
    {
        .name = "a receiver that was down is told all the same",
        .config = ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 1h") PAIR,
        .script = "@0 failing d/1\n"
                  "@0 post x\n"
                  "@2 ack otto\n"
                  "@4 failing\n"
                  "@40 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@1 d/1 +x first notification\n"
                 "@2 d/1 +x first notification\n"
                 "@3 d/1 +x first notification\n"
                 "@4 d/1 +x first notification\n",
    },
    {
        .name = "silenced until resolved: the end is told, and what fires afterwards",
        .config = ROUTE("group_by: [alertname], " FAST) ONE,
        .wanted = SILENCES,
        .script = "@0 post x{j=a}\n"
                  "@2 hush s1 0\n"
                  "@4 post x{j=b}\n"
                  "@8.5 post x{j=a} x{j=b} end=8.5\n"
                  "@12.5 post x{j=a}\n"
                  "@14 end\n",
        .heard = "@1 d/0 +x{j=a} first notification\n"
                 "@9 d/0 -x{j=a} all alerts resolved\n"
                 "@13.5 d/0 +x{j=a} first notification\n",
        .happened = "@2 silence_created s1\n"
                    "@9 silence_expired s1\n",
    },
    {
        .name = "silenced until resolved: over a kill, and over what resolves meanwhile",
        .config = ROUTE("group_by: [alertname], " FAST) ONE,
        .wanted = SILENCES,
        .script = "@0 post x\n"
                  "@2 hush s1 0\n"
                  "@4.5 kill\n"
                  "@6.5 start\n"
                  "@8.5 post x end=8.5\n"
                  "@12 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@8.5 d/0 -x all alerts resolved\n",
        .happened = "@2 silence_created s1\n"
                    "@8.5 silence_expired s1\n",
    },
    {
        .name = "silenced for a time: pressed again it is the same silence, and never shorter",
        .config = ROUTE("group_by: [alertname], " FAST) ONE,
        .wanted = SILENCES,
        .script = "@0 post x\n"
                  "@2 hush s1 3600\n"
                  "@3 hush s2 3600\n"
                  "@4 hush s3 14400\n"
                  "@5 hush s4 3600\n"
                  "@6 hush s5 0\n"
                  "@7 hush s6 14400\n"
                  "@8 end\n",
        .heard = "@1 d/0 +x first notification\n",
        .happened = "@2 silence_created s1\n"
                    "@4 silence_updated s1\n"
                    "@6 silence_updated s1\n",
    },
    {
        .name = "silenced for a time: the end of the alert does not end that",
        .config = ROUTE("group_by: [alertname], " FAST) ONE,
        .wanted = SILENCES,
        .script = "@0 post x\n"
                  "@2 hush s1 3600\n"
                  "@4.5 post x end=4.5\n"
                  "@8.5 post x\n"
                  "@20 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@5 d/0 -x all alerts resolved\n",
        .happened = "@2 silence_created s1\n",
    },
};

TEST(act, timelines)
{
    for (size_t i = 0; i < COUNT_OF(timelines); i++)
        timeline_run(&timelines[i]);
}

/* ---- what a group is silenced by ---- */

static void print_card(struct fixture *f, struct strbuf *out)
{
    struct arena mem;
    struct group_card card;

    arena_init(&mem, (size_t)1 << 20);
    CHECK(engine_group_card(f->engine, fixture_only_group(f), f->now, &mem, &card));
    matchers_print(out, &card.matchers);
    group_card_done(&card);
    arena_done(&mem);
}

TEST(act, a_group_is_silenced_by_its_labels_and_its_routes)
{
    static const struct {
        const char *name, *config, *alert, *matchers;
    } rows[] = {
        {"labels", ROUTE("group_by: [alertname, job]"), "x{job=j,i=1}", "{alertname=\"x\",job=\"j\"}"},
        {"a label that it does not have", ROUTE("group_by: [alertname, job]"), "x",
         "{alertname=\"x\",job=\"\"}"},
        {"all labels", ROUTE("group_by: ['...']"), "x{i=1}", "{alertname=\"x\",i=\"1\"}"},
        {"the routes above",
         "route: {receiver: d, routes: [{matchers: ['job=~\"a|b\"'], routes: [{matchers: ['i!=\"2\"'], "
         "group_by: [alertname]}]}]}\n",
         "x{job=a,i=1}", "{alertname=\"x\",job=~\"a|b\",i!=\"2\"}"},
        {"a route that says less than the label",
         "route: {receiver: d, routes: [{matchers: ['job=~\"a|b\"'], group_by: [job]}]}\n", "x{job=a}",
         "{job=\"a\"}"},
        {"the same matcher twice",
         "route: {receiver: d, routes: [{matchers: ['i!=\"2\"'], routes: [{matchers: ['i!=\"2\"'], group_by: "
         "[job]}]}]}\n",
         "x{job=a}", "{job=\"a\",i!=\"2\"}"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(strbuf_donep) struct strbuf config = {0}, got = {0};
        const struct engine_opts opts = FIXTURE_OPTS;
        struct fixture f;

        strbuf_addf(&config, "%s%s", rows[i].config, ONE);
        fixture_init(&f, config.p, &opts);
        fixture_post_one(&f, rows[i].alert, NAN, NAN);
        print_card(&f, &got);
        FAIL_IF(strcmp(got.p, rows[i].matchers) != 0, "%s: %s, want %s", rows[i].name, got.p,
                rows[i].matchers);
        fixture_done(&f);
    }
}

/* Everything and nothing are not silenced by a link. */
TEST(act, what_cannot_be_silenced_or_acknowledged)
{
    const struct engine_opts opts = FIXTURE_OPTS;
    struct effects fx = {0};
    struct group_silence in = {.length = 3600 * NS_PER_S, .mark = SV("1h"), .fresh_id = "s1"};
    struct silence *s;
    struct fixture f;
    struct err err;
    size_t n;

    fixture_init(&f, ROUTE("group_wait: 1s") ONE, &opts);
    CHECK(!engine_silence_group(f.engine, &in, f.now, &fx, &s, &err));
    CHECK_EQ(err.kind, ERR_NOT_FOUND);
    CHECK(!engine_ack(f.engine, &(struct group_pick){.key = SV("{}:{}")}, SV("otto"), SV(""), f.now, &fx, &n,
                      &err));
    CHECK_EQ(err.kind, ERR_NOT_FOUND);
    fixture_post_one(&f, "x", NAN, NAN);
    in.group = fixture_only_group(&f);
    CHECK(!engine_silence_group(f.engine, &in, f.now, &fx, &s, &err));
    CHECK_EQ(err.kind, ERR_INVALID);
    CHECK_EQ(fx.n_records, 0);
    CHECK(engine_ack(f.engine, &(struct group_pick){.key = SV("{}:{}")}, SV("otto"), SV(""), f.now, &fx, &n,
                     &err));
    CHECK_EQ(n, 1);
    effects_done(&fx);
    fixture_done(&f);
}

TEST(act, groups_are_picked_by_key_receiver_and_matchers)
{
    static const struct {
        const char *name, *key, *receiver;
        size_t n;
    } rows[] = {
        {"all", NULL, NULL, 2},
        {"a key", "{}:{alertname=\"x\"}", NULL, 1},
        {"a longer key", "{}:{alertname=\"x\"}:", NULL, 0},
        {"a receiver", NULL, "d", 2},
        {"another receiver", NULL, "e", 0},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct group_pick which = {.key = sv_of(rows[i].key), .receiver = sv_of(rows[i].receiver)};
        const struct engine_opts opts = FIXTURE_OPTS;
        struct effects fx = {0};
        struct fixture f;
        struct err err;
        size_t n = 0;

        fixture_init(&f, ROUTE("group_by: [alertname]") ONE, &opts);
        fixture_post(&f, (const char *[]){"x", "y"}, 2, NAN, NAN, NULL);
        const bool ok = engine_ack(f.engine, &which, SV("o"), SV(""), f.now, &fx, &n, &err);
        FAIL_IF(ok != (rows[i].n != 0) || n != rows[i].n, "%s: %zu", rows[i].name, n);
        effects_done(&fx);
        fixture_done(&f);
    }
}

TEST(act, under_compat_strict_nothing_is_acknowledged)
{
    struct engine_opts opts = FIXTURE_OPTS;
    struct effects fx = {0};
    struct fixture f;
    struct err err;
    size_t n;

    opts.compat_strict = true;
    fixture_init(&f, ROUTE("group_wait: 1s") ONE, &opts);
    fixture_post_one(&f, "x", NAN, NAN);
    CHECK(!engine_ack(f.engine, &(struct group_pick){0}, SV("otto"), SV(""), f.now, &fx, &n, &err));
    CHECK_EQ(err.kind, ERR_CONFLICT);
    effects_done(&fx);
    fixture_done(&f);
}
