#include "model/matcher.h"

#include "support/test.h"

/* The tables of config.md 14.6: what each grammar makes of a text, and what fallback mode decides. A result
 * that begins with a brace is the printed list, any other is an error. */

enum warning { SILENT, DISAGREE, CLASSIC_ONLY };
#define AS_CLASSIC NULL
#define AS_STRICT  "as strict"

struct example {
    int no; /* row of the table; 0: none */
    const char *in, *classic, *strict, *fallback;
    enum warning warning;
};

static const struct example several[] = {
    {0, "", "{}", AS_CLASSIC, AS_CLASSIC, DISAGREE},
    {0, "{}", "{}", AS_CLASSIC, AS_CLASSIC, DISAGREE},
    {1, "severity=critical", "{severity=\"critical\"}", AS_CLASSIC, AS_CLASSIC, SILENT},
    {2, " a = b ", "{a=\"b\"}", AS_CLASSIC, AS_CLASSIC, SILENT},
    {3, "{a=b, c!=\"d\", }", "{a=\"b\",c!=\"d\"}", AS_CLASSIC, AS_CLASSIC, SILENT},
    {4, "a=b,", "{a=\"b\"}", AS_CLASSIC, AS_CLASSIC, SILENT},
    {5, "a=b,,", "bad matcher format: ", "4:5: unexpected ,: expected a matcher or close brace after comma",
     AS_CLASSIC, SILENT},
    {6, ",", "bad matcher format: ", "0:1: unexpected ,: expected label name", AS_CLASSIC, SILENT},
    {6, "{,}", "bad matcher format: ", "1:2: unexpected ,: expected label name", AS_CLASSIC, SILENT},
    {7, "{", "{}", "0:1: end of input: expected close brace", AS_CLASSIC, CLASSIC_ONLY},
    {8, "{foo=bar", "{foo=\"bar\"}", "0:8: end of input: expected close brace", AS_CLASSIC, CLASSIC_ONLY},
    {9, "foo=bar}", "{foo=\"bar\"}", "0:8: }: expected opening brace", AS_CLASSIC, CLASSIC_ONLY},
    {10, "{{foo=bar}}", "bad matcher format: {foo=bar}", "1:2: unexpected {: expected label name", AS_CLASSIC,
     SILENT},
    {11, "{foo=bar}x", "{foo=\"bar}x\"}", "9:10: x: expected end of input", AS_CLASSIC, CLASSIC_ONLY},
    {12, " {} ", "bad matcher format: {}", "{}", AS_STRICT, SILENT},
    {13, "foo=", "{foo=\"\"}", "end of input: expected label value", AS_CLASSIC, CLASSIC_ONLY},
    {14, "foo=\"\"", "{foo=\"\"}", AS_CLASSIC, AS_CLASSIC, SILENT},
    {15, "foo=,", "{foo=\"\"}", "4:5: unexpected ,: expected label value", AS_CLASSIC, CLASSIC_ONLY},
    {16, "foo='bar'", "{foo=\"'bar'\"}", "4:5: ': invalid input: expected label value", AS_CLASSIC,
     CLASSIC_ONLY},
    {17, "foo=`bar`", "{foo=\"`bar`\"}", "4:5: `: invalid input: expected label value", AS_CLASSIC,
     CLASSIC_ONLY},
    {18, "foo=a b", "{foo=\"a b\"}", "6:7: unexpected b: expected a comma or close brace", AS_CLASSIC,
     CLASSIC_ONLY},
    {19, "foo=a,b", "bad matcher format: b",
     "end of input: expected an operator such as '=', '!=', '=~' or '!~'", AS_CLASSIC, SILENT},
    {20, "foo=\"a,b\"", "{foo=\"a,b\"}", AS_CLASSIC, AS_CLASSIC, SILENT},
    {21, "foo=a=b", "{foo=\"a=b\"}", "5:6: unexpected =: expected a comma or close brace", AS_CLASSIC,
     CLASSIC_ONLY},
    {22, "foo==b", "{foo=\"=b\"}", "4:5: unexpected =: expected label value", AS_CLASSIC, CLASSIC_ONLY},
    {23, "foo!=!b", "{foo!=\"!b\"}", "5:6: !: expected one of '=~': expected label value", AS_CLASSIC,
     CLASSIC_ONLY},
    {24, "foo!b", "bad matcher format: foo!b",
     "3:4: !: expected one of '=~': expected an operator such as '=', '!=', '=~' or '!~'", AS_CLASSIC,
     SILENT},
    {24, "foo!", "bad matcher format: foo!",
     "3:4: unexpected end of input, expected one of '=~': expected an operator such as '=', '!=', '=~' or "
     "'!~'",
     AS_CLASSIC, SILENT},
    {25, "foo~=b", "bad matcher format: foo~=b",
     "3:4: ~: invalid input: expected an operator such as '=', '!=', '=~' or '!~'", AS_CLASSIC, SILENT},
    {26, "tricky=~~~", "{tricky=~\"~~\"}", "8:9: ~: invalid input: expected label value", AS_CLASSIC,
     CLASSIC_ONLY},
    {27, "foo=~^(a|b)$", "{foo=~\"^(a|b)$\"}", AS_CLASSIC, AS_CLASSIC, SILENT},
    {28, "foo=~a{2}", "{foo=~\"a{2\"}", "6:7: unexpected {: expected a comma or close brace", AS_CLASSIC,
     CLASSIC_ONLY},
    {29, "foo=~\"a{1,2}\"", "{foo=~\"a{1,2}\"}", AS_CLASSIC, AS_CLASSIC, SILENT},
    {30, "foo=~\"[\"", "error parsing regexp: missing closing ]: `[)$`",
     "failed to create matcher: error parsing regexp: missing closing ]: `[)$`", AS_CLASSIC, SILENT},
    {31, "a:b=c", "{a:b=\"c\"}", AS_CLASSIC, AS_CLASSIC, SILENT},
    {32, "foo-bar=x", "bad matcher format: foo-bar=x", "{foo-bar=\"x\"}", AS_STRICT, SILENT},
    {32, "my.label=x", "bad matcher format: my.label=x", "{my.label=\"x\"}", AS_STRICT, SILENT},
    {32, "0foo=x", "bad matcher format: 0foo=x", "{0foo=\"x\"}", AS_STRICT, SILENT},
    {32, "foo🙂=x", "bad matcher format: foo🙂=x", "{foo🙂=\"x\"}", AS_STRICT, SILENT},
    {33, "\"my label\"=\"x\"", "bad matcher format: \"my label\"=\"x\"", "{\"my label\"=\"x\"}", AS_STRICT,
     SILENT},
    {34, "\"foo\"=bar", "bad matcher format: \"foo\"=bar", "{foo=\"bar\"}", AS_STRICT, SILENT},
    {35, "\"\"=x", "bad matcher format: \"\"=x", "{=\"x\"}", AS_STRICT, SILENT},
    {36, "foo=\"bar\\n\"", "{foo=\"bar\\n\"}", AS_CLASSIC, AS_CLASSIC, SILENT},
    {37, "foo=bar\\n", "{foo=\"bar\\n\"}", "7:8: \\: invalid input: expected a comma or close brace",
     AS_CLASSIC, CLASSIC_ONLY},
    {38, "foo=\"bar\\t\"", "{foo=\"bar\\\\t\"}", "{foo=\"bar\t\"}", AS_CLASSIC, DISAGREE},
    {39, "foo=\"\\d+\"", "{foo=\"\\\\d+\"}", "4:9: \"\\d+\": invalid input", AS_CLASSIC, CLASSIC_ONLY},
    {40, "foo=~\"\\\\d+\"", "{foo=~\"\\\\d+\"}", AS_CLASSIC, AS_CLASSIC, SILENT},
    {41, "foo=~\\d+", "{foo=~\"\\\\d+\"}", "5:6: \\: invalid input: expected label value", AS_CLASSIC,
     CLASSIC_ONLY},
    {42, "foo=\"a\\\"b\"", "{foo=\"a\\\"b\"}", AS_CLASSIC, AS_CLASSIC, SILENT},
    {43, "foo=\\\"", "{foo=\"\\\"\"}", "4:5: \\: invalid input: expected label value", AS_CLASSIC,
     CLASSIC_ONLY},
    {44, "foo=\"", "matcher value contains unescaped double quote: \"",
     "4:5: \": missing end \": expected label value", AS_CLASSIC, SILENT},
    {45, "foo=a\"b", "matcher value contains unescaped double quote: a\"b",
     "5:7: \"b: missing end \": expected a comma or close brace", AS_CLASSIC, SILENT},
    {46, "foo=\"bar\" x", "matcher value contains unescaped double quote: \"bar\" x",
     "10:11: unexpected x: expected a comma or close brace", AS_CLASSIC, SILENT},
    {47, "foo=\"\\xf0\\x9f\\x99\\x82\"", "{foo=\"\\\\xf0\\\\x9f\\\\x99\\\\x82\"}", "{foo=\"🙂\"}",
     AS_CLASSIC, DISAGREE},
    {48, "foo=\"\\u00e9\"", "{foo=\"\\\\u00e9\"}", "{foo=\"é\"}", AS_CLASSIC, DISAGREE},
    {49, "foo=\"\\xf0\\x9f\"", "{foo=\"\\\\xf0\\\\x9f\"}", "4:14: \"\\xf0\\x9f\": invalid input", AS_CLASSIC,
     CLASSIC_ONLY},
    {50, "foo=\"a\nb\"", "{foo=\"a\\nb\"}", "4:9: \"a\nb\": invalid input", AS_CLASSIC, CLASSIC_ONLY},
    {51, "foo\u00a0=bar", "bad matcher format: foo\u00a0=bar", "{foo=\"bar\"}", AS_STRICT, SILENT},
    {52, "foo=bar baz=qux", "{foo=\"bar baz=qux\"}", "8:11: unexpected baz: expected a comma or close brace",
     AS_CLASSIC, CLASSIC_ONLY},
    {53, "foo=bar,foo!=baz", "{foo=\"bar\",foo!=\"baz\"}", AS_CLASSIC, AS_CLASSIC, SILENT},
    {54, "job=\"value", "matcher value contains unescaped double quote: \"value",
     "4:10: \"value: missing end \": expected label value", AS_CLASSIC, SILENT},
    {54, "job=value\"", "matcher value contains unescaped double quote: value\"",
     "9:10: \": missing end \": expected a comma or close brace", AS_CLASSIC, SILENT},
    {55, "a=\"\\,\",b=c", "matcher value contains unescaped double quote: \"\\,\",b=c",
     "2:6: \"\\,\": invalid input", AS_CLASSIC, SILENT},
    {56, "{a=\"b\"} , c=d", "matcher value contains unescaped double quote: \"b\"}",
     "8:9: ,: expected end of input", AS_CLASSIC, SILENT},
    {57, "{foo=bar}}", "{foo=\"bar}\"}", "9:10: }: expected end of input", AS_CLASSIC, CLASSIC_ONLY},
};

