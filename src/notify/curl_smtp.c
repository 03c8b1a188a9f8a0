#include "curl_transfer.h"

#include <stdio.h>

#include "base/mem.h"
#include "text.h"

static size_t on_read(char *p, size_t size, size_t n, void *ctx)
{
    struct transfer *t = ctx;
    const struct sv body = t->request->body;
    const size_t room = size * n, left = body.n - t->sent;
    const size_t take = left < room ? left : room;

    memcpy(p, body.p + t->sent, take);
    t->sent += take;
    return take;
}

/* The server's answers: what explains a failure is kept. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the type is libcurl's */
static size_t on_line(char *p, size_t size, size_t n, void *ctx)
{
    struct transfer *t = ctx;
    const struct sv line = sv_trim((struct sv){p, size * n});
    const struct sv keyword = line.n > 4 ? (struct sv){line.p + 4, line.n - 4} : (struct sv){0};

    if (line.n >= 3 && (line.p[0] == '4' || line.p[0] == '5'))
        (void)snprintf(t->refusal, sizeof t->refusal, "%.*s", SV_ARG(line));
    else if (sv_has_prefix(keyword, SV("AUTH ")))
        (void)snprintf(t->mechanisms, sizeof t->mechanisms, "%.*s", (int)keyword.n - 5, keyword.p + 5);
    return size * n;
}

static bool is_localhost(const char *host)
{
    return strcmp(host, "localhost") == 0 || strcmp(host, "127.0.0.1") == 0 || strcmp(host, "::1") == 0;
}

/* libcurl chooses among these by strength, not in the server's order, and has room for a password or a
 * secret. With neither no mechanism may be tried, and a server that wants one must not get the mail without:
 * XOAUTH2 needs a bearer token, which is never set. */
static const char *login_options(const struct request *r)
{
    if (!is_set(r->smtp_password) && !is_set(r->smtp_secret))
        return "AUTH=XOAUTH2";
    if (!is_set(r->smtp_password))
        return "AUTH=CRAM-MD5";
    if (!r->smtp_implicit_tls && !r->smtp_require_tls && !is_localhost(r->smtp_host))
        return "AUTH=LOGIN"; /* PLAIN is refused on an unencrypted connection */
    return "AUTH=PLAIN;AUTH=LOGIN";
}

static void set_auth(struct transfer *t)
{
    const struct request *r = t->request;

    if (!is_set(r->smtp_username))
        return;
    curl_easy_setopt(t->easy, CURLOPT_USERNAME, r->smtp_username);
    curl_easy_setopt(t->easy, CURLOPT_PASSWORD, is_set(r->smtp_password) ? r->smtp_password : r->smtp_secret);
    curl_easy_setopt(t->easy, CURLOPT_LOGIN_OPTIONS, login_options(r));
    if (is_set(r->smtp_identity))
        curl_easy_setopt(t->easy, CURLOPT_SASL_AUTHZID, r->smtp_identity);
}

static void add_envelope(struct transfer *t)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};

    strbuf_addf(&text, "<%s>", t->request->smtp_from);
    curl_easy_setopt(t->easy, CURLOPT_MAIL_FROM, text.p);
    for (const char **to = t->request->smtp_to; *to != NULL; to++) {
        strbuf_reset(&text);
        strbuf_addf(&text, "<%s>", *to);
        transfer_slist(&t->recipients, text.p);
    }
    curl_easy_setopt(t->easy, CURLOPT_MAIL_RCPT, t->recipients);
}

