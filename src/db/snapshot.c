#include "snapshot.h"

#include <stdlib.h>

#include "base/mem.h"
#include "codec/pb.h"

/* Field numbers of the messages, named after them. */
enum { MESH_BODY = 1, MESH_EXPIRES_AT = 2 };
enum { TIME_SECONDS = 1, TIME_NANOS = 2 };
enum { MATCHER_TYPE = 1, MATCHER_NAME = 2, MATCHER_PATTERN = 3, SET_MATCHERS = 1 };
enum { PAIR_KEY = 1, PAIR_VALUE = 2 };
enum { COMMENT_AUTHOR = 1, COMMENT_TEXT = 2 };
enum {
    SILENCE_ID = 1,
    SILENCE_MATCHERS = 2,
    SILENCE_STARTS_AT = 3,
    SILENCE_ENDS_AT = 4,
    SILENCE_UPDATED_AT = 5,
    SILENCE_COMMENTS = 7, /* before there was one comment only */
    SILENCE_CREATED_BY = 8,
    SILENCE_COMMENT = 9,
    SILENCE_ANNOTATIONS = 10,
    SILENCE_SETS = 11,
    SILENCE_RECEIVER_SETS = 12,
};
enum { RECEIVER_NAME = 1, RECEIVER_TYPE = 2, RECEIVER_INDEX = 3 };
enum {
    ENTRY_GROUP_KEY = 1,
    ENTRY_RECEIVER = 2,
    ENTRY_AT = 5,
    ENTRY_FIRING = 6,
    ENTRY_RESOLVED = 7,
    ENTRY_DATA = 8
};
enum { DATA_TEXT = 1 }; /* the other kinds are numbers */

#define MAX_PAIRS 256 /* matchers, or annotations, of a silence; data of a log entry */

static bool damaged(struct err *err)
{
    return err_set(err, ERR_INVALID, "not a record of an Alertmanager snapshot");
}

/* ---- times ---- */

static bool read_time(struct sv message, struct stamp *out)
{
    struct pb_field f;
    bool ok;

    *out = (struct stamp){0};
    while (pb_next(&message, &f, &ok)) {
        if (f.number == TIME_SECONDS)
            out->sec = (int64_t)f.value;
        else if (f.number == TIME_NANOS && f.value < NS_PER_S)
            out->nsec = (int32_t)f.value;
    }
    *out = stamp_add(*out, 0); /* within the years there are */
    return ok;
}

static void put_time(struct strbuf *out, uint32_t number, struct stamp t)
{
    CLEANUP(strbuf_donep) struct strbuf message = {0};

    pb_put_uint(&message, TIME_SECONDS, (uint64_t)t.sec);
    pb_put_uint(&message, TIME_NANOS, (uint64_t)t.nsec);
    pb_put_message(out, number, &message);
}

/* ---- silences, in ---- */

/* What was read so far. Texts are borrowed from the message. */
struct silence_parts {
    struct sv id, created_by, comment;
    struct stamp starts_at, ends_at, updated_at;
    struct matchers matchers;
    struct label_sv annotations[MAX_PAIRS];
    size_t n_annotations, sets;
    bool for_receivers;
};

static bool read_pair(struct sv message, uint32_t first, uint32_t second, struct sv *a, struct sv *b)
{
    struct pb_field f;
    bool ok;

    *a = *b = (struct sv){"", 0};
    while (pb_next(&message, &f, &ok)) {
        if (f.number == first)
            *a = f.bytes;
        else if (f.number == second)
            *b = f.bytes;
    }
    return ok;
}

static bool matcher_op(struct sv message, enum match_op *op)
{
    static const enum match_op ops[] = {MATCH_EQ, MATCH_RE, MATCH_NE, MATCH_NRE};
    struct pb_field f;
    bool ok;

    *op = MATCH_EQ;
    while (pb_next(&message, &f, &ok))
        if (f.number == MATCHER_TYPE) {
            if (f.value >= COUNT_OF(ops))
                return false;
            *op = ops[f.value];
        }
    return ok;
}

