/* A real server on a real engine, and a client that speaks raw HTTP/1.1. The host around the engine is a
 * small one: a read-write lock, and commits that are instant, late, refused or failing, as a test wants.
 */
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/config.h"
#include "core/engine.h"
#include "http/server.h"
#include "support/test.h"

enum commit_mode { COMMIT_AT_ONCE, COMMIT_LATER, COMMIT_FAILS, COMMIT_BUSY, COMMIT_WHEN_TOLD };

struct http_fixture {
    pthread_rwlock_t lock;
    struct engine *engine;
    struct metrics *metrics;
    struct host host;
    struct http_server *server;
    int port;
    _Atomic(enum commit_mode) mode;
    _Atomic(struct commit_wait *) held; /* COMMIT_WHEN_TOLD */
    atomic_int reloads;
    bool reload_fails;
};

static inline const struct engine *fixture_read_begin(void *ctx)
{
    struct http_fixture *f = ctx;
    pthread_rwlock_rdlock(&f->lock);
    return f->engine;
}

static inline void fixture_read_end(void *ctx)
{
    struct http_fixture *f = ctx;
    pthread_rwlock_unlock(&f->lock);
}

struct late_commit {
    struct commit_wait *wait;
    bool ok;
};

static inline void *fixture_commit(void *arg)
{
    struct late_commit *late = arg;
    late->wait->done(late->wait, late->ok);
    free(late);
    return NULL;
}

static inline void fixture_commit_in_thread(struct commit_wait *wait, bool ok)
{
    struct late_commit *late = xmalloc(sizeof *late);
    *late = (struct late_commit){wait, ok};
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, fixture_commit, late), 0);
    pthread_detach(thread);
}

static inline enum host_result
fixture_apply(void *ctx, void (*fn)(struct engine *e, struct now now, struct effects *fx, void *arg),
              void *arg, struct commit_wait *wait)
{
    struct http_fixture *f = ctx;
    struct effects fx = {0};
    if (f->mode == COMMIT_BUSY)
        return HOST_BUSY;
    pthread_rwlock_wrlock(&f->lock);
    fn(f->engine, clk_now(), &fx, arg);
    pthread_rwlock_unlock(&f->lock);
    const bool wrote = fx.n_records != 0;
    effects_done(&fx);
    if (!wrote || f->mode == COMMIT_AT_ONCE)
        return HOST_DURABLE;
    if (f->mode == COMMIT_WHEN_TOLD)
        f->held = wait;
    else
        fixture_commit_in_thread(wait, f->mode == COMMIT_LATER);
    return HOST_PENDING;
}

static inline bool fixture_reload(void *ctx, const struct actor *by, struct strbuf *notes, struct err *err)
{
    (void)by;
    (void)notes;
    struct http_fixture *f = ctx;
    f->reloads++;
    return !f->reload_fails || err_set(err, ERR_INVALID, "no route provided in config");
}

static inline struct now fixture_now(void *ctx)
{
    (void)ctx;
    return clk_now();
}

static const char fixture_config[] = "route:\n"
                                     "  receiver: default\n"
                                     "  group_by: [alertname]\n"
                                     "  routes:\n"
                                     "    - receiver: team-a\n"
                                     "      matchers: [team=a]\n"
                                     "      labels: {tier: gold}\n"
                                     "receivers:\n"
                                     "  - name: default\n"
                                     "  - name: unused\n"
                                     "  - name: team-a\n"
                                     "    labels: {owner: alpha}\n";

