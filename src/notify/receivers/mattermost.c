/* Mattermost, by incoming webhook (receivers.md A17). */
#include "compose.h"
#include "json_fields.h"
#include "list.h"
#include "text.h"

#define TEXT_LIMIT 16383 /* runes */

struct attachment_field {
    char *title, *value;
    int8_t is_short;
};

struct attachment {
    char *fallback, *color, *pretext, *text, *author_name, *author_link, *author_icon, *title, *title_link;
    struct list fields; /* of struct attachment_field */
    char *thumb_url, *footer, *footer_icon, *image_url;
};

struct props {
    char *card;
};

struct priority {
    char *priority;
    bool requested_ack, persistent_notifications;
};

struct mattermost {
    struct receiver_common common;
    char *webhook_url, *webhook_url_file, *channel, *username;
    struct attachment message; /* what is sent when there are no attachments */
    char *icon_url, *icon_emoji;
    struct list attachments; /* of struct attachment */
    char *type;
    struct props *props;
    struct priority *priority;
};

static const struct field field_fields[] = {
    {.key = "title",
     .kind = FIELD_STRING,
     .offset = offsetof(struct attachment_field, title),
     .flags = FIELD_TMPL | FIELD_REQUIRED,
     .doc = "The field's title."},
    {.key = "value",
     .kind = FIELD_STRING,
     .offset = offsetof(struct attachment_field, value),
     .flags = FIELD_TMPL | FIELD_REQUIRED,
     .doc = "The field's text."},
    {.key = "short",
     .kind = FIELD_TRIBOOL,
     .offset = offsetof(struct attachment_field, is_short),
     .doc = "Whether the field may stand beside another one."},
    {0},
};

static bool check_field(struct decoder *d, const struct ytree *node, void *object)
{
    const struct attachment_field *f = object;

    if (!is_set(f->title))
        return decode_fail(d, node, "missing title in Mattermost field configuration");
    return is_set(f->value) || decode_fail(d, node, "missing value in Mattermost field configuration");
}

static const struct schema field_schema = {.name = "mattermost field",
                                           .go_type = "config.MattermostField",
                                           .size = sizeof(struct attachment_field),
                                           .fields = field_fields,
                                           .check = check_field};

#define TEXT_ROW(name, where, field_def, field_doc)                                                          \
    {                                                                                                        \
        .key = #name, .kind = FIELD_STRING, .offset = (where), .def = (field_def), .flags = FIELD_TMPL,      \
        .doc = (field_doc)                                                                                   \
    }
#define LIST_ROW(name, where, schema, field_doc)                                                             \
    {                                                                                                        \
        .key = #name, .kind = FIELD_LIST, .offset = (where), .sub = &(schema), .doc = (field_doc)            \
    }

#define AT(name) offsetof(struct attachment, name)
static const struct field attachment_fields[] = {
    TEXT_ROW(fallback, AT(fallback), NULL, "The text for programs that show no attachments."),
    TEXT_ROW(color, AT(color), NULL, "The color of the attachment's border."),
    TEXT_ROW(pretext, AT(pretext), NULL, "The text above the attachment."),
    TEXT_ROW(text, AT(text), NULL, "The attachment's text."),
    TEXT_ROW(author_name, AT(author_name), NULL, "The author."),
    TEXT_ROW(author_link, AT(author_link), NULL, "Where the author's name leads."),
    TEXT_ROW(author_icon, AT(author_icon), NULL, "The URL of the author's picture."),
    TEXT_ROW(title, AT(title), NULL, "The attachment's title."),
    TEXT_ROW(title_link, AT(title_link), NULL, "Where the title leads."),
    LIST_ROW(fields, AT(fields), field_schema, "A table in the attachment."),
    TEXT_ROW(thumb_url, AT(thumb_url), NULL, "The URL of a small picture."),
    TEXT_ROW(footer, AT(footer), NULL, "The line at the end."),
    TEXT_ROW(footer_icon, AT(footer_icon), NULL, "The URL of the footer's picture."),
    TEXT_ROW(image_url, AT(image_url), NULL, "The URL of a picture."),
    {0},
};
#undef AT

static const struct schema attachment_schema = {.name = "attachment",
                                                .go_type = "config.MattermostAttachment",
                                                .size = sizeof(struct attachment),
                                                .fields = attachment_fields};

static const struct field props_fields[] = {
    TEXT_ROW(card, offsetof(struct props, card), NULL, "The text that the side bar shows, in Markdown."),
    {0},
};
static const struct schema props_schema = {.name = "props",
                                           .go_type = "config.MattermostProps",
                                           .size = sizeof(struct props),
                                           .fields = props_fields};

