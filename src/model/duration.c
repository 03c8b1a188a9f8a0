#include "model/duration.h"

#include <assert.h>

#include "codec/godur.h"
#include "codec/goquote.h"

#define US INT64_C(1000)
#define MS NS_PER_MS
#define S  NS_PER_S
#define M  (60 * S)
#define H  (60 * M)
#define D  (24 * H)
#define W  (7 * D)
#define Y  (365 * D)

/* A negative duration reaches one nanosecond further than a positive one. */
#define MAGNITUDE_MAX (UINT64_C(1) << 63)

struct unit {
    const char *name;
    dur_ns ns;
};

/* Largest first: the only order in which Prometheus accepts them, and the order of printing. */
static const struct unit prometheus_units[] = {
    {"y", Y}, {"w", W}, {"d", D}, {"h", H}, {"m", M}, {"s", S}, {"ms", MS},
};

/* Go's, and the two that flags have in addition. Both micro signs of Unicode are taken, as in Go. */
static const struct unit go_units[] = {
    {"ns", 1}, {"us", US}, {"\xc2\xb5s", US}, {"\xce\xbcs", US}, {"ms", MS}, {"s", S}, {"m", M}, {"h", H},
};
static const struct unit flag_units[] = {
    {"ns", 1}, {"us", US}, {"\xc2\xb5s", US}, {"\xce\xbcs", US}, {"ms", MS},
    {"s", S},  {"m", M},   {"h", H},          {"d", D},          {"w", W},
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static struct sv skip(struct sv s, size_t n)
{
    return (struct sv){s.p + n, s.n - n};
}

/* The position in the table, or n. */
static size_t find_unit(const struct unit *units, size_t n, struct sv name)
{
    size_t i = 0;
    while (i < n && !sv_eq(sv_of(units[i].name), name))
        i++;
    return i;
}

/* Takes the digits in front of *s; false when there are so many that the number exceeds 64 bits. */
static bool take_number(struct sv *s, uint64_t *value)
{
    bool fits = true;
    size_t i = 0;

    *value = 0;
    for (; i < s->n && is_digit(s->p[i]); i++)
        fits = fits && !__builtin_mul_overflow(*value, 10, value) &&
               !__builtin_add_overflow(*value, (uint64_t)(s->p[i] - '0'), value);
    *s = skip(*s, i);
    return fits;
}

static struct sv take_unit(struct sv *s, bool (*ends_unit)(char c))
{
    size_t i = 0;
    while (i < s->n && !ends_unit(s->p[i]))
        i++;
    const struct sv name = {s->p, i};
    *s = skip(*s, i);
    return name;
}

static bool bad_prometheus(struct err *err, const char *what, struct sv s)
{
    CLEANUP(strbuf_donep) struct strbuf quoted = {0};
    go_quote(&quoted, s);
    return err_set(err, ERR_INVALID, "%s%s", what, quoted.p);
}

static bool bad_prometheus_unit(struct err *err, struct sv unit, struct sv s)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    strbuf_adds(&text, "unknown unit ");
    go_quote(&text, unit);
    strbuf_adds(&text, " in duration ");
    return bad_prometheus(err, text.p, s);
}

bool duration_parse(struct sv s, dur_ns *d, struct err *err)
{
    static const char not_valid[] = "not a valid duration string: ";
    const size_t n_units = COUNT_OF(prometheus_units);
    size_t next_unit = 0;
    uint64_t sum = 0;

    if (s.n == 0)
        return err_set(err, ERR_INVALID, "empty duration string");
    struct sv rest = sv_eq(s, SV("0")) ? skip(s, 1) : s;
    while (rest.n != 0) {
        uint64_t value, ns;
        if (!is_digit(rest.p[0]) || !take_number(&rest, &value) || rest.n == 0)
            return bad_prometheus(err, not_valid, s);
        const struct sv name = take_unit(&rest, is_digit);
        const size_t unit = find_unit(prometheus_units, n_units, name);
        if (unit == n_units)
            return bad_prometheus_unit(err, name, s);
        if (unit < next_unit)
            return bad_prometheus(err, not_valid, s);
        next_unit = unit + 1;
        if (__builtin_mul_overflow(value, (uint64_t)prometheus_units[unit].ns, &ns) ||
            __builtin_add_overflow(sum, ns, &sum) || sum > INT64_MAX)
            return err_set(err, ERR_INVALID, "duration out of range");
    }
    *d = (dur_ns)sum;
    return true;
}

void duration_print(struct strbuf *out, dur_ns d)
{
    uint64_t ms = (d < 0 ? UINT64_C(0) - (uint64_t)d : (uint64_t)d) / MS;

    if (ms == 0) {
        strbuf_adds(out, "0s");
        return;
    }
    if (d < 0)
        strbuf_addc(out, '-');
    for (size_t i = 0; i < COUNT_OF(prometheus_units); i++) {
        const uint64_t unit = (uint64_t)(prometheus_units[i].ns / MS);
        /* Years and weeks only when nothing is left over: 90d reads better than 12w6d. */
        const bool only_exact = prometheus_units[i].ns >= W;
        assert(unit != 0);
        if (ms < unit || (only_exact && ms % unit != 0))
            continue;
        strbuf_addu64(out, ms / unit);
        strbuf_adds(out, prometheus_units[i].name);
        ms %= unit;
    }
}

