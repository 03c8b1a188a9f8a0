#include "tables.h"

#include <stdint.h>

#include "base/log.h"
#include "codec/rfc3339.h"
#include "pack.h"
#include "record_json.h"
#include "sql.h"

/* SQLite refuses texts of 10^9 bytes. The API's limits are far below. */

static const char *const statements[STMT_COUNT] = {
    [STMT_BEGIN] = "BEGIN IMMEDIATE",
    [STMT_COMMIT] = "COMMIT",
    [STMT_META_SET] = "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2",
    [STMT_JOURNAL_ADD] = "INSERT INTO journal (records, packed, seq, at) VALUES (?1, ?2, ?3, ?4)",
    [STMT_JOURNAL_READ] = "SELECT seq, records, packed FROM journal ORDER BY seq",
    [STMT_JOURNAL_CUT] = "DELETE FROM journal WHERE seq <= ?1",
    [STMT_JOURNAL_KEEP] = "INSERT OR IGNORE INTO history_alerts SELECT seq, at, packed FROM journal"
                          " WHERE seq <= ?1 AND at != 0",
    [STMT_ALERT_PUT] = "INSERT INTO alerts VALUES (?1, ?2) ON CONFLICT DO UPDATE SET body = ?2",
    [STMT_ALERT_DEL] = "DELETE FROM alerts WHERE fp = ?1",
    [STMT_SILENCE_PUT] = "INSERT INTO silences VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE "
                         "SET starts_at = ?2, ends_at = ?3, updated_at = ?4, body = ?5",
    [STMT_SILENCE_DEL] = "DELETE FROM silences WHERE id = ?1",
    [STMT_LEDGER_PUT] = "INSERT INTO ledger VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE "
                        "SET at = ?2, expires_at = ?3, body = ?4",
    [STMT_LEDGER_DEL] = "DELETE FROM ledger WHERE key = ?1",
    [STMT_GROUP_PUT] = "INSERT INTO groups VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET body = ?3",
    [STMT_GROUP_DEL] = "DELETE FROM groups WHERE route_id = ?1 AND labels_fp = ?2",
    [STMT_OWED_PUT] = "INSERT INTO outbox VALUES (?1, ?2) ON CONFLICT DO UPDATE SET body = ?2",
    [STMT_OWED_DEL] = "DELETE FROM outbox WHERE key = ?1",
    [STMT_LETTER_PUT] = "INSERT INTO dead_letters VALUES (?1, ?2) ON CONFLICT DO UPDATE SET body = ?2",
    [STMT_LETTER_DEL] = "DELETE FROM dead_letters WHERE id = ?1",
    [STMT_LANE_PUT] = "INSERT INTO lanes VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE "
                      "SET tokens = ?2, at = ?3, blocked_until = ?4, until = ?5",
    [STMT_LANE_CUT] = "DELETE FROM lanes WHERE until <= ?1",
};

/* ---- statements ---- */

static void bind_text(sqlite3_stmt *st, int at, struct sv text)
{
    sqlite3_bind_text64(st, at, text.p != NULL ? text.p : "", text.n, SQLITE_STATIC, SQLITE_UTF8);
}

/* SQLite's integers are signed; the bits stay the same. */
static void bind_fp(sqlite3_stmt *st, int at, uint64_t fp)
{
    sqlite3_bind_int64(st, at, (sqlite3_int64)fp);
}

/* The columns hold UTC with milliseconds, so that they sort and SQLite's date functions understand them; the
 * body holds the exact time. A copy, because the text is the caller's. */
static void bind_stamp(sqlite3_stmt *st, int at, struct stamp t)
{
    char text[STAMP_TEXT_MAX];
    const size_t n = stamp_print_ms(stamp_utc(t), text);

    sqlite3_bind_text(st, at, text, (int)n, SQLITE_TRANSIENT);
}

static bool count_journal(struct tables *t, struct err *err)
{
    int64_t rows, records, last, kept;

    if (!sql_int(t->conn, "SELECT count(*) FROM journal", &rows, err) ||
        !sql_int(t->conn, "SELECT coalesce(sum(records), 0) FROM journal", &records, err) ||
        !sql_int(t->conn, "SELECT coalesce(max(seq), 0) FROM journal", &last, err) ||
        !sql_int(t->conn, "SELECT coalesce(max(seq), 0) FROM history_alerts", &kept, err))
        return false;
    t->next_seq = (last > kept ? last : kept) + 1;
    t->committed = (struct journal_size){(size_t)rows, (size_t)records};
    t->journal = t->committed;
    return true;
}

