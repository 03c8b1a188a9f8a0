/* Rocket.Chat, by its REST API (receivers.md A16). */
#include "codec/jr.h"
#include "compose.h"
#include "json_fields.h"
#include "list.h"
#include "row.h"
#include "text.h"

#define TITLE_LIMIT 1024 /* runes */

struct attachment_field {
    int8_t is_short; /* -1: as short_fields says */
    char *title, *value;
};

/* What upstream knows of a button but does not send is kept for the printed configuration. */
struct action {
    char *type, *text, *url, *imageurl;
    bool iswebview;
    char *webviewheightratio, *msg;
    bool msginchatwindow;
    char *msgprocessingtype;
};

struct rocketchat {
    struct receiver_common common;
    char *api_url, *token_id, *token_id_file, *token, *token_file;
    char *channel, *color, *title, *title_link, *text;
    struct list fields; /* of struct attachment_field */
    bool short_fields;
    char *emoji, *icon_url, *image_url, *thumb_url;
    bool link_names;
    struct list actions; /* of struct action */
};

#define SETTINGS struct attachment_field
static const struct field field_fields[] = {
    {.key = "short",
     .kind = FIELD_TRIBOOL,
     .offset = offsetof(struct attachment_field, is_short),
     .flags = FIELD_ALWAYS,
     .doc = "Whether the field may stand beside another one."},
    ROW_DEF(title, STRING, NULL, FIELD_ALWAYS | FIELD_TMPL, "The field's title."),
    ROW_DEF(value, STRING, NULL, FIELD_ALWAYS | FIELD_TMPL, "The field's text."),
    {0},
};
#undef SETTINGS
static const struct schema field_schema = {.name = "rocketchat field",
                                           .go_type = "config.RocketchatAttachmentField",
                                           .size = sizeof(struct attachment_field),
                                           .fields = field_fields};

#define SETTINGS struct action
static const struct field action_fields[] = {
    ROW_ALWAYS(type, STRING, "Known for compatibility: every action is a button."),
    ROW_DEF(text, STRING, NULL, FIELD_ALWAYS | FIELD_TMPL, "The button's text."),
    ROW_DEF(url, STRING, NULL, FIELD_ALWAYS | FIELD_TMPL, "Where the button leads."),
    ROW_ALWAYS(imageurl, STRING, "Known for compatibility, not sent."),
    ROW_ALWAYS(iswebview, BOOL, "Known for compatibility, not sent."),
    ROW_ALWAYS(webviewheightratio, STRING, "Known for compatibility, not sent."),
    ROW_DEF(msg, STRING, NULL, FIELD_ALWAYS | FIELD_TMPL, "The message that the button sends."),
    ROW_ALWAYS(msginchatwindow, BOOL, "Known for compatibility, not sent."),
    ROW_ALWAYS(msgprocessingtype, STRING, "Known for compatibility, not sent."),
    {0},
};
#undef SETTINGS
static const struct schema action_schema = {.name = "action",
                                            .go_type = "config.RocketchatAttachmentAction",
                                            .size = sizeof(struct action),
                                            .fields = action_fields};

#define SETTINGS      struct rocketchat
#define DEFAULT(name) "{{ template \"rocketchat.default." name "\" . }}"
static const struct field fields[] = {
    RECEIVER_SEND_RESOLVED("false"),
    RECEIVER_HTTP_CONFIG,
    ROW(api_url, URL, "The server."),
    ROW(token_id, SECRET, "The id of the user that the token belongs to."),
    ROW(token_id_file, STRING, "A file that holds the id."),
    ROW(token, SECRET, "The token."),
    ROW(token_file, STRING, "A file that holds the token."),
    ROW_TMPL(channel, STRING, NULL, "The channel or the user."),
    ROW_TMPL(color, STRING, "{{ if eq .Status \"firing\" }}red{{ else }}green{{ end }}",
             "The color of the border."),
    ROW_TMPL(title, STRING, DEFAULT("title"), "The title."),
    ROW_TMPL(title_link, STRING, DEFAULT("titlelink"), "Where the title leads."),
    ROW_TMPL(text, STRING, DEFAULT("text"), "The message."),
    ROW_SUB(fields, LIST, field_schema, "A table in the message."),
    ROW_ALWAYS(short_fields, BOOL, "Whether fields that do not say so are short."),
    ROW_TMPL(emoji, STRING, DEFAULT("emoji"), "An emoji in place of the sender's picture."),
    ROW_TMPL(icon_url, STRING, DEFAULT("iconurl"), "The URL of the sender's picture."),
    ROW_TMPL(image_url, STRING, NULL, "The URL of a picture."),
    ROW_TMPL(thumb_url, STRING, NULL, "The URL of a small picture."),
    ROW_ALWAYS(link_names, BOOL, "Known for compatibility, not sent."),
    ROW_SUB(actions, LIST, action_schema, "Buttons below the message."),
    {0},
};
#undef SETTINGS

