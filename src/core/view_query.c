/* Filtering and sorting what was taken from the engine: no lock is held here. */

#include <stdlib.h>

#include "base/mem.h"
#include "core/view.h"

/* ---- references ---- */

static void alert_view_done(struct alert_view *v)
{
    alert_unref(v->alert);
    for (size_t i = 0; i < v->n_silenced_by; i++)
        silence_unref(v->silenced_by[i]);
}

void alerts_view_done(struct alerts_view *v)
{
    for (size_t i = 0; i < v->n; i++)
        alert_view_done(&v->v[i]);
    config_unref(v->config);
    *v = (struct alerts_view){0};
}

void groups_view_done(struct groups_view *v)
{
    for (size_t i = 0; i < v->n; i++)
        labels_unref(v->v[i].labels);
    alerts_view_done(&v->alerts);
    *v = (struct groups_view){0};
}

void silences_view_done(struct silences_view *v)
{
    for (size_t i = 0; i < v->n; i++)
        silence_unref(v->v[i]);
    *v = (struct silences_view){0};
}

/* ---- receivers: what the query says of each route ---- */

enum { RECEIVER_NAMED = 1, RECEIVER_LABELLED = 2, RECEIVER_WANTED = 3 };

static bool labels_match(const struct receiver *r, const struct matchers *ms)
{
    struct label_sv *pairs = xmalloc(r->labels.n * sizeof(*pairs));

    for (size_t i = 0; i < r->labels.n; i++)
        pairs[i] = (struct label_sv){sv_of(r->labels.v[i].name), sv_of(r->labels.v[i].value)};
    CLEANUP(labels_unrefp) struct labels *ls = labels_new(pairs, r->labels.n);
    free(pairs);
    return matchers_filter(ms, ls);
}

/* By route index; the caller frees it. */
static unsigned char *wanted_routes(const struct config *c, const struct alert_query *q)
{
    unsigned char *wanted = xcalloc(c->n_routes, 1);

    for (size_t i = 0; i < c->n_routes; i++) {
        const struct receiver *r = c->routes[i]->receiver;
        if (q->receiver == NULL || re_match(q->receiver, sv_of(r->name)))
            wanted[i] |= RECEIVER_NAMED;
        if (q->receiver_matchers == NULL || labels_match(r, q->receiver_matchers))
            wanted[i] |= RECEIVER_LABELLED;
    }
    return wanted;
}

/* Each condition may be met by another one of the alert's receivers. */
static bool takes_wanted_routes(const struct alert_view *v, const unsigned char *wanted)
{
    unsigned met = 0;
    for (size_t i = 0; i < v->n_routes; i++)
        met |= wanted[v->routes[i]->index];
    return met == RECEIVER_WANTED;
}

/* ---- alerts ---- */

static bool wanted_alert(const struct alert_view *v, const struct alert_query *q)
{
    const bool silenced = v->n_silenced_by != 0;

    return (q->active || silenced || v->inhibited) && (q->silenced || !silenced) &&
           (q->inhibited || !v->inhibited) &&
           (q->filter == NULL || matchers_filter(q->filter, v->alert->labels));
}

void alerts_view_filter(struct alerts_view *v, const struct alert_query *q)
{
    unsigned char *wanted = wanted_routes(v->config, q);
    size_t kept = 0;

    for (size_t i = 0; i < v->n; i++) {
        if (wanted_alert(&v->v[i], q) && takes_wanted_routes(&v->v[i], wanted))
            v->v[kept++] = v->v[i];
        else
            alert_view_done(&v->v[i]);
    }
    v->n = kept;
    free(wanted);
}

static int by_fingerprint(const void *a, const void *b)
{
    const uint64_t x = ((const struct alert_view *)a)->alert->labels->fp;
    const uint64_t y = ((const struct alert_view *)b)->alert->labels->fp;
    return x < y ? -1 : x > y;
}

void alerts_view_sort(struct alerts_view *v)
{
    if (v->n > 1)
        qsort(v->v, v->n, sizeof(*v->v), by_fingerprint);
}

/* ---- groups ---- */

/* Keeps the groups that `keep` says yes to, in place. */
static void keep_groups(struct groups_view *v, bool (*keep)(const struct group_view *g, const void *arg),
                        const void *arg)
{
    size_t kept = 0;
    for (size_t i = 0; i < v->n; i++) {
        if (keep(&v->v[i], arg))
            v->v[kept++] = v->v[i];
        else
            labels_unref(v->v[i].labels);
    }
    v->n = kept;
}

static bool has_wanted_route(const struct group_view *g, const void *wanted)
{
    return ((const unsigned char *)wanted)[g->route->index] == RECEIVER_WANTED;
}

static bool is_shown(const struct group_view *g, const void *query)
{
    return g->n_alerts != 0 && (((const struct alert_query *)query)->muted || g->n_muted_by == 0);
}

static void swap(size_t *a, size_t *b)
{
    const size_t was = *a;
    *a = *b;
    *b = was;
}

static void keep_wanted_alerts(struct groups_view *v, const struct alert_query *q)
{
    bool *wanted = xcalloc(v->alerts.n, sizeof(*wanted));

    for (size_t i = 0; i < v->alerts.n; i++)
        wanted[i] = wanted_alert(&v->alerts.v[i], q);
    for (size_t i = 0; i < v->n; i++) {
        struct group_view *g = &v->v[i];
        size_t kept = 0;
        for (size_t k = 0; k < g->n_alerts; k++)
            if (wanted[g->alerts[k]])
                swap(&g->alerts[kept++], &g->alerts[k]);
        g->n_alerts = kept;
    }
    free(wanted);
}

