/* The latest events of the engine, for streams to read from: each stream has its own place in it, so that a
 * slow one costs nothing but the chance that the ring overtakes it.
 *
 * The ring listens from the first reader on, and then until the server stops: who comes back finds what
 * happened meanwhile.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "core/event.h"

#define EVENT_RING_EVENTS 4096
#define EVENT_RING_WEIGHT 200000 /* alerts that events may keep in memory */

struct host;

struct event_ring {
    struct event_listener listener; /* what the engine's owner calls */
    const struct host *host;
    uint64_t epoch;          /* of this process: numbers of another one mean nothing */
    void (*more)(void *ctx); /* any thread: there is something new */
    void *ctx;

    pthread_mutex_t mu;
    struct event *v[EVENT_RING_EVENTS]; /* event number i is at i modulo the size */
    uint64_t first, next;               /* numbers that are there: first <= i < next */
    size_t weight;
    bool listening;
};

void event_ring_init(struct event_ring *r, const struct host *host, void (*more)(void *ctx), void *ctx);
void event_ring_done(struct event_ring *r);

/* From now on events are kept. In a loop, any number of times. */
void event_ring_listen(struct event_ring *r);

/* The numbers of the oldest event that is there, and of the next that will come. */
void event_ring_bounds(struct event_ring *r, uint64_t *first, uint64_t *next);

/* References to up to `max` events from number `at` on; how many. Zero: nothing yet, or, when *lost, the ring
 * is past that number. */
size_t event_ring_read(struct event_ring *r, uint64_t at, struct event **out, size_t max, bool *lost);
