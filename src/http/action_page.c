#include "action_page.h"

#include "codec/htmlesc.h"
#include "media.h"
#include "page.h"

/* Of a group with more, the others are counted. */
#define SHOWN_ALERTS 8

/* ---- words ---- */

struct words {
    const char *tag; /* of the language */
    const char *ask[ACTION_KINDS], *effect[ACTION_KINDS], *press[ACTION_KINDS];
    const char *name, *name_hint, *firing, *more, *acked, *silenced, *until_resolved, *mutes_alerts,
        *mutes_groups, *others;
    const char *by, *until;
    struct {
        const char *title, *text;
    } end[ACTION_NOT_STORED + 1];
};

static const struct words english = {
    .tag = "en",
    .ask = {"Acknowledge this group?", "Silence this group for 1 hour?", "Silence this group for 4 hours?",
            "Silence this group until it is resolved?"},
    .effect = {"What fires now is not repeated until it is resolved. New alerts are still told, and so is "
               "the end.",
               "Nothing of this group is told for 1 hour, new alerts included.",
               "Nothing of this group is told for 4 hours, new alerts included.",
               "Nothing of this group is told, new alerts included, until nothing fires in it any more; a "
               "week at most."},
    .press = {"Acknowledge", "Silence for 1 hour", "Silence for 4 hours", "Silence until resolved"},
    .name = "Your name",
    .name_hint = "so that the others know who it is",
    .firing = "firing",
    .more = "more",
    .acked = "Acknowledged by ",
    .silenced = "Silenced until ",
    .until_resolved = "Silenced until it is resolved",
    .mutes_alerts = "Mutes now: alerts",
    .mutes_groups = "groups",
    .others = "Or instead",
    .by = "By ",
    .until = "Until ",
    .end =
        {[ACTION_DONE_ACK] = {"Acknowledged",
                              "What fires is not repeated until it is resolved. New alerts are still told."},
         [ACTION_DONE_SILENCE] = {"Silenced", "Nothing of this group is told until then."},
         [ACTION_DONE_UNTIL_RESOLVED] = {"Silenced until resolved",
                                         "Nothing of this group is told until nothing fires in it."},
         [ACTION_REFUSED] = {"This link is not valid",
                             "It is damaged, or not from this server. Nothing was done."},
         [ACTION_TOO_LATE] = {"This link has expired", "Nothing was done. A newer message has newer links."},
         [ACTION_NOTHING] = {"Nothing fires here any more", "Nothing had to be done."},
         [ACTION_EVERYTHING] = {"This group cannot be silenced by a link",
                                "It has no labels: the silence would mute everything. Nothing was done."},
         [ACTION_TOO_MANY] = {"The silence was refused",
                              "The server has as many silences as it may. Nothing was done."},
         [ACTION_NOT_STORED] = {"That could not be stored", "Please try again."}},
};

static const struct words chinese = {
    .tag = "zh",
    .ask = {"确认这组告警？", "静默本组 1 小时？", "静默本组 4 小时？", "静默本组直到恢复？"},
    .effect = {"当前告警在恢复前不再重复通知；新告警和恢复仍会通知。",
               "1 小时内本组不再通知，新告警也不通知。", "4 小时内本组不再通知，新告警也不通知。",
               "本组全部恢复前不再通知，新告警也不通知；最长一周。"},
    .press = {"确认", "静默 1 小时", "静默 4 小时", "静默直到恢复"},
    .name = "您的名字",
    .name_hint = "让同事知道是谁在处理",
    .firing = "触发中",
    .more = "条未显示",
    .acked = "已确认：",
    .silenced = "已静默至 ",
    .until_resolved = "已静默直到恢复",
    .mutes_alerts = "当前将静默：告警",
    .mutes_groups = "分组",
    .others = "其他操作",
    .by = "操作人：",
    .until = "静默至 ",
    .end = {[ACTION_DONE_ACK] = {"已确认", "当前告警在恢复前不再重复通知；新告警仍会通知。"},
            [ACTION_DONE_SILENCE] = {"已静默", "到时间前本组不再通知。"},
            [ACTION_DONE_UNTIL_RESOLVED] = {"已静默直到恢复", "本组全部恢复前不再通知。"},
            [ACTION_REFUSED] = {"链接无效", "链接已损坏，或不是本服务器签发的。未做任何操作。"},
            [ACTION_TOO_LATE] = {"链接已过期", "未做任何操作。请使用较新消息中的链接。"},
            [ACTION_NOTHING] = {"本组已没有触发中的告警", "无需操作。"},
            [ACTION_EVERYTHING] = {"不能用链接静默本组", "本组没有标签，静默会影响所有告警。未做任何操作。"},
            [ACTION_TOO_MANY] = {"静默被拒绝", "静默数量已达上限。未做任何操作。"},
            [ACTION_NOT_STORED] = {"保存失败", "请重试。"}},
};

