#include "db/record_json.h"

#include "core/act.h"
#include "fixture.h"

/* Bodies: what is written is read back the same, and what is not a body is refused with a reason. */

static struct record round_trip(const struct record *r)
{
    struct record_decoder d = {0};
    struct strbuf text = {0};
    struct record back;
    struct err err;

    record_encode(&text, r);
    FAIL_IF(memchr(text.p, '\n', text.n) != NULL, "a raw newline in %s", text.p);
    FAIL_IF(!record_decode(&d, r->kind, strbuf_sv(&text), &back, &err), "%s: %s", text.p, err.text);
    strbuf_done(&text);
    record_decoder_done(&d);
    return back;
}

static void check_stamp(const char *row, const char *what, struct stamp got, struct stamp want)
{
    FAIL_IF(got.sec != want.sec || got.nsec != want.nsec || got.off_min != want.off_min,
            "%s: %s is %lld.%09d%+d, want %lld.%09d%+d", row, what, (long long)got.sec, got.nsec, got.off_min,
            (long long)want.sec, want.nsec, want.off_min);
}

static void check_alert(const char *row, const struct alert *got, const struct alert *want)
{
    CHECK_ROW(row, labels_equal(got->labels, want->labels));
    CHECK_ROW(row, got->labels->fp == want->labels->fp);
    CHECK_ROW(row, labels_equal(got->annotations, want->annotations));
    CHECK_ROW(row, sv_eq(istr_sv(got->generator_url), istr_sv(want->generator_url)));
    CHECK_ROW(row, got->timeout == want->timeout);
    check_stamp(row, "startsAt", got->starts_at, want->starts_at);
    check_stamp(row, "endsAt", got->ends_at, want->ends_at);
    check_stamp(row, "updatedAt", got->updated_at, want->updated_at);
}

TEST(record, alerts_come_back_with_any_text)
{
    const struct {
        const char *name;
        struct sv text;
    } rows[] = {
        {"plain", SV("plain")},
        {"quotes and backslashes", SV("a\"b\\c\\\"d")},
        {"control characters", SV("\t\r\n\b\f\x01\x1f\x7f")},
        {"a NUL inside", SV("a\0b")},
        {"newline only", SV("\n")},
        {"unicode", SV("磁盘满 \xf0\x9f\x94\xa5 caf\xc3\xa9")},
        {"line separators", SV("\xe2\x80\xa8 \xe2\x80\xa9")},
        {"replacement character", SV("\xef\xbf\xbd")},
        {"looks like JSON", SV("{\"fp\":\"0000000000000000\",\"del\":true}")},
        {"html", SV("<a href='x'>&amp;</a>")},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct label_sv pair[] = {{SV("alertname"), rows[i].text}, {rows[i].text, SV("as a name")}};
        struct label_sv note[] = {{SV("summary"), rows[i].text}, {SV("void"), SV("")}};
        struct record r = {
            .kind = RECORD_ALERT,
            .alert = alert_new(labels_new(pair, label_sv_normalize(pair, 2, true)),
                               labels_new(note, label_sv_normalize(note, 2, false)), intern(rows[i].text),
                               at("2026-11-21T01:02:03Z"), STAMP_UNSET, STAMP_UNSET, false),
        };
        struct record back = round_trip(&r);
        check_alert(rows[i].name, back.alert, r.alert);
        CHECK_EQ(back.alert->annotations->n, 2);
        record_done(&back);
        record_done(&r);
    }
}

