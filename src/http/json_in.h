/* Decoding request bodies as Go's encoding/json does into structs (api.md 1.5): keys match in any case when
 * not exactly, null leaves a field alone, repeated maps are merged, wrong types fail the whole document.
 *
 * All return false when the reader has failed; its error then holds the words.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/clk.h"
#include "base/mem.h"
#include "codec/jr.h"
#include "model/labels.h"

#define JSON_MAP_MAX 10000 /* pairs of one map */

/* The first field of `names` (NULL-terminated) that the key means, exactly before in any case; -1: none. */
int json_field(struct sv key, const char *const *names);

bool json_string(struct jr *r, struct sv *s) NODISCARD;                  /* null: unchanged */
bool json_bool(struct jr *r, bool *v, bool *present) NODISCARD;          /* null: absent */
bool json_stamp(struct jr *r, struct stamp *t, bool *present) NODISCARD; /* null: unchanged */

/* An object of strings. Grows over repeated keys; null makes it absent again. */
struct json_map {
    struct label_sv *v; /* in the arena of the reader */
    size_t n;
    bool present;
};
bool json_map(struct jr *r, struct json_map *map) NODISCARD;

/* "json: cannot unmarshal number into Go value of type string". */
bool json_wrong_type(struct jr *r, const char *wanted);

/* Room for one more item behind the n that a growing array in the reader's arena has. `v` points to the
 * array, whose items have `size` bytes. */
bool json_grow(struct jr *r, void *v, size_t n, size_t *cap, size_t size) NODISCARD;

/* Fails the document: it needs more memory than a request may have. */
bool json_too_large(struct jr *r);

bool json_is_blank(struct sv text); /* nothing but white space: no body at all */
