/* /api/v2/silences and /api/v2/silence/{silenceID}. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "api.h"
#include "base/mem.h"
#include "body_fault.h"
#include "codec/digest.h"
#include "codec/goquote.h"
#include "codec/url.h"
#include "core/engine.h"
#include "core/view.h"
#include "filters.h"
#include "listing.h"
#include "pending.h"
#include "reply.h"
#include "silence_json.h"
#include "silence_log.h"

/* ---- GET /silences ---- */

struct silences_listing {
    struct listing base;
    struct silences_view view;
    size_t next;
    struct stamp now;
};

static bool step(struct listing *base)
{
    struct silences_listing *l = CONTAINER_OF(base, struct silences_listing, base);
    if (l->next == l->view.n)
        return false;
    base->w.html = true;
    silence_write_json(&base->w, l->view.v[l->next++], l->now);
    return true;
}

static void dispose_listing(struct listing *base)
{
    struct silences_listing *l = CONTAINER_OF(base, struct silences_listing, base);
    silences_view_done(&l->view);
    free(l);
}

static void send_silences(struct exchange *x, const struct silence_query *query)
{
    struct silences_listing *l = xcalloc(1, sizeof *l);
    listing_init(&l->base, x, step, dispose_listing);
    const struct host *host = host_of(x);
    engine_view_silences(host->read_begin(host->ctx), &l->base.mem, &l->view);
    host->read_end(host->ctx);
    if (l->view.incomplete) {
        reply_too_much(x);
        return;
    }
    l->now = host->now(host->ctx).wall;
    silences_view_filter(&l->view, query, l->now);
    silences_view_sort(&l->view, l->now);
    listing_send(&l->base);
}

void api_silences_get(struct exchange *x)
{
    struct query q;
    struct matchers filter;
    struct err err;
    if (!query_of(x, &q))
        return;
    if (!filters_read(&q, "filter", server_of(x)->opts.matcher_mode, &filter, &err)) {
        reply_error_string(x, 400, sv_of(err.text));
        return;
    }
    send_silences(x, &(struct silence_query){.active = query_bool(&q, "active", true),
                                             .pending = query_bool(&q, "pending", true),
                                             .expired = query_bool(&q, "expired", true),
                                             .filter = filter.n != 0 ? &filter : NULL});
    matchers_done(&filter);
}

/* ---- changes ---- */

/* A change that is being stored, with what the engine said to it. */
struct change {
    struct pending base;
    const struct silence_in *in; /* POST; only while the engine is called */
    struct sv id;                /* DELETE; the same */
    struct actor by;
    char edited[37]; /* POST: the id that was given */
    char result[37]; /* POST: the id in force */
    struct err err;  /* what the engine refused */
    bool deleted;
    struct silence_log log;
};

/* What changed is logged whether the request still waits for its answer or not; who gets one finds the line.
 */
static void log_change(struct change *c)
{
    silence_log_write(&c->log, c->deleted, c->edited);
}

static void dispose_change(struct pending *base)
{
    struct change *c = CONTAINER_OF(base, struct change, base);
    log_change(c);
    free(c);
}

static struct change *change_begin(struct exchange *x, void (*answer)(struct exchange *x, struct pending *p))
{
    struct change *c = xcalloc(1, sizeof *c);
    exchange_actor(x, &c->by);
    c->log.on = server_of(x)->opts.log_silences;
    pending_begin(&c->base, x, answer, dispose_change);
    return c;
}

/* `in` NULL: it is to be expired. Answers by itself if not. */
static bool may_change(struct exchange *x, const struct silence_in *in, struct sv id)
{
    const struct host *host = host_of(x);
    struct silence *old = NULL;
    if (x->user == NULL)
        return true;
    if (id.n != 0) {
        old = engine_find_silence(host->read_begin(host->ctx), id);
        host->read_end(host->ctx);
    }
    const bool ok = access_allows_silence(x, in, old);
    silence_unref(old);
    return ok;
}

static void reply_not_stored(struct exchange *x)
{
    reply_error_string(x, 500, SV("silence could not be stored"));
}

/* ---- POST /silences ---- */

static void set_silence(struct engine *e, struct now now, struct effects *fx, void *arg)
{
    struct change *c = arg;
    struct silence *s;
    fx->by = &c->by;
    if (!engine_silence_set(e, c->in, now, fx, &s, &c->err))
        return;
    memcpy(c->result, s->id, sizeof c->result);
    silence_unref(s);
    silence_log_take(&c->log, fx);
}