/* Everything but the server, and the options for it. */
static inline void fixture_prepare(struct http_fixture *f, struct http_opts *opts)
{
    static const struct receiver_schema *const no_receivers[] = {NULL};
    static const char *const listen[] = {"127.0.0.1:0", NULL};
    *f = (struct http_fixture){.metrics = metrics_new()};
    pthread_rwlock_init(&f->lock, NULL);
    CLEANUP(strbuf_donep) struct strbuf errors = {0};
    struct err err = {0};
    struct config *config = config_load(sv_of(fixture_config), "test.yml",
                                        &(struct config_env){.receivers = no_receivers}, &errors, &err);
    FAIL_IF(config == NULL, "%s", errors.p);
    f->engine = engine_new(&(struct engine_opts){.retention = 3600 * NS_PER_S}, config, clk_now());
    config_unref(config);
    f->host = (struct host){.ctx = f,
                            .read_begin = fixture_read_begin,
                            .read_end = fixture_read_end,
                            .apply = fixture_apply,
                            .reload = fixture_reload,
                            .now = fixture_now};
    *opts = (struct http_opts){.listen = listen,
                               .route_prefix = "",
                               .host = &f->host,
                               .metrics = f->metrics,
                               .version = "0.34.0",
                               .revision = "abc",
                               .branch = "main",
                               .build_user = "me",
                               .build_date = "today",
                               .cluster_status = "disabled",
                               .loops = 2,
                               .started_at = clk_now().wall};
}

static inline void fixture_serve(struct http_fixture *f, const struct http_opts *opts)
{
    struct err err = {0};
    f->server = http_server_start(opts, &err);
    FAIL_IF(f->server == NULL, "%s", err.text);
    f->port = atoi(strrchr(http_server_address(f->server, 0), ':') + 1);
}

/* `change` may adjust the options before the server starts; NULL is fine. */
static inline void fixture_start(struct http_fixture *f, void (*change)(struct http_opts *opts))
{
    struct http_opts opts;
    fixture_prepare(f, &opts);
    if (change != NULL)
        change(&opts);
    fixture_serve(f, &opts);
}

static inline void fixture_stop(struct http_fixture *f)
{
    http_server_stop(f->server, 5 * NS_PER_S);
    engine_free(f->engine);
    metrics_free(f->metrics);
    pthread_rwlock_destroy(&f->lock);
}

/* ---- the client ---- */

struct client {
    int fd;
    struct strbuf in; /* received and not yet consumed */
};

struct response {
    int status;
    struct strbuf head, body;
};

static inline void response_done(struct response *r)
{
    strbuf_done(&r->head);
    strbuf_done(&r->body);
}

static inline struct client client_connect(const struct http_fixture *f)
{
    struct client c = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const struct timeval patience = {.tv_sec = 20};
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)f->port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(c.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    CHECK_EQ(connect(c.fd, (const struct sockaddr *)&to, sizeof to), 0);
    return c;
}

static inline void client_close(struct client *c)
{
    close(c->fd);
    strbuf_done(&c->in);
}

static inline void client_write(struct client *c, struct sv text)
{
    while (text.n != 0) {
        const ssize_t n = send(c->fd, text.p, text.n, MSG_NOSIGNAL);
        if (n <= 0)
            return; /* what the server thinks of it shows when its answer is read */
        text = (struct sv){text.p + n, text.n - (size_t)n};
    }
}

static inline void send_text(struct client *c, const char *text)
{
    client_write(c, sv_of(text));
}

/* Reads more; false at the end of the connection. */
static inline bool client_more(struct client *c)
{
    char buf[65536];
    const ssize_t n = recv(c->fd, buf, sizeof buf, 0);
    if (n > 0)
        strbuf_add(&c->in, buf, (size_t)n);
    return n > 0;
}

static inline void client_consume(struct client *c, size_t n)
{
    memmove(c->in.p, c->in.p + n, c->in.n - n);
    c->in.n -= n;
    c->in.p[c->in.n] = '\0';
}

/* Moves n bytes to `out`, reading as needed. */
static inline void client_take(struct client *c, size_t n, struct strbuf *out)
{
    while (c->in.n < n && client_more(c)) {
    }
    FAIL_IF(c->in.n < n, "connection ended after %zu of %zu bytes", c->in.n, n);
    strbuf_add(out, c->in.p, n);
    client_consume(c, n);
}

static inline void client_take_line(struct client *c, struct strbuf *line)
{
    const char *end;
    while ((end = c->in.n != 0 ? strstr(c->in.p, "\r\n") : NULL) == NULL)
        FAIL_IF(!client_more(c), "connection ended in a line");
    strbuf_reset(line);
    client_take(c, (size_t)(end - c->in.p) + 2, line);
}

