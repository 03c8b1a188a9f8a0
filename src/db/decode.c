/* From bodies back to objects: members into a `struct body`, then the body into the object. */
#include "record_json.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/intern.h"
#include "codec/jr.h"
#include "codec/rfc3339.h"
#include "core/act.h"
#include "model/alert.h"
#include "model/matcher.h"

#define DECODE_CEILING ((size_t)64 << 20)

struct hash_list {
    const uint64_t *v;
    size_t n;
};

struct alert_list {
    struct delivery_alert *v; /* malloc'ed; the references are the list's own */
    size_t n;
};

/* The members of all kinds; those that a kind does not have stay as they are in body_init(). */
struct body {
    struct sv fp, change, generator_url, id, created_by, comment, key, underway, route_id, uuid;
    struct sv failure, error, cause, group_key, receiver, type, reason;
    struct sv acked_by, ack_comment, until_resolved;
    struct stamp starts_at, ends_at, updated_at, changed_at, at, expires_at, next_flush, created_at;
    struct stamp since, next, acked_at;
    struct labels *labels, *annotations, *receiver_data; /* NULL: the member was not there */
    struct matchers matchers;
    struct hash_list firing, resolved_alerts, held, acked;
    struct alert_list alerts;
    int64_t flush_id, attempts, index, left_out;
    bool timeout, resolved, flushed, del, asked, fires;
    bool inner; /* of an alert in a list: it has no list of its own */
};

enum member_type {
    MEMBER_TEXT,
    MEMBER_TIME,
    MEMBER_BOOL,
    MEMBER_INT,
    MEMBER_LABELS,
    MEMBER_ANNOTATIONS,
    MEMBER_MATCHERS,
    MEMBER_HASHES,
    MEMBER_ALERTS
};

struct member {
    struct sv name;
    enum member_type type;
    size_t at; /* in struct body */
};
#define MEMBER(text, kind, field)                                                                            \
    {                                                                                                        \
        {"" text, sizeof(text) - 1}, MEMBER_##kind, offsetof(struct body, field)                             \
    }

static const struct member members[] = {
    MEMBER("fp", TEXT, fp),
    MEMBER("change", TEXT, change),
    MEMBER("changedAt", TIME, changed_at),
    MEMBER("labels", LABELS, labels),
    MEMBER("annotations", ANNOTATIONS, annotations),
    MEMBER("generatorURL", TEXT, generator_url),
    MEMBER("startsAt", TIME, starts_at),
    MEMBER("endsAt", TIME, ends_at),
    MEMBER("updatedAt", TIME, updated_at),
    MEMBER("timeout", BOOL, timeout),
    MEMBER("resolved", BOOL, resolved),
    MEMBER("del", BOOL, del),
    MEMBER("id", TEXT, id),
    MEMBER("matchers", MATCHERS, matchers),
    MEMBER("createdBy", TEXT, created_by),
    MEMBER("comment", TEXT, comment),
    MEMBER("key", TEXT, key),
    MEMBER("at", TIME, at),
    MEMBER("expiresAt", TIME, expires_at),
    MEMBER("firingAlerts", HASHES, firing),
    MEMBER("resolvedAlerts", HASHES, resolved_alerts),
    MEMBER("heldAlerts", HASHES, held),
    MEMBER("receiverData", ANNOTATIONS, receiver_data),
    MEMBER("underway", TEXT, underway),
    MEMBER("routeId", TEXT, route_id),
    MEMBER("uuid", TEXT, uuid),
    MEMBER("flushId", INT, flush_id),
    MEMBER("flushed", BOOL, flushed),
    MEMBER("nextFlush", TIME, next_flush),
    MEMBER("createdAt", TIME, created_at),
    MEMBER("ackedBy", TEXT, acked_by),
    MEMBER("ackComment", TEXT, ack_comment),
    MEMBER("ackedAt", TIME, acked_at),
    MEMBER("ackedAlerts", HASHES, acked),
    MEMBER("untilResolved", TEXT, until_resolved),
    MEMBER("since", TIME, since),
    MEMBER("next", TIME, next),
    MEMBER("asked", BOOL, asked),
    MEMBER("attempts", INT, attempts),
    MEMBER("failure", TEXT, failure),
    MEMBER("error", TEXT, error),
    MEMBER("cause", TEXT, cause),
    MEMBER("groupKey", TEXT, group_key),
    MEMBER("receiver", TEXT, receiver),
    MEMBER("type", TEXT, type),
    MEMBER("index", INT, index),
    MEMBER("reason", TEXT, reason),
    MEMBER("alerts", ALERTS, alerts),
    MEMBER("firing", BOOL, fires),
    MEMBER("leftOut", INT, left_out),
};

