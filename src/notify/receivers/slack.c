/* Slack: incoming webhooks and apps with a token (receivers.md A5). */
#include "base/log.h"
#include "codec/jr.h"
#include "compose.h"
#include "list.h"
#include "row.h"
#include "text.h"

#define POST_MESSAGE_URL "https://slack.com/api/chat.postMessage"
#define UPDATE_URL       "https://slack.com/api/chat.update"
#define TITLE_MAX        ((size_t)1024)
#define ID_MAX           ((size_t)255) /* of what names a message */
#define DEFAULT(name)    "{{ template \"slack.default." name "\" . }}"

struct slack_field {
    char *title, *value;
    int8_t short_;
};
struct slack_confirm {
    char *text, *title, *ok_text, *dismiss_text;
};
struct slack_action {
    char *type, *text, *url, *style, *name, *value;
    struct slack_confirm *confirm;
};
struct slack {
    struct receiver_common common;
    char *api_url, *api_url_file, *app_token, *app_token_file, *app_url;
    char *channel, *username, *color, *title, *title_link, *pretext, *text, *message_text;
    struct list fields; /* of struct slack_field */
    bool short_fields;
    char *footer, *fallback, *callback_id, *icon_emoji, *icon_url, *image_url, *thumb_url;
    bool link_names;
    struct strings mrkdwn_in;
    struct list actions; /* of struct slack_action */
    bool update_message;
    dur_ns timeout;
};

/* Settings */

/* What a block inside of `fields` or `actions` cannot do without. */
static bool need(struct decoder *d, const struct ytree *node, const char *value, const char *key,
                 const char *block)
{
    return is_set(value) || decode_fail(d, node, "missing %s in Slack %s configuration", key, block);
}

#define BLOCK(title, type, table, rule)                                                                      \
    {                                                                                                        \
        .name = (title), .go_type = "config.plain", .size = sizeof(type), .fields = (table), .check = (rule) \
    }

#define SETTINGS struct slack_field
static const struct field field_fields[] = {
    ROW_TMPL(title, STRING, NULL, "The field's heading."),
    ROW_TMPL(value, STRING, NULL, "The field's text."),
    {.key = "short",
     .kind = FIELD_TRIBOOL,
     .offset = offsetof(struct slack_field, short_),
     .doc = "Whether it may stand beside another one; short_fields by default."},
    {0},
};
#undef SETTINGS

static bool check_field(struct decoder *d, const struct ytree *node, void *object)
{
    const struct slack_field *f = object;

    return need(d, node, f->title, "title", "field") && need(d, node, f->value, "value", "field");
}

static const struct schema field_schema = BLOCK("slack field", struct slack_field, field_fields, check_field);

#define SETTINGS struct slack_confirm
static const struct field confirm_fields[] = {
    ROW_TMPL(text, STRING, NULL, "The question."),
    ROW_TMPL(title, STRING, NULL, "Its heading."),
    ROW_TMPL(ok_text, STRING, NULL, "The button that goes on."),
    ROW_TMPL(dismiss_text, STRING, NULL, "The button that does not."),
    {0},
};
#undef SETTINGS

static bool check_confirm(struct decoder *d, const struct ytree *node, void *object)
{
    const struct slack_confirm *c = object;

    return need(d, node, c->text, "text", "confirmation");
}

static const struct schema confirm_schema =
    BLOCK("slack confirmation", struct slack_confirm, confirm_fields, check_confirm);

#define SETTINGS struct slack_action
static const struct field action_fields[] = {
    ROW_TMPL(type, STRING, NULL, "button."),
    ROW_TMPL(text, STRING, NULL, "What is written on it."),
    ROW_TMPL(url, STRING, NULL, "Where it leads; name, value and confirm have no effect then."),
    ROW_TMPL(style, STRING, NULL, "default, primary or danger."),
    ROW_TMPL(name, STRING, NULL, "What the app is told."),
    ROW_TMPL(value, STRING, NULL, "What the app is told besides."),
    ROW_SUB(confirm, STRUCT_PTR, confirm_schema, "A question to ask before."),
    {0},
};
#undef SETTINGS

