#include "route_labels.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/map.h"
#include "notify/data.h"

/* Past this many groups the cache starts anew. */
#define ENTRIES_MAX ((size_t)10000)

struct entry {
    struct string_map labels; /* rendered */
};

struct route_labels {
    const char *external_url;
    pthread_mutex_t mu;          /* guards what follows */
    const struct config *config; /* a reference: what the entries were rendered from; NULL: nothing yet */
    struct map entries;          /* by what a template may see of the group: struct entry */
    size_t renders;
};

struct route_labels *route_labels_new(const char *external_url)
{
    struct route_labels *r = xcalloc(1, sizeof(*r));

    r->external_url = external_url;
    pthread_mutex_init(&r->mu, NULL);
    return r;
}

static void entry_free(struct entry *e)
{
    for (size_t i = 0; i < e->labels.n; i++) {
        free(e->labels.v[i].name);
        free(e->labels.v[i].value);
    }
    free(e->labels.v);
    free(e);
}

static void forget_all(struct route_labels *r)
{
    struct entry *e;

    for (size_t it = 0; (e = map_next(&r->entries, &it)) != NULL;)
        entry_free(e);
    map_done(&r->entries);
}

void route_labels_free(struct route_labels *r)
{
    if (r == NULL)
        return;
    forget_all(r);
    config_unref(r->config);
    pthread_mutex_destroy(&r->mu);
    free(r);
}

size_t route_labels_renders(struct route_labels *r)
{
    pthread_mutex_lock(&r->mu);
    const size_t n = r->renders;
    pthread_mutex_unlock(&r->mu);
    return n;
}

/* ---- what a template may see ---- */

static uint64_t mix(uint64_t h, uint64_t more)
{
    h = (h ^ more) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ (h >> 29);
}

static uint64_t alert_hash(const struct alert *a, struct stamp now)
{
    const bool firing = !alert_resolved_at(a, now);
    uint64_t h = mix(a->labels->fp, a->annotations->fp);

    h = mix(h, a->generator_url->hash);
    h = mix(h, (uint64_t)a->starts_at.sec);
    h = mix(h, (uint64_t)a->starts_at.nsec);
    return mix(h, firing ? 0 : (uint64_t)a->ends_at.sec + 1);
}

/* The order of the alerts does not count: they are sorted before they are rendered. */
static uint64_t group_hash(const struct groups_view *view, const struct group_view *g, struct stamp now)
{
    uint64_t all = 0;

    for (size_t i = 0; i < g->n_all; i++)
        all += alert_hash(view->alerts.v[g->alerts[i]].alert, now);
    return mix(mix(mix(all, g->n_all), g->labels->fp), g->route->index);
}

/* ---- rendering ---- */

static int in_notification_order(const void *a, const void *b)
{
    const struct delivery_alert *x = a, *y = b;
    return alert_cmp(x->alert, y->alert);
}

/* The notification that the group would send now, as far as templates can see it. */
static bool as_delivery(const struct groups_view *view, const struct group_view *g, struct stamp now,
                        struct arena *mem, struct delivery *d)
{
    *d = (struct delivery){
        .config = view->alerts.config,
        .route = g->route,
        .receiver = g->route->receiver,
        .group_key = g->group_key,
        .group_labels = g->labels,
        .alerts = ARENA_ARRAY(mem, struct delivery_alert, g->n_all),
        .n_alerts = g->n_all,
        .reason = REASON_UNKNOWN,
    };
    if (d->alerts == NULL)
        return false;
    for (size_t i = 0; i < g->n_all; i++) {
        struct alert *a = view->alerts.v[g->alerts[i]].alert;
        d->alerts[i] = (struct delivery_alert){.alert = a, .firing = !alert_resolved_at(a, now)};
    }
    qsort(d->alerts, d->n_alerts, sizeof(*d->alerts), in_notification_order);
    return true;
}

static size_t render(const struct route_labels *r, const struct groups_view *view, const struct group_view *g,
                     struct now now, struct arena *mem, const struct label_sv **out)
{
    struct delivery d;

    if (!as_delivery(view, g, now.wall, mem, &d))
        return 0;
    const struct notify_data *data = notify_data_new(&d, 0, r->external_url, now, mem);
    if (data == NULL)
        return 0;
    *out = data->route_labels;
    return data->n_route_labels;
}

/* ---- the cache ---- */

/* Under the mutex. */
static bool recall(const struct route_labels *r, uint64_t hash, struct arena *mem, size_t *n,
                   const struct label_sv **out)
{
    const struct entry *e = map_get(&r->entries, hash);

    if (e == NULL)
        return false;
    struct label_sv *v = ARENA_ARRAY(mem, struct label_sv, e->labels.n);
    for (*n = 0; v != NULL && *n < e->labels.n; ++*n) {
        const struct string_pair *p = &e->labels.v[*n];
        const size_t name = strlen(p->name), value = strlen(p->value);
        v[*n] = (struct label_sv){{arena_strndup(mem, p->name, name), name},
                                  {arena_strndup(mem, p->value, value), value}};
        if (v[*n].name.p == NULL || v[*n].value.p == NULL)
            break;
    }
    *out = v;
    return true;
}

/* Under the mutex. */
static void keep(struct route_labels *r, uint64_t hash, const struct label_sv *v, size_t n)
{
    struct entry *e = xcalloc(1, sizeof(*e));

    if (r->entries.n >= ENTRIES_MAX)
        forget_all(r);
    e->labels.v = xcalloc(n, sizeof(*e->labels.v));
    for (; e->labels.n < n; e->labels.n++) {
        e->labels.v[e->labels.n].name = xstrndup(v[e->labels.n].name.p, v[e->labels.n].name.n);
        e->labels.v[e->labels.n].value = xstrndup(v[e->labels.n].value.p, v[e->labels.n].value.n);
    }
    struct entry *old = map_put(&r->entries, hash, e);
    if (old != NULL) /* another thread rendered the same meanwhile */
        entry_free(old);
}

/* Under the mutex. What an older configuration gave is of no use any more. */
static void follow(struct route_labels *r, const struct config *c)
{
    if (r->config == c)
        return;
    forget_all(r);
    config_unref(r->config);
    r->config = config_ref(c);
}

size_t route_labels_of(struct route_labels *r, const struct groups_view *view, const struct group_view *group,
                       struct now now, struct arena *mem, const struct label_sv **out)
{
    const uint64_t hash = group_hash(view, group, now.wall);
    size_t n = 0;

    *out = NULL;
    if (group->n_all == 0)
        return 0;
    pthread_mutex_lock(&r->mu);
    follow(r, view->alerts.config);
    const bool known = recall(r, hash, mem, &n, out);
    pthread_mutex_unlock(&r->mu);
    if (known)
        return n;
    n = render(r, view, group, now, mem, out);
    pthread_mutex_lock(&r->mu);
    r->renders++;
    if (r->config == view->alerts.config)
        keep(r, hash, *out, n);
    pthread_mutex_unlock(&r->mu);
    return n;
}
