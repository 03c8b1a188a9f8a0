/* What can be seen of a lane of the notifier: the way to one destination, shared by all who notify there. It
 * stands here because the notifier fills it and the API shows it, and they do not see each other.
 */
#pragma once

#include <stddef.h>

#include "base/clk.h"

enum lane_state {
    LANE_CLOSED,    /* the breaker is: requests pass */
    LANE_OPEN,      /* the destination does not answer: nothing is sent until `retry_at` */
    LANE_HALF_OPEN, /* one request is sent, to see whether it answers again */
};
const char *lane_state_text(enum lane_state s); /* "closed", "open", "half-open" */

struct lane_view {
    const char *name;             /* scheme, host and port, and what else it takes to be unique; no secrets */
    const char *const *receivers; /* RECEIVER/TYPE[IDX], at most LANE_RECEIVERS */
    size_t n_receivers;
    enum lane_state state;
    size_t waiting, running;                  /* deliveries in its queue, requests under way */
    struct stamp waiting_since;               /* the oldest of the queue; unset: it is empty */
    struct stamp retry_at;                    /* unset unless it is open */
    struct stamp last_success, last_error_at; /* unset: not yet */
    const char *last_error;                   /* "" when there was none */
    dur_ns latency;                           /* of the last attempt */
};
#define LANE_RECEIVERS ((size_t)256)

struct lanes_view {
    struct lane_view *v; /* by name; in the arena, texts included */
    size_t n;
};
