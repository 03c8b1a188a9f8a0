#include "fixture.h"

#define TEMPLATES                                                                                            \
    "{{ define \"dingtalk.default.title\" }}告警{{ end }}"                                                 \
    "{{ define \"dingtalk.default.text\" }}#### 告警\n{{ range .Alerts }}\n**<font color=\"#D93026\">●"  \
    "</font> {{ .Labels.instance }}**\n\n> {{ .Annotations.summary }}\n{{ end }}{{ end }}"                   \
    "{{ define \"im.default.plain\" }}plain{{ end }}"                                                        \
    "{{ define \"__alertmanagerURL\" }}{{ .ExternalURL }}/{{ end }}"
#define URL "https://oapi.dingtalk.com/robot/send?access_token=T"

/* 1700000000.000 s: the timestamp of the vectors. */
static const struct now vector_time = {0, {.sec = 1700000000}};

static void begin(struct fixture *f, const char *settings)
{
    const struct delivery_alert alerts[] = {HIGH_CPU};
    struct config *c = fixture_receiver("dingtalk", settings, TEMPLATES);
    fixture_begin(f, c, fixture_delivery(c, alerts, 1));
}

/* `n` alerts with summaries of `size` bytes. */
static void begin_many(struct fixture *f, const char *settings, size_t n, size_t size)
{
    struct delivery_alert *alerts = xcalloc(n, sizeof *alerts);
    struct config *c = fixture_receiver("dingtalk", settings, TEMPLATES);
    char *summary = xmalloc(size + 16), labels[64];

    memcpy(summary, "summary=", 8);
    memset(summary + 8, 'x', size);
    summary[8 + size] = '\0';
    for (size_t i = 0; i < n; i++) {
        snprintf(labels, sizeof labels, "alertname=A|instance=host-%zu;", i);
        alerts[i] = fixture_alert(labels, summary, true);
    }
    fixture_begin(f, c, fixture_delivery(c, alerts, n));
    free(alerts);
    free(summary);
}

static const char *must_render(struct fixture *f)
{
    struct err err = {0};
    FAIL_IF(!fixture_render(f, vector_time, &err), "%s", err.text);
    FAIL_IF(f->request.body.n > 20000, "body has %zu bytes", f->request.body.n);
    return f->request.body.p;
}

/* made anew for every attempt. */
TEST(dingtalk, signature_vectors)
{
    static const struct {
        int32_t nsec;
        const char *url;
    } rows[] = {
        {0, URL "&timestamp=1700000000000&sign=bTgY2yDbep%2BwesS7jKiNj%2BsrsHoADES4%2BC4f8LCHFtU%3D"},
        {4000000, URL "&timestamp=1700000000004&sign=ZeaJlNY30xUaF%2Fp%2BhFzRR5gZ4qFj%2Bi4uxCJUEwchUXQ%3D"},
    };
    struct fixture f;

    begin(&f, "{webhook_url: '" URL "', "
              "secret: SEC0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef}");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct now now = {0, {.sec = 1700000000, .nsec = rows[i].nsec}};
        struct err err = {0};
        FAIL_IF(!fixture_render(&f, now, &err), "%s", err.text);
        CHECK_STR(f.request.url, rows[i].url);
    }
    fixture_end(&f);
}

