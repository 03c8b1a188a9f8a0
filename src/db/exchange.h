/* The files `silences` and `nflog` beside the database, as Alertmanager reads and writes them in its storage
 * path: taken over by a database that is new, and left behind by a clean stop for those who go back. */
#pragma once

#include <sqlite3.h>

#include "base/clk.h"
#include "core/record.h"

/* Hands over every record; the callee takes over the reference. What cannot be read is logged and left out:
 * state never keeps the process from starting. */
void exchange_import(const char *dir, void (*each)(void *ctx, struct record *r), void *ctx);

/* Writes both files anew, each at once or not at all; logs what fails. `retention` is snapshot.h's. */
void exchange_export(sqlite3 *conn, const char *dir, dur_ns retention);
