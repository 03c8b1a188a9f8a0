/* Deliveries that wait for their intents to be on disk: only what a restart would know of leaves the process
 * (pipeline.md 9). Without that, a receiver could be told of an alert that is forgotten by a crash, and would
 * never be told of its end.
 *
 * A disk that does not answer must not keep people from being told: after a while deliveries leave
 * regardless.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/clk.h"
#include "core/engine.h"
#include "notify/notify.h"

struct parcel; /* the deliveries of one call of the engine */

struct departures {
    pthread_mutex_t mu;
    struct notify *notify;        /* set before the first delivery */
    struct parcel *first, **last; /* those that have not left, oldest first */
    bool closed;
};
void departures_init(struct departures *d);
void departures_done(struct departures *d); /* every parcel was released */

/* Takes the deliveries out of the effects. NULL: there are none, or the box is closed. */
struct parcel *departures_hold(struct departures *d, struct effects *fx, mono_ns now) NODISCARD;
/* Any thread. They are on disk, or will not be: they leave. NULL is fine. */
void departures_release(struct departures *d, struct parcel *p);
/* Lets go what was held too long. Returns when there is more of that to do, or MONO_NEVER. */
mono_ns departures_overdue(struct departures *d, mono_ns now);
/* Nothing leaves any more; what is held is dropped, and made again from its intents by the next process. */
void departures_close(struct departures *d);
