/* SQLite with this project's errors. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#include "base/attr.h"
#include "base/err.h"

/* Always false. "<what>: <SQLite's words>", with the system's reason where there is one. */
bool sql_fail(sqlite3 *conn, const char *what, struct err *err);

/* The connection's latest error says that the file is not a sound database; other errors (a full disk,
 * missing permission) leave that open. */
bool sql_damaged(sqlite3 *conn);

/* `what` is being done, for the error. */
bool sql_exec(sqlite3 *conn, const char *text, const char *what, struct err *err) NODISCARD;
bool sql_int(sqlite3 *conn, const char *text, int64_t *v, struct err *err) NODISCARD; /* the first column */

/* PRAGMA quick_check. False: it found something, which is in `err`, or it could not be run. */
bool sql_check(sqlite3 *conn, struct err *err) NODISCARD;
