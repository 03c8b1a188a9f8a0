#include "codec/tz.h"

#include <stdlib.h>

#include "support/test.h"

#define WINTER INT64_C(1704164645) /* 2024-01-02T03:04:05Z */
#define SUMMER INT64_C(1720000000)

static const struct tz *must_load(const char *name)
{
    struct err err = {0};
    const struct tz *zone = tz_load(name, &err);
    FAIL_IF(zone == NULL, "%s: %s", name, err.text);
    return zone;
}

TEST(tz, offsets_and_abbreviations)
{
    static const struct {
        const char *name;
        int64_t at;
        int seconds_east;
        const char *abbreviation;
    } rows[] = {
        {"", WINTER, 0, "UTC"},
        {"UTC", SUMMER, 0, "UTC"},
        {"Asia/Shanghai", WINTER, 8 * 3600, "CST"},
        {"Europe/Berlin", WINTER, 3600, "CET"},
        {"Europe/Berlin", SUMMER, 7200, "CEST"},
        {"Asia/Kolkata", WINTER, 19800, "IST"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct tz_offset got = tz_at(must_load(rows[i].name), rows[i].at);
        CHECK_EQ(got.seconds_east, rows[i].seconds_east);
        CHECK_STR(got.abbreviation, rows[i].abbreviation);
    }
    CHECK_STR(tz_at(NULL, WINTER).abbreviation, "UTC");
}

TEST(tz, a_zone_is_loaded_once)
{
    CHECK(must_load("Asia/Shanghai") == must_load("Asia/Shanghai"));
    CHECK(must_load("") == must_load("UTC"));
    CHECK_STR(tz_name(must_load("Asia/Shanghai")), "Asia/Shanghai");
}

TEST(tz, unknown_and_dangerous_names_are_refused)
{
    static const struct {
        const char *name, *error;
    } rows[] = {
        {"Nope/Zone", "unknown time zone Nope/Zone"},
        {"utc+8", "unknown time zone utc+8"},
        {"asia/shanghai", "unknown time zone asia/shanghai"},
        {"Asia", "unknown time zone Asia"},
        {"Fixed/UTC+08:00:00", "unknown time zone Fixed/UTC+08:00:00"},
        {"UTC0", "unknown time zone UTC0"},
        {"file:/etc/localtime", "unknown time zone file:/etc/localtime"},
        {"../../etc/localtime", "time: invalid location name"},
        {"/etc/localtime", "time: invalid location name"},
        {"\\x", "time: invalid location name"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct err err = {0};
        FAIL_IF(tz_load(rows[i].name, &err) != NULL, "%s is accepted", rows[i].name);
        CHECK_STR(err.text, rows[i].error);
    }
}

TEST(tz, local_is_the_zone_of_the_environment)
{
    (void)setenv("TZ", "Asia/Shanghai", 1);
    CHECK_EQ(tz_at(must_load("Local"), WINTER).seconds_east, 8 * 3600);
    CHECK_STR(tz_name(must_load("Local")), "Asia/Shanghai"); /* as Go prints it */
}

TEST(tz, wall_clock_to_instant)
{
    const struct tz *berlin = must_load("Europe/Berlin");
    const int64_t gap = INT64_C(1711852200);   /* 2024-03-31 02:30 does not exist */
    const int64_t twice = INT64_C(1729996200); /* 2024-10-27 02:30 happens twice */

    CHECK_EQ(tz_to_unix(NULL, WINTER), WINTER);
    CHECK_EQ(tz_to_unix(berlin, WINTER), WINTER - 3600);
    CHECK_EQ(tz_to_unix(berlin, gap), gap - 3600);
    CHECK_EQ(tz_to_unix(berlin, twice), twice - 7200);
}
