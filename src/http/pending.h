/* Requests that wait for another thread: for a commit, or for a reload.
 *
 * Begun and answered in the loop. Other threads only call pending_return(), exactly once each, and the loop
 * frees what comes back, whether the request still lives or not. While one is out its request does not take
 * part in h2o's timeouts; --web.timeout bounds the wait.
 */
#pragma once

#include <stdbool.h>

#include <h2o.h>

#include "exchange.h"
#include "http/host.h"

/* The base of what a handler keeps about its request while it waits. */
struct pending {
    h2o_multithread_message_t msg; /* first: h2o links it into the loop's queue */
    struct commit_wait commit;     /* its `done` is pending_return() */
    struct loop *loop;
    struct exchange *exchange; /* NULL once the request is dead or was answered; the loop's */
    bool ok;                   /* as the other thread reported */
    void (*answer)(struct exchange *x, struct pending *p);
    void (*dispose)(struct pending *p); /* frees it */
};

/* Binds p, which the caller has allocated, to x. */
void pending_begin(struct pending *p, struct exchange *x,
                   void (*answer)(struct exchange *x, struct pending *p), void (*dispose)(struct pending *p));

/* In the loop: the answer is known at once. */
void pending_settle(struct pending *p, bool ok);

/* In the loop: nobody will return it; it is disposed of without an answer. */
void pending_cancel(struct pending *p);

/* In any thread: sends it back to its loop, which then settles it. */
void pending_return(struct pending *p, bool ok);

void pending_abandon(struct exchange *x); /* the request dies, the work goes on */

/* The loop's receiver of returns. */
void pending_on_returns(h2o_multithread_receiver_t *rx, h2o_linklist_t *messages);

/* Runs fn under the engine's write lock and answers p when what it wrote is durable; 503 if the store is
 * behind. */
void pending_apply(struct pending *p,
                   void (*fn)(struct engine *e, struct now now, struct effects *fx, void *arg), void *arg);
