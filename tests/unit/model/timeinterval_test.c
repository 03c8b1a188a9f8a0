#include "model/timeinterval.h"

#include <stdlib.h>
#include <time.h>

#include "support/test.h"

enum field { TIMES, WEEKDAYS, DAYS, MONTHS, YEARS };

/* One element of one field, as it stands in the file; a time is written 09:00-17:00. */
static bool parse_element(enum field field, struct sv s, struct int_range *r, struct err *err)
{
    static bool (*const parse[])(struct sv, struct int_range *, struct err *) = {
        [WEEKDAYS] = weekday_range_parse,
        [DAYS] = day_range_parse,
        [MONTHS] = month_range_parse,
        [YEARS] = year_range_parse,
    };
    if (field != TIMES)
        return parse[field](s, r, err);
    const char *dash = memchr(s.p, '-', s.n);
    const struct sv start = {s.p, (size_t)(dash - s.p)};
    return time_range_parse(start, (struct sv){dash + 1, s.n - start.n - 1}, r, err);
}

/* C-113 */
TEST(timeinterval, elements_that_load)
{
    static const struct {
        enum field field;
        const char *text;
        int begin, end;
    } rows[] = {
        {TIMES, "09:00-17:00", 540, 1020},
        {TIMES, "00:00-24:00", 0, 1440},
        {TIMES, "23:59-24:00", 1439, 1440},
        {WEEKDAYS, "Monday:FRIDAY", 1, 5},
        {WEEKDAYS, "sunday:saturday", 0, 6},
        {WEEKDAYS, "wednesday", 3, 3},
        {DAYS, "1:5", 1, 5},
        {DAYS, "+5", 5, 5},
        {DAYS, "-1", -1, -1},
        {DAYS, "-3:-1", -3, -1},
        {DAYS, "-31:-29", -31, -29},
        {DAYS, "25:-1", 25, -1},
        {DAYS, "27:-1", 27, -1},
        {DAYS, "1:-27", 1, -27},
        {DAYS, "1:31", 1, 31},
        {MONTHS, "May:august", 5, 8},
        {MONTHS, "december", 12, 12},
        {MONTHS, "1:3", 1, 3},
        {MONTHS, "0", 0, 0},
        {MONTHS, "13", 13, 13},
        {MONTHS, "0:13", 0, 13},
        {YEARS, "2020:2022", 2020, 2022},
        {YEARS, "2030", 2030, 2030},
        {YEARS, "1:99999999999", 1, 2147483647},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct int_range r = {0};
        struct err err = {0};
        FAIL_IF(!parse_element(rows[i].field, sv_of(rows[i].text), &r, &err), "%s: %s", rows[i].text,
                err.text);
        FAIL_IF(r.begin != rows[i].begin || r.end != rows[i].end, "%s: %d..%d, want %d..%d", rows[i].text,
                r.begin, r.end, rows[i].begin, rows[i].end);
    }
}

