/* The database: one SQLite file in WAL mode, one writer thread, group commit (design.md 2).
 *
 * What is written: records (core/record.h). Alerts arrive in bursts, so their records are appended to a
 * journal (one row per batch) and folded into the table `alerts` when the thread has time; silences, ledger
 * entries and groups go to their tables at once. Everything is committed before `done` is called: the death
 * of the process loses nothing. What may not be lost to a power cut either asks for `synced`; the rest is
 * forced to the disk within a second.
 *
 * A database that is corrupt or foreign is moved aside with a time stamp, and a new one is made with what
 * could still be read: state must never keep the process from notifying.
 *
 * A disk that is full, or a file that cannot be written, makes batches fail, not the process. `done` then
 * says that nothing of the batch is durable yet; its records are kept in memory, of each key the latest, and
 * are written before anything newer once writing works again, so that disk and engine come to agree. The log
 * says when that begins and ends, `tocsin_db_pending_records` how much is waiting.
 *
 * The events that come with the records become the history: db/history.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/clk.h"
#include "base/err.h"
#include "base/mailbox.h"
#include "base/metric.h"
#include "core/event.h"
#include "core/record.h"

struct db;
struct lane_memory;

struct db_opts {
    const char *dir; /* --storage.path; made if it is not there */
    struct metrics *metrics;
    size_t queue_limit;        /* batches; 0: the default */
    dur_ns data_retention;     /* how long silences stay after their end, for the files of a clean stop */
    dur_ns history_retention;  /* 0: there is no history */
    int64_t history_max_bytes; /* the oldest history goes when the database uses more; 0: no limit */
};

/* Opens or creates <dir>/tocsin.db, migrates its schema (PRAGMA user_version), takes an exclusive lock on the
 * directory so that two processes cannot share it. Errors name the file and what to do. */
struct db *db_open(const struct db_opts *opts, struct err *err) NODISCARD;

/* Before db_start(): hands over every record, one call each, in no order; the callee takes over the
 * reference. A database that was made just now takes over the files `silences` and `nflog` of an Alertmanager
 * that are in its directory.
 * `*last_alive` is when the former process was last known to run, or STAMP_UNSET. */
bool db_load(struct db *db, void (*each)(void *ctx, struct record *r), void *ctx, struct stamp *last_alive,
             struct err *err) NODISCARD;

/* Before db_load(), which may put a damaged database aside: what lanes have to remember at `now`. `m` is
 * valid during the call. What cannot be read is forgotten. */
void db_load_lanes(struct db *db, struct stamp now, void (*each)(void *ctx, const struct lane_memory *m),
                   void *ctx);

/* The writer thread. From its first commit on the shutdown counts as unclean until db_close(). */
bool db_start(struct db *db, struct err *err) NODISCARD;

/* Records that must become durable together. Allocated by the caller, given away by db_write(), and given
 * back to `done`, which runs in the writer thread after the commit (ok) or when it failed; `done` frees the
 * batch. */
struct db_batch {
    struct mail mail;
    struct record *records; /* malloc'ed; the batch owns the array and the references */
    size_t n;
    bool
        synced; /* `done` waits until this batch, and all that was written before it, is forced to the disk */
    struct event *
        *events; /* for the history, the same way; NULL: none. Others than HISTORY_EVENTS are ignored */
    size_t n_events;
    struct lane_memory *lane; /* malloc'ed; NULL: none. Not kept in memory when writing fails */
    void (*done)(struct db_batch *b, bool ok);
    void *ctx;
    mono_ns since; /* set by db_write() */
};
struct db_batch *db_batch_new(struct record *records, size_t n, void (*done)(struct db_batch *b, bool ok),
                              void *ctx); /* not synced */
void db_batch_free(struct db_batch *b);

/* Any thread. False: the queue is full (nothing was taken), answer ERR_UNAVAILABLE. With `force` it is always
 * taken: for what the engine has already done. */
bool db_write(struct db *db, struct db_batch *b, bool force) NODISCARD;

/* Any thread. Keeps what a lane has to remember; copies it. */
void db_write_lane(struct db *db, const struct lane_memory *m);

/* Stops the thread after all that was queued is committed, folds the journal (for some seconds at most: the
 * rest is folded after the next start), leaves the files `silences` and `nflog` for an Alertmanager, closes.
 * Batches that were queued without db_start() are answered with ok = false. NULL is fine. */
void db_close(struct db *db);
