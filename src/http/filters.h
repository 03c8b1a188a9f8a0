/* Query parameters that several endpoints share (api.md 1.8, 2.4, 2.9). */
#pragma once

#include <stdbool.h>

#include "base/attr.h"
#include "codec/re.h"
#include "core/view.h"
#include "exchange.h"
#include "query.h"

/* Every occurrence of `name` is one matcher, and all have to match. On success the caller owns `out`; empty
 * when there was none. */
bool filters_read(const struct query *q, const char *name, enum matcher_mode mode, struct matchers *out,
                  struct err *err) NODISCARD;

/* The parameters of GET /alerts and /alerts/groups, with what the view's query points to. */
struct alert_filters {
    struct matchers filter, receiver_matchers;
    struct re *receiver;
    struct alert_query query; /* points into this object */
};
bool alert_filters_read(struct alert_filters *f, const struct query *q, enum matcher_mode mode,
                        struct err *err) NODISCARD;
void alert_filters_done(struct alert_filters *f);

/* Parses the query string into the loop's arena; answers by itself when that is impossible. */
bool query_of(struct exchange *x, struct query *q) NODISCARD;

/* The number of a parameter, `def` when absent; answers by itself when it is not one from 0 to `max`. */
bool query_number_of(struct exchange *x, const struct query *q, const char *name, size_t def, size_t max,
                     size_t *n) NODISCARD;
