#include "http/silence_json.h"

#include <stdio.h>

#include "codec/rfc3339.h"
#include "support/test.h"

#define TIMES "\"startsAt\":\"2026-11-21T00:00:00Z\",\"endsAt\":\"2026-11-21T02:00:00Z\""
#define WHO   "\"createdBy\":\"\",\"comment\":\"\""

struct fixture {
    struct arena mem;
    struct postable_silence in;
    struct body_fault fault;
    bool ok;
};

static void read_text(struct fixture *f, const char *body)
{
    *f = (struct fixture){0};
    arena_init(&f->mem, 1 << 20);
    f->ok = silence_read_json(sv_of(body), &f->mem, &f->in, &f->fault);
}

static void done(struct fixture *f)
{
    body_fault_done(&f->fault);
    arena_done(&f->mem);
}

static struct stamp at(const char *text)
{
    struct stamp t;
    struct err err;
    CHECK(stamp_parse_api(sv_of(text), &t, &err));
    return t;
}

TEST(silence_json, reports_the_first_missing_field)
{
    static const struct {
        const char *body;
        int code;
        const char *text;
    } rows[] = {
        {"", 602, "silence in body is required"},
        {"null", 602, "comment in body is required"},
        {"{}", 602, "comment in body is required"},
        {"{\"comment\":\"\"}", 602, "createdBy in body is required"},
        {"{" WHO "}", 602, "endsAt in body is required"},
        {"{" WHO ",\"endsAt\":null}", 602, "endsAt in body is required"},
        {"{" WHO ",\"endsAt\":\"\"}", 602, "matchers in body is required"},
        {"{" WHO "," TIMES ",\"matchers\":null}", 602, "matchers in body is required"},
        {"{" WHO "," TIMES ",\"matchers\":[]}", 612, "matchers in body should have at least 1 items"},
        {"{" WHO "," TIMES ",\"matchers\":[{}]}", 602, "matchers.0.isRegex in body is required"},
        {"{" WHO "," TIMES ",\"matchers\":[{\"isRegex\":false}]}", 602,
         "matchers.0.name in body is required"},
        {"{" WHO "," TIMES ",\"matchers\":[{\"isRegex\":false,\"name\":\"a\",\"value\":null}]}", 602,
         "matchers.0.value in body is required"},
        {"{" WHO "," TIMES ",\"matchers\":[null]}", 602, "matchers.0 in body is required"},
        {"{" WHO ",\"endsAt\":\"\",\"matchers\":[{\"isRegex\":false,\"name\":\"a\",\"value\":\"\"}]}", 602,
         "startsAt in body is required"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        read_text(&f, rows[i].body);
        CHECK_ROW(rows[i].body, !f.ok);
        FAIL_IF((int)f.fault.code != rows[i].code, "%s: code is %d, want %d", rows[i].body, (int)f.fault.code,
                rows[i].code);
        CHECK_STR(f.fault.text.p, rows[i].text);
        done(&f);
    }
}

TEST(silence_json, wrong_types_are_parse_errors)
{
    static const char *const rows[] = {
        "[]",
        "{\"matchers\":{}}",
        "{\"comment\":1}",
        "{\"matchers\":[{\"isRegex\":\"true\"}]}",
        "{\"id\":1}",
        "{\"startsAt\":\"x\"}",
        "{\"annotations\":[]}",
        "{",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        read_text(&f, rows[i]);
        CHECK_ROW(rows[i], !f.ok && f.fault.code == FAULT_PARSE);
        CHECK_ROW(rows[i], sv_has_prefix(strbuf_sv(&f.fault.text),
                                         SV("parsing silence body from \"\" failed, because ")));
        done(&f);
    }
}

TEST(silence_json, is_equal_is_true_unless_it_says_otherwise)
{
    struct fixture f;
    read_text(&f, "{" WHO "," TIMES ",\"ID\":\"x\",\"annotations\":{\"k\":\"v\"},\"matchers\":["
                  "{\"name\":\"a\",\"value\":\"1\",\"isRegex\":false},"
                  "{\"name\":\"b\",\"value\":\"2\",\"isRegex\":true,\"isEqual\":null},"
                  "{\"name\":\"c\",\"value\":\"3\",\"isRegex\":true,\"isEqual\":false}]}");
    CHECK(f.ok);
    CHECK_SV(f.in.id, "x");
    CHECK_EQ(f.in.n_annotations, 1u);
    struct matchers ms;
    struct err err;
    CHECK(silence_compile(&f.in, at("2026-11-21T01:00:00Z"), MATCHER_FALLBACK, &ms, &err));
    CHECK_EQ(ms.n, 3u);
    CHECK_EQ(ms.v[0].op, MATCH_EQ);
    CHECK_EQ(ms.v[1].op, MATCH_RE);
    CHECK_EQ(ms.v[2].op, MATCH_NRE);
    matchers_done(&ms);
    done(&f);
}

TEST(silence_json, checks_times_before_matchers_and_names_before_patterns)
{
    static const struct {
        const char *now, *matchers, *text;
        enum matcher_mode mode;
    } rows[] = {
        {"2026-11-21T03:00:00Z", "{\"name\":\"\",\"value\":\"\",\"isRegex\":false}",
         "Failed to create silence: end time can't be in the past", MATCHER_FALLBACK},
        {"2026-11-21T01:00:00Z", "{\"name\":\"\",\"value\":\"[\",\"isRegex\":true}",
         "invalid silence: invalid label matcher 0 in set 0: invalid label name \"\"", MATCHER_FALLBACK},
        {"2026-11-21T01:00:00Z", "{\"name\":\"a-b\",\"value\":\"\",\"isRegex\":false}",
         "invalid silence: invalid label matcher 0 in set 0: invalid label name \"a-b\"", MATCHER_CLASSIC},
        {"2026-11-21T01:00:00Z",
         "{\"name\":\"a\",\"value\":\"\",\"isRegex\":false},{\"name\":\"b\",\"value\":\"(\",\"isRegex\":"
         "true}",
         "invalid silence: invalid label matcher 1 in set 0: invalid regular expression \"(\": error parsing "
         "regexp: missing closing ): `(`",
         MATCHER_FALLBACK},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        char body[400];
        snprintf(body, sizeof body, "{" WHO "," TIMES ",\"matchers\":[%s]}", rows[i].matchers);
        read_text(&f, body);
        CHECK(f.ok);
        struct matchers ms;
        struct err err;
        CHECK_ROW(rows[i].text, !silence_compile(&f.in, at(rows[i].now), rows[i].mode, &ms, &err));
        CHECK_STR(err.text, rows[i].text);
        done(&f);
    }
}

TEST(silence_json, ids_have_the_forms_of_a_uuid)
{
    static const struct {
        const char *id;
        bool want;
    } rows[] = {
        {"0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f", true},
        {"0A1B2C3D-0A1B-0A1B-0A1B-0A1B2C3D4E5F", true},
        {"0a1b2c3d0a1b0a1b0a1b0a1b2c3d4e5f", true},
        {"{0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f}", true},
        {"{0a1b2c3d0a1b0a1b0a1b0a1b2c3d4e5f}", true},
        {"urn:uuid:0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f", true},
        {"foo", false},
        {"", false},
        {"0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5", false},
        {"0a1b2c3d_0a1b-0a1b-0a1b-0a1b2c3d4e5f", false},
        {"ga1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_ROW(rows[i].id, silence_id_is_uuid(sv_of(rows[i].id)) == rows[i].want);
}
