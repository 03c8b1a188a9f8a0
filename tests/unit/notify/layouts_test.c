/* The built-in layouts, through the receivers that use them. */
#include "fixture.h"

TEST_ZONE("UTC")

static const struct now some_time = {0, {.sec = 1700000000}};

static void begin(struct fixture *f, const char *type, const char *settings)
{
    const struct delivery_alert alerts[] = {
        HIGH_CPU, fixture_alert("alertname=HighCPU|instance=web-2:9100|severity=warning", "", false)};
    struct err err = {0};
    struct config *c = fixture_load(type, settings, &err);
    FAIL_IF(c == NULL, "%s", err.text);
    FAIL_IF(!config_load_templates(c, &err), "%s", err.text);
    fixture_begin(f, c, fixture_delivery(c, alerts, 2));
}

static struct sv body_of(struct fixture *f)
{
    struct err err = {0};
    FAIL_IF(!fixture_render(f, some_time, &err), "%s", err.text);
    return f->request.body;
}

TEST(layouts, log)
{
    struct fixture f;
    begin(&f, "log", "{}");
    CHECK_SV(body_of(&f), "FIRING   HighCPU instance=web-1:9100, severity=critical\n"
                          "         CPU <96%> & rising\n"
                          "         since 2024-01-02 03:04:05 +0000\n"
                          "RESOLVED HighCPU instance=web-2:9100, severity=warning\n"
                          "         since 2024-01-02 03:04:05 +0000 until 2024-01-02 04:33:20 +0000\n"
                          "1 firing, 1 resolved for ops.team, group alertname=HighCPU: first notification\n");
    fixture_end(&f);
}

TEST(layouts, robots_send_something_that_names_both_alerts)
{
    static const struct {
        const char *type, *settings, *start;
    } rows[] = {
        {"dingtalk", "{access_token: T}",
         "{\"msgtype\":\"markdown\",\"markdown\":{\"title\":\"🔴[告警 1] HighCPU\",\"text\":\"#### "},
        {"dingtalk", "{access_token: T, message_type: text}",
         "{\"msgtype\":\"text\",\"text\":{\"content\":\"🔴[告警 1] HighCPU\\n触发 1 · 恢复 1 · 首次通知\\n"},
        {"dingtalk", "{access_token: T, message_type: action_card}",
         "{\"msgtype\":\"actionCard\",\"actionCard\":{"},
        {"wecom", "{key: K}",
         "{\"msgtype\":\"markdown\",\"markdown\":{\"content\":\"### 🔴[告警 1] HighCPU\\n"},
        {"wecom", "{key: K, message_type: text}",
         "{\"msgtype\":\"text\",\"text\":{\"content\":\"🔴[告警 1] HighCPU\\n触发 1"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        begin(&f, rows[i].type, rows[i].settings);
        const struct sv body = body_of(&f);
        FAIL_IF(!sv_has_prefix(body, sv_of(rows[i].start)), "%s: %.*s", rows[i].settings, SV_ARG(body));
        CHECK(memmem(body.p, body.n, "web-1:9100", 10) != NULL);
        CHECK(memmem(body.p, body.n, "web-2:9100", 10) != NULL);
        fixture_end(&f);
    }
}

TEST(layouts, email)
{
    struct fixture f;
    begin(&f, "email", "{to: a@b.c, from: a@b.c, smarthost: 'm:25'}");
    const struct sv body = body_of(&f);
    CHECK(memmem(body.p, body.n, "\r\nSubject: [FIRING:1] HighCPU \r\n", 32) != NULL);
    CHECK(memmem(body.p, body.n, "Content-Type: text/html; charset=3DUTF-8", 40) != NULL ||
          memmem(body.p, body.n, "Content-Type: text/html; charset=UTF-8", 38) != NULL);
    fixture_end(&f);
}

TEST(layouts, email_for_those_on_call)
{
    static const char *const parts[] = {
        "\r\nSubject: =?utf-8?q?=F0=9F=94=B4[FIRING_1]_HighCPU?=\r\n",
        "firing 1 =C2=B7 resolved 1 =C2=B7 first notification",
        "critical =C2=B7 web-1:9100</p>",
        "CPU &lt;96%&gt; &amp; rising</p>",
        ">Explain</a>",
    };
    struct fixture f;
    begin(&f, "email",
          "{to: a@b.c, from: a@b.c, smarthost: 'm:25', html: '{{ template \"email.oncall.html\" . }}', "
          "text: '{{ template \"email.oncall.text\" . }}', "
          "headers: {Subject: '{{ template \"email.oncall.subject\" . }}'}}");
    const struct sv body = body_of(&f);
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        FAIL_IF(memmem(body.p, body.n, parts[i], strlen(parts[i])) == NULL, "%s is not in %.*s", parts[i],
                SV_ARG(body));
    fixture_end(&f);
}
