#include "codec/yw.h"

#include <stdlib.h>

#include "support/test.h"

TEST(yw, writes_blocks_as_yaml_v2_does)
{
    CLEANUP(strbuf_donep) struct strbuf out = {0};
    struct yw *w = yw_new(&out);
    yw_map_begin(w);
    yw_string(w, SV("list"));
    yw_seq_begin(w, false);
    yw_string(w, SV("a"));
    yw_map_begin(w);
    yw_string(w, SV("y"));
    yw_plain(w, SV("true"));
    yw_map_end(w);
    yw_seq_end(w);
    yw_string(w, SV("flow"));
    yw_seq_begin(w, true);
    yw_string(w, SV("a:b"));
    yw_string(w, SV("c"));
    yw_string(w, SV("1"));
    yw_seq_end(w);
    yw_string(w, SV("empty"));
    yw_seq_begin(w, false);
    yw_seq_end(w);
    yw_string(w, SV("nothing"));
    yw_map_begin(w);
    yw_map_end(w);
    yw_map_end(w);
    CHECK(yw_free(w));
    CHECK_STR(out.p, "list:\n- a\n- \"y\": true\nflow: ['a:b', c, \"1\"]\nempty: []\nnothing: {}\n");
}

static void check_string(struct sv text, const char *want)
{
    CLEANUP(strbuf_donep) struct strbuf out = {0};
    struct yw *w = yw_new(&out);
    yw_seq_begin(w, false);
    yw_string(w, text);
    yw_seq_end(w);
    CHECK(yw_free(w));
    CHECK_STR(out.p, want);
}

TEST(yw, no_end_marker_and_no_invalid_bytes)
{
    check_string(SV("a\n\n"), "- |+\n  a\n\n");
    check_string(SV("a\xff"), "- a\xef\xbf\xbd\n");
    check_string(SV(""), "- \"\"\n");
}

TEST(yw, an_unbalanced_document_is_reported)
{
    CLEANUP(strbuf_donep) struct strbuf out = {0};
    struct yw *w = yw_new(&out);
    yw_seq_begin(w, false);
    CHECK(!yw_free(w));
}

TEST(yw, a_full_buffer_is_reported)
{
    CLEANUP(strbuf_donep) struct strbuf out = {.ceiling = 8};
    struct yw *w = yw_new(&out);
    yw_string(w, SV("more than eight bytes"));
    CHECK(!yw_free(w));
}

static int cmp(const void *a, const void *b)
{
    return yw_key_cmp(sv_of(*(const char *const *)a), sv_of(*(const char *const *)b));
}

TEST(yw, keys_have_yaml_v2s_order)
{
    const char *const want[] = {"",   "-",  "_u",  "1",   "2",    "10", "A",    "Z",    "a", "a-",
                                "a1", "a2", "a02", "a10", "a10b", "aa", "b100", "b101", "é"};
    const char *got[COUNT_OF(want)];
    for (size_t i = 0; i < COUNT_OF(want); i++)
        got[i] = want[(i * 7 + 3) % COUNT_OF(want)];
    qsort(got, COUNT_OF(got), sizeof got[0], cmp);
    for (size_t i = 0; i < COUNT_OF(want); i++)
        CHECK_STR(got[i], want[i]);
}
