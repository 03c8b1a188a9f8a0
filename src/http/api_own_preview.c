/* POST /api/tocsin/v1/silences/preview?limit=N: what a silence with these matchers would mute now.
 *
 * The body is a silence as POST /api/v2/silences takes it, of which only `matchers` is looked at. Answers
 * with up to `limit` (100; at most 1000) alerts, in v2's form and order, and as many groups:
 *   {"alertCount": 3, "groupCount": 2, "fullyMutedGroupCount": 1, "alerts": [v2 alerts],
 *    "groups": [{"labels": {...}, "receiver": {"name": "team"}, "alertCount": 4, "mutedCount": 2}]}
 * `mutedCount` counts the alerts of the group that match; other silences play no part.
 */
#include "alert_json.h"
#include "api.h"
#include "body_fault.h"
#include "filters.h"
#include "reach.h"
#include "reply.h"
#include "silence_json.h"

#define LIMIT_DEFAULT 100
#define LIMIT_MAX     1000

static void write_alerts(struct jw *w, const struct reach *r, size_t limit)
{
    jw_key(w, SV("alerts"));
    jw_array(w);
    w->html = true;
    for (size_t i = 0; i < r->n_hits && i < limit; i++)
        alert_write_json(w, r->hits[i], NULL);
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

static void write_groups(struct jw *w, const struct reach *r, size_t limit)
{
    jw_key(w, SV("groups"));
    jw_array(w);
    for (size_t i = 0, n = 0; i < r->view.n && n < limit; i++) {
        const size_t muted = reach_in_group(r, &r->view.v[i]);
        if (muted == 0)
            continue;
        write_group(w, &r->view.v[i], muted);
        n++;
    }
    jw_end(w);
}

static void send_preview(struct exchange *x, const struct reach *r, size_t limit)
{
    struct strbuf out = {0};
    struct jw w;
    jw_init(&w, &out, false);
    jw_object(&w);
    jw_kint(&w, SV("alertCount"), (int64_t)r->n_hits);
    jw_kint(&w, SV("groupCount"), (int64_t)r->n_groups);
    jw_kint(&w, SV("fullyMutedGroupCount"), (int64_t)r->n_full);
    write_alerts(&w, r, limit);
    write_groups(&w, r, limit);
    jw_end(&w);
    reply_json(x, &out);
}

static void preview(struct exchange *x, const struct matchers *matchers, size_t limit)
{
    struct reach reach;
    if (reach_take(&reach, host_of(x), matchers))
        send_preview(x, &reach, limit);
    else
        reply_too_much(x);
    reach_done(&reach);
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
