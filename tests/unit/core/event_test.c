/* Events: what is told of what happened, and that nothing is made when nobody listens. Rows P-127, P-128. */
#include <math.h>

#include "support/test.h"
#include "support/timeline.h"

#include "support/engine_fixture.c"
#include "support/timeline.c"

#define ROUTE                                                                                                \
    "route: {receiver: d, group_by: [job], group_wait: 1s, group_interval: 2s, repeat_interval: 1h}\n"
#define ONE "receivers: [{name: d, webhook_configs: [{url: 'http://a/'}]}]\n"
#define TWO "receivers: [{name: d, webhook_configs: [{url: 'http://a/'}, {url: 'http://b/'}]}]\n"

#define ALERTS  EVENT_RANGE(EVENT_ALERT_CREATED, EVENT_ALERT_SETTLED)
#define MUTES   EVENT_RANGE(EVENT_MUTE_BEGAN, EVENT_MUTE_ENDED)
#define EACH    EVENT_RANGE(EVENT_ALERT_SILENCED, EVENT_ALERT_INHIBITED)
#define NOTICES EVENT_RANGE(EVENT_NOTIFICATION_DECIDED, EVENT_NOTIFICATION_FAILED)

static const struct timeline timelines[] = {
    {
        .name = "P-128: created once, grouped with every heartbeat",
        .config = ROUTE ONE,
        .wanted = ALERTS,
        .script = "@0 post x{job=j}\n"
                  "@0.5 post x{job=j}\n"
                  "@1.5 post x{job=j} ann=new\n"
                  "@2 end\n",
        .heard = "@1 d/0 +x{job=j} first notification\n",
        .happened = "@0 alert_created x{job=j}\n"
                    "@0 alert_grouped {job=j} x{job=j}\n"
                    "@0.5 alert_grouped {job=j} x{job=j}\n"
                    "@1.5 alert_changed x{job=j}\n"
                    "@1.5 alert_grouped {job=j} x{job=j}\n",
    },
    {
        .name = "resolved by its sender, settled by its group, fires again",
        .config = ROUTE ONE,
        .wanted = ALERTS & ~EVENT_BIT(EVENT_ALERT_GROUPED),
        .script = "@0 post x start=0\n"
                  "@1.5 post x start=0 end=1.5\n"
                  "@1.7 post x start=1.7\n"
                  "@2.5 post x start=1.7 end=2.5\n"
                  "@4 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@3 d/0 -x all alerts resolved\n",
        .happened = "@0 alert_created x\n"
                    "@1.5 alert_resolved x\n"
                    "@1.7 alert_refired x\n"
                    "@2.5 alert_resolved x\n"
                    "@3 alert_settled  x\n",
    },
    {
        .name = "an end that passes without a word is noticed by the flush",
        .config = ROUTE ONE,
        .wanted = ALERTS & ~EVENT_BIT(EVENT_ALERT_GROUPED),
        .script = "@0 post x start=0 end=1.5\n"
                  "@4 end\n",
        .heard = "@1 d/0 +x first notification\n"
                 "@3 d/0 -x all alerts resolved\n",
        .happened = "@0 alert_created x\n"
                    "@3 alert_expired x\n"
                    "@3 alert_settled  x\n",
    },
    {
        .name = "groups and notifications, one that fails",
        .config = ROUTE TWO,
        .wanted = NOTICES | EVENT_RANGE(EVENT_GROUP_OPENED, EVENT_GROUP_CLOSED),
        .script = "@0 latency 0.5\n"
                  "@0 failing d/1\n"
                  "@0 post x{job=j} start=0\n"
                  "@1.6 failing\n"
                  "@1.8 post x{job=j} start=0 end=1.8\n"
                  "@4 end\n",
        .heard = "@1 d/0 +x{job=j} first notification\n"
                 "@1 d/1 +x{job=j} first notification\n"
                 "@3 d/0 -x{job=j} all alerts resolved\n",
        .happened = "@0 group_opened {job=j}\n"
                    "@1 group_flushed {job=j} 1, 0 held\n"
                    "@1 notification_decided d/0 +x{job=j} first notification\n"
                    "@1 notification_decided d/1 +x{job=j} first notification\n"
                    "@1.5 notification_delivered d/0\n"
                    "@1.5 notification_failed d/1\n"
                    "@3 group_flushed {job=j} 1, 0 held\n"
                    "@3 notification_decided d/0 -x{job=j} all alerts resolved\n"
                    "@3.5 notification_delivered d/0\n"
                    "@3.5 group_closed {job=j}\n",
    },
    {
        .name = "outcomes are told to who does not want decisions",
        .config = ROUTE ONE,
        .wanted = EVENT_BIT(EVENT_NOTIFICATION_DELIVERED),
        .script = "@0 post x\n"
                  "@2 end\n",
        .heard = "@1 d/0 +x first notification\n",
        .happened = "@1 notification_delivered d/0\n",
    },
    {
        .name = "a silence begins and ends to mute; its heir mutes on its own account",
        .config = ROUTE ONE,
        .wanted = MUTES | EVENT_RANGE(EVENT_SILENCE_CREATED, EVENT_SILENCE_EXPIRED),
        .script = "@0 silence s1 0.0..100 alertname=\"x\"\n"
                  "@0 post x y\n"
                  "@3.5 silence s2 3.5..100 alertname=~\"x\"\n"
                  "@3.6 expire s1\n"
                  "@5.5 expire s2\n"
                  "@8 end\n",
        .heard = "@1 d/0 +y first notification\n"
                 "@7 d/0 +x +y new alerts added\n",
        .happened = "@0 silence_created s1\n"
                    "@1 mute_began  x by silence s1\n"
                    "@3.5 silence_created s2\n"
                    "@3.6 silence_expired s1\n"
                    "@5 mute_ended  x by silence s1 since 1\n"
                    "@5 mute_began  x by silence s2\n"
                    "@5.5 silence_expired s2\n"
                    "@7 mute_ended  x by silence s2 since 5\n",
    },
    {
        .name = "P-128: each flush and each silence, for those who want them",
        .config = ROUTE ONE,
        .wanted = EACH,
        .script = "@0 silence s1 0.0..100 alertname=\"x\"\n"
                  "@0 silence s2 0.0..100 alertname=\"x\"\n"
                  "@0 post x y\n"
                  "@3.5 end\n",
        .heard = "@1 d/0 +y first notification\n",
        .happened = "@1 alert_silenced  x by silence s1\n"
                    "@1 alert_silenced  x by silence s2\n"
                    "@3 alert_silenced  x by silence s1\n"
                    "@3 alert_silenced  x by silence s2\n",
    },
    {
        .name = "inhibition; a muted alert that resolves is muted no more",
        .config =
            ROUTE ONE "inhibit_rules: [{source_matchers: [alertname=s], target_matchers: [alertname=t]}]\n",
        .wanted = MUTES | EACH,
        .script = "@0 post s t start=0\n"
                  "@1.5 post t start=0 end=1.5\n"
                  "@4 end\n",
        .heard = "@1 d/0 +s first notification\n",
        .happened = "@1 mute_began  t by inhibition\n"
                    "@1 alert_inhibited  t by inhibition\n"
                    "@3 mute_ended  t by inhibition since 1\n"
                    "@3 alert_inhibited  t by inhibition\n",
    },
    {
        .name = "time intervals mute the group",
        .config = "route: {receiver: d, group_wait: 1s, group_interval: 2s,\n"
                  "        routes: [{receiver: d, mute_time_intervals: [always]}]}\n"
                  "time_intervals: [{name: always, time_intervals: [{years: ['2000:3000']}]}]\n" ONE,
        .config2 = ROUTE ONE,
        .wanted = MUTES | EVENT_BIT(EVENT_CONFIG_LOADED),
        .script = "@0 post x y\n"
                  "@3.5 reload\n"
                  "@3.8 end\n",
        .heard = "@3.5 d/0 +x +y first notification\n",
        .happened = "@1 mute_began  by time_interval always\n"
                    "@3.5 mute_ended  by time_interval always since 1\n"
                    "@3.5 config_loaded\n",
    },
    {
        .name = "a mute ends with its group, and begins anew in the next one",
        .config = ROUTE ONE,
        .config2 = "route: {receiver: d, group_by: [other], group_wait: 1s, group_interval: 2s}\n" ONE,
        .wanted = MUTES,
        .script = "@0 silence s1 0.0..100 alertname=\"x\"\n"
                  "@0 post x\n"
                  "@2 reload\n"
                  "@2.5 end\n",
        .heard = "",
        .happened = "@1 mute_began  x by silence s1\n"
                    "@2 mute_ended  x by silence s1 since 1\n"
                    "@2 mute_began  x by silence s1\n",
    },
    {
        .name = "what a reload leaves without a receiver is a dead letter",
        .config = ROUTE ONE,
        .config2 = "route: {receiver: other}\nreceivers: [{name: other}]\n",
        .wanted = EVENT_BIT(EVENT_LETTER_WRITTEN),
        .script = "@0 failing d/0\n"
                  "@0 post x\n"
                  "@2 reload\n"
                  "@3 end\n",
        .heard = "@1 d/0 +x first notification\n",
        .happened = "@2 letter_written d: unrouted\n",
    },
    {
        .name = "nobody listens",
        .config = ROUTE ONE,
        .script = "@0 silence s1 0.0..100 alertname=\"x\"\n"
                  "@0 post x y\n"
                  "@2 end\n",
        .heard = "@1 d/0 +y first notification\n",
        .happened = "",
    },
};

