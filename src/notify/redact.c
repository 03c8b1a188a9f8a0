#include "redact.h"

#include "base/utf8.h"
#include "codec/url.h"

#define SECRET_MIN 16 /* characters; shorter ones are words, or versions of an API */
#define MARK       SV("<redacted>")

static void replace(struct verdict *v, struct sv secret)
{
    CLEANUP(strbuf_donep) struct strbuf out = {0};
    struct sv rest = sv_of(v->text);

    if (secret.n < SECRET_MIN)
        return;
    for (const char *at; (at = memmem(rest.p, rest.n, secret.p, secret.n)) != NULL;) {
        strbuf_add(&out, rest.p, (size_t)(at - rest.p));
        strbuf_addsv(&out, MARK);
        rest = (struct sv){at + secret.n, rest.n - (size_t)(at - rest.p) - secret.n};
    }
    if (out.n == 0)
        return;
    strbuf_addsv(&out, rest);
    const size_t n = utf8_cut(strbuf_sv(&out), sizeof v->text - 1);
    memcpy(v->text, out.p, n);
    v->text[n] = '\0';
}

/* As it was sent, and as the service reads it. */
static void replace_both(struct verdict *v, struct sv text)
{
    CLEANUP(strbuf_donep) struct strbuf read = {0};

    replace(v, text);
    if (text.n != 0 && memchr(text.p, '%', text.n) != NULL && url_unescape(&read, text, true))
        replace(v, strbuf_sv(&read));
}

/* The whole, and then each part of it between `ends`. */
static void replace_parts(struct verdict *v, struct sv text, const char *ends)
{
    replace_both(v, text);
    while (text.n != 0) {
        size_t n = 0;
        while (n < text.n && strchr(ends, text.p[n]) == NULL)
            n++;
        replace_both(v, (struct sv){text.p, n});
        n += n < text.n;
        text = (struct sv){text.p + n, text.n - n};
    }
}

static void redact_url(struct verdict *v, const char *url)
{
    const char *host = strstr(url, "://");
    const char *path = host != NULL ? strchr(host + 3, '/') : NULL;

    if (path == NULL)
        return;
    replace(v, sv_of(path));
    const size_t n = strcspn(path, "?");
    replace_parts(v, (struct sv){path, n}, "/");
    replace_parts(v, sv_of(path + n), "?&=");
}

void redact_verdict(struct verdict *v, const struct request *sent)
{
    if (v->kind == VERDICT_DELIVERED || v->text[0] == '\0')
        return;
    if (sent->url != NULL)
        redact_url(v, sent->url);
    for (const char **header = sent->headers; header != NULL && *header != NULL; header++)
        replace_parts(v, sv_of(*header), " :");
}