static bool read_matcher(struct silence_parts *parts, struct sv message)
{
    struct sv name, pattern;
    struct matcher m;
    enum match_op op;
    struct err ignored;

    if (parts->matchers.n == MAX_PAIRS || !matcher_op(message, &op) ||
        !read_pair(message, MATCHER_NAME, MATCHER_PATTERN, &name, &pattern))
        return false;
    if (!matcher_init(&m, op, name, pattern, &ignored))
        matcher_init_broken(&m, op, name, pattern);
    matchers_push(&parts->matchers, m);
    return true;
}

/* The first set is what older versions wrote as the silence's own matchers, and newer ones repeat there. */
static bool read_set(struct silence_parts *parts, struct sv message)
{
    struct pb_field f;
    bool ok;

    matchers_done(&parts->matchers);
    parts->matchers = (struct matchers){0};
    parts->sets++;
    while (pb_next(&message, &f, &ok))
        if (f.number == SET_MATCHERS && !read_matcher(parts, f.bytes))
            return false;
    return ok;
}

static bool read_annotation(struct silence_parts *parts, struct sv message)
{
    struct label_sv *pair = &parts->annotations[parts->n_annotations];

    if (parts->n_annotations == MAX_PAIRS ||
        !read_pair(message, PAIR_KEY, PAIR_VALUE, &pair->name, &pair->value))
        return false;
    parts->n_annotations++;
    return true;
}

static bool read_silence_field(struct silence_parts *parts, const struct pb_field *f)
{
    switch (f->number) {
    case SILENCE_ID:
        parts->id = f->bytes;
        return true;
    case SILENCE_MATCHERS:
        return parts->sets != 0 || read_matcher(parts, f->bytes);
    case SILENCE_STARTS_AT:
        return read_time(f->bytes, &parts->starts_at);
    case SILENCE_ENDS_AT:
        return read_time(f->bytes, &parts->ends_at);
    case SILENCE_UPDATED_AT:
        return read_time(f->bytes, &parts->updated_at);
    case SILENCE_COMMENTS:
        return parts->comment.n != 0 ||
               read_pair(f->bytes, COMMENT_AUTHOR, COMMENT_TEXT, &parts->created_by, &parts->comment);
    case SILENCE_CREATED_BY:
        parts->created_by = f->bytes;
        return true;
    case SILENCE_COMMENT:
        parts->comment = f->bytes;
        return true;
    case SILENCE_ANNOTATIONS:
        return read_annotation(parts, f->bytes);
    case SILENCE_SETS:
        return read_set(parts, f->bytes);
    case SILENCE_RECEIVER_SETS:
        parts->for_receivers = true;
        return true;
    default:
        return true;
    }
}

static bool read_silence_body(struct sv message, struct silence_parts *parts)
{
    struct pb_field f;
    bool ok;

    while (pb_next(&message, &f, &ok))
        if (!read_silence_field(parts, &f))
            return false;
    return ok;
}

/* A UUID in practice; it is part of paths. */
static bool usable_id(struct sv id, size_t room)
{
    for (size_t i = 0; i < id.n; i++)
        if (id.p[i] <= ' ' || id.p[i] > '~')
            return false;
    return id.n != 0 && id.n < room;
}

static bool make_silence(struct silence_parts *parts, struct silence **out, struct err *err)
{
    char id[37];

    if (!usable_id(parts->id, sizeof(id)) || parts->matchers.n == 0)
        return damaged(err);
    memcpy(id, parts->id.p, parts->id.n);
    id[parts->id.n] = '\0';
    if (parts->sets > 1)
        return err_set(err, ERR_INVALID, "silence %s has alternative sets of matchers", id);
    if (parts->for_receivers)
        return err_set(err, ERR_INVALID, "silence %s is for certain receivers only", id);
    const size_t n = label_sv_normalize(parts->annotations, parts->n_annotations, false);
    *out = silence_new(id, &parts->matchers, parts->starts_at, parts->ends_at, parts->updated_at,
                       parts->created_by, parts->comment, labels_new(parts->annotations, n));
    return true;
}

