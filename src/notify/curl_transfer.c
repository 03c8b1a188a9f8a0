#include "curl_transfer.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

#define CONNECT_TIMEOUT_MS 30000L

void transfer_slist(struct curl_slist **list, const char *text)
{
    struct curl_slist *longer = curl_slist_append(*list, text);

    if (longer == NULL)
        abort(); /* as xmalloc() does: a header is small */
    *list = longer;
}

static void set_blob(CURL *easy, CURLoption option, const char *pem)
{
    struct curl_blob blob = {.len = strlen(pem), .flags = CURL_BLOB_COPY};

    memcpy(&blob.data, &pem, sizeof pem); /* libcurl's member is not const, but it copies */
    curl_easy_setopt(easy, option, &blob);
}

static bool readable(const char *path, struct err *err)
{
    FILE *f = path != NULL ? fopen(path, "re") : NULL;

    if (path != NULL && f == NULL)
        return err_errno(err, "unable to read %s", path);
    if (f != NULL)
        (void)fclose(f);
    return true;
}

static long tls_version(const char *name, long fallback)
{
    static const struct {
        const char *name;
        long version;
    } versions[] = {
        {"TLS10", CURL_SSLVERSION_TLSv1_0},
        {"TLS11", CURL_SSLVERSION_TLSv1_1},
        {"TLS12", CURL_SSLVERSION_TLSv1_2},
        {"TLS13", CURL_SSLVERSION_TLSv1_3},
    };
    for (size_t i = 0; name != NULL && i < COUNT_OF(versions); i++)
        if (strcmp(name, versions[i].name) == 0)
            return versions[i].version;
    return fallback;
}

/* libcurl's upper bounds are its lower bounds shifted. */
#define MAX_OF(version) ((version) << 16)

bool transfer_tls(CURL *easy, const struct tls_config *tls, struct err *err)
{
    static const struct tls_config none;

    if (tls == NULL)
        tls = &none;
    if (!readable(tls->ca_file, err) || !readable(tls->cert_file, err) || !readable(tls->key_file, err))
        return false;
    curl_easy_setopt(easy, CURLOPT_SSLVERSION,
                     tls_version(tls->min_version, CURL_SSLVERSION_TLSv1_2) |
                         MAX_OF(tls_version(tls->max_version, CURL_SSLVERSION_TLSv1_3)));
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, tls->insecure_skip_verify ? 0L : 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, tls->insecure_skip_verify ? 0L : 2L);
    if (tls->ca != NULL)
        set_blob(easy, CURLOPT_CAINFO_BLOB, tls->ca);
    else if (tls->ca_file != NULL)
        curl_easy_setopt(easy, CURLOPT_CAINFO, tls->ca_file);
    if (tls->ca != NULL || tls->ca_file != NULL)
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL); /* only what is configured is trusted */
    if (tls->cert != NULL)
        set_blob(easy, CURLOPT_SSLCERT_BLOB, tls->cert);
    else if (tls->cert_file != NULL)
        curl_easy_setopt(easy, CURLOPT_SSLCERT, tls->cert_file);
    if (tls->key != NULL)
        set_blob(easy, CURLOPT_SSLKEY_BLOB, tls->key);
    else if (tls->key_file != NULL)
        curl_easy_setopt(easy, CURLOPT_SSLKEY, tls->key_file);
    return true;
}

struct endpoint {
    char *host, *port, *rest; /* rest: path, query and fragment */
};

static void endpoint_done(struct endpoint *e)
{
    curl_free(e->host);
    curl_free(e->port);
}

static bool url_part(CURLU *u, CURLUPart part, unsigned flags, char **out)
{
    return curl_url_get(u, part, out, flags) == CURLUE_OK;
}

/* libcurl takes the name to check from the URL, so the URL gets the name and CONNECT_TO the address. */
static bool rename_host(struct transfer *t, CURLU *u, const char *server_name)
{
    CLEANUP(endpoint_done) struct endpoint e = {0};
    CLEANUP(strbuf_donep) struct strbuf text = {0};

    if (!url_part(u, CURLUPART_HOST, 0, &e.host) || !url_part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT, &e.port))
        return false;
    strbuf_addf(&text, "%s:%s:%s:%s", server_name, e.port, e.host, e.port);
    transfer_slist(&t->connect_to, text.p);
    strbuf_reset(&text);
    strbuf_addf(&text, "Host: %s:%s", e.host, e.port);
    if (t->request->kind == REQUEST_HTTP)
        transfer_slist(&t->headers, text.p);
    if (curl_url_set(u, CURLUPART_HOST, server_name, 0) != CURLUE_OK)
        return false;
    curl_easy_setopt(t->easy, CURLOPT_CONNECT_TO, t->connect_to);
    char *url;
    if (!url_part(u, CURLUPART_URL, 0, &url))
        return false;
    curl_easy_setopt(t->easy, CURLOPT_URL, url);
    curl_free(url);
    return true;
}

