/* What a batch has for one integration, and whether that is reason enough to tell it (pipeline.md 4.3). */

#include <stdlib.h>

#include "base/mem.h"
#include "internal.h"

/* ---- the news for one integration ---- */

/* Resolved is owed: mutes do not hold back the end of what was told firing (W-13), unless the receiver wants
 * to hear of it when they end. Who stands in no more hears of nothing that he was not told of. */
enum part news_part(const struct engine *e, const struct batch_item *it, const struct ledger_entry *told,
                    const struct target *t)
{
    if (t->role == TARGET_LEAVING && !ledger_told(told, it->hash))
        return PART_NONE;
    if (!it->held)
        return it->firing ? PART_FIRING : PART_RESOLVED;
    if (e->opts.compat_strict || !ledger_told(told, it->hash))
        return PART_NONE;
    return it->firing || t->receiver->resolved_waits ? PART_HELD : PART_RESOLVED;
}

static void add(struct hashes *h, size_t cap, uint64_t hash)
{
    if (h->v == NULL)
        h->v = xmalloc(cap * sizeof(*h->v));
    h->v[h->n++] = hash;
}

struct news news_of(const struct engine *e, const struct batch *b, const struct ledger_entry *told,
                    const struct target *t)
{
    struct news news = {0};
    struct hashes *const parts[] = {
        [PART_FIRING] = &news.firing, [PART_RESOLVED] = &news.resolved, [PART_HELD] = &news.held};

    for (size_t i = 0; i < b->n; i++) {
        const enum part part = news_part(e, &b->v[i], told, t);
        if (part != PART_NONE)
            add(parts[part], b->n, b->v[i].hash);
    }
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        hashes_sort(parts[i]);
    news.acked =
        b->ack != NULL && news.firing.n != 0 && hashes_within(&news.firing, b->ack->alerts, b->ack->n);
    return news;
}

void news_done(struct news *news)
{
    free(news->firing.v);
    free(news->resolved.v);
    free(news->held.v);
}

/* ---- the decision ---- */

/* Nothing fires any more that is not muted. */
static bool is_end(const struct ledger_entry *told, const struct news *news, bool send_resolved)
{
    return told->n_firing != 0 || (send_resolved && ledger_told_any(told, &news->resolved));
}

/* The former process may have told it or not: whatever holds now is told, so that in the end the receiver
 * knows. */
static enum notify_reason decide_again(const struct news *news, enum notify_reason underway)
{
    if (news->firing.n == 0)
        return REASON_ALL_RESOLVED;
    return underway != REASON_ALL_RESOLVED ? underway : REASON_FIRST;
}

static enum notify_reason decide(const struct news *news, const struct ledger_entry *told, bool send_resolved,
                                 dur_ns repeat_interval, struct stamp due)
{
    if (news->firing.n == 0 && news->resolved.n == 0)
        return REASON_NONE;
    if (told == NULL)
        return news->firing.n != 0 ? REASON_FIRST : REASON_NONE;
    if (told->underway != REASON_NONE)
        return decide_again(news, told->underway);
    if (!hashes_within(&news->firing, told->firing, told->n_firing))
        return told->n_firing == 0 ? REASON_FIRST : REASON_NEW_ALERTS;
    if (news->firing.n == 0)
        return is_end(told, news, send_resolved) ? REASON_ALL_RESOLVED : REASON_NONE;
    if (send_resolved && !hashes_within(&news->resolved, told->resolved, told->n_resolved))
        return REASON_SOME_RESOLVED;
    if (news->acked)
        return REASON_NONE;
    return stamp_before(told->at, stamp_add(due, -repeat_interval)) ? REASON_REPEAT : REASON_NONE;
}

/* What was told earlier than this, less repeat_interval, is told again. Upstream compares with the time of
 * the last delivery, which comes after its tick, so a repeat that is due right now has to wait for another
 * interval; W-15 lets it be told now. */
static struct stamp repeat_before(const struct engine *e, struct stamp due)
{
    return e->opts.repeat_on_time ? stamp_add(due, 1) : due;
}

enum notify_reason decide_for(const struct engine *e, const struct route *r, const struct targets *all,
                              const struct target *t, const struct news *news,
                              const struct ledger_entry *told, struct stamp due)
{
    const enum notify_reason reason =
        decide(news, told, t->in->settings->send_resolved, r->repeat_interval, repeat_before(e, due));

    if (t->role == TARGET_LEAVING && reason == REASON_REPEAT)
        return REASON_NONE;
    if (t->role != TARGET_STANDIN || told != NULL || news->firing.n != 0)
        return reason;
    const struct ledger_entry *absent = ledger_peek(e, all->v[t->instead_of].key, due);
    return ledger_told_any(absent, &news->resolved) ? REASON_ALL_RESOLVED : REASON_NONE;
}
