/* The notification log (pipeline.md 4): what was last told, per group, receiver and integration.
 *
 * The key is upstream's, <group key>:<receiver>/<type>/<index>. Where several routes have the same key and
 * receiver, their groups would share a line and suppress each other (W-20): the second such route, counted in
 * the order of the tree, writes <group key>#1:..., the third #2, and so on. A group key ends with a brace, so
 * the mark cannot be part of it. Who stands in for another receiver has #fallback there.
 */

#include <stdlib.h>

#include "base/mem.h"
#include "internal.h"

char *ledger_key(const struct engine *e, const struct route *r, const struct labels *labels,
                 const struct receiver *receiver, const struct integration *in, bool standin)
{
    const size_t twin = e->opts.compat_strict ? 0 : e->routing.routes[r->index].twin;
    struct strbuf key = {0};

    group_key_add(&key, r, labels);
    if (twin != 0)
        strbuf_addf(&key, "#%zu", twin);
    strbuf_addf(&key, "%s:%s/%s/%zu", standin ? "#fallback" : "", receiver->name, in->type->name, in->index);
    return strbuf_take(&key);
}

static struct ledger_entry *stored(const struct engine *e, const char *key)
{
    return strmap_get(&e->ledger, sv_of(key));
}

const struct ledger_entry *ledger_peek(const struct engine *e, const char *key, struct stamp now)
{
    const struct ledger_entry *entry = stored(e, key);

    /* Upstream forgets only when it collects garbage (W-25). */
    if (entry != NULL && !e->opts.compat_strict && stamp_before(entry->expires_at, now))
        return NULL;
    return entry;
}

const struct ledger_entry *ledger_get(struct engine *e, const char *key, struct stamp now)
{
    const struct ledger_entry *entry = ledger_peek(e, key, now);

    e->stats.ledger_queries++;
    e->stats.ledger_query_misses += entry == NULL;
    return entry;
}

bool ledger_told(const struct ledger_entry *entry, uint64_t hash)
{
    return entry != NULL &&
           (hash_in(hash, entry->firing, entry->n_firing) || hash_in(hash, entry->held, entry->n_held));
}

bool ledger_told_any(const struct ledger_entry *entry, const struct hashes *some)
{
    for (size_t i = 0; i < some->n; i++)
        if (ledger_told(entry, some->v[i]))
            return true;
    return false;
}

void ledger_put(struct engine *e, struct ledger_entry *entry)
{
    ledger_entry_unref(strmap_put(&e->ledger, sv_of(entry->key), entry));
}

static void record(struct effects *fx, struct ledger_entry *entry, bool del)
{
    effect_record(fx, (struct record){.kind = RECORD_LEDGER, .del = del, .ledger = ledger_entry_ref(entry)});
}

/* Doubled, so that a repeat that comes late still finds the entry: with repeat_interval a multiple of
 * group_interval it comes one interval late, and a little more when the dispatcher is late, too. Upstream
 * takes repeat_interval alone, which may be shorter than the time to the next flush; that does not matter
 * there, because reads do not look at it. */
static dur_ns lifetime(const struct engine *e, const struct route *r)
{
    const dur_ns retention = e->opts.retention, two_flushes = 2 * route_timeout(r);
    dur_ns between = r->repeat_interval;

    if (between < two_flushes && !e->opts.compat_strict)
        between = two_flushes;
    return between > retention / 2 ? retention : 2 * between;
}

static void keep_data(struct ledger_entry *entry, struct labels *data)
{
    entry->receiver_data = data != NULL ? labels_ref(data) : NULL;
}

void ledger_write(struct engine *e, const char *key, const struct delivery *d, struct stamp at,
                  const struct news *news, struct effects *fx)
{
    const struct ledger_entry *old = stored(e, key);

    /* Not even a clock that went back makes what is told now older than what was told before (W-12). */
    if (old != NULL && stamp_before(at, stamp_add(old->at, 1000)))
        at = stamp_add(old->at, 1000);
    struct ledger_entry *entry = ledger_entry_new(
        sv_of(key), stamp_utc(at), stamp_utc(stamp_add(at, lifetime(e, d->route))), news->firing.v,
        news->firing.n, news->resolved.v, news->resolved.n, news->held.v, news->held.n);
    keep_data(entry, d->receiver_data);
    ledger_put(e, entry);
    record(fx, entry, false);
}

/* A new life for the entry, which forgets that it was told of `gone`. */
static void rewrite(struct engine *e, const struct ledger_entry *old, const struct route *r,
                    const struct hashes *gone, struct stamp now, struct effects *fx)
{
    struct hashes firing = hashes_without(old->firing, old->n_firing, gone);
    struct hashes held = hashes_without(old->held, old->n_held, gone);
    struct ledger_entry *entry =
        ledger_entry_new(sv_of(old->key), old->at, stamp_utc(stamp_add(now, lifetime(e, r))), firing.v,
                         firing.n, old->resolved, old->n_resolved, held.v, held.n);

    entry->underway = old->underway;
    keep_data(entry, old->receiver_data);
    ledger_put(e, entry);
    record(fx, entry, false);
    free(firing.v);
    free(held.v);
}

