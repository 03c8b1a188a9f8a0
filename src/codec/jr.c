#include "codec/jr.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Where p stands, for the user. Looked up once per reader, when it fails. */
static void set_position(struct jr *r)
{
    const char *line = r->start;

    r->err.line = 1;
    for (const char *p = r->start; p < r->p; p++)
        if (*p == '\n') {
            r->err.line++;
            line = p + 1;
        }
    r->err.col = (int)(r->p - line) + 1;
}

static bool fail(struct jr *r, enum err_kind kind, const char *text)
{
    if (r->failed)
        return false;
    r->failed = true;
    err_set(&r->err, kind, "%s", text);
    set_position(r);
    return false;
}

bool jr_fail(struct jr *r, const char *fmt, ...)
{
    char text[sizeof r->err.text];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return fail(r, ERR_INVALID, text);
}

/* The byte at p cannot stand there. The texts are those of Go's decoder. */
static bool fail_byte(struct jr *r, const char *where)
{
    if (r->p >= r->end)
        return jr_fail(r, "unexpected EOF");
    const unsigned char c = (unsigned char)*r->p;
    if (c == '\'' || c == '\\')
        return jr_fail(r, "invalid character '\\%c' %s", c, where);
    if (c >= ' ' && c < 0x7F)
        return jr_fail(r, "invalid character '%c' %s", c, where);
    return jr_fail(r, "invalid character '\\x%02x' %s", c, where);
}

static bool fail_at(struct jr *r, const char *at, const char *where)
{
    r->p = at;
    return fail_byte(r, where);
}

void jr_init(struct jr *r, struct sv input, struct arena *mem)
{
    const char *from = input.n != 0 ? input.p : "";
    *r = (struct jr){.start = from, .p = from, .end = from + input.n, .mem = mem, .first = true};
}

static void skip_space(struct jr *r)
{
    const char *p = r->p;
    while (p < r->end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    r->p = p;
}

static bool at_char(struct jr *r, char c)
{
    skip_space(r);
    return r->p < r->end && *r->p == c;
}

static bool at_digit(const struct jr *r)
{
    return r->p < r->end && *r->p >= '0' && *r->p <= '9';
}

bool jr_at_end(struct jr *r)
{
    if (r->failed)
        return false;
    skip_space(r);
    return r->p == r->end;
}

enum jr_kind jr_peek(struct jr *r)
{
    if (r->failed)
        return JR_ERROR;
    skip_space(r);
    switch (r->p < r->end ? *r->p : '\0') {
    case '"':
        return JR_STRING;
    case '{':
        return JR_OBJECT;
    case '[':
        return JR_ARRAY;
    case 't':
    case 'f':
        return JR_BOOL;
    case 'n':
        return JR_NULL;
    case '-':
        return JR_NUMBER;
    default:
        if (at_digit(r))
            return JR_NUMBER;
        fail_byte(r, "looking for beginning of value");
        return JR_ERROR;
    }
}

static bool expect(struct jr *r, enum jr_kind want)
{
    static const char *const names[] = {"error", "null", "bool", "number", "string", "object", "array"};
    const enum jr_kind kind = jr_peek(r);

    if (kind == want)
        return true;
    return kind == JR_ERROR ? false : jr_fail(r, "expected %s, got %s", names[want], names[kind]);
}

static bool literal(struct jr *r, const char *word)
{
    for (size_t i = 0; word[i] != '\0'; i++, r->p++)
        if (r->p == r->end || *r->p != word[i]) {
            char where[48];
            (void)snprintf(where, sizeof where, "in literal %s (expecting '%c')", word, word[i]);
            return fail_byte(r, where);
        }
    return true;
}

bool jr_null(struct jr *r)
{
    return expect(r, JR_NULL) && literal(r, "null");
}

bool jr_bool(struct jr *r, bool *v)
{
    if (!expect(r, JR_BOOL))
        return false;
    *v = *r->p == 't';
    return literal(r, *v ? "true" : "false");
}

static bool digits(struct jr *r, const char *where)
{
    if (!at_digit(r))
        return fail_byte(r, where);
    while (at_digit(r))
        r->p++;
    return true;
}

static bool fraction_and_exponent(struct jr *r)
{
    if (r->p < r->end && *r->p == '.') {
        r->p++;
        if (!digits(r, "after decimal point in numeric literal"))
            return false;
    }
    if (r->p == r->end || (*r->p != 'e' && *r->p != 'E'))
        return true;
    r->p++;
    if (r->p < r->end && (*r->p == '+' || *r->p == '-'))
        r->p++;
    return digits(r, "in exponent of numeric literal");
}

bool jr_number(struct jr *r, struct sv *text)
{
    if (!expect(r, JR_NUMBER))
        return false;
    const char *from = r->p;
    if (*r->p == '-')
        r->p++;
    if (r->p < r->end && *r->p == '0')
        r->p++; /* no digit may follow: whoever reads on will stumble over it */
    else if (!digits(r, "in numeric literal"))
        return false;
    if (!fraction_and_exponent(r))
        return false;
    *text = (struct sv){from, (size_t)(r->p - from)};
    return true;
}

bool jr_int(struct jr *r, int64_t *v)
{
    struct sv text;
    int64_t n = 0;

    if (!jr_number(r, &text))
        return false;
    const bool negative = text.p[0] == '-';
    for (size_t i = negative; i < text.n; i++) {
        const int digit = text.p[i] - '0';
        if (digit < 0 || digit > 9)
            return jr_fail(r, "number %.*s is not an integer", (int)(text.n < 64 ? text.n : 64), text.p);
        if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, negative ? -digit : digit, &n))
            return jr_fail(r, "number %.*s is out of range", (int)(text.n < 64 ? text.n : 64), text.p);
    }
    *v = n;
    return true;
}

