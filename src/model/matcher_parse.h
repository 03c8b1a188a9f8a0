/* The two grammars of matchers (config.md 14.1 and 14.2), and what they share with the printed form. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"
#include "model/matcher.h"

/* Each appends to `ms`, also when it fails: the caller gives an empty list and throws it away then. `text`
 * has an address even when it is empty. */
bool matchers_parse_classic(struct sv text, struct matchers *ms, struct err *err) NODISCARD;
bool matchers_parse_utf8(struct sv text, struct matchers *ms, struct err *err) NODISCARD;

/* The classic grammar for exactly one matcher: commas and braces mean nothing. */
bool matcher_parse_classic(struct sv text, struct matchers *ms, struct err *err) NODISCARD;

bool matcher_rune_is_space(uint32_t rune);    /* Unicode's White_Space */
bool matcher_rune_is_reserved(uint32_t rune); /* cannot be part of an unquoted name or value */

void matchers_print_list(struct strbuf *out, const struct matchers *ms); /* comma-joined, without braces */
