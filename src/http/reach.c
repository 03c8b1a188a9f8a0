#include "reach.h"

#include <stdlib.h>

#include "http/host.h"
#include "listing.h"

static int by_fingerprint(const void *a, const void *b)
{
    const uint64_t x = (*(const struct alert_view *const *)a)->alert->labels->fp;
    const uint64_t y = (*(const struct alert_view *const *)b)->alert->labels->fp;
    return x < y ? -1 : x > y;
}

size_t reach_in_group(const struct reach *r, const struct group_view *g)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n_alerts; i++)
        n += r->hit[g->alerts[i]];
    return n;
}

static void count(struct reach *r, const struct matchers *matchers)
{
    for (size_t i = 0; i < r->view.alerts.n; i++) {
        r->hit[i] = matchers_match(matchers, r->view.alerts.v[i].alert->labels);
        if (r->hit[i])
            r->hits[r->n_hits++] = &r->view.alerts.v[i];
    }
    qsort(r->hits, r->n_hits, sizeof *r->hits, by_fingerprint);
    for (size_t i = 0; i < r->view.n; i++) {
        const size_t n = reach_in_group(r, &r->view.v[i]);
        r->n_groups += n != 0;
        r->n_full += n != 0 && n == r->view.v[i].n_alerts;
    }
}

bool reach_take(struct reach *r, const struct host *host, const struct matchers *matchers)
{
    *r = (struct reach){0};
    arena_init(&r->mem, LISTING_CEILING);
    engine_view_groups(host->read_begin(host->ctx), host->now(host->ctx), &r->mem, &r->view);
    host->read_end(host->ctx);
    r->hit = ARENA_ARRAY(&r->mem, bool, r->view.alerts.n);
    r->hits = ARENA_ARRAY(&r->mem, const struct alert_view *, r->view.alerts.n);
    if (r->view.alerts.incomplete || r->hit == NULL || r->hits == NULL)
        return false;
    groups_view_sort(&r->view);
    count(r, matchers);
    return true;
}

void reach_done(struct reach *r)
{
    groups_view_done(&r->view);
    arena_done(&r->mem);
}
