/* WeCom group robots (receivers.md B4). */
#include "base/log.h"
#include "base/utf8.h"
#include "list.h"
#include "text.h"
#include "wecom_message.h"

#define MARKDOWN_LIMIT 4096 /* bytes of content */
#define TEXT_LIMIT     2048
#define DEFAULT_URL    "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"

static const char *const message_types[] = {"markdown", "text",          "markdown_v2", "news",
                                            "image",    "template_card", NULL};
static const struct im_platform platform = {.name = "wecom",
                                            .token_key = "key",
                                            .message_types = message_types,
                                            .code_key = "errcode",
                                            .text_key = "errmsg"};

static const struct field rate_fields[] = {IM_RATE_FIELDS("18", "6", "200ms", "60s")};
static const struct schema rate_schema = {.name = "wecom rate limit",
                                          .go_type = "config.plain",
                                          .size = sizeof(struct im_rate),
                                          .fields = rate_fields};

static bool check(struct decoder *d, const struct ytree *node, void *object)
{
    const struct wecom *s = object;

    if (!im_check(d, node, &s->im, &platform) || !wecom_check_kinds(d, node, s))
        return false;
    return strcmp(s->im.at_fallback, "text") == 0 || strcmp(s->im.at_fallback, "drop") == 0 ||
           decode_fail(d, node, "at_fallback must be text or drop");
}

/* By the type of the message, Chinese and English. */
static const struct {
    const char *type, *zh, *en;
} default_texts[] = {
    {"markdown", "{{ template \"wecom.default.markdown\" . }}",
     "{{ template \"wecom.default.markdown.en\" . }}"},
    {"markdown_v2", "{{ template \"wecom.default.markdown_v2\" . }}",
     "{{ template \"wecom.default.markdown_v2.en\" . }}"},
    {"text", "{{ template \"im.default.plain\" . }}", "{{ template \"im.default.plain.en\" . }}"},
    {"template_card", "{{ template \"wecom.default.card\" . }}",
     "{{ template \"wecom.default.card.en\" . }}"},
};

static const char *default_text(const struct im_settings *s)
{
    for (size_t i = 0; i < COUNT_OF(default_texts); i++)
        if (strcmp(default_texts[i].type, s->message_type) == 0)
            return im_builtin(s, default_texts[i].zh, default_texts[i].en);
    return "";
}

static bool resolve(struct decoder *d, const struct ytree *node, void *settings, const struct global *global)
{
    struct wecom *own = settings;
    struct im_settings *s = &own->im;

    wecom_resolve_kinds(own);
    s->api_url = is_set(global->wecom_robot_api_url) ? global->wecom_robot_api_url : DEFAULT_URL;
    if (s->title == NULL)
        s->title = im_builtin(s, "{{ template \"im.title\" . }}", "{{ template \"im.title.en\" . }}");
    if (s->text == NULL)
        s->text = default_text(s);
    return im_resolve(d, node, s, &platform);
}

#define OWN_BLOCK(member, schema, text)                                                                      \
    {                                                                                                        \
        .key = #member, .kind = FIELD_STRUCT, .offset = offsetof(struct wecom, member), .sub = (schema),     \
        .flags = FIELD_OURS, .doc = (text)                                                                   \
    }

static const struct field robot_fields[] = {
    IM_ADDRESS_FIELDS("key", 0),
    {0},
};
static const struct schema robot_schema = {.name = "wecom robot",
                                           .go_type = "config.plain",
                                           .size = sizeof(struct im_robot),
                                           .fields = robot_fields};

static const struct field fields[] = {
    RECEIVER_SEND_RESOLVED("true"),
    RECEIVER_HTTP_CONFIG,
    IM_ADDRESS_FIELDS("key", IM_ROBOT),
    IM_POOL_FIELDS(&robot_schema),
    IM_MESSAGE_FIELDS("markdown", "markdown, text, markdown_v2, news, image or template_card", &rate_schema),
    IM_FIELD("at_fallback", FIELD_STRING, at_fallback, "text", 0,
             "Mobiles and \"all\" cannot be mentioned in markdown. text: a short text message after it does; "
             "drop: nobody does."),
    OWN_BLOCK(news, &wecom_news_schema,
              "message_type news: an article per alert, at most 8 with the one for the rest."),
    {.key = "image_file",
     .kind = FIELD_STRING,
     .offset = offsetof(struct wecom, image_file),
     .flags = FIELD_OURS,
     .doc = "message_type image: a PNG or JPEG file of at most 2 MiB, read for every notification."},
    OWN_BLOCK(template_card, &wecom_card_schema,
              "What message_type template_card shows besides title and text."),
    {0},
};
static const struct schema schema = {.name = "wecom config",
                                     .go_type = "config.plain",
                                     .size = sizeof(struct wecom),
                                     .fields = fields,
                                     .check = check};

