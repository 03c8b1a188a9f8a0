/* The generic webhook: JSON version 4, or a payload of the user's own (receivers.md A2). */
#include "base/utf8.h"
#include "codec/re.h"
#include "codec/url.h"
#include "config/fields.h"
#include "list.h"
#include "notify/data.h"
#include "payload.h"
#include "text.h"

struct webhook {
    struct receiver_common common;
    char *url, *url_file;
    uint64_t max_alerts;
    dur_ns timeout;
    const struct ytree *payload;
    char *expect_reply;
};

#define SHOWN_REPLY 200 /* bytes */

static bool check_expected(struct decoder *d, const struct ytree *node, const struct webhook *w)
{
    struct err err = {0};

    if (!is_set(w->expect_reply))
        return true;
    struct re *re = re_new(sv_of(w->expect_reply), &err);
    re_free(re);
    return re != NULL || decode_fail(d, node, "expect_reply: %s", err.text);
}

static bool check(struct decoder *d, const struct ytree *node, void *object)
{
    const struct webhook *w = object;

    if (!is_set(w->url) && !is_set(w->url_file))
        return decode_fail(d, node, "one of url or url_file must be configured");
    if (is_set(w->url) && is_set(w->url_file))
        return decode_fail(d, node, "at most one of url & url_file must be configured");
    return check_expected(d, node, w);
}

static const struct field fields[] = {
    RECEIVER_SEND_RESOLVED("true"),
    RECEIVER_HTTP_CONFIG,
    {.key = "url",
     .kind = FIELD_TEMPLATE_URL,
     .offset = offsetof(struct webhook, url),
     .flags = FIELD_TMPL,
     .doc = "Where to send; may be a template."},
    {.key = "url_file",
     .kind = FIELD_STRING,
     .offset = offsetof(struct webhook, url_file),
     .flags = FIELD_ALWAYS,
     .doc = "A file that holds the URL, read for every notification."},
    {.key = "max_alerts",
     .kind = FIELD_UINT,
     .offset = offsetof(struct webhook, max_alerts),
     .flags = FIELD_ALWAYS,
     .doc = "Send at most this many alerts of a group; 0 sends all."},
    {.key = "timeout",
     .kind = FIELD_GO_DURATION,
     .offset = offsetof(struct webhook, timeout),
     .flags = FIELD_ALWAYS,
     .doc = "How long one request may take; 0 leaves it to the group interval."},
    {.key = "payload",
     .kind = FIELD_NODE,
     .offset = offsetof(struct webhook, payload),
     .flags = FIELD_TMPL,
     .doc = "Replaces the body: every string in it is a template."},
    {.key = "expect_reply",
     .kind = FIELD_STRING,
     .offset = offsetof(struct webhook, expect_reply),
     .flags = FIELD_OURS,
     .doc = "A regular expression: a reply that does not contain it is a failure, whatever its status."},
    {0},
};
static const struct schema schema = {
    .name = "webhook config",
    .go_type = "webhook.plain",
    .size = sizeof(struct webhook),
    .fields = fields,
    .check = check,
};

static bool render_url(struct render *r, const struct webhook *w, struct request *out, struct err *err)
{
    struct sv text, url;
    struct url parsed;

    if (!render_secret(r, w->url, w->url_file, false, &text, err))
        return err_wrap(err, "read url_file");
    const char *source = arena_strndup(r->mem, text.p, text.n);
    if (source == NULL)
        return err_set(err, ERR_LIMIT, "webhook URL is too long");
    if (!render_text(r, source, &url, err))
        return err_wrap(err, "failed to template webhook URL");
    url = sv_trim(url);
    if (url.n == 0)
        return err_set(err, ERR_INVALID, "webhook URL is empty after templating");
    /* The URL is a secret, so the parser's text, which quotes it, is not repeated. */
    if (!url_parse_http(url, r->mem, &parsed, err))
        return err_set(err, ERR_INVALID, "webhook URL is not valid after templating");
    out->url = arena_strndup(r->mem, url.p, url.n);
    out->lane_varies = strstr(source, "{{") != NULL;
    return out->url != NULL || err_set(err, ERR_LIMIT, "webhook URL is too long");
}

static bool render_body(struct render *r, const struct webhook *w, struct strbuf *body, struct err *err)
{
    const struct delivery *d = r->delivery;
    const struct notify_data *data =
        notify_data_new(d, (size_t)w->max_alerts, r->external_url, r->now, r->mem);

    if (data == NULL)
        return err_set(err, ERR_LIMIT, "notification data needs too much memory");
    if (w->payload == NULL || r->stand_in) { /* who reads it expects JSON */
        notify_data_webhook(data, SV("4"), d->n_alerts - data->n_alerts, body);
        return true;
    }
    r->data = notify_data_tval(data);
    return payload_write(r, w->payload, body, err) || err_wrap(err, "failed to render custom payload");
}

static bool render(struct render *r, struct request *out, struct err *err)
{
    const struct webhook *w = (const struct webhook *)(const void *)r->settings;
    CLEANUP(strbuf_donep) struct strbuf body = {0};

    if (!render_url(r, w, out, err) || !render_body(r, w, &body, err))
        return false;
    const char *copy = arena_strndup(r->mem, body.p, body.n);
    if (copy == NULL || body.overflow)
        return err_set(err, ERR_LIMIT, "webhook body is too large");
    out->kind = REQUEST_HTTP;
    out->method = "POST";
    out->content_type = "application/json";
    out->timeout = w->timeout;
    out->timeout_name = "webhook";
    out->body = (struct sv){copy, body.n};
    return true;
}

static bool contains_expected(const struct webhook *w, struct sv body)
{
    struct err err;
    struct re *re = re_new(sv_of(w->expect_reply), &err);
    const bool matches = re != NULL && re_match(re, body);

    re_free(re);
    return matches;
}

/* There are services that refuse with status 200. */
static void classify(struct render *r, const struct request *sent, const struct reply *reply,
                     struct verdict *out)
{
    const struct webhook *w = (const struct webhook *)(const void *)r->settings;

    classify_http(reply, sent, out);
    if (out->kind == VERDICT_DELIVERED && is_set(w->expect_reply) && !contains_expected(w, reply->body))
        verdict_set(out, VERDICT_RETRY, FAILURE_OTHER, "unexpected reply: %.*s",
                    (int)utf8_cut(reply->body, SHOWN_REPLY), reply->body.n != 0 ? reply->body.p : "");
}

const struct receiver_type webhook_receiver = {
    .schema = {.name = "webhook", .key = "webhook_configs", .schema = &schema},
    .render = render,
    .classify = classify,
};
