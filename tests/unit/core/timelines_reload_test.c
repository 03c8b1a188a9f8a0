/* The worked timelines of the specification with a reload in them. */
#include "support/test.h"
#include "support/timeline.h"

#include "support/engine_fixture.c"
#include "support/timeline.c"

#define ROUTE(rest) "route: {receiver: d, " rest "}\n"
#define ONE         "receivers: [{name: d, webhook_configs: [{url: 'http://a/'}]}]\n"

static const struct timeline timelines[] = {
    {
        .name = "TL-06 start delay, with a reload at its end",
        .config = ROUTE("group_wait: 1s, group_interval: 6s, repeat_interval: 10m") ONE,
        .config2 = ROUTE("group_wait: 1s, group_interval: 6s, repeat_interval: 10m") ONE,
        .compat_strict = true,
        .start_delay = 5 * NS_PER_S,
        .script = "@1 post t1 start=-1000\n"
                  "@2 post t2\n"
                  "@5.1 reload\n"
                  "@6 post t3 start=-1000\n"
                  "@7 post t4\n"
                  "@12 end\n",
        .heard = "@5 d/0 +t1 +t2 first notification\n"
                 "@11.1 d/0 +t1 +t2 +t3 +t4 new alerts added\n",
    },
    {
        /* P-048 */
        .name = "TL-07 a reload keeps the interval",
        .config = ROUTE("group_wait: 1s, group_interval: 6s, repeat_interval: 10m") ONE,
        .config2 = ROUTE("group_wait: 1s, group_interval: 6s, repeat_interval: 10m") ONE,
        .script = "@0 post a\n"
                  "@3 reload\n"
                  "@4 post b\n"
                  "@12 end\n",
        .heard = "@1 d/0 +a first notification\n"
                 "@7 d/0 +a +b new alerts added\n",
    },
    {
        /* P-150: W-23 */
        .name = "TL-07 strict: a reload resets the interval",
        .compat_strict = true,
        .config = ROUTE("group_wait: 1s, group_interval: 6s, repeat_interval: 10m") ONE,
        .config2 = ROUTE("group_wait: 1s, group_interval: 6s, repeat_interval: 10m") ONE,
        .script = "@0 post a\n"
                  "@3 reload\n"
                  "@4 post b\n"
                  "@12 end\n",
        .heard = "@1 d/0 +a first notification\n"
                 "@9 d/0 +a +b new alerts added\n",
    },
    {
        .name = "TL-08 a reload keeps the wait of a young group",
        .config = ROUTE("group_wait: 4s, group_interval: 6s") ONE,
        .config2 = ROUTE("group_wait: 4s, group_interval: 6s") ONE,
        .script = "@0 post a\n"
                  "@2 reload\n"
                  "@12 end\n",
        .heard = "@4 d/0 +a first notification\n",
    },
    {
        .name = "TL-08 strict: a reload restarts the wait",
        .compat_strict = true,
        .config = ROUTE("group_wait: 4s, group_interval: 6s") ONE,
        .config2 = ROUTE("group_wait: 4s, group_interval: 6s") ONE,
        .script = "@0 post a\n"
                  "@2 reload\n"
                  "@12 end\n",
        .heard = "@6 d/0 +a first notification\n",
    },
    {
        .name = "a reload with a shorter interval does not wait for the longer one",
        .config = ROUTE("group_wait: 1s, group_interval: 60s") ONE,
        .config2 = ROUTE("group_wait: 1s, group_interval: 5s") ONE,
        .script = "@0 post a\n"
                  "@2 post b\n"
                  "@3 reload\n"
                  "@12 end\n",
        .heard = "@1 d/0 +a first notification\n"
                 "@8 d/0 +a +b new alerts added\n",
    },
    {
        /* P-141 */
        .name = "TL-32 the store forgets, the group does not: over a reload",
        .config = ROUTE("group_wait: 1s, group_interval: 8s") ONE,
        .config2 = ROUTE("group_wait: 1s, group_interval: 8s") ONE,
        .gc_interval = 2 * NS_PER_S,
        .script = "@0 post a\n"
                  "@1.5 post a end=1.5\n"
                  "@5 reload\n"
                  "@11 post a start=11\n"
                  "@16 end\n",
        .heard = "@1 d/0 +a first notification\n"
                 "@9 d/0 -a all alerts resolved\n"
                 "@12 d/0 +a first notification\n",
    },
    {
        /* P-147 */
        .name = "TL-35 another grouping is another group",
        .config = ROUTE("group_wait: 1s, group_interval: 1s") ONE,
        .config2 = ROUTE("group_by: [alertname], group_wait: 1s, group_interval: 1s") ONE,
        .script = "@0 post x\n"
                  "@3.5 reload\n"
                  "@8 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@3.5 d/0 +x first notification\n",
    },
    {
        /* P-147 */
        .name = "TL-35 another receiver is told from the start",
        .config = ROUTE("group_wait: 1s, group_interval: 1s") ONE,
        .config2 = "route: {receiver: e, group_wait: 1s, group_interval: 1s}\n"
                   "receivers: [{name: e, webhook_configs: [{url: 'http://a/'}]}]\n",
        .script = "@0 post x\n"
                  "@3.5 reload\n"
                  "@8 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@3.5 e/0 +x first notification\n",
    },
    {
        /* P-006, P-147 */
        .name = "TL-35 an integration is known by its place, and a new one is told at once",
        .config = ROUTE("group_wait: 1s, group_interval: 1s") "receivers: [{name: d, webhook_configs: [{url: "
                                                              "'http://a/'}, {url: 'http://b/'}]}]\n",
        .config2 = ROUTE("group_wait: 1s, group_interval: 1s") "receivers: [{name: d, webhook_configs: "
                                                               "[{url: 'http://b/'}, {url: 'http://a/'}, "
                                                               "{url: 'http://c/'}]}]\n",
        .script = "@0 post x\n"
                  "@3.5 reload\n"
                  "@8 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@1 d/1 +x first notification\n"
                 "@3.5 d/2 +x first notification\n",
    },
};

TEST(timelines_reload, of_the_specification)
{
    for (size_t i = 0; i < COUNT_OF(timelines); i++)
        timeline_run(&timelines[i]);
}
