#include "sigv4.h"

#include <stdio.h>

#include "codec/digest.h"
#include "codec/rfc3339.h"
#include "text.h"

#define ALGORITHM "AWS4-HMAC-SHA256"

struct signing {
    const struct sigv4_request *request;
    const struct sigv4_credentials *credentials;
    char date[24]; /* 20240102T030405Z */
    char day[16];  /* its first eight characters */
    const char *signed_headers;
};

static void set_date(struct signing *s, struct stamp now)
{
    const struct civil c = stamp_civil(stamp_utc(now));

    (void)snprintf(s->day, sizeof s->day, "%04d%02d%02d", c.year % 10000, c.month % 100, c.day % 100);
    (void)snprintf(s->date, sizeof s->date, "%.8sT%02d%02d%02dZ", s->day, c.hour % 100, c.minute % 100,
                   c.second % 100);
}

/* As the client writes it: without the port that the scheme implies. */
static void add_host(struct strbuf *out, const struct url *url)
{
    const struct sv implied = sv_eq(url->scheme, SV("https")) ? SV("443") : SV("80");

    strbuf_addf(out, memchr(url->host.p, ':', url->host.n) != NULL ? "[%.*s]" : "%.*s", SV_ARG(url->host));
    if (url->port.n != 0 && !sv_eq(url->port, implied))
        strbuf_addf(out, ":%.*s", SV_ARG(url->port));
}

static void add_headers(struct strbuf *out, const struct signing *s)
{
    strbuf_addf(out, "content-type:%.*s\nhost:", SV_ARG(s->request->content_type));
    add_host(out, s->request->url);
    strbuf_addf(out, "\nx-amz-date:%s\n", s->date);
    if (is_set(s->credentials->session_token))
        strbuf_addf(out, "x-amz-security-token:%s\n", s->credentials->session_token);
    strbuf_addf(out, "\n%s\n", s->signed_headers);
}

static void hash_request(const struct signing *s, char out[65])
{
    const struct url *url = s->request->url;
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    char body[65];

    strbuf_adds(&text, "POST\n");
    strbuf_addsv(&text, url->path.n != 0 ? url->path : SV("/"));
    strbuf_addf(&text, "\n%.*s\n", SV_ARG(url->query));
    add_headers(&text, s);
    sha256_hex(s->request->body, body);
    strbuf_adds(&text, body);
    sha256_hex(strbuf_sv(&text), out);
}

static void add_scope(struct strbuf *out, const struct signing *s)
{
    strbuf_addf(out, "%s/%s/%s/aws4_request", s->day, s->request->region, s->request->service);
}

static void derive(uint8_t key[32], const char *step)
{
    uint8_t next[32];

    hmac_sha256((struct sv){(const char *)key, 32}, sv_of(step), next);
    memcpy(key, next, sizeof next);
}

static void add_signature(struct strbuf *out, const struct signing *s)
{
    CLEANUP(strbuf_donep) struct strbuf secret = {0}, text = {0};
    uint8_t key[32];
    char request[65];

    hash_request(s, request);
    strbuf_addf(&text, ALGORITHM "\n%s\n", s->date);
    add_scope(&text, s);
    strbuf_addf(&text, "\n%s", request);
    strbuf_addf(&secret, "AWS4%s", s->credentials->secret_key);
    hmac_sha256(strbuf_sv(&secret), sv_of(s->day), key);
    derive(key, s->request->region);
    derive(key, s->request->service);
    derive(key, "aws4_request");
    derive(key, text.p);
    for (size_t i = 0; i < sizeof key; i++)
        strbuf_addf(out, "%02x", key[i]);
}

static bool keep(struct arena *mem, const struct strbuf *text, struct sv *out, struct err *err)
{
    const char *copy = arena_strndup(mem, text->p, text->n);

    *out = (struct sv){copy, text->n};
    return copy != NULL || err_set(err, ERR_LIMIT, "signature needs too much memory");
}

bool sigv4_sign(const struct sigv4_request *request, const struct sigv4_credentials *credentials,
                struct stamp now, struct arena *mem, struct sigv4_headers *out, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf authorization = {0}, date = {0};
    struct signing s = {.request = request, .credentials = credentials};

    s.signed_headers = is_set(credentials->session_token)
                           ? "content-type;host;x-amz-date;x-amz-security-token"
                           : "content-type;host;x-amz-date";
    set_date(&s, now);
    strbuf_adds(&date, s.date);
    strbuf_addf(&authorization, ALGORITHM " Credential=%s/", credentials->access_key);
    add_scope(&authorization, &s);
    strbuf_addf(&authorization, ", SignedHeaders=%s, Signature=", s.signed_headers);
    add_signature(&authorization, &s);
    return keep(mem, &date, &out->date, err) && keep(mem, &authorization, &out->authorization, err);
}
