#include "http/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"
#include "server_priv.h"

#define DEFAULT_MAX_BODY        ((size_t)128 << 20)
#define DEFAULT_MAX_BODIES      ((size_t)512 << 20)
#define DEFAULT_MAX_CONNECTIONS 20000
#define DEFAULT_ARRIVAL_LIMIT   (60 * NS_PER_S)
#define DEFAULT_STALL_LIMIT     (30 * NS_PER_S)

/* Idle connections live this long. h2o counts the arrival of the next request too, so it is well above
 * the usual intervals of clients (and no multiple of a minute, lest the two meet). */
#define IDLE_TIMEOUT_MS 155000

/* Descriptors that connections must leave to the rest of the program. */
#define RESERVED_FDS ((size_t)128)

/* Pieces of work that may wait for the worker. */
#define WAITING_MAX 16

static size_t cores(void)
{
    const long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (size_t)n : 1;
}

static size_t or_default(size_t v, size_t def)
{
    return v != 0 ? v : def;
}

static size_t connections_possible(size_t wanted)
{
    struct rlimit l;
    if (getrlimit(RLIMIT_NOFILE, &l) != 0 || l.rlim_cur == RLIM_INFINITY)
        return wanted;
    const size_t fds = (size_t)l.rlim_cur;
    const size_t possible = fds > 2 * RESERVED_FDS ? fds - RESERVED_FDS : fds / 2;
    return possible < wanted ? possible : wanted;
}

static void fill_in_defaults(struct http_opts *o)
{
    const size_t n = cores();
    o->loops = or_default(o->loops, n);
    o->get_concurrency = or_default(o->get_concurrency, n > 8 ? n : 8);
    o->max_body = or_default(o->max_body, DEFAULT_MAX_BODY);
    o->max_bodies = or_default(o->max_bodies, DEFAULT_MAX_BODIES);
    o->max_connections = connections_possible(or_default(o->max_connections, DEFAULT_MAX_CONNECTIONS));
    o->arrival_limit = o->arrival_limit != 0 ? o->arrival_limit : DEFAULT_ARRIVAL_LIMIT;
    o->stall_limit = o->stall_limit != 0 ? o->stall_limit : DEFAULT_STALL_LIMIT;
}

static bool open_one(struct http_server *s, size_t i, struct err *err)
{
    return s->opts.systemd_socket ? listener_adopt(&s->listeners[i], i, err)
                                  : listener_open(&s->listeners[i], s->opts.listen[i], err);
}

static bool open_bridge(struct http_server *s, struct err *err)
{
    struct listener *l = &s->listeners[s->n_listeners];
    if (s->opts.bridge_listen == NULL)
        return true;
    if (!listener_open(l, s->opts.bridge_listen, err))
        return false;
    l->is_bridge = true;
    s->n_listeners++;
    return true;
}

static bool open_all(struct http_server *s, struct err *err)
{
    size_t n = s->opts.systemd_socket ? listener_passed() : 0;
    while (!s->opts.systemd_socket && s->opts.listen[n] != NULL)
        n++;
    if (n == 0)
        return err_set(err, ERR_INVALID, "no socket activation file descriptors found");
    s->listeners = xcalloc(n + 1, sizeof *s->listeners); /* and the bridge */
    for (; s->n_listeners < n; s->n_listeners++)
        if (!open_one(s, s->n_listeners, err))
            return false;
    return open_bridge(s, err);
}

static void configure(struct http_server *s)
{
    h2o_config_init(&s->conf);
    s->conf.server_name = h2o_iovec_init("", 0);
    s->conf.max_request_entity_size = s->opts.max_body + 1; /* see check_media(): ours answers in JSON */
    s->conf.http1.req_timeout = IDLE_TIMEOUT_MS;
    s->conf.http1.upgrade_to_http2 = 0; /* upstream speaks HTTP/2 over TLS only */
    h2o_hostconf_t *host = h2o_config_register_host(&s->conf, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    h2o_pathconf_t *all = h2o_config_register_path(host, "/", 0);
    h2o_create_handler(all, sizeof(h2o_handler_t))->on_req = dispatch;
    /* Large bodies stay in memory, which the guard counts, instead of going to files in /tmp. */
    h2o_socket_buffer_mmap_settings.threshold = SIZE_MAX;
}

static void start_loops(struct http_server *s)
{
    const size_t n = s->opts.loops;
    const size_t share = s->opts.max_connections / n;
    s->loops = xcalloc(n, sizeof *s->loops);
    pthread_barrier_init(&s->ready, NULL, (unsigned)n + 1);
    pthread_barrier_init(&s->closed, NULL, (unsigned)n);
    pthread_barrier_init(&s->quiet, NULL, (unsigned)n);
    for (size_t i = 0; i < n; i++) {
        s->loops[i].server = s;
        guard_init(&s->loops[i].guard, share != 0 ? share : 1);
        if (pthread_create(&s->loops[i].thread, NULL, loop_run, &s->loops[i]) != 0)
            abort(); /* at start, and a server without its threads is none */
        char name[32];
        (void)snprintf(name, sizeof name, "http-%zu", i);
        pthread_setname_np(s->loops[i].thread, name);
    }
    pthread_barrier_wait(&s->ready);
}

static void free_server(struct http_server *s)
{
    for (size_t i = 0; i < s->n_listeners; i++)
        listener_close(&s->listeners[i]);
    gate_done(&s->gate);
    free(s->listeners);
    free(s->loops);
    free(s);
}

static void wake_streams(void *ctx)
{
    struct http_server *s = ctx;
    for (size_t i = 0; i < s->opts.loops; i++)
        streams_wake(&s->loops[i]);
}

struct http_server *http_server_start(const struct http_opts *opts, struct err *err)
{
    struct http_server *s = xcalloc(1, sizeof *s);
    s->opts = *opts;
    fill_in_defaults(&s->opts);
    if (!gate_init(&s->gate, opts->web_config_file, err) || !open_all(s, err)) {
        free_server(s);
        return NULL;
    }
    http_metrics_init(&s->metrics, &s->opts);
    process_metrics_add(opts->metrics, opts->started_at);
    reloader_init(&s->reloader, opts->host);
    event_ring_init(&s->ring, opts->host, wake_streams, s);
    worker_init(&s->worker, "http-worker", WAITING_MAX);
    configure(s);
    start_loops(s);
    return s;
}

const char *http_server_address(const struct http_server *s, size_t i)
{
    return i < s->n_listeners ? s->listeners[i].address : NULL;
}

void http_server_stop(struct http_server *s, dur_ns drain)
{
    if (s == NULL)
        return;
    s->drain_until = clk_now().mono + drain;
    atomic_fetch_add(&s->senders,
                     1); /* a loop may see `stopping` before it is woken: it has to wait for that */
    atomic_store(&s->stopping, true);
    for (size_t i = 0; i < s->opts.loops; i++)
        loop_wake(&s->loops[i]);
    atomic_fetch_sub(&s->senders, 1);
    for (size_t i = 0; i < s->opts.loops; i++)
        pthread_join(s->loops[i].thread, NULL);
    reloader_done(&s->reloader);
    worker_done(&s->worker);
    event_ring_done(&s->ring);
    h2o_config_dispose(&s->conf);
    pthread_barrier_destroy(&s->ready);
    pthread_barrier_destroy(&s->closed);
    pthread_barrier_destroy(&s->quiet);
    free_server(s);
}