bool tables_init(struct tables *t, sqlite3 *conn, bool keep, struct err *err)
{
    *t = (struct tables){.conn = conn,
                         .keep = keep,
                         .body.ceiling = BODY_CEILING,
                         .lines.ceiling = ROW_TEXT_MAX,
                         .packed.ceiling = 2 * ROW_TEXT_MAX,
                         .synced = true};
    t->packer = packer_new();
    for (int i = 0; i < STMT_COUNT; i++)
        if (sqlite3_prepare_v3(conn, statements[i], -1, SQLITE_PREPARE_PERSISTENT, &t->stmt[i], NULL) !=
            SQLITE_OK)
            return sql_fail(conn, "prepare", err);
    return count_journal(t, err);
}

void tables_done(struct tables *t)
{
    for (int i = 0; i < STMT_COUNT; i++)
        sqlite3_finalize(t->stmt[i]);
    strbuf_done(&t->body);
    strbuf_done(&t->lines);
    strbuf_done(&t->packed);
    packer_free(t->packer);
    *t = (struct tables){0};
}

bool tables_run(struct tables *t, enum tables_stmt which, const char *what, struct err *err)
{
    sqlite3_stmt *st = t->stmt[which];
    const bool ok = sqlite3_step(st) == SQLITE_DONE || sql_fail(t->conn, what, err);

    sqlite3_reset(st);
    return ok;
}

/* ---- records ---- */

static bool close_row(struct tables *t, struct err *err)
{
    sqlite3_stmt *st = t->stmt[STMT_JOURNAL_ADD];

    if (t->n_lines == 0)
        return true;
    sqlite3_bind_int64(st, 1, (sqlite3_int64)t->n_lines);
    strbuf_reset(&t->packed);
    pack(t->packer, &t->packed, strbuf_sv(&t->lines));
    sqlite3_bind_blob64(st, 2, t->packed.p, t->packed.n, SQLITE_STATIC);
    sqlite3_bind_int64(st, 3, t->next_seq++);
    sqlite3_bind_int64(st, 4, t->row_at);
    t->row_at = 0;
    t->journal.rows++;
    t->journal.records += t->n_lines;
    t->n_lines = 0;
    strbuf_reset(&t->lines);
    return tables_run(t, STMT_JOURNAL_ADD, "write", err);
}

static void note_change(struct tables *t, const struct record *r)
{
    const int64_t at = r->at.sec * 1000 + r->at.nsec / NS_PER_MS;

    if (!r->del && r->change != EVENT_NONE && at > t->row_at)
        t->row_at = at;
}

static bool journal_alert(struct tables *t, const struct record *r, struct err *err)
{
    const size_t before = t->lines.n;

    if (t->n_lines != 0)
        strbuf_addc(&t->lines, '\n');
    record_encode(&t->lines, r);
    if (t->lines.overflow) { /* to fail would block everything behind it for ever */
        log_error("alert is too large to be stored");
        t->lines.n = before;
        t->lines.overflow = false;
        return true;
    }
    t->n_lines++;
    note_change(t, r);
    return (t->n_lines < ROW_RECORDS && t->lines.n < ROW_BYTES) || close_row(t, err);
}

static bool put_silence(struct tables *t, const struct silence *s, bool del, struct err *err)
{
    const enum tables_stmt which = del ? STMT_SILENCE_DEL : STMT_SILENCE_PUT;
    sqlite3_stmt *st = t->stmt[which];

    bind_text(st, 1, sv_of(s->id));
    if (!del) {
        bind_stamp(st, 2, s->starts_at);
        bind_stamp(st, 3, s->ends_at);
        bind_stamp(st, 4, s->updated_at);
        bind_text(st, 5, strbuf_sv(&t->body));
    }
    return tables_run(t, which, "write", err);
}

