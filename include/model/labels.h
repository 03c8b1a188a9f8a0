/* Label sets: immutable, sorted by name (bytes), without empty values, shared by reference.
 *
 * Also used for annotations (where empty values are kept). Names and values are interned. Any thread may
 * read, reference and release a set.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/intern.h"
#include "base/str.h"

struct label {
    struct istr *name, *value;
};

struct labels {
    atomic_uint refs; /* private */
    uint32_t n;
    uint64_t fp; /* fingerprint of the set, pipeline.md 0 */
    struct label v[];
};

/* A label as it comes from a reader: borrowed text. */
struct label_sv {
    struct sv name, value;
};

/* Sorts `pairs` by name in place. For a name given twice the last value wins, and the earlier entry is
 * removed; with `drop_empty` pairs with an empty value are removed. Returns how many pairs are left. */
size_t label_sv_normalize(struct label_sv *pairs, size_t n, bool drop_empty);

/* The fingerprint of normalized pairs: FNV-1a 64 over name 0xFF value 0xFF. No allocation. */
uint64_t label_sv_fingerprint(const struct label_sv *pairs, size_t n);

/* One reference is the caller's. labels_empty() gives a new reference to the shared empty set. */
struct labels *labels_new(const struct label_sv *normalized, size_t n) NODISCARD;
/* The same, with label_sv_fingerprint() already known. */
struct labels *labels_new_hashed(const struct label_sv *normalized, size_t n, uint64_t fp) NODISCARD;
/* The same; names and values belong to the memo's batch. */
struct labels *labels_new_memo(struct intern_memo *m, const struct label_sv *normalized, size_t n,
                               uint64_t fp) NODISCARD;
struct labels *labels_empty(void);
struct labels *labels_ref(struct labels *ls);
void labels_unref(struct labels *ls); /* NULL is fine */
static inline void labels_unrefp(struct labels **ls)
{
    labels_unref(*ls);
}

bool labels_equal_sv(const struct labels *ls, const struct label_sv *normalized, size_t n);
bool labels_equal(const struct labels *a, const struct labels *b);
struct sv labels_get(const struct labels *ls, struct sv name); /* borrowed; n == 0 when absent */
const struct istr *labels_find(const struct labels *ls, const struct istr *name); /* the value, or NULL */

/* Alertmanager's order of label sets (pipeline.md 1.5): fewer first, then by names and values. */
int labels_cmp(const struct labels *a, const struct labels *b);

/* xxHash64 over the same bytes as the fingerprint: the notification log's hash. */
uint64_t labels_dedup_hash(const struct labels *ls);

/* The set restricted to `names`, which are sorted by their bytes, and the fingerprint that set has. */
struct labels *labels_only(const struct labels *ls, const struct istr *const *names,
                           size_t n_names) NODISCARD;
uint64_t labels_fingerprint_only(const struct labels *ls, const struct istr *const *names, size_t n_names);

/* `{a="1", b="2"}` with Go-quoted values, as in group keys. */
void labels_print(struct strbuf *out, const struct labels *ls);

/* The rule for names, config.md 3.8. UTF-8: any valid non-empty text. */
bool label_name_classic(struct sv s);
bool label_name_utf8(struct sv s);

void fingerprint_print(uint64_t fp, char out[17]); /* 16 hex digits, NUL-terminated */
bool fingerprint_parse(struct sv s, uint64_t *fp) NODISCARD;
