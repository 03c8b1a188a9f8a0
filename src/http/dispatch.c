/* From h2o's request to the function that answers it: the layers of api.md 1.1. */
#include "access.h"
#include "api.h"
#include "base/mem.h"
#include "cors.h"
#include "exchange.h"
#include "gate.h"
#include "head.h"
#include "media.h"
#include "reply.h"

struct handler_row {
    void (*get)(struct exchange *x);
    void (*post)(struct exchange *x);
    void (*delete)(struct exchange *x);
    unsigned right; /* what POST and DELETE need; 0: RIGHT_OPERATE */
    bool any_media; /* the body is no JSON; the endpoint looks after its size */
};

static const struct handler_row handlers[ENDPOINT_COUNT] = {
    [ENDPOINT_STATUS] = {.get = api_status_get},
    [ENDPOINT_RECEIVERS] = {.get = api_receivers_get},
    [ENDPOINT_ALERTS] = {.get = api_alerts_get, .post = api_alerts_post, .right = RIGHT_SEND},
    [ENDPOINT_GROUPS] = {.get = api_groups_get},
    [ENDPOINT_SILENCES] = {.get = api_silences_get, .post = api_silences_post},
    [ENDPOINT_SILENCE] = {.get = api_silence_get, .delete = api_silence_delete},
    [ENDPOINT_OWN_ACK] = {.get = api_own_ack_get, .post = api_own_ack_post, .delete = api_own_ack_delete},
    [ENDPOINT_OWN_ALERTS] = {.get = api_own_alerts_get},
    [ENDPOINT_OWN_EVENTS] = {.get = api_own_events_get},
    [ENDPOINT_OWN_ME] = {.get = api_own_me_get},
    [ENDPOINT_OWN_OPENAPI] = {.get = api_own_openapi_get},
    [ENDPOINT_OWN_DEAD_LETTERS] = {.get = api_own_dead_letters_get},
    [ENDPOINT_OWN_DEAD_LETTER_REPLAY] = {.post = api_own_dead_letter_replay, .any_media = true},
    [ENDPOINT_OWN_LANES] = {.get = api_own_lanes_get},
    [ENDPOINT_OWN_RECEIVERS] = {.get = api_own_receivers_get},
    [ENDPOINT_OWN_RECEIVER_TEST] = {.post = api_own_receiver_test},
    [ENDPOINT_OWN_SILENCE_PREVIEW] = {.post = api_own_silence_preview, .right = RIGHT_VIEW},
    [ENDPOINT_OWN_DRY_RUN] = {.post = api_own_dry_run, .right = RIGHT_ADMIN, .any_media = true},
    [ENDPOINT_OWN_EXPLAIN] = {.get = api_own_explain_get, .post = api_own_explain_post, .right = RIGHT_VIEW},
    [ENDPOINT_OWN_HISTORY_ALERTS] = {.get = api_own_history_alerts, .any_media = true},
    [ENDPOINT_OWN_HISTORY_NOTIFICATIONS] = {.get = api_own_history_notifications, .any_media = true},
    [ENDPOINT_OWN_HISTORY_MUTINGS] = {.get = api_own_history_mutings, .any_media = true},
    [ENDPOINT_OWN_HISTORY_AUDIT] = {.get = api_own_history_audit, .any_media = true},
    [ENDPOINT_BRIDGE_DINGTALK] = {.post = bridge_dingtalk, .right = RIGHT_SEND},
    [ENDPOINT_BRIDGE_WECOM] = {.post = bridge_wecom, .right = RIGHT_SEND},
    [ENDPOINT_INDEX] = {.get = manage_index},
    [ENDPOINT_HEALTHY] = {.get = manage_healthy},
    [ENDPOINT_READY] = {.get = manage_healthy},
    [ENDPOINT_RELOAD] = {.post = manage_reload, .right = RIGHT_ADMIN},
    [ENDPOINT_METRICS] = {.get = manage_metrics},
    [ENDPOINT_ACTION] = {.get = action_get, .post = action_post},
    [ENDPOINT_V1_STATUS] = {.get = manage_v1_gone},
    [ENDPOINT_V1_RECEIVERS] = {.get = manage_v1_gone},
    [ENDPOINT_V1_ALERTS] = {.get = manage_v1_gone, .post = manage_v1_gone},
    [ENDPOINT_V1_SILENCES] = {.get = manage_v1_gone, .post = manage_v1_gone},
    [ENDPOINT_V1_SILENCE] = {.get = manage_v1_gone, .delete = manage_v1_gone},
};

