#include "notify/http_call.h"

#include "curl_transfer.h"

#define SECRETS_MAX ((size_t)1 << 20) /* files that the settings name */

static bool perform(const struct http_call *call, struct transfer *t, struct http_answer *out,
                    struct err *err)
{
    struct reply reply;

    const CURLcode code = curl_easy_perform(t->easy);
    transfer_reply(t, code, &reply);
    if (!reply.transported)
        return err_set(err, ERR_UNAVAILABLE, "%s", reply.transport_error);
    if (t->cut)
        return err_set(err, ERR_LIMIT, "the answer is longer than %zu bytes", call->most);
    out->status = reply.status;
    out->body = t->body;
    t->body = (struct strbuf){0};
    return true;
}

bool http_call(const struct http_call *call, struct http_answer *out, struct err *err)
{
    static const char *accept[] = {"Accept: application/json", NULL};
    const struct request request = {
        .kind = REQUEST_HTTP,
        .method = call->method,
        .url = call->url,
        .content_type = call->body.n != 0 ? "application/json" : NULL,
        .headers = accept,
        .body = call->body,
    };
    struct arena mem;
    struct transfer t;

    *out = (struct http_answer){0};
    if (call->http != NULL && call->http->oauth2 != NULL)
        return err_set(err, ERR_INVALID, "http_config: oauth2 is not supported here");
    arena_init(&mem, SECRETS_MAX);
    const struct transfer_env env = {.http = call->http,
                                     .user_agent = call->user_agent,
                                     .limit = call->limit,
                                     .keep = call->most,
                                     .mem = &mem};
    const bool ok = transfer_init(&t, &request, &env, err) && perform(call, &t, out, err);
    transfer_done(&t);
    arena_done(&mem);
    return ok;
}
