/* /api/tocsin/v1/ack: acknowledgements (core/act.h).
 *
 * Which groups and alerts are meant is in the query, at least one of:
 *
 *   groupKey    of the group, as in notifications and in explain
 *   receiver    exactly
 *   filter      matcher, may be repeated: the alerts that match, in all their groups
 *
 * GET     all that is acknowledged, oldest first; the query does not count
 * POST    acknowledges what fires, by {"by": "otto", "comment": "on it"}; without `by` it is who is logged in
 * DELETE  takes it back, for groups of whose acknowledged alerts all are meant
 *
 * POST and DELETE answer {"groups": 2} when it is stored; 404 when nothing was meant by that, 409 under
 * --compat.strict. Who has a silence_scope acknowledges only alerts in it.
 *
 * GET: [{"groupKey", "route", "receiver", "labels": {}, "by", "comment", "at",
 *        "alerts": [{"fingerprint", "labels": {}, "state": "firing"|"resolved", "acknowledged": true}]}]
 */
#include <stdlib.h>

#include "alert_json.h"
#include "api.h"
#include "base/mem.h"
#include "core/act.h"
#include "filters.h"
#include "json_in.h"
#include "listing.h"
#include "pending.h"
#include "reply.h"

#define TEXT_MAX ((size_t)1000) /* bytes of `by` and `comment` */

/* ---- GET ---- */

static void write_alert(struct jw *w, const struct group_card_alert *item)
{
    char fp[17];

    fingerprint_print(item->alert->labels->fp, fp);
    jw_object(w);
    jw_kstr(w, SV("fingerprint"), sv_of(fp));
    jw_key(w, SV("labels"));
    labels_write_json(w, item->alert->labels);
    jw_kstr(w, SV("state"), item->firing ? SV("firing") : SV("resolved"));
    jw_kbool(w, SV("acknowledged"), item->acked);
    jw_end(w);
}

static void write_group(struct jw *w, const struct group_card *c)
{
    jw_object(w);
    jw_kstr(w, SV("groupKey"), sv_of(c->key));
    jw_kstr(w, SV("route"), sv_of(c->route->id));
    jw_kstr(w, SV("receiver"), sv_of(c->route->receiver->name));
    jw_key(w, SV("labels"));
    labels_write_json(w, c->labels);
    jw_kstr(w, SV("by"), sv_of(c->ack->by));
    jw_kstr(w, SV("comment"), sv_of(c->ack->comment));
    stamp_write_json(w, SV("at"), c->ack->at);
    jw_key(w, SV("alerts"));
    jw_array(w);
    for (size_t i = 0; i < c->n_alerts; i++)
        write_alert(w, &c->alerts[i]);
    jw_end(w);
    jw_end(w);
}

struct acks_listing {
    struct listing base;
    struct acks_view view;
    size_t next;
};

static bool step(struct listing *base)
{
    struct acks_listing *l = CONTAINER_OF(base, struct acks_listing, base);

    if (l->next == l->view.n)
        return false;
    write_group(&base->w, &l->view.v[l->next++]);
    return true;
}

static void dispose_listing(struct listing *base)
{
    struct acks_listing *l = CONTAINER_OF(base, struct acks_listing, base);

    acks_view_done(&l->view);
    free(l);
}

void api_own_ack_get(struct exchange *x)
{
    const struct host *host = host_of(x);
    struct acks_listing *l = xcalloc(1, sizeof *l);

    listing_init(&l->base, x, step, dispose_listing);
    const struct now now = host->now(host->ctx);
    engine_view_acks(host->read_begin(host->ctx), now, &l->base.mem, &l->view);
    host->read_end(host->ctx);
    if (l->view.incomplete)
        reply_too_much(x);
    else
        listing_send(&l->base);
}

/* ---- which groups ---- */

static void add_scope(const struct exchange *x, struct matchers *ms)
{
    for (size_t i = 0; x->user != NULL && i < x->user->silence_scope.n; i++) {
        struct matcher copy;
        matcher_copy(&copy, &x->user->silence_scope.v[i]);
        matchers_push(ms, copy);
    }
}

