/* Escapers for HTML text, attributes and addresses. */
#include "base/utf8.h"
#include "tmpl/chars.h"
#include "tmpl/context.h"
#include "tmpl/html.h"

/* What stands for an ASCII character; NULL: itself. `keep_entities`: & is already part of one. */
static const char *html_replacement(char c, bool keep_entities, bool unquoted)
{
    switch (c) {
    case '"':
        return "&#34;";
    case '&':
        return keep_entities ? NULL : "&amp;";
    case '\'':
        return "&#39;";
    case '+':
        return "&#43;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '\0':
        return unquoted ? "&#xfffd;" : "\xEF\xBF\xBD";
    default:
        return NULL;
    }
}

static const char *unquoted_replacement(char c)
{
    switch (c) {
    case '\t':
        return "&#9;";
    case '\n':
        return "&#10;";
    case '\v':
        return "&#11;";
    case '\f':
        return "&#12;";
    case '\r':
        return "&#13;";
    case ' ':
        return "&#32;";
    case '=':
        return "&#61;";
    case '`':
        return "&#96;";
    default:
        return NULL;
    }
}

/* Runes that are not characters: some browsers drop them, which could join what must stay apart. */
static bool is_noncharacter(uint32_t rune)
{
    return (rune >= 0xFDD0 && rune <= 0xFDEF) || (rune >= 0xFFF0 && rune <= 0xFFFF);
}

static void replace_html(struct strbuf *out, struct sv s, bool keep_entities, bool unquoted, bool any_rune)
{
    uint32_t rune;

    for (size_t i = 0, len; i < s.n; i += len) {
        len = utf8_decode(sv_from(s, i), &rune, NULL);
        const char *with = len == 1 ? html_replacement(s.p[i], keep_entities, unquoted) : NULL;
        if (with == NULL && unquoted)
            with = unquoted_replacement(s.p[i]);
        if (with != NULL)
            strbuf_adds(out, with);
        else if (!any_rune && is_noncharacter(rune))
            strbuf_addf(out, "&#x%x;", (unsigned)rune);
        else
            strbuf_add(out, s.p + i, len);
    }
}

static size_t last_less_than(struct sv s, size_t start, size_t end)
{
    for (size_t i = end; i > start; i--)
        if (s.p[i - 1] == '<')
            return i - 1;
    return end;
}

/* The text of marked-up HTML, without tags, comments, scripts and styles. */
static void strip_tags(struct strbuf *out, struct sv s)
{
    struct html_error ignored;
    struct context c = {.state = STATE_TEXT};
    size_t n;

    for (size_t i = 0; i < s.n && c.state != STATE_ERROR; i += n) {
        const bool in_text = c.state == STATE_TEXT || c.state == STATE_RCDATA;
        if (c.delim == DELIM_NONE && (c.state == STATE_JS || c.state == STATE_CSS))
            c.state = STATE_RCDATA; /* only their end tag matters */
        const struct context after = context_after(c, sv_from(s, i), &n, &ignored);
        const size_t end = after.state != c.state ? last_less_than(s, i, i + n) : i + n;
        if (in_text)
            strbuf_add(out, s.p + i, end - i);
        c = after;
    }
}

void escape_html_text(struct strbuf *out, struct sv s, enum tval_tag tag)
{
    if (tag == TVAL_HTML)
        strbuf_addsv(out, s);
    else
        replace_html(out, s, false, false, true);
}

void escape_rcdata(struct strbuf *out, struct sv s, enum tval_tag tag)
{
    replace_html(out, s, tag == TVAL_HTML, false, true);
}

static void escape_in_tag(struct strbuf *out, struct sv s, enum tval_tag tag, bool unquoted)
{
    struct strbuf text CLEANUP(strbuf_donep) = {.ceiling = out->ceiling};

    if (tag != TVAL_HTML) {
        replace_html(out, s, false, unquoted, false);
        return;
    }
    strip_tags(&text, s);
    replace_html(out, strbuf_sv(&text), true, unquoted, false);
}

void escape_attr(struct strbuf *out, struct sv s, enum tval_tag tag)
{
    escape_in_tag(out, s, tag, false);
}

