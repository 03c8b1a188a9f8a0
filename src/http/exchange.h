/* One request and its answer, from the moment h2o hands the request over until its memory goes.
 *
 * Lives in the request's pool. It belongs to the loop; a request that has to wait for another thread leaves a
 * `struct pending` behind (pending.h).
 */
#pragma once

#include <stdbool.h>

#include <h2o.h>

#include "base/clk.h"
#include "base/timerq.h"
#include "core/event.h"
#include "router.h"
#include "server_priv.h"

struct pending;

struct exchange {
    h2o_req_t *req;
    struct loop *loop;
    struct conn *conn;
    struct routed routed;
    mono_ns began;
    /* Who asks; set by the gate. */
    struct web_state *web;          /* keeps `user` alive; a reference, or NULL */
    const struct access_user *user; /* its limits; NULL: none */
    unsigned rights;
    char user_name[64];      /* "" without authentication; cut to fit */
    bool answered;           /* the head of the response is on its way */
    bool streaming;          /* the end of the response is still to come, and would be missed */
    bool holds_get;          /* counted in http_server.gets */
    struct pending *pending; /* NULL unless another thread works for it */
    struct timer timeout;    /* armed while it is pending */
};

/* Routes the request. */
struct exchange *exchange_new(h2o_req_t *req);

static inline struct http_server *server_of(const struct exchange *x)
{
    return x->loop->server;
}
static inline const struct host *host_of(const struct exchange *x)
{
    return x->loop->server->opts.host;
}

/* A GET takes a slot of the concurrency limit, and gives it back when all of its answer is produced. False:
 * there is none. */
bool exchange_take_get(struct exchange *x) NODISCARD;
void exchange_release_get(struct exchange *x);

/* A header of the request, the first of its name; empty when absent. `name` in lower case. */
struct sv exchange_header(const struct exchange *x, const char *name);
static inline struct sv exchange_body(const struct exchange *x)
{
    return (struct sv){x->req->entity.base, x->req->entity.len};
}

/* The configuration in force: a reference. */
const struct config *exchange_config(const struct exchange *x) NODISCARD;

/* Who asks: for the audit trail. */
void exchange_actor(const struct exchange *x, struct actor *by);

/* To be called once, when the status is known: feeds the metrics. `bytes` of the body. */
void exchange_measure(struct exchange *x, int status, size_t bytes);
