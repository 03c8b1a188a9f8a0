#include "model/labels.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/test.h"
#include "unit/model/build.h"

#define OWNED CLEANUP(labels_unrefp)

static const char *print(const struct labels *ls)
{
    static struct strbuf out;
    strbuf_reset(&out);
    labels_print(&out, ls);
    return out.p;
}

/* P-001 */
TEST(labels, fingerprints_and_hashes_are_those_of_alertmanager)
{
    static const struct {
        const char *text[7];
        const char *fingerprint;
        uint64_t hash; /* 0: no vector known */
    } rows[] = {
        {{NULL}, "cbf29ce484222325", 0},
        {{"alertname", "x", "sev", "crit"}, "fd8aa48e5b9ba1f6", UINT64_C(540103137756241487)},
        {{"alertname", "z"}, "d23aefc3896786b8", UINT64_C(5537803312676456196)},
        {{"a", "b"}, "d2b371819297f98a", 0},
        {{"alertname", "HighLatency", "job", "api", "instance", "10.0.0.1:9090"}, "250785df8723d0e2", 0},
        {{"a", "2", "Z", "1", "_", "3"}, "49e2a938a58d90d9", 0},
        {{"日本", "x", "alert name", "é"}, "a734effa3c65e67a", 0},
        {{"alertname", "Zero"}, "3545b905e7f12852", 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        OWNED struct labels *ls = labels_of_list(rows[i].text);
        char fp[17];
        fingerprint_print(ls->fp, fp);
        FAIL_IF(strcmp(fp, rows[i].fingerprint) != 0, "%s: fingerprint %s, want %s", print(ls), fp,
                rows[i].fingerprint);
        FAIL_IF(rows[i].hash != 0 && labels_dedup_hash(ls) != rows[i].hash, "%s: hash %llu, want %llu",
                print(ls), (unsigned long long)labels_dedup_hash(ls), (unsigned long long)rows[i].hash);
    }
}

TEST(labels, normalizing_sorts_drops_and_lets_the_last_value_win)
{
    static const struct {
        const char *name, *in[13], *want;
        bool drop_empty;
    } rows[] = {
        {"nothing", {NULL}, "{}", true},
        {"sorted already", {"a", "1", "b", "2"}, "{a=\"1\", b=\"2\"}", true},
        {"bytewise order", {"a", "1", "_", "2", "Z", "3"}, "{Z=\"3\", _=\"2\", a=\"1\"}", true},
        {"a prefix comes first", {"ab", "1", "a", "2"}, "{a=\"2\", ab=\"1\"}", true},
        {"last value wins", {"a", "1", "b", "2", "a", "3"}, "{a=\"3\", b=\"2\"}", true},
        {"adjacent duplicates", {"a", "1", "a", "2", "a", "3"}, "{a=\"3\"}", true},
        {"empty dropped", {"a", "", "b", "2"}, "{b=\"2\"}", true},
        {"empty kept", {"b", "2", "a", ""}, "{a=\"\", b=\"2\"}", false},
        {"a later empty value wins, then goes", {"a", "1", "b", "2", "a", ""}, "{b=\"2\"}", true},
        {"an earlier empty value loses", {"a", "", "a", "1"}, "{a=\"1\"}", true},
        {"all dropped", {"a", "", "b", ""}, "{}", true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct label_sv pairs[6];
        size_t n = 0;
        for (; rows[i].in[2 * n] != NULL; n++)
            pairs[n] = (struct label_sv){sv_of(rows[i].in[2 * n]), sv_of(rows[i].in[2 * n + 1])};
        n = label_sv_normalize(pairs, n, rows[i].drop_empty);
        OWNED struct labels *ls = labels_new(pairs, n);
        FAIL_IF(strcmp(print(ls), rows[i].want) != 0, "%s: %s, want %s", rows[i].name, print(ls),
                rows[i].want);
        CHECK(labels_equal_sv(ls, pairs, n));
        CHECK_EQ(ls->fp, label_sv_fingerprint(pairs, n));
    }
}

/* Large sets take another way through the sort; it has to be stable as well. */
TEST(labels, large_sets_normalize_like_small_ones)
{
    enum { N = 1000, NAMES = 300 };
    static char names[N][8], values[N][8];
    static struct label_sv pairs[N];
    unsigned seed = 7;
    const char *last[NAMES] = {0};

    for (size_t i = 0; i < N; i++) {
        seed = seed * 1103515245u + 12345u;
        const unsigned k = (seed >> 8) % NAMES;
        (void)snprintf(names[i], sizeof names[i], "n%03u", k);
        (void)snprintf(values[i], sizeof values[i], "%zu", i);
        pairs[i] = (struct label_sv){sv_of(names[i]), sv_of(values[i])};
        last[k] = values[i];
    }
    const size_t n = label_sv_normalize(pairs, N, true);
    for (size_t i = 0; i < n; i++) {
        FAIL_IF(i != 0 && sv_cmp(pairs[i - 1].name, pairs[i].name) >= 0, "not ascending at %zu", i);
        CHECK_SV(pairs[i].value, last[atoi(pairs[i].name.p + 1)]);
    }
    size_t distinct = 0;
    for (size_t k = 0; k < NAMES; k++)
        distinct += last[k] != NULL;
    CHECK_EQ(n, distinct);
}

TEST(labels, order_is_size_then_missing_name_then_value)
{
    static const struct {
        const char *a[7], *b[7];
        int want;
    } rows[] = {
        {{NULL}, {NULL}, 0},
        {{"z", "9"}, {"a", "1", "b", "1"}, -1},
        {{"a", "1"}, {"a", "1"}, 0},
        {{"a", "1"}, {"a", "2"}, -1},
        {{"a", "10"}, {"a", "9"}, -1},
        {{"b", "1"}, {"a", "1"}, -1}, /* lacks a */
        {{"a", "1", "c", "1"}, {"a", "1", "b", "9"}, -1},
        {{"a", "2", "c", "1"}, {"a", "1", "b", "9"}, 1},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        OWNED struct labels *a = labels_of_list(rows[i].a);
        OWNED struct labels *b = labels_of_list(rows[i].b);
        const int ab = labels_cmp(a, b), ba = labels_cmp(b, a);
        FAIL_IF((ab > 0) - (ab < 0) != rows[i].want, "row %zu: %d, want %d", i, ab, rows[i].want);
        FAIL_IF((ba > 0) - (ba < 0) != -rows[i].want, "row %zu, swapped: %d, want %d", i, ba, -rows[i].want);
        CHECK_EQ(labels_equal(a, b), rows[i].want == 0);
    }
}

TEST(labels, finds_values_by_text_and_by_interned_name)
{
    OWNED struct labels *ls = labels_of("job", "api", "sev", "crit", NULL);
    struct istr *sev = intern(SV("sev")), *other = intern(SV("se"));

    CHECK_SV(labels_get(ls, SV("job")), "api");
    CHECK_SV(labels_get(ls, SV("jo")), "");
    CHECK_SV(istr_sv(labels_find(ls, sev)), "crit");
    CHECK(labels_find(ls, other) == NULL);
    istr_unref(sev);
    istr_unref(other);
}

/* P-026 */
TEST(labels, restricts_to_a_list_of_names)
{
    OWNED struct labels *ls = labels_of("a", "1", "b", "2", "c", "3", "d", "4", NULL);
    static const struct {
        const char *names[6], *want;
    } rows[] = {
        {{NULL}, "{}"},
        {{"b"}, "{b=\"2\"}"},
        {{"a", "d"}, "{a=\"1\", d=\"4\"}"},
        {{"0", "b", "bb", "c", "z"}, "{b=\"2\", c=\"3\"}"},
        {{"x"}, "{}"},
        {{"a", "b", "c", "d"}, "{a=\"1\", b=\"2\", c=\"3\", d=\"4\"}"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct istr *names[6];
        size_t n = 0;
        for (; rows[i].names[n] != NULL; n++)
            names[n] = intern(sv_of(rows[i].names[n]));
        OWNED struct labels *only = labels_only(ls, (const struct istr *const *)names, n);
        CHECK_STR(print(only), rows[i].want);
        CHECK_EQ(only->fp, labels_fingerprint_only(ls, (const struct istr *const *)names, n));
        while (n-- > 0)
            istr_unref(names[n]);
    }
}

TEST(labels, print_as_in_group_keys)
{
    OWNED struct labels *ls = labels_of("team", "a", "alertname", "x \"q\" é\n", "sev", "c", NULL);
    CHECK_STR(print(ls), "{alertname=\"x \\\"q\\\" é\\n\", sev=\"c\", team=\"a\"}");
}

TEST(labels, give_back_what_they_interned)
{
    const struct intern_stats before = intern_stats();
    {
        OWNED struct labels *ls = labels_of("a", "x", "b", "x", NULL);
        OWNED struct labels *again = labels_ref(ls);
        CHECK(ls->v[0].value == ls->v[1].value);
        CHECK_EQ(intern_stats().strings - before.strings, 3);
    }
    OWNED struct labels *none = labels_new(NULL, 0);
    OWNED struct labels *also_none = labels_empty();
    CHECK(none == also_none);
    CHECK_EQ(intern_stats().strings, before.strings);
}

TEST(labels, names)
{
    static const struct {
        const char *name;
        bool classic, utf8;
    } rows[] = {
        {"", false, false},    {"a", true, true},       {"_", true, true},      {"job_1", true, true},
        {"1job", false, true}, {"a:b", false, true},    {"a-b", false, true},   {"a b", false, true},
        {"日本", false, true}, {"a\xff", false, false}, {"\xc3", false, false}, {"Z9", true, true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        FAIL_IF(label_name_classic(sv_of(rows[i].name)) != rows[i].classic, "classic: %s", rows[i].name);
        FAIL_IF(label_name_utf8(sv_of(rows[i].name)) != rows[i].utf8, "utf-8: %s", rows[i].name);
    }
}

TEST(fingerprint, text_round_trips_and_bad_text_is_refused)
{
    static const char *const bad[] = {"", "cbf29ce48422232", "cbf29ce4842223250", "cbf29ce48422232g",
                                      " bf29ce484222325"};
    uint64_t fp;
    char text[17];

    CHECK(fingerprint_parse(SV("00F29ce484222325"), &fp));
    CHECK_EQ(fp, UINT64_C(0x00f29ce484222325));
    fingerprint_print(fp, text);
    CHECK_STR(text, "00f29ce484222325");
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        FAIL_IF(fingerprint_parse(sv_of(bad[i]), &fp), "accepted \"%s\"", bad[i]);
}
