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
