/* How answers of our own API are told to a person. */
#include "cli/own.h"

#include "support/test.h"

static const struct cli at_noon = {.now = {.wall = {.sec = 1795262400}}}; /* 2026-11-21 12:00 UTC */

TEST(own, times_are_told_from_now)
{
    static const struct {
        const char *time, *when, *clock;
    } rows[] = {
        {"2026-11-21T12:00:00Z", "0s ago (12:00:00)", "12:00:00"},
        {"2026-11-21T11:59:20.5Z", "39s ago (11:59:20)", "11:59:20"},
        {"2026-11-21T09:54:10Z", "2h5m ago (09:54:10)", "09:54:10"},
        {"2026-11-21T20:00:00+08:00", "0s ago (12:00:00)", "12:00:00"},
        {"2026-11-21T12:03:00Z", "in 3m (12:03:00)", "12:03:00"},
        {"2026-11-25T14:00:00Z", "in 4d2h (Nov 25 14:00)", "Nov 25 14:00"},
        {"2025-11-20T12:00:00Z", "366d ago (Nov 20 12:00)", "Nov 20 12:00"},
        {"0001-01-01T00:00:00Z", "never", "-"},
        {"", "never", "-"},
        {"soon", "never", "-"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf when = {0}, clock = {0};
        own_add_when(&when, &at_noon, rows[i].time);
        own_add_clock(&clock, &at_noon, rows[i].time);
        CHECK_STR(when.p, rows[i].when);
        CHECK_STR(clock.p, rows[i].clock);
        strbuf_done(&when);
        strbuf_done(&clock);
    }
}

TEST(own, labels_begin_with_the_alertname)
{
    static const struct {
        const char *json, *text;
    } rows[] = {
        {"{\"a\":\"1\",\"alertname\":\"Disk\",\"b\":\"x y\"}", "Disk a=1 b=\"x y\""},
        {"{\"job\":\"j\",\"node\":\"\"}", "job=j node=\"\""},
        {"{\"alertname\":\"Disk\"}", "Disk"},
        {"{}", ""},
        {"[1]", ""},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        json_auto_t *doc = json_loads(rows[i].json, 0, NULL);
        struct strbuf out = {0};
        strbuf_adds(&out, "");
        own_add_labels(&out, doc);
        CHECK_STR(out.n != 0 ? out.p : "", rows[i].text);
        strbuf_done(&out);
    }
}

TEST(own, members_that_are_missing_or_of_another_kind_are_empty)
{
    json_auto_t *doc = json_loads("{\"n\":1,\"s\":\"x\",\"t\":true,\"z\":null,\"l\":[1,2]}", 0, NULL);

    CHECK_STR(own_text(doc, "s"), "x");
    CHECK_STR(own_text(doc, "n"), "");
    CHECK_STR(own_text(doc, "z"), "");
    CHECK_STR(own_text(NULL, "s"), "");
    CHECK_EQ(own_int(doc, "n"), 1);
    CHECK_EQ(own_int(doc, "s"), 0);
    CHECK(own_true(doc, "t") && !own_true(doc, "n"));
    CHECK_EQ(own_count(doc, "l"), 2u);
    CHECK_EQ(own_count(doc, "s"), 0u);
}
