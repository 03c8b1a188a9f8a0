/* Microsoft Teams by connector: a message card (receivers.md A13). */
#include "compose.h"
#include "json_fields.h"
#include "list.h"

struct msteams {
    struct receiver_common common;
    char *webhook_url, *webhook_url_file, *title, *summary, *text;
};

#define MSTEAMS_TEXT(name, field_doc)                                                                        \
    {                                                                                                        \
        .key = #name, .kind = FIELD_STRING, .offset = offsetof(struct msteams, name),                        \
        .def = "{{ template \"msteams.default." #name "\" . }}", .flags = FIELD_TMPL, .doc = (field_doc)     \
    }

static const struct field fields[] = {
    RECEIVER_SEND_RESOLVED("true"),
    RECEIVER_HTTP_CONFIG,
    {.key = "webhook_url",
     .kind = FIELD_SECRET_URL,
     .offset = offsetof(struct msteams, webhook_url),
     .doc = "Where to send."},
    {.key = "webhook_url_file",
     .kind = FIELD_STRING,
     .offset = offsetof(struct msteams, webhook_url_file),
     .doc = "A file that holds the URL, read for every notification."},
    MSTEAMS_TEXT(title, "The card's title."),
    MSTEAMS_TEXT(summary, "What notifications show of the card."),
    MSTEAMS_TEXT(text, "The card's text, in Markdown."),
    {0},
};

static bool check(struct decoder *d, const struct ytree *node, void *object)
{
    const struct msteams *m = object;

    return compose_check_url(d, node, "webhook_url", m->webhook_url, m->webhook_url_file);
}

static const struct schema schema = {.name = "msteams config",
                                     .go_type = "config.plain",
                                     .size = sizeof(struct msteams),
                                     .fields = fields,
                                     .check = check};

static bool write_card(struct render *r, const struct msteams *m, struct strbuf *out, struct err *err)
{
    struct jw w;

    jw_init(&w, out, true);
    jw_object(&w);
    jw_kstr(&w, SV("@context"), SV("http://schema.org/extensions"));
    jw_kstr(&w, SV("type"), SV("MessageCard"));
    if (!json_text(r, &w, SV("title"), m->title, err) || !json_text(r, &w, SV("summary"), m->summary, err) ||
        !json_text(r, &w, SV("text"), m->text, err))
        return false;
    jw_kstr(&w, SV("themeColor"), delivery_firing(r->delivery) ? SV("8C1A1A") : SV("2DC72D"));
    jw_end(&w);
    return true;
}

static bool render(struct render *r, struct request *out, struct err *err)
{
    const struct msteams *m = (const struct msteams *)(const void *)r->settings;
    CLEANUP(strbuf_donep) struct strbuf body = {0};

    compose_json(out, NULL);
    return compose_url(r, "webhook_url", m->webhook_url, m->webhook_url_file, out, err) &&
           write_card(r, m, &body, err) && compose_body(r, &body, out, err);
}

const struct receiver_type msteams_receiver = {
    .schema = {.name = "msteams", .key = "msteams_configs", .schema = &schema},
    .render = render,
    .classify = classify_plain,
};
