/* Discord: webhooks with one embed (receivers.md A12). */
#include "compose.h"
#include "list.h"
#include "row.h"

#define TITLE_MAX     ((size_t)256)
#define MESSAGE_MAX   ((size_t)4096)
#define CONTENT_MAX   ((size_t)2000)
#define RED           10038562
#define GREEN         3066993
#define DEFAULT(name) "{{ template \"discord.default." name "\" . }}"

struct discord {
    struct receiver_common common;
    char *webhook_url, *webhook_url_file, *content, *title, *message, *username, *avatar_url;
};

#define SETTINGS struct discord
static const struct field fields[] = {
    RECEIVER_SEND_RESOLVED("true"),
    RECEIVER_HTTP_CONFIG,
    ROW(webhook_url, SECRET_URL, "The channel's webhook."),
    ROW(webhook_url_file, STRING, "A file that holds its URL, read for every notification."),
    ROW_TMPL(content, STRING, NULL, "Text above, at most 2000 characters."),
    ROW_TMPL(title, STRING, DEFAULT("title"), "The heading, at most 256 characters."),
    ROW_TMPL(message, STRING, DEFAULT("message"), "The message, at most 4096 characters."),
    ROW(username, STRING, "The sender's name."),
    ROW(avatar_url, STRING, "The sender's picture."),
    {0},
};
#undef SETTINGS

static bool check(struct decoder *d, const struct ytree *node, void *object)
{
    const struct discord *s = object;

    return compose_check_url(d, node, "webhook_url", s->webhook_url, s->webhook_url_file);
}

static const struct schema schema = {
    .name = "discord config",
    .go_type = "discord.plain",
    .size = sizeof(struct discord),
    .fields = fields,
    .check = check,
};

struct texts {
    struct sv title, message, content;
};

static bool render_texts(struct render *r, const struct discord *s, struct texts *t, struct err *err)
{
    const struct compose_text texts[] = {
        {s->title, &t->title}, {s->message, &t->message}, {s->content, &t->content}};

    return compose_texts(r, texts, COUNT_OF(texts), err) &&
           compose_cut_runes(r, "title", TITLE_MAX, &t->title, err) &&
           compose_cut_runes(r, "message", MESSAGE_MAX, &t->message, err) &&
           compose_cut_runes(r, "content", CONTENT_MAX, &t->content, err);
}

static void write_message(const struct discord *s, const struct texts *t, bool firing, struct strbuf *out)
{
    struct jw w;

    jw_init(&w, out, true);
    jw_object(&w);
    jw_kstr(&w, SV("content"), t->content);
    jw_key(&w, SV("embeds"));
    jw_array(&w);
    jw_object(&w);
    jw_kstr(&w, SV("title"), t->title);
    jw_kstr(&w, SV("description"), t->message);
    jw_kint(&w, SV("color"), firing ? RED : GREEN);
    jw_end(&w);
    jw_end(&w);
    compose_optional(&w, SV("username"), sv_of(s->username));
    compose_optional(&w, SV("avatar_url"), sv_of(s->avatar_url));
    jw_end(&w);
}

static bool render(struct render *r, struct request *out, struct err *err)
{
    const struct discord *s = (const struct discord *)(const void *)r->settings;
    CLEANUP(strbuf_donep) struct strbuf body = {0};
    struct texts texts = {0};

    if (!render_texts(r, s, &texts, err))
        return false;
    write_message(s, &texts, delivery_firing(r->delivery), &body);
    compose_json(out, NULL);
    return compose_url(r, "webhook_url", s->webhook_url, s->webhook_url_file, out, err) &&
           compose_body(r, &body, out, err);
}

static void classify(struct render *r, const struct request *sent, const struct reply *reply,
                     struct verdict *out)
{
    (void)r;
    classify_http(reply, sent, out);
}

static const struct text_limit limits[] = {
    {"title", TITLE_MAX, LIMIT_RUNES, "cut"},
    {"message", MESSAGE_MAX, LIMIT_RUNES, "cut"},
    {"content", CONTENT_MAX, LIMIT_RUNES, "cut"},
    {0},
};

const struct receiver_type discord_receiver = {
    .schema = {.name = "discord", .key = "discord_configs", .schema = &schema},
    .render = render,
    .classify = classify,
    .limits = limits,
};