static const struct field priority_fields[] = {
    {.key = "priority",
     .kind = FIELD_STRING,
     .offset = offsetof(struct priority, priority),
     .doc = "urgent, important or standard."},
    {.key = "requested_ack",
     .kind = FIELD_BOOL,
     .offset = offsetof(struct priority, requested_ack),
     .doc = "Whether to ask for an acknowledgement; not for standard messages."},
    {.key = "persistent_notifications",
     .kind = FIELD_BOOL,
     .offset = offsetof(struct priority, persistent_notifications),
     .doc = "Whether to notify until somebody acknowledges; for urgent messages only."},
    {0},
};
static const struct schema priority_schema = {.name = "priority",
                                              .go_type = "config.MattermostPriority",
                                              .size = sizeof(struct priority),
                                              .fields = priority_fields};

#define AT(name)      offsetof(struct mattermost, name)
#define DEFAULT(name) "{{ template \"mattermost.default." name "\" . }}"
static const struct field fields[] = {
    RECEIVER_SEND_RESOLVED("true"),
    RECEIVER_HTTP_CONFIG,
    {.key = "webhook_url",
     .kind = FIELD_SECRET_URL,
     .offset = AT(webhook_url),
     .doc = "The incoming webhook."},
    {.key = "webhook_url_file",
     .kind = FIELD_STRING,
     .offset = AT(webhook_url_file),
     .doc = "A file that holds the URL, read for every notification."},
    TEXT_ROW(channel, AT(channel), NULL, "Another channel than the webhook's own."),
    TEXT_ROW(username, AT(username), DEFAULT("username"), "The name that the message comes from."),
    TEXT_ROW(text, AT(message.text), DEFAULT("text"), "The message, in Markdown."),
    TEXT_ROW(fallback, AT(message.fallback), DEFAULT("fallback"),
             "The text for programs that show no attachments."),
    TEXT_ROW(color, AT(message.color), DEFAULT("color"), "The color of the border."),
    TEXT_ROW(pretext, AT(message.pretext), NULL, "The text above the message."),
    TEXT_ROW(author_name, AT(message.author_name), NULL, "The author."),
    TEXT_ROW(author_link, AT(message.author_link), NULL, "Where the author's name leads."),
    TEXT_ROW(author_icon, AT(message.author_icon), NULL, "The URL of the author's picture."),
    TEXT_ROW(title, AT(message.title), DEFAULT("title"), "The title."),
    TEXT_ROW(title_link, AT(message.title_link), DEFAULT("titlelink"), "Where the title leads."),
    LIST_ROW(fields, AT(message.fields), field_schema, "A table in the message."),
    TEXT_ROW(thumb_url, AT(message.thumb_url), NULL, "The URL of a small picture."),
    TEXT_ROW(footer, AT(message.footer), NULL, "The line at the end."),
    TEXT_ROW(footer_icon, AT(message.footer_icon), NULL, "The URL of the footer's picture."),
    TEXT_ROW(image_url, AT(message.image_url), NULL, "The URL of a picture."),
    TEXT_ROW(icon_url, AT(icon_url), NULL, "The URL of the sender's picture."),
    TEXT_ROW(icon_emoji, AT(icon_emoji), NULL, "An emoji in place of the picture."),
    LIST_ROW(attachments, AT(attachments), attachment_schema,
             "Replaces the message; only its text is sent beside them."),
    TEXT_ROW(type, AT(type), NULL, "The type of the post."),
    {.key = "props",
     .kind = FIELD_STRUCT_PTR,
     .offset = AT(props),
     .sub = &props_schema,
     .doc = "Properties of the post."},
    {.key = "priority",
     .kind = FIELD_STRUCT_PTR,
     .offset = AT(priority),
     .sub = &priority_schema,
     .doc = "The priority of the post."},
    {0},
};
#undef AT

static bool check(struct decoder *d, const struct ytree *node, void *object)
{
    const struct mattermost *m = object;

    if (m->webhook_url != NULL && is_set(m->webhook_url_file))
        return decode_fail(d, node, "at most one of webhook_url & webhook_url_file must be configured");
    return true;
}

static bool resolve(struct decoder *d, const struct ytree *node, void *settings, const struct global *global)
{
    struct mattermost *m = settings;

    if (m->webhook_url == NULL && !is_set(m->webhook_url_file)) {
        m->webhook_url = global->mattermost_webhook_url;
        m->webhook_url_file = global->mattermost_webhook_url_file;
    }
    return m->webhook_url != NULL || is_set(m->webhook_url_file) ||
           decode_fail(d, node, "missing webhook_url or webhook_url_file on mattermost_config");
}

static const struct schema schema = {.name = "mattermost config",
                                     .go_type = "mattermost.plain",
                                     .size = sizeof(struct mattermost),
                                     .fields = fields,
                                     .check = check};

static bool write_fields(struct render *r, struct jw *w, const struct list *list, struct err *err)
{
    if (list->n == 0)
        return true;
    jw_key(w, SV("fields"));
    jw_array(w);
    for (size_t i = 0; i < list->n; i++) {
        const struct attachment_field *f = list->v[i];
        if (f == NULL)
            continue;
        jw_object(w);
        if (!json_text(r, w, SV("title"), f->title, err) || !json_text(r, w, SV("value"), f->value, err))
            return false;
        if (f->is_short >= 0)
            jw_kbool(w, SV("short"), f->is_short != 0);
        jw_end(w);
    }
    jw_end(w);
    return true;
}

