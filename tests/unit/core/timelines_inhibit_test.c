/* The worked timelines of the specification about inhibition, and what looking up a source costs. */
#include <math.h>
#include <stdio.h>

#include "support/test.h"
#include "support/timeline.h"

#include "support/engine_fixture.c"
#include "support/timeline.c"

#define ROUTE(rest) "route: {receiver: d, " rest "}\n"
#define ONE         "receivers: [{name: d, webhook_configs: [{url: 'http://a/'}]}]\n"

#define JOB_RULE                                                                                             \
    "inhibit_rules: [{source_matchers: [alertname=JobDown], target_matchers: [alertname=InstanceDown], "     \
    "equal: [job, zone]}]\n"
#define SEVERITY_RULE                                                                                        \
    "inhibit_rules: [{source_matchers: [sev=crit], target_matchers: [sev=warn], equal: [zone]}]\n"

static const struct timeline timelines[] = {
    {
        /* P-052, P-055 */
        .name = "TL-11 inhibit and release",
        .config = ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 1s") ONE JOB_RULE,
        .script = "@1 post test1{job=j,zone=aa} InstanceDown{job=j,zone=aa} InstanceDown{job=j,zone=ab}\n"
                  "@2.2 post JobDown{job=j,zone=aa}\n"
                  "@3.6 post JobDown{job=j,zone=aa} start=2.2 end=3.6\n"
                  "@4.5 end\n",
        .heard = "@2 d/0 +InstanceDown{job=j,zone=aa} +InstanceDown{job=j,zone=ab} +test1{job=j,zone=aa} "
                 "first notification\n"
                 "@3 d/0 +InstanceDown{job=j,zone=ab} +JobDown{job=j,zone=aa} +test1{job=j,zone=aa} "
                 "new alerts added\n"
                 "@4 d/0 +InstanceDown{job=j,zone=aa} +InstanceDown{job=j,zone=ab} -JobDown{job=j,zone=aa} "
                 "+test1{job=j,zone=aa} new alerts added\n",
    },
    {
        .name = "TL-12 source and target resolve together",
        .config = ROUTE("group_wait: 1s, group_interval: 1s, repeat_interval: 1s") ONE JOB_RULE,
        .script = "@1 post InstanceDown{job=j,zone=aa} JobDown{job=j,zone=aa}\n"
                  "@2.6 post InstanceDown{job=j,zone=aa} JobDown{job=j,zone=aa} end=2.6\n"
                  "@6 end\n",
        .heard = "@2 d/0 +JobDown{job=j,zone=aa} first notification\n"
                 "@3 d/0 -InstanceDown{job=j,zone=aa} -JobDown{job=j,zone=aa} all alerts resolved\n",
    },
    {
        /* P-060 */
        .name = "TL-38 every firing source of a rule counts",
        .config = ROUTE("group_by: [alertname], group_wait: 1s, group_interval: 1s") ONE SEVERITY_RULE,
        .script = "@0 post A{sev=crit,zone=z} end=300\n"
                  "@0 post B{sev=crit,zone=z} end=200\n"
                  "@0 post T{sev=warn,zone=z}\n"
                  "@1.7 post A{sev=crit,zone=z} end=1.7\n"
                  "@3.5 post B{sev=crit,zone=z} end=3.5\n"
                  "@5 end\n",
        .heard = "@1 d/0 +A{sev=crit,zone=z} first notification\n"
                 "@1 d/0 +B{sev=crit,zone=z} first notification\n"
                 "@2 d/0 -A{sev=crit,zone=z} all alerts resolved\n"
                 "@4 d/0 -B{sev=crit,zone=z} all alerts resolved\n"
                 "@4 d/0 +T{sev=warn,zone=z} first notification\n",
    },
    {
        .name = "TL-39d a target speaks up when its source is gone",
        .config = ROUTE("group_by: [alertname], group_wait: 2s, group_interval: 2s") ONE SEVERITY_RULE,
        .script = "@0 post T{sev=warn}\n"
                  "@1 post A{sev=crit}\n"
                  "@4.5 post A{sev=crit} end=4.5\n"
                  "@9 end\n",
        .heard = "@3 d/0 +A{sev=crit} first notification\n"
                 "@5 d/0 -A{sev=crit} all alerts resolved\n"
                 "@6 d/0 +T{sev=warn} first notification\n",
    },
    {
        .name = "TL-39e a target that resolves while inhibited is told resolved",
        .config = ROUTE("group_by: [alertname], group_wait: 1s, group_interval: 1s") ONE SEVERITY_RULE,
        .script = "@0 post T{sev=warn}\n"
                  "@1.5 post A{sev=crit}\n"
                  "@3.5 post T{sev=warn} end=3.5\n"
                  "@4.7 post A{sev=crit} end=4.7\n"
                  "@9 end\n",
        .heard = "@1 d/0 +T{sev=warn} first notification\n"
                 "@2.5 d/0 +A{sev=crit} first notification\n"
                 "@4 d/0 -T{sev=warn} all alerts resolved\n"
                 "@5.5 d/0 -A{sev=crit} all alerts resolved\n",
    },
    {
        .name = "TL-39e strict: a target that resolves while inhibited is never told resolved",
        .compat_strict = true,
        .config = ROUTE("group_by: [alertname], group_wait: 1s, group_interval: 1s") ONE SEVERITY_RULE,
        .script = "@0 post T{sev=warn}\n"
                  "@1.5 post A{sev=crit}\n"
                  "@3.5 post T{sev=warn} end=3.5\n"
                  "@4.7 post A{sev=crit} end=4.7\n"
                  "@9 end\n",
        .heard = "@1 d/0 +T{sev=warn} first notification\n"
                 "@2.5 d/0 +A{sev=crit} first notification\n"
                 "@5.5 d/0 -A{sev=crit} all alerts resolved\n",
    },
    {
        .name = "a source and its target in one request, both old: the target is never heard",
        .config = ROUTE("group_by: [alertname], group_wait: 0s, group_interval: 1s") ONE SEVERITY_RULE,
        .script = "@0 post T{sev=warn} A{sev=crit} start=-100\n"
                  "@5 end\n",
        .heard = "@0 d/0 +A{sev=crit} first notification\n",
    },
    {
        /* P-150: W-04 */
        .name =
            "TL-38 strict: when the one source that is remembered resolves, the others wait for a heartbeat",
        .compat_strict = true,
        .config = ROUTE("group_by: [alertname], group_wait: 1s, group_interval: 1s") ONE SEVERITY_RULE,
        .script = "@0 post A{sev=crit,zone=z} end=300\n"
                  "@0 post B{sev=crit,zone=z} end=200\n"
                  "@0 post T{sev=warn,zone=z}\n"
                  "@1.7 post A{sev=crit,zone=z} end=1.7\n"
                  "@2.5 post B{sev=crit,zone=z} end=200\n"
                  "@3.5 post T{sev=warn,zone=z} start=0 end=3.5\n"
                  "@5 end\n",
        .heard = "@1 d/0 +A{sev=crit,zone=z} first notification\n"
                 "@1 d/0 +B{sev=crit,zone=z} first notification\n"
                 "@2 d/0 -A{sev=crit,zone=z} all alerts resolved\n"
                 "@2 d/0 +T{sev=warn,zone=z} first notification\n",
    },
    {
        /* P-150: W-05 */
        .name = "TL-39c strict: a two-sided alert holds its place against those that end before it",
        .compat_strict = true,
        .config = ROUTE("group_by: [alertname], group_wait: 1s, group_interval: 1s") ONE
        "inhibit_rules: [{source_matchers: [s=1], target_matchers: [t=1]}]\n",
        .script = "@0 post X{s=1,t=1} end=200\n"
                  "@0 post A{s=1} end=100\n"
                  "@0.5 post Y{s=1,t=1} end=150\n"
                  "@2 post B{s=1} end=300\n"
                  "@2 post Z{s=1,t=1} end=150\n"
                  "@5 end\n",
        .heard = "@1 d/0 +X{s=1,t=1} first notification\n"
                 "@1 d/0 +A{s=1} first notification\n"
                 "@1.5 d/0 +Y{s=1,t=1} first notification\n"
                 "@3 d/0 +B{s=1} first notification\n",
    },
    {
        /* P-054 */
        .name = "TL-39c a two-sided alert is inhibited as soon as a source fires that is no target",
        .config = ROUTE("group_by: [alertname], group_wait: 1s, group_interval: 1s") ONE
        "inhibit_rules: [{source_matchers: [s=1], target_matchers: [t=1]}]\n",
        .script = "@0 post X{s=1,t=1} end=200\n"
                  "@0 post A{s=1} end=100\n"
                  "@5 end\n",
        .heard = "@1 d/0 +A{s=1} first notification\n",
    },
    {
        /* P-053 */
        .name = "TL-39a labels that both lack are equal, one that only the target has is not",
        .config = ROUTE("group_by: [alertname], group_wait: 1s, group_interval: 1s") ONE SEVERITY_RULE,
        .script = "@0 post A{sev=crit} T{sev=warn} U{sev=warn,zone=z}\n"
                  "@3 end\n",
        .heard = "@1 d/0 +A{sev=crit} first notification\n"
                 "@1 d/0 +U{sev=warn,zone=z} first notification\n",
    },
    {
        .name = "TL-39b the inhibited inhibit",
        .config = ROUTE("group_by: [alertname], group_wait: 1s, group_interval: 1s") ONE
        "inhibit_rules: [{source_matchers: [l=3], target_matchers: [l=2]}, "
        "{source_matchers: [l=2], target_matchers: [l=1]}]\n",
        .script = "@0 post C{l=3} B{l=2} A{l=1}\n"
                  "@3 end\n",
        .heard = "@1 d/0 +C{l=3} first notification\n",
    },
    {
        .name = "P-056 the silenced inhibit",
        .config = ROUTE("group_by: [alertname], group_wait: 1s, group_interval: 1s") ONE SEVERITY_RULE,
        .script = "@0 silence s1 0.0..100.0 alertname=\"A\"\n"
                  "@0 post A{sev=crit} T{sev=warn}\n"
                  "@3 end\n",
        .heard = "",
    },
};