/* The router has made sure that the endpoint has the method; HEAD is answered like GET, without its body. */
static void call_handler(struct exchange *x)
{
    const struct handler_row *row = &handlers[x->routed.endpoint];
    switch (x->routed.method) {
    case METHOD_POST:
        row->post(x);
        break;
    case METHOD_DELETE:
        row->delete (x);
        break;
    default:
        row->get(x);
    }
}

static unsigned right_needed(const struct exchange *x)
{
    const unsigned right = handlers[x->routed.endpoint].right;
    if (x->routed.endpoint == ENDPOINT_OWN_ME || x->routed.endpoint == ENDPOINT_ACTION)
        return 0; /* everybody may know who they are; the link is the right */
    if (x->routed.method == METHOD_GET || x->routed.method == METHOD_HEAD)
        return RIGHT_VIEW;
    return right != 0 ? right : RIGHT_OPERATE;
}

static void not_found(struct exchange *x)
{
    if (!x->routed.api) {
        reply_plain(x, 404, SV("404 page not found\n"));
        return;
    }
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    strbuf_addf(&text, "path %.*s was not found", SV_ARG(x->routed.path));
    reply_fault(x, 404, strbuf_sv(&text));
}

/* ---- the API's layers ---- */

static bool is_preflight(const struct exchange *x)
{
    return x->routed.method == METHOD_OPTIONS && exchange_header(x, "access-control-request-method").n != 0;
}

