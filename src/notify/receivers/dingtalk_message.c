#include "dingtalk_message.h"

#include "codec/jw.h"
#include "codec/url.h"
#include "compose.h"
#include "text.h"

#define FEED_MAX    10  /* lines of a feed */
#define FEED_TITLE  256 /* bytes */
#define BUTTONS_MAX 10
#define GROUP_URL   "{{ template \"__alertmanagerURL\" . }}"
#define OPEN_PREFIX "dingtalk://dingtalkclient/page/link?url="
#define OPEN_SUFFIX "&pc_slide=false"

/* ---- settings ---- */

#define CARD_FIELD(member, field_kind, field_def, field_flags, field_doc)                                    \
    {                                                                                                        \
        .key = #member, .kind = (field_kind), .offset = offsetof(struct dingtalk_action_card, member),       \
        .def = (field_def), .flags = (field_flags), .doc = (field_doc)                                       \
    }
/* Offsets within the nested blocks of struct dingtalk. */
#define NESTED(block, member) (offsetof(struct dingtalk, block.member) - offsetof(struct dingtalk, block))
#define BLOCK_FIELD(block, member, field_def, field_doc)                                                     \
    {                                                                                                        \
        .key = #member, .kind = FIELD_STRING, .offset = NESTED(block, member), .def = (field_def),           \
        .flags = FIELD_TMPL, .doc = (field_doc)                                                              \
    }

static const struct field link_fields[] = {
    BLOCK_FIELD(link, message_url, GROUP_URL, "Where the message leads."),
    BLOCK_FIELD(link, pic_url, NULL, "The address of a picture."),
    {0},
};
const struct schema dingtalk_link_schema = {.name = "dingtalk link",
                                            .go_type = "config.plain",
                                            .size = sizeof(((struct dingtalk *)0)->link),
                                            .fields = link_fields};

static const struct field feed_card_fields[] = {
    BLOCK_FIELD(feed_card, title, NULL, "The line of one alert, as if it were the only one."),
    BLOCK_FIELD(feed_card, message_url, "{{ template \"im.item.url\" . }}", "Where that line leads."),
    BLOCK_FIELD(feed_card, pic_url, NULL, "The address of the picture beside it."),
    {0},
};
const struct schema dingtalk_feed_card_schema = {.name = "feed_card",
                                                 .go_type = "config.plain",
                                                 .size = sizeof(((struct dingtalk *)0)->feed_card),
                                                 .fields = feed_card_fields};

static const struct field button_fields[] = {
    {.key = "title",
     .kind = FIELD_STRING,
     .offset = offsetof(struct dingtalk_button, title),
     .flags = FIELD_TMPL | FIELD_REQUIRED,
     .doc = "The text of the button."},
    {.key = "url",
     .kind = FIELD_STRING,
     .offset = offsetof(struct dingtalk_button, url),
     .flags = FIELD_TMPL | FIELD_REQUIRED,
     .doc = "Where it leads; without an address there is no button."},
    {0},
};

static bool check_button(struct decoder *d, const struct ytree *node, void *object)
{
    const struct dingtalk_button *b = object;

    return (is_set(b->title) && is_set(b->url)) ||
           decode_fail(d, node, "a button needs a title and a url in dingtalk config");
}

static const struct schema button_schema = {.name = "dingtalk button",
                                            .go_type = "config.plain",
                                            .size = sizeof(struct dingtalk_button),
                                            .fields = button_fields,
                                            .check = check_button};

static const struct field action_card_fields[] = {
    CARD_FIELD(single_title, FIELD_STRING, NULL, FIELD_TMPL,
               "The text of the only button. Without it and buttons there are those to act on the group, if "
               "there are links for that."),
    CARD_FIELD(single_url, FIELD_STRING, NULL, FIELD_TMPL,
               "Where it leads; the group by default. Given, it is preferred to buttons."),
    {.key = "buttons",
     .kind = FIELD_LIST,
     .offset = offsetof(struct dingtalk_action_card, buttons),
     .sub = &button_schema,
     .flags = FIELD_VALUES,
     .doc = "Several buttons instead, at most 10."},
    CARD_FIELD(orientation, FIELD_STRING, "vertical", 0, "How they stand: vertical or horizontal."),
    {0},
};
const struct schema dingtalk_action_card_schema = {.name = "action_card",
                                                   .go_type = "config.plain",
                                                   .size = sizeof(struct dingtalk_action_card),
                                                   .fields = action_card_fields};

