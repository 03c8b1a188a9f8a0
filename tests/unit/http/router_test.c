#include "http/router.h"

#include "support/test.h"

struct row {
    const char *prefix, *method, *target;
    enum routed_kind kind;
    enum endpoint endpoint;
    int status;
    const char *location; /* of a redirect; else the path, or NULL */
};

static void check(const struct row *r)
{
    struct strbuf location = {0};
    struct routed out;
    router_find(sv_of(r->prefix), sv_of(r->method), sv_of(r->target), &location, &out);
    FAIL_IF(out.kind != r->kind, "%s %s: kind is %d, want %d", r->method, r->target, (int)out.kind,
            (int)r->kind);
    FAIL_IF(out.endpoint != r->endpoint, "%s %s: endpoint is %d, want %d", r->method, r->target,
            (int)out.endpoint, (int)r->endpoint);
    if (r->kind == ROUTED_REDIRECT) {
        FAIL_IF(out.status != r->status, "%s %s: status is %d, want %d", r->method, r->target, out.status,
                r->status);
        CHECK_SV(strbuf_sv(&location), r->location);
    }
    strbuf_done(&location);
}

static void check_all(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        check(&rows[i]);
}

TEST(router, finds_the_endpoints_of_the_api)
{
    static const struct row rows[] = {
        {"", "GET", "/api/v2/status", ROUTED_ENDPOINT, ENDPOINT_STATUS, 0, NULL},
        {"", "GET", "/api/v2/receivers?x=1", ROUTED_ENDPOINT, ENDPOINT_RECEIVERS, 0, NULL},
        {"", "GET", "/api/v2/alerts", ROUTED_ENDPOINT, ENDPOINT_ALERTS, 0, NULL},
        {"", "get", "/api/v2/alerts", ROUTED_ENDPOINT, ENDPOINT_ALERTS, 0, NULL},
        {"", "POST", "/api/v2/alerts/", ROUTED_ENDPOINT, ENDPOINT_ALERTS, 0, NULL},
        {"", "GET", "/api/v2/alerts/groups/", ROUTED_ENDPOINT, ENDPOINT_GROUPS, 0, NULL},
        {"", "GET", "http://x:1/api/v2/silences", ROUTED_ENDPOINT, ENDPOINT_SILENCES, 0, NULL},
        {"", "DELETE", "/api/v2/silence/abc", ROUTED_ENDPOINT, ENDPOINT_SILENCE, 0, NULL},
        {"", "GET", "/api/v2/silence/", ROUTED_NOT_FOUND, ENDPOINT_NONE, 0, NULL},
        {"", "GET", "/api/v2/silence", ROUTED_NOT_FOUND, ENDPOINT_NONE, 0, NULL},
        {"", "GET", "/api/v2/silence/a/b", ROUTED_NOT_FOUND, ENDPOINT_NONE, 0, NULL},
        {"", "GET", "/api/v2/%61lerts", ROUTED_NOT_FOUND, ENDPOINT_NONE, 0, NULL},
        {"", "GET", "/api/v2/ALERTS", ROUTED_NOT_FOUND, ENDPOINT_NONE, 0, NULL},
        {"", "GET", "/api/v2/", ROUTED_NOT_FOUND, ENDPOINT_NONE, 0, NULL},
        {"", "GET", "/api/v2/swagger.json", ROUTED_NOT_FOUND, ENDPOINT_NONE, 0, NULL},
        {"", "PUT", "/api/v2/alerts", ROUTED_WRONG_METHOD, ENDPOINT_NONE, 0, NULL},
        {"", "HEAD", "/api/v2/status", ROUTED_WRONG_METHOD, ENDPOINT_NONE, 0, NULL},
        {"", "OPTIONS", "/api/v2/status", ROUTED_WRONG_METHOD, ENDPOINT_NONE, 0, NULL},
        {"", "GET", "/api/v3/status", ROUTED_NOT_FOUND, ENDPOINT_NONE, 0, NULL},
    };
    check_all(rows, COUNT_OF(rows));
}

