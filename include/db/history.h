/* The history in the database: what is kept of the events, and how it is asked.
 *
 * The writer thread adds events in the same transaction as the records that came with them. The changes of
 * alerts need none: they are the journal's lines, which stay, packed as they are, when the journal is folded
 * (db.h). Old rows go a few at a time, while nobody waits.
 *
 * A question is read on a connection of its own, from any thread but not from a loop: it may take as long as
 * the disk does. One that runs sees one state of the database.
 */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "core/event.h"
#include "core/history.h"

/* The events that are kept. */
#define HISTORY_EVENTS                                                                                       \
    (EVENT_RANGE(EVENT_MUTE_BEGAN, EVENT_MUTE_ENDED) |                                                       \
     EVENT_RANGE(EVENT_NOTIFICATION_DELIVERED, EVENT_NOTIFICATION_FAILED) |                                  \
     EVENT_RANGE(EVENT_SILENCE_CREATED, EVENT_SHUTDOWN))

struct db;
struct history;

struct history *history_new(const struct db *db); /* `db` must outlive it */
void history_free(struct history *h);             /* NULL is fine */

/* Any thread; questions wait for each other. The page is the caller's to be done with, also after a failure.
 */
bool history_ask(struct history *h, const struct history_query *q, struct history_page *page,
                 struct err *err) NODISCARD;
