/* A lane: everything that goes to one destination, in the order in which it came; where the destination
 * counts messages, the most urgent first.
 *
 * It knows how many requests may run at once, a token bucket, and until when the destination asked to be left
 * alone. Pure: time comes in, and lane_take() says what may start or when to ask again.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/clk.h"
#include "breaker.h"
#include "notify/receiver.h"

/* Embedded in what waits; zeroed memory is not queued. */
struct lane_item {
    struct lane_item *prev, *next;
    bool queued;
    unsigned class; /* 0 is the most urgent one; every LANE_AGEING of waiting counts as one class */
    mono_ns since;  /* when it began to wait */
};
#define LANE_AGEING (60 * NS_PER_S)

struct lane {
    struct lane_item *head, *tail;
    size_t waiting, running;
    unsigned parallel;
    struct rate_limit rate;
    double tokens;
    mono_ns refilled_at, last_start, blocked_until;
    bool started; /* last_start means something */
    struct breaker breaker;
};

void lane_init(struct lane *l, unsigned parallel, const struct rate_limit *rate, mono_ns now);
/* Settings of a newer configuration. Tokens that were taken stay taken. */
void lane_adjust(struct lane *l, unsigned parallel, const struct rate_limit *rate, mono_ns now);

void lane_push(struct lane *l, struct lane_item *i);
void lane_push_front(struct lane *l, struct lane_item *i); /* goes before all others of its class */
void lane_remove(struct lane *l, struct lane_item *i);     /* no-op when it is not queued */

/* The breaker lets one request pass at a time while it is half-open, and none while it is open.
 *
 * The next item that may start now, taken off the queue; the caller owes lane_finished(). NULL: nothing, and
 * *wake is when to ask again (MONO_NEVER: after the next push or finish). */
struct lane_item *lane_take(struct lane *l, mono_ns now, mono_ns *wake);
void lane_finished(struct lane *l);
/* What lane_take() would give if it could: without a rate limit the oldest. NULL: nothing waits. */
struct lane_item *lane_first(const struct lane *l, mono_ns now);

/* Of a queue that is too long, where messages are counted: the newest of the least urgent. NULL: it is not.
 */
struct lane_item *lane_excess(const struct lane *l);
#define LANE_QUEUE_MAX ((size_t)1000)

/* An item pushed now would start at once. */
bool lane_ready(struct lane *l, mono_ns now);
/* The bucket or a block keeps things from starting. */
bool lane_limited(struct lane *l, mono_ns now);

/* Nothing starts before `until`; an earlier block is never shortened. */
void lane_block(struct lane *l, mono_ns until);

/* What a former process left behind: so many tokens at that time, and a block. */
void lane_recall(struct lane *l, double tokens, mono_ns at, mono_ns blocked_until);
/* When the bucket will be full and the block over, if nothing is sent. */
mono_ns lane_rested_at(struct lane *l, mono_ns now);

/* Nothing waits, nothing runs, no limit has to be remembered: the lane can be forgotten. */
bool lane_idle(struct lane *l, mono_ns now);