void escape_unquoted_attr(struct strbuf *out, struct sv s, enum tval_tag tag)
{
    if (s.n == 0)
        strbuf_adds(out, ZGOTMPLZ); /* nothing at all would make the next attribute the value */
    else
        escape_in_tag(out, s, tag, true);
}

void escape_attr_name(struct strbuf *out, struct sv s)
{
    struct strbuf lower CLEANUP(strbuf_donep) = {.ceiling = out->ceiling};
    bool plain = s.n != 0;

    for (size_t i = 0; i < s.n; i++) {
        const char c = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] | 0x20) : s.p[i];
        plain = plain && char_is_alnum(c);
        strbuf_addc(&lower, c);
    }
    if (plain && attr_type(strbuf_sv(&lower)) == ATTR_TYPE_PLAIN)
        strbuf_addsv(out, strbuf_sv(&lower));
    else
        strbuf_adds(out, ZGOTMPLZ);
}

/* ---- addresses ---- */

static bool is_safe_url(struct sv s)
{
    const char *colon = s.n != 0 ? memchr(s.p, ':', s.n) : NULL;

    if (colon == NULL)
        return true;
    const struct sv scheme = {s.p, (size_t)(colon - s.p)};
    return memchr(s.p, '/', scheme.n) != NULL || sv_eq_nocase(scheme, SV("http")) ||
           sv_eq_nocase(scheme, SV("https")) || sv_eq_nocase(scheme, SV("mailto"));
}

void escape_url_filter(struct strbuf *out, struct sv s, enum tval_tag tag)
{
    if (tag == TVAL_URL || is_safe_url(s))
        strbuf_addsv(out, s);
    else
        strbuf_adds(out, "#" ZGOTMPLZ);
}

static bool keeps_in_url(struct sv s, bool normalize)
{
    if (char_is_alnum(s.p[0]))
        return true;
    if (s.p[0] == '%')
        return normalize && s.n > 2 && char_hex(s.p[1]) >= 0 && char_hex(s.p[2]) >= 0;
    /* ' ( ) are reserved too, but would end unquoted addresses of style sheets and quoted attributes */
    return char_is_one_of(s.p[0], normalize ? "-._~!#$&*+,/:;=?@[]" : "-._~");
}

void escape_url(struct strbuf *out, struct sv s, bool normalize)
{
    for (size_t i = 0; i < s.n; i++)
        if (keeps_in_url(sv_from(s, i), normalize))
            strbuf_addc(out, s.p[i]);
        else
            strbuf_addf(out, "%%%02x", (unsigned)(unsigned char)s.p[i]);
}

/* "address description": the description must be harmless as well. */
static void add_srcset_item(struct strbuf *out, struct sv item)
{
    size_t start = 0, end;
    bool safe = true;

    if (item.n == 0) /* may have no text to point into */
        return;
    while (start < item.n && html_is_space(item.p[start]))
        start++;
    for (end = start; end < item.n && !html_is_space(item.p[end]); end++) {
    }
    for (size_t i = end; i < item.n; i++)
        safe = safe && (html_is_space(item.p[i]) || char_is_alnum(item.p[i]));
    const struct sv url = {item.p + start, end - start};
    if (!safe || !is_safe_url(url)) {
        strbuf_adds(out, "#" ZGOTMPLZ);
        return;
    }
    strbuf_add(out, item.p, start);
    escape_url(out, url, true);
    strbuf_addsv(out, sv_from(item, end));
}

void escape_srcset(struct strbuf *out, struct sv s, enum tval_tag tag)
{
    if (tag == TVAL_URL) {
        struct strbuf url CLEANUP(strbuf_donep) = {.ceiling = out->ceiling};
        escape_url(&url, s, true);
        for (size_t i = 0; i < url.n; i++)
            if (url.p[i] == ',')
                strbuf_adds(out, "%2c"); /* a bare one would begin the next address */
            else
                strbuf_addc(out, url.p[i]);
        return;
    }
    for (;;) {
        const size_t comma = sv_find_any(s, 0, ",");
        add_srcset_item(out, (struct sv){s.p, comma});
        if (comma == s.n)
            return;
        strbuf_addc(out, ',');
        s = sv_from(s, comma + 1);
    }
}
