/* Acknowledgements, and how what people did about a group follows it (core/act.h). */
#include "core/act.h"

#include <stdlib.h>

#include "base/mem.h"
#include "codec/digest.h"
#include "internal.h"

struct ack *ack_new(struct sv by, struct sv comment, struct stamp at, const uint64_t *alerts, size_t n)
{
    struct ack *a = xmalloc(sizeof(*a));

    *a = (struct ack){.refs = 1,
                      .by = xstrndup(by.p, by.n),
                      .comment = xstrndup(comment.p, comment.n),
                      .at = at,
                      .alerts = xmalloc(n * sizeof(*alerts)),
                      .n = n};
    if (n != 0)
        memcpy(a->alerts, alerts, n * sizeof(*alerts));
    return a;
}

struct ack *ack_ref(struct ack *a)
{
    atomic_fetch_add_explicit(&a->refs, 1, memory_order_relaxed);
    return a;
}

void ack_unref(struct ack *a)
{
    if (a == NULL || atomic_fetch_sub_explicit(&a->refs, 1, memory_order_acq_rel) != 1)
        return;
    free(a->by);
    free(a->comment);
    free(a->alerts);
    free(a);
}

bool ack_covers(const struct ack *a, const struct labels *ls)
{
    return a != NULL && hash_in(labels_dedup_hash(ls), a->alerts, a->n);
}

/* ---- which groups ---- */

/* Not by the route's id, which has its place among its siblings: links outlive the insertion of a route. */
struct group_id group_id_of(const struct route *r, const struct labels *labels)
{
    CLEANUP(strbuf_donep) struct strbuf name = {0};

    strbuf_addf(&name, "%s\n%s", r->key, r->receiver->name);
    return (struct group_id){.route = xxh64(strbuf_sv(&name)), .labels = labels->fp};
}

/* The next group of that name; *route is where to look from, 0 at first. */
static struct group *next_by_id(const struct engine *e, struct group_id id, size_t *route)
{
    while (*route < e->config->n_routes) {
        struct group *g = map_get(&e->routing.routes[(*route)++].groups, id.labels);
        if (g != NULL && group_id_of(g->route, g->labels).route == id.route)
            return g;
    }
    return NULL;
}

struct group *group_by_id(const struct engine *e, struct group_id id)
{
    size_t route = 0;
    return next_by_id(e, id, &route);
}

static bool is_key_of(const struct group *g, struct sv key)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};

    if (!sv_has_prefix(key, sv_of(g->route->key)))
        return false;
    group_key_add(&text, g->route, g->labels);
    return sv_eq(strbuf_sv(&text), key);
}

static bool is_picked(const struct group *g, const struct group_pick *which)
{
    return (which->receiver.n == 0 || sv_eq(which->receiver, sv_of(g->route->receiver->name))) &&
           (which->key.n == 0 || is_key_of(g, which->key));
}

/* Calls `act` for the picked groups, and counts those it returns true for. */
static size_t for_each(struct engine *e, const struct group_pick *which,
                       bool (*act)(struct engine *e, struct group *g, void *ctx), void *ctx)
{
    size_t n = 0, route = 0;

    if (which->id != NULL) {
        for (struct group *g; (g = next_by_id(e, *which->id, &route)) != NULL;)
            n += act(e, g, ctx);
        return n;
    }
    for (struct group *g = e->groups.first; g != NULL; g = g->next)
        if (is_picked(g, which))
            n += act(e, g, ctx);
    return n;
}

/* ---- acknowledge ---- */

struct acking {
    const struct group_pick *which;
    struct sv by, comment;
    struct now now;
    struct effects *fx;
};

static bool is_meant(const struct member *m, const struct acking *a)
{
    return !alert_resolved_at(m->slot->version, a->now.wall) &&
           (a->which->matchers == NULL || matchers_match(a->which->matchers, slot_labels(m->slot)));
}

static struct hashes meant_of(const struct group *g, const struct acking *a)
{
    struct hashes h = {.v = xmalloc(g->n * sizeof(*h.v))};