bool dingtalk_check_kinds(struct decoder *d, const struct ytree *node, const struct dingtalk *s)
{
    const char *orientation = s->action_card.orientation;

    if (strcmp(orientation, "vertical") != 0 && strcmp(orientation, "horizontal") != 0)
        return decode_fail(d, node, "action_card: orientation must be vertical or horizontal");
    if (s->action_card.buttons.n > BUTTONS_MAX)
        return decode_fail(d, node, "action_card: at most %d buttons", BUTTONS_MAX);
    return true;
}

void dingtalk_resolve_kinds(struct dingtalk *s)
{
    struct dingtalk_action_card *card = &s->action_card;
    const char *title = im_builtin(&s->im, "查看全部", "Show all");

    if (card->buttons.n != 0 && !is_set(card->single_url))
        return;
    if (!is_set(card->single_title))
        card->single_title = title;
    if (!is_set(card->single_url))
        card->single_url = GROUP_URL;
    /* By their values, for the printed configuration says the defaults. */
    card->built_in = strcmp(card->single_title, title) == 0 && strcmp(card->single_url, GROUP_URL) == 0;
}

/* ---- links ---- */

static void add_open_url(struct strbuf *out, struct sv url)
{
    strbuf_adds(out, OPEN_PREFIX);
    url_escape_query(out, url);
    strbuf_adds(out, OPEN_SUFFIX);
}

static bool render_url(struct render *r, const struct dingtalk *s, const char *source, struct sv *out,
                       struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf url = {0};

    if (!im_render_clean(r, source, out, err))
        return false;
    *out = sv_trim(*out);
    if (!s->open_external || !is_web_address(*out))
        return true;
    add_open_url(&url, *out);
    return im_keep(r, &url, out, err);
}

bool dingtalk_open_links(struct render *r, const struct dingtalk *s, struct sv *text, struct err *err)
{
    const struct sv begin = SV("](http");
    CLEANUP(strbuf_donep) struct strbuf out = {0};
    struct sv rest = *text;

    if (!s->open_external)
        return true;
    for (const char *p; rest.n != 0 && (p = memmem(rest.p, rest.n, begin.p, begin.n)) != NULL;) {
        const char *url = p + 2, *end = memchr(url, ')', rest.n - (size_t)(url - rest.p));
        if (end == NULL)
            break;
        strbuf_add(&out, rest.p, (size_t)(url - rest.p));
        add_open_url(&out, (struct sv){url, (size_t)(end - url)});
        rest = (struct sv){end, rest.n - (size_t)(end - rest.p)};
    }
    strbuf_addsv(&out, rest);
    return im_keep(r, &out, text, err);
}

/* The platform refuses a message that leads nowhere. */
static bool render_url_or_group(struct render *r, const struct dingtalk *s, const char *source,
                                struct sv *out, struct err *err)
{
    return render_url(r, s, source, out, err) && (out->n != 0 || render_url(r, s, GROUP_URL, out, err));
}

static bool make_links(struct render *r, size_t n, struct dingtalk_message *m, struct err *err)
{
    m->links = ARENA_ARRAY(r->mem, struct dingtalk_link, n);
    return m->links != NULL || err_set(err, ERR_LIMIT, "message needs too much memory");
}

static bool render_link(struct render *r, const struct dingtalk *s, struct dingtalk_message *m,
                        struct err *err)
{
    m->n_links = 1;
    return make_links(r, 1, m, err) && render_url_or_group(r, s, s->link.message_url, &m->links->url, err) &&
           im_render_clean(r, s->link.pic_url, &m->links->picture, err);
}

static bool render_single(struct render *r, const struct dingtalk *s, struct dingtalk_message *m,
                          struct err *err)
{
    m->n_links = 1;
    m->single = true;
    return make_links(r, 1, m, err) &&
           im_render_clean(r, s->action_card.single_title, &m->links->title, err) &&
           render_url_or_group(r, s, s->action_card.single_url, &m->links->url, err);
}

/* The platform refuses the whole card for a button without a title or an address: that is left out. */
static bool render_button(struct render *r, const struct dingtalk *s, const char *title, const char *url,
                          struct dingtalk_message *m, struct err *err)
{
    struct dingtalk_link *link = &m->links[m->n_links];

    if (!im_render_clean(r, title, &link->title, err) || !render_url(r, s, url, &link->url, err))
        return false;
    m->n_links += link->title.n != 0 && link->url.n != 0;
    return true;
}

