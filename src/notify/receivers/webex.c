/* Webex: one message to one room (receivers.md A14). */
#include "compose.h"
#include "list.h"
#include "row.h"
#include "text.h"

#define MESSAGE_LIMIT 7439 /* bytes */

struct webex {
    struct receiver_common common;
    char *api_url, *message, *room_id;
};

#define SETTINGS struct webex
static const struct field fields[] = {
    RECEIVER_SEND_RESOLVED("true"),
    RECEIVER_HTTP_CONFIG,
    ROW(api_url, URL, "The API for messages."),
    ROW_TMPL(message, STRING, "{{ template \"webex.default.message\" . }}", "The message, in Markdown."),
    ROW_DEF(room_id, STRING, NULL, FIELD_ALWAYS | FIELD_TMPL | FIELD_REQUIRED, "The room."),
    {0},
};

/* The token is the receiver's own: the global http_config does not count. */
static bool check(struct decoder *d, const struct ytree *node, void *object)
{
    const struct webex *w = object;

    if (!is_set(w->room_id))
        return decode_fail(d, node, "missing room_id on webex_config");
    if (w->common.http_config == NULL || !w->common.http_config->has_authorization)
        return decode_fail(d, node, "missing webex_configs.http_config.authorization");
    return true;
}

static bool resolve(struct decoder *d, const struct ytree *node, void *settings, const struct global *global)
{
    struct webex *w = settings;

    if (!is_set(w->api_url))
        w->api_url = global->webex_api_url;
    return is_set(w->api_url) || decode_fail(d, node, "no global Webex URL set");
}

static const struct schema schema = {.name = "webex config",
                                     .go_type = "config.plain",
                                     .size = sizeof(struct webex),
                                     .fields = fields,
                                     .check = check};

static bool render(struct render *r, struct request *out, struct err *err)
{
    const struct webex *s = (const struct webex *)(const void *)r->settings;
    CLEANUP(strbuf_donep) struct strbuf body = {0};
    struct sv message, room;
    const struct compose_text texts[] = {{s->message, &message}, {s->room_id, &room}};
    struct jw w;

    if (!compose_texts(r, texts, COUNT_OF(texts), err) ||
        !compose_cut_bytes(r, "message", MESSAGE_LIMIT, &message, err))
        return false;
    jw_init(&w, &body, true);
    jw_object(&w);
    jw_kstr(&w, SV("markdown"), message);
    jw_kstr(&w, SV("roomId"), room);
    jw_end(&w);
    compose_json(out, s->api_url);
    return compose_body(r, &body, out, err);
}

static const struct text_limit limits[] = {
    {"message", MESSAGE_LIMIT, LIMIT_BYTES, "cut"},
    {0},
};

const struct receiver_type webex_receiver = {
    .schema = {.name = "webex", .key = "webex_configs", .schema = &schema, .resolve = resolve},
    .render = render,
    .classify = classify_plain,
    .limits = limits,
};
