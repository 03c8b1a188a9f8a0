/* One event loop: a thread, its h2o context, its share of the connections. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/mem.h"
#include "pending.h"
#include "server_priv.h"

/* A request's memory, beside its body: labels and alerts as they are decoded. */
#define ARENA_PER_BODY_BYTE 8
#define ARENA_MINIMUM       ((size_t)64 << 20)
/* What an arena may keep from one request to the next. */
#define ARENA_KEEP ((size_t)8 << 20)

#define TICK NS_PER_S

/* ---- accepting ---- */

static void set_accepting(struct loop *loop, bool accepting);

/* A connection on its way from the loop that accepted it to the one that serves it. */
struct handover {
    h2o_multithread_message_t msg; /* first: h2o links it into the loop's queue */
    int fd;
    bool is_bridge;
};

/* The certificates of this moment; without usable ones a connection cannot begin. */
static bool choose_context(struct loop *loop, struct conn *c)
{
    struct web_source *source = &loop->server->gate.source;
    if (!source->tls)
        return true;
    c->web = web_source_get(source, true);
    loop->accept.ssl_ctx = c->web != NULL ? c->web->ssl : NULL;
    return loop->accept.ssl_ctx != NULL;
}

static void adopt(struct loop *loop, int fd, bool is_bridge)
{
    h2o_socket_t *sock = h2o_evloop_socket_create(loop->ctx.loop, fd, H2O_SOCKET_FLAG_IS_ACCEPTED_CONNECTION);
    struct conn *c = guard_adopt(loop, sock);
    c->is_bridge = is_bridge;
    if (choose_context(loop, c))
        h2o_accept(&loop->accept, sock);
    else
        h2o_socket_close(sock);
}

static void on_handed(h2o_multithread_receiver_t *rx, h2o_linklist_t *messages)
{
    struct loop *loop = CONTAINER_OF(rx, struct loop, handed);
    while (!h2o_linklist_is_empty(messages)) {
        struct handover *h = CONTAINER_OF(messages->next, struct handover, msg.link);
        h2o_linklist_unlink(&h->msg.link);
        adopt(loop, h->fd, h->is_bridge);
        free(h);
    }
}

static void hand_over(struct loop *to, int fd, bool is_bridge)
{
    struct handover *h = xcalloc(1, sizeof *h);
    h->fd = fd;
    h->is_bridge = is_bridge;
    h2o_multithread_send_message(&to->handed, &h->msg);
}

static struct loop *emptiest(struct loop *self)
{
    struct http_server *s = self->server;
    struct loop *best = self;
    for (size_t i = 0; i < s->opts.loops; i++)
        if (s->loops[i].guard.n_conns < best->guard.n_conns)
            best = &s->loops[i];
    return best;
}

/* The loop that wakes up first accepts all that have come, which may be the few connections that carry
 * everything: they are dealt out. */
static void place(struct loop *self, int fd, bool is_bridge)
{
    struct loop *to = emptiest(self);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    guard_expect(&to->guard);
    if (to == self)
        adopt(self, fd, is_bridge);
    else
        hand_over(to, fd, is_bridge);
}

static bool leads_to_bridge(const struct loop *loop, const h2o_socket_t *listener)
{
    for (size_t i = 0; i < loop->server->n_listeners; i++)
        if (loop->listeners[i] == listener)
            return loop->server->listeners[i].is_bridge;
    return false;
}

static void on_acceptable(h2o_socket_t *listener, const char *err)
{
    enum { AT_ONCE = 16 };
    struct loop *loop = listener->data;
    if (err != NULL)
        return;
    for (int i = 0; i < AT_ONCE && loop->accepting; i++) {
        const int fd = accept4(h2o_socket_get_fd(listener), NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
                set_accepting(loop,
                              false); /* until the next tick: the listener would be ready all the time */
            return;
        }
        place(loop, fd, leads_to_bridge(loop, listener));
        if (guard_full(&loop->guard))
            set_accepting(loop, false);
    }
}

static void set_accepting(struct loop *loop, bool accepting)
{
    loop->accepting = accepting;
    for (size_t i = 0; i < loop->server->n_listeners; i++) {
        if (accepting)
            h2o_socket_read_start(loop->listeners[i], on_acceptable);
        else
            h2o_socket_read_stop(loop->listeners[i]);
    }
}

void loop_accept_again(struct loop *loop)
{
    if (!loop->accepting && loop->listeners != NULL && !guard_full(&loop->guard))
        set_accepting(loop, true);
}

static void open_listeners(struct loop *loop)
{
    struct http_server *s = loop->server;
    loop->listeners = xcalloc(s->n_listeners, sizeof(h2o_socket_t *));
    for (size_t i = 0; i < s->n_listeners; i++) {
        const int fd = fcntl(s->listeners[i].fd, F_DUPFD_CLOEXEC, 3);
        loop->listeners[i] = h2o_evloop_socket_create(loop->ctx.loop, fd, H2O_SOCKET_FLAG_DONT_READ);
        loop->listeners[i]->data = loop;
    }
    set_accepting(loop, true);
}

static void close_listeners(struct loop *loop)
{
    for (size_t i = 0; i < loop->server->n_listeners; i++) {
        h2o_socket_read_stop(loop->listeners[i]);
        h2o_socket_close(loop->listeners[i]);
    }
    free(loop->listeners);
    loop->listeners = NULL;
}

/* ---- memory of requests ---- */

