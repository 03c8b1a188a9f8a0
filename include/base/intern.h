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

#define INTERN_MAX ((size_t)INT32_MAX)

struct istr {
    atomic_uint refs;   /* private */
    uint32_t n : 31;    /* bytes, without the terminating NUL */
    uint32_t plain : 1; /* printable ASCII without any of " \\ < > &: no format we write has to escape it */
    uint64_t hash;      /* sv_hash() */
    char s[];
};

struct istr *intern(struct sv s) NODISCARD; /* the caller owns one reference; at most INTERN_MAX bytes */
struct istr *intern_hashed(struct sv s,
                           uint64_t hash) NODISCARD; /* the same, with sv_hash(s) already known */
struct istr *istr_ref(struct istr *s);
void istr_unref(struct istr *s); /* NULL is fine */
static inline struct sv istr_sv(const struct istr *s)
{
    return (struct sv){s->s, s->n};
}

/* Interning for one batch of texts that repeat themselves: what was seen lately is found again without a
 * lock, and its references are counted on the side, so that threads do not fight over the counters of the
 * names that every alert has. Zeroed memory is empty.
 *
 * Every reference that was given out must be held until intern_memo_settle(), which adds those that are still
 * owed; only then may the strings be shown to other threads. */
#define INTERN_MEMO 512
struct intern_memo {
    struct {
        struct istr *s;
        unsigned owed;
    } v[INTERN_MEMO]; /* private, by the hash */
};
struct istr *intern_memo(struct intern_memo *m, struct sv s) NODISCARD;
void intern_memo_settle(struct intern_memo *m); /* it is empty again */

struct intern_stats {
    size_t strings, bytes;
};
struct intern_stats intern_stats(void); /* for metrics and leak tests */
