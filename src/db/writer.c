/* The writer thread: group commit, what to do when the disk refuses, and when to fold the journal.
 *
 * It takes all that is in the mailbox, commits it, answers, and what came meanwhile is the next group. That
 * alone would leave a steady crowd of senders in two halves that take turns, with twice as many commits as
 * need be: see gather().
 *
 * When a transaction fails, every batch in it is answered with ok = false, because nothing of it is durable.
 * The engine has already done what the records say, so they are not dropped: they wait in `pending` and are
 * written, before anything newer, as soon as writing works again. Until RETRY has passed new batches join
 * them without an attempt, so that a full disk is not asked thousands of times a second.
 */
#include "internal.h"

#include <stdio.h>

#include "base/log.h"
#include "lanes.h"

/* One transaction holds at most about this much, so that an answer does not wait for a whole burst. */
#define COMMIT_RECORDS 16384

/* A journal that is longer is folded even while mail is waiting: the disk it takes, and the time that a start
 * after a crash takes, stay bounded, and senders feel it as a full queue. */
#define JOURNAL_LONG ((size_t)512 << 10)

/* A checkpoint copies the write-ahead log into the database, which writes everything a second time: in a
 * burst that is put off until there is nobody waiting, or until the log is this long (128 MB). */
#define WAL_LONG  8192 /* pages of 16 kB */
#define WAL_SHORT 256

#define GATHER_MAX    (10 * NS_PER_MS)
#define QUIET         (250 * NS_PER_MS)
#define ALIVE_EVERY   (5 * NS_PER_S)
#define SYNC_EVERY    (1 * NS_PER_S)
#define RETRY         (1 * NS_PER_S)
#define FOLD_RETRY    (30 * NS_PER_S)
#define FOLD_AT_CLOSE (5 * NS_PER_S)
#define PRUNE_EVERY   (60 * NS_PER_S)

static double seconds(dur_ns d)
{
    return (double)d / (double)NS_PER_S;
}

static void publish(struct db *db)
{
    metric_set(db->m.journal_rows, (double)db->tables.committed.rows);
    metric_set(db->m.pending, (double)db->pending.n);
}

/* ---- trouble ---- */

static void fails(struct db *db, struct trouble *t, const char *what, dur_ns retry, const struct err *err)
{
    metric_inc(db->m.errors);
    if (!t->on)
        log_error(what, "file", db->place.file, "err", err->text);
    t->on = true;
    t->retry_at = clk_now().mono + retry;
}

static void works(struct db *db, struct trouble *t, const char *what)
{
    if (t->on)
        log_info(what, "file", db->place.file);
    t->on = false;
}

static bool blocked(const struct trouble *t, mono_ns now)
{
    return t->on && now < t->retry_at;
}

/* ---- transactions ---- */

/* What one transaction writes: some pending records, or some batches, or only `last_alive`. */
struct work {
    const struct pending_item *items;
    size_t n_items;
    struct mail *first, *end; /* batches, end excluded */
    bool clean_shutdown;
};

static struct db_batch *batch_of(struct mail *m)
{
    return CONTAINER_OF(m, struct db_batch, mail);
}

static bool put_batch(struct db *db, const struct db_batch *b, struct err *err)
{
    for (size_t i = 0; i < b->n; i++)
        if (!tables_put(&db->tables, &b->records[i], err))
            return false;
    if (b->lane != NULL && !lanes_put(&db->tables, b->lane, err))
        return false;
    return history_log_put(&db->history, b->events, b->n_events, err);
}

static bool put_work(struct db *db, const struct work *w, struct err *err)
{
    const struct pending_item *item = w->items;

    for (size_t i = 0; i < w->n_items; i++, item = item->next)
        if (!tables_put(&db->tables, &item->record, err))
            return false;
    if (!history_log_put_kept(&db->history, err))
        return false;
    for (struct mail *m = w->first; m != w->end; m = m->next)
        if (!put_batch(db, batch_of(m), err))
            return false;
    return true;
}

static bool only_alive(const struct work *w)
{
    return w->n_items == 0 && w->first == NULL;
}

/* Forcing to the disk takes several times as long as everything else: it is done for those who wait for it,
 * when there is nothing else to do, and every second. */
static bool wants_sync(const struct db *db, const struct work *w, mono_ns now)
{
    if (only_alive(w) || now >= db->sync_at)
        return true;
    for (struct mail *m = w->first; m != w->end; m = m->next)
        if (batch_of(m)->synced)
            return true;
    return false;
}

static void note_sync(struct db *db, bool synced, mono_ns now)
{
    if (synced) {
        db->sync_at = MONO_NEVER;
        metric_inc(db->m.syncs);
    } else if (db->sync_at == MONO_NEVER) {
        db->sync_at = now + SYNC_EVERY;
    }
}

