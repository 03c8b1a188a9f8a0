#include "codec/ytree.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/test.h"

/* A parsed document and what it takes to drop it again. */
struct doc {
    struct arena mem;
    struct ytree *root;
    struct err err;
    bool ok;
};

static struct doc parse(struct sv text)
{
    struct doc d = {0};
    arena_init(&d.mem, (size_t)64 << 20);
    d.ok = ytree_parse(text, &d.mem, &d.root, &d.err);
    return d;
}

static void doc_done(struct doc *d)
{
    arena_done(&d->mem);
}

/* A tree in one line: scalars between <>, with the letter of their type. */
static void dump(const struct ytree *n, struct strbuf *out)
{
    if (n == NULL) {
        strbuf_adds(out, "nothing");
    } else if (n->kind == YTREE_SCALAR) {
        strbuf_addc(out, "0bifso"[ytree_type(n)]);
        strbuf_addf(out, "<%.*s>", SV_ARG(n->text));
    } else {
        const bool map = n->kind == YTREE_MAP;
        strbuf_addc(out, map ? '{' : '[');
        for (size_t i = 0; i < (map ? 2 * n->n : n->n); i++) {
            if (i != 0)
                strbuf_addc(out, map && i % 2 == 1 ? ':' : ' ');
            dump(n->items[i], out);
        }
        strbuf_addc(out, map ? '}' : ']');
    }
}

