/* Go's strconv.Quote and Unquote: what %q prints in error texts, group keys and matchers. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"

/* "..." with \" \\ \a \b \f \n \r \t \v, \xNN for invalid bytes and control characters below 0x80, \uNNNN and
 * \UNNNNNNNN for other runes that are not printable in Go's sense; printable Unicode is kept. */
void go_quote(struct strbuf *out, struct sv s);

/* The contents of an interpreted string literal, quotes included in `s`; false if it is not one. */
bool go_unquote(struct sv s, struct strbuf *out) NODISCARD;
bool go_is_print(uint32_t rune);
