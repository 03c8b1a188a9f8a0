/* The load of scripts/bench, cheap enough to leave the cores to the server under test.
 *
 *   load post PORT ALERTS BATCH CONNECTIONS   posts that many different alerts, twice; prints seconds and
 * latencies load sink PORT COUNT                      a webhook that answers 200; prints the seconds from the
 * first request to the last
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clk.h"
#include "base/mem.h"
#include "base/str.h"
#include "codec/rfc3339.h"

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static double seconds(mono_ns from, mono_ns to)
{
    return (double)(to - from) / (double)NS_PER_S;
}

static int connect_to(int port)
{
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof to) != 0)
        die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    return fd;
}

/* ---- post ---- */

struct poster {
    int port;
    size_t from, to, batch; /* of `requests` */
    struct sv *requests;
    double *latency; /* seconds, one per request */
    size_t not_ok;
};

static void add_alert(struct strbuf *b, size_t i, const char *starts_at, const char *ends_at)
{
    strbuf_addf(b,
                "{\"labels\":{\"alertname\":\"Alert%zu\",\"cluster\":\"prod-%zu\",\"instance\":\"10.%zu.%zu.%"
                "zu:9100\","
                "\"job\":\"node\",\"namespace\":\"shop-%zu\",\"pod\":\"api-%zu\",\"severity\":\"%s\","
                "\"team\":\"t%zu\"},"
                "\"annotations\":{\"summary\":\"CPU of api-%zu is above 90%% for five minutes\","
                "\"description\":\"The node needs a look: see the dashboard of instance 10.%zu.%zu.%zu\"},"
                "\"startsAt\":\"%s\",\"endsAt\":\"%s\","
                "\"generatorURL\":\"http://prometheus.example:9090/graph?g0.expr=cpu&g0.tab=%zu\"}",
                i % 50, i % 4, i >> 16 & 255, i >> 8 & 255, i & 255, i % 20, i,
                i % 3 == 0 ? "critical" : "warning", i % 12, i, i >> 16 & 255, i >> 8 & 255, i & 255,
                starts_at, ends_at, i % 7);
}

static struct sv make_request(size_t first, size_t n, const char *starts_at, const char *ends_at)
{
    struct strbuf body = {0}, all = {0};

    strbuf_addc(&body, '[');
    for (size_t i = 0; i < n; i++) {
        if (i != 0)
            strbuf_addc(&body, ',');
        add_alert(&body, first + i, starts_at, ends_at);
    }
    strbuf_addc(&body, ']');
    strbuf_addf(&all,
                "POST /api/v2/alerts HTTP/1.1\r\nHost: x\r\nContent-Type: "
                "application/json\r\nContent-Length: %zu\r\n\r\n",
                body.n);
    strbuf_addsv(&all, strbuf_sv(&body));
    strbuf_done(&body);
    size_t n_all = all.n;
    return (struct sv){strbuf_take(&all), n_all};
}

static void send_all(int fd, struct sv s)
{
    while (s.n != 0) {
        ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);
        if (n <= 0)
            die("send");
        s.p += n;
        s.n -= (size_t)n;
    }
}

/* Answers to these requests are short: the header ends, and nothing or a few bytes follow. */
static bool read_ok(int fd)
{
    char buf[4096];
    size_t have = 0;

    for (;;) {
        ssize_t n = recv(fd, buf + have, sizeof buf - 1 - have, 0);
        if (n <= 0)
            die("recv");
        have += (size_t)n;
        buf[have] = '\0';
        char *end = strstr(buf, "\r\n\r\n");
        if (end == NULL)
            continue;
        char *length = strcasestr(buf, "content-length:");
        size_t body = length != NULL && length < end ? strtoul(length + 15, NULL, 10) : 0;
        if (have >= (size_t)(end + 4 - buf) + body)
            return strncmp(buf, "HTTP/1.1 200", 12) == 0;
    }
}