TEST(router, finds_pages_and_what_is_left_of_v1)
{
    static const struct row rows[] = {
        {"", "GET", "/", ROUTED_ENDPOINT, ENDPOINT_INDEX, 0, NULL},
        {"", "HEAD", "/", ROUTED_WRONG_METHOD, ENDPOINT_NONE, 0, NULL},
        {"", "GET", "/-/healthy", ROUTED_ENDPOINT, ENDPOINT_HEALTHY, 0, NULL},
        {"", "HEAD", "/-/ready", ROUTED_ENDPOINT, ENDPOINT_READY, 0, NULL},
        {"", "POST", "/-/reload", ROUTED_ENDPOINT, ENDPOINT_RELOAD, 0, NULL},
        {"", "GET", "/-/reload", ROUTED_WRONG_METHOD, ENDPOINT_NONE, 0, NULL},
        {"", "GET", "/action/t", ROUTED_ENDPOINT, ENDPOINT_ACTION, 0, NULL},
        {"", "POST", "/action/t", ROUTED_ENDPOINT, ENDPOINT_ACTION, 0, NULL},
        {"", "DELETE", "/action/t", ROUTED_WRONG_METHOD, ENDPOINT_NONE, 0, NULL},
        {"", "GET", "/action/", ROUTED_NOT_FOUND, ENDPOINT_NONE, 0, NULL},
        {"", "GET", "/action/t/u", ROUTED_NOT_FOUND, ENDPOINT_NONE, 0, NULL},
        {"", "GET", "/action/../metrics", ROUTED_REDIRECT, ENDPOINT_NONE, 301, "/metrics"},
        {"", "GET", "/metrics", ROUTED_ENDPOINT, ENDPOINT_METRICS, 0, NULL},
        {"", "HEAD", "/metrics", ROUTED_WRONG_METHOD, ENDPOINT_NONE, 0, NULL},
        {"", "OPTIONS", "/metrics", ROUTED_OPTIONS, ENDPOINT_NONE, 0, NULL},
        {"", "OPTIONS", "*", ROUTED_OPTIONS, ENDPOINT_NONE, 0, NULL},
        {"", "GET", "*", ROUTED_MALFORMED, ENDPOINT_NONE, 0, NULL},
        {"", "GET", "?x", ROUTED_MALFORMED, ENDPOINT_NONE, 0, NULL},
        {"", "GET", "/api/v2/silence/%zz", ROUTED_MALFORMED, ENDPOINT_NONE, 0, NULL},
        {"", "GET", "/x%2", ROUTED_MALFORMED, ENDPOINT_NONE, 0, NULL},
        {"", "GET", "/api/v1/alerts", ROUTED_ENDPOINT, ENDPOINT_V1_ALERTS, 0, NULL},
        {"", "POST", "/api/v1/silences", ROUTED_ENDPOINT, ENDPOINT_V1_SILENCES, 0, NULL},
        {"", "DELETE", "/api/v1/silence/x", ROUTED_ENDPOINT, ENDPOINT_V1_SILENCE, 0, NULL},
        {"", "GET", "/api/v1/status/buildinfo", ROUTED_NOT_FOUND, ENDPOINT_NONE, 0, NULL},
        {"", "GET", "/api/v1/alerts/groups", ROUTED_NOT_FOUND, ENDPOINT_NONE, 0, NULL},
        {"", "GET", "/alertmanager/api/v2/status", ROUTED_NOT_FOUND, ENDPOINT_NONE, 0, NULL},
        {"", "GET", "/index.html", ROUTED_NOT_FOUND, ENDPOINT_NONE, 0, NULL},
        {"", "CONNECT", "host:443", ROUTED_NOT_FOUND, ENDPOINT_NONE, 0, NULL},
    };
    check_all(rows, COUNT_OF(rows));
}

