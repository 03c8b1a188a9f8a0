/* What happens between a flush and its end: the deliveries on their way, and what their return means for
 * ledger, outbox and group.
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

/* Retries of one delivery end here; then the outbox takes over, and looks again at what there is to say. */
#define LONGEST_FLIGHT  (300 * NS_PER_S)
#define SHORTEST_FLIGHT (10 * NS_PER_S)

/* ---- out ---- */

static void take_alerts(const struct engine *e, struct delivery *d, const struct batch *b,
                        const struct ledger_entry *told, const struct target *t)
{
    const bool send_resolved = d->integration->settings->send_resolved;

    d->alerts = xmalloc(b->n * sizeof(*d->alerts));
    for (size_t i = 0; i < b->n; i++) {
        const enum part part = news_part(e, &b->v[i], told, t);
        if (part == PART_FIRING || (part == PART_RESOLVED && send_resolved))
            d->alerts[d->n_alerts++] =
                (struct delivery_alert){.alert = alert_ref(b->v[i].alert), .firing = b->v[i].firing};
    }
}

/* Somebody who is to be stood in for soon does not get more time than that. */
static mono_ns deadline(const struct engine *e, const struct route *r, const struct target *t, mono_ns now)
{
    const dur_ns whole = route_timeout(r);
    const struct fallback *f = fallback_of(r, t->receiver, t->role != TARGET_RECEIVER);
    dur_ns longest = LONGEST_FLIGHT;

    if (e->opts.compat_strict)
        return now + whole;
    if (f->receiver != NULL && f->after < longest)
        longest = f->after > SHORTEST_FLIGHT ? f->after : SHORTEST_FLIGHT;
    return now + (whole < longest ? whole : longest);
}

static struct delivery *delivery_new(struct engine *e, const struct group *g, const struct target *t,
                                     const struct batch *b, const struct ledger_entry *told,
                                     enum notify_reason reason)
{
    struct delivery *d = xcalloc(1, sizeof(*d));
    struct strbuf key = {0};