TEST(ytree, reads_documents)
{
    static const struct {
        const char *name, *text, *want;
    } rows[] = {
        {"empty", "", "nothing"},
        {"blank", "\n  \n", "nothing"},
        {"only a comment", "# nothing here\n", "nothing"},
        {"empty document", "---\n", "0<>"},
        {"scalar", "a", "s<a>"},
        {"map and list", "a: [1, b]\nc: {d: e}", "{s<a>:[i<1> s<b>] s<c>:{s<d>:s<e>}}"},
        {"only the first document", "a: 1\n---\nb: 2\n", "{s<a>:i<1>}"},
        {"trash in the second document", "a: 1\n---\n}{\n", "{s<a>:i<1>}"},
        {"byte order mark",
         "\xef\xbb\xbf"
         "a: 1\n",
         "{s<a>:i<1>}"},
        {"CRLF", "a: b\r\nc: d\r\n", "{s<a>:s<b> s<c>:s<d>}"},
        {"quoted are strings", "['1', \"yes\", |-\n  2\n]", NULL},
        {"quotes", "['1', \"yes\"]", "[s<1> s<yes>]"},
        {"block scalar", "|\n a\n b\n", "s<a\nb\n>"},
        {"explicit tags", "[!!str 1, !!int \"2\", !!float 3, !x 4]", "[s<1> i<2> f<3> o<4>]"},
        {"alias", "a: &x [1]\nb: *x\n", "{s<a>:[i<1>] s<b>:[i<1>]}"},
        {"anchor set twice", "a: &x 1\nb: &x 2\nc: *x", "{s<a>:i<1> s<b>:i<2> s<c>:i<2>}"},
        {"merge", "a: &x {p: 1}\nb: {q: 2, <<: *x, r: 3}",
         "{s<a>:{s<p>:i<1>} s<b>:{s<q>:i<2> s<p>:i<1> s<r>:i<3>}}"},
        {"merge of a list", "{<<: [{a: 1}, {a: 2, b: 3}]}", "{s<a>:i<2> s<b>:i<3> s<a>:i<1>}"},
        {"merge of a merge", "x: &x {<<: {a: 1}}\nz: {<<: *x}", "{s<x>:{s<a>:i<1>} s<z>:{s<a>:i<1>}}"},
        {"quoted merge key is a key", "{'<<': {a: 1}}", "{s<<<>:{s<a>:i<1>}}"},
        {"unquoted range in a flow list", "[1:5, 09:00]", "[s<1:5> s<09:00>]"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct doc d = parse(sv_of(rows[i].text));
        CLEANUP(strbuf_donep) struct strbuf got = {0};
        if (d.ok)
            dump(d.root, &got);
        else
            strbuf_adds(&got, d.err.text);
        if (rows[i].want == NULL)
            FAIL_IF(d.ok, "%s", rows[i].name);
        else
            FAIL_IF(strcmp(got.p, rows[i].want) != 0, "%s: got %s, want %s", rows[i].name, got.p,
                    rows[i].want);
        doc_done(&d);
    }
}

TEST(ytree, refuses_with_yaml_v2s_words_and_a_position)
{
    static const struct {
        const char *name, *text, *want;
        int line, col;
    } rows[] = {
        {"mapping value", "a: b\nc: d\n e: f\n",
         "yaml: line 3: mapping values are not allowed in this context", 3, 3},
        {"tab", "a:\n\tb: 1\n", "yaml: line 2: found character that cannot start any token", 2, 1},
        {"invalid UTF-8", "a: \xff\n", "yaml: invalid leading UTF-8 octet", 1, 1},
        {"unknown anchor", "a: 1\nb: *y\n", "yaml: unknown anchor 'y' referenced", 2, 4},
        {"recursive anchor", "a: &x [*x]\n", "yaml: anchor 'x' value contains itself", 1, 8},
        {"merge of a scalar", "<<: 1\n", "yaml: map merge requires map or sequence of maps as the value", 1,
         5},
        {"merge of nothing", "<<:\n", "yaml: map merge requires map or sequence of maps as the value", 1, 4},
        {"merge of a list of scalars", "<<: [1]\n",
         "yaml: map merge requires map or sequence of maps as the value", 1, 6},
        {"unclosed list", "a: [1,\n", "yaml: line 1: did not find expected node content", 2, 1},
        {"unclosed quote", "a: 1\nb: \"x\n", "yaml: line 3: found unexpected end of stream", 3, 1},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct doc d = parse(sv_of(rows[i].text));
        FAIL_IF(d.ok, "%s", rows[i].name);
        FAIL_IF(strcmp(d.err.text, rows[i].want) != 0 || d.err.line != rows[i].line ||
                    d.err.col != rows[i].col,
                "%s: got %d:%d: %s, want %d:%d: %s", rows[i].name, d.err.line, d.err.col, d.err.text,
                rows[i].line, rows[i].col, rows[i].want);
        CHECK(d.root == NULL);
        doc_done(&d);
    }
}

TEST(ytree, resolves_plain_scalars_like_yaml_v2)
{
    static const struct {
        const char *text;
        enum ytree_type want;
    } rows[] = {
        {"", YT_NULL},
        {"~", YT_NULL},
        {"null", YT_NULL},
        {"Null", YT_NULL},
        {"NULL", YT_NULL},
        {"nULL", YT_STR},
        {"y", YT_BOOL},
        {"Y", YT_BOOL},
        {"yes", YT_BOOL},
        {"No", YT_BOOL},
        {"OFF", YT_BOOL},
        {"on", YT_BOOL},
        {"yEs", YT_STR},
        {"True", YT_BOOL},
        {"tRUE", YT_STR},
        {"0", YT_INT},
        {"-0", YT_INT},
        {"+12", YT_INT},
        {"1_000", YT_INT},
        {"_1", YT_INT},
        {"0x1f", YT_INT},
        {"0X1F", YT_INT},
        {"-0x1f", YT_INT},
        {"0x", YT_STR},
        {"0x0x1", YT_STR},
        {"0b101", YT_INT},
        {"-0b1", YT_INT},
        {"0b12", YT_STR},
        {"0o17", YT_INT},
        {"017", YT_INT},
        {"08", YT_FLOAT},
        {"1.", YT_FLOAT},
        {".5", YT_FLOAT},
        {".", YT_STR},
        {"-.5", YT_FLOAT},
        {"1.5e3", YT_FLOAT},
        {"1e3", YT_FLOAT},
        {"1e", YT_STR},
        {"1e999", YT_STR},
        {".inf", YT_FLOAT},
        {"-.INF", YT_FLOAT},
        {".iNF", YT_STR},
        {".nan", YT_FLOAT},
        {".5_0", YT_STR},
        {"1.2.3", YT_STR},
        {"10.0.0.1", YT_STR},
        {"1:30", YT_STR},
        {"09:00", YT_STR},
        {"2001-01-02", YT_OTHER},
        {"2001-1-2", YT_OTHER},
        {"2001-13-01", YT_STR},
        {"2001-02-30", YT_STR},
        {"2000-02-29", YT_OTHER},
        {"2001-01-02T03:04:05Z", YT_OTHER},
        {"2001-01-02t03:04:05.5+01:00", YT_OTHER},
        {"2001-01-02 03:04:05", YT_OTHER},
        {"2001-01-02T03:04:05", YT_STR},
        {"2001-01-02 03:04:05Z", YT_STR},
        {"18446744073709551615", YT_INT},
        {"18446744073709551616", YT_FLOAT},
        {"-9223372036854775808", YT_INT},
        {"-9223372036854775809", YT_FLOAT},
        {"<<", YT_STR},
        {"a", YT_STR},
        {"-", YT_STR},
        {"+", YT_STR},
        {"5m", YT_STR},
        {"0x1g", YT_STR},
        {"1 2", YT_STR},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const enum ytree_type got = ytree_resolve(sv_of(rows[i].text));
        FAIL_IF(got != rows[i].want, "\"%s\": type %d, want %d", rows[i].text, (int)got, (int)rows[i].want);
    }
}

TEST(ytree, numbers_have_go_s_values)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t want;
    } rows[] = {
        {"10", true, 10},
        {"-10", true, -10},
        {"0x10", true, 16},
        {"010", true, 8},
        {"0b11", true, 3},
        {"1_0", true, 10},
        {"1.0", true, 1},
        {"1.9", true, 1},
        {"-1.9", true, -1},
        {"1e3", true, 1000},
        {"08", true, 8},
        {"'10'", false, 0},
        {"abc", false, 0},
        {"1e30", false, 0},
        {".nan", false, 0},
        {"~", false, 0},
        {"true", false, 0},
        {"[1]", false, 0},
        {"9223372036854775807", true, INT64_MAX},
        {"9223372036854775808", false, 0},
        {"-9223372036854775808", true, INT64_MIN},
        {"!!int '7'", true, 7},
        {"!!str 7", false, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct doc d = parse(sv_of(rows[i].text));
        int64_t got = 0;
        FAIL_IF(!(d.ok), "%s", rows[i].text);
        const bool ok = ytree_int(d.root, &got);
        FAIL_IF(ok != rows[i].ok || got != rows[i].want, "%s: %s %lld, want %s %lld", rows[i].text,
                ok ? "value" : "refused", (long long)got, rows[i].ok ? "value" : "refused",
                (long long)rows[i].want);
        doc_done(&d);
    }
}

