/* POST /-/reload: loading a configuration takes too long for a loop, so a short-lived thread does it. All
 * that ask while one reload runs share the next one.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct exchange;
struct host;

struct reload_job; /* one request; reloader.c */

struct reloader {
    const struct host *host;
    pthread_mutex_t mu;
    pthread_t thread;
    struct reload_job *waiting; /* newest first */
    size_t n_waiting;
    bool running;  /* the thread looks at `waiting` again before it ends */
    bool joinable; /* there is a thread to be joined */
};

void reloader_init(struct reloader *r, const struct host *host);
void reloader_done(struct reloader *r); /* waits for a reload that is under way */

void reloader_ask(struct reloader *r, struct exchange *x); /* answers x now or later */
