/* YAML 1.1 scalar resolution with the rules of Go's yaml.v2, and what follows from it. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codec/ytree.h"

#define TAG_PREFIX "tag:yaml.org,2002:"

static bool one_of(struct sv s, const char *const *words)
{
    for (; *words != NULL; words++)
        if (sv_eq(s, sv_of(*words)))
            return true;
    return false;
}

static bool is_null(struct sv s)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL", NULL};
    return one_of(s, words);
}

static bool read_bool(struct sv s, bool *v)
{
    static const char *const yes[] = {"y",    "Y",    "yes", "Yes", "YES", "true",
                                      "True", "TRUE", "on",  "On",  "ON",  NULL};
    static const char *const no[] = {"n",     "N",     "no",  "No",  "NO",  "false",
                                     "False", "FALSE", "off", "Off", "OFF", NULL};
    *v = one_of(s, yes);
    return *v || one_of(s, no);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The longest number that is read: enough for 64 binary digits with separators, and for any sane float. */
#define NUMBER_MAX 400

/* Numbers may have `_` anywhere; the copy in `out` has none. */
static bool without_underscores(struct sv s, char out[NUMBER_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '_')
            continue;
        if (n + 1 == NUMBER_MAX || s.p[i] == '\0')
            return false;
        out[n++] = s.p[i];
    }
    out[n] = '\0';
    return n != 0;
}

static int base_of(const char **digits)
{
    const char *p = *digits;
    if (p[0] != '0' || p[1] == '\0')
        return 10;
    const char c = (char)(p[1] | 0x20);
    const int base = c == 'x' ? 16 : c == 'b' ? 2 : c == 'o' ? 8 : 0;
    *digits = base != 0 ? p + 2 : p + 1;
    return base != 0 ? base : 8;
}

/* Go's ParseInt, and for large positive numbers ParseUint, with base 0. */
static bool read_int(struct sv s, bool *negative, uint64_t *magnitude)
{
    char text[NUMBER_MAX];
    if (!without_underscores(s, text))
        return false;
    const char *p = text;
    const bool sign = *p == '-' || *p == '+';
    *negative = *p == '-';
    p += sign ? 1 : 0;
    const int base = base_of(&p);
    const char first = (char)(*p | 0x20);
    if (!is_digit(*p) && !(base == 16 && first >= 'a' && first <= 'f'))
        return false;
    char *end;
    errno = 0;
    *magnitude = strtoull(p, &end, base);
    if (errno != 0 || *end != '\0')
        return false;
    /* strtoull() takes a second prefix ("0x0x1") */
    if (base == 16 && p[0] == '0' && (p[1] | 0x20) == 'x')
        return false;
    return !sign || *magnitude <= (uint64_t)INT64_MAX + (*negative ? 1 : 0);
}

static const char *skip_digits(const char *p)
{
    while (is_digit(*p))
        p++;
    return p;
}

/* [-+]? ( .9 | 9 | 9. | 9.9 ) ( e [-+]? 9 )? */
static bool float_syntax(const char *p)
{
    p += *p == '-' || *p == '+' ? 1 : 0;
    const char *whole = skip_digits(p);
    const char *end = whole;
    if (*whole == '.') {
        end = skip_digits(whole + 1);
        if (whole == p && end == whole + 1)
            return false;
    } else if (whole == p) {
        return false;
    }
    if (*end == 'e' || *end == 'E') {
        const char *exponent = end + 1;
        exponent += *exponent == '-' || *exponent == '+' ? 1 : 0;
        end = skip_digits(exponent);
        if (end == exponent)
            return false;
    }
    return *end == '\0';
}

static bool read_special_float(struct sv s, double *v)
{
    static const char *const nan_words[] = {".nan", ".NaN", ".NAN", NULL};
    static const char *const inf_words[] = {".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", NULL};
    static const char *const neg_words[] = {"-.inf", "-.Inf", "-.INF", NULL};
    *v = one_of(s, nan_words) ? (double)NAN : one_of(s, neg_words) ? -(double)INFINITY : (double)INFINITY;
    return isnan(*v) || *v < 0 || one_of(s, inf_words);
}

static bool read_float(struct sv s, double *v)
{
    char text[NUMBER_MAX];
    if (read_special_float(s, v))
        return true;
    /* a number that begins with its point has no separators */
    if (s.n != 0 && s.p[0] == '.' && memchr(s.p, '_', s.n) != NULL)
        return false;
    if (!without_underscores(s, text) || !float_syntax(text))
        return false;
    *v = strtod(text, NULL);
    return isfinite(*v);
}

/* One number of one or two digits. */
static bool take_small(struct sv *s, int min, int max, int *v)
{
    size_t n = 0;
    *v = 0;
    while (n < s->n && n < 2 && is_digit(s->p[n]))
        *v = *v * 10 + (s->p[n++] - '0');
    *s = (struct sv){s->p + n, s->n - n};
    return n != 0 && *v >= min && *v <= max;
}

static bool take_char(struct sv *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = (struct sv){s->p + 1, s->n - 1};
    return true;
}

static void take_fraction(struct sv *s)
{
    size_t n = 1;
    while (n < s->n && is_digit(s->p[n]))
        n++;
    if (n > 1 && (s->p[0] == '.' || s->p[0] == ','))
        *s = (struct sv){s->p + n, s->n - n};
}

