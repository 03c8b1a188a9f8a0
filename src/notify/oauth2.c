#include "oauth2.h"

#include <stdlib.h>

#include "base/mem.h"
#include "codec/digest.h"
#include "codec/goquote.h"
#include "codec/jr.h"
#include "codec/url.h"
#include "oauth2_assertion.h"

#define EARLY         (10 * NS_PER_S) /* a token is not used this shortly before its end */
#define SHORTEST_LIFE NS_PER_S        /* else one that ends at once would be asked for without end */
#define LONGEST_LIFE  (INT64_C(365) * 86400)
#define JWT_BEARER    "urn:ietf:params:oauth:grant-type:jwt-bearer"
#define FORM          "application/x-www-form-urlencoded"

static bool uses_assertions(const struct oauth2 *o)
{
    return o->grant_type != NULL && strcmp(o->grant_type, JWT_BEARER) == 0;
}

bool oauth2_login(struct oauth2_state *s, const struct oauth2 *settings, struct arena *mem,
                  struct oauth2_login *out, struct err *err)
{
    const bool key = uses_assertions(settings);
    struct render reader = {.mem = mem};

    *out = (struct oauth2_login){.settings = settings};
    if (!render_secret(&reader, key ? settings->certificate_key : settings->client_secret,
                       key ? settings->certificate_key_file : settings->client_secret_file, false,
                       &out->secret, err))
        return err_wrap(err, key ? "unable to read client certificate key" : "unable to read client secret");
    token_account(&s->cache, out->secret);
    return true;
}

const char *oauth2_authorization(const struct oauth2_state *s, mono_ns now)
{
    return token_fresh(&s->cache, now) ? s->cache.token : NULL;
}

void oauth2_refused(struct oauth2_state *s, const char *authorization)
{
    if (strcmp(s->cache.token, authorization) == 0)
        token_forget(&s->cache);
}

struct http_config oauth2_http(const struct http_config *around)
{
    const struct oauth2 *o = around->oauth2;

    return (struct http_config){.tls = o->tls,
                                .follow_redirects = true,
                                .enable_http2 = around->enable_http2,
                                .proxy_url = o->proxy_url,
                                .no_proxy = o->no_proxy,
                                .proxy_from_environment = o->proxy_from_environment,
                                .proxy_connect_header = o->proxy_connect_header};
}

/* ---- the request ---- */

struct parameter {
    const char *name;
    struct sv value;
};

struct form {
    struct parameter *v;
    size_t n;
};

