/* The file's schema: creation, migration by PRAGMA user_version, and whose file it is. */
#pragma once

#include <sqlite3.h>

#include "base/attr.h"
#include "base/err.h"

enum schema_result {
    SCHEMA_READY,    /* *conn is open and of this version's schema */
    SCHEMA_UNUSABLE, /* damaged, or another program's: nothing was changed, put it aside */
    SCHEMA_FAILED,   /* cannot be opened or written, or a newer version wrote it: nothing was changed */
};

/* Opens the file, or makes it. Unless ready, *conn is NULL and `err` says why. */
enum schema_result schema_open(const char *file, sqlite3 **conn, struct err *err) NODISCARD;
