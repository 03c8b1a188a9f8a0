#include "base/attr.h"
#include "codec/goquote.h"
#include "codec/rfc3339.h"
#include "tmpl/chars.h"
#include "tmpl/layout.h"

/* What has been read so far; -1: not given. */
struct reading {
    struct sv rest;
    int year, month, day, yearday, hour, minute, second, nsec;
    bool pm, am;
    int offset;        /* seconds east */
    const char *range; /* what is out of its range */
};

static bool is_digit(struct sv s, size_t i)
{
    return i < s.n && char_is_digit(s.p[i]);
}

static void skip(struct sv *s, size_t n)
{
    s->p += n;
    s->n -= n;
}

/* At least `min` and at most `max` digits. */
static bool take_digits(struct sv *s, size_t min, size_t max, int *value)
{
    size_t n = 0;

    for (*value = 0; n < max && is_digit(*s, n); n++)
        *value = *value * 10 + (s->p[n] - '0');
    if (n < min)
        return false;
    skip(s, n);
    return true;
}

static bool take_char(struct sv *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    skip(s, 1);
    return true;
}

/* One of the names; only their first `prefix` letters when that is not 0. */
static bool take_name(struct sv *s, const char *const *names, size_t n, size_t prefix, int *index)
{
    for (size_t i = 0; i < n; i++) {
        size_t len = prefix != 0 ? prefix : strlen(names[i]);
        if (s->n >= len && sv_eq_nocase((struct sv){s->p, len}, (struct sv){names[i], len})) {
            skip(s, len);
            *index = (int)i;
            return true;
        }
    }
    return false;
}

static bool check_range(struct reading *r, int value, int low, int high, const char *what)
{
    if (value < low || value > high)
        r->range = what;
    return true;
}

/* A separator and `n` digits behind it. */
static bool take_fraction(struct reading *r, size_t n)
{
    int scale = 100000000;

    if (r->rest.n < n + 1 || (r->rest.p[0] != '.' && r->rest.p[0] != ','))
        return false;
    r->nsec = 0;
    for (size_t i = 1; i <= n; i++, scale /= 10) {
        if (!is_digit(r->rest, i))
            return false;
        r->nsec += (r->rest.p[i] - '0') * scale;
    }
    skip(&r->rest, n + 1);
    return true;
}

static size_t fraction_digits(struct sv s)
{
    size_t n = 0;
    if (s.n == 0 || (s.p[0] != '.' && s.p[0] != ','))
        return 0;
    while (is_digit(s, n + 1))
        n++;
    return n;
}

/* Seconds may have a fraction that the layout does not mention. */
static bool take_second(struct reading *r, size_t min, struct sv layout)
{
    struct sv before, after;

    if (!take_digits(&r->rest, min, 2, &r->second))
        return false;
    (void)check_range(r, r->second, 0, 59, "second");
    const size_t n = fraction_digits(r->rest);
    if (r->range != NULL || n == 0 || layout_next(layout, &before, &after).kind == CHUNK_FRACTION)
        return true;
    return take_fraction(r, n);
}

static bool take_offset(struct reading *r, const struct chunk *c)
{
    int hours, minutes = 0, seconds = 0;

    if (c->zulu && take_char(&r->rest, 'Z')) {
        r->offset = 0;
        return true;
    }
    bool west = take_char(&r->rest, '-');
    if (!west && !take_char(&r->rest, '+'))
        return false;
    if (!take_digits(&r->rest, 2, 2, &hours))
        return false;
    if (c->minutes && ((c->colon && !take_char(&r->rest, ':')) || !take_digits(&r->rest, 2, 2, &minutes)))
        return false;
    if (c->seconds && ((c->colon && !take_char(&r->rest, ':')) || !take_digits(&r->rest, 2, 2, &seconds)))
        return false;
    (void)check_range(r, hours, 0, 24, "time zone offset hour");
    (void)check_range(r, minutes, 0, 60, "time zone offset minute");
    r->offset = (west ? -1 : 1) * ((hours * 60 + minutes) * 60 + seconds);
    return true;
}

/* An abbreviation says too little to know its offset: it counts as UTC, as in Go unless it is the local one.
 */
