/* Loading: everything that was kept, read into memory before any of it is handed over.
 *
 * That order allows a damaged database to be met halfway: what could still be read goes to the engine and,
 * as pending records, into the new database, and the damaged file stays aside for a closer look.
 */
#include "internal.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "codec/rfc3339.h"
#include "exchange.h"
#include "pack.h"
#include "record_json.h"
#include "sql.h"

struct load {
    sqlite3 *conn;
    struct record_decoder decoder;
    struct record *v;
    size_t n, cap;
    struct map in_journal; /* alerts whose latest state came from there */
    size_t unreadable;
    struct err unreadable_why; /* of the first */
    bool damaged;
    struct err damaged_why; /* the first finding */
};

static void keep(struct load *l, const struct record *r)
{
    l->v = xgrow(l->v, &l->cap, l->n + 1, sizeof(*l->v));
    l->v[l->n++] = *r;
}

static void add(struct load *l, enum record_kind kind, struct sv body)
{
    struct record r;
    struct err err;

    if (!record_decode(&l->decoder, kind, body, &r, &err)) {
        if (l->unreadable++ == 0)
            l->unreadable_why = err;
        return;
    }
    r.change = EVENT_NONE; /* the history has it already */
    keep(l, &r);
}

static void on_imported(void *ctx, struct record *r)
{
    keep(ctx, r);
}

/* ---- rows ---- */

static struct sv column_sv(sqlite3_stmt *st, int at)
{
    const char *text = (const char *)sqlite3_column_text(st, at);

    return (struct sv){text, text != NULL ? (size_t)sqlite3_column_bytes(st, at) : 0};
}

static void on_silence(struct load *l, sqlite3_stmt *st)
{
    add(l, RECORD_SILENCE, column_sv(st, 0));
}

static void on_ledger(struct load *l, sqlite3_stmt *st)
{
    add(l, RECORD_LEDGER, column_sv(st, 0));
}

static void on_group(struct load *l, sqlite3_stmt *st)
{
    add(l, RECORD_GROUP, column_sv(st, 0));
}

static void on_owed(struct load *l, sqlite3_stmt *st)
{
    add(l, RECORD_OWED, column_sv(st, 0));
}

static void on_letter(struct load *l, sqlite3_stmt *st)
{
    add(l, RECORD_LETTER, column_sv(st, 0));
}

/* Rows and lines come newest first, so the first line of an alert is the one that counts. */
static void on_journal(struct load *l, sqlite3_stmt *st)
{
    CLEANUP(strbuf_donep) struct strbuf text = {.ceiling = ROW_TEXT_MAX};
    struct sv line;
    uint64_t fp;
    bool del;

    const struct sv packed = {sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0)};
    if (!unpack(&text, packed, ROW_TEXT_MAX)) {
        if (l->unreadable++ == 0)
            err_set(&l->unreadable_why, ERR_INVALID, "a row of the journal is not packed text");
        return;
    }
    struct sv rest = strbuf_sv(&text);
    while (record_line_pop(&rest, &line)) {
        if (!record_line_key(line, &fp, &del))
            add(l, RECORD_ALERT, line); /* to have it counted as unreadable */
        else if (map_put(&l->in_journal, fp, l) == NULL && !del)
            add(l, RECORD_ALERT, line);
    }
}

static void on_alert(struct load *l, sqlite3_stmt *st)
{
    if (map_get(&l->in_journal, (uint64_t)sqlite3_column_int64(st, 1)) == NULL)
        add(l, RECORD_ALERT, column_sv(st, 0));
}

struct source {
    const char *query;
    void (*row)(struct load *l, sqlite3_stmt *st);
};

/* The journal before the alerts. */
static const struct source sources[] = {
    {"SELECT body FROM silences", on_silence},
    {"SELECT body FROM ledger", on_ledger},
    {"SELECT body FROM groups", on_group},
    {"SELECT body FROM outbox", on_owed},
    {"SELECT body FROM dead_letters", on_letter},
    {"SELECT packed FROM journal ORDER BY seq DESC", on_journal},
    {"SELECT body, fp FROM alerts", on_alert},
};

static bool read_source(struct load *l, const struct source *from, struct err *err)
{
    sqlite3_stmt *st;
    int rc;

    if (sqlite3_prepare_v2(l->conn, from->query, -1, &st, NULL) != SQLITE_OK)
        return sql_fail(l->conn, from->query, err);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW)
        from->row(l, st);
    const bool ok = rc == SQLITE_DONE || sql_fail(l->conn, from->query, err);
    sqlite3_finalize(st);
    return ok;
}

