#include "http2_bodies.h"

#include <h2o.h>
#include <h2o/http2.h>
#include <h2o/http2_internal.h>

#include "base/attr.h"
#include "server_priv.h"

static int on_request(h2o_req_t *req, void *arg)
{
    const h2o_http2_stream_t *s = CONTAINER_OF(req, h2o_http2_stream_t, req);
    struct conn *c = guard_conn(req);
    (void)arg;
    if (s->state != H2O_HTTP2_STREAM_STATE_RECV_BODY)
        return 0;
    if (s->_req_body != NULL)
        c->http2_bytes += s->_req_body->size;
    if (c->http2_stream == 0 || s->stream_id < c->http2_stream)
        c->http2_stream = s->stream_id;
    return 0;
}

void http2_bodies_measure(struct loop *loop)
{
    h2o_linklist_t *all = &loop->guard.conns;
    for (h2o_linklist_t *at = all->next; at != all; at = at->next) {
        struct conn *c = CONTAINER_OF(at, struct conn, link);
        c->http2_bytes = 0;
        c->http2_stream = 0;
    }
    loop->ctx.globalconf->http2.callbacks.foreach_request(&loop->ctx, on_request, NULL);
}
