#include "feishu_card.h"

#include "text.h"

static const char *colour_of(const struct delivery *d)
{
    size_t firing = 0;

    for (size_t i = 0; i < d->n_alerts; i++)
        firing += d->alerts[i].firing;
    return firing == 0 ? "green" : firing == d->n_alerts ? "red" : "orange";
}

static bool prepare_actions(struct render *r, struct feishu_card *card, struct err *err)
{
    return im_render_clean(r, "{{ .Actions.Ack }}", &card->ack_url, err) &&
           im_render_clean(r, "{{ .Actions.Silence1h }}", &card->silence_1h_url, err) &&
           im_render_clean(r, "{{ .Actions.Silence4h }}", &card->silence_4h_url, err) &&
           im_render_clean(r, "{{ .Actions.SilenceResolved }}", &card->silence_resolved_url, err);
}

bool feishu_card_prepare(struct render *r, struct feishu_card *card, struct err *err)
{
    card->colour = colour_of(r->delivery);
    if (!im_render_clean(r, "{{ template \"__alertmanagerURL\" . }}", &card->all_url, err) ||
        !im_render_clean(r, "{{ or .CommonAnnotations.runbook_url .CommonAnnotations.runbook }}",
                         &card->runbook_url, err))
        return false;
    if (!is_web_address(card->runbook_url))
        card->runbook_url = SV("");
    if (!prepare_actions(r, card, err))
        return false;
    return strcmp(card->colour, "green") == 0 || card->ack_url.n != 0 ||
           im_render_clean(r, "{{ template \"im.silence.group\" . }}", &card->silence_url, err);
}

void feishu_card_digest(const struct render *r, struct feishu_card *card, bool firing)
{
    card->colour = firing ? "red" : "green";
    card->all_url = sv_of(r->external_url);
}

static void write_tag(struct jw *w, const char *tag)
{
    jw_object(w);
    jw_kstr(w, SV("tag"), sv_of(tag));
}

static void write_plain(struct jw *w, struct sv key, struct sv text)
{
    jw_key(w, key);
    write_tag(w, "plain_text");
    jw_kstr(w, SV("content"), text);
    jw_end(w);
}

static void write_header(struct jw *w, const struct feishu_card *card)
{
    jw_key(w, SV("header"));
    jw_object(w);
    jw_kstr(w, SV("template"), sv_of(card->colour));
    write_plain(w, SV("title"), card->title);
    jw_end(w);
}

/* ---- elements ---- */

/* Up to the next empty line; takes it away from the text. */
static struct sv take_block(struct sv *text)
{
    const char *end = memmem(text->p, text->n, "\n\n", 2);
    const size_t n = end != NULL ? (size_t)(end - text->p) : text->n;
    const struct sv block = {text->p, n};

    *text = (struct sv){text->p + n, text->n - n};
    *text = sv_trim(*text);
    return sv_trim(block);
}

/* The blank that layouts leave at the ends of lines would count against the platform's limit. */
static void add_trimmed_lines(struct strbuf *out, struct sv block)
{
    struct sv line;

    while (sv_pop_line(&block, &line)) {
        while (line.n > 0 && line.p[line.n - 1] == ' ')
            line.n--;
        strbuf_adds(out, out->n != 0 ? "\n" : "");
        strbuf_addsv(out, line);
    }
}

static void add_mentions(struct strbuf *out, const struct im_mentions *at)
{
    if (at->all)
        strbuf_adds(out, "\n<at id=all></at>");
    for (size_t i = 0; i < at->n_user_ids; i++)
        strbuf_addf(out, "%s<at id=%.*s></at>", i == 0 ? "\n" : " ", SV_ARG(at->user_ids[i]));
}

static void write_markdown(struct jw *w, struct sv block, const struct im_mentions *at)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};

    add_trimmed_lines(&text, block);
    if (at != NULL)
        add_mentions(&text, at);
    write_tag(w, "markdown");
    jw_kstr(w, SV("content"), strbuf_sv(&text));
    jw_end(w);
}

static void write_elements(struct jw *w, const struct feishu_card *card)
{
    const struct im_mentions *at = card->at;
    struct sv rest = sv_trim(card->text);

    while (rest.n != 0) {
        const struct sv block = take_block(&rest);
        if (sv_eq(block, SV("---"))) {
            write_tag(w, "hr");
            jw_end(w);
            continue;
        }
        write_markdown(w, block, at);
        at = NULL;
    }
}

/* ---- buttons ---- */

static void write_button(struct jw *w, const char *text, const char *type, struct sv url)
{
    if (url.n == 0)
        return;
    write_tag(w, "button");
    write_plain(w, SV("text"), sv_of(text));
    jw_kstr(w, SV("type"), sv_of(type));
    jw_kstr(w, SV("url"), url);
    jw_end(w);
}

static void write_actions(struct jw *w, const struct feishu_card *card)
{
    const bool en = card->english;

    write_tag(w, "action");
    jw_key(w, SV("actions"));
    jw_array(w);
    write_button(w, en ? "Show all" : "查看全部", "primary", card->all_url);
    write_button(w, en ? "Acknowledge" : "确认", "default", card->ack_url);
    write_button(w, en ? "Silence 1h" : "静默1小时", "danger", card->silence_1h_url);
    write_button(w, en ? "Silence 4h" : "静默4小时", "danger", card->silence_4h_url);
    write_button(w, en ? "Silence until resolved" : "静默至恢复", "danger", card->silence_resolved_url);
    write_button(w, en ? "Silence group" : "静默本组", "danger", card->silence_url);
    write_button(w, en ? "Runbook" : "手册", "default", card->runbook_url);
    jw_end(w);
    jw_end(w);
}

void feishu_card_write(struct jw *w, const struct feishu_card *card)
{
    jw_object(w);
    jw_key(w, SV("config"));
    jw_object(w);
    jw_kbool(w, SV("wide_screen_mode"), true);
    jw_end(w);
    write_header(w, card);
    jw_key(w, SV("elements"));
    jw_array(w);
    write_elements(w, card);
    write_actions(w, card);
    jw_end(w);
    jw_end(w);
}