static bool check_action(struct decoder *d, const struct ytree *node, void *object)
{
    struct slack_action *a = object;

    if (!need(d, node, a->type, "type", "action") || !need(d, node, a->text, "text", "action"))
        return false;
    if (is_set(a->url)) {
        a->name = a->value = NULL;
        a->confirm = NULL;
    } else if (!is_set(a->name)) {
        return decode_fail(d, node, "missing name or url in Slack action configuration");
    }
    return true;
}

static const struct schema action_schema =
    BLOCK("slack action", struct slack_action, action_fields, check_action);

#define SETTINGS struct slack
static const struct field fields[] = {
    RECEIVER_SEND_RESOLVED("false"),
    RECEIVER_HTTP_CONFIG,
    ROW(api_url, SECRET_URL, "The incoming webhook."),
    ROW(api_url_file, STRING, "A file that holds its URL, read for every notification."),
    ROW(app_token, SECRET, "The token of an app."),
    ROW(app_token_file, STRING, "A file that holds the token."),
    ROW(app_url, URL, "The API that takes messages of apps."),
    ROW_TMPL(channel, STRING, NULL, "The channel or user."),
    ROW_TMPL(username, STRING, DEFAULT("username"), "The sender's name."),
    ROW_TMPL(color, STRING, DEFAULT("color"), "The bar at the side."),
    ROW_TMPL(title, STRING, DEFAULT("title"), "The heading, at most 1024 characters."),
    ROW_TMPL(title_link, STRING, DEFAULT("titlelink"), "Where the heading leads."),
    ROW_TMPL(pretext, STRING, DEFAULT("pretext"), "Text above the attachment."),
    ROW_TMPL(text, STRING, DEFAULT("text"), "The attachment's text."),
    ROW_TMPL(message_text, STRING, NULL, "The message's own text."),
    ROW_SUB(fields, LIST, field_schema, "A table of facts."),
    ROW_ALWAYS(short_fields, BOOL, "Whether fields may stand beside each other."),
    ROW_TMPL(footer, STRING, DEFAULT("footer"), "Text below."),
    ROW_TMPL(fallback, STRING, DEFAULT("fallback"), "What notifications of the client show."),
    ROW_TMPL(callback_id, STRING, DEFAULT("callbackid"), "What the app knows the message by."),
    ROW_TMPL(icon_emoji, STRING, DEFAULT("iconemoji"), "The sender's picture, as an emoji."),
    ROW_TMPL(icon_url, STRING, DEFAULT("iconurl"), "The sender's picture."),
    ROW_TMPL(image_url, STRING, NULL, "A picture below the text."),
    ROW_TMPL(thumb_url, STRING, NULL, "A picture beside the text."),
    ROW_ALWAYS(link_names, BOOL, "Whether names of channels and users become links."),
    ROW(mrkdwn_in, STRINGS, "Which parts are markup: fallback, pretext and text by default."),
    ROW_SUB(actions, LIST, action_schema, "Buttons."),
    ROW_ALWAYS(update_message, BOOL, "Whether a group's first message is changed instead of sending more."),
    ROW_ALWAYS(timeout, GO_DURATION, "How long one request may take; 0 leaves it to the group interval."),
    {0},
};
#undef SETTINGS

static bool has_url(const struct slack *s)
{
    return s->api_url != NULL || is_set(s->api_url_file);
}

static bool has_token(const struct slack *s)
{
    return is_set(s->app_token) || is_set(s->app_token_file);
}

static bool check(struct decoder *d, const struct ytree *node, void *object)
{
    const struct slack *s = object;

    if (s->api_url != NULL && is_set(s->api_url_file))
        return decode_fail(d, node, "at most one of api_url & api_url_file must be configured");
    if (!compose_check_pair(d, node, "app_token", s->app_token, s->app_token_file))
        return false;
    if (has_url(s) && has_token(s))
        return decode_fail(
            d, node, "at most one of api_url/api_url_file & app_token/app_token_file must be configured");
    if (s->update_message && (s->api_url == NULL || strcmp(s->api_url, POST_MESSAGE_URL) != 0))
        return decode_fail(d, node,
                           "update_message can only be used with bot tokens. api_url must be set to %s",
                           POST_MESSAGE_URL);
    return true;
}