/* the keyword is added where it is missing. */
TEST(dingtalk, bodies_of_the_message_types)
{
    static const struct {
        const char *settings, *body;
    } rows[] = {
        {"{webhook_url: '" URL "', title: T, text: 'a <b> \"c\"'}",
         "{\"msgtype\":\"markdown\",\"markdown\":{\"title\":\"T\",\"text\":\"a <b> \\\"c\\\"\"},"
         "\"at\":{\"atMobiles\":[],\"atUserIds\":[],\"isAtAll\":false}}"},
        {"{webhook_url: '" URL "', message_type: text, text: 'hi @13800000000', "
         "at: {mobiles: ['13800000000'], user_ids: [user123, '{{ .CommonLabels.severity }}']}}",
         "{\"msgtype\":\"text\",\"text\":{\"content\":\"hi @13800000000\\n\\n@user123 @critical\"},"
         "\"at\":{\"atMobiles\":[\"13800000000\"],\"atUserIds\":[\"user123\",\"critical\"],\"isAtAll\":false}"
         "}"},
        {"{webhook_url: '" URL "', message_type: action_card, title: T, text: x}",
         "{\"msgtype\":\"actionCard\",\"actionCard\":{\"title\":\"T\",\"text\":\"x\",\"singleTitle\":"
         "\"查看全部\","
         "\"singleURL\":\"http://am.example:9093/\"},"
         "\"at\":{\"atMobiles\":[],\"atUserIds\":[],\"isAtAll\":false}}"},
        {"{webhook_url: '" URL "', title: T, text: x, at: {all: true, mobiles: ['1']}}",
         "{\"msgtype\":\"markdown\",\"markdown\":{\"title\":\"T\",\"text\":\"x\"},"
         "\"at\":{\"atMobiles\":[],\"atUserIds\":[],\"isAtAll\":true}}"},
        {"{webhook_url: '" URL "', title: T, text: 'x KEY', keyword: KEY}",
         "{\"msgtype\":\"markdown\",\"markdown\":{\"title\":\"T KEY\",\"text\":\"x KEY\"},"
         "\"at\":{\"atMobiles\":[],\"atUserIds\":[],\"isAtAll\":false}}"},
        {"{webhook_url: '" URL "', title: KEY, text: x, keyword: KEY}",
         "{\"msgtype\":\"markdown\",\"markdown\":{\"title\":\"KEY\",\"text\":\"x\\n\\nKEY\"},"
         "\"at\":{\"atMobiles\":[],\"atUserIds\":[],\"isAtAll\":false}}"},
        {"{webhook_url: '" URL "', body: '{\"own\":\"{{ .Status }}\"}'}", "{\"own\":\"firing\"}"},
        {"{webhook_url: '" URL "', title: '', text: ''}",
         "{\"msgtype\":\"markdown\",\"markdown\":{\"title\":\"Alertmanager\",\"text\":\"Alertmanager\"},"
         "\"at\":{\"atMobiles\":[],\"atUserIds\":[],\"isAtAll\":false}}"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        begin(&f, rows[i].settings);
        CHECK_STR(must_render(&f), rows[i].body);
        CHECK_STR(f.request.content_type, "application/json; charset=utf-8");
        fixture_end(&f);
    }
}

TEST(dingtalk, mentions_come_from_comma_lists_without_duplicates_or_nonsense)
{
    struct fixture f;

    begin(&f, "{webhook_url: '" URL "', text: x, at: {mobiles: ['1, 2,1', '2,,a b,<x>', '{{ \"3,4\" }}']}}");
    CHECK(strstr(must_render(&f), "\"atMobiles\":[\"1\",\"2\",\"3\",\"4\"]") != NULL);
    CHECK(strstr(f.request.body.p, "\"x\\n\\n@1 @2 @3 @4\"") != NULL);
    fixture_end(&f);
}

TEST(dingtalk, access_token_makes_the_url)
{
    struct fixture f;

    begin(&f, "{access_token: 'a b'}");
    (void)must_render(&f);
    CHECK_STR(f.request.url, "https://oapi.dingtalk.com/robot/send?access_token=a+b");
    CHECK(strncmp(f.request.lane, "robot:", 6) == 0 && strstr(f.request.lane, "a+b") == NULL);
    CHECK_EQ(f.request.rate.requests, 18);
    CHECK_EQ(f.request.rate.burst, 6);
    CHECK_EQ(f.request.parallel, 1);
    CHECK_EQ(f.request.timeout, 10 * NS_PER_S);
    fixture_end(&f);
}

TEST(dingtalk, long_messages_are_sent_in_numbered_parts)
{
    struct fixture f;
    bool seen[60] = {0};
    unsigned parts = 0;

    begin_many(&f, "{webhook_url: '" URL "', max_parts: 5, keyword: KEY, at: {mobiles: ['138']}}", 60, 900);
    for (struct verdict v = {.kind = VERDICT_NEXT}; v.kind == VERDICT_NEXT; parts++) {
        char number[32], token[32];
        const char *body = must_render(&f);
        snprintf(number, sizeof number, "告警 KEY (%u/", parts + 1);
        FAIL_IF(strstr(body, number) == NULL, "part %u is not numbered: %.200s", parts, body);
        for (int i = 0; i < 60; i++) {
            snprintf(token, sizeof token, "host-%d;", i);
            seen[i] |= strstr(body, token) != NULL;
        }
        CHECK_EQ(strstr(body, "\"atMobiles\":[\"138\"]") != NULL, parts == 0);
        CHECK(strstr(body, "\\n\\nKEY\"") != NULL);
        v = fixture_reply(&f, 200, "{\"errcode\":0,\"errmsg\":\"ok\"}");
    }
    CHECK_EQ(parts, 4);
    for (int i = 0; i < 60; i++)
        FAIL_IF(!seen[i], "alert %d is in no part", i);
    fixture_end(&f);
}

TEST(dingtalk, what_does_not_fit_is_counted_and_linked)
{
    static const struct {
        const char *settings;
        unsigned parts;
    } rows[] = {{"{webhook_url: '" URL "', max_parts: 2}", 2},
                {"{webhook_url: '" URL "', overflow: truncate}", 1}};

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        struct verdict v = {0};
        unsigned left = 0, shown = 0;
        begin_many(&f, rows[i].settings, 100, 900);
        for (unsigned part = 0; part < rows[i].parts; part++) {
            const char *body = must_render(&f);
            for (const char *p = body; (p = strstr(p, "●")) != NULL; p++)
                shown++;
            v = fixture_reply(&f, 200, "{\"errcode\":0,\"errmsg\":\"ok\"}");
        }
        CHECK_EQ(v.kind, VERDICT_DELIVERED);
        const char *remark = strstr(f.request.body.p, "… 其余 ");
        CHECK(remark != NULL && sscanf(remark, "… 其余 %u 条见 [", &left) == 1);
        CHECK_EQ(left + shown, 100);
        CHECK(strstr(remark, "http://am.example:9093/#/alerts?receiver=ops.team)") != NULL);
        fixture_end(&f);
    }
}

