#include "codec/rfc3339.h"

#include <stdio.h>

#define SEC_PER_DAY INT64_C(86400)

/* Days since 1970-01-01 in the proleptic Gregorian calendar. Years start in March here, so that the leap day
 * is the last of its year; 400 years are 146097 days. */
static int64_t days_from_civil(int64_t y, int month, int day)
{
    y -= month <= 2;
    const int64_t era = (y >= 0 ? y : y - 399) / 400;
    const int64_t year_of_era = y - era * 400;
    const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static struct civil civil_from_days(int64_t days)
{
    const int64_t z = days + 719468;
    const int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    const int64_t day_of_era = z - era * 146097;
    const int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t shifted = (5 * day_of_year + 2) / 153; /* 0 is March */
    const int month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    const int year = (int)(year_of_era + era * 400 + (month <= 2));

    return (struct civil){
        .year = year,
        .month = month,
        .day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1),
        .weekday = (int)(((days + 4) % 7 + 7) % 7), /* 1970-01-01 was a Thursday */
        .yearday = (int)(days - days_from_civil(year, 1, 1) + 1),
    };
}

int64_t civil_to_sec(int year, int month, int day, int hour, int minute, int second)
{
    return days_from_civil(year, month, day) * SEC_PER_DAY + hour * INT64_C(3600) + minute * INT64_C(60) +
           second;
}

struct civil stamp_civil(struct stamp t)
{
    const int64_t local = t.sec + t.off_min * INT64_C(60);
    const int64_t days = (local >= 0 ? local : local - (SEC_PER_DAY - 1)) / SEC_PER_DAY;
    const int in_day = (int)(local - days * SEC_PER_DAY);
    struct civil c = civil_from_days(days);

    c.hour = in_day / 3600;
    c.minute = in_day / 60 % 60;
    c.second = in_day % 60;
    return c;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

/* A text on its way through a layout. Layouts are written as in Go, because its error texts quote them. */
struct parser {
    struct sv rest;
    bool strict;         /* RFC 3339 to the letter, where Go's layouts are lenient */
    const char *outside; /* the field that is out of range, or NULL */
    int year, month, day, hour, minute, second;
    int32_t nsec;
    int off_min;
};

static bool is_digit(struct sv s, size_t i)
{
    return i < s.n && s.p[i] >= '0' && s.p[i] <= '9';
}

static void advance(struct parser *p, size_t n)
{
    p->rest.p += n;
    p->rest.n -= n;
}

/* Exactly `n` digits. */
static bool number(struct parser *p, size_t n, int *value)
{
    *value = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_digit(p->rest, i))
            return false;
        *value = *value * 10 + (p->rest.p[i] - '0');
    }
    advance(p, n);
    return true;
}

static bool in_range(struct parser *p, int value, int min, int max, const char *field)
{
    if (value < min || value > max)
        p->outside = field;
    return p->outside == NULL;
}

static bool parse_year(struct parser *p)
{
    return number(p, 4, &p->year);
}

static bool parse_month(struct parser *p)
{
    return number(p, 2, &p->month) && in_range(p, p->month, 1, 12, "month");
}

static bool parse_day(struct parser *p)
{
    return number(p, 2, &p->day); /* the range is known when all is read */
}

static bool parse_hour(struct parser *p)
{
    const size_t digits = p->strict || is_digit(p->rest, 1) ? 2 : 1;
    return number(p, digits, &p->hour) && in_range(p, p->hour, 0, 23, "hour");
}

static bool parse_minute(struct parser *p)
{
    return number(p, 2, &p->minute) && in_range(p, p->minute, 0, 59, "minute");
}

/* Any number of digits; those after the ninth are dropped. */
static void parse_fraction(struct parser *p, size_t digits)
{
    p->nsec = 0;
    for (size_t i = 0; i < 9; i++)
        p->nsec = p->nsec * 10 + (i < digits ? p->rest.p[1 + i] - '0' : 0);
    advance(p, 1 + digits);
}

static size_t fraction_digits(const struct parser *p)
{
    const bool point = p->rest.n != 0 && (p->rest.p[0] == '.' || (p->rest.p[0] == ',' && !p->strict));
    size_t n = 0;
    while (point && is_digit(p->rest, 1 + n))
        n++;
    return n;
}

/* As in Go, a fraction may follow the seconds whether the layout has one or not. */
static bool parse_second(struct parser *p)
{
    if (!number(p, 2, &p->second) || !in_range(p, p->second, 0, 59, "second"))
        return false;
    const size_t digits = fraction_digits(p);
    if (digits != 0)
        parse_fraction(p, digits);
    return true;
}

static bool parse_second_of(struct parser *p, size_t fraction)
{
    if (!number(p, 2, &p->second) || !in_range(p, p->second, 0, 59, "second"))
        return false;
    if (fraction_digits(p) != fraction)
        return false;
    parse_fraction(p, fraction);
    return true;
}

