#include "tmpl/lex.h"

#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/utf8.h"
#include "codec/goquote.h"
#include "tmpl/unicode.h"

#define RUNE_EOF UINT32_MAX

void lex_init(struct lexer *l, struct sv in)
{
    *l = (struct lexer){.in = in, .line = 1, .start_line = 1};
}

static struct sv rest(const struct lexer *l)
{
    return (struct sv){l->in.p + l->pos, l->in.n - l->pos};
}

static uint32_t peek(const struct lexer *l, size_t *len)
{
    uint32_t r = RUNE_EOF;
    *len = l->pos < l->in.n ? utf8_decode(rest(l), &r, NULL) : 0;
    return r;
}

static uint32_t next(struct lexer *l)
{
    size_t len;
    uint32_t r = peek(l, &len);
    l->pos += (uint32_t)len;
    return r;
}

static uint32_t peek_rune(const struct lexer *l)
{
    size_t len;
    return peek(l, &len);
}

static bool is_space(uint32_t r)
{
    return r == ' ' || r == '\t' || r == '\r' || r == '\n';
}

static uint32_t count_lines(struct sv s)
{
    uint32_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == '\n';
    return n;
}

static struct sv pending(const struct lexer *l)
{
    return (struct sv){l->in.p + l->start, l->pos - l->start};
}

/* The token from start to pos. */
static struct token emit(struct lexer *l, enum token_kind kind)
{
    struct token t = {kind, l->start, l->start_line, pending(l)};
    l->line += count_lines(t.val);
    l->start = l->pos;
    l->start_line = l->line;
    return t;
}

static void ignore(struct lexer *l)
{
    l->line += count_lines(pending(l));
    l->start = l->pos;
    l->start_line = l->line;
}

static struct token fail(struct lexer *l, const char *text)
{
    if (text != l->error)
        (void)snprintf(l->error, sizeof l->error, "%s", text);
    return (struct token){TOKEN_ERROR, l->start, l->start_line, sv_of(l->error)};
}

/* Go's %#U: U+002D '-' */
static struct token fail_rune(struct lexer *l, const char *what, uint32_t r)
{
    char bytes[4];
    if (r == RUNE_EOF)
        r = UTF8_REPLACEMENT;
    int n = snprintf(l->error, sizeof l->error, "%s U+%04X", what, (unsigned)r);
    if (go_is_print(r))
        (void)snprintf(l->error + n, sizeof l->error - (size_t)n, " '%.*s'", (int)utf8_encode(r, bytes),
                       bytes);
    return fail(l, l->error);
}

static struct token fail_number(struct lexer *l)
{
    struct strbuf quoted CLEANUP(strbuf_donep) = {0};
    go_quote(&quoted, pending(l));
    (void)snprintf(l->error, sizeof l->error, "bad number syntax: %s", quoted.p);
    return fail(l, l->error);
}

static bool left_trim_marker(struct sv s)
{
    return s.n >= 2 && s.p[0] == '-' && is_space((unsigned char)s.p[1]);
}

/* Is a closing delimiter next, and does it trim the text that follows? */
static bool at_right_delim(const struct lexer *l, bool *trim)
{
    struct sv s = rest(l);
    *trim = s.n >= 4 && is_space((unsigned char)s.p[0]) && memcmp(s.p + 1, "-}}", 3) == 0;
    return *trim || sv_has_prefix(s, SV("}}"));
}

static void skip_spaces(struct lexer *l)
{
    while (l->pos < l->in.n && is_space((unsigned char)l->in.p[l->pos]))
        l->pos++;
}

static const char *find(struct sv s, const char *needle)
{
    return s.n != 0 ? memmem(s.p, s.n, needle, strlen(needle)) : NULL;
}

/* The comment from its opening slash on; false: *error says why. */
static bool skip_comment(struct lexer *l, const char **error)
{
    bool trim;
    struct sv body = {l->in.p + l->pos + 2, l->in.n - l->pos - 2};
    const char *end = find(body, "*/");
    if (end == NULL) {
        *error = "unclosed comment";
        return false;
    }
    l->pos = (uint32_t)(end + 2 - l->in.p);
    if (!at_right_delim(l, &trim)) {
        *error = "comment ends before closing delimiter";
        return false;
    }
    l->pos += trim ? 4 : 2;
    if (trim)
        skip_spaces(l);
    ignore(l);
    return true;
}

/* At an opening delimiter, which is consumed. True: an action begins; false: it was a comment, or *error is
 * set. */
