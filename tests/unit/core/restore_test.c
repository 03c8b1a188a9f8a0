/* Restarts: whatever the moment, the new process goes on where the old one was. */
#include <math.h>
#include <stdio.h>

#include "support/test.h"
#include "support/timeline.h"

#include "support/engine_fixture.c"
#include "support/timeline.c"

#define ROUTE(rest) "route: {receiver: d, " rest "}\n"
#define ONE         "receivers: [{name: d, webhook_configs: [{url: 'http://a/'}]}]\n"
#define TWO         "receivers: [{name: d, webhook_configs: [{url: 'http://a/'}, {url: 'http://b/'}]}]\n"

static const struct timeline timelines[] = {
    {
        /* P-136 */
        .name = "TL-29 nothing is told twice",
        .config = ROUTE("group_wait: 1s, group_interval: 2s") ONE,
        .script = "@0 post a b\n"
                  "@2 kill\n"
                  "@2.5 start\n"
                  "@3.5 post a b start=0\n"
                  "@6.6 post b end=6.6\n"
                  "@10 end\n",
        .heard = "@1 d/0 +a +b first notification\n"
                 "@7 d/0 +a -b some alerts resolved\n",
    },
    {
        /* P-146 */
        .name = "TL-29 variant: only a resolve comes after the restart",
        .config = ROUTE("group_wait: 1s, group_interval: 2s") ONE,
        .script = "@0 post a\n"
                  "@2 kill\n"
                  "@2.5 start\n"
                  "@3.5 post a end=3.5\n"
                  "@10 end\n",
        .heard = "@1 d/0 +a first notification\n"
                 "@5 d/0 -a all alerts resolved\n",
    },
    {
        /* P-137 */
        .name = "TL-30 a kill right after the notification: neither it nor the silence is lost",
        .config = ROUTE("group_wait: 1s, group_interval: 2s") ONE,
        .script = "@0 post x y\n"
                  "@0.5 silence s1 0.5..100 alertname=\"y\"\n"
                  "@1.001 kill\n"
                  "@2 start\n"
                  "@2 post x y start=0\n"
                  "@10 end\n",
        .heard = "@1 d/0 +x first notification\n",
    },
    {
        .name = "what was due during the downtime is done at once, the rest waits its remainder",
        .config = ROUTE("group_by: [alertname], group_wait: 5s, group_interval: 20s") ONE,
        .script = "@0 post a\n"
                  "@4 post b\n"
                  "@4.5 kill\n"
                  "@7 start\n"
                  "@20 end\n",
        .heard = "@7 d/0 +a first notification\n"
                 "@9 d/0 +b first notification\n",
    },
    {
        .name = "a delivery that was on its way is made again at once",
        .config = ROUTE("group_wait: 1s, group_interval: 4s") ONE,
        .script = "@0 latency 3\n"
                  "@0 post x\n"
                  "@2 kill\n"
                  "@3 start\n"
                  "@9 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@3 d/0 +x first notification\n",
    },
    {
        .name = "a delivery on its way may have arrived, so its resolve is owed",
        .config = ROUTE("group_wait: 1s, group_interval: 4s") ONE,
        .script = "@0 latency 3\n"
                  "@0 post x\n"
                  "@1.5 post x end=1.5\n"
                  "@2 kill\n"
                  "@3 start\n"
                  "@16 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@3 d/0 -x all alerts resolved\n",
    },
    {
        .name = "the same for a resolve that looks as if it had been told before",
        .config = ROUTE("group_wait: 1s, group_interval: 4s") ONE,
        .script = "@0 post x y\n"
                  "@2 post y end=2\n"
                  "@6 post y\n"
                  "@7 latency 3\n"
                  "@9.5 post y start=6 end=9.5\n"
                  "@10 kill\n"
                  "@11 start\n"
                  "@20 end\n",
        .heard = "@1 d/0 +x +y first notification\n"
                 "@5 d/0 +x -y some alerts resolved\n"
                 "@9 d/0 +x +y new alerts added\n"
                 "@11 d/0 +x -y new alerts added\n",
    },
    {
        .name = "a resolve on its way is made again, unless the alert fires again",
        .config = ROUTE("group_by: [alertname], group_wait: 1s, group_interval: 4s") ONE,
        .script = "@0 post x y\n"
                  "@2 post x y end=2\n"
                  "@3 latency 3\n"
                  "@6 kill\n"
                  "@6 start\n"
                  "@6 post y start=6\n"
                  "@20 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@1 d/0 +y first notification\n"
                 "@5 d/0 -x all alerts resolved\n"
                 "@5 d/0 -y all alerts resolved\n"
                 "@6 d/0 -x all alerts resolved\n"
                 "@6 d/0 +y first notification\n",
    },
    {
        .name = "only the integration that had not answered is told again",
        .config = ROUTE("group_wait: 1s, group_interval: 4s") TWO,
        .script = "@0 failing d/1\n"
                  "@0 post x\n"
                  "@4.9 latency 1\n"
                  "@5.5 kill\n"
                  "@5.5 failing\n"
                  "@6 start\n"
                  "@20 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@1 d/1 +x first notification\n"
                 "@5 d/1 +x first notification\n"
                 "@6 d/1 +x first notification\n",
    },
    {
        .name = "a notification that was refused before the kill was not told",
        .config = ROUTE("group_wait: 1s, group_interval: 4s") ONE,
        .script = "@0 failing d/0\n"
                  "@0 post x\n"
                  "@2 post x end=2\n"
                  "@2 kill\n"
                  "@2 failing\n"
                  "@3 start\n"
                  "@20 end\n",
        .heard = "@1 d/0 +x first notification\n",
    },
    {
        .name = "a delivery that a stop cancels is made again at once, and its alert stays",
        .config = ROUTE("group_wait: 1s, group_interval: 4s") TWO,
        .script = "@0 latency 9 d/1\n"
                  "@0 post x\n"
                  "@2 post x end=2\n"
                  "@6 stop\n"
                  "@7 start\n"
                  "@20 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@1 d/1 +x first notification\n"
                 "@5 d/0 -x all alerts resolved\n"
                 "@7 d/1 -x all alerts resolved\n",
    },
    {
        .name = "who answered first does not end the flush for the other",
        .config = ROUTE("group_wait: 1s, group_interval: 9s") TWO,
        .script = "@0 latency 3 d/1\n"
                  "@0 post x\n"
                  "@2 kill\n"
                  "@3 start\n"
                  "@9 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@1 d/1 +x first notification\n"
                 "@3 d/1 +x first notification\n",
    },
    {
        .name = "silenced while it may have been told: its end is told all the same",
        .config = ROUTE("group_wait: 1s, group_interval: 4s") ONE,
        .script = "@0 latency 3\n"
                  "@0 post x\n"
                  "@1.5 silence s1 1.5..100 alertname=\"x\"\n"
                  "@2 kill\n"
                  "@3 start\n"
                  "@4 post x end=4\n"
                  "@20 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@7 d/0 -x all alerts resolved\n",
    },
    {
        .name = "a pending resolve survives",
        .config = ROUTE("group_wait: 1s, group_interval: 4s") ONE,
        .script = "@0 post x y\n"
                  "@2 post x end=2\n"
                  "@3 kill\n"
                  "@4 start\n"
                  "@9 end\n",
        .heard = "@1 d/0 +x +y first notification\n"
                 "@5 d/0 -x +y some alerts resolved\n",
    },
    {
        .name = "a resolve that was told is not told again",
        .config = ROUTE("group_wait: 1s, group_interval: 2s") ONE,
        .script = "@0 post x y\n"
                  "@2 post x end=2\n"
                  "@4 post z\n"
                  "@6 kill\n"
                  "@6.5 start\n"
                  "@12 end\n",
        .heard = "@1 d/0 +x +y first notification\n"
                 "@3 d/0 -x +y some alerts resolved\n"
                 "@5 d/0 +y +z new alerts added\n",
    },
    {
        .name = "told in one group, owed in the other",
        .config = "route:\n"
                  "  receiver: d\n"
                  "  group_wait: 1s\n"
                  "  group_interval: 2s\n"
                  "  routes:\n"
                  "    - {matchers: [alertname=~\"x|y|z\"], continue: true}\n"
                  "    - {matchers: [alertname=~\"x|y\"], receiver: e}\n"
                  "receivers:\n"
                  "  - {name: d, webhook_configs: [{url: 'http://a/'}]}\n"
                  "  - {name: e, webhook_configs: [{url: 'http://a/'}]}\n",
        .script = "@0 post x y\n"
                  "@2 post x end=2\n"
                  "@2.5 failing e/0\n"
                  "@4 post z\n"
                  "@5.5 kill\n"
                  "@6 failing\n"
                  "@6 start\n"
                  "@12 end\n",
        .heard = "@1 d/0 +x +y first notification\n"
                 "@1 e/0 +x +y first notification\n"
                 "@3 d/0 -x +y some alerts resolved\n"
                 "@3 e/0 -x +y some alerts resolved\n"
                 "@5 d/0 +y +z new alerts added\n"
                 "@5 e/0 -x +y some alerts resolved\n"
                 "@7 e/0 -x +y some alerts resolved\n",
    },
    {
        /* P-139 */
        .name = "a downtime longer than the alert's end is not a resolve",
        .config = "global: {resolve_timeout: 5m}\n" ROUTE("group_wait: 1s, group_interval: 10s") ONE,
        .script = "@0 post x\n"
                  "@100 kill\n"
                  "@400 start\n"
                  "@500 post x start=0\n"
                  "@691 post x start=0 end=691\n"
                  "@705 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@700 d/0 -x all alerts resolved\n",
    },
    {
        .name = "the grace ends: as long as the downtime, at most resolve_timeout",
        .config = "global: {resolve_timeout: 5m}\n" ROUTE("group_wait: 1s, group_interval: 10s") ONE,
        .script = "@0 post x\n"
                  "@200 kill\n"
                  "@400 start\n"
                  "@700 end\n",
        .show_times = true,
        .heard = "@1 d/0 +x(0..) first notification\n"
                 "@600 d/0 -x(0..600) all alerts resolved\n",
    },
    {
        .name = "the grace of a short downtime is two minutes",
        .config = "global: {resolve_timeout: 5m}\n" ROUTE("group_wait: 1s, group_interval: 10s") ONE,
        .script = "@0 post x\n"
                  "@295 kill\n"
                  "@301 start\n"
                  "@500 end\n",
        .show_times = true,
        .heard = "@1 d/0 +x(0..) first notification\n"
                 "@421 d/0 -x(0..421) all alerts resolved\n",
    },
    {
        .name = "heartbeats are not persisted, so an end that is near says nothing after a restart",
        .config = "global: {resolve_timeout: 10s}\n" ROUTE("group_wait: 1s, group_interval: 1s") ONE,
        .script = "@0 post x\n"
                  "@8 post x start=0\n"
                  "@9 kill\n"
                  "@9.5 start\n"
                  "@16 post x start=0\n"
                  "@18 end\n",
        .heard = "@1 d/0 +x first notification\n",
    },
    {
        /* P-150: W-21 */
        .name = "strict: a restart forgets the alerts, not the log",
        .compat_strict = true,
        .config = ROUTE("group_wait: 1s, group_interval: 2s") ONE,
        .script = "@0 post a b\n"
                  "@2 kill\n"
                  "@2.5 start\n"
                  "@3.5 post a b start=0\n"
                  "@6.6 post b end=6.6\n"
                  "@10 end\n",
        .heard = "@1 d/0 +a +b first notification\n"
                 "@7.5 d/0 +a -b some alerts resolved\n",
    },
    {
        .name = "the limit counts the alerts of the former process",
        .config = ROUTE("group_wait: 1s, group_interval: 2s") ONE,
        .per_alertname_limit = 1,
        .script = "@0 post a{n=1}\n"
                  "@2 kill\n"
                  "@2 start\n"
                  "@2 post a{n=2}\n"
                  "@9 end\n",
        .heard = "@1 d/0 +a{n=1} first notification\n",
    },
    {
        .name = "an alert that was resolved stays resolved",
        .config = ROUTE("group_wait: 1s, group_interval: 10s") ONE,
        .script = "@0 post x\n"
                  "@5 post x end=5\n"
                  "@6 kill\n"
                  "@30 start\n"
                  "@35 end\n",
        .show_times = true,
        .heard = "@1 d/0 +x(0..) first notification\n"
                 "@30 d/0 -x(0..5) all alerts resolved\n",
    },
};