    group_key_add(&key, g->route, g->labels);
    d->id = ++e->last_delivery;
    d->config = config_ref(e->config);
    d->route = g->route;
    d->receiver = t->receiver;
    d->integration = t->in;
    d->group_key = strbuf_take(&key);
    d->group_labels = labels_ref(g->labels);
    d->reason = reason;
    d->due = b->due;
    d->deadline = deadline(e, g->route, t, b->now.mono);
    if (told != NULL && told->receiver_data != NULL && reason != REASON_FIRST)
        d->receiver_data = labels_ref(told->receiver_data);
    take_alerts(e, d, b, told, t);
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

static struct stamp told_at(const struct engine *e, const struct delivery *d, struct stamp now)
{
    if (e->opts.repeat_on_time)
        return d->due.wall;
    return stamp_is_unset(d->finished_at) ? now : d->finished_at;
}

static void tell(struct engine *e, struct group *g, const struct targets *all, const struct target *t,
                 const struct batch *b, struct effects *fx)
{
    const struct ledger_entry *told = ledger_get(e, t->key, b->due.wall);
    struct news news = news_of(e, b, told, t);
    const enum notify_reason reason = decide_for(e, g->route, all, t, &news, told, b->due.wall);
    const bool send = reason != REASON_NONE, later = send && outbox_holds(e, t->key, b->now);
    struct delivery *d = send && !later ? delivery_new(e, g, t, b, told, reason) : NULL;

    if (told != NULL && !e->opts.compat_strict)
        ledger_keep(e, told, g->route, &news, send, b->now.wall, fx);
    if (d == NULL) {
        if (!later)
            outbox_settled(e, t->key, fx);
        news_done(&news);
        return;
    }
    target_explain(e, all, t, d);
    ledger_intend(e, t->key, reason, g->route, &news, b->now.wall, fx);
    outbox_underway(e, t->key);
    emit_decision(e, g, b, d, fx);
    branch_start(e, g, d, t->key, news);
    effect_delivery(fx, d);
}

void branches_adopt(struct engine *e, const char *key, struct group *g)
{
    struct branch *br = strmap_get(&e->busy, sv_of(key));
    if (br != NULL && br->group == NULL)
        attach(br, g);
}

/* A delivery of a group that is gone goes on; the group that came after it waits for it. */
static bool is_busy(struct engine *e, struct group *g, const char *key, mono_ns due)
{
    struct branch *br = strmap_get(&e->busy, sv_of(key));

    if (br == NULL)
        return false;
    branches_adopt(e, key, g);
    br->missed_at = due;
    return true;
}

void branches_start(struct engine *e, struct group *g, const struct batch *b, const char *only,
                    struct effects *fx)
{
    if (e->opts.compat_strict && b->n_held == b->n)
        return;
    struct targets all = targets_of(e, g->route, g->labels, b->now.wall);
    for (size_t i = 0; i < all.n; i++) {
        const struct target *t = &all.v[i];
        if ((only == NULL || strcmp(t->key, only) == 0) && !is_busy(e, g, t->key, b->due.mono))
            tell(e, g, &all, t, b, fx);
    }
    targets_done(&all);
}

bool branches_busy(const struct engine *e, const char *key)
{
    return strmap_get(&e->busy, sv_of(key)) != NULL;
}

bool branches_tell(const struct engine *e, const char *key, uint64_t hash)
{
    const struct branch *br = strmap_get(&e->busy, sv_of(key));
    return br != NULL && hash_in(hash, br->news.firing.v, br->news.firing.n);
}

bool branches_mention(const struct group *g, uint64_t hash)
{
    for (const struct branch *br = g->out; br != NULL; br = br->next)
        if (hash_in(hash, br->news.firing.v, br->news.firing.n) ||
            hash_in(hash, br->news.resolved.v, br->news.resolved.n))
            return true;
    return false;
}

bool branches_block(const struct engine *e, const struct group *g, struct stamp now)
{
    if (g->out == NULL || e->opts.compat_strict)
        return g->out != NULL;
    struct targets all = targets_of(e, g->route, g->labels, now);
    bool block = true;
    for (size_t i = 0; i < all.n && block; i++)
        block = branches_busy(e, all.v[i].key);
    targets_done(&all);
    return block;
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
static void branch_back(struct engine *e, const struct branch *br, const struct delivery *d, bool told,
                        struct now now, struct effects *fx)
{
    struct group *g = br->group;

    detach(br);
    g->failed |= !d->ok;
    g->cut |= is_cut(d);
    if (g->cut || (told && !group_settle(e, g, now, fx)) || (e->opts.compat_strict && g->out != NULL))
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

/* What is given up counts as told: it is tried again when there are news, or at the next repeat. */
static bool is_given_up(struct engine *e, const struct branch *br, const struct delivery *d, struct now now,
                        struct effects *fx)
{
    if (e->opts.compat_strict)
        return false;
    if (br->group != NULL)
        return !outbox_failed(e, br->group, br->ledger_key, d, now, fx);
    outbox_lost(e, br->ledger_key, d, now.wall, fx);
    return false;
}

/* True: it counts as told. What was cut off by a stop may have arrived: its intent stays. */
static bool branch_end(struct engine *e, const struct branch *br, const struct delivery *d, struct now now,
                       struct effects *fx)
{
    if (!e->opts.compat_strict)
        (void)strmap_del(&e->busy, sv_of(br->ledger_key));
    if (is_cut(d))
        return false;
    if (!d->ok && !is_given_up(e, br, d, now, fx)) {
        ledger_withdraw(e, br->ledger_key, fx);
        return false;
    }
    ledger_write(e, br->ledger_key, d, d->ok ? told_at(e, d, now.wall) : now.wall, &br->news, fx);
    outbox_settled(e, br->ledger_key, fx);
    return true;
}

void engine_delivered(struct engine *e, struct delivery *d, struct now now, struct effects *fx)
{
    struct branch *br = map_del(&e->branches, d->id);

    if (delivery_was_tried(d)) /* else it is no news that nothing is sent there for now */
        emit_outcome(e, d, now.wall, fx);
    if (br != NULL) {
        const bool told = branch_end(e, br, d, now, fx);
        if (br->group != NULL)
            branch_back(e, br, d, told, now, fx);
        branch_free(br);
    } else {
        letter_replayed(e, d, fx);
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
