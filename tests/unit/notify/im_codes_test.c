/* What the codes of the chat platforms mean: the tables of receivers.md B3.5, B4 and B6 (R-078, R-079,
 * */
#include "fixture.h"

struct row {
    int64_t code;
    const char *text;
    enum verdict_kind kind;
    enum failure failure;
};

static void check(const char *type, const char *settings, const char *code_key, const char *text_key,
                  const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct strbuf body = {0};
        struct fixture f;

        strbuf_addf(&body, "{\"%s\":%lld,\"%s\":\"%s\"}", code_key, (long long)rows[i].code, text_key,
                    rows[i].text);
        fixture_start(&f, type, settings, true);
        fixture_must_render(&f);
        const struct verdict v = fixture_reply(&f, 200, body.p);
        FAIL_IF(v.kind != rows[i].kind || v.failure != rows[i].failure, "%s: kind %d failure %d \"%s\"",
                body.p, v.kind, v.failure, v.text);
        /* Another robot may do what this one is not allowed to, but has the same trouble with the payload. */
        FAIL_IF(v.elsewhere != (v.kind == VERDICT_PERMANENT), "%s: elsewhere %d", body.p, v.elsewhere);
        fixture_end(&f);
        strbuf_done(&body);
    }
}

#define OK_ROW     VERDICT_DELIVERED, FAILURE_NONE
#define THROTTLED  VERDICT_THROTTLED, FAILURE_RATE_LIMITED
#define TRANSIENT  VERDICT_RETRY, FAILURE_SERVER
#define REFUSED    VERDICT_PERMANENT, FAILURE_CLIENT
#define FORBIDDEN  VERDICT_PERMANENT, FAILURE_AUTH
#define SENT_AGAIN VERDICT_NEXT, FAILURE_CLIENT

TEST(im_codes, dingtalk)
{
    static const struct row rows[] = {
        {0, "ok", OK_ROW},
        {-1, "system busy", TRANSIENT},
        {130101, "send too fast, exceed 20 times per minute", THROTTLED},
        {410100, "x", THROTTLED},
        {310000, "keywords not in content, more: [https://open.dingtalk.com]", REFUSED},
        {310000, "sign not match, more: [https://open.dingtalk.com]", FORBIDDEN},
        {310000, "description: invalid timestamp", SENT_AGAIN},
        {310000, "ip 1.2.3.4 not in whitelist", FORBIDDEN},
        {300001, "token is not exist", FORBIDDEN},
        {300005, "token is not exist", FORBIDDEN},
        {400101, "access_token unknown", FORBIDDEN},
        {400013, "group dismissed", REFUSED},
        {400102, "robot stopped", REFUSED},
        {400105, "unsupported msgtype", SENT_AGAIN},
        {400106, "robot does not exist", REFUSED},
        {430101, "unsafe link", SENT_AGAIN},
        {430102, "improper text", SENT_AGAIN},
        {430103, "improper image", SENT_AGAIN},
        {430104, "improper content", SENT_AGAIN},
        {460101, "message too long, exceed 20000 bytes", SENT_AGAIN},
        {40035, "param error", REFUSED},
        {43002, "require http post", REFUSED},
        {43004, "invalid Content-Type", REFUSED},
    };

    check("dingtalk", "{access_token: T}", "errcode", "errmsg", rows, COUNT_OF(rows));
}

#define HINT ", hint: [1700000000001], from ip: 1.2.3.4, more info at https://example.invalid/?e=0"

TEST(im_codes, wecom)
{
    static const struct row rows[] = {
        {0, "ok", OK_ROW},
        {-1, "system busy" HINT, TRANSIENT},
        {45009, "api freq out of limit" HINT, THROTTLED},
        {45033, "x" HINT, TRANSIENT},
        {93000, "invalid webhook url" HINT, FORBIDDEN},
        {40058, "markdown.content exceed max length 4096. invalid Request Parameter" HINT, SENT_AGAIN},
        {40058, "invalid Request Parameter" HINT, SENT_AGAIN},
        {40008, "invalid message type" HINT, SENT_AGAIN},
        {44001, "empty media data" HINT, SENT_AGAIN},
        {44004, "empty content" HINT, SENT_AGAIN},
        {45002, "content too long" HINT, SENT_AGAIN},
        {40009, "invalid image size" HINT, SENT_AGAIN},
        {301019, "media md5 not match" HINT, SENT_AGAIN},
    };

    check("wecom", "{key: K}", "errcode", "errmsg", rows, COUNT_OF(rows));
}

