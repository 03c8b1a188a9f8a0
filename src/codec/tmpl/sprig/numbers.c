/* Arithmetic. Whatever can be read as a number is taken; what cannot be counts as zero. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "tmpl/number.h"
#include "tmpl/sprig/sprig.h"

#define DIGITS_MAX 64

static int64_t int_of_text(struct sv s)
{
    char text[DIGITS_MAX + 1], *end;

    if (s.n == 0 || s.n > DIGITS_MAX)
        return 0;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    errno = 0;
    const long long i = strtoll(text, &end, 0); /* 0x10 and 010 as in Go */
    return errno == 0 && end == text + s.n ? i : 0;
}

static int64_t int_of_float(double f)
{
    return f >= -9.2e18 && f <= 9.2e18 ? (int64_t)f : 0;
}

static int64_t int_of(struct tval v)
{
    switch (v.kind) {
    case TVAL_BOOL:
        return v.b ? 1 : 0;
    case TVAL_INT:
    case TVAL_DURATION:
        return v.i;
    case TVAL_FLOAT:
        return int_of_float(v.f);
    case TVAL_STR:
        return int_of_text(v.s);
    default:
        return 0;
    }
}

static double float_of(struct tval v)
{
    double f = 0;

    if (v.kind == TVAL_FLOAT)
        return v.f;
    if (v.kind == TVAL_STR)
        return float_parse(v.s, false, &f) ? f : 0;
    return (double)int_of(v);
}

static bool return_float(struct tval *ret, double f)
{
    *ret = (struct tval){.kind = TVAL_FLOAT, .f = f};
    return true;
}

/* ---- integers; they wrap around, as Go's do ---- */

TMPL_FUNCTION(add)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n_args; i++)
        sum += (uint64_t)int_of(args[i]);
    return return_int(ret, (int64_t)sum);
}

TMPL_FUNCTION(sub)
{
    return return_int(ret, (int64_t)((uint64_t)int_of(args[0]) - (uint64_t)int_of(args[1])));
}

TMPL_FUNCTION(mul)
{
    uint64_t product = (uint64_t)int_of(args[0]);
    for (size_t i = 1; i < n_args; i++)
        product *= (uint64_t)int_of(args[i]);
    return return_int(ret, (int64_t)product);
}

static bool check_divisor(int64_t by, struct err *err)
{
    return by != 0 || err_set(err, ERR_INVALID, "integer divide by zero");
}

TMPL_FUNCTION(divide)
{
    const int64_t by = int_of(args[1]);
    if (!check_divisor(by, err))
        return false;
    return return_int(ret, by == -1 ? (int64_t)(0 - (uint64_t)int_of(args[0])) : int_of(args[0]) / by);
}

TMPL_FUNCTION(mod)
{
    const int64_t by = int_of(args[1]);
    return check_divisor(by, err) && return_int(ret, by == -1 ? 0 : int_of(args[0]) % by);
}

TMPL_FUNCTION(max)
{
    int64_t most = int_of(args[0]);
    for (size_t i = 1; i < n_args; i++)
        most = int_of(args[i]) > most ? int_of(args[i]) : most;
    return return_int(ret, most);
}

TMPL_FUNCTION(min)
{
    int64_t least = int_of(args[0]);
    for (size_t i = 1; i < n_args; i++)
        least = int_of(args[i]) < least ? int_of(args[i]) : least;
    return return_int(ret, least);
}

TMPL_FUNCTION(to_int)
{
    return return_int(ret, int_of(args[0]));
}

/* ---- fractions ---- */

TMPL_FUNCTION(to_float)
{
    return return_float(ret, float_of(args[0]));
}

TMPL_FUNCTION(floor_of)
{
    return return_float(ret, floor(float_of(args[0])));
}

TMPL_FUNCTION(ceil_of)
{
    return return_float(ret, ceil(float_of(args[0])));
}

/* round number places [from which fraction on to round up] */
TMPL_FUNCTION(round_to)
{
    const double scale = pow(10, float_of(args[1])), scaled = scale * float_of(args[0]);
    const double up_from = n_args > 2 ? float_of(args[2]) : 0.5;
    double whole;

    return return_float(ret, (modf(scaled, &whole) >= up_from ? ceil(scaled) : floor(scaled)) / scale);
}

const struct tmethod sprig_number_functions[] = {
    {"add", 0, -1, add, NULL},        {"sub", 2, 2, sub, NULL},
    {"mul", 1, -1, mul, NULL},        {"div", 2, 2, divide, NULL},
    {"mod", 2, 2, mod, NULL},         {"max", 1, -1, max, NULL},
    {"min", 1, -1, min, NULL},        {"int", 1, 1, to_int, NULL},
    {"int64", 1, 1, to_int, NULL},    {"float64", 1, 1, to_float, NULL},
    {"floor", 1, 1, floor_of, NULL},  {"ceil", 1, 1, ceil_of, NULL},
    {"round", 2, -1, round_to, NULL}, {.name = NULL},
};
