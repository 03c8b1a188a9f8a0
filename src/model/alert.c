#include "model/alert.h"

#include <stdlib.h>

#include "base/mem.h"

struct alert *alert_new(struct labels *labels, struct labels *annotations, struct istr *generator_url,
                        struct stamp starts_at, struct stamp ends_at, struct stamp updated_at, bool timeout)
{
    struct alert *a = xmalloc(sizeof(*a));

    *a = (struct alert){
        .refs = 1,
        .timeout = timeout,
        .labels = labels,
        .annotations = annotations,
        .generator_url = generator_url,
        .starts_at = starts_at,
        .ends_at = ends_at,
        .updated_at = updated_at,
    };
    return a;
}

struct alert *alert_ref(struct alert *a)
{
    atomic_fetch_add_explicit(&a->refs, 1, memory_order_relaxed);
    return a;
}

void alert_unref(struct alert *a)
{
    if (a == NULL || atomic_fetch_sub_explicit(&a->refs, 1, memory_order_acq_rel) != 1)
        return;
    labels_unref(a->labels);
    labels_unref(a->annotations);
    istr_unref(a->generator_url);
    free(a);
}

bool alert_resolved_at(const struct alert *a, struct stamp t)
{
    return !stamp_is_unset(a->ends_at) && stamp_cmp(a->ends_at, t) <= 0;
}

static bool strictly_within(struct stamp t, const struct alert *a)
{
    return stamp_before(a->starts_at, t) && stamp_before(t, a->ends_at);
}

bool alert_overlaps(const struct alert *a, const struct alert *old)
{
    return strictly_within(a->ends_at, old) || strictly_within(a->starts_at, old);
}

/* The end of the merged alert: the younger report is believed, except that it may neither cut short an end
 * that somebody stated, nor reopen an episode that both sides call over. */
static struct stamp merged_end(const struct alert *younger, const struct alert *older, struct stamp now)
{
    if (!stamp_before(younger->ends_at, older->ends_at))
        return younger->ends_at;
    const bool older_counts =
        alert_resolved_at(younger, now) ? alert_resolved_at(older, now) : !older->timeout;
    return older_counts ? older->ends_at : younger->ends_at;
}

struct alert *alert_merge(const struct alert *a, const struct alert *old, struct stamp now)
{
    const bool late = stamp_before(a->updated_at, old->updated_at);
    const struct alert *younger = late ? old : a, *older = late ? a : old;
    const bool older_start = stamp_before(older->starts_at, younger->starts_at);

    return alert_new(labels_ref(younger->labels), labels_ref(younger->annotations),
                     istr_ref(younger->generator_url), older_start ? older->starts_at : younger->starts_at,
                     merged_end(younger, older, now), younger->updated_at, younger->timeout);
}

/* By the value of one label; a set without the label comes last. */
static int cmp_by_label(const struct labels *a, const struct labels *b, struct sv name)
{
    const struct sv in_a = labels_get(a, name), in_b = labels_get(b, name);

    if ((in_a.n == 0) != (in_b.n == 0))
        return in_a.n == 0 ? 1 : -1;
    return sv_cmp(in_a, in_b);
}

int alert_cmp(const struct alert *a, const struct alert *b)
{
    int order = cmp_by_label(a->labels, b->labels, SV("job"));
    if (order == 0)
        order = cmp_by_label(a->labels, b->labels, SV("instance"));
    return order != 0 ? order : labels_cmp(a->labels, b->labels);
}
