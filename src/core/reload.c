/* A new configuration (pipeline.md 9, item 6): groups whose route is the same go on as if nothing had
 * happened, the other alerts are routed anew. Under --compat.strict all groups are rebuilt, as upstream does.
 */

#include <stdlib.h>

#include "internal.h"

static bool same_grouping(const struct route *a, const struct route *b)
{
    if (a->group_by_all != b->group_by_all || a->n_group_by != b->n_group_by)
        return false;
    for (size_t i = 0; i < a->n_group_by; i++)
        if (a->group_by[i] != b->group_by[i])
            return false;
    return true;
}

static const struct route *same_route(const struct strmap *by_id, const struct route *old)
{
    const struct route *r = strmap_get(by_id, sv_of(old->id));

    if (r == NULL || strcmp(r->receiver->name, old->receiver->name) != 0 || !same_grouping(r, old))
        return NULL;
    return r;
}

static bool has_integration(const struct receiver *r, const struct integration *in)
{
    for (size_t i = 0; i < r->n_integrations; i++)
        if (r->integrations[i].type == in->type && r->integrations[i].index == in->index)
            return true;
    return false;
}

static bool gained_integration(const struct receiver *old, const struct receiver *now)
{
    for (size_t i = 0; i < now->n_integrations; i++)
        if (!has_integration(old, &now->integrations[i]))
            return true;
    return false;
}

/* How long the group may wait at most. Somebody who was added to the receiver is told now, not at the next
 * interval. */
static dur_ns longest_wait(const struct group *g, const struct route *r)
{
    if (!g->flushed)
        return r->group_wait;
    return gained_integration(g->route->receiver, r->receiver) ? 0 : r->group_interval;
}

/* A shortened interval acts at once, not after the longer wait that was armed before. */
static void adopt(struct engine *e, struct group *g, const struct route *r, struct now now,
                  struct effects *fx)
{
    const dur_ns wait = longest_wait(g, r);

    g->route = r;
    group_unshare(g);
    map_put(&e->routing.routes[r->index].groups, g->labels->fp, g);
    if (!timer_armed(&g->timer) || g->timer.at - now.mono <= wait)
        return;
    group_arm(e, g, now.mono + wait);
    group_record(g, false, now, fx);
}

static void dissolve(struct engine *e, struct group *g, struct now now, struct effects *fx)
{
    while (g->first != NULL) {
        mutes_end(e, g->first, now.wall, fx);
        member_remove(g->first);
    }
    group_record(g, true, now, fx);
    acts_pack(e, g);
    mutes_end_group(e, g, now.wall, fx);
    emit_group(e, EVENT_GROUP_CLOSED, g, now.wall, fx);
    group_free(e, g);
}

static void move_groups(struct engine *e, const struct config *config, struct now now, struct effects *fx)
{
    struct strmap by_id = {0};
    struct group *next;

    routes_by_id(config, &by_id);
    for (struct group *g = e->groups.first; g != NULL; g = next) {
        next = g->next;
        const struct route *r = e->opts.compat_strict ? NULL : same_route(&by_id, g->route);
        if (r != NULL)
            adopt(e, g, r, now, fx);
        else
            dissolve(e, g, now, fx);
    }
    strmap_done(&by_id);
}

static bool takes(const struct slot *s, const struct route *r)
{
    for (size_t i = 0; i < s->routes->n; i++)
        if (s->routes->v[i] == r)
            return true;
    return false;
}

static void leave_old_routes(const struct engine *e, struct slot *s, struct stamp now, struct effects *fx)
{
    struct member *next;
    for (struct member *m = s->members; m != NULL; m = next) {
        next = m->next_of_slot;
        if (takes(s, m->group->route))
            continue;
        mutes_end(e, m, now, fx);
        member_remove(m);
    }
}

/* `held`: a group of the old configuration had it. A resolved alert goes on only where its end is owed. */
static void reroute(struct engine *e, struct slot *s, bool held, struct now now, struct effects *fx)
{
    s->routes = routing_of(&e->routing, e->config, slot_labels(s));
    leave_old_routes(e, s, now.wall, fx);
    const bool firing = !alert_resolved_at(s->version, now.wall);
    if (firing || (e->opts.compat_strict && s->stored))
        group_join_all(e, s, now, fx);
    else if (held)
        group_join_owed(e, s, now, fx);
}

static void inhibit_anew(struct engine *e, struct slot **slots, size_t n, struct stamp now)
{
    for (size_t i = 0; i < n; i++)
        inhibitor_forget(&e->inhibitor, slots[i]);
    inhibitor_done(&e->inhibitor);
    inhibitor_init(&e->inhibitor, e->config, e->opts.compat_strict);
    for (size_t i = 0; i < n; i++)
        inhibitor_admit(&e->inhibitor, slots[i], now);
}

void engine_set_config(struct engine *e, const struct config *config, struct now now, struct effects *fx)
{
    const struct config *old = e->config;
    struct routing old_routing = e->routing;
    size_t n;
    struct slot **slots = slots_sorted(e, NULL, now.wall, &n);
    bool *held = xcalloc(n, sizeof(*held));

    for (size_t i = 0; i < n; i++)
        held[i] = slots[i]->members != NULL;
    outbox_pack(e);
    routing_init(&e->routing, config);
    move_groups(e, config, now, fx); /* what it tells of groups that end is told with the old one */
    e->config = config_ref(config);
    inhibit_anew(e, slots, n, now.wall);
    for (size_t i = 0; i < n; i++)
        reroute(e, slots[i], held[i], now, fx);
    groups_tidy(e, now, fx);
    closed_forget(e); /* routes have other indices now */
    for (size_t i = 0; i < n; i++)
        if (held[i] && slots[i]->members == NULL)
            store_released(e, slots[i], now.wall, fx);
    outbox_unpack(e, now, fx);
    acts_unpack(e, now, fx);
    emit_config(e, now.wall, fx);
    routing_done(&old_routing);
    config_unref(old);
    free(held);
    free(slots);
}
