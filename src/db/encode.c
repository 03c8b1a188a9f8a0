/* What bodies and journal lines look like when they are written. decode.c is the way back. */
#include "record_json.h"

#include <assert.h>
#include <string.h>

#include "base/intern.h"
#include "codec/jw.h"
#include "core/act.h"
#include "json_put.h"
#include "model/alert.h"

/* How an alert's line starts and, when it is a deletion, how it ends. */
#define FP_PREFIX "{\"fp\":\""
#define FP_DELETE "\",\"del\":true}"
#define FP_CHANGE "\",\"change\":\""

/* The members of an alert but its fingerprint. */
static void put_version(struct jw *w, const struct alert *a)
{
    put_labels(w, SV("labels"), a->labels);
    put_labels(w, SV("annotations"), a->annotations);
    put_istr(w, SV("generatorURL"), a->generator_url);
    put_stamp(w, SV("startsAt"), a->starts_at);
    put_stamp(w, SV("endsAt"), a->ends_at);
    put_stamp(w, SV("updatedAt"), a->updated_at);
    if (a->timeout)
        jw_kbool(w, SV("timeout"), true);
}

static void put_alert(struct jw *w, const struct alert *a, const struct record *r)
{
    jw_key(w, SV("fp")); /* first: record_line_key() looks for it there */
    put_fp(w, a->labels->fp);
    if (r->del) {
        jw_kbool(w, SV("del"), true);
        return;
    }
    if (r->change != EVENT_NONE) { /* second: record_line_change() looks for it there */
        jw_kstr(w, SV("change"), sv_of(event_kind_text(r->change)));
        put_stamp(w, SV("changedAt"), r->at);
    }
    put_version(w, a);
    if (r->resolved)
        jw_kbool(w, SV("resolved"), true);
}

static void put_silence(struct jw *w, const struct silence *s)
{
    jw_kstr(w, SV("id"), sv_of(s->id));
    put_matchers(w, &s->matchers);
    put_stamp(w, SV("startsAt"), s->starts_at);
    put_stamp(w, SV("endsAt"), s->ends_at);
    put_stamp(w, SV("updatedAt"), s->updated_at);
    jw_kstr(w, SV("createdBy"), istr_sv(s->created_by));
    jw_kstr(w, SV("comment"), istr_sv(s->comment));
    put_labels(w, SV("annotations"), s->annotations);
}

static void put_ledger(struct jw *w, const struct ledger_entry *e)
{
    jw_kstr(w, SV("key"), sv_of(e->key));
    put_stamp(w, SV("at"), e->at);
    put_stamp(w, SV("expiresAt"), e->expires_at);
    put_hashes(w, SV("firingAlerts"), e->firing, e->n_firing);
    put_hashes(w, SV("resolvedAlerts"), e->resolved, e->n_resolved);
    if (e->n_held != 0)
        put_hashes(w, SV("heldAlerts"), e->held, e->n_held);
    if (e->receiver_data != NULL)
        put_labels(w, SV("receiverData"), e->receiver_data);
    if (e->underway != REASON_NONE)
        jw_kstr(w, SV("underway"), sv_of(notify_reason_text(e->underway)));
}

static void put_ack(struct jw *w, const struct ack *a)
{
    jw_kstr(w, SV("ackedBy"), sv_of(a->by));
    jw_kstr(w, SV("ackComment"), sv_of(a->comment));
    put_stamp(w, SV("ackedAt"), a->at);
    put_hashes(w, SV("ackedAlerts"), a->alerts, a->n);
}

static void put_group(struct jw *w, const struct group_state *g)
{
    jw_kstr(w, SV("routeId"), sv_of(g->route_id));
    put_labels(w, SV("labels"), g->labels);
    jw_kstr(w, SV("uuid"), sv_of(g->uuid));
    jw_kint(w, SV("flushId"), (int64_t)g->flush_id);
    jw_kbool(w, SV("flushed"), g->flushed);
    put_stamp(w, SV("nextFlush"), g->next_flush);
    put_stamp(w, SV("createdAt"), g->created_at);
    if (g->ack != NULL)
        put_ack(w, g->ack);
    if (g->until_resolved[0] != '\0')
        jw_kstr(w, SV("untilResolved"), sv_of(g->until_resolved));
}