static void body_init(struct body *b)
{
    *b = (struct body){
        .starts_at = STAMP_UNSET,
        .ends_at = STAMP_UNSET,
        .updated_at = STAMP_UNSET,
        .changed_at = STAMP_UNSET,
        .at = STAMP_UNSET,
        .expires_at = STAMP_UNSET,
        .next_flush = STAMP_UNSET,
        .created_at = STAMP_UNSET,
        .since = STAMP_UNSET,
        .next = STAMP_UNSET,
        .acked_at = STAMP_UNSET,
    };
}

static void body_done(struct body *b)
{
    labels_unref(b->labels);
    labels_unref(b->annotations);
    labels_unref(b->receiver_data);
    matchers_done(&b->matchers);
    for (size_t i = 0; i < b->alerts.n; i++)
        alert_unref(b->alerts.v[i].alert);
    free(b->alerts.v);
}

static bool read_stamp(struct jr *in, struct stamp *t)
{
    struct sv text;
    struct err err;

    return jr_string(in, &text) && (stamp_parse_rfc3339(text, t, &err) || jr_fail(in, "%s", err.text));
}

static bool read_labels(struct record_decoder *d, struct jr *in, bool drop_empty, struct labels **out)
{
    struct label_sv pair;
    size_t n = 0;

    if (!jr_object(in))
        return false;
    while (jr_key(in, &pair.name)) {
        if (!jr_string(in, &pair.value))
            return false;
        d->pairs = xgrow(d->pairs, &d->cap_pairs, n + 1, sizeof(*d->pairs));
        d->pairs[n++] = pair;
    }
    if (in->failed)
        return false;
    labels_unref(*out); /* a member given twice: the last one counts */
    *out = labels_new(d->pairs, label_sv_normalize(d->pairs, n, drop_empty));
    return true;
}

static bool read_matcher(struct jr *in, struct matcher *m)
{
    struct sv member, name = {0}, value = {0};
    bool regex = false, equal = true, ok = true;

    if (!jr_object(in))
        return false;
    while (ok && jr_key(in, &member)) {
        if (sv_eq(member, SV("name")))
            ok = jr_string(in, &name);
        else if (sv_eq(member, SV("value")))
            ok = jr_string(in, &value);
        else if (sv_eq(member, SV("isRegex")))
            ok = jr_bool(in, &regex);
        else if (sv_eq(member, SV("isEqual")))
            ok = jr_bool(in, &equal);
        else
            ok = jr_skip(in);
    }
    if (in->failed)
        return false;
    const enum match_op op = regex ? (equal ? MATCH_RE : MATCH_NRE) : (equal ? MATCH_EQ : MATCH_NE);
    struct err err;
    if (!matcher_init(m, op, name, value, &err)) /* the silence can still be seen and expired (W-10) */
        matcher_init_broken(m, op, name, value);
    return true;
}

static bool read_matchers(struct jr *in, struct matchers *ms)
{
    struct matcher m;

    if (!jr_array(in))
        return false;
    while (jr_next(in)) {
        if (!read_matcher(in, &m))
            return false;
        matchers_push(ms, m);
    }
    return !in->failed;
}

static bool read_hashes(struct record_decoder *d, struct jr *in, struct hash_list *list)
{
    struct sv text;
    size_t n = 0;

    if (!jr_array(in))
        return false;
    while (jr_next(in)) {
        d->hashes = xgrow(d->hashes, &d->cap_hashes, n + 1, sizeof(*d->hashes));
        if (!jr_string(in, &text))
            return false;
        if (!fingerprint_parse(text, &d->hashes[n++]))
            return jr_fail(in, "bad hash");
    }
    if (in->failed)
        return false;
    uint64_t *copy = ARENA_ARRAY(&d->mem, uint64_t, n);
    if (copy == NULL)
        return jr_fail(in, "too large");
    if (n != 0)
        memcpy(copy, d->hashes, n * sizeof(*copy));
    *list = (struct hash_list){copy, n};
    return true;
}

static bool read_alerts(struct record_decoder *d, struct jr *in, struct body *b);

static bool read_member(struct record_decoder *d, struct jr *in, const struct member *m, struct body *b)
{
    void *field = (char *)b + m->at;

    switch (m->type) {
    case MEMBER_TEXT:
        return jr_string(in, field);
    case MEMBER_TIME:
        return read_stamp(in, field);
    case MEMBER_BOOL:
        return jr_bool(in, field);
    case MEMBER_INT:
        return jr_int(in, field);
    case MEMBER_LABELS:
        return read_labels(d, in, true, field);
    case MEMBER_ANNOTATIONS:
        return read_labels(d, in, false, field);
    case MEMBER_MATCHERS:
        return read_matchers(in, field);
    case MEMBER_HASHES:
        return read_hashes(d, in, field);
    case MEMBER_ALERTS:
        return read_alerts(d, in, b);
    }
    return false;
}

