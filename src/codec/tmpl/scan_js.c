/* Strings, comments, regular expressions and template literals of scripts. */
#include "tmpl/chars.h"
#include "tmpl/context.h"

bool js_is_ident(char c)
{
    return c == '$' || c == '_' || char_is_alnum(c);
}

static struct sv trim_right(struct sv s)
{
    for (;;) {
        if (s.n >= 3 &&
            (memcmp(s.p + s.n - 3, "\xE2\x80\xA8", 3) == 0 || memcmp(s.p + s.n - 3, "\xE2\x80\xA9", 3) == 0))
            s.n -= 3;
        else if (s.n != 0 && html_is_space(s.p[s.n - 1]))
            s.n--;
        else
            return s;
    }
}

static bool ends_in_keyword(struct sv s)
{
    static const char *const words[] = {"break", "case",    "continue", "delete",     "do",
                                        "else",  "finally", "in",       "instanceof", "return",
                                        "throw", "try",     "typeof",   "void"};
    size_t start = s.n;

    while (start > 0 && js_is_ident(s.p[start - 1]))
        start--;
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (sv_eq(sv_from(s, start), sv_of(words[i])))
            return true;
    return false;
}

/* What a slash behind `s` begins: after an operand it divides, after an operator it opens a regular
 * expression. */
static uint8_t slash_after(struct sv s, uint8_t before)
{
    s = trim_right(s);
    if (s.n == 0)
        return before;
    const char c = s.p[s.n - 1];
    if (c == '+' || c == '-') {
        size_t start = s.n - 1;
        while (start > 0 && s.p[start - 1] == c)
            start--;
        return (s.n - start) % 2 == 1 ? JS_REGEXP : JS_DIVISION; /* a++ is an operand */
    }
    if (c == '.')
        return s.n > 1 && char_is_digit(s.p[s.n - 2]) ? JS_DIVISION : JS_REGEXP;
    if (char_is_one_of(c, ",<>=*%&|^?!~([:;{}"))
        return JS_REGEXP;
    return ends_in_keyword(s) ? JS_REGEXP : JS_DIVISION;
}

/* A brace counts only inside ${...}, where it may close it. */
static struct context brace(struct context c, bool open)
{
    if (c.n_braces == 0)
        return c;
    uint8_t *depth = &c.braces[c.n_braces - 1];
    if (open && *depth < UINT8_MAX)
        ++*depth;
    if (open)
        return c;
    if (*depth > 0) {
        --*depth;
        return c;
    }
    c.n_braces--;
    c.state = STATE_JS_TEMPLATE;
    return c;
}

static struct context slash(struct context c, struct sv s, size_t *at, struct html_error *error)
{
    const char next = *at + 1 < s.n ? s.p[*at + 1] : '\0';

    if (next == '/' || next == '*') {
        c.state = next == '/' ? STATE_JS_LINE_COMMENT : STATE_JS_BLOCK_COMMENT;
        ++*at;
    } else if (c.js_slash == JS_REGEXP) {
        c.state = STATE_JS_REGEXP;
    } else if (c.js_slash == JS_DIVISION) {
        c.js_slash = JS_REGEXP;
    } else {
        *at = s.n - 1;
        return context_error(error, "'/' could start a division or regexp: \"%.*s\"",
                             (int)(s.n < 32 ? s.n : 32), s.p);
    }
    return c;
}

static struct context enter(struct context c, enum html_state state)
{
    c.state = (uint8_t)state;
    c.js_slash = JS_REGEXP;
    return c;
}

static struct context code_step(struct context c, struct sv s, size_t *n, struct html_error *error)
{
    size_t at = sv_find_any(s, 0, "\"'`/{}<-#");

    c.js_slash = slash_after((struct sv){s.p, at}, c.js_slash);
    *n = at;
    if (at == s.n)
        return c;
    const struct sv rest = sv_from(s, at);
    switch (s.p[at]) {
    case '"':
        c = enter(c, STATE_JS_DOUBLE_QUOTED);
        break;
    case '\'':
        c = enter(c, STATE_JS_SINGLE_QUOTED);
        break;
    case '`':
        c = enter(c, STATE_JS_TEMPLATE);
        break;
    case '/':
        c = slash(c, s, &at, error);
        break;
    case '{':
    case '}':
        c = brace(c, s.p[at] == '{');
        break;
    default: /* the comments that browsers know from HTML, and #! */
        if (sv_has_prefix(rest, SV("<!--"))) {
            c.state = STATE_JS_HTML_OPEN_COMMENT;
            at += 3;
        } else if (sv_has_prefix(rest, SV("-->"))) {
            c.state = STATE_JS_HTML_CLOSE_COMMENT;
            at += 2;
        } else if (sv_has_prefix(rest, SV("#!"))) {
            c.state = STATE_JS_LINE_COMMENT;
            at += 1;
        }
        break;
    }
    *n = at + 1;
    return c;
}

