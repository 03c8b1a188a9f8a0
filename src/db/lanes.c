#include "lanes.h"

#include <stdio.h>

#include "base/log.h"
#include "base/mem.h"
#include "internal.h"
#include "sql.h"

#define LANES_MAX 1000 /* read at start; the notifier remembers no more either */

static int64_t to_ms(struct stamp t)
{
    return t.sec * 1000 + t.nsec / NS_PER_MS;
}

static struct stamp of_ms(int64_t ms)
{
    return stamp_add((struct stamp){.sec = 0}, ms > INT64_MAX / NS_PER_MS ? INT64_MAX : ms * NS_PER_MS);
}

static bool cut(struct tables *t, struct stamp now, struct err *err)
{
    sqlite3_bind_int64(t->stmt[STMT_LANE_CUT], 1, to_ms(now));
    return tables_run(t, STMT_LANE_CUT, "write", err);
}

bool lanes_put(struct tables *t, const struct lane_memory *m, struct err *err)
{
    sqlite3_stmt *st = t->stmt[STMT_LANE_PUT];

    if (!cut(t, m->at, err))
        return false;
    sqlite3_bind_text(st, 1, m->key, -1, SQLITE_STATIC);
    sqlite3_bind_double(st, 2, m->tokens);
    sqlite3_bind_int64(st, 3, to_ms(m->at));
    sqlite3_bind_int64(st, 4, to_ms(m->blocked_until));
    sqlite3_bind_int64(st, 5, to_ms(m->until));
    return tables_run(t, STMT_LANE_PUT, "write", err);
}

/* ---- at start ---- */

static void read_lane(sqlite3_stmt *st, struct lane_memory *m)
{
    *m = (struct lane_memory){.tokens = sqlite3_column_double(st, 1),
                              .at = of_ms(sqlite3_column_int64(st, 2)),
                              .blocked_until = of_ms(sqlite3_column_int64(st, 3)),
                              .until = of_ms(sqlite3_column_int64(st, 4))};
    snprintf(m->key, sizeof m->key, "%s", (const char *)sqlite3_column_text(st, 0));
}

static bool read_lanes(sqlite3_stmt *st, void (*each)(void *ctx, const struct lane_memory *m), void *ctx)
{
    struct lane_memory m;
    int rc;

    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        read_lane(st, &m);
        each(ctx, &m);
    }
    return rc == SQLITE_DONE;
}

void db_load_lanes(struct db *db, struct stamp now, void (*each)(void *ctx, const struct lane_memory *m),
                   void *ctx)
{
    static const char query[] = "SELECT key, tokens, at, blocked_until, until FROM lanes WHERE until > ?1"
                                " ORDER BY until DESC LIMIT ?2";
    sqlite3_stmt *st = NULL;
    struct err err;

    if (sqlite3_prepare_v2(db->conn, query, -1, &st, NULL) == SQLITE_OK) {
        sqlite3_bind_int64(st, 1, to_ms(now));
        sqlite3_bind_int64(st, 2, LANES_MAX);
        if (read_lanes(st, each, ctx)) {
            sqlite3_finalize(st);
            return;
        }
    }
    (void)sql_fail(db->conn, "read", &err);
    log_warn("database does not say which destinations want to be left alone, ignoring", "file",
             db->place.file, "err", err.text);
    sqlite3_finalize(st);
}

/* ---- while running ---- */

static void written(struct db_batch *b, bool ok)
{
    (void)ok; /* the writer has said that the disk fails */
    db_batch_free(b);
}

void db_write_lane(struct db *db, const struct lane_memory *m)
{
    struct db_batch *b = db_batch_new(NULL, 0, written, NULL);

    b->lane = xmalloc(sizeof *b->lane);
    *b->lane = *m;
    if (!db_write(db, b, true))
        db_batch_free(b);
}
