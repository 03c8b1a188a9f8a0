/* Writing to the tables: prepared statements, the journal of alerts, and its folding.
 *
 * Alerts come in bursts that are faster than upserts into a big table, so a transaction appends its alert
 * records to the journal, and tables_fold() moves the oldest rows of the journal into the table `alerts`.
 * At any time the truth about an alert is its last line in the journal or, if it has none, its row in
 * `alerts`. All of it belongs to one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

#include "base/attr.h"
#include "base/clk.h"
#include "base/err.h"
#include "base/str.h"
#include "core/record.h"

/* What closes a journal row bounds what folding or loading has to hold at once. One alert may overshoot. */
#define BODY_CEILING ((size_t)512 << 20) /* of one record */
#define ROW_RECORDS  512                 /* a row of the journal is closed at either */
#define ROW_BYTES    ((size_t)1 << 20)
#define ROW_TEXT_MAX (ROW_BYTES + BODY_CEILING)

struct packer;

struct journal_size {
    size_t rows, records;
};

enum tables_stmt {
    STMT_BEGIN,
    STMT_COMMIT,
    STMT_META_SET,
    STMT_JOURNAL_ADD,
    STMT_JOURNAL_READ,
    STMT_JOURNAL_CUT,
    STMT_JOURNAL_KEEP,
    STMT_ALERT_PUT,
    STMT_ALERT_DEL,
    STMT_SILENCE_PUT,
    STMT_SILENCE_DEL,
    STMT_LEDGER_PUT,
    STMT_LEDGER_DEL,
    STMT_GROUP_PUT,
    STMT_GROUP_DEL,
    STMT_OWED_PUT,
    STMT_OWED_DEL,
    STMT_LETTER_PUT,
    STMT_LETTER_DEL,
    STMT_LANE_PUT,
    STMT_LANE_CUT,
    STMT_COUNT
};

/* Zeroed memory is closed. */
struct tables {
    sqlite3 *conn; /* borrowed */
    sqlite3_stmt *stmt[STMT_COUNT];
    struct strbuf body;  /* of the record being written */
    struct strbuf lines; /* the journal row being filled */
    struct strbuf packed;
    struct packer *packer;
    size_t n_lines;
    int64_t row_at;   /* of the latest change among the lines, in milliseconds; 0: they hold none */
    int64_t next_seq; /* of a journal row; never used twice, for the history keeps the rows */
    bool keep;        /* what is folded is history from then on */
    struct journal_size journal;   /* with what this transaction added */
    struct journal_size committed; /* what a rollback goes back to */
    bool synced;                   /* how transactions are committed at the moment */
};

/* With `keep` folded rows stay as history. tables_done() is due also when it fails, after the caller has
 * looked at the connection's error. */
bool tables_init(struct tables *t, sqlite3 *conn, bool keep, struct err *err) NODISCARD;
void tables_done(struct tables *t);

/* Runs a statement whose values are bound; `what` is being done, for the error. */
bool tables_run(struct tables *t, enum tables_stmt which, const char *what, struct err *err) NODISCARD;

/* One transaction. After an error, or to give up, tables_rollback(). A commit hands the pages to the
 * operating system; with `synced` it also forces them, and those of all commits before it, to the disk. */
bool tables_begin(struct tables *t, bool synced, struct err *err) NODISCARD;
bool tables_put(struct tables *t, const struct record *r, struct err *err) NODISCARD;
bool tables_put_alive(struct tables *t, struct stamp now, bool clean_shutdown, struct err *err) NODISCARD;
bool tables_commit(struct tables *t, struct err *err) NODISCARD;
void tables_rollback(struct tables *t);

/* Moves the oldest FOLD_RECORDS records of the journal, or a few more, in a transaction of its own. */
#define FOLD_RECORDS 4096
bool tables_fold(struct tables *t, struct err *err) NODISCARD;
