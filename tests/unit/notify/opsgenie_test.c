#include "fixture.h"

#define HASH "9f2a099adf99adbf3e1d24abbd84835468e75b8b96fca010db3f2b763340e4c1"
#define EVERYTHING                                                                                           \
    "{api_key: '{{ .CommonLabels.severity }}', api_url: 'http://x', update_alerts: true, details: {k: v}, "  \
    "tags: 't1,,t2', priority: P1, responders: [{name: 'a,b', type: teams}, {username: u@x, type: user}, "   \
    "{name: '{{ .CommonLabels.nothing }}', type: '{{ .CommonLabels.nothing }}'}]}"

static void next_step(struct fixture *f)
{
    CHECK_EQ(fixture_reply(f, 202, "").kind, VERDICT_NEXT);
    f->step++;
    fixture_must_render(f);
    CHECK_STR(f->request.method, "PUT");
    CHECK_STR(f->request.headers[0], "Authorization: GenieKey critical");
}

/* */
TEST(opsgenie, an_alert_is_created_and_updated)
{
    struct fixture f;

    fixture_start(&f, "opsgenie", EVERYTHING, true);
    fixture_must_render(&f);
    CHECK_STR(f.request.method, "POST");
    CHECK_STR(f.request.url, "http://x/v2/alerts");
    CHECK_STR(f.request.headers[0], "Authorization: GenieKey critical");
    CHECK_SV(
        f.request.body,
        "{\"alias\":\"9f2a099adf99adbf3e1d24abbd84835468e75b8b96fca010db3f2b763340e4c1\",\"message\":\"["
        "FIRING:1] HighCPU (web-1:9100 critical)\",\"description\":\"CPU \\u003c96%\\u003e \\u0026 "
        "rising\\nAlerts Firing:\\nLabels:\\n - alertname = HighCPU\\n - instance = web-1:9100\\n - severity "
        "= critical\\nAnnotations:\\n - summary = CPU \\u003c96%\\u003e \\u0026 rising\\nSource: "
        "http://prom:9090/"
        "graph?g0.expr=up\\u0026g0.tab=1\\n\\n\",\"details\":{\"alertname\":\"HighCPU\",\"instance\":\"web-1:"
        "9100\",\"k\":\"v\",\"severity\":\"critical\"},\"source\":\"http://am.example:9093/#/"
        "alerts?receiver=ops%5C.team\",\"responders\":[{\"name\":\"a\",\"type\":\"team\"},{\"name\":\"b\","
        "\"type\":\"team\"},{\"username\":\"u@x\",\"type\":\"user\"}],\"tags\":[\"t1\",\"t2\"],\"priority\":"
        "\"P1\"}"
        "\n");
    next_step(&f);
    CHECK_STR(f.request.url, "http://x/v2/alerts/" HASH "/message?identifierType=alias");
    CHECK_SV(f.request.body, "{\"message\":\"[FIRING:1] HighCPU (web-1:9100 critical)\"}\n");
    next_step(&f);
    CHECK_STR(f.request.url, "http://x/v2/alerts/" HASH "/description?identifierType=alias");
    CHECK(sv_has_prefix(f.request.body, SV("{\"description\":\"CPU ")));
    CHECK_EQ(fixture_reply(&f, 202, "").kind, VERDICT_DELIVERED);
    fixture_end(&f);
}

TEST(opsgenie, a_retry_goes_on_where_it_failed_but_under_compat_strict)
{
    for (int strict = 0; strict <= 1; strict++) {
        struct fixture f;
        fixture_start(&f, "opsgenie", EVERYTHING, true);
        f.compat_strict = strict != 0;
        fixture_must_render(&f);
        next_step(&f);
        CHECK_EQ(fixture_reply(&f, 500, "").kind, VERDICT_RETRY);
        fixture_must_render(&f);
        CHECK_STR(f.request.url, strict != 0 ? "http://x/v2/alerts"
                                             : "http://x/v2/alerts/" HASH "/message?identifierType=alias");
        fixture_end(&f);
    }
}

/* */
TEST(opsgenie, a_resolved_group_closes_the_alert)
{
    static const struct golden rows[] = {
        {EVERYTHING, false, "http://x/v2/alerts/" HASH "/close?identifierType=alias",
         "{\"source\":\"http://am.example:9093/#/alerts?receiver=ops%5C.team\"}"},
    };
    check_golden("opsgenie", rows, COUNT_OF(rows));
}

/* P-098 */
TEST(opsgenie, replies)
{
    static const struct outcome rows[] = {
        {202, "", VERDICT_DELIVERED, FAILURE_NONE, ""},
        {422, "no", VERDICT_PERMANENT, FAILURE_CLIENT, "unexpected status code 422: no"},
        {429, "slow", VERDICT_RETRY, FAILURE_RATE_LIMITED, "unexpected status code 429: slow"},
        {500, "", VERDICT_RETRY, FAILURE_SERVER, "unexpected status code 500"},
    };
    check_outcomes("opsgenie", "{api_key: k}", rows, COUNT_OF(rows));
}

TEST(opsgenie, settings_are_checked)
{
    static const struct refusal rows[] = {
        {"{}", "no global OpsGenie API Key set either inline or in a file"},
        {"{api_key: k, api_key_file: f}", "at most one of api_key & api_key_file must be configured"},
        {"{api_key: k, responders: [{type: team}]}",
         "opsGenieConfig responder {   team} has to have at least one of id, username or name specified"},
        {"{api_key: k, responders: [{id: i, type: x}]}",
         "opsGenieConfig responder {i   x} type does not match valid options "
         "^(team|teams|user|escalation|schedule)$"},
    };
    check_refusals("opsgenie", rows, COUNT_OF(rows));
}