TEST(events, timelines)
{
    for (size_t i = 0; i < COUNT_OF(timelines); i++)
        timeline_run(&timelines[i]);
}

/* ---- what events say ---- */

static struct engine *engine_with(event_mask wanted, const struct config *c, struct now now)
{
    const struct engine_opts opts = FIXTURE_OPTS;
    struct engine *e = engine_new(&opts, c, now);
    engine_want_events(e, wanted);
    return e;
}

TEST(events, name_who_asked)
{
    const struct actor by = {.name = "eve", .address = "10.0.0.7", .agent = "amtool"};
    const struct now now = {.mono = 1, .wall = fixture_stamp(0)};
    const struct config *c = fixture_config(ROUTE ONE);
    struct engine *e = engine_with(EVENT_ALL, c, now);
    struct matchers ms = {0};
    struct effects fx = {.by = &by};
    struct silence *s;
    struct err err;

    FAIL_IF(!matchers_parse(SV("a=\"b\""), MATCHER_FALLBACK, &ms, NULL, &err), "%s", err.text);
    struct silence_in in = {.matchers = &ms, .starts_at = now.wall, .ends_at = stamp_add(now.wall, NS_PER_S)};
    FAIL_IF(!engine_silence_set(e, &in, now, &fx, &s, &err), "%s", err.text);
    engine_set_config(e, c, now, &fx);
    CHECK_EQ(fx.n_events, 2);
    for (size_t i = 0; i < fx.n_events; i++) {
        CHECK_STR(fx.events[i]->by.name, "eve");
        CHECK_STR(fx.events[i]->by.address, "10.0.0.7");
    }
    silence_unref(s);
    effects_done(&fx);
    matchers_done(&ms);
    engine_free(e);
    config_unref(c);
}

