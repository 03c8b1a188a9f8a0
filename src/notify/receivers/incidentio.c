/* incident.io: the webhook's document, version 1, with a token (receivers.md A18). */
#include "codec/jr.h"
#include "compose.h"
#include "list.h"
#include "notify/data.h"
#include "row.h"
#include "text.h"

#define BODY_LIMIT 524288 /* bytes */

struct incidentio {
    struct receiver_common common;
    char *url, *url_file, *alert_source_token, *alert_source_token_file;
    uint64_t max_alerts;
    dur_ns timeout;
};

#define SETTINGS struct incidentio
static const struct field fields[] = {
    RECEIVER_SEND_RESOLVED("true"),
    RECEIVER_HTTP_CONFIG,
    ROW_ALWAYS(url, URL, "The alert source's URL."),
    ROW_ALWAYS(url_file, STRING, "A file that holds the URL."),
    ROW(alert_source_token, SECRET, "The alert source's token."),
    ROW(alert_source_token_file, STRING, "A file that holds the token."),
    ROW_ALWAYS(max_alerts, UINT, "Send at most this many alerts of a group; 0 sends all."),
    ROW_ALWAYS(timeout, GO_DURATION, "How long one request may take; 0 leaves it to the group interval."),
    {0},
};

static bool has_token(const struct incidentio *s)
{
    return is_set(s->alert_source_token) || is_set(s->alert_source_token_file);
}

/* Whether the global http_config authorizes is not asked, as upstream has it. */
static bool check_authorization(struct decoder *d, const struct ytree *node, const struct incidentio *s)
{
    const struct http_config *http = s->common.http_config;

    if (http == NULL)
        return true;
    if (has_token(s) && http->has_authorization)
        return decode_fail(d, node,
                           "cannot specify alert_source_token or alert_source_token_file when using "
                           "http_config.authorization");
    if (!has_token(s) && !http->has_authorization)
        return decode_fail(d, node,
                           "at least one of alert_source_token, alert_source_token_file or "
                           "http_config.authorization must be configured");
    return true;
}

static bool check(struct decoder *d, const struct ytree *node, void *object)
{
    const struct incidentio *s = object;

    return compose_check_url(d, node, "url", s->url, s->url_file) &&
           compose_check_pair(d, node, "alert_source_token", s->alert_source_token,
                              s->alert_source_token_file) &&
           check_authorization(d, node, s);
}

static const struct schema schema = {.name = "incidentio config",
                                     .go_type = "incidentio.plain",
                                     .size = sizeof(struct incidentio),
                                     .fields = fields,
                                     .check = check};

/* A body that is too large keeps the first alert only; what counts the others stays as it was. */
static bool write_body(struct render *r, const struct incidentio *s, struct strbuf *out, struct err *err)
{
    const struct delivery *d = r->delivery;
    struct notify_data *data = notify_data_new(d, (size_t)s->max_alerts, r->external_url, r->now, r->mem);

    if (data == NULL)
        return err_set(err, ERR_LIMIT, "notification data needs too much memory");
    const size_t truncated = d->n_alerts - data->n_alerts;
    notify_data_webhook(data, SV("1"), truncated, out);
    if (out->n <= BODY_LIMIT || data->n_alerts <= 1)
        return true;
    strbuf_reset(out);
    data->n_alerts = 1;
    notify_data_webhook(data, SV("1"), truncated, out);
    return true;
}

static bool add_token(struct render *r, const struct incidentio *s, struct request *out, struct err *err)
{
    struct sv token;

    if (!has_token(s))
        return true;
    if (!render_secret(r, s->alert_source_token, s->alert_source_token_file, false, &token, err))
        return err_wrap(err, "read alert_source_token_file");
    return compose_headers(r, (const struct compose_header[]){{"Authorization: Bearer ", token}}, 1, out,
                           err);
}

static bool render(struct render *r, struct request *out, struct err *err)
{
    const struct incidentio *s = (const struct incidentio *)(const void *)r->settings;
    CLEANUP(strbuf_donep) struct strbuf body = {0};

    compose_json(out, NULL);
    out->timeout = s->timeout;
    out->timeout_name = "incident.io";
    return compose_url(r, "url", s->url, s->url_file, out, err) && add_token(r, s, out, err) &&
           write_body(r, s, &body, err) && compose_keep(r, "request body", &body, &out->body, err);
}

static void add_detail(struct strbuf *details, struct sv text)
{
    if (text.n == 0)
        return;
    strbuf_adds(details, ": ");
    strbuf_addsv(details, text);
}

static bool read_errors(struct jr *j, struct strbuf *errors)
{
    struct sv text;

    if (!jr_array(j))
        return false;
    while (jr_next(j)) {
        if (!jr_string(j, &text))
            return false;
        strbuf_adds(errors, errors->n != 0 ? ", " : "");
        strbuf_addsv(errors, text);
    }
    return !j->failed;
}

/* Appends what the reply says is wrong; a reply that is not the expected JSON says nothing. */
static void read_details(struct sv body, struct arena *mem, struct strbuf *details)
{
    CLEANUP(strbuf_donep) struct strbuf errors = {0};
    struct sv key, message = {0}, error = {0};
    struct jr j;

    jr_init(&j, body, mem);
    if (!jr_object(&j))
        return;
    while (jr_key(&j, &key)) {
        const bool ok = sv_eq(key, SV("message"))  ? jr_string(&j, &message)
                        : sv_eq(key, SV("error"))  ? jr_string(&j, &error)
                        : sv_eq(key, SV("errors")) ? read_errors(&j, &errors)
                                                   : jr_skip(&j);
        if (!ok)
            return;
    }
    if (j.failed)
        return;
    add_detail(details, message);
    add_detail(details, error);
    add_detail(details, strbuf_sv(&errors));
}

static void classify(struct render *r, const struct request *sent, const struct reply *reply,
                     struct verdict *out)
{
    CLEANUP(strbuf_donep) struct strbuf details = {0};

    classify_http(reply, sent, out);
    if (!reply->transported || out->kind == VERDICT_DELIVERED)
        return;
    read_details(reply->body, r->mem, &details);
    const enum verdict_kind patience = reply->retry_after > 0 ? VERDICT_THROTTLED : VERDICT_RETRY;
    verdict_set(out, reply->status == 429 ? patience : out->kind, out->failure,
                "unexpected status code %d%.*s", reply->status, SV_ARG(details));
    out->retry_after = out->kind == VERDICT_PERMANENT ? 0 : reply->retry_after;
}

const struct receiver_type incidentio_receiver = {
    .schema = {.name = "incidentio", .key = "incidentio_configs", .schema = &schema},
    .render = render,
    .classify = classify,
};