TEST(record, alerts_come_back_with_any_time)
{
    static const char *const rows[] = {
        "0001-01-01T00:00:00Z",           "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999999Z", "2026-11-21T01:02:03.000000001+05:30",
        "1969-12-31T23:59:59.5Z",         "2026-11-21T01:02:03.120-23:59",
        "2024-02-29T23:59:60Z",           "0001-01-03T00:00:00+08:00",
    };
    struct stamp t;
    struct err err;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (!stamp_parse_rfc3339(sv_of(rows[i]), &t, &err))
            continue; /* not a time in Go either */
        struct record r = {
            .kind = RECORD_ALERT,
            .resolved = i % 2 == 0,
            .alert = alert_new(label_set("alertname", "A", NULL), labels_empty(), intern(SV("")), t, t, t,
                               i % 2 != 0),
        };
        struct record back = round_trip(&r);
        check_alert(rows[i], back.alert, r.alert);
        CHECK_EQ(back.resolved, r.resolved);
        record_done(&back);
        record_done(&r);
    }
}

TEST(record, times_whose_local_year_cannot_be_written_keep_their_instant)
{
    const struct stamp edges[] = {
        {.sec = INT64_C(253402300799), .nsec = 999999999, .off_min = 14 * 60},
        {.sec = INT64_C(-62167219200), .off_min = -12 * 60},
    };

    for (size_t i = 0; i < COUNT_OF(edges); i++) {
        struct record r = {
            .kind = RECORD_ALERT,
            .alert = alert_new(label_set("alertname", "A", NULL), labels_empty(), intern(SV("")), edges[i],
                               edges[i], edges[i], false),
        };
        struct record back = round_trip(&r);
        CHECK_EQ(stamp_cmp(back.alert->starts_at, edges[i]), 0);
        record_done(&back);
        record_done(&r);
    }
}

TEST(record, silences_come_back)
{
    struct record r = silence_record("5bba9a4f-7c2f-4d3e-9a43-0d2c5a1f0b11", "no \"disk\"\npaging");
    struct record back = round_trip(&r);
    const struct silence *got = back.silence, *want = r.silence;

    CHECK_STR(got->id, want->id);
    CHECK(matchers_equal(&got->matchers, &want->matchers));
    CHECK(labels_equal(got->annotations, want->annotations));
    CHECK_SV(istr_sv(got->created_by), "ada");
    CHECK_SV(istr_sv(got->comment), "no \"disk\"\npaging");
    check_stamp("silence", "startsAt", got->starts_at, want->starts_at);
    check_stamp("silence", "endsAt", got->ends_at, want->ends_at);
    check_stamp("silence", "updatedAt", got->updated_at, want->updated_at);
    record_done(&back);
    record_done(&r);
}

TEST(record, all_four_operators_come_back)
{
    struct silence *s;
    struct matchers ms = {0};
    struct matcher m;
    struct err err;

    for (enum match_op op = MATCH_EQ; op <= MATCH_NRE; op++) {
        CHECK(matcher_init(&m, op, SV("a"), SV("x|y.*"), &err));
        matchers_push(&ms, m);
    }
    s = silence_new((const char[37]){"1"}, &ms, STAMP_UNSET, STAMP_UNSET, STAMP_UNSET, SV(""), SV(""),
                    labels_empty());
    struct record r = {.kind = RECORD_SILENCE, .silence = s};
    struct record back = round_trip(&r);
    CHECK(matchers_equal(&back.silence->matchers, &ms));
    matchers_done(&ms);
    record_done(&back);
    record_done(&r);
}

/* W-10: what another version wrote, or imported, can still be seen and expired. */
TEST(record, a_pattern_that_does_not_compile_comes_back_as_one_that_matches_nothing)
{
    const struct sv body = SV(
        "{\"id\":\"1\",\"matchers\":[{\"name\":\"a\",\"value\":\"(\",\"isRegex\":true,\"isEqual\":false}]}");
    struct record_decoder d = {0};
    struct record r;
    struct err err = {0};

    FAIL_IF(!record_decode(&d, RECORD_SILENCE, body, &r, &err), "%s", err.text);
    struct record back = round_trip(&r);
    const struct matcher *m = &back.silence->matchers.v[0];
    CHECK_EQ(m->op, MATCH_NRE);
    CHECK_SV(istr_sv(m->value), "(");
    CHECK(!matcher_matches(m, SV("")) && !matcher_matches(m, SV("(")));
    record_done(&back);
    record_done(&r);
    record_decoder_done(&d);
}

