#include "codec/godur.h"

#include <inttypes.h>
#include <stdio.h>

/* value / unit with the fraction's trailing zeros dropped; unit is a power of ten. */
static void add_decimal(struct strbuf *out, uint64_t value, uint64_t unit)
{
    char digits[24];

    strbuf_addu64(out, value / unit);
    if (value % unit == 0)
        return;
    int n = snprintf(digits, sizeof digits, "%" PRIu64, unit + value % unit);
    while (digits[n - 1] == '0')
        n--;
    strbuf_addc(out, '.');
    strbuf_add(out, digits + 1, (size_t)n - 1); /* without the 1 that kept the leading zeros */
}

static void add_below_second(struct strbuf *out, uint64_t ns)
{
    static const struct {
        uint64_t unit;
        const char *suffix;
    } units[] = {{1000000, "ms"}, {1000, "µs"}, {1, "ns"}};
    size_t i = 0;

    while (ns < units[i].unit)
        i++;
    add_decimal(out, ns, units[i].unit);
    strbuf_adds(out, units[i].suffix);
}

void godur_print(struct strbuf *out, dur_ns d)
{
    const uint64_t second = 1000000000, minute = 60 * second, hour = 60 * minute;
    const uint64_t ns = d < 0 ? 0 - (uint64_t)d : (uint64_t)d;

    if (ns == 0) {
        strbuf_adds(out, "0s");
        return;
    }
    if (d < 0)
        strbuf_addc(out, '-');
    if (ns < second) {
        add_below_second(out, ns);
        return;
    }
    if (ns >= hour)
        strbuf_addf(out, "%" PRIu64 "h", ns / hour);
    if (ns >= minute)
        strbuf_addf(out, "%" PRIu64 "m", ns % hour / minute);
    add_decimal(out, ns % minute, second);
    strbuf_addc(out, 's');
}

/* ---- reading ---- */

static bool unit_ns(struct sv *s, int64_t *ns)
{
    static const struct {
        const char *name;
        int64_t ns;
    } units[] = {{"ns", 1},       {"us", 1000},    {"µs", 1000},         {"μs", 1000},
                 {"ms", 1000000}, {"s", NS_PER_S}, {"m", 60 * NS_PER_S}, {"h", 3600 * NS_PER_S}};

    for (size_t i = 0; i < COUNT_OF(units); i++) {
        const struct sv name = sv_of(units[i].name);
        if (!sv_has_prefix(*s, name))
            continue;
        *s = (struct sv){s->p + name.n, s->n - name.n};
        *ns = units[i].ns;
        return true;
    }
    return false;
}

/* Digits in front of the point, or behind it: how many, and what they are worth. */
static size_t take_digits(struct sv *s, double *value, double *scale)
{
    size_t n = 0;

    *value = 0;
    *scale = 1;
    for (; n < s->n && s->p[n] >= '0' && s->p[n] <= '9'; n++) {
        *value = *value * 10 + (s->p[n] - '0');
        *scale *= 10;
    }
    *s = (struct sv){s->p + n, s->n - n};
    return n;
}

static bool take_part(struct sv *s, double *sum)
{
    double whole, fraction = 0, scale;
    size_t digits = take_digits(s, &whole, &scale);
    int64_t unit;

    scale = 1;
    if (s->n != 0 && s->p[0] == '.') {
        *s = (struct sv){s->p + 1, s->n - 1};
        digits += take_digits(s, &fraction, &scale);
    }
    if (digits == 0 || !unit_ns(s, &unit))
        return false;
    *sum += whole * (double)unit + fraction * ((double)unit / scale);
    return *sum < 9.2e18;
}

bool godur_parse(struct sv s, dur_ns *d)
{
    const bool negative = s.n != 0 && s.p[0] == '-';
    double sum = 0;

    if (s.n != 0 && (s.p[0] == '-' || s.p[0] == '+'))
        s = (struct sv){s.p + 1, s.n - 1};
    *d = 0;
    if (sv_eq(s, SV("0")))
        return true;
    do {
        if (!take_part(&s, &sum))
            return false;
    } while (s.n != 0);
    *d = (dur_ns)(negative ? -sum : sum);
    return true;
}
