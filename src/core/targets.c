/* Who is told of a group: the integrations of its route's receiver, and those that stand in for somebody who
 * cannot be reached (`fallback`).
 *
 * A stand-in has a line of its own in the ledger, so it is told what it has not heard yet, repeats included,
 * by the same table as everybody. Once the outage is over it is told the ends of what it was told, and
 * nothing else.
 */

#include <stdlib.h>

#include "base/mem.h"
#include "codec/rfc3339.h"
#include "internal.h"

static void add(struct targets *t, struct target one)
{
    t->v = xgrow(t->v, &t->cap, t->n + 1, sizeof(*t->v));
    t->v[t->n++] = one;
}

const struct fallback *fallback_of(const struct route *r, const struct receiver *receiver, bool standin)
{
    return !standin && r->fallback.receiver != NULL ? &r->fallback : &receiver->fallback;
}

/* The first of the targets from `from` on that is not reached for so long; n: none. */
static size_t find_outage(const struct engine *e, const struct targets *t, size_t from, dur_ns after,
                          struct stamp now)
{
    for (size_t i = from; i < t->n; i++) {
        const struct owed *o = t->v[i].role != TARGET_LEAVING ? outbox_peek(e, t->v[i].key) : NULL;
        if (o != NULL && stamp_sub(now, o->since) >= after)
            return i;
    }
    return t->n;
}

/* It was told something that it has not heard the end of. */
static bool is_waiting(const struct engine *e, const char *key, struct stamp now)
{
    const struct ledger_entry *told = ledger_peek(e, key, now);

    return branches_busy(e, key) ||
           (told != NULL && (told->n_firing != 0 || told->n_held != 0 || told->underway != REASON_NONE));
}

static void add_standins(const struct engine *e, struct targets *t, const struct route *r,
                         const struct labels *labels, const struct receiver *receiver, size_t outage,
                         struct stamp now)
{
    const bool on = outage < t->n;

    for (size_t i = 0; i < receiver->n_integrations; i++) {
        const struct integration *in = &receiver->integrations[i];
        char *key = ledger_key(e, r, labels, receiver, in, true);
        if (on || is_waiting(e, key, now))
            add(t, (struct target){.receiver = receiver,
                                   .in = in,
                                   .key = key,
                                   .role = on ? TARGET_STANDIN : TARGET_LEAVING,
                                   .instead_of = outage});
        else
            free(key);
    }
}

struct targets targets_of(const struct engine *e, const struct route *r, const struct labels *labels,
                          struct stamp now)
{
    struct targets t = {0};
    size_t from = 0;

    for (size_t i = 0; i < r->receiver->n_integrations; i++) {
        const struct integration *in = &r->receiver->integrations[i];
        add(&t, (struct target){.receiver = r->receiver,
                                .in = in,
                                .key = ledger_key(e, r, labels, r->receiver, in, false)});
    }
    if (e->opts.compat_strict)
        return t;
    for (const struct fallback *f = fallback_of(r, r->receiver, false); f->receiver != NULL;
         f = fallback_of(r, f->receiver, true)) {
        const size_t outage = find_outage(e, &t, from, f->after, now), n = t.n;
        add_standins(e, &t, r, labels, f->receiver, outage, now);
        from = n;
    }
    return t;
}

void targets_done(struct targets *t)
{
    for (size_t i = 0; i < t->n; i++)
        free(t->v[i].key);
    free(t->v);
}

/* The outage may just have come to its end: there is nothing left to say to whom it was about. */
static char *excuse(const struct engine *e, const struct targets *all, const struct target *t)
{
    struct strbuf text = {0};
    char since[STAMP_TEXT_MAX];
    const struct target *absent = t->role == TARGET_STANDIN ? &all->v[t->instead_of] : NULL;
    const struct owed *o = absent != NULL ? outbox_peek(e, absent->key) : NULL;

    if (o == NULL)
        return xstrdup("another receiver could not be reached");
    since[stamp_print_ms(stamp_utc(o->since), since)] = '\0';
    strbuf_addf(&text, "%s/%s[%zu] cannot be reached since %s: %s", absent->receiver->name,
                absent->in->type->name, absent->in->index, since, o->error);
    return strbuf_take(&text);
}

static struct alert *with_annotation(const struct alert *a, struct sv name, struct sv value)
{
    struct label_sv *pairs = xcalloc(a->annotations->n + 1, sizeof(*pairs));
    size_t n = 0;

    for (; n < a->annotations->n; n++)
        pairs[n] = (struct label_sv){istr_sv(a->annotations->v[n].name), istr_sv(a->annotations->v[n].value)};
    pairs[n++] = (struct label_sv){name, value};
    struct labels *annotations = labels_new(pairs, label_sv_normalize(pairs, n, false));
    free(pairs);
    return alert_new(labels_ref(a->labels), annotations, istr_ref(a->generator_url), a->starts_at, a->ends_at,
                     a->updated_at, a->timeout);
}

void target_explain(const struct engine *e, const struct targets *all, const struct target *t,
                    struct delivery *d)
{
    if (t->role == TARGET_RECEIVER)
        return;
    d->fallback = excuse(e, all, t);
    for (size_t i = 0; i < d->n_alerts; i++) {
        struct alert *a = d->alerts[i].alert;
        d->alerts[i].alert = with_annotation(a, SV("fallback"), sv_of(d->fallback));
        alert_unref(a);
    }
}