TEST(router, redirects_to_the_clean_or_canonical_path)
{
    static const struct row rows[] = {
        {"", "GET", "//api/v2/alerts", ROUTED_REDIRECT, ENDPOINT_NONE, 301, "/api/v2/alerts"},
        {"", "POST", "/api//v2/alerts?a=b", ROUTED_REDIRECT, ENDPOINT_NONE, 301, "/api/v2/alerts?a=b"},
        {"", "GET", "/x/../metrics", ROUTED_REDIRECT, ENDPOINT_NONE, 301, "/metrics"},
        {"", "GET", "/./metrics/", ROUTED_REDIRECT, ENDPOINT_NONE, 301, "/metrics/"},
        {"", "GET", "/../..", ROUTED_REDIRECT, ENDPOINT_NONE, 301, "/"},
        {"", "GET", "/x/..//\\evil/%41 \xc3\xa9", ROUTED_REDIRECT, ENDPOINT_NONE, 301,
         "/%5Cevil/%41%20%C3%A9"},
        {"", "GET", "/a/b/..", ROUTED_REDIRECT, ENDPOINT_NONE, 301, "/a"},
        {"", "GET", "/api/v2", ROUTED_REDIRECT, ENDPOINT_NONE, 301, "/api/v2/"},
        {"", "GET", "/-/healthy/", ROUTED_REDIRECT, ENDPOINT_NONE, 301, "/-/healthy"},
        {"", "GET", "/METRICS?name[]=x", ROUTED_REDIRECT, ENDPOINT_NONE, 301, "/metrics?name[]=x"},
        {"", "POST", "/-/reload/", ROUTED_REDIRECT, ENDPOINT_NONE, 307, "/-/reload"},
        {"", "POST", "/METRICS", ROUTED_NOT_FOUND, ENDPOINT_NONE, 0, NULL},
    };
    check_all(rows, COUNT_OF(rows));
}

TEST(router, lives_below_its_prefix_only)
{
    static const struct row rows[] = {
        {"/am/x", "GET", "/", ROUTED_REDIRECT, ENDPOINT_NONE, 302, "/am/x"},
        {"/am/x", "POST", "/", ROUTED_WRONG_METHOD, ENDPOINT_NONE, 0, NULL},
        {"/am/x", "GET", "/am/x", ROUTED_REDIRECT, ENDPOINT_NONE, 301, "/am/x/"},
        {"/am/x", "GET", "/am/x/", ROUTED_ENDPOINT, ENDPOINT_INDEX, 0, NULL},
        {"/am/x", "GET", "/am/x/api/v2/status", ROUTED_ENDPOINT, ENDPOINT_STATUS, 0, NULL},
        {"/am/x", "GET", "/am/x/api/v2", ROUTED_REDIRECT, ENDPOINT_NONE, 301, "/am/x/api/v2/"},
        {"/am/x", "GET", "/am/x/-/Healthy", ROUTED_REDIRECT, ENDPOINT_NONE, 301, "/am/x/-/healthy"},
        {"/am/x", "GET", "/am", ROUTED_NOT_FOUND, ENDPOINT_NONE, 0, NULL},
        {"/am/x", "GET", "/am/xy", ROUTED_NOT_FOUND, ENDPOINT_NONE, 0, NULL},
        {"/am/x", "GET", "/-/healthy", ROUTED_NOT_FOUND, ENDPOINT_NONE, 0, NULL},
        {"/am/x", "GET", "/api/v2/status", ROUTED_NOT_FOUND, ENDPOINT_NONE, 0, NULL},
    };
    check_all(rows, COUNT_OF(rows));
}

TEST(router, shows_api_paths_without_the_prefix_and_gives_the_parameter)
{
    struct strbuf location = {0};
    struct routed out;
    router_find(SV("/p"), SV("GET"), SV("/p/api/v2/silence/a%20b/?q=1"), &location, &out);
    CHECK_SV(out.path, "/api/v2/silence/a%20b/");
    CHECK_SV(out.param, "a%20b");
    CHECK_SV(out.query, "q=1");
    CHECK(out.api);
}

