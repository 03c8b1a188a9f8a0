#include "tmpl/float.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define DIGITS_MAX 17 /* always enough for a double */

struct decimal { /* 0.d1d2d3... times 10^point */
    char digits[DIGITS_MAX + 1];
    int n, point;
};

static struct decimal shortest(double f)
{
    char text[40];
    struct decimal d = {.n = 0};

    for (int precision = 0; precision < DIGITS_MAX; precision++) {
        (void)snprintf(text, sizeof text, "%.*e", precision, f);
        if (strtod(text, NULL) == f)
            break;
    }
    for (const char *c = text; *c != 'e'; c++)
        if (*c != '.')
            d.digits[d.n++] = *c;
    d.point = (int)strtol(strchr(text, 'e') + 1, NULL, 10) + 1;
    while (d.n > 1 && d.digits[d.n - 1] == '0')
        d.n--;
    return d;
}

static void add_zeros(struct strbuf *out, int n)
{
    for (; n > 0; n--)
        strbuf_addc(out, '0');
}

static void print_plain(struct strbuf *out, const struct decimal *d)
{
    if (d->point <= 0) {
        strbuf_adds(out, "0.");
        add_zeros(out, -d->point);
        strbuf_add(out, d->digits, (size_t)d->n);
        return;
    }
    int whole = d->n < d->point ? d->n : d->point;
    strbuf_add(out, d->digits, (size_t)whole);
    add_zeros(out, d->point - whole);
    if (d->n > whole) {
        strbuf_addc(out, '.');
        strbuf_add(out, d->digits + whole, (size_t)(d->n - whole));
    }
}

static void print_exponent(struct strbuf *out, const struct decimal *d, int min_digits)
{
    strbuf_addc(out, d->digits[0]);
    if (d->n > 1) {
        strbuf_addc(out, '.');
        strbuf_add(out, d->digits + 1, (size_t)d->n - 1);
    }
    int exponent = d->point - 1;
    strbuf_addf(out, "e%c%0*d", exponent < 0 ? '-' : '+', min_digits, abs(exponent));
}

void float_print(struct strbuf *out, double f)
{
    if (isnan(f) || isinf(f)) {
        strbuf_adds(out, isnan(f) ? "NaN" : f > 0 ? "+Inf" : "-Inf");
        return;
    }
    if (signbit(f))
        strbuf_addc(out, '-');
    struct decimal d = shortest(fabs(f));
    if (f != 0 && (d.point < -3 || d.point > 6))
        print_exponent(out, &d, 2);
    else
        print_plain(out, &d);
}

void float_print_json(struct strbuf *out, double f)
{
    double size = fabs(f);
    struct decimal d = shortest(size);

    if (signbit(f))
        strbuf_addc(out, '-');
    if (size != 0 && (size < 1e-6 || size >= 1e21))
        print_exponent(out, &d, 1);
    else
        print_plain(out, &d);
}
