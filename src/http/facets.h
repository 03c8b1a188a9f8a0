/* Which values the labels of some alerts have, and how often. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/mem.h"
#include "codec/jw.h"
#include "core/view.h"

/* One label of one alert. */
struct facet_pair {
    const struct istr *name, *value;
};
struct facets {
    struct facet_pair *v;
    size_t n, cap;
};

/* Takes up the labels of an alert whose names are in `names`; all of them when `n_names` is 0. False: past
 * the arena's ceiling. */
bool facets_add(struct facets *f, const struct labels *ls, const struct sv *names, size_t n_names,
                struct arena *mem) NODISCARD;

/* {"severity": [{"value": "critical", "count": 3}, ...], ...}: names in order, of each the `limit` most
 * frequent values. Sorts in place. */
void facets_write_json(struct jw *w, struct facets *f, size_t limit, struct arena *mem);