static int parameter_cmp(const void *a, const void *b)
{
    const struct parameter *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static void form_add(struct form *f, const char *name, struct sv value)
{
    f->v[f->n++] = (struct parameter){name, value};
}

static void form_write(struct form *f, struct strbuf *out)
{
    qsort(f->v, f->n, sizeof *f->v, parameter_cmp);
    for (size_t i = 0; i < f->n; i++) {
        strbuf_addf(out, "%s", i == 0 ? "" : "&");
        url_escape_query(out, sv_of(f->v[i].name));
        strbuf_addc(out, '=');
        url_escape_query(out, f->v[i].value);
    }
}

static bool keep(const struct strbuf *text, struct arena *mem, struct sv *out, struct err *err)
{
    const char *copy = text->overflow ? NULL : arena_strndup(mem, text->p != NULL ? text->p : "", text->n);

    *out = (struct sv){copy, text->n};
    return copy != NULL || err_set(err, ERR_LIMIT, "oauth2: the token request is too large");
}

static bool join_scopes(const struct oauth2 *o, struct arena *mem, struct sv *out, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf all = {0};

    for (size_t i = 0; i < o->scopes.n; i++)
        strbuf_addf(&all, "%s%s", i == 0 ? "" : " ", o->scopes.v[i]);
    return keep(&all, mem, out, err);
}

/* endpoint_params may say what the grant is, because some servers have names of their own for it. */
static bool add_configured(struct form *f, const struct oauth2 *o, struct err *err)
{
    for (size_t i = 0; i < o->endpoint_params.n; i++) {
        const struct string_pair *p = &o->endpoint_params.v[i];
        if (strcmp(p->name, "scope") == 0 && o->scopes.n != 0)
            return err_set(err, ERR_INVALID, "oauth2: cannot overwrite parameter \"scope\"");
        form_add(f, p->name, sv_of(p->value));
    }
    return true;
}

static bool sets_grant(const struct oauth2 *o)
{
    for (size_t i = 0; i < o->endpoint_params.n; i++)
        if (strcmp(o->endpoint_params.v[i].name, "grant_type") == 0)
            return true;
    return false;
}

static bool fill_form(struct form *f, const struct oauth2_state *s, const struct oauth2_login *l,
                      struct now now, struct arena *mem, struct err *err)
{
    const struct oauth2 *o = l->settings;
    struct sv scopes, assertion;

    if (!join_scopes(o, mem, &scopes, err) || !add_configured(f, o, err))
        return false;
    if (scopes.n != 0)
        form_add(f, "scope", scopes);
    if (!sets_grant(o))
        form_add(f, "grant_type", uses_assertions(o) ? SV(JWT_BEARER) : SV("client_credentials"));
    if (uses_assertions(o)) {
        if (!oauth2_assertion(o, l->secret, scopes, now.wall.sec, mem, &assertion, err))
            return false;
        form_add(f, "assertion", assertion);
    } else if (s->in_params) {
        form_add(f, "client_id", sv_of(o->client_id));
        if (l->secret.n != 0)
            form_add(f, "client_secret", l->secret);
    }
    return true;
}

/* Both halves are encoded like parameters (RFC 6749, 2.3.1). */
static bool add_basic_auth(const struct oauth2_login *l, struct arena *mem, struct request *out,
                           struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf pair = {0}, header = {0};
    const char **headers = ARENA_ARRAY(mem, const char *, 2);
    struct sv text;

    url_escape_query(&pair, sv_of(l->settings->client_id));
    strbuf_addc(&pair, ':');
    url_escape_query(&pair, l->secret);
    strbuf_adds(&header, "Authorization: Basic ");
    base64_add(&header, strbuf_sv(&pair));
    if (headers == NULL || !keep(&header, mem, &text, err))
        return err_set(err, ERR_LIMIT, "oauth2: the token request is too large");
    headers[0] = text.p;
    out->headers = headers;
    return true;
}

bool oauth2_request(const struct oauth2_state *s, const struct oauth2_login *l, struct now now,
                    struct arena *mem, struct request *out, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf body = {0};
    struct form f = {.v = ARENA_ARRAY(mem, struct parameter, l->settings->endpoint_params.n + 4)};

    if (f.v == NULL)
        return err_set(err, ERR_LIMIT, "oauth2: the token request is too large");
    *out = (struct request){.kind = REQUEST_HTTP,
                            .method = "POST",
                            .url = l->settings->token_url,
                            .content_type = FORM,
                            .exclusive = true};
    if (!fill_form(&f, s, l, now, mem, err))
        return false;
    form_write(&f, &body);
    return keep(&body, mem, &out->body, err) &&
           (s->in_params || uses_assertions(l->settings) || add_basic_auth(l, mem, out, err));
}

/* ---- the reply ---- */

struct answer {
    struct sv token, type, error, description, uri;
    int64_t expires_in; /* seconds; 0: for ever */
};

static void take_field(struct answer *a, struct sv name, struct sv value)
{
    const struct {
        const char *name;
        struct sv *to;
    } fields[] = {
        {"access_token", &a->token}, {"token_type", &a->type},
        {"error", &a->error},        {"error_description", &a->description},
        {"error_uri", &a->uri},
    };
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        if (sv_eq(name, sv_of(fields[i].name)))
            *fields[i].to = value;
    if (sv_eq(name, SV("expires_in")) && value.n != 0 && value.n < 20) {
        char digits[20] = {0};
        memcpy(digits, value.p, value.n);
        a->expires_in = strtoll(digits, NULL, 10);
    }
}

/* Numbers may come as strings, and what has another type is passed over. */
static bool read_member(struct jr *j, struct answer *a, struct sv name)
{
    struct sv value = {0};
    const enum jr_kind kind = jr_peek(j);
    const bool ok = kind == JR_STRING   ? jr_string(j, &value)
                    : kind == JR_NUMBER ? jr_number(j, &value)
                                        : jr_skip(j);

    if (ok && (kind == JR_STRING || kind == JR_NUMBER))
        take_field(a, name, value);
    return ok;
}

static bool read_json(struct sv body, struct arena *mem, struct answer *a, struct err *err)
{
    struct jr j;
    struct sv name;

    jr_init(&j, body, mem);
    if (jr_object(&j))
        while (jr_key(&j, &name))
            if (!read_member(&j, a, name))
                break;
    return !j.failed || err_set(err, ERR_INVALID, "oauth2: cannot parse json: %s", j.err.text);
}

static bool read_form(struct sv body, struct arena *mem, struct answer *a)
{
    while (body.n != 0) {
        const char *amp = memchr(body.p, '&', body.n);
        const struct sv pair = {body.p, amp != NULL ? (size_t)(amp - body.p) : body.n};
        const char *eq = memchr(pair.p, '=', pair.n);
        body = amp != NULL ? (struct sv){amp + 1, body.n - pair.n - 1} : (struct sv){0};
        if (eq == NULL)
            continue;
        CLEANUP(strbuf_donep) struct strbuf value = {0};
        const struct sv name = {pair.p, (size_t)(eq - pair.p)};
        if (!url_unescape(&value, (struct sv){eq + 1, pair.n - name.n - 1}, true))
            return false;
        const char *copy = arena_strndup(mem, value.p != NULL ? value.p : "", value.n);
        if (copy == NULL)
            return false;
        take_field(a, name, (struct sv){copy, value.n});
    }
    return true;
}

static bool is_form(struct sv content_type)
{
    const char *semicolon = content_type.n != 0 ? memchr(content_type.p, ';', content_type.n) : NULL;
    const size_t n = semicolon != NULL ? (size_t)(semicolon - content_type.p) : content_type.n;
    const struct sv type = sv_trim((struct sv){content_type.p, n});

    return sv_eq_nocase(type, SV(FORM)) || sv_eq_nocase(type, SV("text/plain"));
}

static bool read_answer(const struct reply *reply, struct arena *mem, struct answer *a, struct err *err)
{
    *a = (struct answer){0};
    if (!is_form(reply->content_type))
        return read_json(reply->body, mem, a, err);
    return read_form(reply->body, mem, a) || err_set(err, ERR_INVALID, "oauth2: cannot parse response");
}

static void add_quoted(struct strbuf *out, const char *before, struct sv text)
{
    if (text.n == 0)
        return;
    strbuf_adds(out, before);
    go_quote(out, text);
}

/* In Alertmanager's words, unless the endpoint says the secret back to us. */
static void describe(const struct reply *reply, const struct answer *a, struct sv secret, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};

    if (a->error.n != 0) {
        add_quoted(&text, "oauth2: ", a->error);
        add_quoted(&text, " ", a->description);
        add_quoted(&text, " ", a->uri);
    } else {
        strbuf_addf(&text, "oauth2: cannot fetch token: %d\nResponse: %.*s", reply->status,
                    SV_ARG(reply->body));
    }
    if (secret.n != 0 && memmem(text.p, text.n, secret.p, secret.n) != NULL) {
        strbuf_reset(&text);
        strbuf_addf(&text, "oauth2: cannot fetch token: %d", reply->status);
    }
    (void)err_set(err, ERR_UNAVAILABLE, "%.*s", SV_ARG(strbuf_sv(&text)));
}