/* A token is an authorization of the receiver's own http_config. */
static bool use_token(struct decoder *d, const struct ytree *node, struct slack *s)
{
    if (!has_token(s))
        return true;
    if (s->common.http_config->has_authorization)
        return decode_fail(d, node, "http authorization can't be set when using Slack App tokens");
    struct http_config *own = ARENA_NEW(decode_arena(d), struct http_config);
    *own = *s->common.http_config;
    own->has_authorization = true;
    own->auth_type = arena_strndup(decode_arena(d), "Bearer", strlen("Bearer"));
    own->auth_credentials = s->app_token;
    own->auth_credentials_file = s->app_token_file;
    s->common.http_config = own;
    s->api_url = s->app_url;
    return true;
}

/* The order of the steps is upstream's: config.md 10.3. */
static bool resolve(struct decoder *d, const struct ytree *node, void *settings, const struct global *global)
{
    struct slack *s = settings;
    const bool authorized = s->common.http_config != global->http && s->common.http_config->has_authorization;

    if (!is_set(s->app_url))
        s->app_url = global->slack_app_url;
    if (!is_set(s->app_url))
        return decode_fail(d, node, "no global Slack App URL set");
    if (!has_token(s) && !authorized && s->api_url == NULL) {
        s->app_token = global->slack_app_token;
        s->app_token_file = global->slack_app_token_file;
    }
    if (!has_url(s)) {
        s->api_url = global->slack_api_url;
        s->api_url_file = global->slack_api_url_file;
    }
    if (!has_url(s) && !has_token(s))
        return decode_fail(d, node, "no Slack API URL nor App token set either inline or in a file");
    return use_token(d, node, s);
}

static const struct schema schema = {
    .name = "slack config",
    .go_type = "config.plain",
    .size = sizeof(struct slack),
    .fields = fields,
    .check = check,
};

/* Requests */

struct texts {
    struct sv channel, username, icon_emoji, icon_url, message_text;
    struct sv title, title_link, pretext, text, fallback, callback_id, image_url, thumb_url, footer, color;
};

/* Slack gets what can be rendered: a message with a hole is better than none. The first error of each part
 * is for the log. */
static struct sv text_of(struct render *r, const char *source)
{
    const bool known = r->tmpl_failed;
    struct err err;
    struct sv text;

    if (!render_text(r, source, &text, &err) && !known)
        log_warn("A template fails, sending what can be rendered", "component", "dispatcher", "receiver",
                 r->delivery->receiver->name, "integration", "slack", "err", err.text);
    return text;
}

static bool render_texts(struct render *r, const struct slack *s, struct texts *t, struct err *err)
{
    t->channel = text_of(r, s->channel);
    t->username = text_of(r, s->username);
    t->icon_emoji = text_of(r, s->icon_emoji);
    t->icon_url = text_of(r, s->icon_url);
    t->message_text = text_of(r, s->message_text);
    r->tmpl_failed = false;
    t->title = text_of(r, s->title);
    t->title_link = text_of(r, s->title_link);
    t->pretext = text_of(r, s->pretext);
    t->text = text_of(r, s->text);
    t->fallback = text_of(r, s->fallback);
    t->callback_id = text_of(r, s->callback_id);
    t->image_url = text_of(r, s->image_url);
    t->thumb_url = text_of(r, s->thumb_url);
    t->footer = text_of(r, s->footer);
    t->color = text_of(r, s->color);
    return compose_cut_runes(r, "title", TITLE_MAX, &t->title, err);
}

static void write_text(struct render *r, struct jw *w, struct sv key, const char *source)
{
    compose_optional(w, key, text_of(r, source));
}

static void write_fields(struct render *r, const struct slack *s, struct jw *w)
{
    if (s->fields.n == 0)
        return;
    jw_key(w, SV("fields"));
    jw_array(w);
    for (size_t i = 0; i < s->fields.n; i++) {
        const struct slack_field *f = s->fields.v[i];
        jw_object(w);
        write_text(r, w, SV("title"), f->title);
        write_text(r, w, SV("value"), f->value);
        jw_kbool(w, SV("short"), f->short_ >= 0 ? f->short_ != 0 : s->short_fields);
        jw_end(w);
    }
    jw_end(w);
}

