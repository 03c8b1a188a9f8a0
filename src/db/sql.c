#include "sql.h"

#include <string.h>

bool sql_fail(sqlite3 *conn, const char *what, struct err *err)
{
    const int code = sqlite3_errcode(conn) & 0xff;
    const bool from_system = code == SQLITE_IOERR || code == SQLITE_CANTOPEN;
    const int number = from_system ? sqlite3_system_errno(conn) : 0;

    if (number == 0)
        return err_set(err, ERR_SYSTEM, "%s: %s", what, sqlite3_errmsg(conn));
    return err_set(err, ERR_SYSTEM, "%s: %s (%s)", what, sqlite3_errmsg(conn), strerrordesc_np(number));
}

bool sql_damaged(sqlite3 *conn)
{
    const int code = sqlite3_errcode(conn) & 0xff;
    return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

bool sql_exec(sqlite3 *conn, const char *text, const char *what, struct err *err)
{
    return sqlite3_exec(conn, text, NULL, NULL, NULL) == SQLITE_OK || sql_fail(conn, what, err);
}

bool sql_int(sqlite3 *conn, const char *text, int64_t *v, struct err *err)
{
    sqlite3_stmt *st;

    if (sqlite3_prepare_v2(conn, text, -1, &st, NULL) != SQLITE_OK)
        return sql_fail(conn, text, err);
    const bool ok = sqlite3_step(st) == SQLITE_ROW || sql_fail(conn, text, err);
    *v = ok ? sqlite3_column_int64(st, 0) : 0;
    sqlite3_finalize(st);
    return ok;
}

bool sql_check(sqlite3 *conn, struct err *err)
{
    static const char text[] = "PRAGMA quick_check(1)";
    sqlite3_stmt *st;

    if (sqlite3_prepare_v2(conn, text, -1, &st, NULL) != SQLITE_OK)
        return sql_fail(conn, text, err);
    bool ok = sqlite3_step(st) == SQLITE_ROW || sql_fail(conn, text, err);
    if (ok) {
        const char *finding = (const char *)sqlite3_column_text(st, 0);
        ok = finding != NULL && strcmp(finding, "ok") == 0;
        if (!ok)
            (void)err_set(err, ERR_SYSTEM, "%s: %s", text, finding != NULL ? finding : "no answer");
    }
    sqlite3_finalize(st);
    return ok;
}
