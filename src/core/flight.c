/* What happens between a flush and its end: the decision per integration (pipeline.md 4.3), the deliveries on
 * their way, and what their return means for ledger and group.
 *
 * Integrations do not wait for each other: a tick tells those who are free, and those who are not are asked
 * again when their delivery is back (W-16). Per line of the ledger there is one delivery at a time. Under
 * --compat.strict a flush ends with the last of its deliveries, and nothing happens before.
 */

#include <stdlib.h>

#include "base/mem.h"
#include "internal.h"

struct branch {
    struct group *group; /* NULL once the group is gone */
    struct branch *next; /* of the group */
    char *ledger_key;
    struct news news;  /* for the ledger, once they are delivered */
    mono_ns missed_at; /* the last tick that found it on its way was due then; MONO_NEVER: none did */
};

/* ---- the news for one integration ---- */

enum part { PART_FIRING, PART_RESOLVED, PART_HELD, PART_NONE };

/* Resolved is owed: mutes do not hold back the end of what was told firing (W-13). */
static enum part part_of(const struct engine *e, const struct batch_item *it, const struct ledger_entry *told)
{
    if (!it->held)
        return it->firing ? PART_FIRING : PART_RESOLVED;
    if (e->opts.compat_strict || !ledger_told(told, it->hash))
        return PART_NONE;
    return it->firing ? PART_HELD : PART_RESOLVED;
}

static void add(struct hashes *h, size_t cap, uint64_t hash)
{
    if (h->v == NULL)
        h->v = xmalloc(cap * sizeof(*h->v));
    h->v[h->n++] = hash;
}

static struct news news_of(const struct engine *e, const struct batch *b, const struct ledger_entry *told)
{
    struct news news = {0};
    struct hashes *const parts[] = {
        [PART_FIRING] = &news.firing, [PART_RESOLVED] = &news.resolved, [PART_HELD] = &news.held};

    for (size_t i = 0; i < b->n; i++) {
        const enum part part = part_of(e, &b->v[i], told);
        if (part != PART_NONE)
            add(parts[part], b->n, b->v[i].hash);
    }
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        hashes_sort(parts[i]);
    return news;
}

static void news_done(struct news *news)
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
    return stamp_before(told->at, stamp_add(due, -repeat_interval)) ? REASON_REPEAT : REASON_NONE;
}

/* ---- out ---- */

static void take_alerts(const struct engine *e, struct delivery *d, const struct batch *b,
                        const struct ledger_entry *told)
{
    const bool send_resolved = d->integration->settings->send_resolved;

    d->alerts = xmalloc(b->n * sizeof(*d->alerts));
    for (size_t i = 0; i < b->n; i++) {
        const enum part part = part_of(e, &b->v[i], told);
        if (part == PART_FIRING || (part == PART_RESOLVED && send_resolved))
            d->alerts[d->n_alerts++] =
                (struct delivery_alert){.alert = alert_ref(b->v[i].alert), .firing = b->v[i].firing};
    }
}

static struct delivery *delivery_new(struct engine *e, const struct group *g, const struct integration *in,
                                     const struct batch *b, const struct ledger_entry *told,
                                     enum notify_reason reason)
{
    struct delivery *d = xcalloc(1, sizeof(*d));
    struct strbuf key = {0};

    group_key_add(&key, g->route, g->labels);
    d->id = ++e->last_delivery;
    d->config = config_ref(e->config);
    d->route = g->route;
    d->receiver = g->route->receiver;
    d->integration = in;
    d->group_key = strbuf_take(&key);
    d->group_labels = labels_ref(g->labels);
    d->reason = reason;
    d->due = b->due;
    d->deadline = b->now.mono + route_timeout(g->route);
    take_alerts(e, d, b, told);
    return d;
}

static void attach(struct branch *br, struct group *g)
{
    br->group = g;
    br->next = g->out;
    g->out = br;
}

static void detach(const struct branch *br)
{
    struct branch **at = &br->group->out;

    while (*at != br)
        at = &(*at)->next;
    *at = br->next;
}