static void write_action(struct render *r, const struct slack_action *a, struct jw *w)
{
    jw_object(w);
    write_text(r, w, SV("type"), a->type);
    write_text(r, w, SV("text"), a->text);
    write_text(r, w, SV("url"), a->url);
    write_text(r, w, SV("style"), a->style);
    write_text(r, w, SV("name"), a->name);
    write_text(r, w, SV("value"), a->value);
    if (a->confirm != NULL) {
        jw_key(w, SV("confirm"));
        jw_object(w);
        write_text(r, w, SV("text"), a->confirm->text);
        write_text(r, w, SV("title"), a->confirm->title);
        write_text(r, w, SV("ok_text"), a->confirm->ok_text);
        write_text(r, w, SV("dismiss_text"), a->confirm->dismiss_text);
        jw_end(w);
    }
    jw_end(w);
}

static void write_actions(struct render *r, const struct slack *s, struct jw *w)
{
    if (s->actions.n == 0)
        return;
    jw_key(w, SV("actions"));
    jw_array(w);
    for (size_t i = 0; i < s->actions.n; i++)
        write_action(r, s->actions.v[i], w);
    jw_end(w);
}

static void write_mrkdwn_in(const struct slack *s, struct jw *w)
{
    static const char *const usual[] = {"fallback", "pretext", "text"};
    const bool own = s->mrkdwn_in.n != 0;

    jw_key(w, SV("mrkdwn_in"));
    jw_array(w);
    for (size_t i = 0; i < (own ? s->mrkdwn_in.n : COUNT_OF(usual)); i++)
        jw_str(w, sv_of(own ? s->mrkdwn_in.v[i] : usual[i]));
    jw_end(w);
}

static void write_attachment(struct render *r, const struct slack *s, const struct texts *t, struct jw *w)
{
    jw_object(w);
    compose_optional(w, SV("title"), t->title);
    compose_optional(w, SV("title_link"), t->title_link);
    compose_optional(w, SV("pretext"), t->pretext);
    jw_kstr(w, SV("text"), t->text);
    jw_kstr(w, SV("fallback"), t->fallback);
    jw_kstr(w, SV("callback_id"), t->callback_id);
    write_fields(r, s, w);
    write_actions(r, s, w);
    compose_optional(w, SV("image_url"), t->image_url);
    compose_optional(w, SV("thumb_url"), t->thumb_url);
    jw_kstr(w, SV("footer"), t->footer);
    compose_optional(w, SV("color"), t->color);
    write_mrkdwn_in(s, w);
    jw_end(w);
}

/* The message that told the group before, where it is to be changed; empty slices when there is none. */
struct message_id {
    struct sv channel, ts;
};

static struct message_id told_before(const struct render *r, const struct slack *s)
{
    const struct labels *kept = s->update_message ? *r->kept : NULL;

    return kept != NULL
               ? (struct message_id){labels_get(kept, SV("channelId")), labels_get(kept, SV("threadTs"))}
               : (struct message_id){0};
}

static bool is_known(const struct message_id *id)
{
    return id->channel.n != 0 && id->ts.n != 0;
}

static void write_message(struct render *r, const struct slack *s, const struct texts *t,
                          const struct message_id *before, struct strbuf *out)
{
    struct jw w;

    jw_init(&w, out, true);
    jw_object(&w);
    compose_optional(&w, SV("channel"), is_known(before) ? before->channel : t->channel);
    if (is_known(before))
        jw_kstr(&w, SV("ts"), before->ts);
    compose_optional(&w, SV("username"), t->username);
    compose_optional(&w, SV("icon_emoji"), t->icon_emoji);
    compose_optional(&w, SV("icon_url"), t->icon_url);
    if (s->link_names)
        jw_kbool(&w, SV("link_names"), true);
    compose_optional(&w, SV("text"), t->message_text);
    jw_key(&w, SV("attachments"));
    jw_array(&w);
    write_attachment(r, s, t, &w);
    jw_end(&w);
    jw_end(&w);
}

