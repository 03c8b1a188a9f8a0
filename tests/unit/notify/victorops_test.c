#include "fixture.h"

#define SETTINGS "{api_key: AK, api_url: 'http://x', routing_key: '{{ \"r k\" }}', custom_fields: {f1: x}}"

/* */
TEST(victorops, bodies)
{
    static const struct golden rows[] = {
        {SETTINGS, true, "http://x/AK/r%20k",
         "{\"entity_display_name\":\"[FIRING:1] HighCPU (web-1:9100 "
         "critical)\",\"entity_id\":\"9f2a099adf99adbf3e1d24abbd84835468e75b8b96fca010db3f2b763340e4c1\","
         "\"f1\":\"x\",\"message_type\":\"CRITICAL\",\"monitoring_tool\":\"Alertmanager\",\"state_message\":"
         "\"CPU \\u003c96%\\u003e \\u0026 rising\\nAlerts Firing:\\nLabels:\\n - alertname = HighCPU\\n - "
         "instance = web-1:9100\\n - severity = critical\\nAnnotations:\\n - summary = CPU \\u003c96%\\u003e "
         "\\u0026 rising\\nSource: http://prom:9090/graph?g0.expr=up\\u0026g0.tab=1\\n\\n\"}"},
        {SETTINGS, false, "http://x/AK/r%20k",
         "{\"entity_display_name\":\"[RESOLVED] HighCPU (web-1:9100 "
         "critical)\",\"entity_id\":\"9f2a099adf99adbf3e1d24abbd84835468e75b8b96fca010db3f2b763340e4c1\","
         "\"f1\":\"x\",\"message_type\":\"RECOVERY\",\"monitoring_tool\":\"Alertmanager\",\"state_message\":"
         "\"CPU \\u003c96%\\u003e \\u0026 rising\\n\\nAlerts Resolved:\\nLabels:\\n - alertname = HighCPU\\n "
         "- instance = web-1:9100\\n - severity = critical\\nAnnotations:\\n - summary = CPU "
         "\\u003c96%\\u003e \\u0026 rising\\nSource: http://prom:9090/graph?g0.expr=up\\u0026g0.tab=1\\n\"}"},
    };
    check_golden("victorops", rows, COUNT_OF(rows));
}

/* */
TEST(victorops, types_of_messages_that_do_not_exist_are_critical)
{
    static const struct {
        const char *configured, *sent;
    } rows[] = {{"INFO", "\"INFO\""},
                {"WARNING", "\"WARNING\""},
                {"CRITICAL", "\"CRITICAL\""},
                {"RECOVERY", "\"CRITICAL\""},
                {"info", "\"CRITICAL\""}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf settings = {0};
        struct fixture f;
        strbuf_addf(&settings, "{api_key: k, routing_key: r, message_type: %s}", rows[i].configured);
        fixture_start(&f, "victorops", settings.p, true);
        fixture_must_render(&f);
        FAIL_IF(memmem(f.request.body.p, f.request.body.n, rows[i].sent, strlen(rows[i].sent)) == NULL,
                "%s: %.*s", rows[i].configured, SV_ARG(f.request.body));
        fixture_end(&f);
        strbuf_done(&settings);
    }
}

TEST(victorops, a_template_that_fails_is_tried_again)
{
    struct fixture f;
    struct err err = {0};

    fixture_start(&f, "victorops", "{api_key: k, routing_key: r, state_message: '{{ .Nope }}'}", true);
    CHECK(!fixture_render(&f, (struct now){0}, &err));
    CHECK(f.render.transient);
    CHECK(strncmp(err.text, "templating error: ", 18) == 0);
    fixture_end(&f);
}

/* */
TEST(victorops, settings_are_checked)
{
    static const struct refusal rows[] = {
        {"{api_key: k}", "missing Routing key in VictorOps config"},
        {"{routing_key: r}", "no global VictorOps API Key set"},
        {"{routing_key: r, api_key: k, api_key_file: f}",
         "at most one of api_key & api_key_file must be configured"},
        {"{routing_key: r, api_key: k, custom_fields: {entity_id: x}}",
         "victorOps config contains custom field entity_id which cannot be used as it conflicts with the "
         "fixed/static fields"},
    };
    check_refusals("victorops", rows, COUNT_OF(rows));
}
