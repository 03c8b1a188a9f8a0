/* Folding: the oldest rows of the journal become rows of `alerts` (tables.h). */
#include "tables.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "pack.h"
#include "record_json.h"
#include "sql.h"

#define FOLD_BYTES ((size_t)8 << 20)

struct fold_line {
    uint64_t fp;
    size_t at, n; /* in the text */
    bool del;
};

struct fold {
    struct strbuf text; /* the lines of all rows taken, oldest first */
    struct fold_line *line;
    size_t n, cap;
    int64_t last_seq;
    struct journal_size taken;
};

static bool read_rows(struct tables *t, struct fold *f, struct err *err)
{
    sqlite3_stmt *st = t->stmt[STMT_JOURNAL_READ];
    int rc = SQLITE_DONE;

    while (f->taken.records < FOLD_RECORDS && f->text.n < FOLD_BYTES &&
           (rc = sqlite3_step(st)) == SQLITE_ROW) {
        f->last_seq = sqlite3_column_int64(st, 0);
        f->taken.records += (size_t)sqlite3_column_int64(st, 1);
        f->taken.rows++;
        if (f->text.n != 0)
            strbuf_addc(&f->text, '\n');
        const struct sv packed = {sqlite3_column_blob(st, 2), (size_t)sqlite3_column_bytes(st, 2)};
        (void)!unpack(&f->text, packed, ROW_TEXT_MAX); /* a row that is damaged could not be loaded either */
    }
    const bool ok = rc == SQLITE_ROW || rc == SQLITE_DONE || sql_fail(t->conn, "read the journal", err);
    sqlite3_reset(st);
    return ok;
}

/* A line that cannot be understood is left out: it could not be loaded either. */
static void split(struct fold *f)
{
    struct sv rest = strbuf_sv(&f->text), text;

    while (record_line_pop(&rest, &text)) {
        struct fold_line line = {.at = (size_t)(text.p - f->text.p), .n = text.n};
        if (!record_line_key(text, &line.fp, &line.del))
            continue;
        f->line = xgrow(f->line, &f->cap, f->n + 1, sizeof(*f->line));
        f->line[f->n++] = line;
    }
}

/* By key as SQLite sorts it, so that neighbours share pages; the latest first among equals. */
static int compare(const void *a, const void *b)
{
    const struct fold_line *x = a, *y = b;

    if (x->fp != y->fp)
        return (int64_t)x->fp < (int64_t)y->fp ? -1 : 1;
    return x->at > y->at ? -1 : 1;
}

static bool write_line(struct tables *t, const struct fold *f, const struct fold_line *line, struct err *err)
{
    const enum tables_stmt which = line->del ? STMT_ALERT_DEL : STMT_ALERT_PUT;
    sqlite3_stmt *st = t->stmt[which];

    sqlite3_bind_int64(st, 1, (sqlite3_int64)line->fp);
    if (!line->del)
        sqlite3_bind_text64(st, 2, f->text.p + line->at, line->n, SQLITE_STATIC, SQLITE_UTF8);
    return tables_run(t, which, "fold the journal", err);
}

static bool write_latest(struct tables *t, const struct fold *f, struct err *err)
{
    for (size_t i = 0; i < f->n; i++) {
        const bool superseded = i != 0 && f->line[i - 1].fp == f->line[i].fp;
        if (!superseded && !write_line(t, f, &f->line[i], err))
            return false;
    }
    return true;
}

static bool keep(struct tables *t, const struct fold *f, struct err *err)
{
    if (!t->keep)
        return true;
    sqlite3_bind_int64(t->stmt[STMT_JOURNAL_KEEP], 1, f->last_seq);
    return tables_run(t, STMT_JOURNAL_KEEP, "keep the history", err);
}

static bool cut(struct tables *t, const struct fold *f, struct err *err)
{
    sqlite3_bind_int64(t->stmt[STMT_JOURNAL_CUT], 1, f->last_seq);
    if (!tables_run(t, STMT_JOURNAL_CUT, "cut the journal", err))
        return false;
    t->journal.rows -= f->taken.rows;
    t->journal.records -= f->taken.records;
    return true;
}

static bool fold_rows(struct tables *t, struct fold *f, struct err *err)
{
    if (!read_rows(t, f, err))
        return false;
    split(f);
    if (f->n != 0)
        qsort(f->line, f->n, sizeof(*f->line), compare);
    return write_latest(t, f, err) && keep(t, f, err) && cut(t, f, err);
}

bool tables_fold(struct tables *t, struct err *err)
{
    struct fold f = {.text.ceiling = SIZE_MAX};
    bool ok = false;

    if (tables_begin(t, false, err)) {
        ok = fold_rows(t, &f, err) && tables_commit(t, err);
        if (!ok)
            tables_rollback(t);
    }
    free(f.line);
    strbuf_done(&f.text);
    return ok;
}