/* Takes over the news. */
static void branch_start(struct engine *e, struct group *g, const struct delivery *d, const char *key,
                         struct news news)
{
    struct branch *br = xmalloc(sizeof(*br));

    *br = (struct branch){.ledger_key = xstrdup(key), .news = news, .missed_at = MONO_NEVER};
    attach(br, g);
    map_put(&e->branches, d->id, br);
    if (!e->opts.compat_strict)
        strmap_put(&e->busy, sv_of(br->ledger_key), br);
}

/* What was told earlier than this, less repeat_interval, is told again. Upstream compares with the time of
 * the last delivery, which comes after its tick, so a repeat that is due right now has to wait for another
 * interval; W-15 lets it be told now. */
static struct stamp repeat_before(const struct engine *e, struct stamp due)
{
    return e->opts.repeat_on_time ? stamp_add(due, 1) : due;
}

static struct stamp told_at(const struct engine *e, const struct delivery *d, struct stamp now)
{
    if (e->opts.repeat_on_time)
        return d->due.wall;
    return stamp_is_unset(d->finished_at) ? now : d->finished_at;
}

static void tell(struct engine *e, struct group *g, const struct integration *in, const char *key,
                 const struct batch *b, struct effects *fx)
{
    const bool send_resolved = in->settings->send_resolved;
    const struct ledger_entry *told = ledger_get(e, key, b->due.wall);
    struct news news = news_of(e, b, told);
    const enum notify_reason reason =
        decide(&news, told, send_resolved, g->route->repeat_interval, repeat_before(e, b->due.wall));
    const bool send = reason != REASON_NONE;
    struct delivery *d = send ? delivery_new(e, g, in, b, told, reason) : NULL;

    if (told != NULL && !e->opts.compat_strict)
        ledger_keep(e, told, g->route, &news, send, b->now.wall, fx);
    if (!send) {
        news_done(&news);
        return;
    }
    ledger_intend(e, key, reason, g->route, &news, b->now.wall, fx);
    emit_decision(e, g, b, d, fx);
    branch_start(e, g, d, key, news);
    effect_delivery(fx, d);
}

/* A delivery of a group that is gone goes on; the group that came after it waits for it. */
static bool is_busy(struct engine *e, struct group *g, const char *key, mono_ns due)
{
    struct branch *br = strmap_get(&e->busy, sv_of(key));

    if (br == NULL)
        return false;
    if (br->group == NULL)
        attach(br, g);
    br->missed_at = due;
    return true;
}

void branches_start(struct engine *e, struct group *g, const struct batch *b, const char *only,
                    struct effects *fx)
{
    const struct receiver *receiver = g->route->receiver;

    if (e->opts.compat_strict && b->n_held == b->n)
        return;
    for (size_t i = 0; i < receiver->n_integrations; i++) {
        char *key = ledger_key(e, g->route, g->labels, &receiver->integrations[i]);
        if ((only == NULL || strcmp(key, only) == 0) && !is_busy(e, g, key, b->due.mono))
            tell(e, g, &receiver->integrations[i], key, b, fx);
        free(key);
    }
}

bool branches_tell(const struct engine *e, const char *key, uint64_t hash)
{
    const struct branch *br = strmap_get(&e->busy, sv_of(key));
    return br != NULL && hash_in(hash, br->news.firing.v, br->news.firing.n);
}

bool branches_block(const struct engine *e, const struct group *g)
{
    const struct receiver *receiver = g->route->receiver;
    bool block = g->out != NULL;

    for (size_t i = 0; i < receiver->n_integrations && block && !e->opts.compat_strict; i++) {
        char *key = ledger_key(e, g->route, g->labels, &receiver->integrations[i]);
        block = strmap_get(&e->busy, sv_of(key)) != NULL;
        free(key);
    }
    return block;
}

/* ---- the end of resolved alerts ---- */

