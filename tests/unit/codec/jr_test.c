#include "codec/jr.h"

#include <stdlib.h>

#include "support/test.h"

struct fixture {
    struct arena mem;
    struct jr r;
};

static void start(struct fixture *f, struct sv input)
{
    arena_init(&f->mem, 1 << 20);
    jr_init(&f->r, input, &f->mem);
}

TEST(jr, reads_an_alert)
{
    struct fixture f;
    struct sv key, value;
    bool flag;
    int64_t n;
    start(&f,
          SV(" [ {\"labels\" : {\"a\":\"1\",\n\"b\":\"2\"}, \"on\":true,\"n\":-12 ,\"x\":null} ] trailing"));
    struct jr *r = &f.r;

    CHECK_EQ(jr_peek(r), JR_ARRAY);
    CHECK(jr_array(r));
    CHECK(jr_next(r));
    CHECK(jr_object(r));
    CHECK(jr_key(r, &key));
    CHECK_SV(key, "labels");
    CHECK(jr_object(r));
    CHECK(jr_key(r, &key) && jr_string(r, &value));
    CHECK_SV(key, "a");
    CHECK_SV(value, "1");
    CHECK(jr_key(r, &key) && jr_string(r, &value));
    CHECK_SV(value, "2");
    CHECK(!jr_key(r, &key) && !r->failed);
    CHECK(jr_key(r, &key) && jr_bool(r, &flag) && flag);
    CHECK(jr_key(r, &key) && jr_int(r, &n));
    CHECK_EQ(n, -12);
    CHECK(jr_key(r, &key));
    CHECK_EQ(jr_peek(r), JR_NULL);
    CHECK(jr_null(r));
    CHECK(!jr_key(r, &key) && !r->failed);
    CHECK(!jr_next(r) && !r->failed);
    CHECK(!jr_at_end(r)); /* what follows the value was not looked at */
    CHECK_EQ(f.mem.used, 0u);
    arena_done(&f.mem);
}

TEST(jr, strings_are_decoded_as_go_does)
{
    const struct {
        const char *json;
        struct sv want;
    } rows[] = {
        {"\"\"", SV("")},
        {"\"plain\"", SV("plain")},
        {"\"a string that is longer than one block of sixteen\"",
         SV("a string that is longer than one block of sixteen")},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", SV("\"\\/\b\f\n\r\t")},
        {"\"0123456789abcdef\\n0123456789abcdef\\n\"", SV("0123456789abcdef\n0123456789abcdef\n")},
        {"\"\\u0041\\u00e4\\u20AC\\u0000\"", SV("A\u00E4\u20AC\0")},
        {"\"\\ud83d\\uDE00\"", SV("\U0001F600")},
        {"\"\\ud83d\"", SV("\uFFFD")},
        {"\"\\ud83dx\"", SV("\uFFFDx")},
        {"\"\\ude00\\ud83d\"", SV("\uFFFD\uFFFD")},
        {"\"\\ud83d\\u0041\"", SV("\uFFFDA")},
        {"\"\\ud83d\\n\"", SV("\uFFFD\n")},
        {"\"\\ud83d\\ud83d\\ude00\"", SV("\uFFFD\U0001F600")},
        {"\"gr\u00FC\u00DFe\"", SV("gr\u00FC\u00DFe")},
        {"\"bad \xFF\xE2\x82 bytes, far into the text\"",
         SV("bad \uFFFD\uFFFD\uFFFD bytes, far into the text")},
        {"\"\xED\xA0\x80\\n\"", SV("\uFFFD\uFFFD\uFFFD\n")},
        {"\"\x7F\"", SV("\x7F")},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        struct sv got = {0};
        start(&f, sv_of(rows[i].json));
        FAIL_IF(!jr_string(&f.r, &got), "%s: %s", rows[i].json, f.r.err.text);
        FAIL_IF(!sv_eq(got, rows[i].want), "%s is \"%.*s\"", rows[i].json, SV_ARG(got));
        CHECK(jr_at_end(&f.r));
        arena_done(&f.mem);
        start(&f, sv_of(rows[i].json));
        CHECK(jr_skip(&f.r) && jr_at_end(&f.r));
        CHECK_EQ(f.mem.used, 0u);
        arena_done(&f.mem);
    }
}