/* Its kind as servers spell it, with the case that the header should have. */
static bool keep_token(struct oauth2_state *s, const struct answer *a, mono_ns now)
{
    CLEANUP(strbuf_donep) struct strbuf value = {0};
    const struct sv type = a->type.n == 0 || sv_eq_nocase(a->type, SV("bearer")) ? SV("Bearer")
                           : sv_eq_nocase(a->type, SV("mac"))                    ? SV("MAC")
                           : sv_eq_nocase(a->type, SV("basic"))                  ? SV("Basic")
                                                                                 : a->type;
    const int64_t seconds = a->expires_in < LONGEST_LIFE ? a->expires_in : LONGEST_LIFE;
    const dur_ns life = seconds * NS_PER_S - EARLY;

    strbuf_addf(&value, "%.*s %.*s", SV_ARG(type), SV_ARG(a->token));
    return token_keep(&s->cache, strbuf_sv(&value),
                      a->expires_in <= 0 ? MONO_NEVER : now + (life > SHORTEST_LIFE ? life : SHORTEST_LIFE));
}

static bool take(struct oauth2_state *s, const struct oauth2_login *l, const struct reply *reply, mono_ns now,
                 struct arena *mem, struct err *err)
{
    const bool ok = reply->status / 100 == 2;
    struct answer a;

    if (!read_answer(reply, mem, &a, err) && ok)
        return false;
    if (!ok || a.error.n != 0) {
        describe(reply, &a, l->secret, err);
        return false;
    }
    if (a.token.n == 0)
        return err_set(err, ERR_UNAVAILABLE, "oauth2: server response missing access_token");
    return keep_token(s, &a, now) || err_set(err, ERR_LIMIT, "oauth2: the token is too long");
}

static bool refuses(int status)
{
    return status / 100 == 4 && status != 408 && status != 429;
}

enum oauth2_outcome oauth2_take(struct oauth2_state *s, const struct oauth2_login *l,
                                const struct reply *reply, mono_ns now, struct arena *mem, struct err *err)
{
    if (!reply->transported) {
        (void)err_set(err, ERR_UNAVAILABLE, "Post \"<redacted>\": %s", reply->transport_error);
        return OAUTH2_FAILED;
    }
    if (take(s, l, reply, now, mem, err)) {
        s->settled = true;
        return OAUTH2_TAKEN;
    }
    if (!s->settled && !s->in_params && !uses_assertions(l->settings)) {
        s->in_params = true;
        return OAUTH2_AGAIN;
    }
    if (!s->settled)
        s->in_params = false;
    return refuses(reply->status) ? OAUTH2_REFUSED : OAUTH2_FAILED;
}
