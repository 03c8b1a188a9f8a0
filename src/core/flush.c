/* One flush: the alerts of a group on their way through the stages that may hold them back (pipeline.md 1.5
 * and 6). What is left at the end goes to the branches, flight.c. */

#include <stdlib.h>

#include "base/mem.h"
#include "core/view.h"
#include "internal.h"

static int in_notification_order(const void *a, const void *b)
{
    return alert_cmp(((const struct batch_item *)a)->alert, ((const struct batch_item *)b)->alert);
}

/* What is firing at this moment counts as firing for the whole flush, however long it takes. */
static struct batch batch_of(const struct engine *e, struct group *g, struct now due, struct now now,
                             struct effects *fx)
{
    struct batch b = {.v = xmalloc(g->n * sizeof(*b.v)), .due = due, .now = now};

    for (struct member *m = g->first; m != NULL; m = m->next) {
        m->ended = alert_resolved_at(m->slot->version, now.wall);
        if (m->ended)
            store_saw_resolved(e, m->slot, now.wall, fx);
        b.v[b.n++] = (struct batch_item){.member = m,
                                         .alert = m->slot->version,
                                         .hash = labels_dedup_hash(slot_labels(m->slot)),
                                         .firing = !m->ended};
    }
    qsort(b.v, b.n, sizeof(*b.v), in_notification_order);
    return b;
}

/* ---- the stages: each may hold alerts of the batch back ---- */

static void hold(struct engine *e, struct batch *b, struct batch_item *it, enum suppressed why)
{
    it->held = true;
    it->why = why;
    b->n_held++;
    e->stats.suppressed[why]++;
}

static void stage_inhibition(struct engine *e, struct batch *b)
{
    for (size_t i = 0; i < b->n; i++) {
        struct member *m = b->v[i].member;
        m->processed = true;
        m->inhibited =
            inhibitor_inhibits(&e->inhibitor, b->v[i].alert->labels, b->now.wall, &e->stats.inhibition_steps);
        if (m->inhibited)
            hold(e, b, &b->v[i], SUPPRESSED_INHIBITION);
    }
}

static void stage_silences(struct engine *e, struct batch *b)
{
    for (size_t i = 0; i < b->n; i++) {
        struct member *m = b->v[i].member;
        if (b->v[i].held)
            continue;
        e->stats.silence_queries++;
        m->silenced = slot_silenced(m->slot, b->now.wall);
        if (m->silenced)
            hold(e, b, &b->v[i], SUPPRESSED_SILENCE);
    }
}

/* The names of the intervals that contain `t`, once per matching entry, as upstream lists them. `names` may
 * be NULL. */
static size_t intervals_at(const struct time_interval *const *v, size_t n, struct stamp t,
                           const char ***names)
{
    size_t found = 0, cap = 0;

    if (names != NULL)
        *names = NULL;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < v[i]->n; k++) {
            if (!time_spec_contains(&v[i]->v[k], t))
                continue;
            if (names != NULL) {
                *names = xgrow(*names, &cap, found + 1, sizeof(char *));
                (*names)[found] = v[i]->name;
            }
            found++;
        }
    return found;
}

bool route_outside_active(const struct route *r, struct stamp t)
{
    return r->n_active != 0 && intervals_at(r->active, r->n_active, t, NULL) == 0;
}

size_t route_muted_by(const struct route *r, struct stamp t, const char ***names)
{
    if (!route_outside_active(r, t))
        return intervals_at(r->mute, r->n_mute, t, names);
    *names = xmalloc(r->n_active * sizeof(char *));
    for (size_t i = 0; i < r->n_active; i++)
        (*names)[i] = r->active[i]->name;
    return r->n_active;
}

static void hold_all(struct engine *e, struct batch *b, enum suppressed why)
{
    for (size_t i = 0; i < b->n; i++)
        if (!b->v[i].held)
            hold(e, b, &b->v[i], why);
}

