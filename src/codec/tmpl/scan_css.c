/* Strings, addresses and comments of style sheets. */
#include "base/utf8.h"
#include "tmpl/chars.h"
#include "tmpl/context.h"

/* \26 and such, with the one space that may end it; at a backslash that is not the last byte. */
static size_t decode_escape(struct strbuf *out, struct sv s)
{
    char bytes[4];
    uint32_t rune = 0;
    size_t i = 1;

    for (; i < s.n && i <= 6 && char_hex(s.p[i]) >= 0; i++)
        rune = rune * 16 + (uint32_t)char_hex(s.p[i]);
    if (i == 1) {
        strbuf_addc(out, s.p[1]); /* an escaped character is itself */
        return 2;
    }
    strbuf_add(out, bytes, utf8_encode(rune, bytes));
    return i < s.n && html_is_space(s.p[i]) ? i + 1 : i;
}

void css_decode(struct strbuf *out, struct sv s)
{
    for (size_t i = 0; i < s.n;)
        if (s.p[i] == '\\' && i + 1 < s.n)
            i += decode_escape(out, sv_from(s, i));
        else
            strbuf_addc(out, s.p[i++]);
}

static bool ends_in_url(struct sv s)
{
    while (s.n != 0 && html_is_space(s.p[s.n - 1]))
        s.n--;
    if (s.n < 3 || !sv_eq_nocase(sv_from(s, s.n - 3), SV("url")))
        return false;
    const unsigned char before = s.n > 3 ? (unsigned char)s.p[s.n - 4] : ' ';
    return !(js_is_ident((char)before) || before == '-' || before >= 0x80) || before == '$';
}

/* Behind "url(". */
static struct context enter_url(struct context c, struct sv s, size_t *n)
{
    while (*n < s.n && html_is_space(s.p[*n]))
        ++*n;
    c.state = STATE_CSS_URL;
    if (*n < s.n && (s.p[*n] == '"' || s.p[*n] == '\''))
        c.state = s.p[(*n)++] == '"' ? STATE_CSS_DOUBLE_QUOTED_URL : STATE_CSS_SINGLE_QUOTED_URL;
    return c;
}

static struct context value_step(struct context c, struct sv s, size_t *n)
{
    for (size_t at = 0; (at = sv_find_any(s, at, "(\"'/")) < s.n; at++) {
        const char next = at + 1 < s.n ? s.p[at + 1] : '\0';
        *n = at + 1;
        if (s.p[at] == '(') {
            if (ends_in_url((struct sv){s.p, at}))
                return enter_url(c, s, n);
        } else if (s.p[at] == '/') {
            if (next == '/' || next == '*') {
                c.state = next == '/' ? STATE_CSS_LINE_COMMENT : STATE_CSS_BLOCK_COMMENT;
                ++*n;
                return c;
            }
        } else {
            c.state = s.p[at] == '"' ? STATE_CSS_DOUBLE_QUOTED : STATE_CSS_SINGLE_QUOTED;
            return c;
        }
    }
    *n = s.n;
    return c;
}

/* Strings may hold addresses too: what part of one is reached counts. */
static struct context track_url(struct context c, struct sv s)
{
    struct strbuf text CLEANUP(strbuf_donep) = {.ceiling = s.n * 4 + 4};
    size_t ignored;

    css_decode(&text, s);
    return url_step(c, strbuf_sv(&text), &ignored);
}

static struct context string_step(struct context c, struct sv s, size_t *n, struct html_error *error)
{
    const bool single = c.state == STATE_CSS_SINGLE_QUOTED || c.state == STATE_CSS_SINGLE_QUOTED_URL;
    const char *ends = c.state == STATE_CSS_URL ? "\\\t\n\f\r )" : single ? "\\'" : "\\\"";

    *n = s.n;
    for (size_t at = 0; (at = sv_find_any(s, at, ends)) < s.n; at++) {
        if (s.p[at] != '\\') {
            c.state = STATE_CSS;
            *n = at + 1;
            return c;
        }
        if (++at == s.n)
            return context_error(error, "unfinished escape sequence in CSS string: \"%.*s\"",
                                 (int)(s.n < 200 ? s.n : 200), s.p);
    }
    return track_url(c, s);
}

static struct context comment_step(struct context c, struct sv s, size_t *n)
{
    const bool line = c.state == STATE_CSS_LINE_COMMENT;
    const char *end = memmem(s.p, s.n, "*/", 2);

    if (line)
        *n = sv_find_any(s, 0, "\n\f\r");
    else
        *n = end != NULL ? (size_t)(end + 2 - s.p) : s.n;
    if (line ? *n < s.n : end != NULL)
        c.state = STATE_CSS;
    return c;
}

struct context css_step(struct context c, struct sv s, size_t *n, struct html_error *error)
{
    switch (c.state) {
    case STATE_CSS:
        return value_step(c, s, n);
    case STATE_CSS_BLOCK_COMMENT:
    case STATE_CSS_LINE_COMMENT:
        return comment_step(c, s, n);
    default:
        return string_step(c, s, n, error);
    }
}
