#include "model/matcher.h"

#include "codec/re.h"
#include "support/test.h"
#include "unit/model/build.h"

static struct matcher matcher_of(const char *name, enum match_op op, const char *value)
{
    struct matcher m;
    struct err err = {0};
    FAIL_IF(!matcher_init(&m, op, sv_of(name), sv_of(value), &err), "%s: %s", value, err.text);
    return m;
}

static struct matchers parse(const char *text)
{
    struct matchers ms = {0};
    struct err err;
    FAIL_IF(!matchers_parse(sv_of(text), MATCHER_UTF8_STRICT, &ms, NULL, &err), "%s: %s", text, err.text);
    return ms;
}

TEST(matcher, compares_the_whole_value)
{
    static const struct {
        enum match_op op;
        const char *pattern, *value;
        bool want;
    } rows[] = {
        {MATCH_EQ, "a", "a", true},
        {MATCH_EQ, "a", "ab", false},
        {MATCH_EQ, "a.", "ab", false},
        {MATCH_NE, "a", "a", false},
        {MATCH_NE, "a", "", true},
        {MATCH_RE, "a.", "ab", true},
        {MATCH_RE, "a", "ab", false},
        {MATCH_RE, "a|b", "b", true},
        {MATCH_NRE, "a|b", "b", false},
        {MATCH_NRE, "a|b", "c", true},
        {MATCH_RE, "", "", true},
        {MATCH_RE, "", "a", false},
        {MATCH_RE, "a)|(b", "axyz", true},
        {MATCH_RE, "a)|(b", "xyzb", true},
        {MATCH_RE, ".*", "a\nb", false},
        {MATCH_RE, "(?i)abc", "aBC", true},
        {MATCH_RE, "10\\.0\\..*", "10.0.7.1", true},
        {MATCH_RE, "10\\.0\\..*", "10x0.7.1", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct matcher m = matcher_of("x", rows[i].op, rows[i].pattern);
        FAIL_IF(matcher_matches(&m, sv_of(rows[i].value)) != rows[i].want, "\"%s\" %s \"%s\": want %d",
                rows[i].value, match_op_text(rows[i].op), rows[i].pattern, rows[i].want);
        matcher_done(&m);
    }
}

/* Patterns that never reach the regex engine mean what they mean there. */
TEST(matcher, shortcuts_agree_with_the_regex_engine)
{
    static const char *const patterns[] = {
        "",
        "a",
        "foo",
        "foo|bar",
        "foo|bar|",
        "|",
        "^foo$",
        "^(foo|bar)$",
        "(foo)",
        "(?:foo)",
        "((foo|a)|bar)",
        "^(^foo$|a)$",
        "foo\\.bar",
        "foo\\-bar",
        "a\\|b",
        "\\(a\\)",
        ".*",
        ".+",
        ".*foo",
        ".+foo",
        "foo.*",
        "foo.+",
        ".*foo.*",
        ".+foo.+",
        ".*foo.+",
        ".+foo.*",
        ".*|foo",
        ".+|",
        "(.*foo|bar.+|a)",
        ".*.*",
        ".+.+",
        ".*foo.*bar.*",
        "é.*",
        ".+é",
        ".*é.*",
        ".é",
        "a\nb",
        ".*\n.*",
        "a\n.*",
        "(a)(b)",
        "(a)|(b)",
        "(a|b)c",
        "a(b|c)",
        "(a)$$",
        "^^a",
        "$a",
        "a^",
        "[a]",
        "a{1}",
        "a?",
        "(a)?",
        "(?i)foo",
        "(?P<x>foo)",
        "a*",
        "\\n",
        "\\x61",
        "\\Qa|b\\E",
        "()",
        "(|a)",
        "^$",
        "foo$|^bar",
        ".*$",
        "^.*foo$",
        "(((((((((a)))))))))",
    };
    static const char *const values[] = {
        "",        "a",       "b",   "foo", "bar", "foobar", "xfoo", "foox", "xfoox",   "fofoo",     "foofoo",
        "foo.bar", "foo-bar", "a|b", "(a)", "é",   "aé",     "éa",   "aéa",  "é\n",     "a\nb",      "\n",
        "foo\n",   "\nfoo",   "ab",  "ac",  "bc",  "aa",     "FOO",  "A",    "foobarx", "xfooxbarx", "x",
    };
    for (size_t i = 0; i < COUNT_OF(patterns); i++) {
        struct err err;
        struct matcher m = matcher_of("x", MATCH_RE, patterns[i]);
        struct re *re = re_new_anchored(sv_of(patterns[i]), &err);
        CHECK(re != NULL);
        for (size_t k = 0; k < COUNT_OF(values); k++) {
            const bool want = re_match(re, sv_of(values[k]));
            FAIL_IF(matcher_matches(&m, sv_of(values[k])) != want, "\"%s\" =~ \"%s\": want %d", values[k],
                    patterns[i], want);
        }
        re_free(re);
        matcher_done(&m);
    }
}

TEST(matcher, long_alternations_find_every_member)
{
    CLEANUP(strbuf_donep) struct strbuf pattern = {0};
    for (int i = 0; i < 500; i++)
        strbuf_addf(&pattern, "%shost-%d", i != 0 ? "|" : "", i * 7 % 500);
    struct matcher m = matcher_of("x", MATCH_RE, pattern.p);
    for (int i = 0; i < 600; i++) {
        CLEANUP(strbuf_donep) struct strbuf value = {0};
        strbuf_addf(&value, "host-%d", i);
        FAIL_IF(matcher_matches(&m, strbuf_sv(&value)) != (i < 500), "%s", value.p);
    }
    matcher_done(&m);
}

/* C-034 */
TEST(matcher, refuses_bad_patterns_with_the_words_of_go)
{
    static const struct {
        const char *pattern, *error;
    } rows[] = {
        {"[", "error parsing regexp: missing closing ]: `[)$`"},
        {"(", "error parsing regexp: missing closing ): `^(?:()$`"},
        {"(?=a)", "error parsing regexp: invalid or unsupported Perl syntax: `(?=`"},
        {"a{1001}", "error parsing regexp: invalid repeat count: `{1001}`"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct matcher m;
        struct err err = {0};
        CHECK(!matcher_init(&m, MATCH_NRE, SV("x"), sv_of(rows[i].pattern), &err));
        CHECK_STR(err.text, rows[i].error);
        CHECK(matcher_init(&m, MATCH_EQ, SV("x"), sv_of(rows[i].pattern), &err));
        matcher_done(&m);
    }
}

/* C-110 */
TEST(matcher, a_missing_label_is_the_empty_string)
{
    static const struct {
        const char *matchers;
        bool present, absent; /* on {foo="bar"} and on {other="x"} */
    } rows[] = {
        {"{}", true, true},
        {"foo=\"\"", false, true},
        {"foo!=\"\"", true, false},
        {"foo=~\"\"", false, true},
        {"foo!~\"\"", true, false},
        {"foo=~\".*\"", true, true},
        {"foo=~\".+\"", true, false},
        {"foo!~\".+\"", false, true},
        {"foo=bar", true, false},
        {"foo!=bar", false, true},
        {"foo=~\"bar|\"", true, true},
        {"foo=bar,other=\"\"", true, false},
        {"foo!=bar,other=x", false, true},
        {"foo!=baz", true, true},
    };
    struct labels *present = labels_of("foo", "bar", NULL), *absent = labels_of("other", "x", NULL);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct matchers ms = parse(rows[i].matchers);
        FAIL_IF(matchers_match(&ms, present) != rows[i].present, "%s, present", rows[i].matchers);
        FAIL_IF(matchers_match(&ms, absent) != rows[i].absent, "%s, absent", rows[i].matchers);
        matchers_done(&ms);
    }
    labels_unref(present);
    labels_unref(absent);
}

TEST(matcher, filters_with_an_empty_pattern_ask_for_presence)
{
    static const struct {
        const char *matchers;
        bool full, empty, absent; /* on {a="1"}, {a=""} and {} */
    } rows[] = {
        {"a=\"\"", false, true, true},   {"a=~\"\"", false, true, true},   {"a!=\"\"", true, true, false},
        {"a!~\"\"", true, true, false},  {"a=1", true, false, false},      {"a!=1", false, true, true},
        {"a=~\".*\"", true, true, true}, {"a!~\".+\"", false, true, true},
    };
    struct labels *full = labels_of("a", "1", NULL), *empty = labels_of("a", "", NULL);
    struct labels *absent = labels_empty();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct matchers ms = parse(rows[i].matchers);
        FAIL_IF(matchers_filter(&ms, full) != rows[i].full, "%s, full", rows[i].matchers);
        FAIL_IF(matchers_filter(&ms, empty) != rows[i].empty, "%s, empty", rows[i].matchers);
        FAIL_IF(matchers_filter(&ms, absent) != rows[i].absent, "%s, absent", rows[i].matchers);
        matchers_done(&ms);
    }
    labels_unref(full);
    labels_unref(empty);
    labels_unref(absent);
}