bool transfer_smtp(struct transfer *t, struct err *err)
{
    const struct request *r = t->request;
    const bool ipv6 = strchr(r->smtp_host, ':') != NULL;
    CLEANUP(strbuf_donep) struct strbuf url = {0};

    strbuf_addf(&url, ipv6 ? "%s://[%s]:%s/%s" : "%s://%s:%s/%s", r->smtp_implicit_tls ? "smtps" : "smtp",
                r->smtp_host, r->smtp_port, is_set(r->smtp_hello) ? r->smtp_hello : "localhost");
    curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(t->easy, CURLOPT_PROXY, "");
    curl_easy_setopt(t->easy, CURLOPT_URL, url.p);
    curl_easy_setopt(t->easy, CURLOPT_USE_SSL,
                     r->smtp_require_tls && !r->smtp_implicit_tls ? (long)CURLUSESSL_ALL
                                                                  : (long)CURLUSESSL_NONE);
    /* A connection that another receiver opened may lack the TLS or the login that this one asks for. */
    curl_easy_setopt(t->easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(t->easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(t->easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(t->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)r->body.n);
    curl_easy_setopt(t->easy, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(t->easy, CURLOPT_READDATA, t);
    curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_line);
    curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
    set_auth(t);
    add_envelope(t);
    if (!transfer_tls(t->easy, r->smtp_tls, err))
        return false;
    return r->smtp_tls == NULL || !is_set(r->smtp_tls->server_name) ||
           transfer_server_name(t, url.p, r->smtp_tls->server_name, err);
}

static const char *tls_stage(const struct request *r)
{
    return r->smtp_implicit_tls ? "establish TLS connection to server" : "send STARTTLS command";
}

static const char *auth_stage(const struct transfer *t)
{
    if (!is_set(t->request->smtp_password))
        return "*smtp.cramMD5Auth auth";
    if (strstr(login_options(t->request), "PLAIN") != NULL && strstr(t->mechanisms, "PLAIN") != NULL)
        return "*smtp.plainAuth auth";
    return "*email.loginAuth auth";
}

/* Why libcurl could not use a mechanism that the server offers. */
static void add_reason(struct strbuf *out, struct sv mechanism)
{
    const char *line = out->n != 0 ? "\n" : "";
    const bool by_password = sv_eq(mechanism, SV("PLAIN")) || sv_eq(mechanism, SV("LOGIN"));

    if (by_password)
        strbuf_addf(out, "%smissing password for %.*s auth mechanism", line, SV_ARG(mechanism));
    else if (sv_eq(mechanism, SV("CRAM-MD5")))
        strbuf_addf(out, "%smissing secret for CRAM-MD5 auth mechanism", line);
    else
        strbuf_addf(out, "%sunknown auth mechanism: %.*s", line, SV_ARG(mechanism));
}

static void no_mechanism(const struct transfer *t, char *out, size_t size)
{
    CLEANUP(strbuf_donep) struct strbuf reasons = {0};

    if (is_set(t->request->smtp_password) && strstr(t->mechanisms, "PLAIN") != NULL) {
        (void)snprintf(out, size, "*smtp.plainAuth auth: unencrypted connection");
        return;
    }
    for (const char *at = t->mechanisms; *(at += strspn(at, " ")) != '\0'; at += strcspn(at, " "))
        add_reason(&reasons, (struct sv){at, strcspn(at, " ")});
    (void)snprintf(out, size, "find auth mechanism: %s", reasons.n != 0 ? reasons.p : "none is offered");
}

/* Which stage failed: libcurl tells most of it by the code, the rest by its text. */
static const char *stage_of(const struct transfer *t, CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
        return "establish connection to server";
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_USE_SSL_FAILED:
        return tls_stage(t->request);
    case CURLE_LOGIN_DENIED:
        return auth_stage(t);
    case CURLE_REMOTE_ACCESS_DENIED:
        return "send EHLO command";
    default:
        break;
    }
    if (strncmp(t->error, "MAIL", 4) == 0)
        return "send MAIL command";
    if (strncmp(t->error, "RCPT", 4) == 0)
        return "send RCPT command";
    if (strncmp(t->error, "DATA", 4) == 0)
        return "send DATA command";
    return t->sent == 0 ? "create SMTP client" : "delivery failure";
}

void transfer_smtp_cause(struct transfer *t, CURLcode code, char *out, size_t size)
{
    const struct request *r = t->request;

    if (is_set(t->refusal))
        (void)snprintf(out, size, "%s: %s", stage_of(t, code), t->refusal);
    else if (code == CURLE_LOGIN_DENIED)
        no_mechanism(t, out, size);
    else if (code == CURLE_USE_SSL_FAILED)
        (void)snprintf(
            out, size,
            "'require_tls' is true (default) but \"%s:%s\" does not advertise the STARTTLS extension",
            r->smtp_host, r->smtp_port);
    else
        (void)snprintf(out, size, "%s: %s", stage_of(t, code),
                       t->error[0] != '\0' ? t->error : curl_easy_strerror(code));
}
