#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "model/duration.h"
#include "notify/receiver.h"

void verdict_set(struct verdict *v, enum verdict_kind kind, enum failure failure, const char *fmt, ...)
{
    va_list ap;
    char text[2 * sizeof v->text];

    v->kind = kind;
    v->failure = failure;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    const size_t n = utf8_cut(sv_of(text), sizeof v->text - 1);
    memcpy(v->text, text, n);
    v->text[n] = '\0';
}

enum failure failure_of_status(int status)
{
    if (status == 401 || status == 403)
        return FAILURE_AUTH;
    if (status == 429)
        return FAILURE_RATE_LIMITED;
    if (status / 100 == 4)
        return FAILURE_CLIENT;
    return status / 100 == 5 ? FAILURE_SERVER : FAILURE_OTHER;
}

static void classify_transport(const struct reply *reply, const struct request *sent, struct verdict *out)
{
    const char *verb = strcmp(sent->method, "GET") == 0   ? "Get"
                       : strcmp(sent->method, "PUT") == 0 ? "Put"
                                                          : "Post";

    if (!reply->timed_out) {
        verdict_set(out, VERDICT_RETRY, FAILURE_OTHER, "%s \"<redacted>\": %s", verb, reply->transport_error);
        return;
    }
    struct strbuf timeout = {0};
    go_duration_print(&timeout, sent->timeout);
    verdict_set(out, VERDICT_RETRY, FAILURE_OTHER, "%s \"<redacted>\": configured %s timeout reached (%.*s)",
                verb, sent->timeout_name != NULL ? sent->timeout_name : "receiver",
                SV_ARG(strbuf_sv(&timeout)));
    strbuf_done(&timeout);
}

void classify_http(const struct reply *reply, const struct request *sent, struct verdict *out)
{
    *out = (struct verdict){.kind = VERDICT_DELIVERED};
    if (!reply->transported) {
        classify_transport(reply, sent, out);
        return;
    }
    if (reply->status / 100 == 2)
        return;
    verdict_set(out, reply->status / 100 == 5 ? VERDICT_RETRY : VERDICT_PERMANENT,
                failure_of_status(reply->status), "unexpected status code %d%s%.*s", reply->status,
                reply->body.n != 0 ? ": " : "", SV_ARG(reply->body));
    out->retry_after = reply->retry_after;
}

void classify_plain(struct render *r, const struct request *sent, const struct reply *reply,
                    struct verdict *out)
{
    (void)r;
    classify_http(reply, sent, out);
}
