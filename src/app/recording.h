/* The event recorder in its place: it listens to the engine, and follows the configuration.
 *
 * Without the feature flag there is none, and nothing here does anything.
 */
#pragma once

#include "engine_host.h"
#include "notify/recorder.h"
#include "options.h"

struct recording {
    struct recorder *recorder; /* NULL: the feature is off */
    struct engine_host *engine;
    struct event_listener listener;
    bool listening;
};

bool recording_init(struct recording *r, const struct options *o, struct metrics *metrics,
                    struct engine_host *engine, struct err *err) NODISCARD;
void recording_done(struct recording *r); /* writes what is queued; zeroed memory is fine */

/* A reload: what can fail comes first, so that a failure leaves everything as it was. */
bool recording_prepare(struct recording *r, const struct config *c, struct event_outputs **out,
                       struct err *err) NODISCARD;
void recording_apply(struct recording *r, const struct config *c, struct event_outputs *outputs);
/* The start: an output that cannot be opened is logged, and keeps nobody from being notified. */
bool recording_start(struct recording *r, const struct config *c, struct err *err) NODISCARD;