static bool render_buttons(struct render *r, const struct dingtalk *s, struct dingtalk_message *m,
                           struct err *err)
{
    const struct list *buttons = &s->action_card.buttons;

    m->horizontal = strcmp(s->action_card.orientation, "horizontal") == 0;
    if (!make_links(r, buttons->n, m, err))
        return false;
    for (size_t i = 0; i < buttons->n; i++) {
        const struct dingtalk_button *button = buttons->v[i];
        if (!render_button(r, s, button->title, button->url, m, err))
            return false;
    }
    return m->n_links != 0 || render_single(r, s, m, err);
}

/* To act on the group, if there are links for that; else there is only the one that leads to it. */
static bool render_built_in(struct render *r, const struct dingtalk *s, struct dingtalk_message *m,
                            struct err *err)
{
    static const struct {
        const char *zh, *en, *url;
    } buttons[] = {
        {"确认", "Acknowledge", "{{ .Actions.Ack }}"},
        {"静默1小时", "Silence 1h", "{{ .Actions.Silence1h }}"},
        {"静默4小时", "Silence 4h", "{{ .Actions.Silence4h }}"},
        {"静默至恢复", "Silence until resolved", "{{ .Actions.SilenceResolved }}"},
    };

    if (!make_links(r, COUNT_OF(buttons) + 1, m, err))
        return false;
    for (size_t i = 0; i < COUNT_OF(buttons); i++)
        if (!render_button(r, s, im_builtin(&s->im, buttons[i].zh, buttons[i].en), buttons[i].url, m, err))
            return false;
    return m->n_links != 0 ? render_button(r, s, s->action_card.single_title, GROUP_URL, m, err)
                           : render_single(r, s, m, err);
}

static bool render_line(struct render *r, const struct dingtalk *s, struct dingtalk_link *link,
                        struct err *err)
{
    if (!im_render_clean(r, s->feed_card.title, &link->title, err) ||
        !compose_cut_bytes(r, "feed_card title", FEED_TITLE, &link->title, err) ||
        !render_url_or_group(r, s, s->feed_card.message_url, &link->url, err) ||
        !im_render_clean(r, s->feed_card.pic_url, &link->picture, err))
        return false;
    if (link->title.n == 0)
        link->title = SV("Alertmanager");
    return true;
}

/* The keyword may be anywhere in a message. */
static bool add_keyword(struct render *r, const struct dingtalk *s, struct dingtalk_message *m,
                        struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf title = {0};

    for (size_t i = 0; i < m->n_links; i++)
        if (sv_contains(m->links[i].title, sv_of(s->im.keyword)))
            return true;
    strbuf_addf(&title, "%.*s %s", SV_ARG(m->links[0].title), s->im.keyword);
    return im_keep(r, &title, &m->links[0].title, err);
}

static bool render_feed_of(struct render *r, const struct dingtalk *s, size_t max, struct dingtalk_message *m,
                           struct err *err)
{
    struct im_items items;

    m->n_links = 0;
    if (!im_items(r, &s->im, max, &items, err) || !make_links(r, max, m, err))
        return false;
    for (size_t i = 0; i < items.n; i++)
        if (!render_line(&items.v[i], s, &m->links[m->n_links++], err))
            return false;
    if (items.rest != 0) {
        struct dingtalk_link *last = &m->links[m->n_links++];
        if (!im_items_rest(r, &s->im, items.rest, &last->title, err) ||
            !render_url(r, s, GROUP_URL, &last->url, err))
            return false;
    }
    return !is_set(s->im.keyword) || m->n_links == 0 || add_keyword(r, s, m, err);
}

static bool render_feed(struct render *r, const struct dingtalk *s, struct dingtalk_message *m,
                        struct err *err)
{
    for (size_t max = FEED_MAX; max != 0; max--) {
        CLEANUP(strbuf_donep) struct strbuf body = {0};
        if (!render_feed_of(r, s, max, m, err))
            return false;
        dingtalk_write(&body, m);
        if (body.n <= DINGTALK_REQUEST_LIMIT)
            return true;
    }
    return err_set(err, ERR_INVALID, "feed_card: the addresses leave no room for a message");
}

