/* What the engine derives from the route tree of the current configuration. */

#include <stdlib.h>

#include "base/mem.h"
#include "internal.h"

/* A flush has at least this long for its attempts, however short group_interval is. */
#define MIN_TIMEOUT (10 * NS_PER_S)

/* Twins are routes whose groups would share their lines of the notification log: same key, same receiver. */
static size_t twins_before(const struct config *c, const struct route *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->index; i++)
        n += c->routes[i]->receiver == r->receiver && strcmp(c->routes[i]->key, r->key) == 0;
    return n;
}

void routing_init(struct routing *r, const struct config *c)
{
    *r = (struct routing){.n_routes = c->n_routes};
    r->routes = xcalloc(c->n_routes, sizeof(*r->routes));
    r->scratch = xcalloc(c->n_routes, sizeof(*r->scratch));
    for (size_t i = 0; i < c->n_routes; i++)
        r->routes[i].twin = twins_before(c, c->routes[i]);
}

static void lists_free(struct route_list *l)
{
    while (l != NULL) {
        struct route_list *next = l->next;
        free(l);
        l = next;
    }
}

void routing_done(struct routing *r)
{
    struct route_list *l;
    for (size_t it = 0; (l = map_next(&r->lists, &it)) != NULL;)
        lists_free(l);
    map_done(&r->lists);
    for (size_t i = 0; i < r->n_routes; i++)
        map_done(&r->routes[i].groups);
    free(r->routes);
    free(r->scratch);
    *r = (struct routing){0};
}

dur_ns route_timeout(const struct route *r)
{
    return r->group_interval > MIN_TIMEOUT ? r->group_interval : MIN_TIMEOUT;
}

void routes_by_id(const struct config *c, struct strmap *out)
{
    for (size_t i = 0; i < c->n_routes; i++)
        strmap_put(out, sv_of(c->routes[i]->id), c->routes[i]);
}

static bool same_routes(const struct route_list *l, const struct route *const *v, size_t n)
{
    return l->n == n && memcmp(l->v, v, n * sizeof(*v)) == 0;
}

static uint64_t hash_of(const struct route *const *v, size_t n)
{
    uint64_t h = n;
    for (size_t i = 0; i < n; i++)
        h = h * UINT64_C(1099511628211) + v[i]->index + 1;
    return h;
}

static struct route_list *list_new(const struct route *const *v, size_t n, struct route_list *next)
{
    struct route_list *l = xmalloc(sizeof(*l) + n * sizeof(*v));
    l->next = next;
    l->n = n;
    memcpy(l->v, v, n * sizeof(*v));
    return l;
}

const struct route_list *routing_of(struct routing *r, const struct config *c, const struct labels *ls)
{
    const size_t n = config_routes(c, ls, r->scratch, r->n_routes);
    const uint64_t hash = hash_of(r->scratch, n);
    struct route_list *first = map_get(&r->lists, hash);

    for (struct route_list *l = first; l != NULL; l = l->next)
        if (same_routes(l, r->scratch, n))
            return l;
    struct route_list *l = list_new(r->scratch, n, first);
    map_put(&r->lists, hash, l);
    return l;
}
