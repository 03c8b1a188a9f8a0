/* Silences: what may be created, what an edit does, when they mute, how long they stay. */
#include <stdio.h>

#include "support/test.h"

#include "support/engine_fixture.c"

#define CONFIG                                                                                               \
    "route: {receiver: d, group_wait: 1s, group_interval: 1s, repeat_interval: 1ms}\n"                       \
    "receivers: [{name: d, webhook_configs: [{url: 'http://a/'}]}]\n"

static struct fixture setup(size_t max_silences, size_t max_bytes)
{
    struct engine_opts opts = FIXTURE_OPTS;
    struct fixture f;

    opts.max_silences = max_silences;
    opts.max_silence_bytes = max_bytes;
    fixture_init(&f, CONFIG, &opts);
    return f;
}

/* "id(start..end state) " for every silence, in the order of GET /silences. */
static const char *listed(struct fixture *f)
{
    static const char *const states[] = {"pending", "active", "expired"};
    static struct strbuf text;
    struct arena mem;
    struct silences_view view;

    arena_init(&mem, 1 << 20);
    strbuf_reset(&text);
    strbuf_adds(&text, "");
    engine_view_silences(f->engine, &mem, &view);
    silences_view_sort(&view, f->now.wall);
    for (size_t i = 0; i < view.n; i++)
        strbuf_addf(&text, "%s(%.6g..%.6g %s) ", view.v[i]->id, fixture_seconds(view.v[i]->starts_at),
                    fixture_seconds(view.v[i]->ends_at), states[silence_state(view.v[i], f->now.wall)]);
    silences_view_done(&view);
    arena_done(&mem);
    return text.p;
}

/* P-068 */
TEST(silence, refuses_with_upstreams_words)
{
    static const struct {
        const char *name, *id, *matchers;
        double start, end;
        enum err_kind kind;
        const char *text;
    } rows[] = {
        {"start after end", "", "a=\"1\"", 20, 15, ERR_INVALID,
         "Failed to create silence: start time must be before end time"},
        {"start equal to end", "", "a=\"1\"", 20, 20, ERR_INVALID,
         "Failed to create silence: start time must be before end time"},
        {"over already", "", "a=\"1\"", 2, 9, ERR_INVALID,
         "Failed to create silence: end time can't be in the past"},
        {"the times come first", "nobody", "a=\"\"", 2, 9, ERR_INVALID,
         "Failed to create silence: end time can't be in the past"},
        {"matches everything", "", "a=\"\",b=~\".*\"", 10, 20, ERR_INVALID,
         "invalid silence: matcher set 0: at least one matcher must not match the empty string"},
        {"matchers come before the id", "nobody", "a=\"\"", 10, 20, ERR_INVALID,
         "invalid silence: matcher set 0: at least one matcher must not match the empty string"},
        {"unknown id", "nobody", "a=\"1\"", 10, 20, ERR_NOT_FOUND, "silence not found"},
        {"no matcher", "", "", 10, 20, ERR_INVALID, "invalid silence: matcher set 0 is empty"},
        {"negative matchers never count as empty", "", "a!=\"1\"", 10, 20, ERR_NONE, ""},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f = setup(0, 0);
        struct err err = {0};
        fixture_run(&f, 10, true);
        const bool ok =
            fixture_silence(&f, rows[i].id, "s1", rows[i].matchers, rows[i].start, rows[i].end, &err);
        FAIL_IF(ok != (rows[i].kind == ERR_NONE), "%s: %s", rows[i].name, err.text);
        FAIL_IF(!ok && (err.kind != rows[i].kind || strcmp(err.text, rows[i].text) != 0), "%s: %s",
                rows[i].name, err.text);
        fixture_done(&f);
    }
}

