#include "notify/http_call.h"

#include "curl_transfer.h"
#include "oauth2.h"

#define SECRETS_MAX ((size_t)1 << 20) /* files that the settings name */

#define QUIET_MAX_S 60L /* of a stream */

struct streaming {
    const struct http_call *call;
    struct transfer *t;
    bool ended; /* by the one who takes it */
};

static size_t on_piece(char *p, size_t size, size_t n, void *ctx)
{
    struct streaming *s = ctx;
    long status = 0;

    (void)size; /* always 1 */
    curl_easy_getinfo(s->t->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status / 100 != 2) {
        strbuf_add(&s->t->body, p, s->t->body.n + n <= TRANSFER_BODY_KEPT ? n : 0);
        return n;
    }
    s->ended = !s->call->piece(s->call->ctx, (struct sv){p, n});
    return s->ended ? 0 : n;
}

static CURLcode perform_stream(const struct http_call *call, struct transfer *t)
{
    struct streaming s = {.call = call, .t = t};

    curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_piece);
    curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, &s);
    curl_easy_setopt(t->easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(t->easy, CURLOPT_LOW_SPEED_TIME, QUIET_MAX_S);
    const CURLcode code = curl_easy_perform(t->easy);
    return s.ended ? CURLE_OK : code;
}

static bool perform(const struct http_call *call, struct transfer *t, struct http_answer *out,
                    struct err *err)
{
    struct reply reply;

    const CURLcode code = call->piece != NULL ? perform_stream(call, t) : curl_easy_perform(t->easy);
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

/* A command makes one exchange or two: it asks for a token each time. */
static bool authorize(const struct http_call *call, struct transfer_env *env, struct err *err)
{
    struct oauth2_state *state;

    if (call->http == NULL || call->http->oauth2 == NULL)
        return true;
    state = ARENA_NEW(env->mem, struct oauth2_state);
    env->authorization = oauth2_obtain(state, call->http, call->user_agent, call->limit, env->mem, err);
    return env->authorization != NULL;
}

static bool exchange(const struct http_call *call, const struct request *request,
                     const struct transfer_env *env, struct http_answer *out, struct err *err)
{
    struct transfer t;

    const bool ok = transfer_init(&t, request, env, err) && perform(call, &t, out, err);
    transfer_done(&t);
    return ok;
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

    *out = (struct http_answer){0};
    arena_init(&mem, SECRETS_MAX);
    struct transfer_env env = {.http = call->http,
                               .user_agent = call->user_agent,
                               .limit = call->limit,
                               .keep = call->most,
                               .mem = &mem};
    const bool ok = authorize(call, &env, err) && exchange(call, &request, &env, out, err);
    arena_done(&mem);
    return ok;
}
