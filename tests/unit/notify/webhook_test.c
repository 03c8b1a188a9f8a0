#include <unistd.h>

#include "fixture.h"

static const struct now some_time = {0, {.sec = 1700000000}};

static void begin(struct fixture *f, const char *settings)
{
    const struct delivery_alert alerts[] = {HIGH_CPU};
    struct config *c = fixture_receiver("webhook", settings, "");
    fixture_begin(f, c, fixture_delivery(c, alerts, 1));
}

TEST(webhook, request)
{
    struct fixture f;
    struct err err = {0};

    begin(&f, "{url: 'http://x/{{ .CommonLabels.severity }}', timeout: 5s, max_alerts: 1}");
    FAIL_IF(!fixture_render(&f, some_time, &err), "%s", err.text);
    CHECK_STR(f.request.method, "POST");
    CHECK_STR(f.request.url, "http://x/critical");
    CHECK_STR(f.request.content_type, "application/json");
    CHECK_EQ(f.request.timeout, 5 * NS_PER_S);
    CHECK_STR(f.request.timeout_name, "webhook");
    CHECK(f.request.lane_varies);
    CHECK(sv_has_prefix(f.request.body, SV("{\"receiver\":\"ops\\\\.team\"")));
    CHECK_EQ(f.request.body.p[f.request.body.n - 1], '\n');
    fixture_end(&f);
}

