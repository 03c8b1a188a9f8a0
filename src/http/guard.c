#include "guard.h"

#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/mem.h"
#include "http2_streams.h"
#include "server_priv.h"

/* Past that many the peer keeps us working and never listens: CVE-2023-44487 and its relatives. */
#define ABANDON_LIMIT 100

/* A sweep touches every connection, so its price per connection bounds how often it may happen. */
#define SWEEP_EVERY    (20 * NS_PER_MS)
#define SWEEP_PER_CONN (5 * NS_PER_MS / 1000)

void guard_init(struct guard *g, size_t max_conns)
{
    *g = (struct guard){.max_conns = max_conns};
    h2o_linklist_init_anchor(&g->conns);
}

/* h2o notices by itself, in the loop's next turn, and frees what belongs to the connection. Until then it
 * goes on with what it has read. */
static void hang_up(struct conn *c)
{
    c->hung_up = true;
    shutdown(h2o_socket_get_fd(c->sock), SHUT_RDWR);
}

static void on_close(void *data)
{
    struct conn *c = data;
    struct loop *loop = c->loop;
    h2o_linklist_unlink(&c->link);
    atomic_fetch_sub(&loop->guard.n_conns, 1);
    web_state_unref(c->web);
    free(c);
    loop_accept_again(loop);
}

void guard_expect(struct guard *g)
{
    atomic_fetch_add(&g->n_conns, 1);
}

struct conn *guard_adopt(struct loop *loop, h2o_socket_t *sock)
{
    struct conn *c = xcalloc(1, sizeof *c);
    c->loop = loop;
    c->sock = sock;
    h2o_linklist_insert(&loop->guard.conns, &c->link);
    sock->on_close.cb = on_close;
    sock->on_close.data = c;
    return c;
}

bool guard_full(const struct guard *g)
{
    return g->n_conns >= g->max_conns;
}

struct conn *guard_conn(h2o_req_t *req)
{
    return req->conn->callbacks->get_socket(req->conn)->on_close.data;
}

void guard_begin(struct conn *c)
{
    c->exchanges++;
    c->arriving_since = 0;
}

void guard_end(struct conn *c, bool answered)
{
    c->exchanges--;
    if (!answered && ++c->abandoned == ABANDON_LIMIT)
        hang_up(c);
}

static struct conn *conn_of(h2o_linklist_t *link)
{
    return CONTAINER_OF(link, struct conn, link);
}

static size_t held_by(const struct conn *c)
{
    return c->sock->input->size + c->http2.held;
}

static bool is_arriving(const struct conn *c)
{
    return c->http2.arriving != 0 || (c->exchanges == 0 && c->sock->input->size != 0);
}

static void check_arrival(struct conn *c, mono_ns now)
{
    if (c->arriving_since == 0 || c->arriving != c->http2.arriving) {
        c->arriving_since = now;
        c->arriving = c->http2.arriving;
    }
    if (now - c->arriving_since > c->loop->server->opts.arrival_limit)
        hang_up(c);
}

static struct backlog backlog_of(const struct conn *c)
{
    int queued = 0; /* in the socket; it has been full, or h2o would not be writing */
    if (c->http2.sending != 0)
        return (struct backlog){.stream = c->http2.sending, .bytes = c->http2.unsent};
    if (!h2o_socket_is_writing(c->sock) || ioctl(h2o_socket_get_fd(c->sock), SIOCOUTQ, &queued) != 0)
        return (struct backlog){0};
    return (struct backlog){.bytes = (size_t)queued, .before = c->sock->bytes_written};
}

static bool backlog_same(const struct backlog *a, const struct backlog *b)
{
    return a->stream == b->stream && a->bytes == b->bytes && a->before == b->before;
}

/* However slowly it reads: it does. (h2o has no deadline for writes, and TCP's does not see HTTP/2's
 * windows.)
 */
static void check_reading(struct conn *c, mono_ns now)
{
    const struct backlog b = backlog_of(c);
    if (b.bytes == 0 || !backlog_same(&b, &c->backlog)) {
        c->backlog = b;
        c->backlog_since = now;
    }
    if (now - c->backlog_since > c->loop->server->opts.stall_limit)
        hang_up(c);
}

void guard_sweep(struct loop *loop, mono_ns now)
{
    struct guard *g = &loop->guard;
    if (now - g->swept_at < SWEEP_EVERY + SWEEP_PER_CONN * (mono_ns)g->n_conns)
        return;
    g->swept_at = now;
    http2_streams_measure(loop);
    struct conn *greediest = NULL;
    size_t bytes = 0;
    for (h2o_linklist_t *at = g->conns.next; at != &g->conns; at = at->next) {
        struct conn *c = conn_of(at);
        bytes += held_by(c);
        check_reading(c, now);
        if (!is_arriving(c)) {
            c->arriving_since = 0;
            continue;
        }
        check_arrival(c, now);
        if (greediest == NULL || held_by(c) > held_by(greediest))
            greediest = c;
    }
    struct http_server *s = loop->server;
    const size_t change = bytes - g->body_bytes; /* may wrap: it is added to what wraps back */
    const size_t total = atomic_fetch_add(&s->body_bytes, change) + change;
    g->body_bytes = bytes;
    /* When all together are too much, at least one loop holds more than its share: only there somebody has to
     * go, or the largest among small ones would go in another loop. */
    const bool more_than_share = bytes > s->opts.max_bodies / s->opts.loops;
    if (total > s->opts.max_bodies && more_than_share && greediest != NULL) {
        log_warn("Too much memory in unfinished requests, closing the connection that holds most");
        hang_up(greediest);
    }
}

void guard_close_idle(struct guard *g)
{
    for (h2o_linklist_t *at = g->conns.next; at != &g->conns; at = at->next)
        if (conn_of(at)->exchanges == 0 && conn_of(at)->sock->input->size == 0)
            hang_up(conn_of(at));
}

void guard_close_all(struct guard *g)
{
    for (h2o_linklist_t *at = g->conns.next; at != &g->conns; at = at->next)
        hang_up(conn_of(at));
}
