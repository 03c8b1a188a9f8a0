#include "compose.h"

#include "base/log.h"
#include "base/utf8.h"
#include "codec/digest.h"
#include "codec/goquote.h"
#include "codec/url.h"
#include "text.h"

#define ELLIPSIS SV("\xe2\x80\xa6")

bool compose_texts(struct render *r, const struct compose_text *texts, size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++)
        if (!render_text(r, texts[i].source, texts[i].out, err))
            return false;
    return true;
}

bool compose_secret(struct render *r, const char *value, const char *file, bool raw, struct sv *out,
                    struct err *err)
{
    struct sv secret;

    if (!render_secret(r, value, file, raw, &secret, err))
        return false;
    const char *source = arena_strndup(r->mem, secret.p, secret.n);
    if (source == NULL)
        return err_set(err, ERR_LIMIT, "secret is too long");
    return render_text(r, source, out, err);
}

bool compose_keep(struct render *r, const char *what, const struct strbuf *text, struct sv *out,
                  struct err *err)
{
    const char *copy = text->overflow ? NULL : arena_strndup(r->mem, text->p, text->n);

    *out = (struct sv){copy, text->n};
    return copy != NULL || err_set(err, ERR_LIMIT, "%s is too large", what);
}

static size_t runes_length(struct sv text, size_t runes)
{
    size_t n = 0;
    uint32_t rune;

    while (n < text.n && runes-- != 0)
        n += utf8_decode((struct sv){text.p + n, text.n - n}, &rune, NULL);
    return n;
}

/* Replaces the text by its first n bytes and the mark. */
static bool shorten(struct render *r, const char *option, size_t n, struct sv mark, struct sv *text,
                    struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf kept = {0};

    strbuf_add(&kept, text->p, n);
    strbuf_addsv(&kept, mark);
    return compose_keep(r, option, &kept, text, err);
}

static bool cut(struct render *r, const char *option, size_t n, struct sv mark, struct sv *text,
                struct err *err)
{
    log_warn("Truncated a text that is too long", "component", "dispatcher", "receiver",
             r->delivery->receiver->name, "integration", r->delivery->integration->type->name, "option",
             option);
    return shorten(r, option, n, mark, text, err);
}

bool compose_cut_runes(struct render *r, const char *option, size_t max, struct sv *text, struct err *err)
{
    if (text->n <= max || utf8_runes(*text) <= max)
        return true;
    if (max <= 3)
        return cut(r, option, runes_length(*text, max), SV(""), text, err);
    return cut(r, option, runes_length(*text, max - 1), ELLIPSIS, text, err);
}

bool compose_shorten(struct render *r, size_t max, struct sv *text, struct err *err)
{
    return text->n <= max || utf8_runes(*text) <= max ||
           shorten(r, "text", runes_length(*text, max - 1), ELLIPSIS, text, err);
}

bool compose_cut_bytes(struct render *r, const char *option, size_t max, struct sv *text, struct err *err)
{
    if (text->n <= max)
        return true;
    if (max < ELLIPSIS.n)
        return cut(r, option, 0, (struct sv){"..", max}, text, err);
    return cut(r, option, utf8_cut(*text, max - ELLIPSIS.n), ELLIPSIS, text, err);
}

void compose_group_id(const struct render *r, char out[65])
{
    sha256_hex(sv_of(r->delivery->group_key), out);
}

void compose_json(struct request *out, const char *url)
{
    out->kind = REQUEST_HTTP;
    out->method = "POST";
    out->content_type = "application/json";
    out->url = url;
}

bool compose_body(struct render *r, struct strbuf *json, struct request *out, struct err *err)
{
    strbuf_addc(json, '\n');
    return compose_keep(r, "request body", json, &out->body, err);
}

/* A line break in a value would start another field. */
static bool keep_header(struct render *r, const struct compose_header *h, const char **out, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf line = {0};
    struct sv kept;

    strbuf_adds(&line, h->start);
    strbuf_addsv(&line, h->value);
    if (strpbrk(line.p, "\r\n") != NULL)
        return err_set(err, ERR_INVALID, "header \"%s\" has a line break in its value", h->start);
    if (!compose_keep(r, "header", &line, &kept, err))
        return false;
    *out = kept.p;
    return true;
}

bool compose_headers(struct render *r, const struct compose_header *headers, size_t n, struct request *out,
                     struct err *err)
{
    out->headers = ARENA_ARRAY(r->mem, const char *, n + 1);
    if (out->headers == NULL)
        return err_set(err, ERR_LIMIT, "headers are too large");
    for (size_t i = 0; i < n; i++)
        if (!keep_header(r, &headers[i], &out->headers[i], err))
            return false;
    return true;
}

/* The parser's text quotes the URL, which is a secret: it is not repeated. */
static bool check_url(struct render *r, const char *option, struct sv url, struct err *err)
{
    struct url parsed;

    return url_parse_http(url, r->mem, &parsed, err) ||
           err_set(err, ERR_INVALID, "%s_file does not hold a valid URL", option);
}

bool compose_url(struct render *r, const char *option, const char *url, const char *file, struct request *out,
                 struct err *err)
{
    struct sv text;

    if (!render_secret(r, url, file, false, &text, err))
        return err_wrap(err, "read %s_file", option);
    if (!is_set(url) && !check_url(r, option, text, err))
        return false;
    out->url = arena_strndup(r->mem, text.p, text.n);
    return out->url != NULL || err_set(err, ERR_LIMIT, "%s is too long", option);
}

void compose_optional(struct jw *w, struct sv key, struct sv value)
{
    if (value.n != 0)
        jw_kstr(w, key, value);
}

void compose_name_channel(struct render *r, const char *channel, struct verdict *v)
{
    CLEANUP(strbuf_donep) struct strbuf quoted = {0};
    const struct verdict plain = *v;
    struct sv name;
    struct err ignored;

    if (v->kind == VERDICT_DELIVERED || v->kind == VERDICT_NEXT || !render_text(r, channel, &name, &ignored))
        return;
    go_quote(&quoted, name);
    verdict_set(v, plain.kind, plain.failure, "channel %s: %s", quoted.p, plain.text);
}

bool compose_check_pair(struct decoder *d, const struct ytree *node, const char *name, const char *value,
                        const char *file)
{
    return !is_set(value) || !is_set(file) ||
           decode_fail(d, node, "at most one of %s & %s_file must be configured", name, name);
}

/* A URL that is "" was printed as a secret and read back. */
bool compose_check_url(struct decoder *d, const struct ytree *node, const char *name, const char *url,
                       const char *file)
{
    if (url == NULL && !is_set(file))
        return decode_fail(d, node, "one of %s or %s_file must be configured", name, name);
    if (url != NULL && is_set(file))
        return decode_fail(d, node, "at most one of %s & %s_file must be configured", name, name);
    return true;
}

void compose_add_slash(char *url)
{
    const size_t n = strlen(url);

    if (n == 0 || url[n - 1] != '/')
        memcpy(url + n, "/", 2);
}