void ledger_keep(struct engine *e, const struct ledger_entry *entry, const struct route *r,
                 const struct news *news, bool sent, struct stamp now, struct effects *fx)
{
    const struct hashes none = {0};

    /* Who does not hear of resolved alerts must still hear of them when they fire again (W-14). */
    if (!sent && ledger_told_any(entry, &news->resolved))
        rewrite(e, entry, r, &news->resolved, now, fx);
    /* What is owed does not expire, however long a receiver is down, an alert is muted (W-13), or nothing is
     * repeated. */
    else if ((sent || news->acked || news->held.n != 0) &&
             stamp_sub(entry->expires_at, now) < lifetime(e, r) / 2)
        rewrite(e, entry, r, &none, now, fx);
    /* Nor does what a shorter repeat_interval gave a shorter life, before a reload. */
    else if (stamp_before(entry->expires_at, stamp_add(entry->at, lifetime(e, r))))
        rewrite(e, entry, r, &none, entry->at, fx);
}

/* ---- intents ---- */

void ledger_intend(struct engine *e, const char *key, enum notify_reason reason, const struct route *r,
                   const struct news *news, struct stamp now, struct effects *fx)
{
    static const struct ledger_entry nothing;
    const struct ledger_entry *told = ledger_peek(e, key, now);

    if (e->opts.compat_strict) /* upstream's log knows only what was told */
        return;
    if (told == NULL)
        told = &nothing;
    struct hashes firing = hashes_with(told->firing, told->n_firing, &news->firing);
    struct hashes held = hashes_without(told->held, told->n_held, &news->firing);
    struct ledger_entry *intent =
        ledger_entry_new(sv_of(key), stamp_utc(now), stamp_utc(stamp_add(now, lifetime(e, r))), firing.v,
                         firing.n, NULL, 0, held.v, held.n);
    intent->underway = reason;
    keep_data(intent, reason != REASON_FIRST ? told->receiver_data : NULL);
    record(fx, intent, false);
    ledger_entry_unref(intent);
    free(firing.v);
    free(held.v);
}

void ledger_withdraw(struct engine *e, const char *key, struct effects *fx)
{
    struct ledger_entry *told = stored(e, key);

    if (e->opts.compat_strict)
        return;
    if (told != NULL) {
        record(fx, told, false);
        return;
    }
    told = ledger_entry_new(sv_of(key), STAMP_UNSET, STAMP_UNSET, NULL, 0, NULL, 0, NULL, 0);
    record(fx, told, true);
    ledger_entry_unref(told);
}

/* ---- what is owed, and for how long ---- */

bool ledger_owes(struct engine *e, const struct route *r, const struct labels *labels, const struct alert *a,
                 struct stamp now)
{
    const uint64_t hash = labels_dedup_hash(a->labels);
    struct targets t = targets_of(e, r, labels, now);
    bool owes = false;

    for (size_t i = 0; i < t.n && !owes; i++) {
        const struct ledger_entry *entry = stored(e, t.v[i].key);
        owes = (ledger_told(entry, hash) && !stamp_before(entry->expires_at, now)) ||
               branches_tell(e, t.v[i].key, hash);
    }
    targets_done(&t);
    return owes;
}

static int by_key(const void *a, const void *b)
{
    return strcmp((*(struct ledger_entry *const *)a)->key, (*(struct ledger_entry *const *)b)->key);
}

void ledger_gc(struct engine *e, struct stamp now, struct effects *fx)
{
    struct ledger_entry **expired = NULL, *entry;
    size_t n = 0, cap = 0;

    for (size_t it = 0; (entry = strmap_next(&e->ledger, &it)) != NULL;) {
        if (stamp_before(now, entry->expires_at) || strmap_get(&e->busy, sv_of(entry->key)) != NULL)
            continue; /* the row of one that is busy is an intent */
        expired = xgrow(expired, &cap, n + 1, sizeof(struct ledger_entry *));
        expired[n++] = entry;
    }
    if (n > 1)
        qsort(expired, n, sizeof(struct ledger_entry *), by_key);
    for (size_t i = 0; i < n; i++) {
        record(fx, expired[i], true);
        strmap_del(&e->ledger, sv_of(expired[i]->key));
        ledger_entry_unref(expired[i]);
    }
    free(expired);
}

void ledger_done(struct engine *e)
{
    struct ledger_entry *entry;
    for (size_t it = 0; (entry = strmap_next(&e->ledger, &it)) != NULL;)
        ledger_entry_unref(entry);
    strmap_done(&e->ledger);
}