static bool render(struct render *r, struct request *out, struct err *err)
{
    const struct slack *s = (const struct slack *)(const void *)r->settings;
    CLEANUP(strbuf_donep) struct strbuf body = {0};
    struct texts texts = {0};

    if (!render_texts(r, s, &texts, err))
        return false;
    const struct message_id before = told_before(r, s);
    write_message(r, s, &texts, &before, &body);
    compose_json(out, is_known(&before) ? UPDATE_URL : NULL);
    out->timeout = s->timeout;
    out->timeout_name = "slack";
    return (is_known(&before) || compose_url(r, "api_url", s->api_url, s->api_url_file, out, err)) &&
           compose_body(r, &body, out, err);
}

/* Replies */

struct answer {
    bool ok;
    struct sv error;
    struct message_id id;
};

static bool read_answer(struct sv body, struct arena *mem, struct answer *out, struct jr *j)
{
    struct sv key;

    jr_init(j, body, mem);
    if (!jr_object(j))
        return false;
    while (jr_key(j, &key)) {
        const bool ok = sv_eq(key, SV("ok"))        ? jr_bool(j, &out->ok)
                        : sv_eq(key, SV("error"))   ? jr_string(j, &out->error)
                        : sv_eq(key, SV("ts"))      ? jr_string(j, &out->id.ts)
                        : sv_eq(key, SV("channel")) ? jr_string(j, &out->id.channel)
                                                    : jr_skip(j);
        if (!ok)
            return false;
    }
    return !j->failed && jr_at_end(j);
}

static void forget_message(struct render *r)
{
    labels_unref(*r->kept);
    *r->kept = NULL;
}

/* What the next notification of the group changes. */
static void keep_message(struct render *r, const struct message_id *id)
{
    const struct label_sv pairs[] = {{SV("channelId"), id->channel}, {SV("threadTs"), id->ts}};

    if (!is_known(id) || id->channel.n > ID_MAX || id->ts.n > ID_MAX)
        return;
    forget_message(r);
    *r->kept = labels_new(pairs, COUNT_OF(pairs));
}

/* Somebody has deleted the message, or Slack does not let it be changed any more: the next step posts another
 * one. */
static bool must_post_anew(const struct render *r, const struct slack *s, struct sv error)
{
    static const char *const reasons[] = {"message_not_found", "cant_update_message", "edit_window_closed",
                                          "channel_not_found", "is_archived"};
    const struct message_id before = told_before(r, s);

    if (!is_known(&before) || r->compat_strict)
        return false;
    for (size_t i = 0; i < COUNT_OF(reasons); i++)
        if (sv_eq(error, sv_of(reasons[i])))
            return true;
    return false;
}

static void classify_json(struct render *r, const struct reply *reply, struct verdict *out)
{
    const struct slack *s = (const struct slack *)(const void *)r->settings;
    struct answer answer = {0};
    struct jr j;

    if (!read_answer(reply->body, r->mem, &answer, &j)) {
        verdict_set(out, VERDICT_RETRY, FAILURE_CLIENT, "could not unmarshal JSON response: %s", j.err.text);
    } else if (answer.ok) {
        if (s->update_message)
            keep_message(r, &answer.id);
    } else if (must_post_anew(r, s, answer.error)) {
        forget_message(r);
        out->kind = VERDICT_NEXT;
    } else {
        verdict_set(out, VERDICT_PERMANENT, FAILURE_CLIENT, "error response from Slack: %.*s",
                    SV_ARG(answer.error));
    }
}

static void classify(struct render *r, const struct request *sent, const struct reply *reply,
                     struct verdict *out)
{
    const struct slack *s = (const struct slack *)(const void *)r->settings;

    classify_http(reply, sent, out);
    if (!reply->transported)
        return;
    if (out->kind == VERDICT_DELIVERED && sv_has_prefix(reply->content_type, SV("application/json")))
        classify_json(r, reply, out);
    else if (out->kind == VERDICT_DELIVERED && !sv_eq(reply->body, SV("ok")))
        verdict_set(out, VERDICT_PERMANENT, FAILURE_CLIENT, "received an error response from Slack: %.*s",
                    SV_ARG(reply->body));
    compose_name_channel(r, s->channel, out);
}

static const struct text_limit limits[] = {
    {"title", TITLE_MAX, LIMIT_RUNES, "cut"},
    {0},
};

const struct receiver_type slack_receiver = {
    .schema = {.name = "slack", .key = "slack_configs", .schema = &schema, .resolve = resolve},
    .render = render,
    .classify = classify,
    .limits = limits,
};
