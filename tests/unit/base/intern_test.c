#include "base/intern.h"

#include <pthread.h>
#include <stdio.h>

#include "support/test.h"

TEST(intern, equal_bytes_are_one_string)
{
    const struct intern_stats before = intern_stats();
    char text[] = "alertname";
    struct istr *a = intern(sv_of(text));
    text[0] = 'x';
    struct istr *b = intern(SV("alertname")), *c = intern(SV("alertnam"));
    struct istr *nul = intern(SV("a\0b")), *empty = intern((struct sv){NULL, 0});
    CHECK(a == b && a != c);
    CHECK_STR(a->s, "alertname");
    CHECK_EQ(a->hash, sv_hash(SV("alertname")));
    CHECK_EQ(nul->n, 3u);
    CHECK_EQ(empty->n, 0u);
    CHECK_EQ(intern_stats().strings, before.strings + 4);
    CHECK(istr_ref(a) == a);
    istr_unref(a);
    istr_unref(a);
    istr_unref(b);
    istr_unref(c);
    istr_unref(nul);
    istr_unref(empty);
    istr_unref(NULL);
    CHECK_EQ(intern_stats().strings, before.strings);
    CHECK_EQ(intern_stats().bytes, before.bytes);
}

TEST(intern, many_strings_stay_distinct_and_all_are_given_back)
{
    enum { N = 20000 };
    static struct istr *s[N];
    char text[32];
    const struct intern_stats before = intern_stats();
    for (int i = 0; i < N; i++)
        s[i] = intern((struct sv){text, (size_t)snprintf(text, sizeof text, "value-%d", i)});
    for (int i = 0; i < N; i++) {
        struct istr *again = intern((struct sv){text, (size_t)snprintf(text, sizeof text, "value-%d", i)});
        CHECK(again == s[i]);
        istr_unref(again);
    }
    for (int i = 0; i < N; i++)
        istr_unref(s[i]);
    CHECK_EQ(intern_stats().strings, before.strings);
}

TEST(intern, says_what_needs_no_escape)
{
    static const struct {
        const char *text;
        bool plain;
    } rows[] = {
        {"", true},      {"node-exporter:9100", true},
        {" ~", true},    {"a\"b", false},
        {"a\\b", false}, {"<b>", false},
        {"a&b", false},  {"a\nb", false},
        {"\x7f", false}, {"\xc3\xa4", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct istr *s = intern(sv_of(rows[i].text));
        FAIL_IF(s->plain != rows[i].plain, "%s: plain is %d", rows[i].text, (int)s->plain);
        istr_unref(s);
    }
    struct istr *nul = intern(SV("a\0b"));
    CHECK(!nul->plain);
    istr_unref(nul);
}

TEST(intern, a_memo_gives_out_the_same_strings_and_counts_them)
{
    enum { N = 3000, DISTINCT = 700 }; /* more than it remembers: some are pushed out and come again */
    struct istr *s[N];
    struct intern_memo memo = {0};
    char text[32];
    const struct intern_stats before = intern_stats();

    for (int i = 0; i < N; i++)
        s[i] =
            intern_memo(&memo, (struct sv){text, (size_t)snprintf(text, sizeof text, "m%d", i % DISTINCT)});
    intern_memo_settle(&memo);
    CHECK_EQ(intern_stats().strings, before.strings + DISTINCT);
    for (int i = 0; i < N; i++) {
        CHECK(s[i] == s[i % DISTINCT]);
        snprintf(text, sizeof text, "m%d", i % DISTINCT);
        CHECK_STR(s[i]->s, text);
    }
    for (int i = 0; i < N; i++) { /* the last reference, and no earlier one, frees */
        CHECK_EQ(intern_stats().strings, before.strings + (i < N - DISTINCT ? DISTINCT : (size_t)(N - i)));
        istr_unref(s[i]);
    }
    CHECK_EQ(intern_stats().strings, before.strings);
}

/* Few strings and many threads: the last reference is dropped while others look the string up. */
static void *churn(void *arg)
{
    unsigned seed = *(unsigned *)arg;
    struct istr *held[8] = {0};
    char text[8];
    for (int i = 0; i < 20000; i++) {
        seed = seed * 1103515245u + 12345u;
        const size_t n = (size_t)snprintf(text, sizeof text, "k%u", (seed >> 16) % 5);
        struct istr **slot = &held[(seed >> 8) % COUNT_OF(held)];
        istr_unref(*slot);
        *slot = intern((struct sv){text, n});
        FAIL_IF(!sv_eq(istr_sv(*slot), (struct sv){text, n}), "%s is %s", text, (*slot)->s);
    }
    for (size_t i = 0; i < COUNT_OF(held); i++)
        istr_unref(held[i]);
    return NULL;
}

TEST(intern, threads_share_and_drop_the_same_strings)
{
    const struct intern_stats before = intern_stats();
    pthread_t t[4];
    unsigned seeds[COUNT_OF(t)];
    for (size_t i = 0; i < COUNT_OF(t); i++) {
        seeds[i] = (unsigned)i + 1;
        pthread_create(&t[i], NULL, churn, &seeds[i]);
    }
    for (size_t i = 0; i < COUNT_OF(t); i++)
        pthread_join(t[i], NULL);
    CHECK_EQ(intern_stats().strings, before.strings);
    CHECK_EQ(intern_stats().bytes, before.bytes);
}