/* The inner message of a record. */
static bool read_body(struct sv message, struct sv *body, struct stamp *expires_at)
{
    struct pb_field f;
    bool ok, found = false;

    while (pb_next(&message, &f, &ok)) {
        if (f.number == MESH_BODY && f.is_bytes) {
            *body = f.bytes;
            found = true;
        } else if (f.number == MESH_EXPIRES_AT && !read_time(f.bytes, expires_at)) {
            return false;
        }
    }
    return ok && found;
}

bool snapshot_read_silence(struct sv message, struct record *r, struct err *err)
{
    struct silence_parts parts = {.id = SV(""), .created_by = SV(""), .comment = SV("")};
    struct sv body;
    struct stamp expires_at;
    bool ok = true;

    *r = (struct record){.kind = RECORD_SILENCE};
    if (!read_body(message, &body, &expires_at) || !read_silence_body(body, &parts))
        ok = damaged(err);
    ok = ok && make_silence(&parts, &r->silence, err);
    matchers_done(&parts.matchers);
    return ok;
}

/* ---- the notification log, in ---- */

struct hash_list {
    uint64_t *v;
    size_t n, cap;
};

struct entry_parts {
    struct sv group_key, receiver, type;
    uint64_t index;
    struct stamp at, expires_at;
    struct hash_list firing, resolved;
    struct label_sv data[MAX_PAIRS];
    size_t n_data;
};

static void add_hash(struct hash_list *list, uint64_t hash)
{
    list->v = xgrow(list->v, &list->cap, list->n + 1, sizeof(*list->v));
    list->v[list->n++] = hash;
}

/* Packed, or one by one. */
static bool read_hashes(struct hash_list *list, const struct pb_field *f)
{
    struct sv run = f->bytes;
    uint64_t hash;
    bool ok;

    if (!f->is_bytes) {
        add_hash(list, f->value);
        return true;
    }
    while (pb_next_varint(&run, &hash, &ok))
        add_hash(list, hash);
    return ok;
}

static bool read_receiver(struct entry_parts *parts, struct sv message)
{
    struct pb_field f;
    bool ok;

    while (pb_next(&message, &f, &ok)) {
        if (f.number == RECEIVER_NAME)
            parts->receiver = f.bytes;
        else if (f.number == RECEIVER_TYPE)
            parts->type = f.bytes;
        else if (f.number == RECEIVER_INDEX)
            parts->index = f.value;
    }
    return ok;
}

/* What a receiver keeps: a name, and a message with the value. Numbers are left out. */
static bool read_data(struct entry_parts *parts, struct sv message)
{
    struct sv name, value, text, none;

    if (!read_pair(message, PAIR_KEY, PAIR_VALUE, &name, &value) ||
        !read_pair(value, DATA_TEXT, DATA_TEXT, &text, &none))
        return false;
    if (parts->n_data < MAX_PAIRS && text.n != 0)
        parts->data[parts->n_data++] = (struct label_sv){name, text};
    return true;
}

static bool read_entry_field(struct entry_parts *parts, const struct pb_field *f)
{
    switch (f->number) {
    case ENTRY_GROUP_KEY:
        parts->group_key = f->bytes;
        return true;
    case ENTRY_RECEIVER:
        return read_receiver(parts, f->bytes);
    case ENTRY_AT:
        return read_time(f->bytes, &parts->at);
    case ENTRY_FIRING:
        return read_hashes(&parts->firing, f);
    case ENTRY_RESOLVED:
        return read_hashes(&parts->resolved, f);
    case ENTRY_DATA:
        return read_data(parts, f->bytes);
    default:
        return true;
    }
}