/* P-062, P-063, P-064, P-065 */
TEST(silence, edits_in_place_or_as_a_new_one)
{
    /* At 10: "old" runs from 5 to 50 (active), from 20 to 50 (pending), or was expired at 8. */
    enum kind { ACTIVE, PENDING, EXPIRED };
    static const struct {
        const char *name;
        enum kind kind;
        const char *matchers;
        double start, end;
        const char *listed;
    } rows[] = {
        {"active, longer", ACTIVE, "a=\"1\",b=\"2\"", 5, 80, "old(5..80 active) "},
        {"active, shorter", ACTIVE, "a=\"1\",b=\"2\"", 5, 11, "old(5..11 active) "},
        {"active, start within the same second", ACTIVE, "a=\"1\",b=\"2\"", 5.7, 50, "old(5.7..50 active) "},
        {"active, another start", ACTIVE, "a=\"1\",b=\"2\"", 6, 50, "new(10..50 active) old(5..10 expired) "},
        {"active, another value", ACTIVE, "a=\"1\",b=\"3\"", 5, 50, "new(10..50 active) old(5..10 expired) "},
        {"active, another order", ACTIVE, "b=\"2\",a=\"1\"", 5, 50, "new(10..50 active) old(5..10 expired) "},
        {"pending, later", PENDING, "a=\"1\",b=\"2\"", 30, 50, "old(30..50 pending) "},
        {"pending, now", PENDING, "a=\"1\",b=\"2\"", 10, 50, "old(10..50 active) "},
        {"pending, in the past", PENDING, "a=\"1\",b=\"2\"", 9, 50,
         "new(10..50 active) old(10..10 expired) "},
        {"expired", EXPIRED, "a=\"1\",b=\"2\"", 5, 50, "new(10..50 active) old(5..8 expired) "},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f = setup(0, 0);
        struct err err = {0};
        fixture_run(&f, 5, true);
        const double start = rows[i].kind == PENDING ? 20 : 5;
        CHECK(fixture_silence(&f, "", "old", "a=\"1\",b=\"2\"", start, 50, &err));
        fixture_run(&f, 8, true);
        if (rows[i].kind == EXPIRED)
            fixture_expire(&f, "old");
        fixture_run(&f, 10, true);
        FAIL_IF(!fixture_silence(&f, "old", "new", rows[i].matchers, rows[i].start, rows[i].end, &err),
                "%s: %s", rows[i].name, err.text);
        FAIL_IF(strcmp(listed(&f), rows[i].listed) != 0, "%s: %s", rows[i].name, listed(&f));
        fixture_done(&f);
    }
}

/* P-066, P-069 */
TEST(silence, limits_refuse_what_is_new_and_leave_the_old_as_it_was)
{
    struct fixture f = setup(2, 120);
    struct err err = {0};

    CHECK(fixture_silence(&f, "", "s1", "a=\"1\"", 0, 50, &err));
    CHECK(fixture_silence(&f, "", "s2", "a=\"2\"", 0, 60, &err));
    CHECK(!fixture_silence(&f, "", "s3", "a=\"3\"", 0, 50, &err));
    CHECK_STR(err.text, "exceeded maximum number of silences: 2 (limit: 2)");
    CHECK_EQ(err.kind, ERR_LIMIT);
    fixture_expire(&f, "s1"); /* expired ones count until they are collected */
    CHECK(!fixture_silence(&f, "s2", "s3", "a=\"3\"", 0, 50, &err));
    CHECK_STR(err.text, "exceeded maximum number of silences: 2 (limit: 2)");
    CHECK(!fixture_silence(
        &f, "s2", "s3",
        "a=\"2\",b=~\"a very long pattern, longer than all that was meant to be stored, and then "
        "some more\"",
        0, 60, &err));
    CHECK_STR(listed(&f), "s2(0..60 active) s1(0..0 expired) ");
    fixture_done(&f);
}

TEST(silence, size_is_that_of_upstreams_record)
{
    struct fixture f = setup(0, 1);
    struct err err = {0};

    /* id 1+1+2, set 1+1+(1+1+(3+3)), three times 1+1+6, createdBy 2+2, comment 2+3, all in 2; expiry 1+1+6 */
    CHECK(!fixture_silence(&f, "", "s1", "a=\"1\"", 0, 50, &err));
    CHECK_STR(err.text, "silence exceeded maximum size: 57 bytes (limit: 1 bytes)");
    /* the operator takes two bytes, nanoseconds between two and six */
    CHECK(!fixture_silence(&f, "", "s1", "a!=\"1\"", 0, 50, &err));
    CHECK_STR(err.text, "silence exceeded maximum size: 59 bytes (limit: 1 bytes)");
    fixture_done(&f);
}

