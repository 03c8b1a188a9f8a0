#include "tmpl/verb_float.h"

#include <math.h>

#include "tmpl/chars.h"
#include "tmpl/float.h"

#define PREC_MAX  100 /* a double has no more to say */
#define MANT_BITS 53

static int precision(const struct verb *v, int otherwise)
{
    return !v->has_prec ? otherwise : v->prec < PREC_MAX ? v->prec : PREC_MAX;
}

/* "0x1.ap+01": as C's, but the exponent has at least two digits. */
static void add_hex(struct strbuf *out, const struct verb *v, double f)
{
    const bool upper = v->letter == 'X';
    const size_t start = out->n;

    if (v->has_prec)
        strbuf_addf(out, upper ? "%.*A" : "%.*a", precision(v, 0), f);
    else
        strbuf_addf(out, upper ? "%A" : "%a", f);
    if (out->n - start < 3 || char_is_one_of(out->p[out->n - 2], "0123456789"))
        return;
    const char last = out->p[out->n - 1];
    out->n--;
    strbuf_addf(out, "0%c", last);
}

/* The mantissa as an integer, times a power of two. */
static void add_binary(struct strbuf *out, double f)
{
    int exponent = 0;
    const double mantissa = ldexp(frexp(f, &exponent), MANT_BITS);

    strbuf_addf(out, "%.0fp%+d", mantissa, exponent - MANT_BITS);
}

static void add_shortest(struct strbuf *out, const struct verb *v, double f)
{
    const size_t start = out->n;

    if (v->has_prec)
        strbuf_addf(out, "%.*g", precision(v, 0), f);
    else
        float_print(out, f);
    for (size_t i = start; v->letter == 'G' && i < out->n; i++)
        if (out->p[i] == 'e')
            out->p[i] = 'E';
}

static void add_digits(struct strbuf *out, const struct verb *v, double f)
{
    switch (v->letter) {
    case 'e':
        strbuf_addf(out, "%.*e", precision(v, 6), f);
        break;
    case 'E':
        strbuf_addf(out, "%.*E", precision(v, 6), f);
        break;
    case 'f':
    case 'F':
        strbuf_addf(out, "%.*f", precision(v, 6), f);
        break;
    case 'x':
    case 'X':
        add_hex(out, v, f);
        break;
    case 'b':
        add_binary(out, f);
        break;
    default:
        add_shortest(out, v, f);
        break;
    }
}

/* Where the exponent begins. */
static size_t mantissa_end(const struct verb *v, struct sv s)
{
    const char *marks = v->letter == 'x' || v->letter == 'X' ? "pP" : "eEpP";
    size_t i = 0;

    while (i < s.n && !char_is_one_of(s.p[i], marks))
        i++;
    return i;
}

/* '#': always a decimal point; where the number of digits is not fixed, no zeros are taken away from its end.
 */
static void add_with_point(struct strbuf *out, const struct verb *v, double f)
{
    struct strbuf plain CLEANUP(strbuf_donep) = {0};
    int digits = char_is_one_of((char)v->letter, "vgGx") ? precision(v, 6) : 0;
    bool point = false, counting = false;

    add_digits(&plain, v, f);
    const size_t end = mantissa_end(v, strbuf_sv(&plain));
    for (size_t i = 0; i < end; i++) {
        point |= plain.p[i] == '.';
        counting |= plain.p[i] != '0' && plain.p[i] != '.';
        digits -= counting && plain.p[i] != '.';
    }
    digits -= !point && end == 1 && plain.p[0] == '0';
    strbuf_add(out, plain.p, end);
    strbuf_adds(out, point ? "" : ".");
    for (; digits > 0; digits--)
        strbuf_addc(out, '0');
    strbuf_add(out, plain.p + end, plain.n - end);
}

void verb_float_digits(struct strbuf *out, const struct verb *v, double f)
{
    if (v->sharp && v->letter != 'b')
        add_with_point(out, v, f);
    else
        add_digits(out, v, f);
}
