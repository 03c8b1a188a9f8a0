/* The end of old history: a few rows at a time, so that nobody waits for it. */
#include "history_log.h"

#include "base/attr.h"
#include "sql.h"

#define STEP_ROWS 500

/* Rows of the packed history of alerts hold up to 512 changes each. */
#define STEP_PACKED 20

/* A muting that lasts is not over, however long ago it began. */
static const struct {
    const char *name, *condition;
    int step;
} tables[] = {
    {"history_alerts", "1", STEP_PACKED},
    {"history_notifications", "1", STEP_ROWS},
    {"history_mutings", "open_key IS NULL", STEP_ROWS},
    {"history_audit", "1", STEP_ROWS},
};

/* Removes the oldest rows from before `until`; adds how many there were. */
static bool cut(sqlite3 *conn, size_t table, int64_t until, int *removed, struct err *err)
{
    char text[256];

    sqlite3_snprintf(sizeof(text), text,
                     "DELETE FROM %s WHERE rowid IN (SELECT rowid FROM %s WHERE at < %lld AND %s"
                     " ORDER BY at LIMIT %d)",
                     tables[table].name, tables[table].name, (long long)until, tables[table].condition,
                     tables[table].step);
    if (!sql_exec(conn, text, "remove old history", err))
        return false;
    *removed += sqlite3_changes(conn);
    return true;
}

static bool oldest_of(sqlite3 *conn, size_t table, int64_t *at, struct err *err)
{
    char text[160];

    sqlite3_snprintf(sizeof(text), text, "SELECT coalesce(min(at), %lld) FROM %s WHERE %s",
                     (long long)INT64_MAX, tables[table].name, tables[table].condition);
    return sql_int(conn, text, at, err);
}

/* Time is what is kept: every list loses what is older than the oldest list's oldest rows. */
static bool cut_oldest(sqlite3 *conn, int *removed, struct err *err)
{
    size_t oldest = 0;
    int64_t at[COUNT_OF(tables)];

    for (size_t i = 0; i < COUNT_OF(tables); i++) {
        if (!oldest_of(conn, i, &at[i], err))
            return false;
        if (at[i] < at[oldest])
            oldest = i;
    }
    return at[oldest] == INT64_MAX || cut(conn, oldest, INT64_MAX, removed, err);
}

static bool used_bytes(sqlite3 *conn, int64_t *bytes, struct err *err)
{
    int64_t pages, free_pages, size;

    if (!sql_int(conn, "PRAGMA page_count", &pages, err) ||
        !sql_int(conn, "PRAGMA freelist_count", &free_pages, err) ||
        !sql_int(conn, "PRAGMA page_size", &size, err))
        return false;
    *bytes = (pages - free_pages) * size;
    return true;
}

static bool prune(struct history_log *h, struct stamp now, int *removed, struct err *err)
{
    const int64_t until = stamp_add(now, -h->opts.retention).sec * 1000;
    int64_t bytes;

    for (size_t i = 0; i < COUNT_OF(tables); i++)
        if (!cut(h->conn, i, until, removed, err))
            return false;
    if (h->opts.max_bytes == 0 || *removed != 0)
        return true;
    if (!used_bytes(h->conn, &bytes, err))
        return false;
    return bytes <= h->opts.max_bytes || cut_oldest(h->conn, removed, err);
}

bool history_log_prune(struct history_log *h, struct stamp now, bool *more, struct err *err)
{
    int removed = 0;

    *more = false;
    if (!sql_exec(h->conn, "BEGIN IMMEDIATE", "remove old history", err))
        return false;
    if (!prune(h, now, &removed, err) || !sql_exec(h->conn, "COMMIT", "remove old history", err)) {
        if (sqlite3_get_autocommit(h->conn) == 0)
            sqlite3_exec(h->conn, "ROLLBACK", NULL, NULL, NULL);
        return false;
    }
    *more = removed != 0;
    return true;
}