/* P-067 */
TEST(silence, expiring_is_final_and_can_be_repeated)
{
    struct fixture f = setup(0, 0);
    struct err err = {0};
    struct effects fx = {0};

    CHECK(fixture_silence(&f, "", "s1", "a=\"1\"", 0, 50, &err));
    CHECK(fixture_silence(&f, "", "s2", "a=\"1\"", 30, 60, &err));
    fixture_run(&f, 10, true);
    fixture_expire(&f, "s1");
    fixture_expire(&f, "s2");
    fixture_run(&f, 20, true);
    const size_t writes = f.rows.writes;
    fixture_expire(&f, "s1");
    CHECK_EQ(f.rows.writes, writes);
    CHECK_STR(listed(&f), "s1(0..10 expired) s2(10..10 expired) ");
    CHECK(!engine_silence_expire(f.engine, SV("nobody"), f.now, &fx, &err));
    CHECK_EQ(err.kind, ERR_NOT_FOUND);
    fixture_done(&f);
}

/* P-144, W-11 */
TEST(silence, a_clock_that_went_back_does_not_make_an_edit_older)
{
    struct fixture f = setup(0, 0);
    struct err err = {0};

    fixture_run(&f, 10, true);
    CHECK(fixture_silence(&f, "", "s1", "a=\"1\"", 10, 50, &err));
    f.now.wall = stamp_add(f.now.wall, -5 * NS_PER_S);
    CHECK(fixture_silence(&f, "s1", "s2", "a=\"1\"", 10, 60, &err));
    struct silence *s = engine_find_silence(f.engine, SV("s1"));
    CHECK_EQ(stamp_sub(s->updated_at, fixture_stamp(10)), 1000);
    silence_unref(s);
    fixture_done(&f);
}

/* P-077 */
TEST(silence, stays_until_retention_is_over)
{
    struct engine_opts opts = FIXTURE_OPTS;
    struct fixture f;
    struct err err = {0};

    opts.retention = 100 * NS_PER_S;
    opts.maintenance_interval = 10 * NS_PER_S;
    fixture_init(&f, CONFIG, &opts);
    fixture_post_one(&f, "x", 0, 10000);
    CHECK(fixture_silence(&f, "", "s1", "alertname=\"x\"", 0, 50, &err));
    fixture_run(&f, 149, true);
    CHECK_STR(listed(&f), "s1(0..50 expired) ");
    const size_t rows = f.rows.n;
    fixture_run(&f, 150, true);
    CHECK_STR(listed(&f), "");
    CHECK_EQ(f.rows.n, rows - 1);
    CHECK(fixture_silence(&f, "", "s2", "alertname=\"x\"", 150, 200, &err));
    fixture_run(&f, 160, true);
    fixture_done(&f);
}

/* P-061, as displayed */
TEST(silence, states_at_the_exact_instants)
{
    struct matchers none = {0};
    const char id[37] = "s1";
    struct silence *s = silence_new(id, &none, fixture_stamp(10), fixture_stamp(20), fixture_stamp(0), SV(""),
                                    SV(""), labels_empty());
    CHECK_EQ(silence_state(s, fixture_stamp(9.999999)), SILENCE_PENDING);
    CHECK_EQ(silence_state(s, fixture_stamp(10)), SILENCE_ACTIVE);
    CHECK_EQ(silence_state(s, fixture_stamp(19.999999)), SILENCE_ACTIVE);
    CHECK_EQ(silence_state(s, fixture_stamp(20)), SILENCE_EXPIRED);
    silence_unref(s);
}

/* P-073 */
TEST(silence, applies_to_alerts_that_come_before_and_after_it)
{
    struct fixture f = setup(0, 0);
    struct err err = {0};
    struct engine_stats st = {0};

    fixture_post_one(&f, "x{n=1}", 0, 1000);
    CHECK(fixture_silence(&f, "", "s1", "alertname=\"x\"", 0, 2.5, &err));
    fixture_post_one(&f, "x{n=2}", 0, 1000);
    fixture_post_one(&f, "y", 0, 1000);
    fixture_run(&f, 1.5, true);
    CHECK(fixture_silence(&f, "s1", "s2", "alertname=\"x\"", 0, 3.5, &err)); /* longer, before it is over */
    fixture_run(&f, 4, true);
    CHECK_STR(f.heard.p, "@1 d/0 +y first notification\n"
                         "@2 d/0 +y repeat interval elapsed\n"
                         "@3 d/0 +y repeat interval elapsed\n"
                         "@4 d/0 +y +x{n=1} +x{n=2} new alerts added\n");
    engine_stats(f.engine, f.now, &st);
    CHECK_EQ(st.suppressed[SUPPRESSED_SILENCE], 6);
    CHECK_EQ(st.silences_expired, 1);
    fixture_done(&f);
}
