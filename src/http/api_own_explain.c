/* /api/tocsin/v1/explain: why an alert was or was not sent, and what happens next.
 *
 * The alert is named by its fingerprint or by its labels; it need not exist, then the answer is what would
 * happen to it if it fired now.
 *
 *   GET  ?fingerprint=0011223344556677           404 when no such alert is known
 *   GET  ?filter=alertname="x"&filter=job="j"    only `=`: together they are the label set
 *   POST {"labels": {"alertname": "x"}}
 *
 * 200, application/json; for who asks for text/html, as browsers do, a page with the sentence and the
 * integrations. Times are RFC 3339 in UTC, durations text as in the configuration ("5m", "4h").
 * `null` and empty lists are written, members are never left out.
 *
 *   {"at": now, "fingerprint": "0011223344556677", "labels": {},
 *    "known": true,                              false: what follows is what would happen
 *    "alert": null | {"state": "firing"|"resolved", "startsAt", "endsAt", "updatedAt", "annotations": {},
 *                     "generatorURL": ""},
 *    "summary": "one sentence",
 *    "routes": [                                 those that were tried, in order, the root first
 *      {"route": "{}/{team=\"x\"}/0", "depth": 1, "receiver": "d", "matchers": ["team=\"x\""],
 *       "continue": false, "matched": true,
 *       "taken": true,                           false: it matched, but one of its children took the alert
 *       "mismatch": null | {"matcher": "team=\"x\"", "value": "y"}}],     the first that did not match
 *    "inhibitions": [                            those in force
 *      {"rule": 0, "name": "", "sourceMatchers": [], "targetMatchers": [], "equal": [],
 *       "source": {"fingerprint": "", "labels": {}}}],
 *    "silences": [                               those that match and are not over
 *      {"id": "", "state": "active"|"pending", "matchers": [], "createdBy": "", "comment": "",
 *       "startsAt", "endsAt"}],
 *    "groups": [                                 one for each route that was taken
 *      {"route": "", "receiver": "d", "groupKey": "", "labels": {},
 *       "exists": true, "member": true,          member: the alert is in it
 *       "id": "uuid"|null, "openedAt": null, "flushes": 3, "nextFlush": null | time,
 *       "groupWait": "30s", "groupInterval": "5m", "repeatInterval": "4h",
 *       "acknowledged": null | {"by", "comment", "at", "covers": true},   covers: this alert, too
 *       "muted": null | {"cause": "silence"|"inhibition"|"time_interval", "until": null | time},   the alert
 *       "intervals": {"muted": false, "outsideActive": false, "names": [], "until": null | time},
 *       "integrations": [
 *         {"receiver": "d", "integration": "webhook", "index": 0, "sendResolved": true,
 *          "last": null | {"at", "told": "firing"|"resolved"|"held"|"nothing",  of this alert
 *                          "firing": 1, "resolved": 0, "expiresAt"},             of the group
 *          "inFlight": false,                    a delivery is on its way
 *          "underway": null | "first notification",   one was when the former process died
 *          "owed": false,                        it was told firing and not yet that it is over
 *          "failing": null | {"since", "attempts": 3, "retryAt", "error": ""},   it could not be told
 *          "decision": {"send": false, "reason": "none", "aboutAlert": false},   if the group were flushed
 * now "next": null | {"at", "reason"}}]}]}  the next notification, if nothing changes
 */
#include <stdlib.h>

#include "alert_json.h"
#include "api.h"
#include "base/mem.h"
#include "body_fault.h"
#include "codec/rfc3339.h"
#include "core/explain.h"
#include "explain_page.h"
#include "filters.h"
#include "json_in.h"
#include "listing.h"
#include "media.h"
#include "model/duration.h"
#include "reply.h"

/* ---- values ---- */

