/* POST /api/tocsin/v1/config/dry-run?limit=N: the body is a configuration (YAML, whatever its Content-Type;
 * at most 4 MiB). Nothing is changed, and no file that it names is opened, so templates are not checked.
 *
 * 200: which of the alerts that are active now would go elsewhere, with up to `limit` (100; at most 10000)
 * of those that change. Silences stay as they are; time intervals are looked at as of now:
 *   {"alerts": [{"fingerprint": "...", "labels": {...}, "changes": ["receiver", "group", "muting"],
 *      "before": {"groups": [{"receiver": "team", "labels": {...}, "mutedBy": ["night"]}], "inhibitedBy":
 * []}, "after": {...}}], "alertCount": 3, "changedCount": 1, "receiverChanges": 1, "groupChanges": 0,
 * "mutingChanges": 0} 400: it could not be loaded:
 *   {"code": 400, "message": "first error", "errors": ["posted.yml:3:5: ...", ...]}
 * 503 with Retry-After: too many dry runs are waiting.
 */
#include <stdlib.h>
#include <string.h>

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
    struct strbuf errors, out;
    struct err err;
    bool loaded;
};

static void dispose(struct pending *base)
{
    struct dry_run *d = CONTAINER_OF(base, struct dry_run, base);
    free(d->yaml);
    strbuf_done(&d->errors);
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
    jw_key(&w, SV("errors"));
    jw_array(&w);
    for (const char *p = d->errors.p; p != NULL && *p != '\0';) {
        const size_t n = strcspn(p, "\n");
        jw_str(&w, (struct sv){p, n});
        p += n + (p[n] == '\n');
    }
    jw_end(&w);
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

/* In the worker's thread. */
static void run(struct work *work)
{
    struct dry_run *d = CONTAINER_OF(work, struct dry_run, work);
    const struct host *host = d->host;
    bool ok = false;
    const struct config *config =
        host->check_config(host->ctx, (struct sv){d->yaml, d->n}, &d->errors, &d->err);
    d->loaded = config != NULL;
    if (d->loaded) {
        struct dry_run_input in;
        const struct now now = host->now(host->ctx);
        dry_run_take(&in, host->read_begin(host->ctx), now);
        host->read_end(host->ctx);
        ok = dry_run_write(&in, config, now, d->limit, &d->out);
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
    if (!query_of(x, &q) || !query_limit_of(x, &q, LIMIT_DEFAULT, LIMIT_MAX, &limit))
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