TEST(timelines_inhibit, of_the_specification)
{
    for (size_t i = 0; i < COUNT_OF(timelines); i++)
        timeline_run(&timelines[i]);
}

/* ---- O(1) per rule and target ---- */

#define MANY 500

static void post_many(struct fixture *f, const char *form, double end)
{
    static char text[MANY][32];
    const char *alerts[MANY];

    for (int i = 0; i < MANY; i++) {
        (void)snprintf(text[i], sizeof text[i], "%s%d", form, i);
        (void)snprintf(text[i], sizeof text[i], "%s{n=%d,%s}", form, i, *form == 'S' ? "s=1" : "t=1");
        alerts[i] = text[i];
    }
    fixture_post(f, alerts, MANY, 0, end, NULL);
}

static uint64_t steps(const struct fixture *f)
{
    struct engine_stats st = {0};
    engine_stats(f->engine, f->now, &st);
    return st.inhibition_steps;
}

/* Sources looked at by one flush of as many targets: the same with one source and with hundreds, be they
 * firing, over without a word, or all over. */
TEST(timelines_inhibit, a_lookup_does_not_depend_on_the_number_of_sources)
{
    static const struct {
        const char *name;
        double end; /* of the many */
        bool one;   /* and one that fires on */
        uint64_t first, later;
    } rows[] = {
        {"many sources fire", 1000, false, MANY, MANY},
        {"many are over, one fires: it is found once, and then stands in front", 5, true, 2 * MANY, MANY},
        {"all are over: that is found out once", 5, false, MANY, 0},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        fixture_init(&f,
                     ROUTE("group_wait: 10s, group_interval: 10s") ONE
                     "inhibit_rules: [{source_matchers: [s=1], target_matchers: [t=1]}]\n",
                     &(struct engine_opts)FIXTURE_OPTS);
        post_many(&f, "S", rows[i].end);
        if (rows[i].one)
            fixture_post_one(&f, "last{s=1}", 0, 1000);
        post_many(&f, "T", 1000);
        fixture_run(&f, 10, true);
        const uint64_t first = steps(&f);
        fixture_run(&f, 20, true);
        const uint64_t later = steps(&f) - first;
        FAIL_IF(first > rows[i].first + 1, "%s: the first flush looked at %llu", rows[i].name,
                (unsigned long long)first);
        FAIL_IF(later != rows[i].later, "%s: the second flush looked at %llu", rows[i].name,
                (unsigned long long)later);
        fixture_done(&f);
    }
}
