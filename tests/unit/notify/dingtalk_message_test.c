/* The kinds of messages that DingTalk takes, byte for byte. */
#include "fixture.h"

#define GROUP "http://am.example:9093/#/alerts?receiver=ops%5C.team"
#define GRAPH "http://prom:9090/graph?g0.expr=up&g0.tab=1"
#define NO_AT ",\"at\":{\"atMobiles\":[],\"atUserIds\":[],\"isAtAll\":false}}"
#define OK    "{\"errcode\":0,\"errmsg\":\"ok\"}"

/* `n` alerts; those with an odd number are resolved. */
static void begin(struct fixture *f, const char *settings, int n)
{
    struct delivery_alert alerts[40];
    struct config *c = fixture_builtin("dingtalk", settings);
    char labels[64];

    for (int i = 0; i < n; i++) {
        snprintf(labels, sizeof labels, "alertname=Full|instance=db-%d|severity=critical", i);
        alerts[i] = fixture_alert(labels, i == 0 ? "summary=disk 96%" : "", i % 2 == 0);
    }
    fixture_begin(f, c, fixture_delivery(c, alerts, (size_t)n));
}

static const char *must_render(struct fixture *f)
{
    fixture_must_render(f);
    FAIL_IF(f->request.body.n > 20000, "body has %zu bytes", f->request.body.n);
    return f->request.body.p;
}

TEST(dingtalk_message, bodies)
{
    static const struct {
        const char *settings, *body;
    } rows[] = {
        {"{access_token: T, message_type: link, title: T, text: x}",
         "{\"msgtype\":\"link\",\"link\":{\"title\":\"T\",\"text\":\"x\",\"messageUrl\":\"" GROUP
         "\",\"picUrl\":\"\"}}"},
        {"{access_token: T, message_type: link, title: T, text: x, keyword: K, link: {message_url: "
         "'http://w/{{ .CommonLabels.instance }}', pic_url: 'http://p/'}}",
         "{\"msgtype\":\"link\",\"link\":{\"title\":\"T "
         "K\",\"text\":\"x\\n\\nK\",\"messageUrl\":\"http://w/db-0\","
         "\"picUrl\":\"http://p/\"}}"},
        {"{access_token: T, message_type: link, title: T, text: x, link: {message_url: ' '}}",
         "{\"msgtype\":\"link\",\"link\":{\"title\":\"T\",\"text\":\"x\",\"messageUrl\":\"" GROUP
         "\",\"picUrl\":\"\"}}"},
        {"{access_token: T, message_type: action_card, title: T, text: x, language: en}",
         "{\"msgtype\":\"actionCard\",\"actionCard\":{\"title\":\"T\",\"text\":\"x\",\"singleTitle\":\"Show "
         "all\","
         "\"singleURL\":\"" GROUP "\"}" NO_AT},
        {"{access_token: T, message_type: action_card, title: T, text: x, action_card: {orientation: "
         "horizontal, "
         "buttons: [{title: A, url: 'http://a/'}, {title: B, url: '{{ .CommonAnnotations.nothing }}'}, "
         "{title: '{{ .Status }}', url: 'http://c/'}]}}",
         "{\"msgtype\":\"actionCard\",\"actionCard\":{\"title\":\"T\",\"text\":\"x\",\"btnOrientation\":"
         "\"1\","
         "\"btns\":[{\"title\":\"A\",\"actionURL\":\"http://a/\"},"
         "{\"title\":\"firing\",\"actionURL\":\"http://c/\"}]}" NO_AT},
        {"{access_token: T, message_type: action_card, title: T, text: x, action_card: {single_url: "
         "'http://s/', "
         "buttons: [{title: A, url: 'http://a/'}]}}",
         "{\"msgtype\":\"actionCard\",\"actionCard\":{\"title\":\"T\",\"text\":\"x\",\"singleTitle\":"
         "\"查看全部\","
         "\"singleURL\":\"http://s/\"}" NO_AT},
        {"{access_token: T, message_type: feed_card}",
         "{\"msgtype\":\"feedCard\",\"feedCard\":{\"links\":[{\"title\":\"🔴 CRITICAL Full db-0: disk 96%\","
         "\"messageURL\":\"" GRAPH "\",\"picURL\":\"\"}]}}"},
        {"{access_token: T, message_type: feed_card, keyword: K, feed_card: {title: '{{ "
         ".CommonLabels.instance }}', "
         "message_url: '', pic_url: 'http://p/'}}",
         "{\"msgtype\":\"feedCard\",\"feedCard\":{\"links\":[{\"title\":\"db-0 K\",\"messageURL\":\"" GROUP
         "\",\"picURL\":\"http://p/\"}]}}"},
        {"{access_token: T, title: T, text: '[a](http://b/?c=d) (http://x) [e](ftp://f) [g](http://h', "
         "open_external: "
         "true}",
         "{\"msgtype\":\"markdown\",\"markdown\":{\"title\":\"T\",\"text\":\"[a](dingtalk://dingtalkclient/"
         "page/"
         "link?url=http%3A%2F%2Fb%2F%3Fc%3Dd&pc_slide=false) (http://x) [e](ftp://f) [g](http://h\"}" NO_AT},
        {"{access_token: T, message_type: link, title: T, text: x, open_external: true, link: {message_url: "
         "'http://b'}}",
         "{\"msgtype\":\"link\",\"link\":{\"title\":\"T\",\"text\":\"x\",\"messageUrl\":\"dingtalk://"
         "dingtalkclient/"
         "page/link?url=http%3A%2F%2Fb&pc_slide=false\",\"picUrl\":\"\"}}"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        begin(&f, rows[i].settings, 1);
        CHECK_STR(must_render(&f), rows[i].body);
        CHECK_EQ(fixture_reply(&f, 200, OK).kind, VERDICT_DELIVERED);
        fixture_end(&f);
    }
}

TEST(dingtalk_message, a_feed_has_ten_lines_with_the_one_for_the_rest)
{
    static const struct {
        int alerts;
        size_t lines;
        const char *rest;
    } rows[] = {{10, 10, NULL}, {11, 9, "\"… 其余 2 条\""}, {40, 9, "\"… 其余 31 条\""}};

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        begin(&f, "{access_token: T, message_type: feed_card}", rows[i].alerts);
        const char *body = must_render(&f);
        CHECK_EQ(count_of(body, "CRITICAL"), rows[i].lines);
        CHECK_EQ(count_of(body, "messageURL"), 10);
        CHECK(rows[i].rest == NULL || strstr(body, rows[i].rest) != NULL);
        CHECK(rows[i].alerts != 10 || strstr(strstr(body, "🟢"), "🔴") == NULL); /* firing ones come first */
        fixture_end(&f);
    }
}

