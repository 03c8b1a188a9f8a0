/* Taking references, under the read lock. Nothing is sorted or filtered here; that is view_query.c. */
#include "core/view.h"

#include <stdlib.h>

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

/* The last copy: most alerts take the routes of their neighbour. */
struct routes_copy {
    const struct route_list *of;
    const struct route **routes;
};

static bool view_routes_of(const struct slot *s, struct arena *mem, struct routes_copy *last,
                           struct alert_view *v)
{
    const size_t n = s->routes->n;

    if (last->of != s->routes) {
        const struct route **copy = ARENA_ARRAY(mem, const struct route *, n);
        if (copy == NULL)
            return false;
        memcpy(copy, s->routes->v, n * sizeof(*copy));
        *last = (struct routes_copy){s->routes, copy};
    }
    v->routes = last->routes;
    v->n_routes = (uint32_t)n;
    return true;
}

/* Adds to `out`, whose array has room. False: the arena is full; what was added before stays valid. */
static bool view_slot(const struct engine *e, const struct slot *s, struct stamp now, struct arena *mem,
                      struct routes_copy *last, struct alerts_view *out)
{
    struct alert_view *v = &out->v[out->n];

    *v = (struct alert_view){0};
    if (!view_routes_of(s, mem, last, v) || !view_silences_of(s, now, mem, v))
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
    struct routes_copy last = {0};

    if (!view_start(e, mem, out))
        return;
    for (size_t it = 0; (s = map_next(&e->slots, &it)) != NULL && !out->incomplete;)
        if (s->stored && !is_over(s, now.wall))
            out->incomplete = !view_slot(e, s, now.wall, mem, &last, out);
}

/* ---- groups ---- */

struct interval_names {
    bool known;
    const char **names;
    size_t n;
};

/* What is needed while the groups are walked. */
struct walk {
    const struct engine *e;
    struct now now;
    struct arena *mem;
    struct map seen; /* from fingerprints to the entries of out->alerts.v */
    struct routes_copy last;
    struct interval_names *muting; /* by route index */
    struct groups_view *out;
};

/* The place of the slot's alert in the view, added when it is new; SIZE_MAX: the arena is full. */
static size_t place_of(struct walk *w, const struct slot *s)
{
    struct alerts_view *out = &w->out->alerts;
    const uint64_t fp = slot_labels(s)->fp;
    const struct alert_view *known = map_get(&w->seen, fp);

    if (known != NULL)
        return (size_t)(known - out->v);
    if (!view_slot(w->e, s, w->now.wall, w->mem, &w->last, out))
        return SIZE_MAX;
    map_put(&w->seen, fp, &out->v[out->n - 1]);
    return out->n - 1;
}

static bool view_members(struct walk *w, const struct group *g, struct group_view *v)
{
    v->alerts = ARENA_ARRAY(w->mem, size_t, g->n);
    if (v->alerts == NULL)
        return false;
    for (const struct member *m = g->first; m != NULL; m = m->next) {
        if (is_over(m->slot, w->now.wall))
            continue;
        const size_t place = place_of(w, m->slot);
        if (place == SIZE_MAX)
            return false;
        v->alerts[v->n_alerts++] = place;
    }
    v->n_all = v->n_alerts;
    return true;
}

static bool copy_names(struct arena *mem, const char *const *names, size_t n, const char ***out)
{
    *out = ARENA_ARRAY(mem, const char *, n);
    if (*out == NULL)
        return false;
    for (size_t i = 0; i < n; i++) {
        (*out)[i] = arena_strndup(mem, names[i], strlen(names[i]));
        if ((*out)[i] == NULL)
            return false;
    }
    return true;
}

/* What holds now for all groups of a route. */
static bool view_intervals(struct walk *w, const struct route *r, struct group_view *v)
{
    struct interval_names *muting = &w->muting[r->index];

    if (!muting->known) {
        const char **names;
        muting->n = route_muted_by(r, w->now.wall, &names);
        muting->known = copy_names(w->mem, names, muting->n, &muting->names);
        free(names);
    }
    v->muted_by = muting->names;
    v->n_muted_by = muting->n;
    return muting->known;
}

/* Upstream shows what the last flush came to know; that is out of date before the first flush, and when
 * inhibition kept the last one from looking (W-19). */
static bool view_muted(struct walk *w, const struct group *g, struct group_view *v)
{
    if (!w->e->opts.compat_strict)
        return view_intervals(w, g->route, v);
    v->n_muted_by = g->n_muted_by;
    return copy_names(w->mem, (const char *const *)g->muted_by, g->n_muted_by, &v->muted_by);
}

static bool view_group(struct walk *w, const struct group *g)
{
    struct group_view *v = &w->out->v[w->out->n];
    CLEANUP(strbuf_donep) struct strbuf key = {0};

    *v = (struct group_view){
        .route = g->route, .next_flush = group_next_flush(g, w->now), .flushes = g->flush_id};
    group_key_add(&key, g->route, g->labels);
    v->group_key = arena_strndup(w->mem, key.p, key.n);
    if (v->group_key == NULL || !view_muted(w, g, v) || !view_members(w, g, v))
        return false;
    v->labels = labels_ref(g->labels);
    w->out->n++;
    return true;
}

void engine_view_groups(const struct engine *e, struct now now, struct arena *mem, struct groups_view *out)
{
    struct walk w = {.e = e, .now = now, .mem = mem, .out = out};

    out->n = 0;
    out->v = ARENA_ARRAY(mem, struct group_view, e->groups.n);
    w.muting = ARENA_ARRAY(mem, struct interval_names, e->routing.n_routes);
    if (!view_start(e, mem, &out->alerts) || out->v == NULL || w.muting == NULL) {
        out->alerts.incomplete = true;
        return;
    }
    for (const struct group *g = e->groups.first; g != NULL && !out->alerts.incomplete; g = g->next)
        out->alerts.incomplete = !view_group(&w, g);
    map_done(&w.seen);
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
