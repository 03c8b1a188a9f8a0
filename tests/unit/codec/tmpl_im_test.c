/* The layouts for DingTalk and WeCom, against the samples of receivers.md B1.3. */
#include "codec/imtext.h"
#include "codec/tmpl.h"

#include "support/tmpl_world.h"

static struct world im_world(void)
{
    struct world w = world_new("Asia/Shanghai");
    add_file(w.set, "im.tmpl", TEST_TEMPLATES "/im.tmpl");
    add_file(w.set, "plain.tmpl", TEST_TEMPLATES "/plain.tmpl");
    return w;
}

/* R-071: the layouts of receivers.md B1.3, with the reason in Chinese, where to ask why, and in WeCom the
 * labels. */
TEST(tmpl_im, samples)
{
    static const struct {
        const char *name, *file;
    } rows[] = {
        {"dingtalk.default.text", "dingtalk.txt"},   {"dingtalk.default.text.en", "dingtalk.en.txt"},
        {"wecom.default.markdown", "wecom.txt"},     {"wecom.default.markdown.en", "wecom.en.txt"},
        {"feishu.default.text.en", "feishu.en.txt"}, {"im.default.plain", "plain.txt"},
        {"im.default.plain.en", "plain.en.txt"},
    };
    struct world w = im_world();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char path[256];
        (void)snprintf(path, sizeof path, TEST_DATA "/tmpl/%s", rows[i].file);
        char *want = read_file(path);
        CHECK_SV(render_named(&w, rows[i].name), want);
        free(want);
    }
    CHECK_SV(render_named(&w, "dingtalk.default.title"), "🔴[告警 2] HighCPU");
    world_done(&w);
}

/* A group of several kinds of alerts, the resolved one first, without labels that are common. */
static const char mixed[] =
    "{\"status\":\"firing\",\"groupLabels\":{\"cluster\":\"prod\"},\"commonLabels\":{\"cluster\":\"prod\"},"
    "\"notification_reason\":\"repeat interval elapsed\",\"externalURL\":\"http://am\",\"alerts\":["
    "{\"status\":\"resolved\",\"labels\":{\"alertname\":\"PodDown\",\"cluster\":\"prod\",\"pod\":\"api-1\"},"
    "\"startsAt\":\"2024-01-02T03:00:00Z\",\"endsAt\":\"2024-01-02T04:00:00Z\",\"fingerprint\":\"1\"},"
    "{\"status\":\"firing\",\"labels\":{\"alertname\":\"DiskFull\",\"cluster\":\"prod\",\"instance\":\"db1\","
    "\"severity\":\"critical\"},\"annotations\":{\"message\":\"95 %\"},\"startsAt\":\"2024-01-02T03:00:00Z\","
    "\"fingerprint\":\"2\"}]}";

TEST(tmpl_im, each_alert_says_what_and_where)
{
    static const struct {
        const char *name, *want;
    } rows[] = {
        {"im.title.en", "🔴[FIRING 1] prod"},
        {"wecom.default.markdown.en",
         "### 🔴[FIRING 1] prod\n"
         "firing <font color=\"warning\">1</font> · resolved <font color=\"info\">1</font> · "
         "<font color=\"comment\">repeat interval elapsed</font>\n"
         "> <font color=\"comment\">cluster=prod </font>\n\n"
         "<font color=\"warning\">● critical</font> **DiskFull db1**\n"
         "> 95 %\n"
         "> <font color=\"comment\">since 01-02 11:00:00 CST</font>\n"
         "[silence](http://am/#/silences/"
         "new?filter=%7Balertname%3D%22DiskFull%22%2C%20cluster%3D%22prod%22%2C%20"
         "instance%3D%22db1%22%2C%20severity%3D%22critical%22%7D) "
         "[explain](http://am/api/tocsin/v1/explain?fingerprint=2) \n\n"
         "<font color=\"info\">● resolved</font> **PodDown**\n"
         "> (no summary)\n"
         "> <font color=\"comment\">01-02 11:00:00 ～ 01-02 12:00:00 CST, lasted 1h 0m 0s</font>\n"
         "> <font color=\"comment\">pod=api-1 </font>\n"
         "[explain](http://am/api/tocsin/v1/explain?fingerprint=1) \n\n"
         "[show all](http://am/#/alerts?receiver=)"},
        {"im.default.plain",
         "🔴[告警 1] prod\n触发 1 · 恢复 1 · 重复提醒\ncluster=prod \n\n"
         "● critical · DiskFull db1\n95 %\n01-02 11:00:00 起\n\n"
         "● 已恢复 · PodDown\n(无摘要)\n01-02 11:00:00 ～ 01-02 12:00:00，持续 1h 0m 0s\npod=api-1 \n\n"
         "查看全部 http://am/#/alerts?receiver="},
    };
    struct world w = im_world();
    w.data = read_data(&w.mem, mixed);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_SV(render_named(&w, rows[i].name), rows[i].want);
    world_done(&w);
}