TEST(ytree, shows_values_as_type_errors_do)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"BAD", "!!str `BAD`"},
        {"ten_bytes_", "!!str `ten_bytes_`"},
        {"eleven_byte", "!!str `eleven_...`"},
        {"12", "!!int `12`"},
        {"1.5", "!!float `1.5`"},
        {"true", "!!bool `true`"},
        {"[a]", "!!seq"},
        {"{a: b}", "!!map"},
        {"'12'", "!!str `12`"},
        {"!x y", "!x `y`"},
        {"2001-01-02", "!!timestamp `2001-01-02`"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct doc d = parse(sv_of(rows[i].text));
        CLEANUP(strbuf_donep) struct strbuf got = {0};
        FAIL_IF(!(d.ok), "%s", rows[i].text);
        ytree_show(d.root, &got);
        CHECK_STR(got.p, rows[i].want);
        doc_done(&d);
    }
}

TEST(ytree, the_last_pair_of_a_key_counts_and_positions_are_those_of_the_file)
{
    struct doc d = parse(SV("a: 1\n\nb:\n  - x\n  -   y\na: 2\n"));
    CHECK(d.ok);
    CHECK_SV(ytree_get(d.root, "a")->text, "2");
    const struct ytree *b = ytree_get(d.root, "b");
    CHECK_EQ(b->items[1]->line, 5);
    CHECK_EQ(b->items[1]->col, 7);
    CHECK(ytree_get(d.root, "c") == NULL);
    CHECK(ytree_get(b, "a") == NULL);
    doc_done(&d);
}

static struct doc parse_repeated(const char *before, const char *unit, size_t times)
{
    struct strbuf text = {0};
    strbuf_adds(&text, before);
    for (size_t i = 0; i < times; i++)
        strbuf_adds(&text, unit);
    struct doc d = parse(strbuf_sv(&text));
    strbuf_done(&text);
    return d;
}

TEST(ytree, deep_nesting_is_refused_at_once)
{
    static const struct {
        const char *before, *unit;
    } rows[] = {{"", "["}, {"", "{a: "}, {"", "- "}, {"", "? "}, {"a: ", "[{"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct doc d = parse_repeated(rows[i].before, rows[i].unit, 200000);
        FAIL_IF(d.ok, "%s", rows[i].unit);
        doc_done(&d);
    }
    struct doc fits = parse(SV("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
                               "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"));
    CHECK(fits.ok);
    doc_done(&fits);
}

TEST(ytree, depth_counts_through_aliases)
{
    struct strbuf text = {0};
    strbuf_adds(&text, "a0: &a0 [x]\n");
    for (int i = 1; i < 100; i++)
        strbuf_addf(&text, "a%d: &a%d [*a%d]\n", i, i, i - 1);
    struct doc d = parse(strbuf_sv(&text));
    CHECK(!d.ok);
    CHECK_STR(d.err.text, "yaml: exceeded the maximum depth of nested values");
    CHECK_EQ(d.err.line, 64);
    strbuf_done(&text);
    doc_done(&d);
}

TEST(ytree, an_alias_bomb_is_refused_at_once)
{
    struct strbuf text = {0};
    strbuf_adds(&text, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 30; i++) {
        strbuf_addf(&text, "a%d: &a%d [", i, i);
        for (int k = 0; k < 10; k++)
            strbuf_addf(&text, "*a%d,", i - 1);
        strbuf_adds(&text, "]\n");
    }
    struct doc d = parse(strbuf_sv(&text));
    CHECK(!d.ok);
    CHECK_STR(d.err.text, "yaml: document contains excessive aliasing");
    strbuf_done(&text);
    doc_done(&d);
}

TEST(ytree, a_small_arena_gives_an_error)
{
    struct arena mem;
    struct ytree *root;
    struct err err;
    arena_init(&mem, 4096);
    struct strbuf text = {0};
    for (int i = 0; i < 1000; i++)
        strbuf_adds(&text, "- item\n");
    CHECK(!ytree_parse(strbuf_sv(&text), &mem, &root, &err));
    CHECK_EQ(err.kind, ERR_LIMIT);
    strbuf_done(&text);
    arena_done(&mem);
}
