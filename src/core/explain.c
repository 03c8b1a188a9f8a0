/* Taking an explanation from the engine (core/explain.h): routes, mutes, groups. What the integrations know
 * is in explain_told.c. */
#include "core/explain.h"

#include <stdlib.h>

#include "core/view.h"
#include "explain_internal.h"
#include "internal.h"

/* How far ahead the end of a time interval is looked for. */
#define LOOK_AHEAD (8 * 24 * 3600 * NS_PER_S)

struct labels *engine_known_labels(const struct engine *e, uint64_t fp)
{
    const struct slot *s = slot_find(e, fp);
    return s != NULL ? labels_ref(s->version->labels) : NULL;
}

/* ---- routes ---- */

static size_t depth_of(const struct route *r)
{
    size_t depth = 0;
    while ((r = r->parent) != NULL)
        depth++;
    return depth;
}

static void note_mismatch(struct explain_route *out, const struct labels *ls)
{
    const struct matchers *ms = &out->route->matchers;
    size_t i = 0;

    while (i + 1 < ms->n && matcher_matches(&ms->v[i], labels_get(ls, istr_sv(ms->v[i].name))))
        i++;
    out->mismatch = &ms->v[i];
    out->value = labels_get(ls, istr_sv(ms->v[i].name));
}

static void on_tried(void *ctx, const struct route *r, bool matched)
{
    struct explanation *x = ctx;
    struct explain_route *out = &x->routes[x->n_routes++];

    *out = (struct explain_route){.route = r, .depth = depth_of(r), .matched = matched};
    if (!matched)
        note_mismatch(out, x->labels);
}

/* The routes that take the alert. Room for all is in `taken`. */
static size_t explain_routes(struct explanation *x, const struct route **taken)
{
    const size_t n = config_routes(x->config, x->labels, taken, x->config->n_routes);

    config_trace(x->config, x->labels, on_tried, x);
    for (size_t i = 0; i < x->n_routes; i++)
        for (size_t k = 0; k < n; k++)
            x->routes[i].taken |= taken[k] == x->routes[i].route;
    return n;
}

/* ---- mutes ---- */

/* Only the first rule with a source keeps an alert quiet, but whoever asks wants to know them all. */
static bool explain_inhibitions(const struct engine *e, struct arena *mem, struct explanation *x)
{
    const struct slot *source;
    size_t rule = 0;

    x->inhibitions = ARENA_ARRAY(mem, struct explain_inhibition, e->inhibitor.n_rules);
    if (x->inhibitions == NULL)
        return false;
    while ((source = inhibitor_find_rule(&e->inhibitor, x->labels, x->at, &rule)) != NULL)
        x->inhibitions[x->n_inhibitions++] =
            (struct explain_inhibition){.rule = rule++, .source = alert_ref(source->version)};
    return true;
}

static bool explain_silences(const struct engine *e, struct arena *mem, struct explanation *x)
{
    const struct silences *t = &e->silences;

    x->silences = ARENA_ARRAY(mem, struct silence *, t->n);
    for (size_t i = 0; x->silences != NULL && i < t->n; i++) {
        struct silence *s = t->v[i]->version;
        if (!stamp_before(s->ends_at, x->at) && matchers_match(&s->matchers, x->labels))
            x->silences[x->n_silences++] = silence_ref(s);
    }
    return x->silences != NULL;
}

static bool silenced_until(const struct explanation *x, struct stamp *until)
{
    bool any = false;

    for (size_t i = 0; i < x->n_silences; i++) {
        if (!silence_mutes(x->silences[i], x->at))
            continue;
        if (!any || stamp_before(*until, x->silences[i]->ends_at))
            *until = x->silences[i]->ends_at;
        any = true;
    }
    return any;
}

static bool explain_intervals(struct arena *mem, struct stamp now, struct explain_group *g)
{
    const char **names;
    const size_t n = route_muted_by(g->route, now, &names);
    const dur_ns wait = n != 0 ? route_unmuted_in(g->route, now, LOOK_AHEAD) : 0;

    g->muted_by = ARENA_ARRAY(mem, const char *, n);
    for (size_t i = 0; g->muted_by != NULL && i < n; i++)
        g->muted_by[g->n_muted_by++] = names[i]; /* of the configuration */
    g->outside_active = route_outside_active(g->route, now);
    g->has_intervals_until = n != 0 && wait < LOOK_AHEAD;
    g->intervals_until = stamp_add(now, wait);
    free(names);
    return g->muted_by != NULL;
}