TEST(tmpl_im, a_title_names_what_the_group_has)
{
    static const struct {
        const char *data, *want;
    } rows[] = {
        {"{\"groupLabels\":{\"alertname\":\"A\",\"x\":\"1\"},\"commonLabels\":{\"alertname\":\"A\"}", "A 1"},
        {"{\"groupLabels\":{\"x\":\"1\"},\"commonLabels\":{\"alertname\":\"A\",\"severity\":\"page\"}",
         "PAGE A 1"},
        {"{\"commonLabels\":{\"alertname\":\"A\"}", "A"},
        {"{\"commonLabels\":{}", "several alerts"},
    };
    struct world w = im_world();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char json[256], want[64];
        (void)snprintf(json, sizeof json, "%s,\"status\":\"resolved\"}", rows[i].data);
        (void)snprintf(want, sizeof want, "🟢[RESOLVED 0] %s", rows[i].want);
        w.data = read_data(&w.mem, json);
        CHECK_SV(render_named(&w, "im.title.en"), want);
    }
    world_done(&w);
}

static const char hostile[] =
    "{\"status\":\"firing\",\"alerts\":[{\"status\":\"firing\",\"labels\":{\"instance\":\"<@all>*x*\"},"
    "\"annotations\":{\"summary\":\"</font>[a](b)\\nc\",\"runbook_url\":\"https://h/a (b)\\n[c](d)<@u>\"}}],"
    "\"groupLabels\":{\"a\":\"_g_\"},\"commonLabels\":{\"severity\":\"<font>\"}}";

/* R-073 */
TEST(tmpl_im, alert_text_cannot_break_the_markup)
{
    static const struct {
        const char *name;
        const char *parts[5];
    } rows[] = {
        {"dingtalk.default.text",
         {"#### 🔴[告警 1] <FONT> \\_g\\_\n", "<@all>\\*x\\***", "</font>\\[a\\](b)  \nc",
          "(https://h/a%20%28b%29%20[c]%28d%29%3C@u>)"}},
        {"wecom.default.markdown",
         {"### 🔴[告警 1] <\u200BFONT> _g_\n", "**<\u200B@all>*x***", "> <\u200B/font>[a](b)\n> c\n"}},
    };
    struct world w = im_world();
    w.data = read_data(&w.mem, hostile);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sv out = render_named(&w, rows[i].name);
        for (const char *const *part = rows[i].parts; *part != NULL; part++)
            FAIL_IF(memmem(out.p, out.n, *part, strlen(*part)) == NULL, "%s is not in %.*s", *part,
                    SV_ARG(out));
    }
    world_done(&w);
}

/* The samples have none, and are as they were. */
TEST(tmpl_im, links_to_act_by)
{
    static const char acting[] =
        "{\"status\":\"firing\",\"externalURL\":\"http://x\",\"alerts\":[],\"groupLabels\":{},\"actions\":{"
        "\"Ack\":\"http://x/action/A\",\"Silence1h\":\"http://x/action/1\",\"Silence4h\":"
        "\"http://x/action/4\",\"SilenceResolved\":\"http://x/action/R\"}}";
    static const struct {
        const char *name, *want;
    } rows[] = {
        {"dingtalk.default.text",
         "[确认](http://x/action/A) [静默1小时](http://x/action/1) "
         "[静默4小时](http://x/action/4) [静默至恢复](http://x/action/R) [查看全部]("},
        {"wecom.default.markdown.en",
         "[acknowledge](http://x/action/A) [silence 1h](http://x/action/1) [silence 4h](http://x/action/4) "
         "[silence until resolved](http://x/action/R) [show all]("},
        {"im.default.plain", "\n确认 http://x/action/A\n静默1小时 http://x/action/1\n静默4小时 "
                             "http://x/action/4\n静默至恢复 http://x/action/R\n查看全部 "},
    };
    struct world w = im_world();

    add_file(w.set, "plain.tmpl", TEST_TEMPLATES "/plain.tmpl");
    w.data = read_data(&w.mem, acting);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[80];
        (void)snprintf(text, sizeof text, "{{ template \"%s\" . }}", rows[i].name);
        struct sv out = render(&w, false, sv_of(text));
        FAIL_IF(memmem(out.p, out.n, rows[i].want, strlen(rows[i].want)) == NULL, "%s is not in %.*s",
                rows[i].want, SV_ARG(out));
    }
    CHECK_SV(render(&w, false, SV("{{ toJson . | match \"action\" }}")), "false");
    world_done(&w);
}

