#include "codec/rfc3339.h"

#include <time.h>

#include "support/test.h"

TEST(rfc3339, the_api_takes_all_its_layouts)
{
    static const struct {
        const char *text;
        const char *utc, *local; /* to the nanosecond; to the millisecond in the offset given */
    } rows[] = {
        {"2026-11-21T22:00:00Z", "2026-11-21T22:00:00Z", "2026-11-21T22:00:00.000Z"},
        {"2026-11-21T22:00:00.123456789+02:00", "2026-11-21T20:00:00.123456789Z",
         "2026-11-21T22:00:00.123+02:00"},
        {"2026-11-21T22:00:00,5-07:30", "2026-11-22T05:30:00.5Z", "2026-11-21T22:00:00.500-07:30"},
        {"2026-11-21T22:00:00.9999999999999Z", "2026-11-21T22:00:00.999999999Z", "2026-11-21T22:00:00.999Z"},
        {"2026-11-21T22:00:00.123+0200", "2026-11-21T20:00:00.123Z", "2026-11-21T22:00:00.123+02:00"},
        {"2026-11-21T22:00:00.123456-0200", "2026-11-22T00:00:00.123456Z", "2026-11-21T22:00:00.123-02:00"},
        {"2026-11-21T22:00:00", "2026-11-21T22:00:00Z", "2026-11-21T22:00:00.000Z"},
        {"2026-11-21T22:00:00.25", "2026-11-21T22:00:00.25Z", "2026-11-21T22:00:00.250Z"},
        {"2026-11-21T22:00Z", "2026-11-21T22:00:00Z", "2026-11-21T22:00:00.000Z"},
        {"2026-11-21T22:00", "2026-11-21T22:00:00Z", "2026-11-21T22:00:00.000Z"},
        {"2026-11-21 22:00:00", "2026-11-21T22:00:00Z", "2026-11-21T22:00:00.000Z"},
        {"2026-11-21 22:00:00.5", "2026-11-21T22:00:00.5Z", "2026-11-21T22:00:00.500Z"},
        {"2026-11-21", "2026-11-21T00:00:00Z", "2026-11-21T00:00:00.000Z"},
        {"2026-11-21T9:00:00Z", "2026-11-21T09:00:00Z", "2026-11-21T09:00:00.000Z"},
        {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"},
        {"2000-02-29", "2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000Z"},
        {"0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"},
        {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"},
        {"9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999Z"},
        {"2026-11-21T22:00:00+24:00", "2026-11-20T22:00:00Z", "2026-11-21T22:00:00.000+24:00"},
        {"2026-11-21T22:00:00-00:00", "2026-11-21T22:00:00Z", "2026-11-21T22:00:00.000Z"},
        {"", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct stamp t;
        struct err err;
        char text[STAMP_TEXT_MAX];
        FAIL_IF(!stamp_parse_api(sv_of(rows[i].text), &t, &err), "%s: %s", rows[i].text, err.text);
        CHECK_EQ(stamp_print_nano(stamp_utc(t), text), strlen(text));
        CHECK_STR(text, rows[i].utc);
        CHECK_EQ(stamp_print_ms(t, text), strlen(text));
        CHECK_STR(text, rows[i].local);
    }
}

TEST(rfc3339, the_api_refuses_with_gos_words)
{
    static const struct {
        const char *text, *error;
    } rows[] = {
        {"nope", "parsing time \"nope\" as \"2006-01-02\": cannot parse \"nope\" as \"2006\""},
        {"20", "parsing time \"20\" as \"2006-01-02\": cannot parse \"20\" as \"2006\""},
        {"2026", "parsing time \"2026\" as \"2006-01-02\": cannot parse \"\" as \"-\""},
        {"2026-1-1", "parsing time \"2026-1-1\" as \"2006-01-02\": cannot parse \"1-1\" as \"01\""},
        {"2026-13-01", "parsing time \"2026-13-01\": month out of range"},
        {"2026-02-30", "parsing time \"2026-02-30\": day out of range"},
        {"2100-02-29", "parsing time \"2100-02-29\": day out of range"},
        {"2026-11-21T24:00:00Z", "parsing time \"2026-11-21T24:00:00Z\": extra text: \"T24:00:00Z\""},
        {"2026-11-21T22:00:60Z", "parsing time \"2026-11-21T22:00:60Z\": extra text: \"T22:00:60Z\""},
        {"a\"b\\\x01\xC3\xA4", "parsing time \"a\\\"b\\\\\\x01\\xc3\\xa4\" as \"2006-01-02\": cannot parse "
                               "\"a\\\"b\\\\\\x01\\xc3\\xa4\" as \"2006\""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct stamp t;
        struct err err = {0};
        CHECK_ROW(rows[i].text, !stamp_parse_api(sv_of(rows[i].text), &t, &err));
        CHECK_STR(err.text, rows[i].error);
    }
}

TEST(rfc3339, the_api_refuses_near_misses)
{
    static const char *const rows[] = {
        "2026-11-21t22:00:00Z",
        "2026-11-21T22:00:00z",
        "2026-11-21T22:00:00+0200",
        "2026-11-21T22:00:00.1+0200",
        "2026-11-21T22:00:00.1234+0200",
        "2026-11-21T22:0:00Z",
        " 2026-11-21T22:00:00Z",
        "2026-11-21T22:00:00Z ",
        "10000-01-01T00:00:00Z",
        "2026-11-21T22:00:00+25:00",
        "2026-11-21T22:00:00+02",
        "2026-11-21T22:00:00.Z",
        "2026-11-00",
        "2026-00-01",
        "2026-11-21T22",
        "2026-11-21T22:00+01:00",
        "2026-11-21 22:00",
        "2026-11-21T22:00:00 Z",
        "2026-2-30",
        "1700000000",
        "-2026-11-21",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct stamp t;
        struct err err;
        CHECK_ROW(rows[i], !stamp_parse_api(sv_of(rows[i]), &t, &err));
    }
}

TEST(rfc3339, the_strict_form_is_stricter)
{
    static const struct {
        const char *text;
        bool ok;
    } rows[] = {
        {"2026-11-21T22:00:00Z", true},
        {"2026-11-21T22:00:00.1-23:59", true},
        {"2026-11-21T9:00:00Z", false},
        {"2026-11-21T22:00:00,5Z", false},
        {"2026-11-21T22:00:00+24:00", false},
        {"2026-11-21T22:00:00+01:60", false},
        {"2026-11-21T22:00:00", false},
        {"2026-11-21", false},
        {"", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct stamp t;
        struct err err;
        CHECK_ROW(rows[i].text, stamp_parse_rfc3339(sv_of(rows[i].text), &t, &err) == rows[i].ok);
    }
}

TEST(rfc3339, civil_dates_agree_with_libc_over_two_millennia)
{
    for (int64_t sec = -INT64_C(62167219200); sec < INT64_C(32503680000); sec += 86400 * 3 + 12347) {
        const time_t t = (time_t)sec;
        struct tm tm;
        gmtime_r(&t, &tm);
        const struct civil c = stamp_civil((struct stamp){.sec = sec});
        FAIL_IF(c.year != tm.tm_year + 1900 || c.month != tm.tm_mon + 1 || c.day != tm.tm_mday ||
                    c.hour != tm.tm_hour || c.minute != tm.tm_min || c.second != tm.tm_sec ||
                    c.weekday != tm.tm_wday || c.yearday != tm.tm_yday + 1,
                "%lld is %d-%d-%d %d:%d:%d, weekday %d, day %d", (long long)sec, c.year, c.month, c.day,
                c.hour, c.minute, c.second, c.weekday, c.yearday);
        CHECK_EQ(civil_to_sec(c.year, c.month, c.day, c.hour, c.minute, c.second), sec);
    }
}

TEST(rfc3339, the_civil_date_is_the_one_in_the_stamps_zone)
{
    const struct civil c = stamp_civil((struct stamp){.sec = 0, .off_min = -60});
    CHECK_EQ(c.year, 1969);
    CHECK_EQ(c.month, 12);
    CHECK_EQ(c.day, 31);
    CHECK_EQ(c.hour, 23);
}
