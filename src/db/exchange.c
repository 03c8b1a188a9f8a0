#include "exchange.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "codec/pb.h"
#include "record_json.h"
#include "snapshot.h"
#include "sql.h"

#define FILE_MAX ((size_t)1 << 30)

typedef bool reader(struct sv message, struct record *r, struct err *err);

static char *path_of(const char *dir, const char *name)
{
    struct strbuf path = {0};

    strbuf_addf(&path, "%s/%s", dir, name);
    return strbuf_take(&path);
}

/* ---- in ---- */

struct import {
    const char *path;
    reader *read;
    void (*each)(void *ctx, struct record *r);
    void *ctx;
    size_t taken, refused;
};

static void refuse(struct import *in, const struct err *why)
{
    in->refused++;
    log_warn("a record of Alertmanager's snapshot is left out", "file", in->path, "err", why->text);
}

static void read_records(struct import *in, struct sv text)
{
    struct sv message;
    struct record r;
    struct err err;
    bool ok;

    while (pb_next_record(&text, &message, &ok)) {
        if (!in->read(message, &r, &err)) {
            refuse(in, &err);
            continue;
        }
        in->taken++;
        in->each(in->ctx, &r);
    }
    if (!ok) {
        (void)err_set(&err, ERR_INVALID, "the file ends within a record");
        refuse(in, &err);
    }
}

/* False: not there, or not readable, which is logged. */
static bool read_file(const char *path, struct strbuf *out)
{
    char chunk[65536];
    size_t n;
    FILE *f = fopen(path, "re");

    if (f == NULL && errno != ENOENT)
        log_warn("Alertmanager's snapshot cannot be read", "file", path, "err", strerrordesc_np(errno));
    if (f == NULL)
        return false;
    out->ceiling = FILE_MAX;
    while ((n = fread(chunk, 1, sizeof(chunk), f)) != 0)
        strbuf_add(out, chunk, n);
    const bool ok = ferror(f) == 0 && !out->overflow;
    if (!ok)
        log_warn("Alertmanager's snapshot cannot be read", "file", path, "err",
                 out->overflow ? "too large" : "read error");
    (void)fclose(f);
    return ok;
}

static void import_file(struct import *in, const char *dir, const char *name)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    char *path = path_of(dir, name), count[32];

    in->path = path;
    if (read_file(path, &text)) {
        read_records(in, strbuf_sv(&text));
        (void)snprintf(count, sizeof(count), "%zu", in->taken);
        log_info("Alertmanager's snapshot is taken over", "file", path, "records", count);
    }
    free(path);
}

void exchange_import(const char *dir, void (*each)(void *ctx, struct record *r), void *ctx)
{
    import_file(&(struct import){.read = snapshot_read_silence, .each = each, .ctx = ctx}, dir, "silences");
    import_file(&(struct import){.read = snapshot_read_ledger, .each = each, .ctx = ctx}, dir, "nflog");
}

/* ---- out ---- */

struct export
{
    struct record_decoder decoder;
    struct strbuf out;
    enum record_kind kind;
    dur_ns retention;
};

static void add_row(struct export *x, struct sv body)
{
    struct record r;
    struct err ignored; /* the start has told what cannot be read */

    if (!record_decode(&x->decoder, x->kind, body, &r, &ignored))
        return;
    if (x->kind == RECORD_SILENCE)
        snapshot_write_silence(&x->out, r.silence, x->retention);
    else
        (void)snapshot_write_ledger(&x->out, r.ledger);
    record_done(&r);
}

static bool read_rows(struct export *x, sqlite3 *conn, const char *query, struct err *err)
{
    sqlite3_stmt *st;
    int rc;

    if (sqlite3_prepare_v2(conn, query, -1, &st, NULL) != SQLITE_OK)
        return sql_fail(conn, query, err);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        const char *body = (const char *)sqlite3_column_text(st, 0);
        add_row(x, (struct sv){body, body != NULL ? (size_t)sqlite3_column_bytes(st, 0) : 0});
    }
    const bool ok = rc == SQLITE_DONE || sql_fail(conn, query, err);
    sqlite3_finalize(st);
    return ok && (!x->out.overflow || err_set(err, ERR_LIMIT, "too large"));
}

static bool write_all(FILE *f, struct sv text)
{
    return (text.n == 0 || fwrite(text.p, 1, text.n, f) == text.n) && fflush(f) == 0 && fsync(fileno(f)) == 0;
}

/* Under another name first, so that the file is whole or the one before. */
static bool replace_file(const char *path, struct sv text, struct err *err)
{
    struct strbuf name = {0};

    strbuf_addf(&name, "%s.new", path);
    char *fresh = strbuf_take(&name);
    FILE *f = fopen(fresh, "we");
    bool ok = f != NULL && write_all(f, text);
    if (f != NULL)
        ok = fclose(f) == 0 && ok;
    ok = (ok && rename(fresh, path) == 0) || err_errno(err, "write %s", path);
    if (!ok)
        (void)unlink(fresh);
    free(fresh);
    return ok;
}

static void export_table(struct export *x, sqlite3 *conn, const char *query, const char *dir,
                         const char *name)
{
    char *path = path_of(dir, name);
    struct err err;

    x->out.ceiling = FILE_MAX;
    if (!read_rows(x, conn, query, &err) || !replace_file(path, strbuf_sv(&x->out), &err))
        log_warn("no snapshot for Alertmanager", "file", path, "err", err.text);
    strbuf_done(&x->out);
    record_decoder_done(&x->decoder);
    free(path);
}

void exchange_export(sqlite3 *conn, const char *dir, dur_ns retention)
{
    export_table(&(struct export){.kind = RECORD_SILENCE, .retention = retention}, conn,
                 "SELECT body FROM silences", dir, "silences");
    export_table(&(struct export){.kind = RECORD_LEDGER}, conn, "SELECT body FROM ledger", dir, "nflog");
}
