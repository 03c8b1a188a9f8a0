/* GET /api/tocsin/v1/dead-letters?limit=N&cursor=ID and POST /api/tocsin/v1/dead-letters/{id}/replay.
 *
 * GET answers with notifications that were given up, the newest first, and with X-Next-Cursor when there are
 * more:
 *   [{"id": uuid, "cause": "too old" | "refused" | "unrouted", "givenUpAt": time, "since": time,
 *     "attempts": 3, "failure": "serverError", "error": "...", "receiver": "team", "integration":
 *     {"type": "webhook", "index": 0}, "groupKey": "...", "groupLabels": {...}, "reason": "...",
 *     "alerts": [{"status": "firing", "labels": {...}, "annotations": {...}, "startsAt": time,
 *     "endsAt": time, "generatorURL": "..."}], "alertsLeftOut": 0}]
 * 400: the cursor is a letter that is not kept any more.
 *
 * A replay sends it once more to its receiver, and forgets it when it arrives: 200 {"id": uuid} says that it
 * is on its way, not that it arrived. 404: no such letter. 409: its receiver is not configured any more.
 */
#include <stdlib.h>

#include "alert_json.h"
#include "api.h"
#include "base/mem.h"
#include "codec/jw.h"
#include "filters.h"
#include "pending.h"
#include "query.h"
#include "reply.h"

#define LIMIT_DEFAULT 100
#define LIMIT_MAX     1000

/* ---- GET ---- */

static void write_alert(struct jw *w, const struct delivery_alert *item)
{
    const struct alert *a = item->alert;

    jw_object(w);
    jw_kstr(w, SV("status"), item->firing ? SV("firing") : SV("resolved"));
    jw_key(w, SV("labels"));
    labels_write_json(w, a->labels);
    jw_key(w, SV("annotations"));
    labels_write_json(w, a->annotations);
    stamp_write_json(w, SV("startsAt"), a->starts_at);
    stamp_write_json(w, SV("endsAt"), a->ends_at);
    jw_kstr(w, SV("generatorURL"), istr_sv(a->generator_url));
    jw_end(w);
}

static void write_addressee(struct jw *w, const struct dead_letter *l)
{
    jw_kstr(w, SV("receiver"), sv_of(l->receiver));
    jw_key(w, SV("integration"));
    jw_object(w);
    jw_kstr(w, SV("type"), sv_of(l->type));
    jw_kint(w, SV("index"), (int64_t)l->index);
    jw_end(w);
}

static void write_letter(struct jw *w, const struct dead_letter *l)
{
    jw_object(w);
    jw_kstr(w, SV("id"), sv_of(l->id));
    jw_kstr(w, SV("cause"), sv_of(letter_cause_text(l->cause)));
    stamp_write_json(w, SV("givenUpAt"), l->at);
    stamp_write_json(w, SV("since"), l->since);
    jw_kint(w, SV("attempts"), l->attempts);
    jw_kstr(w, SV("failure"), sv_of(failure_text(l->failure)));
    jw_kstr(w, SV("error"), sv_of(l->error));
    write_addressee(w, l);
    jw_kstr(w, SV("groupKey"), sv_of(l->group_key));
    jw_key(w, SV("groupLabels"));
    labels_write_json(w, l->group_labels);
    jw_kstr(w, SV("reason"), sv_of(notify_reason_text(l->reason)));
    jw_key(w, SV("alerts"));
    jw_array(w);
    for (size_t i = 0; i < l->n_alerts; i++)
        write_alert(w, &l->alerts[i]);
    jw_end(w);
    jw_kint(w, SV("alertsLeftOut"), (int64_t)l->n_left_out);
    jw_end(w);
}

static void reply_letters(struct exchange *x, const struct letters_view *view)
{
    struct strbuf out = {0};
    struct jw w;

    jw_init(&w, &out, true);
    jw_array(&w);
    for (size_t i = 0; i < view->n; i++)
        write_letter(&w, view->v[i]);
    jw_end(&w);
    if (view->more)
        reply_header_copy(x, "X-Next-Cursor", sv_of(view->v[view->n - 1]->id));
    reply_json(x, &out);
}

void api_own_dead_letters_get(struct exchange *x)
{
    const struct host *host = host_of(x);
    struct letters_view view;
    struct query q;
    size_t limit;

    if (!query_of(x, &q) || !query_number_of(x, &q, "limit", LIMIT_DEFAULT, LIMIT_MAX, &limit))
        return;
    const bool known = engine_view_letters(host->read_begin(host->ctx), query_last(&q, "cursor"),
                                           limit != 0 ? limit : 1, &x->loop->arena, &view);
    host->read_end(host->ctx);
    if (known)
        reply_letters(x, &view);
    else
        reply_fault(x, 400, SV("cursor: this dead letter is not kept any more, begin anew"));
    letters_view_done(&view);
}

/* ---- POST ---- */

struct replay {
    struct pending base;
    struct actor by;
    char id[37];
    struct err err;
};

static void dispose(struct pending *base)
{
    free(CONTAINER_OF(base, struct replay, base));
}

static void answer(struct exchange *x, struct pending *base)
{
    const struct replay *r = CONTAINER_OF(base, struct replay, base);
    struct strbuf out = {0};
    struct jw w;

    if (r->err.kind != ERR_NONE) {
        reply_fault(x, err_http_status(r->err.kind), sv_of(r->err.text));
        return;
    }
    jw_init(&w, &out, false);
    jw_object(&w);
    jw_kstr(&w, SV("id"), sv_of(r->id));
    jw_end(&w);
    reply_json(x, &out);
}

static void replay(struct engine *e, struct now now, struct effects *fx, void *arg)
{
    struct replay *r = arg;
    fx->by = &r->by;
    (void)!engine_replay_letter(e, sv_of(r->id), now, fx, &r->err);
}

void api_own_dead_letter_replay(struct exchange *x)
{
    const struct sv id = x->routed.param;
    struct replay *r = xcalloc(1, sizeof *r);

    if (id.n < sizeof r->id) /* what is longer is unknown in any case */
        memcpy(r->id, id.p, id.n);
    exchange_actor(x, &r->by);
    pending_begin(&r->base, x, answer, dispose);
    pending_apply(&r->base, replay, r);
}
