/* Peers that mean harm, or do it: requests that can be read in two ways, that do not end, answers that nobody
 * reads. The limits are shorter here than they are by default.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include <openssl/ssl.h>

#include "support/http_fixture.h"

#define LIMIT (200 * NS_PER_MS)
#define POST  "POST /api/v2/alerts HTTP/1.1\r\nHost: x\r\n" JSON_TYPE
#define NEXT  "GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n"

/* ---- request smuggling ---- */

/* What one server takes for the end of a request is the middle of it to another: the connection ends, and
 * what follows is not answered. */
TEST(hostile, requests_that_can_be_read_in_two_ways_are_refused)
{
    static const struct {
        const char *name, *request;
    } rows[] = {
        {"no Host", "GET / HTTP/1.1\r\n\r\n"},
        {"two Hosts", POST "Host: y\r\nContent-Length: 2\r\n\r\n[]"},
        {"two lengths", POST "Content-Length: 2\r\nContent-Length: 3\r\n\r\n[]"},
        {"a list of lengths", POST "Content-Length: 2, 2\r\n\r\n[]"},
        {"a length with a sign", POST "Content-Length: +2\r\n\r\n[]"},
        {"a negative length", POST "Content-Length: -1\r\n\r\n"},
        {"a hexadecimal length", POST "Content-Length: 0x2\r\n\r\n[]"},
        {"an empty length", POST "Content-Length:\r\n\r\n[]"},
        {"a length with more behind it", POST "Content-Length: 2x\r\n\r\n[]"},
        {"a length that overflows", POST "Content-Length: 18446744073709551618\r\n\r\n[]"},
        {"length and chunks", POST "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        {"space before the colon", POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"},
        {"tab before the colon", POST "Content-Length\t: 2\r\n\r\n[]"},
        {"another coding", POST "Transfer-Encoding: gzip\r\n\r\n"},
        {"a coding that is nearly ours", POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"},
        {"a coding in quotes", POST "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"},
        {"a coding before it", POST "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n"},
        {"a coding after it", POST "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"},
        {"two codings", POST "Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        {"a control character before it", POST "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n"},
        {"a folded line", POST "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"},
        {"a carriage return alone", POST "A: b\rContent-Length: 2\r\n\r\n[]"},
        {"a name with a space", POST "A B: c\r\nContent-Length: 2\r\n\r\n[]"},
        {"no name", POST ": b\r\nContent-Length: 2\r\n\r\n[]"},
        {"a chunk's length that overflows", POST "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF1\r\n[]"},
        {"a chunk's length with a sign", POST "Transfer-Encoding: chunked\r\n\r\n-2\r\n[]\r\n0\r\n\r\n"},
        {"a chunk without a length", POST "Transfer-Encoding: chunked\r\n\r\n\r\n[]\r\n0\r\n\r\n"},
        {"a chunk that is longer than it says",
         POST "Transfer-Encoding: chunked\r\n\r\n1\r\n[]\r\n0\r\n\r\n"},
        {"chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        {"a target with a space", "GET /-/healthy x HTTP/1.1\r\nHost: x\r\n\r\n"},
        {"no version", "GET /-/healthy\r\n\r\n"},
        {"nonsense", "nonsense\r\n\r\n"},
        {"HTTP/2 without TLS", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
    };
    struct http_fixture f;
    fixture_start(&f, NULL);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct client c = client_connect(&f);
        CLEANUP(strbuf_donep) struct strbuf text = {0};
        strbuf_adds(&text, rows[i].request);
        strbuf_adds(&text, NEXT);
        client_write(&c, strbuf_sv(&text));
        struct response r = client_read(&c, false);
        FAIL_IF(r.status != 400, "%s: status is %d, want 400", rows[i].name, r.status);
        FAIL_IF(client_more(&c) || c.in.n != 0, "%s: more follows", rows[i].name);
        response_done(&r);
        client_close(&c);
    }
    fixture_stop(&f);
}

/* ---- requests that do not end ---- */

static void short_arrival(struct http_opts *opts)
{
    opts->arrival_limit = LIMIT;
}

TEST(hostile, requests_that_do_not_end_lose_their_connection)
{
    static const struct {
        const char *name, *request;
    } rows[] = {
        {"a head", "GET /-/healthy HTTP/1.1\r\nHost: x\r\nA:"},
        {"a body", POST "Content-Length: 2\r\n\r\n["},
        {"chunks", POST "Transfer-Encoding: chunked\r\n\r\n1\r\n[\r\n"},
        {"the second of two", NEXT POST "Content-Length: 2\r\n\r\n["},
    };
    struct http_fixture f;
    struct client clients[COUNT_OF(rows)];
    fixture_start(&f, short_arrival);
    const mono_ns begun = clk_now().mono;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        clients[i] = client_connect(&f);
        send_text(&clients[i], rows[i].request);
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        while (client_more(&clients[i])) {
        }
        FAIL_IF(clk_now().mono - begun < LIMIT, "%s: it ended too early", rows[i].name);
        FAIL_IF(clk_now().mono - begun > 10 * NS_PER_S, "%s: it did not end", rows[i].name);
        client_close(&clients[i]);
    }
    CHECK_RESPONSE(get(&f, "/-/healthy"), 200, "OK");
    fixture_stop(&f);
}

/* ---- answers that nobody reads ---- */

static void short_stall(struct http_opts *opts)
{
    opts->stall_limit = LIMIT;
    opts->get_concurrency = 1;
}

/* Until the stalled answer's place is free. */
static void wait_for_place(const struct http_fixture *f, mono_ns begun)
{
    struct response r;
    for (;;) {
        r = get(f, "/-/healthy");
        if (r.status == 200)
            break;
        response_done(&r);
        FAIL_IF(clk_now().mono - begun > 20 * NS_PER_S, "nobody ends it");
    }
    response_done(&r);
    CHECK(clk_now().mono - begun >= LIMIT);
}

TEST(hostile, an_answer_of_which_nothing_is_read_ends)
{
    struct http_fixture f;
    fixture_start(&f, short_stall);
    fixture_fill(&f);
    struct client c = client_connect(&f);
    const mono_ns begun = clk_now().mono;
    send_text(&c, "GET /api/v2/alerts HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(client_more(&c)); /* it has begun */
    wait_for_place(&f, begun);
    client_close(&c);
    fixture_stop(&f);
}

/* A server with the alerts, on a Unix socket as well. */
struct unix_fixture {
    struct http_fixture http;
    char folder[32], address[64];
    const char *listen[3];
};

static void unix_start(struct unix_fixture *u)
{
    struct http_opts opts;
    fixture_prepare(&u->http, &opts);
    short_stall(&opts);
    memcpy(u->folder, "/tmp/tocsin-XXXXXX", sizeof "/tmp/tocsin-XXXXXX");
    CHECK(mkdtemp(u->folder) != NULL);
    (void)snprintf(u->address, sizeof u->address, "unix:%s/socket", u->folder);
    u->listen[0] = "127.0.0.1:0";
    u->listen[1] = u->address;
    u->listen[2] = NULL;
    opts.listen = u->listen;
    fixture_serve(&u->http, &opts);
    fixture_fill(&u->http);
}

static void unix_stop(struct unix_fixture *u)
{
    fixture_stop(&u->http);
    CHECK_EQ(rmdir(u->folder), 0);
}

static struct client unix_connect(const struct unix_fixture *u)
{
    struct client c = {.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s", u->address + strlen("unix:"));
    CHECK_EQ(connect(c.fd, (const struct sockaddr *)&at, sizeof at), 0);
    return c;
}

TEST(hostile, so_it_does_on_a_unix_socket_of_which_tcp_knows_nothing)
{
    struct unix_fixture u;
    unix_start(&u);
    struct client c = unix_connect(&u);
    const mono_ns begun = clk_now().mono;
    send_text(&c, "GET /api/v2/alerts HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(client_more(&c));
    wait_for_place(&u.http, begun);
    client_close(&c);
    unix_stop(&u);
}

TEST(hostile, who_reads_slowly_gets_it_all)
{
    struct unix_fixture u;
    unix_start(&u);
    struct client c = unix_connect(&u);
    const mono_ns begun = clk_now().mono;
    send_text(&c, "GET /api/v2/alerts HTTP/1.1\r\nHost: x\r\n\r\n");
    for (mono_ns next = begun; next < begun + 3 * LIMIT; next += LIMIT / 10) {
        while (clk_now().mono < next)
            sched_yield();
        FAIL_IF(!client_more(&c), "it ended after %lld ms",
                (long long)((clk_now().mono - begun) / NS_PER_MS));
    }
    struct response r = client_read(&c, false);
    CHECK_EQ(r.status, 200);
    CHECK_STR(r.body.p + r.body.n - 2, "]\n");
    response_done(&r);
    client_close(&c);
    unix_stop(&u);
}

/* ---- the same over HTTP/2 ---- */

struct h2 {
    struct http_fixture http;
    char folder[32], web_file[64];
    SSL_CTX *ctx;
    SSL *ssl;
    struct client client;
};

/* What HPACK needs for one request: literals, nothing compressed. */
#define GET_METRICS "\x82\x87\x04\x08/metrics\x01\x01x"
#define POST_ALERTS                                                                                          \
    "\x83\x87\x04\x0e/api/v2/alerts\x01\x01x\x0f\x10\x10"                                                    \
    "application/json"
/* Streams may send 1000 bytes. */
#define SMALL_WINDOW "\0\x04\0\0\x03\xe8"

enum { FRAME_HEADERS = 1, FRAME_SETTINGS = 4, FRAME_PING = 6, FLAG_END_STREAM = 1, FLAG_END_HEADERS = 4 };

static bool h2_send(struct h2 *h, int type, int flags, int stream, struct sv payload)
{
    CLEANUP(strbuf_donep) struct strbuf frame = {0};
    const char head[9] = {0, 0, (char)payload.n, (char)type, (char)flags, 0, 0, 0, (char)stream};
    strbuf_add(&frame, head, sizeof head);
    strbuf_add(&frame, payload.p, payload.n);
    return SSL_write(h->ssl, frame.p, (int)frame.n) == (int)frame.n;
}

static void make_certificate(const struct h2 *h)
{
    char command[512], web[256];
    (void)snprintf(command, sizeof command,
                   "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
                   "-subj /CN=localhost -keyout %s/key -out %s/cert 2>&1",
                   h->folder, h->folder);
    FILE *run = popen(command, "r");
    while (fgetc(run) != EOF) {
    }
    CHECK_EQ(pclose(run), 0);
    const int n = snprintf(web, sizeof web, "tls_server_config: {cert_file: cert, key_file: key}\n");
    FILE *f = fopen(h->web_file, "w");
    CHECK_EQ(fwrite(web, 1, (size_t)n, f), n);
    CHECK_EQ(fclose(f), 0);
}

static void h2_start(struct h2 *h, void (*change)(struct http_opts *opts))
{
    struct http_opts opts;
    fixture_prepare(&h->http, &opts);
    change(&opts);
    memcpy(h->folder, "/tmp/tocsin-XXXXXX", sizeof "/tmp/tocsin-XXXXXX");
    CHECK(mkdtemp(h->folder) != NULL);
    (void)snprintf(h->web_file, sizeof h->web_file, "%s/web.yml", h->folder);
    make_certificate(h);
    opts.web_config_file = h->web_file;
    fixture_serve(&h->http, &opts);
}

static void h2_connect(struct h2 *h)
{
    signal(SIGPIPE, SIG_IGN); /* OpenSSL writes without asking for it */
    h->client = client_connect(&h->http);
    h->ctx = SSL_CTX_new(TLS_client_method());
    h->ssl = SSL_new(h->ctx);
    CHECK_EQ(SSL_set_alpn_protos(h->ssl, (const unsigned char *)"\x02h2", 3), 0);
    SSL_set_fd(h->ssl, h->client.fd);
    CHECK_EQ(SSL_connect(h->ssl), 1);
    const char *preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    CHECK_EQ(SSL_write(h->ssl, preface, (int)strlen(preface)), (int)strlen(preface));
    CHECK(h2_send(h, FRAME_SETTINGS, 0, 0, SV(SMALL_WINDOW)));
}

/* Pings, which are answered: the connection lives, only the stream does not go on. Returns when it ends. */
static void h2_ping_to_the_end(struct h2 *h)
{
    char some[65536];
    while (h2_send(h, FRAME_PING, 0, 0, SV("12345678")) && SSL_read(h->ssl, some, sizeof some) > 0) {
    }
}

static void h2_disconnect(struct h2 *h)
{
    SSL_free(h->ssl);
    SSL_CTX_free(h->ctx);
    client_close(&h->client);
}

static void h2_stop(struct h2 *h)
{
    static const char *const files[] = {"key", "cert", "web.yml"};
    fixture_stop(&h->http);
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "%s/%s", h->folder, files[i]);
        CHECK_EQ(unlink(path), 0);
    }
    CHECK_EQ(rmdir(h->folder), 0);
}

TEST(hostile, a_body_that_stalls_over_http2_loses_the_connection)
{
    struct h2 h;
    h2_start(&h, short_arrival);
    h2_connect(&h);
    const mono_ns begun = clk_now().mono;
    CHECK(h2_send(&h, FRAME_HEADERS, FLAG_END_HEADERS, 1, SV(POST_ALERTS)));
    h2_ping_to_the_end(&h);
    CHECK(clk_now().mono - begun >= LIMIT);
    h2_disconnect(&h);
    h2_stop(&h);
}

/* The client never opens the window: the socket is idle, and only the stream waits. */
TEST(hostile, an_answer_that_stalls_over_http2_loses_the_connection)
{
    struct h2 h;
    h2_start(&h, short_stall);
    h2_connect(&h);
    const mono_ns begun = clk_now().mono;
    CHECK(h2_send(&h, FRAME_HEADERS, FLAG_END_HEADERS | FLAG_END_STREAM, 1, SV(GET_METRICS)));
    h2_ping_to_the_end(&h);
    CHECK(clk_now().mono - begun >= LIMIT);
    h2_disconnect(&h);
    h2_stop(&h);
}
