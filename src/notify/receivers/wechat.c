/* WeCom application messages, as upstream sends them (receivers.md A4), with the token kept as B5 says. */
#include <stdio.h>

#include "base/log.h"
#include "base/utf8.h"
#include "codec/jr.h"
#include "codec/jw.h"
#include "codec/url.h"
#include "compose.h"
#include "config/fields.h"
#include "list.h"
#include "text.h"
#include "token.h"

#define TOKEN_EXPIRED 42001         /* the only error that upstream tries again */
#define DEFAULT_LIFE  INT64_C(7200) /* seconds, when the server does not say */
#define RATE_PAUSE    (60 * NS_PER_S)

struct wechat {
    struct receiver_common common;
    char *api_secret, *api_secret_file, *corp_id, *message, *api_url, *to_user, *to_party, *to_tag, *agent_id;
    const char *message_type;
};

struct state {
    bool fetching; /* the request under way asks for a token */
    bool renewed;  /* the token was refused once and fetched again */
};

#define WECHAT_FIELD(name, field_kind, field_def, field_flags, field_doc)                                    \
    {                                                                                                        \
        .key = #name, .kind = (field_kind), .offset = offsetof(struct wechat, name), .def = (field_def),     \
        .flags = (field_flags), .doc = (field_doc)                                                           \
    }
#define TEMPLATE(name) "{{ template \"wechat.default." name "\" . }}"

static const struct field fields[] = {
    RECEIVER_SEND_RESOLVED("false"),
    RECEIVER_HTTP_CONFIG,
    WECHAT_FIELD(api_secret, FIELD_SECRET, NULL, FIELD_TMPL, "The application's secret."),
    WECHAT_FIELD(api_secret_file, FIELD_STRING, NULL, 0, "A file that holds the secret."),
    WECHAT_FIELD(corp_id, FIELD_STRING, NULL, FIELD_TMPL, "The company's id."),
    WECHAT_FIELD(message, FIELD_STRING, TEMPLATE("message"), FIELD_TMPL, "The message."),
    WECHAT_FIELD(api_url, FIELD_URL, NULL, 0, "The API's base URL."),
    WECHAT_FIELD(to_user, FIELD_STRING, TEMPLATE("to_user"), FIELD_TMPL, "Users, joined by a vertical bar."),
    WECHAT_FIELD(to_party, FIELD_STRING, TEMPLATE("to_party"), FIELD_TMPL,
                 "Departments, joined by a vertical bar."),
    WECHAT_FIELD(to_tag, FIELD_STRING, TEMPLATE("to_tag"), FIELD_TMPL, "Tags, joined by a vertical bar."),
    WECHAT_FIELD(agent_id, FIELD_STRING, TEMPLATE("agent_id"), FIELD_TMPL, "The application's id."),
    WECHAT_FIELD(message_type, FIELD_STRING, "text", 0, "text or markdown."),
    {0},
};

static bool check(struct decoder *d, const struct ytree *node, void *object)
{
    struct wechat *w = object;

    if (!is_set(w->message_type))
        w->message_type = "text";
    if (strcmp(w->message_type, "text") != 0 && strcmp(w->message_type, "markdown") != 0)
        return decode_fail(d, node,
                           "weChat message type \"%s\" does not match valid options ^(text|markdown)$",
                           w->message_type);
    if (is_set(w->api_secret) && is_set(w->api_secret_file))
        return decode_fail(d, node, "at most one of api_secret & api_secret_file must be configured");
    return true;
}

static bool resolve(struct decoder *d, const struct ytree *node, void *settings, const struct global *global)
{
    struct wechat *w = settings;

    if (!is_set(w->api_url))
        w->api_url = global->wechat_api_url;
    if (!is_set(w->api_url))
        return decode_fail(d, node, "no global Wechat URL set");
    compose_add_slash(w->api_url);
    if (!is_set(w->api_secret) && !is_set(w->api_secret_file)) {
        w->api_secret = global->wechat_api_secret;
        w->api_secret_file = global->wechat_api_secret_file;
    }
    if (!is_set(w->api_secret) && !is_set(w->api_secret_file))
        return decode_fail(d, node, "no global Wechat Api Secret set either inline or in a file");
    if (!is_set(w->corp_id))
        w->corp_id = global->wechat_api_corp_id;
    if (!is_set(w->corp_id))
        return decode_fail(d, node, "no global Wechat CorpID set");
    return true;
}

static const struct schema schema = {.name = "wechat config",
                                     .go_type = "config.plain",
                                     .size = sizeof(struct wechat),
                                     .fields = fields,
                                     .check = check};

struct account {
    struct sv corp_id, secret;
};

static bool render_account(struct render *r, const struct wechat *w, struct account *out, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf all = {0};
    struct sv secret = {0};

    if (!render_secret(r, w->api_secret, w->api_secret_file, false, &secret, err))
        return err_wrap(err, "read api_secret_file");
    const char *source = arena_strndup(r->mem, secret.p, secret.n);
    if (source == NULL)
        return err_set(err, ERR_LIMIT, "api_secret is too long");
    if (!render_text(r, source, &out->secret, err) || !render_text(r, w->corp_id, &out->corp_id, err))
        return err_wrap(err, "templating error");
    strbuf_addf(&all, "%s\n%.*s\n%.*s", w->api_url, SV_ARG(out->corp_id), SV_ARG(out->secret));
    token_account(r->shared, strbuf_sv(&all));
    return true;
}

