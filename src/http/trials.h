/* Notifications that pass the engine by, for one request: all are sent at once, and the request is answered
 * when the last one has ended.
 */
#pragma once

#include "core/delivery.h"
#include "pending.h"

struct trials;

struct attempt {
    struct trial trial;
    struct trials *of;
    struct delivery *d; /* the finished one once it is back */
    dur_ns took;
};

struct trials {
    struct pending base;
    const struct config *config; /* a reference */
    const struct receiver *receiver;
    struct now began;
    mono_ns deadline;    /* of all of them */
    atomic_uint *places; /* where this counts as one */
    atomic_size_t underway;
    size_t n, max;
    struct attempt v[];
};

/* How many at a time. False: there is no place left, and nothing is begun. */
bool trials_take_place(atomic_uint *places, unsigned max) NODISCARD;

/* With room for `max` notifications. Takes over the place and the reference to `config`. In the loop. */
struct trials *trials_new(const struct exchange *x, const struct config *config, const struct receiver *r,
                          size_t max, dur_ns limit, atomic_uint *places);
/* One more to send, over one of the receiver's integrations: the caller fills in what it tells. */
struct delivery *trials_add(struct trials *t, const struct integration *i);
/* Sends them. `answer` finds the finished ones in v. In the loop. */
void trials_send(struct trials *t, struct exchange *x,
                 void (*answer)(struct exchange *x, struct pending *base));
