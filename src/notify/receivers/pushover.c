/* Pushover: everything is in the query of the URL (receivers.md A9). */
#include <inttypes.h>
#include <stdio.h>

#include "codec/url.h"
#include "compose.h"
#include "list.h"
#include "model/duration.h"
#include "row.h"
#include "text.h"

#define API_URL       "https://api.pushover.net/1/messages.json"
#define TITLE_MAX     ((size_t)250)
#define MESSAGE_MAX   ((size_t)1024)
#define URL_MAX       ((size_t)512)
#define DEFAULT(name) "{{ template \"pushover.default." name "\" . }}"

struct pushover {
    struct receiver_common common;
    char *user_key, *user_key_file, *token, *token_file;
    char *title, *message, *url, *url_title, *device, *sound, *priority;
    dur_ns retry, expire, ttl;
    bool html, monospace;
};

/* Unlike other durations, a bare number is not a count of nanoseconds here: upstream refuses it. */
static bool decode_duration(struct decoder *d, const struct ytree *node, void *member)
{
    struct err err;

    *(dur_ns *)member = 0;
    if (decode_is_null(node))
        return true;
    if (node->kind != YTREE_SCALAR)
        return decode_type_error(d, node, "config.duration");
    return go_duration_parse(node->text, member, &err) || decode_fail(d, node, "%s", err.text);
}

static void print_duration(struct printer *p, const void *member)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    const dur_ns d = *(const dur_ns *)member;

    if (d == 0)
        return;
    go_duration_print(&text, d);
    print_scalar(p, text.p);
}

#define ROW_SECONDS(name, value, text)                                                                       \
    {                                                                                                        \
        .key = #name, .kind = FIELD_CUSTOM, .type = "Go duration", .offset = offsetof(SETTINGS, name),       \
        .def = (value), .flags = FIELD_SEES_NULL, .decode = decode_duration, .print = print_duration,        \
        .doc = (text)                                                                                        \
    }

#define SETTINGS struct pushover
static const struct field fields[] = {
    RECEIVER_SEND_RESOLVED("true"),
    RECEIVER_HTTP_CONFIG,
    ROW_TMPL(user_key, SECRET, NULL, "The key of the user or group."),
    ROW(user_key_file, STRING, "A file that holds it, without a newline; read for every notification."),
    ROW_TMPL(token, SECRET, NULL, "The application's token."),
    ROW(token_file, STRING, "A file that holds it, without a newline; read for every notification."),
    ROW_TMPL(title, STRING, DEFAULT("title"), "The heading, at most 250 characters."),
    ROW_TMPL(message, STRING, DEFAULT("message"), "The message, at most 1024 characters."),
    ROW_TMPL(url, STRING, DEFAULT("url"), "A link, at most 512 characters."),
    ROW_TMPL(url_title, STRING, NULL, "What is written on it."),
    ROW_TMPL(device, STRING, NULL, "One device of the user."),
    ROW_TMPL(sound, STRING, NULL, "The sound."),
    ROW_TMPL(priority, STRING, "{{ if eq .Status \"firing\" }}2{{ else }}0{{ end }}", "From -2 to 2."),
    ROW_SECONDS(retry, "1m", "How often an emergency is repeated until somebody reacts."),
    ROW_SECONDS(expire, "1h", "When it is given up."),
    ROW_SECONDS(ttl, NULL, "When the message disappears; 0: never."),
    ROW(html, BOOL, "Whether the message is HTML."),
    ROW(monospace, BOOL, "Whether it is shown in a font of fixed width."),
    {0},
};
#undef SETTINGS

static bool check(struct decoder *d, const struct ytree *node, void *object)
{
    const struct pushover *s = object;

    if (!is_set(s->user_key) && !is_set(s->user_key_file))
        return decode_fail(d, node, "one of user_key or user_key_file must be configured");
    if (!compose_check_pair(d, node, "user_key", s->user_key, s->user_key_file))
        return false;
    if (!is_set(s->token) && !is_set(s->token_file))
        return decode_fail(d, node, "one of token or token_file must be configured");
    if (!compose_check_pair(d, node, "token", s->token, s->token_file))
        return false;
    return !s->html || !s->monospace ||
           decode_fail(d, node, "at most one of monospace & html must be configured");
}

