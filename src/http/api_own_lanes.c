/* GET /api/tocsin/v1/lanes: the ways to the destinations of notifications, by name.
 *
 *   [{"name": "http://hooks:8080", "state": "closed" | "open" | "half-open", "waiting": 0,
 *     "running": 1, "waitingSince": time, "retryAt": time, "lastSuccess": time, "lastFailure": time,
 *     "lastError": "...", "latencyMs": 12, "receivers": ["team/webhook[0]"]}]
 * What has not happened, or does not hold, is left out. A lane appears with the first notification, and goes
 * when nothing was sent there for an hour.
 */
#include "api.h"
#include "http/host.h"
#include "lane_json.h"
#include "reply.h"

static void write_lane(struct jw *w, const struct lane_view *l)
{
    jw_object(w);
    lane_write_json(w, l);
    jw_key(w, SV("receivers"));
    jw_array(w);
    for (size_t i = 0; i < l->n_receivers; i++)
        jw_str(w, sv_of(l->receivers[i]));
    jw_end(w);
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