static const struct member *find_member(struct sv name)
{
    for (size_t i = 0; i < COUNT_OF(members); i++)
        if (sv_eq(members[i].name, name))
            return &members[i];
    return NULL;
}

static bool read_members(struct record_decoder *d, struct jr *in, struct body *b)
{
    struct sv name;
    bool ok = jr_object(in);

    while (ok && jr_key(in, &name)) {
        const struct member *m = find_member(name);
        ok = m != NULL ? read_member(d, in, m, b) : jr_skip(in);
    }
    return ok && !in->failed;
}

static bool read_body(struct record_decoder *d, struct sv text, struct body *b, struct err *err)
{
    struct jr in;

    jr_init(&in, text, &d->mem);
    if (read_members(d, &in, b) && !jr_at_end(&in))
        (void)jr_fail(&in, "more than one value");
    if (in.failed)
        *err = in.err;
    return !in.failed;
}

/* Hands a set over to its new owner; a member that was not there is the empty set. */
static struct labels *take(struct labels **ls)
{
    struct labels *taken = *ls != NULL ? *ls : labels_empty();
    *ls = NULL;
    return taken;
}

static struct alert *version_of(struct body *b)
{
    return alert_new(take(&b->labels), take(&b->annotations), intern(b->generator_url), b->starts_at,
                     b->ends_at, b->updated_at, b->timeout);
}

static bool read_alerts(struct record_decoder *d, struct jr *in, struct body *b)
{
    size_t cap = b->alerts.n;

    if (b->inner)
        return jr_fail(in, "a list of alerts inside an alert");
    if (!jr_array(in))
        return false;
    while (jr_next(in)) {
        struct body one;
        body_init(&one);
        one.inner = true;
        const bool ok = read_members(d, in, &one);
        if (ok) {
            b->alerts.v = xgrow(b->alerts.v, &cap, b->alerts.n + 1, sizeof(*b->alerts.v));
            b->alerts.v[b->alerts.n++] =
                (struct delivery_alert){.alert = version_of(&one), .firing = one.fires};
        }
        body_done(&one);
        if (!ok)
            return false;
    }
    return !in->failed;
}

static bool copy_uuid(struct sv text, char out[37], struct err *err)
{
    if (text.n > 36 || memchr(text.p != NULL ? text.p : "", '\0', text.n) != NULL)
        return err_set(err, ERR_INVALID, "bad UUID");
    memset(out, 0, 37);
    if (text.n != 0)
        memcpy(out, text.p, text.n);
    return true;
}

static enum event_kind change_of(struct sv text)
{
    for (enum event_kind k = EVENT_ALERT_CREATED; k <= EVENT_ALERT_REFIRED; k++)
        if (sv_eq(sv_of(event_kind_text(k)), text))
            return k;
    return EVENT_NONE;
}

static bool to_alert(struct body *b, struct record *r, struct err *err)
{
    uint64_t fp;

    if (b->del)
        return err_set(err, ERR_INVALID, "a deletion");
    if (b->labels == NULL)
        return err_set(err, ERR_INVALID, "no labels");
    if (!fingerprint_parse(b->fp, &fp) || fp != b->labels->fp)
        return err_set(err, ERR_INVALID, "fp is not the fingerprint of the labels");
    r->resolved = b->resolved;
    r->change = change_of(b->change);
    r->at = b->changed_at;
    r->alert = version_of(b);
    return true;
}

static bool to_silence(struct body *b, struct record *r, struct err *err)
{
    char id[37];

    if (!copy_uuid(b->id, id, err))
        return false;
    if (id[0] == '\0')
        return err_set(err, ERR_INVALID, "no id");
    r->silence = silence_new(id, &b->matchers, b->starts_at, b->ends_at, b->updated_at, b->created_by,
                             b->comment, take(&b->annotations));
    return true;
}

/* A reason that a later version has added still says that something was under way. */
static enum notify_reason reason_of(struct sv text)
{
    enum notify_reason r = REASON_NONE;

    if (text.n == 0)
        return REASON_NONE;
    while (r != REASON_UNKNOWN && !sv_eq(sv_of(notify_reason_text(r)), text))
        r++;
    return r;
}

static bool to_ledger(struct body *b, struct record *r, struct err *err)
{
    if (b->key.n == 0)
        return err_set(err, ERR_INVALID, "no key");
    r->ledger = ledger_entry_new(b->key, b->at, b->expires_at, b->firing.v, b->firing.n, b->resolved_alerts.v,
                                 b->resolved_alerts.n, b->held.v, b->held.n);
    r->ledger->receiver_data = take(&b->receiver_data);
    r->ledger->underway = reason_of(b->underway);
    return true;
}

