/* The endpoints for operators and their tools, and what is left of API v1. */
#include "api.h"
#include "base/log.h"
#include "reply.h"

void manage_healthy(struct exchange *x)
{
    const bool is_get = x->routed.method == METHOD_GET;
    reply_text(x, 200, is_get ? "text/plain; charset=utf-8" : NULL, SV("OK"));
}

void manage_reload(struct exchange *x)
{
    reloader_ask(&server_of(x)->reloader, x);
}

void manage_v1_gone(struct exchange *x)
{
    log_warn("The v1 API was called; it is removed, use the equivalent route in the v2 API", "path",
             endpoint_label(x->routed.endpoint));
    reply_text(x, 410, "application/json",
               SV("{\"status\":\"deprecated\",\"error\":\"The Alertmanager v1 API was deprecated in version "
                  "0.16.0 and is removed as of version 0.27.0 - please use the equivalent route in the v2 "
                  "API\"}\n"));
}
