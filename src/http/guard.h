/* What keeps peers from taking more than their share of one loop: how many connections there are, how long a
 * request may take to arrive, how much memory unfinished bodies may hold, how long nothing of an answer may
 * be read, how often a connection may abandon what it asked for. (Peers that are gone end by
 * TCP_USER_TIMEOUT, see listener.c; h2o limits heads.)
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include <h2o.h>

#include "base/clk.h"

struct loop;

/* Of one connection; http2_streams.h. */
struct http2_unfinished {
    size_t held;       /* bytes of bodies that are arriving */
    uint32_t arriving; /* the oldest stream of these; 0: there is none */
    uint32_t sending;  /* the oldest stream with something to send; 0: there is none */
    size_t unsent;     /* bytes of that one that are ready */
};

/* What waits for the peer to read; zero: nothing. */
struct backlog {
    uint32_t stream; /* 0 over HTTP/1 */
    size_t bytes;
    size_t before; /* what was sent before these; 0 over HTTP/2, where that says nothing of the stream */
};

/* One connection; hangs on its socket until that is closed. */
struct conn {
    h2o_linklist_t link;
    struct loop *loop;
    h2o_socket_t *sock;
    bool is_bridge;        /* it came in where only the bridge is served */
    bool hung_up;          /* requests that were still in its buffers cost no more work */
    struct web_state *web; /* what its TLS refers to; a reference, NULL without TLS */
    unsigned exchanges;    /* requests being answered */
    unsigned abandoned;    /* requests that died unanswered */
    struct http2_unfinished http2;
    uint32_t arriving;      /* the stream that `arriving_since` is about; 0 over HTTP/1 */
    mono_ns arriving_since; /* when an unfinished request was first seen; 0: none */
    struct backlog backlog; /* as it was last seen to change */
    mono_ns backlog_since;  /* when that was */
};

struct guard {
    h2o_linklist_t conns;
    atomic_size_t n_conns; /* with those that are still on their way here */
    size_t max_conns;
    mono_ns swept_at;
    size_t body_bytes; /* this loop's share of the server's sum */
};

void guard_init(struct guard *g, size_t max_conns);

void guard_expect(struct guard *g); /* any thread: one more connection will be adopted */
struct conn *guard_adopt(struct loop *loop, h2o_socket_t *sock); /* that one */
bool guard_full(const struct guard *g);
struct conn *guard_conn(h2o_req_t *req);

void guard_begin(struct conn *c); /* a request arrived completely */
void guard_end(struct conn *c, bool answered);

/* Looks after all connections; cheap enough to be called after each turn of the loop. */
void guard_sweep(struct loop *loop, mono_ns now);

/* Shutdown: ends the connections nobody is being answered on. */
void guard_close_idle(struct guard *g);
void guard_close_all(struct guard *g);
