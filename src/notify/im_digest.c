/* Several groups in one message: a line per alert, for a robot that may not send a message per group. */
#include "base/utf8.h"
#include "codec/url.h"
#include "im.h"
#include "notify/data.h"

#define ALERTS_SHOWN  5
#define SUMMARY_RUNES 60
#define TITLE_COST    120 /* more than any title takes */

struct words {
    const char *resolved, *no_summary, *all;
};

static const struct words words_zh = {
    .resolved = "已恢复",
    .no_summary = "(无摘要)",
    .all = "查看全部",
};
static const struct words words_en = {
    .resolved = "resolved",
    .no_summary = "(no summary)",
    .all = "show all",
};

static size_t count_firing(const struct delivery *d)
{
    size_t n = 0;

    for (size_t i = 0; i < d->n_alerts; i++)
        n += d->alerts[i].firing;
    return n;
}

/* ---- one group ---- */

static void add_name(struct strbuf *out, const struct im_digest_style *style, const struct delivery *d)
{
    if (d->group_labels->n == 0)
        imtext_add(out, style->quoting, sv_of(d->receiver->name));
    for (size_t i = 0; i < d->group_labels->n; i++) {
        strbuf_adds(out, i != 0 ? " " : "");
        imtext_add(out, style->quoting, istr_sv(d->group_labels->v[i].value));
    }
}

static struct sv summary_of(const struct alert *a)
{
    static const char *const names[] = {"summary", "message", "description"};

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const struct sv text = labels_get(a->annotations, sv_of(names[i]));
        if (text.n != 0)
            return text;
    }
    return SV("");
}

/* The first line, and not too much of it. */
static struct sv shortened(struct sv text)
{
    const char *newline = memchr(text.p, '\n', text.n);
    uint32_t rune;
    size_t at = 0;

    if (newline != NULL)
        text.n = (size_t)(newline - text.p);
    for (int n = 0; n < SUMMARY_RUNES && at < text.n; n++)
        at += utf8_decode((struct sv){text.p + at, text.n - at}, &rune, NULL);
    return (struct sv){text.p, at};
}

static void add_part(struct strbuf *out, const struct im_digest_style *style, struct sv text)
{
    if (text.n == 0)
        return;
    imtext_add(out, style->quoting, text);
    strbuf_adds(out, " · ");
}

static void add_alert(struct strbuf *out, const struct im_digest_style *style, const struct words *w,
                      const struct delivery_alert *a)
{
    const struct labels *ls = a->alert->labels;
    const struct sv instance = labels_get(ls, SV("instance")), summary = summary_of(a->alert);

    strbuf_adds(out, style->bullet);
    add_part(out, style, a->firing ? labels_get(ls, SV("severity")) : sv_of(w->resolved));
    add_part(out, style, instance.n != 0 ? instance : labels_get(ls, SV("alertname")));
    if (summary.n != 0)
        imtext_add(out, style->quoting, shortened(summary));
    else
        strbuf_adds(out, w->no_summary);
    strbuf_addc(out, '\n');
}

/* At most `max`, those that fire first. Returns how many there were. */
static size_t add_lines(struct strbuf *out, const struct im_digest_style *style, const struct delivery *d,
                        size_t max)
{
    const struct words *w = style->english ? &words_en : &words_zh;
    size_t shown = 0;

    for (int firing = 1; firing >= 0; firing--)
        for (size_t i = 0; i < d->n_alerts && shown < max; i++)
            if (d->alerts[i].firing == (firing == 1)) {
                add_alert(out, style, w, &d->alerts[i]);
                shown++;
            }
    return shown;
}

static void add_alerts(struct strbuf *out, const struct im_digest_style *style, const struct delivery *d)
{
    const size_t shown = add_lines(out, style, d, ALERTS_SHOWN);

    if (shown < d->n_alerts)
        strbuf_addf(out, "… +%zu\n", d->n_alerts - shown);
}

void im_digest_lines(const struct delivery *d, const struct im_digest_style *style, struct strbuf *out)
{
    CLEANUP(strbuf_donep) struct strbuf lines = {0};

    (void)add_lines(&lines, style, d, d->n_alerts);
    utf8_add_clean(out, sv_trim(strbuf_sv(&lines)));
}

static void add_group(struct strbuf *out, const struct render *r, const struct im_digest_style *style,
                      const struct words *w, const struct delivery *d)
{
    const size_t firing = count_firing(d);
    const char *bold = style->plain ? "" : "**";

    strbuf_addf(out, "%s%s ", bold, firing != 0 ? "🔴" : "🟢");
    add_name(out, style, d);
    strbuf_adds(out, bold);
    strbuf_addf(out, w == &words_en ? " (%zu firing, %zu resolved)" : "（触发 %zu 恢复 %zu）", firing,
                d->n_alerts - firing);
    strbuf_addc(out, '\n');
    add_alerts(out, style, d);
    strbuf_addf(out, style->plain ? "%s %s/#/alerts?receiver=" : "[%s](%s/#/alerts?receiver=", w->all,
                r->external_url);
    url_escape_query(out, sv_of(delivery_receiver_name(d)));
    strbuf_adds(out, style->plain ? "\n\n" : ")\n\n");
}

