#include "upstream.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "codec/pb.h"

#define FILE_MAX_BYTES ((size_t)256 << 20)

typedef void record_taker(void *ctx, const struct record *r);

PRINTF(2, 3) static bool skip(struct upstream_file *found, const char *fmt, ...)
{
    va_list ap;

    if (found->skipped++ != 0)
        return false;
    va_start(ap, fmt);
    (void)vsnprintf(found->why, sizeof(found->why), fmt, ap);
    va_end(ap);
    return false;
}

/* ---- messages that both files have ---- */

/* google.protobuf.Timestamp, within the years that we can write. */
static bool read_stamp(struct sv message, struct stamp *t)
{
    static const int64_t last = INT64_C(253402300799); /* 9999-12-31T23:59:59Z */
    struct pb in = pb_of(message);
    struct pb_field f;

    *t = (struct stamp){0};
    while (pb_next(&in, &f)) {
        if (f.number == 1 && f.type == PB_VARINT)
            t->sec = (int64_t)f.value;
        else if (f.number == 2 && f.type == PB_VARINT && f.value < NS_PER_S)
            t->nsec = (int32_t)f.value;
        else
            return false;
    }
    return !in.failed && t->sec >= STAMP_UNSET_SEC && t->sec <= last;
}

/* Every record: the thing itself, and when it is forgotten. */
static bool read_envelope(struct sv message, struct sv *body, struct stamp *expires_at)
{
    struct pb in = pb_of(message);
    struct pb_field f;

    *body = (struct sv){0};
    *expires_at = (struct stamp){0};
    while (pb_next(&in, &f)) {
        if (f.number == 1 && f.type == PB_BYTES)
            *body = f.bytes;
        else if (f.number == 2 && f.type == PB_BYTES && !read_stamp(f.bytes, expires_at))
            return false;
    }
    return !in.failed && body->p != NULL;
}

/* ---- silences ---- */

/* What is found while the fields go by. */
struct silence_body {
    struct sv id, created_by, comment;
    struct stamp starts_at, ends_at, updated_at;
    struct matchers matchers, legacy; /* the first set; what versions before the sets wrote */
    size_t n_sets;
    struct label_sv *annotations;
    size_t n_annotations, cap_annotations;
};

static void silence_body_done(struct silence_body *b)
{
    matchers_done(&b->matchers);
    matchers_done(&b->legacy);
    free(b->annotations);
}

static bool read_matcher(struct sv message, struct matchers *out)
{
    static const enum match_op ops[] = {MATCH_EQ, MATCH_RE, MATCH_NE, MATCH_NRE};
    struct pb in = pb_of(message);
    struct pb_field f;
    struct sv name = {0}, pattern = {0};
    struct matcher m;
    struct err err;
    uint64_t op = 0;

    while (pb_next(&in, &f)) {
        if (f.number == 1 && f.type == PB_VARINT)
            op = f.value;
        else if (f.number == 2 && f.type == PB_BYTES)
            name = f.bytes;
        else if (f.number == 3 && f.type == PB_BYTES)
            pattern = f.bytes;
    }
    if (in.failed || op >= COUNT_OF(ops) || name.n == 0)
        return false;
    if (!matcher_init(&m, ops[op], name, pattern, &err))
        matcher_init_broken(&m, ops[op], name, pattern); /* it can still be seen and expired (W-10) */
    matchers_push(out, m);
    return true;
}

static bool read_set(struct sv message, struct silence_body *b)
{
    struct pb in = pb_of(message);
    struct pb_field f;

    if (b->n_sets++ != 0)
        return true;
    while (pb_next(&in, &f))
        if (f.number == 1 && f.type == PB_BYTES && !read_matcher(f.bytes, &b->matchers))
            return false;
    return !in.failed;
}

/* Versions before 0.15 kept author and text in a list. */
static bool read_comment(struct sv message, struct silence_body *b)
{
    struct pb in = pb_of(message);
    struct pb_field f;

    while (pb_next(&in, &f)) {
        if (f.number == 1 && f.type == PB_BYTES && b->created_by.n == 0)
            b->created_by = f.bytes;
        else if (f.number == 2 && f.type == PB_BYTES && b->comment.n == 0)
            b->comment = f.bytes;
    }
    return !in.failed;
}

static bool read_annotation(struct sv message, struct silence_body *b)
{
    struct pb in = pb_of(message);
    struct pb_field f;
    struct label_sv pair = {SV(""), SV("")};

    while (pb_next(&in, &f)) {
        if (f.number == 1 && f.type == PB_BYTES)
            pair.name = f.bytes;
        else if (f.number == 2 && f.type == PB_BYTES)
            pair.value = f.bytes;
    }
    b->annotations =
        xgrow(b->annotations, &b->cap_annotations, b->n_annotations + 1, sizeof(*b->annotations));
    b->annotations[b->n_annotations++] = pair;
    return !in.failed;
}

