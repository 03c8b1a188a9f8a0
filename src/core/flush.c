/* One flush: the alerts of a group on their way through the stages that may hold them back (pipeline.md 1.5
 * and 6). What is left at the end goes to the branches, flight.c. */

#include <stdlib.h>

#include "base/mem.h"
#include "internal.h"

static int in_notification_order(const void *a, const void *b)
{
    return alert_cmp(((const struct batch_item *)a)->alert, ((const struct batch_item *)b)->alert);
}

/* What is firing at this moment counts as firing for the whole flush, however long it takes. */
static struct batch batch_of(const struct group *g, struct stamp now)
{
    struct batch b = {.v = xmalloc(g->n * sizeof(*b.v))};

    for (struct member *m = g->first; m != NULL; m = m->next)
        b.v[b.n++] = (struct batch_item){
            .member = m, .alert = m->slot->version, .firing = !alert_resolved_at(m->slot->version, now)};
    qsort(b.v, b.n, sizeof(*b.v), in_notification_order);
    return b;
}

static struct flight *flight_new(struct group *g, const struct batch *b, struct effects *fx)
{
    struct flight *f = xcalloc(1, sizeof(*f));

    f->group = g;
    f->over = xmalloc(b->n * sizeof(struct alert *));
    for (size_t i = 0; i < b->n; i++) {
        if (b->v[i].firing)
            continue;
        f->over[f->n_over++] = alert_ref(b->v[i].alert);
        store_saw_resolved(b->v[i].member->slot, fx);
    }
    g->flight = f;
    return f;
}

/* ---- the stages: each may take alerts out of the batch ---- */

static void stage_inhibition(struct engine *e, struct batch *b, struct stamp now)
{
    size_t kept = 0;
    for (size_t i = 0; i < b->n; i++) {
        struct member *m = b->v[i].member;
        m->processed = true;
        m->inhibited = inhibitor_find(&e->inhibitor, b->v[i].alert->labels, now) != NULL;
        if (!m->inhibited)
            b->v[kept++] = b->v[i];
    }
    e->stats.suppressed[SUPPRESSED_INHIBITION] += b->n - kept;
    b->n = kept;
}

static void stage_silences(struct engine *e, struct batch *b, struct stamp now)
{
    size_t kept = 0;
    for (size_t i = 0; i < b->n; i++) {
        struct member *m = b->v[i].member;
        e->stats.silence_queries++;
        m->silenced = slot_silenced(m->slot, now);
        if (!m->silenced)
            b->v[kept++] = b->v[i];
    }
    e->stats.suppressed[SUPPRESSED_SILENCE] += b->n - kept;
    b->n = kept;
}

/* The names of the intervals that contain `t`, once per matching entry, as upstream lists them. */
static size_t intervals_at(const struct time_interval *const *v, size_t n, struct stamp t,
                           const char ***names)
{
    size_t found = 0, cap = 0;

    *names = NULL;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < v[i]->n; k++) {
            if (!time_spec_contains(&v[i]->v[k], t))
                continue;
            *names = xgrow(*names, &cap, found + 1, sizeof(char *));
            (*names)[found++] = v[i]->name;
        }
    return found;
}

static void mark_all(struct group *g, const struct time_interval *const *v, size_t n)
{
    const char **names = xmalloc(n * sizeof(char *));
    for (size_t i = 0; i < n; i++)
        names[i] = v[i]->name;
    group_set_muted(g, names, n);
    free(names);
}

static void suppress_all(struct engine *e, struct batch *b, enum suppressed why)
{
    e->stats.suppressed[why] += b->n;
    b->n = 0;
}

/* Time intervals hold back all or nothing, and leave their names as the group's marker. */
static void stage_intervals(struct engine *e, struct group *g, struct batch *b, struct stamp due)
{
    const struct route *r = g->route;
    const char **names;

    size_t n = intervals_at(r->active, r->n_active, due, &names);
    free(names);
    if (r->n_active != 0 && n == 0) {
        mark_all(g, r->active, r->n_active);
        suppress_all(e, b, SUPPRESSED_ACTIVE_TIME);
        return;
    }
    n = intervals_at(r->mute, r->n_mute, due, &names);
    group_set_muted(g, names, n);
    free(names);
    if (n != 0)
        suppress_all(e, b, SUPPRESSED_MUTE_TIME);
}

static void run_stages(struct engine *e, struct group *g, struct batch *b, struct now due, struct now now)
{
    stage_inhibition(e, b, now.wall);
    if (b->n != 0)
        stage_intervals(e, g, b, due.wall);
    if (b->n != 0)
        stage_silences(e, b, now.wall);
}

/* ---- the timer ---- */

void group_tick(struct engine *e, struct group *g, struct now due, struct now now, struct effects *fx)
{
    g->flush_id++;
    g->flushed = true;
    group_arm(e, g, now.mono + g->route->group_interval);

    struct batch b = batch_of(g, now.wall);
    struct flight *f = flight_new(g, &b, fx);
    run_stages(e, g, &b, due, now);
    if (b.n != 0)
        flight_start(e, f, &b, due, now, fx);
    free(b.v);
    group_record(g, false, now, fx);
    if (f->n_open == 0)
        flight_finish(e, f, now, fx);
}

/* While deliveries are on their way the group waits for them. One tick is remembered, with its own due time;
 * the timer stays off until that one was handled, so there is never more than one. */
void on_group_timer(struct timer *t, void *ctx, mono_ns now)
{
    struct group *g = CONTAINER_OF(t, struct group, timer);
    const struct tick *tick = ctx;

    (void)now;
    if (g->flight != NULL)
        g->missed = true;
    else
        group_tick(tick->engine, g, tick_due(&tick->now, t->at), tick->now, tick->fx);
}
