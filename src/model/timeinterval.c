#include "model/timeinterval.h"

#include <limits.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "codec/goquote.h"

#define MINUTES_PER_DAY 1440
#define SHORTEST_MONTH  28
#define LONGEST_MONTH   31

void time_spec_done(struct time_spec *s)
{
    free(s->times.v);
    free(s->weekdays.v);
    free(s->days_of_month.v);
    free(s->months.v);
    free(s->years.v);
    free(s->location_name);
    *s = (struct time_spec){0};
}

static bool two_digits(const char *p, int *value)
{
    for (size_t i = 0; i < 2; i++)
        if (p[i] < '0' || p[i] > '9')
            return false;
    *value = (p[0] - '0') * 10 + (p[1] - '0');
    return true;
}

/* HH:MM; 24:00 is the one time that is not on a clock. */
static bool parse_minute_of_day(struct sv s, int *minute, struct err *err)
{
    int hours, minutes;

    const bool shaped =
        s.n == 5 && s.p[2] == ':' && two_digits(s.p, &hours) && two_digits(s.p + 3, &minutes) && minutes < 60;
    if (!shaped || hours * 60 + minutes > MINUTES_PER_DAY)
        return err_set(err, ERR_INVALID, "couldn't parse timestamp %.*s, invalid format", SV_ARG(s));
    *minute = hours * 60 + minutes;
    return true;
}

bool time_range_parse(struct sv start, struct sv end, struct int_range *r, struct err *err)
{
    if (start.n == 0 || end.n == 0)
        return err_set(err, ERR_INVALID, "both start and end times must be provided");
    if (!parse_minute_of_day(start, &r->begin, err) || !parse_minute_of_day(end, &r->end, err))
        return false;
    if (r->begin >= r->end)
        return err_set(err, ERR_INVALID, "start time cannot be equal or greater than end time");
    return true;
}

static int saturate(long value)
{
    return value > INT_MAX ? INT_MAX : value < INT_MIN ? INT_MIN : (int)value;
}