static bool open_delim(struct lexer *l, struct token *t, const char **error)
{
    struct sv after = {l->in.p + l->pos + 2, l->in.n - l->pos - 2};
    uint32_t marker = left_trim_marker(after) ? 2 : 0;

    if (sv_has_prefix((struct sv){after.p + marker, after.n - marker}, SV("/*"))) {
        l->pos += 2 + marker;
        ignore(l);
        (void)skip_comment(l, error);
        return false;
    }
    l->pos += 2;
    *t = emit(l, TOKEN_LEFT_DELIM);
    l->pos += marker;
    ignore(l);
    l->in_action = true;
    l->parens = 0;
    return true;
}

static struct token lex_text(struct lexer *l)
{
    const char *error = NULL;
    struct token t;

    for (;;) {
        const char *delim = find(rest(l), "{{");
        uint32_t at = delim != NULL ? (uint32_t)(delim - l->in.p) : (uint32_t)l->in.n;
        uint32_t end = at;
        if (delim != NULL && left_trim_marker((struct sv){delim + 2, l->in.n - at - 2}))
            while (end > l->start && is_space((unsigned char)l->in.p[end - 1]))
                end--;
        l->pos = end;
        bool has_text = end > l->start;
        if (has_text)
            t = emit(l, TOKEN_TEXT);
        l->pos = at;
        ignore(l);
        if (has_text)
            return t;
        if (delim == NULL)
            return emit(l, TOKEN_EOF);
        if (open_delim(l, &t, &error))
            return t;
        if (error != NULL)
            return fail(l, error);
    }
}

static struct token lex_right_delim(struct lexer *l, bool trim)
{
    l->pos += trim ? 2 : 0;
    ignore(l);
    l->pos += 2;
    struct token t = emit(l, TOKEN_RIGHT_DELIM);
    if (trim)
        skip_spaces(l);
    ignore(l);
    l->in_action = false;
    return t;
}

static struct token lex_space(struct lexer *l)
{
    bool trim;
    skip_spaces(l);
    l->pos--; /* the last space may belong to a trimming delimiter */
    if (!at_right_delim(l, &trim) || !trim)
        l->pos++;
    else if (l->pos == l->start)
        return lex_right_delim(l, true);
    return emit(l, TOKEN_SPACE);
}

static bool is_name_rune(uint32_t r)
{
    return r == '_' || (r != RUNE_EOF && (rune_is_letter(r) || rune_is_digit(r)));
}

static bool at_terminator(const struct lexer *l)
{
    uint32_t r = peek_rune(l);
    return r == RUNE_EOF || is_space(r) || (r != 0 && r < 0x80 && strchr(".,|:)(", (int)r) != NULL) ||
           sv_has_prefix(rest(l), SV("}}"));
}

static enum token_kind word_kind(struct sv word)
{
    static const struct {
        struct sv word;
        enum token_kind kind;
    } words[] = {
        {{"block", 5}, TOKEN_BLOCK},       {{"break", 5}, TOKEN_BREAK},
        {{"continue", 8}, TOKEN_CONTINUE}, {{"define", 6}, TOKEN_DEFINE},
        {{"else", 4}, TOKEN_ELSE},         {{"end", 3}, TOKEN_END},
        {{"false", 5}, TOKEN_BOOL},        {{"if", 2}, TOKEN_IF},
        {{"nil", 3}, TOKEN_NIL},           {{"range", 5}, TOKEN_RANGE},
        {{"template", 8}, TOKEN_TEMPLATE}, {{"true", 4}, TOKEN_BOOL},
        {{"with", 4}, TOKEN_WITH},
    };
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (sv_eq(word, words[i].word))
            return words[i].kind;
    return TOKEN_IDENTIFIER;
}

/* The letters and digits from pos on, with what is pending before them. */
static struct token lex_name(struct lexer *l, enum token_kind kind)
{
    while (is_name_rune(peek_rune(l)))
        (void)next(l);
    if (!at_terminator(l))
        return fail_rune(l, "bad character", peek_rune(l));
    if (kind == TOKEN_IDENTIFIER)
        kind = word_kind(pending(l));
    return emit(l, kind);
}