TEST(record, ledger_entries_come_back)
{
    struct record r = ledger_record("{}/{a=\"\\x00\"}:{alertname=\"A\"}:team/webhook/0", UINT64_C(1) << 63);
    r.ledger->underway = REASON_SOME_RESOLVED;
    r.ledger->receiver_data = label_set("channelId", "C1", "threadTs", "1.2\"", NULL);
    struct record back = round_trip(&r);
    const struct ledger_entry *got = back.ledger;

    CHECK_STR(got->key, r.ledger->key);
    CHECK_EQ(got->n_firing, 1);
    CHECK(got->firing[0] == UINT64_C(1) << 63);
    CHECK_EQ(got->n_resolved, 2);
    CHECK(got->resolved[0] == 0 && got->resolved[1] == UINT64_MAX);
    CHECK_EQ(got->n_held, 1);
    CHECK(got->held[0] == UINT64_C(1) << 63);
    check_stamp("ledger", "at", got->at, r.ledger->at);
    check_stamp("ledger", "expiresAt", got->expires_at, r.ledger->expires_at);
    CHECK_EQ(got->underway, REASON_SOME_RESOLVED);
    CHECK(labels_equal(got->receiver_data, r.ledger->receiver_data)); /* */
    record_done(&back);
    record_done(&r);
}

TEST(record, groups_come_back)
{
    struct record r = group_record("{}/{team=\"a\"}", "", UINT64_C(1) << 40);
    struct record back = round_trip(&r);
    const struct group_state *got = back.group, *want = r.group;

    CHECK_STR(got->route_id, want->route_id);
    CHECK(labels_equal(got->labels, want->labels) || got->labels->n == 0);
    CHECK_STR(got->uuid, want->uuid);
    CHECK_EQ(got->flush_id, want->flush_id);
    CHECK(got->flushed);
    check_stamp("group", "nextFlush", got->next_flush, want->next_flush);
    check_stamp("group", "createdAt", got->created_at, want->created_at);
    record_done(&back);
    record_done(&r);
}

/* What people did about a group is a part of it. */
TEST(record, acknowledgements_come_back)
{
    static const uint64_t alerts[] = {1, UINT64_C(1) << 63};
    struct record r = group_record("{}", "x", 3);

    r.group->ack = ack_new(SV("\xe5\xbc\xa0\xe4\xb8\x89"), SV("\"on it\""),
                           at("2026-11-21T01:02:03.000000004Z"), alerts, COUNT_OF(alerts));
    snprintf(r.group->until_resolved, sizeof(r.group->until_resolved),
             "7e57c0de-0000-4000-8000-000000000002");
    struct record back = round_trip(&r);
    const struct ack *got = back.group->ack, *want = r.group->ack;
    CHECK(got != NULL);
    CHECK_STR(got->by, want->by);
    CHECK_STR(got->comment, want->comment);
    check_stamp("ack", "at", got->at, want->at);
    CHECK_EQ(got->n, want->n);
    CHECK_EQ(memcmp(got->alerts, alerts, sizeof(alerts)), 0);
    CHECK_STR(back.group->until_resolved, r.group->until_resolved);
    record_done(&back);
    record_done(&r);
}

TEST(record, what_is_owed_comes_back)
{
    struct owed *o =
        owed_new(SV("{}:{a=\"b\"}:d/webhook/0"), at("2026-01-02T03:04:05.6Z"), SV("no \"route\""));
    o->next = at("2026-01-02T03:09:05.6Z");
    o->asked = true;
    o->attempts = 7;
    o->failure = FAILURE_SERVER;
    struct record r = {.kind = RECORD_OWED, .owed = o}, back = round_trip(&r);

    CHECK_STR(back.owed->key, o->key);
    CHECK_STR(back.owed->error, "no \"route\"");
    CHECK(back.owed->asked);
    CHECK_EQ(back.owed->attempts, 7);
    CHECK_EQ(back.owed->failure, FAILURE_SERVER);
    check_stamp("owed", "since", back.owed->since, o->since);
    check_stamp("owed", "next", back.owed->next, o->next);
    record_done(&back);
    record_done(&r);
}

