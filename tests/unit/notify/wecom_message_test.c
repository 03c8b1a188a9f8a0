/* The kinds of messages that WeCom's group robots take, byte for byte. */
#include <unistd.h>

#include "fixture.h"

TEST_ZONE("UTC")

#define GROUP "http://am.example:9093/#/alerts?receiver=ops%5C.team"
#define GRAPH "http://prom:9090/graph?g0.expr=up&g0.tab=1"
#define OK    "{\"errcode\":0,\"errmsg\":\"ok\"}"

static void begin(struct fixture *f, const char *settings, int n)
{
    struct delivery_alert alerts[20];
    struct config *c = fixture_builtin("wecom", settings);
    char labels[64];

    for (int i = 0; i < n; i++) {
        snprintf(labels, sizeof labels, "alertname=Full|instance=db-%d|severity=critical", i);
        alerts[i] =
            fixture_alert(labels, i == 0 ? "summary=disk 96%|runbook_url=https://wiki/full" : "", i == 0);
    }
    fixture_begin(f, c, fixture_delivery(c, alerts, (size_t)n));
}

static const char *must_render(struct fixture *f)
{
    fixture_must_render(f);
    return f->request.body.p;
}

#define CARD "{\"msgtype\":\"template_card\",\"template_card\":{\"card_type\":"

TEST(wecom_message, bodies)
{
    static const struct {
        const char *settings, *body;
    } rows[] = {
        {"{key: K, message_type: markdown_v2, text: '| a | {{ .Status }} |'}",
         "{\"msgtype\":\"markdown_v2\",\"markdown_v2\":{\"content\":\"| a | firing |\"}}"},
        {"{key: K, message_type: news}",
         "{\"msgtype\":\"news\",\"news\":{\"articles\":[{\"title\":\"🔴 CRITICAL Full "
         "db-0\",\"description\":\"disk "
         "96%\\n01-02 03:04:05 起\",\"url\":\"" GRAPH "\",\"picurl\":\"\"}]}}"},
        {"{key: K, message_type: news, news: {title: '', description: '{{ .CommonLabels.instance }}', url: ' "
         "', "
         "pic_url: 'http://p/'}}",
         "{\"msgtype\":\"news\",\"news\":{\"articles\":[{\"title\":\"Alertmanager\",\"description\":\"db-0\","
         "\"url\":\"" GROUP "\",\"picurl\":\"http://p/\"}]}}"},
        {"{key: K, message_type: template_card}",
         CARD "\"text_notice\",\"source\":{\"desc\":\"Alertmanager\",\"desc_color\":2},\"main_title\":{"
              "\"title\":\"🔴[告警 "
              "1] CRITICAL HighCPU\",\"desc\":\"first "
              "notification\"},\"emphasis_content\":{\"title\":\"1\",\"desc\":"
              "\"触发\"},\"sub_title_text\":\"🔴 db-0 disk "
              "96%\",\"horizontal_content_list\":[{\"keyname\":\"级别\","
              "\"value\":\"critical\"},{\"keyname\":\"实例\",\"value\":\"db-0\"},{\"keyname\":\"开始\","
              "\"value\":\"01-02 "
              "03:04:05\"}],\"jump_list\":[{\"type\":1,\"title\":\"静默\",\"url\":\"http://am.example:9093/#/"
              "silences/"
              "new?filter=%7Balertname%3D%22Full%22%2C%20instance%3D%22db-0%22%2C%20severity%3D%22critical%"
              "22%7D\"},"
              "{\"type\":1,\"title\":\"手册\",\"url\":\"https://wiki/"
              "full\"}],\"card_action\":{\"type\":1,\"url\":\"" GROUP "\"}}}"},
        {"{key: K, message_type: template_card, title: T, text: S, template_card: {card_type: news_notice, "
         "source: '', "
         "description: '', image_url: 'http://p/', url: 'http://u/', fields: [{title: 一二三四五六, value: "
         "'v'}, "
         "{title: none, value: '{{ .CommonLabels.none }}'}], jumps: []}}",
         CARD "\"news_notice\",\"main_title\":{\"title\":\"T\"},\"card_image\":{\"url\":\"http://p/\"},"
              "\"vertical_content_list\":[{\"title\":\"触发\",\"desc\":\"S\"}],\"horizontal_content_list\":[{"
              "\"keyname\":"
              "\"一二三四…\",\"value\":\"v\"}],\"jump_list\":[],\"card_action\":{\"type\":1,\"url\":\"http://"
              "u/\"}}}"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        begin(&f, rows[i].settings, 1);
        CHECK_STR(must_render(&f), rows[i].body);
        CHECK_EQ(fixture_reply(&f, 200, OK).kind, VERDICT_DELIVERED);
        fixture_end(&f);
    }
}

TEST(wecom_message, markdown_v2_has_no_colours_and_4096_bytes)
{
    char settings[8192];

    for (int more = 0; more < 2; more++) {
        struct fixture f;
        snprintf(settings, sizeof settings, "{key: K, message_type: markdown_v2, text: '%0*d'}", 4096 + more,
                 0);
        begin(&f, settings, 1);
        (void)must_render(&f);
        CHECK_EQ(fixture_reply(&f, 200, OK).kind, more == 0 ? VERDICT_DELIVERED : VERDICT_NEXT);
        fixture_end(&f);
    }
    struct fixture f;
    begin(&f, "{key: K, message_type: markdown_v2}", 2);
    CHECK(strstr(must_render(&f), "<font") == NULL);
    CHECK(strstr(f.request.body.p, "**db-0**\\n> disk 96%\\n> 01-02 03:04:05 起\\n[图表](http://prom") !=
          NULL);
    CHECK(strstr(f.request.body.p, "🟢 critical · **db-1**\\n> (无摘要)\\n") != NULL);
    fixture_end(&f);
}

TEST(wecom_message, news_has_eight_articles_with_the_one_for_the_rest)
{
    static const struct {
        int alerts;
        size_t articles;
        const char *rest;
    } rows[] = {{8, 8, NULL}, {9, 7, "\"… 2 more\""}};

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        begin(&f, "{key: K, message_type: news, language: en}", rows[i].alerts);
        const char *body = must_render(&f);
        CHECK_EQ(count_of(body, "CRITICAL"), rows[i].articles);
        CHECK_EQ(count_of(body, "picurl"), 8);
        CHECK(rows[i].rest == NULL || strstr(body, rows[i].rest) != NULL);
        fixture_end(&f);
    }
}

