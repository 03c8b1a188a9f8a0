/* Escapers for scripts and style sheets. */
#include "base/utf8.h"
#include "codec/jw.h"
#include "tmpl/chars.h"
#include "tmpl/context.h"
#include "tmpl/html.h"
#include "tmpl/json.h"
#include "tmpl/value.h"

/* ---- scripts ---- */

/* A value as an expression. */
void escape_js_value(struct tmpl_run *run, struct strbuf *out, struct tval value)
{
    struct strbuf json CLEANUP(strbuf_donep) = {.ceiling = out->ceiling};
    struct err err;
    struct sv text;

    if (value.kind != TVAL_TIME && tval_stringer(run, value, &text))
        jw_quote(&json, text, true);
    else if (!json_print(run, &json, value, &err)) {
        strbuf_adds(out, " /* cannot be shown */null ");
        return;
    }
    if (json.n == 0) {
        strbuf_adds(out, " null ");
        return;
    }
    /* words and numbers must not run into what stands next to them */
    const bool pad = js_is_ident(json.p[0]) || js_is_ident(json.p[json.n - 1]);
    strbuf_adds(out, pad ? " " : "");
    strbuf_addsv(out, strbuf_sv(&json));
    strbuf_adds(out, pad ? " " : "");
}

/* What stands for a character in any literal; NULL: itself. */
static const char *js_replacement(char c)
{
    switch (c) {
    case '\0':
        return "\\u0000";
    case '\t':
        return "\\t";
    case '\n':
        return "\\n";
    case '\v':
        return "\\u000b";
    case '\f':
        return "\\f";
    case '\r':
        return "\\r";
    case '"':
        return "\\u0022";
    case '&':
        return "\\u0026";
    case '\'':
        return "\\u0027";
    case '+':
        return "\\u002b";
    case '/':
        return "\\/";
    case '<':
        return "\\u003c";
    case '>':
        return "\\u003e";
    case '\\':
        return "\\\\";
    case '`':
        return "\\u0060";
    default:
        return NULL;
    }
}

static void add_js_char(struct strbuf *out, char c, enum escaper kind)
{
    const char *with = js_replacement(c);

    if (with != NULL)
        strbuf_adds(out, with);
    else if (kind == ESCAPE_JS_TEMPLATE && (c == '$' || c == '{' || c == '}'))
        strbuf_addf(out, "\\u%04x", (unsigned)c);
    else if (kind == ESCAPE_JS_REGEXP && char_is_one_of(c, "$()*-.?[]^{|}"))
        strbuf_addf(out, "\\%c", c);
    else
        strbuf_addc(out, c);
}

void escape_js_string(struct strbuf *out, struct sv s, enum escaper kind)
{
    uint32_t rune;

    if (s.n == 0 && kind == ESCAPE_JS_REGEXP)
        strbuf_adds(out, "(?:)"); /* two slashes would be a comment */
    for (size_t i = 0, len; i < s.n; i += len) {
        len = utf8_decode((struct sv){s.p + i, s.n - i}, &rune, NULL);
        if (len == 1)
            add_js_char(out, s.p[i], kind);
        else if (rune == 0x2028 || rune == 0x2029)
            strbuf_addf(out, "\\u%04x", (unsigned)rune);
        else
            strbuf_add(out, s.p + i, len);
    }
}

/* ---- style sheets ---- */

static bool is_css_name(char c)
{
    return char_is_alnum(c) || c == '_';
}

/* Only what can be nothing but a number, a colour, a keyword. */
void escape_css_value(struct strbuf *out, struct sv s)
{
    struct strbuf text CLEANUP(strbuf_donep) = {.ceiling = out->ceiling};
    struct strbuf name CLEANUP(strbuf_donep) = {.ceiling = out->ceiling};
    bool safe = true;

    css_decode(&text, s);
    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];
        safe = safe && c != '\0' && !char_is_one_of(c, "\"'()/;@[\\]`{}<>");
        safe = safe && !(c == '-' && i != 0 && text.p[i - 1] == '-');
        if (is_css_name(c))
            strbuf_addc(&name, c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c);
    }
    if (name.n != 0 && (strstr(name.p, "expression") != NULL || strstr(name.p, "mozbinding") != NULL))
        safe = false;
    if (safe)
        strbuf_addsv(out, strbuf_sv(&text));
    else
        strbuf_adds(out, ZGOTMPLZ);
}

static bool is_css_special(char c)
{
    return c == '\0' || char_is_one_of(c, "\t\n\f\r\"&'()+/:;<>\\{}");
}

void escape_css_string(struct strbuf *out, struct sv s)
{
    for (size_t i = 0; i < s.n; i++) {
        const char c = s.p[i], next = i + 1 < s.n ? s.p[i + 1] : '\0';
        if (!is_css_special(c)) {
            strbuf_addc(out, c);
            continue;
        }
        if (c == '\\') {
            strbuf_adds(out, "\\\\");
            continue;
        }
        strbuf_addf(out, "\\%x", (unsigned)c);
        if (i + 1 == s.n || char_hex(next) >= 0 || html_is_space(next))
            strbuf_addc(out, ' '); /* ends the number */
    }
}
