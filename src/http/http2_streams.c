#include "http2_streams.h"

#include <h2o.h>
#include <h2o/http2.h>
#include <h2o/http2_internal.h>

#include "base/attr.h"
#include "server_priv.h"

static bool is_older(uint32_t stream, uint32_t known)
{
    return known == 0 || stream < known;
}

static void measure_body(struct http2_unfinished *u, const h2o_http2_stream_t *s)
{
    if (s->_req_body != NULL)
        u->held += s->_req_body->size;
    if (is_older(s->stream_id, u->arriving))
        u->arriving = s->stream_id;
}

static void measure_answer(struct http2_unfinished *u, const h2o_http2_stream_t *s)
{
    if (s->_data.size == 0 || !is_older(s->stream_id, u->sending))
        return;
    u->sending = s->stream_id;
    u->unsent = 0;
    for (size_t i = 0; i < s->_data.size; i++)
        u->unsent += s->_data.entries[i].len;
}

static int on_request(h2o_req_t *req, void *arg)
{
    const h2o_http2_stream_t *s = CONTAINER_OF(req, h2o_http2_stream_t, req);
    struct http2_unfinished *u = &guard_conn(req)->http2;
    (void)arg;
    if (s->state == H2O_HTTP2_STREAM_STATE_RECV_BODY)
        measure_body(u, s);
    else if (s->state == H2O_HTTP2_STREAM_STATE_SEND_BODY ||
             s->state == H2O_HTTP2_STREAM_STATE_SEND_BODY_IS_FINAL)
        measure_answer(u, s);
    return 0;
}

void http2_streams_measure(struct loop *loop)
{
    h2o_linklist_t *all = &loop->guard.conns;
    for (h2o_linklist_t *at = all->next; at != all; at = at->next)
        CONTAINER_OF(at, struct conn, link)->http2 = (struct http2_unfinished){0};
    loop->ctx.globalconf->http2.callbacks.foreach_request(&loop->ctx, on_request, NULL);
}
