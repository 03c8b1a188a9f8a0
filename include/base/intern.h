/* Interned strings: one immutable, reference-counted copy of each label name and value in the process.
 *
 * Equality is pointer equality, and the hash is ready. Any thread may call anything here: the table is
 * sharded by hash, and a shard's lock is held for one look-up. The table is process-wide on purpose: it is a
 * cache of immutable values without behaviour.
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"

struct istr {
    atomic_uint refs; /* private */
    uint32_t n;       /* bytes, without the terminating NUL */
    uint64_t hash;    /* sv_hash() */
    char s[];
};

struct istr *intern(struct sv s) NODISCARD; /* the caller owns one reference; at most UINT32_MAX bytes */
struct istr *intern_hashed(struct sv s,
                           uint64_t hash) NODISCARD; /* the same, with sv_hash(s) already known */
struct istr *istr_ref(struct istr *s);
void istr_unref(struct istr *s); /* NULL is fine */
static inline struct sv istr_sv(const struct istr *s)
{
    return (struct sv){s->s, s->n};
}

struct intern_stats {
    size_t strings, bytes;
};
struct intern_stats intern_stats(void); /* for metrics and leak tests */