TEST(timeinterval, refuses_what_alertmanager_refuses_with_its_words)
{
    static const struct {
        enum field field;
        const char *text, *error;
    } rows[] = {
        {TIMES, "22:00-06:00", "start time cannot be equal or greater than end time"},
        {TIMES, "24:00-24:00", "start time cannot be equal or greater than end time"},
        {TIMES, "00:00-00:00", "start time cannot be equal or greater than end time"},
        {TIMES, "9:00-17:00", "couldn't parse timestamp 9:00, invalid format"},
        {TIMES, "09:00-23:60", "couldn't parse timestamp 23:60, invalid format"},
        {TIMES, "09:00-24:01", "couldn't parse timestamp 24:01, invalid format"},
        {TIMES, "09:00-25:00", "couldn't parse timestamp 25:00, invalid format"},
        {TIMES, "09:00:00-10:00", "couldn't parse timestamp 09:00:00, invalid format"},
        {TIMES, "09.00-10:00", "couldn't parse timestamp 09.00, invalid format"},
        {TIMES, "-10:00", "both start and end times must be provided"},
        {TIMES, "10:00-", "both start and end times must be provided"},
        {WEEKDAYS, "mon", "mon is not a valid weekday"},
        {WEEKDAYS, "Mon", "mon is not a valid weekday"},
        {WEEKDAYS, "", " is not a valid weekday"},
        {WEEKDAYS, "1", "1 is not a valid weekday"},
        {WEEKDAYS, "monday: friday", " friday is not a valid weekday"},
        {WEEKDAYS, "saturday:sunday", "start day cannot be before end day"},
        {WEEKDAYS, "friday:monday", "start day cannot be before end day"},
        {WEEKDAYS, "a:b:c", "couldn't parse range a:b:c, invalid format"},
        {DAYS, "0", "0 is not a valid day of the month: out of range"},
        {DAYS, "0:5", "0 is not a valid day of the month: out of range"},
        {DAYS, "1:0", "0 is not a valid day of the month: out of range"},
        {DAYS, "32", "32 is not a valid day of the month: out of range"},
        {DAYS, "-32", "-32 is not a valid day of the month: out of range"},
        {DAYS, "-5:5", "end day must be negative if start day is negative"},
        {DAYS, "-31:31", "end day must be negative if start day is negative"},
        {DAYS, "10:-25", "end day -25 is always before start day 10"},
        {DAYS, "28:-1", "end day -1 is always before start day 28"},
        {DAYS, "1:-28", "end day -28 is always before start day 1"},
        {DAYS, "5:1", "end day 1 is always before start day 5"},
        {DAYS, "a", "strconv.Atoi: parsing \"a\": invalid syntax"},
        {DAYS, "1:", "strconv.Atoi: parsing \"\": invalid syntax"},
        {DAYS, "-", "strconv.Atoi: parsing \"-\": invalid syntax"},
        {DAYS, "99999999999999999999", "strconv.Atoi: parsing \"99999999999999999999\": value out of range"},
        {MONTHS, "jan", "jan is not a valid month"},
        {MONTHS, "december:january", "end month january is before start month december"},
        {MONTHS, "15:14", "end month  is before start month "},
        {YEARS, "2022:2020", "end year 2020 is before start year 2022"},
        {YEARS, "20x", "strconv.Atoi: parsing \"20x\": invalid syntax"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct int_range r;
        struct err err = {0};
        FAIL_IF(parse_element(rows[i].field, sv_of(rows[i].text), &r, &err), "accepted %s", rows[i].text);
        FAIL_IF(strcmp(err.text, rows[i].error) != 0, "%s: \"%s\", want \"%s\"", rows[i].text, err.text,
                rows[i].error);
    }
}

/* Elements separated by blanks; NULL: the key is absent, "": an empty list. */
static struct range_list list_of(enum field field, const char *text)
{
    struct range_list list = {.present = text != NULL};

    for (const char *p = text; p != NULL && *p != '\0';) {
        const size_t n = strcspn(p, " ");
        struct err err = {0};
        list.v = realloc(list.v, (list.n + 1) * sizeof(*list.v));
        FAIL_IF(!parse_element(field, (struct sv){p, n}, &list.v[list.n++], &err), "%s: %s", text, err.text);
        p += n + (p[n] == ' ');
    }
    return list;
}

/* 2024-01-05T08:59:59Z */
static struct stamp instant(const char *text)
{
    struct tm tm = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    FAIL_IF(rest == NULL || *rest != '\0', "bad time in the table: %s", text);
    return (struct stamp){.sec = timegm(&tm)};
}

struct spec_text {
    const char *times, *weekdays, *days, *months, *years, *location;
};

#define OFFICE .times = "09:00-17:00", .weekdays = "monday:friday"

/* C-114, C-115, C-116 */
TEST(timeinterval, worked_examples)
{
    static const struct {
        int no; /* row of config.md 15.4 */
        struct spec_text spec;
        const char *yes[5], *no_match[5];
    } rows[] = {
        {1, {0}, {"2024-01-05T08:59:59Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"}, {0}},
        {2, {.times = ""}, {0}, {"2024-01-05T08:59:59Z"}},
        {2, {.weekdays = ""}, {0}, {"2024-01-05T08:59:59Z"}},
        {2, {.days = ""}, {0}, {"2024-01-05T08:59:59Z"}},
        {2, {.months = ""}, {0}, {"2024-01-05T08:59:59Z"}},
        {2, {.years = ""}, {0}, {"2024-01-05T08:59:59Z"}},
        {3,
         {.times = "09:00-17:00"},
         {"2024-01-05T09:00:00Z", "2024-01-05T16:59:59Z"},
         {"2024-01-05T08:59:59Z", "2024-01-05T17:00:00Z"}},
        {4, {.times = "22:00-24:00"}, {"2024-01-05T23:59:59Z"}, {"2024-01-06T00:00:00Z"}},
        {8, {.weekdays = "Monday:FRIDAY"}, {"2024-01-05T12:00:00Z"}, {"2024-01-06T12:00:00Z"}},
        {9, {.weekdays = "sunday:saturday"}, {"2024-01-06T12:00:00Z", "2024-01-07T12:00:00Z"}, {0}},
        {11, {.days = "1:5"}, {"2024-02-01T00:00:00Z", "2024-02-05T23:59:00Z"}, {"2024-02-06T00:00:00Z"}},
        {12, {.days = "-1"}, {"2024-02-29T12:00:00Z", "2023-02-28T12:00:00Z"}, {"2024-02-28T12:00:00Z"}},
        {13, {.days = "-3:-1"}, {"2024-04-28T12:00:00Z", "2020-02-29T12:00:00Z"}, {"2024-04-27T12:00:00Z"}},
        {14, {.days = "25:-1"}, {"2024-02-25T12:00:00Z", "2024-02-29T12:00:00Z"}, {"2024-02-24T12:00:00Z"}},
        {15, {.days = "1:31"}, {"2024-02-29T12:00:00Z", "2024-04-30T12:00:00Z"}, {0}},
        {15, {.days = "1:-1"}, {"2024-02-29T12:00:00Z", "2024-04-01T12:00:00Z"}, {0}},
        {16, {.days = "30:31"}, {"2024-04-30T12:00:00Z"}, {"2024-02-29T12:00:00Z"}},
        {17, {.days = "29:31"}, {"2024-02-29T12:00:00Z"}, {"2023-02-28T12:00:00Z"}},
        {18, {.days = "31"}, {0}, {"2024-04-30T12:00:00Z"}},
        {19,
         {.days = "-31:-29"},
         {"2024-01-01T12:00:00Z", "2024-01-03T12:00:00Z", "2024-04-01T12:00:00Z", "2024-04-02T12:00:00Z",
          "2024-02-01T12:00:00Z"},
         {"2023-02-01T12:00:00Z"}},
        {22,
         {.months = "May:august december"},
         {"2024-08-01T12:00:00Z", "2024-12-01T12:00:00Z"},
         {"2024-09-01T12:00:00Z"}},
        {23, {.months = "1:3"}, {"2024-03-31T23:59:00Z"}, {"2024-04-01T00:00:00Z"}},
        {24, {.months = "0"}, {0}, {"2024-01-01T12:00:00Z"}},
        {24, {.months = "13"}, {0}, {"2024-12-01T12:00:00Z"}},
        {24, {.months = "0:13"}, {"2024-01-01T12:00:00Z", "2024-12-01T12:00:00Z"}, {0}},
        {25, {.years = "2020:2022 2030"}, {"2022-12-31T23:59:59Z"}, {"2023-01-01T00:00:00Z"}},
        {26, {OFFICE, .location = "Australia/Sydney"}, {"2021-04-06T03:00:00Z"}, {"2021-04-06T13:00:00Z"}},
        {27,
         {OFFICE, .months = "november", .location = "Australia/Sydney"},
         {"2021-10-31T22:00:00Z"},
         {"2021-10-31T21:00:00Z"}},
        {28,
         {OFFICE, .location = "America/New_York"},
         {"2024-03-08T14:00:00Z", "2024-03-11T13:00:00Z"},
         {"2024-03-11T12:59:00Z"}},
        {29,
         {.times = "02:00-03:00", .location = "Europe/Berlin"},
         {0},
         {"2024-03-31T00:30:00Z", "2024-03-31T01:00:00Z", "2024-03-31T01:30:00Z"}},
        {30,
         {.times = "02:00-03:00", .location = "Europe/Berlin"},
         {"2024-10-27T00:30:00Z", "2024-10-27T01:30:00Z"},
         {"2024-10-27T02:00:00Z"}},
        {31,
         {.days = "-1", .location = "America/New_York"},
         {"2021-03-31T16:00:00Z", "2021-04-01T03:30:00Z"},
         {"2021-03-30T16:00:00Z", "2021-04-01T04:00:00Z"}},
        {32, {.days = "1", .location = "Asia/Tokyo"}, {"2024-01-31T15:00:00Z"}, {"2024-01-31T14:59:00Z"}},
        {33,
         {.weekdays = "saturday", .location = "Pacific/Auckland"},
         {"2024-01-05T11:00:00Z"},
         {"2024-01-05T10:59:00Z"}},
        {34,
         {.times = "13:00-15:00",
          .weekdays = "monday:wednesday saturday sunday",
          .days = "1 10 20:-1",
          .months = "january:march",
          .years = "2020:2023"},
         {"2021-01-10T13:00:00Z", "2021-01-30T14:24:00Z"},
         {"2021-01-09T13:00:00Z", "2021-01-20T12:59:00Z", "2021-02-02T13:00:00Z"}},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct spec_text *text = &rows[i].spec;
        struct err err = {0};
        struct time_spec spec = {
            .times = list_of(TIMES, text->times),
            .weekdays = list_of(WEEKDAYS, text->weekdays),
            .days_of_month = list_of(DAYS, text->days),
            .months = list_of(MONTHS, text->months),
            .years = list_of(YEARS, text->years),
            .location = text->location != NULL ? tz_load(text->location, &err) : NULL,
        };
        FAIL_IF(err.kind != ERR_NONE, "%s", err.text);
        for (size_t k = 0; k < 5; k++) {
            const char *yes = rows[i].yes[k], *no = rows[i].no_match[k];
            FAIL_IF(yes != NULL && !time_spec_contains(&spec, instant(yes)), "example %d: %s should match",
                    rows[i].no, yes);
            FAIL_IF(no != NULL && time_spec_contains(&spec, instant(no)), "example %d: %s should not match",
                    rows[i].no, no);
        }
        time_spec_done(&spec);
    }
}