TEST(im_codes, feishu)
{
    static const struct row rows[] = {
        {0, "success", OK_ROW},
        {11232, "frequency limited psm[lark.oapi.app_platform_runtime]", THROTTLED},
        {9499, "too many request", THROTTLED},
        {9499, "Bad Request", SENT_AGAIN},
        {19001, "param invalid: incoming webhook access token invalid", FORBIDDEN},
        {19002, "params error, msg_type need", SENT_AGAIN},
        {19007, "Bot Not Enabled", REFUSED},
        {19021, "sign match fail or timestamp is not within one hour from current time", SENT_AGAIN},
        {19022, "Ip Not Allowed", FORBIDDEN},
        {19024, "Key Words Not Found", REFUSED},
        {230099, "Failed to create card content, ext=ErrCode: 11310; ErrMsg: x", SENT_AGAIN},
    };

    check("feishu", "{hook_token: T}", "code", "msg", rows, COUNT_OF(rows));
}

/* three attempts for what nobody knows; words that mean "too fast" count whatever the code is. */
TEST(im_codes, unknown_ones)
{
    static const char *const fast[] = {"Send TOO FAST",   "too many calls", "limit exceeded",
                                       "Frequency limit", "被限流",         "频率过高"};
    char body[128];
    struct fixture f;

    for (size_t i = 0; i < COUNT_OF(fast); i++) {
        fixture_start(&f, "wecom", "{key: K}", true);
        fixture_must_render(&f);
        (void)snprintf(body, sizeof body, "{\"errcode\":77777,\"errmsg\":\"%s\"}", fast[i]);
        const struct verdict v = fixture_reply(&f, 200, body);
        FAIL_IF(v.kind != VERDICT_THROTTLED, "%s: %d", body, v.kind);
        fixture_end(&f);
    }
    fixture_start(&f, "wecom", "{key: K}", true);
    for (int i = 0; i < 3; i++) {
        fixture_must_render(&f);
        CHECK_EQ(fixture_reply(&f, 200, "{\"errcode\":77777,\"errmsg\":\"?\"}").kind,
                 i < 2 ? VERDICT_RETRY : VERDICT_PERMANENT);
    }
    fixture_end(&f);
}

/* what is no JSON is quoted, but not all of it. */
TEST(im_codes, an_answer_that_is_none)
{
    char body[401] = "", want[256];
    struct fixture f;

    memset(body, 'x', sizeof body - 1);
    (void)snprintf(want, sizeof want, "unexpected reply: %.200s", body);
    fixture_start(&f, "feishu", "{hook_token: T}", true);
    fixture_must_render(&f);
    const struct verdict v = fixture_reply(&f, 200, body);
    CHECK_EQ(v.kind, VERDICT_RETRY);
    CHECK_STR(v.text, want);
    fixture_end(&f);
}

/* A group in which robots may not mention everybody refuses the card: it is sent again without the mentions,
 * and only then without what it says. */
TEST(im_codes, a_card_is_refused_for_its_mentions)
{
    static const char refusal[] = "{\"code\":230099,\"msg\":\"Failed to create card, ext=ErrCode: 11310\"}";
    struct fixture f;

    fixture_start(&f, "feishu", "{hook_token: T, at: {all: true}}", true);
    fixture_must_render(&f);
    CHECK(memmem(f.request.body.p, f.request.body.n, "<at id=all>", 11) != NULL);
    CHECK_EQ(fixture_reply(&f, 200, refusal).kind, VERDICT_NEXT);
    fixture_must_render(&f);
    CHECK(memmem(f.request.body.p, f.request.body.n, "<at id=all>", 11) == NULL);
    CHECK(memmem(f.request.body.p, f.request.body.n, "rising", 6) != NULL);
    CHECK_EQ(fixture_reply(&f, 200, refusal).kind, VERDICT_NEXT);
    fixture_must_render(&f);
    CHECK(memmem(f.request.body.p, f.request.body.n, "rising", 6) == NULL);
    CHECK_EQ(fixture_reply(&f, 200, refusal).kind, VERDICT_PERMANENT);
    fixture_end(&f);
}

/* R-114, as DingTalk's: the clock of the answer signs the next request. */
TEST(im_codes, a_wrong_clock_at_feishu)
{
    const struct reply reply = {.transported = true,
                                .status = 200,
                                .body = SV("{\"code\":19021,\"msg\":\"sign match fail\"}"),
                                .date = {.sec = 1700007200}};
    struct verdict v = {0};
    struct fixture f;

    fixture_start(&f, "feishu", "{hook_token: T, secret: S}", true);
    fixture_must_render(&f);
    f.type->classify(&f.render, &f.request, &reply, &v);
    CHECK_EQ(v.kind, VERDICT_NEXT);
    fixture_must_render(&f);
    CHECK(memmem(f.request.body.p, f.request.body.n, "\"timestamp\":\"1700007200\"", 24) != NULL);
    f.type->classify(&f.render, &f.request, &reply, &v);
    CHECK_EQ(v.kind, VERDICT_PERMANENT);
    fixture_end(&f);
}