TEST(restore, goes_on_where_the_former_process_was)
{
    for (size_t i = 0; i < COUNT_OF(timelines); i++)
        timeline_run(&timelines[i]);
}

static const struct group_state *only_group(const struct fixture *f)
{
    const struct group_state *g = NULL;
    for (size_t i = 0; i < f->rows.n; i++) {
        if (f->rows.v[i].kind != RECORD_GROUP)
            continue;
        CHECK(g == NULL);
        g = f->rows.v[i].group;
    }
    CHECK(g != NULL);
    return g;
}

/* P-136 */
TEST(restore, a_group_keeps_its_identity)
{
    struct fixture f;
    char uuid[37];

    fixture_init(&f, ROUTE("group_wait: 1s, group_interval: 2s") ONE, &(struct engine_opts)FIXTURE_OPTS);
    fixture_post_one(&f, "x", 0, NAN);
    CHECK_EQ(only_group(&f)->flush_id, 0);
    CHECK(!only_group(&f)->flushed);
    CHECK_EQ(stamp_cmp(only_group(&f)->next_flush, fixture_stamp(1)), 0);
    fixture_run(&f, 4, true);
    strcpy(uuid, only_group(&f)->uuid);
    CHECK_EQ(only_group(&f)->flush_id, 2);
    CHECK(only_group(&f)->flushed);
    CHECK_EQ(stamp_cmp(only_group(&f)->next_flush, fixture_stamp(5)), 0);
    fixture_kill(&f);
    fixture_start(&f, 4);
    fixture_run(&f, 6, true);
    CHECK_STR(only_group(&f)->uuid, uuid);
    CHECK_EQ(only_group(&f)->flush_id, 3);
    CHECK_EQ(stamp_cmp(only_group(&f)->created_at, fixture_stamp(0)), 0);
    fixture_done(&f);
}

