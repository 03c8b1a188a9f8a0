#include "fixture.h"

#define DETAILS "firing: 1, num_firing: 2, num_resolved: 3, resolved: 4"
#define V1_URL  "https://events.pagerduty.com/generic/2010-04-15/create_event.json"
#define V2_URL  "https://events.pagerduty.com/v2/enqueue"

/* P-002 R-045 R-046: the dedup_key is the group id */
TEST(pagerduty, bodies)
{
    static const struct golden rows[] = {
        {"{routing_key: RK, images: [{src: 'http://i', alt: a}, {alt: dropped}], "
         "links: [{href: 'http://l', text: t}, {text: dropped}]}",
         true, V2_URL,
         "{\"routing_key\":\"RK\",\"dedup_key\":"
         "\"9f2a099adf99adbf3e1d24abbd84835468e75b8b96fca010db3f2b763340e4c1\",\"event_action\":\"trigger\","
         "\"payload\":{\"summary\":\"[FIRING:1] HighCPU (web-1:9100 "
         "critical)\",\"source\":\"Alertmanager\",\"severity\":\"error\",\"custom_details\":{\"firing\":[{"
         "\"annotations\":{\"summary\":\"CPU \\u003c96%\\u003e \\u0026 "
         "rising\"},\"endsAt\":\"0001-01-01T00:00:00Z\",\"fingerprint\":\"cc6e49118c0ea32b\","
         "\"generatorURL\":\"http://prom:9090/"
         "graph?g0.expr=up\\u0026g0.tab=1\",\"labels\":{\"alertname\":\"HighCPU\",\"instance\":\"web-1:"
         "9100\",\"severity\":\"critical\"},\"startsAt\":\"2024-01-02T03:04:05.12Z\",\"status\":\"firing\"}],"
         "\"num_firing\":1,\"num_resolved\":0,\"resolved\":[]}},\"client\":\"Alertmanager\",\"client_url\":"
         "\"http://am.example:9093/#/alerts?receiver=ops%5C.team\",\"images\":[{\"src\":\"http://"
         "i\",\"alt\":\"a\",\"href\":\"\"}],\"links\":[{\"href\":\"http://l\",\"text\":\"t\"}]}"},
        {"{routing_key: RK, url: 'http://x/v2', client: '', client_url: '', description: d, source: s, "
         "severity: '{{ .CommonLabels.nothing }}', class: cl, component: co, group: gr, "
         "details: {" DETAILS ", '{{ .Status }}': {'{{ .Status }}': ['x']}}}",
         false, "http://x/v2",
         "{\"routing_key\":\"RK\",\"dedup_key\":"
         "\"9f2a099adf99adbf3e1d24abbd84835468e75b8b96fca010db3f2b763340e4c1\",\"event_action\":\"resolve\","
         "\"payload\":{\"summary\":\"d\",\"source\":\"s\",\"severity\":\"\",\"class\":\"cl\",\"component\":"
         "\"co\",\"group\":\"gr\",\"custom_details\":{\"firing\":1,\"num_firing\":2,\"num_resolved\":3,"
         "\"resolved\":4,\"{{ .Status }}\":{\"resolved\":[\"x\"]}}}}"},
        {"{service_key: SK, routing_key: RK, client: c, client_url: u, description: d, details: {" DETAILS
         "}}",
         true, V1_URL,
         "{\"service_key\":\"SK\",\"incident_key\":"
         "\"9f2a099adf99adbf3e1d24abbd84835468e75b8b96fca010db3f2b763340e4c1\",\"event_type\":\"trigger\","
         "\"description\":\"d\",\"event_action\":\"\",\"payload\":null,\"client\":\"c\",\"client_url\":\"u\","
         "\"details\":{\"firing\":1,\"num_firing\":2,\"num_resolved\":3,\"resolved\":4}}"},
        {"{service_key: SK, client: c, client_url: u, description: d, details: {" DETAILS "}}", false, V1_URL,
         "{\"service_key\":\"SK\",\"incident_key\":"
         "\"9f2a099adf99adbf3e1d24abbd84835468e75b8b96fca010db3f2b763340e4c1\",\"event_type\":\"resolve\","
         "\"description\":\"d\",\"event_action\":\"\",\"payload\":null,\"details\":{\"firing\":1,\"num_"
         "firing\":2,\"num_resolved\":3,\"resolved\":4}}"},
    };
    check_golden("pagerduty", rows, COUNT_OF(rows));
}

