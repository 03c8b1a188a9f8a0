/* Regular expressions: RE2 behind a small C interface (linear time, because patterns come from users of the
 * API), with Go's error texts where they differ and Go's idea of what is valid (\C refused, (?<n>...) taken).
 * A compiled expression is immutable and shared by all threads.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

#ifdef __cplusplus
extern "C" {
#endif

struct re;

/* `pattern` is used as it is, unanchored. Error: "error parsing regexp: missing closing ]: `[)$`". */
struct re *re_new(struct sv pattern, struct err *err) NODISCARD;

/* Compiled as ^(?:pattern)$, which is also what the error text quotes (api.md 2.9). */
struct re *re_new_anchored(struct sv pattern, struct err *err) NODISCARD;
void re_free(struct re *r);

bool re_match(const struct re *r, struct sv s); /* anywhere in s; the whole of s when anchored */

/* The first match at or after `from`: offsets of the whole match and of up to max_groups - 1 groups, as
 * start/end pairs (-1: did not take part). Returns the number of groups in the pattern + 1, or 0: no match.
 */
size_t re_find(const struct re *r, struct sv s, size_t from, int (*at)[2], size_t max_groups);
size_t re_groups(const struct re *r);                   /* without the whole match */
int re_group_named(const struct re *r, struct sv name); /* -1: no such group */

#ifdef __cplusplus
}
#endif
