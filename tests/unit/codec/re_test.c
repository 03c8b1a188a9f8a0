#include "codec/re.h"

#include "support/test.h"

TEST(re, refuses_what_go_refuses_with_its_words)
{
    static const struct {
        const char *pattern;
        bool anchored;
        const char *text;
    } rows[] = {
        {"[", true, "error parsing regexp: missing closing ]: `[)$`"},
        {"(", true, "error parsing regexp: missing closing ): `^(?:()$`"},
        {"(", false, "error parsing regexp: missing closing ): `(`"},
        {"a)", false, "error parsing regexp: unexpected ): `a)`"},
        {"(?=a)", true, "error parsing regexp: invalid or unsupported Perl syntax: `(?=`"},
        {"(?!a)", true, "error parsing regexp: invalid or unsupported Perl syntax: `(?!`"},
        {"(?>a)", true, "error parsing regexp: invalid or unsupported Perl syntax: `(?>`"},
        {"(?<=a)b", true, "error parsing regexp: invalid named capture: `(?<=a)b)$`"},
        {"(?<n", false, "error parsing regexp: invalid named capture: `(?<n`"},
        {"x(?<a>y)(?<b-c>d)", false, "error parsing regexp: invalid named capture: `(?<b-c>`"},
        {"(?<a>y)(", false, "error parsing regexp: missing closing ): `(?<a>y)(`"},
        {"(?P<n>", false, "error parsing regexp: missing closing ): `(?P<n>`"},
        {"a{1001}", true, "error parsing regexp: invalid repeat count: `{1001}`"},
        {"a**", true, "error parsing regexp: invalid nested repetition operator: `**`"},
        {"*", false, "error parsing regexp: missing argument to repetition operator: `*`"},
        {"*", true, "error parsing regexp: missing argument to repetition operator: `*`"},
        {"a\\", false, "error parsing regexp: trailing backslash at end of expression: ``"},
        {"\\Z", true, "error parsing regexp: invalid escape sequence: `\\Z`"},
        {"\\1", true, "error parsing regexp: invalid escape sequence: `\\1`"},
        {"\\C", true, "error parsing regexp: invalid escape sequence: `\\C`"},
        {"[\\C]", true, "error parsing regexp: invalid escape sequence: `\\C`"},
        {"[b-a]", true, "error parsing regexp: invalid character class range: `b-a`"},
        {"[[:foo:]]", true, "error parsing regexp: invalid character class range: `[:foo:]`"},
        {"\\pX", true, "error parsing regexp: invalid character class range: `\\pX`"},
        {"((\\pL{100}){100}){100}", false, "error parsing regexp: invalid repeat count: `{100}`"},
        {"\\Q(?<x>", true, "error parsing regexp: missing closing ): `^(?:\\Q(?<x>)$`"},
        {"\\pL{1000}", false, "error parsing regexp: expression too large: `\\pL{1000}`"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct err err = {0};
        struct re *re = rows[i].anchored ? re_new_anchored(sv_of(rows[i].pattern), &err)
                                         : re_new(sv_of(rows[i].pattern), &err);
        FAIL_IF(re != NULL, "%s is accepted", rows[i].pattern);
        CHECK_STR(err.text, rows[i].text);
        CHECK_EQ(err.kind, ERR_INVALID);
    }
}

TEST(re, matches_as_go_does)
{
    static const struct {
        const char *pattern;
        bool anchored;
        const char *subject;
        bool match;
    } rows[] = {
        {"foo|bar", true, "bar", true},
        {"foo|bar", true, "xbar", false},
        {"bar", false, "xbarx", true},
        {"", true, "", true},
        {"", true, "x", false},
        {".*", true, "two\nlines", false},
        {"(?s).*", true, "two\nlines", true},
        {"a", true, "a\n", false},
        {"a)|(b", true, "ab", true}, /* wrapped first, compiled then: ^a or b$ */
        {"a)|(b", true, "xb", true},
        {"\\d+", true, "\u0663", false},
        {"\\pL+", true, "stra\u00DFe", true},
        {"[[:alpha:]]+", true, "abc", true},
        {"(?i)ABC", true, "abc", true},
        {"(?<year>\\d+)-(?P<month>\\d+)", true, "2026-11", true},
        {"[(?<x>]+", true, "(?<x>", true},
        {"[](?<]+", true, "](?<", true},
        {"[[:alpha:](?<]+", true, "a(?<", true},
        {"\\Q(?<x>\\C\\E", true, "(?<x>\\C", true},
        {"\\\\C", true, "\\C", true},
        {"\\(?<x>", true, "(<x>", true},
        {".", true, "\u20AC", true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct err err = {0};
        struct re *re = rows[i].anchored ? re_new_anchored(sv_of(rows[i].pattern), &err)
                                         : re_new(sv_of(rows[i].pattern), &err);
        FAIL_IF(re == NULL, "%s: %s", rows[i].pattern, err.text);
        const bool match = re_match(re, sv_of(rows[i].subject));
        FAIL_IF(match != rows[i].match, "%s on \"%s\" is %d", rows[i].pattern, rows[i].subject, match);
        re_free(re);
    }
}

TEST(re, finds_groups_from_a_position)
{
    struct err err;
    struct re *re = re_new(SV("(?<key>\\w+)=(?P<value>\\d+)?(x)?"), &err);
    CHECK(re != NULL);
    CHECK_EQ(re_groups(re), 3u);
    CHECK_EQ(re_group_named(re, SV("key")), 1);
    CHECK_EQ(re_group_named(re, SV("value")), 2);
    CHECK_EQ(re_group_named(re, SV("none")), -1);

    int at[4][2];
    CHECK_EQ(re_find(re, SV("a=1 bc="), 3, at, 4), 4u);
    CHECK_EQ(at[0][0], 4);
    CHECK_EQ(at[0][1], 7);
    CHECK_EQ(at[1][0], 4);
    CHECK_EQ(at[1][1], 6);
    CHECK_EQ(at[2][0], -1);
    CHECK_EQ(at[2][1], -1);
    CHECK_EQ(re_find(re, SV("a=1 bc="), 0, at, 2), 4u);
    CHECK_EQ(at[1][1], 1);
    CHECK_EQ(re_find(re, SV("nothing"), 0, at, 4), 0u);
    CHECK_EQ(re_find(re, SV("a=1"), 4, at, 4), 0u);
    re_free(re);

    re = re_new(SV("^a|\\bb"), &err); /* what stands before the start still counts */
    CHECK_EQ(re_find(re, SV("aab"), 1, at, 4), 0u);
    CHECK_EQ(re_find(re, (struct sv){NULL, 0}, 0, at, 4), 0u);
    re_free(re);
    re_free(NULL);
}
