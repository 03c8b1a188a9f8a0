#include "curl_transfer.h"

#include <stdio.h>

#include "base/mem.h"
#include "codec/digest.h"

#define MAX_REDIRECTS 10L

/* `value`, or the trimmed content of `file`; "" when neither is set. */
static bool secret(const char *value, const char *file, struct arena *mem, const char **out, struct err *err)
{
    struct render reader = {.mem = mem};
    struct sv text;

    if (!render_secret(&reader, value, file, false, &text, err))
        return false;
    *out = arena_strndup(mem, text.p, text.n);
    return *out != NULL || err_set(err, ERR_LIMIT, "secret too long");
}

/* A header field whose value comes from the configuration or a file. CR and LF cannot start another one. */
static bool add_header(struct transfer *t, const char *name, const char *prefix, const char *value,
                       struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf line = {0};

    if (strpbrk(value, "\r\n") != NULL)
        return err_set(err, ERR_INVALID, "header %s has a line break in its value", name);
    /* "Name;" is libcurl's spelling for a field without a value. */
    strbuf_addf(&line, prefix[0] == '\0' && value[0] == '\0' ? "%s;" : "%s: %s%s", name, prefix, value);
    transfer_slist(&t->headers, line.p);
    return true;
}

static bool add_basic_auth(struct transfer *t, const struct http_config *c, struct arena *mem,
                           struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf pair = {0};
    CLEANUP(strbuf_donep) struct strbuf encoded = {0};
    const char *user, *password;

    if (!secret(c->basic_username, c->basic_username_file, mem, &user, err))
        return err_wrap(err, "unable to read basic auth username");
    if (!secret(c->basic_password, c->basic_password_file, mem, &password, err))
        return err_wrap(err, "unable to read basic auth password");
    strbuf_addf(&pair, "%s:%s", user, password);
    base64_add(&encoded, strbuf_sv(&pair));
    return add_header(t, "Authorization", "Basic ", encoded.p, err);
}

static bool add_authorization(struct transfer *t, const struct http_config *c, struct arena *mem,
                              struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf prefix = {0};
    const char *credentials;

    if (!secret(c->auth_credentials, c->auth_credentials_file, mem, &credentials, err))
        return err_wrap(err, "unable to read authorization credentials");
    strbuf_addf(&prefix, "%s ", c->auth_type != NULL && c->auth_type[0] != '\0' ? c->auth_type : "Bearer");
    return add_header(t, "Authorization", prefix.p, credentials, err);
}

static bool add_configured_header(struct transfer *t, const struct http_header *h, struct arena *mem,
                                  struct err *err)
{
    for (size_t i = 0; i < h->values.n; i++)
        if (!add_header(t, h->name, "", h->values.v[i], err))
            return false;
    for (size_t i = 0; i < h->secrets.n; i++)
        if (!add_header(t, h->name, "", h->secrets.v[i], err))
            return false;
    for (size_t i = 0; i < h->files.n; i++) {
        const char *value;
        if (!secret(NULL, h->files.v[i], mem, &value, err))
            return err_wrap(err, "unable to read headers file %s", h->files.v[i]);
        if (!add_header(t, h->name, "", value, err))
            return false;
    }
    return true;
}

static bool add_headers(struct transfer *t, const struct transfer_env *env, const struct http_config *c,
                        struct err *err)
{
    const struct request *r = t->request;
    bool authorized = env->authorization != NULL;

    if (r->content_type != NULL && !add_header(t, "Content-Type", "", r->content_type, err))
        return false;
    transfer_slist(&t->headers, "Expect:");
    transfer_slist(&t->headers, "Accept:");
    if (authorized && !add_header(t, "Authorization", "", env->authorization, err))
        return false;
    for (const char **h = r->headers; h != NULL && *h != NULL; h++) {
        const bool authorizes = strncasecmp(*h, "Authorization:", 14) == 0;
        if (!authorizes || env->authorization == NULL)
            transfer_slist(&t->headers, *h);
        authorized |= authorizes;
    }
    for (size_t i = 0; i < c->http_headers.n; i++)
        if (!add_configured_header(t, c->http_headers.v[i], env->mem, err))
            return false;
    if (!authorized && c->has_basic_auth && !add_basic_auth(t, c, env->mem, err))
        return false;
    if (!authorized && c->has_authorization && !add_authorization(t, c, env->mem, err))
        return false;
    return true;
}

static void set_proxy(struct transfer *t, const struct http_config *c)
{
    CLEANUP(strbuf_donep) struct strbuf line = {0};

    if (c->proxy_from_environment)
        return;
    /* Empty strings keep libcurl from looking at the environment. */
    curl_easy_setopt(t->easy, CURLOPT_PROXY, c->proxy_url != NULL ? c->proxy_url : "");
    curl_easy_setopt(t->easy, CURLOPT_NOPROXY, c->no_proxy != NULL ? c->no_proxy : "");
    for (size_t i = 0; i < c->proxy_connect_header.n; i++) {
        strbuf_reset(&line);
        strbuf_addf(&line, "%s: %s", c->proxy_connect_header.v[i].name, c->proxy_connect_header.v[i].value);
        transfer_slist(&t->proxy_headers, line.p);
    }
    if (t->proxy_headers != NULL)
        curl_easy_setopt(t->easy, CURLOPT_PROXYHEADER, t->proxy_headers);
    curl_easy_setopt(t->easy, CURLOPT_HEADEROPT, CURLHEADER_SEPARATE);
}

static void set_method(CURL *easy, const struct request *r)
{
    if (strcmp(r->method, "GET") == 0)
        return;
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.n);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, r->body.n != 0 ? r->body.p : "");
    if (strcmp(r->method, "POST") != 0)
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, r->method);
}

/* A 204 and a 304 have no body, but some servers send one all the same. It would be taken for the beginning
 * of the answer to the next request on that connection, so there is none. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the type is libcurl's */
static size_t on_header(char *p, size_t size, size_t n, void *ctx)
{
    struct transfer *t = ctx;
    const struct sv line = {p, size * n}, name = SV("content-length:");
    long status = 0;

    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    if ((status == 204 || status == 304) && line.n > name.n && sv_eq_nocase((struct sv){p, name.n}, name))
        curl_easy_setopt(t->easy, CURLOPT_FORBID_REUSE, 1L);
    return size * n;
}

bool transfer_http(struct transfer *t, const struct transfer_env *env, struct err *err)
{
    static const struct http_config defaults = {.follow_redirects = true, .enable_http2 = true};
    const struct http_config *c = env->http != NULL ? env->http : &defaults;
    const struct request *r = t->request;

    curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(t->easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(t->easy, CURLOPT_FOLLOWLOCATION, c->follow_redirects ? 1L : 0L);
    curl_easy_setopt(t->easy, CURLOPT_MAXREDIRS, MAX_REDIRECTS);
    curl_easy_setopt(t->easy, CURLOPT_HTTP_VERSION,
                     c->enable_http2 ? (long)CURL_HTTP_VERSION_2TLS : (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(t->easy, CURLOPT_USERAGENT, env->user_agent);
    curl_easy_setopt(t->easy, CURLOPT_URL, r->url);
    curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
    set_method(t->easy, r);
    set_proxy(t, c);
    if (!transfer_tls(t->easy, c->tls, err) || !add_headers(t, env, c, err))
        return false;
    if (c->tls != NULL && c->tls->server_name != NULL && c->tls->server_name[0] != '\0' &&
        !transfer_server_name(t, r->url, c->tls->server_name, err))
        return false;
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
    return true;
}
