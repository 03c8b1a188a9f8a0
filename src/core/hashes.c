/* Sets of dedup hashes: ascending arrays. */

#include <stdlib.h>

#include "base/mem.h"
#include "internal.h"

static int by_value(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

void hashes_sort(struct hashes *h)
{
    if (h->n > 1)
        qsort(h->v, h->n, sizeof(*h->v), by_value);
}

bool hash_in(uint64_t hash, const uint64_t *v, size_t n)
{
    return n != 0 && bsearch(&hash, v, n, sizeof(hash), by_value) != NULL;
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

struct hashes hashes_without(const uint64_t *all, size_t n, const struct hashes *gone)
{
    struct hashes left = {.v = xmalloc(n * sizeof(*all))};

    for (size_t i = 0; i < n; i++)
        if (!hash_in(all[i], gone->v, gone->n))
            left.v[left.n++] = all[i];
    return left;
}