static bool is_decimal(struct sv s)
{
    const size_t sign = s.n != 0 && (s.p[0] == '-' || s.p[0] == '+');
    for (size_t i = sign; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > sign;
}

static bool bad_number(struct sv s, const char *why, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf quoted = {0};
    go_quote(&quoted, s);
    return err_set(err, ERR_INVALID, "strconv.Atoi: parsing %s: %s", quoted.p, why);
}

/* Values that do not fit an int are kept as its limits: no date is beyond those either. */
static bool parse_number(struct sv s, int *value, struct err *err)
{
    long parsed = 0;
    bool fits = true;

    if (!is_decimal(s))
        return bad_number(s, "invalid syntax", err);
    const bool negative = s.p[0] == '-';
    for (size_t i = s.p[0] == '-' || s.p[0] == '+'; i < s.n; i++) {
        const long digit = s.p[i] - '0';
        fits = fits && !__builtin_mul_overflow(parsed, 10, &parsed) &&
               !__builtin_add_overflow(parsed, negative ? -digit : digit, &parsed);
    }
    if (!fits)
        return bad_number(s, "value out of range", err);
    *value = saturate(parsed);
    return true;
}

static const char *const weekday_names[] = {"sunday",   "monday", "tuesday", "wednesday",
                                            "thursday", "friday", "saturday"};
static const char *const month_names[] = {"january",   "february", "march",    "april",
                                          "may",       "june",     "july",     "august",
                                          "september", "october",  "november", "december"};

/* The position of `s` among the names, or -1. */
static int find_name(const char *const *names, size_t n, struct sv s)
{
    for (size_t i = 0; i < n; i++)
        if (sv_eq(sv_of(names[i]), s))
            return (int)i;
    return -1;
}

static bool parse_weekday(struct sv s, int *value, struct err *err)
{
    *value = find_name(weekday_names, COUNT_OF(weekday_names), s);
    if (*value < 0)
        return err_set(err, ERR_INVALID, "%.*s is not a valid weekday", SV_ARG(s));
    return true;
}

static bool parse_month(struct sv s, int *value, struct err *err)
{
    *value = find_name(month_names, COUNT_OF(month_names), s) + 1;
    if (*value == 0 && !parse_number(s, value, err))
        return err_set(err, ERR_INVALID, "%.*s is not a valid month", SV_ARG(s));
    return true;
}

typedef bool (*parse_member)(struct sv s, int *value, struct err *err);

/* `member` or `member:member`, without regard to case; error texts show the lower case. */
static bool parse_range_lowered(struct sv s, parse_member member, struct int_range *r, struct err *err)
{
    const char *colon = s.n != 0 ? memchr(s.p, ':', s.n) : NULL;
    if (colon == NULL) {
        if (!member(s, &r->begin, err))
            return false;
        r->end = r->begin;
        return true;
    }
    const struct sv begin = {s.p, (size_t)(colon - s.p)};
    const struct sv end = {colon + 1, s.n - begin.n - 1};
    if (end.n != 0 && memchr(end.p, ':', end.n) != NULL)
        return err_set(err, ERR_INVALID, "couldn't parse range %.*s, invalid format", SV_ARG(s));
    return member(begin, &r->begin, err) && member(end, &r->end, err);
}

static bool parse_range(struct sv s, parse_member member, struct int_range *r, struct err *err)
{
    char *lowered = xstrndup(s.p, s.n);
    for (size_t i = 0; i < s.n; i++)
        if (lowered[i] >= 'A' && lowered[i] <= 'Z')
            lowered[i] = (char)(lowered[i] - 'A' + 'a');
    const bool ok = parse_range_lowered((struct sv){lowered, s.n}, member, r, err);
    free(lowered);
    return ok;
}

bool weekday_range_parse(struct sv s, struct int_range *r, struct err *err)
{
    if (!parse_range(s, parse_weekday, r, err))
        return false;
    if (r->begin > r->end)
        return err_set(err, ERR_INVALID, "start day cannot be before end day");
    return true;
}

static bool check_day(int day, struct err *err)
{
    if (day == 0 || day < -LONGEST_MONTH || day > LONGEST_MONTH)
        return err_set(err, ERR_INVALID, "%d is not a valid day of the month: out of range", day);
    return true;
}

/* Where a day counted from the end is in the shortest month: what is empty there is taken for a mistake. */
static int day_in_shortest_month(int day)
{
    return day < 0 ? SHORTEST_MONTH + day : day;
}

bool day_range_parse(struct sv s, struct int_range *r, struct err *err)
{
    if (!parse_range(s, parse_number, r, err) || !check_day(r->begin, err) || !check_day(r->end, err))
        return false;
    if (r->begin < 0 && r->end > 0)
        return err_set(err, ERR_INVALID, "end day must be negative if start day is negative");
    if (day_in_shortest_month(r->begin) > day_in_shortest_month(r->end))
        return err_set(err, ERR_INVALID, "end day %d is always before start day %d", r->end, r->begin);
    return true;
}

static const char *month_name(int month)
{
    return month >= 1 && month <= (int)COUNT_OF(month_names) ? month_names[month - 1] : "";
}

bool month_range_parse(struct sv s, struct int_range *r, struct err *err)
{
    if (!parse_range(s, parse_month, r, err))
        return false;
    if (r->begin > r->end)
        return err_set(err, ERR_INVALID, "end month %s is before start month %s", month_name(r->end),
                       month_name(r->begin));
    return true;
}

bool year_range_parse(struct sv s, struct int_range *r, struct err *err)
{
    if (!parse_range(s, parse_number, r, err))
        return false;
    if (r->begin > r->end)
        return err_set(err, ERR_INVALID, "end year %d is before start year %d", r->end, r->begin);
    return true;
}

static bool list_allows(const struct range_list *list, int value)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->v[i].begin <= value && value <= list->v[i].end)
            return true;
    return !list->present;
}

static bool times_allow(const struct range_list *times, int minute)
{
    for (size_t i = 0; i < times->n; i++)
        if (times->v[i].begin <= minute && minute < times->v[i].end)
            return true;
    return !times->present;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static bool days_allow(const struct range_list *list, int day, int days)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct int_range r = list->v[i];
        const int begin = r.begin < 0 ? days + r.begin + 1 : r.begin;
        const int end = r.end < 0 ? days + r.end + 1 : r.end;
        if (begin <= day && day <= end)
            return true;
    }
    return !list->present;
}

bool time_spec_contains(const struct time_spec *s, struct stamp t)
{
    const time_t wall_clock = t.sec + tz_at(s->location, t.sec).seconds_east;
    struct tm tm;

    gmtime_r(&wall_clock, &tm); /* cannot fail: a stamp is within the years 0 to 9999 */
    const int year = tm.tm_year + 1900, month = tm.tm_mon + 1;
    return times_allow(&s->times, tm.tm_hour * 60 + tm.tm_min) && list_allows(&s->weekdays, tm.tm_wday) &&
           days_allow(&s->days_of_month, tm.tm_mday, days_in_month(year, month)) &&
           list_allows(&s->months, month) && list_allows(&s->years, year);
}