static bool parse_second_ms(struct parser *p)
{
    return parse_second_of(p, 3);
}

static bool parse_second_us(struct parser *p)
{
    return parse_second_of(p, 6);
}

static bool parse_offset(struct parser *p, bool colon)
{
    int hours, minutes;

    if (p->rest.n != 0 && p->rest.p[0] == 'Z') {
        advance(p, 1);
        return true;
    }
    if (p->rest.n == 0 || (p->rest.p[0] != '+' && p->rest.p[0] != '-'))
        return false;
    const int sign = p->rest.p[0] == '-' ? -1 : 1;
    advance(p, 1);
    if (!number(p, 2, &hours))
        return false;
    if (colon) {
        if (p->rest.n == 0 || p->rest.p[0] != ':')
            return false;
        advance(p, 1);
    }
    if (!number(p, 2, &minutes) || !in_range(p, hours, 0, p->strict ? 23 : 24, "time zone offset hour") ||
        !in_range(p, minutes, 0, p->strict ? 59 : 60, "time zone offset minute"))
        return false;
    p->off_min = sign * (hours * 60 + minutes);
    return true;
}

static bool parse_offset_colon(struct parser *p)
{
    return parse_offset(p, true);
}

static bool parse_offset_plain(struct parser *p)
{
    return parse_offset(p, false);
}

/* What layouts consist of, as it is spelled in them; without `parse` a character that stands for itself. */
struct element {
    const char *layout;
    bool (*parse)(struct parser *p);
};

static const struct element el_year = {"2006", parse_year}, el_month = {"01", parse_month},
                            el_day = {"02", parse_day}, el_hour = {"15", parse_hour},
                            el_minute = {"04", parse_minute}, el_second = {"05", parse_second},
                            el_second_ms = {"05.000", parse_second_ms},
                            el_second_us = {"05.000000", parse_second_us},
                            el_offset_colon = {"Z07:00", parse_offset_colon},
                            el_offset_plain = {"Z0700", parse_offset_plain}, el_dash = {"-", NULL},
                            el_colon = {":", NULL}, el_space = {" ", NULL}, el_t = {"T", NULL},
                            el_z = {"Z", NULL};

#define DATE        &el_year, &el_dash, &el_month, &el_dash, &el_day
#define HOUR_MINUTE &el_hour, &el_colon, &el_minute

/* Split beforehand, because every alert brings two times. */
typedef const struct element *const *layout;
static const struct element *const rfc3339[] = {
    DATE, &el_t, HOUR_MINUTE, &el_colon, &el_second, &el_offset_colon, NULL};

#define LAYOUT_MAX 40

static const char *layout_text(layout l, char out[LAYOUT_MAX])
{
    size_t n = 0;
    for (; *l != NULL; l++)
        n += (size_t)snprintf(out + n, LAYOUT_MAX - n, "%s", (*l)->layout);
    return out;
}

/* Go's package time quotes in its own way: bytewise. */
static const char *quote(struct sv s, char *out, size_t size)
{
    size_t n = 0;

    out[n++] = '"';
    for (size_t i = 0; i < s.n && n + 6 < size; i++) {
        const unsigned char c = (unsigned char)s.p[i];
        if (c < ' ' || c >= 0x80)
            n += (size_t)snprintf(out + n, size - n, "\\x%02x", c);
        else if (c == '"' || c == '\\')
            n += (size_t)snprintf(out + n, size - n, "\\%c", c);
        else
            out[n++] = (char)c;
    }
    out[n++] = '"';
    out[n] = '\0';
    return out;
}

#define QUOTED_MAX 400 /* two of them and the rest fit in struct err */

static bool fail_at(struct sv whole, layout l, struct sv rest, const char *wanted, struct err *err)
{
    char value[QUOTED_MAX], left[QUOTED_MAX], text[LAYOUT_MAX];
    return err_set(err, ERR_INVALID, "parsing time %s as \"%s\": cannot parse %s as \"%s\"",
                   quote(whole, value, sizeof value), layout_text(l, text), quote(rest, left, sizeof left),
                   wanted);
}

static bool fail_range(struct sv whole, const char *field, struct err *err)
{
    char value[QUOTED_MAX];
    return err_set(err, ERR_INVALID, "parsing time %s: %s out of range", quote(whole, value, sizeof value),
                   field);
}

static bool fail_extra(struct sv whole, struct sv rest, struct err *err)
{
    char value[QUOTED_MAX], left[QUOTED_MAX];
    return err_set(err, ERR_INVALID, "parsing time %s: extra text: %s", quote(whole, value, sizeof value),
                   quote(rest, left, sizeof left));
}

