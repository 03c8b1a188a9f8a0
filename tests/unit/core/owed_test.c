/* Where the engine does better than upstream (pipeline.md 10): what is owed is told, nobody waits for others,
 * and a mute that ends is noticed. Each row with `strict` shows what --compat.strict brings back.
 */
#include <math.h>

#include "support/test.h"
#include "support/timeline.h"

#include "support/engine_fixture.c"
#include "support/timeline.c"

#define ROUTE(rest) "route: {receiver: d, " rest "}\n"
#define ONE         "receivers: [{name: d, webhook_configs: [{url: 'http://a/'}]}]\n"
#define PAIR        "receivers: [{name: d, webhook_configs: [{url: 'http://a/'}, {url: 'http://b/'}]}]\n"

#define LATER "receivers: [{name: d, muted_resolved: at_unmute, webhook_configs: [{url: 'http://a/'}]}]\n"

static const struct timeline timelines[] = {
    {
        .name = "at_unmute: an alert that resolves under a silence is told resolved after it",
        .config = ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 1h") LATER,
        .script = "@0 post x1 x2\n"
                  "@1.5 silence s1 1.5..6.5 alertname=\"x1\"\n"
                  "@3.5 post x1 end=3.5\n"
                  "@9 end\n",
        .heard = "@1 d/0 +x1 +x2 first notification\n"
                 "@7 d/0 -x1 +x2 some alerts resolved\n",
    },
    {
        .name = "at_unmute: one that fires again under the silence is no news after it",
        .config = ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 1h") LATER,
        .script = "@0 post x1 x2\n"
                  "@1.5 silence s1 1.5..6.5 alertname=\"x1\"\n"
                  "@3.5 post x1 end=3.5\n"
                  "@4.5 post x1\n"
                  "@9 end\n",
        .heard = "@1 d/0 +x1 +x2 first notification\n",
    },
    {
        .name = "an alert nobody was told of resolves under a silence without a word",
        .config = ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 12s") ONE,
        .script = "@0 silence s1 0.0..100 alertname=\"x\"\n"
                  "@0.5 post x y\n"
                  "@2.7 post x end=2.7\n"
                  "@9 end\n",
        .heard = "@1.5 d/0 +y first notification\n",
    },
    {
        .name = "strict: an alert nobody was told of resolves under a silence without a word",
        .compat_strict = true,
        .config = ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 12s") ONE,
        .script = "@0 silence s1 0.0..100 alertname=\"x\"\n"
                  "@0.5 post x y\n"
                  "@2.7 post x end=2.7\n"
                  "@9 end\n",
        .heard = "@1.5 d/0 +y first notification\n",
    },
    {
        .name = "what was told is remembered over a repeat without it",
        .config = ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 3s") ONE,
        .script = "@0 post x1 x2\n"
                  "@1.5 silence s1 1.5..100 alertname=\"x1\"\n"
                  "@5.5 post x1 end=5.5\n"
                  "@8.5 end\n",
        .heard = "@1 d/0 +x1 +x2 first notification\n"
                 "@5 d/0 +x2 repeat interval elapsed\n"
                 "@6 d/0 -x1 +x2 some alerts resolved\n",
    },
    {
        .name = "strict: what was told is forgotten with a repeat without it",
        .compat_strict = true,
        .config = ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 3s") ONE,
        .script = "@0 post x1 x2\n"
                  "@1.5 silence s1 1.5..100 alertname=\"x1\"\n"
                  "@5.5 post x1 end=5.5\n"
                  "@8.5 end\n",
        .heard = "@1 d/0 +x1 +x2 first notification\n"
                 "@5 d/0 +x2 repeat interval elapsed\n",
    },
    {
        .name = "of two silenced alerts one resolves, the other is told again after the silence",
        .config = ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 1h") ONE,
        .script = "@0 post x1 x2\n"
                  "@1.5 silence s1 1.5..100 alertname=~\".+\"\n"
                  "@2.5 post x1 end=2.5\n"
                  "@5.5 expire s1\n"
                  "@6.5 post x2 end=6.5\n"
                  "@9 end\n",
        .heard = "@1 d/0 +x1 +x2 first notification\n"
                 "@3 d/0 -x1 all alerts resolved\n"
                 "@6 d/0 +x2 first notification\n"
                 "@7 d/0 -x2 all alerts resolved\n",
    },
    {
        .name = "strict: of two silenced alerts one resolves, and nothing is said",
        .compat_strict = true,
        .config = ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 1h") ONE,
        .script = "@0 post x1 x2\n"
                  "@1.5 silence s1 1.5..100 alertname=~\".+\"\n"
                  "@2.5 post x1 end=2.5\n"
                  "@5.5 expire s1\n"
                  "@6.5 post x2 end=6.5\n"
                  "@9 end\n",
        .heard = "@1 d/0 +x1 +x2 first notification\n"
                 "@7 d/0 -x2 all alerts resolved\n",
    },
    {
        .name = "the last silenced alert of a group that was called resolved is told resolved as well",
        .config = ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 1h") ONE,
        .script = "@0 post x1 x2\n"
                  "@1.5 silence s1 1.5..100 alertname=~\".+\"\n"
                  "@2.5 post x1 end=2.5\n"
                  "@4.5 post x2 end=4.5\n"
                  "@9 end\n",
        .heard = "@1 d/0 +x1 +x2 first notification\n"
                 "@3 d/0 -x1 all alerts resolved\n"
                 "@5 d/0 -x2 all alerts resolved\n",
    },
    {
        .name = "only those who were told firing are told resolved under a silence",
        .config = ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 1h") PAIR,
        .script = "@0 failing d/1\n"
                  "@0 post x1 x2\n"
                  "@1.5 silence s1 1.5..100 alertname=~\".+\"\n"
                  "@1.6 failing\n"
                  "@2.5 post x1 end=2.5\n"
                  "@9 end\n",
        .heard = "@1 d/0 +x1 +x2 first notification\n"
                 "@1 d/1 +x1 +x2 first notification\n"
                 "@3 d/0 -x1 all alerts resolved\n",
    },
    {
        .name = "what is owed outlives the notification log under a long silence",
        .config = ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 2s") ONE,
        .maintenance = NS_PER_S,
        .script = "@0 post x\n"
                  "@1.5 silence s1 1.5..100 alertname=\"x\"\n"
                  "@31.5 post x end=31.5\n"
                  "@35 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@32 d/0 -x all alerts resolved\n",
    },
    {
        .name = "what is owed under a silence survives a restart",
        .config = ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 1h") ONE,
        .script = "@0 post x1 x2\n"
                  "@1.5 silence s1 1.5..100 alertname=~\".+\"\n"
                  "@2.2 failing d/0\n"
                  "@2.5 post x1 end=2.5\n"
                  "@4.5 kill\n"
                  "@5.5 start\n"
                  "@6.5 failing\n"
                  "@9 end\n",
        .heard = "@1 d/0 +x1 +x2 first notification\n"
                 "@3 d/0 -x1 all alerts resolved\n"
                 "@4 d/0 -x1 all alerts resolved\n"
                 "@5.5 d/0 -x1 all alerts resolved\n"
                 "@6.5 d/0 -x1 all alerts resolved\n",
    },
    {
        .name = "a resolve comes through a mute interval",
        .config =
            "route:\n"
            "  receiver: d\n"
            "  group_wait: 1s\n"
            "  group_interval: 1s\n"
            "  routes:\n"
            "    - {matchers: [alertname=x], mute_time_intervals: [later]}\n"
            "time_intervals:\n"
            "  - {name: later, time_intervals: [{times: [{start_time: '00:01', end_time: '24:00'}]}]}\n" ONE,
        .script = "@0 post x\n"
                  "@70.5 post x end=70.5\n"
                  "@80 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@71 d/0 -x all alerts resolved\n",
    },
    {
        .name = "strict: a resolve does not come through a mute interval",
        .compat_strict = true,
        .config =
            "route:\n"
            "  receiver: d\n"
            "  group_wait: 1s\n"
            "  group_interval: 1s\n"
            "  routes:\n"
            "    - {matchers: [alertname=x], mute_time_intervals: [later]}\n"
            "time_intervals:\n"
            "  - {name: later, time_intervals: [{times: [{start_time: '00:01', end_time: '24:00'}]}]}\n" ONE,
        .script = "@0 post x\n"
                  "@70.5 post x end=70.5\n"
                  "@80 end\n",
        .heard = "@1 d/0 +x first notification\n",
    },
    {
        .name = "a slow integration that comes back is told the latest state, once",
        .config = ROUTE("group_wait: 1s, group_interval: 2s") PAIR,
        .script = "@0 latency 5.5 d/1\n"
                  "@0 post x\n"
                  "@1.5 latency 0\n"
                  "@2 post y\n"
                  "@4 post z\n"
                  "@5.5 post y end=5.5\n"
                  "@12 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@1 d/1 +x first notification\n"
                 "@3 d/0 +x +y new alerts added\n"
                 "@5 d/0 +x +y +z new alerts added\n"
                 "@6.5 d/1 +x -y +z new alerts added\n"
                 "@7 d/0 +x -y +z some alerts resolved\n",
    },
    {
        .name = "a delivery that failed late is made again at once, with the alerts of then",
        .config = ROUTE("group_wait: 1s, group_interval: 2s") PAIR,
        .script = "@0 failing d/1\n"
                  "@0 latency 3 d/1\n"
                  "@0 post x\n"
                  "@1.5 failing\n"
                  "@1.5 latency 0\n"
                  "@2 post y\n"
                  "@12 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@1 d/1 +x first notification\n"
                 "@3 d/0 +x +y new alerts added\n"
                 "@4 d/1 +x +y first notification\n",
    },
    {
        .name = "who hears of an alert only after its end hears of its end too",
        .config = ROUTE("group_wait: 1s, group_interval: 2s") PAIR,
        .script = "@0 latency 4.5 d/1\n"
                  "@0 post x y\n"
                  "@2 post x end=2\n"
                  "@5 latency 0\n"
                  "@12 end\n",
        .heard = "@1 d/0 +x +y first notification\n"
                 "@1 d/1 +x +y first notification\n"
                 "@3 d/0 -x +y some alerts resolved\n"
                 "@5.5 d/1 -x +y some alerts resolved\n",
    },
    {
        .name = "an end is told until it is heard",
        .config = ROUTE("group_wait: 1s, group_interval: 2s") PAIR,
        .script = "@0 post x\n"
                  "@1.5 failing d/1\n"
                  "@2 post x end=2\n"
                  "@8 failing\n"
                  "@16 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@1 d/1 +x first notification\n"
                 "@3 d/0 -x all alerts resolved\n"
                 "@3 d/1 -x all alerts resolved\n"
                 "@5 d/1 -x all alerts resolved\n"
                 "@7 d/1 -x all alerts resolved\n"
                 "@9 d/1 -x all alerts resolved\n",
    },
    {
        .name = "an end is owed for as long as the receiver is down",
        .config = ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 2s") ONE,
        .maintenance = NS_PER_S,
        .script = "@0 post x\n"
                  "@1.5 failing d/0\n"
                  "@2.5 post x end=2.5\n"
                  "@7.5 kill\n"
                  "@8.5 start\n"
                  "@8.6 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@3 d/0 -x all alerts resolved\n"
                 "@4 d/0 -x all alerts resolved\n"
                 "@5 d/0 -x all alerts resolved\n"
                 "@6 d/0 -x all alerts resolved\n"
                 "@7 d/0 -x all alerts resolved\n"
                 "@8.5 d/0 -x all alerts resolved\n",
    },
    {
        .name = "a group made anew by a reload waits for what the old one has on its way",
        .config = ROUTE("group_wait: 1s, group_interval: 4s, routes: [{matchers: [alertname=x]}]") ONE,
        .config2 = ROUTE("group_wait: 1s, group_interval: 4s, routes: [{matchers: [alertname=nobody]}, "
                         "{matchers: [alertname=x]}]") ONE,
        .script = "@0 latency 5\n"
                  "@0 post x\n"
                  "@2 reload\n"
                  "@3 latency 0\n"
                  "@3 post y{a=1}\n"
                  "@3 post x z\n"
                  "@3.5 post x end=3.5\n"
                  "@9 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@4 d/0 +z +y{a=1} first notification\n"
                 "@6 d/0 -x all alerts resolved\n",
    },
    {
        .name = "what a mute interval held back is told in one message when it ends",
        .config =
            "route:\n"
            "  receiver: d\n"
            "  group_wait: 1s\n"
            "  group_interval: 5m\n"
            "  routes:\n"
            "    - {matchers: [alertname!=nobody], mute_time_intervals: [t]}\n"
            "time_intervals:\n"
            "  - {name: t, time_intervals: [{times: [{start_time: '00:00', end_time: '00:02'}]}]}\n" ONE,
        .script = "@0 post x end=1000\n"
                  "@40 post y end=1000\n"
                  "@400 end\n",
        .heard = "@120 d/0 +x +y first notification\n",
    },
    {
        .name = "what was held back outside the active intervals is told in one message when one begins",
        .config =
            "route:\n"
            "  receiver: d\n"
            "  group_wait: 1s\n"
            "  group_interval: 5m\n"
            "  routes:\n"
            "    - {matchers: [alertname!=nobody], active_time_intervals: [t]}\n"
            "time_intervals:\n"
            "  - {name: t, time_intervals: [{times: [{start_time: '00:02', end_time: '24:00'}]}]}\n" ONE,
        .script = "@0 post x end=1000\n"
                  "@40 post y end=1000\n"
                  "@400 end\n",
        .heard = "@120 d/0 +x +y first notification\n",
    },
    {
        .name = "strict: what a mute interval held back is told at the next interval of the group",
        .compat_strict = true,
        .config =
            "route:\n"
            "  receiver: d\n"
            "  group_wait: 1s\n"
            "  group_interval: 5m\n"
            "  routes:\n"
            "    - {matchers: [alertname!=nobody], mute_time_intervals: [t]}\n"
            "time_intervals:\n"
            "  - {name: t, time_intervals: [{times: [{start_time: '00:00', end_time: '00:02'}]}]}\n" ONE,
        .script = "@0 post x end=1000\n"
                  "@40 post y end=1000\n"
                  "@400 end\n",
        .heard = "@301 d/0 +x +y first notification\n",
    },
    {
        .name = "what silences held back entirely is told when the last of them ends",
        .config = ROUTE("group_wait: 1s, group_interval: 60s") ONE,
        .script = "@0 silence s1 0.0..20 alertname=\"x\"\n"
                  "@0 silence s2 10.0..30 alertname=\"x\"\n"
                  "@0 post x\n"
                  "@70 end\n",
        .heard = "@30 d/0 +x first notification\n",
    },
    {
        .name = "strict: what silences held back is told at the next interval of the group",
        .compat_strict = true,
        .config = ROUTE("group_wait: 1s, group_interval: 60s") ONE,
        .script = "@0 silence s1 0.0..20 alertname=\"x\"\n"
                  "@0 silence s2 10.0..30 alertname=\"x\"\n"
                  "@0 post x\n"
                  "@70 end\n",
        .heard = "@61 d/0 +x first notification\n",
    },
    {
        .name = "a group of which only a part is silenced keeps its interval",
        .config = ROUTE("group_wait: 1s, group_interval: 60s") ONE,
        .script = "@0 silence s1 0.0..20 alertname=\"x\"\n"
                  "@0 post x y\n"
                  "@70 end\n",
        .heard = "@1 d/0 +y first notification\n"
                 "@61 d/0 +x +y new alerts added\n",
    },
    {
        .name = "a reload that renames the route while the first notification is on its way",
        .config = "route: {receiver: d, group_wait: 1s, group_interval: 10s,\n"
                  "  routes: [{matchers: [alertname=~\"x|y\"]}]}\n" ONE,
        .config2 = "route: {receiver: d, group_wait: 1s, group_interval: 10s,\n"
                   "  routes: [{matchers: [alertname=z]}, {matchers: [alertname=~\"x|y\"]}]}\n" ONE,
        .script = "@0 latency 5\n"
                  "@0 post x\n"
                  "@2 post x end=2\n"
                  "@3 reload\n"
                  "@60 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@6 d/0 -x all alerts resolved\n",
    },
    {
        .name = "a reload with a longer repeat_interval: what was told is remembered for longer, too",
        .config = ROUTE("group_wait: 1s, group_interval: 10s, repeat_interval: 10s") ONE,
        .config2 = ROUTE("group_wait: 1s, group_interval: 10s, repeat_interval: 400s") ONE,
        .script = "@0 post x\n"
                  "@5 reload\n"
                  "@60 post x end=60\n"
                  "@80 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@61 d/0 -x all alerts resolved\n",
    },
};

TEST(owed, is_told)
{
    for (size_t i = 0; i < COUNT_OF(timelines); i++)
        timeline_run(&timelines[i]);
}

/* repeat_interval and group_interval are the same, so the repeat comes with the second tick after the last
 * notification, and every tick is handled a little late. */
TEST(owed, repeats_of_a_late_dispatcher_are_repeats)
{
    struct engine_opts opts = FIXTURE_OPTS;
    struct fixture f;

    fixture_init(&f, ROUTE("group_wait: 5s, group_interval: 10s, repeat_interval: 10s") ONE, &opts);
    fixture_post_one(&f, "x", NAN, NAN);
    for (double due = 5; due < 30; due += 10.03) {
        fixture_run(&f, due - 0.001, false);
        f.now.mono += 31 * NS_PER_MS;
        f.now.wall = stamp_add(f.now.wall, 31 * NS_PER_MS);
        fixture_run(&f, due + 1, true);
    }
    CHECK_STR(f.heard.p, "@5.03 d/0 +x first notification\n"
                         "@25.09 d/0 +x repeat interval elapsed\n");
    fixture_done(&f);
}
