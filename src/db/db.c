#include "db/db.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "exchange.h"
#include "internal.h"
#include "schema.h"
#include "sql.h"

#define QUEUE_LIMIT 8192

static const double commit_buckets[] = {.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5};

static void register_metrics(struct db_metrics *m, struct metrics *registry)
{
    m->commits = metric_one(registry, METRIC_COUNTER, "tocsin_db_commits_total",
                            "Transactions committed to the database.");
    m->syncs = metric_one(registry, METRIC_COUNTER, "tocsin_db_syncs_total",
                          "Transactions that waited until they were forced to the disk.");
    m->errors = metric_one(registry, METRIC_COUNTER, "tocsin_db_errors_total",
                           "Failed transactions, and records that could not be read at start.");
    m->queue = metric_one(registry, METRIC_GAUGE, "tocsin_db_queue_length",
                          "Batches of records waiting to be committed.");
    m->queue_age = metric_one(registry, METRIC_GAUGE, "tocsin_db_queue_oldest_seconds",
                              "How long the oldest of them has been waiting.");
    m->journal_rows = metric_one(registry, METRIC_GAUGE, "tocsin_db_journal_rows",
                                 "Rows of the journal not yet folded into the table of alerts.");
    m->pending = metric_one(registry, METRIC_GAUGE, "tocsin_db_pending_records",
                            "Records kept in memory because the database cannot be written.");
    m->file_bytes = metric_one(registry, METRIC_GAUGE, "tocsin_db_file_bytes",
                               "Size of the database file and its write-ahead log.");
    struct metric_family *seconds =
        metric_histogram(registry, "tocsin_db_commit_duration_seconds",
                         "How long transactions took, from their begin to the end of their commit.",
                         (const char *const[]){NULL}, commit_buckets, COUNT_OF(commit_buckets));
    m->commit_seconds = metric_with(seconds, (const char *const[]){NULL});
}

/* Before each scrape. */
static void collect(void *ctx)
{
    const struct db *db = ctx;
    const mono_ns oldest = db->oldest;

    metric_set(db->m.queue_age,
               oldest == MONO_NEVER ? 0 : (double)(clk_now().mono - oldest) / (double)NS_PER_S);
}

static void disconnect(struct db *db)
{
    tables_done(&db->tables);
    history_log_done(&db->history);
    sqlite3_close(db->conn);
    db->conn = NULL;
}

/* A schema that lacks what its version promises is as useless as a damaged file. */
static enum schema_result connect_once(struct db *db, struct err *err)
{
    const enum schema_result opened = schema_open(db->place.file, &db->conn, err);

    if (opened != SCHEMA_READY || (tables_init(&db->tables, db->conn, db->history.opts.retention > 0, err) &&
                                   history_log_init(&db->history, db->conn, err)))
        return opened;
    const bool unusable = sql_damaged(db->conn) || sqlite3_errcode(db->conn) == SQLITE_ERROR;
    (void)err_wrap(err, "%s", db->place.file);
    disconnect(db);
    return unusable ? SCHEMA_UNUSABLE : SCHEMA_FAILED;
}

bool db_replace(struct db *db, const char *why, struct err *err)
{
    char *aside;

    disconnect(db);
    db->replaced = true;
    if (!place_put_aside(&db->place, clk_now().wall, &aside, err))
        return false;
    log_error("database cannot be used, moved aside for a new one", "file", db->place.file, "err", why,
              "moved_to", aside);
    free(aside);
    return connect_once(db, err) == SCHEMA_READY;
}

static bool connect(struct db *db, struct err *err)
{
    switch (connect_once(db, err)) {
    case SCHEMA_READY:
        return true;
    case SCHEMA_UNUSABLE: {
        const struct err why = *err;
        return db_replace(db, why.text, err);
    }
    case SCHEMA_FAILED:
        break;
    }
    return false;
}

struct db *db_open(const struct db_opts *opts, struct err *err)
{
    struct db *db = xcalloc(1, sizeof(*db));

    if (!place_open(&db->place, opts->dir, err)) {
        free(db);
        return NULL;
    }
    db->data_retention = opts->data_retention;
    db->history.opts = (struct history_opts){opts->history_retention, opts->history_max_bytes};
    if (!connect(db, err)) {
        place_close(&db->place);
        free(db);
        return NULL;
    }
    register_metrics(&db->m, opts->metrics);
    db->oldest = MONO_NEVER;
    metrics_collector(opts->metrics, collect, db);
    db->sync_at = MONO_NEVER;
    db->history.dropped =
        metric_one(opts->metrics, METRIC_COUNTER, "tocsin_history_dropped_total",
                   "Events that the history lost because the database could not be written.");
    pending_init(&db->pending);
    mailbox_init(&db->in, opts->queue_limit != 0 ? opts->queue_limit : QUEUE_LIMIT, NULL, NULL);
    return db;
}

bool db_start(struct db *db, struct err *err)
{
    const int rc = pthread_create(&db->thread, NULL, writer_main, db);

    if (rc != 0)
        return err_set(err, ERR_SYSTEM, "start the database thread: %s", strerrordesc_np(rc));
    pthread_setname_np(db->thread, "db-writer");
    db->started = true;
    return true;
}

struct db_batch *db_batch_new(struct record *records, size_t n, void (*done)(struct db_batch *b, bool ok),
                              void *ctx)
{
    struct db_batch *b = xmalloc(sizeof(*b));

    *b = (struct db_batch){.records = records, .n = n, .done = done, .ctx = ctx};
    return b;
}

void db_batch_free(struct db_batch *b)
{
    if (b == NULL)
        return;
    for (size_t i = 0; i < b->n; i++)
        record_done(&b->records[i]);
    for (size_t i = 0; i < b->n_events; i++)
        event_unref(b->events[i]);
    free(b->events);
    free(b->lane);
    free(b->records);
    free(b);
}

bool db_write(struct db *db, struct db_batch *b, bool force)
{
    b->since = clk_now().mono;
    metric_add(db->m.queue, 1);
    if (force) {
        mailbox_force(&db->in, &b->mail);
        return true;
    }
    if (mailbox_send(&db->in, &b->mail))
        return true;
    metric_add(db->m.queue, -1);
    return false;
}

/* Without its thread there is nobody to write what is queued. */
static void refuse_queued(struct db *db)
{
    for (struct mail *m = mailbox_take(&db->in), *next; m != NULL; m = next) {
        struct db_batch *b = CONTAINER_OF(m, struct db_batch, mail);
        next = m->next;
        b->done(b, false);
    }
}

void db_close(struct db *db)
{
    if (db == NULL)
        return;
    mailbox_close(&db->in);
    if (db->started) {
        pthread_join(db->thread, NULL);
        exchange_export(db->conn, db->place.dir, db->data_retention);
    } else {
        refuse_queued(db);
    }
    mailbox_done(&db->in);
    pending_done(&db->pending);
    disconnect(db);
    place_close(&db->place);
    free(db);
}