bool transfer_server_name(struct transfer *t, const char *url, const char *server_name, struct err *err)
{
    CURLU *u = curl_url();

    if (u == NULL)
        abort();
    const bool ok = curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK && rename_host(t, u, server_name);
    curl_url_cleanup(u);
    return ok || err_set(err, ERR_INVALID, "cannot use server_name with this URL");
}

static size_t on_body(char *p, size_t size, size_t n, void *ctx)
{
    struct transfer *t = ctx;
    const size_t room = t->keep - t->body.n;

    (void)size; /* always 1 */
    strbuf_add(&t->body, p, n < room ? n : room);
    t->cut |= n > room;
    return n;
}

static long milliseconds(dur_ns d)
{
    const dur_ns ms = d / NS_PER_MS + 1;
    return ms < 1 ? 1 : ms > INT32_MAX ? INT32_MAX : (long)ms;
}

bool transfer_init(struct transfer *t, const struct request *r, const struct transfer_env *env,
                   struct err *err)
{
    *t = (struct transfer){
        .request = r, .easy = curl_easy_init(), .keep = env->keep != 0 ? env->keep : TRANSFER_BODY_KEPT};
    if (t->easy == NULL)
        return err_set(err, ERR_SYSTEM, "libcurl: out of memory");
    t->limited_by_request = r->timeout > 0 && r->timeout < env->limit;
    const dur_ns limit = t->limited_by_request ? r->timeout : env->limit;
    curl_easy_setopt(t->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, milliseconds(limit));
    curl_easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->error);
    curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
    return r->kind == REQUEST_SMTP ? transfer_smtp(t, err) : transfer_http(t, env, err);
}

/* The error buffer may quote the URL, which is a secret. */
static const char *curl_text(const struct transfer *t, CURLcode code)
{
    const char *url = t->request->url;
    const char *path = url != NULL ? strstr(url, "://") : NULL;

    path = path != NULL ? strpbrk(path + 3, "/?@") : NULL;
    if (t->error[0] == '\0' || (path != NULL && path[1] != '\0' && strstr(t->error, path) != NULL))
        return curl_easy_strerror(code);
    return t->error;
}

static void read_headers(struct transfer *t, struct reply *out)
{
    struct curl_header *h;
    curl_off_t retry_after = 0;

    if (curl_easy_header(t->easy, "Content-Type", 0, CURLH_HEADER, -1, &h) == CURLHE_OK)
        out->content_type = sv_of(h->value);
    if (curl_easy_header(t->easy, "Date", 0, CURLH_HEADER, -1, &h) == CURLHE_OK) {
        const time_t date = curl_getdate(h->value, NULL);
        if (date > 0)
            out->date = (struct stamp){.sec = date};
    }
    curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &retry_after);
    const curl_off_t most = INT64_C(86400);
    out->retry_after = (retry_after < most ? retry_after : most) * NS_PER_S;
}

/* By request.timeout, not by the deadline or while connecting. */
static bool timed_out(const struct transfer *t, CURLcode code)
{
    curl_off_t us = 0;

    curl_easy_getinfo(t->easy, CURLINFO_TOTAL_TIME_T, &us);
    return code == CURLE_OPERATION_TIMEDOUT && t->limited_by_request && us * 1000 >= t->request->timeout;
}

void transfer_reply(struct transfer *t, CURLcode code, struct reply *out)
{
    long status = 0;

    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    *out = (struct reply){.transported = code == CURLE_OK,
                          .status = (int)status,
                          .body = strbuf_sv(&t->body),
                          .date = STAMP_UNSET,
                          .timed_out = timed_out(t, code)};
    if (t->request->kind == REQUEST_HTTP)
        read_headers(t, out);
    if (code == CURLE_OK)
        return;
    if (t->request->kind == REQUEST_SMTP)
        transfer_smtp_cause(t, code, t->cause, sizeof t->cause);
    else
        (void)snprintf(t->cause, sizeof t->cause, "%s", curl_text(t, code));
    out->transport_error = t->cause;
}

void transfer_done(struct transfer *t)
{
    curl_easy_cleanup(t->easy);
    curl_slist_free_all(t->headers);
    curl_slist_free_all(t->proxy_headers);
    curl_slist_free_all(t->recipients);
    curl_slist_free_all(t->connect_to);
    strbuf_done(&t->body);
    *t = (struct transfer){0};
}