/* 128 and 512 bytes, whole characters of three bytes, the ellipsis included. */
TEST(wecom_message, articles_are_cut_to_the_byte)
{
    struct strbuf settings = {0};
    struct fixture f;

    strbuf_adds(&settings, "{key: K, message_type: news, news: {title: '");
    for (int i = 0; i < 50; i++)
        strbuf_adds(&settings, "磁");
    strbuf_adds(&settings, "', description: '");
    for (int i = 0; i < 200; i++)
        strbuf_adds(&settings, "盘");
    strbuf_adds(&settings, "'}}");
    begin(&f, settings.p, 1);
    strbuf_done(&settings);
    const char *title = strstr(must_render(&f), "\"title\":\"") + strlen("\"title\":\"");
    CHECK_EQ(strcspn(title, "\""), 126);
    const char *description = strstr(title, "\"description\":\"") + strlen("\"description\":\"");
    CHECK_EQ(strcspn(description, "\""), 510);
    fixture_end(&f);
}

/* Markdown has users; news, cards, pictures and the second markdown have nobody. */
TEST(wecom_message, who_cannot_be_mentioned_in_a_message_is_called_by_another)
{
    static const char *const types[] = {"markdown_v2", "news", "template_card"};

    for (size_t i = 0; i < COUNT_OF(types); i++) {
        char settings[256];
        struct fixture f;
        snprintf(settings, sizeof settings,
                 "{key: K, message_type: %s, title: T, text: x, at: {user_ids: [tom]}}", types[i]);
        begin(&f, settings, 1);
        CHECK(strstr(must_render(&f), "tom") == NULL);
        CHECK_EQ(fixture_reply(&f, 200, OK).kind, VERDICT_NEXT);
        CHECK_STR(must_render(&f),
                  "{\"msgtype\":\"text\",\"text\":{\"content\":\"T\",\"mentioned_list\":[\"tom\"]}}");
        CHECK_EQ(fixture_reply(&f, 200, OK).kind, VERDICT_DELIVERED);
        fixture_end(&f);
    }
}

static void begin_picture(struct fixture *f, const void *content, size_t n, char path[32])
{
    char settings[128];

    strcpy(path, "/tmp/wecom-picture-XXXXXX");
    const int fd = mkstemp(path);
    CHECK(fd >= 0 && write(fd, content, n) == (ssize_t)n && close(fd) == 0);
    snprintf(settings, sizeof settings, "{key: K, message_type: image, image_file: '%s'}", path);
    begin(f, settings, 1);
}

TEST(wecom_message, a_picture_is_sent_with_the_md5_of_its_bytes)
{
    struct fixture f;
    char path[32];

    begin_picture(&f, "\x89PNG\r\n\x1a\n123", 11, path);
    CHECK_STR(must_render(&f), "{\"msgtype\":\"image\",\"image\":{\"base64\":\"iVBORw0KGgoxMjM=\",\"md5\":"
                               "\"2f10239a3c5fb5eaa9a665d1542f0f29\"}}");
    CHECK_EQ(fixture_reply(&f, 200, "{\"errcode\":301019,\"errmsg\":\"md5\"}").kind, VERDICT_NEXT);
    CHECK(strstr(must_render(&f), "\"msgtype\":\"text\"") != NULL);
    (void)unlink(path);
    fixture_end(&f);
}

TEST(wecom_message, without_a_picture_a_text_is_sent)
{
    const size_t limit = (size_t)2 << 20;
    char *picture = xcalloc(1, limit + 1);
    const struct {
        const char *name;
        size_t size;
        bool sent;
    } rows[] = {{"the largest", limit, true}, {"too large", limit + 1, false}, {"no picture", 0, false}};

    memcpy(picture, "\xff\xd8\xff", 3);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        char path[32];
        begin_picture(&f, picture, rows[i].size, path);
        const bool sent = strstr(must_render(&f), "\"msgtype\":\"image\"") != NULL;
        FAIL_IF(sent != rows[i].sent, "%s: %.100s", rows[i].name, f.request.body.p);
        CHECK(sent || strstr(f.request.body.p, "触发 1") != NULL);
        (void)unlink(path);
        fixture_end(&f);
    }
    free(picture);
}

TEST(wecom_message, settings_are_checked)
{
    static const struct {
        const char *settings, *error;
    } rows[] = {
        {"{key: K, message_type: image}", "image_file belongs to message_type image"},
        {"{key: K, image_file: x.png}", "image_file belongs to message_type image"},
        {"{key: K, template_card: {card_type: vote}}", "card_type must be text_notice or news_notice"},
        {"{key: K, template_card: {card_type: news_notice}}", "a news_notice needs an image_url"},
        {"{key: K, template_card: {jumps: [{title: a, url: b}, {title: a, url: b}, {title: a, url: b}, "
         "{title: a, "
         "url: b}]}}",
         "at most 3 jumps"},
        {"{key: K, template_card: {fields: [{title: a}]}}",
         "an item needs both a title and what belongs to it"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        fixture_refused("wecom", rows[i].settings, rows[i].error);
}
