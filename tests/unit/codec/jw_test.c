#include "codec/jw.h"

#include "support/test.h"

TEST(jw, writes_nested_values_with_their_commas)
{
    struct strbuf out = {0};
    struct jw w;
    jw_init(&w, &out, false);
    jw_object(&w);
    jw_kstr(&w, SV("s"), SV("x"));
    jw_kplain(&w, SV("p"), SV("plain"));
    jw_kbool(&w, SV("t"), true);
    jw_kbool(&w, SV("f"), false);
    jw_kint(&w, SV("i"), INT64_MIN);
    jw_key(&w, SV("a"));
    jw_array(&w);
    jw_int(&w, 1);
    jw_null(&w);
    jw_array(&w);
    jw_end(&w);
    jw_object(&w);
    jw_end(&w);
    jw_raw(&w, SV("[ 1 ]"));
    jw_str(&w, SV("z"));
    jw_end(&w);
    jw_key(&w, SV("o"));
    jw_object(&w);
    jw_kint(&w, SV("k"), 0);
    jw_end(&w);
    jw_end(&w);
    CHECK_STR(out.p, "{\"s\":\"x\",\"p\":\"plain\",\"t\":true,\"f\":false,\"i\":-9223372036854775808,"
                     "\"a\":[1,null,[],{},[ 1 ],\"z\"],\"o\":{\"k\":0}}");
    strbuf_done(&out);
}

/* */
TEST(jw, escapes_as_go_does)
{
    const struct {
        struct sv s;
        const char *plain, *html;
    } rows[] = {
        {{NULL, 0}, "\"\"", "\"\""},
        {SV("a<b>&c"), "\"a<b>&c\"", "\"a\\u003cb\\u003e\\u0026c\""},
        {SV("\"\\/"), "\"\\\"\\\\/\"", "\"\\\"\\\\/\""},
        {SV("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"", "\"\\b\\f\\n\\r\\t\""},
        {SV("\0\x01\x1F\x7F"), "\"\\u0000\\u0001\\u001f\x7F\"", "\"\\u0000\\u0001\\u001f\x7F\""},
        {SV("\u2028\u2029"), "\"\\u2028\\u2029\"", "\"\\u2028\\u2029\""},
        {SV("\u00E4\u20AC\U0001F600"), "\"\u00E4\u20AC\U0001F600\"", "\"\u00E4\u20AC\U0001F600\""},
        {SV("a\xFFz\xE2\x82"), "\"a\\ufffdz\\ufffd\\ufffd\"", "\"a\\ufffdz\\ufffd\\ufffd\""},
        {SV("\uFFFD"), "\"\uFFFD\"", "\"\uFFFD\""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf out = {0};
        jw_quote(&out, rows[i].s, false);
        CHECK_STR(out.p, rows[i].plain);
        strbuf_reset(&out);
        jw_quote(&out, rows[i].s, true);
        CHECK_STR(out.p, rows[i].html);
        strbuf_done(&out);
    }
}

TEST(jw, html_may_change_on_the_way)
{
    struct strbuf out = {0};
    struct jw w;
    jw_init(&w, &out, false);
    jw_array(&w);
    jw_str(&w, SV("<"));
    w.html = true;
    jw_str(&w, SV("<"));
    jw_end(&w);
    CHECK_STR(out.p, "[\"<\",\"\\u003c\"]");
    strbuf_done(&out);
}

TEST(jw, finds_what_must_be_escaped_at_any_place_in_a_text)
{
    const struct {
        char c;
        bool html;
        const char *escaped;
    } rows[] = {
        {'"', false, "\\\""},       {'\\', false, "\\\\"},      {'\n', false, "\\n"},
        {'\x1f', false, "\\u001f"}, {'\xff', false, "\\ufffd"}, {'<', true, "\\u003c"},
        {'&', true, "\\u0026"},     {'<', false, "<"},          {'\x7f', true, "\x7f"},
        {' ', true, " "},
    };
    char text[40];
    struct strbuf got = {0}, want = {0};

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (size_t n = 1; n <= sizeof(text); n++)
            for (size_t at = 0; at < n; at++) {
                memset(text, 'a', sizeof(text));
                text[at] = rows[i].c;
                strbuf_reset(&got);
                strbuf_reset(&want);
                jw_quote(&got, (struct sv){text, n}, rows[i].html);
                strbuf_addc(&want, '"');
                strbuf_add(&want, text, at);
                strbuf_adds(&want, rows[i].escaped);
                strbuf_add(&want, text + at + 1, n - at - 1);
                strbuf_addc(&want, '"');
                CHECK_STR(got.p, want.p);
            }
    strbuf_done(&got);
    strbuf_done(&want);
}