static bool check(struct decoder *d, const struct ytree *node, void *object)
{
    const struct rocketchat *s = object;

    return compose_check_pair(d, node, "token", s->token, s->token_file) &&
           compose_check_pair(d, node, "token_id", s->token_id, s->token_id_file);
}

static void inherit(char **own, char *from_global)
{
    if (!is_set(*own))
        *own = from_global;
}

static bool resolve(struct decoder *d, const struct ytree *node, void *settings, const struct global *global)
{
    struct rocketchat *s = settings;

    inherit(&s->api_url, global->rocketchat_api_url);
    inherit(&s->token_id, global->rocketchat_token_id);
    inherit(&s->token_id_file, global->rocketchat_token_id_file);
    inherit(&s->token, global->rocketchat_token);
    inherit(&s->token_file, global->rocketchat_token_file);
    if (!is_set(s->api_url))
        return decode_fail(d, node, "no global Rocketchat URL set");
    if (!is_set(s->token_id) && !is_set(s->token_id_file))
        return decode_fail(d, node, "no global Rocketchat TokenID set either inline or in a file");
    if (!is_set(s->token) && !is_set(s->token_file))
        return decode_fail(d, node, "no global Rocketchat Token set either inline or in a file");
    return true;
}

static const struct schema schema = {.name = "rocketchat config",
                                     .go_type = "config.plain",
                                     .size = sizeof(struct rocketchat),
                                     .fields = fields,
                                     .check = check};

#define JSON(type, name)                                                                                     \
    {                                                                                                        \
#name, offsetof(struct type, name)                                                                   \
    }

static bool write_fields(struct render *r, struct jw *w, const struct rocketchat *s, struct err *err)
{
    static const struct json_field texts[] = {
        JSON(attachment_field, title), JSON(attachment_field, value), {0}};

    if (s->fields.n == 0)
        return true;
    jw_key(w, SV("fields"));
    jw_array(w);
    for (size_t i = 0; i < s->fields.n; i++) {
        const struct attachment_field *f = s->fields.v[i];
        if (f == NULL)
            continue;
        jw_object(w);
        jw_kbool(w, SV("short"), f->is_short >= 0 ? f->is_short != 0 : s->short_fields);
        if (!json_fields(r, w, texts, f, err))
            return false;
        jw_end(w);
    }
    jw_end(w);
    return true;
}

/* The two flags are always false: what is set for them does not reach the platform upstream either. */
static bool write_action(struct render *r, struct jw *w, const struct action *a, struct err *err)
{
    static const struct json_field texts[] = {JSON(action, text), JSON(action, url), {0}};
    static const struct json_field message[] = {JSON(action, msg), {0}};

    jw_object(w);
    jw_kstr(w, SV("type"), SV("button"));
    if (!json_fields(r, w, texts, a, err))
        return false;
    jw_kbool(w, SV("is_webview"), false);
    if (!json_fields(r, w, message, a, err))
        return false;
    jw_kbool(w, SV("msg_in_chat_window"), false);
    jw_end(w);
    return true;
}

static bool write_actions(struct render *r, struct jw *w, const struct list *actions, struct err *err)
{
    if (actions->n == 0)
        return true;
    jw_key(w, SV("actions"));
    jw_array(w);
    for (size_t i = 0; i < actions->n; i++)
        if (actions->v[i] != NULL && !write_action(r, w, actions->v[i], err))
            return false;
    jw_end(w);
    return true;
}

