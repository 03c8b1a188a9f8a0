/* The UTF-8 grammar: a scanner that knows columns, and a parser without backtracking. */
#include <stdio.h>

#include "base/utf8.h"
#include "codec/goquote.h"
#include "matcher_parse.h"

enum token_kind {
    TOKEN_END = 1 << 0,
    TOKEN_OPEN = 1 << 1,
    TOKEN_CLOSE = 1 << 2,
    TOKEN_COMMA = 1 << 3,
    TOKEN_OPERATOR = 1 << 4,
    TOKEN_UNQUOTED = 1 << 5,
    TOKEN_QUOTED = 1 << 6,
};
#define TOKEN_TEXT (TOKEN_UNQUOTED | TOKEN_QUOTED)

struct token {
    enum token_kind kind;
    enum match_op op;          /* of an operator */
    struct sv text;            /* as it stands in the input */
    size_t column, end_column; /* in runes, from 0; the end is exclusive */
};

struct parser {
    struct sv rest;
    size_t column; /* of `rest` */
    struct matchers *ms;
};

/* --- scanner: looks at p->rest and leaves it alone
 * ------------------------------------------------------------ */

static struct sv from(struct sv s, size_t n)
{
    return (struct sv){s.p + n, s.n - n};
}

/* Makes the first n bytes of `at` the token. */
static void cut(struct token *t, enum token_kind kind, struct sv at, size_t n)
{
    t->kind = kind;
    t->text = (struct sv){at.p, n};
    t->end_column = t->column + utf8_runes(t->text);
}

static bool bad_token(const struct token *t, const char *why, struct err *err)
{
    return err_set(err, ERR_INVALID, "%zu:%zu: %.*s: %s", t->column, t->end_column, SV_ARG(t->text), why);
}

static bool scan_operator(struct sv at, struct token *t, struct err *err)
{
    const char second = at.n > 1 ? at.p[1] : '\0';

    cut(t, TOKEN_OPERATOR, at, second == '~' || (at.p[0] == '!' && second == '=') ? 2 : 1);
    if (at.p[0] == '=') {
        t->op = second == '~' ? MATCH_RE : MATCH_EQ;
        return true;
    }
    t->op = second == '~' ? MATCH_NRE : MATCH_NE;
    if (t->text.n == 2)
        return true;
    if (at.n == 1)
        return err_set(err, ERR_INVALID, "%zu:%zu: unexpected end of input, expected one of '=~'", t->column,
                       t->end_column);
    return bad_token(t, "expected one of '=~'", err);
}

static bool scan_quoted(struct sv at, struct token *t, struct err *err)
{
    bool escaped = false;

    for (size_t i = 1; i < at.n; i++) {
        if (at.p[i] == '"' && !escaped) {
            cut(t, TOKEN_QUOTED, at, i + 1);
            return true;
        }
        escaped = at.p[i] == '\\' && !escaped;
    }
    cut(t, TOKEN_QUOTED, at, at.n);
    return bad_token(t, "missing end \"", err);
}

static bool scan_unquoted(struct sv at, struct token *t, struct err *err)
{
    size_t n = 0, width = 0;
    uint32_t rune;

    for (; n < at.n; n += width) {
        width = utf8_decode(from(at, n), &rune, NULL);
        if (matcher_rune_is_reserved(rune))
            break;
    }
    if (n != 0) {
        cut(t, TOKEN_UNQUOTED, at, n);
        return true;
    }
    cut(t, TOKEN_UNQUOTED, at, width);
    return bad_token(t, "invalid input", err);
}

static bool scan(const struct parser *p, struct token *t, struct err *err)
{
    struct sv at = p->rest;

    *t = (struct token){.kind = TOKEN_END, .column = p->column, .end_column = p->column};
    while (at.n != 0) {
        uint32_t rune;
        const size_t width = utf8_decode(at, &rune, NULL);
        if (!matcher_rune_is_space(rune))
            break;
        at = from(at, width);
        t->column++;
    }
    if (at.n == 0)
        return true;
    switch (at.p[0]) {
    case '{':
        cut(t, TOKEN_OPEN, at, 1);
        return true;
    case '}':
        cut(t, TOKEN_CLOSE, at, 1);
        return true;
    case ',':
        cut(t, TOKEN_COMMA, at, 1);
        return true;
    case '=':
    case '!':
        return scan_operator(at, t, err);
    case '"':
        return scan_quoted(at, t, err);
    default:
        return scan_unquoted(at, t, err);
    }
}

/* --- parser
 * --------------------------------------------------------------------------------------------------- */