static const struct words *words_of(enum page_language l)
{
    return l == PAGE_ZH ? &chinese : &english;
}

static bool is_language(struct sv tag, struct sv language)
{
    return tag.n >= language.n && sv_eq_nocase((struct sv){tag.p, language.n}, language) &&
           (tag.n == language.n || tag.p[language.n] == '-');
}

enum page_language page_language_of(struct sv asked, struct sv accept_language)
{
    struct media_item item;

    if (is_language(asked, SV("zh")) || is_language(asked, SV("en")))
        return is_language(asked, SV("zh")) ? PAGE_ZH : PAGE_EN;
    while (media_next(&accept_language, &item)) {
        if (item.refused)
            continue;
        if (is_language(item.name, SV("zh")))
            return PAGE_ZH;
        if (is_language(item.name, SV("en")))
            return PAGE_EN;
    }
    return PAGE_EN;
}

/* ---- parts ---- */

static void add_label(struct strbuf *out, const struct labels *ls, struct sv name, const char *before)
{
    const struct sv value = labels_get(ls, name);

    if (value.n == 0)
        return;
    strbuf_adds(out, before);
    htmlesc_add(out, value);
}

static struct sv summary_of(const struct alert *a)
{
    static const char *const names[] = {"summary", "message", "description"};
    struct sv text = {0};

    for (size_t i = 0; i < COUNT_OF(names) && text.n == 0; i++)
        text = labels_get(a->annotations, sv_of(names[i]));
    return text;
}

static void add_alert(struct strbuf *out, const struct words *w, const struct group_card_alert *item,
                      const struct group_card *card)
{
    const struct labels *ls = item->alert->labels;

    strbuf_adds(out, "<li>");
    add_label(out, ls, SV("severity"), "");
    add_label(out, ls, SV("alertname"), " <b>");
    strbuf_adds(out, labels_get(ls, SV("alertname")).n != 0 ? "</b>" : "");
    add_label(out, ls, SV("instance"), " ");
    strbuf_adds(out, "<br>");
    htmlesc_add(out, summary_of(item->alert));
    strbuf_adds(out, " <small>");
    page_time(out, item->alert->starts_at);
    if (item->acked) {
        strbuf_addf(out, " · %s", w->acked);
        htmlesc_add(out, sv_of(card->ack->by));
    }
    strbuf_adds(out, "</small></li>\n");
}

static void add_alerts(struct strbuf *out, const struct words *w, const struct group_card *card)
{
    size_t shown = 0;

    strbuf_adds(out, "<ul>\n");
    for (size_t i = 0; i < card->n_alerts && shown < SHOWN_ALERTS; i++)
        if (card->alerts[i].firing) {
            add_alert(out, w, &card->alerts[i], card);
            shown++;
        }
    if (shown < card->n_firing)
        strbuf_addf(out, "<li class=\"soft\">+%zu %s</li>\n", card->n_firing - shown, w->more);
    strbuf_adds(out, "</ul>\n");
}

