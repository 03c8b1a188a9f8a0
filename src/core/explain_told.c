/* What each integration was told of a group, what it would be told now, and when it is told next. The flush
 * is played on paper: the same news, the same decision, but nothing is changed. */
#include <stdlib.h>

#include "base/mem.h"
#include "explain_internal.h"
#include "internal.h"

const char *explain_told_text(enum explain_told t)
{
    static const char *const texts[] = {[TOLD_NOTHING] = "nothing",
                                        [TOLD_FIRING] = "firing",
                                        [TOLD_RESOLVED] = "resolved",
                                        [TOLD_HELD] = "held"};
    return texts[(size_t)t < COUNT_OF(texts) ? t : TOLD_NOTHING];
}

/* ---- the batch that a flush would have now ---- */

static bool is_held(const struct engine *e, const struct slot *s, const struct explain_group *g,
                    struct stamp now)
{
    return g->n_muted_by != 0 || slot_silenced(s, now) ||
           inhibitor_find(&e->inhibitor, slot_labels(s), now) != NULL;
}

static void add_item(struct batch *b, struct alert *a, bool firing, bool held)
{
    b->v[b->n++] =
        (struct batch_item){.alert = a, .hash = labels_dedup_hash(a->labels), .firing = firing, .held = held};
    b->n_held += held;
}

/* An alert that is not in the group is taken for one that fires. `stranger` stands for it; NULL: it is in. */
static struct batch batch_on_paper(const struct engine *e, const struct group *group, struct now now,
                                   struct alert *stranger, const struct explain_group *g)
{
    const size_t n = group != NULL ? group->n : 0;
    struct batch b = {.v = xcalloc(n + 1, sizeof(*b.v)), .due = now, .now = now, .ack = g->ack};

    for (const struct member *m = group != NULL ? group->first : NULL; m != NULL; m = m->next)
        add_item(&b, m->slot->version, !alert_resolved_at(m->slot->version, now.wall),
                 is_held(e, m->slot, g, now.wall));
    if (stranger != NULL)
        add_item(&b, stranger, true, g->muted);
    return b;
}

/* ---- one integration ---- */

static enum explain_told told_of(const struct ledger_entry *told, uint64_t hash)
{
    if (hash_in(hash, told->firing, told->n_firing))
        return TOLD_FIRING;
    if (hash_in(hash, told->held, told->n_held))
        return TOLD_HELD;
    return hash_in(hash, told->resolved, told->n_resolved) ? TOLD_RESOLVED : TOLD_NOTHING;
}

static void take_ledger(const struct ledger_entry *told, uint64_t hash, struct explain_integration *out)
{
    if (told == NULL)
        return;
    out->has_last = !stamp_is_unset(told->at);
    out->last_at = told->at;
    out->expires_at = told->expires_at;
    out->n_firing = told->n_firing;
    out->n_resolved = told->n_resolved;
    out->underway = told->underway;
    out->told = told_of(told, hash);
    out->owes = ledger_told(told, hash);
}

static bool take_outbox(const struct owed *o, struct arena *mem, struct explain_integration *out)
{
    if (o == NULL)
        return true;
    out->failing = true;
    out->failing_since = o->since;
    out->retry_at = o->next;
    out->attempts = o->attempts;
    out->error = arena_strndup(mem, o->error, strlen(o->error));
    return out->error != NULL;
}

static bool mentions(const struct news *news, uint64_t hash, bool send_resolved)
{
    return hash_in(hash, news->firing.v, news->firing.n) ||
           (send_resolved && hash_in(hash, news->resolved.v, news->resolved.n));
}

/* The first flush that is later than `t`, if every flush comes one interval after the one before. */
static struct stamp flush_after(const struct explain_group *g, struct stamp t)
{
    const dur_ns interval = g->route->group_interval, late = stamp_sub(t, g->next_flush);

    if (late < 0 || interval <= 0)
        return g->next_flush;
    return stamp_add(g->next_flush, (late / interval + 1) * interval);
}

static void foresee(const struct engine *e, const struct explain_group *g, const struct news *news,
                    struct explain_integration *out)
{
    const struct route *r = g->route;

    if (!g->flush_due || out->busy)
        return;
    if (out->decision != REASON_NONE) {
        const bool sooner = out->failing && stamp_before(out->retry_at, g->next_flush);
        out->has_next = true;
        out->next_at = sooner ? out->retry_at : g->next_flush;
        out->next_reason = out->decision;
    } else if (news->firing.n != 0 && out->has_last && !news->acked) {
        out->has_next = true;
        out->next_at = flush_after(g, stamp_add(out->last_at, r->repeat_interval - e->opts.repeat_on_time));
        out->next_reason = REASON_REPEAT;
    }
}

static bool take_target(const struct engine *e, const struct targets *all, const struct target *t,
                        const struct batch *b, uint64_t hash, struct arena *mem, struct explain_group *g)
{
    struct explain_integration *out = &g->integrations[g->n_integrations++];
    const struct ledger_entry *told = ledger_peek(e, t->key, b->due.wall);
    struct news news = news_of(e, b, told, t);

    *out =
        (struct explain_integration){.receiver = t->receiver, .in = t->in, .busy = branches_busy(e, t->key)};
    take_ledger(told, hash, out);
    out->owes |= branches_tell(e, t->key, hash);
    out->decision = decide_for(e, g->route, all, t, &news, told, b->due.wall);
    out->mentions = out->decision != REASON_NONE && mentions(&news, hash, t->in->settings->send_resolved);
    const bool ok = take_outbox(outbox_peek(e, t->key), mem, out);
    foresee(e, g, &news, out);
    news_done(&news);
    return ok;
}

/* ---- the group ---- */

static struct alert *stranger_of(const struct explanation *x, const struct explain_group *g)
{
    if (g->member || !x->firing)
        return NULL;
    return alert_new(labels_ref(x->labels), labels_empty(), intern(SV("")), x->at, STAMP_UNSET, x->at, false);
}

/* What would happen to an alert that comes now: the group would open. */
static void foresee_group(const struct explanation *x, struct explain_group *g)
{
    if (g->exists || !x->firing)
        return;
    g->flush_due = true;
    g->next_flush = stamp_add(x->at, g->route->group_wait);
}

bool explain_told(const struct engine *e, const struct group *group, struct now now, struct arena *mem,
                  const struct explanation *x, struct explain_group *g)
{
    const uint64_t hash = labels_dedup_hash(x->labels);
    struct alert *stranger = stranger_of(x, g);
    struct batch b = batch_on_paper(e, group, now, stranger, g);
    struct targets all = targets_of(e, g->route, g->labels, now.wall);
    bool ok = true;

    foresee_group(x, g);
    g->integrations = ARENA_ARRAY(mem, struct explain_integration, all.n);
    if (g->integrations == NULL)
        ok = false;
    for (size_t i = 0; i < all.n && ok; i++)
        ok = take_target(e, &all, &all.v[i], &b, hash, mem, g);
    targets_done(&all);
    free(b.v);
    alert_unref(stranger);
    return ok;
}