static bool parse_element(struct parser *p, const struct element *e)
{
    if (e->parse != NULL)
        return e->parse(p);
    if (p->rest.n == 0 || p->rest.p[0] != e->layout[0])
        return false;
    advance(p, 1);
    return true;
}

static bool run_layout(struct parser *p, struct sv whole, layout l, struct err *err)
{
    for (layout at = l; *at != NULL; at++) {
        const struct sv before = p->rest;
        if (!parse_element(p, *at))
            return p->outside != NULL ? fail_range(whole, p->outside, err)
                                      : fail_at(whole, l, before, (*at)->layout, err);
    }
    if (p->rest.n != 0)
        return fail_extra(whole, p->rest, err);
    if (p->day < 1 || p->day > days_in(p->year, p->month))
        return fail_range(whole, "day", err);
    return true;
}

static bool parse(struct sv s, layout l, bool strict, struct stamp *t, struct err *err)
{
    struct parser p = {.rest = s, .strict = strict};

    if (!run_layout(&p, s, l, err))
        return false;
    *t = (struct stamp){
        .sec = civil_to_sec(p.year, p.month, p.day, p.hour, p.minute, p.second) - p.off_min * INT64_C(60),
        .nsec = p.nsec,
        .off_min = (int16_t)p.off_min,
    };
    return true;
}

bool stamp_parse_api(struct sv s, struct stamp *t, struct err *err)
{
    static const struct element *const with_ms[] = {
        DATE, &el_t, HOUR_MINUTE, &el_colon, &el_second_ms, &el_offset_plain, NULL};
    static const struct element *const with_us[] = {
        DATE, &el_t, HOUR_MINUTE, &el_colon, &el_second_us, &el_offset_plain, NULL};
    static const struct element *const local[] = {DATE, &el_t, HOUR_MINUTE, &el_colon, &el_second, NULL};
    static const struct element *const minutes_z[] = {DATE, &el_t, HOUR_MINUTE, &el_z, NULL};
    static const struct element *const minutes[] = {DATE, &el_t, HOUR_MINUTE, NULL};
    static const struct element *const spaced[] = {DATE, &el_space, HOUR_MINUTE, &el_colon, &el_second, NULL};
    static const struct element *const date[] = {DATE, NULL};
    /* The usual one first; the error text is that of the last. */
    static const layout layouts[] = {rfc3339, with_ms, with_us, local, minutes_z, minutes, spaced, date};

    if (s.n == 0) {
        *t = (struct stamp){0};
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(layouts); i++)
        if (parse(s, layouts[i], false, t, err))
            return true;
    return false;
}

bool stamp_parse_rfc3339(struct sv s, struct stamp *t, struct err *err)
{
    return parse(s, rfc3339, true, t, err);
}

/* By hand, because printf takes longer than everything else about writing an alert. */
static char *put_digits(char *p, int v, int width)
{
    for (int i = width; i-- > 0; v /= 10)
        p[i] = (char)('0' + v % 10);
    return p + width;
}

static char *put_year(char *p, int year)
{
    return year >= 0 && year <= 9999 ? put_digits(p, year, 4) : p + snprintf(p, 12, "%04d", year);
}

static char *put_part(char *p, char before, int v)
{
    *p = before;
    return put_digits(p + 1, v, 2);
}

/* `digits` of the nanoseconds, without rounding; 0 writes no fraction. */
static char *put_fraction(char *p, int nsec, int digits)
{
    char all[9];

    if (digits == 0)
        return p;
    put_digits(all, nsec, 9);
    *p++ = '.';
    memcpy(p, all, (size_t)digits);
    return p + digits;
}

static char *put_offset(char *p, int minutes)
{
    const int off = minutes < 0 ? -minutes : minutes;

    if (off == 0) {
        *p = 'Z';
        return p + 1;
    }
    p = put_part(p, minutes < 0 ? '-' : '+', off / 60);
    return put_part(p, ':', off % 60);
}

static size_t print(struct stamp t, int digits, char out[STAMP_TEXT_MAX])
{
    const struct civil c = stamp_civil(t);
    char *p = put_year(out, c.year);

    p = put_part(p, '-', c.month);
    p = put_part(p, '-', c.day);
    p = put_part(p, 'T', c.hour);
    p = put_part(p, ':', c.minute);
    p = put_part(p, ':', c.second);
    p = put_offset(put_fraction(p, t.nsec, digits), t.off_min);
    *p = '\0';
    return (size_t)(p - out);
}

size_t stamp_print_ms(struct stamp t, char out[STAMP_TEXT_MAX])
{
    return print(t, 3, out);
}

size_t stamp_print_nano(struct stamp t, char out[STAMP_TEXT_MAX])
{
    int digits = t.nsec != 0 ? 9 : 0;

    for (int32_t v = t.nsec; digits != 0 && v % 10 == 0; v /= 10)
        digits--;
    return print(t, digits, out);
}