TEST(dingtalk, a_body_of_exactly_the_limit_is_not_split)
{
    char settings[32000];
    struct fixture f;
    const char *frame = "{\"msgtype\":\"markdown\",\"markdown\":{\"title\":\"T\",\"text\":\"\"},"
                        "\"at\":{\"atMobiles\":[],\"atUserIds\":[],\"isAtAll\":false}}";
    const int fits = 20000 - (int)strlen(frame);

    for (int more = 0; more < 2; more++) {
        const int n = snprintf(settings, sizeof settings, "{webhook_url: '" URL "', title: T, text: '%0*d'}",
                               fits + more, 0);
        CHECK(n < (int)sizeof settings);
        begin(&f, settings);
        (void)must_render(&f);
        const struct verdict v = fixture_reply(&f, 200, "{\"errcode\":0}");
        CHECK_EQ(v.kind, more == 0 ? VERDICT_DELIVERED : VERDICT_NEXT);
        fixture_end(&f);
    }
}

/* */
TEST(dingtalk, replies)
{
    static const struct {
        int status;
        const char *body;
        enum verdict_kind kind;
        enum failure failure;
        const char *text;
    } rows[] = {
        {200, "{\"errcode\":0,\"errmsg\":\"ok\"}", VERDICT_DELIVERED, FAILURE_NONE, ""},
        {200, "{\"errcode\":-1,\"errmsg\":\"busy\"}", VERDICT_RETRY, FAILURE_SERVER,
         "dingtalk error -1: busy"},
        {200, "{\"errcode\":130101,\"errmsg\":\"x\"}", VERDICT_THROTTLED, FAILURE_RATE_LIMITED,
         "dingtalk error 130101: x"},
        {200, "{\"errcode\":410100,\"errmsg\":\"x\"}", VERDICT_THROTTLED, FAILURE_RATE_LIMITED,
         "dingtalk error 410100: x"},
        {200, "{\"errcode\":999,\"errmsg\":\"Send Too Fast\"}", VERDICT_THROTTLED, FAILURE_RATE_LIMITED,
         "dingtalk error 999: Send Too Fast"},
        {200, "{\"errcode\":999,\"errmsg\":\"被限流\"}", VERDICT_THROTTLED, FAILURE_RATE_LIMITED,
         "dingtalk error 999: 被限流"},
        {200, "{\"status\":1111,\"wait\":5,\"punish\":\"deny\"}", VERDICT_THROTTLED, FAILURE_RATE_LIMITED,
         "dingtalk error 0: "},
        {200, "{\"errcode\":310000,\"errmsg\":\"keywords not in content\"}", VERDICT_PERMANENT,
         FAILURE_CLIENT,
         "dingtalk error 310000: keywords not in content (set keyword to one of the robot's keywords)"},
        {200, "{\"errcode\":310000,\"errmsg\":\"sign not match\"}", VERDICT_PERMANENT, FAILURE_AUTH,
         "dingtalk error 310000: sign not match (check the secret)"},
        {200, "{\"errcode\":310000,\"errmsg\":\"ip 1.2.3.4 not in whitelist\"}", VERDICT_PERMANENT,
         FAILURE_AUTH,
         "dingtalk error 310000: ip 1.2.3.4 not in whitelist (add this machine's address to the robot's "
         "list)"},
        {200, "{\"errcode\":300001,\"errmsg\":\"x\"}", VERDICT_PERMANENT, FAILURE_AUTH,
         "dingtalk error 300001: x (check the access_token)"},
        {200, "{\"errcode\":400102,\"errmsg\":\"x\"}", VERDICT_PERMANENT, FAILURE_CLIENT,
         "dingtalk error 400102: x (the robot was stopped)"},
        {200, "{\"errcode\":40035,\"errmsg\":\"x\"}", VERDICT_PERMANENT, FAILURE_CLIENT,
         "dingtalk error 40035: x"},
        {200, "not json", VERDICT_RETRY, FAILURE_OTHER, "unexpected reply: not json"},
        {200, "{}", VERDICT_RETRY, FAILURE_OTHER, "unexpected reply: {}"},
        {200, "", VERDICT_RETRY, FAILURE_OTHER, "unexpected reply: "},
        {500, "oops", VERDICT_RETRY, FAILURE_SERVER, "unexpected status code 500: oops"},
        {408, "", VERDICT_RETRY, FAILURE_CLIENT, "unexpected status code 408: "},
        {429, "", VERDICT_THROTTLED, FAILURE_RATE_LIMITED, "unexpected status code 429: "},
        {404, "", VERDICT_PERMANENT, FAILURE_CLIENT, "unexpected status code 404: "},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        begin(&f, "{webhook_url: '" URL "'}");
        (void)must_render(&f);
        const struct verdict v = fixture_reply(&f, rows[i].status, rows[i].body);
        FAIL_IF(v.kind != rows[i].kind || v.failure != rows[i].failure || strcmp(v.text, rows[i].text) != 0,
                "%d %s: kind %d failure %d text \"%s\"", rows[i].status, rows[i].body, v.kind, v.failure,
                v.text);
        fixture_end(&f);
    }
}