    for (const struct member *m = g->first; m != NULL; m = m->next)
        if (is_meant(m, a))
            h.v[h.n++] = labels_dedup_hash(slot_labels(m->slot));
    hashes_sort(&h);
    return h;
}

static bool says_the_same(const struct ack *old, const struct hashes *alerts, const struct acking *a)
{
    return old != NULL && hashes_within(alerts, old->alerts, old->n) && sv_eq(sv_of(old->by), a->by) &&
           sv_eq(sv_of(old->comment), a->comment);
}

static void ack_set(struct engine *e, struct group *g, const struct hashes *alerts, const struct acking *a)
{
    struct hashes all =
        g->ack != NULL ? hashes_with(g->ack->alerts, g->ack->n, alerts) : hashes_with(NULL, 0, alerts);

    ack_unref(g->ack);
    g->ack = ack_new(a->by, a->comment, a->now.wall, all.v, all.n);
    free(all.v);
    group_record(g, false, a->now, a->fx);
    emit_ack(e, EVENT_ACK_SET, group_shared(e, g), g->ack, a->now.wall, a->fx);
}

static bool ack_one(struct engine *e, struct group *g, void *ctx)
{
    const struct acking *a = ctx;
    struct hashes alerts = meant_of(g, a);
    const bool any = alerts.n != 0;

    if (any && !says_the_same(g->ack, &alerts, a))
        ack_set(e, g, &alerts, a);
    free(alerts.v);
    return any;
}

bool engine_ack(struct engine *e, const struct group_pick *which, struct sv by, struct sv comment,
                struct now now, struct effects *fx, size_t *n_groups, struct err *err)
{
    struct acking a = {which, by, comment, now, fx};

    if (e->opts.compat_strict)
        return err_set(err, ERR_CONFLICT, "nothing can be acknowledged under --compat.strict");
    *n_groups = for_each(e, which, ack_one, &a);
    return *n_groups != 0 || err_set(err, ERR_NOT_FOUND, "nothing that fires is meant by that");
}

/* ---- the end of it ---- */

static void ack_end(struct engine *e, struct group *g, struct stamp now, struct effects *fx)
{
    if (g->ack == NULL)
        return;
    emit_ack(e, EVENT_ACK_ENDED, group_shared(e, g), g->ack, now, fx);
    ack_unref(g->ack);
    g->ack = NULL;
}

static bool all_meant(const struct group *g, const struct acking *a)
{
    for (const struct member *m = g->first; a->which->matchers != NULL && m != NULL; m = m->next)
        if (ack_covers(g->ack, slot_labels(m->slot)) &&
            !matchers_match(a->which->matchers, slot_labels(m->slot)))
            return false;
    return true;
}

static bool unack_one(struct engine *e, struct group *g, void *ctx)
{
    const struct acking *a = ctx;

    if (g->ack == NULL || !all_meant(g, a))
        return false;
    ack_end(e, g, a->now.wall, a->fx);
    group_record(g, false, a->now, a->fx);
    return true;
}

bool engine_unack(struct engine *e, const struct group_pick *which, struct now now, struct effects *fx,
                  size_t *n_groups, struct err *err)
{
    struct acking a = {.which = which, .now = now, .fx = fx};

    *n_groups = for_each(e, which, unack_one, &a);
    return *n_groups != 0 || err_set(err, ERR_NOT_FOUND, "nothing that is acknowledged is meant by that");
}

/* True: there was something to forget. */
static bool prune(struct engine *e, struct group *g, const struct batch *b, struct effects *fx)
{
    struct hashes left = {.v = xmalloc(b->n * sizeof(*left.v))};
    struct ack *old = g->ack;

    for (size_t i = 0; i < b->n; i++)
        if (b->v[i].firing && hash_in(b->v[i].hash, old->alerts, old->n))
            left.v[left.n++] = b->v[i].hash;
    const bool changed = left.n != old->n;
    hashes_sort(&left);
    if (left.n == 0) {
        ack_end(e, g, b->now.wall, fx);
    } else if (changed) {
        g->ack = ack_new(sv_of(old->by), sv_of(old->comment), old->at, left.v, left.n);
        ack_unref(old);
    }
    free(left.v);
    return changed;
}