static void write_stamp(struct jw *w, struct sv key, bool known, struct stamp t)
{
    char text[STAMP_TEXT_MAX];

    jw_key(w, key);
    if (!known || stamp_is_unset(t)) {
        jw_null(w);
        return;
    }
    const size_t n = stamp_print_nano(stamp_utc(t), text);
    jw_str(w, (struct sv){text, n});
}

static void write_duration(struct jw *w, struct sv key, dur_ns d)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};

    duration_print(&text, d);
    jw_kstr(w, key, strbuf_sv(&text));
}

static void write_fingerprint(struct jw *w, uint64_t fp)
{
    char text[17];

    fingerprint_print(fp, text);
    jw_kstr(w, SV("fingerprint"), sv_of(text));
}

static void write_labels(struct jw *w, struct sv key, const struct labels *ls)
{
    jw_key(w, key);
    labels_write_json(w, ls);
}

static void write_text(struct jw *w, struct sv key, const char *text)
{
    jw_kstr(w, key, sv_of(text != NULL ? text : ""));
}

static void write_matcher(struct jw *w, const struct matcher *m)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};

    matcher_print(&text, m);
    jw_str(w, strbuf_sv(&text));
}

static void write_matchers(struct jw *w, struct sv key, const struct matchers *ms)
{
    jw_key(w, key);
    jw_array(w);
    for (size_t i = 0; i < ms->n; i++)
        write_matcher(w, &ms->v[i]);
    jw_end(w);
}

/* ---- the parts ---- */

static void write_alert(struct jw *w, const struct explanation *x)
{
    const struct alert *a = x->alert;

    jw_key(w, SV("alert"));
    if (a == NULL) {
        jw_null(w);
        return;
    }
    jw_object(w);
    jw_kstr(w, SV("state"), x->firing ? SV("firing") : SV("resolved"));
    write_stamp(w, SV("startsAt"), true, a->starts_at);
    write_stamp(w, SV("endsAt"), true, a->ends_at);
    write_stamp(w, SV("updatedAt"), true, a->updated_at);
    write_labels(w, SV("annotations"), a->annotations);
    jw_kstr(w, SV("generatorURL"), istr_sv(a->generator_url));
    jw_end(w);
}

static void write_route(struct jw *w, const struct explain_route *r)
{
    jw_object(w);
    write_text(w, SV("route"), r->route->id);
    jw_kint(w, SV("depth"), (int64_t)r->depth);
    write_text(w, SV("receiver"), r->route->receiver->name);
    write_matchers(w, SV("matchers"), &r->route->matchers);
    jw_kbool(w, SV("continue"), r->route->continue_);
    jw_kbool(w, SV("matched"), r->matched);
    jw_kbool(w, SV("taken"), r->taken);
    jw_key(w, SV("mismatch"));
    if (r->mismatch != NULL) {
        jw_object(w);
        jw_key(w, SV("matcher"));
        write_matcher(w, r->mismatch);
        jw_kstr(w, SV("value"), r->value);
        jw_end(w);
    } else {
        jw_null(w);
    }
    jw_end(w);
}

static void write_inhibition(struct jw *w, const struct explanation *x, const struct explain_inhibition *in)
{
    const struct inhibit_rule *rule = &x->config->inhibit_rules[in->rule];

    jw_object(w);
    jw_kint(w, SV("rule"), (int64_t)in->rule);
    write_text(w, SV("name"), rule->name);
    write_matchers(w, SV("sourceMatchers"), &rule->source);
    write_matchers(w, SV("targetMatchers"), &rule->target);
    jw_key(w, SV("equal"));
    jw_array(w);
    for (size_t i = 0; i < rule->n_equal; i++)
        jw_str(w, istr_sv(rule->equal[i]));
    jw_end(w);
    jw_key(w, SV("source"));
    jw_object(w);
    write_fingerprint(w, in->source->labels->fp);
    write_labels(w, SV("labels"), in->source->labels);
    jw_end(w);
    jw_end(w);
}

