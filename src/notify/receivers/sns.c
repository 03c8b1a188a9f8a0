/* Amazon SNS: the Query API's Publish (receivers.md A10). Whose it is, is found by aws_credentials.h. */
#include <stdlib.h>

#include "aws_credentials.h"
#include "base/utf8.h"
#include "codec/url.h"
#include "compose.h"
#include "list.h"
#include "row.h"
#include "text.h"

#define MESSAGE_LIMIT 262144 /* bytes */
#define PHONE_LIMIT   1600

struct sigv4 {
    char *region, *access_key, *secret_key, *profile, *role_arn, *external_id;
    bool use_fips_sts_endpoint;
    char *service_name;
};

struct sns {
    struct receiver_common common;
    char *api_url;
    struct sigv4 sigv4;
    char *topic_arn, *phone_number, *target_arn, *subject, *message;
    struct string_map attributes;
    bool use_aws_http_client;
    struct aws_settings aws; /* not in the file: what `sigv4` and the environment say */
};

struct state {
    bool asking;  /* the request under way is about a role */
    size_t asked; /* which one */
    bool renewed; /* its credentials were refused and asked for again */
};

#define SETTINGS struct sigv4
static const struct field sigv4_fields[] = {
    ROW(region, STRING, "The region; by default that of the environment or the profile."),
    ROW(access_key, STRING, "The access key; by default that of the profile or the environment."),
    ROW(secret_key, SECRET, "The secret key."),
    ROW(profile, STRING, "The profile of AWS's shared files; by default that of the environment."),
    ROW(role_arn, STRING, "The role to take on, with the credentials found."),
    ROW(external_id, STRING, "Goes with role_arn."),
    ROW(use_fips_sts_endpoint, BOOL, "Goes with role_arn: asks the endpoint that is FIPS 140 validated."),
    ROW(service_name, STRING, "Known for compatibility: the service is sns."),
    {0},
};
#undef SETTINGS

static bool check_sigv4(struct decoder *d, const struct ytree *node, void *object)
{
    const struct sigv4 *s = object;

    if (is_set(s->access_key) != is_set(s->secret_key))
        return decode_fail(d, node,
                           "must provide a AWS SigV4 Access key and Secret Key if credentials are specified "
                           "in the SigV4 config");
    if (is_set(s->external_id) && !is_set(s->role_arn))
        return decode_fail(d, node, "external_id can only be used with role_arn");
    return true;
}

static const struct schema sigv4_schema = {.name = "sigv4",
                                           .go_type = "sigv4.plain",
                                           .size = sizeof(struct sigv4),
                                           .fields = sigv4_fields,
                                           .check = check_sigv4};

#define SETTINGS struct sns
static const struct field fields[] = {
    RECEIVER_SEND_RESOLVED("true"),
    RECEIVER_HTTP_CONFIG,
    ROW_TMPL(api_url, STRING, NULL, "The API; by default that of the region."),
    {.key = "sigv4",
     .kind = FIELD_STRUCT,
     .offset = offsetof(struct sns, sigv4),
     .sub = &sigv4_schema,
     .flags = FIELD_ALWAYS,
     .doc = "How requests are signed."},
    ROW_TMPL(topic_arn, STRING, NULL, "The topic."),
    ROW_TMPL(phone_number, STRING, NULL, "The phone, for a text message."),
    ROW_TMPL(target_arn, STRING, NULL, "The mobile platform's endpoint."),
    ROW_TMPL(subject, STRING, "{{ template \"sns.default.subject\" . }}", "The subject of mails."),
    ROW_TMPL(message, STRING, "{{ template \"sns.default.message\" . }}", "The message."),
    ROW_TMPL(attributes, MAP, NULL, "Attributes of the message."),
    ROW(use_aws_http_client, BOOL, "Known for compatibility: there is only one HTTP client."),
    {0},
};
#undef SETTINGS

/* Upstream's rule as it is: three targets pass as well. */
static bool check(struct decoder *d, const struct ytree *node, void *object)
{
    const struct sns *s = object;

    if (!(is_set(s->topic_arn) ^ is_set(s->target_arn) ^ is_set(s->phone_number)))
        return decode_fail(d, node,
                           "must provide either a Target ARN, Topic ARN, or Phone Number for SNS config");
    return true;
}

