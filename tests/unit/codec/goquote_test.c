#include "codec/goquote.h"

#include "support/test.h"

TEST(goquote, quotes_as_strconv_quote)
{
    const struct {
        struct sv s;
        const char *want;
    } rows[] = {
        {{NULL, 0}, "\"\""},
        {SV("plain"), "\"plain\""},
        {SV("\a\b\f\n\r\t\v"), "\"\\a\\b\\f\\n\\r\\t\\v\""},
        {SV("\\ \" ' `"), "\"\\\\ \\\" ' `\""},
        {SV("\0\x1F\x7F"), "\"\\x00\\x1f\\x7f\""},
        {SV("\xFF\xE2\x82"), "\"\\xff\\xe2\\x82\""},
        {SV("\u00E4\u4E2D\U0001F600"), "\"\u00E4\u4E2D\U0001F600\""},
        {SV("\uFFFD"), "\"\uFFFD\""},               /* the rune itself, not a broken byte */
        {SV("\u00A0\u2028"), "\"\\u00a0\\u2028\""}, /* white space other than ' ' */
        {SV("\u00AD\xC2\x80\uFEFF"), "\"\\u00ad\\u0080\\ufeff\""},
        {SV("\uE000\U0010FFFF"), "\"\\ue000\\U0010ffff\""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf out = {0}, back = {0};
        go_quote(&out, rows[i].s);
        CHECK_STR(out.p, rows[i].want);
        CHECK(go_unquote(strbuf_sv(&out), &back));
        CHECK(sv_eq(strbuf_sv(&back), rows[i].s));
        strbuf_done(&out);
        strbuf_done(&back);
    }
}

TEST(goquote, unquotes_interpreted_string_literals)
{
    const struct {
        const char *text;
        struct sv want;
    } rows[] = {
        {"\"\"", SV("")},
        {"\"a\\x41\\101\\u0041\\U00000041\"", SV("aAAAA")},
        {"\"\\u00e4\\U0001F600\"", SV("\u00E4\U0001F600")},
        {"\"\\000\\xff\\377\"", SV("\0\xFF\xFF")},
        {"\"\\\\\\\"\"", SV("\\\"")},
        {"\"raw \xFF byte\"", SV("raw \uFFFD byte")},
        {"\"'`\"", SV("'`")},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf out = {0};
        CHECK_ROW(rows[i].text, go_unquote(sv_of(rows[i].text), &out));
        CHECK_ROW(rows[i].text, sv_eq(strbuf_sv(&out), rows[i].want));
        strbuf_done(&out);
    }
}

TEST(goquote, refuses_what_is_no_interpreted_string_literal)
{
    static const char *const rows[] = {
        "",
        "\"",
        "a",
        "'a'",
        "`a`",
        "\"a",
        "a\"",
        "\"\\\"",
        "\"\\'\"",
        "\"\\d\"",
        "\"\\x4\"",
        "\"\\xg0\"",
        "\"\\08\"",
        "\"\\400\"",
        "\"\n\"",
        "\"a\"b\"",
        "\"\\u123\"",
        "\"\\ud800\"",
        "\"\\U00110000\"",
        "\"\\Uffffffff\"",
        "\"\\",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf out = {0};
        CHECK_ROW(rows[i], !go_unquote(sv_of(rows[i]), &out));
        strbuf_done(&out);
    }
}

TEST(goquote, printable_is_gos_idea_of_it)
{
    static const struct {
        uint32_t rune;
        bool print;
    } rows[] = {
        {' ', true},       {'~', true},     {0x7F, false},     {0xA0, false},   {0xA1, true},
        {0xAD, false},     {0x378, false},  {0x300, true},     {0x2028, false}, {0x3000, false},
        {0xE000, false},   {0xFFFD, true},  {0xFFFF, false},   {0x1F600, true}, {0xF0000, false},
        {0x10FFFF, false}, {0x1FAE8, true}, {0x110000, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        FAIL_IF(go_is_print(rows[i].rune) != rows[i].print, "U+%04X", rows[i].rune);
}
