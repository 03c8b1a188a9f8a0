/* The history: what is kept of records and events, in which order it comes back, how it is asked, how it goes
 * away, and what a disk that refuses costs. */
#include <inttypes.h>

#include "config/config.h"
#include "db/history.h"
#include "fixture.h"
#include "support/config_env.h"

#define SILENCE_ID "5117e4ce-0000-4000-8000-000000000001"

/* ---- events ---- */

static const struct config *config(void)
{
    const struct config_env env = {.receivers = test_receivers};
    struct strbuf errors = {0};
    struct err err;
    const struct config *c =
        config_load(SV("route: {receiver: team}\n"
                       "receivers: [{name: team, webhook_configs: [{url: 'http://a/'}]}]\n"
                       "inhibit_rules: [{name: r, source_matchers: [a=b], target_matchers: [c=d]}]\n"),
                    "am.yml", &env, &errors, &err);

    FAIL_IF(c == NULL, "%s", err.text);
    strbuf_done(&errors);
    return c;
}

struct world {
    const struct config *config;
    struct event_group *group;
};

static struct world world_new(void)
{
    struct world w = {.config = config()};
    struct labels *ls = label_set("job", "node", NULL);

    w.group = event_group_new(w.config, w.config->root, ls, SV("{}:{job=\"node\"}"),
                              "7e57c0de-0000-4000-8000-000000000001");
    labels_unref(ls);
    return w;
}

static void world_done(struct world *w)
{
    event_group_unref(w->group);
    config_unref(w->config);
}

static struct stamp second(int s)
{
    return stamp_add(at("2025-06-01T10:00:00Z"), s * NS_PER_S);
}

static struct event *notification(const struct world *w, enum event_kind kind, int when, unsigned alert)
{
    struct event *decision = event_new(EVENT_NOTIFICATION_DECIDED, second(when));
    struct event *ev = event_new(kind, second(when + 1));
    struct record r = alert_record(alert, 0);

    decision->group = event_group_ref(w->group);
    decision->integration = &w->config->root->receiver->integrations[0];
    decision->reason = REASON_FIRST;
    decision->flush_id = 3;
    decision->alerts = xcalloc(1, sizeof(*decision->alerts));
    decision->alerts[0] = (struct delivery_alert){.alert = r.alert, .firing = true};
    decision->n_alerts = 1;
    ev->decision = decision;
    ev->took = NS_PER_S / 2;
    ev->attempts = 2;
    ev->status = 503;
    ev->failure = kind == EVENT_NOTIFICATION_FAILED ? FAILURE_SERVER : FAILURE_NONE;
    ev->error = kind == EVENT_NOTIFICATION_FAILED ? xstrdup("unexpected status code 503") : NULL;
    return ev;
}

static struct event *muting(const struct world *w, enum event_kind kind, int when, unsigned alert)
{
    struct event *ev = event_new(kind, second(when));
    struct record a = alert_record(alert, 0), s = silence_record(SILENCE_ID, "maintenance");

    ev->group = event_group_ref(w->group);
    ev->alert = a.alert;
    ev->mute = (struct event_mute){.cause = MUTE_SILENCE, .silence = s.silence};
    return ev;
}

static struct event *audit(enum event_kind kind, int when)
{
    struct event *ev = event_new(kind, second(when));

    snprintf(ev->by.name, sizeof(ev->by.name), "eve");
    snprintf(ev->by.address, sizeof(ev->by.address), "10.1.2.3");
    if (kind < EVENT_LETTER_WRITTEN)
        ev->silence = silence_record(SILENCE_ID, "maintenance").silence;
    return ev;
}

static struct record change(unsigned alert, unsigned version, enum event_kind kind, int when)
{
    struct record r = alert_record(alert, version);

    r.change = kind;
    r.at = second(when);
    r.resolved = kind == EVENT_ALERT_RESOLVED || kind == EVENT_ALERT_EXPIRED;
    return r;
}

/* ---- a database with a history ---- */

