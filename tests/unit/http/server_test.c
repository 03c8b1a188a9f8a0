/* The server itself: HTTP/1.1 on a socket, limits, management endpoints, shutdown. */
#include <sched.h>
#include <stdio.h>

#include "support/http_fixture.h"

#define REQUEST(target) "GET " target " HTTP/1.1\r\nHost: x\r\n\r\n"

/* ---- the protocol ---- */

TEST(server, keeps_connections_alive_and_answers_pipelined_requests_in_order) /* */
{
    struct http_fixture f;
    fixture_start(&f, NULL);
    struct client c = client_connect(&f);
    send_text(&c, REQUEST("/-/healthy"));
    CHECK_RESPONSE(client_read(&c, false), 200, "OK");
    send_text(&c, REQUEST("/api/v2/nope") REQUEST("/-/ready") REQUEST("/nope"));
    CHECK_RESPONSE(client_read(&c, false), 404,
                   "{\"code\":404,\"message\":\"path /api/v2/nope was not found\"}");
    CHECK_RESPONSE(client_read(&c, false), 200, "OK");
    CHECK_RESPONSE(client_read(&c, false), 404, "404 page not found\n");
    client_close(&c);
    fixture_stop(&f);
}

TEST(server, takes_chunked_bodies_and_requests_in_small_pieces)
{
    struct http_fixture f;
    fixture_start(&f, NULL);
    struct client c = client_connect(&f);
    const char *text = "POST /api/v2/alerts HTTP/1.1\r\nHost: x\r\n" JSON_TYPE
                       "Transfer-Encoding: chunked\r\n\r\n5;x=y\r\n[{\"la\r\n12\r\nbels\":{\"a\":\"b\"}}]\r\n"
                       "0\r\nTrailer: z\r\n\r\n";
    for (const char *p = text; *p != '\0'; p++)
        client_write(&c, (struct sv){p, 1});
    CHECK_RESPONSE(client_read(&c, false), 200, "");
    send_text(&c, "POST /api/v2/alerts HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    CHECK_RESPONSE(client_read(&c, false), 422, "{\"code\":602,\"message\":\"alerts in body is required\"}");
    send_text(&c, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
    struct response r = client_read(&c, false);
    CHECK_EQ(r.status, 400);
    response_done(&r);
    client_close(&c);
    fixture_stop(&f);
}

TEST(server, says_100_continue_when_asked) /* */
{
    struct http_fixture f;
    fixture_start(&f, NULL);
    struct client c = client_connect(&f);
    send_text(&c, "POST /api/v2/alerts HTTP/1.1\r\nHost: x\r\n" JSON_TYPE
                  "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    struct response r = client_read(&c, false);
    CHECK_EQ(r.status, 100);
    response_done(&r);
    send_text(&c, "[]");
    CHECK_RESPONSE(client_read(&c, false), 200, "");
    client_close(&c);
    fixture_stop(&f);
}

TEST(server, ends_the_connection_after_http_1_0_unless_asked_to_keep_it)
{
    struct http_fixture f;
    fixture_start(&f, NULL);
    struct client c = client_connect(&f);
    send_text(&c, "GET /-/healthy HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    CHECK_RESPONSE(client_read(&c, false), 200, "OK");
    send_text(&c, "GET /-/healthy HTTP/1.0\r\n\r\n");
    CHECK_RESPONSE(client_read(&c, false), 200, "OK");
    CHECK(!client_more(&c));
    client_close(&c);
    fixture_stop(&f);
}

TEST(server, answers_head_without_a_body)
{
    struct http_fixture f;
    fixture_start(&f, NULL);
    struct client c = client_connect(&f);
    send_text(&c, "HEAD /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n" REQUEST("/-/healthy"));
    struct response r = client_read(&c, true);
    CHECK_EQ(r.status, 200);
    CHECK(response_header(&r, "Content-Type") == NULL);
    response_done(&r);
    CHECK_RESPONSE(client_read(&c, false), 200, "OK");
    client_close(&c);
    fixture_stop(&f);
}

TEST(server, does_not_switch_to_cleartext_http2)
{
    struct http_fixture f;
    fixture_start(&f, NULL);
    CHECK_RESPONSE(ask(&f, "GET", "/-/healthy",
                       "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
                       NULL),
                   200, "OK");
    fixture_stop(&f);
}

TEST(server, refuses_huge_heads) /* */
{
    struct http_fixture f;
    fixture_start(&f, NULL);
    struct client c = client_connect(&f);
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    strbuf_adds(&text, "GET / HTTP/1.1\r\nHost: x\r\nX: ");
    for (int i = 0; i < 600000; i++)
        strbuf_addc(&text, 'x');
    client_write(&c, strbuf_sv(&text));
    struct response r = client_read(&c, false);
    CHECK(r.status == 400 || r.status == 0); /* the answer may be lost to the reset that follows it */
    response_done(&r);
    client_close(&c);
    CHECK_RESPONSE(get(&f, "/-/healthy"), 200, "OK");
    fixture_stop(&f);
}

/* ---- limits ---- */

static void small_bodies(struct http_opts *opts)
{
    opts->max_body = 100;
}

TEST(server, refuses_bodies_above_the_limit)
{
    struct http_fixture f;
    char body[200];
    fixture_start(&f, small_bodies);
    snprintf(body, sizeof body, "[%99s", "]");
    CHECK_RESPONSE(post(&f, "/api/v2/alerts", body), 200, "");
    snprintf(body, sizeof body, "[%100s", "]");
    CHECK_RESPONSE(post(&f, "/api/v2/alerts", body), 413,
                   "{\"code\":413,\"message\":\"request body too large\"}");
    snprintf(body, sizeof body, "[%101s", "]");
    struct response r = post(&f, "/api/v2/alerts", body);
    CHECK_EQ(r.status, 413);
    response_done(&r);
    fixture_stop(&f);
}

static void small_budget(struct http_opts *opts)
{
    opts->max_bodies = 1 << 20;
}

TEST(server, ends_the_request_that_holds_most_when_all_bodies_together_are_too_much)
{
    struct http_fixture f;
    fixture_start(&f, small_budget);
    struct client small = client_connect(&f), large = client_connect(&f);
    send_text(&small, "POST /api/v2/alerts HTTP/1.1\r\nHost: x\r\n" JSON_TYPE "Content-Length: 4\r\n\r\n[");
    send_text(&large,
              "POST /api/v2/alerts HTTP/1.1\r\nHost: x\r\n" JSON_TYPE "Content-Length: 9000000\r\n\r\n");
    CLEANUP(strbuf_donep) struct strbuf spaces = {0};
    for (int i = 0; i < 4000000; i++)
        strbuf_addc(&spaces, ' ');
    client_write(&large, strbuf_sv(&spaces));
    CHECK(!client_more(&large));
    send_text(&small, "  ]");
    CHECK_RESPONSE(client_read(&small, false), 200, "");
    client_close(&small);
    client_close(&large);
    fixture_stop(&f);
}

static void two_connections(struct http_opts *opts)
{
    opts->loops = 1;
    opts->max_connections = 2;
}

TEST(server, lets_further_connections_wait_at_the_limit)
{
    struct http_fixture f;
    fixture_start(&f, two_connections);
    struct client a = client_connect(&f), b = client_connect(&f), waits = client_connect(&f);
    send_text(&a, REQUEST("/-/healthy"));
    CHECK_RESPONSE(client_read(&a, false), 200, "OK");
    send_text(&b, REQUEST("/-/healthy"));
    CHECK_RESPONSE(client_read(&b, false), 200, "OK");
    send_text(&waits, REQUEST("/-/ready"));
    CHECK_EQ(recv(waits.fd, (char[1]){0}, 1, MSG_DONTWAIT), -1);
    client_close(&a);
    CHECK_RESPONSE(client_read(&waits, false), 200, "OK");
    client_close(&b);
    client_close(&waits);
    fixture_stop(&f);
}

static void one_get(struct http_opts *opts)
{
    opts->get_concurrency = 1;
}

/* A listing larger than the socket buffers keeps its slot for as long as it is not read. C-016 */
TEST(server, limits_gets_but_nothing_else) /* */
{
    struct http_fixture f;
    fixture_start(&f, one_get);
    fixture_fill(&f);
    struct client stalled = client_connect(&f);
    send_text(&stalled, REQUEST("/api/v2/alerts"));
    CHECK(client_more(&stalled)); /* it has begun */
    const char *refusal = "Limit of concurrent GET requests reached (1), try again later.\n\n";
    CHECK_RESPONSE(get(&f, "/-/healthy"), 503, refusal);
    CHECK_RESPONSE(get(&f, "/api/v2/status"), 503, refusal);
    CHECK_RESPONSE(post(&f, "/api/v2/alerts", "[]"), 200, "");
    struct response r = client_read(&stalled, false);
    CHECK_EQ(r.status, 200);
    CHECK_STR(r.body.p + r.body.n - 2, "]\n");
    response_done(&r);
    CHECK_RESPONSE(get(&f, "/-/healthy"), 200, "OK");
    client_close(&stalled);
    fixture_stop(&f);
}

static void short_timeout(struct http_opts *opts)
{
    opts->timeout = 50 * NS_PER_MS;
}

static struct commit_wait *wait_for_commit(struct http_fixture *f)
{
    struct commit_wait *held;
    while ((held = f->held) == NULL)
        sched_yield();
    f->held = NULL;
    return held;
}

TEST(server, answers_503_when_a_commit_takes_longer_than_the_timeout) /* */
{
    struct http_fixture f;
    fixture_start(&f, short_timeout);
    f.mode = COMMIT_WHEN_TOLD;
    CHECK_RESPONSE(post(&f, "/api/v2/alerts", "[{\"labels\":{\"a\":\"b\"}}]"), 503,
                   "Exceeded configured timeout of 50ms.\n");
    struct commit_wait *held = wait_for_commit(&f);
    held->done(held, true); /* finds nobody */
    fixture_stop(&f);
}

TEST(server, survives_a_client_that_leaves_while_its_request_is_stored)
{
    struct http_fixture f;
    fixture_start(&f, NULL);
    f.mode = COMMIT_WHEN_TOLD;
    struct client c = client_connect(&f);
    send_text(&c, "POST /api/v2/alerts HTTP/1.1\r\nHost: x\r\n" JSON_TYPE
                  "Content-Length: 24\r\n\r\n[{\"labels\":{\"a\":\"b\"}}]  ");
    struct commit_wait *held = wait_for_commit(&f);
    client_close(&c);
    held->done(held, true);
    f.mode = COMMIT_AT_ONCE;
    CHECK_RESPONSE(get(&f, "/-/healthy"), 200, "OK");
    fixture_stop(&f);
}

/* ---- shutdown ---- */

static void *stop_server(void *arg)
{
    struct http_fixture *f = arg;
    http_server_stop(f->server, 20 * NS_PER_S);
    f->server = NULL;
    return NULL;
}

TEST(server, finishes_requests_in_flight_and_drops_idle_connections_when_it_stops)
{
    struct http_fixture f;
    fixture_start(&f, NULL);
    f.mode = COMMIT_WHEN_TOLD;
    struct client idle = client_connect(&f), busy = client_connect(&f);
    send_text(&idle, REQUEST("/-/healthy"));
    CHECK_RESPONSE(client_read(&idle, false), 200, "OK");
    send_text(&busy, "POST /api/v2/alerts HTTP/1.1\r\nHost: x\r\n" JSON_TYPE
                     "Content-Length: 24\r\n\r\n[{\"labels\":{\"a\":\"b\"}}]  ");
    struct commit_wait *held = wait_for_commit(&f);
    pthread_t stopper;
    CHECK_EQ(pthread_create(&stopper, NULL, stop_server, &f), 0);
    CHECK(!client_more(&idle)); /* it ends while the other one still waits */
    held->done(held, true);
    CHECK_RESPONSE(client_read(&busy, false), 200, "");
    CHECK(!client_more(&busy));
    pthread_join(stopper, NULL);
    client_close(&idle);
    client_close(&busy);
    fixture_stop(&f);
}

TEST(server, says_which_address_is_taken)
{
    struct http_fixture f;
    fixture_start(&f, NULL);
    struct err err = {0};
    const char *const listen[] = {http_server_address(f.server, 0), NULL};
    const struct http_opts opts = {.listen = listen, .route_prefix = "", .metrics = f.metrics};
    char want[128];
    snprintf(want, sizeof want, "listen tcp %s: Address already in use", listen[0]);
    CHECK(http_server_start(&opts, &err) == NULL);
    CHECK_STR(err.text, want);
    CHECK(http_server_address(f.server, 1) == NULL);
    fixture_stop(&f);
}

static void several_addresses(struct http_opts *opts)
{
    static const char *const listen[] = {"127.0.0.1:0", ":0", NULL};
    opts->listen = listen;
}

TEST(server, listens_on_several_addresses)
{
    struct http_fixture f;
    fixture_start(&f, several_addresses);
    f.port = atoi(strrchr(http_server_address(f.server, 1), ':') + 1);
    CHECK_RESPONSE(get(&f, "/-/healthy"), 200, "OK");
    fixture_stop(&f);
}

/* ---- management ---- */

TEST(server, reloads_and_tells_why_not)
{
    struct http_fixture f;
    fixture_start(&f, NULL);
    CHECK_RESPONSE(ask(&f, "POST", "/-/reload", "", NULL), 200, "");
    f.reload_fails = true;
    CHECK_RESPONSE(ask(&f, "POST", "/-/reload", "", NULL), 500,
                   "failed to reload config: no route provided in config\n");
    CHECK_EQ(f.reloads, 2);
    struct response r = get(&f, "/-/reload");
    CHECK_STR(response_header(&r, "Allow"), "OPTIONS, POST");
    CHECK_STR(response_header(&r, "X-Content-Type-Options"), "nosniff");
    CHECK_RESPONSE(r, 405, "Method Not Allowed\n");
    fixture_stop(&f);
}

TEST(server, pages_and_their_redirects) /* */
{
    struct http_fixture f;
    fixture_start(&f, NULL);
    struct response r = get(&f, "/-/healthy");
    CHECK_STR(response_header(&r, "Content-Type"), "text/plain; charset=utf-8");
    response_done(&r);
    r = get(&f, "//metrics");
    CHECK_STR(response_header(&r, "Location"), "/metrics");
    CHECK_STR(response_header(&r, "Content-Type"), "text/html; charset=utf-8");
    CHECK_RESPONSE(r, 301, "<a href=\"/metrics\">Moved Permanently</a>.\n\n");
    r = get(&f, "/x//?a=<&'\">");
    CHECK_RESPONSE(r, 301, "<a href=\"/x/?a=&lt;&amp;&#39;&#34;&gt;\">Moved Permanently</a>.\n\n");
    r = ask(&f, "POST", "/-/reload/", "", NULL);
    CHECK_STR(response_header(&r, "Location"), "/-/reload");
    CHECK_RESPONSE(r, 307, "");
    r = ask(&f, "OPTIONS", "/-/healthy", "", NULL);
    CHECK_STR(response_header(&r, "Allow"), "GET, HEAD, OPTIONS");
    CHECK_RESPONSE(r, 200, "");
    CHECK_RESPONSE(ask(&f, "OPTIONS", "*", "", NULL), 200, "");
    r = get(&f, "/");
    CHECK_EQ(r.status, 200);
    CHECK_STR(response_header(&r, "Content-Type"), "text/html; charset=utf-8");
    CHECK(strstr(r.body.p, "href=\"api/v2/alerts\"") != NULL);
    response_done(&r);
    fixture_stop(&f);
}

static void with_prefix(struct http_opts *opts)
{
    opts->route_prefix = "/am/x";
}

TEST(server, serves_below_its_prefix) /* */
{
    struct http_fixture f;
    fixture_start(&f, with_prefix);
    CHECK_RESPONSE(get(&f, "/"), 302, "<a href=\"/am/x\">Found</a>.\n\n");
    CHECK_RESPONSE(get(&f, "/-/healthy"), 404, "404 page not found\n");
    CHECK_RESPONSE(get(&f, "/am/x/-/healthy"), 200, "OK");
    CHECK_RESPONSE(get(&f, "/am/x/api/v2/nope"), 404,
                   "{\"code\":404,\"message\":\"path /api/v2/nope was not found\"}");
    fixture_stop(&f);
}

static void check_line(const struct response *r, const char *line)
{
    FAIL_IF(strstr(r->body.p, line) == NULL, "%s is missing in\n%s", line, r->body.p);
}

TEST(server, metrics_tell_what_was_asked_and_answered)
{
    struct http_fixture f;
    fixture_start(&f, NULL);
    CHECK_RESPONSE(post(&f, "/api/v2/alerts",
                        "[{\"labels\":{\"a\":\"b\"}},{\"labels\":{}},{\"labels\":{\"a\":\"c\"},\"endsAt\":"
                        "\"2020-01-01T00:00:00Z\"}]"),
                   400, "\"at least one label pair required\"\n");
    for (int i = 0; i < 2; i++) {
        struct response nope = get(&f, i == 0 ? "/api/v2/nope" : "/api/v2/other");
        CHECK_EQ(nope.status, 404);
        response_done(&nope);
    }
    CHECK_RESPONSE(get(&f, "/-/healthy"), 200, "OK");
    CHECK_RESPONSE(get(&f, "/nope"), 404, "404 page not found\n");
    struct response r = get(&f, "/metrics");
    CHECK_STR(response_header(&r, "Content-Type"),
              "text/plain; version=0.0.4; charset=utf-8; escaping=underscores");
    check_line(&r, "alertmanager_alerts_received_total{status=\"firing\",version=\"v2\"} 2\n");
    check_line(&r, "alertmanager_alerts_received_total{status=\"resolved\",version=\"v2\"} 1\n");
    check_line(&r, "alertmanager_alerts_invalid_total{version=\"v2\"} 1\n");
    check_line(&r, "alertmanager_http_request_duration_seconds_count{code=\"400\",handler=\"/api/v2/alerts\","
                   "method=\"post\"} 1\n");
    check_line(&r, "alertmanager_http_request_duration_seconds_count{code=\"404\",handler=\"/api/v2/*\","
                   "method=\"get\"} 2\n");
    check_line(&r, "alertmanager_http_request_duration_seconds_count{code=\"200\",handler=\"/-/healthy\","
                   "method=\"get\"} 1\n");
    check_line(&r, "alertmanager_http_response_size_bytes_sum{handler=\"/-/healthy\",method=\"get\"} 2\n");
    check_line(&r, "alertmanager_http_requests_in_flight{method=\"get\"} 1\n");
    check_line(&r, "alertmanager_http_concurrency_limit_exceeded_total{method=\"get\"} 0\n");
    check_line(&r, "version=\"0.34.0\"} 1\n");
    check_line(&r, "process_start_time_seconds ");
    check_line(&r, "process_open_fds ");
    check_line(&r, "promhttp_metric_handler_requests_total{code=\"200\"} ");
    response_done(&r);
    fixture_stop(&f);
}

TEST(server, metrics_can_be_selected_and_compressed)
{
    struct http_fixture f;
    fixture_start(&f, NULL);
    struct response r = ask(&f, "GET", "/metrics?name[]=process_open_fds&name%5B%5D=process_max_fds",
                            "Accept: application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
                            "text/plain;version=0.0.4;q=0.3\r\n",
                            NULL);
    CHECK_STR(response_header(&r, "Content-Type"),
              "text/plain; version=0.0.4; charset=utf-8; escaping=allow-utf-8");
    check_line(&r, "process_open_fds ");
    check_line(&r, "process_max_fds ");
    CHECK(strstr(r.body.p, "alertmanager_build_info") == NULL);
    response_done(&r);
    r = ask(&f, "GET", "/metrics", "Accept-Encoding: deflate, gzip\r\n", NULL);
    CHECK_STR(response_header(&r, "Content-Encoding"), "gzip");
    CHECK_EQ((unsigned char)r.body.p[0], 0x1f);
    CHECK_EQ((unsigned char)r.body.p[1], 0x8b);
    response_done(&r);
    fixture_stop(&f);
}