static bool set_url(struct render *r, struct request *out, struct strbuf *url, struct err *err)
{
    out->url = arena_strndup(r->mem, url->p, url->n);
    return out->url != NULL || err_set(err, ERR_LIMIT, "URL is too long");
}

static bool render_fetch(struct render *r, const struct wechat *w, const struct account *account,
                         struct request *out, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf url = {0};

    strbuf_addf(&url, "%sgettoken?corpid=", w->api_url);
    url_escape_query(&url, account->corp_id);
    strbuf_adds(&url, "&corpsecret=");
    url_escape_query(&url, account->secret);
    out->method = "GET";
    out->exclusive = true;
    return set_url(r, out, &url, err);
}

static void write_content(struct jw *w, struct sv key, struct sv content)
{
    jw_key(w, key);
    jw_object(w);
    jw_kstr(w, SV("content"), content);
    jw_end(w);
}

struct texts {
    struct sv message, to_user, to_party, to_tag, agent_id;
};

static bool render_texts(struct render *r, const struct wechat *w, struct texts *t, struct err *err)
{
    if (!render_text(r, w->message, &t->message, err) || !render_text(r, w->to_user, &t->to_user, err) ||
        !render_text(r, w->to_party, &t->to_party, err) || !render_text(r, w->to_tag, &t->to_tag, err) ||
        !render_text(r, w->agent_id, &t->agent_id, err))
        return err_wrap(err, "templating error");
    return true;
}

static void write_message(struct strbuf *out, const struct wechat *w, const struct texts *t)
{
    const bool markdown = strcmp(w->message_type, "markdown") == 0;
    struct jw j;

    jw_init(&j, out, true);
    jw_object(&j);
    write_content(&j, SV("text"), markdown ? SV("") : t->message);
    compose_optional(&j, SV("touser"), t->to_user);
    compose_optional(&j, SV("toparty"), t->to_party);
    compose_optional(&j, SV("totag"), t->to_tag);
    compose_optional(&j, SV("agentid"), t->agent_id);
    jw_kstr(&j, SV("safe"), SV("0"));
    jw_kstr(&j, SV("msgtype"), sv_of(w->message_type));
    write_content(&j, SV("markdown"), markdown ? t->message : SV(""));
    jw_end(&j);
    strbuf_addc(out, '\n');
}

static bool render_send(struct render *r, const struct wechat *w, struct request *out, struct err *err)
{
    const struct token_cache *cache = r->shared;
    CLEANUP(strbuf_donep) struct strbuf url = {0}, body = {0};
    struct texts texts = {0};

    if (!render_texts(r, w, &texts, err))
        return false;
    write_message(&body, w, &texts);
    const char *copy = arena_strndup(r->mem, body.p, body.n);
    if (copy == NULL || body.overflow)
        return err_set(err, ERR_LIMIT, "message is too large");
    strbuf_addf(&url, "%smessage/send?access_token=", w->api_url);
    url_escape_query(&url, sv_of(cache->token));
    out->method = "POST";
    out->content_type = "application/json";
    out->body = (struct sv){copy, body.n};
    return set_url(r, out, &url, err);
}

static bool render(struct render *r, struct request *out, struct err *err)
{
    const struct wechat *w = (const struct wechat *)(const void *)r->settings;
    struct state *state = r->state;
    struct account account = {0};

    if (!render_account(r, w, &account, err))
        return false;
    out->kind = REQUEST_HTTP;
    state->fetching = !token_fresh(r->shared, r->now.mono);
    return state->fetching ? render_fetch(r, w, &account, out, err) : render_send(r, w, out, err);
}

struct answer {
    int64_t code, expires_in;
    struct sv text, token;
    struct sv unreached; /* some of those who do not get the message */
};

static bool read_other(struct jr *j, struct sv key, struct answer *out)
{
    static const char *const unreached[] = {"invaliduser", "invalidparty", "invalidtag", "unlicenseduser"};

    for (size_t i = 0; i < COUNT_OF(unreached) && out->unreached.n == 0; i++)
        if (sv_eq(key, sv_of(unreached[i])))
            return jr_string(j, &out->unreached);
    return jr_skip(j);
}

static bool read_answer(struct sv body, struct arena *mem, struct answer *out)
{
    struct jr j;
    struct sv key;

    *out = (struct answer){.expires_in = DEFAULT_LIFE};
    jr_init(&j, body, mem);
    if (!jr_object(&j))
        return false;
    while (jr_key(&j, &key)) {
        const bool ok = sv_eq(key, SV("errcode"))        ? jr_int(&j, &out->code)
                        : sv_eq(key, SV("errmsg"))       ? jr_string(&j, &out->text)
                        : sv_eq(key, SV("access_token")) ? jr_string(&j, &out->token)
                        : sv_eq(key, SV("expires_in"))   ? jr_int(&j, &out->expires_in)
                                                         : read_other(&j, key, out);
        if (!ok)
            return false;
    }
    return !j.failed && jr_at_end(&j);
}

