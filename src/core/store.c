/* The alert store: one version per label set (pipeline.md 1.2), and what is persisted of it.
 *
 * A heartbeat, the same alert with a later end, changes memory only. A row lives as long as a restart would
 * miss the alert: while it fires, and after that until its last group has told what there was to tell.
 */

#include <stdlib.h>

#include "base/mem.h"
#include "internal.h"

struct slot *slot_find(const struct engine *e, uint64_t fp)
{
    return map_get(&e->slots, fp);
}

static int by_start(const void *a, const void *b)
{
    const struct alert *x = (*(struct slot *const *)a)->version, *y = (*(struct slot *const *)b)->version;
    const int order = stamp_cmp(x->starts_at, y->starts_at);

    if (order != 0)
        return order;
    return x->labels->fp < y->labels->fp ? -1 : x->labels->fp > y->labels->fp;
}

struct slot **slots_sorted(const struct engine *e, bool (*pick)(const struct slot *s, struct stamp now),
                           struct stamp now, size_t *n)
{
    struct slot **v = NULL, *s;
    size_t cap = 0;

    *n = 0;
    for (size_t it = 0; (s = map_next(&e->slots, &it)) != NULL;) {
        if (pick != NULL && !pick(s, now))
            continue;
        v = xgrow(v, &cap, *n + 1, sizeof(struct slot *));
        v[(*n)++] = s;
    }
    if (*n > 1)
        qsort(v, *n, sizeof(struct slot *), by_start);
    return v;
}

static void record(const struct engine *e, struct slot *s, enum event_kind change, bool resolved,
                   struct stamp at, struct effects *fx)
{
    effect_record(fx, (struct record){.kind = RECORD_ALERT,
                                      .resolved = resolved,
                                      .change = change,
                                      .at = at,
                                      .alert = alert_ref(s->version)});
    s->row = true;
    s->row_resolved = resolved;
    emit_alert(e, change, s->version, at, fx);
}

static void unrecord(struct slot *s, struct effects *fx)
{
    effect_record(fx, (struct record){.kind = RECORD_ALERT, .del = true, .alert = alert_ref(s->version)});
    s->row = false;
    s->row_resolved = true;
}

/* ---- life of a slot ---- */

static void set_stored(struct engine *e, struct slot *s, bool stored)
{
    if (s->stored == stored)
        return;
    s->stored = stored;
    if (stored)
        e->n_stored++;
    else
        e->n_stored--;
}

static struct slot *slot_new(struct engine *e, struct alert *version, struct stamp now)
{
    struct slot *s = xcalloc(1, sizeof(*s));

    s->version = version;
    set_stored(e, s, true);
    map_put(&e->slots, version->labels->fp, s);
    slot_match(e, s, now);
    inhibitor_admit(&e->inhibitor, s, now);
    return s;
}

static void slot_free(struct engine *e, struct slot *s)
{
    inhibitor_forget(&e->inhibitor, s);
    slot_unmatch(e, s);
    set_stored(e, s, false);
    alert_unref(s->version);
    free(s);
}

void store_forget(struct engine *e, struct slot *s, struct effects *fx)
{
    if (s->row)
        unrecord(s, fx);
    map_del(&e->slots, slot_labels(s)->fp);
    slot_free(e, s);
}

/* ---- a new version ---- */

static bool same_but_end(const struct alert *a, const struct alert *b)
{
    return a->timeout == b->timeout && stamp_cmp(a->starts_at, b->starts_at) == 0 &&
           a->generator_url == b->generator_url && labels_equal(a->annotations, b->annotations);
}

/* Whether a restart would miss something if this version were not persisted. */
static bool worth_a_record(const struct slot *s, const struct alert *version, bool resolved)
{
    if (resolved != s->row_resolved || !same_but_end(s->version, version))
        return true;
    return resolved && stamp_cmp(s->version->ends_at, version->ends_at) != 0;
}

static enum event_kind change_of(const struct slot *s, bool resolved)
{
    if (!s->stored && !resolved)
        return EVENT_ALERT_CREATED;
    if (resolved == s->row_resolved)
        return EVENT_ALERT_CHANGED;
    return resolved ? EVENT_ALERT_RESOLVED : EVENT_ALERT_REFIRED;
}

static void set_version(struct engine *e, struct slot *s, struct alert *version, struct now now,
                        struct effects *fx)
{
    const bool resolved = alert_resolved_at(version, now.wall);
    const bool persist = worth_a_record(s, version, resolved);
    const enum event_kind change = change_of(s, resolved);

