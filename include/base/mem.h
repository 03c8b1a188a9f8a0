/* Memory: an allocator that cannot fail for small things, and arenas for everything that lives as long as one
 * request or batch.
 *
 * Running out of memory for an object of known, small size ends the process with a message. Memory whose size
 * a peer chooses comes from an arena, and an arena has a ceiling: past it arena_alloc() returns NULL and the
 * caller answers ERR_LIMIT.
 */
#pragma once

#include <stddef.h>

#include "base/attr.h"

void *xmalloc(size_t n) NODISCARD;
void *xcalloc(size_t n, size_t size) NODISCARD;
void *xrealloc(void *p, size_t n) NODISCARD;
char *xstrdup(const char *s) NODISCARD;
char *xstrndup(const char *s, size_t n) NODISCARD; /* NUL-terminated copy of n bytes */

/* Makes room for at least `want` items in a growing array; `cap` is updated. */
void *xgrow(void *items, size_t *cap, size_t want, size_t item_size) NODISCARD;

struct arena {
    struct arena_chunk *chunks; /* private, newest first */
    size_t used, ceiling;       /* bytes */
};

void arena_init(struct arena *a, size_t ceiling);
void *arena_alloc(struct arena *a, size_t n) NODISCARD; /* 16-aligned, uninitialised; NULL past the ceiling */
void *arena_zalloc(struct arena *a, size_t n) NODISCARD;                 /* the same, zeroed */
char *arena_strndup(struct arena *a, const char *s, size_t n) NODISCARD; /* NUL-terminated */
void arena_reset(struct arena *a); /* keeps the newest chunk for the next request */
void arena_done(struct arena *a);
#define ARENA_NEW(a, type)      ((type *)arena_zalloc((a), sizeof(type)))
#define ARENA_ARRAY(a, type, n) ((type *)arena_zalloc((a), sizeof(type) * (n)))