static struct rig history_rig(const char *dir, dur_ns retention, int64_t max_bytes)
{
    struct rig rig = {.metrics = metrics_new()};
    const struct db_opts opts = {
        .dir = dir, .metrics = rig.metrics, .history_retention = retention, .history_max_bytes = max_bytes};

    rig.db = db_open(&opts, &rig.err);
    FAIL_IF(rig.db == NULL, "open: %s", rig.err.text);
    FAIL_IF(!db_load(rig.db, rig_collect, &rig, &rig.last_alive, &rig.err), "load: %s", rig.err.text);
    FAIL_IF(!db_start(rig.db, &rig.err), "start: %s", rig.err.text);
    return rig;
}

#define FOR_EVER (INT64_C(100) * 365 * 24 * 3600 * NS_PER_S)

/* Takes over the event. */
static bool write_event(struct rig *rig, struct event *ev)
{
    struct waiter w = WAITER_INIT;
    struct db_batch *b = db_batch_new(NULL, 0, waiter_done, &w);

    b->events = xmalloc(sizeof(struct event *));
    b->events[0] = ev;
    b->n_events = 1;
    CHECK(db_write(rig->db, b, true));
    waiter_wait(&w, 1);
    return w.ok == 1;
}

static struct history_page ask(struct history *h, const struct history_query *q)
{
    struct history_page page;
    struct err err;

    FAIL_IF(!history_ask(h, q, &page, &err), "%s", err.text);
    return page;
}

static void expect(struct history *h, const char *name, const struct history_query *q, size_t n,
                   const char *first)
{
    struct history_page page = ask(h, q);
    const char *text = page.lines.n != 0 ? page.lines.p : "";

    FAIL_IF(page.n != n, "%s: %zu items, want %zu: %s", name, page.n, n, text);
    FAIL_IF(first != NULL && strstr(text, first) == NULL, "%s: %s\nwant: %s", name, text, first);
    history_page_done(&page);
}

/* ---- alerts ---- */

TEST(history, changes_of_alerts_are_the_journal_also_when_it_was_folded)
{
    struct dir d = dir_new();
    struct rig rig = history_rig(d.path, FOR_EVER, 0);
    struct history *h = history_new(rig.db);
    const struct record first[] = {change(1, 1, EVENT_ALERT_CREATED, 0),
                                   change(2, 1, EVENT_ALERT_CREATED, 0)};
    const struct history_query all = {.list = HISTORY_ALERTS, .limit = 10};

    CHECK(rig_write(&rig, first, 2));
    CHECK(rig_write_one(&rig, change(1, 2, EVENT_ALERT_CHANGED, 5)));
    CHECK(rig_write_one(&rig, change(1, 2, EVENT_ALERT_RESOLVED, 9)));
    CHECK(rig_write_one(&rig, alert_deletion(1)));
    expect(h, "journal", &all, 4, "\"kind\":\"resolved\"");
    history_free(h);
    rig_stop(&rig); /* folds */

    rig = history_rig(d.path, FOR_EVER, 0);
    h = history_new(rig.db);
    expect(h, "folded", &all, 4, "\"at\":\"2025-06-01T10:00:09Z\",\"kind\":\"resolved\"");
    CHECK(rig_write_one(&rig, change(3, 1, EVENT_ALERT_CREATED, 12)));
    expect(h, "both", &all, 5, "\"instance\":\"host-3:9100\"");
    history_free(h);
    rig_stop(&rig);
    dir_free(&d);
}

