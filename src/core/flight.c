/* What happens between a flush and its end: the decision per integration (pipeline.md 4.3), the deliveries on
 * their way, and what their return means for ledger and group. */

#include <stdlib.h>

#include "base/mem.h"
#include "internal.h"

/* One delivery that is on its way. */
struct branch {
    struct flight *flight;
    char *ledger_key;
};

/* ---- hashes ---- */

static int by_value(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

bool hashes_within(const struct hashes *some, const uint64_t *all, size_t n_all)
{
    size_t at = 0;
    for (size_t i = 0; i < some->n; i++) {
        while (at < n_all && all[at] < some->v[i])
            at++;
        if (at == n_all || all[at] != some->v[i])
            return false;
    }
    return true;
}

static struct hashes hashes_of(const struct batch *b, bool firing)
{
    struct hashes h = {.v = xmalloc(b->n * sizeof(uint64_t))};

    for (size_t i = 0; i < b->n; i++)
        if (b->v[i].firing == firing)
            h.v[h.n++] = labels_dedup_hash(b->v[i].alert->labels);
    qsort(h.v, h.n, sizeof(*h.v), by_value);
    return h;
}

/* ---- the decision ---- */

/* The former process may have told it or not: whatever holds now is told, so that in the end the receiver
 * knows. */
static enum notify_reason decide_again(const struct flight *f, enum notify_reason underway)
{
    if (f->firing.n == 0)
        return REASON_ALL_RESOLVED;
    return underway != REASON_ALL_RESOLVED ? underway : REASON_FIRST;
}

static enum notify_reason decide(const struct flight *f, const struct ledger_entry *told, bool send_resolved,
                                 dur_ns repeat_interval, struct stamp due)
{
    if (told == NULL)
        return f->firing.n != 0 ? REASON_FIRST : REASON_NONE;
    if (told->underway != REASON_NONE)
        return decide_again(f, told->underway);
    if (!hashes_within(&f->firing, told->firing, told->n_firing))
        return told->n_firing == 0 ? REASON_FIRST : REASON_NEW_ALERTS;
    if (f->firing.n == 0)
        return told->n_firing != 0 ? REASON_ALL_RESOLVED : REASON_NONE;
    if (send_resolved && !hashes_within(&f->resolved, told->resolved, told->n_resolved))
        return REASON_SOME_RESOLVED;
    return stamp_before(told->at, stamp_add(due, -repeat_interval)) ? REASON_REPEAT : REASON_NONE;
}

/* ---- out ---- */

static void take_alerts(struct delivery *d, const struct batch *b, bool send_resolved)
{
    d->alerts = xmalloc(b->n * sizeof(*d->alerts));
    for (size_t i = 0; i < b->n; i++)
        if (b->v[i].firing || send_resolved)
            d->alerts[d->n_alerts++] =
                (struct delivery_alert){.alert = alert_ref(b->v[i].alert), .firing = b->v[i].firing};
}

static struct delivery *delivery_new(struct engine *e, const struct group *g, const struct integration *in,
                                     const struct batch *b)
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
    take_alerts(d, b, in->settings->send_resolved);
    return d;
}

/* Takes over the key. */
static void branch_start(struct engine *e, struct flight *f, struct delivery *d, char *key_of_ledger,
                         struct effects *fx)
{
    struct branch *br = xmalloc(sizeof(*br));

    br->flight = f;
    br->ledger_key = key_of_ledger;
    map_put(&e->branches, d->id, br);
    f->n_open++;
    f->left = true;
    effect_delivery(fx, d);
}

void flight_start(struct engine *e, struct flight *f, const struct batch *b, struct now due, struct now now,
                  struct effects *fx)
{
    const struct group *g = f->group;
    const struct route *r = g->route;

    f->firing = hashes_of(b, true);
    f->resolved = hashes_of(b, false);
    for (size_t i = 0; i < r->receiver->n_integrations; i++) {
        const struct integration *in = &r->receiver->integrations[i];
        char *key_of_ledger = ledger_key(e, r, g->labels, in);
        const enum notify_reason reason = decide(f, ledger_get(e, key_of_ledger, due.wall),
                                                 in->settings->send_resolved, r->repeat_interval, due.wall);
        if (reason == REASON_NONE) {
            free(key_of_ledger);
            continue;
        }
        struct delivery *d = delivery_new(e, g, in, b);
        d->reason = reason;
        d->due = due;
        d->deadline = now.mono + route_timeout(r);
        ledger_intend(e, key_of_ledger, reason, now.wall, r, &f->firing, fx);
        branch_start(e, f, d, key_of_ledger, fx);
    }
}

/* ---- back ---- */

static void flight_free(struct flight *f)
{
    for (size_t i = 0; i < f->n_over; i++)
        alert_unref(f->over[i]);
    free(f->over);
    free(f->firing.v);
    free(f->resolved.v);
    free(f);
}

/* Resolved alerts leave, unless something newer was heard about them meanwhile. */
static void let_go(struct engine *e, struct flight *f, struct now now, struct effects *fx)
{
    for (size_t i = 0; i < f->n_over && f->group != NULL; i++) {
        const struct slot *s = slot_find(e, f->over[i]->labels->fp);
        if (s == NULL || s->version != f->over[i])
            continue;
        struct member *m = slot_member(s, f->group->route);
        if (m != NULL && m->group == f->group)
            group_leave(e, m, now, fx);
    }
}

void flight_finish(struct engine *e, struct flight *f, struct now now, struct effects *fx)
{
    if (!f->failed)
        let_go(e, f, now, fx);
    struct group *g = f->group; /* NULL when the last alert left */
    const bool ended = f->left && !f->cut;
    flight_free(f);
    if (g == NULL)
        return;
    g->flight = NULL;
    if (g->missed) {
        g->missed = false;
        group_tick(e, g, tick_due(&now, g->timer.at), now, fx);
    } else if (ended) {
        group_record(g, false, now, fx);
    }
}

/* What was cut off by a stop may have arrived: its intent stays. */
static void branch_end(struct engine *e, const struct branch *br, const struct delivery *d, struct now now,
                       struct effects *fx)
{
    struct flight *f = br->flight;

    f->failed = f->failed || !d->ok;
    if (d->ok)
        ledger_write(e, br->ledger_key, stamp_is_unset(d->finished_at) ? now.wall : d->finished_at, d->route,
                     &f->firing, &f->resolved, fx);
    else if (d->failure == FAILURE_CANCELED)
        f->cut = true;
    else
        ledger_withdraw(e, br->ledger_key, fx);
}

static void branch_free(struct branch *br)
{
    free(br->ledger_key);
    free(br);
}

void engine_delivered(struct engine *e, struct delivery *d, struct now now, struct effects *fx)
{
    struct branch *br = map_del(&e->branches, d->id);
    if (br == NULL) {
        delivery_free(d);
        return;
    }
    struct flight *f = br->flight;
    branch_end(e, br, d, now, fx);
    branch_free(br);
    delivery_free(d);
    if (--f->n_open == 0)
        flight_finish(e, f, now, fx);
}

void flights_done(struct engine *e)
{
    struct branch *br;
    for (size_t it = 0; (br = map_next(&e->branches, &it)) != NULL;) {
        if (--br->flight->n_open == 0) {
            if (br->flight->group != NULL)
                br->flight->group->flight = NULL;
            flight_free(br->flight);
        }
        branch_free(br);
    }
    map_done(&e->branches);
}