bool dingtalk_render_links(struct render *r, const struct dingtalk *s, struct dingtalk_message *m,
                           struct err *err)
{
    if (strcmp(m->type, "link") == 0)
        return render_link(r, s, m, err);
    if (strcmp(m->type, "feed_card") == 0)
        return render_feed(r, s, m, err);
    if (strcmp(m->type, "action_card") != 0)
        return true;
    if (s->action_card.built_in)
        return render_built_in(r, s, m, err);
    return is_set(s->action_card.single_url) ? render_single(r, s, m, err) : render_buttons(r, s, m, err);
}

/* ---- JSON ---- */

bool dingtalk_can_mention(const char *type)
{
    return strcmp(type, "link") != 0 && strcmp(type, "feed_card") != 0;
}

bool dingtalk_is_markdown(const char *type)
{
    return strcmp(type, "markdown") == 0 || strcmp(type, "action_card") == 0;
}

static void write_list(struct jw *w, struct sv key, const struct sv *items, size_t n)
{
    jw_key(w, key);
    jw_array(w);
    for (size_t i = 0; i < n; i++)
        jw_str(w, items[i]);
    jw_end(w);
}

static void write_at(struct jw *w, const struct im_mentions *at)
{
    jw_key(w, SV("at"));
    jw_object(w);
    write_list(w, SV("atMobiles"), at->mobiles, at->n_mobiles);
    write_list(w, SV("atUserIds"), at->user_ids, at->n_user_ids);
    jw_kbool(w, SV("isAtAll"), at->all);
    jw_end(w);
}

static void write_buttons(struct jw *w, const struct dingtalk_message *m)
{
    jw_kstr(w, SV("btnOrientation"), m->horizontal ? SV("1") : SV("0"));
    jw_key(w, SV("btns"));
    jw_array(w);
    for (size_t i = 0; i < m->n_links; i++) {
        jw_object(w);
        jw_kstr(w, SV("title"), m->links[i].title);
        jw_kstr(w, SV("actionURL"), m->links[i].url);
        jw_end(w);
    }
    jw_end(w);
}

static void write_feed(struct jw *w, const struct dingtalk_message *m)
{
    jw_key(w, SV("links"));
    jw_array(w);
    for (size_t i = 0; i < m->n_links; i++) {
        jw_object(w);
        jw_kstr(w, SV("title"), m->links[i].title);
        jw_kstr(w, SV("messageURL"), m->links[i].url);
        jw_kstr(w, SV("picURL"), m->links[i].picture);
        jw_end(w);
    }
    jw_end(w);
}

static void write_titled(struct jw *w, const struct dingtalk_message *m)
{
    jw_kstr(w, SV("title"), m->title);
    jw_kstr(w, SV("text"), m->text);
}

static void write_text(struct jw *w, const struct dingtalk_message *m)
{
    jw_kstr(w, SV("content"), m->text);
}

static void write_link(struct jw *w, const struct dingtalk_message *m)
{
    write_titled(w, m);
    jw_kstr(w, SV("messageUrl"), m->links->url);
    jw_kstr(w, SV("picUrl"), m->links->picture);
}

static void write_action_card(struct jw *w, const struct dingtalk_message *m)
{
    write_titled(w, m);
    if (m->single) {
        jw_kstr(w, SV("singleTitle"), m->links->title);
        jw_kstr(w, SV("singleURL"), m->links->url);
    } else {
        write_buttons(w, m);
    }
}

static const struct kind {
    const char *type, *msgtype;
    void (*write)(struct jw *w, const struct dingtalk_message *m);
} kinds[] = {
    {"markdown", "markdown", write_titled}, {"text", "text", write_text},
    {"link", "link", write_link},           {"action_card", "actionCard", write_action_card},
    {"feed_card", "feedCard", write_feed},
};

static const struct kind *kind_of(const char *type)
{
    for (size_t i = 1; i < COUNT_OF(kinds); i++)
        if (strcmp(kinds[i].type, type) == 0)
            return &kinds[i];
    return &kinds[0];
}

void dingtalk_write(struct strbuf *out, const struct dingtalk_message *m)
{
    const struct kind *kind = kind_of(m->type);
    struct jw w;

    jw_init(&w, out, false);
    jw_object(&w);
    jw_kstr(&w, SV("msgtype"), sv_of(kind->msgtype));
    jw_key(&w, sv_of(kind->msgtype));
    jw_object(&w);
    kind->write(&w, m);
    jw_end(&w);
    if (dingtalk_can_mention(m->type))
        write_at(&w, &m->at);
    jw_end(&w);
}
