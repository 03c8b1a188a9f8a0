#include "codec/godur.h"

#include "support/test.h"

TEST(godur, prints_as_go)
{
    static const struct {
        dur_ns d;
        const char *text;
    } rows[] = {
        {0, "0s"},
        {1, "1ns"},
        {1500, "1.5µs"},
        {1100000, "1.1ms"},
        {999999999, "999.999999ms"},
        {NS_PER_S, "1s"},
        {1234567000, "1.234567s"},
        {60 * NS_PER_S, "1m0s"},
        {5400 * NS_PER_S, "1h30m0s"},
        {48 * 3600 * NS_PER_S, "48h0m0s"},
        {INT64_C(9007500000000), "2h30m7.5s"},
        {-1500 * NS_PER_MS, "-1.5s"},
        {INT64_MIN, "-2562047h47m16.854775808s"},
        {INT64_MAX, "2562047h47m16.854775807s"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf out CLEANUP(strbuf_donep) = {0};
        godur_print(&out, rows[i].d);
        CHECK_STR(out.p, rows[i].text);
    }
}

TEST(godur, reads_as_go)
{
    static const struct {
        const char *text;
        bool ok;
        dur_ns d;
    } rows[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"1h30m", true, 5400 * NS_PER_S},
        {"-1.5h", true, -5400 * NS_PER_S},
        {"+2s", true, 2 * NS_PER_S},
        {".5s", true, NS_PER_S / 2},
        {"1.s", true, NS_PER_S},
        {"300ms", true, 300 * NS_PER_MS},
        {"1us2µs3μs4ns", true, 6004},
        {"2540400h", true, INT64_C(2540400) * 3600 * NS_PER_S},
        {"", false, 0},
        {"-", false, 0},
        {"5", false, 0},
        {"s", false, 0},
        {".s", false, 0},
        {"1d", false, 0},
        {"1h ", false, 0},
        {"99999999999999999999h", false, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        dur_ns d = 0;
        FAIL_IF(godur_parse(sv_of(rows[i].text), &d) != rows[i].ok, "%s", rows[i].text);
        if (rows[i].ok)
            CHECK_EQ(d, rows[i].d);
    }
}
