/* Taking references, under the read lock. Nothing is sorted or filtered here; that is view_query.c. */
#include "core/view.h"

#include "internal.h"

const struct config *engine_config(const struct engine *e)
{
    return config_ref(e->config);
}

static bool is_over(const struct slot *s, struct stamp now)
{
    return !stamp_is_unset(s->version->ends_at) && stamp_before(s->version->ends_at, now);
}

/* ---- alerts ---- */

static bool view_silences_of(const struct slot *s, struct stamp now, struct arena *mem, struct alert_view *v)
{
    if (s->mutes == NULL)
        return true;
    v->silenced_by = ARENA_ARRAY(mem, struct silence *, s->mutes->n);
    if (v->silenced_by == NULL)
        return false;
    for (size_t i = 0; i < s->mutes->n; i++)
        if (silence_mutes(s->mutes->v[i]->version, now))
            v->silenced_by[v->n_silenced_by++] = silence_ref(s->mutes->v[i]->version);
    return true;
}

static bool view_routes_of(const struct slot *s, struct arena *mem, struct alert_view *v)
{
    v->routes = ARENA_ARRAY(mem, const struct route *, s->routes->n);
    if (v->routes == NULL)
        return false;
    memcpy(v->routes, s->routes->v, s->routes->n * sizeof(*v->routes));
    v->n_routes = s->routes->n;
    return true;
}

/* Adds to `out`, whose array has room. False: the arena is full; what was added before stays valid. */
static bool view_slot(const struct engine *e, const struct slot *s, struct stamp now, struct arena *mem,
                      struct alerts_view *out)
{
    struct alert_view *v = &out->v[out->n];

    *v = (struct alert_view){0};
    if (!view_routes_of(s, mem, v) || !view_silences_of(s, now, mem, v))
        return false;
    const struct slot *source = inhibitor_find(&e->inhibitor, slot_labels(s), now);
    v->inhibited = source != NULL;
    v->inhibited_by = source != NULL ? slot_labels(source)->fp : 0;
    v->alert = alert_ref(s->version);
    out->n++;
    return true;
}

static bool view_start(const struct engine *e, struct arena *mem, struct alerts_view *out)
{
    *out = (struct alerts_view){.config = engine_config(e)};
    out->v = ARENA_ARRAY(mem, struct alert_view, e->slots.n);
    out->incomplete = out->v == NULL;
    return !out->incomplete;
}

void engine_view_alerts(const struct engine *e, struct now now, struct arena *mem, struct alerts_view *out)
{
    const struct slot *s;

    if (!view_start(e, mem, out))
        return;
    for (size_t it = 0; (s = map_next(&e->slots, &it)) != NULL && !out->incomplete;)
        if (s->stored && !is_over(s, now.wall))
            out->incomplete = !view_slot(e, s, now.wall, mem, out);
}

/* ---- groups ---- */

/* The place of the slot's alert in the view, added when it is new; SIZE_MAX: the arena is full. `seen` leads
 * from fingerprints to the entries of out->v. */
static size_t place_of(const struct engine *e, const struct slot *s, struct stamp now, struct arena *mem,
                       struct map *seen, struct alerts_view *out)
{
    const uint64_t fp = slot_labels(s)->fp;
    const struct alert_view *known = map_get(seen, fp);

    if (known != NULL)
        return (size_t)(known - out->v);
    if (!view_slot(e, s, now, mem, out))
        return SIZE_MAX;
    map_put(seen, fp, &out->v[out->n - 1]);
    return out->n - 1;
}

static bool view_members(const struct engine *e, const struct group *g, struct stamp now, struct arena *mem,
                         struct map *seen, struct groups_view *out)
{
    struct group_view *v = &out->v[out->n];

    v->alerts = ARENA_ARRAY(mem, size_t, g->n);
    if (v->alerts == NULL)
        return false;
    for (const struct member *m = g->first; m != NULL; m = m->next) {
        if (is_over(m->slot, now))
            continue;
        const size_t place = place_of(e, m->slot, now, mem, seen, &out->alerts);
        if (place == SIZE_MAX)
            return false;
        v->alerts[v->n_alerts++] = place;
    }
    v->n_all = v->n_alerts;
    return true;
}

static bool view_marker(const struct group *g, struct arena *mem, struct group_view *v)
{
    v->muted_by = ARENA_ARRAY(mem, const char *, g->n_muted_by);
    if (v->muted_by == NULL)
        return false;
    for (; v->n_muted_by < g->n_muted_by; v->n_muted_by++) {
        const char *name = g->muted_by[v->n_muted_by];
        v->muted_by[v->n_muted_by] = arena_strndup(mem, name, strlen(name));
        if (v->muted_by[v->n_muted_by] == NULL)
            return false;
    }
    return true;
}

static bool view_group(const struct engine *e, const struct group *g, struct now now, struct arena *mem,
                       struct map *seen, struct groups_view *out)
{
    struct group_view *v = &out->v[out->n];
    CLEANUP(strbuf_donep) struct strbuf key = {0};

    *v = (struct group_view){
        .route = g->route, .next_flush = group_next_flush(g, now), .flushes = g->flush_id};
    group_key_add(&key, g->route, g->labels);
    v->group_key = arena_strndup(mem, key.p, key.n);
    if (v->group_key == NULL || !view_marker(g, mem, v) || !view_members(e, g, now.wall, mem, seen, out))
        return false;
    v->labels = labels_ref(g->labels);
    out->n++;
    return true;
}

void engine_view_groups(const struct engine *e, struct now now, struct arena *mem, struct groups_view *out)
{
    struct map seen = {0};

    out->n = 0;
    out->v = ARENA_ARRAY(mem, struct group_view, e->groups.n);
    if (!view_start(e, mem, &out->alerts) || out->v == NULL) {
        out->alerts.incomplete = true;
        return;
    }
    for (const struct group *g = e->groups.first; g != NULL && !out->alerts.incomplete; g = g->next)
        out->alerts.incomplete = !view_group(e, g, now, mem, &seen, out);
    map_done(&seen);
}

/* ---- silences ---- */

void engine_view_silences(const struct engine *e, struct arena *mem, struct silences_view *out)
{
    const struct silences *t = &e->silences;

    *out = (struct silences_view){.v = ARENA_ARRAY(mem, struct silence *, t->n)};
    out->incomplete = out->v == NULL;
    for (size_t i = 0; i < t->n && !out->incomplete; i++)
        out->v[out->n++] = silence_ref(t->v[i]->version);
}

struct silence *engine_find_silence(const struct engine *e, struct sv id)
{
    const struct silence_rec *rec = strmap_get(&e->silences.by_id, id);
    return rec != NULL ? silence_ref(rec->version) : NULL;
}
