#include "exchange.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "pending.h"

static void on_dispose(void *p)
{
    struct exchange *x = p;
    exchange_release_get(x);
    if (x->pending != NULL)
        pending_abandon(x);
    guard_end(x->conn, x->answered && !x->streaming);
    web_state_unref(x->web);
}

struct exchange *exchange_new(h2o_req_t *req)
{
    struct exchange *x = h2o_mem_alloc_shared(&req->pool, sizeof *x, on_dispose);
    struct loop *loop = loop_of(req);
    *x = (struct exchange){.req = req,
                           .loop = loop,
                           .conn = guard_conn(req),
                           .routed.method = method_parse((struct sv){req->method.base, req->method.len}),
                           .rights = RIGHT_ALL,
                           .began = clk_now().mono};
    guard_begin(x->conn);
    return x;
}

bool exchange_take_get(struct exchange *x)
{
    struct http_server *s = server_of(x);
    if (x->routed.method != METHOD_GET)
        return true;
    if (atomic_fetch_add(&s->gets, 1) >= s->opts.get_concurrency) {
        atomic_fetch_sub(&s->gets, 1);
        metric_inc(s->metrics.gets_refused);
        return false;
    }
    x->holds_get = true;
    metric_add(s->metrics.gets_in_flight, 1);
    return true;
}

void exchange_release_get(struct exchange *x)
{
    if (!x->holds_get)
        return;
    x->holds_get = false;
    atomic_fetch_sub(&server_of(x)->gets, 1);
    metric_add(server_of(x)->metrics.gets_in_flight, -1);
}

struct sv exchange_header(const struct exchange *x, const char *name)
{
    const struct sv want = sv_of(name);
    for (size_t i = 0; i < x->req->headers.size; i++) {
        const h2o_header_t *h = &x->req->headers.entries[i];
        if (sv_eq((struct sv){h->name->base, h->name->len}, want))
            return (struct sv){h->value.base, h->value.len};
    }
    return (struct sv){0};
}

static void print_address(const struct exchange *x, char *out, size_t size)
{
    struct sockaddr_storage peer;
    h2o_conn_t *conn = x->req->conn;
    const socklen_t n = conn->callbacks->get_peername(conn, (struct sockaddr *)&peer);

    out[0] = '\0';
    if (n == 0 || peer.ss_family == AF_UNIX ||
        getnameinfo((struct sockaddr *)&peer, n, out, (socklen_t)size, NULL, 0, NI_NUMERICHOST) != 0)
        (void)snprintf(out, size, "%s", "local");
}

void exchange_actor(const struct exchange *x, struct actor *by)
{
    const struct sv agent = exchange_header(x, "user-agent");
    const size_t n = utf8_cut(agent, sizeof by->agent - 1);

    *by = (struct actor){0};
    memcpy(by->name, x->user_name, sizeof by->name);
    print_address(x, by->address, sizeof by->address);
    if (n != 0)
        memcpy(by->agent, agent.p, n);
}

const struct config *exchange_config(const struct exchange *x)
{
    const struct host *host = host_of(x);
    const struct config *config = engine_config(host->read_begin(host->ctx));
    host->read_end(host->ctx);
    return config;
}

void exchange_measure(struct exchange *x, int status, size_t bytes)
{
    struct http_metrics *m = &server_of(x)->metrics;
    const struct routed *r = &x->routed;
    if (!r->api && r->endpoint == ENDPOINT_NONE)
        return; /* the page router's own answers are not measured */
    http_metrics_request(m, r->endpoint, r->method, status, clk_now().mono - x->began);
    if (!r->api)
        http_metrics_page_size(m, r->endpoint, r->method, bytes);
}
