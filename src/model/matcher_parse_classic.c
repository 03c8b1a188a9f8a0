/* The classic grammar: a splitter at commas that knows about quotes, and one matcher at a time. */
#include "base/utf8.h"
#include "matcher_parse.h"

/* \s of a regular expression: without the vertical tab. */
static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

static struct sv skip_blanks(struct sv s)
{
    while (s.n != 0 && is_blank(s.p[0])) {
        s.p++;
        s.n--;
    }
    return s;
}

static struct sv drop_trailing_blanks(struct sv s)
{
    while (s.n != 0 && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

static size_t name_length(struct sv s)
{
    size_t n = 0;

    for (; n < s.n; n++) {
        const char c = s.p[n];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
        if (!letter && !(n != 0 && c >= '0' && c <= '9'))
            break;
    }
    return n;
}

static bool take_operator(struct sv *s, enum match_op *op)
{
    static const enum match_op longest_first[] = {MATCH_RE, MATCH_NRE, MATCH_NE, MATCH_EQ};

    for (size_t i = 0; i < COUNT_OF(longest_first); i++) {
        const struct sv text = sv_of(match_op_text(longest_first[i]));
        if (sv_has_prefix(*s, text)) {
            *op = longest_first[i];
            *s = (struct sv){s->p + text.n, s->n - text.n};
            return true;
        }
    }
    return false;
}

/* \n, \" and \\ are escapes; a backslash before anything else, or at the end, is itself. */
static void add_escape(struct strbuf *out, char c)
{
    if (c == 'n') {
        strbuf_addc(out, '\n');
        return;
    }
    if (c != '"' && c != '\\')
        strbuf_addc(out, '\\');
    strbuf_addc(out, c);
}

/* The text between the quotes, or a text without any; false when a quote stands where it may not. */
static bool unescape(struct sv raw, struct strbuf *out)
{
    const bool quoted = raw.n != 0 && raw.p[0] == '"';
    bool closed = !quoted;

    for (size_t i = quoted; i < raw.n; i++) {
        if (raw.p[i] == '\\' && i + 1 < raw.n) {
            add_escape(out, raw.p[++i]);
        } else if (raw.p[i] == '"') {
            if (closed || i + 1 < raw.n)
                return false;
            closed = true;
        } else {
            strbuf_addc(out, raw.p[i]);
        }
    }
    return closed;
}

bool matcher_parse_classic(struct sv text, struct matchers *ms, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf value = {0};
    struct sv rest = skip_blanks(text);
    const struct sv name = {rest.p, name_length(rest)};
    enum match_op op;
    struct matcher m;

    rest = skip_blanks((struct sv){rest.p + name.n, rest.n - name.n});
    if (name.n == 0 || !take_operator(&rest, &op))
        return err_set(err, ERR_INVALID, "bad matcher format: %.*s", SV_ARG(text));
    const struct sv raw = drop_trailing_blanks(skip_blanks(rest));
    if (!utf8_valid(raw))
        return err_set(err, ERR_INVALID, "matcher value not valid UTF-8: %.*s", SV_ARG(raw));
    if (!unescape(raw, &value))
        return err_set(err, ERR_INVALID, "matcher value contains unescaped double quote: %.*s", SV_ARG(raw));
    if (!matcher_init(&m, op, name, strbuf_sv(&value), err))
        return false;
    matchers_push(ms, m);
    return true;
}

/* The bytes up to the next comma outside of quotes, or all. The flags go on from one token to the next, and a
 * comma does not end an escape: files out there depend on what that makes of odd input. */
struct quoting {
    bool quoted, escaped;
};

static size_t token_length(struct sv s, struct quoting *q)
{
    size_t n = 0;

    for (; n < s.n; n++) {
        const char c = s.p[n];
        if (c == ',') {
            if (!q->quoted)
                break;
            continue;
        }
        if (c == '"' && !q->escaped)
            q->quoted = !q->quoted;
        q->escaped = c == '\\' && !q->escaped;
    }
    return n;
}

static struct sv trim_unicode(struct sv s)
{
    size_t begin = 0, end = 0; /* of what is left: from the first to behind the last rune that is no space */
    bool seen = false;

    for (size_t i = 0; i < s.n;) {
        uint32_t rune;
        const size_t width = utf8_decode((struct sv){s.p + i, s.n - i}, &rune, NULL);
        if (!matcher_rune_is_space(rune)) {
            begin = seen ? begin : i;
            end = i + width;
            seen = true;
        }
        i += width;
    }
    return (struct sv){s.p + begin, end - begin};
}

static bool parse_tokens(struct sv s, struct matchers *ms, struct err *err)
{
    struct quoting q = {0};

    for (;;) {
        const size_t n = token_length(s, &q);
        const bool last = n == s.n;
        const struct sv token = {s.p, n};
        if (last) {
            const struct sv trimmed = trim_unicode(token);
            return trimmed.n == 0 || matcher_parse_classic(trimmed, ms, err);
        }
        if (!matcher_parse_classic(token, ms, err))
            return false;
        s = (struct sv){s.p + n + 1, s.n - n - 1};
    }
}

bool matchers_parse_classic(struct sv text, struct matchers *ms, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf clean = {0};

    utf8_add_clean(&clean, text);
    struct sv s = clean.n != 0 ? strbuf_sv(&clean) : SV("");
    /* Either brace goes, whether or not the other one is there. */
    if (s.n != 0 && s.p[0] == '{')
        s = (struct sv){s.p + 1, s.n - 1};
    if (s.n != 0 && s.p[s.n - 1] == '}')
        s.n--;
    return parse_tokens(s, ms, err);
}