    alert_unref(s->version);
    s->version = version;
    for (struct member *m = s->members; m != NULL; m = m->next_of_slot)
        m->ended = false;
    set_stored(e, s, true);
    if (persist)
        record(e, s, change, resolved, now.wall, fx);
    inhibitor_update(&e->inhibitor, s, now.wall);
}

static struct slot *add_version(struct engine *e, struct alert *version, struct now now, struct effects *fx)
{
    struct slot *s = slot_new(e, version, now.wall);
    s->routes = routing_of(&e->routing, e->config, version->labels);
    record(e, s, EVENT_ALERT_CREATED, alert_resolved_at(version, now.wall), now.wall, fx);
    group_join_all(e, s, now, fx);
    return s;
}

/* Two label sets with one fingerprint: as good as impossible by accident, easy to construct. The newcomer
 * takes the place, as upstream has it, but with routes and groups of its own. */
static void evict(struct engine *e, struct slot *s, struct now now, struct effects *fx)
{
    set_stored(e, s, true);
    while (s->members != NULL)
        group_leave(e, s->members, now, fx);
    store_forget(e, s, fx);
}

static struct alert *merged(struct slot *s, struct alert *version, struct stamp now)
{
    if (s == NULL || !s->stored || !alert_overlaps(version, s->version))
        return version;
    struct alert *m = alert_merge(version, s->version, now);
    alert_unref(version);
    return m;
}

bool store_put(struct engine *e, struct alert *version, struct now now, struct effects *fx)
{
    struct slot *s = slot_find(e, version->labels->fp);

    if (s != NULL && !labels_equal(slot_labels(s), version->labels)) {
        evict(e, s, now, fx);
        s = NULL;
    }
    version = merged(s, version, stamp_add(now.wall, e->opts.resolve_skew));
    if (e->opts.per_alertname_limit != 0 &&
        !limit_admit(&e->limits, e->opts.per_alertname_limit, version, now.wall)) {
        if (e->opts.count_limited_names)
            limit_refused(&e->limits, version);
        alert_unref(version);
        return false;
    }
    if (s != NULL) {
        set_version(e, s, version, now, fx);
        group_join_all(e, s, now, fx);
    } else {
        s = add_version(e, version, now, fx);
    }
    slot_tell_groups(e, s, now.wall, fx);
    e->stats.dispatcher_writes++;
    e->stats.inhibitor_writes++;
    return true;
}

/* ---- what time and groups do to it ---- */

void store_restore(struct engine *e, struct alert *version, bool resolved, struct stamp now)
{
    struct slot *s = slot_find(e, version->labels->fp);
    if (s != NULL) {
        alert_unref(s->version);
        s->version = version;
    } else {
        s = slot_new(e, version, now);
    }
    s->row = true;
    s->row_resolved = resolved;
}

void store_saw_resolved(const struct engine *e, struct slot *s, struct stamp now, struct effects *fx)
{
    if (!s->row_resolved)
        record(e, s, EVENT_ALERT_EXPIRED, true, now, fx);
}

void store_released(struct engine *e, struct slot *s, struct stamp now, struct effects *fx)
{
    if (!alert_resolved_at(s->version, now))
        return;
    store_saw_resolved(e, s, now, fx);
    if (s->row)
        unrecord(s, fx);
    if (!s->stored)
        store_forget(e, s, fx);
}

static bool is_resolved(const struct slot *s, struct stamp now)
{
    return alert_resolved_at(s->version, now);
}

static void collect_one(struct engine *e, struct slot *s, struct effects *fx)
{
    inhibitor_collect(&e->inhibitor, s);
    if (s->members != NULL)
        set_stored(e, s, false);
    else
        store_forget(e, s, fx);
}

void store_gc(struct engine *e, struct now now, struct effects *fx)
{
    size_t n;
    struct slot **v = slots_sorted(e, is_resolved, now.wall, &n);

    for (size_t i = 0; i < n; i++)
        collect_one(e, v[i], fx);
    free(v);
    limit_gc(&e->limits, now.wall);
}

void store_done(struct engine *e)
{
    struct slot *s;
    for (size_t it = 0; (s = map_next(&e->slots, &it)) != NULL;)
        slot_free(e, s);
    map_done(&e->slots);
    limit_done(&e->limits);
}