static const struct schema schema = {
    .name = "pushover config",
    .go_type = "config.plain",
    .size = sizeof(struct pushover),
    .fields = fields,
    .check = check,
};

static void add(struct strbuf *url, const char *key, struct sv value)
{
    strbuf_addf(url, "%c%s=", strchr(url->p, '?') == NULL ? '?' : '&', key);
    url_escape_query(url, value);
}

static void add_seconds(struct strbuf *url, const char *key, dur_ns d)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%" PRId64, d / NS_PER_S);
    add(url, key, sv_of(text));
}

struct texts {
    struct sv token, user, title, message, url, url_title, device, sound, priority;
};

/* The API refuses messages without text. */
static bool render_message(struct render *r, const struct pushover *s, struct sv *out, struct err *err)
{
    if (!(s->html ? render_html : render_text)(r, s->message, out, err) ||
        !compose_cut_runes(r, "message", MESSAGE_MAX, out, err))
        return false;
    *out = sv_trim(*out);
    if (out->n == 0)
        *out = SV("(no details)");
    return true;
}

static bool render_texts(struct render *r, const struct pushover *s, struct texts *t, struct err *err)
{
    const struct compose_text texts[] = {{s->title, &t->title},         {s->url, &t->url},
                                         {s->url_title, &t->url_title}, {s->device, &t->device},
                                         {s->sound, &t->sound},         {s->priority, &t->priority}};

    if (!compose_secret(r, s->user_key, s->user_key_file, true, &t->user, err))
        return err_wrap(err, "read user_key_file");
    if (!compose_secret(r, s->token, s->token_file, true, &t->token, err))
        return err_wrap(err, "read token_file");
    return compose_texts(r, texts, COUNT_OF(texts), err) && render_message(r, s, &t->message, err) &&
           compose_cut_runes(r, "title", TITLE_MAX, &t->title, err) &&
           compose_cut_runes(r, "url", URL_MAX, &t->url, err);
}

/* Sorted by key. */
static void write_url(const struct pushover *s, const struct texts *t, struct strbuf *out)
{
    strbuf_adds(out, API_URL);
    add(out, "device", t->device);
    add_seconds(out, "expire", s->expire);
    if (s->html)
        add(out, "html", SV("1"));
    add(out, "message", t->message);
    if (s->monospace)
        add(out, "monospace", SV("1"));
    add(out, "priority", t->priority);
    add_seconds(out, "retry", s->retry);
    add(out, "sound", t->sound);
    add(out, "title", t->title);
    add(out, "token", t->token);
    if (s->ttl / NS_PER_S > 0)
        add_seconds(out, "ttl", s->ttl);
    add(out, "url", t->url);
    add(out, "url_title", t->url_title);
    add(out, "user", t->user);
}

static bool render(struct render *r, struct request *out, struct err *err)
{
    const struct pushover *s = (const struct pushover *)(const void *)r->settings;
    CLEANUP(strbuf_donep) struct strbuf url = {0};
    struct texts texts = {0};
    struct sv kept;

    if (!render_texts(r, s, &texts, err))
        return false;
    write_url(s, &texts, &url);
    if (!compose_keep(r, "URL", &url, &kept, err))
        return false;
    out->kind = REQUEST_HTTP;
    out->method = "POST";
    out->content_type = "text/plain";
    out->url = kept.p;
    return true;
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
    {"url", URL_MAX, LIMIT_RUNES, "cut"},
    {0},
};

const struct receiver_type pushover_receiver = {
    .schema = {.name = "pushover", .key = "pushover_configs", .schema = &schema},
    .render = render,
    .classify = classify,
    .limits = limits,
};
