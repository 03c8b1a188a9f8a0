#include "reply.h"

#include "codec/htmlesc.h"
#include <stdlib.h>
#include <string.h>

#include "codec/jw.h"

#define TEXT_PLAIN "text/plain; charset=utf-8"
#define TEXT_HTML  "text/html; charset=utf-8"
#define JSON       "application/json"

static const char *reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {200, "OK"},
        {204, "No Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {409, "Conflict"},
        {410, "Gone"},
        {413, "Request Entity Too Large"},
        {415, "Unsupported Media Type"},
        {422, "Unprocessable Entity"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
    };
    for (size_t i = 0; i < COUNT_OF(reasons); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "";
}

void reply_header(struct exchange *x, const char *name, const char *value)
{
    h2o_mem_pool_t *pool = &x->req->pool;
    const h2o_iovec_t lower = h2o_strdup(pool, name, SIZE_MAX);
    h2o_strtolower(lower.base, lower.len);
    h2o_add_header_by_str(pool, &x->req->res.headers, lower.base, lower.len, 0, name, value, strlen(value));
}

void reply_header_copy(struct exchange *x, const char *name, struct sv value)
{
    reply_header(x, name, h2o_strdup(&x->req->pool, value.p, value.n).base);
}

void reply_start(struct exchange *x, int status, const char *type, size_t length, h2o_generator_t *generator)
{
    h2o_req_t *req = x->req;
    x->answered = true;
    req->res.status = status;
    req->res.reason = reason_of(status);
    req->res.content_length = length;
    if (length == SIZE_MAX && req->version < 0x101)
        req->http1_is_persistent = 0; /* only the end of the connection can tell where the body ends */
    if (type != NULL)
        reply_header(x, "Content-Type", type);
    h2o_start_response(req, generator);
}

/* `body` must live as long as the request. */
static void send_whole(struct exchange *x, int status, const char *type, struct sv body)
{
    static h2o_generator_t generator; /* never written: it has neither a next part nor anything to stop */
    h2o_iovec_t buf = h2o_iovec_init(body.p, body.n);
    exchange_measure(x, status, body.n);
    exchange_release_get(x);
    reply_start(x, status, type, body.n, &generator);
    const bool head_only = x->routed.method == METHOD_HEAD;
    h2o_send(x->req, &buf, head_only || body.n == 0 ? 0 : 1, H2O_SEND_STATE_FINAL);
}

static void free_text(void *p)
{
    char **text = p;
    free(*text);
}

void reply_buffer(struct exchange *x, int status, const char *type, struct strbuf *body)
{
    const size_t n = body->n;
    char **keep = h2o_mem_alloc_shared(&x->req->pool, sizeof *keep, free_text);
    *keep = strbuf_take(body);
    send_whole(x, status, type, (struct sv){*keep, n});
}

void reply_text(struct exchange *x, int status, const char *type, struct sv text)
{
    const h2o_iovec_t copy = h2o_strdup(&x->req->pool, text.p != NULL ? text.p : "", text.n);
    send_whole(x, status, type, (struct sv){copy.base, copy.len});
}

void reply_empty(struct exchange *x, int status)
{
    send_whole(x, status, NULL, (struct sv){0});
}

void reply_json(struct exchange *x, struct strbuf *json)
{
    strbuf_addc(json, '\n');
    reply_buffer(x, 200, JSON, json);
}

void reply_error_string(struct exchange *x, int status, struct sv text)
{
    struct strbuf out = {0};
    jw_quote(&out, text, false);
    strbuf_addc(&out, '\n');
    reply_buffer(x, status, JSON, &out);
}

void reply_fault(struct exchange *x, int code, struct sv message)
{
    struct strbuf out = {0};
    struct jw w;
    jw_init(&w, &out, false);
    jw_object(&w);
    jw_kint(&w, SV("code"), code);
    jw_kstr(&w, SV("message"), message);
    jw_end(&w);
    reply_buffer(x, code >= 600 ? 422 : code, JSON, &out);
}

void reply_plain(struct exchange *x, int status, struct sv text)
{
    reply_header(x, "X-Content-Type-Options", "nosniff");
    reply_text(x, status, TEXT_PLAIN, text);
}

void reply_redirect(struct exchange *x, int status, struct sv location)
{
    reply_header_copy(x, "Location", location);
    const bool is_get = x->routed.method == METHOD_GET;
    if (!is_get && x->routed.method != METHOD_HEAD) {
        reply_empty(x, status);
        return;
    }
    struct strbuf body = {0};
    if (is_get) {
        strbuf_adds(&body, "<a href=\"");
        htmlesc_add(&body, location);
        strbuf_addf(&body, "\">%s</a>.\n\n", reason_of(status));
    }
    reply_buffer(x, status, TEXT_HTML, &body);
}

static void api_method_not_allowed(struct exchange *x, struct sv allowed)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    strbuf_addf(&text, "method %.*s is not allowed, but [%.*s] are", (int)x->req->method.len,
                x->req->method.base, SV_ARG(allowed));
    reply_fault(x, 405, strbuf_sv(&text));
}

void reply_allow(struct exchange *x)
{
    const struct routed *r = &x->routed;
    CLEANUP(strbuf_donep) struct strbuf allowed = {0};
    if (r->allowed != 0) {
        router_print_allowed(&allowed, r->allowed, r->api);
        reply_header_copy(x, "Allow", strbuf_sv(&allowed));
    }
    if (r->kind == ROUTED_OPTIONS)
        reply_empty(x, 200);
    else if (r->api)
        api_method_not_allowed(x, strbuf_sv(&allowed));
    else
        reply_plain(x, 405, SV("Method Not Allowed\n"));
}

void reply_busy(struct exchange *x)
{
    reply_header(x, "Retry-After", "1");
    reply_error_string(x, 503, SV("too many changes are waiting to be stored, try again"));
}

void reply_too_much(struct exchange *x)
{
    reply_error_string(x, 503, SV("too much to show in one answer"));
}

void reply_bad_head(struct exchange *x, const char *fault)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    x->req->http1_is_persistent = 0;
    strbuf_adds(&text, "400 Bad Request: ");
    strbuf_adds(&text, fault);
    reply_text(x, 400, TEXT_PLAIN, strbuf_sv(&text));
}