/* ---- all of them ---- */

static void add_title(struct strbuf *out, const struct words *w, const struct delivery *const *v, size_t n)
{
    size_t alerts = 0, firing = 0;

    for (size_t i = 0; i < n; i++) {
        alerts += v[i]->n_alerts;
        firing += count_firing(v[i]);
    }
    strbuf_adds(out, firing != 0 ? "🔴" : "🟢");
    strbuf_addf(out, w == &words_en ? "[MERGED] %zu groups, %zu alerts" : "[合并告警] %zu 组 %zu 条", n,
                alerts);
}

/* As many groups as there is room for. */
static size_t add_groups(struct strbuf *out, const struct render *r, const struct im_digest_style *style,
                         const struct words *w, const struct delivery *const *v, size_t n)
{
    size_t cost = TITLE_COST, i;

    for (i = 0; i < n; i++) {
        CLEANUP(strbuf_donep) struct strbuf group = {0}, clean = {0};
        add_group(&group, r, style, w, v[i]);
        utf8_add_clean(&clean, strbuf_sv(&group));
        cost += split_cost(strbuf_sv(&clean), style->measure);
        if (cost > style->limit)
            break;
        strbuf_addsv(out, strbuf_sv(&clean));
    }
    return i;
}

static bool is_mentioned(const struct sv *list, size_t n, struct sv id)
{
    for (size_t i = 0; i < n; i++)
        if (sv_eq(list[i], id))
            return true;
    return false;
}

/* `others`: how many are mentioned in another way. */
static void add_people(struct sv *list, size_t *n, size_t others, const struct sv *more, size_t n_more)
{
    for (size_t i = 0; i < n_more && *n + others < IM_DIGEST_MENTIONS; i++)
        if (!is_mentioned(list, *n, more[i]))
            list[(*n)++] = more[i];
}

/* Each group's mentions are templates over its own data. The digest itself has no templates, so that `r` has
 * chosen none yet. */
static bool add_mentions(struct render *r, const struct delivery *d, struct im_mentions *all, struct err *err)
{
    const struct im_settings *s = (const struct im_settings *)(const void *)d->integration->settings;
    struct render one = *r;
    struct im_mentions at;

    if (!im_mentions_anybody(s))
        return true;
    const struct notify_data *data = notify_data_new(d, 0, r->external_url, r->now, r->mem);
    if (data == NULL)
        return err_set(err, ERR_LIMIT, "message needs too much memory");
    one.delivery = d;
    one.data = notify_data_tval(data);
    if (!im_template_begin(&one, s, err) || !im_mentions_render(&one, s, &at, err))
        return false;
    all->all |= at.all;
    add_people(all->mobiles, &all->n_mobiles, all->n_user_ids, at.mobiles, at.n_mobiles);
    add_people(all->user_ids, &all->n_user_ids, all->n_mobiles, at.user_ids, at.n_user_ids);
    return true;
}

static bool collect_mentions(struct render *r, const struct delivery *const *v, size_t n,
                             struct im_mentions *all, struct err *err)
{
    *all = (struct im_mentions){.mobiles = ARENA_ARRAY(r->mem, struct sv, IM_DIGEST_MENTIONS),
                                .user_ids = ARENA_ARRAY(r->mem, struct sv, IM_DIGEST_MENTIONS)};
    if (all->mobiles == NULL || all->user_ids == NULL)
        return err_set(err, ERR_LIMIT, "message needs too much memory");
    for (size_t i = 0; i < n; i++)
        if (!add_mentions(r, v[i], all, err))
            return false;
    if (all->all)
        all->n_mobiles = all->n_user_ids = 0;
    return true;
}

bool im_digest_render(struct render *r, const struct im_digest_style *style, const struct delivery *const *v,
                      size_t *n, struct im_digest *out, struct err *err)
{
    const struct words *w = style->english ? &words_en : &words_zh;
    CLEANUP(strbuf_donep) struct strbuf groups = {0}, title = {0}, text = {0};

    *n = add_groups(&groups, r, style, w, v, *n);
    if (*n < 2)
        return err_set(err, ERR_LIMIT, "two groups do not fit into one message");
    add_title(&title, w, v, *n);
    if (style->heading != NULL)
        strbuf_addf(&text, "%s%s\n\n", style->heading, title.p);
    strbuf_addsv(&text, sv_trim(strbuf_sv(&groups)));
    return im_keep(r, &title, &out->title, err) && im_keep(r, &text, &out->text, err) &&
           collect_mentions(r, v, *n, &out->at, err);
}
