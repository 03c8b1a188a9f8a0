/* The limit on label sets per alertname: what an exploding label cannot take up. */

#include <stdlib.h>

#include "base/mem.h"
#include "internal.h"

/* A remembered label set. The timer orders the entries of a bucket by their end; nothing ever "fires" here
 * but the removal of those that have ended. */
struct limit_entry {
    struct timer ends;
    uint64_t fp;
};

struct bucket {
    struct istr *name;
    struct timerq by_end;
    struct map by_fp;
};

static mono_ns nanoseconds(struct stamp t)
{
    return stamp_sub(t, (struct stamp){0});
}

static void on_end(struct timer *t, void *ctx, mono_ns now)
{
    struct bucket *b = ctx;
    struct limit_entry *entry = CONTAINER_OF(t, struct limit_entry, ends);

    (void)now;
    map_del(&b->by_fp, entry->fp);
    free(entry);
}

/* Only an end that is strictly in the past frees a place. */
static void drop_ended(struct bucket *b, struct stamp now)
{
    (void)timerq_run(&b->by_end, nanoseconds(now) - 1, b);
}

static struct bucket *bucket_of(struct limiter *l, struct sv alertname)
{
    struct bucket *b = strmap_get(&l->buckets, alertname);
    if (b != NULL)
        return b;
    b = xcalloc(1, sizeof(*b));
    b->name = intern(alertname);
    timerq_init(&b->by_end);
    strmap_put(&l->buckets, istr_sv(b->name), b);
    return b;
}

static void bucket_free(struct bucket *b)
{
    struct limit_entry *entry;

    timerq_done(&b->by_end);
    for (size_t it = 0; (entry = map_next(&b->by_fp, &it)) != NULL;)
        free(entry);
    map_done(&b->by_fp);
    istr_unref(b->name);
    free(b);
}

bool limit_admit(struct limiter *l, size_t max, const struct alert *a, struct stamp now)
{
    struct bucket *b = bucket_of(l, labels_get(a->labels, SV("alertname")));
    struct limit_entry *entry = map_get(&b->by_fp, a->labels->fp);

    if (entry == NULL) {
        if (b->by_fp.n >= max)
            drop_ended(b, now);
        if (b->by_fp.n >= max)
            return false;
        entry = xcalloc(1, sizeof(*entry));
        entry->ends.fire = on_end;
        entry->fp = a->labels->fp;
        map_put(&b->by_fp, entry->fp, entry);
    }
    timerq_arm(&b->by_end, &entry->ends, nanoseconds(a->ends_at));
    return true;
}

struct refusal {
    struct istr *name;
    uint64_t n;
};

void limit_refused(struct limiter *l, const struct alert *a)
{
    const struct sv name = labels_get(a->labels, SV("alertname"));
    struct refusal *r = strmap_get(&l->refused, name);

    if (r == NULL) {
        r = xcalloc(1, sizeof(*r));
        r->name = intern(name);
        strmap_put(&l->refused, istr_sv(r->name), r);
    }
    r->n++;
}

void engine_limited_names(const struct engine *e, void (*each)(void *ctx, struct sv alertname, uint64_t n),
                          void *ctx)
{
    const struct refusal *r;
    for (size_t it = 0; (r = strmap_next(&e->limits.refused, &it)) != NULL;)
        each(ctx, istr_sv(r->name), r->n);
}

void limit_gc(struct limiter *l, struct stamp now)
{
    struct bucket **empty = xmalloc(l->buckets.n * sizeof(struct bucket *));
    struct bucket *b;
    size_t n = 0;

    for (size_t it = 0; (b = strmap_next(&l->buckets, &it)) != NULL;) {
        drop_ended(b, now);
        if (b->by_fp.n == 0)
            empty[n++] = b;
    }
    for (size_t i = 0; i < n; i++) {
        strmap_del(&l->buckets, istr_sv(empty[i]->name));
        bucket_free(empty[i]);
    }
    free(empty);
}

void limit_done(struct limiter *l)
{
    struct bucket *b;
    for (size_t it = 0; (b = strmap_next(&l->buckets, &it)) != NULL;)
        bucket_free(b);
    strmap_done(&l->buckets);
    struct refusal *r;
    for (size_t it = 0; (r = strmap_next(&l->refused, &it)) != NULL;) {
        istr_unref(r->name);
        free(r);
    }
    strmap_done(&l->refused);
}