static const struct example one[] = {
    {0, "{foo=bar}", "bad matcher format: {foo=bar}", "unexpected open or close brace: {foo=bar}", AS_STRICT,
     SILENT},
    {0, "foo=~a{2}", "{foo=~\"a{2}\"}", "unexpected open or close brace: foo=~a{2}", AS_STRICT, SILENT},
    {0, "foo=bar,", "{foo=\"bar,\"}", "{foo=\"bar\"}", AS_CLASSIC, DISAGREE},
    {0, "a=b,c=d", "{a=\"b,c=d\"}", "expected 1 matcher, found 2", AS_CLASSIC, CLASSIC_ONLY},
    {0, "a=~\"x|y\",b!~\"z\"", "matcher value contains unescaped double quote: \"x|y\",b!~\"z\"",
     "expected 1 matcher, found 2", AS_CLASSIC, SILENT},
    {0, "a=\"b\" , ", "matcher value contains unescaped double quote: \"b\" ,", "{a=\"b\"}", AS_STRICT,
     SILENT},
    {0, "", "bad matcher format: ", "no matchers", AS_CLASSIC, SILENT},
};

static const char *in_mode(const struct example *x, enum matcher_mode mode)
{
    const char *strict = x->strict != AS_CLASSIC ? x->strict : x->classic;

    if (mode == MATCHER_CLASSIC || (mode == MATCHER_FALLBACK && x->fallback == AS_CLASSIC))
        return x->classic;
    return strict;
}