/* The order is that of the stages. */
static void explain_mute(const struct explanation *x, struct explain_group *g)
{
    if (x->n_inhibitions != 0) {
        g->cause = MUTE_INHIBITION;
    } else if (g->n_muted_by != 0) {
        g->cause = MUTE_INTERVAL;
        g->has_until = g->has_intervals_until;
        g->until = g->intervals_until;
    } else if (silenced_until(x, &g->until)) {
        g->cause = MUTE_SILENCE;
        g->has_until = true;
    }
    g->muted = g->cause != MUTE_NONE;
}

/* ---- groups ---- */

static bool explain_key(struct arena *mem, struct explain_group *g)
{
    CLEANUP(strbuf_donep) struct strbuf key = {0};

    group_key_add(&key, g->route, g->labels);
    g->key = arena_strndup(mem, key.p, key.n);
    return g->key != NULL;
}

static void explain_timer(const struct group *group, struct now now, struct explain_group *g)
{
    g->exists = true;
    memcpy(g->uuid, group->uuid, sizeof(g->uuid));
    g->opened_at = group->created_at;
    g->flushes = group->flush_id;
    g->ack = group->ack != NULL ? ack_ref(group->ack) : NULL;
    g->flush_due = timer_armed(&group->timer);
    if (g->flush_due)
        g->next_flush = group_next_flush(group, now);
}

static bool explain_group(const struct engine *e, const struct route *r, struct now now, struct arena *mem,
                          struct explanation *x)
{
    struct explain_group *g = &x->groups[x->n_groups++];
    const struct slot *s = x->alert != NULL ? slot_find(e, x->labels->fp) : NULL;

    *g = (struct explain_group){.route = r, .labels = group_labels(r, x->labels)};
    const struct group *group = map_get(&e->routing.routes[r->index].groups, g->labels->fp);
    if (group != NULL)
        explain_timer(group, now, g);
    g->member = s != NULL && slot_member(s, r) != NULL;
    g->acked = ack_covers(g->ack, x->labels);
    if (!explain_key(mem, g) || !explain_intervals(mem, now.wall, g))
        return false;
    explain_mute(x, g);
    return explain_told(e, group, now, mem, x, g);
}

/* ---- the whole ---- */

static void explain_alert(const struct engine *e, struct explanation *x)
{
    const struct slot *s = slot_find(e, x->labels->fp);

    x->firing = true; /* as it would, if it is unknown */
    if (s == NULL || !labels_equal(s->version->labels, x->labels))
        return;
    x->alert = alert_ref(s->version);
    x->firing = !alert_resolved_at(x->alert, x->at);
}

void engine_explain(const struct engine *e, struct labels *ls, struct now now, struct arena *mem,
                    struct explanation *x)
{
    *x = (struct explanation){.config = engine_config(e), .at = now.wall, .labels = labels_ref(ls)};
    const size_t room = x->config->n_routes;
    const struct route **taken = ARENA_ARRAY(mem, const struct route *, room);

    x->routes = ARENA_ARRAY(mem, struct explain_route, room);
    x->groups = ARENA_ARRAY(mem, struct explain_group, room);
    explain_alert(e, x);
    x->incomplete = taken == NULL || x->routes == NULL || x->groups == NULL ||
                    !explain_inhibitions(e, mem, x) || !explain_silences(e, mem, x);
    const size_t n = x->incomplete ? 0 : explain_routes(x, taken);
    for (size_t i = 0; i < n && !x->incomplete; i++)
        x->incomplete = !explain_group(e, taken[i], now, mem, x);
}

void explanation_done(struct explanation *x)
{
    for (size_t i = 0; i < x->n_inhibitions; i++)
        alert_unref(x->inhibitions[i].source);
    for (size_t i = 0; i < x->n_silences; i++)
        silence_unref(x->silences[i]);
    for (size_t i = 0; i < x->n_groups; i++) {
        labels_unref(x->groups[i].labels);
        ack_unref(x->groups[i].ack);
    }
    alert_unref(x->alert);
    labels_unref(x->labels);
    config_unref(x->config);
    *x = (struct explanation){0};
}