/* What is missing shows when the first notification is due, as upstream has it. */
static bool resolve(struct decoder *d, const struct ytree *node, void *settings, const struct global *global)
{
    struct sns *s = settings;

    (void)node;
    (void)global;
    s->aws = (struct aws_settings){.region = s->sigv4.region,
                                   .profile = s->sigv4.profile,
                                   .role_arn = s->sigv4.role_arn,
                                   .external_id = s->sigv4.external_id,
                                   .fips = s->sigv4.use_fips_sts_endpoint};
    if (is_set(s->sigv4.access_key))
        s->aws.keys = (struct sigv4_credentials){s->sigv4.access_key, s->sigv4.secret_key, NULL};
    aws_environment(d, &s->aws);
    return true;
}

static const struct schema schema = {.name = "sns config",
                                     .go_type = "config.plain",
                                     .size = sizeof(struct sns),
                                     .fields = fields,
                                     .check = check};

struct attribute {
    struct sv name, value;
};

struct message {
    struct sv topic_arn, phone_number, target_arn, subject, text;
    struct attribute *attributes; /* sorted by name */
    size_t n_attributes;
};

static int attribute_cmp(const void *a, const void *b)
{
    const struct attribute *x = a, *y = b;
    return sv_cmp(x->name, y->name);
}

static bool render_name(struct render *r, const char *source, struct sv *out, struct err *err)
{
    return render_text(r, source, out, err) || err_wrap(err, "attribute name");
}

/* One more than configured has room: the mark of a message that was cut. */
static bool render_attributes(struct render *r, const struct string_map *map, struct message *m,
                              struct err *err)
{
    m->attributes = ARENA_ARRAY(r->mem, struct attribute, map->n + 1);
    if (m->attributes == NULL)
        return err_set(err, ERR_LIMIT, "attributes are too large");
    for (size_t i = 0; i < map->n; i++) {
        struct attribute *a = &m->attributes[m->n_attributes++];
        if (!render_name(r, map->v[i].name, &a->name, err))
            return false;
        if (!render_text(r, map->v[i].value, &a->value, err))
            return err_wrap(err, "attribute %s", map->v[i].name);
    }
    return true;
}

static void mark_truncated(struct message *m)
{
    size_t i = 0;

    while (i < m->n_attributes && !sv_eq(m->attributes[i].name, SV("truncated")))
        i++;
    if (i == m->n_attributes)
        m->n_attributes++;
    m->attributes[i] = (struct attribute){SV("truncated"), SV("true")};
}

static bool render_message(struct render *r, const struct sns *s, struct message *m, struct err *err)
{
    const struct compose_text texts[] = {
        {s->topic_arn, &m->topic_arn},   {s->phone_number, &m->phone_number},
        {s->target_arn, &m->target_arn}, {s->subject, &m->subject},
        {s->message, &m->text},
    };

    if (!compose_texts(r, texts, COUNT_OF(texts), err) || !render_attributes(r, &s->attributes, m, err))
        return false;
    if (!utf8_valid(m->text))
        return err_set(err, ERR_INVALID, "non utf8 encoded message string");
    const size_t limit = m->phone_number.n != 0 ? PHONE_LIMIT : MESSAGE_LIMIT;
    if (m->text.n > limit) {
        m->text.n = utf8_cut(m->text, limit);
        mark_truncated(m);
    }
    if (m->n_attributes != 0)
        qsort(m->attributes, m->n_attributes, sizeof *m->attributes, attribute_cmp);
    return true;
}

static void add_parameter(struct strbuf *out, const char *name, struct sv value)
{
    strbuf_addf(out, "&%s=", name);
    url_escape_query(out, value);
}

static void add_optional(struct strbuf *out, const char *name, struct sv value)
{
    if (value.n != 0)
        add_parameter(out, name, value);
}

static void add_attributes(struct strbuf *out, const struct message *m)
{
    for (size_t i = 0; i < m->n_attributes; i++) {
        const struct attribute *a = &m->attributes[i];
        strbuf_addf(out, "&MessageAttributes.entry.%zu.Name=", i + 1);
        url_escape_query(out, a->name);
        strbuf_addf(out, "&MessageAttributes.entry.%zu.Value.DataType=String", i + 1);
        strbuf_addf(out, "&MessageAttributes.entry.%zu.Value.StringValue=", i + 1);
        url_escape_query(out, a->value);
    }
}

