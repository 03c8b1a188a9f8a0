/* Microsoft Teams by connector: a message card (receivers.md A13). */
#include "compose.h"
#include "json_fields.h"
#include "list.h"
#include "row.h"

struct msteams {
    struct receiver_common common;
    char *webhook_url, *webhook_url_file, *title, *summary, *text;
};

#define SETTINGS      struct msteams
#define DEFAULT(name) "{{ template \"msteams.default." name "\" . }}"
static const struct field fields[] = {
    RECEIVER_SEND_RESOLVED("true"),
    RECEIVER_HTTP_CONFIG,
    ROW(webhook_url, SECRET_URL, "Where to send."),
    ROW(webhook_url_file, STRING, "A file that holds the URL, read for every notification."),
    ROW_TMPL(title, STRING, DEFAULT("title"), "The card's title."),
    ROW_TMPL(summary, STRING, DEFAULT("summary"), "What notifications show of the card."),
    ROW_TMPL(text, STRING, DEFAULT("text"), "The card's text, in Markdown."),
    {0},
};

static bool check(struct decoder *d, const struct ytree *node, void *object)
{
    const struct msteams *m = object;

    return compose_check_url(d, node, "webhook_url", m->webhook_url, m->webhook_url_file);
}

static const struct schema schema = {.name = "msteams config",
                                     .go_type = "msteams.plain",
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
