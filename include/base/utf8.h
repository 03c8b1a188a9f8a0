/* UTF-8, strictly: no overlong forms, no surrogates, nothing above U+10FFFF. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define UTF8_REPLACEMENT 0xFFFDu

bool utf8_valid(struct sv s);

/* Decodes the rune at the start of a non-empty `s` into *rune and returns its length. An invalid byte yields
 * UTF8_REPLACEMENT with length 1 (and *ok false, when ok is not NULL). */
size_t utf8_decode(struct sv s, uint32_t *rune, bool *ok);

size_t utf8_encode(uint32_t rune, char out[4]); /* surrogates and too large values give U+FFFD */
size_t utf8_runes(struct sv s);                 /* how many runes; an invalid byte counts as one */
size_t utf8_cut(struct sv s, size_t max);       /* the longest length <= max that ends at a rune's boundary */
void utf8_add_clean(struct strbuf *b, struct sv s); /* appends; each invalid byte becomes U+FFFD */
