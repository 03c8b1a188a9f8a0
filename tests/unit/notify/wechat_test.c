#include "fixture.h"

#define TEMPLATES                                                                                            \
    "{{ define \"wechat.default.message\" }}m {{ .Status }}{{ end }}{{ define \"wechat.default.to_user\" }}" \
    "{{ end }}{{ define \"wechat.default.to_party\" }}{{ end }}{{ define \"wechat.default.to_tag\" }}{{ "    \
    "end }}{{ define \"wechat.default.agent_id\" }}{{ end }}"
#define ACCOUNT "api_secret: SEC, corp_id: CORP, api_url: 'http://x/cgi-bin'"

static struct now at(int64_t seconds)
{
    return (struct now){seconds * NS_PER_S, {.sec = 1700000000 + seconds}};
}

static void begin(struct fixture *f, const char *settings)
{
    const struct delivery_alert alerts[] = {HIGH_CPU};
    struct config *c = fixture_receiver("wechat", settings, TEMPLATES);
    fixture_begin(f, c, fixture_delivery(c, alerts, 1));
}

static void must_render(struct fixture *f, int64_t seconds)
{
    struct err err = {0};
    FAIL_IF(!fixture_render(f, at(seconds), &err), "%s", err.text);
}

static void fetch_token(struct fixture *f, int64_t seconds)
{
    must_render(f, seconds);
    CHECK_STR(f->request.method, "GET");
    CHECK_STR(f->request.url, "http://x/cgi-bin/gettoken?corpid=CORP&corpsecret=SEC");
    CHECK_EQ(fixture_reply(f, 200, "{\"errcode\":0,\"access_token\":\"TOK\",\"expires_in\":7200}").kind,
             VERDICT_NEXT);
    must_render(f, seconds);
    CHECK_STR(f->request.method, "POST");
    CHECK_STR(f->request.url, "http://x/cgi-bin/message/send?access_token=TOK");
}

/* */
TEST(wechat, body_has_both_objects_and_leaves_empty_keys_out)
{
    static const struct {
        const char *settings, *body;
    } rows[] = {
        {"{" ACCOUNT ", to_user: 'u1|u2', agent_id: '1000002'}",
         "{\"text\":{\"content\":\"m firing\"},\"touser\":\"u1|u2\",\"agentid\":\"1000002\",\"safe\":\"0\","
         "\"msgtype\":\"text\",\"markdown\":{\"content\":\"\"}}\n"},
        {"{" ACCOUNT ", message_type: markdown}",
         "{\"text\":{\"content\":\"\"},\"safe\":\"0\",\"msgtype\":\"markdown\","
         "\"markdown\":{\"content\":\"m firing\"}}\n"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        begin(&f, rows[i].settings);
        fetch_token(&f, 0);
        CHECK_SV(f.request.body, rows[i].body);
        fixture_end(&f);
    }
}

TEST(wechat, the_token_is_used_for_most_of_its_life)
{
    struct fixture f;

    begin(&f, "{" ACCOUNT "}");
    fetch_token(&f, 0);
    must_render(&f, 5759);
    CHECK_STR(f.request.method, "POST");
    fetch_token(&f, 5760);
    fixture_end(&f);
}

TEST(wechat, a_refused_token_is_fetched_again_once)
{
    struct fixture f;

    begin(&f, "{" ACCOUNT "}");
    fetch_token(&f, 0);
    CHECK_EQ(fixture_reply(&f, 200, "{\"errcode\":42001,\"errmsg\":\"expired\"}").kind, VERDICT_NEXT);
    fetch_token(&f, 1);
    const struct verdict again = fixture_reply(&f, 200, "{\"errcode\":42001,\"errmsg\":\"expired\"}");
    CHECK_EQ(again.kind, VERDICT_RETRY);
    CHECK_STR(again.text, "expired");
    fetch_token(&f, 2);
    CHECK_EQ(fixture_reply(&f, 200, "{\"errcode\":40014,\"errmsg\":\"invalid\"}").kind, VERDICT_PERMANENT);
    fixture_end(&f);
}

/* P-098 */
TEST(wechat, replies_to_gettoken)
{
    static const struct {
        int status;
        const char *body;
        enum verdict_kind kind;
        const char *text;
        bool strict;
    } rows[] = {
        {200, "{}", VERDICT_PERMANENT, "invalid APISecret for CorpID: CORP"},
        {200, "{\"errcode\":40001,\"errmsg\":\"bad\"}", VERDICT_PERMANENT,
         "invalid APISecret for CorpID: CORP: gettoken error 40001: bad"},
        {200, "nonsense", VERDICT_PERMANENT, "the reply is not JSON as expected"},
        {502, "", VERDICT_RETRY, "unexpected status code 502"},
        {502, "", VERDICT_PERMANENT, "unexpected status code 502", .strict = true},
        {200, "{\"errcode\":-1,\"errmsg\":\"busy\"}", VERDICT_RETRY,
         "invalid APISecret for CorpID: CORP: gettoken error -1: busy"},
        {200, "{\"errcode\":-1,\"errmsg\":\"busy\"}", VERDICT_PERMANENT,
         "invalid APISecret for CorpID: CORP: gettoken error -1: busy", .strict = true},
        {500, "{\"access_token\":\"TOK\"}", VERDICT_NEXT, ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        begin(&f, "{" ACCOUNT "}");
        f.compat_strict = rows[i].strict;
        must_render(&f, 0);
        const struct verdict v = fixture_reply(&f, rows[i].status, rows[i].body);
        FAIL_IF(v.kind != rows[i].kind || strcmp(v.text, rows[i].text) != 0, "%s: kind %d \"%s\"",
                rows[i].body, v.kind, v.text);
        fixture_end(&f);
    }
}

/* P-098 */
TEST(wechat, replies_to_send)
{
    static const struct reply_row rows[] = {
        {200, "{\"errcode\":0,\"errmsg\":\"ok\"}", VERDICT_DELIVERED, ""},
        {200, "{\"errcode\":81013,\"errmsg\":\"all invalid\"}", VERDICT_PERMANENT, "all invalid"},
        {200, "{\"errcode\":-1,\"errmsg\":\"busy\"}", VERDICT_RETRY, "busy"},
        {200, "{\"errcode\":45009,\"errmsg\":\"freq\"}", VERDICT_THROTTLED, "freq"},
        {200, "nonsense", VERDICT_RETRY, "the reply is not JSON as expected"},
        {201, "", VERDICT_RETRY, "unexpected status code 201"},
        {404, "", VERDICT_RETRY, "unexpected status code 404"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        begin(&f, "{" ACCOUNT "}");
        fetch_token(&f, 0);
        fixture_answer(&f, &rows[i]);
        fixture_end(&f);
    }
}

TEST(wechat, settings_are_checked)
{
    static const struct {
        const char *settings, *error;
    } rows[] = {
        {"{corp_id: C}", "no global Wechat Api Secret set either inline or in a file"},
        {"{api_secret: S}", "no global Wechat CorpID set"},
        {"{api_secret: S, api_secret_file: f, corp_id: C}",
         "at most one of api_secret & api_secret_file must be configured"},
        {"{" ACCOUNT ", message_type: Text}",
         "weChat message type \"Text\" does not match valid options ^(text|markdown)$"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct err err = {0};
        struct config *c = fixture_load("wechat", rows[i].settings, &err);
        FAIL_IF(c != NULL, "%s is accepted", rows[i].settings);
        FAIL_IF(strstr(err.text, rows[i].error) == NULL, "%s: \"%s\"", rows[i].settings, err.text);
    }
}