/* Time intervals hold back all or nothing, and leave their names as the group's marker. */
static void stage_intervals(struct engine *e, struct group *g, struct batch *b)
{
    const struct route *r = g->route;
    const char **names;
    const size_t n = route_muted_by(r, b->due.wall, &names);

    b->outside_active = route_outside_active(r, b->due.wall);
    group_set_muted(g, names, n);
    free(names);
    if (n != 0)
        hold_all(e, b, b->outside_active ? SUPPRESSED_ACTIVE_TIME : SUPPRESSED_MUTE_TIME);
}

/* A stage is not reached when those before it hold everything back. */
static void run_stages(struct engine *e, struct group *g, struct batch *b)
{
    stage_inhibition(e, b);
    if (b->n_held != b->n)
        stage_intervals(e, g, b);
    if (b->n_held != b->n)
        stage_silences(e, b);
}

/* ---- the end of a mute: who was held back entirely is heard then, not at the next interval ---- */

#define MINUTE  (60 * NS_PER_S)
#define FAR_OFF (24 * 60 * MINUTE) /* look again by then, instead of looking further */

static bool is_muted(const struct route *r, struct stamp t)
{
    return route_outside_active(r, t) || intervals_at(r->mute, r->n_mute, t, NULL) != 0;
}

/* Time intervals begin and end with a minute. */
dur_ns route_unmuted_in(const struct route *r, struct stamp now, dur_ns longest)
{
    dur_ns wait = MINUTE - stamp_sub(now, (struct stamp){.sec = 0}) % MINUTE;

    while (wait < longest && is_muted(r, stamp_add(now, wait)))
        wait += MINUTE;
    return wait < longest ? wait : longest;
}

static dur_ns until_unsilenced(const struct batch *b, dur_ns longest)
{
    dur_ns wait = longest;

    for (size_t i = 0; i < b->n; i++) {
        const struct member *m = b->v[i].member;
        if (!b->v[i].firing || m->inhibited || !m->silenced)
            continue;
        const dur_ns left = stamp_sub(slot_silenced_until(m->slot, b->now.wall), b->now.wall) + 1;
        if (left < wait)
            wait = left;
    }
    return wait;
}

static dur_ns next_flush(const struct engine *e, const struct group *g, const struct batch *b)
{
    const dur_ns interval = g->route->group_interval;

    if (e->opts.compat_strict || b->n_held != b->n)
        return interval;
    if (is_muted(g->route, b->due.wall))
        return route_unmuted_in(g->route, b->now.wall, interval < FAR_OFF ? interval : FAR_OFF);
    return until_unsilenced(b, interval);
}

/* ---- the timer ---- */

void group_tick(struct engine *e, struct group *g, struct now due, struct now now, struct effects *fx)
{
    g->flush_id++;
    g->flushed = true;
    g->failed = false;

    struct batch b = batch_of(e, g, due, now, fx);
    run_stages(e, g, &b);
    mutes_track(e, g, &b, fx);
    emit_flush(e, g, &b, fx);
    group_arm(e, g, now.mono + next_flush(e, g, &b));
    (void)acts_follow(e, g, &b, fx);
    branches_start(e, g, &b, NULL, fx);
    free(b.v);
    group_record(g, false, now, fx);
    (void)group_settle(e, g, now, fx);
}

bool group_catch_up(struct engine *e, struct group *g, const char *key_of_ledger, struct now due,
                    struct now now, struct effects *fx)
{
    struct batch b = batch_of(e, g, due, now, fx);

    run_stages(e, g, &b);
    if (acts_follow(e, g, &b, fx))
        group_record(g, false, now, fx);
    branches_start(e, g, &b, key_of_ledger, fx);
    free(b.v);
    return group_settle(e, g, now, fx);
}

/* While nobody can be told the group waits. One tick is remembered, with its own due time; the timer stays
 * off until that one was handled, so there is never more than one. */
void on_group_timer(struct timer *t, void *ctx, mono_ns now)
{
    struct group *g = CONTAINER_OF(t, struct group, timer);
    const struct tick *tick = ctx;

    (void)now;
    if (branches_block(tick->engine, g, tick->now.wall))
        g->missed = true;
    else
        group_tick(tick->engine, g, tick_due(&tick->now, t->at), tick->now, tick->fx);
}