/* */
TEST(router, the_bridge_is_a_door_of_its_own)
{
    static const struct {
        const char *method, *target;
        enum routed_kind kind;
        enum endpoint endpoint;
        const char *param;
    } rows[] = {
        {"POST", "/dingtalk/ops/send", ROUTED_ENDPOINT, ENDPOINT_BRIDGE_DINGTALK, "ops"},
        {"PUT", "http://h:8060/wecom/a%20b/send?x=1", ROUTED_ENDPOINT, ENDPOINT_BRIDGE_WECOM, "a%20b"},
        {"GET", "/dingtalk/ops/send", ROUTED_WRONG_METHOD, ENDPOINT_NONE, "ops"},
        {"POST", "/-/reload", ROUTED_ENDPOINT, ENDPOINT_RELOAD, ""},
        {"PUT", "/-/reload", ROUTED_ENDPOINT, ENDPOINT_RELOAD, ""},
        {"HEAD", "/-/healthy", ROUTED_ENDPOINT, ENDPOINT_HEALTHY, ""},
        {"POST", "/dingtalk//send", ROUTED_NOT_FOUND, ENDPOINT_NONE, ""},
        {"POST", "/dingtalk/a/b/send", ROUTED_NOT_FOUND, ENDPOINT_NONE, NULL},
        {"GET", "/metrics", ROUTED_NOT_FOUND, ENDPOINT_NONE, ""},
        {"GET", "/api/v2/status", ROUTED_NOT_FOUND, ENDPOINT_NONE, ""},
        {"POST", "/dingtalk/%zz/send", ROUTED_MALFORMED, ENDPOINT_NONE, ""},
        {"POST", "*", ROUTED_MALFORMED, ENDPOINT_NONE, ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct routed out;
        router_find_bridge(sv_of(rows[i].method), sv_of(rows[i].target), &out);
        FAIL_IF(out.kind != rows[i].kind || out.endpoint != rows[i].endpoint, "%s %s: kind %d, endpoint %d",
                rows[i].method, rows[i].target, (int)out.kind, (int)out.endpoint);
        if (rows[i].param != NULL)
            CHECK_SV(out.param, rows[i].param);
    }
    static const struct row elsewhere[] = {
        {"", "POST", "/dingtalk/ops/send", ROUTED_NOT_FOUND, ENDPOINT_NONE, 0, NULL},
        {"/am", "POST", "/am/wecom/ops/send", ROUTED_NOT_FOUND, ENDPOINT_NONE, 0, NULL},
    };
    check_all(elsewhere, COUNT_OF(elsewhere));
}

TEST(router, prints_allowed_methods_sorted)
{
    static const struct {
        const char *method, *target, *want;
    } rows[] = {
        {"PUT", "/api/v2/alerts", "GET,POST"},        {"POST", "/api/v2/silence/x", "DELETE,GET"},
        {"POST", "/-/healthy", "GET, HEAD, OPTIONS"}, {"GET", "/-/reload", "OPTIONS, POST"},
        {"OPTIONS", "/metrics", "GET, OPTIONS"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf location = {0}, allowed = {0};
        struct routed out;
        router_find(SV(""), sv_of(rows[i].method), sv_of(rows[i].target), &location, &out);
        router_print_allowed(&allowed, out.allowed, out.api);
        CHECK_SV(strbuf_sv(&allowed), rows[i].want);
        strbuf_done(&allowed);
    }
}

TEST(router, labels_are_patterns_not_what_was_sent)
{
    CHECK_STR(endpoint_label(ENDPOINT_SILENCE), "/api/v2/silence/{silenceID}");
    CHECK_STR(endpoint_label(ENDPOINT_ALERTS), "/api/v2/alerts");
    CHECK_STR(endpoint_label(ENDPOINT_NONE), "/api/v2/*");
    CHECK_STR(endpoint_label(ENDPOINT_V1_SILENCE), "/silence/:sid");
}
