/* Streams of events: the requests to /api/tocsin/v1/events that a loop is answering, for as long as their
 * clients like. Everything here belongs to the loop's thread.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include <h2o.h>

#include "base/clk.h"

struct exchange;
struct loop;

/* A loop's streams. */
struct streams {
    h2o_linklist_t all;
    atomic_size_t n;        /* for whoever considers waking the loop */
    atomic_bool woken;      /* it was woken and has not looked yet */
    mono_ns next_heartbeat; /* dead peers are noticed only when something is written to them */
};

void streams_init(struct streams *s);
void streams_feed(struct loop *loop, mono_ns now); /* after each turn: sends what is new */
void streams_end(struct loop *loop);               /* shutdown */

/* Any thread: there is something new in the ring. */
void streams_wake(struct loop *loop);