typedef bool (*parser)(struct sv text, enum matcher_mode mode, struct matchers *ms,
                       struct matcher_warning *warn, struct err *err);

static bool parse_one(struct sv text, enum matcher_mode mode, struct matchers *ms,
                      struct matcher_warning *warn, struct err *err)
{
    struct matcher m;
    if (!matcher_parse(text, mode, &m, warn, err))
        return false;
    matchers_push(ms, m);
    return true;
}

static void check_example(const struct example *x, parser parse, enum matcher_mode mode)
{
    static const char *const mode_name[] = {"fallback", "classic", "strict"};
    CLEANUP(strbuf_donep) struct strbuf got = {0};
    struct matchers ms = {0};
    struct matcher_warning warn;
    struct err err = {0};
    const char *want = in_mode(x, mode);

    if (parse(sv_of(x->in), mode, &ms, &warn, &err))
        matchers_print(&got, &ms);
    else
        strbuf_adds(&got, err.text);
    FAIL_IF(strcmp(got.p, want) != 0, "%s: %d: %s: \"%s\", want \"%s\"", mode_name[mode], x->no, x->in, got.p,
            want);
    FAIL_IF((err.kind == ERR_NONE) != (want[0] == '{'), "%s: %s: wrong outcome", mode_name[mode], x->in);
    matchers_done(&ms);
}