static bool read_silence_field(const struct pb_field *f, struct silence_body *b)
{
    if (f->type != PB_BYTES)
        return true;
    switch (f->number) {
    case 1:
        b->id = f->bytes;
        return true;
    case 2:
        return read_matcher(f->bytes, &b->legacy);
    case 3:
        return read_stamp(f->bytes, &b->starts_at);
    case 4:
        return read_stamp(f->bytes, &b->ends_at);
    case 5:
        return read_stamp(f->bytes, &b->updated_at);
    case 7:
        return read_comment(f->bytes, b);
    case 8:
        b->created_by = f->bytes;
        return true;
    case 9:
        b->comment = f->bytes;
        return true;
    case 10:
        return read_annotation(f->bytes, b);
    case 11:
        return read_set(f->bytes, b);
    default:
        return true;
    }
}

static bool read_silence(struct sv message, struct silence_body *b)
{
    struct pb in = pb_of(message);
    struct pb_field f;

    while (pb_next(&in, &f))
        if (!read_silence_field(&f, b))
            return false;
    return !in.failed;
}

static struct record silence_record(const struct silence_body *b)
{
    char id[37] = "";
    struct labels *annotations =
        labels_new(b->annotations, label_sv_normalize(b->annotations, b->n_annotations, false));

    memcpy(id, b->id.p, b->id.n);
    return (struct record){.kind = RECORD_SILENCE,
                           .silence = silence_new(id, b->n_sets != 0 ? &b->matchers : &b->legacy,
                                                  b->starts_at, b->ends_at, b->updated_at, b->created_by,
                                                  b->comment, annotations)};
}

static bool is_sound(const struct silence_body *b, struct upstream_file *found)
{
    if (b->id.n == 0 || b->id.n > 36)
        return skip(found, "a silence without a usable id");
    if (b->n_sets > 1)
        return skip(found, "silence %.*s has several sets of matchers", SV_ARG(b->id));
    if (b->matchers.n + b->legacy.n == 0)
        return skip(found, "silence %.*s has no matchers", SV_ARG(b->id));
    if (stamp_before(b->ends_at, b->starts_at))
        return skip(found, "silence %.*s ends before it starts", SV_ARG(b->id));
    return true;
}

static void take_silence(struct sv message, record_taker *each, void *ctx, struct upstream_file *found)
{
    struct silence_body b = {0};
    struct stamp expires_at;
    struct sv body;

    if (!read_envelope(message, &body, &expires_at) || !read_silence(body, &b)) {
        (void)skip(found, "a silence cannot be read");
    } else if (is_sound(&b, found)) {
        const struct record r = silence_record(&b);
        found->taken++;
        each(ctx, &r);
    }
    silence_body_done(&b);
}

/* ---- the notification log ---- */

struct hash_list {
    uint64_t *v;
    size_t n, cap;
};

struct entry_body {
    struct sv group_key, receiver, integration;
    uint64_t index;
    struct stamp at, expires_at;
    struct hash_list firing, resolved;
};

static bool read_receiver(struct sv message, struct entry_body *b)
{
    struct pb in = pb_of(message);
    struct pb_field f;

    while (pb_next(&in, &f)) {
        if (f.number == 1 && f.type == PB_BYTES)
            b->receiver = f.bytes;
        else if (f.number == 2 && f.type == PB_BYTES)
            b->integration = f.bytes;
        else if (f.number == 3 && f.type == PB_VARINT)
            b->index = f.value;
    }
    return !in.failed;
}

/* Packed, as a writer should, or one by one. */
static bool read_hashes(const struct pb_field *f, struct hash_list *l)
{
    struct pb in = pb_of(f->bytes);
    uint64_t hash = f->value;

    do {
        if (f->type == PB_BYTES && (in.rest.n == 0 || !pb_varint(&in, &hash)))
            return !in.failed;
        l->v = xgrow(l->v, &l->cap, l->n + 1, sizeof(*l->v));
        l->v[l->n++] = hash;
    } while (f->type == PB_BYTES);
    return f->type == PB_VARINT;
}

