#include "http/ingest_json.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/test.h"

struct fixture {
    struct arena mem;
    struct ingest batch;
    struct body_fault fault;
    bool ok;
};

static void read_with(struct fixture *f, struct sv body, size_t ceiling)
{
    *f = (struct fixture){0};
    arena_init(&f->mem, ceiling);
    f->ok = ingest_read_json(body, &f->mem, &f->batch, &f->fault);
}

static void read_text(struct fixture *f, const char *body)
{
    read_with(f, sv_of(body), 1 << 20);
}

static void done(struct fixture *f)
{
    body_fault_done(&f->fault);
    arena_done(&f->mem);
}

TEST(ingest_json, refuses_whole_requests_in_the_words_of_the_framework)
{
    static const struct {
        const char *body;
        int code;
        const char *text; /* a prefix when it ends in '*' */
    } rows[] = {
        {"", 602, "alerts in body is required"},
        {" \t\r\n", 602, "alerts in body is required"},
        {"{}", 400, "parsing alerts body from \"\" failed, because *"},
        {"\"x\"", 400, "parsing alerts body from \"\" failed, because *"},
        {"[", 400, "parsing alerts body from \"\" failed, because *"},
        {"[{\"labels\":{\"a\":\"b\"}}", 400, "parsing alerts body from \"\" failed, because *"},
        {"\xef\xbb\xbf[]", 400, "parsing alerts body from \"\" failed, because *"},
        {"\x1f\x8b\x08", 400, "parsing alerts body from \"\" failed, because *"},
        {"[1]", 400, "parsing alerts body from \"\" failed, because *"},
        {"[{\"labels\":{\"a\":1}}]", 400,
         "parsing alerts body from \"\" failed, because json: cannot unmarshal number into Go value of type "
         "string"},
        {"[{\"labels\":[]}]", 400, "parsing alerts body from \"\" failed, because *"},
        {"[{\"labels\":{\"a\":\"b\"},\"startsAt\":\"nope\"}]", 400,
         "parsing alerts body from \"\" failed, because parsing time \"nope\" as \"2006-01-02\": cannot "
         "parse "
         "\"nope\" as \"2006\""},
        {"[{\"labels\":{\"a\":\"b\"},\"endsAt\":5}]", 400, "parsing alerts body from \"\" failed, because *"},
        {"[{\"labels\":{\"a\":\"b\"},\"generatorURL\":5}]", 400,
         "parsing alerts body from \"\" failed, because *"},
        {"[{}]", 602, "0.labels in body is required"},
        {"[{\"labels\":null}]", 602, "0.labels in body is required"},
        {"[{\"labels\":{\"a\":\"b\"},\"LABELS\":null}]", 602, "0.labels in body is required"},
        {"[{\"labels\":{\"a\":\"b\"}},{}]", 602, "1.labels in body is required"},
        {"[null]", 602, "0 in body is required"},
        {"[{\"labels\":{\"a\":\"b\"},\"generatorURL\":\"rel/x\"}]", 601,
         "0.generatorURL in body must be of type uri: \"rel/x\""},
        {"[{\"generatorURL\":\"a\\u0000b\"}]", 601,
         "0.generatorURL in body must be of type uri: \"a\\x00b\""},
        {"[{},{\"labels\":{},\"generatorURL\":\"?\"}]", 602, "0.labels in body is required"},
        {"[{},{\"labels\":{\"a\":1}}]", 400, "parsing alerts body from \"\" failed, because *"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        read_text(&f, rows[i].body);
        CHECK_ROW(rows[i].body, !f.ok);
        FAIL_IF((int)f.fault.code != rows[i].code, "%s: code is %d, want %d", rows[i].body, (int)f.fault.code,
                rows[i].code);
        const size_t n = strlen(rows[i].text);
        const bool prefix = rows[i].text[n - 1] == '*';
        const bool same = prefix ? strncmp(f.fault.text.p, rows[i].text, n - 1) == 0
                                 : strcmp(f.fault.text.p, rows[i].text) == 0;
        FAIL_IF(!same, "%s: text is \"%s\", want \"%s\"", rows[i].body, f.fault.text.p, rows[i].text);
        done(&f);
    }
}

TEST(ingest_json, takes_empty_lists_null_and_what_follows_the_first_value)
{
    static const struct {
        const char *body;
        size_t n;
    } rows[] = {
        {"[]", 0},
        {"null", 0},
        {" [ ] trailing", 0},
        {"[{\"labels\":{}}]{\"second\":1}", 1},
        {"[{\"labels\":{\"a\":\"b\"},\"unknown\":[{\"x\":null}]}]", 1},
        {"[{\"labels\":{\"a\":\"b\"}},{\"labels\":{\"a\":\"c\"}}]", 2},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        read_text(&f, rows[i].body);
        FAIL_IF(!f.ok || f.batch.n != rows[i].n, "%s: %s, %zu alerts", rows[i].body,
                f.ok ? "" : f.fault.text.p, f.batch.n);
        done(&f);
    }
}

TEST(ingest_json, reads_what_prometheus_sends)
{
    struct fixture f;
    read_text(&f, "[{\"annotations\":{\"summary\":\"\"},\"endsAt\":\"2026-11-21T00:05:00.000Z\","
                  "\"startsAt\":\"2026-11-21T00:01:00.123+02:00\",\"generatorURL\":\"http://p/graph?g0=1\","
                  "\"labels\":{\"alertname\":\"Up\",\"job\":\"a\\\"b\"}}]");
    CHECK(f.ok);
    const struct ingest_alert *a = &f.batch.v[0];
    CHECK_EQ(a->n_labels, 2u);
    CHECK_SV(a->labels[1].value, "a\"b");
    CHECK_EQ(a->n_annotations, 1u);
    CHECK_SV(a->annotations[0].value, "");
    CHECK_SV(a->generator_url, "http://p/graph?g0=1");
    CHECK_EQ(a->starts_at.off_min, 120);
    CHECK_EQ(a->starts_at.nsec, 123000000);
    CHECK(!stamp_is_unset(a->ends_at));
    done(&f);
}

TEST(ingest_json, times_that_are_absent_null_or_zero_are_unset_and_empty_is_1970)
{
    static const struct {
        const char *starts_at;
        bool unset;
        int64_t sec;
    } rows[] = {
        {"", true, 0},
        {",\"startsAt\":null", true, 0},
        {",\"startsAt\":\"0001-01-01T00:00:00.000Z\"", true, 0},
        {",\"startsAt\":\"\"", false, 0},
        {",\"STARTSAT\":\"1970-01-01T00:00:07Z\"", false, 7},
        {",\"\xc5\xbftart\xc5\xbf\x41t\":\"1970-01-01T00:00:08Z\"", false, 8},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        char body[200];
        snprintf(body, sizeof body, "[{\"labels\":{\"a\":\"b\"}%s}]", rows[i].starts_at);
        read_text(&f, body);
        CHECK_ROW(body, f.ok);
        CHECK_ROW(body, stamp_is_unset(f.batch.v[0].starts_at) == rows[i].unset);
        CHECK_ROW(body, rows[i].unset || f.batch.v[0].starts_at.sec == rows[i].sec);
        done(&f);
    }
}

TEST(ingest_json, merges_repeated_maps_and_takes_null_values_as_empty)
{
    struct fixture f;
    read_text(&f, "[{\"labels\":{\"a\":\"1\",\"b\":null},\"Labels\":{\"c\":\"3\",\"a\":\"4\"}}]");
    CHECK(f.ok);
    struct ingest_alert *a = &f.batch.v[0];
    CHECK_EQ(a->n_labels, 4u);
    CHECK_EQ(label_sv_normalize(a->labels, a->n_labels, true), 2u);
    CHECK_SV(a->labels[0].value, "4");
    CHECK_SV(a->labels[1].name, "c");
    done(&f);
}

TEST(ingest_json, an_exact_key_and_one_in_another_case_are_the_same_field)
{
    struct fixture f;
    read_text(&f, "[{\"LABELS\":{\"a\":\"1\"},\"generatorurl\":\"/x\",\"ANNOTATIONS\":{\"s\":\"t\"}}]");
    CHECK(f.ok);
    CHECK_EQ(f.batch.v[0].n_labels, 1u);
    CHECK_SV(f.batch.v[0].generator_url, "/x");
    CHECK_EQ(f.batch.v[0].n_annotations, 1u);
    done(&f);
}

TEST(ingest_json, generator_urls_follow_the_table)
{
    static const struct {
        const char *url;
        bool ok;
    } rows[] = {
        {"", true},
        {"/abs", true},
        {"//h/x", true},
        {"mailto:x@y", true},
        {"javascript:alert(1)", true},
        {"http://", true},
        {"http:///x", true},
        {"http://h/<>{}|", true},
        {"http://h:99999/a b", true},
        {"rel", false},
        {"rel/x", false},
        {"?q", false},
        {"#frag", false},
        {":foo", false},
        {"1http://x", false},
        {"http://a b/", false},
        {"http://h/%zz", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        char body[200];
        snprintf(body, sizeof body, "[{\"labels\":{\"a\":\"b\"},\"generatorURL\":\"%s\"}]", rows[i].url);
        read_text(&f, body);
        CHECK_ROW(rows[i].url, f.ok == rows[i].ok);
        done(&f);
    }
}

TEST(ingest_json, more_than_the_arena_holds_is_too_large)
{
    CLEANUP(strbuf_donep) struct strbuf body = {0};
    strbuf_addc(&body, '[');
    for (int i = 0; i < 2000; i++)
        strbuf_addf(&body, "%s{\"labels\":{\"a\":\"%d\"}}", i != 0 ? "," : "", i);
    strbuf_addc(&body, ']');
    struct fixture f;
    read_with(&f, strbuf_sv(&body), 100000);
    CHECK(!f.ok);
    CHECK_EQ(f.fault.code, FAULT_TOO_LARGE);
    done(&f);
    read_with(&f, strbuf_sv(&body), 10000000);
    CHECK(f.ok);
    CHECK_EQ(f.batch.n, 2000u);
    done(&f);
}

TEST(ingest_json, one_alert_may_have_many_labels_but_not_any_number)
{
    CLEANUP(strbuf_donep) struct strbuf body = {0};
    strbuf_adds(&body, "[{\"labels\":{\"x\":\"y\"");
    for (int i = 0; i < 10000; i++)
        strbuf_addf(&body, ",\"l%d\":\"v\"", i);
    strbuf_adds(&body, "}}]");
    struct fixture f;
    read_with(&f, strbuf_sv(&body), 10000000);
    CHECK(!f.ok);
    CHECK_EQ(f.fault.code, FAULT_PARSE);
    done(&f);
}