/* Codes of B4. */
static const struct im_code codes[] = {
    {-1, IM_TRANSIENT, NULL},    {45009, IM_THROTTLED, NULL},
    {45033, IM_TRANSIENT, NULL}, {93000, IM_AUTH, "check the key, and that the robot is still in the group"},
    {40058, IM_PAYLOAD, NULL},   {40008, IM_PAYLOAD, NULL},
    {44001, IM_PAYLOAD, NULL},   {44004, IM_PAYLOAD, NULL},
    {45002, IM_PAYLOAD, NULL},   {40009, IM_PAYLOAD, NULL},
    {301019, IM_PAYLOAD, NULL},
};

/* Markdown mentions users by <@id>. */
static bool mention_in_text(struct render *r, const struct im_mentions *at, struct im_layout *layout,
                            struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf suffix = {0};

    for (size_t i = 0; i < at->n_user_ids; i++) {
        CLEANUP(strbuf_donep) struct strbuf token = {0};
        strbuf_addf(&token, "<@%.*s>", SV_ARG(at->user_ids[i]));
        if (sv_contains(layout->text, strbuf_sv(&token)))
            continue;
        strbuf_addc(&suffix, ' ');
        strbuf_addsv(&suffix, strbuf_sv(&token));
    }
    return im_keep(r, &suffix, &layout->first_suffix, err);
}

static bool is_type(const struct im_settings *s, const char *type)
{
    return strcmp(s->message_type, type) == 0;
}

/* Who is mentioned by a text message: only text can mention everybody and mobiles. */
static bool needs_text(const struct im_settings *s, const struct im_mentions *at)
{
    return (is_type(s, "text") || strcmp(s->at_fallback, "text") == 0) && (at->all || at->n_mobiles != 0);
}

/* A short text message, behind the parts. Of the other kinds only markdown can mention users. */
static bool needs_call(const struct im_settings *s, const struct im_mentions *at)
{
    if (is_type(s, "text") || strcmp(s->at_fallback, "text") != 0)
        return false;
    return at->all || at->n_mobiles != 0 || (at->n_user_ids != 0 && !is_type(s, "markdown"));
}

/* The title alone, with those who are called. */
static bool write_call(struct render *r, struct sv title, const struct im_mentions *at, struct strbuf *body,
                       struct err *err)
{
    struct sv text;

    if (!im_quote(r, IMTEXT_WECOM_PLAIN, title.n != 0 ? title : SV("Alertmanager"), &text, err))
        return false;
    wecom_write_text(body, "text", (struct sv){text.p, utf8_cut(text, TEXT_LIMIT)}, at);
    return true;
}

/* One part of a text. */
static bool write_part(struct render *r, const struct im_settings *s, struct im_layout *layout,
                       const struct im_mentions *at, struct strbuf *body, struct err *err)
{
    const struct im_mentions none = {0};
    const bool text = is_type(s, "text");
    struct im_state *state = r->state;
    struct im_part part;

    if (layout->text.n == 0)
        layout->text =
            layout->title.n != 0 ? layout->title : SV("Alertmanager"); /* empty content is refused */
    if (is_type(s, "markdown") && !mention_in_text(r, at, layout, err))
        return false;
    if (!im_cut(r, layout, state->part, &part, err))
        return false;
    state->n_parts = part.n_parts;
    if (state->part < part.n_parts)
        wecom_write_text(body, s->message_type, part.text, text && state->part == 0 ? at : &none);
    return true;
}

/* The robot takes no such picture, or there is none: the alerts must not suffer from it. */
static bool write_instead(struct render *r, const struct im_settings *s, struct err *why, struct strbuf *body,
                          struct err *err)
{
    struct sv text;

    if (!is_type(s, "image"))
        return false;
    log_warn("Picture cannot be sent, a text is sent instead", "component", "dispatcher", "receiver",
             r->delivery->receiver->name, "integration", platform.name, "err", why->text);
    if (!im_minimal_text(r, NULL, &text, err))
        return false;
    strbuf_reset(body);
    wecom_write_text(body, "text", text, &(struct im_mentions){0});
    return true;
}

static bool write_message(struct render *r, const struct wecom *own, struct im_layout *layout,
                          const struct im_mentions *at, struct strbuf *body, struct err *err)
{
    struct im_state *state = r->state;

    if (wecom_is_textual(own->im.message_type))
        return write_part(r, &own->im, layout, at, body, err);
    state->n_parts = 1;
    return state->part != 0 || wecom_write_other(r, own, layout->title, layout->text, body, err) ||
           write_instead(r, &own->im, err, body, err);
}

