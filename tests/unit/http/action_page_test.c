/* The pages behind links: in whose language, and that text from alerts and people stays text. */
#include "http/action_page.h"

#include "support/test.h"

TEST_ZONE("Asia/Shanghai")

TEST(action_page, language)
{
    static const struct {
        const char *asked, *header;
        enum page_language want;
    } rows[] = {
        {"", "", PAGE_EN},
        {"", "zh-CN,zh;q=0.9,en;q=0.8", PAGE_ZH},
        {"", "en-US,en;q=0.9,zh;q=0.8", PAGE_EN},
        {"", "de, fr;q=0.9, ZH-hant;q=0.5", PAGE_ZH},
        {"", "zh;q=0, en", PAGE_EN},
        {"", "zhuang", PAGE_EN},
        {"", ",;,", PAGE_EN},
        {"zh", "en", PAGE_ZH},
        {"en", "zh", PAGE_EN},
        {"xx", "zh", PAGE_ZH},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        FAIL_IF(page_language_of(sv_of(rows[i].asked), sv_of(rows[i].header)) != rows[i].want,
                "\"%s\" \"%s\"", rows[i].asked, rows[i].header);
}

static bool has(const struct strbuf *page, const char *text)
{
    return memmem(page->p, page->n, text, strlen(text)) != NULL;
}

TEST(action_page, says_how_it_ended_in_both_languages)
{
    static const struct {
        enum action_end end;
        const char *en, *zh;
    } rows[] = {
        {ACTION_DONE_ACK, "Acknowledged", "已确认"},
        {ACTION_DONE_SILENCE, "Until 11-15 06:13", "静默至 11-15 06:13"},
        {ACTION_DONE_UNTIL_RESOLVED, "Silenced until resolved", "已静默直到恢复"},
        {ACTION_REFUSED, "This link is not valid", "链接无效"},
        {ACTION_TOO_LATE, "This link has expired", "链接已过期"},
        {ACTION_NOTHING, "Nothing fires here any more", "本组已没有触发中的告警"},
        {ACTION_EVERYTHING, "This group cannot be silenced by a link", "不能用链接静默本组"},
        {ACTION_TOO_MANY, "The silence was refused", "静默被拒绝"},
        {ACTION_NOT_STORED, "That could not be stored", "保存失败"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(strbuf_donep) struct strbuf en = {0}, zh = {0};
        const struct stamp until = {.sec = 1700000000};
        action_page_end(&en, PAGE_EN, rows[i].end, SV("<b>otto"), until);
        action_page_end(&zh, PAGE_ZH, rows[i].end, SV("<b>otto"), until);
        FAIL_IF(!has(&en, rows[i].en) || !has(&en, "<html lang=\"en\">"), "%s: %s", rows[i].en, en.p);
        FAIL_IF(!has(&zh, rows[i].zh) || !has(&zh, "<html lang=\"zh\">"), "%s: %s", rows[i].zh, zh.p);
        FAIL_IF(!has(&en, "&lt;b&gt;otto") || has(&en, "<b>otto"), "%s", en.p);
    }
}

/* A page with two alerts, of which one is acknowledged. */
static void ask(struct strbuf *out, enum action_kind kind, const char *name)
{
    static char by[] = "anna", key[] = "{}:{}";
    const struct label_sv hostile[] = {{SV("alertname"), SV("<script>")}, {SV("instance"), SV("a&b")}};
    const struct label_sv said[] = {{SV("summary"), SV("\"x\" </li>")}};
    struct ack ack = {.by = by, .comment = by};
    struct receiver receiver = {.name = key};
    const struct route route = {.key = key, .receiver = &receiver};
    struct labels *labels = labels_new(hostile, COUNT_OF(hostile)), *annotations = labels_new(said, 1);
    struct alert *a = alert_new(labels_ref(labels), annotations, intern(SV("")),
                                (struct stamp){.sec = 1700000000}, STAMP_UNSET, STAMP_UNSET, false);
    struct group_card_alert alerts[10];
    for (size_t i = 0; i < COUNT_OF(alerts); i++)
        alerts[i] = (struct group_card_alert){.alert = a, .firing = true, .acked = i == 0};
    const struct group_card card = {.route = &route,
                                    .labels = labels,
                                    .key = key,
                                    .alerts = alerts,
                                    .n_alerts = 10,
                                    .n_firing = 10,
                                    .ack = &ack};
    const struct action_other others[] = {{ACTION_SILENCE_4H, "TOKEN"}};

    action_page_ask(out, &(struct action_page){.language = PAGE_EN,
                                               .kind = kind,
                                               .card = &card,
                                               .name = sv_of(name),
                                               .n_alerts = 7,
                                               .n_groups = 3,
                                               .others = others,
                                               .n_others = 1});
    alert_unref(a);
    labels_unref(labels);
}

TEST(action_page, asks_with_everything_that_matters)
{
    static const struct {
        enum action_kind kind;
        const char *has, *has_not;
    } rows[] = {
        {ACTION_ACK, "Acknowledge this group?", "Mutes now"},
        {ACTION_SILENCE_1H, "Mutes now: alerts 7, groups 3", NULL},
        {ACTION_ACK, "<form method=\"post\">", "<script"},
        {ACTION_ACK, "&lt;script&gt;", "a&b"},
        {ACTION_ACK, "&#34;x&#34; &lt;/li&gt;", "\"x\""},
        {ACTION_ACK, "value=\"&#34;&gt;&lt;i&gt;\"", "\"><i>"},
        {ACTION_ACK, "Acknowledged by anna", NULL},
        {ACTION_ACK, "+2 more", NULL},
        {ACTION_ACK, "href=\"TOKEN?lang=en\"", NULL},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(strbuf_donep) struct strbuf page = {0};
        ask(&page, rows[i].kind, "\"><i>");
        FAIL_IF(!has(&page, rows[i].has), "no %s in %s", rows[i].has, page.p);
        FAIL_IF(rows[i].has_not != NULL && has(&page, rows[i].has_not), "%s in %s", rows[i].has_not, page.p);
    }
}