/* A line is at most 256 bytes, whole characters; the addresses decide how many lines fit. */
TEST(dingtalk_message, a_feed_with_long_addresses_has_fewer_lines)
{
    struct strbuf settings = {0};
    struct fixture f;

    strbuf_adds(&settings, "{access_token: T, message_type: feed_card, feed_card: {title: '");
    for (int i = 0; i < 100; i++)
        strbuf_adds(&settings, "磁盘");
    strbuf_addf(&settings, "', message_url: 'http://x/%04000d'}}", 0);
    begin(&f, settings.p, 20);
    strbuf_done(&settings);
    const char *body = must_render(&f);
    CHECK_EQ(count_of(body, "http://x/"), 4);
    CHECK(strstr(body, "… 其余 16 条") != NULL);
    const char *title = strstr(body, "\"title\":\"") + strlen("\"title\":\"");
    CHECK_EQ(strcspn(title, "\""), 255); /* 84 characters of three bytes and the ellipsis */
    fixture_end(&f);
}

/* Links and feeds mention nobody: a second, short message does. */
TEST(dingtalk_message, who_cannot_be_mentioned_in_a_message_is_called_by_another)
{
    static const char *const types[] = {"link", "feed_card"};

    for (size_t i = 0; i < COUNT_OF(types); i++) {
        char settings[256];
        struct fixture f;
        snprintf(settings, sizeof settings,
                 "{access_token: T, message_type: %s, title: T, text: x, keyword: K, at: {mobiles: ['138'], "
                 "user_ids: [u]}}",
                 types[i]);
        begin(&f, settings, 1);
        CHECK(strstr(must_render(&f), "138") == NULL);
        CHECK_EQ(fixture_reply(&f, 200, OK).kind, VERDICT_NEXT);
        CHECK_STR(must_render(&f), "{\"msgtype\":\"text\",\"text\":{\"content\":\"T K @138 @u\"},\"at\":{"
                                   "\"atMobiles\":[\"138\"],\"atUserIds\":[\"u\"],\"isAtAll\":false}}");
        CHECK_EQ(fixture_reply(&f, 200, OK).kind, VERDICT_DELIVERED);
        fixture_end(&f);
    }
}

TEST(dingtalk_message, settings_are_checked)
{
    fixture_refused("dingtalk", "{access_token: T, action_card: {orientation: up}}",
                    "action_card: orientation must be vertical or horizontal");
    fixture_refused("dingtalk", "{access_token: T, action_card: {buttons: [{title: a}]}}",
                    "a button needs a title and a url in dingtalk config");
    fixture_refused("dingtalk", "{access_token: T, action_card: {buttons: [null]}}",
                    "a button needs a title and a url in dingtalk config");
    fixture_refused("dingtalk", "{access_token: T, feed_card: {colour: red}}", "field colour not found");
}