static void write_silence(struct jw *w, const struct explanation *x, const struct silence *s)
{
    const bool pending = silence_state(s, x->at) == SILENCE_PENDING;

    jw_object(w);
    write_text(w, SV("id"), s->id);
    jw_kstr(w, SV("state"), pending ? SV("pending") : SV("active"));
    write_matchers(w, SV("matchers"), &s->matchers);
    jw_kstr(w, SV("createdBy"), istr_sv(s->created_by));
    jw_kstr(w, SV("comment"), istr_sv(s->comment));
    write_stamp(w, SV("startsAt"), true, s->starts_at);
    write_stamp(w, SV("endsAt"), true, s->ends_at);
    jw_end(w);
}

/* ---- groups ---- */

static void write_last(struct jw *w, const struct explain_integration *i)
{
    jw_key(w, SV("last"));
    if (!i->has_last) {
        jw_null(w);
        return;
    }
    jw_object(w);
    write_stamp(w, SV("at"), true, i->last_at);
    write_text(w, SV("told"), explain_told_text(i->told));
    jw_kint(w, SV("firing"), (int64_t)i->n_firing);
    jw_kint(w, SV("resolved"), (int64_t)i->n_resolved);
    write_stamp(w, SV("expiresAt"), true, i->expires_at);
    jw_end(w);
}

static void write_failing(struct jw *w, const struct explain_integration *i)
{
    jw_key(w, SV("failing"));
    if (!i->failing) {
        jw_null(w);
        return;
    }
    jw_object(w);
    write_stamp(w, SV("since"), true, i->failing_since);
    jw_kint(w, SV("attempts"), i->attempts);
    write_stamp(w, SV("retryAt"), true, i->retry_at);
    write_text(w, SV("error"), i->error);
    jw_end(w);
}

static void write_decision(struct jw *w, const struct explain_integration *i)
{
    jw_key(w, SV("decision"));
    jw_object(w);
    jw_kbool(w, SV("send"), i->decision != REASON_NONE);
    write_text(w, SV("reason"), notify_reason_text(i->decision));
    jw_kbool(w, SV("aboutAlert"), i->mentions);
    jw_end(w);
    jw_key(w, SV("next"));
    if (!i->has_next) {
        jw_null(w);
        return;
    }
    jw_object(w);
    write_stamp(w, SV("at"), true, i->next_at);
    write_text(w, SV("reason"), notify_reason_text(i->next_reason));
    jw_end(w);
}

static void write_integration(struct jw *w, const struct explain_integration *i)
{
    jw_object(w);
    write_text(w, SV("receiver"), i->receiver->name);
    write_text(w, SV("integration"), i->in->type->name);
    jw_kint(w, SV("index"), (int64_t)i->in->index);
    jw_kbool(w, SV("sendResolved"), i->in->settings->send_resolved);
    write_last(w, i);
    jw_kbool(w, SV("inFlight"), i->busy);
    jw_key(w, SV("underway"));
    if (i->underway != REASON_NONE)
        jw_str(w, sv_of(notify_reason_text(i->underway)));
    else
        jw_null(w);
    jw_kbool(w, SV("owed"), i->owes);
    write_failing(w, i);
    write_decision(w, i);
    jw_end(w);
}

static void write_mutes(struct jw *w, const struct explain_group *g)
{
    jw_key(w, SV("muted"));
    if (g->muted) {
        jw_object(w);
        write_text(w, SV("cause"), mute_cause_text(g->cause));
        write_stamp(w, SV("until"), g->has_until, g->until);
        jw_end(w);
    } else {
        jw_null(w);
    }
    jw_key(w, SV("intervals"));
    jw_object(w);
    jw_kbool(w, SV("muted"), g->n_muted_by != 0);
    jw_kbool(w, SV("outsideActive"), g->outside_active);
    jw_key(w, SV("names"));
    jw_array(w);
    for (size_t i = 0; i < g->n_muted_by; i++)
        jw_str(w, sv_of(g->muted_by[i]));
    jw_end(w);
    write_stamp(w, SV("until"), g->has_intervals_until, g->intervals_until);
    jw_end(w);
}