#define BLOCK 16

/* Bit i of `special`: byte i ends a plain run (a quote, a backslash, a control character). Of `high`: it is
 * outside ASCII. */
struct block {
    unsigned special, high;
};

static struct block classify(const char *p)
{
#ifdef __SSE2__
    __m128i v;
    memcpy(&v, p, sizeof v);
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1F)), v);
    const __m128i quote = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
    const __m128i escape = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
    return (struct block){
        .special = (unsigned)_mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, escape))),
        .high = (unsigned)_mm_movemask_epi8(v),
    };
#else
    struct block b = {0};
    for (unsigned i = 0; i < BLOCK; i++) {
        const unsigned char c = (unsigned char)p[i];
        b.special |= (unsigned)(c < 0x20 || c == '"' || c == '\\') << i;
        b.high |= (unsigned)(c >> 7) << i;
    }
    return b;
#endif
}

/* The end of the run of plain bytes at p. *high is set when one of them is outside ASCII. */
static const char *skip_plain(const char *p, const char *end, bool *high)
{
    while (end - p >= BLOCK) {
        const struct block b = classify(p);
        if (b.special != 0) {
            const int n = __builtin_ctz(b.special);
            *high |= (b.high & ((1u << n) - 1)) != 0;
            return p + n;
        }
        *high |= b.high != 0;
        p += BLOCK;
    }
    for (; p < end; p++) {
        const unsigned char c = (unsigned char)*p;
        if (c < 0x20 || c == '"' || c == '\\')
            break;
        *high |= c >= 0x80;
    }
    return p;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Checks the escape at p and moves p past it. */
static bool check_escape(struct jr *r)
{
    const char *p = r->p + 1;

    if (p == r->end || *p == '\0' || strchr("\"\\/bfnrtu", *p) == NULL)
        return fail_at(r, p, "in string escape code");
    if (*p == 'u')
        for (int i = 0; i < 4; i++)
            if (++p == r->end || hex_digit(*p) < 0)
                return fail_at(r, p, "in \\u hexadecimal character escape");
    r->p = p + 1;
    return true;
}

/* A string as it stands between its quotes, and what has to be done with it. */
struct raw {
    struct sv text;
    bool escapes, high;
};

/* p is at the opening quote, and goes past the closing one. */
static bool scan_string(struct jr *r, struct raw *s)
{
    const char *from = ++r->p;

    s->escapes = s->high = false;
    for (;;) {
        r->p = skip_plain(r->p, r->end, &s->high);
        if (r->p == r->end || (unsigned char)*r->p < 0x20)
            return fail_byte(r, "in string literal");
        if (*r->p == '"')
            break;
        s->escapes = true;
        if (!check_escape(r))
            return false;
    }
    s->text = (struct sv){from, (size_t)(r->p - from)};
    r->p++;
    return true;
}

static uint32_t hex4(const char *p)
{
    uint32_t v = 0;
    for (int i = 0; i < 4; i++)
        v = v << 4 | (uint32_t)hex_digit(p[i]);
    return v;
}

/* The rune of the \u at p, with the second half of a surrogate pair; *p goes past it. A surrogate that is
 * alone becomes U+FFFD in utf8_encode(). */
static uint32_t unicode_escape(const char **p, const char *end)
{
    const uint32_t first = hex4(*p + 2);

    *p += 6;
    if (first < 0xD800 || first > 0xDBFF || end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u')
        return first;
    const uint32_t second = hex4(*p + 2);
    if (second < 0xDC00 || second > 0xDFFF)
        return first;
    *p += 6;
    return 0x10000 + ((first - 0xD800) << 10 | (second - 0xDC00));
}

/* Decodes the escape at *p, which check_escape() has seen. */
static size_t decode_escape(const char **p, const char *end, char *out)
{
    static const char letters[] = "bfnrt", values[] = "\b\f\n\r\t";
    const char c = (*p)[1];

    if (c == 'u')
        return utf8_encode(unicode_escape(p, end), out);
    *p += 2;
    const char *letter = strchr(letters, c);
    *out = letter != NULL ? values[letter - letters] : c;
    return 1;
}

/* Copies what is before the next escape, with U+FFFD for each byte that is not UTF-8 if it is not `clean`. */
static size_t copy_run(const char **p, const char *end, bool clean, char *out)
{
    const char *escape = memchr(*p, '\\', (size_t)(end - *p));
    struct sv run = {*p, (size_t)((escape != NULL ? escape : end) - *p)};
    size_t n = 0;

    *p += run.n;
    if (clean) {
        memcpy(out, run.p, run.n);
        return run.n;
    }
    while (run.n != 0) {
        uint32_t rune;
        const size_t used = utf8_decode(run, &rune, NULL);
        n += utf8_encode(rune, out + n);
        run = (struct sv){run.p + used, run.n - used};
    }
    return n;
}

static bool decode(struct jr *r, struct sv raw, bool clean, struct sv *s)
{
    const char *p = raw.p, *end = raw.p + raw.n;
    const size_t growth = clean ? 1 : 3; /* escapes only shrink; a bad byte becomes three */
    char *out = raw.n <= SIZE_MAX / growth ? arena_alloc(r->mem, raw.n * growth) : NULL;
    size_t n = 0;

    if (out == NULL)
        return fail(r, ERR_LIMIT, "strings take too much memory");
    while (p < end)
        n += *p == '\\' ? decode_escape(&p, end, out + n) : copy_run(&p, end, clean, out + n);
    *s = (struct sv){out, n};
    return true;
}

static bool read_string(struct jr *r, struct sv *s)
{
    struct raw raw;

    if (!scan_string(r, &raw))
        return false;
    const bool clean = !raw.high || utf8_valid(raw.text);
    if (raw.escapes || !clean)
        return decode(r, raw.text, clean, s);
    *s = raw.text;
    return true;
}

/* Most of a document: asked first what nearly always holds. */
static bool at_string(struct jr *r)
{
    return (!r->failed && at_char(r, '"')) || expect(r, JR_STRING);
}

bool jr_string(struct jr *r, struct sv *s)
{
    return at_string(r) && read_string(r, s);
}

static bool open_container(struct jr *r, enum jr_kind kind)
{
    if (!expect(r, kind))
        return false;
    if (r->depth == JR_MAX_DEPTH)
        return jr_fail(r, "exceeded max depth");
    r->depth++;
    r->first = true;
    r->p++;
    return true;
}

/* Goes to the next member or element; false at the end, after the bracket, and on errors. */
static bool next_item(struct jr *r, char close, const char *after)
{
    if (r->failed)
        return false;
    if (at_char(r, close)) {
        r->p++;
        r->depth--;
        r->first = false;
        return false;
    }
    if (!r->first) {
        if (r->p == r->end || *r->p != ',')
            return fail_byte(r, after);
        r->p++;
    }
    r->first = false;
    return true;
}

/* Goes to the quote of the next key. */
static bool next_key(struct jr *r)
{
    return next_item(r, '}', "after object key:value pair") &&
           (at_char(r, '"') || fail_byte(r, "looking for beginning of object key string"));
}

static bool colon(struct jr *r)
{
    if (!at_char(r, ':'))
        return fail_byte(r, "after object key");
    r->p++;
    return true;
}

bool jr_object(struct jr *r)
{
    return open_container(r, JR_OBJECT);
}

bool jr_key(struct jr *r, struct sv *key)
{
    return next_key(r) && read_string(r, key) && colon(r);
}

bool jr_array(struct jr *r)
{
    return open_container(r, JR_ARRAY);
}

bool jr_next(struct jr *r)
{
    return next_item(r, ']', "after array element");
}

/* Strings are checked but not decoded: what is skipped costs no memory. */
static bool skip_object(struct jr *r)
{
    struct raw key;

    if (!jr_object(r))
        return false;
    while (next_key(r))
        if (!scan_string(r, &key) || !colon(r) || !jr_skip(r))
            return false;
    return !r->failed;
}

static bool skip_array(struct jr *r)
{
    if (!jr_array(r))
        return false;
    while (jr_next(r))
        if (!jr_skip(r))
            return false;
    return !r->failed;
}

bool jr_skip(struct jr *r)
{
    struct raw raw;
    struct sv text;
    bool v;

    switch (jr_peek(r)) {
    case JR_NULL:
        return jr_null(r);
    case JR_BOOL:
        return jr_bool(r, &v);
    case JR_NUMBER:
        return jr_number(r, &text);
    case JR_STRING:
        return scan_string(r, &raw);
    case JR_OBJECT:
        return skip_object(r);
    case JR_ARRAY:
        return skip_array(r);
    case JR_ERROR:
        break;
    }
    return false;
}

bool jr_raw(struct jr *r, struct sv *json)
{
    (void)jr_peek(r); /* moves to where it starts */
    json->p = r->p;
    if (!jr_skip(r))
        return false;
    json->n = (size_t)(r->p - json->p);
    return true;
}
