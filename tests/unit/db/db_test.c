#include "db/db.h"

#include <sqlite3.h>

#include "base/log.h"
#include "core/lane_view.h"
#include "db/internal.h"
#include "fixture.h"

/* What is written comes back after a restart: of each key the latest, and nothing that was deleted. */

#define SILENCE_ID "5bba9a4f-7c2f-4d3e-9a43-0d2c5a1f0b11"

static int64_t ask(const struct dir *d, const char *query)
{
    char file[128];
    sqlite3 *conn;
    sqlite3_stmt *st;

    snprintf(file, sizeof(file), "%s/tocsin.db", d->path);
    CHECK_EQ(sqlite3_open_v2(file, &conn, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    sqlite3_busy_timeout(conn, 5000);
    FAIL_IF(sqlite3_prepare_v2(conn, query, -1, &st, NULL) != SQLITE_OK, "%s: %s", query,
            sqlite3_errmsg(conn));
    CHECK_EQ(sqlite3_step(st), SQLITE_ROW);
    const int64_t v = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    sqlite3_close(conn);
    return v;
}

TEST(db, an_empty_directory_is_made_and_holds_nothing)
{
    struct dir d = dir_new();
    char deep[128];

    snprintf(deep, sizeof(deep), "%s/a/b/c/", d.path);
    struct rig rig = rig_start(deep);
    CHECK_EQ(rig.n, 0);
    CHECK(stamp_is_unset(rig.last_alive));
    rig_stop(&rig);
    dir_free(&d);
}

TEST(db, every_kind_comes_back_after_a_restart)
{
    struct dir d = dir_new();
    const struct record v[] = {
        alert_record(1, 7),
        silence_record(SILENCE_ID, "first"),
        ledger_record("key/1", 99),
        group_record("{}/x", "A", 3),
    };

    struct rig rig = rig_start(d.path);
    CHECK(rig_write(&rig, v, COUNT_OF(v)));
    rig_stop(&rig);

    rig = rig_load(d.path);
    CHECK_EQ(rig.n, 4);
    CHECK_EQ(rig_alert_version(&rig, 1), 7);
    CHECK_SV(istr_sv(rig_first(&rig, RECORD_SILENCE)->silence->comment), "first");
    CHECK_EQ(rig_first(&rig, RECORD_LEDGER)->ledger->firing[0], 99);
    CHECK_EQ(rig_first(&rig, RECORD_GROUP)->group->flush_id, 3);
    rig_stop(&rig);
    dir_free(&d);
}

TEST(db, the_latest_of_a_key_wins)
{
    struct dir d = dir_new();
    const struct record first[] = {
        alert_record(1, 1),
        alert_record(1, 2),
        silence_record(SILENCE_ID, "old"),
        silence_record(SILENCE_ID, "new"),
    };
    const struct record second[] = {
        ledger_record("k", 1),     alert_record(1, 3),        ledger_record("k", 2),
        group_record("r", "A", 1), group_record("r", "B", 5), group_record("r", "A", 2),
    };

    struct rig rig = rig_start(d.path);
    CHECK(rig_write(&rig, first, COUNT_OF(first)));
    CHECK(rig_write(&rig, second, COUNT_OF(second)));
    rig_stop(&rig);

    rig = rig_load(d.path);
    CHECK_EQ(rig.n, 5);
    CHECK_EQ(rig_alert_version(&rig, 1), 3);
    CHECK_SV(istr_sv(rig_first(&rig, RECORD_SILENCE)->silence->comment), "new");
    CHECK_EQ(rig_first(&rig, RECORD_LEDGER)->ledger->firing[0], 2);
    CHECK_EQ(rig_count(&rig, RECORD_GROUP), 2);
    rig_stop(&rig);
    dir_free(&d);
}

static struct record deletion(struct record r)
{
    r.del = true;
    return r;
}

TEST(db, what_is_deleted_stays_deleted_and_may_come_again)
{
    struct dir d = dir_new();
    const struct record put[] = {
        alert_record(1, 1),    alert_record(2, 1),        silence_record(SILENCE_ID, "x"),
        ledger_record("k", 1), group_record("r", "A", 1),
    };
    const struct record del[] = {
        alert_deletion(1),
        alert_deletion(2),
        alert_record(2, 2),
        deletion(silence_record(SILENCE_ID, "x")),
        deletion(ledger_record("k", 1)),
        deletion(group_record("r", "A", 1)),
        deletion(ledger_record("never there", 1)),
    };

    struct rig rig = rig_start(d.path);
    CHECK(rig_write(&rig, put, COUNT_OF(put)));
    rig_stop(&rig);
    rig = rig_start(d.path);
    CHECK_EQ(rig.n, 5);
    CHECK(rig_write(&rig, del, COUNT_OF(del)));
    rig_stop(&rig);
    rig = rig_load(d.path);
    CHECK_EQ(rig.n, 1);
    CHECK_EQ(rig_alert_version(&rig, 2), 2);
    rig_stop(&rig);
    dir_free(&d);
}

/* ---- the journal ---- */

struct shadow {
    long version[300]; /* -1: deleted or never there */
};

static void check_shadow(struct rig *rig, const struct shadow *s, const char *when)
{
    size_t present = 0;

    rig_forget(rig);
    CHECK(db_load(rig->db, rig_collect, rig, &rig->last_alive, &rig->err));
    for (unsigned i = 0; i < COUNT_OF(s->version); i++) {
        const long got = rig_alert_version(rig, i);
        FAIL_IF(got != s->version[i], "%s: alert %u has version %ld, want %ld", when, i, got, s->version[i]);
        present += s->version[i] != -1;
    }
    CHECK_EQ(rig->n, present);
}

static void put_random(struct rig *rig, struct shadow *s, size_t n, unsigned *seed)
{
    struct tables *t = &rig->db->tables;

    CHECK(tables_begin(t, false, &rig->err));
    for (size_t k = 0; k < n; k++) {
        *seed = *seed * 1103515245u + 12345u;
        const unsigned i = (*seed >> 8) % COUNT_OF(s->version), version = (unsigned)k;
        const bool del = (*seed >> 4) % 5 == 0;
        struct record r = del ? alert_deletion(i) : alert_record(i, version);
        CHECK(tables_put(t, &r, &rig->err));
        record_done(&r);
        s->version[i] = del ? -1 : (long)version;
    }
    CHECK(tables_commit(t, &rig->err));
}

TEST(journal, folding_changes_nothing_that_can_be_seen)
{
    struct dir d = dir_new();
    struct rig rig = rig_load(d.path);
    struct shadow s;
    unsigned seed = 7;

    memset(s.version, 0xff, sizeof(s.version));
    for (int round = 0; round < 3; round++) {
        put_random(&rig, &s, 6000, &seed);
        check_shadow(&rig, &s, "before folding");
        while (rig.db->tables.committed.records != 0) {
            FAIL_IF(!tables_fold(&rig.db->tables, &rig.err), "%s", rig.err.text);
            check_shadow(&rig, &s, "between two steps");
        }
    }
    CHECK_EQ(ask(&d, "SELECT count(*) FROM journal"), 0);
    rig_stop(&rig);
    dir_free(&d);
}

TEST(journal, a_transaction_rolled_back_leaves_no_trace)
{
    struct dir d = dir_new();
    struct rig rig = rig_load(d.path);
    struct shadow s;
    struct record r = alert_record(0, 9);
    unsigned seed = 3;

    memset(s.version, 0xff, sizeof(s.version));
    put_random(&rig, &s, 2000, &seed);
    const struct journal_size before = rig.db->tables.committed;
    CHECK(tables_begin(&rig.db->tables, false, &rig.err));
    for (int i = 0; i < 1000; i++)
        CHECK(tables_put(&rig.db->tables, &r, &rig.err));
    tables_rollback(&rig.db->tables);
    CHECK_EQ(rig.db->tables.journal.rows, before.rows);
    CHECK_EQ(rig.db->tables.journal.records, before.records);
    check_shadow(&rig, &s, "after the rollback");
    record_done(&r);
    rig_stop(&rig);
    dir_free(&d);
}

TEST(journal, is_folded_by_the_time_of_a_clean_end)
{
    struct dir d = dir_new();
    struct rig rig = rig_start(d.path);

    for (unsigned i = 0; i < 100; i++)
        CHECK(rig_write_one(&rig, alert_record(i, i)));
    rig_stop(&rig);
    CHECK_EQ(ask(&d, "SELECT count(*) FROM journal"), 0);
    CHECK_EQ(ask(&d, "SELECT count(*) FROM alerts"), 100);
    rig = rig_load(d.path);
    CHECK_EQ(rig_alert_version(&rig, 42), 42);
    rig_stop(&rig);
    dir_free(&d);
}

TEST(journal, the_file_does_not_grow_when_the_same_alerts_change)
{
    struct dir d = dir_new();
    int64_t pages = 0;

    for (unsigned round = 0; round < 6; round++) {
        struct rig rig = rig_start(d.path);
        for (unsigned k = 0; k < 20; k++) {
            struct record v[100];
            for (unsigned i = 0; i < 100; i++)
                v[i] = alert_record(i, round * 100 + k);
            CHECK(rig_write(&rig, v, COUNT_OF(v)));
        }
        rig_stop(&rig);
        const int64_t now = ask(&d, "PRAGMA page_count");
        FAIL_IF(round >= 2 && now > pages + pages / 4, "round %u: %lld pages after %lld", round,
                (long long)now, (long long)pages);
        pages = round >= 2 ? pages : now;
    }
    dir_free(&d);
}

/* ---- what people see in the sqlite3 shell ---- */

TEST(db, is_readable_in_the_sqlite_shell)
{
    static const char *const rows[] = {
        "SELECT count(*) = 1 FROM alerts WHERE body ->> '$.labels.instance' = 'host-1:9100'"
        " AND printf('%016x', fp) = body ->> '$.fp' AND body ->> '$.startsAt' = '2026-11-21T01:02:03Z'",
        "SELECT count(*) = 1 FROM silences WHERE starts_at = '2026-11-21T01:00:00.000Z'"
        " AND unixepoch(ends_at) - unixepoch(starts_at) = 7200"
        " AND body ->> '$.updatedAt' = '2026-11-21T00:59:59.123456789Z' AND body ->> '$.matchers[0].isRegex'",
        "SELECT count(*) = 1 FROM ledger WHERE key = 'k' AND body ->> '$.firingAlerts[0]' = "
        "'000000000000000b'",
        "SELECT count(*) = 1 FROM groups WHERE route_id = 'r'"
        " AND body ->> '$.nextFlush' = '2026-11-21T01:05:00.000000001+05:30'",
        "SELECT value = '1' FROM meta WHERE key = 'clean_shutdown'",
        "SELECT unixepoch('now') - unixepoch(value) BETWEEN -5 AND 120 FROM meta WHERE key = 'last_alive'",
    };
    struct dir d = dir_new();
    const struct record v[] = {
        alert_record(1, 7),
        silence_record(SILENCE_ID, "first"),
        ledger_record("k", 11),
        group_record("r", "A", 3),
    };

    struct rig rig = rig_start(d.path);
    CHECK(rig_write(&rig, v, COUNT_OF(v)));
    CHECK_EQ(ask(&d, "SELECT value = '0' FROM meta WHERE key = 'clean_shutdown'"), 1);
    rig_stop(&rig);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_ROW(rows[i], ask(&d, rows[i]) == 1);
    dir_free(&d);
}

/* ---- what waits for the disk ---- */

static double counted(const struct rig *rig, const char *name)
{
    return rig_metric(rig, METRIC_COUNTER, name);
}

TEST(db, only_who_asks_for_it_waits_for_the_disk)
{
    enum { WRITES = 50 };
    struct dir d = dir_new();
    struct rig rig = rig_start(d.path);

    CHECK(rig_write_one(&rig, alert_record(0, 1)));
    const double commits = counted(&rig, "tocsin_db_commits_total"),
                 syncs = counted(&rig, "tocsin_db_syncs_total");
    for (unsigned i = 0; i < WRITES; i++)
        CHECK(rig_write_one(&rig, alert_record(i, 2)));
    CHECK(counted(&rig, "tocsin_db_commits_total") >= commits + WRITES);
    CHECK(counted(&rig, "tocsin_db_syncs_total") < syncs + WRITES / 2); /* at most one a second */
    for (unsigned i = 1; i <= WRITES; i++) {
        const struct record r = silence_record(SILENCE_ID, "x");
        CHECK(rig_write_synced(&rig, &r, 1));
        CHECK(counted(&rig, "tocsin_db_syncs_total") >= syncs + i);
    }
    rig_stop(&rig);
    dir_free(&d);
}

/* ---- the queue, the clock, the metrics ---- */

static void count_refused(struct db_batch *b, bool ok)
{
    *(size_t *)b->ctx += !ok;
    db_batch_free(b);
}

TEST(db, a_full_queue_takes_nothing_unless_forced)
{
    struct dir d = dir_new();
    struct metrics *metrics = metrics_new();
    const struct db_opts opts = {.dir = d.path, .metrics = metrics, .queue_limit = 2};
    struct err err;
    size_t refused = 0;

    struct db *db = db_open(&opts, &err); /* not started: nothing leaves the queue */
    CHECK(db != NULL);
    for (int i = 0; i < 2; i++)
        CHECK(db_write(db, db_batch_new(NULL, 0, count_refused, &refused), false));
    struct db_batch *b = db_batch_new(NULL, 0, count_refused, &refused);
    CHECK(!db_write(db, b, false));
    CHECK(db_write(db, b, true));
    CHECK_EQ(metric_value(metric_one(metrics, METRIC_GAUGE, "tocsin_db_queue_length", "")), 3);
    db_close(db);
    CHECK_EQ(refused, 3);
    metrics_free(metrics);
    dir_free(&d);
}

TEST(db, what_was_queued_is_written_before_it_closes)
{
    struct dir d = dir_new();
    struct rig rig = rig_start(d.path);
    struct waiter w = WAITER_INIT;

    for (unsigned i = 0; i < 500; i++) {
        const struct record r = alert_record(i, 1);
        rig_send(&rig, &r, 1, &w);
    }
    rig_stop(&rig);
    CHECK_EQ(w.ok, 500);
    rig = rig_load(d.path);
    CHECK_EQ(rig.n, 500);
    rig_stop(&rig);
    dir_free(&d);
}

TEST(db, remembers_when_it_was_last_alive)
{
    struct dir d = dir_new();

    struct rig rig = rig_start(d.path);
    rig_stop(&rig);
    rig = rig_load(d.path);
    const dur_ns age = stamp_sub(clk_now().wall, rig.last_alive);
    CHECK(age >= 0 && age < 60 * NS_PER_S);
    const struct stamp before = rig.last_alive;
    rig_stop(&rig);

    rig = rig_load(d.path); /* the one before was never started, so it does not count */
    CHECK_EQ(stamp_cmp(rig.last_alive, before), 0);
    rig_stop(&rig);
    dir_free(&d);
}

TEST(db, counts_what_it_does)
{
    struct dir d = dir_new();
    struct rig rig = rig_start(d.path);

    for (unsigned i = 0; i < 10; i++)
        CHECK(rig_write_one(&rig, alert_record(i, 1)));
    CHECK(rig_metric(&rig, METRIC_COUNTER, "tocsin_db_commits_total") >= 10);
    CHECK(rig_metric(&rig, METRIC_GAUGE, "tocsin_db_file_bytes") > 0);
    CHECK_EQ(rig_metric(&rig, METRIC_COUNTER, "tocsin_db_errors_total"), 0);
    CHECK_EQ(rig_metric(&rig, METRIC_GAUGE, "tocsin_db_queue_length"), 0);
    CHECK_EQ(rig_metric(&rig, METRIC_GAUGE, "tocsin_db_pending_records"), 0);
    rig_stop(&rig);
    dir_free(&d);
}

/* ---- lanes: R-094 ---- */

struct lanes {
    struct lane_memory v[4];
    size_t n;
};

static void add_lane(void *ctx, const struct lane_memory *m)
{
    struct lanes *l = ctx;

    CHECK(l->n < COUNT_OF(l->v));
    l->v[l->n++] = *m;
}

static struct lanes load_lanes(const struct dir *d, const char *now)
{
    struct lanes l = {.n = 0};
    struct metrics *metrics = metrics_new();
    struct err err;
    struct db *db = db_open(&(struct db_opts){.dir = d->path, .metrics = metrics}, &err);

    FAIL_IF(db == NULL, "%s", err.text);
    db_load_lanes(db, at(now), add_lane, &l);
    db_close(db);
    metrics_free(metrics);
    return l;
}

TEST(db, lanes_are_remembered_for_as_long_as_it_matters)
{
    struct dir d = dir_new();
    struct lane_memory a = {.key = "robot:a",
                            .tokens = 2.5,
                            .at = at("2026-11-21T01:00:00.25Z"),
                            .blocked_until = at("2026-11-21T01:10:00Z"),
                            .until = at("2026-11-21T01:10:00Z")},
                       b = a;

    strcpy(b.key, "robot:b");
    b.blocked_until = at("1970-01-01T00:00:00Z");
    b.until = at("2026-11-21T01:01:00Z");
    struct rig rig = rig_start(d.path);
    db_write_lane(rig.db, &b);
    db_write_lane(rig.db, &a);
    a.tokens = 1.5;
    db_write_lane(rig.db, &a);
    rig_stop(&rig);

    struct lanes l = load_lanes(&d, "2026-11-21T01:00:30Z");
    CHECK_EQ(l.n, 2);
    CHECK_STR(l.v[0].key, "robot:a");
    CHECK_EQ((int)(l.v[0].tokens * 10), 15);
    CHECK_EQ(stamp_cmp(l.v[0].at, a.at), 0);
    CHECK_EQ(stamp_cmp(l.v[0].blocked_until, a.blocked_until), 0);
    CHECK_STR(l.v[1].key, "robot:b");
    CHECK_EQ(load_lanes(&d, "2026-11-21T01:05:00Z").n, 1);

    /* What says nothing any more goes when the next one is written. */
    rig = rig_start(d.path);
    a.at = at("2026-11-21T01:05:00Z");
    db_write_lane(rig.db, &a);
    rig_stop(&rig);
    CHECK_EQ(ask(&d, "SELECT count(*) FROM lanes"), 1);
    dir_free(&d);
}