TEST(webhook, a_reply_without_what_is_expected_is_a_failure)
{
    static const struct reply_row rows[] = {
        {200, "{\"status\": \"success\"}", VERDICT_DELIVERED, ""},
        {200, "{\"status\":\"error\"}", VERDICT_RETRY, "unexpected reply: {\"status\":\"error\"}"},
        {200, "", VERDICT_RETRY, "unexpected reply: "},
        {400, "success", VERDICT_PERMANENT, "unexpected status code 400: success"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        begin(&f, "{url: 'http://x/', expect_reply: '\"status\":\\s*\"success\"'}");
        fixture_must_render(&f);
        fixture_answer(&f, &rows[i]);
        fixture_end(&f);
    }
    fixture_refused("webhook", "{url: 'http://x/', expect_reply: '('}", "expect_reply: error parsing regexp");
}

/* */
TEST(webhook, what_cannot_be_rendered_is_permanent_and_keeps_the_url_secret)
{
    static const struct {
        const char *settings, *error;
    } rows[] = {
        {"{url: 'http://x/{{ .Nope }}'}", "failed to template webhook URL: "},
        {"{url: '{{ .GroupLabels.nothing }}'}", "webhook URL is empty after templating"},
        {"{url: 'ftp{{ .GroupLabels.nothing }}://secret/'}", "webhook URL is not valid after templating"},
        {"{url_file: /nonexistent/file}", "read url_file: open /nonexistent/file: "},
        {"{url: 'http://x/', payload: {a: '{{ .Nope }}'}}", "failed to render custom payload: "},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        struct err err = {0};
        begin(&f, rows[i].settings);
        FAIL_IF(fixture_render(&f, some_time, &err), "%s is rendered", rows[i].settings);
        FAIL_IF(strncmp(err.text, rows[i].error, strlen(rows[i].error)) != 0, "%s: \"%s\"", rows[i].settings,
                err.text);
        CHECK(strstr(err.text, "secret") == NULL);
        fixture_end(&f);
    }
}

/* */
TEST(webhook, a_url_from_a_file_may_use_all_functions)
{
    char path[] = "/tmp/webhook-test-XXXXXX", settings[128];
    const int fd = mkstemp(path);
    struct fixture f;

    CHECK(fd >= 0 && write(fd, "http://x/{{ toUpper .Status }}\n", 31) == 31 && close(fd) == 0);
    snprintf(settings, sizeof settings, "{url_file: '%s'}", path);
    begin(&f, settings);
    fixture_must_render(&f);
    CHECK_STR(f.request.url, "http://x/FIRING");
    (void)remove(path);
    fixture_end(&f);
}

/* */
TEST(webhook, settings_are_checked)
{
    static const struct {
        const char *settings, *error;
    } rows[] = {
        {"{}", "one of url or url_file must be configured"},
        {"{url: 'http://x/', url_file: f}", "at most one of url & url_file must be configured"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct err err = {0};
        struct config *c = fixture_load("webhook", rows[i].settings, &err);
        FAIL_IF(c != NULL, "%s is accepted", rows[i].settings);
        FAIL_IF(strstr(err.text, rows[i].error) == NULL, "%s: \"%s\"", rows[i].settings, err.text);
    }
}

/* Each payload is the value of one key, or the whole document. R-018 R-019 R-020 R-026 */
TEST(webhook, payloads_are_rendered_and_read_again_as_yaml)
{
    static const struct {
        const char *payload, *json;
    } rows[] = {
        {"'{{ .Status }}'", "\"firing\"\n"},
        {"'{{ .GroupLabels | toJson }}'", "{\"alertname\":\"HighCPU\"}\n"},
        {"7", "7\n"},
        {"{b: 1, a: '{{ .Status }}'}", "{\"a\":\"firing\",\"b\":1}\n"},
        {"{'{{ .Status }}': x}", "{\"firing\":\"x\"}\n"},
        {"['{{ len .Alerts }}', true, null, 1.5]", "[1,true,null,1.5]\n"},
        {"{a: ''}", "{\"a\":null}\n"},
        {"{a: '# heading'}", "{\"a\":null}\n"},
        {"{a: 'yes', b: 'on', c: 'y', d: 'True'}", "{\"a\":true,\"b\":true,\"c\":true,\"d\":true}\n"},
        {"{a: 'no', b: 'off', c: 'n'}", "{\"a\":false,\"b\":false,\"c\":false}\n"},
        {"{a: '~', b: 'null'}", "{\"a\":null,\"b\":null}\n"},
        {"{a: '0123', b: '0x1F', c: '1_000', d: '1e3', e: '0b11'}",
         "{\"a\":83,\"b\":31,\"c\":1000,\"d\":1000,\"e\":3}\n"},
        {"{a: '1.0', b: '+1', c: '1e400'}", "{\"a\":1,\"b\":1,\"c\":\"1e400\"}\n"},
        {"{a: '2026-01-01', b: '1:30', c: 'http://x:80/'}",
         "{\"a\":\"2026-01-01\",\"b\":\"1:30\",\"c\":\"http://x:80/\"}\n"},
        {"{a: '[FIRING:2] HighCPU'}", "{\"a\":[\"FIRING:2\"]}\n"},
        {"{a: 'Status: firing'}", "{\"a\":{\"Status\":\"firing\"}}\n"},
        {"{a: 'a: b: c'}", "{\"a\":\"a: b: c\"}\n"},
        {"{a: '- item'}", "{\"a\":[\"item\"]}\n"},
        {"{a: '*bold*', b: '@all', c: '`x`'}", "{\"a\":\"*bold*\",\"b\":\"@all\",\"c\":\"`x`\"}\n"},
        {"{a: \"k: v\\nk2: v2\"}", "{\"a\":{\"k\":\"v\",\"k2\":\"v2\"}}\n"},
        {"{a: '> quote', b: \"line1\\nline2\"}", "{\"a\":\"\\u003e quote\",\"b\":\"line1\\nline2\"}\n"},
        {"{a: '\"q\"'}", "{\"a\":\"\\\"q\\\"\"}\n"},
        {"{a: '1: x'}", "{\"a\":{}}\n"},
        {"{a: \"['{{ \\\"{{\\\" }} .Status {{ \\\"}}\\\" }}']\"}", "{\"a\":[\"{{ .Status }}\"]}\n"},
        {"{a: 1e21, b: 1e-7, c: 123456789.5}", "{\"a\":1e+21,\"b\":1e-7,\"c\":123456789.5}\n"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf settings = {0};
        struct fixture f;
        struct err err = {0};
        strbuf_addf(&settings, "{url: 'http://x/', payload: %s}", rows[i].payload);
        begin(&f, settings.p);
        FAIL_IF(!fixture_render(&f, some_time, &err), "%s: %s", rows[i].payload, err.text);
        FAIL_IF(!sv_eq(f.request.body, sv_of(rows[i].json)), "%s: %.*s", rows[i].payload,
                SV_ARG(f.request.body));
        fixture_end(&f);
        strbuf_done(&settings);
    }
}

/* Up to 0.33 Alertmanager reads the strings of such a value once more, which --compat.strict restores. R-020
 */
TEST(webhook, strings_inside_a_value_that_was_read_are_kept_but_under_compat_strict)
{
    static const struct {
        const char *payload, *json, *strict;
    } rows[] = {
        {"{a: '{\"u\":\"\"}'}", "{\"a\":{\"u\":\"\"}}\n", "{\"a\":{\"u\":null}}\n"},
        {"{a: '[\"5\",\"x: 1\"]'}", "{\"a\":[\"5\",\"x: 1\"]}\n", "{\"a\":[5,{\"x\":1}]}\n"},
        {"{a: '[\"{{ \"{{\" }} .Status }}\"]'}", "{\"a\":[\"{{ .Status }}\"]}\n",
         "{\"a\":[\"{{ .Status }}\"]}\n"},
    };
    for (size_t i = 0; i < 2 * COUNT_OF(rows); i++) {
        const bool strict = i % 2 != 0;
        const char *want = strict ? rows[i / 2].strict : rows[i / 2].json;
        struct strbuf settings = {0};
        struct fixture f;
        struct err err = {0};
        strbuf_addf(&settings, "{url: 'http://x/', payload: %s}", rows[i / 2].payload);
        begin(&f, settings.p);
        f.compat_strict = strict;
        FAIL_IF(!fixture_render(&f, some_time, &err), "%s: %s", rows[i / 2].payload, err.text);
        FAIL_IF(!sv_eq(f.request.body, sv_of(want)), "%s: %.*s", rows[i / 2].payload, SV_ARG(f.request.body));
        fixture_end(&f);
        strbuf_done(&settings);
    }
}

TEST(webhook, numbers_that_json_does_not_have_are_an_error)
{
    struct fixture f;
    struct err err = {0};

    begin(&f, "{url: 'http://x/', payload: {a: .inf}}");
    CHECK(!fixture_render(&f, some_time, &err));
    CHECK_STR(err.text, "failed to render custom payload: json: unsupported value: +Inf");
    fixture_end(&f);
}
