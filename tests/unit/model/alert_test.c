#include "model/alert.h"

#include "support/test.h"
#include "unit/model/build.h"

/* Times are seconds of one invented day; 0 is "unset". The merge happens at NOW. */
#define NOW 1000

static struct stamp at(int64_t sec)
{
    return sec != 0 ? (struct stamp){.sec = sec} : STAMP_UNSET;
}

struct version {
    int64_t start, end, updated;
    bool timeout;
};

static struct alert *alert_of(struct version v, const char *note)
{
    return alert_new(labels_of("alertname", "x", NULL), labels_of("note", note, NULL), intern(sv_of(note)),
                     at(v.start), at(v.end), at(v.updated), v.timeout);
}

/* P-017 */
TEST(alert, resolves_at_its_end_and_never_without_one)
{
    static const struct {
        int64_t end, now;
        bool want;
    } rows[] = {{100, 99, false}, {100, 100, true}, {100, 101, true}, {0, 101, false}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct alert *a = alert_of((struct version){1, rows[i].end, 1, false}, "");
        FAIL_IF(alert_resolved_at(a, at(rows[i].now)) != rows[i].want, "row %zu", i);
        alert_unref(a);
    }
}

/* P-012, P-015 */
TEST(alert, overlap_is_strict)
{
    static const struct {
        const char *name;
        int64_t start, end, old_start, old_end;
        bool want;
    } rows[] = {
        {"heartbeat: same start, later end", 10, 30, 10, 20, false},
        {"identical", 10, 20, 10, 20, false},
        {"ends inside", 5, 15, 10, 20, true},
        {"starts inside", 15, 25, 10, 20, true},
        {"lies inside", 12, 18, 10, 20, true},
        {"same start, ends inside", 10, 15, 10, 20, true},
        {"starts inside, same end", 15, 20, 10, 20, true},
        {"encloses", 5, 25, 10, 20, false},
        {"touches the start", 5, 10, 10, 20, false},
        {"touches the end", 20, 30, 10, 20, false},
        {"before", 1, 5, 10, 20, false},
        {"after", 25, 30, 10, 20, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct alert *a = alert_of((struct version){rows[i].start, rows[i].end, 2, false}, "new");
        struct alert *old = alert_of((struct version){rows[i].old_start, rows[i].old_end, 1, false}, "old");
        FAIL_IF(alert_overlaps(a, old) != rows[i].want, "%s: want %d", rows[i].name, rows[i].want);
        alert_unref(a);
        alert_unref(old);
    }
}

/* pipeline.md 1.2. `incoming` is the first argument of the merge; who is younger is told by `updated`. */
/* P-013, P-014 */
TEST(alert, merge_keeps_the_earlier_start_and_the_end_by_the_rules)
{
    static const struct {
        const char *name;
        struct version incoming, stored;
        int64_t start, end;
        bool timeout;
        const char *note; /* whose annotations */
    } rows[] = {
        {"both ends invented", {200, 1500, 2, true}, {100, 1400, 1, true}, 100, 1500, true, "incoming"},
        {"both invented, stored ends later",
         {200, 1400, 2, true},
         {100, 1500, 1, true},
         100,
         1400,
         true,
         "incoming"},
        {"invented, then stated", {200, 1400, 2, false}, {100, 1500, 1, true}, 100, 1400, false, "incoming"},
        {"stated later end survives an invented one",
         {200, 1400, 2, true},
         {100, 1500, 1, false},
         100,
         1500,
         true,
         "incoming"},
        {"stated earlier end gives way",
         {200, 1500, 2, true},
         {100, 1400, 1, false},
         100,
         1500,
         true,
         "incoming"},
        {"both stated", {200, 1400, 2, false}, {100, 1500, 1, false}, 100, 1500, false, "incoming"},
        {"resolved, then firing", {500, 1500, 2, true}, {100, 900, 1, false}, 100, 1500, true, "incoming"},
        {"firing, then resolved", {200, 900, 2, false}, {100, 1500, 1, true}, 100, 900, false, "incoming"},
        {"firing with a stated end, then resolved",
         {200, 900, 2, false},
         {100, 1500, 1, false},
         100,
         900,
         false,
         "incoming"},
        {"both resolved", {200, 800, 2, false}, {100, 900, 1, false}, 100, 900, false, "incoming"},
        {"both resolved, the younger later",
         {200, 900, 2, false},
         {100, 800, 1, true},
         100,
         900,
         false,
         "incoming"},
        {"resolved exactly now", {200, NOW, 2, false}, {100, 1500, 1, true}, 100, NOW, false, "incoming"},
        {"an end in the near future is overridden by a stated one",
         {200, NOW + 1, 2, false},
         {100, 1500, 1, false},
         100,
         1500,
         false,
         "incoming"},
        {"an end in the near future beats an invented one",
         {200, NOW + 1, 2, false},
         {100, 1500, 1, true},
         100,
         NOW + 1,
         false,
         "incoming"},
        {"the stored version is younger",
         {200, 1500, 1, true},
         {100, 1400, 2, true},
         100,
         1400,
         true,
         "stored"},
        {"the incoming one starts earlier",
         {100, 1500, 2, true},
         {200, 1400, 1, true},
         100,
         1500,
         true,
         "incoming"},
        {"updated at once: the incoming is younger",
         {200, 1400, 1, true},
         {100, 1500, 1, true},
         100,
         1400,
         true,
         "incoming"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct alert *incoming = alert_of(rows[i].incoming, "incoming");
        struct alert *stored = alert_of(rows[i].stored, "stored");
        struct alert *m = alert_merge(incoming, stored, at(NOW));
        const int64_t updated = rows[i].note[0] == 'i' ? rows[i].incoming.updated : rows[i].stored.updated;

        FAIL_IF(m->starts_at.sec != rows[i].start, "%s: start %lld", rows[i].name,
                (long long)m->starts_at.sec);
        FAIL_IF(m->ends_at.sec != rows[i].end, "%s: end %lld", rows[i].name, (long long)m->ends_at.sec);
        FAIL_IF(m->timeout != rows[i].timeout, "%s: timeout %d", rows[i].name, m->timeout);
        FAIL_IF(m->updated_at.sec != updated, "%s: updated %lld", rows[i].name, (long long)m->updated_at.sec);
        CHECK_SV(labels_get(m->annotations, SV("note")), rows[i].note);
        CHECK_SV(istr_sv(m->generator_url), rows[i].note);
        CHECK(labels_equal(m->labels, incoming->labels));
        alert_unref(m);
        alert_unref(incoming);
        alert_unref(stored);
    }
}

/* P-038 T-053 */
TEST(alert, sorts_by_job_instance_and_label_set)
{
    /* Ascending. */
    static const char *const sets[][9] = {
        {"job", "a", "instance", "1", "alertname", "z"},
        {"job", "a", "instance", "1", "alertname", "a", "x", "1"},
        {"job", "a", "instance", "2", "alertname", "a"},
        {"job", "a", "alertname", "a"},
        {"job", "b", "instance", "1", "alertname", "a"},
        {"instance", "0", "alertname", "a"},
        {"alertname", "a"},
        {"alertname", "b"},
        {"alertname", "a", "x", "1"},
    };
    struct alert *alerts[COUNT_OF(sets)];
    for (size_t i = 0; i < COUNT_OF(sets); i++)
        alerts[i] =
            alert_new(labels_of_list(sets[i]), labels_empty(), intern(SV("")), at(1), at(2), at(1), false);
    for (size_t i = 0; i < COUNT_OF(sets); i++)
        for (size_t j = 0; j < COUNT_OF(sets); j++) {
            const int got = alert_cmp(alerts[i], alerts[j]), want = (i > j) - (i < j);
            FAIL_IF((got > 0) - (got < 0) != want, "%zu against %zu: %d, want %d", i, j, got, want);
        }
    for (size_t i = 0; i < COUNT_OF(sets); i++)
        alert_unref(alerts[i]);
}

TEST(alert, holds_its_parts_as_long_as_anybody_holds_it)
{
    const struct intern_stats before = intern_stats();
    struct alert *a = alert_of((struct version){1, 2, 1, false}, "n");
    struct alert *again = alert_ref(a);
    alert_unref(a);
    CHECK_SV(labels_get(again->labels, SV("alertname")), "x");
    alert_unref(again);
    alert_unref(NULL);
    CHECK_EQ(intern_stats().strings, before.strings);
}