static inline void client_take_chunks(struct client *c, struct strbuf *body)
{
    CLEANUP(strbuf_donep) struct strbuf line = {0};
    for (;;) {
        client_take_line(c, &line);
        const size_t n = strtoul(line.p, NULL, 16);
        if (n != 0)
            client_take(c, n, body);
        client_take_line(c, &line);
        if (n == 0)
            return;
    }
}

/* The value of a response header, as text up to the line's end; NULL when absent. */
static inline const char *response_header(const struct response *r, const char *name)
{
    static char value[512];
    char want[128];
    snprintf(want, sizeof want, "\r\n%s: ", name);
    const char *at = strcasestr(r->head.p, want);
    if (at == NULL)
        return NULL;
    at += strlen(want);
    const size_t n = strcspn(at, "\r");
    snprintf(value, sizeof value, "%.*s", (int)n, at);
    return value;
}

/* Reads one answer; `head_only` for HEAD. Status 0: the connection ended before one came. */
static inline struct response client_read(struct client *c, bool head_only)
{
    struct response r = {0};
    while (c->in.n == 0 || strstr(c->in.p, "\r\n\r\n") == NULL)
        if (!client_more(c))
            return r;
    client_take(c, (size_t)(strstr(c->in.p, "\r\n\r\n") - c->in.p) + 4, &r.head);
    CHECK_EQ(sscanf(r.head.p, "HTTP/1.1 %d", &r.status), 1);
    strbuf_adds(&r.body, "");
    const char *length = response_header(&r, "Content-Length");
    if (head_only || r.status == 100 || r.status == 204)
        return r;
    if (length != NULL)
        client_take(c, strtoul(length, NULL, 10), &r.body);
    else if (response_header(&r, "Transfer-Encoding") != NULL)
        client_take_chunks(c, &r.body);
    else
        while (client_more(c)) {
        }
    if (c->in.n != 0 && length == NULL && response_header(&r, "Transfer-Encoding") == NULL)
        client_take(c, c->in.n, &r.body);
    return r;
}

/* One request on a connection of its own. `headers` are whole lines; `body` may be NULL. */
static inline struct response ask(const struct http_fixture *f, const char *method, const char *target,
                                  const char *headers, const char *body)
{
    CLEANUP(strbuf_donep) struct strbuf out = {0};
    struct client c = client_connect(f);
    strbuf_addf(&out, "%s %s HTTP/1.1\r\nHost: x\r\n%s", method, target, headers);
    if (body != NULL)
        strbuf_addf(&out, "Content-Length: %zu\r\n", strlen(body));
    strbuf_adds(&out, "\r\n");
    strbuf_adds(&out, body != NULL ? body : "");
    client_write(&c, strbuf_sv(&out));
    struct response r = client_read(&c, strcmp(method, "HEAD") == 0);
    client_close(&c);
    return r;
}

#define JSON_TYPE "Content-Type: application/json\r\n"

static inline struct response get(const struct http_fixture *f, const char *target)
{
    return ask(f, "GET", target, "", NULL);
}
static inline struct response post(const struct http_fixture *f, const char *target, const char *body)
{
    return ask(f, "POST", target, JSON_TYPE, body);
}

#define CHECK_RESPONSE(r, want_status, want_body)                                                            \
    do {                                                                                                     \
        struct response check_r = (r);                                                                       \
        FAIL_IF(check_r.status != (want_status), "status is %d, want %d; %s", check_r.status, (want_status), \
                check_r.body.p);                                                                             \
        CHECK_SV(strbuf_sv(&check_r.body), (want_body));                                                     \
        response_done(&check_r);                                                                             \
    } while (0)

/* Alerts whose listing is more than the buffers of two sockets hold. */
static inline void fixture_fill(const struct http_fixture *f)
{
    CLEANUP(strbuf_donep) struct strbuf body = {0};
    for (int i = 0; i < 40000; i++)
        strbuf_addf(&body, "%c{\"labels\":{\"alertname\":\"A\",\"i\":\"%d\"}}", i == 0 ? '[' : ',', i);
    strbuf_adds(&body, "]");
    CHECK_RESPONSE(post(f, "/api/v2/alerts", body.p), 200, "");
}