static bool read_entry_field(const struct pb_field *f, struct entry_body *b)
{
    switch (f->number) {
    case 1:
        b->group_key = f->bytes;
        return f->type == PB_BYTES;
    case 2:
        return f->type == PB_BYTES && read_receiver(f->bytes, b);
    case 5:
        return f->type == PB_BYTES && read_stamp(f->bytes, &b->at);
    case 6:
        return read_hashes(f, &b->firing);
    case 7:
        return read_hashes(f, &b->resolved);
    default:
        return true;
    }
}

static bool read_entry(struct sv message, struct entry_body *b)
{
    struct pb in = pb_of(message);
    struct pb_field f;

    while (pb_next(&in, &f))
        if (!read_entry_field(&f, b))
            return false;
    return !in.failed && b->group_key.n != 0 && b->receiver.n != 0 && b->integration.n != 0;
}

static int by_value(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void sort_hashes(struct hash_list *l)
{
    if (l->n > 1)
        qsort(l->v, l->n, sizeof(*l->v), by_value);
}

static struct record entry_record(struct entry_body *b)
{
    CLEANUP(strbuf_donep) struct strbuf key = {0};

    strbuf_addf(&key, "%.*s:%.*s/%.*s/%llu", SV_ARG(b->group_key), SV_ARG(b->receiver),
                SV_ARG(b->integration), (unsigned long long)b->index);
    sort_hashes(&b->firing);
    sort_hashes(&b->resolved);
    return (struct record){.kind = RECORD_LEDGER,
                           .ledger = ledger_entry_new(strbuf_sv(&key), b->at, b->expires_at, b->firing.v,
                                                      b->firing.n, b->resolved.v, b->resolved.n, NULL, 0)};
}

static void take_entry(struct sv message, record_taker *each, void *ctx, struct upstream_file *found)
{
    struct entry_body b = {0};
    struct sv body;

    if (!read_envelope(message, &body, &b.expires_at) || !read_entry(body, &b)) {
        (void)skip(found, "an entry of the notification log cannot be read");
    } else {
        const struct record r = entry_record(&b);
        found->taken++;
        each(ctx, &r);
    }
    free(b.firing.v);
    free(b.resolved.v);
}

/* ---- files ---- */

static void take_all(struct sv content,
                     void (*take)(struct sv message, record_taker *each, void *ctx,
                                  struct upstream_file *found),
                     record_taker *each, void *ctx, struct upstream_file *found)
{
    struct pb in = pb_of(content);
    struct sv message;

    *found = (struct upstream_file){0};
    while (in.rest.n != 0 && pb_framed(&in, &message))
        take(message, each, ctx, found);
    if (in.failed)
        (void)skip(found, "the file was cut short");
}

void upstream_silences(struct sv content, record_taker *each, void *ctx, struct upstream_file *found)
{
    take_all(content, take_silence, each, ctx, found);
}

void upstream_nflog(struct sv content, record_taker *each, void *ctx, struct upstream_file *found)
{
    take_all(content, take_entry, each, ctx, found);
}

/* False: it is not there, or cannot be read, which is said. */
static bool read_whole(const char *path, struct strbuf *out)
{
    char piece[1 << 14];
    FILE *f = fopen(path, "rb");
    size_t n;

    if (f == NULL) {
        if (errno != ENOENT)
            log_error("state of Alertmanager cannot be read, going on without", "file", path, "err",
                      strerrordesc_np(errno));
        return false;
    }
    out->ceiling = FILE_MAX_BYTES;
    while ((n = fread(piece, 1, sizeof(piece), f)) != 0 && !out->overflow)
        strbuf_add(out, piece, n);
    fclose(f);
    return true;
}

static void report(const char *path, const struct upstream_file *found)
{
    char taken[24], skipped[24];

    (void)snprintf(taken, sizeof(taken), "%zu", found->taken);
    (void)snprintf(skipped, sizeof(skipped), "%zu", found->skipped);
    log_info("took over state of Alertmanager", "file", path, "records", taken);
    if (found->skipped != 0)
        log_warn("some state of Alertmanager could not be taken over", "file", path, "records", skipped,
                 "err", found->why);
}

void upstream_import(const char *dir, record_taker *each, void *ctx)
{
    static const struct {
        const char *name;
        void (*decode)(struct sv content, record_taker *each, void *ctx, struct upstream_file *found);
    } files[] = {{"silences", upstream_silences}, {"nflog", upstream_nflog}};

    for (size_t i = 0; i < COUNT_OF(files); i++) {
        CLEANUP(strbuf_donep) struct strbuf path = {0}, content = {0};
        struct upstream_file found;
        strbuf_addf(&path, "%s/%s", dir, files[i].name);
        if (!read_whole(path.p, &content))
            continue;
        files[i].decode(strbuf_sv(&content), each, ctx, &found);
        report(path.p, &found);
    }
}