static bool commit(struct db *db, struct err *err)
{
    const mono_ns begun = clk_now().mono;
    const bool ok = tables_commit(&db->tables, err);

    db->commit_took = clk_now().mono - begun;
    return ok;
}

static bool transact(struct db *db, const struct work *w, struct err *err)
{
    const struct now now = clk_now();
    const bool alive = only_alive(w) || now.mono >= db->alive_at;
    const bool synced = wants_sync(db, w, now.mono);

    if (!tables_begin(&db->tables, synced, err))
        return false;
    if (!put_work(db, w, err) ||
        (alive && !tables_put_alive(&db->tables, now.wall, w->clean_shutdown, err)) || !commit(db, err)) {
        tables_rollback(&db->tables);
        return false;
    }
    if (alive) {
        db->alive_at = now.mono + ALIVE_EVERY;
        metric_set(db->m.file_bytes, (double)place_bytes(&db->place));
    }
    note_sync(db, synced, now.mono);
    metric_inc(db->m.commits);
    metric_observe(db->m.commit_seconds, seconds(clk_now().mono - now.mono));
    return true;
}

static bool attempt(struct db *db, const struct work *w)
{
    struct err err;

    if (transact(db, w, &err)) {
        history_log_written(&db->history);
        works(db, &db->writing, "database can be written again");
        return true;
    }
    fails(db, &db->writing, "database cannot be written, keeping changes in memory", RETRY, &err);
    return false;
}

/* ---- checkpoints ---- */

static int on_commit(void *ctx, sqlite3 *conn, const char *name, int pages)
{
    struct db *db = ctx;

    (void)conn;
    (void)name;
    db->wal_pages = pages;
    if (pages < db->wal_kept) /* the log was begun anew */
        db->wal_kept = 0;
    return SQLITE_OK;
}

static bool checkpoint_due(const struct db *db, int limit)
{
    return db->wal_pages - db->wal_kept >= limit;
}

/* A failure costs nothing but the length of the log; a disk that is full is noticed by the next commit. A
 * reader in the shell can keep pages from being copied: the next attempt is then as many pages later. */
static void checkpoint(struct db *db)
{
    int pages = 0, copied = 0;
    const int rc = sqlite3_wal_checkpoint_v2(db->conn, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages, &copied);

    if (rc == SQLITE_OK && copied == pages)
        db->wal_pages = 0;
    db->wal_kept = db->wal_pages;
}

/* ---- batches ---- */

static bool flush_pending(struct db *db)
{
    while (db->pending.n != 0) {
        const size_t n = db->pending.n < COMMIT_RECORDS ? db->pending.n : COMMIT_RECORDS;
        if (!attempt(db, &(struct work){.items = db->pending.head, .n_items = n}))
            return false;
        pending_drop(&db->pending, n);
    }
    return true;
}

static void keep(struct db *db, struct mail *first, const struct mail *end)
{
    for (struct mail *m = first; m != end; m = m->next) {
        const struct db_batch *b = batch_of(m);
        for (size_t i = 0; i < b->n; i++)
            pending_add(&db->pending, &b->records[i]);
        history_log_keep(&db->history, b->events, b->n_events);
    }
}

/* Returns how many there were. */
static size_t answer(struct db *db, struct mail *first, const struct mail *end, bool ok)
{
    size_t n = 0;

    for (struct mail *m = first, *next; m != end; m = next) {
        struct db_batch *b = batch_of(m);
        next = m->next;
        metric_add(db->m.queue, -1);
        b->done(b, ok);
        n++;
    }
    return n;
}

/* The end of the longest run that fits one transaction; at least one batch. */
static struct mail *end_of_group(struct mail *m)
{
    size_t records = 0;

    do {
        records += batch_of(m)->n;
        m = m->next;
    } while (m != NULL && records + batch_of(m)->n <= COMMIT_RECORDS);
    return m;
}

static bool fold_step(struct db *db)
{
    struct err err;
    const bool ok = tables_fold(&db->tables, &err);

    if (ok)
        works(db, &db->folding, "database journal can be folded again");
    else
        fails(db, &db->folding, "database journal cannot be folded", FOLD_RETRY, &err);
    if (checkpoint_due(db, WAL_LONG))
        checkpoint(db);
    publish(db);
    return ok;
}