/* What the integrations of a group were told last, NULL: nothing. The caller frees the array. */
static const struct ledger_entry **told_of(const struct engine *e, const struct group *g, struct stamp now)
{
    const struct receiver *receiver = g->route->receiver;
    const struct ledger_entry **told = xcalloc(receiver->n_integrations, sizeof(struct ledger_entry *));

    for (size_t i = 0; i < receiver->n_integrations; i++) {
        char *key = ledger_key(e, g->route, g->labels, &receiver->integrations[i]);
        told[i] = ledger_peek(e, key, now);
        free(key);
    }
    return told;
}

/* Somebody was told of the alert and not of its end, or is being told of either. */
static bool is_awaited(const struct group *g, const struct ledger_entry *const *told, uint64_t hash)
{
    for (size_t i = 0; i < g->route->receiver->n_integrations; i++)
        if (ledger_told(told[i], hash))
            return true;
    for (const struct branch *br = g->out; br != NULL; br = br->next)
        if (hash_in(hash, br->news.firing.v, br->news.firing.n) ||
            hash_in(hash, br->news.resolved.v, br->news.resolved.n))
            return true;
    return false;
}

/* Alerts of which something newer was heard since the flush stay. */
static bool let_go(struct engine *e, struct group *g, const struct ledger_entry *const *told, struct now now,
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
    const struct ledger_entry **told = told_of(e, g, now.wall);
    const bool left = let_go(e, g, told, now, fx);
    free(told);
    return left;
}

/* ---- back ---- */

static bool is_cut(const struct delivery *d)
{
    return !d->ok && d->failure == FAILURE_CANCELED;
}

static void branch_free(struct branch *br)
{
    news_done(&br->news);
    free(br->ledger_key);
    free(br);
}

/* What the group had to say while the delivery was on its way is compared with what is known now. With the
 * last delivery the flush has come to its end, and is persisted as one that has. After a stop nothing changes
 * any more: the next process makes the flush again, with all its alerts. */
static void branch_back(struct engine *e, const struct branch *br, const struct delivery *d, struct now now,
                        struct effects *fx)
{
    struct group *g = br->group;

    detach(br);
    g->failed |= !d->ok;
    g->cut |= is_cut(d);
    if (g->cut || (d->ok && !group_settle(e, g, now, fx)) || (e->opts.compat_strict && g->out != NULL))
        return;
    if (g->missed) {
        g->missed = false;
        group_tick(e, g, tick_due(&now, g->timer.at), now, fx);
        return;
    }
    if (br->missed_at != MONO_NEVER &&
        !group_catch_up(e, g, br->ledger_key, tick_due(&now, br->missed_at), now, fx))
        return;
    if (g->out == NULL)
        group_record(g, false, now, fx);
}

/* What was cut off by a stop may have arrived: its intent stays. */
static void branch_end(struct engine *e, const struct branch *br, const struct delivery *d, struct now now,
                       struct effects *fx)
{
    if (!e->opts.compat_strict)
        (void)strmap_del(&e->busy, sv_of(br->ledger_key));
    if (d->ok)
        ledger_write(e, br->ledger_key, told_at(e, d, now.wall), d->route, &br->news, fx);
    else if (!is_cut(d))
        ledger_withdraw(e, br->ledger_key, fx);
}

void engine_delivered(struct engine *e, struct delivery *d, struct now now, struct effects *fx)
{
    struct branch *br = map_del(&e->branches, d->id);

    emit_outcome(e, d, now.wall, fx);
    if (br != NULL) {
        branch_end(e, br, d, now, fx);
        if (br->group != NULL)
            branch_back(e, br, d, now, fx);
        branch_free(br);
    }
    delivery_free(d);
}

void branches_orphan(struct group *g)
{
    for (struct branch *br = g->out; br != NULL; br = br->next)
        br->group = NULL;
    g->out = NULL;
}

void branches_done(struct engine *e)
{
    struct branch *br;

    strmap_done(&e->busy);
    for (size_t it = 0; (br = map_next(&e->branches, &it)) != NULL;) {
        if (br->group != NULL)
            br->group->out = NULL;
        branch_free(br);
    }
    map_done(&e->branches);
}