TEST(history, pages_follow_each_other_without_gap_or_repeat)
{
    struct dir d = dir_new();
    struct rig rig = history_rig(d.path, FOR_EVER, 0);
    struct history *h = history_new(rig.db);
    struct history_query q = {.list = HISTORY_ALERTS, .limit = 7};
    struct history_page page;
    struct record v[40];
    size_t seen = 0, pages = 0;

    for (unsigned i = 0; i < 40; i++)
        v[i] = change(i, 1, EVENT_ALERT_CREATED, (int)i);
    CHECK(rig_write(&rig, v, 25));
    CHECK(rig_write(&rig, v + 25, 15));
    do {
        page = ask(h, &q);
        for (char *line = page.lines.n != 0 ? page.lines.p : NULL; line != NULL; seen++) {
            char want[64];
            snprintf(want, sizeof(want), "host-%zu:9100", 39 - seen);
            char *end = strchr(line, '\n');
            if (end != NULL)
                *end = '\0';
            FAIL_IF(strstr(line, want) == NULL, "item %zu is %s", seen, line);
            line = end != NULL ? end + 1 : NULL;
        }
        q.before = page.next;
        pages++;
        history_page_done(&page);
    } while (q.before != 0);
    CHECK_EQ(seen, 40);
    CHECK_EQ(pages, 6);
    history_free(h);
    rig_stop(&rig);
    dir_free(&d);
}