static void check_examples(const struct example *rows, size_t n, parser parse)
{
    for (size_t i = 0; i < n; i++) {
        check_example(&rows[i], parse, MATCHER_CLASSIC);
        check_example(&rows[i], parse, MATCHER_UTF8_STRICT);
        check_example(&rows[i], parse, MATCHER_FALLBACK);
    }
}

/* C-105, C-106, C-108 */
TEST(matcher_parse, lists_of_matchers)
{
    check_examples(several, COUNT_OF(several), matchers_parse);
}

/* C-109 */
TEST(matcher_parse, single_matchers)
{
    check_examples(one, COUNT_OF(one), parse_one);
}

static void check_warnings(const struct example *rows, size_t n, parser parse)
{
    for (size_t i = 0; i < n; i++) {
        struct matchers ms = {0};
        struct matcher_warning warn;
        struct err err;
        const bool ok = parse(sv_of(rows[i].in), MATCHER_FALLBACK, &ms, &warn, &err);
        FAIL_IF(ok && warn.disagreement != (rows[i].warning == DISAGREE), "%s: disagreement %d", rows[i].in,
                warn.disagreement);
        FAIL_IF(ok && warn.classic_only != (rows[i].warning == CLASSIC_ONLY), "%s: classic only %d",
                rows[i].in, warn.classic_only);
        FAIL_IF(ok && warn.classic_only && strcmp(warn.reason, in_mode(&rows[i], MATCHER_UTF8_STRICT)) != 0,
                "%s: reason \"%s\"", rows[i].in, warn.reason);
        matchers_done(&ms);
    }
}

/* C-107 */
TEST(matcher_parse, fallback_tells_where_the_grammars_part)
{
    check_warnings(several, COUNT_OF(several), matchers_parse);
    check_warnings(one, COUNT_OF(one), parse_one);
}

