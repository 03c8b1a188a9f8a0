/* JSON pull reader: the hot path of POST /api/v2/alerts.
 *
 * Zero-copy: strings without escapes are slices of the input, the others are decoded into an arena. Strict:
 * RFC 8259 grammar, depth limit, no leading BOM. As in Go, invalid UTF-8 bytes inside strings and unpaired
 * surrogate escapes become U+FFFD each (api.md 1.5), so every string handed out is valid UTF-8.
 *
 * Errors are sticky: after the first, every call returns false or JR_ERROR, and `err` says what, in the words
 * of Go's decoder, and where (line and column, in bytes). A reader belongs to one thread. It reads one value
 * and does not look at what follows it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

#define JR_MAX_DEPTH 64

enum jr_kind { JR_ERROR, JR_NULL, JR_BOOL, JR_NUMBER, JR_STRING, JR_OBJECT, JR_ARRAY };

struct jr {
    const char *start, *p, *end; /* private */
    struct arena *mem;
    unsigned depth;
    bool failed;
    bool first; /* private: no comma is due before the next member or element */
    struct err err;
};

/* The input must live as long as the slices. Decoded strings live in `mem`. */
void jr_init(struct jr *r, struct sv input, struct arena *mem);

enum jr_kind jr_peek(struct jr *r); /* what comes next; JR_ERROR at the end of input or at a bad byte */

bool jr_null(struct jr *r) NODISCARD; /* consumes null */
bool jr_bool(struct jr *r, bool *v) NODISCARD;
bool jr_number(struct jr *r, struct sv *text) NODISCARD; /* the number as written */
bool jr_int(struct jr *r, int64_t *v) NODISCARD; /* an integer in range, without fraction or exponent */
bool jr_string(struct jr *r, struct sv *s) NODISCARD;
bool jr_skip(struct jr *r) NODISCARD;                 /* any value, checked for syntax */
bool jr_raw(struct jr *r, struct sv *json) NODISCARD; /* the same, as it is written */

/* Objects:  if (!jr_object(r)) fail; while (jr_key(r, &key)) { ...consume the value... } if (r->failed) fail;
 * Arrays:   if (!jr_array(r)) fail;  while (jr_next(r)) { ...consume the element... }   if (r->failed) fail;
 * jr_key() and jr_next() consume the closing bracket when they return false without failing. */
bool jr_object(struct jr *r) NODISCARD;
bool jr_key(struct jr *r, struct sv *key) NODISCARD;
bool jr_array(struct jr *r) NODISCARD;
bool jr_next(struct jr *r) NODISCARD;

/* Nothing but white space is left. */
bool jr_at_end(struct jr *r);

bool jr_fail(struct jr *r, const char *fmt, ...) PRINTF(2, 3); /* makes the reader fail; returns false */
