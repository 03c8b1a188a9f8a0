/* Writing the history (db/history.h): all of it belongs to the writer thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

#include "base/attr.h"
#include "base/clk.h"
#include "base/err.h"
#include "base/metric.h"
#include "base/str.h"
#include "core/event.h"

struct history_opts {
    dur_ns retention;  /* 0: nothing is kept */
    int64_t max_bytes; /* of the database, all in all; 0: no limit */
};

enum history_stmt {
    HISTORY_PUT_NOTIFICATION,
    HISTORY_PUT_AUDIT,
    HISTORY_BEGIN_MUTING,
    HISTORY_END_MUTING,
    HISTORY_END_ALL_MUTINGS,
    HISTORY_STMT_COUNT
};

/* Zeroed memory is closed. */
struct history_log {
    struct history_opts opts;
    sqlite3 *conn; /* borrowed */
    sqlite3_stmt *stmt[HISTORY_STMT_COUNT];
    struct strbuf body, key;
    struct event **kept; /* of transactions that failed, oldest first */
    size_t n_kept, cap_kept;
    struct metric *dropped;
};

/* history_log_done() is due also when it fails. */
bool history_log_init(struct history_log *h, sqlite3 *conn, struct err *err) NODISCARD;
void history_log_done(struct history_log *h);

/* Inside a transaction: what was kept from those that failed, then these. */
bool history_log_put(struct history_log *h, struct event *const *v, size_t n, struct err *err) NODISCARD;
bool history_log_put_kept(struct history_log *h, struct err *err) NODISCARD;
void history_log_written(struct history_log *h); /* the transaction with the kept ones is durable */
/* They could not be written. Takes references; past a limit the oldest are dropped and counted. */
void history_log_keep(struct history_log *h, struct event *const *v, size_t n);

/* A transaction of its own that removes some of what is too old or too much. */
bool history_log_prune(struct history_log *h, struct stamp now, bool *more, struct err *err) NODISCARD;
