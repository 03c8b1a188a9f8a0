#include "http/query.h"

#include "support/test.h"

struct fixture {
    struct arena mem;
    struct query q;
};

static void parse(struct fixture *f, const char *text)
{
    arena_init(&f->mem, 1 << 20);
    CHECK(query_parse(sv_of(text), &f->mem, &f->q));
}

TEST(query, keeps_pairs_in_order_and_unescapes_them)
{
    struct fixture f;
    parse(&f, "filter=a%3D%22b+c%22&x&filter=%64&&=v");
    CHECK_EQ(f.q.n, 4u);
    CHECK_SV(f.q.v[0].name, "filter");
    CHECK_SV(f.q.v[0].value, "a=\"b c\"");
    CHECK_SV(f.q.v[1].name, "x");
    CHECK_SV(f.q.v[1].value, "");
    CHECK_SV(f.q.v[2].value, "d");
    CHECK_SV(f.q.v[3].name, "");
    arena_done(&f.mem);
}

TEST(query, drops_a_pair_with_a_bad_escape_or_a_semicolon_and_uses_the_rest)
{
    struct fixture f;
    parse(&f, "active=%zz&silenced=false;x=1&inhibited=%4&muted=false");
    CHECK_EQ(f.q.n, 1u);
    CHECK_SV(f.q.v[0].name, "muted");
    arena_done(&f.mem);
}

TEST(query, booleans_are_true_for_a_list_of_words_and_otherwise_false)
{
    static const struct {
        const char *text;
        bool def, want;
    } rows[] = {
        {"", true, true},
        {"", false, false},
        {"a=", true, true},
        {"a=", false, false},
        {"a=true", false, true},
        {"a=TRUE", false, true},
        {"a=1", false, true},
        {"a=yes", false, true},
        {"a=ok", false, true},
        {"a=y", false, true},
        {"a=on", false, true},
        {"a=selected", false, true},
        {"a=Checked", false, true},
        {"a=t", false, true},
        {"a=enabled", false, true},
        {"a=foo", true, false},
        {"a=false", true, false},
        {"a=0", true, false},
        {"a=true&a=no", true, false},
        {"a=no&a=true", false, true},
        {"A=false", true, true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        parse(&f, rows[i].text);
        CHECK_ROW(rows[i].text, query_bool(&f.q, "a", rows[i].def) == rows[i].want);
        arena_done(&f.mem);
    }
}

TEST(query, the_last_occurrence_wins_and_each_walks_all)
{
    struct fixture f;
    parse(&f, "receiver=a&filter=1&receiver=b&filter=&filter=3");
    CHECK_SV(query_last(&f.q, "receiver"), "b");
    CHECK_SV(query_last(&f.q, "nope"), "");
    size_t n = 0;
    struct sv value;
    for (size_t it = 0; query_each(&f.q, "filter", &it, &value);)
        n++;
    CHECK_EQ(n, 3u);
    arena_done(&f.mem);
}

TEST(query, refuses_what_does_not_fit_into_the_arena)
{
    struct arena mem;
    struct query q;
    arena_init(&mem, 64);
    CHECK(!query_parse(SV("a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p&q"), &mem, &q));
    arena_done(&mem);
}
