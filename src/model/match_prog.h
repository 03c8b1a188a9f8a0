/* The compiled pattern of =~ and !~: immutable, shared by the copies of a matcher.
 *
 * Patterns that only list literal texts, each perhaps with .* or .+ before or after it (`a|b|web-.*`), are
 * compared directly, which costs a tenth of what the regex engine does; all others go to it. Both mean the
 * same.
 */
#pragma once

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

struct match_prog;

/* `pattern` as written; it has to match the whole value. Error: "error parsing regexp: ...". */
struct match_prog *match_prog_new(struct sv pattern, struct err *err) NODISCARD;
struct match_prog *match_prog_ref(struct match_prog *p);
void match_prog_unref(struct match_prog *p); /* NULL is fine */

bool match_prog_matches(const struct match_prog *p, struct sv value);
/* The values it matches, if it only lists literals, at most `max` and none of them empty; otherwise 0. */
size_t match_prog_values(const struct match_prog *p, struct sv *out, size_t max);