TEST(dingtalk, penalties)
{
    struct fixture f;

    begin(&f, "{webhook_url: '" URL "'}");
    (void)must_render(&f);
    CHECK_EQ(fixture_reply(&f, 200, "{\"errcode\":410100,\"errmsg\":\"\"}").retry_after, 600 * NS_PER_S);
    CHECK_EQ(fixture_reply(&f, 200, "{\"status\":1111,\"wait\":5}").retry_after, 60 * NS_PER_S);
    CHECK_EQ(fixture_reply(&f, 200, "{\"status\":1111,\"wait\":90}").retry_after, 90 * NS_PER_S);
    fixture_end(&f);
}

/* */
TEST(dingtalk, a_refused_payload_is_sent_again_without_user_text_and_then_given_up)
{
    const char *refusal = "{\"errcode\":430104,\"errmsg\":\"improper content\"}";
    struct fixture f;

    begin(&f, "{webhook_url: '" URL "', keyword: KEY}");
    CHECK(strstr(must_render(&f), "rising") != NULL);
    CHECK_EQ(fixture_reply(&f, 200, refusal).kind, VERDICT_NEXT);
    CHECK_STR(must_render(&f), "{\"msgtype\":\"text\",\"text\":{\"content\":\"[告警] 触发 1 · 恢复 0\\n"
                               "http://am.example:9093/#/alerts?receiver=ops.team\\nKEY\"},"
                               "\"at\":{\"atMobiles\":[],\"atUserIds\":[],\"isAtAll\":false}}");
    CHECK_EQ(fixture_reply(&f, 200, refusal).kind, VERDICT_PERMANENT);
    fixture_end(&f);
}