/* Answers by itself if not; else the caller drops `ms`. */
static bool read_pick(struct exchange *x, struct matchers *ms, struct group_pick *which)
{
    struct query q;
    struct err err;

    if (!query_of(x, &q))
        return false;
    if (!filters_read(&q, "filter", server_of(x)->opts.matcher_mode, ms, &err)) {
        reply_fault(x, 400, sv_of(err.text));
        return false;
    }
    *which = (struct group_pick){.key = query_last(&q, "groupKey"), .receiver = query_last(&q, "receiver")};
    if (which->key.n == 0 && which->receiver.n == 0 && ms->n == 0) {
        reply_fault(x, 400, SV("say which alerts: groupKey, receiver or filter"));
        matchers_done(ms);
        return false;
    }
    add_scope(x, ms);
    which->matchers = ms->n != 0 ? ms : NULL;
    return true;
}

/* ---- POST, DELETE ---- */

struct change {
    struct pending base;
    const struct group_pick *which; /* only while the engine is called, as are the texts */
    struct sv by, comment;
    struct actor actor;
    size_t n_groups;
    struct err err;
};

static void dispose(struct pending *base)
{
    free(CONTAINER_OF(base, struct change, base));
}

static void answer(struct exchange *x, struct pending *base)
{
    const struct change *c = CONTAINER_OF(base, struct change, base);
    struct strbuf out = {0};
    struct jw w;

    if (c->err.kind != ERR_NONE) {
        reply_fault(x, err_http_status(c->err.kind), sv_of(c->err.text));
        return;
    }
    if (!base->ok) {
        reply_fault(x, 500, SV("acknowledgement could not be stored"));
        return;
    }
    jw_init(&w, &out, false);
    jw_object(&w);
    jw_kint(&w, SV("groups"), (int64_t)c->n_groups);
    jw_end(&w);
    reply_json(x, &out);
}

static void apply(struct exchange *x, const struct change *what,
                  void (*fn)(struct engine *e, struct now now, struct effects *fx, void *arg))
{
    struct change *c = xcalloc(1, sizeof *c);

    *c = *what;
    exchange_actor(x, &c->actor);
    pending_begin(&c->base, x, answer, dispose);
    pending_apply(&c->base, fn, c);
}

static void set_ack(struct engine *e, struct now now, struct effects *fx, void *arg)
{
    struct change *c = arg;

    fx->by = &c->actor;
    (void)!engine_ack(e, c->which, c->by, c->comment, now, fx, &c->n_groups, &c->err);
}

static void take_back(struct engine *e, struct now now, struct effects *fx, void *arg)
{
    struct change *c = arg;

    fx->by = &c->actor;
    (void)!engine_unack(e, c->which, now, fx, &c->n_groups, &c->err);
}

static bool read_members(struct jr *r, struct change *c)
{
    static const char *const fields[] = {"by", "comment", NULL};
    struct sv *const texts[] = {&c->by, &c->comment};
    struct sv key;

    if (jr_peek(r) != JR_OBJECT)
        return json_wrong_type(r, "object");
    if (!jr_object(r))
        return false;
    while (jr_key(r, &key)) {
        const int field = json_field(key, fields);
        if (!(field >= 0 ? json_string(r, texts[field]) : jr_skip(r)))
            return false;
    }
    return !r->failed;
}

/* Answers by itself if not. */
static bool read_body(struct exchange *x, struct change *c)
{
    struct jr r;

    if (!json_is_blank(exchange_body(x))) {
        jr_init(&r, exchange_body(x), &x->loop->arena);
        if (!read_members(&r, c) || !jr_at_end(&r)) {
            reply_fault(x, 400, r.failed ? sv_of(r.err.text) : SV("more than one JSON value"));
            return false;
        }
    }
    if (c->by.n == 0)
        c->by = sv_of(x->user_name);
    if (c->by.n != 0 && c->by.n <= TEXT_MAX && c->comment.n <= TEXT_MAX)
        return true;
    reply_fault(x, 400,
                c->by.n == 0 ? SV("by in body is required: who acknowledges")
                             : SV("by or comment is too long"));
    return false;
}

void api_own_ack_post(struct exchange *x)
{
    struct matchers ms = {0};
    struct group_pick which;
    struct change c = {.which = &which};

    if (!read_pick(x, &ms, &which))
        return;
    if (read_body(x, &c))
        apply(x, &c, set_ack);
    matchers_done(&ms);
}

void api_own_ack_delete(struct exchange *x)
{
    struct matchers ms = {0};
    struct group_pick which;
    const struct change c = {.which = &which};

    if (!read_pick(x, &ms, &which))
        return;
    apply(x, &c, take_back);
    matchers_done(&ms);
}