static bool put_ledger(struct tables *t, const struct ledger_entry *e, bool del, struct err *err)
{
    const enum tables_stmt which = del ? STMT_LEDGER_DEL : STMT_LEDGER_PUT;
    sqlite3_stmt *st = t->stmt[which];

    bind_text(st, 1, sv_of(e->key));
    if (!del) {
        bind_stamp(st, 2, e->at);
        bind_stamp(st, 3, e->expires_at);
        bind_text(st, 4, strbuf_sv(&t->body));
    }
    return tables_run(t, which, "write", err);
}

static bool put_group(struct tables *t, const struct group_state *g, bool del, struct err *err)
{
    const enum tables_stmt which = del ? STMT_GROUP_DEL : STMT_GROUP_PUT;
    sqlite3_stmt *st = t->stmt[which];

    bind_text(st, 1, sv_of(g->route_id));
    bind_fp(st, 2, g->labels->fp);
    if (!del)
        bind_text(st, 3, strbuf_sv(&t->body));
    return tables_run(t, which, "write", err);
}

/* A table of bodies by a text. */
static bool put_body(struct tables *t, enum tables_stmt which, struct sv key, bool del, struct err *err)
{
    sqlite3_stmt *st = t->stmt[which];

    bind_text(st, 1, key);
    if (!del)
        bind_text(st, 2, strbuf_sv(&t->body));
    return tables_run(t, which, "write", err);
}

bool tables_put(struct tables *t, const struct record *r, struct err *err)
{
    if (r->kind == RECORD_ALERT)
        return journal_alert(t, r, err);
    strbuf_reset(&t->body);
    if (!r->del)
        record_encode(&t->body, r);
    if (t->body.overflow) {
        log_error("record is too large to be stored");
        return true;
    }
    switch (r->kind) {
    case RECORD_SILENCE:
        return put_silence(t, r->silence, r->del, err);
    case RECORD_LEDGER:
        return put_ledger(t, r->ledger, r->del, err);
    case RECORD_GROUP:
        return put_group(t, r->group, r->del, err);
    case RECORD_OWED:
        return put_body(t, r->del ? STMT_OWED_DEL : STMT_OWED_PUT, sv_of(r->owed->key), r->del, err);
    case RECORD_LETTER:
        return put_body(t, r->del ? STMT_LETTER_DEL : STMT_LETTER_PUT, sv_of(r->letter->id), r->del, err);
    case RECORD_ALERT:
        break;
    }
    return true;
}

static bool meta_set(struct tables *t, struct sv key, struct sv value, struct err *err)
{
    sqlite3_stmt *st = t->stmt[STMT_META_SET];

    bind_text(st, 1, key);
    bind_text(st, 2, value);
    return tables_run(t, STMT_META_SET, "write", err);
}

bool tables_put_alive(struct tables *t, struct stamp now, bool clean_shutdown, struct err *err)
{
    char text[STAMP_TEXT_MAX];
    const size_t n = stamp_print_nano(stamp_utc(now), text);

    return meta_set(t, SV("last_alive"), (struct sv){text, n}, err) &&
           meta_set(t, SV("clean_shutdown"), clean_shutdown ? SV("1") : SV("0"), err);
}

/* ---- transactions ---- */

/* NORMAL leaves forcing the log to the disk to the checkpoint, and to the next commit with FULL. */
static bool set_synced(struct tables *t, bool synced, struct err *err)
{
    if (t->synced == synced)
        return true;
    t->synced = synced;
    return sql_exec(t->conn, synced ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL",
                    "choose how to commit", err);
}

bool tables_begin(struct tables *t, bool synced, struct err *err)
{
    return set_synced(t, synced, err) && tables_run(t, STMT_BEGIN, "write", err);
}

bool tables_commit(struct tables *t, struct err *err)
{
    if (!close_row(t, err) || !tables_run(t, STMT_COMMIT, "write", err))
        return false;
    t->committed = t->journal;
    return true;
}

/* After some errors SQLite has rolled back by itself. */
void tables_rollback(struct tables *t)
{
    if (sqlite3_get_autocommit(t->conn) == 0)
        sqlite3_exec(t->conn, "ROLLBACK", NULL, NULL, NULL);
    strbuf_reset(&t->lines);
    t->n_lines = 0;
    t->row_at = 0;
    t->journal = t->committed;
}