static bool to_group(struct record_decoder *d, struct body *b, struct record *r, struct err *err)
{
    char uuid[37], until_resolved[37];
    const char *route_id = arena_strndup(&d->mem, b->route_id.p, b->route_id.n);

    if (!copy_uuid(b->uuid, uuid, err) || !copy_uuid(b->until_resolved, until_resolved, err))
        return false;
    if (route_id == NULL || b->route_id.n == 0)
        return err_set(err, ERR_INVALID, "no routeId");
    struct group_state *g = group_state_new(route_id, take(&b->labels));
    memcpy(g->uuid, uuid, sizeof(g->uuid));
    g->flush_id = (uint64_t)b->flush_id;
    g->flushed = b->flushed;
    g->next_flush = b->next_flush;
    g->created_at = b->created_at;
    memcpy(g->until_resolved, until_resolved, sizeof(g->until_resolved));
    if (b->acked.n != 0)
        g->ack = ack_new(b->acked_by, b->ack_comment, b->acked_at, b->acked.v, b->acked.n);
    r->group = g;
    return true;
}

static enum failure failure_of(struct sv text)
{
    enum failure f = FAILURE_NONE;

    while (f < FAILURE_COUNT && !sv_eq(sv_of(failure_text(f)), text))
        f++;
    return f < FAILURE_COUNT ? f : FAILURE_OTHER;
}

static unsigned to_count(int64_t n)
{
    return n < 0 ? 0 : n > UINT_MAX ? UINT_MAX : (unsigned)n;
}

static bool to_owed(struct body *b, struct record *r, struct err *err)
{
    if (b->key.n == 0)
        return err_set(err, ERR_INVALID, "no key");
    r->owed = owed_new(b->key, b->since, b->error);
    r->owed->next = b->next;
    r->owed->asked = b->asked;
    r->owed->attempts = to_count(b->attempts);
    r->owed->failure = failure_of(b->failure);
    return true;
}

static enum letter_cause cause_of(struct sv text)
{
    enum letter_cause c = LETTER_TOO_OLD;

    while (c < LETTER_UNROUTED && !sv_eq(sv_of(letter_cause_text(c)), text))
        c++;
    return c;
}

static char *keep(struct sv text)
{
    return xstrndup(text.p, text.n);
}

static bool to_letter(struct body *b, struct record *r, struct err *err)
{
    char id[37];

    if (!copy_uuid(b->id, id, err))
        return false;
    if (id[0] == '\0')
        return err_set(err, ERR_INVALID, "no id");
    struct dead_letter *l = r->letter = dead_letter_new();
    memcpy(l->id, id, sizeof(l->id));
    l->cause = cause_of(b->cause);
    l->at = b->at;
    l->since = b->since;
    l->attempts = to_count(b->attempts);
    l->failure = failure_of(b->failure);
    l->error = keep(b->error);
    l->route_id = keep(b->route_id);
    l->group_key = keep(b->group_key);
    l->receiver = keep(b->receiver);
    l->type = keep(b->type);
    l->index = to_count(b->index);
    l->reason = reason_of(b->reason);
    l->group_labels = take(&b->labels);
    l->alerts = b->alerts.v;
    l->n_alerts = b->alerts.n;
    l->n_left_out = to_count(b->left_out);
    b->alerts = (struct alert_list){0};
    return true;
}

static bool to_object(struct record_decoder *d, struct body *b, struct record *r, struct err *err)
{
    switch (r->kind) {
    case RECORD_ALERT:
        return to_alert(b, r, err);
    case RECORD_SILENCE:
        return to_silence(b, r, err);
    case RECORD_LEDGER:
        return to_ledger(b, r, err);
    case RECORD_GROUP:
        return to_group(d, b, r, err);
    case RECORD_OWED:
        return to_owed(b, r, err);
    case RECORD_LETTER:
        return to_letter(b, r, err);
    }
    return err_set(err, ERR_INVALID, "unknown kind of record");
}

void record_decoder_done(struct record_decoder *d)
{
    arena_done(&d->mem);
    free(d->pairs);
    free(d->hashes);
    *d = (struct record_decoder){0};
}

bool record_decode(struct record_decoder *d, enum record_kind kind, struct sv body, struct record *r,
                   struct err *err)
{
    struct body b;

    body_init(&b);
    d->mem.ceiling = DECODE_CEILING;
    *r = (struct record){.kind = kind};
    const bool ok = read_body(d, body, &b, err) && to_object(d, &b, r, err);
    body_done(&b);
    arena_reset(&d->mem);
    return ok;
}
