/* The server's parts and how they hang together. Only files of this folder that serve include it.
 *
 * A loop owns everything that hangs on it: its connections, the requests on them, its timers. Other threads
 * reach a loop only by messages (pending.h).
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include <h2o.h>

#include "base/mem.h"
#include "base/timerq.h"
#include "event_ring.h"
#include "gate.h"
#include "guard.h"
#include "http/server.h"
#include "http_metrics.h"
#include "reloader.h"
#include "stream.h"
#include "worker.h"

struct loop {
    struct http_server *server;
    pthread_t thread;
    h2o_context_t ctx;
    h2o_accept_ctx_t accept;
    h2o_multithread_receiver_t returns; /* requests that waited for another thread */
    h2o_multithread_receiver_t wake;
    h2o_multithread_receiver_t handed; /* connections that another loop accepted */
    h2o_socket_t **listeners;          /* one per address, duplicates of the server's sockets */
    struct timerq timers;
    struct timer tick;
    bool accepting;
    struct guard guard;
    struct arena arena; /* for the request being handled; reset before each */
    struct streams streams;
    size_t n_pending; /* how many requests wait for another thread */
};

struct listener {
    int fd;
    char *unix_path; /* removed when it is closed; NULL: not ours */
    bool is_bridge;  /* serves the bridge alone */
    char address[128];
};

struct http_server {
    struct http_opts opts; /* with the defaults filled in */
    h2o_globalconf_t conf;
    struct listener *listeners;
    size_t n_listeners;
    struct loop *loops;
    struct http_metrics metrics;
    atomic_uint gets;         /* GET requests being answered */
    atomic_size_t body_bytes; /* read and not yet answered, over all loops */
    struct reloader reloader;
    struct worker worker;
    struct gate gate;
    struct event_ring ring;
    atomic_uint n_streams;
    atomic_uint trials;  /* receiver tests under way */
    atomic_uint bridged; /* messages of other Alertmanagers under way */
    pthread_barrier_t ready, closed, quiet;
    atomic_uint senders; /* threads that send to loops, which must not go away meanwhile */
    atomic_bool stopping;
    mono_ns drain_until; /* written before `stopping` */
};

static inline struct loop *loop_of(h2o_req_t *req)
{
    return CONTAINER_OF(req->conn->ctx, struct loop, ctx);
}

/* loop.c */
void *loop_run(void *arg);                 /* the body of a loop's thread */
void loop_accept_again(struct loop *loop); /* if it had stopped to accept connections and may again */

void loop_reset_arena(struct loop *loop);
void loop_wake(struct loop *loop); /* any thread, counted in `senders` */

/* listener.c: "host:port", ":port", "[v6]:port", "unix:/path". */
bool listener_open(struct listener *l, const char *address, struct err *err) NODISCARD;
/* Socket activation: how many sockets systemd passed to this process, and taking over one of them. */
#define LISTENERS_MAX 64
size_t listener_passed(void);
bool listener_adopt(struct listener *l, size_t i, struct err *err) NODISCARD;
void listener_close(struct listener *l);

/* dispatch.c: called by h2o for every request. */
int dispatch(h2o_handler_t *handler, h2o_req_t *req);