static void answer_set(struct exchange *x, struct pending *base)
{
    struct change *c = CONTAINER_OF(base, struct change, base);
    log_change(c);
    if (c->err.kind != ERR_NONE) {
        reply_error_string(x, c->err.kind == ERR_NOT_FOUND ? 404 : 400, sv_of(c->err.text));
        return;
    }
    if (!base->ok) {
        reply_not_stored(x);
        return;
    }
    struct strbuf out = {0};
    struct jw w;
    jw_init(&w, &out, false);
    jw_object(&w);
    jw_kstr(&w, SV("silenceID"), sv_of(c->result));
    jw_end(&w);
    reply_json(x, &out);
}

static void change_silence(struct exchange *x, const struct postable_silence *asked,
                           const struct matchers *matchers)
{
    const size_t n = label_sv_normalize(asked->annotations, asked->n_annotations, false);
    CLEANUP(labels_unrefp) struct labels *annotations = labels_new(asked->annotations, n);
    struct silence_in in = {.id = asked->id,
                            .matchers = matchers,
                            .starts_at = asked->starts_at,
                            .ends_at = asked->ends_at,
                            .created_by = asked->created_by,
                            .comment = asked->comment,
                            .annotations = annotations};
    if (!uuid_fresh(in.fresh_id)) {
        reply_error_string(x, 500, SV("no random numbers for a new silence ID"));
        return;
    }
    if (!may_change(x, &in, in.id))
        return;
    struct change *c = change_begin(x, answer_set);
    c->in = &in;
    snprintf(c->edited, sizeof c->edited, "%.*s", SV_ARG(asked->id));
    pending_apply(&c->base, set_silence, c);
}

void api_silences_post(struct exchange *x)
{
    struct postable_silence asked;
    struct body_fault fault = {0};
    struct matchers matchers;
    struct err err;
    const struct host *host = host_of(x);
    if (!silence_read_json(exchange_body(x), &x->loop->arena, &asked, &fault)) {
        reply_fault(x, (int)fault.code, strbuf_sv(&fault.text));
    } else if (!silence_compile(&asked, host->now(host->ctx).wall, server_of(x)->opts.matcher_mode, &matchers,
                                &err)) {
        reply_error_string(x, 400, sv_of(err.text));
    } else {
        change_silence(x, &asked, &matchers);
        matchers_done(&matchers);
    }
    body_fault_done(&fault);
}

/* ---- /silence/{silenceID} ---- */

/* The id of the path, unescaped; answers by itself when it has not the form of one. */
static bool read_id(struct exchange *x, struct strbuf *id)
{
    if (url_unescape(id, x->routed.param, false) && silence_id_is_uuid(strbuf_sv(id)))
        return true;
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    strbuf_adds(&text, "silenceID in path must be of type uuid: ");
    go_quote(&text, strbuf_sv(id));
    reply_fault(x, FAULT_TYPE, strbuf_sv(&text));
    return false;
}

void api_silence_get(struct exchange *x)
{
    CLEANUP(strbuf_donep) struct strbuf id = {0};
    if (!read_id(x, &id))
        return;
    const struct host *host = host_of(x);
    struct silence *s = engine_find_silence(host->read_begin(host->ctx), strbuf_sv(&id));
    host->read_end(host->ctx);
    if (s == NULL) {
        reply_empty(x, 404);
        return;
    }
    struct strbuf out = {0};
    struct jw w;
    jw_init(&w, &out, true);
    silence_write_json(&w, s, host->now(host->ctx).wall);
    silence_unref(s);
    reply_json(x, &out);
}

static void expire_silence(struct engine *e, struct now now, struct effects *fx, void *arg)
{
    struct change *c = arg;
    fx->by = &c->by;
    if (engine_silence_expire(e, c->id, now, fx, &c->err))
        silence_log_take(&c->log, fx);
}

static void answer_expire(struct exchange *x, struct pending *base)
{
    struct change *c = CONTAINER_OF(base, struct change, base);
    log_change(c);
    if (c->err.kind == ERR_NOT_FOUND)
        reply_empty(x, 404);
    else if (c->err.kind != ERR_NONE)
        reply_error_string(x, 500, sv_of(c->err.text));
    else if (!base->ok)
        reply_not_stored(x);
    else
        reply_empty(x, 200);
}

void api_silence_delete(struct exchange *x)
{
    CLEANUP(strbuf_donep) struct strbuf id = {0};
    if (!read_id(x, &id))
        return;
    if (!may_change(x, NULL, strbuf_sv(&id)))
        return;
    struct change *c = change_begin(x, answer_expire);
    c->id = strbuf_sv(&id);
    c->deleted = true;
    pending_apply(&c->base, expire_silence, c);
}
