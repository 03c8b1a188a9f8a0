/* What others than the notifier know of a lane, the way to one destination that all who notify there share:
 * the API shows how it is, the database keeps what a restart must not forget. It stands here because these do
 * not see each other.
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
    size_t waiting, running;    /* deliveries in its queue, requests under way */
    struct stamp waiting_since; /* the oldest of the queue; unset: it is empty */
    struct stamp retry_at; /* nothing is sent before: it is open, or asked for patience; unset: neither */
    struct stamp last_success, last_error_at; /* unset: not yet */
    const char *last_error;                   /* "" when there was none */
    dur_ns latency;                           /* of the last attempt */
};
#define LANE_RECEIVERS ((size_t)256)

/* What the next process must not forget: a destination that counts messages, or asked to be left alone, does
 * not care which process sends. */
#define LANE_KEY_MAX 320
struct lane_memory {
    char key[LANE_KEY_MAX]; /* names the lane; no secrets */
    double tokens;          /* in its bucket, at this time */
    struct stamp at;
    struct stamp blocked_until; /* in the past: it is not */
    struct stamp until;         /* from then on there is nothing to remember */
};

struct lanes_view {
    struct lane_view *v; /* by name; in the arena, texts included */
    size_t n;
};
