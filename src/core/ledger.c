/* The notification log (pipeline.md 4): what was last told, per group, receiver and integration.
 *
 * The key is upstream's, <group key>:<receiver>/<type>/<index>. Where several routes have the same key and
 * receiver, their groups would share a line and suppress each other (W-20): the second such route, counted in
 * the order of the tree, writes <group key>#1:..., the third #2, and so on. A group key ends with a brace, so
 * the mark cannot be part of it.
 */

#include <stdlib.h>

#include "base/mem.h"
#include "internal.h"

char *ledger_key(const struct engine *e, const struct route *r, const struct labels *labels,
                 const struct integration *in)
{
    const size_t twin = e->opts.compat_strict ? 0 : e->routing.routes[r->index].twin;
    struct strbuf key = {0};

    group_key_add(&key, r, labels);
    if (twin != 0)
        strbuf_addf(&key, "#%zu", twin);
    strbuf_addf(&key, ":%s/%s/%zu", r->receiver->name, in->type->name, in->index);
    return strbuf_take(&key);
}

static struct ledger_entry *stored(const struct engine *e, const char *key)
{
    return strmap_get(&e->ledger, sv_of(key));
}

const struct ledger_entry *ledger_get(struct engine *e, const char *key, struct stamp now)
{
    const struct ledger_entry *entry = stored(e, key);

    /* Upstream forgets only when it collects garbage (W-25). */
    if (entry != NULL && !e->opts.compat_strict && stamp_before(entry->expires_at, now))
        entry = NULL;
    e->stats.ledger_queries++;
    e->stats.ledger_query_misses += entry == NULL;
    return entry;
}

void ledger_put(struct engine *e, struct ledger_entry *entry)
{
    ledger_entry_unref(strmap_put(&e->ledger, sv_of(entry->key), entry));
}

static void record(struct effects *fx, struct ledger_entry *entry, bool del)
{
    effect_record(fx, (struct record){.kind = RECORD_LEDGER, .del = del, .ledger = ledger_entry_ref(entry)});
}

/* Doubled, so that a repeat that comes late still finds the entry. Upstream takes repeat_interval alone,
 * which may be shorter than the time to the next flush; that does not matter there, because reads do not look
 * at it. */
static dur_ns lifetime(const struct engine *e, const struct route *r)
{
    const dur_ns retention = e->opts.retention, flush = route_timeout(r);
    dur_ns between = r->repeat_interval;

    if (between < flush && !e->opts.compat_strict)
        between = flush;
    return between > retention / 2 ? retention : 2 * between;
}

void ledger_write(struct engine *e, const char *key, struct stamp at, const struct route *r,
                  const struct hashes *firing, const struct hashes *resolved, struct effects *fx)
{
    const struct ledger_entry *old = stored(e, key);

    /* Not even a clock that went back makes what is told now older than what was told before (W-12). */
    if (old != NULL && stamp_before(at, stamp_add(old->at, 1000)))
        at = stamp_add(old->at, 1000);
    struct ledger_entry *entry =
        ledger_entry_new(sv_of(key), stamp_utc(at), stamp_utc(stamp_add(at, lifetime(e, r))), firing->v,
                         firing->n, resolved->v, resolved->n);
    ledger_put(e, entry);
    record(fx, entry, false);
}

/* Both are ascending. */
static struct hashes united(const struct ledger_entry *told, const struct hashes *more)
{
    const size_t n_told = told != NULL ? told->n_firing : 0;
    struct hashes all = {.v = xmalloc((n_told + more->n) * sizeof(uint64_t))};

    for (size_t i = 0, k = 0; i < n_told || k < more->n;) {
        const bool first = k == more->n || (i < n_told && told->firing[i] <= more->v[k]);
        const uint64_t next = first ? told->firing[i] : more->v[k];
        i += i < n_told && told->firing[i] == next;
        k += k < more->n && more->v[k] == next;
        all.v[all.n++] = next;
    }
    return all;
}

void ledger_intend(struct engine *e, const char *key, enum notify_reason reason, struct stamp now,
                   const struct route *r, const struct hashes *firing, struct effects *fx)
{
    if (e->opts.compat_strict) /* upstream's log knows only what was told */
        return;
    struct hashes may_be_told = united(stored(e, key), firing);
    struct ledger_entry *intent =
        ledger_entry_new(sv_of(key), stamp_utc(now), stamp_utc(stamp_add(now, lifetime(e, r))), may_be_told.v,
                         may_be_told.n, NULL, 0);
    intent->underway = reason;
    free(may_be_told.v);
    record(fx, intent, false);
    ledger_entry_unref(intent);
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
    told = ledger_entry_new(sv_of(key), STAMP_UNSET, STAMP_UNSET, NULL, 0, NULL, 0);
    record(fx, told, true);
    ledger_entry_unref(told);
}

bool ledger_owes(struct engine *e, const struct route *r, const struct labels *labels, const struct alert *a,
                 struct stamp now)
{
    const uint64_t hash = labels_dedup_hash(a->labels);
    const struct hashes one = {.v = &(uint64_t){hash}, .n = 1};
    bool owes = false;

    for (size_t i = 0; i < r->receiver->n_integrations && !owes; i++) {
        char *key = ledger_key(e, r, labels, &r->receiver->integrations[i]);
        const struct ledger_entry *entry = stored(e, key);
        owes = entry != NULL && !stamp_before(entry->expires_at, now) &&
               hashes_within(&one, entry->firing, entry->n_firing);
        free(key);
    }
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
        if (stamp_before(now, entry->expires_at))
            continue;
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
