/* The query string of a request, parsed as leniently as Go's net/url does: a pair with a bad % escape or a
 * ';' is dropped, the rest is used (api.md 1.2, 1.8).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/mem.h"
#include "base/str.h"

struct query_param {
    struct sv name, value;
};
struct query {
    struct query_param *v; /* in the order given */
    size_t n;
};

/* `raw` is the text behind the '?'; slices point into it or into `mem`. False: past the arena's ceiling. */
bool query_parse(struct sv raw, struct arena *mem, struct query *q) NODISCARD;

struct sv query_last(const struct query *q, const char *name); /* empty when absent */
bool query_bool(const struct query *q, const char *name, bool def);

/* for (size_t it = 0; query_each(&q, "filter", &it, &value);) */
bool query_each(const struct query *q, const char *name, size_t *it, struct sv *value);
