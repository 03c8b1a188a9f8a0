/* The endpoints of the API, end to end: a server, an engine, a socket. */
#include <stdio.h>

#include "codec/rfc3339.h"
#include "support/http_fixture.h"

#define ALERT(labels) "{\"labels\":{" labels "}}"

static void check_get(struct http_fixture *f, const char *target, const char *want)
{
    CHECK_RESPONSE(get(f, target), 200, want);
}

/* How many objects with a fingerprint an answer holds. */
static size_t count_alerts(struct response r)
{
    size_t n = 0;
    CHECK_EQ(r.status, 200);
    for (const char *at = r.body.p; (at = strstr(at, "\"fingerprint\"")) != NULL; at++)
        n++;
    response_done(&r);
    return n;
}

TEST(api, post_alerts_answers_in_upstreams_words)
{
    struct http_fixture f;
    fixture_start(&f, NULL);
    static const struct {
        const char *headers, *body;
        int status;
        const char *want;
    } rows[] = {
        {JSON_TYPE, "[]", 200, ""},
        {JSON_TYPE, "null", 200, ""},
        {"", "", 422, "{\"code\":602,\"message\":\"alerts in body is required\"}"},
        {JSON_TYPE, " ", 422, "{\"code\":602,\"message\":\"alerts in body is required\"}"},
        {JSON_TYPE, "[null]", 422, "{\"code\":602,\"message\":\"0 in body is required\"}"},
        {JSON_TYPE, "[{}]", 422, "{\"code\":602,\"message\":\"0.labels in body is required\"}"},
        {JSON_TYPE, "[{\"labels\":{\"a\":1}}]", 400,
         "{\"code\":400,\"message\":\"parsing alerts body from \\\"\\\" failed, because json: cannot "
         "unmarshal number into Go value of type string\"}"},
        {"", "[]", 415,
         "{\"code\":415,\"message\":\"unsupported media type \\\"application/octet-stream\\\", only "
         "[application/json] are allowed\"}"},
        {"Content-Type: text/plain\r\n", "[]", 415,
         "{\"code\":415,\"message\":\"unsupported media type \\\"text/plain\\\", only [application/json] are "
         "allowed\"}"},
        {JSON_TYPE "Accept: text/html\r\n", "[]", 200, ""},
        {JSON_TYPE, "[" ALERT("") "]", 400, "\"at least one label pair required\"\n"},
        {JSON_TYPE, "[" ALERT("\"a\":\"\",\"b\":null") "]", 400, "\"at least one label pair required\"\n"},
        {JSON_TYPE,
         "[" ALERT("\"a\":\"b\"") "," ALERT(
             "") ",{\"labels\":{\"a\":\"c\"},\"startsAt\":"
                 "\"2026-01-02T00:00:00Z\",\"endsAt\":\"2026-01-01T00:00:00Z\"}]",
         400, "\"at least one label pair required\\nstart time must be before end time\"\n"},
        {JSON_TYPE, "[" ALERT("\"\":\"x\"") "]", 400, "\"invalid label set: invalid name \\\"\\\"\"\n"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_RESPONSE(ask(&f, "POST", "/api/v2/alerts", rows[i].headers, rows[i].body), rows[i].status,
                       rows[i].want);
    CHECK_EQ(count_alerts(get(&f, "/api/v2/alerts")), 1u); /* the valid one of the mixed batch */
    fixture_stop(&f);
}

/* P-111: before any flush */
TEST(api, alerts_are_listed_as_upstream_writes_them)
{
    struct http_fixture f;
    fixture_start(&f, NULL);
    check_get(&f, "/api/v2/alerts", "[]\n");
    CHECK_RESPONSE(post(&f, "/api/v2/alerts",
                        "[{\"labels\":{\"a\":\"b\",\"e\":\"\"},\"annotations\":{\"x\":\"<&>\",\"y\":\"\"},"
                        "\"startsAt\":\"2026-01-01T22:00:00.123456789+02:00\","
                        "\"endsAt\":\"2099-01-01T00:00:00.5Z\",\"generatorURL\":\"http://p/?a&b\"}]"),
                   200, "");
    struct response r = get(&f, "/api/v2/alerts");
    const char *updated = strstr(r.body.p, "\"updatedAt\":\"");
    CHECK(updated != NULL);
    FAIL_IF(
        strncmp(r.body.p,
                "[{\"annotations\":{\"x\":\"\\u003c\\u0026\\u003e\",\"y\":\"\"},\"endsAt\":"
                "\"2099-01-01T00:00:00.500Z\",\"fingerprint\":\"d2b371819297f98a\",\"receivers\":[{\"name\":"
                "\"default\"}],\"startsAt\":\"2026-01-01T22:00:00.123+02:00\",\"status\":{\"inhibitedBy\":[],"
                "\"mutedBy\":[],\"silencedBy\":[],\"state\":\"active\"},",
                (size_t)(updated - r.body.p)) != 0,
        "%s", r.body.p);
    CHECK_STR(strstr(updated, ",\"generatorURL\""),
              ",\"generatorURL\":\"http://p/?a\\u0026b\",\"labels\":{\"a\":\"b\"}}]\n");
    response_done(&r);
    fixture_stop(&f);
}

TEST(api, alerts_are_filtered_by_flags_matchers_and_receivers)
{
    struct http_fixture f;
    fixture_start(&f, NULL);
    CHECK_RESPONSE(post(&f, "/api/v2/alerts",
                        "[" ALERT("\"alertname\":\"A\",\"team\":\"a\"") "," ALERT("\"alertname\":\"B\"") "]"),
                   200, "");
    static const struct {
        const char *query;
        size_t want;
    } rows[] = {
        {"", 2},
        {"?active=false", 0},
        {"?active=foo", 0},
        {"?active=", 2},
        {"?unprocessed=false", 2},
        {"?ruleMetadata=true", 2},
        {"?silenced=false&inhibited=no", 2},
        {"?filter=alertname%3DA", 1},
        {"?filter=alertname%3DA&filter=team%3Db", 0},
        {"?filter=team%3D%22%22", 1},
        {"?filter=zz%3D~%22.*%22", 2},
        {"?receiver=team-.*", 1},
        {"?receiver=team", 0},
        {"?receiver=", 2},
        {"?receiver_matchers=owner%3Dalpha", 1},
        {"?receiver_matchers=owner!%3Dalpha", 1},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char target[200];
        snprintf(target, sizeof target, "/api/v2/alerts%s", rows[i].query);
        const size_t got = count_alerts(get(&f, target));
        FAIL_IF(got != rows[i].want, "%s: %zu alerts, want %zu", target, got, rows[i].want);
    }
    CHECK_RESPONSE(get(&f, "/api/v2/alerts?filter=%7Ba%3Db%7D"), 400,
                   "\"unexpected open or close brace: {a=b}\"\n");
    CHECK_RESPONSE(
        get(&f, "/api/v2/alerts?receiver=("), 400,
        "\"failed to parse receiver param: error parsing regexp: missing closing ): `^(?:()$`\"\n");
    struct response r = get(&f, "/api/v2/alerts?receiver_matchers=x");
    CHECK_EQ(r.status, 400);
    CHECK(sv_has_prefix(strbuf_sv(&r.body), SV("\"failed to parse receiver_matchers param: ")));
    response_done(&r);
    fixture_stop(&f);
}

TEST(api, groups_show_labels_receiver_and_route_labels)
{
    struct http_fixture f;
    fixture_start(&f, NULL);
    check_get(&f, "/api/v2/alerts/groups", "[]\n");
    CHECK_RESPONSE(
        post(&f, "/api/v2/alerts",
             "[" ALERT("\"alertname\":\"B\"") "," ALERT("\"alertname\":\"A\",\"team\":\"a\"") "," ALERT(
                 "\"alertname\":\"B\",\"x\":\"y\"") "]"),
        200, "");
    struct response r = get(&f, "/api/v2/alerts/groups");
    CHECK_EQ(r.status, 200);
    CHECK(sv_has_prefix(strbuf_sv(&r.body), SV("[{\"alerts\":[{\"annotations\":{}")));
    const char *a = strstr(r.body.p, "],\"labels\":{\"alertname\":\"A\"},\"receiver\":{\"name\":\"team-a\"},"
                                     "\"routeLabels\":{\"tier\":\"gold\"}},{\"alerts\":[");
    const char *b = strstr(r.body.p, "],\"labels\":{\"alertname\":\"B\"},\"receiver\":{\"name\":\"default\"},"
                                     "\"routeLabels\":{}}]\n");
    FAIL_IF(a == NULL || b == NULL || a > b, "%s", r.body.p);
    CHECK_EQ(count_alerts(r), 3u);
    CHECK_EQ(count_alerts(get(&f, "/api/v2/alerts/groups?receiver=default")), 2u);
    check_get(&f, "/api/v2/alerts/groups?filter=alertname%3DC", "[]\n");
    fixture_stop(&f);
}

#define SILENCE(id, extra)                                                                                   \
    "{\"id\":\"" id "\",\"matchers\":[{\"name\":\"a\",\"value\":\"b\",\"isRegex\":false}],"                  \
    "\"startsAt\":\"2020-01-01T00:00:00Z\",\"endsAt\":\"2099-01-01T00:00:00Z\",\"createdBy\":\"me\","        \
    "\"comment\":\"<c>\"" extra "}"

static void create_silence(struct http_fixture *f, char id[37])
{
    struct response r = post(f, "/api/v2/silences", SILENCE("", ""));
    CHECK_EQ(r.status, 200);
    CHECK_EQ(sscanf(r.body.p, "{\"silenceID\":\"%36[0-9a-f-]\"}", id), 1);
    CHECK_EQ(strlen(id), 36u);
    CHECK_EQ(id[14], '4');
    response_done(&r);
}

/* P-062 */
TEST(api, a_silence_is_created_shown_edited_and_expired)
{
    struct http_fixture f;
    fixture_start(&f, NULL);
    check_get(&f, "/api/v2/silences", "[]\n");
    CHECK_RESPONSE(post(&f, "/api/v2/alerts", "[" ALERT("\"a\":\"b\"") "]"), 200, "");
    char id[37], path[80];
    create_silence(&f, id);
    snprintf(path, sizeof path, "/api/v2/silence/%s", id);

    struct response r = get(&f, path);
    CHECK_EQ(r.status, 200);
    CHECK(strstr(r.body.p, "\",\"status\":{\"state\":\"active\"},\"updatedAt\":\"") != NULL);
    CHECK(strstr(r.body.p, "Z\",\"comment\":\"\\u003cc\\u003e\",\"createdBy\":\"me\",\"endsAt\":"
                           "\"2099-01-01T00:00:00.000Z\",\"matchers\":[{\"isEqual\":true,\"isRegex\":false,"
                           "\"name\":\"a\",\"value\":\"b\"}],\"startsAt\":\"") != NULL);
    response_done(&r);
    CHECK_EQ(count_alerts(get(&f, "/api/v2/alerts?silenced=false")), 0u);
    r = get(&f, "/api/v2/alerts");
    CHECK(strstr(r.body.p, "\"state\":\"suppressed\"") != NULL);
    CHECK(strstr(r.body.p, id) != NULL);
    response_done(&r);

    check_get(&f, "/api/v2/silences?active=false", "[]\n");
    check_get(&f, "/api/v2/silences?filter=a%3D~b", "[]\n"); /* structural */
    r = get(&f, "/api/v2/silences?filter=a%3Db&pending=false");
    CHECK(strstr(r.body.p, id) != NULL);
    response_done(&r);

    CHECK_RESPONSE(ask(&f, "DELETE", path, "", NULL), 200, "");
    CHECK_RESPONSE(ask(&f, "DELETE", path, "", NULL), 200, "");
    r = get(&f, path);
    CHECK(strstr(r.body.p, "\"state\":\"expired\"") != NULL);
    response_done(&r);
    CHECK_EQ(count_alerts(get(&f, "/api/v2/alerts?silenced=false")), 1u);
    fixture_stop(&f);
}

TEST(api, silences_are_refused_in_upstreams_words)
{
    struct http_fixture f;
    fixture_start(&f, NULL);
    static const struct {
        const char *body;
        int status;
        const char *want;
    } rows[] = {
        {"null", 422, "{\"code\":602,\"message\":\"comment in body is required\"}"},
        {SILENCE("x", ""), 404, "\"silence not found\"\n"},
        {SILENCE("", ",\"endsAt\":\"2019-01-01T00:00:00Z\""), 400,
         "\"Failed to create silence: start time must be before end time\"\n"},
        {SILENCE("", ",\"endsAt\":\"2021-01-01T00:00:00Z\""), 400,
         "\"Failed to create silence: end time can't be in the past\"\n"},
        {SILENCE("", ",\"matchers\":[{\"name\":\"a\",\"value\":\".*\",\"isRegex\":true}]"), 400,
         "\"invalid silence: matcher set 0: at least one matcher must not match the empty string\"\n"},
        {SILENCE("", ",\"matchers\":[]"), 422,
         "{\"code\":612,\"message\":\"matchers in body should have at least 1 items\"}"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_RESPONSE(post(&f, "/api/v2/silences", rows[i].body), rows[i].status, rows[i].want);
    CHECK_RESPONSE(get(&f, "/api/v2/silence/foo"), 422,
                   "{\"code\":601,\"message\":\"silenceID in path must be of type uuid: \\\"foo\\\"\"}");
    struct response r = get(&f, "/api/v2/silence/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f");
    CHECK_EQ(r.status, 404);
    CHECK(response_header(&r, "Content-Type") == NULL);
    CHECK_STR(response_header(&r, "Content-Length"), "0");
    response_done(&r);
    CHECK_RESPONSE(ask(&f, "DELETE", "/api/v2/silence/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f", "", NULL), 404,
                   "");
    fixture_stop(&f);
}

TEST(api, status_and_receivers)
{
    struct http_fixture f;
    fixture_start(&f, NULL);
    struct response r = get(&f, "/api/v2/status");
    CHECK_EQ(r.status, 200);
    CHECK(
        sv_has_prefix(strbuf_sv(&r.body),
                      SV("{\"cluster\":{\"peers\":[],\"status\":\"disabled\"},\"config\":{\"original\":\"")));
    CHECK_STR(strstr(r.body.p, ",\"versionInfo\":"),
              ",\"versionInfo\":{\"branch\":\"main\",\"buildDate\":\"today\",\"buildUser\":\"me\","
              "\"goVersion\":\"none\",\"revision\":\"abc\",\"version\":\"0.34.0\"}}\n");
    CHECK_STR(response_header(&r, "Content-Type"), "application/json");
    response_done(&r);
    check_get(
        &f, "/api/v2/receivers",
        "[{\"labels\":{\"name\":\"default\"},\"name\":\"default\"},{\"labels\":{\"name\":\"unused\"},"
        "\"name\":\"unused\"},{\"labels\":{\"name\":\"team-a\",\"owner\":\"alpha\"},\"name\":\"team-a\"}]"
        "\n");
    check_get(&f, "/api/v2/receivers?receiver_matchers=owner%3Dalpha",
              "[{\"labels\":{\"name\":\"team-a\",\"owner\":\"alpha\"},\"name\":\"team-a\"}]\n");
    fixture_stop(&f);
}

TEST(api, unknown_paths_and_methods)
{
    struct http_fixture f;
    fixture_start(&f, NULL);
    CHECK_RESPONSE(get(&f, "/api/v2/nope"), 404,
                   "{\"code\":404,\"message\":\"path /api/v2/nope was not found\"}");
    struct response r = ask(&f, "PUT", "/api/v2/alerts", "", NULL);
    CHECK_STR(response_header(&r, "Allow"), "GET,POST");
    CHECK_RESPONSE(r, 405, "{\"code\":405,\"message\":\"method PUT is not allowed, but [GET,POST] are\"}");
    r = ask(&f, "HEAD", "/api/v2/status", "", NULL);
    CHECK_EQ(r.status, 405);
    response_done(&r);
    CHECK_RESPONSE(
        ask(&f, "GET", "/api/v2/status", "Accept: text/html\r\n", NULL), 406,
        "{\"code\":406,\"message\":\"unsupported media type requested, only [application/json] are "
        "available\"}");
    CHECK_RESPONSE(
        ask(&f, "GET", "/api/v2/status", "", "x"), 415,
        "{\"code\":415,\"message\":\"unsupported media type \\\"application/octet-stream\\\", only "
        "[application/json] are allowed\"}");
    CHECK_RESPONSE(get(&f, "/api/v1/alerts"), 410,
                   "{\"status\":\"deprecated\",\"error\":\"The Alertmanager v1 API was deprecated in version "
                   "0.16.0 and is removed as of version 0.27.0 - please use the equivalent route in the v2 "
                   "API\"}\n");
    CHECK_RESPONSE(get(&f, "/api/v1/status/buildinfo"), 404, "404 page not found\n");
    CHECK_RESPONSE(get(&f, "/alertmanager/api/v2/status"), 404, "404 page not found\n");
    fixture_stop(&f);
}

TEST(api, cross_origin_requests)
{
    struct http_fixture f;
    fixture_start(&f, NULL);
    struct response r = ask(&f, "GET", "/api/v2/nope", "Origin: http://o\r\n", NULL);
    CHECK_STR(response_header(&r, "Access-Control-Allow-Origin"), "*");
    CHECK_STR(response_header(&r, "Vary"), "Origin");
    CHECK_STR(response_header(&r, "Cache-Control"), "no-store");
    response_done(&r);
    r = ask(&f, "DELETE", "/api/v2/silence/x", "Origin: http://o\r\n", NULL);
    CHECK(response_header(&r, "Access-Control-Allow-Origin") == NULL);
    response_done(&r);
    r = ask(&f, "OPTIONS", "/api/v2/x",
            "Origin: http://o\r\nAccess-Control-Request-Method: POST\r\n"
            "Access-Control-Request-Headers: content-type\r\n",
            NULL);
    CHECK_EQ(r.status, 204);
    CHECK_STR(response_header(&r, "Vary"),
              "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
    CHECK_STR(response_header(&r, "Access-Control-Allow-Methods"), "POST");
    CHECK_STR(response_header(&r, "Access-Control-Allow-Headers"), "content-type");
    CHECK(response_header(&r, "Cache-Control") == NULL);
    response_done(&r);
    r = ask(&f, "OPTIONS", "/api/v2/alerts", "Origin: http://o\r\nAccess-Control-Request-Method: DELETE\r\n",
            NULL);
    CHECK_EQ(r.status, 204);
    CHECK(response_header(&r, "Access-Control-Allow-Origin") == NULL);
    response_done(&r);
    r = ask(&f, "GET", "/-/healthy", "Origin: http://o\r\n", NULL);
    CHECK(response_header(&r, "Vary") == NULL);
    response_done(&r);
    fixture_stop(&f);
}

TEST(api, an_answer_waits_for_the_commit_and_tells_when_it_failed)
{
    struct http_fixture f;
    fixture_start(&f, NULL);
    f.mode = COMMIT_LATER;
    CHECK_RESPONSE(post(&f, "/api/v2/alerts", "[" ALERT("\"a\":\"b\"") "]"), 200, "");
    char id[37];
    create_silence(&f, id);
    f.mode = COMMIT_FAILS;
    CHECK_RESPONSE(post(&f, "/api/v2/alerts", "[" ALERT("\"a\":\"c\"") "]"), 500,
                   "\"alerts could not be stored\"\n");
    CHECK_RESPONSE(post(&f, "/api/v2/silences", SILENCE("", "")), 500, "\"silence could not be stored\"\n");
    f.mode = COMMIT_BUSY;
    struct response r = post(&f, "/api/v2/alerts", "[" ALERT("\"a\":\"d\"") "]");
    CHECK_EQ(r.status, 503);
    CHECK_STR(response_header(&r, "Retry-After"), "1");
    response_done(&r);
    fixture_stop(&f);
}

TEST(api, a_long_listing_is_sent_in_chunks_and_a_short_one_with_its_length)
{
    struct http_fixture f;
    fixture_start(&f, NULL);
    CLEANUP(strbuf_donep) struct strbuf body = {0};
    for (int i = 0; i < 3000; i++)
        strbuf_addf(&body, "%c{\"labels\":{\"alertname\":\"A\",\"i\":\"%d\"}}", i == 0 ? '[' : ',', i);
    strbuf_adds(&body, "]");
    CHECK_RESPONSE(post(&f, "/api/v2/alerts", body.p), 200, "");
    struct response r = get(&f, "/api/v2/alerts");
    CHECK_STR(response_header(&r, "Transfer-Encoding"), "chunked");
    CHECK_STR(r.body.p + r.body.n - 5, "\"}}]\n");
    CHECK_EQ(count_alerts(r), 3000u);
    CHECK_EQ(count_alerts(get(&f, "/api/v2/alerts/groups")), 3000u);
    struct client old = client_connect(&f);
    client_write(&old, SV("GET /api/v2/alerts HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    r = client_read(&old, false); /* knows no chunks: the connection's end is the body's */
    CHECK(response_header(&r, "Transfer-Encoding") == NULL);
    CHECK_EQ(count_alerts(r), 3000u);
    client_close(&old);
    r = get(&f, "/api/v2/alerts?filter=i%3D7");
    CHECK(response_header(&r, "Content-Length") != NULL);
    CHECK_EQ(count_alerts(r), 1u);
    fixture_stop(&f);
}