static void *post_thread(void *arg)
{
    struct poster *p = arg;
    int fd = connect_to(p->port);

    for (size_t i = p->from; i < p->to; i++) {
        mono_ns t = clk_now().mono;
        send_all(fd, p->requests[i]);
        p->not_ok += !read_ok(fd);
        p->latency[i] = seconds(t, clk_now().mono);
    }
    close(fd);
    return NULL;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void post_all(const char *what, int port, struct sv *requests, size_t n, size_t connections,
                     size_t alerts)
{
    struct poster *p = xcalloc(connections, sizeof(*p));
    pthread_t *thread = xcalloc(connections, sizeof(*thread));
    double *latency = xcalloc(n, sizeof(*latency));
    size_t not_ok = 0;

    mono_ns start = clk_now().mono;
    for (size_t c = 0; c < connections; c++) {
        p[c] = (struct poster){.port = port,
                               .from = n * c / connections,
                               .to = n * (c + 1) / connections,
                               .requests = requests,
                               .latency = latency};
        if (pthread_create(&thread[c], NULL, post_thread, &p[c]) != 0)
            die("thread");
    }
    for (size_t c = 0; c < connections; c++) {
        pthread_join(thread[c], NULL);
        not_ok += p[c].not_ok;
    }
    double took = seconds(start, clk_now().mono);
    qsort(latency, n, sizeof(*latency), by_value);
    printf("%s seconds=%.4f alerts_per_s=%.0f p50_ms=%.3f p99_ms=%.3f not_ok=%zu\n", what, took,
           (double)alerts / took, latency[n / 2] * 1e3, latency[n * 99 / 100] * 1e3, not_ok);
    (void)fflush(stdout);
    free(latency);
    free(thread);
    free(p);
}

static int post(int port, size_t alerts, size_t batch, size_t connections)
{
    const size_t n = (alerts + batch - 1) / batch;
    struct sv *requests = xcalloc(n, sizeof(*requests));
    struct stamp now = stamp_utc(clk_now().wall);
    char starts_at[STAMP_TEXT_MAX], ends_at[STAMP_TEXT_MAX];

    for (int round = 0; round < 2;
         round++) { /* the second: the same alerts with a later end, as Prometheus repeats them */
        stamp_print_ms(now, starts_at);
        stamp_print_ms(stamp_add(now, (300 + 60 * round) * NS_PER_S), ends_at);
        for (size_t i = 0; i < n; i++) {
            size_t left = alerts - i * batch;
            requests[i] = make_request(i * batch, left < batch ? left : batch, starts_at, ends_at);
        }
        post_all(round == 0 ? "new" : "again", port, requests, n, connections, alerts);
        for (size_t i = 0; i < n; i++)
            free((char *)(uintptr_t)requests[i].p);
    }
    free(requests);
    return 0;
}

/* ---- sink ---- */

#define MAX_FD 65536

struct peer {
    size_t body_left; /* of the request being read */
    size_t n;
    char head[8192];
};

/* Consumes what came; returns how many requests are complete. */
static size_t feed(struct peer *p, const char *data, size_t n)
{
    size_t done = 0;

    while (n != 0) {
        if (p->body_left != 0) {
            size_t take = n < p->body_left ? n : p->body_left;
            p->body_left -= take;
            data += take;
            n -= take;
            done += p->body_left == 0;
            continue;
        }
        if (p->n == sizeof p->head - 1)
            die("header too long");
        p->head[p->n++] = *data++;
        p->head[p->n] = '\0';
        n--;
        if (p->n >= 4 && memcmp(p->head + p->n - 4, "\r\n\r\n", 4) == 0) {
            const char *length = strcasestr(p->head, "content-length:");
            p->body_left = length != NULL ? strtoul(length + 15, NULL, 10) : 0;
            p->n = 0;
            done += p->body_left == 0;
        }
    }
    return done;
}

static int listen_on(int port)
{
    const struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (fd < 0 || bind(fd, (const struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 4096) != 0)
        die("listen");
    return fd;
}

static void watch(int ep, int fd)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) != 0)
        die("epoll_ctl");
}

static size_t serve(int fd, struct peer **peers)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    char buf[65536];

    ssize_t n = recv(fd, buf, sizeof buf, 0);
    if (n <= 0) {
        close(fd);
        free(peers[fd]);
        peers[fd] = NULL;
        return 0;
    }
    if (peers[fd] == NULL)
        peers[fd] = xcalloc(1, sizeof(**peers));
    size_t done = feed(peers[fd], buf, (size_t)n);
    for (size_t i = 0; i < done; i++)
        send_all(fd, (struct sv){answer, sizeof answer - 1});
    return done;
}

static int sink(int port, size_t count)
{
    static struct peer *peers[MAX_FD];
    int listener = listen_on(port), ep = epoll_create1(0);
    size_t seen = 0;
    mono_ns first = 0;

    watch(ep, listener);
    printf("listening\n");
    (void)fflush(stdout);
    while (seen < count) {
        struct epoll_event ev[64];
        int n = epoll_wait(ep, ev, 64, -1);
        for (int i = 0; i < n; i++) {
            if (ev[i].data.fd == listener) {
                int fd = accept(listener, NULL, NULL);
                if (fd >= 0 && fd < MAX_FD)
                    watch(ep, fd);
                continue;
            }
            size_t done = serve(ev[i].data.fd, peers);
            if (done != 0 && seen == 0)
                first = clk_now().mono;
            seen += done;
        }
    }
    printf("seen=%zu seconds=%.4f\n", seen, seconds(first, clk_now().mono));
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 6 && strcmp(argv[1], "post") == 0)
        return post(atoi(argv[2]), strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10),
                    strtoul(argv[5], NULL, 10));
    if (argc == 4 && strcmp(argv[1], "sink") == 0)
        return sink(atoi(argv[2]), strtoul(argv[3], NULL, 10));
    (void)fprintf(stderr, "usage: load post PORT ALERTS BATCH CONNECTIONS | load sink PORT COUNT\n");
    return 2;
}
