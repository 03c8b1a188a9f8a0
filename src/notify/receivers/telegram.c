/* Telegram: messages of a bot (receivers.md A11). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "codec/jr.h"
#include "compose.h"
#include "list.h"
#include "row.h"
#include "text.h"

#define MESSAGE_MAX ((size_t)4096)

struct telegram {
    struct receiver_common common;
    char *api_url, *bot_token, *bot_token_file;
    int64_t chat_id;
    char *chat_id_file;
    int64_t message_thread_id;
    char *message;
    bool disable_notifications;
    char *parse_mode;
};

#define SETTINGS struct telegram
static const struct field fields[] = {
    RECEIVER_SEND_RESOLVED("true"),
    RECEIVER_HTTP_CONFIG,
    ROW_ALWAYS(api_url, URL, "The API."),
    ROW(bot_token, SECRET, "The bot's token."),
    ROW(bot_token_file, STRING, "A file that holds the token, read for every notification."),
    ROW(chat_id, INT, "The chat."),
    ROW(chat_id_file, STRING, "A file that holds the chat's id, read for every notification."),
    ROW(message_thread_id, INT, "The topic inside the chat."),
    ROW_TMPL(message, STRING, "{{ template \"telegram.default.message\" . }}",
             "The message, at most 4096 characters."),
    ROW(disable_notifications, BOOL, "Whether it comes without a sound."),
    ROW_DEF(parse_mode, STRING, "HTML", 0, "Markdown, MarkdownV2, HTML, or empty for plain text."),
    {0},
};
#undef SETTINGS

static bool is_parse_mode(const char *mode)
{
    static const char *const modes[] = {"Markdown", "MarkdownV2", "HTML"};

    for (size_t i = 0; i < COUNT_OF(modes); i++)
        if (strcmp(mode, modes[i]) == 0)
            return true;
    return mode[0] == '\0';
}

static bool check(struct decoder *d, const struct ytree *node, void *object)
{
    const struct telegram *s = object;

    if (!compose_check_pair(d, node, "bot_token", s->bot_token, s->bot_token_file))
        return false;
    if (s->chat_id == 0 && !is_set(s->chat_id_file))
        return decode_fail(d, node, "missing chat_id or chat_id_file on telegram_config");
    if (s->chat_id != 0 && is_set(s->chat_id_file))
        return decode_fail(d, node, "at most one of chat_id & chat_id_file must be configured");
    return s->parse_mode == NULL || is_parse_mode(s->parse_mode) ||
           decode_fail(
               d, node,
               "unknown parse_mode on telegram_config, must be Markdown, MarkdownV2, HTML or empty string");
}

static bool resolve(struct decoder *d, const struct ytree *node, void *settings, const struct global *global)
{
    struct telegram *s = settings;

    if (!is_set(s->api_url))
        s->api_url = global->telegram_api_url;
    if (!is_set(s->api_url))
        return decode_fail(d, node, "no global Telegram API URL set");
    if (!is_set(s->bot_token) && !is_set(s->bot_token_file)) {
        s->bot_token = global->telegram_bot_token;
        s->bot_token_file = global->telegram_bot_token_file;
    }
    return is_set(s->bot_token) || is_set(s->bot_token_file) ||
           decode_fail(d, node, "missing bot_token or bot_token_file on telegram_config");
}

static const struct schema schema = {
    .name = "telegram config",
    .go_type = "telegram.plain",
    .size = sizeof(struct telegram),
    .fields = fields,
    .check = check,
};

static bool is_html(const struct telegram *s)
{
    return s->parse_mode != NULL && strcmp(s->parse_mode, "HTML") == 0;
}

/* HTML cannot be cut without breaking it. */
static bool render_message(struct render *r, const struct telegram *s, struct sv *out, struct err *err)
{
    static const char notice[] =
        "Alertmanager notification could not be sent: message length exceeds Telegram limits.\n"
        "\t\t\tPlease check the template used for producing the message content.";

    if (!(is_html(s) ? render_html : render_text)(r, s->message, out, err))
        return false;
    if (!is_html(s))
        return compose_cut_runes(r, "message", MESSAGE_MAX, out, err);
    if (utf8_runes(*out) > MESSAGE_MAX)
        *out = sv_of(notice);
    return true;
}

static bool read_chat_id(struct render *r, const char *file, struct sv *out, struct err *err)
{
    char *end;

    if (!render_secret(r, NULL, file, false, out, err))
        return err_wrap(err, "read chat_id_file");
    const char *text = arena_strndup(r->mem, out->p, out->n);
    return (text != NULL && strtoll(text, &end, 10) != 0 && *end == '\0') ||
           err_set(err, ERR_INVALID, "chat_id_file does not hold an integer");
}

static bool render_chat_id(struct render *r, const struct telegram *s, struct sv *out, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf id = {0};

    if (s->chat_id == 0)
        return read_chat_id(r, s->chat_id_file, out, err);
    strbuf_addi64(&id, s->chat_id);
    return compose_keep(r, "chat_id", &id, out, err);
}