/* Package time quotes on its own: bytes, not runes. */
static void quote_bytes(struct strbuf *out, struct sv s)
{
    strbuf_addc(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        const unsigned char c = (unsigned char)s.p[i];
        if (c < ' ' || c >= 0x80)
            strbuf_addf(out, "\\x%02x", c);
        else
            strbuf_addf(out, c == '"' || c == '\\' ? "\\%c" : "%c", c);
    }
    strbuf_addc(out, '"');
}

static bool bad_go(struct err *err, const char *what, struct sv s)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    quote_bytes(&text, s);
    return err_set(err, ERR_INVALID, "time: %s duration %s", what, text.p);
}

static bool bad_go_unit(struct err *err, struct sv unit, struct sv s)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    strbuf_adds(&text, "unknown unit ");
    quote_bytes(&text, unit);
    strbuf_adds(&text, " in");
    return bad_go(err, text.p, s);
}

static bool ends_go_unit(char c)
{
    return c == '.' || is_digit(c);
}

struct fraction {
    uint64_t digits;
    double scale; /* digits / scale is the value */
};

/* Takes the digits after the point. What exceeds the precision of the result is read and ignored. */
static struct fraction take_fraction(struct sv *s)
{
    struct fraction f = {.scale = 1};
    bool precise = true;
    size_t i = 0;

    for (; i < s->n && is_digit(s->p[i]); i++) {
        precise = precise && f.digits <= (uint64_t)(INT64_MAX / 10);
        if (!precise)
            continue;
        const uint64_t longer = f.digits * 10 + (uint64_t)(s->p[i] - '0');
        precise = longer <= MAGNITUDE_MAX;
        if (!precise)
            continue;
        f.digits = longer;
        f.scale *= 10;
    }
    *s = skip(*s, i);
    return f;
}

/* Takes one number with an optional fraction; false when there is no digit or too many of them. */
static bool take_decimal(struct sv *s, uint64_t *whole, struct fraction *f)
{
    const size_t before = s->n;
    if (!take_number(s, whole) || *whole > MAGNITUDE_MAX)
        return false;
    bool digits = s->n != before;

    *f = (struct fraction){.scale = 1};
    if (s->n != 0 && s->p[0] == '.') {
        *s = skip(*s, 1);
        const size_t from = s->n;
        *f = take_fraction(s);
        digits = digits || s->n != from;
    }
    return digits;
}

/* whole.fraction units, added to *sum; false past the range. */
static bool add_scaled(uint64_t *sum, uint64_t whole, struct fraction f, dur_ns unit)
{
    uint64_t ns;

    if (__builtin_mul_overflow(whole, (uint64_t)unit, &ns) || ns > MAGNITUDE_MAX)
        return false;
    if (f.digits != 0)
        ns += (uint64_t)((double)f.digits * ((double)unit / f.scale));
    return ns <= MAGNITUDE_MAX && !__builtin_add_overflow(*sum, ns, sum) && *sum <= MAGNITUDE_MAX;
}

static bool parse_go(struct sv s, const struct unit *units, size_t n_units, dur_ns *d, struct err *err)
{
    struct sv rest = s;
    uint64_t sum = 0;

    const bool negative = s.n != 0 && s.p[0] == '-';
    if (negative || (s.n != 0 && s.p[0] == '+'))
        rest = skip(rest, 1);
    if (rest.n == 0)
        return bad_go(err, "invalid", s);
    if (sv_eq(rest, SV("0")))
        rest.n = 0;
    while (rest.n != 0) {
        struct fraction f;
        uint64_t whole;
        if (!take_decimal(&rest, &whole, &f))
            return bad_go(err, "invalid", s);
        const struct sv name = take_unit(&rest, ends_go_unit);
        if (name.n == 0)
            return bad_go(err, "missing unit in", s);
        const size_t unit = find_unit(units, n_units, name);
        if (unit == n_units)
            return bad_go_unit(err, name, s);
        if (!add_scaled(&sum, whole, f, units[unit].ns))
            return bad_go(err, "invalid", s);
    }
    if (!negative && sum == MAGNITUDE_MAX)
        return bad_go(err, "invalid", s);
    *d = negative ? (dur_ns)(UINT64_C(0) - sum) : (dur_ns)sum;
    return true;
}

bool go_duration_parse(struct sv s, dur_ns *d, struct err *err)
{
    return parse_go(s, go_units, COUNT_OF(go_units), d, err);
}

bool flag_duration_parse(struct sv s, dur_ns *d, struct err *err)
{
    return parse_go(s, flag_units, COUNT_OF(flag_units), d, err);
}

void go_duration_print(struct strbuf *out, dur_ns d)
{
    godur_print(out, d);
}
