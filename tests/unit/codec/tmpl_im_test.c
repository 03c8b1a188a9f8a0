/* The layouts for DingTalk and WeCom, against the samples of receivers.md B1.3. */
#include "codec/imtext.h"
#include "codec/tmpl.h"

#include "support/tmpl_world.h"

static struct world im_world(void)
{
    struct world w = world_new("Asia/Shanghai");
    add_file(w.set, "im.tmpl", TEST_TEMPLATES "/im.tmpl");
    return w;
}

TEST(tmpl_im, samples)
{
    struct world w = im_world();
    char *dingtalk = read_file(TEST_DATA "/tmpl/dingtalk.txt"),
         *wecom = read_file(TEST_DATA "/tmpl/wecom.txt");

    CHECK_SV(render(&w, false, SV("{{ template \"dingtalk.default.text\" . }}")), dingtalk);
    CHECK_SV(render(&w, false, SV("{{ template \"wecom.default.markdown\" . }}")), wecom);
    CHECK_SV(render(&w, false, SV("{{ template \"dingtalk.default.title\" . }}")), "🔴[告警 2] HighCPU");
    free(dingtalk);
    free(wecom);
    world_done(&w);
}

static const char hostile[] =
    "{\"status\":\"firing\",\"alerts\":[{\"status\":\"firing\",\"labels\":{\"instance\":\"<@all>*x*\"},"
    "\"annotations\":{\"summary\":\"</font>[a](b)\\nc\",\"runbook_url\":\"https://h/a (b)\\n[c](d)\"}}],"
    "\"groupLabels\":{\"a\":\"_g_\"},\"commonLabels\":{\"severity\":\"<font>\"}}";

TEST(tmpl_im, alert_text_cannot_break_the_markup)
{
    static const struct {
        const char *name;
        const char *parts[5];
    } rows[] = {
        {"dingtalk.default.text",
         {"#### 🔴[告警 1] <FONT> \\_g\\_\n", "<@all>\\*x\\***", "</font>\\[a\\](b)  \nc",
          "(https://h/a%20%28b%29%20[c]%28d%29)"}},
        {"wecom.default.markdown",
         {"### 🔴[告警 1] <\u200BFONT> _g_\n", "**<\u200B@all>*x***", "> <\u200B/font>[a](b)\n> c\n"}},
    };
    struct world w = im_world();
    w.data = read_data(&w.mem, hostile);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[80];
        (void)snprintf(text, sizeof text, "{{ template \"%s\" . }}", rows[i].name);
        struct sv out = render(&w, false, sv_of(text));
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