TEST(history, questions_about_alerts)
{
    struct dir d = dir_new();
    struct rig rig = history_rig(d.path, FOR_EVER, 0);
    struct history *h = history_new(rig.db);
    struct record v[] = {change(1, 1, EVENT_ALERT_CREATED, 0), change(2, 1, EVENT_ALERT_CREATED, 10),
                         change(1, 1, EVENT_ALERT_RESOLVED, 20)};
    const uint64_t fp = v[1].alert->labels->fp;
    struct matchers host1 = {0}, none = {0};
    struct err err;

    FAIL_IF(!matchers_parse(SV("instance=~\"host-1:.*\""), MATCHER_FALLBACK, &host1, NULL, &err), "%s",
            err.text);
    FAIL_IF(!matchers_parse(SV("instance=\"x\""), MATCHER_FALLBACK, &none, NULL, &err), "%s", err.text);
    CHECK(rig_write(&rig, v, 3));
    const struct {
        const char *name;
        struct history_query q;
        size_t n;
    } rows[] = {
        {"all", {0}, 3},
        {"fingerprint", {.fp = fp, .has_fp = true}, 1},
        {"unknown fingerprint", {.fp = fp + 1, .has_fp = true}, 0},
        {"matcher", {.filter = &host1}, 2},
        {"matcher without a match", {.filter = &none}, 0},
        {"kind", {.kind = SV("resolved")}, 1},
        {"from, included", {.from = second(10)}, 2},
        {"to, included", {.to = second(10)}, 2},
        {"from and to", {.from = second(1), .to = second(19)}, 1},
        {"before everything", {.to = second(-1)}, 0},
        {"after everything", {.from = second(21)}, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct history_query q = rows[i].q;
        q.list = HISTORY_ALERTS;
        q.limit = 10;
        expect(h, rows[i].name, &q, rows[i].n, NULL);
    }
    matchers_done(&host1);
    matchers_done(&none);
    history_free(h);
    rig_stop(&rig);
    dir_free(&d);
}

/* ---- the other lists ---- */

TEST(history, notifications_tell_how_they_went)
{
    struct dir d = dir_new();
    struct rig rig = history_rig(d.path, FOR_EVER, 0);
    struct history *h = history_new(rig.db);
    struct world w = world_new();
    struct record other = alert_record(2, 0);
    struct matchers host1 = {0};
    struct err err;

    FAIL_IF(!matchers_parse(SV("instance=\"host-1:9100\""), MATCHER_FALLBACK, &host1, NULL, &err), "%s",
            err.text);
    CHECK(write_event(&rig, notification(&w, EVENT_NOTIFICATION_DELIVERED, 0, 1)));
    CHECK(write_event(&rig, notification(&w, EVENT_NOTIFICATION_FAILED, 10, 2)));
    const struct {
        const char *name;
        struct history_query q;
        size_t n;
        const char *first;
    } rows[] = {
        {"all", {0}, 2, "\"receiver\":\"team\",\"integration\":\"webhook\",\"index\":0"},
        {"failed",
         {.kind = SV("failed")},
         1,
         "\"attempts\":2,\"status\":503,\"failure\":\"serverError\",\"error\":\"unexpected status code 503\","
         "\"durationSeconds\":0.5,\"firing\":1"},
        {"of an alert by its labels", {.filter = &host1}, 1, "\"kind\":\"delivered\""},
        {"of an alert by its fingerprint",
         {.has_fp = true, .fp = other.alert->labels->fp},
         1,
         "\"kind\":\"failed\""},
        {"receiver", {.receiver = SV("team")}, 2, NULL},
        {"another receiver", {.receiver = SV("tea")}, 0, NULL},
        {"late", {.from = second(5)}, 1, "\"decidedAt\":\"2025-06-01T10:00:10Z\""},
        {"early", {.to = second(5)}, 1, "\"flush\":3,\"reason\":\"first notification\""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct history_query q = rows[i].q;
        q.list = HISTORY_NOTIFICATIONS;
        q.limit = 10;
        expect(h, rows[i].name, &q, rows[i].n, rows[i].first);
    }
    matchers_done(&host1);
    record_done(&other);
    world_done(&w);
    history_free(h);
    rig_stop(&rig);
    dir_free(&d);
}

TEST(history, mutings_are_open_until_they_end_or_the_process_did)
{
    const struct history_query all = {.list = HISTORY_MUTINGS, .limit = 10};
    struct dir d = dir_new();
    struct rig rig = history_rig(d.path, FOR_EVER, 0);
    struct history *h = history_new(rig.db);
    struct world w = world_new();

    CHECK(write_event(&rig, muting(&w, EVENT_MUTE_BEGAN, 0, 1)));
    expect(h, "open", &all, 1, "\"endedAt\":null,\"at\":\"2025-06-01T10:00:00Z\",\"kind\":\"silence\"");
    CHECK(write_event(&rig, muting(&w, EVENT_MUTE_ENDED, 7, 1)));
    expect(h, "ended", &all, 1, "\"endedAt\":\"2025-06-01T10:00:07Z\"");
    expect(h, "who", &all, 1,
           "\"silence\":{\"id\":\"" SILENCE_ID "\",\"createdBy\":\"ada\",\"comment\":\"maintenance\"");
    CHECK(write_event(&rig, muting(&w, EVENT_MUTE_BEGAN, 10, 1)));
    CHECK(write_event(&rig, muting(&w, EVENT_MUTE_BEGAN, 11, 1))); /* told again: the first one stands */
    expect(h, "again", &all, 2, "\"endedAt\":null,\"at\":\"2025-06-01T10:00:10Z\"");
    CHECK(write_event(&rig, audit(EVENT_STARTUP, 20)));
    expect(h, "after a restart", &all, 2,
           "\"endedAt\":\"2025-06-01T10:00:20Z\",\"at\":\"2025-06-01T10:00:10Z\"");
    world_done(&w);
    history_free(h);
    rig_stop(&rig);
    dir_free(&d);
}

TEST(history, audit_says_who)
{
    const struct history_query all = {.list = HISTORY_AUDIT, .limit = 10};
    struct dir d = dir_new();
    struct rig rig = history_rig(d.path, FOR_EVER, 0);
    struct history *h = history_new(rig.db);

    CHECK(write_event(&rig, audit(EVENT_SILENCE_CREATED, 0)));
    CHECK(write_event(&rig, audit(EVENT_CONFIG_LOADED, 1)));
    expect(h, "all", &all, 2,
           "\"kind\":\"config_loaded\",\"user\":\"eve\",\"address\":\"10.1.2.3\",\"agent\":\"\",\"silence\":"
           "null");
    expect(h, "one kind",
           &(struct history_query){.list = HISTORY_AUDIT, .limit = 9, .kind = SV("silence_created")}, 1,
           "\"silence\":{\"id\":\"" SILENCE_ID
           "\",\"matchers\":[{\"name\":\"alertname\",\"value\":\"Disk.*\"");
    history_free(h);
    rig_stop(&rig);
    dir_free(&d);
}

TEST(history, other_events_are_ignored)
{
    struct dir d = dir_new();
    struct rig rig = history_rig(d.path, FOR_EVER, 0);
    struct history *h = history_new(rig.db);

    CHECK(write_event(&rig, event_new(EVENT_GROUP_OPENED, second(0))));
    for (int list = 0; list < HISTORY_LISTS; list++)
        expect(h, "nothing", &(struct history_query){.list = (enum history_list)list, .limit = 1}, 0, NULL);
    history_free(h);
    rig_stop(&rig);
    dir_free(&d);
}

/* ---- the end ---- */

static void wait_until_empty(struct history *h, const struct history_query *q)
{
    for (;;) {
        struct history_page page = ask(h, q);
        const size_t n = page.n;
        history_page_done(&page);
        if (n == 0)
            return;
        sched_yield();
    }
}

TEST(history, what_is_older_than_the_retention_goes)
{
    struct dir d = dir_new();
    struct rig rig = history_rig(d.path, FOR_EVER, 0);
    struct world w = world_new();

    CHECK(rig_write_one(&rig, change(1, 1, EVENT_ALERT_CREATED, 0)));
    CHECK(write_event(&rig, notification(&w, EVENT_NOTIFICATION_DELIVERED, 0, 1)));
    CHECK(write_event(&rig, audit(EVENT_CONFIG_LOADED, 1)));
    CHECK(write_event(&rig, muting(&w, EVENT_MUTE_BEGAN, 0, 1)));
    CHECK(write_event(&rig, muting(&w, EVENT_MUTE_BEGAN, 0, 2)));
    CHECK(write_event(&rig, muting(&w, EVENT_MUTE_ENDED, 1, 2)));
    rig_stop(&rig);

    rig = history_rig(d.path, NS_PER_S, 0);
    struct history *h = history_new(rig.db);
    wait_until_empty(h, &(struct history_query){.list = HISTORY_ALERTS, .limit = 1});
    wait_until_empty(h, &(struct history_query){.list = HISTORY_NOTIFICATIONS, .limit = 1});
    wait_until_empty(h, &(struct history_query){.list = HISTORY_AUDIT, .limit = 1});
    expect(h, "a muting that lasts stays", &(struct history_query){.list = HISTORY_MUTINGS, .limit = 9}, 1,
           "\"endedAt\":null");
    world_done(&w);
    history_free(h);
    rig_stop(&rig);
    dir_free(&d);
}

TEST(history, the_oldest_goes_when_the_database_is_too_large)
{
    struct dir d = dir_new();
    struct rig rig = history_rig(d.path, FOR_EVER, 0);

    for (int i = 0; i < 20; i++)
        CHECK(write_event(&rig, audit(EVENT_SILENCE_CREATED, i)));
    rig_stop(&rig);

    rig = history_rig(d.path, FOR_EVER, 1);
    struct history *h = history_new(rig.db);
    wait_until_empty(h, &(struct history_query){.list = HISTORY_AUDIT, .limit = 1});
    history_free(h);
    rig_stop(&rig);
    dir_free(&d);
}

TEST(history, none_is_kept_without_a_retention)
{
    struct dir d = dir_new();
    struct rig rig = history_rig(d.path, 0, 0);

    CHECK(rig_write_one(&rig, change(1, 1, EVENT_ALERT_CREATED, 0)));
    rig_stop(&rig);
    rig = history_rig(d.path, FOR_EVER, 0);
    struct history *h = history_new(rig.db);
    expect(h, "nothing", &(struct history_query){.list = HISTORY_ALERTS, .limit = 1}, 0, NULL);
    history_free(h);
    rig_stop(&rig);
    dir_free(&d);
}

/* A database of the first schema, with a journal that was not folded. */
TEST(history, begins_with_the_database_that_is_there)
{
    struct dir d = dir_new();
    struct rig rig = history_rig(d.path, FOR_EVER, 0);
    struct history *h = history_new(rig.db);

    CHECK(rig_write_one(&rig, alert_record(1, 1))); /* without a change, as before */
    expect(h, "a record that is no change", &(struct history_query){.list = HISTORY_ALERTS, .limit = 1}, 0,
           NULL);
    history_free(h);
    rig_stop(&rig);
    dir_free(&d);
}