/* */
TEST(dingtalk, a_wrong_clock_is_corrected_once_by_the_date_of_the_reply)
{
    struct fixture f;
    struct verdict v;
    const struct reply reply = {.transported = true,
                                .status = 200,
                                .body = SV("{\"errcode\":310000,\"errmsg\":\"invalid timestamp\"}"),
                                .date = {.sec = 1700007200}};

    begin(&f, "{webhook_url: '" URL "', secret: S}");
    (void)must_render(&f);
    f.type->classify(&f.render, &f.request, &reply, &v);
    CHECK_EQ(v.kind, VERDICT_NEXT);
    (void)must_render(&f);
    CHECK(strstr(f.request.url, "&timestamp=1700007200000&") != NULL);
    f.type->classify(&f.render, &f.request, &reply, &v);
    CHECK_EQ(v.kind, VERDICT_PERMANENT);
    fixture_end(&f);
}

/* */
TEST(dingtalk, an_unknown_code_is_given_three_attempts)
{
    struct fixture f;

    begin(&f, "{webhook_url: '" URL "'}");
    for (int i = 0; i < 3; i++) {
        (void)must_render(&f);
        CHECK_EQ(fixture_reply(&f, 200, "{\"errcode\":12345,\"errmsg\":\"?\"}").kind,
                 i < 2 ? VERDICT_RETRY : VERDICT_PERMANENT);
    }
    fixture_end(&f);
}

TEST(dingtalk, settings_are_checked)
{
    static const struct {
        const char *settings, *error;
    } rows[] = {
        {"{}", "one of webhook_url, webhook_url_file, access_token or access_token_file must be configured"},
        {"{webhook_url: '" URL "', webhook_url_file: f}",
         "at most one of webhook_url & webhook_url_file must be configured"},
        {"{webhook_url: '" URL "', access_token: t}",
         "at most one of webhook_url & access_token must be configured"},
        {"{access_token: t, access_token_file: f}",
         "at most one of access_token & access_token_file must be configured"},
        {"{access_token: t, secret: s, secret_file: f}",
         "at most one of secret & secret_file must be configured"},
        {"{access_token: t, message_type: fax}", "unknown message_type \"fax\" in dingtalk config"},
        {"{access_token: t, overflow: drop}", "overflow must be split, truncate or digest"},
        {"{access_token: t, max_parts: 0}", "max_parts must be between 1 and 100"},
        {"{access_token: t, rate_limit: {requests: 6, burst: 6}}",
         "rate_limit: requests must be more than burst, and burst at least 1"},
        {"{access_token: t, colour: red}", "field colour not found in type config.plain"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct err err = {0};
        struct config *c = fixture_load("dingtalk", rows[i].settings, &err);
        FAIL_IF(c != NULL, "%s is accepted", rows[i].settings);
        FAIL_IF(strstr(err.text, rows[i].error) == NULL, "%s: \"%s\"", rows[i].settings, err.text);
    }
}
