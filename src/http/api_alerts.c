/* GET and POST /api/v2/alerts. */
#include <stdlib.h>

#include "alert_json.h"
#include "api.h"
#include "base/mem.h"
#include "body_fault.h"
#include "core/engine.h"
#include "core/view.h"
#include "filters.h"
#include "ingest_json.h"
#include "listing.h"
#include "pending.h"
#include "reply.h"

/* ---- GET ---- */

struct alerts_listing {
    struct listing base;
    struct alerts_view view;
    size_t next;
};

static bool step(struct listing *base)
{
    struct alerts_listing *l = CONTAINER_OF(base, struct alerts_listing, base);
    if (l->next == l->view.n)
        return false;
    l->base.w.html = true;
    alert_write_json(&l->base.w, &l->view.v[l->next++], NULL);
    return true;
}

static void dispose_listing(struct listing *base)
{
    struct alerts_listing *l = CONTAINER_OF(base, struct alerts_listing, base);
    alerts_view_done(&l->view);
    free(l);
}

static void send_alerts(struct exchange *x, const struct alert_query *query)
{
    struct alerts_listing *l = xcalloc(1, sizeof *l);
    listing_init(&l->base, x, step, dispose_listing);
    const struct host *host = host_of(x);
    const struct engine *e = host->read_begin(host->ctx);
    engine_view_alerts(e, host->now(host->ctx), &l->base.mem, &l->view);
    host->read_end(host->ctx);
    if (l->view.incomplete) {
        reply_too_much(x);
        return;
    }
    alerts_view_filter(&l->view, query);
    alerts_view_sort(&l->view);
    listing_send(&l->base);
}

void api_alerts_get(struct exchange *x)
{
    struct query q;
    struct alert_filters f;
    struct err err;
    if (!query_of(x, &q))
        return;
    if (!alert_filters_read(&f, &q, server_of(x)->opts.matcher_mode, &err)) {
        reply_error_string(x, 400, sv_of(err.text));
        return;
    }
    send_alerts(x, &f.query);
    alert_filters_done(&f);
}

/* ---- POST ---- */

struct alerts_pending {
    struct pending base;
    struct strbuf errors; /* of alerts that were refused; the others are stored */
};

static void answer(struct exchange *x, struct pending *base)
{
    const struct alerts_pending *p = CONTAINER_OF(base, struct alerts_pending, base);
    if (!base->ok)
        reply_error_string(x, 500, SV("alerts could not be stored"));
    else if (p->errors.n != 0)
        reply_error_string(x, 400, strbuf_sv(&p->errors));
    else
        reply_empty(x, 200);
}

static void dispose_pending(struct pending *base)
{
    struct alerts_pending *p = CONTAINER_OF(base, struct alerts_pending, base);
    strbuf_done(&p->errors);
    free(p);
}

static dur_ns resolve_timeout(const struct host *host)
{
    const struct config *config = engine_config(host->read_begin(host->ctx));
    host->read_end(host->ctx);
    const dur_ns timeout = config->global.resolve_timeout;
    config_unref(config);
    return timeout;
}

static void look_up(const struct host *host, struct ingest *batch)
{
    engine_lookup(host->read_begin(host->ctx), batch);
    host->read_end(host->ctx);
}

static void store(struct engine *e, struct now now, struct effects *fx, void *batch)
{
    engine_ingest(e, batch, now, fx);
}

static void count(struct http_metrics *m, const struct ingest *batch)
{
    metric_add(m->received_firing, (double)batch->n_firing);
    metric_add(m->received_resolved, (double)batch->n_resolved);
    metric_add(m->invalid, (double)batch->n_invalid);
}

static void ingest(struct exchange *x, struct ingest *batch)
{
    const struct host *host = host_of(x);
    struct alerts_pending *p = xcalloc(1, sizeof *p);
    pending_begin(&p->base, x, answer, dispose_pending);
    const struct now now = host->now(host->ctx);
    batch->received_at = now.wall;
    ingest_prepare(batch, resolve_timeout(host), server_of(x)->opts.matcher_mode, now.wall, &p->errors);
    count(&server_of(x)->metrics, batch);
    if (batch->n == batch->n_invalid) {
        pending_settle(&p->base, true);
        return;
    }
    look_up(host, batch);
    ingest_build(batch);
    pending_apply(&p->base, store, batch);
    ingest_done(batch);
}

void api_alerts_post(struct exchange *x)
{
    struct ingest batch;
    struct body_fault fault = {0};
    if (ingest_read_json(exchange_body(x), &x->loop->arena, &batch, &fault))
        ingest(x, &batch);
    else
        reply_fault(x, (int)fault.code, strbuf_sv(&fault.text));
    body_fault_done(&fault);
}
