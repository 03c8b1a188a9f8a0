#include "core/record.h"

#include <stdlib.h>

#include "base/mem.h"
#include "core/act.h"

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
    labels_unref(e->receiver_data);
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
    ack_unref(g->ack);
    free(g);
}

struct owed *owed_new(struct sv key, struct stamp since, struct sv error)
{
    struct owed *o = xmalloc(sizeof(*o));

    *o = (struct owed){
        .refs = 1, .key = xstrndup(key.p, key.n), .since = since, .error = xstrndup(error.p, error.n)};
    return o;
}

struct owed *owed_ref(struct owed *o)
{
    atomic_fetch_add_explicit(&o->refs, 1, memory_order_relaxed);
    return o;
}

void owed_unref(struct owed *o)
{
    if (o == NULL || atomic_fetch_sub_explicit(&o->refs, 1, memory_order_acq_rel) != 1)
        return;
    free(o->key);
    free(o->error);
    free(o);
}

const char *letter_cause_text(enum letter_cause c)
{
    static const char *const texts[] = {
        [LETTER_TOO_OLD] = "too old", [LETTER_REFUSED] = "refused", [LETTER_UNROUTED] = "unrouted"};
    return (size_t)c < COUNT_OF(texts) ? texts[c] : "unknown";
}

struct dead_letter *dead_letter_new(void)
{
    struct dead_letter *l = xcalloc(1, sizeof(*l));
    l->refs = 1;
    return l;
}

struct dead_letter *dead_letter_ref(struct dead_letter *l)
{
    atomic_fetch_add_explicit(&l->refs, 1, memory_order_relaxed);
    return l;
}

void dead_letter_unref(struct dead_letter *l)
{
    if (l == NULL || atomic_fetch_sub_explicit(&l->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < l->n_alerts; i++)
        alert_unref(l->alerts[i].alert);
    free(l->alerts);
    free(l->error);
    free(l->route_id);
    free(l->group_key);
    free(l->receiver);
    free(l->type);
    labels_unref(l->group_labels);
    free(l);
}

struct record record_ref(const struct record *r)
{
    switch (r->kind) {
    case RECORD_ALERT:
        (void)alert_ref(r->alert);
        break;
    case RECORD_SILENCE:
        (void)silence_ref(r->silence);
        break;
    case RECORD_LEDGER:
        (void)ledger_entry_ref(r->ledger);
        break;
    case RECORD_GROUP:
        (void)group_state_ref(r->group);
        break;
    case RECORD_OWED:
        (void)owed_ref(r->owed);
        break;
    case RECORD_LETTER:
        (void)dead_letter_ref(r->letter);
        break;
    }
    return *r;
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
    case RECORD_OWED:
        owed_unref(r->owed);
        break;
    case RECORD_LETTER:
        dead_letter_unref(r->letter);
        break;
    }
}