static void reply_preflight(struct exchange *x)
{
    const struct cors_preflight ask = {.has_origin = exchange_header(x, "origin").n != 0,
                                       .method = exchange_header(x, "access-control-request-method"),
                                       .headers = exchange_header(x, "access-control-request-headers")};
    reply_header(x, "Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
    if (!x->routed.own && cors_preflight_allowed(&ask)) {
        reply_header(x, "Access-Control-Allow-Origin", "*");
        reply_header_copy(x, "Access-Control-Allow-Methods", ask.method);
        if (ask.headers.n != 0)
            reply_header_copy(x, "Access-Control-Allow-Headers", ask.headers);
    }
    reply_empty(x, 204);
}

static void add_api_headers(struct exchange *x)
{
    reply_header(x, "Cache-Control", "no-store");
    reply_header(x, "Vary", "Origin");
    if (x->routed.own)
        return; /* no other site's page has business here: it could send test notifications */
    if (exchange_header(x, "origin").n != 0 && cors_allows(x->routed.method))
        reply_header(x, "Access-Control-Allow-Origin", "*");
}

static bool accepts_json(const struct exchange *x)
{
    bool asked = false;
    for (size_t i = 0; i < x->req->headers.size; i++) {
        const h2o_header_t *h = &x->req->headers.entries[i];
        if (!sv_eq((struct sv){h->name->base, h->name->len}, SV("accept")))
            continue;
        asked = true;
        if (media_accepts_json((struct sv){h->value.base, h->value.len}))
            return true;
    }
    return !asked;
}

/* Whether the body may be looked at and the answer may be JSON; answers by itself if not. */
static bool check_media(struct exchange *x)
{
    struct err err;
    if (handlers[x->routed.endpoint].any_media)
        return true;
    if (exchange_body(x).n == 0) {
        if (!accepts_json(x))
            reply_fault(x, 406,
                        SV("unsupported media type requested, only [application/json] are available"));
        return !x->answered;
    }
    switch (media_check_body(exchange_header(x, "content-type"), &err)) {
    case MEDIA_UNSUPPORTED:
        reply_fault(x, 415, sv_of(err.text));
        return false;
    case MEDIA_MALFORMED:
        reply_fault(x, 400, sv_of(err.text));
        return false;
    case MEDIA_OK:
        break;
    }
    if (exchange_body(x).n <= server_of(x)->opts.max_body)
        return true;
    reply_fault(x, 413, SV("request body too large"));
    return false;
}

/* ---- all requests ---- */

static void answer(struct exchange *x)
{
    switch (x->routed.kind) {
    case ROUTED_NOT_FOUND:
        not_found(x);
        break;
    case ROUTED_WRONG_METHOD:
    case ROUTED_OPTIONS:
        reply_allow(x);
        break;
    case ROUTED_ENDPOINT:
        if (access_allows(x, right_needed(x)) && (!x->routed.api || check_media(x)))
            call_handler(x);
        break;
    case ROUTED_REDIRECT:
    case ROUTED_MALFORMED:
        break; /* answered before any limit applies */
    }
}

static void answer_within_limits(struct exchange *x)
{
    if (!exchange_take_get(x)) {
        CLEANUP(strbuf_donep) struct strbuf text = {0};
        strbuf_addf(&text, "Limit of concurrent GET requests reached (%zu), try again later.\n\n",
                    server_of(x)->opts.get_concurrency);
        reply_plain(x, 503, strbuf_sv(&text));
        return;
    }
    if (x->routed.api && is_preflight(x)) {
        reply_preflight(x);
        return;
    }
    if (x->routed.api)
        add_api_headers(x);
    answer(x);
}

static const char *fault_of_head(const h2o_req_t *req)
{
    const h2o_socket_t *sock = req->conn->callbacks->get_socket(req->conn);
    if (req->version >= 0x200)
        return NULL; /* no text to be read in two ways */
    return head_fault((struct sv){sock->input->bytes, sock->input->size}, req->version == 0x101);
}

static void find_endpoint(const struct exchange *x, struct strbuf *location, struct routed *out)
{
    const struct sv method = {x->req->method.base, x->req->method.len};
    const struct sv target = {x->req->input.path.base, x->req->input.path.len};

    if (x->conn->is_bridge)
        router_find_bridge(method, target, out);
    else
        router_find(sv_of(server_of(x)->opts.route_prefix), method, target, location, out);
}

static void proceed(struct exchange *x)
{
    CLEANUP(strbuf_donep) struct strbuf location = {0};
    loop_reset_arena(x->loop);
    find_endpoint(x, &location, &x->routed);
    if (x->routed.kind == ROUTED_MALFORMED)
        reply_bad_head(x, "malformed request target");
    else if (x->routed.kind == ROUTED_REDIRECT)
        reply_redirect(x, x->routed.status, strbuf_sv(&location));
    else
        answer_within_limits(x);
}

/* Who has a signed link need not log in: whether it is one is looked at later. */
static bool leads_to_action(const struct exchange *x)
{
    CLEANUP(strbuf_donep) struct strbuf location = {0};
    struct routed routed;

    if (server_of(x)->opts.action_keys == NULL)
        return false;
    find_endpoint(x, &location, &routed);
    return routed.kind == ROUTED_ENDPOINT && routed.endpoint == ENDPOINT_ACTION;
}

int dispatch(h2o_handler_t *handler, h2o_req_t *req)
{
    (void)handler;
    struct exchange *x = exchange_new(req);
    const char *fault = fault_of_head(req);
    if (x->conn->hung_up)
        reply_empty(x, 503); /* nobody will read it, but h2o waits for an answer */
    else if (fault != NULL)
        reply_bad_head(x, fault);
    else
        gate_pass(&server_of(x)->gate, x, leads_to_action, proceed);
    return 0;
}
