#include "tmpl/number.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "codec/goquote.h"
#include "tmpl/chars.h"

#define NUMBER_MAX 128 /* longer constants are refused */

/* Removes the base prefix and says which base it is. A leading zero means octal. */
static int take_base(struct sv *s)
{
    if (s->n < 2 || s->p[0] != '0')
        return 10;
    char mark = (char)(s->p[1] | 0x20);
    int base = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 0;
    size_t skip = base != 0 ? 2 : 1;
    s->p += skip;
    s->n -= skip;
    return base != 0 ? base : 8;
}

/* An underscore stands between digits, or between base prefix and digit. */
static bool underscores_ok(struct sv s, bool prefixed)
{
    char before = prefixed ? '0' : '\0';
    for (size_t i = 0; i < s.n; before = s.p[i++])
        if (s.p[i] == '_' && (char_hex(before) < 0 || i + 1 == s.n || char_hex(s.p[i + 1]) < 0))
            return false;
    return true;
}

enum int_verdict { INT_OK, INT_SYNTAX, INT_RANGE };

static enum int_verdict magnitude_parse(struct sv s, uint64_t *value)
{
    size_t whole = s.n;
    int base = take_base(&s);

    *value = 0;
    if (s.n == 0 || !underscores_ok(s, s.n != whole))
        return INT_SYNTAX;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '_')
            continue;
        const int d = char_hex(s.p[i]);
        if (d < 0 || d >= base)
            return INT_SYNTAX;
        if (__builtin_mul_overflow(*value, (uint64_t)base, value) ||
            __builtin_add_overflow(*value, (uint64_t)d, value))
            return INT_RANGE;
    }
    return INT_OK;
}

/* As Go's ParseInt with base 0. *fits_unsigned: too large for int64, but not for uint64. */
static enum int_verdict int_parse(struct sv s, int64_t *value, bool *fits_unsigned)
{
    uint64_t magnitude;
    bool signed_text = s.n != 0 && (s.p[0] == '+' || s.p[0] == '-');
    bool negative = signed_text && s.p[0] == '-';

    if (signed_text)
        s = (struct sv){s.p + 1, s.n - 1};
    enum int_verdict verdict = magnitude_parse(s, &magnitude);
    if (verdict != INT_OK)
        return verdict;
    uint64_t limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);
    *fits_unsigned = !signed_text; /* told apart from what does not even fit 64 bits */
    if (magnitude > limit)
        return INT_RANGE;
    *value = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return INT_OK;
}

bool float_parse(struct sv text, bool underscores, double *value)
{
    char copy[NUMBER_MAX];
    char *end;
    size_t n = 0;

    if (text.n == 0 || text.n >= sizeof copy)
        return false;
    if (memchr(text.p, '_', text.n) != NULL && (!underscores || !underscores_ok(text, false)))
        return false;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != '_')
            copy[n++] = text.p[i];
    copy[n] = '\0';
    bool hex = strpbrk(copy, "xX") != NULL;
    /* strtod() takes more than Go: leading space, nan(...), hexadecimal without exponent */
    if (strpbrk(copy, " \t\n\v\f\r(") != NULL || (hex && strpbrk(copy, "pP") == NULL))
        return false;
    *value = strtod(copy, &end);
    bool overflow = *value > 1.7976931348623157e308 || *value < -1.7976931348623157e308;
    return end == copy + n && n == strlen(copy) && !(overflow && strpbrk(copy, "0123456789") != NULL);
}

/* "2i", "1+2i": a text that ends with an i. */
static bool complex_parse(struct sv text, struct number *number)
{
    size_t split = text.n - 1;

    while (split > 0 && strchr("+-", text.p[split]) == NULL)
        split--;
    if (split > 0 && strchr("eEpP", text.p[split - 1]) != NULL)
        split = 0; /* the sign of an exponent */
    const struct sv imaginary = {text.p + split, text.n - 1 - split};
    if (!float_parse(imaginary, true, &number->imaginary) ||
        (split != 0 && !float_parse((struct sv){text.p, split}, true, &number->f)))
        return false;
    number->is_complex = true;
    number->is_float = number->imaginary == 0;
    number->is_int = number->is_float && number->f >= -0x1p63 && number->f < 0x1p63 &&
                     (double)(int64_t)number->f == number->f;
    number->i = number->is_int ? (int64_t)number->f : 0;
    return true;
}

/* A quoted character is read as a string of one rune. */
static bool char_parse(struct sv text, int64_t *value)
{
    struct strbuf quoted CLEANUP(strbuf_donep) = {0};
    struct strbuf bytes CLEANUP(strbuf_donep) = {0};
    struct sv body = {text.p + 1, text.n - 2};
    uint32_t rune;

    if (sv_eq(body, SV("\\'")) || sv_eq(body, SV("\""))) {
        *value = (unsigned char)body.p[body.n - 1];
        return true;
    }
    strbuf_addc(&quoted, '"');
    strbuf_addsv(&quoted, body);
    strbuf_addc(&quoted, '"');
    if (!go_unquote(strbuf_sv(&quoted), &bytes) || bytes.n == 0)
        return false;
    size_t len = utf8_decode(strbuf_sv(&bytes), &rune, NULL);
    *value = bytes.n == 1 ? (unsigned char)bytes.p[0] : rune; /* '\xff' is 255 */
    return len == bytes.n;
}

/* 1e3 and 1.0 are floats, 0x1e3 is not. */
bool number_looks_float(struct sv text)
{
    bool hex = text.n > 2 && memmem(text.p, text.n < 3 ? text.n : 3, "0x", 2) != NULL;
    for (size_t i = 0; i < text.n; i++)
        if (strchr(hex ? ".pP" : ".eE", text.p[i]) != NULL)
            return true;
    return false;
}

static void set_int(struct number *number, int64_t i)
{
    number->is_int = number->is_float = true;
    number->i = i;
    number->f = (double)i;
}

enum number_verdict number_parse(struct sv text, bool is_char, struct number *number)
{
    bool fits_unsigned = false;
    int64_t i;
    double f;

    *number = (struct number){.text = text};
    if (is_char) {
        if (!char_parse(text, &i))
            return NUMBER_BAD_CHAR;
        set_int(number, i);
        return NUMBER_OK;
    }
    if (text.n > 1 && text.p[text.n - 1] == 'i')
        return complex_parse(text, number) ? NUMBER_OK : NUMBER_BAD_SYNTAX;
    enum int_verdict verdict = int_parse(text, &i, &fits_unsigned);
    if (verdict == INT_OK) {
        set_int(number, i);
        return NUMBER_OK;
    }
    if (verdict == INT_RANGE && fits_unsigned)
        return NUMBER_OK; /* neither int nor float: "overflows int" when it is used */
    if (!float_parse(text, true, &f))
        return verdict == INT_RANGE ? NUMBER_OVERFLOW : NUMBER_BAD_SYNTAX;
    if (!number_looks_float(text))
        return NUMBER_OVERFLOW;
    number->is_float = true;
    number->f = f;
    number->is_int = f >= -0x1p63 && f < 0x1p63 && (double)(int64_t)f == f;
    number->i = number->is_int ? (int64_t)f : 0;
    return NUMBER_OK;
}
