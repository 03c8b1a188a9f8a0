#include "base/utf8.h"

#include "support/test.h"

TEST(utf8, takes_the_shortest_forms_of_unicode_scalar_values_and_nothing_else)
{
    static const struct {
        const char *name, *bytes;
        bool valid;
    } rows[] = {
        {"empty", "", true},
        {"ascii", "plain text of more than one word", true},
        {"two bytes, first", "\xC2\x80", true},
        {"two bytes, last", "\xDF\xBF", true},
        {"three bytes, first", "\xE0\xA0\x80", true},
        {"last before the surrogates", "\xED\x9F\xBF", true},
        {"first after the surrogates", "\xEE\x80\x80", true},
        {"four bytes, first", "\xF0\x90\x80\x80", true},
        {"U+10FFFF", "\xF4\x8F\xBF\xBF", true},
        {"late in a long text", "0123456789abcdef\xC3\xA4 0123456789", true},
        {"continuation alone", "\x80", false},
        {"overlong two", "\xC0\xAF", false},
        {"overlong two, C1", "\xC1\xBF", false},
        {"overlong three", "\xE0\x9F\xBF", false},
        {"surrogate", "\xED\xA0\x80", false},
        {"overlong four", "\xF0\x8F\xBF\xBF", false},
        {"above U+10FFFF", "\xF4\x90\x80\x80", false},
        {"F5", "\xF5\x80\x80\x80", false},
        {"cut after one", "\xE2", false},
        {"cut after two", "\xE2\x82", false},
        {"bad third", "\xE2\x82z", false},
        {"late and bad", "0123456789abcdef\xC3 0123456789", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_ROW(rows[i].name, utf8_valid(sv_of(rows[i].bytes)) == rows[i].valid);
}

TEST(utf8, every_rune_survives_encoding_and_decoding)
{
    for (uint32_t r = 0; r <= 0x110010; r++) {
        char text[4];
        uint32_t back;
        bool ok;
        const size_t n = utf8_encode(r, text);
        const bool scalar = r <= 0x10FFFF && (r < 0xD800 || r > 0xDFFF);
        const size_t m = utf8_decode((struct sv){text, n}, &back, &ok);
        FAIL_IF(n != m || !ok || back != (scalar ? r : UTF8_REPLACEMENT), "U+%X comes back as U+%X", r, back);
    }
}

TEST(utf8, an_invalid_byte_is_one_replacement_rune)
{
    uint32_t r;
    bool ok = true;
    CHECK_EQ(utf8_decode(SV("\xE2\x82"), &r, &ok), 1u);
    CHECK_EQ(r, UTF8_REPLACEMENT);
    CHECK(!ok);
    CHECK_EQ(utf8_runes(SV("a\xE2\x82\xAC\xE2\x82z")), 5u);

    struct strbuf b = {0};
    utf8_add_clean(&b, SV("a\xFF\xED\xA0\x80\xC3\xA4\xC3"));
    CHECK_SV(strbuf_sv(&b), "a\uFFFD\uFFFD\uFFFD\uFFFD\u00E4\uFFFD");
    strbuf_done(&b);
}

TEST(utf8, cuts_only_between_runes)
{
    static const struct {
        const char *text;
        size_t max, want;
    } rows[] = {
        {"abc", 5, 3},
        {"abc", 3, 3},
        {"abc", 2, 2},
        {"abc", 0, 0},
        {"a\u20AC", 1, 1},
        {"a\u20AC", 2, 1},
        {"a\u20AC", 3, 1},
        {"a\u20AC", 4, 4},
        {"\U0001F600!", 3, 0},
        {"\U0001F600!", 4, 4},
        {"\U0001F600\U0001F600", 7, 4},
        {"a\x80\x80\x80\x80z", 4, 4}, /* not UTF-8: any cut is as good */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const size_t got = utf8_cut(sv_of(rows[i].text), rows[i].max);
        FAIL_IF(got != rows[i].want, "\"%s\" at %zu is cut to %zu, want %zu", rows[i].text, rows[i].max, got,
                rows[i].want);
    }
}