/* C-111 */
TEST(matcher, only_positive_operators_count_as_matching_empty)
{
    static const struct {
        enum match_op op;
        const char *value;
        bool want;
    } rows[] = {
        {MATCH_EQ, "", true},   {MATCH_EQ, "a", false}, {MATCH_RE, ".*", true},  {MATCH_RE, "a?", true},
        {MATCH_RE, "a", false}, {MATCH_NE, "a", false}, {MATCH_NRE, "a", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct matcher m = matcher_of("x", rows[i].op, rows[i].value);
        FAIL_IF(matcher_matches_empty(&m) != rows[i].want, "row %zu: want %d", i, rows[i].want);
        matcher_done(&m);
    }
}

/* C-112 */
TEST(matcher, prints_the_canonical_form)
{
    static const struct {
        const char *name;
        enum match_op op;
        const char *value, *want;
    } rows[] = {
        {"foo", MATCH_EQ, "bar", "foo=\"bar\""},
        {"foo", MATCH_NRE, "a|b", "foo!~\"a|b\""},
        {"foo", MATCH_NE, "a\\b\n\"c\"", "foo!=\"a\\\\b\\n\\\"c\\\"\""},
        {"foo", MATCH_EQ, "tab\t🙂", "foo=\"tab\t🙂\""},
        {"foo bar", MATCH_EQ, "baz", "\"foo bar\"=\"baz\""},
        {"foo bar", MATCH_RE, "\t\u00a0", "\"foo bar\"=~\"\\t\\u00a0\""},
        {"a\u00a0b", MATCH_EQ, "", "\"a\\u00a0b\"=\"\""},
        {"a'b", MATCH_EQ, "x", "\"a'b\"=\"x\""},
        {"日本", MATCH_EQ, "x", "日本=\"x\""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(strbuf_donep) struct strbuf out = {0};
        struct matcher m = matcher_of(rows[i].name, rows[i].op, rows[i].value);
        matcher_print(&out, &m);
        CHECK_STR(out.p, rows[i].want);
        matcher_done(&m);
    }
}

/* C-112 */
TEST(matcher, sorts_by_name_value_and_operator)
{
    CLEANUP(strbuf_donep) struct strbuf out = {0};
    struct matchers ms = parse("b=1,a!~2,a=~2,a!=2,a=2,a=10,B=1");
    struct matchers none = {0};

    matchers_sort(&ms);
    matchers_print(&out, &ms);
    CHECK_STR(out.p, "{B=\"1\",a=\"10\",a=\"2\",a!=\"2\",a=~\"2\",a!~\"2\",b=\"1\"}");
    matchers_sort(&none);
    matchers_done(&ms);
}

TEST(matcher, equality_counts_order)
{
    struct matchers ab = parse("a=1,b=~2"), also_ab = parse("{a=1, b=~\"2\"}"), ba = parse("b=~2,a=1"),
                    a = parse("a=1");
    CHECK(matchers_equal(&ab, &also_ab));
    CHECK(!matchers_equal(&ab, &ba));
    CHECK(!matchers_equal(&ab, &a));
    matchers_done(&ab);
    matchers_done(&also_ab);
    matchers_done(&ba);
    matchers_done(&a);
}

TEST(matcher, copies_live_on_their_own)
{
    const struct intern_stats before = intern_stats();
    struct matcher m = matcher_of("x", MATCH_RE, "[ab]"), copy;
    matcher_copy(&copy, &m);
    CHECK(matcher_equal(&copy, &m));
    CHECK(copy.prog == m.prog);
    matcher_done(&m);
    CHECK(matcher_matches(&copy, SV("b")));
    matcher_done(&copy);
    CHECK_EQ(intern_stats().strings, before.strings);
}

TEST(matcher, lists_the_values_it_wants_if_they_can_be_listed)
{
    static const struct {
        const char *name;
        enum match_op op;
        const char *pattern;
        size_t max;
        const char *values; /* "a b "; empty: they cannot be listed */
    } rows[] = {
        {"equality", MATCH_EQ, "a", 4, "a "},
        {"equality with nothing is met by a missing label", MATCH_EQ, "", 4, ""},
        {"inequality", MATCH_NE, "a", 4, ""},
        {"a literal", MATCH_RE, "web\\.1", 4, "web.1 "},
        {"alternatives, one of them twice", MATCH_RE, "b|a|b", 4, "a b "},
        {"as many as there is room for", MATCH_RE, "a|b|c|d", 4, "a b c d "},
        {"one too many", MATCH_RE, "a|b|c|d|e", 4, ""},
        {"one of them empty", MATCH_RE, "a|", 4, ""},
        {"a prefix among them", MATCH_RE, "a|b.*", 4, ""},
        {"a pattern for the regex engine", MATCH_RE, "[ab]", 4, ""},
        {"negated alternatives", MATCH_NRE, "a|b", 4, ""},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(strbuf_donep) struct strbuf text = {0};
        struct sv values[4];
        struct matcher m;
        struct err err;

        CHECK(matcher_init(&m, rows[i].op, SV("n"), sv_of(rows[i].pattern), &err));
        const size_t n = matcher_values(&m, values, rows[i].max);
        strbuf_adds(&text, "");
        for (size_t k = 0; k < n; k++)
            strbuf_addf(&text, "%.*s ", SV_ARG(values[k]));
        FAIL_IF(strcmp(text.p, rows[i].values) != 0, "%s: %s", rows[i].name, text.p);
        matcher_done(&m);
    }
}

/* W-09 */
TEST(matcher, a_broken_one_matches_nothing_in_any_copy)
{
    for (enum match_op op = MATCH_RE; op <= MATCH_NRE; op++) {
        struct matcher m, copy;
        struct sv value;

        matcher_init_broken(&m, op, SV("n"), SV("["));
        matcher_copy(&copy, &m);
        matcher_done(&m);
        struct matchers ms = {.v = &copy, .n = 1};
        CLEANUP(labels_unrefp) struct labels *ls = labels_new(&(struct label_sv){SV("n"), SV("[")}, 1);
        CHECK(!matchers_match(&ms, ls));
        CHECK(!matcher_matches(&copy, SV("")));
        CHECK(!matcher_matches_empty(&copy));
        CHECK_EQ(matcher_values(&copy, &value, 1), 0);
        matcher_done(&copy);
    }
}
