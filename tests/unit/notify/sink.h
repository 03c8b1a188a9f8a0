/* A small HTTP server in threads of the test: answers from a script, remembers what it was asked. */
#pragma once

#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "support/test.h"

#define SINK_REQUESTS 512

struct sink {
    int fd;
    int port;
    pthread_mutex_t mu;
    pthread_cond_t changed;
    char *requests[SINK_REQUESTS]; /* head and body */
    size_t n;
    const char *const *script; /* whole answers without "HTTP/1.1 ", NULL-terminated; the last one repeats */
    int delay_ms;              /* before each answer; -1: no answer at all */
    int running, max_running;
    bool stopped;
    int connections[SINK_REQUESTS];
    pthread_t threads[SINK_REQUESTS];
    size_t n_connections;
    pthread_t acceptor;
};

struct sink_connection {
    struct sink *sink;
    int fd;
};

/* Reads one request into buf; 0 at the end of the connection. */
static inline size_t sink_read(int fd, char *buf, size_t size)
{
    size_t n = 0;
    for (;;) {
        buf[n] = '\0';
        const char *body = strstr(buf, "\r\n\r\n");
        if (body != NULL) {
            const char *length = strcasestr(buf, "\r\nContent-Length: ");
            const size_t want = length != NULL && length < body ? strtoul(length + 18, NULL, 10) : 0;
            if (n >= (size_t)(body + 4 - buf) + want)
                return n;
        }
        const ssize_t got = n + 1 < size ? read(fd, buf + n, size - 1 - n) : 0;
        if (got <= 0)
            return 0;
        n += (size_t)got;
    }
}

/* Records the request and returns the answer. */
static inline const char *sink_next(struct sink *s, const char *request)
{
    pthread_mutex_lock(&s->mu);
    size_t i = 0;
    while (i < s->n && s->script[i + 1] != NULL)
        i++;
    s->requests[s->n++] = xstrdup(request);
    if (++s->running > s->max_running)
        s->max_running = s->running;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->mu);
    return s->script[i];
}

static inline void *sink_serve(void *arg)
{
    struct sink_connection *c = arg;
    static const size_t size = 1 << 20;
    char *buf = xmalloc(size);

    while (sink_read(c->fd, buf, size) != 0) {
        const char *answer = sink_next(c->sink, buf);
        if (c->sink->delay_ms < 0)
            continue;
        usleep((useconds_t)c->sink->delay_ms * 1000);
        pthread_mutex_lock(&c->sink->mu);
        c->sink->running--;
        pthread_mutex_unlock(&c->sink->mu);
        if (dprintf(c->fd, "HTTP/1.1 %s", answer) < 0)
            break;
    }
    free(buf);
    free(c);
    return NULL;
}

static inline void *sink_accept(void *arg)
{
    struct sink *s = arg;
    for (int fd; (fd = accept(s->fd, NULL, NULL)) >= 0;) {
        struct sink_connection *c = xcalloc(1, sizeof *c);
        *c = (struct sink_connection){s, fd};
        pthread_mutex_lock(&s->mu);
        s->connections[s->n_connections] = fd;
        if (pthread_create(&s->threads[s->n_connections++], NULL, sink_serve, c) != 0)
            abort();
        pthread_mutex_unlock(&s->mu);
    }
    return NULL;
}

static inline void sink_start(struct sink *s, const char *const *script, int delay_ms)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;

    *s = (struct sink){.script = script, .delay_ms = delay_ms};
    pthread_mutex_init(&s->mu, NULL);
    pthread_cond_init(&s->changed, NULL);
    (void)signal(SIGPIPE, SIG_IGN); /* the notifier may hang up before it is answered */
    s->fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bind(s->fd, (struct sockaddr *)&a, size) == 0 && listen(s->fd, 100) == 0);
    CHECK(getsockname(s->fd, (struct sockaddr *)&a, &size) == 0);
    s->port = ntohs(a.sin_port);
    CHECK(pthread_create(&s->acceptor, NULL, sink_accept, s) == 0);
}

static inline void sink_stop(struct sink *s)
{
    shutdown(s->fd, SHUT_RDWR);
    pthread_join(s->acceptor, NULL);
    close(s->fd);
    for (size_t i = 0; i < s->n_connections; i++)
        shutdown(s->connections[i], SHUT_RDWR);
    for (size_t i = 0; i < s->n_connections; i++) {
        pthread_join(s->threads[i], NULL);
        close(s->connections[i]);
    }
    for (size_t i = 0; i < s->n; i++)
        free(s->requests[i]);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->mu);
}

/* What the server has seen so far. */
struct sink_view {
    size_t n, n_connections;
    int max_running;
    char *const *requests;
};

static inline struct sink_view sink_view(struct sink *s)
{
    pthread_mutex_lock(&s->mu);
    const struct sink_view v = {s->n, s->n_connections, s->max_running, s->requests};
    pthread_mutex_unlock(&s->mu);
    return v;
}

/* Waits until n requests have arrived. */
static inline void sink_wait(struct sink *s, size_t n)
{
    pthread_mutex_lock(&s->mu);
    while (s->n < n)
        pthread_cond_wait(&s->changed, &s->mu);
    pthread_mutex_unlock(&s->mu);
}
