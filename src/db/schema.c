#include "schema.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sql.h"

#define APPLICATION_ID 0x546f6373 /* "Tocs" */

/* Of a person with the sqlite3 shell in the same file. */
#define BUSY_TIMEOUT_MS 2000

/* Step i brings a file from user_version i to i + 1. Steps are only ever added. */
static const char *const migrations[] = {
    /* Bodies are JSON, see record_json.h; the other columns are for keys and for reading by people. */
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE alerts (fp INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;"
    "CREATE TABLE journal (seq INTEGER PRIMARY KEY, records INTEGER NOT NULL, packed BLOB NOT NULL)"
    " STRICT;"
    "CREATE TABLE silences (id TEXT PRIMARY KEY, starts_at TEXT NOT NULL, ends_at TEXT NOT NULL,"
    " updated_at TEXT NOT NULL, body TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE ledger (key TEXT PRIMARY KEY, at TEXT NOT NULL, expires_at TEXT NOT NULL,"
    " body TEXT NOT NULL) STRICT;"
    "CREATE TABLE groups (route_id TEXT NOT NULL, labels_fp INTEGER NOT NULL, body TEXT NOT NULL,"
    " PRIMARY KEY (route_id, labels_fp)) STRICT, WITHOUT ROWID;",
    /* The history. Times are milliseconds since 1970. Rows of the journal that hold changes of alerts move to
     * history_alerts as they are; `at` is that of the latest change, 0 when there is none. */
    "ALTER TABLE journal ADD COLUMN at INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE history_alerts (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, packed BLOB NOT NULL) STRICT;"
    "CREATE INDEX history_alerts_at ON history_alerts (at);"
    "CREATE TABLE history_notifications (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL,"
    " receiver TEXT NOT NULL, body TEXT NOT NULL) STRICT;"
    "CREATE INDEX history_notifications_at ON history_notifications (at);"
    "CREATE TABLE history_mutings (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL,"
    " receiver TEXT NOT NULL, body TEXT NOT NULL, ended_at INTEGER, open_key TEXT) STRICT;"
    "CREATE INDEX history_mutings_at ON history_mutings (at);"
    "CREATE UNIQUE INDEX history_mutings_open ON history_mutings (open_key) WHERE open_key IS NOT NULL;"
    "CREATE TABLE history_audit (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL,"
    " body TEXT NOT NULL) STRICT;"
    "CREATE INDEX history_audit_at ON history_audit (at);",
    /* What could not be told yet, and what is not tried any more. */
    ("CREATE TABLE outbox (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;"
     "CREATE TABLE dead_letters (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;"),
    /* What destinations that count messages must not be asked too often for. Milliseconds since 1970. */
    "CREATE TABLE lanes (key TEXT PRIMARY KEY, tokens REAL NOT NULL, at INTEGER NOT NULL,"
    " blocked_until INTEGER NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;",
};
#define VERSION ((int64_t)COUNT_OF(migrations))

struct identity {
    int64_t application_id, version, objects;
};

static bool identify(sqlite3 *conn, struct identity *id, struct err *err)
{
    return sql_int(conn, "PRAGMA application_id", &id->application_id, err) &&
           sql_int(conn, "PRAGMA user_version", &id->version, err) &&
           sql_int(conn, "SELECT count(*) FROM sqlite_schema", &id->objects, err);
}

static bool is_fresh(const struct identity *id)
{
    return id->application_id == 0 && id->version == 0 && id->objects == 0;
}

/* FULL until a transaction asks for less, see tables_begin(). Checkpoints are the writer's business. Pages of
 * 16 kB take a burst of alerts 10 % faster than pages of 4 kB; db_write_bench tells. */
static bool configure(sqlite3 *conn, struct err *err)
{
    return sql_exec(conn, "PRAGMA page_size = 16384; PRAGMA journal_mode = WAL", "set the journal mode",
                    err) &&
           sql_exec(conn,
                    "PRAGMA synchronous = FULL;"
                    "PRAGMA wal_autocheckpoint = 0;"
                    "PRAGMA journal_size_limit = 67108864;"
                    "PRAGMA cache_size = -32768;"
                    "PRAGMA cell_size_check = ON;"
                    "PRAGMA trusted_schema = OFF",
                    "configure", err);
}

static bool migrate_step(sqlite3 *conn, int64_t from, struct err *err)
{
    static const char what[] = "create or migrate the tables";
    char stamp[96];

    sqlite3_snprintf(sizeof(stamp), stamp, "PRAGMA application_id = %d; PRAGMA user_version = %lld; COMMIT",
                     APPLICATION_ID, (long long)from + 1);
    if (!sql_exec(conn, "BEGIN IMMEDIATE", what, err))
        return false;
    if (sql_exec(conn, migrations[from], what, err) && sql_exec(conn, stamp, what, err))
        return true;
    sqlite3_exec(conn, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

static bool migrate(sqlite3 *conn, int64_t version, struct err *err)
{
    for (; version < VERSION; version++)
        if (!migrate_step(conn, version, err))
            return false;
    return true;
}

static enum schema_result prepare(sqlite3 *conn, struct err *err)
{
    struct identity id;

    sqlite3_busy_timeout(conn, BUSY_TIMEOUT_MS);
    if (sqlite3_db_readonly(conn, "main") == 1) {
        (void)err_set(err, ERR_SYSTEM, "not writable");
        return SCHEMA_FAILED;
    }
    if (!identify(conn, &id, err))
        return sql_damaged(conn) ? SCHEMA_UNUSABLE : SCHEMA_FAILED;
    if (!is_fresh(&id) && id.application_id != APPLICATION_ID) {
        (void)err_set(err, ERR_INVALID, "another program's database");
        return SCHEMA_UNUSABLE;
    }
    if (id.version > VERSION || id.version < 0) {
        (void)err_set(
            err, ERR_INVALID,
            "written by a newer version (schema %lld, this one knows %lld): run that version, or use "
            "another storage directory",
            (long long)id.version, (long long)VERSION);
        return SCHEMA_FAILED;
    }
    if (!configure(conn, err) || !migrate(conn, id.version, err))
        return sql_damaged(conn) ? SCHEMA_UNUSABLE : SCHEMA_FAILED;
    return SCHEMA_READY;
}

enum schema_result schema_open(const char *file, sqlite3 **conn, struct err *err)
{
    const int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    enum schema_result result = SCHEMA_FAILED;

    if (sqlite3_open_v2(file, conn, flags, NULL) == SQLITE_OK)
        result = prepare(*conn, err);
    else
        (void)sql_fail(*conn, "open", err);
    if (result != SCHEMA_READY) {
        (void)err_wrap(err, "%s", file);
        sqlite3_close(*conn);
        *conn = NULL;
    }
    return result;
}
