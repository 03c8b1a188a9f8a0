/* How far a silence reaches: the alerts that are active now and match, and their groups. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/mem.h"
#include "core/view.h"
#include "model/matcher.h"

struct host;

struct reach {
    struct groups_view view; /* sorted */
    struct arena mem;
    bool *hit;                      /* by place in view.alerts */
    const struct alert_view **hits; /* n_hits of them, by fingerprint */
    size_t n_hits, n_groups;
    size_t n_full; /* groups of which nothing else is left */
};

/* False: more than a request may hold. reach_done() in any case. */
bool reach_take(struct reach *r, const struct host *host, const struct matchers *matchers) NODISCARD;
void reach_done(struct reach *r);

size_t reach_in_group(const struct reach *r, const struct group_view *g); /* how many of its alerts */
