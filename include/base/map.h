/* Hash maps from a 64-bit key, or from a string, to a pointer.
 *
 * Open addressing with linear probing and backward-shift deletion; the iteration order is the table's and
 * means nothing. A map belongs to one thread at a time. Values are borrowed; NULL cannot be stored. Keys of a
 * strmap are borrowed from the value and must live as long as their entry. Zeroed memory is an empty map.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct map {
    struct map_slot *slot; /* private */
    size_t n, cap;         /* n: how many entries */
};

void map_done(struct map *m);
void *map_get(const struct map *m, uint64_t key);        /* NULL when absent */
void *map_put(struct map *m, uint64_t key, void *value); /* returns the value replaced, or NULL */
void *map_del(struct map *m, uint64_t key);              /* returns the value removed, or NULL */

/* for (size_t it = 0; (v = map_next(&m, &it)) != NULL;). Deleting during the walk is not allowed. */
void *map_next(const struct map *m, size_t *it);

struct strmap {
    struct strmap_slot *slot; /* private */
    size_t n, cap;
};

void strmap_done(struct strmap *m);
void *strmap_get(const struct strmap *m, struct sv key);
void *strmap_put(struct strmap *m, struct sv key, void *value); /* key is borrowed */
void *strmap_del(struct strmap *m, struct sv key);
void *strmap_next(const struct strmap *m, size_t *it);