/* */
TEST(pagerduty, an_event_that_is_too_large_goes_without_its_details)
{
    struct strbuf settings = {0};
    struct fixture f;

    strbuf_adds(&settings, "{routing_key: RK, details: {much: '");
    for (size_t i = 0; i < 512000; i++)
        strbuf_addc(&settings, 'x');
    strbuf_adds(&settings, "'}}");
    fixture_start(&f, "pagerduty", settings.p, true);
    fixture_must_render(&f);
    CHECK(f.request.body.n < 2000);
    CHECK(memmem(f.request.body.p, f.request.body.n,
                 "\"custom_details\":{\"error\":\"Custom details have been ", 50) != NULL);
    strbuf_done(&settings);
    fixture_end(&f);
}

/* P-098 R-047 */
TEST(pagerduty, replies_of_v2)
{
    static const struct outcome rows[] = {
        {202, "{}", VERDICT_DELIVERED, FAILURE_NONE, ""},
        {400, "{\"message\":\"Event object is invalid\",\"errors\":[\"a\",\"b\"]}", VERDICT_PERMANENT,
         FAILURE_CLIENT, "unexpected status code 400: Event object is invalid: a,b"},
        {400, "nonsense", VERDICT_PERMANENT, FAILURE_CLIENT, "unexpected status code 400"},
        {403, "x", VERDICT_PERMANENT, FAILURE_AUTH, "unexpected status code 403"},
        {429, "x", VERDICT_RETRY, FAILURE_RATE_LIMITED, "unexpected status code 429"},
        {500, "x", VERDICT_RETRY, FAILURE_SERVER, "unexpected status code 500"},
    };
    check_outcomes("pagerduty", "{routing_key: k}", rows, COUNT_OF(rows));
}

/* P-098 R-047 */
TEST(pagerduty, replies_of_v1)
{
    static const struct outcome rows[] = {
        {200, "", VERDICT_DELIVERED, FAILURE_NONE, ""},
        {403, "", VERDICT_RETRY, FAILURE_OTHER, "unexpected status code 403"},
        {429, "", VERDICT_PERMANENT, FAILURE_OTHER, "unexpected status code 429"},
        {500, "", VERDICT_RETRY, FAILURE_OTHER, "unexpected status code 500"},
    };
    check_outcomes("pagerduty", "{service_key: k}", rows, COUNT_OF(rows));
}

TEST(pagerduty, a_key_that_is_empty_or_unreadable_is_an_error)
{
    static const struct {
        const char *settings, *error;
    } rows[] = {
        {"{routing_key: '{{ .CommonLabels.nothing }}'}", "routing key cannot be empty"},
        {"{service_key: '{{ .CommonLabels.nothing }}'}", "service key cannot be empty"},
        {"{routing_key_file: /nonexistent/file}", "failed to get routing key: open /nonexistent/file: "},
        {"{routing_key: k, source: '{{ .Nope }}'}", "failed to template PagerDuty v2 message: "},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        struct err err = {0};
        fixture_start(&f, "pagerduty", rows[i].settings, true);
        FAIL_IF(fixture_render(&f, (struct now){0}, &err), "%s is rendered", rows[i].settings);
        FAIL_IF(strncmp(err.text, rows[i].error, strlen(rows[i].error)) != 0, "%s: \"%s\"", rows[i].settings,
                err.text);
        fixture_end(&f);
    }
}

TEST(pagerduty, settings_are_checked)
{
    static const struct refusal rows[] = {
        {"{}", "missing service or routing key in PagerDuty config"},
        {"{routing_key: a, routing_key_file: b}",
         "at most one of routing_key & routing_key_file must be configured"},
        {"{service_key: a, service_key_file: b}",
         "at most one of service_key & service_key_file must be configured"},
        {"{routing_key: a, details: [b]}", "cannot unmarshal !!seq into map[string]interface {}"},
    };
    check_refusals("pagerduty", rows, COUNT_OF(rows));
}