static bool is_zone(struct sv s)
{
    if (sv_eq(s, SV("Z")))
        return true;
    return s.n == 6 && (s.p[0] == '+' || s.p[0] == '-') && is_digit(s.p[1]) && is_digit(s.p[2]) &&
           s.p[3] == ':' && is_digit(s.p[4]) && is_digit(s.p[5]);
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

/* 2006-1-2, and with T, t or a blank a time of day; a zone exactly after T and t. */
static bool is_timestamp(struct sv s)
{
    int year = 0, month, day, ignored;
    if (s.n < 8)
        return false;
    for (int i = 0; i < 4; i++) {
        if (!is_digit(s.p[i]))
            return false;
        year = year * 10 + (s.p[i] - '0');
    }
    s = (struct sv){s.p + 4, s.n - 4};
    if (!take_char(&s, '-') || !take_small(&s, 1, 12, &month) || !take_char(&s, '-') ||
        !take_small(&s, 1, days_in(year, month), &day))
        return false;
    if (s.n == 0)
        return true;
    const bool zoned = take_char(&s, 'T') || take_char(&s, 't');
    if (!zoned && !take_char(&s, ' '))
        return false;
    if (!take_small(&s, 0, 23, &ignored) || !take_char(&s, ':') || !take_small(&s, 0, 59, &ignored) ||
        !take_char(&s, ':') || !take_small(&s, 0, 59, &ignored))
        return false;
    take_fraction(&s);
    return zoned ? is_zone(s) : s.n == 0;
}

static enum ytree_type resolve(struct sv s, bool may_be_time)
{
    bool flag, negative;
    uint64_t magnitude;
    double number;
    if (is_null(s))
        return YT_NULL;
    if (read_bool(s, &flag))
        return YT_BOOL;
    if (may_be_time && is_timestamp(s))
        return YT_OTHER;
    if (read_int(s, &negative, &magnitude))
        return YT_INT;
    if (read_float(s, &number))
        return YT_FLOAT;
    return YT_STR;
}

enum ytree_type ytree_resolve(struct sv plain)
{
    return resolve(plain, true);
}

static bool has_tag(const struct ytree *n, const char *name)
{
    const struct sv prefix = SV(TAG_PREFIX);
    return sv_has_prefix(n->tag, prefix) &&
           sv_eq((struct sv){n->tag.p + prefix.n, n->tag.n - prefix.n}, sv_of(name));
}

enum ytree_type ytree_type(const struct ytree *n)
{
    if (n->kind != YTREE_SCALAR)
        return YT_OTHER;
    if (n->tag.n == 0)
        return n->quoted ? YT_STR : resolve(n->text, true);
    if (has_tag(n, "str"))
        return YT_STR;
    if (has_tag(n, "null"))
        return YT_NULL;
    if (has_tag(n, "timestamp"))
        return YT_OTHER;
    if (has_tag(n, "float") || has_tag(n, "int") || has_tag(n, "bool")) {
        const enum ytree_type t = resolve(n->text, false);
        return t == YT_INT && has_tag(n, "float") ? YT_FLOAT : t;
    }
    return YT_OTHER;
}

bool ytree_bool(const struct ytree *n, bool *v)
{
    return ytree_type(n) == YT_BOOL && read_bool(n->text, v);
}

bool ytree_int(const struct ytree *n, int64_t *v)
{
    const enum ytree_type t = ytree_type(n);
    bool negative;
    uint64_t magnitude;
    double number;
    if (t == YT_INT && read_int(n->text, &negative, &magnitude)) {
        if (!negative && magnitude > INT64_MAX)
            return false;
        *v = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
        return true;
    }
    if (t != YT_FLOAT || !ytree_float(n, &number) || !(number >= -0x1p63 && number < 0x1p63))
        return false;
    *v = (int64_t)number; /* towards zero, as upstream */
    return true;
}

bool ytree_float(const struct ytree *n, double *v)
{
    const enum ytree_type t = ytree_type(n);
    bool negative;
    uint64_t magnitude;
    if ((t == YT_INT || t == YT_FLOAT) && read_int(n->text, &negative, &magnitude)) {
        *v = negative ? -(double)magnitude : (double)magnitude;
        return true;
    }
    return t == YT_FLOAT && read_float(n->text, v);
}

static const char *short_tag(const struct ytree *n)
{
    static const char *const tags[] = {
        [YT_NULL] = "!!null",   [YT_BOOL] = "!!bool", [YT_INT] = "!!int",
        [YT_FLOAT] = "!!float", [YT_STR] = "!!str",   [YT_OTHER] = "!!timestamp",
    };
    return n->kind == YTREE_SEQ ? "!!seq" : n->kind == YTREE_MAP ? "!!map" : tags[ytree_type(n)];
}

void ytree_show(const struct ytree *n, struct strbuf *out)
{
    const struct sv prefix = SV(TAG_PREFIX);
    if (sv_has_prefix(n->tag, prefix))
        strbuf_addf(out, "!!%.*s", (int)(n->tag.n - prefix.n), n->tag.p + prefix.n);
    else if (n->tag.n != 0)
        strbuf_addsv(out, n->tag);
    else
        strbuf_adds(out, short_tag(n));
    if (n->kind != YTREE_SCALAR)
        return;
    const bool cut = n->text.n > 10;
    strbuf_addf(out, " `%.*s%s`", (int)(cut ? 7 : n->text.n), n->text.p, cut ? "..." : "");
}
