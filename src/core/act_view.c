/* What can be seen of a group by who acts on it, under the read lock (core/act.h). */
#include <stdlib.h>

#include "core/view.h"
#include "internal.h"

/* False: the arena is full; what was taken before is in `out`. */
static bool take(const struct engine *e, const struct group *g, struct stamp now, struct arena *mem,
                 struct group_card *out)
{
    CLEANUP(strbuf_donep) struct strbuf key = {0};

    *out =
        (struct group_card){.config = engine_config(e), .route = g->route, .labels = labels_ref(g->labels)};
    out->ack = g->ack != NULL ? ack_ref(g->ack) : NULL;
    group_key_add(&key, g->route, g->labels);
    out->key = arena_strndup(mem, key.p, key.n);
    out->alerts = ARENA_ARRAY(mem, struct group_card_alert, g->n);
    for (const struct member *m = g->first; out->alerts != NULL && m != NULL; m = m->next) {
        const bool firing = !alert_resolved_at(m->slot->version, now);
        out->alerts[out->n_alerts++] =
            (struct group_card_alert){.alert = alert_ref(m->slot->version),
                                      .firing = firing,
                                      .acked = ack_covers(g->ack, slot_labels(m->slot))};
        out->n_firing += firing;
    }
    return out->key != NULL && out->alerts != NULL;
}

void group_card_done(struct group_card *c)
{
    for (size_t i = 0; i < c->n_alerts; i++)
        alert_unref(c->alerts[i].alert);
    labels_unref(c->labels);
    ack_unref(c->ack);
    silence_unref(c->silence);
    matchers_done(&c->matchers);
    config_unref(c->config);
    *c = (struct group_card){0};
}

bool engine_group_card(const struct engine *e, struct group_id id, struct now now, struct arena *mem,
                       struct group_card *out)
{
    const struct group *g = group_by_id(e, id);

    if (g == NULL)
        return false;
    if (!take(e, g, now.wall, mem, out)) {
        group_card_done(out);
        return false;
    }
    group_matchers(g, &out->matchers);
    struct silence *s = group_silence_of(e, &out->matchers, now.wall);
    out->silence = s != NULL ? silence_ref(s) : NULL;
    out->until_resolved = s != NULL && strcmp(g->until_resolved, s->id) == 0;
    return true;
}

/* ---- the acknowledged groups ---- */

static int by_age(const void *a, const void *b)
{
    const struct group_card *x = a, *y = b;
    const int order = stamp_cmp(x->ack->at, y->ack->at);
    return order != 0 ? order : strcmp(x->key, y->key);
}

static size_t count_acked(const struct engine *e)
{
    size_t n = 0;
    for (const struct group *g = e->groups.first; g != NULL; g = g->next)
        n += g->ack != NULL;
    return n;
}

void engine_view_acks(const struct engine *e, struct now now, struct arena *mem, struct acks_view *out)
{
    *out = (struct acks_view){0};
    out->v = ARENA_ARRAY(mem, struct group_card, count_acked(e));
    out->incomplete = out->v == NULL;
    for (const struct group *g = e->groups.first; g != NULL && !out->incomplete; g = g->next)
        if (g->ack != NULL)
            out->incomplete = !take(e, g, now.wall, mem, &out->v[out->n++]);
    if (!out->incomplete && out->n > 1)
        qsort(out->v, out->n, sizeof(*out->v), by_age);
}

void acks_view_done(struct acks_view *v)
{
    for (size_t i = 0; i < v->n; i++)
        group_card_done(&v->v[i]);
}