static bool render_parts(struct render *r, const struct wecom *own, struct strbuf *body, struct err *err)
{
    const struct im_settings *s = &own->im;
    const bool text = is_type(s, "text");
    struct im_state *state = r->state;
    struct im_mentions at;
    struct im_layout layout = {
        .markdown = !text,
        .heading = text ? "" : "### ",
        .quoting = text ? IMTEXT_WECOM_PLAIN : IMTEXT_WECOM,
        .number_text = true,
        .measure = SPLIT_BYTES,
        .limit = text ? TEXT_LIMIT : MARKDOWN_LIMIT,
        .max_parts = strcmp(s->overflow, "truncate") == 0 ? 1 : (unsigned)s->max_parts,
    };

    if (!im_mentions_render(r, s, &at, err) || !im_render_clean(r, s->title, &layout.title, err) ||
        !im_render_clean(r, s->text, &layout.text, err) || !write_message(r, own, &layout, &at, body, err))
        return false;
    const unsigned parts = state->n_parts;
    if (!needs_call(s, &at))
        return true;
    state->n_parts = parts + 1;
    return state->part < parts || write_call(r, layout.title, &at, body, err);
}

static bool render_body(struct render *r, const struct wecom *own, struct strbuf *body, struct err *err)
{
    struct im_state *state = r->state;
    struct sv text;

    if (!state->minimal && !is_set(own->im.body))
        return render_parts(r, own, body, err);
    state->n_parts = 1;
    if (state->minimal) {
        if (!im_minimal_text(r, NULL, &text, err))
            return false;
        wecom_write_text(body, "text", text, &(struct im_mentions){0});
        return true;
    }
    if (!im_render_clean(r, own->im.body, &text, err))
        return false;
    strbuf_addsv(body, text);
    return true;
}

static bool render(struct render *r, struct request *out, struct err *err)
{
    const struct wecom *s = (const struct wecom *)(const void *)r->settings;
    CLEANUP(strbuf_donep) struct strbuf body = {0};

    return im_request(r, &s->im, &platform, out, err) && render_body(r, s, &body, err) &&
           im_keep(r, &body, &out->body, err);
}

static struct im_digest_style digest_style(const struct im_settings *s, bool plain)
{
    return (struct im_digest_style){.quoting = plain ? IMTEXT_WECOM_PLAIN : IMTEXT_WECOM,
                                    .heading = plain ? "" : "### ",
                                    .bullet = "- ",
                                    .plain = plain,
                                    .measure = SPLIT_BYTES,
                                    .limit = plain ? TEXT_LIMIT : MARKDOWN_LIMIT - MARKDOWN_LIMIT / 8,
                                    .english = strcmp(s->language, "en") == 0};
}

static void write_digest(struct strbuf *body, const struct im_digest *all)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};

    strbuf_addsv(&text, all->text);
    for (size_t i = 0; i < all->at.n_user_ids && text.n < MARKDOWN_LIMIT - all->at.user_ids[i].n - 4; i++)
        strbuf_addf(&text, " <@%.*s>", SV_ARG(all->at.user_ids[i]));
    wecom_write_text(body, "markdown", strbuf_sv(&text), &(struct im_mentions){0});
}

/* Mobiles and "all" cannot be mentioned in markdown: a digest that has to is a text. It holds half as much,
 * as two messages instead of one would. */
static bool digest(struct render *r, const struct delivery *const *v, size_t *n, struct request *out,
                   struct err *err)
{
    const struct im_settings *s = (const struct im_settings *)(const void *)r->settings;
    const struct im_digest_style markdown = digest_style(s, false), plain = digest_style(s, true);
    const size_t waiting = *n;
    CLEANUP(strbuf_donep) struct strbuf body = {0};
    struct im_digest all;

    if (!im_digest_render(r, &markdown, v, n, &all, err) || !im_request(r, s, &platform, out, err))
        return false;
    const bool calls = needs_text(s, &all.at);
    *n = calls ? waiting : *n;
    if (calls && !im_digest_render(r, &plain, v, n, &all, err))
        return false;
    if (calls)
        wecom_write_text(&body, "text", all.text, &all.at);
    else
        write_digest(&body, &all);
    return im_keep(r, &body, &out->body, err);
}

static void classify(struct render *r, const struct request *sent, const struct reply *reply,
                     struct verdict *out)
{
    const struct im_settings *s = (const struct im_settings *)(const void *)r->settings;
    struct im_reply code;

    if (im_reply_read(&platform, reply, sent, r->mem, &code, out))
        im_verdict(&platform, s, r->state, im_code_find(codes, COUNT_OF(codes), &code), &code, out);
}

static const struct text_limit limits[] = {
    {"text as markdown", MARKDOWN_LIMIT, LIMIT_BYTES, "split"},
    {"text as markdown_v2", MARKDOWN_LIMIT, LIMIT_BYTES, "split"},
    {"text as text", TEXT_LIMIT, LIMIT_BYTES, "split"},
    {0},
};

const struct receiver_type wecom_receiver = {
    .schema =
        {.name = "wecom", .key = "wecom_configs", .schema = &schema, .resolve = resolve, .is_chat = true},
    .state_size = sizeof(struct im_state),
    .render = render,
    .classify = classify,
    .digest = digest,
    .limits = limits,
    .destinations = im_destinations,
};
