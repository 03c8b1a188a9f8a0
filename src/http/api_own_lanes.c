/* GET /api/tocsin/v1/lanes: the ways to the destinations of notifications, by name.
 *
 *   [{"name": "http://hooks:8080", "state": "closed" | "open" | "half-open", "receivers":
 *     ["team/webhook[0]"], "waiting": 0, "running": 1, "waitingSince": time, "retryAt": time,
 *     "lastSuccess": time, "lastFailure": time, "lastError": "...", "latencyMs": 12}]
 * What has not happened, or does not hold, is left out. A lane appears with the first notification, and goes
 * when nothing was sent there for an hour.
 */
#include "alert_json.h"
#include "api.h"
#include "codec/jw.h"
#include "core/lane_view.h"
#include "http/host.h"
#include "reply.h"

static void write_happened(struct jw *w, struct sv key, struct stamp t)
{
    if (!stamp_is_unset(t))
        stamp_write_json(w, key, t);
}

static void write_lane(struct jw *w, const struct lane_view *l)
{
    jw_object(w);
    jw_kstr(w, SV("name"), sv_of(l->name));
    jw_kstr(w, SV("state"), sv_of(lane_state_text(l->state)));
    jw_key(w, SV("receivers"));
    jw_array(w);
    for (size_t i = 0; i < l->n_receivers; i++)
        jw_str(w, sv_of(l->receivers[i]));
    jw_end(w);
    jw_kint(w, SV("waiting"), (int64_t)l->waiting);
    jw_kint(w, SV("running"), (int64_t)l->running);
    write_happened(w, SV("waitingSince"), l->waiting_since);
    write_happened(w, SV("retryAt"), l->retry_at);
    write_happened(w, SV("lastSuccess"), l->last_success);
    write_happened(w, SV("lastFailure"), l->last_error_at);
    if (l->last_error[0] != '\0')
        jw_kstr(w, SV("lastError"), sv_of(l->last_error));
    jw_kint(w, SV("latencyMs"), l->latency / NS_PER_MS);
    jw_end(w);
}

void api_own_lanes_get(struct exchange *x)
{
    const struct host *host = host_of(x);
    struct lanes_view view;
    struct strbuf out = {0};
    struct jw w;

    host->lanes(host->ctx, &x->loop->arena, &view);
    jw_init(&w, &out, false);
    jw_array(&w);
    for (size_t i = 0; i < view.n; i++)
        write_lane(&w, &view.v[i]);
    jw_end(&w);
    reply_json(x, &out);
}
