/* The values that bodies are made of, written as JSON. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/clk.h"
#include "base/str.h"
#include "codec/jw.h"
#include "model/labels.h"
#include "model/matcher.h"

#define FP_DIGITS 16

/* RFC 3339 with nanoseconds, in the stamp's own offset. The key needs no escape. */
void put_stamp(struct jw *w, struct sv key, struct stamp t);
void put_istr(struct jw *w, struct sv key, const struct istr *s); /* the key needs no escape */
void put_fp(struct jw *w, uint64_t fp);                           /* a value without its key */
void put_labels(struct jw *w, struct sv key, const struct labels *ls);
void put_hashes(struct jw *w, struct sv key, const uint64_t *hashes, size_t n);
/* "matchers": [{"name", "value", "isRegex", "isEqual"}] */
void put_matchers(struct jw *w, const struct matchers *ms);
