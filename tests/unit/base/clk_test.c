#include "base/clk.h"

#include "support/test.h"

#define FIRST_SEC INT64_C(-62167219200) /* 0000-01-01T00:00:00Z */
#define LAST_SEC  INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

TEST(clk, the_offset_is_for_printing_and_never_compared)
{
    const struct stamp utc = {.sec = 100, .nsec = 5}, local = {.sec = 100, .nsec = 5, .off_min = 120};
    CHECK_EQ(stamp_cmp(utc, local), 0);
    CHECK_EQ(stamp_utc(local).off_min, 0);
    CHECK_EQ(stamp_add(local, 1).off_min, 120);
    CHECK(stamp_before((struct stamp){.sec = 99, .nsec = 999999999}, utc));
    CHECK(stamp_before((struct stamp){.sec = 100, .nsec = 4}, utc));
    CHECK(!stamp_before(utc, utc));
}

TEST(clk, addition_carries_and_stays_in_range)
{
    static const struct {
        struct stamp t;
        dur_ns d;
        struct stamp want;
    } rows[] = {
        {{.sec = 1, .nsec = 999999999}, 1, {.sec = 2}},
        {{.sec = 1}, -1, {.sec = 0, .nsec = 999999999}},
        {{.sec = 1, .nsec = 500000000}, 3 * NS_PER_S / 2, {.sec = 3}},
        {{.sec = -5, .nsec = 1}, -2, {.sec = -6, .nsec = 999999999}},
        {{.sec = LAST_SEC, .nsec = 999999999}, 1, {.sec = LAST_SEC, .nsec = 999999999}},
        {{.sec = LAST_SEC}, INT64_MAX, {.sec = LAST_SEC, .nsec = 999999999}},
        {{.sec = FIRST_SEC}, -1, {.sec = FIRST_SEC}},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct stamp got = stamp_add(rows[i].t, rows[i].d);
        CHECK_EQ(got.sec, rows[i].want.sec);
        CHECK_EQ(got.nsec, rows[i].want.nsec);
    }
}

TEST(clk, subtraction_undoes_addition_and_saturates)
{
    const struct stamp t = {.sec = 1763700000, .nsec = 123456789};
    static const dur_ns steps[] = {0, 1, -1, NS_PER_S, -NS_PER_S, 86400 * NS_PER_S + 7, -999999999};
    for (size_t i = 0; i < COUNT_OF(steps); i++)
        CHECK_EQ(stamp_sub(stamp_add(t, steps[i]), t), steps[i]);
    CHECK_EQ(stamp_sub((struct stamp){.sec = LAST_SEC}, (struct stamp){.sec = FIRST_SEC}), INT64_MAX);
    CHECK_EQ(stamp_sub((struct stamp){.sec = FIRST_SEC}, (struct stamp){.sec = LAST_SEC}), INT64_MIN);
}

TEST(clk, the_unset_stamp_is_year_one)
{
    CHECK(stamp_is_unset(STAMP_UNSET));
    CHECK(!stamp_is_unset((struct stamp){0}));
    CHECK(!stamp_is_unset((struct stamp){.sec = STAMP_UNSET_SEC, .nsec = 1}));
    CHECK(stamp_is_unset((struct stamp){.sec = STAMP_UNSET_SEC, .off_min = 60}));
}

TEST(clk, the_clock_runs_forward)
{
    const struct now a = clk_now(), b = clk_now();
    CHECK(b.mono >= a.mono);
    CHECK(a.wall.sec > 1700000000);
    CHECK(a.wall.nsec >= 0 && a.wall.nsec < NS_PER_S);
}
