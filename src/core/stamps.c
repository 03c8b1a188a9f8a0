#include <stdlib.h>

#include "base/mem.h"
#include "internal.h"

size_t stamps_until(const struct stamps *l, struct stamp t)
{
    size_t from = 0, to = l->n;

    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if (stamp_before(t, l->v[middle]))
            to = middle;
        else
            from = middle + 1;
    }
    return from;
}

void stamps_add(struct stamps *l, struct stamp t)
{
    const size_t at = stamps_until(l, t);

    l->v = xgrow(l->v, &l->cap, l->n + 1, sizeof(*l->v));
    memmove(&l->v[at + 1], &l->v[at], (l->n++ - at) * sizeof(*l->v));
    l->v[at] = t;
}

void stamps_remove(struct stamps *l, struct stamp t)
{
    const size_t end = stamps_until(l, t);

    memmove(&l->v[end - 1], &l->v[end], (l->n-- - end) * sizeof(*l->v));
}

void stamps_done(struct stamps *l)
{
    free(l->v);
    *l = (struct stamps){0};
}
