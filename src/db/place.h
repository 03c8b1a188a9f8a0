/* The storage directory: made, locked against a second process, and the database's files in it. */
#pragma once

#include <stdbool.h>

#include "base/attr.h"
#include "base/clk.h"
#include "base/err.h"

/* Zeroed memory is a closed place. */
struct place {
    char *dir;
    char *file; /* <dir>/tocsin.db */
    int lock;   /* <dir>/tocsin.lock, open and locked */
    bool open;
};

/* Errors are complete sentences for the operator: they name the directory and what is wrong with it. */
bool place_open(struct place *p, const char *dir, struct err *err) NODISCARD;
void place_close(struct place *p);

/* Renames the database, with its -wal and -shm files, to <file>.corrupt-<UTC time>; `*aside` is the new name,
 * which the caller frees. */
bool place_put_aside(const struct place *p, struct stamp now, char **aside, struct err *err) NODISCARD;

/* The size of the database and its write-ahead log on disk. */
long long place_bytes(const struct place *p);