/* R-072 */
TEST(tmpl_im, silence_links_are_percent_encoded)
{
    static const struct {
        const char *labels, *want;
    } rows[] = {
        {"{\"a\":\"x\"}", "?filter=%7Ba%3D%22x%22%7D"},
        {"{\"a\":\"1\",\"b\":\"2\"}", "?filter=%7Ba%3D%221%22%2C%20b%3D%222%22%7D"},
        {"{\"a\":\"q\\\"q\"}", "?filter=%7Ba%3D%22q%5C%22q%22%7D"},
        {"{\"a\":\"b\\\\b\"}", "?filter=%7Ba%3D%22b%5C%5Cb%22%7D"},
        {"{\"a\":\"s s+p\"}", "?filter=%7Ba%3D%22s%20s%2Bp%22%7D"},
        {"{\"a\":\"n\\nn\"}", "?filter=%7Ba%3D%22n%5Cnn%22%7D"},
        {"{\"a\":\"磁\"}", "?filter=%7Ba%3D%22%E7%A3%81%22%7D"},
    };
    struct world w = im_world();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char json[256], want[256];
        (void)snprintf(json, sizeof json, "{\"externalURL\":\"http://am\",\"commonLabels\":%s}",
                       rows[i].labels);
        (void)snprintf(want, sizeof want, "http://am/#/silences/new%s", rows[i].want);
        w.data = read_data(&w.mem, json);
        CHECK_SV(render_named(&w, "im.silence.group"), want);
    }
    world_done(&w);
}

/* R-073 */
TEST(tmpl_im, imtext_by_platform)
{
    static const struct {
        const char *platform, *text, *want;
    } rows[] = {
        {"dingtalk", "a_b*c`d[e]\nf@", "a\\_b\\*c\\`d\\[e\\]  \nf@"},
        {"wecom", "<@u><FONT></font>< @\nx", "<\u200B@u><\u200BFONT><\u200B/font>< @\n> x"},
        {"feishu", "a-1:*'\"<at>=%", "a&#45;1&#58;&#42;&#39;&#34;&#60;at&#62;=%"},
        {"dingtalk.text", "a_b<@u>", "a_b<@u>"},
        {"wecom.text", "<@u><font>", "<\u200B@u><font>"},
        {"feishu.text", "<at id=x><At><b>", "<\u200Bat id=x><\u200BAt><b>"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf out CLEANUP(strbuf_donep) = {0};
        enum imtext platform;
        CHECK(imtext_named(sv_of(rows[i].platform), &platform));
        imtext_add(&out, platform, sv_of(rows[i].text));
        CHECK_STR(out.p, rows[i].want);
    }
    enum imtext ignored;
    CHECK(!imtext_named(SV("icq"), &ignored));
}

/* R-072: as a matcher, and then as a part of a URL. */
TEST(tmpl_im, silence_links_are_encoded_twice)
{
    struct world w = im_world();
    w.data = read_data(&w.mem, "{\"externalURL\":\"http://am\",\"commonLabels\":{\"a\":\"x\\\"y\\\\z +\\n\","
                               "\"\u78c1\u76d8\":\"\u6ee1&#\"}}");
    CHECK_SV(render_named(&w, "im.silence.group"),
             "http://am/#/silences/new?filter=%7Ba%3D%22x%5C%22y%5C%5Cz%20%2B%5Cn%22%2C%20"
             "%E7%A3%81%E7%9B%98%3D%22%E6%BB%A1%26%23%22%7D");
    world_done(&w);
}