/* Sorted by name, as the platform's own clients write it. */
static void write_form(const struct render *r, const struct message *m, struct strbuf *out)
{
    char group[65];

    strbuf_adds(out, "Action=Publish");
    add_parameter(out, "Message", m->text);
    add_attributes(out, m);
    if (sv_has_suffix(m->topic_arn, SV(".fifo"))) {
        compose_group_id(r, group);
        add_parameter(out, "MessageDeduplicationId", sv_of(group));
        add_parameter(out, "MessageGroupId", sv_of(group));
    }
    add_optional(out, "PhoneNumber", m->phone_number);
    add_optional(out, "Subject", m->subject);
    add_optional(out, "TargetArn", m->target_arn);
    add_optional(out, "TopicArn", m->topic_arn);
    strbuf_adds(out, "&Version=2010-03-31");
}

static bool render_url(struct render *r, const struct sns *s, const char *region, struct request *out,
                       struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    struct sv url;

    if (!render_text(r, s->api_url, &url, err))
        return false;
    strbuf_addsv(&text, url);
    if (url.n == 0)
        strbuf_addf(&text, "https://sns.%s.amazonaws.com%s/", region,
                    strncmp(region, "cn-", 3) == 0 ? ".cn" : "");
    out->lane_varies = s->api_url != NULL && strstr(s->api_url, "{{") != NULL;
    if (!compose_keep(r, "api_url", &text, &url, err))
        return false;
    out->url = url.p;
    return true;
}

static bool render_publish(struct render *r, const struct sns *s, const struct aws_identity *who,
                           struct request *out, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf form = {0};
    struct message message = {0};

    if (!render_url(r, s, who->region, out, err) || !render_message(r, s, &message, err))
        return false;
    write_form(r, &message, &form);
    return compose_keep(r, "request body", &form, &out->body, err) && aws_sign(r, who, "sns", out, err);
}

static bool render_request(struct render *r, const struct sns *s, struct request *out, struct err *err)
{
    struct state *state = r->state;
    struct aws_identity who;

    const enum aws_outcome outcome = aws_identify(r, &s->aws, r->shared, &who, &state->asked, out, err);
    state->asking = outcome == AWS_ASK;
    return outcome == AWS_ASK || (outcome == AWS_READY && render_publish(r, s, &who, out, err));
}

static bool render(struct render *r, struct request *out, struct err *err)
{
    const struct sns *s = (const struct sns *)(const void *)r->settings;
    const bool ok = render_request(r, s, out, err);

    r->transient = !ok; /* upstream retries everything but what the API refuses */
    return ok;
}

/* The credentials of a role may be withdrawn before they expire: they are asked for again, once. */
static bool renew(struct render *r, struct sv code)
{
    struct state *state = r->state;

    if (state->renewed || state->asking || r->compat_strict ||
        (!sv_eq(code, SV("ExpiredToken")) && !sv_eq(code, SV("InvalidClientTokenId"))))
        return false;
    aws_forget_roles(r->shared);
    state->renewed = true;
    return true;
}

static void classify_error(struct render *r, const struct reply *reply, struct verdict *out)
{
    const struct sv message = aws_xml_text(reply->body, "Message"), code = aws_xml_text(reply->body, "Code");

    verdict_set(out, out->kind, out->failure, "unexpected status code %d%s%.*s", reply->status,
                message.n != 0 ? ": " : "", SV_ARG(message));
    if (sv_has_prefix(code, SV("Throttl"))) {
        out->kind = VERDICT_THROTTLED;
        out->failure = FAILURE_RATE_LIMITED;
        out->retry_after = reply->retry_after;
    } else if (renew(r, code)) {
        *out = (struct verdict){.kind = VERDICT_NEXT};
    }
}

static void classify(struct render *r, const struct request *sent, const struct reply *reply,
                     struct verdict *out)
{
    const struct state *state = r->state;
    struct err err;

    classify_http(reply, sent, out);
    if (!reply->transported)
        return;
    if (out->kind != VERDICT_DELIVERED)
        classify_error(r, reply, out);
    else if (state->asking && aws_take(r->shared, state->asked, reply->body, r->now, &err))
        *out = (struct verdict){.kind = VERDICT_NEXT};
    else if (state->asking)
        verdict_set(out, VERDICT_RETRY, FAILURE_OTHER, "%s", err.text);
}

static const struct text_limit limits[] = {
    {"message", MESSAGE_LIMIT, LIMIT_BYTES, "cut"},
    {"message to a phone_number", PHONE_LIMIT, LIMIT_BYTES, "cut"},
    {0},
};

const struct receiver_type sns_receiver = {
    .schema = {.name = "sns", .key = "sns_configs", .schema = &schema, .resolve = resolve},
    .state_size = sizeof(struct state),
    .shared_size = sizeof(struct aws_cache),
    .render = render,
    .classify = classify,
    .limits = limits,
};