TEST(restore, rows_of_groups_without_route_or_alerts_go)
{
    struct fixture f;

    fixture_init(&f, ROUTE("group_by: [alertname], group_wait: 1s") ONE, &(struct engine_opts)FIXTURE_OPTS);
    fixture_post_one(&f, "x", 0, NAN);
    struct labels *labels = labels_new(&(struct label_sv){SV("alertname"), SV("gone")}, 1);
    struct group_state *empty = group_state_new("{}", labels_ref(labels));
    struct group_state *lost = group_state_new("{}/{a=\"1\"}/0", labels);
    persist(&f.rows, (struct record){.kind = RECORD_GROUP, .group = empty});
    persist(&f.rows, (struct record){.kind = RECORD_GROUP, .group = lost});
    fixture_kill(&f);
    fixture_start(&f, 0);
    CHECK_SV(labels_get(only_group(&f)->labels, SV("alertname")), "x");
    fixture_done(&f);
}

TEST(restore, a_clock_that_went_back_does_not_stop_the_group)
{
    struct fixture f;

    fixture_init(&f, ROUTE("group_wait: 30s, group_interval: 60s") ONE, &(struct engine_opts)FIXTURE_OPTS);
    fixture_run(&f, 1000, true);
    fixture_post_one(&f, "x", 1000, 100000);
    fixture_kill(&f);
    f.now.wall = stamp_add(f.now.wall, -900 * NS_PER_S);
    fixture_start(&f, 1000);
    fixture_run(&f, 1031, true);
    CHECK_STR(f.heard.p, "@130 d/0 +x first notification\n");
    fixture_done(&f);
}