static void note_damage(struct load *l, const struct err *why)
{
    if (!l->damaged)
        l->damaged_why = *why;
    l->damaged = true;
}

/* A table that is damaged does not keep the others from being read. */
static bool read_all(struct load *l, struct err *err)
{
    for (size_t i = 0; i < COUNT_OF(sources); i++)
        if (!read_source(l, &sources[i], err)) {
            if (!sql_damaged(l->conn))
                return false;
            note_damage(l, err);
        }
    return true;
}

/* ---- meta ---- */

/* Empty when the key is not there. */
static void read_meta(sqlite3 *conn, const char *key, char *out, size_t size)
{
    sqlite3_stmt *st;

    out[0] = '\0';
    if (sqlite3_prepare_v2(conn, "SELECT value FROM meta WHERE key = ?1", -1, &st, NULL) != SQLITE_OK)
        return;
    sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
    if (sqlite3_step(st) == SQLITE_ROW)
        snprintf(out, size, "%s", (const char *)sqlite3_column_text(st, 0));
    sqlite3_finalize(st);
}

static struct stamp read_last_alive(sqlite3 *conn)
{
    char text[STAMP_TEXT_MAX];
    struct stamp t;
    struct err err;

    read_meta(conn, "last_alive", text, sizeof(text));
    return stamp_parse_rfc3339(sv_of(text), &t, &err) ? t : STAMP_UNSET;
}

/* A clean shutdown has left a sound file; after anything else it is worth the time to look. */
static void check(struct load *l)
{
    char clean[2];
    struct err finding;

    read_meta(l->conn, "clean_shutdown", clean, sizeof(clean));
    if (clean[0] == '0' && !sql_check(l->conn, &finding))
        note_damage(l, &finding);
}

/* ---- the whole ---- */

static void report_unreadable(const struct db *db, const struct load *l)
{
    char count[32];

    if (l->unreadable == 0)
        return;
    metric_add(db->m.errors, (double)l->unreadable);
    snprintf(count, sizeof(count), "%zu", l->unreadable);
    log_error("database holds records that cannot be read, ignoring them", "file", db->place.file, "records",
              count, "err", l->unreadable_why.text);
}

static bool start_over(struct db *db, const struct load *l, struct err *err)
{
    char count[32];

    if (!db_replace(db, l->damaged_why.text, err))
        return false;
    for (size_t i = 0; i < l->n; i++)
        pending_add(&db->pending, &l->v[i]);
    snprintf(count, sizeof(count), "%zu", l->n);
    log_warn("what could be read of the damaged database is kept", "records", count);
    return true;
}

/* What is taken over goes to the database as what it still owes. */
static void take_over(struct db *db, struct load *l)
{
    exchange_import(db->place.dir, on_imported, l);
    for (size_t i = 0; i < l->n; i++)
        pending_add(&db->pending, &l->v[i]);
}

static bool load_all(struct db *db, struct load *l, bool never_lived, struct err *err)
{
    check(l);
    if (!read_all(l, err))
        return err_wrap(err, "%s", db->place.file);
    report_unreadable(db, l);
    if (l->damaged)
        return start_over(db, l, err);
    /* A database that never lived, and not one that is new because the other was damaged: what an earlier
     * stop has left is old, and silences that were expired since would be back. */
    if (never_lived && !db->replaced)
        take_over(db, l);
    return true;
}

static void load_done(struct load *l)
{
    for (size_t i = 0; i < l->n; i++)
        record_done(&l->v[i]);
    free(l->v);
    map_done(&l->in_journal);
    record_decoder_done(&l->decoder);
}

bool db_load(struct db *db, void (*each)(void *ctx, struct record *r), void *ctx, struct stamp *last_alive,
             struct err *err)
{
    struct load l = {.conn = db->conn};

    *last_alive = read_last_alive(db->conn);
    const bool ok = load_all(db, &l, stamp_is_unset(*last_alive), err);
    if (ok) {
        for (size_t i = 0; i < l.n; i++)
            each(ctx, &l.v[i]);
        l.n = 0; /* they have their references now */
    }
    load_done(&l);
    return ok;
}