static struct context fail_escape(struct sv s, size_t *n, struct html_error *error)
{
    *n = s.n;
    return context_error(error, "unfinished escape sequence in JS string: \"%.*s\"",
                         (int)(s.n < 200 ? s.n : 200), s.p);
}

static struct context template_step(struct context c, struct sv s, size_t *n, struct html_error *error)
{
    size_t at = 0;

    *n = s.n;
    while ((at = sv_find_any(s, at, "`\\$")) < s.n) {
        if (s.p[at] == '`') {
            c.state = STATE_JS;
            *n = at + 1;
            return c;
        }
        if (s.p[at] == '\\' && at + 1 == s.n)
            return fail_escape(s, n, error);
        if (s.p[at] == '$' && at + 1 < s.n && s.p[at + 1] == '{') {
            if (c.n_braces == JS_NESTING_MAX)
                return context_error(error, "template literals nested too deeply");
            c.braces[c.n_braces++] = 0;
            c.state = STATE_JS;
            *n = at + 2;
            return c;
        }
        at += s.p[at] == '\\' ? 2 : 1;
    }
    return c;
}

/* The slash of an end tag inside a regular expression does not end the expression. */
static bool in_end_tag(struct sv s, size_t slash_at)
{
    return slash_at > 0 && slash_at + 7 <= s.n &&
           sv_eq_nocase((struct sv){s.p + slash_at - 1, 8}, SV("</script"));
}

static struct context literal_step(struct context c, struct sv s, size_t *n, struct html_error *error)
{
    const char *specials = c.state == STATE_JS_DOUBLE_QUOTED   ? "\\\""
                           : c.state == STATE_JS_SINGLE_QUOTED ? "\\'"
                                                               : "\\/[]";
    bool in_class = false;

    *n = s.n;
    for (size_t at = 0; (at = sv_find_any(s, at, specials)) < s.n; at++) {
        if (s.p[at] == '\\') {
            if (++at == s.n)
                return fail_escape(s, n, error);
        } else if (s.p[at] == '[' || s.p[at] == ']') {
            in_class = s.p[at] == '[';
        } else if (!in_class && !(s.p[at] == '/' && in_end_tag(s, at))) {
            c.state = STATE_JS;
            c.js_slash = JS_DIVISION;
            *n = at + 1;
            return c;
        }
    }
    if (in_class)
        return context_error(error, "unfinished JS regexp charset: \"%.*s\"", (int)(s.n < 200 ? s.n : 200),
                             s.p);
    return c;
}

static struct context block_comment_step(struct context c, struct sv s, size_t *n)
{
    const char *end = memmem(s.p, s.n, "*/", 2);

    *n = end != NULL ? (size_t)(end + 2 - s.p) : s.n;
    if (end != NULL)
        c.state = STATE_JS;
    return c;
}

/* Ends in front of the line's end, which is part of the script. */
static struct context line_comment_step(struct context c, struct sv s, size_t *n)
{
    size_t at = 0;

    while (at < s.n && s.p[at] != '\n' && s.p[at] != '\r' &&
           !sv_has_prefix(sv_from(s, at), SV("\xE2\x80\xA8")) &&
           !sv_has_prefix(sv_from(s, at), SV("\xE2\x80\xA9")))
        at++;
    *n = at;
    if (at < s.n)
        c.state = STATE_JS;
    return c;
}

struct context js_step(struct context c, struct sv s, size_t *n, struct html_error *error)
{
    switch (c.state) {
    case STATE_JS:
        return code_step(c, s, n, error);
    case STATE_JS_TEMPLATE:
        return template_step(c, s, n, error);
    case STATE_JS_BLOCK_COMMENT:
        return block_comment_step(c, s, n);
    case STATE_JS_LINE_COMMENT:
    case STATE_JS_HTML_OPEN_COMMENT:
    case STATE_JS_HTML_CLOSE_COMMENT:
        return line_comment_step(c, s, n);
    default:
        return literal_step(c, s, n, error);
    }
}