/* A quoted token whose opening quote is consumed. */
static struct token lex_quoted(struct lexer *l, char quote, enum token_kind kind, const char *error)
{
    bool raw = quote == '`';
    for (;;) {
        uint32_t r = next(l);
        if (!raw && r == '\\')
            r = next(l) == '\n' ? '\n' : 0;
        if (r == RUNE_EOF || (!raw && r == '\n'))
            return fail(l, error);
        if (r == (unsigned char)quote)
            return emit(l, kind);
    }
}

static bool accept(struct lexer *l, const char *set)
{
    if (l->pos >= l->in.n || l->in.p[l->pos] == '\0' || strchr(set, l->in.p[l->pos]) == NULL)
        return false;
    l->pos++;
    return true;
}

static void accept_run(struct lexer *l, const char *set)
{
    while (accept(l, set)) {
    }
}

static bool skip_number(struct lexer *l)
{
    const char *digits = "0123456789_", *exponent = "eE";

    (void)accept(l, "+-");
    if (accept(l, "0")) {
        if (accept(l, "xX")) {
            digits = "0123456789abcdefABCDEF_";
            exponent = "pP";
        } else if (accept(l, "oO")) {
            digits = "01234567_";
            exponent = "";
        } else if (accept(l, "bB")) {
            digits = "01_";
            exponent = "";
        }
    }
    accept_run(l, digits);
    if (accept(l, "."))
        accept_run(l, digits);
    if (accept(l, exponent)) {
        (void)accept(l, "+-");
        accept_run(l, "0123456789_");
    }
    (void)accept(l, "i");
    if (!is_name_rune(peek_rune(l)))
        return true;
    (void)next(l);
    return false;
}

/* A sign right behind a number makes it complex: 1+2i. */
static struct token lex_number(struct lexer *l)
{
    if (!skip_number(l))
        return fail_number(l);
    const uint32_t sign = peek_rune(l);
    if ((sign == '+' || sign == '-') && (!skip_number(l) || l->in.p[l->pos - 1] != 'i'))
        return fail_number(l);
    return emit(l, TOKEN_NUMBER);
}

static struct token lex_dot(struct lexer *l)
{
    if (l->pos < l->in.n && rune_is_digit((unsigned char)l->in.p[l->pos])) {
        l->pos--;
        return lex_number(l);
    }
    return at_terminator(l) ? emit(l, TOKEN_DOT) : lex_name(l, TOKEN_FIELD);
}

static struct token lex_paren(struct lexer *l, bool open)
{
    if (open) {
        l->parens++;
        return emit(l, TOKEN_LEFT_PAREN);
    }
    if (l->parens == 0)
        return fail(l, "unexpected right paren");
    l->parens--;
    return emit(l, TOKEN_RIGHT_PAREN);
}

/* Tokens that one character decides; `r` is consumed. */
static struct token lex_mark(struct lexer *l, uint32_t r)
{
    switch (r) {
    case '=':
        return emit(l, TOKEN_ASSIGN);
    case ':':
        return next(l) == '=' ? emit(l, TOKEN_DECLARE) : fail(l, "expected :=");
    case '|':
        return emit(l, TOKEN_PIPE);
    case '"':
        return lex_quoted(l, '"', TOKEN_STRING, "unterminated quoted string");
    case '`':
        return lex_quoted(l, '`', TOKEN_RAW_STRING, "unterminated raw quoted string");
    case '\'':
        return lex_quoted(l, '\'', TOKEN_CHAR_CONSTANT, "unterminated character constant");
    case '$':
        return at_terminator(l) ? emit(l, TOKEN_VARIABLE) : lex_name(l, TOKEN_VARIABLE);
    case '.':
        return lex_dot(l);
    case '(':
    case ')':
        return lex_paren(l, r == '(');
    default:
        if (r < 0x80 && go_is_print(r))
            return emit(l, TOKEN_CHAR);
        return fail_rune(l, "unrecognized character in action:", r);
    }
}

static struct token lex_action(struct lexer *l)
{
    bool trim;

    if (at_right_delim(l, &trim))
        return l->parens == 0 ? lex_right_delim(l, trim) : fail(l, "unclosed left paren");
    uint32_t r = peek_rune(l);
    if (r == RUNE_EOF)
        return fail(l, "unclosed action");
    if (is_space(r))
        return lex_space(l);
    if (r == '+' || r == '-' || rune_is_digit(r))
        return lex_number(l);
    if (is_name_rune(r))
        return lex_name(l, TOKEN_IDENTIFIER);
    return lex_mark(l, next(l));
}

struct token lex_next(struct lexer *l)
{
    return l->in_action ? lex_action(l) : lex_text(l);
}
