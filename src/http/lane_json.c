#include "lane_json.h"

#include "alert_json.h"

void lane_write_json(struct jw *w, const struct lane_view *l)
{
    jw_kstr(w, SV("name"), sv_of(l->name));
    jw_kstr(w, SV("state"), sv_of(lane_state_text(l->state)));
    jw_kint(w, SV("waiting"), (int64_t)l->waiting);
    jw_kint(w, SV("running"), (int64_t)l->running);
    stamp_write_json_if_set(w, SV("waitingSince"), l->waiting_since);
    stamp_write_json_if_set(w, SV("retryAt"), l->retry_at);
    stamp_write_json_if_set(w, SV("lastSuccess"), l->last_success);
    stamp_write_json_if_set(w, SV("lastFailure"), l->last_error_at);
    if (l->last_error[0] != '\0')
        jw_kstr(w, SV("lastError"), sv_of(l->last_error));
    jw_kint(w, SV("latencyMs"), l->latency / NS_PER_MS);
}