static struct dead_letter *letter_with(size_t n)
{
    struct dead_letter *l = dead_letter_new();

    strcpy(l->id, "5bba9a4f-7c2f-4d3e-9a43-0d2c5a1f0b11");
    l->cause = LETTER_REFUSED;
    l->at = at("2026-01-02T03:04:05Z");
    l->since = at("2026-01-01T00:00:00Z");
    l->attempts = 3;
    l->failure = FAILURE_CLIENT;
    l->error = xstrdup("unexpected status code 400");
    l->route_id = xstrdup("{}/{a=\"b\"}/0");
    l->group_key = xstrdup("{}/{a=\"b\"}:{}");
    l->receiver = xstrdup("team");
    l->type = xstrdup("webhook");
    l->index = 2;
    l->reason = REASON_ALL_RESOLVED;
    l->group_labels = label_set("a", "b", NULL);
    l->alerts = xcalloc(n, sizeof(*l->alerts));
    for (; l->n_alerts < n; l->n_alerts++)
        l->alerts[l->n_alerts] = (struct delivery_alert){
            .alert = alert_new(label_set("alertname", "x\ny", NULL), label_set("s", "", NULL),
                               intern(SV("http://g/")), l->since, l->at, l->at, true),
            .firing = l->n_alerts == 1};
    l->n_left_out = 5;
    return l;
}

TEST(record, dead_letters_come_back)
{
    struct record r = {.kind = RECORD_LETTER, .letter = letter_with(2)}, back = round_trip(&r);
    const struct dead_letter *got = back.letter, *want = r.letter;

    CHECK_STR(got->id, want->id);
    CHECK_EQ(got->cause, want->cause);
    CHECK_EQ(got->attempts, 3);
    CHECK_EQ(got->failure, FAILURE_CLIENT);
    CHECK_STR(got->error, want->error);
    CHECK_STR(got->route_id, want->route_id);
    CHECK_STR(got->group_key, want->group_key);
    CHECK_STR(got->receiver, "team");
    CHECK_STR(got->type, "webhook");
    CHECK_EQ(got->index, 2);
    CHECK_EQ(got->reason, REASON_ALL_RESOLVED);
    CHECK(labels_equal(got->group_labels, want->group_labels));
    CHECK_EQ(got->n_alerts, 2);
    CHECK_EQ(got->n_left_out, 5);
    for (size_t i = 0; i < 2; i++) {
        const struct alert *a = got->alerts[i].alert, *b = want->alerts[i].alert;
        CHECK(labels_equal(a->labels, b->labels) && labels_equal(a->annotations, b->annotations));
        CHECK_EQ(got->alerts[i].firing, i == 1);
        check_stamp("letter", "endsAt", a->ends_at, b->ends_at);
    }
    record_done(&back);
    record_done(&r);
}

TEST(record, a_line_tells_its_key_and_whether_it_deletes)
{
    struct record put = alert_record(1, 1), del = alert_deletion(1);
    struct strbuf text = {0};
    uint64_t fp;
    bool is_del;

    record_encode(&text, &put);
    CHECK(record_line_key(strbuf_sv(&text), &fp, &is_del));
    CHECK(fp == put.alert->labels->fp && !is_del);
    strbuf_reset(&text);
    record_encode(&text, &del);
    CHECK(record_line_key(strbuf_sv(&text), &fp, &is_del));
    CHECK(fp == put.alert->labels->fp && is_del);
    CHECK(!record_line_key(SV(""), &fp, &is_del));
    CHECK(!record_line_key(SV("{\"fp\":\"xyz"), &fp, &is_del));
    CHECK(!record_line_key(SV("{\"fp\":\"00000000000000zz\"}"), &fp, &is_del));
    strbuf_done(&text);
    record_done(&put);
    record_done(&del);
}

