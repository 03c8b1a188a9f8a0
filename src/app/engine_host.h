/* The shell around the engine: its lock, its clock, its dispatcher thread, and the way its effects take.
 *
 * Whoever changes the engine does it through engine_host_apply(): the function runs under the write lock, and
 * its effects are handed to db before the lock is given up, so that they are written in the order in which
 * they came about; deliveries leave once the records that came with them are written.
 */
#pragma once

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/metric.h"
#include "core/engine.h"
#include "db/db.h"
#include "http/host.h"
#include "notify/notify.h"

struct engine_host;

/* Restores the engine from the database. Owns neither db nor notify. Nothing is sent before
 * engine_host_start(). `history`: db keeps one. */
struct engine_host *engine_host_new(const struct engine_opts *opts, const struct config *config,
                                    struct db *db, bool history, struct err *err) NODISCARD;

/* Where deliveries go; notify gives them back through engine_host_delivered(). Starts the dispatcher. */
bool engine_host_start(struct engine_host *h, struct notify *notify, struct err *err) NODISCARD;
void engine_host_delivered(void *host, struct delivery *d); /* any thread */

enum host_result engine_host_apply(struct engine_host *h,
                                   void (*fn)(struct engine *e, struct now now, struct effects *fx,
                                              void *arg),
                                   void *arg, struct commit_wait *wait);

const struct engine *engine_host_read_begin(struct engine_host *h);
void engine_host_read_end(struct engine_host *h);

/* Something that happened outside the engine: start, stop. */
void engine_host_note(struct engine_host *h, enum event_kind kind);

/* Before engine_host_start(): a histogram for how long the write lock is held, in seconds. */
void engine_host_measure(struct engine_host *h, struct metric *held);

/* Any thread. Until engine_host_unlisten() has returned, the listener is called. */
void engine_host_listen(struct engine_host *h, struct event_listener *l);
void engine_host_unlisten(struct engine_host *h, struct event_listener *l);

/* No group is flushed and no delivery leaves any more; results of deliveries are still taken in. */
void engine_host_quiesce(struct engine_host *h);
/* After notify was stopped: takes in what came back, ends the dispatcher. */
void engine_host_stop(struct engine_host *h);
void engine_host_free(struct engine_host *h); /* NULL is fine */
