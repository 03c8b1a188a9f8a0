/* The event recorder (pipeline.md 8): events as JSON lines, to files, standard output and webhooks.
 *
 * Whoever has events never waits: they go into a queue of 8192, and what does not fit is dropped and counted.
 * One thread takes the queue as a whole, turns the events into text and hands that to all outputs.
 */
#pragma once

#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/metric.h"
#include "config/config.h"
#include "core/event.h"

/* The kinds that are recorded. An expired silence is not one of them, as upstream has it. */
#define RECORDER_EVENTS                                                                                      \
    (EVENT_BIT(EVENT_ALERT_CREATED) | EVENT_BIT(EVENT_ALERT_GROUPED) | EVENT_BIT(EVENT_ALERT_SETTLED) |      \
     EVENT_BIT(EVENT_ALERT_SILENCED) | EVENT_BIT(EVENT_ALERT_INHIBITED) |                                    \
     EVENT_BIT(EVENT_NOTIFICATION_DELIVERED) | EVENT_BIT(EVENT_SILENCE_CREATED) |                            \
     EVENT_BIT(EVENT_SILENCE_UPDATED) | EVENT_BIT(EVENT_STARTUP) | EVENT_BIT(EVENT_SHUTDOWN))

struct recorder;
struct event_outputs;

struct recorder_opts {
    const char *instance, *version, *build_context;
    struct metrics *metrics;
    int stdout_fd;
};

/* Copies the texts; starts the thread, without outputs. */
struct recorder *recorder_new(const struct recorder_opts *opts, struct err *err) NODISCARD;

/* Opens the outputs of a configuration, all or none. NULL: the first that cannot be, in `err`; ERR_INVALID
 * when trying again cannot help. */
struct event_outputs *recorder_open(struct recorder *r, const struct config *c, struct err *err) NODISCARD;

/* Takes `outputs` over. The former ones get what was taken before, and are closed. Any thread. */
void recorder_swap(struct recorder *r, struct event_outputs *outputs);

/* Any thread; never waits. */
void recorder_take(struct recorder *r, struct event *const *v, size_t n);

/* Writes what is queued, closes the outputs, ends the thread. The metrics must not be scraped any more. NULL
 * is fine. */
void recorder_free(struct recorder *r);