static void consume(struct parser *p, const struct token *t)
{
    p->rest = from(p->rest, (size_t)(t->text.p - p->rest.p) + t->text.n);
    p->column = t->end_column;
}

/* Adds what was expected to an error: "<text>: <expectation>". Always false. */
static bool but_expected(struct err *err, const char *expectation)
{
    const size_t used = strlen(err->text);
    (void)snprintf(err->text + used, sizeof err->text - used, ": %s", expectation);
    return false;
}

/* The next token, which has to be of one of `kinds`; it is not consumed. */
static bool peek_one_of(const struct parser *p, unsigned kinds, const char *expectation, struct token *t,
                        struct err *err)
{
    if (!scan(p, t, err))
        return but_expected(err, expectation);
    if ((t->kind & kinds) != 0)
        return true;
    if (t->kind == TOKEN_END)
        return err_set(err, ERR_INVALID, "end of input: %s", expectation);
    return err_set(err, ERR_INVALID, "%zu:%zu: unexpected %.*s: %s", t->column, t->end_column,
                   SV_ARG(t->text), expectation);
}

static bool expect(struct parser *p, unsigned kinds, const char *expectation, struct token *t,
                   struct err *err)
{
    if (!peek_one_of(p, kinds, expectation, t, err))
        return false;
    consume(p, t);
    return true;
}

static bool expect_text(struct parser *p, const char *expectation, struct strbuf *text, struct err *err)
{
    struct token t;

    if (!expect(p, TOKEN_TEXT, expectation, &t, err))
        return false;
    if (t.kind == TOKEN_UNQUOTED) {
        strbuf_addsv(text, t.text);
        return true;
    }
    return (go_unquote(t.text, text) && utf8_valid(strbuf_sv(text))) || bad_token(&t, "invalid input", err);
}

static bool parse_into(struct parser *p, struct strbuf *name, struct strbuf *value, struct err *err)
{
    struct token op;
    struct matcher m;

    if (!expect_text(p, "expected label name", name, err) ||
        !expect(p, TOKEN_OPERATOR, "expected an operator such as '=', '!=', '=~' or '!~'", &op, err) ||
        !expect_text(p, "expected label value", value, err))
        return false;
    if (!matcher_init(&m, op.op, strbuf_sv(name), strbuf_sv(value), err))
        return err_wrap(err, "failed to create matcher");
    matchers_push(p->ms, m);
    return true;
}

static bool parse_matcher(struct parser *p, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf name = {0};
    CLEANUP(strbuf_donep) struct strbuf value = {0};
    return parse_into(p, &name, &value, err);
}

/* matcher { "," matcher } [ "," ], up to a close brace or the end. */
static bool parse_list(struct parser *p, struct err *err)
{
    struct token t;

    for (;;) {
        if (!parse_matcher(p, err) || !peek_one_of(p, TOKEN_COMMA | TOKEN_CLOSE | TOKEN_END,
                                                   "expected a comma or close brace", &t, err))
            return false;
        if (t.kind != TOKEN_COMMA)
            return true;
        consume(p, &t);
        if (!peek_one_of(p, TOKEN_TEXT | TOKEN_CLOSE | TOKEN_END,
                         "expected a matcher or close brace after comma", &t, err))
            return false;
        if ((t.kind & TOKEN_TEXT) == 0)
            return true;
    }
}

/* At a close brace or the end: braces come in pairs, and nothing follows. */
static bool parse_end(struct parser *p, bool opened, struct err *err)
{
    struct token t;

    if (!scan(p, &t, err))
        return false;
    const bool closes = t.kind == TOKEN_CLOSE;
    if (opened && !closes)
        return err_set(err, ERR_INVALID, "0:%zu: end of input: expected close brace", p->column);
    if (closes && !opened)
        return err_set(err, ERR_INVALID, "0:%zu: }: expected opening brace", t.end_column);
    if (closes)
        consume(p, &t);
    if (!scan(p, &t, err))
        return but_expected(err, "expected end of input");
    return t.kind == TOKEN_END || bad_token(&t, "expected end of input", err);
}

bool matchers_parse_utf8(struct sv text, struct matchers *ms, struct err *err)
{
    struct parser p = {.rest = text, .ms = ms};
    struct token t;

    if (!scan(&p, &t, err))
        return false;
    const bool opened = t.kind == TOKEN_OPEN;
    if (opened) {
        consume(&p, &t);
        if (!scan(&p, &t, err))
            return false;
    }
    const bool empty = t.kind == TOKEN_CLOSE || t.kind == TOKEN_END;
    return (empty || parse_list(&p, err)) && parse_end(&p, opened, err);
}
