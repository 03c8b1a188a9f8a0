/* Aggregation groups: who is in, when the timer rings, when the group is over (pipeline.md 1.4). */

#include <stdlib.h>

#include "base/mem.h"
#include "internal.h"

static const struct istr *const *grouping_names(const struct route *r)
{
    return (const struct istr *const *)r->group_by;
}

static uint64_t grouping_fp(const struct route *r, const struct labels *ls)
{
    return r->group_by_all ? ls->fp : labels_fingerprint_only(ls, grouping_names(r), r->n_group_by);
}

struct labels *group_labels(const struct route *r, struct labels *ls)
{
    return r->group_by_all ? labels_ref(ls) : labels_only(ls, grouping_names(r), r->n_group_by);
}

void group_key_add(struct strbuf *out, const struct route *r, const struct labels *labels)
{
    strbuf_adds(out, r->key);
    strbuf_addc(out, ':');
    labels_print(out, labels);
}

static struct map *groups_of(struct engine *e, const struct route *r)
{
    return &e->routing.routes[r->index].groups;
}

/* ---- what is persisted ---- */

struct stamp group_next_flush(const struct group *g, struct now now)
{
    return tick_due(&now, g->timer.at).wall;
}

/* A flush that never came to its end is made again as soon as there is a process again. */
static struct stamp due_after_restart(const struct group *g, struct now now)
{
    const bool flushing = g->out != NULL || g->cut;
    return flushing ? now.wall : group_next_flush(g, now);
}

void group_record(const struct group *g, bool del, struct now now, struct effects *fx)
{
    struct group_state *state = group_state_new(g->route->id, labels_ref(g->labels));

    memcpy(state->uuid, g->uuid, sizeof(state->uuid));
    state->flush_id = g->flush_id;
    state->flushed = g->flushed;
    state->next_flush = due_after_restart(g, now);
    state->created_at = g->created_at;
    state->ack = g->ack != NULL ? ack_ref(g->ack) : NULL;
    memcpy(state->until_resolved, g->until_resolved, sizeof(state->until_resolved));
    effect_record(fx, (struct record){.kind = RECORD_GROUP, .del = del, .group = state});
}

/* ---- life ---- */

void group_arm(struct engine *e, struct group *g, mono_ns at)
{
    timerq_arm(&e->timers, &g->timer, at > e->run_from ? at : e->run_from);
}

static void list_add(struct group_list *l, struct group *g)
{
    g->prev = l->last;
    if (l->last != NULL)
        l->last->next = g;
    else
        l->first = g;
    l->last = g;
    l->n++;
}

static void list_remove(struct group_list *l, struct group *g)
{
    if (g->prev != NULL)
        g->prev->next = g->next;
    else
        l->first = g->next;
    if (g->next != NULL)
        g->next->prev = g->prev;
    else
        l->last = g->prev;
    l->n--;
}