static int by_receiver_name(const void *a, const void *b)
{
    return strcmp((*(const struct receiver *const *)a)->name, (*(const struct receiver *const *)b)->name);
}

static bool make_room_for_receivers(struct groups_view *v, struct arena *mem)
{
    for (size_t i = 0; i < v->n; i++)
        for (size_t k = 0; k < v->v[i].n_alerts; k++)
            v->alerts.v[v->v[i].alerts[k]].n_receivers++;
    for (size_t i = 0; i < v->alerts.n; i++) {
        struct alert_view *a = &v->alerts.v[i];
        a->receivers = ARENA_ARRAY(mem, const struct receiver *, a->n_receivers);
        a->n_receivers = 0;
        if (a->receivers == NULL)
            return false;
    }
    return true;
}

static void fill_receivers(struct groups_view *v, struct arena *mem)
{
    for (size_t i = 0; i < v->alerts.n; i++)
        v->alerts.v[i].n_receivers = 0;
    if (!make_room_for_receivers(v, mem)) {
        v->alerts.incomplete = true;
        return;
    }
    for (size_t i = 0; i < v->n; i++)
        for (size_t k = 0; k < v->v[i].n_alerts; k++) {
            struct alert_view *a = &v->alerts.v[v->v[i].alerts[k]];
            a->receivers[a->n_receivers++] = v->v[i].route->receiver;
        }
    for (size_t i = 0; i < v->alerts.n; i++)
        if (v->alerts.v[i].n_receivers > 1)
            qsort(v->alerts.v[i].receivers, v->alerts.v[i].n_receivers, sizeof(struct receiver *),
                  by_receiver_name);
}

void groups_view_filter(struct groups_view *v, const struct alert_query *q, struct arena *mem)
{
    unsigned char *wanted = wanted_routes(v->alerts.config, q);

    keep_groups(v, has_wanted_route, wanted);
    keep_wanted_alerts(v, q);
    fill_receivers(v, mem); /* groups that are left out as muted count here */
    keep_groups(v, is_shown, q);
    free(wanted);
}

static int in_notification_order(const void *a, const void *b, void *view)
{
    const struct alert_view *v = ((const struct groups_view *)view)->alerts.v;
    return alert_cmp(v[*(const size_t *)a].alert, v[*(const size_t *)b].alert);
}

static int by_labels_and_receiver(const void *a, const void *b)
{
    const struct group_view *x = a, *y = b;
    int order = labels_cmp(x->labels, y->labels);

    if (order == 0)
        order = strcmp(x->route->receiver->name, y->route->receiver->name);
    if (order != 0)
        return order;
    return x->route->index < y->route->index ? -1 : x->route->index > y->route->index;
}

void groups_view_sort(struct groups_view *v)
{
    for (size_t i = 0; i < v->n; i++)
        qsort_r(v->v[i].alerts, v->v[i].n_alerts, sizeof(size_t), in_notification_order, v);
    if (v->n > 1)
        qsort(v->v, v->n, sizeof(*v->v), by_labels_and_receiver);
}

/* ---- silences ---- */

static bool has_matcher(const struct silence *s, const struct matcher *m)
{
    for (size_t i = 0; i < s->matchers.n; i++)
        if (matcher_equal(&s->matchers.v[i], m))
            return true;
    return false;
}

static bool wanted_silence(const struct silence *s, const struct silence_query *q, struct stamp now)
{
    const bool states[] = {
        [SILENCE_PENDING] = q->pending, [SILENCE_ACTIVE] = q->active, [SILENCE_EXPIRED] = q->expired};

    if (!states[silence_state(s, now)])
        return false;
    for (size_t i = 0; q->filter != NULL && i < q->filter->n; i++)
        if (!has_matcher(s, &q->filter->v[i]))
            return false;
    return true;
}

void silences_view_filter(struct silences_view *v, const struct silence_query *q, struct stamp now)
{
    size_t kept = 0;
    for (size_t i = 0; i < v->n; i++) {
        if (wanted_silence(v->v[i], q, now))
            v->v[kept++] = v->v[i];
        else
            silence_unref(v->v[i]);
    }
    v->n = kept;
}

static int by_state_and_time(const void *a, const void *b, void *now)
{
    static const int rank[] = {[SILENCE_ACTIVE] = 0, [SILENCE_PENDING] = 1, [SILENCE_EXPIRED] = 2};
    const struct silence *x = *(struct silence *const *)a, *y = *(struct silence *const *)b;
    const enum silence_state state = silence_state(x, *(const struct stamp *)now);
    int order = rank[state] - rank[silence_state(y, *(const struct stamp *)now)];

    if (order == 0 && state == SILENCE_PENDING)
        order = stamp_cmp(x->starts_at, y->starts_at);
    else if (order == 0)
        order = stamp_cmp(x->ends_at, y->ends_at) * (state == SILENCE_ACTIVE ? 1 : -1);
    return order != 0 ? order : strcmp(x->id, y->id);
}

void silences_view_sort(struct silences_view *v, struct stamp now)
{
    if (v->n > 1)
        qsort_r(v->v, v->n, sizeof(struct silence *), by_state_and_time, &now);
}
