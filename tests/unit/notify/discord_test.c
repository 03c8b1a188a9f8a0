#include "fixture.h"

/* */
TEST(discord, bodies)
{
    static const struct golden rows[] = {
        {"{webhook_url: 'http://x/d', username: bot}", true, "http://x/d",
         "{\"content\":\"\",\"embeds\":[{\"title\":\"[FIRING:1] HighCPU (web-1:9100 "
         "critical)\",\"description\":\"\\n\\nAlerts Firing:\\nLabels:\\n - alertname = HighCPU\\n - "
         "instance = web-1:9100\\n - severity = critical\\nAnnotations:\\n - summary = CPU \\u003c96%\\u003e "
         "\\u0026 rising\\nSource: "
         "http://prom:9090/"
         "graph?g0.expr=up\\u0026g0.tab=1\\n\\n\\n\\n\",\"color\":10038562}],\"username\":\"bot\"}"},
        {"{webhook_url: 'http://x/d', content: c, title: t, message: m, avatar_url: 'http://a'}", false,
         "http://x/d",
         "{\"content\":\"c\",\"embeds\":[{\"title\":\"t\",\"description\":\"m\",\"color\":3066993}],"
         "\"avatar_url\":\"http://a\"}"},
    };
    check_golden("discord", rows, COUNT_OF(rows));
}

/* P-098 R-056 */
TEST(discord, replies)
{
    static const struct outcome rows[] = {
        {204, "", VERDICT_DELIVERED, FAILURE_NONE, ""},
        {429, "slow", VERDICT_PERMANENT, FAILURE_RATE_LIMITED, "unexpected status code 429: slow"},
        {503, "", VERDICT_RETRY, FAILURE_SERVER, "unexpected status code 503"},
    };
    check_outcomes("discord", "{webhook_url: 'http://x/d'}", rows, COUNT_OF(rows));
}

TEST(discord, an_unreadable_file_is_permanent)
{
    struct fixture f;
    struct err err = {0};

    fixture_start(&f, "discord", "{webhook_url_file: /nonexistent/file}", true);
    CHECK(!fixture_render(&f, (struct now){0}, &err));
    CHECK(!f.render.transient);
    CHECK(strncmp(err.text, "read webhook_url_file: open /nonexistent/file: ", 47) == 0);
    fixture_end(&f);
}

TEST(discord, settings_are_checked)
{
    static const struct refusal rows[] = {
        {"{}", "one of webhook_url or webhook_url_file must be configured"},
        {"{webhook_url: 'http://x', webhook_url_file: f}",
         "at most one of webhook_url & webhook_url_file must be configured"},
    };
    check_refusals("discord", rows, COUNT_OF(rows));
}
