/* WeCom group robots (receivers.md B4). */
#include "base/utf8.h"
#include "codec/jw.h"
#include "im.h"
#include "list.h"
#include "text.h"

#define MARKDOWN_LIMIT 4096 /* bytes of content */
#define TEXT_LIMIT     2048
#define DEFAULT_URL    "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"

static const char *const message_types[] = {"markdown", "text", NULL};
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

static bool is_text(const struct im_settings *s)
{
    return strcmp(s->message_type, "text") == 0;
}

static bool check(struct decoder *d, const struct ytree *node, void *object)
{
    const struct im_settings *s = object;

    if (!im_check(d, node, s, &platform))
        return false;
    return strcmp(s->at_fallback, "text") == 0 || strcmp(s->at_fallback, "drop") == 0 ||
           decode_fail(d, node, "at_fallback must be text or drop");
}

static bool resolve(struct decoder *d, const struct ytree *node, void *settings, const struct global *global)
{
    struct im_settings *s = settings;

    s->api_url = is_set(global->wecom_robot_api_url) ? global->wecom_robot_api_url : DEFAULT_URL;
    if (s->title == NULL)
        s->title = im_builtin(s, "{{ template \"im.title\" . }}", "{{ template \"im.title.en\" . }}");
    if (s->text == NULL)
        s->text = is_text(s) ? im_builtin(s, "{{ template \"im.default.plain\" . }}",
                                          "{{ template \"im.default.plain.en\" . }}")
                             : im_builtin(s, "{{ template \"wecom.default.markdown\" . }}",
                                          "{{ template \"wecom.default.markdown.en\" . }}");
    return im_resolve(d, node, s, &platform);
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
    IM_MESSAGE_FIELDS("markdown", &rate_schema),
    IM_FIELD("at_fallback", FIELD_STRING, at_fallback, "text", 0,
             "Mobiles and \"all\" cannot be mentioned in markdown. text: a short text message after it does; "
             "drop: nobody does."),
    {0},
};
static const struct schema schema = {.name = "wecom config",
                                     .go_type = "config.plain",
                                     .size = sizeof(struct im_settings),
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

static void write_list(struct jw *w, struct sv key, const struct sv *items, size_t n, bool all)
{
    if (n == 0 && !all)
        return;
    jw_key(w, key);
    jw_array(w);
    for (size_t i = 0; i < n; i++)
        jw_str(w, items[i]);
    if (all)
        jw_str(w, SV("@all"));
    jw_end(w);
}

static void write_message(struct strbuf *out, const char *type, struct sv content,
                          const struct im_mentions *at)
{
    struct jw w;

    jw_init(&w, out, false);
    jw_object(&w);
    jw_kstr(&w, SV("msgtype"), sv_of(type));
    jw_key(&w, sv_of(type));
    jw_object(&w);
    jw_kstr(&w, SV("content"), content);
    write_list(&w, SV("mentioned_list"), at->user_ids, at->n_user_ids, at->all);
    write_list(&w, SV("mentioned_mobile_list"), at->mobiles, at->n_mobiles, false);
    jw_end(&w);
    jw_end(&w);
}

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

/* Markdown cannot mention a mobile or everybody. */
static bool needs_text(const struct im_settings *s, const struct im_mentions *at)
{
    return (is_text(s) || strcmp(s->at_fallback, "text") == 0) && (at->all || at->n_mobiles != 0);
}

/* A short text message does it, behind the parts. */
static bool needs_call(const struct im_settings *s, const struct im_mentions *at)
{
    return !is_text(s) && needs_text(s, at);
}

/* The title alone, with those who are called. */
static bool write_call(struct render *r, struct sv title, const struct im_mentions *at, struct strbuf *body,
                       struct err *err)
{
    struct sv text;

    if (!im_quote(r, IMTEXT_WECOM_PLAIN, title.n != 0 ? title : SV("Alertmanager"), &text, err))
        return false;
    write_message(body, "text", (struct sv){text.p, utf8_cut(text, TEXT_LIMIT)}, at);
    return true;
}

static bool render_part(struct render *r, const struct im_settings *s, struct strbuf *body, struct err *err)
{
    struct im_state *state = r->state;
    struct im_mentions at, none = {0};
    struct im_layout layout = {
        .markdown = !is_text(s),
        .heading = is_text(s) ? "" : "### ",
        .quoting = is_text(s) ? IMTEXT_WECOM_PLAIN : IMTEXT_WECOM,
        .number_text = true,
        .measure = SPLIT_BYTES,
        .limit = is_text(s) ? TEXT_LIMIT : MARKDOWN_LIMIT,
        .max_parts = strcmp(s->overflow, "truncate") == 0 ? 1 : (unsigned)s->max_parts,
    };
    struct im_part part;

    if (!im_mentions_render(r, s, &at, err) || !im_render_clean(r, s->title, &layout.title, err) ||
        !im_render_clean(r, s->text, &layout.text, err))
        return false;
    if (layout.text.n == 0)
        layout.text = layout.title.n != 0 ? layout.title : SV("Alertmanager"); /* empty content is refused */
    if (!is_text(s) && !mention_in_text(r, &at, &layout, err))
        return false;
    if (!im_cut(r, &layout, state->part, &part, err))
        return false;
    state->n_parts = part.n_parts + (needs_call(s, &at) ? 1 : 0);
    if (state->part >= part.n_parts && needs_call(s, &at))
        return write_call(r, layout.title, &at, body, err);
    write_message(body, s->message_type, part.text, is_text(s) && state->part == 0 ? &at : &none);
    return true;
}

static bool render_body(struct render *r, const struct im_settings *s, struct strbuf *body, struct err *err)
{
    struct im_state *state = r->state;
    struct sv text;

    if (!state->minimal && !is_set(s->body))
        return render_part(r, s, body, err);
    state->n_parts = 1;
    if (state->minimal) {
        if (!im_minimal_text(r, NULL, &text, err))
            return false;
        write_message(body, "text", text, &(struct im_mentions){0});
        return true;
    }
    if (!im_render_clean(r, s->body, &text, err))
        return false;
    strbuf_addsv(body, text);
    return true;
}

static bool render(struct render *r, struct request *out, struct err *err)
{
    const struct im_settings *s = (const struct im_settings *)(const void *)r->settings;
    CLEANUP(strbuf_donep) struct strbuf body = {0};

    return im_request(r, s, &platform, out, err) && render_body(r, s, &body, err) &&
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
    write_message(body, "markdown", strbuf_sv(&text), &(struct im_mentions){0});
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
        write_message(&body, "text", all.text, &all.at);
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
