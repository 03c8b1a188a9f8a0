#include "model/duration.h"

#include "support/test.h"

#define S    NS_PER_S
#define M    (60 * S)
#define H    (60 * M)
#define DAY  (24 * H)
#define WEEK (7 * DAY)
#define YEAR (365 * DAY)

typedef bool (*parser)(struct sv s, dur_ns *d, struct err *err);

struct row {
    const char *in;
    dur_ns want;
    const char *error; /* NULL: it parses */
};

static void check_rows(parser parse, const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        dur_ns d = -1;
        struct err err = {0};
        const bool ok = parse(sv_of(rows[i].in), &d, &err);
        const char *want_error = rows[i].error != NULL ? rows[i].error : "";
        FAIL_IF(ok != (rows[i].error == NULL) || strcmp(err.text, want_error) != 0,
                "\"%s\": \"%s\", want \"%s\"", rows[i].in, err.text, want_error);
        FAIL_IF(ok && d != rows[i].want, "\"%s\": %lld ns, want %lld", rows[i].in, (long long)d,
                (long long)rows[i].want);
    }
}

/* C-028 */
TEST(duration, prometheus_grammar)
{
    static const struct row rows[] = {
        {"0", 0, NULL},
        {"0s", 0, NULL},
        {"0ms", 0, NULL},
        {"1h30m", 90 * M, NULL},
        {"90m", 90 * M, NULL},
        {"2y3w4d5h6m7s8ms", 2 * YEAR + 3 * WEEK + 4 * DAY + 5 * H + 6 * M + 7 * S + 8 * NS_PER_MS, NULL},
        {"00005m", 5 * M, NULL},
        {"106751d", 106751 * DAY, NULL},
        {"30", 0, "not a valid duration string: \"30\""},
        {"1m1h", 0, "not a valid duration string: \"1m1h\""},
        {"1m1m", 0, "not a valid duration string: \"1m1m\""},
        {"-5m", 0, "not a valid duration string: \"-5m\""},
        {" 5m", 0, "not a valid duration string: \" 5m\""},
        {"1h30", 0, "not a valid duration string: \"1h30\""},
        {"00", 0, "not a valid duration string: \"00\""},
        {"99999999999999999999s", 0, "not a valid duration string: \"99999999999999999999s\""},
        {"1.5h", 0, "unknown unit \".\" in duration \"1.5h\""},
        {"5M", 0, "unknown unit \"M\" in duration \"5M\""},
        {"5m ", 0, "unknown unit \"m \" in duration \"5m \""},
        {"5\n", 0, "unknown unit \"\\n\" in duration \"5\\n\""},
        {"106752d", 0, "duration out of range"},
        {"300y", 0, "duration out of range"},
        {"292y99w", 0, "duration out of range"},
        {"18446744073709551615y", 0, "duration out of range"},
        {"", 0, "empty duration string"},
    };
    check_rows(duration_parse, rows, COUNT_OF(rows));
}

/* C-029 */
TEST(duration, prometheus_text)
{
    static const struct {
        dur_ns d;
        const char *want;
    } rows[] = {
        {0, "0s"},
        {999999, "0s"}, /* below a millisecond */
        {365 * DAY, "1y"},
        {366 * DAY, "366d"},
        {730 * DAY, "2y"},
        {7 * DAY, "1w"},
        {8 * DAY, "8d"},
        {364 * DAY, "52w"},
        {90 * M, "1h30m"},
        {36 * H, "1d12h"},
        {1500 * NS_PER_MS, "1s500ms"},
        {90 * S, "1m30s"},
        {5 * M, "5m"},
        {4 * H, "4h"},
        {-90 * S, "-1m30s"},
        {INT64_MIN, "-106751d23h47m16s854ms"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(strbuf_donep) struct strbuf out = {0};
        duration_print(&out, rows[i].d);
        CHECK_STR(out.p, rows[i].want);
    }
}

/* C-030 */
TEST(duration, go_grammar)
{
    static const struct row rows[] = {
        {"0", 0, NULL},
        {"-0", 0, NULL},
        {"10s", 10 * S, NULL},
        {"1m30s", 90 * S, NULL},
        {"1.5h", 90 * M, NULL},
        {".5s", S / 2, NULL},
        {"1.s", S, NULL},
        {"-1s", -S, NULL},
        {"+1s", S, NULL},
        {"1h1h", 2 * H, NULL},
        {"3ns2us1ms", 1002003, NULL},
        {"1\xc2\xb5s1\xce\xbcs", 2000, NULL},
        {"0.3333333333333333333h", 20 * M, NULL},
        {"9223372036854775807ns", INT64_MAX, NULL},
        {"-9223372036854775808ns", INT64_MIN, NULL},
        {"0.100000000000000000000h", 6 * M, NULL},
        {"", 0, "time: invalid duration \"\""},
        {"-", 0, "time: invalid duration \"-\""},
        {"x", 0, "time: invalid duration \"x\""},
        {".s", 0, "time: invalid duration \".s\""},
        {"-.s", 0, "time: invalid duration \"-.s\""},
        {" 1s", 0, "time: invalid duration \" 1s\""},
        {"9223372036854775808ns", 0, "time: invalid duration \"9223372036854775808ns\""},
        {"3000000h", 0, "time: invalid duration \"3000000h\""},
        {"99999999999999999999s", 0, "time: invalid duration \"99999999999999999999s\""},
        {"30", 0, "time: missing unit in duration \"30\""},
        {"1m30", 0, "time: missing unit in duration \"1m30\""},
        {"1d", 0, "time: unknown unit \"d\" in duration \"1d\""},
        {"1s ", 0, "time: unknown unit \"s \" in duration \"1s \""},
        {"1\"\t\xc3\xa9", 0,
         "time: unknown unit \"\\\"\\x09\\xc3\\xa9\" in duration \"1\\\"\\x09\\xc3\\xa9\""},
    };
    check_rows(go_duration_parse, rows, COUNT_OF(rows));
}

/* C-003 */
TEST(duration, flags_know_days_and_weeks_too)
{
    static const struct row rows[] = {
        {"5d", 5 * DAY, NULL},
        {"1w", WEEK, NULL},
        {"1.5h", 90 * M, NULL},
        {"1.5d", 36 * H, NULL},
        {"2h45m", 165 * M, NULL},
        {"-1s", -S, NULL},
        {"0", 0, NULL},
        {"x", 0, "time: invalid duration \"x\""},
        {"30", 0, "time: missing unit in duration \"30\""},
        {"1y", 0, "time: unknown unit \"y\" in duration \"1y\""},
    };
    check_rows(flag_duration_parse, rows, COUNT_OF(rows));
}

TEST(duration, go_text)
{
    CLEANUP(strbuf_donep) struct strbuf out = {0};
    go_duration_print(&out, 90 * S);
    CHECK_STR(out.p, "1m30s");
}
