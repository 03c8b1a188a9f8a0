/* A message that is too long: its parts, their numbers, and what the last of them says of the rest
 * (receivers.md B1.4). */
#include "base/utf8.h"
#include "codec/url.h"
#include "im.h"
#include "text.h"

#define MAX_TITLE     256 /* bytes */
#define RESERVE_SHARE 20  /* one part in 20 is kept free when a text has to be split */

static const struct im_settings *settings_of(const struct render *r)
{
    return (const struct im_settings *)(const void *)r->settings;
}

static bool is_english(const struct render *r)
{
    return strcmp(settings_of(r)->language, "en") == 0;
}

static void add_group_link(struct strbuf *out, const struct render *r, bool markdown)
{
    const char *words = is_english(r) ? "show all" : "查看全部";

    if (markdown)
        strbuf_addf(out, "[%s](", words);
    strbuf_addf(out, "%s/#/alerts?receiver=", r->external_url);
    url_escape_query(out, sv_of(delivery_receiver_name(r->delivery)));
    strbuf_adds(out, markdown ? ")" : "");
}

static size_t count(struct sv text, struct sv what)
{
    size_t n = 0;

    for (const char *p; text.n != 0 && (p = memmem(text.p, text.n, what.p, what.n)) != NULL; n++)
        text = (struct sv){p + what.n, (size_t)(text.p + text.n - p) - what.n};
    return n;
}

/* How many alerts are in `rest`. The default layouts mark every alert with a bullet, a digest has a line for
 * each; with another layout nobody knows. */
static bool count_left(const struct render *r, const struct im_layout *layout, struct sv rest, size_t *left)
{
    const struct sv mark = layout->line_per_alert ? SV("\n") : SV("●");
    const size_t before = layout->line_per_alert ? 1 : 0; /* the last line has no end */

    *left = count(rest, mark) + before;
    return layout->line_per_alert || count(layout->text, mark) == r->delivery->n_alerts;
}

/* "… 其余 N 条见" and where. */
static void add_remainder(struct strbuf *out, const struct render *r, const struct im_layout *layout,
                          struct sv rest)
{
    const bool english = is_english(r);
    size_t left;

    if (count_left(r, layout, rest, &left))
        strbuf_addf(out, english ? "\n\n… +%zu more: " : "\n\n… 其余 %zu 条见 ", left);
    else
        strbuf_adds(out, english ? "\n\n… more: " : "\n\n… 其余内容见 ");
    add_group_link(out, r, layout->markdown);
}

static bool cut_title(struct render *r, struct sv title, struct sv *out, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};

    *out = title;
    if (title.n <= MAX_TITLE)
        return true;
    strbuf_add(&text, title.p, utf8_cut(title, MAX_TITLE - 3));
    strbuf_adds(&text, "…");
    return im_keep(r, &text, out, err);
}

static void add_number(struct strbuf *out, unsigned index, unsigned n_parts)
{
    strbuf_addf(out, " (%u/%u)", index + 1, n_parts);
}

/* The head of a part: later ones start with the title, the first one has a line of its own to number. */
static void add_head(struct strbuf *out, const struct im_layout *layout, struct sv *body, unsigned index,
                     unsigned n_parts)
{
    if (index > 0) {
        strbuf_adds(out, layout->heading);
        imtext_add(out, layout->quoting, layout->title);
        add_number(out, index, n_parts);
        strbuf_adds(out, "\n\n");
    } else if (layout->number_text) {
        const char *newline = memchr(body->p, '\n', body->n);
        const size_t first = newline != NULL ? (size_t)(newline - body->p) : body->n;
        strbuf_add(out, body->p, first);
        add_number(out, index, n_parts);
        *body = (struct sv){body->p + first, body->n - first};
    }
}

/* One line for each alert, instead of the text. */
static bool use_lines(struct render *r, struct im_layout *layout, struct err *err)
{
    const struct im_digest_style style = {.quoting = layout->quoting,
                                          .bullet = layout->bullet != NULL ? layout->bullet : "- ",
                                          .plain = !layout->markdown,
                                          .english = is_english(r)};
    const bool titled = layout->heading[0] != '\0' || layout->number_text;
    CLEANUP(strbuf_donep) struct strbuf text = {0};

    if (titled) {
        strbuf_adds(&text, layout->heading);
        imtext_add(&text, layout->quoting, layout->title);
        strbuf_adds(&text, "\n\n");
    }
    im_digest_lines(r->delivery, &style, &text);
    layout->line_per_alert = true;
    return im_keep(r, &text, &layout->text, err);
}

