#include "media.h"

#include <string.h>

#include "codec/goquote.h"

static bool is_token_char(char c)
{
    return c > ' ' && c < 0x7f && strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

static struct sv take_token(struct sv *rest)
{
    size_t n = 0;
    while (n < rest->n && is_token_char(rest->p[n]))
        n++;
    const struct sv token = {rest->p, n};
    *rest = (struct sv){rest->p + n, rest->n - n};
    return token;
}

static bool take_char(struct sv *rest, char c)
{
    if (rest->n == 0 || rest->p[0] != c)
        return false;
    *rest = (struct sv){rest->p + 1, rest->n - 1};
    return true;
}

/* A quoted string's content is never needed, only where it ends. */
static bool skip_quoted(struct sv *rest)
{
    while (rest->n != 0) {
        const char c = rest->p[0];
        *rest = (struct sv){rest->p + 1, rest->n - 1};
        if (c == '"')
            return true;
        if (c == '\\' && rest->n != 0)
            *rest = (struct sv){rest->p + 1, rest->n - 1};
    }
    return false;
}

static bool take_param(struct sv *rest)
{
    if (!take_char(rest, ';'))
        return false;
    *rest = sv_trim(*rest);
    if (take_token(rest).n == 0 || !take_char(rest, '='))
        return false;
    if (take_char(rest, '"') ? !skip_quoted(rest) : take_token(rest).n == 0)
        return false;
    *rest = sv_trim(*rest);
    return true;
}

/* As Go's mime.ParseMediaType, with its words: NULL when the header is well-formed. */
static const char *parse_media_type(struct sv header, struct sv *type)
{
    const char *semicolon = memchr(header.p, ';', header.n);
    const size_t n = semicolon != NULL ? (size_t)(semicolon - header.p) : header.n;
    *type = sv_trim((struct sv){header.p, n});
    struct sv rest = *type;
    if (take_token(&rest).n == 0)
        return "mime: no media type";
    const bool has_subtype = rest.n != 0;
    if (has_subtype && !take_char(&rest, '/'))
        return "mime: expected slash after first token";
    if (has_subtype && take_token(&rest).n == 0)
        return "mime: expected token after slash";
    if (rest.n != 0)
        return "mime: unexpected content after media subtype";
    rest = sv_trim((struct sv){header.p + n, header.n - n});
    while (rest.n != 0 && !sv_eq(rest, SV(";")))
        if (!take_param(&rest))
            return "mime: invalid media parameter";
    return NULL;
}

static void lower_case(struct strbuf *b)
{
    for (size_t i = 0; i < b->n; i++)
        if (b->p[i] >= 'A' && b->p[i] <= 'Z')
            b->p[i] = (char)(b->p[i] - 'A' + 'a');
}

enum media_verdict media_check_body(struct sv header, struct err *err)
{
    struct sv type = SV("application/octet-stream");
    const char *fault = header.n != 0 ? parse_media_type(header, &type) : NULL;
    const bool has_subtype = memchr(type.p, '/', type.n) != NULL;
    if (fault == NULL && sv_eq_nocase(type, SV("application/json")))
        return MEDIA_OK;

    CLEANUP(strbuf_donep) struct strbuf type_text = {0}, quoted = {0};
    strbuf_addsv(&type_text, type);
    lower_case(&type_text);
    go_quote(&quoted, fault != NULL ? header : strbuf_sv(&type_text));
    if (fault == NULL && !has_subtype) {
        (void)err_set(err, ERR_INVALID,
                      "parsing Content-Type header from %s failed, because mediatype: malformed: %s has no "
                      "subtype",
                      quoted.p, quoted.p);
        return MEDIA_MALFORMED;
    }
    if (fault != NULL) {
        (void)err_set(err, ERR_INVALID, "parsing Content-Type header from %s failed, because %s", quoted.p,
                      fault);
        return MEDIA_MALFORMED;
    }
    (void)err_set(err, ERR_INVALID, "unsupported media type %s, only [application/json] are allowed",
                  quoted.p);
    return MEDIA_UNSUPPORTED;
}

struct sv media_param(const struct media_item *item, const char *name)
{
    struct sv rest = item->params;
    while (take_char(&rest, ';')) {
        rest = sv_trim(rest);
        const struct sv key = take_token(&rest);
        struct sv value = {0};
        if (take_char(&rest, '='))
            value = take_token(&rest);
        if (sv_eq_nocase(key, sv_of(name)))
            return value;
        const char *next = rest.n != 0 ? memchr(rest.p, ';', rest.n) : NULL;
        rest = next != NULL ? (struct sv){next, rest.n - (size_t)(next - rest.p)} : (struct sv){0};
    }
    return (struct sv){0};
}

/* "0", "0.", "0.000" */
static bool is_zero(struct sv q)
{
    for (size_t i = 0; i < q.n; i++)
        if (q.p[i] != '0' && !(i == 1 && q.p[i] == '.'))
            return false;
    return q.n != 0 && q.p[0] == '0';
}

bool media_next(struct sv *rest, struct media_item *item)
{
    while (rest->n != 0) {
        const char *comma = memchr(rest->p, ',', rest->n);
        const size_t n = comma != NULL ? (size_t)(comma - rest->p) : rest->n;
        const struct sv text = sv_trim((struct sv){rest->p, n});
        *rest = comma != NULL ? (struct sv){comma + 1, rest->n - n - 1} : (struct sv){0};
        if (text.n == 0)
            continue;
        const char *semicolon = memchr(text.p, ';', text.n);
        const size_t name_n = semicolon != NULL ? (size_t)(semicolon - text.p) : text.n;
        item->name = sv_trim((struct sv){text.p, name_n});
        item->params = (struct sv){text.p + name_n, text.n - name_n};
        item->refused = is_zero(media_param(item, "q"));
        return true;
    }
    return false;
}

bool media_accepts_json(struct sv header)
{
    struct media_item item;
    while (media_next(&header, &item)) {
        if (item.refused)
            continue;
        if (sv_eq_nocase(item.name, SV("application/json")) || sv_eq(item.name, SV("*/*")) ||
            sv_eq_nocase(item.name, SV("application/*")))
            return true;
    }
    return false;
}

bool media_names_html(struct sv header)
{
    struct media_item item;
    while (media_next(&header, &item))
        if (!item.refused && sv_eq_nocase(item.name, SV("text/html")))
            return true;
    return false;
}