static size_t arena_ceiling(const struct loop *loop)
{
    const size_t max = loop->server->opts.max_body;
    return max > SIZE_MAX / ARENA_PER_BODY_BYTE        ? SIZE_MAX
           : max * ARENA_PER_BODY_BYTE > ARENA_MINIMUM ? max * ARENA_PER_BODY_BYTE
                                                       : ARENA_MINIMUM;
}

void loop_reset_arena(struct loop *loop)
{
    if (loop->arena.used <= ARENA_KEEP) {
        arena_reset(&loop->arena);
        return;
    }
    arena_done(&loop->arena);
    arena_init(&loop->arena, arena_ceiling(loop));
}

/* ---- running ---- */

static void on_wake(h2o_multithread_receiver_t *rx, h2o_linklist_t *messages)
{
    (void)rx;
    (void)messages; /* none is sent: that the loop turns is all it is for */
}

void loop_wake(struct loop *loop)
{
    h2o_multithread_send_message(&loop->wake, NULL);
}

static void on_tick(struct timer *t, void *ctx, mono_ns now)
{
    struct loop *loop = ctx;
    timerq_arm(&loop->timers, t, now + TICK);
    loop_accept_again(loop);
}

static int32_t wait_ms(mono_ns now, mono_ns until)
{
    if (until <= now)
        return 0;
    const mono_ns ms = (until - now + NS_PER_MS - 1) / NS_PER_MS;
    return ms < INT32_MAX ? (int32_t)ms : INT32_MAX;
}

/* One turn: waits for sockets, messages or timers until `deadline` at most, and serves them. */
static void turn(struct loop *loop, mono_ns deadline)
{
    mono_ns until = timerq_next(&loop->timers);
    if (until > deadline)
        until = deadline;
    /* It fails only when a signal interrupts the wait, and signals are blocked here. */
    (void)h2o_evloop_run(loop->ctx.loop, wait_ms(clk_now().mono, until));
    const mono_ns now = clk_now().mono;
    timerq_run(&loop->timers, now, loop);
    streams_feed(loop, now);
    guard_sweep(loop, now);
}

/* Everything of a loop that h2o ties to the thread is made by that thread. */
static void set_up(struct loop *loop)
{
    struct http_server *s = loop->server;
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    h2o_context_init(&loop->ctx, h2o_evloop_create(), &s->conf);
    h2o_multithread_register_receiver(loop->ctx.queue, &loop->returns, pending_on_returns);
    h2o_multithread_register_receiver(loop->ctx.queue, &loop->wake, on_wake);
    h2o_multithread_register_receiver(loop->ctx.queue, &loop->handed, on_handed);
    loop->accept = (h2o_accept_ctx_t){.ctx = &loop->ctx, .hosts = s->conf.hosts};
    timerq_init(&loop->timers);
    streams_init(&loop->streams);
    arena_init(&loop->arena, arena_ceiling(loop));
    loop->tick.fire = on_tick;
    timerq_arm(&loop->timers, &loop->tick, clk_now().mono + TICK);
    open_listeners(loop);
}

/* Requests in flight may finish; connections without one end now, and all of them at the deadline. */
static void drain(struct loop *loop)
{
    const mono_ns deadline = loop->server->drain_until;
    close_listeners(loop);
    pthread_barrier_wait(&loop->server->closed); /* from here on nobody hands a connection over */
    streams_end(loop);
    h2o_context_request_shutdown(&loop->ctx);
    while (loop->guard.n_conns != 0 && clk_now().mono < deadline) {
        guard_close_idle(&loop->guard);
        turn(loop, deadline);
    }
    /* What still waits for another thread comes back: its memory is that thread's until then. */
    while (loop->guard.n_conns != 0 || loop->n_pending != 0) {
        guard_close_all(&loop->guard);
        turn(loop, clk_now().mono + NS_PER_S / 10);
    }
}

/* The order matters: h2o asserts that nothing is linked any more. */
static void tear_down(struct loop *loop)
{
    h2o_loop_t *evloop = loop->ctx.loop;
    h2o_multithread_queue_t *queue = loop->ctx.queue;
    h2o_evloop_run(evloop, 0); /* takes messages that are still queued */
    h2o_multithread_unregister_receiver(loop->ctx.queue, &loop->returns);
    h2o_multithread_unregister_receiver(loop->ctx.queue, &loop->wake);
    h2o_multithread_unregister_receiver(loop->ctx.queue, &loop->handed);
    h2o_timeout_unlink(&loop->ctx.http2._graceful_shutdown_timeout); /* linked by request_shutdown */
    h2o_context_dispose(&loop->ctx);
    h2o_evloop_run(evloop, 0); /* frees sockets closed in the last turn */
    h2o_evloop_destroy(evloop);
    free(queue); /* emptied by h2o_context_dispose(), which frees it only under libuv */
    timerq_done(&loop->timers);
    arena_done(&loop->arena);
}

void *loop_run(void *arg)
{
    struct loop *loop = arg;
    struct http_server *s = loop->server;
    set_up(loop);
    pthread_barrier_wait(&s->ready); /* from here on others may send messages */
    while (!atomic_load(&s->stopping))
        turn(loop, MONO_NEVER);
    drain(loop);
    pthread_barrier_wait(&s->quiet); /* nothing is pending in any loop, so nobody begins to send */
    while (atomic_load(&s->senders) != 0)
        sched_yield();
    tear_down(loop);
    return NULL;
}