/* The same for all groups that follow one another for the same alerts. */
static uint64_t group_id(const struct route *r, const struct labels *labels)
{
    return labels->fp ^ (r->index + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

/* Takes over `labels`. */
static struct group *group_new(struct engine *e, const struct route *r, struct labels *labels)
{
    struct group *g = xcalloc(1, sizeof(*g));

    g->timer.fire = on_group_timer;
    g->route = r;
    g->labels = labels;
    map_put(groups_of(e, r), labels->fp, g);
    (void)map_del(&e->closed, group_id(r, labels));
    list_add(&e->groups, g);
    return g;
}

/* An alert that is older than group_wait has waited enough; this goes for the alert that opens the group, not
 * for those that join it. */
static mono_ns first_flush(const struct route *r, const struct alert *a, struct now now)
{
    const bool waited = stamp_before(stamp_add(a->starts_at, r->group_wait), now.wall);
    return waited ? now.mono : now.mono + r->group_wait;
}

/* Groups that are opened together need not be told together, now and at every interval (W-40). Other than by
 * chance, but the same every time, a group finds its place by its labels. */
static dur_ns jitter(const struct engine *e, const struct group *g)
{
    const uint64_t spread = (g->labels->fp ^ g->route->index) * UINT64_C(0x9e3779b97f4a7c15);
    return e->opts.jitter > 0 ? (dur_ns)((spread >> 1) % (uint64_t)e->opts.jitter) : 0;
}

static struct group *group_open(struct engine *e, const struct route *r, const struct slot *s, struct now now,
                                struct effects *fx)
{
    struct group *g = group_new(e, r, group_labels(r, s->version->labels));

    engine_uuid(e, g->uuid);
    g->created_at = now.wall;
    group_arm(e, g, first_flush(r, s->version, now) + jitter(e, g));
    group_record(g, false, now, fx);
    emit_group(e, EVENT_GROUP_OPENED, g, now.wall, fx);
    return g;
}

void group_restore(struct engine *e, const struct route *route, const struct group_state *state,
                   struct now now)
{
    if (map_get(groups_of(e, route), state->labels->fp) != NULL)
        return;
    const dur_ns longest = state->flushed ? route->group_interval : route->group_wait;
    dur_ns wait = stamp_sub(state->next_flush, now.wall);
    struct group *g = group_new(e, route, labels_ref(state->labels));

    if (wait > longest) /* the clock went back while we were down */
        wait = longest;
    memcpy(g->uuid, state->uuid, sizeof(g->uuid));
    g->flush_id = state->flush_id;
    g->flushed = state->flushed;
    g->created_at = state->created_at;
    g->ack = state->ack != NULL ? ack_ref(state->ack) : NULL;
    memcpy(g->until_resolved, state->until_resolved, sizeof(g->until_resolved));
    group_arm(e, g, now.mono + (wait > 0 ? wait : 0));
}

void group_set_muted(struct group *g, const char *const *names, size_t n)
{
    for (size_t i = 0; i < g->n_muted_by; i++)
        free(g->muted_by[i]);
    free(g->muted_by);
    g->muted_by = n != 0 ? xcalloc(n, sizeof(char *)) : NULL;
    g->n_muted_by = n;
    for (size_t i = 0; i < n; i++)
        g->muted_by[i] = xstrdup(names[i]);
}

void group_free(struct engine *e, struct group *g)
{
    timerq_disarm(&e->timers, &g->timer);
    list_remove(&e->groups, g);
    branches_orphan(g);
    group_set_muted(g, NULL, 0);
    mute_mark_free(g->mark);
    ack_unref(g->ack);
    group_unshare(g);
    labels_unref(g->labels);
    free(g);
}

/* A timer instead of a tick: nothing wakes an engine whose groups stay. */
static void closed_add(struct engine *e, const struct group *g, mono_ns now)
{
    if (e->opts.dispatch_maintenance_interval <= 0)
        return;
    if (!timer_armed(&e->closed_check))
        timerq_arm(&e->timers, &e->closed_check, now + e->opts.dispatch_maintenance_interval);
    (void)map_put(&e->closed, group_id(g->route, g->labels), e);
}

void closed_forget(struct engine *e)
{
    timerq_disarm(&e->timers, &e->closed_check);
    map_done(&e->closed);
}

void group_destroy(struct engine *e, struct group *g, struct now now, struct effects *fx)
{
    closed_add(e, g, now.mono);
    group_record(g, true, now, fx);
    outbox_forget(e, g, fx);
    acts_end(e, g, now, fx);
    mutes_end_group(e, g, now.wall, fx);
    emit_group(e, EVENT_GROUP_CLOSED, g, now.wall, fx);
    map_del(groups_of(e, g->route), g->labels->fp);
    group_free(e, g);
}

/* ---- members ---- */

struct member *slot_member(const struct slot *s, const struct route *route)
{
    struct member *m = s->members;
    while (m != NULL && m->group->route != route)
        m = m->next_of_slot;
    return m;
}

static void member_add(struct group *g, struct slot *s)
{
    struct member *m = xcalloc(1, sizeof(*m));

    m->slot = s;
    m->group = g;
    m->next_of_slot = s->members;
    s->members = m;
    m->prev = g->last;
    if (g->last != NULL)
        g->last->next = m;
    else
        g->first = m;
    g->last = m;
    g->n++;
}

void member_remove(struct member *m)
{
    struct group *g = m->group;
    struct member **at = &m->slot->members;

    while (*at != m)
        at = &(*at)->next_of_slot;
    *at = m->next_of_slot;
    if (m->prev != NULL)
        m->prev->next = m->next;
    else
        g->first = m->next;
    if (m->next != NULL)
        m->next->prev = m->prev;
    else
        g->last = m->prev;
    g->n--;
    mute_mark_free(m->mark);
    free(m);
}

static void group_join(struct engine *e, const struct route *route, struct slot *s, struct now now,
                       struct effects *fx)
{
    struct group *g = map_get(groups_of(e, route), grouping_fp(route, slot_labels(s)));

    if (g == NULL)
        g = group_open(e, route, s, now, fx);
    member_add(g, s);
}

void group_leave(struct engine *e, struct member *m, struct now now, struct effects *fx)
{
    struct slot *s = m->slot;
    struct group *g = m->group;

    mutes_end(e, m, now.wall, fx);
    member_remove(m);
    if (g->n == 0)
        group_destroy(e, g, now, fx);
    if (s->members == NULL)
        store_released(e, s, now.wall, fx);
}

void group_join_all(struct engine *e, struct slot *s, struct now now, struct effects *fx)
{
    for (size_t i = 0; i < s->routes->n; i++)
        if (slot_member(s, s->routes->v[i]) == NULL)
            group_join(e, s->routes->v[i], s, now, fx);
}

void slot_tell_groups(const struct engine *e, const struct slot *s, struct stamp now, struct effects *fx)
{
    if (!event_wanted(e, EVENT_BIT(EVENT_ALERT_GROUPED)))
        return;
    for (size_t i = 0; i < s->routes->n; i++) {
        const struct member *m = slot_member(s, s->routes->v[i]);
        if (m != NULL)
            emit_in_group(e, EVENT_ALERT_GROUPED, m->group, s->version, now, fx);
    }
}

/* Its group has not spoken yet, or has spoken of it and not of its end. */
static bool end_is_owed(struct engine *e, const struct route *r, const struct slot *s, struct stamp now)
{
    const struct group *g = map_get(groups_of(e, r), grouping_fp(r, slot_labels(s)));
    if (g != NULL && !g->flushed)
        return true;
    struct labels *labels = group_labels(r, s->version->labels);
    const bool owed = ledger_owes(e, r, labels, s->version, now);
    labels_unref(labels);
    return owed;
}

void group_join_owed(struct engine *e, struct slot *s, struct now now, struct effects *fx)
{
    for (size_t i = 0; i < s->routes->n; i++)
        if (slot_member(s, s->routes->v[i]) == NULL && end_is_owed(e, s->routes->v[i], s, now.wall))
            group_join(e, s->routes->v[i], s, now, fx);
}

void groups_tidy(struct engine *e, struct now now, struct effects *fx)
{
    struct group *next;
    for (struct group *g = e->groups.first; g != NULL; g = next) {
        next = g->next;
        if (g->n == 0)
            group_destroy(e, g, now, fx);
    }
}
