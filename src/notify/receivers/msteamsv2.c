/* Microsoft Teams by workflow: an adaptive card (receivers.md A13). */
#include "compose.h"
#include "json_fields.h"
#include "list.h"
#include "row.h"
#include "text.h"

struct msteamsv2 {
    struct receiver_common common;
    char *webhook_url, *webhook_url_file, *title, *text;
};

#define SETTINGS      struct msteamsv2
#define DEFAULT(name) "{{ template \"msteamsv2.default." name "\" . }}"
static const struct field fields[] = {
    RECEIVER_SEND_RESOLVED("true"),
    RECEIVER_HTTP_CONFIG,
    ROW(webhook_url, SECRET_URL, "Where to send."),
    ROW(webhook_url_file, STRING, "A file that holds the URL, read for every notification."),
    ROW_TMPL(title, STRING, DEFAULT("title"), "The card's title."),
    ROW_TMPL(text, STRING, DEFAULT("text"), "The card's text."),
    {0},
};

static bool check(struct decoder *d, const struct ytree *node, void *object)
{
    const struct msteamsv2 *m = object;

    return compose_check_url(d, node, "webhook_url", m->webhook_url, m->webhook_url_file);
}

/* The one receiver whose own http_config takes something over from the global one. */
static bool resolve(struct decoder *d, const struct ytree *node, void *settings, const struct global *global)
{
    struct msteamsv2 *m = settings;

    (void)d;
    (void)node;
    if (!is_set(m->common.http_config->proxy_url))
        m->common.http_config->proxy_url = global->http->proxy_url;
    return true;
}

static const struct schema schema = {.name = "msteamsv2 config",
                                     .go_type = "msteamsv2.plain",
                                     .size = sizeof(struct msteamsv2),
                                     .fields = fields,
                                     .check = check};

static bool write_title(struct render *r, struct jw *w, const char *title, struct err *err)
{
    jw_object(w);
    jw_kstr(w, SV("type"), SV("TextBlock"));
    if (!json_text(r, w, SV("text"), title, err))
        return false;
    jw_kstr(w, SV("weight"), SV("Bolder"));
    jw_kstr(w, SV("size"), SV("Medium"));
    jw_kbool(w, SV("wrap"), true);
    jw_kstr(w, SV("style"), SV("heading"));
    jw_kstr(w, SV("color"), delivery_firing(r->delivery) ? SV("Attention") : SV("Good"));
    jw_end(w);
    return true;
}

static bool write_text(struct render *r, struct jw *w, const char *text, struct err *err)
{
    jw_object(w);
    jw_kstr(w, SV("type"), SV("TextBlock"));
    if (!json_text(r, w, SV("text"), text, err))
        return false;
    jw_kbool(w, SV("wrap"), true);
    jw_end(w);
    return true;
}

static bool write_card(struct render *r, struct jw *w, const struct msteamsv2 *m, struct err *err)
{
    jw_object(w);
    jw_kstr(w, SV("$schema"), SV("http://adaptivecards.io/schemas/adaptive-card.json"));
    jw_kstr(w, SV("type"), SV("AdaptiveCard"));
    jw_kstr(w, SV("version"), SV("1.2"));
    jw_key(w, SV("body"));
    jw_array(w);
    if (!write_title(r, w, m->title, err) || !write_text(r, w, m->text, err))
        return false;
    jw_end(w);
    jw_key(w, SV("msteams"));
    jw_object(w);
    jw_kstr(w, SV("width"), SV("full"));
    jw_end(w);
    jw_end(w);
    return true;
}

static bool write_message(struct render *r, const struct msteamsv2 *m, struct strbuf *out, struct err *err)
{
    struct jw w;

    jw_init(&w, out, true);
    jw_object(&w);
    jw_kstr(&w, SV("type"), SV("message"));
    jw_key(&w, SV("attachments"));
    jw_array(&w);
    jw_object(&w);
    jw_kstr(&w, SV("contentType"), SV("application/vnd.microsoft.card.adaptive"));
    jw_key(&w, SV("contentUrl"));
    jw_null(&w);
    jw_key(&w, SV("content"));
    if (!write_card(r, &w, m, err))
        return false;
    jw_end(&w);
    jw_end(&w);
    jw_end(&w);
    return true;
}

static bool render(struct render *r, struct request *out, struct err *err)
{
    const struct msteamsv2 *m = (const struct msteamsv2 *)(const void *)r->settings;
    CLEANUP(strbuf_donep) struct strbuf body = {0};

    compose_json(out, NULL);
    return compose_url(r, "webhook_url", m->webhook_url, m->webhook_url_file, out, err) &&
           write_message(r, m, &body, err) && compose_body(r, &body, out, err);
}

const struct receiver_type msteamsv2_receiver = {
    .schema = {.name = "msteamsv2", .key = "msteamsv2_configs", .schema = &schema, .resolve = resolve},
    .render = render,
    .classify = classify_plain,
};
