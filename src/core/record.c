#include "core/record.h"

#include <stdlib.h>

#include "base/mem.h"

static uint64_t *copy_hashes(const uint64_t *v, size_t n)
{
    if (n == 0)
        return NULL;
    uint64_t *copy = xmalloc(n * sizeof(*v));
    memcpy(copy, v, n * sizeof(*v));
    return copy;
}

struct ledger_entry *ledger_entry_new(struct sv key, struct stamp at, struct stamp expires_at,
                                      const uint64_t *firing, size_t n_firing, const uint64_t *resolved,
                                      size_t n_resolved, const uint64_t *held, size_t n_held)
{
    struct ledger_entry *e = xmalloc(sizeof(*e));

    *e = (struct ledger_entry){
        .refs = 1,
        .key = xstrndup(key.p, key.n),
        .at = at,
        .expires_at = expires_at,
        .firing = copy_hashes(firing, n_firing),
        .n_firing = n_firing,
        .resolved = copy_hashes(resolved, n_resolved),
        .n_resolved = n_resolved,
        .held = copy_hashes(held, n_held),
        .n_held = n_held,
    };
    return e;
}

struct ledger_entry *ledger_entry_ref(struct ledger_entry *e)
{
    atomic_fetch_add_explicit(&e->refs, 1, memory_order_relaxed);
    return e;
}

void ledger_entry_unref(struct ledger_entry *e)
{
    if (e == NULL || atomic_fetch_sub_explicit(&e->refs, 1, memory_order_acq_rel) != 1)
        return;
    free(e->key);
    free(e->firing);
    free(e->resolved);
    free(e->held);
    free(e);
}

struct group_state *group_state_new(const char *route_id, struct labels *labels)
{
    struct group_state *g = xmalloc(sizeof(*g));

    *g = (struct group_state){.refs = 1, .route_id = xstrdup(route_id), .labels = labels};
    return g;
}

struct group_state *group_state_ref(struct group_state *g)
{
    atomic_fetch_add_explicit(&g->refs, 1, memory_order_relaxed);
    return g;
}

void group_state_unref(struct group_state *g)
{
    if (g == NULL || atomic_fetch_sub_explicit(&g->refs, 1, memory_order_acq_rel) != 1)
        return;
    free(g->route_id);
    labels_unref(g->labels);
    free(g);
}

void record_done(struct record *r)
{
    switch (r->kind) {
    case RECORD_ALERT:
        alert_unref(r->alert);
        break;
    case RECORD_SILENCE:
        silence_unref(r->silence);
        break;
    case RECORD_LEDGER:
        ledger_entry_unref(r->ledger);
        break;
    case RECORD_GROUP:
        group_state_unref(r->group);
        break;
    }
}
