#include "pending.h"

#include "base/str.h"
#include "model/duration.h"
#include "reply.h"

static void on_committed(struct commit_wait *w, bool ok)
{
    pending_return(CONTAINER_OF(w, struct pending, commit), ok);
}

static void on_timeout(struct timer *t, void *ctx, mono_ns now)
{
    (void)ctx;
    (void)now;
    struct exchange *x = CONTAINER_OF(t, struct exchange, timeout);
    pending_abandon(x);
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    strbuf_adds(&text, "Exceeded configured timeout of ");
    go_duration_print(&text, server_of(x)->opts.timeout);
    strbuf_adds(&text, ".\n");
    reply_plain(x, 503, strbuf_sv(&text));
}

void pending_begin(struct pending *p, struct exchange *x,
                   void (*answer)(struct exchange *x, struct pending *p), void (*dispose)(struct pending *p))
{
    p->commit.done = on_committed;
    p->loop = x->loop;
    p->exchange = x;
    p->answer = answer;
    p->dispose = dispose;
    x->pending = p;
    x->loop->n_pending++;
    const dur_ns timeout = server_of(x)->opts.timeout;
    if (timeout > 0) {
        x->timeout.fire = on_timeout;
        timerq_arm(&x->loop->timers, &x->timeout, x->began + timeout);
    }
}

void pending_abandon(struct exchange *x)
{
    timerq_disarm(&x->loop->timers, &x->timeout);
    x->pending->exchange = NULL;
    x->pending = NULL;
}

void pending_cancel(struct pending *p)
{
    p->loop->n_pending--;
    if (p->exchange != NULL)
        pending_abandon(p->exchange);
    p->dispose(p);
}

void pending_settle(struct pending *p, bool ok)
{
    struct exchange *x = p->exchange;
    p->ok = ok;
    p->loop->n_pending--;
    if (x != NULL) {
        pending_abandon(x);
        p->answer(x, p);
    }
    p->dispose(p);
}

void pending_return(struct pending *p, bool ok)
{
    struct loop *loop = p->loop;
    atomic_uint *senders = &loop->server->senders;
    p->ok = ok;
    atomic_fetch_add(senders, 1);
    h2o_multithread_send_message(&loop->returns, &p->msg); /* p may be gone from here on */
    atomic_fetch_sub(senders, 1);
}

void pending_on_returns(h2o_multithread_receiver_t *rx, h2o_linklist_t *messages)
{
    (void)rx;
    while (!h2o_linklist_is_empty(messages)) {
        struct pending *p = CONTAINER_OF(messages->next, struct pending, msg.link);
        h2o_linklist_unlink(&p->msg.link);
        pending_settle(p, p->ok);
    }
}

void pending_apply(struct pending *p,
                   void (*fn)(struct engine *e, struct now now, struct effects *fx, void *arg), void *arg)
{
    struct exchange *x = p->exchange;
    const struct host *host = host_of(x);
    switch (host->apply(host->ctx, fn, arg, &p->commit)) {
    case HOST_DURABLE:
        pending_settle(p, true);
        break;
    case HOST_PENDING:
        break;
    case HOST_BUSY:
        pending_cancel(p);
        reply_busy(x);
        break;
    }
}