#define JSON(name)                                                                                           \
    {                                                                                                        \
#name, offsetof(struct attachment, name)                                                             \
    }
static const struct json_field before_fields[] = {
    JSON(fallback),    JSON(color),       JSON(pretext), JSON(text),       JSON(author_name),
    JSON(author_link), JSON(author_icon), JSON(title),   JSON(title_link), {0},
};
static const struct json_field after_fields[] = {
    JSON(thumb_url), JSON(footer), JSON(footer_icon), JSON(image_url), {0},
};
#undef JSON

static bool write_attachment(struct render *r, struct jw *w, const struct attachment *a, struct err *err)
{
    jw_object(w);
    if (!json_fields(r, w, before_fields, a, err) || !write_fields(r, w, &a->fields, err) ||
        !json_fields(r, w, after_fields, a, err))
        return false;
    jw_end(w);
    return true;
}

static bool write_attachments(struct render *r, struct jw *w, const struct mattermost *m, struct err *err)
{
    static const struct attachment nothing = {0};

    jw_key(w, SV("attachments"));
    jw_array(w);
    if (m->attachments.n == 0 && !write_attachment(r, w, &m->message, err))
        return false;
    for (size_t i = 0; i < m->attachments.n; i++) {
        const struct attachment *a = m->attachments.v[i];
        if (!write_attachment(r, w, a != NULL ? a : &nothing, err))
            return false;
    }
    jw_end(w);
    return true;
}

static bool write_top_text(struct render *r, struct jw *w, const struct mattermost *m, struct err *err)
{
    struct sv text;

    if (m->attachments.n == 0)
        return true;
    if (!render_text(r, m->message.text, &text, err) || !compose_cut_runes(r, "text", TEXT_LIMIT, &text, err))
        return false;
    compose_optional(w, SV("text"), text);
    return true;
}

static bool write_props(struct render *r, struct jw *w, const struct props *props, struct err *err)
{
    struct sv card;

    if (props == NULL || !is_set(props->card))
        return true;
    if (!render_text(r, props->card, &card, err))
        return false;
    jw_key(w, SV("props"));
    jw_object(w);
    compose_optional(w, SV("card"), card);
    jw_end(w);
    return true;
}

/* An unknown name counts as standard. The platform refuses what does not go with the priority. */
static void write_priority(struct jw *w, const struct priority *p)
{
    if (p == NULL || !is_set(p->priority))
        return;
    const bool urgent = sv_eq_nocase(sv_of(p->priority), SV("urgent"));
    const bool important = sv_eq_nocase(sv_of(p->priority), SV("important"));
    jw_key(w, SV("priority"));
    jw_object(w);
    jw_kstr(w, SV("priority"), urgent ? SV("urgent") : important ? SV("important") : SV("standard"));
    if (p->requested_ack && (urgent || important))
        jw_kbool(w, SV("requested_ack"), true);
    if (p->persistent_notifications && urgent)
        jw_kbool(w, SV("persistent_notifications"), true);
    jw_end(w);
}

#define JSON(name)                                                                                           \
    {                                                                                                        \
#name, offsetof(struct mattermost, name)                                                             \
    }
static const struct json_field sender_fields[] = {
    JSON(channel), JSON(username), JSON(icon_url), JSON(icon_emoji), {0},
};
static const struct json_field type_fields[] = {JSON(type), {0}};
#undef JSON

static bool write_post(struct render *r, const struct mattermost *m, struct strbuf *out, struct err *err)
{
    struct jw w;

    jw_init(&w, out, true);
    jw_object(&w);
    if (!write_top_text(r, &w, m, err) || !json_fields(r, &w, sender_fields, m, err) ||
        !write_attachments(r, &w, m, err) || !json_fields(r, &w, type_fields, m, err) ||
        !write_props(r, &w, m->props, err))
        return false;
    write_priority(&w, m->priority);
    jw_end(&w);
    return true;
}

static bool render(struct render *r, struct request *out, struct err *err)
{
    const struct mattermost *m = (const struct mattermost *)(const void *)r->settings;
    CLEANUP(strbuf_donep) struct strbuf body = {0};

    compose_json(out, NULL);
    return compose_url(r, "webhook_url", m->webhook_url, m->webhook_url_file, out, err) &&
           write_post(r, m, &body, err) && compose_body(r, &body, out, err);
}

static void classify(struct render *r, const struct request *sent, const struct reply *reply,
                     struct verdict *out)
{
    const struct mattermost *m = (const struct mattermost *)(const void *)r->settings;

    classify_http(reply, sent, out);
    if (reply->transported)
        compose_name_channel(r, m->channel, out);
}

static const struct text_limit limits[] = {
    {"text", TEXT_LIMIT, LIMIT_RUNES, "cut"},
    {0},
};

const struct receiver_type mattermost_receiver = {
    .schema = {.name = "mattermost", .key = "mattermost_configs", .schema = &schema, .resolve = resolve},
    .render = render,
    .classify = classify,
    .limits = limits,
};
