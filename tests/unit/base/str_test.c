#include "base/str.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "support/test.h"

TEST(str, slices_compare_bytewise_with_the_prefix_first)
{
    CHECK(sv_cmp(SV("a"), SV("b")) < 0);
    CHECK(sv_cmp(SV("a"), SV("aa")) < 0);
    CHECK(sv_cmp(SV("Z"), SV("_")) < 0 && sv_cmp(SV("_"), SV("a")) < 0);
    CHECK(sv_cmp(SV("\x7F"), SV("\x80")) < 0);
    CHECK_EQ(sv_cmp(SV(""), (struct sv){NULL, 0}), 0);
    CHECK(sv_eq(sv_of(NULL), SV("")));
    CHECK(sv_eq_nocase(SV("Content-Type"), SV("content-tYPE")));
    CHECK(!sv_eq_nocase(SV("a"), SV("ab")));
    CHECK(!sv_eq_nocase(SV("["), SV("{"))); /* 0x20 apart, but no letters */
    CHECK(sv_has_prefix(SV("abc"), SV("")) && sv_has_prefix(SV("abc"), SV("abc")));
    CHECK(!sv_has_prefix(SV("ab"), SV("abc")));
    CHECK_SV(sv_trim(SV(" \t\r\n a b \v\f")), "a b");
    CHECK_EQ(sv_trim(SV("  ")).n, 0u);
}

TEST(str, lines_are_popped_one_by_one)
{
    static const struct {
        const char *text, *lines[4];
    } rows[] = {
        {"", {NULL}},
        {"a", {"a", NULL}},
        {"a\n", {"a", NULL}},
        {"\na\n\nb", {"", "a", "", "b"}},
        {"\n\n", {"", "", NULL}},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sv rest = sv_of(rows[i].text), line;
        for (size_t k = 0; k < COUNT_OF(rows[i].lines) && rows[i].lines[k] != NULL; k++) {
            FAIL_IF(!sv_pop_line(&rest, &line), "row %zu ends before line %zu", i, k);
            CHECK_SV(line, rows[i].lines[k]);
        }
        FAIL_IF(sv_pop_line(&rest, &line), "row %zu has one more line", i);
    }
}

TEST(str, the_hash_depends_on_every_byte_and_on_the_length)
{
    char text[40] = {0};
    for (size_t n = 0; n < sizeof text; n++) {
        const uint64_t h = sv_hash((struct sv){text, n});
        CHECK(h == sv_hash((struct sv){text, n}));
        CHECK(h != sv_hash((struct sv){text, n + 1}));
        for (size_t i = 0; i < n; i++) {
            text[i] = 1;
            FAIL_IF(h == sv_hash((struct sv){text, n}), "byte %zu of %zu does not count", i, n);
            text[i] = 0;
        }
    }
}

TEST(str, a_buffer_grows_and_stays_terminated)
{
    struct strbuf b = {0};
    for (int i = 0; i < 1000; i++) {
        strbuf_addc(&b, 'x');
        strbuf_adds(&b, "yz");
        CHECK_EQ(strlen(b.p), b.n);
    }
    CHECK_EQ(b.n, 3000u);
    strbuf_reset(&b);
    strbuf_addf(&b, "%s-%03d", "a", 7);
    strbuf_addsv(&b, (struct sv){NULL, 0});
    CHECK_STR(b.p, "a-007");
    char *taken = strbuf_take(&b);
    CHECK_STR(taken, "a-007");
    free(taken);
    taken = strbuf_take(&b);
    CHECK_STR(taken, "");
    free(taken);
}

TEST(str, integers_are_printed_over_their_whole_range)
{
    struct strbuf b = {0};
    strbuf_addi64(&b, INT64_MIN);
    strbuf_addc(&b, ' ');
    strbuf_addi64(&b, INT64_MAX);
    strbuf_addc(&b, ' ');
    strbuf_addu64(&b, UINT64_MAX);
    strbuf_addc(&b, ' ');
    strbuf_addi64(&b, 0);
    CHECK_STR(b.p, "-9223372036854775808 9223372036854775807 18446744073709551615 0");
    strbuf_done(&b);
}

TEST(str, floats_are_printed_as_go_does)
{
    static const struct {
        double v;
        const char *want;
    } rows[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {0.25, "0.25"},
        {0.1, "0.1"},
        {-2.5, "-2.5"},
        {100000, "100000"},
        {123456, "123456"},
        {123456.789, "123456.789"},
        {1e6, "1e+06"},
        {1.7e9, "1.7e+09"},
        {1700000000.25, "1.70000000025e+09"},
        {277261370150933, "2.77261370150933e+14"},
        {0.0001, "0.0001"},
        {0.00012345, "0.00012345"},
        {0.00001, "1e-05"},
        {1.0 / 3, "0.3333333333333333"},
        {DBL_MAX, "1.7976931348623157e+308"},
        {5e-324, "5e-324"},
        {INFINITY, "+Inf"},
        {-INFINITY, "-Inf"},
        {NAN, "NaN"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf b = {0};
        strbuf_addg(&b, rows[i].v);
        CHECK_STR(b.p, rows[i].want);
        strbuf_done(&b);
    }
}

TEST(str, past_the_ceiling_nothing_is_added_until_a_reset)
{
    struct strbuf b = {.ceiling = 8};
    strbuf_adds(&b, "12345678");
    CHECK(!b.overflow);
    strbuf_addc(&b, '9');
    CHECK(b.overflow);
    strbuf_addf(&b, "%s", "");
    strbuf_add(&b, "", 0);
    CHECK_STR(b.p, "12345678");
    CHECK(b.overflow);
    strbuf_reset(&b);
    strbuf_reserve(&b, SIZE_MAX);
    CHECK(b.overflow);
    strbuf_reset(&b);
    strbuf_reserve(&b, 8);
    const char *before = b.p;
    strbuf_adds(&b, "abcdefgh");
    CHECK(b.p == before);
    CHECK_STR(b.p, "abcdefgh");
    strbuf_done(&b);
    CHECK_EQ(b.ceiling, 8u);
}