static void no_token(const struct render *r, const struct answer *a, struct verdict *out)
{
    const struct wechat *w = (const struct wechat *)(const void *)r->settings;

    if (a->code == 0)
        verdict_set(out, VERDICT_PERMANENT, FAILURE_AUTH, "invalid APISecret for CorpID: %s", w->corp_id);
    else
        verdict_set(out, VERDICT_PERMANENT, FAILURE_AUTH,
                    "invalid APISecret for CorpID: %s: gettoken error %lld: %.*s", w->corp_id,
                    (long long)a->code, SV_ARG(a->text));
    if (a->code == -1 && !r->compat_strict)
        out->kind = VERDICT_RETRY;
}

/* The token is used for 80 % of its life, so that it does not expire under way. */
static void take_token(struct render *r, const struct answer *a, struct verdict *out)
{
    const int64_t life = a->expires_in > 0 && a->expires_in < DEFAULT_LIFE ? a->expires_in : DEFAULT_LIFE;

    if (token_keep(r->shared, a->token, r->now.mono + life * NS_PER_S / 5 * 4))
        *out = (struct verdict){.kind = VERDICT_NEXT};
    else
        no_token(r, a, out);
}

/* A token is a token, whatever the status. */
static void classify_fetch(struct render *r, int status, const struct answer *a, struct verdict *out)
{
    if (a != NULL && (status == 200 || a->token.n != 0))
        take_token(r, a, out);
    else if (status == 200)
        verdict_set(out, VERDICT_PERMANENT, FAILURE_OTHER, "the reply is not JSON as expected");
    else
        verdict_set(out, r->compat_strict ? VERDICT_PERMANENT : VERDICT_RETRY, failure_of_status(status),
                    "unexpected status code %d", status);
}

static bool token_refused(int64_t code)
{
    return code == TOKEN_EXPIRED || code == 40014 || code == 40001;
}

/* It is delivered all the same: the others have it. */
static void warn_unreached(const struct render *r, const struct answer *a)
{
    char who[200];

    (void)snprintf(who, sizeof who, "%.*s", (int)utf8_cut(a->unreached, sizeof who - 1), a->unreached.p);
    log_warn("Message does not reach everybody it is for", "component", "dispatcher", "receiver",
             r->delivery->receiver->name, "integration", "wechat", "unreached", who);
}

/* A refused token is fetched again, once and at once; upstream's words stay for what follows. */
static void classify_errcode(struct render *r, const struct answer *a, struct verdict *out)
{
    struct state *state = r->state;

    *out = (struct verdict){.kind = VERDICT_DELIVERED};
    if (a->code == 0 && a->unreached.n != 0)
        warn_unreached(r, a);
    if (a->code == 0)
        return;
    verdict_set(out, VERDICT_PERMANENT, FAILURE_CLIENT, "%.*s", SV_ARG(a->text));
    if (r->compat_strict && a->code != TOKEN_EXPIRED)
        return;
    if (token_refused(a->code)) {
        token_forget(r->shared);
        out->kind = !state->renewed            ? VERDICT_NEXT
                    : a->code == TOKEN_EXPIRED ? VERDICT_RETRY
                                               : VERDICT_PERMANENT;
        out->failure = FAILURE_AUTH;
        state->renewed = true;
    } else if (a->code == 45009) {
        out->kind = VERDICT_THROTTLED;
        out->failure = FAILURE_RATE_LIMITED;
        out->retry_after = RATE_PAUSE;
    } else if (a->code == -1) {
        out->kind = VERDICT_RETRY;
        out->failure = FAILURE_SERVER;
    }
}

static void classify_send(struct render *r, int status, const struct answer *a, struct verdict *out)
{
    if (status != 200)
        verdict_set(out, VERDICT_RETRY, failure_of_status(status), "unexpected status code %d", status);
    else if (a == NULL)
        verdict_set(out, VERDICT_RETRY, FAILURE_OTHER, "the reply is not JSON as expected");
    else
        classify_errcode(r, a, out);
}

static void classify(struct render *r, const struct request *sent, const struct reply *reply,
                     struct verdict *out)
{
    const struct state *state = r->state;
    struct answer answer;

    if (!reply->transported) {
        classify_http(reply, sent, out);
        return;
    }
    const struct answer *read = read_answer(reply->body, r->mem, &answer) ? &answer : NULL;
    if (state->fetching)
        classify_fetch(r, reply->status, read, out);
    else
        classify_send(r, reply->status, read, out);
}

const struct receiver_type wechat_receiver = {
    .schema = {.name = "wechat", .key = "wechat_configs", .schema = &schema, .resolve = resolve},
    .state_size = sizeof(struct state),
    .shared_size = sizeof(struct token_cache),
    .render = render,
    .classify = classify,
};