/* True: there was one. */
static bool unsilence(struct engine *e, char id[37], struct now now, struct effects *fx)
{
    struct err ignored; /* somebody may have expired it, and it may be forgotten */

    if (id[0] == '\0')
        return false;
    (void)!engine_silence_expire(e, sv_of(id), now, fx, &ignored);
    id[0] = '\0';
    return true;
}

static bool any_fires(const struct batch *b)
{
    size_t i = 0;
    while (i < b->n && !b->v[i].firing)
        i++;
    return i < b->n;
}

bool acts_follow(struct engine *e, struct group *g, struct batch *b, struct effects *fx)
{
    const bool pruned = g->ack != NULL && prune(e, g, b, fx);
    const bool unsilenced = !any_fires(b) && unsilence(e, g->until_resolved, b->now, fx);

    b->ack = g->ack;
    return pruned || unsilenced;
}

void acts_end(struct engine *e, struct group *g, struct now now, struct effects *fx)
{
    ack_end(e, g, now.wall, fx);
    (void)unsilence(e, g->until_resolved, now, fx);
}

/* ---- reloads ---- */

struct packed_acts {
    struct group_id id;
    struct event_group *group; /* what it was; a reference */
    struct ack *ack;
    char until_resolved[37];
};

void acts_pack(struct engine *e, struct group *g)
{
    if (g->ack == NULL && g->until_resolved[0] == '\0')
        return;
    e->packed = xgrow(e->packed, &e->cap_packed, e->n_packed + 1, sizeof(*e->packed));
    struct packed_acts *p = &e->packed[e->n_packed++];
    *p = (struct packed_acts){
        .id = group_id_of(g->route, g->labels), .group = event_group_ref(group_shared(e, g)), .ack = g->ack};
    memcpy(p->until_resolved, g->until_resolved, sizeof(p->until_resolved));
    g->ack = NULL;
    g->until_resolved[0] = '\0';
}

static void end_packed(struct engine *e, struct packed_acts *p, struct now now, struct effects *fx)
{
    if (p->ack != NULL)
        emit_ack(e, EVENT_ACK_ENDED, p->group, p->ack, now.wall, fx);
    ack_unref(p->ack);
    (void)unsilence(e, p->until_resolved, now, fx);
}

/* Groups of twin routes may have become one. */
static void add_ack(struct group *g, struct ack *more)
{
    const struct hashes extra = {.v = more->alerts, .n = more->n};
    struct ack *old = g->ack;

    if (old == NULL) {
        g->ack = more;
        return;
    }
    struct hashes all = hashes_with(old->alerts, old->n, &extra);
    g->ack = ack_new(sv_of(old->by), sv_of(old->comment), old->at, all.v, all.n);
    free(all.v);
    ack_unref(old);
    ack_unref(more);
}

static void unpack(struct engine *e, struct packed_acts *p, struct now now, struct effects *fx)
{
    struct group *g = group_by_id(e, p->id);

    if (g == NULL) {
        end_packed(e, p, now, fx);
        return;
    }
    if (p->ack != NULL)
        add_ack(g, p->ack);
    if (g->until_resolved[0] == '\0')
        memcpy(g->until_resolved, p->until_resolved, sizeof(g->until_resolved));
    group_record(g, false, now, fx);
}

void acts_unpack(struct engine *e, struct now now, struct effects *fx)
{
    for (size_t i = 0; i < e->n_packed; i++) {
        unpack(e, &e->packed[i], now, fx);
        event_group_unref(e->packed[i].group);
    }
    free(e->packed);
    e->packed = NULL;
    e->n_packed = e->cap_packed = 0;
}