/* A part of a key, which is a C string. */
static bool usable_text(struct sv s)
{
    return s.n != 0 && memchr(s.p, '\0', s.n) == NULL;
}

static bool read_entry_body(struct sv message, struct entry_parts *parts)
{
    struct pb_field f;
    bool ok;

    while (pb_next(&message, &f, &ok))
        if (!read_entry_field(parts, &f))
            return false;
    return ok && usable_text(parts->group_key) && usable_text(parts->receiver) && usable_text(parts->type);
}

static int hash_cmp(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void sort_hashes(struct hash_list *list)
{
    if (list->n != 0)
        qsort(list->v, list->n, sizeof(*list->v), hash_cmp);
}

static struct ledger_entry *make_entry(struct entry_parts *parts)
{
    CLEANUP(strbuf_donep) struct strbuf key = {0};

    strbuf_addf(&key, "%.*s:%.*s/%.*s/%llu", SV_ARG(parts->group_key), SV_ARG(parts->receiver),
                SV_ARG(parts->type), (unsigned long long)parts->index);
    sort_hashes(&parts->firing);
    sort_hashes(&parts->resolved);
    struct ledger_entry *e = ledger_entry_new(strbuf_sv(&key), parts->at, parts->expires_at, parts->firing.v,
                                              parts->firing.n, parts->resolved.v, parts->resolved.n, NULL, 0);
    if (parts->n_data != 0)
        e->receiver_data = labels_new(parts->data, label_sv_normalize(parts->data, parts->n_data, false));
    return e;
}

bool snapshot_read_ledger(struct sv message, struct record *r, struct err *err)
{
    struct entry_parts parts = {.receiver = SV(""), .type = SV("")};
    struct sv body;

    *r = (struct record){.kind = RECORD_LEDGER};
    const bool ok = read_body(message, &body, &parts.expires_at) && read_entry_body(body, &parts);
    if (ok)
        r->ledger = make_entry(&parts);
    free(parts.firing.v);
    free(parts.resolved.v);
    return ok || damaged(err);
}

/* ---- out ---- */

static struct sv text_of(const struct istr *s)
{
    return istr_sv(s);
}

static void put_matchers(struct strbuf *out, uint32_t number, const struct matchers *ms)
{
    static const uint64_t types[] = {[MATCH_EQ] = 0, [MATCH_RE] = 1, [MATCH_NE] = 2, [MATCH_NRE] = 3};
    CLEANUP(strbuf_donep) struct strbuf message = {0};

    for (size_t i = 0; i < ms->n; i++) {
        strbuf_reset(&message);
        pb_put_uint(&message, MATCHER_TYPE, types[ms->v[i].op]);
        pb_put_bytes(&message, MATCHER_NAME, text_of(ms->v[i].name));
        pb_put_bytes(&message, MATCHER_PATTERN, text_of(ms->v[i].value));
        pb_put_message(out, number, &message);
    }
}

static void put_annotations(struct strbuf *out, const struct labels *ls)
{
    CLEANUP(strbuf_donep) struct strbuf message = {0};

    for (size_t i = 0; i < ls->n; i++) {
        strbuf_reset(&message);
        pb_put_bytes(&message, PAIR_KEY, text_of(ls->v[i].name));
        pb_put_bytes(&message, PAIR_VALUE, text_of(ls->v[i].value));
        pb_put_message(out, SILENCE_ANNOTATIONS, &message);
    }
}

/* The body, when it expires, and the length in front. */
static void put_mesh(struct strbuf *out, const struct strbuf *body, struct stamp expires_at)
{
    CLEANUP(strbuf_donep) struct strbuf message = {0};

    pb_put_message(&message, MESH_BODY, body);
    put_time(&message, MESH_EXPIRES_AT, expires_at);
    pb_put_record(out, &message);
}

void snapshot_write_silence(struct strbuf *out, const struct silence *s, dur_ns retention)
{
    CLEANUP(strbuf_donep) struct strbuf body = {0}, set = {0};

    pb_put_bytes(&body, SILENCE_ID, sv_of(s->id));
    put_matchers(&body, SILENCE_MATCHERS, &s->matchers);
    put_time(&body, SILENCE_STARTS_AT, s->starts_at);
    put_time(&body, SILENCE_ENDS_AT, s->ends_at);
    put_time(&body, SILENCE_UPDATED_AT, s->updated_at);
    pb_put_bytes(&body, SILENCE_CREATED_BY, text_of(s->created_by));
    pb_put_bytes(&body, SILENCE_COMMENT, text_of(s->comment));
    put_annotations(&body, s->annotations);
    put_matchers(&set, SET_MATCHERS, &s->matchers);
    pb_put_message(&body, SILENCE_SETS, &set);
    put_mesh(out, &body, stamp_add(s->ends_at, retention));
}

/* A ledger key is <group key>:<receiver>/<type>/<index>. A group key without marks is <route key>:{...}: with
 * a mark behind it what is found is the route key alone. */
static bool split_key(struct sv key, struct entry_parts *parts)
{
    const char *index = memrchr(key.p, '/', key.n);
    const char *type = index != NULL ? memrchr(key.p, '/', (size_t)(index - key.p)) : NULL;

    if (type == NULL)
        return false;
    const char *colon = type;
    while (colon > key.p + 1 && !(colon[0] == ':' && colon[-1] == '}'))
        colon--;
    if (colon <= key.p + 1)
        return false;
    parts->group_key = (struct sv){key.p, (size_t)(colon - key.p)};
    parts->receiver = (struct sv){colon + 1, (size_t)(type - colon) - 1};
    parts->type = (struct sv){type + 1, (size_t)(index - type) - 1};
    parts->index = strtoull(index + 1, NULL, 10);
    return memmem(key.p, parts->group_key.n, "}:{", 3) != NULL;
}

static void put_hashes(struct strbuf *out, uint32_t number, const uint64_t *v, size_t n)
{
    CLEANUP(strbuf_donep) struct strbuf packed = {0};

    for (size_t i = 0; i < n; i++)
        pb_add_varint(&packed, v[i]);
    pb_put_bytes(out, number, strbuf_sv(&packed));
}

static void put_data(struct strbuf *out, const struct labels *data)
{
    CLEANUP(strbuf_donep) struct strbuf pair = {0}, value = {0};

    for (size_t i = 0; data != NULL && i < data->n; i++) {
        strbuf_reset(&pair);
        strbuf_reset(&value);
        pb_put_bytes(&value, DATA_TEXT, text_of(data->v[i].value));
        pb_put_bytes(&pair, PAIR_KEY, text_of(data->v[i].name));
        pb_put_message(&pair, PAIR_VALUE, &value);
        pb_put_message(out, ENTRY_DATA, &pair);
    }
}

bool snapshot_write_ledger(struct strbuf *out, const struct ledger_entry *e)
{
    CLEANUP(strbuf_donep) struct strbuf body = {0}, receiver = {0};
    struct entry_parts parts;

    if (!split_key(sv_of(e->key), &parts))
        return false;
    pb_put_bytes(&receiver, RECEIVER_NAME, parts.receiver);
    pb_put_bytes(&receiver, RECEIVER_TYPE, parts.type);
    pb_put_uint(&receiver, RECEIVER_INDEX, parts.index);
    pb_put_bytes(&body, ENTRY_GROUP_KEY, parts.group_key);
    pb_put_message(&body, ENTRY_RECEIVER, &receiver);
    put_time(&body, ENTRY_AT, e->at);
    put_hashes(&body, ENTRY_FIRING, e->firing, e->n_firing);
    put_hashes(&body, ENTRY_RESOLVED, e->resolved, e->n_resolved);
    put_data(&body, e->receiver_data);
    put_mesh(out, &body, e->expires_at);
    return true;
}
