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

/* The server's answers; the last one explains a failure. */
static size_t on_line(char *p, size_t size, size_t n, void *ctx)
{
    struct transfer *t = ctx;
    const struct sv line = sv_trim((struct sv){p, size * n});

    snprintf(t->last_line, sizeof t->last_line, "%.*s", SV_ARG(line));
    return size * n;
}

static bool is_localhost(const char *host)
{
    return strcmp(host, "localhost") == 0 || strcmp(host, "127.0.0.1") == 0 || strcmp(host, "::1") == 0;
}

/* libcurl chooses among these by strength, not in the server's order. With both a password and a secret the
 * password counts, because libcurl has room for one. */
static const char *login_options(const struct request *r)
{
    if (!is_set(r->smtp_password))
        return "AUTH=CRAM-MD5";
    if (!r->smtp_implicit_tls && !r->smtp_require_tls && !is_localhost(r->smtp_host))
        return "AUTH=LOGIN"; /* PLAIN is refused on an unencrypted connection */
    return "AUTH=PLAIN;AUTH=LOGIN";
}

static void set_auth(struct transfer *t)
{
    const struct request *r = t->request;

    if (!is_set(r->smtp_username) || (!is_set(r->smtp_password) && !is_set(r->smtp_secret)))
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
                     r->smtp_require_tls && !r->smtp_implicit_tls ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_NONE);
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

static const char *auth_stage(const struct request *r)
{
    if (!is_set(r->smtp_password))
        return "*smtp.cramMD5Auth auth";
    return strstr(login_options(r), "PLAIN") != NULL ? "*smtp.plainAuth auth" : "*email.loginAuth auth";
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
        return tls_stage(t->request);
    case CURLE_LOGIN_DENIED:
        return auth_stage(t->request);
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
    const char *why = t->error[0] != '\0' ? t->error : curl_easy_strerror(code);
    const bool answered = t->last_line[0] >= '4' && t->last_line[0] <= '5';

    if (code == CURLE_USE_SSL_FAILED && r->smtp_require_tls) {
        snprintf(out, size,
                 "'require_tls' is true (default) but \"%s:%s\" does not advertise the STARTTLS extension",
                 r->smtp_host, r->smtp_port);
        return;
    }
    snprintf(out, size, "%s: %s", stage_of(t, code), answered ? t->last_line : why);
}
