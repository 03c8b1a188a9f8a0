/* The notifier: one thread that owns a curl multi handle and delivers what the engine asks for.
 *
 * Per destination there is one lane: connection reuse, a concurrency limit, a pause after a throttling reply,
 * a circuit breaker. A delivery is tried until it succeeds, fails permanently or its deadline passes, with
 * backoff in between (pipeline.md 5.2). It comes back early, with delivery.retry_after, when nothing can be
 * sent to its destination before then. Templates are rendered in this thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/clk.h"
#include "base/err.h"
#include "base/metric.h"
#include "core/action_link.h"
#include "core/delivery.h"
#include "core/lane_view.h"

struct notify;

struct notify_opts {
    const char *external_url; /* without a trailing slash */
    const char *user_agent;   /* "Alertmanager/0.34.0" */
    const char *hostname;
    const struct action_keys *action_keys; /* sign links in messages; NULL: there are none. Outlive this */
    dur_ns action_lifetime;                /* of such links */
    struct metrics *metrics;
    size_t queue_limit; /* deliveries waiting to be taken up; 0: the default */
    int log_fd;         /* where log receivers write; normally 1 */
    bool receiver_name_in_metrics;
    bool compat_strict; /* as render.compat_strict; deliveries stay until their deadline, lanes have no
                           breaker */
    /* What the lanes of a former process left, copied; and what those of this one have to tell the next, in
     * the notifier's thread. */
    const struct lane_memory *memories;
    size_t n_memories;
    void (*remember)(void *ctx, const struct lane_memory *m); /* NULL: nobody wants to know */
    /* Gives a finished delivery back; runs in the notifier's thread. */
    void (*done)(void *ctx, struct delivery *d);
    void *ctx;
};

struct notify *notify_new(const struct notify_opts *opts, struct err *err) NODISCARD; /* starts the thread */

/* Any thread. Takes the delivery over, always. */
void notify_submit(struct notify *n, struct delivery *d);

/* Lets attempts that are under way finish for up to `drain`, then gives everything back as FAILURE_CANCELED.
 */
void notify_stop(struct notify *n, dur_ns drain);
void notify_free(struct notify *n); /* after notify_stop(); NULL is fine */

size_t notify_in_flight(struct notify *n);

/* The lanes as they are, for people. Any thread. */
void notify_lanes_view(struct notify *n, struct arena *mem, struct lanes_view *out);
