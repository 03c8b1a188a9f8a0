/* The worked timelines of the specification that concern the engine alone: what is told, when, and why. */
#include "support/test.h"
#include "support/timeline.h"

#include "support/engine_fixture.c"
#include "support/timeline.c"

#define ROUTE(rest) "route: {receiver: d, " rest "}\n"
#define ONE         "receivers: [{name: d, webhook_configs: [{url: 'http://a/'}]}]\n"
#define TWO                                                                                                  \
    "receivers: [{name: d, webhook_configs: [{url: 'http://a/'}, {url: 'http://b/', send_resolved: "         \
    "false}]}]\n"

#define PAIR "receivers: [{name: d, webhook_configs: [{url: 'http://a/'}, {url: 'http://b/'}]}]\n"
#define DEAF "receivers: [{name: d, webhook_configs: [{url: 'http://a/', send_resolved: false}]}]\n"

#define EVERY_TICK                                                                                           \
    ROUTE("group_by: [alertname], group_wait: 1s, group_interval: 1s, repeat_interval: 1ms") ONE
#define ALL_EVERY_TICK ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 1ms") ONE

static const struct timeline timelines[] = {
    {
        /* P-031, P-080 rows 1, 5, 8 */
        .name = "TL-01 repeat every tick",
        .config = EVERY_TICK,
        .script = "@1 post x start=1\n"
                  "@3.5 post x start=1 end=3\n"
                  "@6 end\n",
        .show_times = true,
        .heard = "@2 d/0 +x(1..) first notification\n"
                 "@3 d/0 +x(1..) repeat interval elapsed\n"
                 "@4 d/0 -x(1..3) all alerts resolved\n",
    },
    {
        .name = "TL-02a merge, ends made up by the server",
        .config = EVERY_TICK,
        .script = "@1 post x start=1.1\n"
                  "@1.2 post x start=1\n"
                  "@2.1 post x start=2 ann=v1\n"
                  "@3.6 post x start=1.5 ann=v2\n"
                  "@4.6 post x start=3 end=4.5 ann=v2\n"
                  "@4.8 post x start=2.9 end=4.8 ann=v3\n"
                  "@4.8 post x start=2.9 end=4.1 ann=v3\n"
                  "@5.3 post x start=5\n"
                  "@7 end\n",
        .show_times = true,
        .heard = "@2 d/0 +x(1..) first notification\n"
                 "@3 d/0 +x(1.. v1) repeat interval elapsed\n"
                 "@4 d/0 +x(1.. v2) repeat interval elapsed\n"
                 "@5 d/0 -x(1..4.8 v3) all alerts resolved\n"
                 "@6.3 d/0 +x(5..) first notification\n",
    },
    {
        .name = "TL-02b merge, explicit ends",
        .config = EVERY_TICK,
        .script = "@1 post x start=1.1 end=4.1\n"
                  "@1.2 post x start=1 end=4\n"
                  "@2.1 post x start=2 end=5 ann=v1\n"
                  "@3.6 post x start=1.5 end=4.5 ann=v2\n"
                  "@4.6 post x start=3 end=4.5 ann=v2\n"
                  "@4.8 post x start=2.9 end=4.8 ann=v3\n"
                  "@4.8 post x start=2.9 end=4.1 ann=v3\n"
                  "@5.3 post x start=5 end=8\n"
                  "@7 end\n",
        .show_times = true,
        .heard = "@2 d/0 +x(1..) first notification\n"
                 "@3 d/0 +x(1.. v1) repeat interval elapsed\n"
                 "@4 d/0 +x(1.. v2) repeat interval elapsed\n"
                 "@5 d/0 -x(1..4.8 v3) all alerts resolved\n"
                 "@6.3 d/0 +x(5..) first notification\n",
    },
    {
        /* P-037, P-080 row 4 */
        .name = "TL-03 batching",
        .config = ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 4s900ms") ONE,
        .script = "@1.1 post t1\n"
                  "@1.7 post t5\n"
                  "@3.3 post t2 t3 t4\n"
                  "@10 end\n",
        .heard = "@2.1 d/0 +t1 +t5 first notification\n"
                 "@4.1 d/0 +t1 +t2 +t3 +t4 +t5 new alerts added\n"
                 "@9.1 d/0 +t1 +t2 +t3 +t4 +t5 repeat interval elapsed\n",
    },
    {
        .name = "TL-04 resolved by time",
        .config = "global: {resolve_timeout: 10s}\n" ROUTE("group_wait: 1s, group_interval: 5s") ONE,
        .script = "@1 post v1 v2 v3\n"
                  "@30 end\n",
        .show_times = true,
        .heard = "@2 d/0 +v1(1..) +v2(1..) +v3(1..) first notification\n"
                 "@12 d/0 -v1(1..11) -v2(1..11) -v3(1..11) all alerts resolved\n",
    },
    {
        /* P-095 */
        .name = "TL-05 send_resolved per integration",
        .config = "global: {resolve_timeout: 10s}\n" ROUTE("group_wait: 1s, group_interval: 5s") TWO,
        .script = "@1 post v1 v2\n"
                  "@3 post v1 start=1 end=4\n"
                  "@3 post v3\n"
                  "@8 post v3 start=3\n"
                  "@13 end\n",
        .heard = "@2 d/0 +v1 +v2 first notification\n"
                 "@2 d/1 +v1 +v2 first notification\n"
                 "@7 d/0 -v1 +v2 +v3 new alerts added\n"
                 "@7 d/1 +v2 +v3 new alerts added\n"
                 "@12 d/0 -v2 +v3 some alerts resolved\n",
    },
    {
        /* P-045 */
        .name = "TL-06 start delay, without the reload",
        .config = ROUTE("group_wait: 1s, group_interval: 6s, repeat_interval: 10m") ONE,
        .start_delay = 5 * NS_PER_S,
        .script = "@1 post t1 start=-1000\n"
                  "@2 post t2\n"
                  "@6 post t3 start=-1000\n"
                  "@7 post t4\n"
                  "@12 end\n",
        .heard = "@5 d/0 +t1 +t2 first notification\n"
                 "@11 d/0 +t1 +t2 +t3 +t4 new alerts added\n",
    },
    {
        .name =
            "P-046 a wait that ends during the start delay ends with it, a longer one keeps its remainder",
        .config = ROUTE("group_by: [alertname], group_wait: 4s, group_interval: 6s") ONE,
        .start_delay = 5 * NS_PER_S,
        .script = "@0 post a\n"
                  "@3 post b\n"
                  "@12 end\n",
        .heard = "@5 d/0 +a first notification\n"
                 "@7 d/0 +b first notification\n",
    },
    {
        .name = "TL-09 two integrations repeat together, one interval late",
        .config = ROUTE("group_wait: 1s, group_interval: 2s, repeat_interval: 3s") PAIR,
        .script = "@1 post x\n"
                  "@9 end\n",
        .heard = "@2 d/0 +x first notification\n"
                 "@2 d/1 +x first notification\n"
                 "@6 d/0 +x repeat interval elapsed\n"
                 "@6 d/1 +x repeat interval elapsed\n",
    },
    {
        /* P-072 */
        .name = "TL-13 silence window",
        .config = ALL_EVERY_TICK,
        .script = "@1 post t1 t2\n"
                  "@2.3 silence s1 2.5..4.5 alertname=\"t1\"\n"
                  "@5.5 end\n",
        .heard = "@2 d/0 +t1 +t2 first notification\n"
                 "@3 d/0 +t2 repeat interval elapsed\n"
                 "@4 d/0 +t2 repeat interval elapsed\n"
                 "@5 d/0 +t1 +t2 new alerts added\n",
    },
    {
        .name = "TL-14 silence deletion",
        .config = ALL_EVERY_TICK,
        .script = "@1 post t1 t2\n"
                  "@1.3 silence s1 1.5..100 alertname=~\".+\"\n"
                  "@3.5 expire s1\n"
                  "@4.5 end\n",
        .heard = "@4 d/0 +t1 +t2 first notification\n",
    },
    {
        /* P-028, P-029, P-030 */
        .name = "TL-15 an old alert opens a group at once but does not hurry one that waits",
        .config = ROUTE("group_by: [g], group_wait: 3s, group_interval: 5s") ONE,
        .script = "@0 post x{g=1} start=-100\n"
                  "@0 post y1{g=2} start=0\n"
                  "@0.5 post y2{g=2} start=-100\n"
                  "@7 end\n",
        .heard = "@0 d/0 +x{g=1} first notification\n"
                 "@3 d/0 +y1{g=2} +y2{g=2} first notification\n",
    },
    {
        /* P-043, P-080 row 2 */
        .name = "TL-16a resolved before the first flush",
        .config = ROUTE("group_wait: 2s") ONE,
        .script = "@0 post x\n"
                  "@1 post x end=1\n"
                  "@10 end\n",
        .heard = "",
    },
    {
        /* P-044 */
        .name = "TL-16b resolved before the first flush of a mixed group",
        .config = ROUTE("group_wait: 2s") ONE,
        .script = "@0 post x1 x2\n"
                  "@1 post x1 end=1\n"
                  "@10 end\n",
        .heard = "@2 d/0 -x1 +x2 first notification\n",
    },
    {
        /* P-082 */
        .name = "TL-17 repeat on the exact multiple comes one interval later",
        .config = ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 3s") ONE,
        .script = "@0 post x\n"
                  "@12 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@5 d/0 +x repeat interval elapsed\n"
                 "@9 d/0 +x repeat interval elapsed\n",
    },
    {
        /* P-091, P-150: W-13 */
        .name = "TL-18 strict: resolved under a silence, the refire waits for the repeat",
        .compat_strict = true,
        .config = ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 12s") ONE,
        .script = "@0 post x\n"
                  "@2.5 silence s1 2.5..100 alertname=\"x\"\n"
                  "@3.5 post x end=3.5\n"
                  "@5.5 expire s1\n"
                  "@6.5 post x start=6.5\n"
                  "@14 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@13.5 d/0 +x repeat interval elapsed\n",
    },
    {
        /* P-091 */
        .name = "TL-18 resolved under a silence is told, and so is the refire",
        .config = ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 12s") ONE,
        .script = "@0 post x\n"
                  "@2.5 silence s1 2.5..100 alertname=\"x\"\n"
                  "@3.5 post x end=3.5\n"
                  "@5.5 expire s1\n"
                  "@6.5 post x start=6.5\n"
                  "@14 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@4 d/0 -x all alerts resolved\n"
                 "@7.5 d/0 +x first notification\n",
    },
    {
        /* P-084, P-080 row 9 */
        .name = "TL-19 a flap inside one interval is not heard",
        .config = ROUTE("group_wait: 1s, group_interval: 4s") ONE,
        .script = "@0 post x\n"
                  "@2 post x end=2\n"
                  "@3.5 post x start=3.5\n"
                  "@10 end\n",
        .heard = "@1 d/0 +x first notification\n",
    },
    {
        /* P-041, P-080 rows 3, 5 */
        .name = "TL-20 refire after resolved",
        .config = ROUTE("group_wait: 3s, group_interval: 5s") ONE,
        .script = "@0 post x\n"
                  "@4 post x end=4\n"
                  "@9 post x start=9\n"
                  "@16 end\n",
        .heard = "@3 d/0 +x first notification\n"
                 "@8 d/0 -x all alerts resolved\n"
                 "@12 d/0 +x first notification\n",
    },
    {
        /* P-080 row 7 */
        .name = "TL-21 partial resolve and refire",
        .config = ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 9s") ONE,
        .script = "@0 post x1 x2\n"
                  "@2.2 post x1 end=2.2\n"
                  "@4.3 post x1 start=4.3\n"
                  "@16 end\n",
        .heard = "@1 d/0 +x1 +x2 first notification\n"
                 "@3 d/0 -x1 +x2 some alerts resolved\n"
                 "@5 d/0 +x1 +x2 new alerts added\n"
                 "@15 d/0 +x1 +x2 repeat interval elapsed\n",
    },
    {
        /* P-091 */
        .name = "TL-21 partial resolve and refire, resolved not sent",
        .config = ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 9s") DEAF,
        .script = "@0 post x1 x2\n"
                  "@2.2 post x1 end=2.2\n"
                  "@4.3 post x1 start=4.3\n"
                  "@16 end\n",
        .heard = "@1 d/0 +x1 +x2 first notification\n"
                 "@5 d/0 +x1 +x2 new alerts added\n"
                 "@15 d/0 +x1 +x2 repeat interval elapsed\n",
    },
    {
        /* P-091, P-150: W-14 */
        .name = "TL-21 strict: partial resolve and refire, resolved not sent",
        .compat_strict = true,
        .config = ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 9s") DEAF,
        .script = "@0 post x1 x2\n"
                  "@2.2 post x1 end=2.2\n"
                  "@4.3 post x1 start=4.3\n"
                  "@16 end\n",
        .heard = "@1 d/0 +x1 +x2 first notification\n"
                 "@11 d/0 +x1 +x2 repeat interval elapsed\n",
    },
    {
        /* P-035, R-004 */
        .name = "TL-23 a failed flush is repeated at the next tick",
        .config = ROUTE("group_wait: 1s, group_interval: 2s") ONE,
        .script = "@0 failing d/0\n"
                  "@0 post x\n"
                  "@4 failing\n"
                  "@8 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@3 d/0 +x first notification\n"
                 "@5 d/0 +x first notification\n",
    },
    {
        /* P-092 */
        .name = "the branch that succeeded is not told again when its sibling failed",
        .config = ROUTE("group_wait: 1s, group_interval: 2s") TWO,
        .script = "@0 failing d/1\n"
                  "@0 post x y\n"
                  "@2 post y end=2\n"
                  "@4 failing\n"
                  "@8 end\n",
        .heard = "@1 d/0 +x +y first notification\n"
                 "@1 d/1 +x +y first notification\n"
                 "@3 d/0 +x -y some alerts resolved\n"
                 "@3 d/1 +x first notification\n"
                 "@5 d/1 +x first notification\n",
    },
    {
        .name = "TL-25 a slow integration does not delay its siblings",
        .config = ROUTE("group_wait: 1s, group_interval: 2s") PAIR,
        .script = "@0 latency 6.8 d/1\n"
                  "@0 post x\n"
                  "@2 post x end=2\n"
                  "@7 latency 0\n"
                  "@12 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@1 d/1 +x first notification\n"
                 "@3 d/0 -x all alerts resolved\n"
                 "@7.8 d/1 -x all alerts resolved\n",
    },
    {
        /* P-039, P-150, R-004: W-16 */
        .name = "TL-25 strict: a slow integration delays its siblings",
        .compat_strict = true,
        .config = ROUTE("group_wait: 1s, group_interval: 2s") PAIR,
        .script = "@0 latency 6.8 d/1\n"
                  "@0 post x\n"
                  "@2 post x end=2\n"
                  "@7 latency 0\n"
                  "@12 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@1 d/1 +x first notification\n"
                 "@7.8 d/0 -x all alerts resolved\n"
                 "@7.8 d/1 -x all alerts resolved\n",
    },
    {
        .name = "TL-26 time intervals hold back whole batches",
        .config =
            "route:\n"
            "  receiver: d\n"
            "  group_wait: 1s\n"
            "  group_interval: 10s\n"
            "  routes:\n"
            "    - {matchers: [m=1], mute_time_intervals: [always, never]}\n"
            "    - {matchers: [m=2], active_time_intervals: [never]}\n"
            "    - {matchers: [m=3], active_time_intervals: [never, always]}\n"
            "time_intervals:\n"
            "  - {name: always, time_intervals: [{times: [{start_time: '00:00', end_time: '24:00'}]}]}\n"
            "  - {name: never, time_intervals: [{years: ['1999']}]}\n" ONE,
        .script = "@0 post x{m=1} x{m=2} x{m=3}\n"
                  "@9 end\n",
        .heard = "@1 d/0 +x{m=3} first notification\n",
    },
    {
        /* P-025 */
        .name = "TL-27 one alert in two groups, and the fallback to the parent",
        .config =
            "route:\n"
            "  receiver: d\n"
            "  group_by: [alertname]\n"
            "  group_wait: 1s\n"
            "  routes:\n"
            "    - {matchers: ['team=~\"a|b\"', sev=c], continue: true, group_by: ['...'], receiver: e}\n"
            "    - matchers: [sev=c]\n"
            "      group_by: []\n"
            "      routes: [{matchers: [team=a], receiver: e}]\n"
            "receivers:\n"
            "  - {name: d, webhook_configs: [{url: 'http://a/'}]}\n"
            "  - {name: e, webhook_configs: [{url: 'http://b/'}]}\n",
        .script = "@0 post x{sev=c,team=a} y{sev=c} w\n"
                  "@5 end\n",
        .heard = "@1 e/0 +x{sev=c,team=a} first notification\n"
                 "@1 e/0 +x{sev=c,team=a} first notification\n"
                 "@1 d/0 +y{sev=c} first notification\n"
                 "@1 d/0 +w first notification\n",
    },
    {
        /* P-148 */
        .name = "TL-28 twin routes repeat independently",
        .config = "route:\n"
                  "  receiver: d\n"
                  "  group_wait: 1s\n"
                  "  group_interval: 1s\n"
                  "  repeat_interval: 3s\n"
                  "  routes:\n"
                  "    - {matchers: [alertname=x], continue: true}\n"
                  "    - {matchers: [alertname=x]}\n" ONE,
        .script = "@0 post x\n"
                  "@8 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@1 d/0 +x first notification\n"
                 "@5 d/0 +x repeat interval elapsed\n"
                 "@5 d/0 +x repeat interval elapsed\n",
    },
    {
        .name = "TL-32 the store forgets, the group does not: over a restart",
        .config = ROUTE("group_wait: 1s, group_interval: 8s") ONE,
        .gc_interval = 2 * NS_PER_S,
        .script = "@0 post a\n"
                  "@1.5 post a end=1.5\n"
                  "@5 kill\n"
                  "@6 start\n"
                  "@11 post a start=11\n"
                  "@16 end\n",
        .heard = "@1 d/0 +a first notification\n"
                 "@9 d/0 -a all alerts resolved\n"
                 "@12 d/0 +a first notification\n",
    },
    {
        /* P-021 */
        .name = "TL-33 limit per alertname",
        .config = ROUTE("group_by: [alertname], group_wait: 1s, group_interval: 2s") ONE,
        .per_alertname_limit = 2,
        .script = "@0 post a{n=0} end=3\n"
                  "@0 post a{n=1} a{n=2} a{n=3}\n"
                  "@3.5 post a{n=9}\n"
                  "@6 end\n",
        .heard = "@1 d/0 +a{n=0} +a{n=1} first notification\n"
                 "@3 d/0 -a{n=0} +a{n=1} some alerts resolved\n"
                 "@5 d/0 +a{n=1} +a{n=9} new alerts added\n",
    },
    {
        /* P-086 */
        .name = "TL-34 retention below the repeat interval",
        .config = ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 1h") ONE,
        .retention = 3 * NS_PER_S,
        .maintenance = NS_PER_S,
        .script = "@0 latency 0.01\n"
                  "@0 post x\n"
                  "@10 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@5 d/0 +x first notification\n"
                 "@9 d/0 +x first notification\n",
    },
    {
        .name = "an expired entry does not suppress, collected or not",
        .config = ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 1h") ONE,
        .retention = 3 * NS_PER_S,
        .script = "@0 latency 0.01\n"
                  "@0 post x\n"
                  "@6 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@5 d/0 +x first notification\n",
    },
    {
        /* P-150: W-25 */
        .name = "strict: an expired entry suppresses until it is collected",
        .compat_strict = true,
        .config = ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 1h") ONE,
        .retention = 3 * NS_PER_S,
        .script = "@0 latency 0.01\n"
                  "@0 post x\n"
                  "@6 end\n",
        .heard = "@1 d/0 +x first notification\n",
    },
    {
        /* P-032, P-034 */
        .name = "TL-36 a tick that waited for a slow delivery looks at its own due time",
        .config = ALL_EVERY_TICK,
        .script = "@0 latency 3.4\n"
                  "@0 post x start=-100\n"
                  "@5 end\n",
        .heard = "@0 d/0 +x first notification\n"
                 "@4.4 d/0 +x repeat interval elapsed\n",
    },
    {
        .name = "TL-37 by job, then instance; who has none comes last",
        .config = ROUTE("group_wait: 1s, group_interval: 1s") ONE,
        .script = "@0 post a{job=z} b{job=b,instance=2} c{job=b,instance=1} d\n"
                  "@2.2 post zz\n"
                  "@3 end\n",
        .heard = "@1 d/0 +c{instance=1,job=b} +b{instance=2,job=b} +a{job=z} +d first notification\n"
                 "@3 d/0 +c{instance=1,job=b} +b{instance=2,job=b} +a{job=z} +d +zz new alerts added\n",
    },
    {
        /* P-089 */
        .name = "TL-40a partial silence, short repeat",
        .config = ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 3s") ONE,
        .script = "@0 post x1 x2\n"
                  "@1.5 silence s1 1.5..100 alertname=\"x1\"\n"
                  "@6.5 expire s1\n"
                  "@8 end\n",
        .heard = "@1 d/0 +x1 +x2 first notification\n"
                 "@5 d/0 +x2 repeat interval elapsed\n"
                 "@7 d/0 +x1 +x2 new alerts added\n",
    },
    {
        .name = "TL-40b partial silence, long repeat",
        .config = ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 1h") ONE,
        .script = "@0 post x1 x2\n"
                  "@1.5 silence s1 1.5..100 alertname=\"x1\"\n"
                  "@4.5 expire s1\n"
                  "@8 end\n",
        .heard = "@1 d/0 +x1 +x2 first notification\n",
    },
    {
        .name = "TL-47 only an end in the past: a group, but nothing to tell",
        .config = ROUTE("group_wait: 1s") ONE,
        .script = "@5 post x end=2\n"
                  "@20 end\n",
        .heard = "",
    },
    {
        .name = "TL-47 a start in the future waits no longer than others",
        .config = ROUTE("group_wait: 2s") ONE,
        .script = "@0 post x start=100\n"
                  "@20 end\n",
        .heard = "@2 d/0 +x first notification\n",
    },
    {
        /* P-040, P-122 */
        .name = "an alert that fires again while its end is told stays",
        .config = ROUTE("group_wait: 1s, group_interval: 4s") ONE,
        .script = "@0 post x\n"
                  "@2 post x end=2\n"
                  "@4 latency 2\n"
                  "@6 post x start=6\n"
                  "@12 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@5 d/0 -x all alerts resolved\n"
                 "@9 d/0 +x first notification\n",
    },
    {
        .name = "a group whose only alert refires during the failing resolve says nothing new",
        .config = ROUTE("group_wait: 1s, group_interval: 4s") ONE,
        .script = "@0 post x\n"
                  "@2 failing d/0\n"
                  "@2 post x end=2\n"
                  "@6 failing\n"
                  "@7 post x start=7\n"
                  "@12 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@5 d/0 -x all alerts resolved\n",
    },
    {
        /* P-093 */
        .name = "a receiver without integrations succeeds and lets resolved alerts go",
        .config = "route: {receiver: nobody, group_wait: 1s}\nreceivers: [{name: nobody}]\n",
        .script = "@0 post x\n"
                  "@10 end\n",
        .heard = "",
    },
};

TEST(timelines, of_the_specification)
{
    for (size_t i = 0; i < COUNT_OF(timelines); i++)
        timeline_run(&timelines[i]);
}