static void add_group(struct strbuf *out, const struct words *w, const struct group_card *card)
{
    strbuf_adds(out, "<p class=\"soft\">");
    for (size_t i = 0; i < card->labels->n; i++) {
        strbuf_adds(out, i != 0 ? ", " : "");
        htmlesc_add(out, istr_sv(card->labels->v[i].name));
        strbuf_addc(out, '=');
        htmlesc_add(out, istr_sv(card->labels->v[i].value));
    }
    strbuf_addf(out, "%s%zu %s → ", card->labels->n != 0 ? " · " : "", card->n_firing, w->firing);
    htmlesc_add(out, sv_of(card->route->receiver->name));
    strbuf_adds(out, "</p>\n");
}

/* What was done before. */
static void add_state(struct strbuf *out, const struct words *w, const struct group_card *card)
{
    if (card->ack != NULL) {
        strbuf_addf(out, "<p><b>%s", w->acked);
        htmlesc_add(out, sv_of(card->ack->by));
        strbuf_adds(out, "</b> <small>");
        page_time(out, card->ack->at);
        strbuf_adds(out, "</small></p>\n");
    }
    if (card->silence == NULL)
        return;
    strbuf_addf(out, "<p><b>%s", card->until_resolved ? w->until_resolved : w->silenced);
    if (!card->until_resolved)
        page_time(out, card->silence->ends_at);
    strbuf_adds(out, "</b> <small>");
    htmlesc_add(out, istr_sv(card->silence->created_by));
    strbuf_adds(out, "</small></p>\n");
}

static void add_reach(struct strbuf *out, const struct words *w, const struct action_page *p)
{
    CLEANUP(strbuf_donep) struct strbuf matchers = {0};

    if (p->kind == ACTION_ACK)
        return;
    matchers_print(&matchers, &p->card->matchers);
    strbuf_addf(out, "<p class=\"soft\">%s %zu, %s %zu<br><code>", w->mutes_alerts, p->n_alerts,
                w->mutes_groups, p->n_groups);
    htmlesc_add(out, strbuf_sv(&matchers));
    strbuf_adds(out, "</code></p>\n");
}

static void add_form(struct strbuf *out, const struct words *w, const struct action_page *p)
{
    strbuf_addf(out,
                "<form method=\"post\">\n<label>%s <small>%s</small>\n"
                "<input name=\"name\" maxlength=\"60\" autocomplete=\"name\" required value=\"",
                w->name, w->name_hint);
    htmlesc_add(out, p->name);
    strbuf_addf(out, "\"></label>\n<button>%s</button>\n</form>\n", w->press[p->kind]);
}

static void add_others(struct strbuf *out, const struct words *w, const struct action_page *p)
{
    strbuf_addf(out, "<p class=\"soft\">%s</p>\n", w->others);
    for (size_t i = 0; i < p->n_others; i++)
        strbuf_addf(out, "<a class=\"other\" href=\"%s?lang=%s\">%s</a>\n", p->others[i].token, w->tag,
                    w->press[p->others[i].kind]);
}

/* ---- pages ---- */

void action_page_ask(struct strbuf *out, const struct action_page *p)
{
    const struct words *w = words_of(p->language);

    page_head(out, w->tag, w->ask[p->kind]);
    add_group(out, w, p->card);
    add_state(out, w, p->card);
    strbuf_addf(out, "<p>%s</p>\n", w->effect[p->kind]);
    add_form(out, w, p);
    add_alerts(out, w, p->card);
    add_reach(out, w, p);
    add_others(out, w, p);
    page_foot(out);
}

void action_page_end(struct strbuf *out, enum page_language language, enum action_end end, struct sv by,
                     struct stamp until)
{
    const struct words *w = words_of(language);

    page_head(out, w->tag, w->end[end].title);
    if (end == ACTION_DONE_SILENCE) {
        strbuf_addf(out, "<p><b>%s", w->until);
        page_time(out, until);
        strbuf_adds(out, "</b></p>\n");
    }
    strbuf_addf(out, "<p>%s</p>\n", w->end[end].text);
    if (by.n != 0) {
        strbuf_addf(out, "<p class=\"soft\">%s", w->by);
        htmlesc_add(out, by);
        strbuf_adds(out, "</p>\n");
    }
    page_foot(out);
}