TEST(matcher_parse, suggests_a_form_that_both_grammars_read)
{
    struct matchers ms = {0};
    struct matcher_warning warn;
    struct err err;

    CHECK(matchers_parse(SV("{foo=~\\d+,bar='x'"), MATCHER_FALLBACK, &ms, &warn, &err));
    CHECK_STR(warn.suggestion, "foo=~\"\\\\d+\",bar=\"'x'\"");
    matchers_done(&ms);
}

TEST(matcher_parse, appends_and_leaves_the_list_alone_on_errors)
{
    static const enum matcher_mode modes[] = {MATCHER_FALLBACK, MATCHER_CLASSIC, MATCHER_UTF8_STRICT};
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    struct matchers ms = {0};
    struct err err;

    CHECK(matchers_parse(SV("a=b"), MATCHER_UTF8_STRICT, &ms, NULL, &err));
    for (size_t i = 0; i < COUNT_OF(modes); i++)
        CHECK(!matchers_parse(SV("c=d,e=f,=~["), modes[i], &ms, NULL, &err));
    CHECK(matchers_parse(SV("{c!~d}"), MATCHER_FALLBACK, &ms, NULL, &err));
    matchers_print(&text, &ms);
    CHECK_STR(text.p, "{a=\"b\",c!~\"d\"}");
    matchers_done(&ms);
}

TEST(matcher_parse, white_space_is_that_of_unicode)
{
    static const char *const spaces[] = {" ",        "\t",     "\n",     "\v",     "\f",     "\r",
                                         "\xc2\x85", "\u00a0", "\u1680", "\u2000", "\u200a", "\u2028",
                                         "\u2029",   "\u202f", "\u205f", "\u3000"};
    for (size_t i = 0; i < COUNT_OF(spaces); i++) {
        CLEANUP(strbuf_donep) struct strbuf text = {0};
        CLEANUP(strbuf_donep) struct strbuf printed = {0};
        struct matchers ms = {0};
        struct err err = {0};
        for (size_t k = 0; k < 6; k++) {
            strbuf_adds(&text, spaces[i]);
            strbuf_adds(&text, ((const char *const[]){"{", "a", "=", "b", "}", ""})[k]);
        }
        FAIL_IF(!matchers_parse(strbuf_sv(&text), MATCHER_UTF8_STRICT, &ms, NULL, &err), "space %zu: %s", i,
                err.text);
        matchers_print(&printed, &ms);
        CHECK_STR(printed.p, "{a=\"b\"}");
        matchers_done(&ms);
    }
}

TEST(matcher_parse, invalid_bytes)
{
    static const struct {
        const char *in;
        enum matcher_mode mode;
        const char *want;
    } rows[] = {
        {"foo=\"a\xff\"", MATCHER_CLASSIC, "{foo=\"a\ufffd\"}"},
        {"foo=\"a\xff\"", MATCHER_UTF8_STRICT, "{foo=\"a\ufffd\"}"},
        {"foo=a\xff", MATCHER_UTF8_STRICT, "{foo=\"a\xff\"}"},
        {"foo=\xe2\x82", MATCHER_CLASSIC, "{foo=\"\ufffd\ufffd\"}"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(strbuf_donep) struct strbuf printed = {0};
        struct matchers ms = {0};
        struct err err = {0};
        FAIL_IF(!matchers_parse(sv_of(rows[i].in), rows[i].mode, &ms, NULL, &err), "row %zu: %s", i,
                err.text);
        matchers_print(&printed, &ms);
        CHECK_STR(printed.p, rows[i].want);
        matchers_done(&ms);
    }
    struct matcher m;
    struct err err;
    CHECK(!matcher_parse(SV("foo=a\xff"), MATCHER_CLASSIC, &m, NULL, &err));
    CHECK_STR(err.text, "matcher value not valid UTF-8: a\xff");
}
