#include "core/engine.h"

#include <stdlib.h>

#include "base/mem.h"
#include "codec/digest.h"
#include "internal.h"

/* ---- periodic work ---- */

static void on_gc(struct timer *t, void *ctx, mono_ns now)
{
    const struct tick *tick = ctx;
    struct engine *e = tick->engine;

    store_gc(e, tick->now, tick->fx);
    timerq_arm(&e->timers, t, now + e->opts.alerts_gc_interval);
}

static void on_maintenance(struct timer *t, void *ctx, mono_ns now)
{
    const struct tick *tick = ctx;
    struct engine *e = tick->engine;

    silences_gc(e, tick->now.wall, tick->fx);
    ledger_gc(e, tick->now.wall, tick->fx);
    letters_gc(e, tick->now.wall, tick->fx);
    timerq_arm(&e->timers, t, now + e->opts.maintenance_interval);
}

static void on_closed_check(struct timer *t, void *ctx, mono_ns now)
{
    const struct tick *tick = ctx;

    (void)t;
    (void)now;
    closed_forget(tick->engine);
}

static void arm_periodic(struct engine *e, struct timer *t, dur_ns interval, mono_ns now)
{
    if (interval > 0)
        timerq_arm(&e->timers, t, now + interval);
}

/* ---- life ---- */

struct engine *engine_new(const struct engine_opts *opts, const struct config *config, struct now now)
{
    struct engine *e = xcalloc(1, sizeof(*e));

    e->opts = *opts;
    e->config = config_ref(config);
    e->run_from = now.mono + opts->start_delay;
    timerq_init(&e->timers);
    e->gc.fire = on_gc;
    e->maintenance.fire = on_maintenance;
    e->closed_check.fire = on_closed_check;
    arm_periodic(e, &e->gc, opts->alerts_gc_interval, now.mono);
    arm_periodic(e, &e->maintenance, opts->maintenance_interval, now.mono);
    routing_init(&e->routing, config);
    inhibitor_init(&e->inhibitor, config, opts->compat_strict);
    return e;
}

void engine_free(struct engine *e)
{
    if (e == NULL)
        return;
    branches_done(e);
    outbox_done(e);
    letters_done(&e->letters);
    replays_done(e);
    while (e->groups.first != NULL) {
        while (e->groups.first->first != NULL)
            member_remove(e->groups.first->first);
        group_free(e, e->groups.first);
    }
    map_done(&e->closed);
    store_done(e);
    inhibitor_done(&e->inhibitor);
    silences_done(&e->silences);
    ledger_done(e);
    routing_done(&e->routing);
    for (size_t i = 0; i < e->n_restored; i++)
        group_state_unref(e->restored[i]);
    free(e->restored);
    timerq_done(&e->timers);
    config_unref(e->config);
    free(e);
}

/* ---- time ---- */

mono_ns engine_next(const struct engine *e)
{
    return timerq_next(&e->timers);
}

void engine_tick(struct engine *e, struct now now, struct effects *fx)
{
    struct tick tick = {.engine = e, .now = now, .fx = fx};
    (void)timerq_run(&e->timers, now.mono, &tick);
}

void engine_want_events(struct engine *e, event_mask kinds)
{
    e->events = kinds;
}

/* ---- ids ---- */

/* The finaliser of splitmix64: spreads a counter over all bits. */
static uint64_t spread(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

void engine_uuid(struct engine *e, char out[37])
{
    const uint64_t n = ++e->last_uuid * UINT64_C(0x9e3779b97f4a7c15);
    const uint64_t words[2] = {spread(e->opts.uuid_seed[0] + n), spread(e->opts.uuid_seed[1] ^ n)};
    uint8_t bytes[sizeof(words)];

    memcpy(bytes, words, sizeof(words));
    uuid_v4(bytes, out);
}