static void write_message(const struct telegram *s, struct sv chat_id, struct sv message, struct strbuf *out)
{
    char thread[24];
    struct jw w;

    (void)snprintf(thread, sizeof thread, "%" PRId64, s->message_thread_id);
    jw_init(&w, out, true);
    jw_object(&w);
    jw_kstr(&w, SV("chat_id"), chat_id);
    if (s->disable_notifications)
        jw_kstr(&w, SV("disable_notification"), SV("true"));
    jw_kstr(&w, SV("disable_web_page_preview"), SV("true"));
    if (s->message_thread_id != 0)
        jw_kstr(&w, SV("message_thread_id"), sv_of(thread));
    compose_optional(&w, SV("parse_mode"), sv_of(s->parse_mode));
    jw_kstr(&w, SV("text"), message);
    jw_end(&w);
}

static bool render_url(struct render *r, const struct telegram *s, struct request *out, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf url = {0};
    struct sv token, kept;

    if (!render_secret(r, s->bot_token, s->bot_token_file, false, &token, err))
        return err_wrap(err, "read bot_token_file");
    strbuf_addf(&url, "%s/bot%.*s/sendMessage", s->api_url, SV_ARG(token));
    if (!compose_keep(r, "URL", &url, &kept, err))
        return false;
    compose_json(out, kept.p);
    return true;
}

static bool render(struct render *r, struct request *out, struct err *err)
{
    const struct telegram *s = (const struct telegram *)(const void *)r->settings;
    CLEANUP(strbuf_donep) struct strbuf body = {0};
    struct sv message, chat_id;

    if (!render_message(r, s, &message, err))
        return false;
    r->transient = true; /* files may be mended while we try */
    if (!render_chat_id(r, s, &chat_id, err) || !render_url(r, s, out, err))
        return false;
    write_message(s, chat_id, message, &body);
    return compose_body(r, &body, out, err);
}

/* Replies */

struct answer {
    bool ok;
    int64_t code, retry_after;
    struct sv description;
};

static bool read_parameters(struct jr *j, int64_t *retry_after)
{
    struct sv key;

    if (!jr_object(j))
        return false;
    while (jr_key(j, &key))
        if (!(sv_eq(key, SV("retry_after")) ? jr_int(j, retry_after) : jr_skip(j)))
            return false;
    return !j->failed;
}

static bool read_answer(struct sv body, struct arena *mem, struct answer *out)
{
    struct jr j;
    struct sv key;

    jr_init(&j, body, mem);
    if (!jr_object(&j))
        return false;
    while (jr_key(&j, &key)) {
        const bool ok = sv_eq(key, SV("ok"))            ? jr_bool(&j, &out->ok)
                        : sv_eq(key, SV("error_code"))  ? jr_int(&j, &out->code)
                        : sv_eq(key, SV("description")) ? jr_string(&j, &out->description)
                        : sv_eq(key, SV("parameters"))  ? read_parameters(&j, &out->retry_after)
                                                        : jr_skip(&j);
        if (!ok)
            return false;
    }
    return !j.failed;
}

/* "Bad Request: chat not found" says twice what kind of error it is: the code follows. */
static struct sv tail(struct sv description)
{
    const char *colon = memmem(description.p, description.n, ": ", 2);

    return colon != NULL ? (struct sv){colon + 2, description.n - (size_t)(colon + 2 - description.p)}
                         : description;
}

/* Whatever goes wrong is tried again, as upstream does. */
static void classify(struct render *r, const struct request *sent, const struct reply *reply,
                     struct verdict *out)
{
    struct answer answer = {0};

    classify_http(reply, sent, out);
    if (!reply->transported)
        return;
    if (!read_answer(reply->body, r->mem, &answer)) {
        verdict_set(out, VERDICT_RETRY, failure_of_status(reply->status),
                    "telegram: the reply with status %d is not JSON as expected", reply->status);
    } else if (answer.ok) {
        *out = (struct verdict){.kind = VERDICT_DELIVERED};
    } else {
        const int code = answer.code > 0 && answer.code < 1000 ? (int)answer.code : reply->status;
        verdict_set(out, VERDICT_RETRY, failure_of_status(code), "telegram: %.*s (%d)",
                    SV_ARG(tail(answer.description)), code);
    }
    if (out->kind == VERDICT_RETRY)
        out->retry_after = answer.retry_after > 0 && answer.retry_after < INT64_C(86400)
                               ? answer.retry_after * NS_PER_S
                               : reply->retry_after;
}

static const struct text_limit limits[] = {
    {"message", MESSAGE_MAX, LIMIT_RUNES, "cut; with parse_mode HTML a notice is sent instead"},
    {0},
};

const struct receiver_type telegram_receiver = {
    .schema = {.name = "telegram", .key = "telegram_configs", .schema = &schema, .resolve = resolve},
    .render = render,
    .classify = classify,
    .limits = limits,
};