static bool take_zone_name(struct reading *r)
{
    size_t n = 0;
    while (n < r->rest.n && n < 5 && r->rest.p[n] >= 'A' && r->rest.p[n] <= 'Z')
        n++;
    if (n < 3)
        return false;
    skip(&r->rest, n);
    return true;
}

static bool take_pm(struct reading *r, bool upper)
{
    r->pm = sv_has_prefix(r->rest, upper ? SV("PM") : SV("pm"));
    r->am = sv_has_prefix(r->rest, upper ? SV("AM") : SV("am"));
    if (!r->pm && !r->am)
        return false;
    skip(&r->rest, 2);
    return true;
}

static bool take_year(struct reading *r, bool full)
{
    if (!take_digits(&r->rest, full ? 4 : 2, full ? 4 : 2, &r->year))
        return false;
    if (!full)
        r->year += r->year >= 69 ? 1900 : 2000;
    return true;
}

static bool take_month_name(struct reading *r, size_t prefix)
{
    if (!take_name(&r->rest, month_names, COUNT_OF(month_names), prefix, &r->month))
        return false;
    r->month++;
    return true;
}

static bool take_chunk(struct reading *r, const struct chunk *c, struct sv layout)
{
    int ignored;

    switch (c->kind) {
    case CHUNK_LONG_YEAR:
    case CHUNK_YEAR:
        return take_year(r, c->kind == CHUNK_LONG_YEAR);
    case CHUNK_LONG_MONTH:
    case CHUNK_MONTH:
        return take_month_name(r, c->kind == CHUNK_MONTH ? 3 : 0);
    case CHUNK_ZERO_MONTH:
    case CHUNK_NUM_MONTH:
        return take_digits(&r->rest, c->kind == CHUNK_ZERO_MONTH ? 2 : 1, 2, &r->month) &&
               check_range(r, r->month, 1, 12, "month");
    case CHUNK_LONG_WEEKDAY:
    case CHUNK_WEEKDAY:
        return take_name(&r->rest, weekday_names, COUNT_OF(weekday_names), c->kind == CHUNK_WEEKDAY ? 3 : 0,
                         &ignored);
    case CHUNK_UNDER_DAY:
        (void)take_char(&r->rest, ' ');
        return take_digits(&r->rest, 1, 2, &r->day);
    case CHUNK_ZERO_DAY:
    case CHUNK_DAY:
        return take_digits(&r->rest, c->kind == CHUNK_ZERO_DAY ? 2 : 1, 2, &r->day);
    case CHUNK_UNDER_YEARDAY:
        for (int i = 0; i < 2; i++)
            (void)take_char(&r->rest, ' ');
        return take_digits(&r->rest, 1, 3, &r->yearday);
    case CHUNK_ZERO_YEARDAY:
        return take_digits(&r->rest, 3, 3, &r->yearday);
    case CHUNK_HOUR:
        return take_digits(&r->rest, 1, 2, &r->hour) && check_range(r, r->hour, 0, 23, "hour");
    case CHUNK_ZERO_HOUR12:
    case CHUNK_HOUR12:
        return take_digits(&r->rest, c->kind == CHUNK_ZERO_HOUR12 ? 2 : 1, 2, &r->hour) &&
               check_range(r, r->hour, 0, 12, "hour");
    case CHUNK_ZERO_MINUTE:
    case CHUNK_MINUTE:
        return take_digits(&r->rest, c->kind == CHUNK_ZERO_MINUTE ? 2 : 1, 2, &r->minute) &&
               check_range(r, r->minute, 0, 59, "minute");
    case CHUNK_ZERO_SECOND:
    case CHUNK_SECOND:
        return take_second(r, c->kind == CHUNK_ZERO_SECOND ? 2 : 1, layout);
    case CHUNK_UPPER_PM:
    case CHUNK_LOWER_PM:
        return take_pm(r, c->kind == CHUNK_UPPER_PM);
    case CHUNK_ZONE_NAME:
        return take_zone_name(r);
    case CHUNK_OFFSET:
        return take_offset(r, c);
    case CHUNK_FRACTION:
        if (!c->trim)
            return take_fraction(r, c->text.n - 1);
        return fraction_digits(r->rest) == 0 || take_fraction(r, fraction_digits(r->rest));
    case CHUNK_NONE:
        break;
    }
    return true;
}