static void write_group_life(struct jw *w, const struct explain_group *g)
{
    jw_kbool(w, SV("exists"), g->exists);
    jw_kbool(w, SV("member"), g->member);
    jw_key(w, SV("id"));
    if (g->exists)
        jw_str(w, sv_of(g->uuid));
    else
        jw_null(w);
    write_stamp(w, SV("openedAt"), g->exists, g->opened_at);
    jw_kint(w, SV("flushes"), (int64_t)g->flushes);
    write_stamp(w, SV("nextFlush"), g->flush_due, g->next_flush);
    write_duration(w, SV("groupWait"), g->route->group_wait);
    write_duration(w, SV("groupInterval"), g->route->group_interval);
    write_duration(w, SV("repeatInterval"), g->route->repeat_interval);
}

static void write_ack(struct jw *w, const struct explain_group *g)
{
    jw_key(w, SV("acknowledged"));
    if (g->ack == NULL) {
        jw_null(w);
        return;
    }
    jw_object(w);
    write_text(w, SV("by"), g->ack->by);
    write_text(w, SV("comment"), g->ack->comment);
    write_stamp(w, SV("at"), true, g->ack->at);
    jw_kbool(w, SV("covers"), g->acked);
    jw_end(w);
}

static void write_group(struct jw *w, const struct explain_group *g)
{
    jw_object(w);
    write_text(w, SV("route"), g->route->id);
    write_text(w, SV("receiver"), g->route->receiver->name);
    write_text(w, SV("groupKey"), g->key);
    write_labels(w, SV("labels"), g->labels);
    write_group_life(w, g);
    write_ack(w, g);
    write_mutes(w, g);
    jw_key(w, SV("integrations"));
    jw_array(w);
    for (size_t i = 0; i < g->n_integrations; i++)
        write_integration(w, &g->integrations[i]);
    jw_end(w);
    jw_end(w);
}

/* ---- the whole ---- */

static void write_lists(struct jw *w, const struct explanation *x)
{
    jw_key(w, SV("routes"));
    jw_array(w);
    for (size_t i = 0; i < x->n_routes; i++)
        write_route(w, &x->routes[i]);
    jw_end(w);
    jw_key(w, SV("inhibitions"));
    jw_array(w);
    for (size_t i = 0; i < x->n_inhibitions; i++)
        write_inhibition(w, x, &x->inhibitions[i]);
    jw_end(w);
    jw_key(w, SV("silences"));
    jw_array(w);
    for (size_t i = 0; i < x->n_silences; i++)
        write_silence(w, x, x->silences[i]);
    jw_end(w);
    jw_key(w, SV("groups"));
    jw_array(w);
    for (size_t i = 0; i < x->n_groups; i++)
        write_group(w, &x->groups[i]);
    jw_end(w);
}

static void send_explanation(struct exchange *x, const struct explanation *ex)
{
    CLEANUP(strbuf_donep) struct strbuf summary = {0};
    struct strbuf out = {0};
    struct jw w;

    explanation_sum_up(ex, &summary);
    jw_init(&w, &out, false);
    jw_object(&w);
    write_stamp(&w, SV("at"), true, ex->at);
    write_fingerprint(&w, ex->labels->fp);
    write_labels(&w, SV("labels"), ex->labels);
    jw_kbool(&w, SV("known"), ex->alert != NULL);
    write_alert(&w, ex);
    jw_kstr(&w, SV("summary"), strbuf_sv(&summary));
    write_lists(&w, ex);
    jw_end(&w);
    reply_json(x, &out);
}