TEST(events, name_who_replayed_a_letter)
{
    const struct actor by = {.name = "eve"};
    const struct engine_opts opts = FIXTURE_OPTS;
    struct fixture f;
    struct effects fx = {.by = &by};
    struct letters_view letters;
    struct arena mem;
    struct err err;

    fixture_init(&f, ROUTE ONE, &opts);
    strcpy(f.failing, "d/0 ");
    fixture_post_one(&f, "x", 0, NAN);
    fixture_run(&f, 2, true);
    fixture_reload(&f, "route: {receiver: other}\nreceivers: [{name: other}, {name: d, webhook_configs: "
                       "[{url: 'http://a/'}]}]\n");
    fixture_want(&f, EVENT_ALL);
    arena_init(&mem, 1 << 16);
    CHECK(engine_view_letters(f.engine, SV(""), 1, &mem, &letters));
    CHECK_EQ(letters.n, 1);
    FAIL_IF(!engine_replay_letter(f.engine, sv_of(letters.v[0]->id), f.now, &fx, &err), "%s", err.text);
    CHECK_EQ(fx.n_events, 1);
    CHECK_EQ(fx.events[0]->kind, EVENT_LETTER_REPLAYED);
    CHECK_STR(fx.events[0]->by.name, "eve");
    CHECK_STR(fx.events[0]->letter->receiver, "d");
    effects_done(&fx);
    letters_view_done(&letters);
    arena_done(&mem);
    fixture_done(&f);
}

struct told {
    struct event *decision;
};

static void keep_decision(struct fixture *f, struct delivery *d)
{
    struct told *told = f->ctx;
    told->decision = d->decision != NULL ? event_ref(d->decision) : NULL;
}

/* The decision outlives group, engine and configuration, and knows the muted part of the batch. */
TEST(events, decision_tells_the_whole_batch)
{
    const struct engine_opts opts = FIXTURE_OPTS;
    struct fixture f;
    struct told told = {0};
    struct err err;

    fixture_init(&f, ROUTE ONE, &opts);
    fixture_want(&f, NOTICES);
    f.on_told = keep_decision;
    f.ctx = &told;
    FAIL_IF(!fixture_silence(&f, "", "s1", "alertname=\"y\"", 0, 100, &err), "%s", err.text);
    fixture_post(&f, (const char *[]){"x", "y"}, 2, 0, NAN, NULL);
    fixture_run(&f, 1.5, true);
    fixture_done(&f);
    const struct event *ev = told.decision;
    FAIL_IF(ev == NULL, "the delivery has no decision");
    CHECK_EQ(ev->n_alerts, 1);
    CHECK_EQ(ev->n_batch, 2);
    CHECK_EQ(ev->n_held, 1);
    CHECK_EQ(ev->flush_id, 1);
    CHECK_EQ(ev->batch[0].muted, false);
    CHECK_EQ(ev->batch[1].muted, true);
    CHECK_STR(ev->group->key, "{}:{}");
    CHECK_STR(ev->integration->type->name, "webhook");
    event_unref(told.decision);
}