/* The literal text between chunks; a space stands for any number of them. */
static bool take_literal(struct sv *rest, struct sv literal)
{
    while (literal.n != 0) {
        if (literal.p[0] != ' ') {
            if (!take_char(rest, literal.p[0]))
                return false;
            skip(&literal, 1);
            continue;
        }
        if (rest->n != 0 && rest->p[0] != ' ')
            return false;
        while (take_char(&literal, ' ')) {
        }
        while (take_char(rest, ' ')) {
        }
    }
    return true;
}

static bool fail_element(struct sv layout, struct sv value, struct sv element, struct sv rest,
                         struct err *err)
{
    struct strbuf text CLEANUP(strbuf_donep) = {0};

    strbuf_adds(&text, "parsing time ");
    go_quote(&text, value);
    strbuf_adds(&text, " as ");
    go_quote(&text, layout);
    strbuf_adds(&text, ": cannot parse ");
    go_quote(&text, rest);
    strbuf_adds(&text, " as ");
    go_quote(&text, element);
    return err_set(err, ERR_INVALID, "%s", text.p);
}

static bool fail_value(struct sv value, const char *what, const char *why, struct err *err)
{
    struct strbuf text CLEANUP(strbuf_donep) = {0};

    go_quote(&text, value);
    return err_set(err, ERR_INVALID, "parsing time %s: %s%s", text.p, what, why);
}

static bool fail_extra(struct sv value, struct sv rest, struct err *err)
{
    struct strbuf quoted CLEANUP(strbuf_donep) = {0};
    go_quote(&quoted, rest);
    return fail_value(value, "extra text: ", quoted.p, err);
}

static bool read_all(struct reading *r, struct sv layout, struct sv value, struct err *err)
{
    struct sv left = layout, before;

    for (;;) {
        const struct chunk c = layout_next(left, &before, &left);
        if (!take_literal(&r->rest, before))
            return fail_element(layout, value, before, r->rest, err);
        if (c.kind == CHUNK_NONE)
            return r->rest.n == 0 || fail_extra(value, r->rest, err);
        const struct sv held = r->rest;
        if (!take_chunk(r, &c, left))
            return fail_element(layout, value, c.text, held, err);
        if (r->range != NULL)
            return fail_value(value, r->range, " out of range", err);
    }
}

static int days_in(int year, int month)
{
    const int next = month == 12 ? 1 : month + 1;
    return (int)((civil_to_sec(month == 12 ? year + 1 : year, next, 1, 0, 0, 0) -
                  civil_to_sec(year, month, 1, 0, 0, 0)) /
                 86400);
}

/* Month and day from the day of the year, where that is given. */
static bool settle_date(struct reading *r, struct sv value, struct err *err)
{
    if (r->yearday >= 0) {
        const int length = days_in(r->year, 2) == 29 ? 366 : 365;
        if (r->yearday < 1 || r->yearday > length)
            return fail_value(value, "day-of-year", " out of range", err);
        const struct civil c = stamp_civil(
            (struct stamp){.sec = civil_to_sec(r->year, 1, 1, 0, 0, 0) + (r->yearday - 1) * INT64_C(86400)});
        if (r->month >= 0 && r->month != c.month)
            return fail_value(value, "day-of-year", " does not match month", err);
        if (r->day >= 0 && r->day != c.day)
            return fail_value(value, "day-of-year", " does not match day", err);
        r->month = c.month;
        r->day = c.day;
    }
    r->month = r->month < 0 ? 1 : r->month;
    r->day = r->day < 0 ? 1 : r->day;
    if (r->day < 1 || r->day > days_in(r->year, r->month))
        return fail_value(value, "day", " out of range", err);
    return true;
}

bool time_parse(struct sv layout, struct sv value, struct tval *time, struct err *err)
{
    struct reading r = {.rest = value, .month = -1, .day = -1, .yearday = -1};

    if (!read_all(&r, layout, value, err) || !settle_date(&r, value, err))
        return false;
    if (r.pm && r.hour < 12)
        r.hour += 12;
    else if (r.am && r.hour == 12)
        r.hour = 0;
    *time = tval_time((struct stamp){
        .sec = civil_to_sec(r.year, r.month, r.day, r.hour, r.minute, r.second) - r.offset,
        .nsec = r.nsec,
        .off_min = (int16_t)(r.offset / 60),
    });
    return true;
}