static void put_owed(struct jw *w, const struct owed *o)
{
    jw_kstr(w, SV("key"), sv_of(o->key));
    put_stamp(w, SV("since"), o->since);
    put_stamp(w, SV("next"), o->next);
    jw_kbool(w, SV("asked"), o->asked);
    jw_kint(w, SV("attempts"), o->attempts);
    jw_kstr(w, SV("failure"), sv_of(failure_text(o->failure)));
    jw_kstr(w, SV("error"), sv_of(o->error));
}

static void put_letter_alerts(struct jw *w, const struct dead_letter *l)
{
    jw_key(w, SV("alerts"));
    jw_array(w);
    for (size_t i = 0; i < l->n_alerts; i++) {
        jw_object(w);
        put_version(w, l->alerts[i].alert);
        jw_kbool(w, SV("firing"), l->alerts[i].firing);
        jw_end(w);
    }
    jw_end(w);
}

static void put_letter(struct jw *w, const struct dead_letter *l)
{
    jw_kstr(w, SV("id"), sv_of(l->id));
    jw_kstr(w, SV("cause"), sv_of(letter_cause_text(l->cause)));
    put_stamp(w, SV("at"), l->at);
    put_stamp(w, SV("since"), l->since);
    jw_kint(w, SV("attempts"), l->attempts);
    jw_kstr(w, SV("failure"), sv_of(failure_text(l->failure)));
    jw_kstr(w, SV("error"), sv_of(l->error));
    jw_kstr(w, SV("routeId"), sv_of(l->route_id));
    jw_kstr(w, SV("groupKey"), sv_of(l->group_key));
    jw_kstr(w, SV("receiver"), sv_of(l->receiver));
    jw_kstr(w, SV("type"), sv_of(l->type));
    jw_kint(w, SV("index"), (int64_t)l->index);
    jw_kstr(w, SV("reason"), sv_of(notify_reason_text(l->reason)));
    put_labels(w, SV("labels"), l->group_labels);
    put_letter_alerts(w, l);
    jw_kint(w, SV("leftOut"), (int64_t)l->n_left_out);
}

void record_encode(struct strbuf *out, const struct record *r)
{
    struct jw w;

    assert(!r->del || r->kind == RECORD_ALERT); /* the others are deleted by their columns */
    jw_init(&w, out, false);
    jw_object(&w);
    switch (r->kind) {
    case RECORD_ALERT:
        put_alert(&w, r->alert, r);
        break;
    case RECORD_SILENCE:
        put_silence(&w, r->silence);
        break;
    case RECORD_LEDGER:
        put_ledger(&w, r->ledger);
        break;
    case RECORD_GROUP:
        put_group(&w, r->group);
        break;
    case RECORD_OWED:
        put_owed(&w, r->owed);
        break;
    case RECORD_LETTER:
        put_letter(&w, r->letter);
        break;
    }
    jw_end(&w);
}

bool record_line_key(struct sv line, uint64_t *fp, bool *del)
{
    const size_t prefix = sizeof(FP_PREFIX) - 1, head = prefix + FP_DIGITS;

    if (line.n <= head || !sv_has_prefix(line, SV(FP_PREFIX)) ||
        !fingerprint_parse((struct sv){line.p + prefix, FP_DIGITS}, fp))
        return false;
    *del = sv_eq((struct sv){line.p + head, line.n - head}, SV(FP_DELETE));
    return true;
}

bool record_line_changed(struct sv line)
{
    const size_t head = sizeof(FP_PREFIX) - 1 + FP_DIGITS;
    return line.n > head && sv_has_prefix((struct sv){line.p + head, line.n - head}, SV(FP_CHANGE));
}

bool record_line_pop(struct sv *lines, struct sv *line)
{
    if (lines->n == 0)
        return false;
    const char *newline = memrchr(lines->p, '\n', lines->n);
    const size_t at = newline != NULL ? (size_t)(newline - lines->p) + 1 : 0;
    *line = (struct sv){lines->p + at, lines->n - at};
    lines->n = newline != NULL ? at - 1 : 0;
    return true;
}