static bool write_attachment(struct render *r, struct jw *w, const struct rocketchat *s, struct err *err)
{
    static const struct json_field texts[] = {
        JSON(rocketchat, title_link), JSON(rocketchat, text),  JSON(rocketchat, image_url),
        JSON(rocketchat, thumb_url),  JSON(rocketchat, color), {0},
    };
    struct sv title;

    if (!render_text(r, s->title, &title, err) || !compose_cut_runes(r, "title", TITLE_LIMIT, &title, err))
        return false;
    jw_object(w);
    compose_optional(w, SV("title"), title);
    if (!json_fields(r, w, texts, s, err) || !write_fields(r, w, s, err) ||
        !write_actions(r, w, &s->actions, err))
        return false;
    jw_end(w);
    return true;
}

static bool write_message(struct render *r, const struct rocketchat *s, struct strbuf *out, struct err *err)
{
    static const struct json_field texts[] = {JSON(rocketchat, channel),
                                              JSON(rocketchat, emoji),
                                              {"avatar", offsetof(struct rocketchat, icon_url)},
                                              {0}};
    struct jw w;

    jw_init(&w, out, true);
    jw_object(&w);
    if (!json_fields(r, &w, texts, s, err))
        return false;
    jw_key(&w, SV("attachments"));
    jw_array(&w);
    if (!write_attachment(r, &w, s, err))
        return false;
    jw_end(&w);
    jw_end(&w);
    return true;
}

/* Unlike most, a file wins over an inline value, because the two may come from different places. */
static bool add_credentials(struct render *r, const struct rocketchat *s, struct request *out,
                            struct err *err)
{
    struct sv token, token_id;

    if (!render_secret(r, is_set(s->token_file) ? NULL : s->token, s->token_file, false, &token, err))
        return err_wrap(err, "read token_file");
    if (!render_secret(r, is_set(s->token_id_file) ? NULL : s->token_id, s->token_id_file, false, &token_id,
                       err))
        return err_wrap(err, "read token_id_file");
    const struct compose_header headers[] = {{"X-Auth-Token: ", token}, {"X-User-Id: ", token_id}};
    return compose_headers(r, headers, COUNT_OF(headers), out, err);
}

static bool render(struct render *r, struct request *out, struct err *err)
{
    const struct rocketchat *s = (const struct rocketchat *)(const void *)r->settings;
    CLEANUP(strbuf_donep) struct strbuf url = {0}, body = {0};
    struct sv kept;

    strbuf_addf(&url, "%s%sapi/v1/chat.postMessage", s->api_url,
                s->api_url[strlen(s->api_url) - 1] == '/' ? "" : "/");
    if (!compose_keep(r, "URL", &url, &kept, err))
        return false;
    compose_json(out, kept.p);
    return add_credentials(r, s, out, err) && write_message(r, s, &body, err) &&
           compose_body(r, &body, out, err);
}

struct answer {
    bool success;
    struct sv error;
};

static bool read_answer(struct jr *j, struct answer *out)
{
    struct sv key;

    if (!jr_object(j))
        return false;
    while (jr_key(j, &key)) {
        const bool ok = sv_eq(key, SV("success")) ? jr_bool(j, &out->success)
                        : sv_eq(key, SV("error")) ? jr_string(j, &out->error)
                                                  : jr_skip(j);
        if (!ok)
            return false;
    }
    return !j->failed && jr_at_end(j);
}

static void classify_answer(const struct reply *reply, struct arena *mem, struct verdict *out)
{
    struct answer answer = {0};
    struct jr j;

    jr_init(&j, reply->body, mem);
    if (!read_answer(&j, &answer))
        verdict_set(out, VERDICT_RETRY, FAILURE_OTHER, "could not unmarshal JSON response: %s", j.err.text);
    else if (!answer.success)
        verdict_set(out, VERDICT_PERMANENT, FAILURE_CLIENT, "error response from Rocketchat: %.*s",
                    SV_ARG(answer.error));
}

static void classify(struct render *r, const struct request *sent, const struct reply *reply,
                     struct verdict *out)
{
    const struct rocketchat *s = (const struct rocketchat *)(const void *)r->settings;

    classify_http(reply, sent, out);
    if (!reply->transported)
        return;
    if (out->kind == VERDICT_DELIVERED)
        classify_answer(reply, r->mem, out);
    compose_name_channel(r, s->channel, out);
}

static const struct text_limit limits[] = {
    {"title", TITLE_LIMIT, LIMIT_RUNES, "cut"},
    {0},
};

const struct receiver_type rocketchat_receiver = {
    .schema = {.name = "rocketchat", .key = "rocketchat_configs", .schema = &schema, .resolve = resolve},
    .render = render,
    .classify = classify,
    .limits = limits,
};
