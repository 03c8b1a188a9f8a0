#include "fixture.h"

#define TEMPLATES                                                                                            \
    "{{ define \"im.title\" }}告警{{ end }}{{ define \"im.default.plain\" }}plain{{ end }}"                \
    "{{ define \"wecom.default.markdown\" }}### 告警\n{{ range .Alerts }}\n<font color=\"warning\">●"    \
    "</font> **{{ .Labels.instance }}**\n> {{ .Annotations.summary }}\n{{ end }}{{ end }}"
#define OK "{\"errcode\":0,\"errmsg\":\"ok\"}"

static const struct now some_time = {0, {.sec = 1700000000}};

static void begin(struct fixture *f, const char *settings)
{
    const struct delivery_alert alerts[] = {HIGH_CPU};
    struct config *c = fixture_receiver("wecom", settings, TEMPLATES);
    fixture_begin(f, c, fixture_delivery(c, alerts, 1));
}

static const char *must_render(struct fixture *f)
{
    struct err err = {0};
    FAIL_IF(!fixture_render(f, some_time, &err), "%s", err.text);
    return f->request.body.p;
}

TEST(wecom, bodies)
{
    static const struct {
        const char *settings, *body;
    } rows[] = {
        {"{key: K, text: 'a <b>'}", "{\"msgtype\":\"markdown\",\"markdown\":{\"content\":\"a <b>\"}}"},
        {"{key: K, text: x, at: {user_ids: [zhangsan, lisi]}}",
         "{\"msgtype\":\"markdown\",\"markdown\":{\"content\":\"x <@zhangsan> <@lisi>\"}}"},
        {"{key: K, text: 'x <@lisi>', at: {user_ids: [lisi]}}",
         "{\"msgtype\":\"markdown\",\"markdown\":{\"content\":\"x <@lisi>\"}}"},
        {"{key: K, message_type: text, text: x, at: {user_ids: [zhangsan], mobiles: ['13800001111']}}",
         "{\"msgtype\":\"text\",\"text\":{\"content\":\"x\",\"mentioned_list\":[\"zhangsan\"],"
         "\"mentioned_mobile_list\":[\"13800001111\"]}}"},
        {"{key: K, message_type: text, text: x, at: {all: true}}",
         "{\"msgtype\":\"text\",\"text\":{\"content\":\"x\",\"mentioned_list\":[\"@all\"]}}"},
        {"{key: K, body: '{}'}", "{}"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        begin(&f, rows[i].settings);
        CHECK_STR(must_render(&f), rows[i].body);
        CHECK_STR(f.request.url, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=K");
        CHECK_EQ(fixture_reply(&f, 200, OK).kind, VERDICT_DELIVERED);
        fixture_end(&f);
    }
}

TEST(wecom, markdown_mentions_mobiles_by_a_second_short_message)
{
    struct fixture f;

    begin(&f, "{key: K, title: T, text: x, at: {mobiles: ['138']}}");
    CHECK_STR(must_render(&f), "{\"msgtype\":\"markdown\",\"markdown\":{\"content\":\"x\"}}");
    CHECK_EQ(fixture_reply(&f, 200, OK).kind, VERDICT_NEXT);
    CHECK_STR(must_render(&f),
              "{\"msgtype\":\"text\",\"text\":{\"content\":\"T\",\"mentioned_mobile_list\":[\"138\"]}}");
    CHECK_EQ(fixture_reply(&f, 200, OK).kind, VERDICT_DELIVERED);
    fixture_end(&f);
}

/* The content is 1 byte per character here, so its size is easy to see. */
TEST(wecom, content_is_measured_in_bytes)
{
    static const struct {
        const char *type;
        int size;
        bool split;
    } rows[] = {
        {"markdown", 4096, false}, {"markdown", 4097, true}, {"text", 2048, false}, {"text", 2049, true}};

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char settings[8192];
        struct fixture f;
        snprintf(settings, sizeof settings, "{key: K, message_type: %s, text: '%0*d'}", rows[i].type,
                 rows[i].size, 0);
        begin(&f, settings);
        (void)must_render(&f);
        FAIL_IF((fixture_reply(&f, 200, OK).kind == VERDICT_NEXT) != rows[i].split, "%s %d", rows[i].type,
                rows[i].size);
        fixture_end(&f);
    }
}

TEST(wecom, a_failed_part_is_sent_again_alone)
{
    struct delivery_alert alerts[40];
    struct config *c = fixture_receiver("wecom", "{key: K}", TEMPLATES);
    struct fixture f;
    char labels[64], annotations[256];

    for (int i = 0; i < 40; i++) {
        snprintf(labels, sizeof labels, "alertname=A|instance=host-%d;", i);
        snprintf(annotations, sizeof annotations, "summary=%0200d", i);
        alerts[i] = fixture_alert(labels, annotations, true);
    }
    fixture_begin(&f, c, fixture_delivery(c, alerts, 40));
    CHECK(strstr(must_render(&f), "### 告警 (1/3)\\n") != NULL);
    CHECK_EQ(fixture_reply(&f, 200, OK).kind, VERDICT_NEXT);
    CHECK(strstr(must_render(&f), "\"### 告警 (2/3)\\n\\n<font color=") != NULL);
    CHECK_EQ(fixture_reply(&f, 500, "").kind, VERDICT_RETRY);
    CHECK(strstr(must_render(&f), "\"### 告警 (2/3)\\n\\n<font color=") != NULL);
    CHECK_EQ(fixture_reply(&f, 200, OK).kind, VERDICT_NEXT);
    CHECK(strstr(must_render(&f), "(3/3)") != NULL);
    CHECK_EQ(fixture_reply(&f, 200, OK).kind, VERDICT_DELIVERED);
    fixture_end(&f);
}

/* */
TEST(wecom, of_a_reply_that_is_not_json_200_bytes_are_shown)
{
    char body[512];
    struct fixture f;

    memset(body, 'x', sizeof body);
    body[sizeof body - 1] = '\0';
    begin(&f, "{key: K}");
    (void)must_render(&f);
    const struct verdict v = fixture_reply(&f, 200, body);
    CHECK_EQ(v.kind, VERDICT_RETRY);
    CHECK_EQ(strspn(v.text + strlen("unexpected reply: "), "x"), 200);
    CHECK_EQ(strlen(v.text), strlen("unexpected reply: ") + 200);
    fixture_end(&f);
}

/* */
TEST(wecom, replies)
{
    static const struct {
        const char *body;
        enum verdict_kind kind;
        enum failure failure;
        const char *text;
    } rows[] = {
        {OK, VERDICT_DELIVERED, FAILURE_NONE, ""},
        {"{\"errcode\":-1,\"errmsg\":\"busy\"}", VERDICT_RETRY, FAILURE_SERVER, "wecom error -1: busy"},
        {"{\"errcode\":45009,\"errmsg\":\"api freq out of limit\"}", VERDICT_THROTTLED, FAILURE_RATE_LIMITED,
         "wecom error 45009: api freq out of limit"},
        {"{\"errcode\":45033,\"errmsg\":\"concurrent\"}", VERDICT_RETRY, FAILURE_SERVER,
         "wecom error 45033: concurrent"},
        {"{\"errcode\":93000,\"errmsg\":\"invalid webhook url\"}", VERDICT_PERMANENT, FAILURE_AUTH,
         "wecom error 93000: invalid webhook url (check the key, and that the robot is still in the group)"},
        {"{\"errcode\":40058,\"errmsg\":\"markdown.content exceed max length 4096\"}", VERDICT_NEXT,
         FAILURE_CLIENT, "wecom error 40058: markdown.content exceed max length 4096"},
        {"{\"errcode\":45033,\"errmsg\":\"busy, hint: [1700000000_x], from ip: 1.2.3.4, more info at "
         "https://x\"}",
         VERDICT_RETRY, FAILURE_SERVER,
         "wecom error 45033: busy, hint: [1700000000_x], from ip: 1.2.3.4, more info at https://x"},
        {"{\"errcode\":40008,\"errmsg\":\"x\"}", VERDICT_NEXT, FAILURE_CLIENT, "wecom error 40008: x"},
        {"{\"errcode\":44004,\"errmsg\":\"x\"}", VERDICT_NEXT, FAILURE_CLIENT, "wecom error 44004: x"},
        {"{\"errcode\":77777,\"errmsg\":\"x\"}", VERDICT_RETRY, FAILURE_CLIENT, "wecom error 77777: x"},
        {"<html>", VERDICT_RETRY, FAILURE_OTHER, "unexpected reply: <html>"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        begin(&f, "{key: K}");
        (void)must_render(&f);
        const struct verdict v = fixture_reply(&f, 200, rows[i].body);
        FAIL_IF(v.kind != rows[i].kind || v.failure != rows[i].failure || strcmp(v.text, rows[i].text) != 0,
                "%s: kind %d failure %d text \"%s\"", rows[i].body, v.kind, v.failure, v.text);
        fixture_end(&f);
    }
}
