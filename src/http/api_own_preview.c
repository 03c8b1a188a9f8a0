/* POST /api/tocsin/v1/silences/preview?limit=N: what a silence with these matchers would mute now.
 *
 * The body is a silence as POST /api/v2/silences takes it, of which only `matchers` is looked at. Answers
 * with up to `limit` (100; at most 1000) alerts, in v2's form and order, and as many groups:
 *   {"alertCount": 3, "groupCount": 2, "fullyMutedGroupCount": 1, "alerts": [...], "groups": [
 *      {"labels": {...}, "receiver": {"name": "team"}, "alertCount": 4, "mutedCount": 2}]}
 * `mutedCount` counts the alerts of the group that match; other silences play no part.
 */
#include <stdlib.h>

#include "alert_json.h"
#include "api.h"
#include "base/mem.h"
#include "body_fault.h"
#include "core/view.h"
#include "filters.h"
#include "listing.h"
#include "reply.h"
#include "silence_json.h"

#define LIMIT_DEFAULT 100
#define LIMIT_MAX     1000

struct preview {
    struct groups_view view;
    struct arena mem;
    const struct matchers *matchers;
    bool *hit; /* by place in view.alerts */
    const struct alert_view **hits;
    size_t n_hit, n_groups, n_full;
    size_t limit;
};

static size_t muted_in(const struct preview *p, const struct group_view *g)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n_alerts; i++)
        n += p->hit[g->alerts[i]];
    return n;
}

static int by_fingerprint(const void *a, const void *b)
{
    const uint64_t x = (*(const struct alert_view *const *)a)->alert->labels->fp;
    const uint64_t y = (*(const struct alert_view *const *)b)->alert->labels->fp;
    return x < y ? -1 : x > y;
}

static void count(struct preview *p)
{
    for (size_t i = 0; i < p->view.alerts.n; i++) {
        p->hit[i] = matchers_match(p->matchers, p->view.alerts.v[i].alert->labels);
        if (p->hit[i])
            p->hits[p->n_hit++] = &p->view.alerts.v[i];
    }
    qsort(p->hits, p->n_hit, sizeof *p->hits, by_fingerprint);
    for (size_t i = 0; i < p->view.n; i++) {
        const size_t n = muted_in(p, &p->view.v[i]);
        p->n_groups += n != 0;
        p->n_full += n != 0 && n == p->view.v[i].n_alerts;
    }
}

static void write_alerts(struct jw *w, const struct preview *p)
{
    jw_key(w, SV("alerts"));
    jw_array(w);
    w->html = true;
    for (size_t i = 0; i < p->n_hit && i < p->limit; i++)
        alert_write_json(w, p->hits[i], NULL);
    w->html = false;
    jw_end(w);
}

static void write_group(struct jw *w, const struct group_view *g, size_t muted)
{
    jw_object(w);
    jw_key(w, SV("labels"));
    labels_write_json(w, g->labels);
    jw_key(w, SV("receiver"));
    jw_object(w);
    jw_kstr(w, SV("name"), sv_of(g->route->receiver->name));
    jw_end(w);
    jw_kint(w, SV("alertCount"), (int64_t)g->n_alerts);
    jw_kint(w, SV("mutedCount"), (int64_t)muted);
    jw_end(w);
}

static void write_groups(struct jw *w, const struct preview *p)
{
    jw_key(w, SV("groups"));
    jw_array(w);
    for (size_t i = 0, n = 0; i < p->view.n && n < p->limit; i++) {
        const size_t muted = muted_in(p, &p->view.v[i]);
        if (muted == 0)
            continue;
        write_group(w, &p->view.v[i], muted);
        n++;
    }
    jw_end(w);
}

static void send_preview(struct exchange *x, const struct preview *p)
{
    struct strbuf out = {0};
    struct jw w;
    jw_init(&w, &out, false);
    jw_object(&w);
    jw_kint(&w, SV("alertCount"), (int64_t)p->n_hit);
    jw_kint(&w, SV("groupCount"), (int64_t)p->n_groups);
    jw_kint(&w, SV("fullyMutedGroupCount"), (int64_t)p->n_full);
    write_alerts(&w, p);
    write_groups(&w, p);
    jw_end(&w);
    reply_json(x, &out);
}

static void preview(struct exchange *x, const struct matchers *matchers, size_t limit)
{
    const struct host *host = host_of(x);
    struct preview p = {.matchers = matchers, .limit = limit};
    arena_init(&p.mem, LISTING_CEILING);
    engine_view_groups(host->read_begin(host->ctx), host->now(host->ctx), &p.mem, &p.view);
    host->read_end(host->ctx);
    p.hit = ARENA_ARRAY(&p.mem, bool, p.view.alerts.n);
    p.hits = ARENA_ARRAY(&p.mem, const struct alert_view *, p.view.alerts.n);
    if (p.view.alerts.incomplete || p.hit == NULL || p.hits == NULL) {
        reply_too_much(x);
    } else {
        groups_view_sort(&p.view);
        count(&p);
        send_preview(x, &p);
    }
    groups_view_done(&p.view);
    arena_done(&p.mem);
}

void api_own_silence_preview(struct exchange *x)
{
    struct query q;
    struct postable_silence asked;
    struct body_fault fault = {0};
    struct matchers matchers;
    struct err err;
    size_t limit;
    if (!query_of(x, &q) || !query_number_of(x, &q, "limit", LIMIT_DEFAULT, LIMIT_MAX, &limit))
        return;
    if (!silence_read_matchers(exchange_body(x), &x->loop->arena, &asked, &fault)) {
        reply_fault(x, (int)fault.code, strbuf_sv(&fault.text));
    } else if (!silence_compile_matchers(&asked, server_of(x)->opts.matcher_mode, &matchers, &err)) {
        reply_fault(x, 400, sv_of(err.text));
    } else {
        preview(x, &matchers, limit);
        matchers_done(&matchers);
    }
    body_fault_done(&fault);
}
