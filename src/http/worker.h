/* Work that is too long for a loop (a configuration to be compiled, a password to be hashed), done one after
 * the other by a thread of its own that starts with the first piece.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

/* One piece, embedded in a `struct pending` job; run() ends with pending_return(). */
struct work {
    struct work *next;
    void (*run)(struct work *w); /* in the worker's thread; must not touch the exchange */
};

struct worker {
    pthread_mutex_t mu;
    pthread_cond_t more;
    pthread_t thread;
    const char *name;
    struct work *first, **last;
    size_t n_waiting, max_waiting;
    bool running, stopping;
};

void worker_init(struct worker *w, const char *name, size_t max_waiting);
void worker_done(struct worker *w); /* what was given is finished first */

/* Any thread. False: too much is waiting, and `work` is still the caller's. */
bool worker_give(struct worker *w, struct work *work) NODISCARD;