static void write_mail(struct db *db, struct mail *m)
{
    size_t answered = 0;

    while (m != NULL) {
        struct mail *end = end_of_group(m);
        db->oldest = batch_of(m)->since;
        const bool ok = !blocked(&db->writing, clk_now().mono) && flush_pending(db) &&
                        attempt(db, &(struct work){.first = m, .end = end});
        if (!ok)
            keep(db, m, end);
        publish(db); /* before the answers, so that who gets one sees the numbers that belong to it */
        answered += answer(db, m, end, ok);
        m = end;
        if (checkpoint_due(db, WAL_LONG))
            checkpoint(db);
        while (db->tables.committed.records > JOURNAL_LONG && !blocked(&db->folding, clk_now().mono) &&
               fold_step(db))
            ;
    }
    db->oldest = MONO_NEVER;
    db->company = answered + mailbox_depth(&db->in);
    db->mail_at = clk_now().mono;
}

/* Who has just been answered is likely to come again at once. A commit costs about the same for few as for
 * many, so it waits for all of them, but no longer than a commit takes. A sender that is alone
 * waits for nobody. */
static void gather(struct db *db)
{
    const dur_ns patience = db->commit_took < GATHER_MAX ? db->commit_took : GATHER_MAX;

    if (db->company > 1)
        mailbox_gather(&db->in, db->company, db->mail_at + patience);
    db->company = 0;
}

/* ---- the rest of the thread's day ---- */

/* Folding for every few alerts would double the number of commits, so what is short waits for the tick. */
static bool fold_due(const struct db *db, mono_ns now)
{
    const size_t records = db->tables.committed.records;

    return records != 0 && (db->fold_all || records >= FOLD_RECORDS) && !blocked(&db->folding, now) &&
           !db->writing.on;
}

static bool prune_due(const struct db *db, mono_ns now)
{
    return now >= db->prune_at && !blocked(&db->pruning, now) && !db->writing.on;
}

static void prune_step(struct db *db)
{
    const struct now now = clk_now();
    struct err err;
    bool more;

    if (!history_log_prune(&db->history, now.wall, &more, &err)) {
        fails(db, &db->pruning, "old history cannot be removed", FOLD_RETRY, &err);
        return;
    }
    works(db, &db->pruning, "old history can be removed again");
    if (!more)
        db->prune_at = now.mono + PRUNE_EVERY;
}

/* When the mailbox is empty the senders may merely be waiting for the answers they just got: only after QUIET
 * is a burst over. */
static mono_ns next_deadline(const struct db *db, mono_ns now)
{
    const mono_ns quiet_at = db->mail_at + QUIET;

    if (fold_due(db, now) || checkpoint_due(db, WAL_SHORT) || prune_due(db, now))
        return quiet_at > now ? quiet_at : now;
    if (db->writing.on)
        return db->writing.retry_at;
    return db->sync_at < db->alive_at ? db->sync_at : db->alive_at;
}

/* Nobody is waiting. */
static void idle(struct db *db)
{
    const mono_ns now = clk_now().mono;

    if (blocked(&db->writing, now))
        return;
    if (db->pending.n != 0 && !flush_pending(db))
        return;
    if (db->writing.on || now >= db->alive_at)
        db->fold_all = attempt(db, &(struct work){0}) || db->fold_all;
    else if (now >= db->sync_at)
        (void)attempt(db, &(struct work){0});
    if (fold_due(db, now))
        (void)fold_step(db);
    else if (checkpoint_due(db, WAL_SHORT))
        checkpoint(db);
    else if (prune_due(db, now))
        prune_step(db);
    db->fold_all = db->fold_all && db->tables.committed.records != 0;
    publish(db);
}

/* What stays in the journal is folded after the next start; a burst before a stop must not delay the stop. */
static void fold_at_close(struct db *db)
{
    const mono_ns until = clk_now().mono + FOLD_AT_CLOSE;

    while (db->tables.committed.records != 0 && clk_now().mono < until && fold_step(db))
        ;
}

static void sign_off(struct db *db)
{
    char count[32];

    if (flush_pending(db)) {
        fold_at_close(db);
        (void)attempt(db, &(struct work){.clean_shutdown = true});
        return;
    }
    snprintf(count, sizeof(count), "%zu", db->pending.n);
    log_error("changes are lost: the database could not be written", "file", db->place.file, "records",
              count);
}

void *writer_main(void *arg)
{
    struct db *db = arg;

    sqlite3_wal_hook(db->conn, on_commit, db);
    for (;;) {
        const bool closed = mailbox_closed(&db->in); /* asked first: what was sent before is in the box */
        gather(db);
        struct mail *list = mailbox_wait(&db->in, next_deadline(db, clk_now().mono));
        if (list != NULL) {
            write_mail(db, list);
        } else if (closed) {
            break;
        } else {
            idle(db);
        }
    }
    sign_off(db);
    return NULL;
}
