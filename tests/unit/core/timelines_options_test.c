/* What an operator may choose to have otherwise than upstream: W-15, W-35, W-40. */
#include "support/test.h"
#include "support/timeline.h"

#include "support/engine_fixture.c"
#include "support/timeline.c"

#define ROUTE(rest) "route: {receiver: d, " rest "}\n"
#define ONE         "receivers: [{name: d, webhook_configs: [{url: 'http://a/'}]}]\n"

static const struct timeline timelines[] = {
    {
        .name = "W-15 a repeat comes at the interval that reaches repeat_interval",
        .config = ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 3s") ONE,
        .repeat_on_time = true,
        .script = "@0 latency 0.2\n"
                  "@0 post x\n"
                  "@8 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@4 d/0 +x repeat interval elapsed\n"
                 "@7 d/0 +x repeat interval elapsed\n",
    },
    {
        .name = "W-15 and never earlier",
        .config = ROUTE("group_wait: 1s, group_interval: 2s, repeat_interval: 3s") ONE,
        .repeat_on_time = true,
        .script = "@0 post x\n"
                  "@9 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@5 d/0 +x repeat interval elapsed\n"
                 "@9 d/0 +x repeat interval elapsed\n",
    },
    {
        .name = "TL-46 a resolve that lies ahead is overridden by the later end",
        .config = ROUTE("group_wait: 1s, group_interval: 1s") ONE,
        .script = "@0 post x start=0 end=300\n"
                  "@2.2 post x start=0 end=2.7\n"
                  "@6 end\n",
        .heard = "@1 d/0 +x first notification\n",
    },
    {
        .name = "TL-46 unless the server made that one up",
        .config = ROUTE("group_wait: 1s, group_interval: 1s") ONE,
        .script = "@0 post x\n"
                  "@2.2 post x start=0 end=2.7\n"
                  "@6 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@3 d/0 -x all alerts resolved\n",
    },
    {
        .name = "W-35 with a tolerance it is a resolve",
        .config = ROUTE("group_wait: 1s, group_interval: 1s") ONE,
        .resolve_skew = NS_PER_S,
        .script = "@0 post x y{n=1} start=0 end=300\n"
                  "@2.2 post x start=0 end=2.7\n"
                  "@2.2 post y{n=1} start=0 end=3.3\n"
                  "@6 end\n",
        .heard = "@1 d/0 +x +y{n=1} first notification\n"
                 "@3 d/0 -x +y{n=1} some alerts resolved\n",
    },
};

TEST(timelines_options, of_the_options)
{
    for (size_t i = 0; i < COUNT_OF(timelines); i++)
        timeline_run(&timelines[i]);
}

/* The first flushes of 200 groups made by one request. */
static void first_flushes(dur_ns jitter, double *earliest, double *latest, size_t *distinct)
{
    struct engine_opts opts = FIXTURE_OPTS;
    struct fixture f;
    double last = -1;

    opts.jitter = jitter;
    fixture_init(&f, ROUTE("group_by: ['...'], group_wait: 1s, group_interval: 1h") ONE, &opts);
    for (int i = 0; i < 200; i++) {
        char alert[24];
        (void)snprintf(alert, sizeof alert, "x{n=%d}", i);
        fixture_post_one(&f, alert, 0, 10000);
    }
    fixture_run(&f, 100, true);
    *earliest = -1;
    *distinct = 0;
    for (const char *line = f.heard.p; *line != '\0'; line = strchr(line, '\n') + 1) {
        const double at = atof(line + 1);
        *earliest = *earliest < 0 ? at : *earliest;
        *distinct += at > last;
        *latest = last = at;
    }
    fixture_done(&f);
}

TEST(timelines_options, jitter_spreads_the_groups_of_one_request)
{
    double earliest, latest;
    size_t distinct;

    first_flushes(0, &earliest, &latest, &distinct);
    CHECK(earliest == 1 && latest == 1 && distinct == 1);
    first_flushes(10 * NS_PER_S, &earliest, &latest, &distinct);
    FAIL_IF(earliest < 1 || earliest > 2 || latest < 10 || latest >= 11 || distinct < 100,
            "between %g and %g at %zu times", earliest, latest, distinct);
}