TEST(record, lines_are_popped_last_first)
{
    struct sv lines = SV("one\n\ntwo"), line;

    CHECK(record_line_pop(&lines, &line));
    CHECK_SV(line, "two");
    CHECK(record_line_pop(&lines, &line));
    CHECK_SV(line, "");
    CHECK(record_line_pop(&lines, &line));
    CHECK_SV(line, "one");
    CHECK(!record_line_pop(&lines, &line));
}

TEST(record, bodies_of_a_later_version_with_more_members_are_read)
{
    struct record_decoder d = {0};
    struct record r;
    struct err err;

    CHECK(record_decode(
        &d, RECORD_LEDGER,
        SV("{\"new\":{\"deep\":[1,{\"x\":null}]},\"key\":\"k\",\"at\":\"2026-11-21T01:02:03Z\"}"), &r, &err));
    CHECK_STR(r.ledger->key, "k");
    CHECK(stamp_is_unset(r.ledger->expires_at));
    CHECK_EQ(r.ledger->n_held, 0);
    record_done(&r);
    record_decoder_done(&d);
}

TEST(record, what_is_not_a_body_is_refused)
{
    const struct {
        const char *name;
        enum record_kind kind;
        struct sv body;
    } rows[] = {
        {"empty", RECORD_ALERT, SV("")},
        {"not an object", RECORD_ALERT, SV("[]")},
        {"cut off", RECORD_ALERT, SV("{\"fp\":\"00")},
        {"two values", RECORD_LEDGER, SV("{\"key\":\"k\"} {}")},
        {"alert without labels", RECORD_ALERT, SV("{\"fp\":\"0000000000000000\"}")},
        {"fp of other labels", RECORD_ALERT, SV("{\"fp\":\"0000000000000000\",\"labels\":{\"a\":\"b\"}}")},
        {"a deletion", RECORD_ALERT, SV("{\"fp\":\"0000000000000000\",\"del\":true}")},
        {"bad time", RECORD_LEDGER, SV("{\"key\":\"k\",\"at\":\"yesterday\"}")},
        {"label value is a number", RECORD_GROUP, SV("{\"routeId\":\"r\",\"labels\":{\"a\":1}}")},
        {"bad hash", RECORD_LEDGER, SV("{\"key\":\"k\",\"firingAlerts\":[\"zz\"]}")},
        {"ledger without key", RECORD_LEDGER, SV("{}")},
        {"owed without key", RECORD_OWED, SV("{\"attempts\":1}")},
        {"letter without id", RECORD_LETTER, SV("{\"receiver\":\"d\"}")},
        {"letter with an alert in an alert", RECORD_LETTER,
         SV("{\"id\":\"1\",\"alerts\":[{\"labels\":{},\"alerts\":[]}]}")},
        {"letter whose alert is no object", RECORD_LETTER, SV("{\"id\":\"1\",\"alerts\":[1]}")},
        {"group without route", RECORD_GROUP, SV("{\"labels\":{}}")},
        {"UUID too long", RECORD_GROUP,
         SV("{\"routeId\":\"r\",\"uuid\":\"0123456789012345678901234567890123456\"}")},
        {"silence without id", RECORD_SILENCE, SV("{\"comment\":\"x\"}")},
        {"matchers not a list", RECORD_SILENCE, SV("{\"id\":\"1\",\"matchers\":{}}")},
    };
    struct record_decoder d = {0};
    struct record r;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct err err = {0};
        CHECK_ROW(rows[i].name, !record_decode(&d, rows[i].kind, rows[i].body, &r, &err));
        CHECK_ROW(rows[i].name, err.text[0] != '\0');
    }
    record_decoder_done(&d);
}