static bool single_part(struct render *r, const struct im_layout *layout, struct im_part *out,
                        struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};

    *out = (struct im_part){.title = layout->title, .n_parts = 1};
    strbuf_addsv(&text, layout->text);
    strbuf_addsv(&text, layout->first_suffix);
    strbuf_addsv(&text, layout->suffix);
    return im_keep(r, &text, &out->text, err);
}

static bool split_part(struct render *r, const struct im_layout *layout, const struct split *split,
                       unsigned index, struct im_part *out, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0}, title = {0};
    const unsigned n = (unsigned)split->n;
    struct sv body = split->parts[index];

    add_head(&text, layout, &body, index, n);
    strbuf_addsv(&text, body);
    if (index + 1 == n && split->rest.n != 0)
        add_remainder(&text, r, layout, split->rest);
    if (index == 0)
        strbuf_addsv(&text, layout->first_suffix);
    strbuf_addsv(&text, layout->suffix);
    strbuf_addsv(&title, layout->title);
    if (n > 1)
        add_number(&title, index, n);
    out->n_parts = n;
    return im_keep(r, &text, &out->text, err) && im_keep(r, &title, &out->title, err);
}

/* What the head of a part and the remark at the end of the last one may take. */
static void measure_extras(const struct render *r, const struct im_layout *layout, size_t *head,
                           size_t *remark)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};

    strbuf_addsv(&text, layout->first_suffix);
    strbuf_addsv(&text, layout->suffix);
    strbuf_adds(&text, layout->heading);
    imtext_add(&text, layout->quoting, layout->title);
    strbuf_adds(&text, " (100/100)\n\n");
    *head = split_cost(strbuf_sv(&text), layout->measure);
    strbuf_reset(&text);
    add_remainder(&text, r, layout, layout->text);
    *remark = split_cost(strbuf_sv(&text), layout->measure);
}

static bool cut_part(struct render *r, const struct im_layout *layout, unsigned index, struct im_part *out,
                     struct err *err)
{
    const size_t limit = layout->limit - layout->limit / RESERVE_SHARE;
    size_t head, remark;

    measure_extras(r, layout, &head, &remark);
    if (limit < head + remark + SPLIT_MIN_BUDGET)
        return err_set(err, ERR_INVALID, "mentions, keyword and title leave no room for the message");
    const struct split split =
        split_text(layout->text, layout->measure, limit - head, layout->max_parts, remark, r->mem);
    if (split.n == 0)
        return err_set(err, ERR_LIMIT, "message needs too much memory");
    return split_part(r, layout, &split, index < split.n ? index : (unsigned)split.n - 1, out, err);
}

static bool fits(const struct im_layout *layout)
{
    return split_cost(layout->first_suffix, layout->measure) + split_cost(layout->suffix, layout->measure) +
               split_cost(layout->text, layout->measure) <=
           layout->limit;
}

bool im_cut(struct render *r, const struct im_layout *whole, unsigned index, struct im_part *out,
            struct err *err)
{
    struct im_layout layout = *whole;

    if (!cut_title(r, whole->title, &layout.title, err))
        return false;
    if (!fits(&layout) && strcmp(settings_of(r)->overflow, "digest") == 0 && !use_lines(r, &layout, err))
        return false;
    return fits(&layout) ? single_part(r, &layout, out, err) : cut_part(r, &layout, index, out, err);
}

bool im_minimal_text(struct render *r, const char *keyword, struct sv *out, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    size_t firing = 0;

    for (size_t i = 0; i < r->delivery->n_alerts; i++)
        firing += r->delivery->alerts[i].firing;
    strbuf_addf(&text, is_english(r) ? "[Alert] %zu firing · %zu resolved\n" : "[告警] 触发 %zu · 恢复 %zu\n",
                firing, r->delivery->n_alerts - firing);
    add_group_link(&text, r, false);
    if (is_set(keyword))
        strbuf_addf(&text, "\n%s", keyword);
    return im_keep(r, &text, out, err);
}
