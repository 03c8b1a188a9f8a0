/* The end of resolved alerts: a group lets go of them when nobody waits to hear of it. */

#include <stdlib.h>

#include "base/mem.h"
#include "internal.h"

/* What those who are told of the group were told last, NULL: nothing. */
struct told {
    const struct ledger_entry **v;
    size_t n;
};

static struct told told_of(const struct engine *e, const struct group *g, struct stamp now)
{
    struct targets t = targets_of(e, g->route, g->labels, now);
    struct told told = {.v = xcalloc(t.n, sizeof(struct ledger_entry *)), .n = t.n};

    for (size_t i = 0; i < t.n; i++)
        told.v[i] = ledger_peek(e, t.v[i].key, now);
    targets_done(&t);
    return told;
}

/* Somebody was told of the alert and not of its end, or is being told of either. */
static bool is_awaited(const struct group *g, const struct told *told, uint64_t hash)
{
    for (size_t i = 0; i < told->n; i++)
        if (ledger_told(told->v[i], hash))
            return true;
    return branches_mention(g, hash);
}

/* Alerts of which something newer was heard since the flush stay. */
static bool let_go(struct engine *e, struct group *g, const struct told *told, struct now now,
                   struct effects *fx)
{
    size_t left = g->n;
    struct member *next;

    for (struct member *m = g->first; m != NULL; m = next) {
        next = m->next;
        if (!m->ended || (told != NULL && is_awaited(g, told, labels_dedup_hash(slot_labels(m->slot)))))
            continue;
        left--;
        emit_in_group(e, EVENT_ALERT_SETTLED, g, m->slot->version, now.wall, fx);
        group_leave(e, m, now, fx);
    }
    return left != 0;
}

static bool any_ended(const struct group *g)
{
    const struct member *m = g->first;
    while (m != NULL && !m->ended)
        m = m->next;
    return m != NULL;
}

bool group_settle(struct engine *e, struct group *g, struct now now, struct effects *fx)
{
    if (!any_ended(g))
        return true;
    if (e->opts.compat_strict)
        return g->out != NULL || g->failed || let_go(e, g, NULL, now, fx);
    const struct told told = told_of(e, g, now.wall);
    const bool left = let_go(e, g, &told, now, fx);
    free(told.v);
    return left;
}
