/* What the parts of db share: the connection, and the state of the writer thread. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "db/db.h"
#include "history_log.h"
#include "pending.h"
#include "place.h"
#include "tables.h"

struct db_metrics {
    struct metric *commits, *syncs, *commit_seconds, *errors;
    struct metric *queue, *queue_age, *journal_rows, *pending, *file_bytes;
};

/* Something that does not work at the moment: said once, tried again later. */
struct trouble {
    bool on;
    mono_ns retry_at;
};

struct db {
    struct place place;
    sqlite3 *conn;
    struct tables tables;
    struct history_log history;
    struct pending pending;
    struct mailbox in;
    _Atomic(mono_ns) oldest; /* since when the batch waits that is written next; MONO_NEVER: none is taken */
    bool replaced;           /* the database that was there had to be put aside */
    dur_ns data_retention;   /* db_opts */
    struct db_metrics m;

    pthread_t thread;
    bool started;

    /* the writer's own */
    mono_ns
        alive_at; /* when `last_alive` is due; at first at once, and the shutdown then counts as unclean */
    struct trouble writing, folding, pruning;
    mono_ns sync_at;         /* when what is committed is forced to the disk; MONO_NEVER: it is there */
    int wal_pages, wal_kept; /* in the write-ahead log; of them, what the last checkpoint could not copy */
    mono_ns mail_at;         /* when the last batch was written */
    dur_ns commit_took;      /* the last one, from packing to disk */
    size_t company;          /* batches that the next group is likely to have */
    mono_ns prune_at;        /* when old history is looked for next */
    bool fold_all;           /* until the journal is empty, not only while it is long */
};

/* Puts the database aside and opens an empty one; logs what happened and why. */
bool db_replace(struct db *db, const char *why, struct err *err) NODISCARD;

/* The thread: returns when the mailbox is closed and everything in it is answered. */
void *writer_main(void *db);
