/* Feishu robots (receivers.md B6). */
#include "fixture.h"

#include "base/utf8.h"
#include "notify/receivers/list.h"

#define OK "{\"code\":0,\"msg\":\"success\"}"

TEST_ZONE("Asia/Shanghai")

static const struct now some_time = {0, {.sec = 1700000000}};

static void begin(struct fixture *f, const char *settings)
{
    const struct delivery_alert alerts[] = {HIGH_CPU};
    struct config *c = fixture_builtin("feishu", settings);
    fixture_begin(f, c, fixture_delivery(c, alerts, 1));
}

static const char *must_render(struct fixture *f)
{
    struct err err = {0};
    FAIL_IF(!fixture_render(f, some_time, &err), "%s", err.text);
    return f->request.body.p;
}

TEST(feishu, bodies)
{
    static const struct {
        const char *settings, *body;
    } rows[] = {
        {"{hook_token: T, message_type: text, text: 'a <b>'}",
         "{\"msg_type\":\"text\",\"content\":{\"text\":\"a <b>\"}}"},
        {"{hook_token: T, message_type: text, text: a, at: {user_ids: [ou_1, ou_2]}}",
         "{\"msg_type\":\"text\",\"content\":{\"text\":\"a\\n<at user_id=\\\"ou_1\\\"></at> "
         "<at user_id=\\\"ou_2\\\"></at>\"}}"},
        {"{hook_token: T, message_type: text, text: a, at: {all: true}}",
         "{\"msg_type\":\"text\",\"content\":{\"text\":\"a\\n<at user_id=\\\"all\\\"></at>\"}}"},
        {"{hook_token: T, message_type: post, title: T, text: \"a\\nb\", at: {user_ids: [ou_1]}}",
         "{\"msg_type\":\"post\",\"content\":{\"post\":{\"zh_cn\":{\"title\":\"T\",\"content\":"
         "[[{\"tag\":\"text\",\"text\":\"a\"}],[{\"tag\":\"text\",\"text\":\"b\"},"
         "{\"tag\":\"at\",\"user_id\":\"ou_1\"}]]}}}}"},
        {"{hook_token: T, message_type: image, image_key: img_1}",
         "{\"msg_type\":\"image\",\"content\":{\"image_key\":\"img_1\"}}"},
        {"{hook_token: T, message_type: share_chat, share_chat_id: oc_1}",
         "{\"msg_type\":\"share_chat\",\"content\":{\"share_chat_id\":\"oc_1\"}}"},
        {"{hook_token: T, card: '{\"schema\":\"2.0\"}'}",
         "{\"msg_type\":\"interactive\",\"card\":{\"schema\":\"2.0\"}}"},
        {"{hook_token: T, body: '{}'}", "{}"},
        {"{hook_token: T, message_type: text, text: a, keyword: ops}",
         "{\"msg_type\":\"text\",\"content\":{\"text\":\"a\\n\\nops\"}}"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        begin(&f, rows[i].settings);
        CHECK_STR(must_render(&f), rows[i].body);
        CHECK_STR(f.request.url, "https://open.feishu.cn/open-apis/bot/v2/hook/T");
        CHECK_EQ(fixture_reply(&f, 200, OK).kind, VERDICT_DELIVERED);
        fixture_end(&f);
    }
}

TEST(feishu, robots_of_the_first_version_take_title_and_text)
{
    struct fixture f;
    begin(&f, "{webhook_url: 'http://h/open-apis/bot/hook/T', title: A, text: b}");
    CHECK_STR(must_render(&f), "{\"title\":\"A\",\"text\":\"b\"}");
    fixture_end(&f);
}

TEST(feishu, signature)
{
    static const struct {
        int64_t at;
        const char *secret, *sign;
    } rows[] = {
        {1700000000, "kfsDemoSecret123", "LHXCZd23Un1Fj3Y4gK5s19HpR4XVrLeGtFm+QK6SJx0="},
        {100, "demo", "jquNHnVOwmDRfw+vqTIrY5dooJAgi5EcRtLsQE4wfXg="},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char settings[128], want[160];
        struct fixture f;
        struct err err = {0};
        (void)snprintf(settings, sizeof settings, "{hook_token: T, secret: %s, message_type: text, text: a}",
                       rows[i].secret);
        (void)snprintf(want, sizeof want, "{\"timestamp\":\"%lld\",\"sign\":\"%s\",\"msg_type\":\"text\"",
                       (long long)rows[i].at, rows[i].sign);
        begin(&f, settings);
        CHECK(fixture_render(&f, (struct now){0, {.sec = rows[i].at}}, &err));
        FAIL_IF(!sv_has_prefix(f.request.body, sv_of(want)), "%.*s", SV_ARG(f.request.body));
        fixture_end(&f);
    }
}

/* ---- the card of receivers.md B1.3 ---- */

static struct delivery_alert sample_alert(const char *labels, const char *annotations, const char *url,
                                          struct stamp from, struct stamp to)
{
    struct alert *a = alert_new(fixture_labels(labels), fixture_labels(annotations), intern(sv_of(url)), from,
                                to, from, false);
    return (struct delivery_alert){a, stamp_is_unset(to)};
}

static void begin_sample(struct fixture *f, const char *settings)
{
    const struct delivery_alert alerts[] = {
        sample_alert("alertname=HighCPU|instance=web-1:9100|job=node|severity=critical|zone=cn-hz",
                     "summary=CPU 96% on web-1|runbook_url=https://wiki.example/run?x=1&y=a b",
                     "http://prom:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1", (struct stamp){.sec = 1704164645},
                     STAMP_UNSET),
        sample_alert("alertname=HighCPU|instance=web-2:9100|job=node|severity=warning",
                     "summary=CPU 81% on web-2", "", (struct stamp){.sec = 1704164646}, STAMP_UNSET),
        sample_alert("alertname=HighCPU|instance=web-3:9100|job=node|severity=warning", "",
                     "javascript:alert(1)", (struct stamp){.sec = 1704157200},
                     (struct stamp){.sec = 1704166207, .nsec = 500000000}),
    };
    struct config *c = fixture_builtin("feishu", settings);
    fixture_begin(f, c, fixture_delivery(c, alerts, COUNT_OF(alerts)));
    f->delivery->reason = REASON_NEW_ALERTS;
}

TEST(feishu, default_card)
{
    FILE *file = fopen(TEST_DATA "/tmpl/feishu.json", "re");
    char want[8192] = {0};
    struct fixture f;

    CHECK(file != NULL && fgets(want, sizeof want, file) != NULL);
    (void)fclose(file);
    want[strcspn(want, "\n")] = '\0';
    begin_sample(&f, "{hook_token: T}");
    CHECK_STR(must_render(&f), want);
    fixture_end(&f);
}

TEST(feishu, card_in_english)
{
    struct fixture f;
    begin_sample(&f, "{hook_token: T, language: en, at: {user_ids: [ou_1]}}");
    const char *body = must_render(&f);
    static const char *const parts[] = {
        "\"content\":\"🔴[FIRING 2] HighCPU\"",
        "firing **2** · resolved **1** · new alerts added\\nalertname=HighCPU job=node\\n<at id=ou_1></at>",
        "since 01-02 11:04:05",
        ", lasted 2h 30m 7s",
        "[graph](http://prom",
        "\"Silence group\"",
    };
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        FAIL_IF(strstr(body, parts[i]) == NULL, "%s is not in %s", parts[i], body);
    fixture_end(&f);
}

/* ---- sizes ---- */

TEST(feishu, a_large_group_comes_in_numbered_parts_below_the_limit)
{
    struct delivery_alert alerts[120];
    struct fixture f;

    for (size_t i = 0; i < COUNT_OF(alerts); i++) {
        char labels[80];
        (void)snprintf(labels, sizeof labels, "alertname=HighCPU|instance=web-%03zu|severity=critical", i);
        alerts[i] = fixture_alert(labels, "summary=处理器 <96%> & rising", true);
    }
    struct config *c = fixture_builtin("feishu", "{hook_token: T, max_parts: 20}");
    fixture_begin(&f, c, fixture_delivery(c, alerts, COUNT_OF(alerts)));
    unsigned parts = 0;
    size_t seen = 0;
    for (bool more = true; more; parts++) {
        const char *body = must_render(&f);
        CHECK(f.request.body.n <= 20000);
        CHECK(utf8_valid(f.request.body));
        for (const char *p = body; (p = strstr(p, "**critical · web&#45;")) != NULL; p++)
            seen++;
        more = fixture_reply(&f, 200, OK).kind == VERDICT_NEXT;
    }
    CHECK(parts > 1);
    CHECK_EQ(seen, COUNT_OF(alerts));
    fixture_end(&f);
}

/* ---- replies ---- */

TEST(feishu, codes)
{
    static const struct {
        int status;
        const char *body;
        enum verdict_kind kind;
    } rows[] = {
        {200, OK, VERDICT_DELIVERED},
        {200, "{\"StatusCode\":0,\"StatusMessage\":\"success\"}", VERDICT_DELIVERED},
        {200, "{\"code\":11232,\"msg\":\"frequency limited psm[x]\"}", VERDICT_THROTTLED},
        {400, "{\"code\":9499,\"msg\":\"too many request\"}", VERDICT_THROTTLED},
        {400, "{\"code\":9499,\"msg\":\"Bad Request\"}", VERDICT_NEXT},
        {200, "{\"code\":19001,\"msg\":\"param invalid\"}", VERDICT_PERMANENT},
        {200, "{\"code\":19002,\"msg\":\"param invalid\"}", VERDICT_NEXT},
        {200, "{\"code\":19021,\"msg\":\"sign match fail\"}", VERDICT_NEXT},
        {200, "{\"code\":19024,\"msg\":\"Key Words Not Found\"}", VERDICT_PERMANENT},
        {200, "{\"code\":230099,\"msg\":\"Failed, ext=ErrCode: 11246\"}", VERDICT_NEXT},
        {200, "{\"code\":77777,\"msg\":\"?\"}", VERDICT_RETRY},
        {400, "no json", VERDICT_PERMANENT},
        {503, "", VERDICT_RETRY},
        {200, "<html>", VERDICT_RETRY},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        begin(&f, "{hook_token: T}");
        (void)must_render(&f);
        const struct verdict v = fixture_reply(&f, rows[i].status, rows[i].body);
        FAIL_IF(v.kind != rows[i].kind, "%d %s: %d %s", rows[i].status, rows[i].body, v.kind, v.text);
        fixture_end(&f);
    }
}

TEST(feishu, a_refused_card_is_followed_by_plain_text)
{
    struct fixture f;
    begin(&f, "{hook_token: T}");
    (void)must_render(&f);
    CHECK_EQ(fixture_reply(&f, 200, "{\"code\":19002,\"msg\":\"x\"}").kind, VERDICT_NEXT);
    CHECK_STR(must_render(&f),
              "{\"msg_type\":\"text\",\"content\":{\"text\":\"[告警] 触发 1 · 恢复 0\\n" EXTERNAL_URL
              "/#/alerts?receiver=ops.team\"}}");
    CHECK_EQ(fixture_reply(&f, 200, "{\"code\":19002,\"msg\":\"x\"}").kind, VERDICT_PERMANENT);
    fixture_end(&f);
}

/* R-113; 1700000000 is 22:13:20. */
TEST(feishu, what_is_not_new_avoids_the_full_and_the_half_hour)
{
    static const struct {
        int64_t sec;
        enum notify_reason reason;
        bool held;
    } rows[] = {
        {1700000000, REASON_REPEAT, false},       {1700001000 - 6, REASON_REPEAT, false},
        {1700001000 - 5, REASON_REPEAT, true},    {1700001000, REASON_REPEAT, true},
        {1700001000 + 4, REASON_REPEAT, true},    {1700001000 + 5, REASON_REPEAT, false},
        {1700001000, REASON_ALL_RESOLVED, true},  {1700001000, REASON_SOME_RESOLVED, true},
        {1700001000, REASON_FIRST, false},        {1700001000, REASON_NEW_ALERTS, false},
        {1700001000 + 1800, REASON_REPEAT, true}, {1700001000 + 900, REASON_REPEAT, false},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (uint64_t random = 0; random < 100; random += 7) {
            const struct delivery d = {.reason = rows[i].reason};
            const struct now now = {0, {.sec = rows[i].sec}};
            const dur_ns rest = feishu_receiver.hold(&d, now, random);
            FAIL_IF(rows[i].held ? rest < NS_PER_S || rest > 20 * NS_PER_S : rest != 0, "row %zu: %lld ns", i,
                    (long long)rest);
        }
}

TEST(feishu, settings)
{
    fixture_refused("feishu", "{hook_token: T, at: {mobiles: ['1']}}",
                    "feishu robots cannot mention mobiles, only user_ids (open ids)");
    fixture_refused("feishu", "{hook_token: T, message_type: image}",
                    "image_key belongs to message_type image");
    fixture_refused("feishu", "{hook_token: T, share_chat_id: x}",
                    "share_chat_id belongs to message_type share_chat");
    fixture_refused("feishu", "{hook_token: T, language: de}", "language must be zh or en");
    fixture_refused("feishu", "{}",
                    "one of webhook_url, webhook_url_file, hook_token or hook_token_file must be configured");
}