TEST(jr, refuses_what_is_no_json_with_gos_words)
{
    static const struct {
        const char *json, *text;
        int line, col;
    } rows[] = {
        {"", "unexpected EOF", 1, 1},
        {" \n ", "unexpected EOF", 2, 2},
        {"\xEF\xBB\xBF[]", "invalid character '\\xef' looking for beginning of value", 1, 1},
        {"\x1F\x8B", "invalid character '\\x1f' looking for beginning of value", 1, 1},
        {"nope", "invalid character 'o' in literal null (expecting 'u')", 1, 2},
        {"tru", "unexpected EOF", 1, 4},
        {"falsy", "invalid character 'y' in literal false (expecting 'e')", 1, 5},
        {"'a'", "invalid character '\\'' looking for beginning of value", 1, 1},
        {"\"abc", "unexpected EOF", 1, 5},
        {"\"a\nb\"", "invalid character '\\x0a' in string literal", 1, 3},
        {"\"\\x\"", "invalid character 'x' in string escape code", 1, 3},
        {"\"\\u12g4\"", "invalid character 'g' in \\u hexadecimal character escape", 1, 6},
        {"\"\\u12", "unexpected EOF", 1, 6},
        {"\"\\", "unexpected EOF", 1, 3},
        {"-", "unexpected EOF", 1, 2},
        {"-a", "invalid character 'a' in numeric literal", 1, 2},
        {"1.", "unexpected EOF", 1, 3},
        {"1.e", "invalid character 'e' after decimal point in numeric literal", 1, 3},
        {"1e+", "unexpected EOF", 1, 4},
        {"1ex", "invalid character 'x' in exponent of numeric literal", 1, 3},
        {"+1", "invalid character '+' looking for beginning of value", 1, 1},
        {".5", "invalid character '.' looking for beginning of value", 1, 1},
        {"[1,]", "invalid character ']' looking for beginning of value", 1, 4},
        {"[,1]", "invalid character ',' looking for beginning of value", 1, 2},
        {"[1 2]", "invalid character '2' after array element", 1, 4},
        {"[01]", "invalid character '1' after array element", 1, 3},
        {"[1}", "invalid character '}' after array element", 1, 3},
        {"[", "unexpected EOF", 1, 2},
        {"[[]", "unexpected EOF", 1, 4},
        {"{\"a\":1,}", "invalid character '}' looking for beginning of object key string", 1, 8},
        {"{a:1}", "invalid character 'a' looking for beginning of object key string", 1, 2},
        {"{\"a\" 1}", "invalid character '1' after object key", 1, 6},
        {"{\"a\":1 \"b\":2}", "invalid character '\"' after object key:value pair", 1, 8},
        {"{\"a\":}", "invalid character '}' looking for beginning of value", 1, 6},
        {"{\"a\":1]", "invalid character ']' after object key:value pair", 1, 7},
        {"{\n\"a\":\n x}", "invalid character 'x' looking for beginning of value", 3, 2},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        start(&f, sv_of(rows[i].json));
        CHECK_ROW(rows[i].json, !jr_skip(&f.r) && f.r.failed);
        CHECK_STR(f.r.err.text, rows[i].text);
        CHECK_EQ(f.r.err.kind, ERR_INVALID);
        CHECK_EQ(f.r.err.line, rows[i].line);
        CHECK_EQ(f.r.err.col, rows[i].col);
        arena_done(&f.mem);
    }
}

TEST(jr, every_prefix_of_a_document_is_an_error)
{
    static const char text[] = "[{\"a\":\"x\\u00e4\\n\",\"b\":[1.5e3,-0,true,false,null,{}]}]";
    for (size_t n = 0; n < sizeof text - 1; n++) {
        struct fixture f;
        char *copy = malloc(n + 1); /* on the heap, so that reading past its end is seen */
        memcpy(copy, text, n);
        start(&f, (struct sv){copy, n});
        FAIL_IF(jr_skip(&f.r), "%.*s is accepted", (int)n, text);
        CHECK_STR(f.r.err.text, "unexpected EOF");
        free(copy);
        arena_done(&f.mem);
    }
}

TEST(jr, numbers_are_handed_out_as_written)
{
    static const char *const rows[] = {
        "0", "-0", "12", "1.50", "1e5", "-1.5E-10", "123456789012345678901234567890"};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        struct sv text;
        start(&f, sv_of(rows[i]));
        CHECK_ROW(rows[i], jr_number(&f.r, &text));
        CHECK_SV(text, rows[i]);
    }
}

TEST(jr, integers_have_a_range_and_no_fraction)
{
    static const struct {
        const char *json;
        bool ok;
        int64_t want;
    } rows[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"99999999999999999999", false, 0},
        {"1.0", false, 0},
        {"1e3", false, 0},
        {"\"1\"", false, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        int64_t n = 0;
        start(&f, sv_of(rows[i].json));
        CHECK_ROW(rows[i].json, jr_int(&f.r, &n) == rows[i].ok);
        CHECK_EQ(n, rows[i].want);
    }
}

TEST(jr, errors_are_sticky_and_the_first_one_stays)
{
    struct fixture f;
    struct sv s;
    bool v;
    int64_t n;
    start(&f, SV("{\"a\":5,\"b\":1}"));
    CHECK(jr_object(&f.r) && jr_key(&f.r, &s));
    CHECK(!jr_string(&f.r, &s));
    CHECK_STR(f.r.err.text, "expected string, got number");
    CHECK(!jr_int(&f.r, &n) && !jr_bool(&f.r, &v) && !jr_null(&f.r) && !jr_key(&f.r, &s) && !jr_next(&f.r));
    CHECK(!jr_object(&f.r) && !jr_array(&f.r) && !jr_skip(&f.r) && !jr_number(&f.r, &s) && !jr_at_end(&f.r));
    CHECK_EQ(jr_peek(&f.r), JR_ERROR);
    CHECK(!jr_fail(&f.r, "later"));
    CHECK_STR(f.r.err.text, "expected string, got number");
}

TEST(jr, depth_and_memory_are_limited)
{
    char deep[2 * JR_MAX_DEPTH + 3];
    struct fixture f;
    memset(deep, '[', JR_MAX_DEPTH);
    memset(deep + JR_MAX_DEPTH, ']', JR_MAX_DEPTH);
    start(&f, (struct sv){deep, 2 * JR_MAX_DEPTH});
    CHECK(jr_skip(&f.r));
    memset(deep, '[', JR_MAX_DEPTH + 1);
    start(&f, (struct sv){deep, sizeof deep});
    CHECK(!jr_skip(&f.r));
    CHECK_STR(f.r.err.text, "exceeded max depth");

    struct sv s;
    struct arena small;
    arena_init(&small, 4);
    jr_init(&f.r, SV("\"12345\\n\""), &small);
    CHECK(!jr_string(&f.r, &s));
    CHECK_EQ(f.r.err.kind, ERR_LIMIT);
}