static void send_page(struct exchange *x, const struct explanation *ex)
{
    struct strbuf page = {0};

    explain_page(&page, ex);
    reply_header(x, "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
    reply_buffer(x, 200, "text/html; charset=utf-8", &page);
}

static void explain(struct exchange *x, struct labels *ls)
{
    const struct host *host = host_of(x);
    struct explanation ex;
    struct arena mem;

    arena_init(&mem, LISTING_CEILING);
    const struct now now = host->now(host->ctx);
    engine_explain(host->read_begin(host->ctx), ls, now, &mem, &ex);
    host->read_end(host->ctx);
    if (ex.incomplete)
        reply_too_much(x);
    else if (media_names_html(exchange_header(x, "accept")))
        send_page(x, &ex);
    else
        send_explanation(x, &ex);
    explanation_done(&ex);
    arena_done(&mem);
}

/* ---- which alert ---- */

static void explain_fingerprint(struct exchange *x, struct sv text)
{
    const struct host *host = host_of(x);
    uint64_t fp;

    if (!fingerprint_parse(text, &fp)) {
        reply_fault(x, 400, SV("bad fingerprint: not 16 hexadecimal digits"));
        return;
    }
    CLEANUP(labels_unrefp) struct labels *ls = engine_known_labels(host->read_begin(host->ctx), fp);
    host->read_end(host->ctx);
    if (ls == NULL)
        reply_fault(x, 404,
                    SV("no alert with this fingerprint is known; its labels can be asked for instead"));
    else
        explain(x, ls);
}

/* Answers by itself when the pairs are not the labels of an alert. */
static void explain_pairs(struct exchange *x, struct label_sv *pairs, size_t n)
{
    n = label_sv_normalize(pairs, n, true);
    if (n == 0) {
        reply_fault(x, 400, SV("a fingerprint or at least one label is needed"));
        return;
    }
    CLEANUP(labels_unrefp) struct labels *ls = labels_new(pairs, n);
    explain(x, ls);
}

static void explain_filters(struct exchange *x, const struct matchers *ms)
{
    struct label_sv *pairs = ARENA_ARRAY(&x->loop->arena, struct label_sv, ms->n);

    if (pairs == NULL) {
        reply_too_much(x);
        return;
    }
    for (size_t i = 0; i < ms->n; i++) {
        if (ms->v[i].op != MATCH_EQ) {
            reply_fault(x, 400, SV("bad filter: only = says what the label is"));
            return;
        }
        pairs[i] = (struct label_sv){istr_sv(ms->v[i].name), istr_sv(ms->v[i].value)};
    }
    explain_pairs(x, pairs, ms->n);
}

void api_own_explain_get(struct exchange *x)
{
    struct query q;
    struct matchers ms;
    struct err err;

    if (!query_of(x, &q))
        return;
    const struct sv fp = query_last(&q, "fingerprint");
    if (fp.n != 0) {
        explain_fingerprint(x, fp);
        return;
    }
    if (!filters_read(&q, "filter", server_of(x)->opts.matcher_mode, &ms, &err)) {
        reply_fault(x, 400, sv_of(err.text));
        return;
    }
    explain_filters(x, &ms);
    matchers_done(&ms);
}

static bool read_labels(struct jr *r, struct json_map *labels)
{
    static const char *const fields[] = {"labels", NULL};
    struct sv key;

    if (jr_peek(r) != JR_OBJECT)
        return json_wrong_type(r, "object");
    if (!jr_object(r))
        return false;
    while (jr_key(r, &key))
        if (!(json_field(key, fields) == 0 ? json_map(r, labels) : jr_skip(r)))
            return false;
    return !r->failed;
}

void api_own_explain_post(struct exchange *x)
{
    struct json_map labels = {0};
    struct jr r;

    jr_init(&r, exchange_body(x), &x->loop->arena);
    if (read_labels(&r, &labels) && jr_at_end(&r))
        explain_pairs(x, labels.v, labels.n);
    else
        reply_fault(x, 400, r.failed ? sv_of(r.err.text) : SV("more than one JSON value"));
}
