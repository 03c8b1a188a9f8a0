/* POST /api/tocsin/v1/config/dry-run?limit=N: the body is a configuration (YAML, whatever its Content-Type;
 * at most 4 MiB). Nothing is changed, and no file that it names is opened, so templates are not checked.
 *
 * 200: which of the alerts that are active now would go elsewhere, with up to `limit` (100; at most 10000)
 * of those that change. Silences stay as they are; time intervals are looked at as of now:
 *   {"alerts": [{"fingerprint": "...", "labels": {...}, "changes": ["receiver", "group", "muting"],
 *                "before": {"groups": [{"receiver": "team", "labels": {...}, "mutedBy": ["night"]}],
 *                           "inhibitedBy": []},
 *                "after": {...}}],
 *    "alertCount": 3, "changedCount": 1, "receiverChanges": 1, "groupChanges": 0, "mutingChanges": 0,
 *    "findings": [{"severity": "warning", "line": 3, "col": 5, "text": "...", "hint": "..."}]}
 * 400, it could not be loaded; at least one of the findings has the severity "error":
 *   {"code": 400, "message": "first error", "findings": [...]}
 * 503 with Retry-After: too many dry runs are waiting.
 */
#include <stdlib.h>

#include "api.h"
#include "base/mem.h"
#include "codec/jw.h"
#include "dry_run.h"
#include "filters.h"
#include "pending.h"
#include "reply.h"
#include "worker.h"

#define BODY_MAX      ((size_t)4 << 20)
#define LIMIT_DEFAULT 100
#define LIMIT_MAX     10000

struct dry_run {
    struct pending base;
    struct work work;
    const struct host *host;
    char *yaml; /* a copy: the request may die meanwhile */
    size_t n, limit;
    struct strbuf findings, out; /* findings: a JSON array */
    struct jw w;                 /* writes it */
    struct err err;
    bool loaded;
};

static void dispose(struct pending *base)
{
    struct dry_run *d = CONTAINER_OF(base, struct dry_run, base);
    free(d->yaml);
    strbuf_done(&d->findings);
    strbuf_done(&d->out);
    free(d);
}

static void reply_errors(struct exchange *x, const struct dry_run *d)
{
    struct strbuf out = {0};
    struct jw w;
    jw_init(&w, &out, false);
    jw_object(&w);
    jw_kint(&w, SV("code"), 400);
    jw_kstr(&w, SV("message"), sv_of(d->err.text));
    jw_key(&w, SV("findings"));
    jw_raw(&w, strbuf_sv(&d->findings));
    jw_end(&w);
    reply_buffer(x, 400, "application/json", &out);
}

static void answer(struct exchange *x, struct pending *base)
{
    struct dry_run *d = CONTAINER_OF(base, struct dry_run, base);
    if (!d->loaded)
        reply_errors(x, d);
    else if (!base->ok)
        reply_too_much(x);
    else
        reply_json(x, &d->out);
}

static void on_finding(void *to, const struct config_finding *f)
{
    struct dry_run *d = to;
    struct jw *w = &d->w;
    jw_object(w);
    jw_kstr(w, SV("severity"), sv_of(config_severity_text(f->severity)));
    jw_kint(w, SV("line"), f->line);
    jw_kint(w, SV("col"), f->col);
    jw_kstr(w, SV("text"), sv_of(f->text));
    if (f->hint != NULL)
        jw_kstr(w, SV("hint"), sv_of(f->hint));
    jw_end(w);
}

/* In the worker's thread. */
static void run(struct work *work)
{
    struct dry_run *d = CONTAINER_OF(work, struct dry_run, work);
    const struct host *host = d->host;
    bool ok = false;
    jw_init(&d->w, &d->findings, false);
    jw_array(&d->w);
    const struct config *config =
        host->check_config(host->ctx, (struct sv){d->yaml, d->n}, on_finding, d, &d->err);
    jw_end(&d->w);
    d->loaded = config != NULL;
    if (d->loaded) {
        struct dry_run_input in;
        const struct now now = host->now(host->ctx);
        dry_run_take(&in, host->read_begin(host->ctx), now);
        host->read_end(host->ctx);
        ok = dry_run_write(&in, config, now, d->limit, strbuf_sv(&d->findings), &d->out);
        dry_run_done(&in);
        config_unref(config);
    }
    pending_return(&d->base, ok);
}

void api_own_dry_run(struct exchange *x)
{
    struct query q;
    size_t limit;
    const struct sv body = exchange_body(x);
    if (!query_of(x, &q) || !query_number_of(x, &q, "limit", LIMIT_DEFAULT, LIMIT_MAX, &limit))
        return;
    if (body.n > BODY_MAX) {
        reply_fault(x, 413, SV("configuration larger than 4 MiB"));
        return;
    }
    struct dry_run *d = xcalloc(1, sizeof *d);
    d->work.run = run;
    d->host = host_of(x);
    d->yaml = xstrndup(body.p != NULL ? body.p : "", body.n);
    d->n = body.n;
    d->limit = limit;
    pending_begin(&d->base, x, answer, dispose);
    if (worker_give(&server_of(x)->worker, &d->work))
        return;
    pending_cancel(&d->base);
    reply_busy(x);
}
