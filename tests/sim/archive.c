#include "archive.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"

/* ---- rows ---- */

static uint64_t group_hash(const char *route_id, const struct labels *labels)
{
    return sv_hash(sv_of(route_id)) ^ labels->fp;
}

static uint64_t key_of(const struct record *r)
{
    switch (r->kind) {
    case RECORD_ALERT:
        return r->alert->labels->fp;
    case RECORD_SILENCE:
        return sv_hash(sv_of(r->silence->id));
    case RECORD_LEDGER:
        return sv_hash(sv_of(r->ledger->key));
    case RECORD_GROUP:
        return group_hash(r->group->route_id, r->group->labels);
    case RECORD_OWED:
        return sv_hash(sv_of(r->owed->key));
    case RECORD_LETTER:
        return sv_hash(sv_of(r->letter->id));
    }
    return 0;
}

static size_t rows_find(const struct archive_rows *rows, enum record_kind kind, uint64_t key)
{
    size_t at = 0;
    while (at < rows->n && (rows->v[at].key != key || rows->v[at].r.kind != kind))
        at++;
    return at;
}

/* False: a deletion of what is not there. */
static bool rows_apply(struct archive_rows *rows, const struct record *r)
{
    const uint64_t key = key_of(r);
    const size_t at = rows_find(rows, r->kind, key);
    const bool known = at < rows->n;

    if (known)
        record_done(&rows->v[at].r);
    if (r->del) {
        if (known)
            rows->v[at] = rows->v[--rows->n];
        return known;
    }
    rows->v = xgrow(rows->v, &rows->cap, rows->n + 1, sizeof(*rows->v));
    rows->v[at] = (struct archive_row){.key = key, .r = record_ref(r)};
    rows->n += !known;
    return true;
}

static void rows_clear(struct archive_rows *rows)
{
    for (size_t i = 0; i < rows->n; i++)
        record_done(&rows->v[i].r);
    rows->n = 0;
}

static void rows_copy(struct archive_rows *to, const struct archive_rows *from)
{
    rows_clear(to);
    to->v = xgrow(to->v, &to->cap, from->n, sizeof(*to->v));
    for (size_t i = 0; i < from->n; i++)
        to->v[i] = (struct archive_row){.key = from->v[i].key, .r = record_ref(&from->v[i].r)};
    to->n = from->n;
}

/* ---- batches ---- */

static void batch_done(struct archive_batch *b)
{
    for (size_t i = 0; i < b->n; i++)
        record_done(&b->records[i]);
    free(b->records);
}

bool archive_write(struct archive *s, struct record *records, size_t n, mono_ns now)
{
    struct archive_batch b = {.records = xcalloc(n, sizeof(*records)), .n = n, .at = now};
    bool ok = true;

    for (size_t i = 0; i < n; i++) {
        b.records[i] = records[i];
        ok = rows_apply(&s->latest, &records[i]) && ok;
    }
    s->waiting = xgrow(s->waiting, &s->cap_waiting, s->n_waiting + 1, sizeof(*s->waiting));
    s->waiting[s->n_waiting++] = b;
    s->n_batches++;
    return ok;
}

static void make_durable(struct archive *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct archive_batch *b = &s->waiting[i];
        for (size_t k = 0; k < b->n; k++)
            (void)rows_apply(&s->disk, &b->records[k]);
        batch_done(b);
    }
    if (n != 0)
        memmove(s->waiting, s->waiting + n, (s->n_waiting - n) * sizeof(*s->waiting));
    s->n_waiting -= n;
    s->n_durable += n;
}

void archive_commit(struct archive *s, mono_ns until)
{
    size_t n = 0;
    while (n < s->n_waiting && s->waiting[n].at <= until)
        n++;
    make_durable(s, n);
}

void archive_crash(struct archive *s, size_t lost)
{
    make_durable(s, s->n_waiting - lost);
    for (size_t i = 0; i < s->n_waiting; i++)
        batch_done(&s->waiting[i]);
    s->n_waiting = 0;
    s->n_batches = s->n_durable;
    rows_copy(&s->latest, &s->disk);
}

void archive_done(struct archive *s)
{
    for (size_t i = 0; i < s->n_waiting; i++)
        batch_done(&s->waiting[i]);
    free(s->waiting);
    rows_clear(&s->latest);
    rows_clear(&s->disk);
    free(s->latest.v);
    free(s->disk.v);
}

/* ---- look-ups ---- */

static const struct record *row(const struct archive *s, enum record_kind kind, uint64_t key)
{
    const size_t at = rows_find(&s->latest, kind, key);
    return at < s->latest.n ? &s->latest.v[at].r : NULL;
}

const struct record *archive_alert(const struct archive *s, uint64_t fp)
{
    return row(s, RECORD_ALERT, fp);
}

const struct record *archive_silence(const struct archive *s, const char *id)
{
    return row(s, RECORD_SILENCE, sv_hash(sv_of(id)));
}

const struct record *archive_ledger(const struct archive *s, const char *key)
{
    return row(s, RECORD_LEDGER, sv_hash(sv_of(key)));
}

const struct record *archive_group(const struct archive *s, const char *route_id, const struct labels *labels)
{
    return row(s, RECORD_GROUP, group_hash(route_id, labels));
}

const struct record *archive_owed(const struct archive *s, const char *key)
{
    return row(s, RECORD_OWED, sv_hash(sv_of(key)));
}
