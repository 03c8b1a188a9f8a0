/* Alertmanager's snapshot files (P-079): what another program wrote is read, and what we write is read alike.
 */
#include "db/snapshot.h"

#include "codec/pb.h"
#include "fixture.h"

#define ID "5bba9a4f-7c2f-4d3e-9a43-0d2c5a1f0b11"

static void put_text(struct strbuf *out, uint32_t number, const char *text)
{
    pb_put_bytes(out, number, sv_of(text));
}

static void put_time(struct strbuf *out, uint32_t number, uint64_t seconds)
{
    struct strbuf message = {0};
    pb_put_uint(&message, 1, seconds);
    pb_put_uint(&message, 2, 5);
    pb_put_message(out, number, &message);
    strbuf_done(&message);
}

static void put_matcher(struct strbuf *out, uint32_t number, uint64_t type, const char *name,
                        const char *pattern)
{
    struct strbuf message = {0};
    pb_put_uint(&message, 1, type);
    put_text(&message, 2, name);
    put_text(&message, 3, pattern);
    pb_put_message(out, number, &message);
    strbuf_done(&message);
}

/* A matcher set with one matcher. */
static void put_set(struct strbuf *out, uint32_t number, const char *name, const char *pattern)
{
    struct strbuf message = {0};
    put_matcher(&message, 1, 0, name, pattern);
    pb_put_message(out, number, &message);
    strbuf_done(&message);
}

static bool read_silence(struct strbuf *body, struct record *r, struct err *err)
{
    struct strbuf mesh = {0};
    pb_put_message(&mesh, 1, body);
    put_time(&mesh, 2, 9000);
    const bool ok = snapshot_read_silence(strbuf_sv(&mesh), r, err);
    strbuf_done(&mesh);
    strbuf_done(body);
    return ok;
}

/* The form up to 0.27: matchers of its own, and no sets; and comments as before 0.22. */
TEST(snapshot, a_silence_of_an_old_version)
{
    struct strbuf body = {0}, comment = {0};
    struct record r;
    struct err err = {0};

    put_text(&body, 1, ID);
    put_matcher(&body, 2, 0, "alertname", "x");
    put_matcher(&body, 2, 1, "job", "a|b");
    put_matcher(&body, 2, 2, "env", "dev");
    put_matcher(&body, 2, 3, "zone", "z.*");
    put_time(&body, 3, 1000);
    put_time(&body, 4, 2000);
    put_time(&body, 5, 1500);
    put_text(&comment, 1, "me");
    put_text(&comment, 2, "why");
    pb_put_message(&body, 7, &comment);
    FAIL_IF(!read_silence(&body, &r, &err), "%s", err.text);
    const struct silence *s = r.silence;
    static const enum match_op ops[] = {MATCH_EQ, MATCH_RE, MATCH_NE, MATCH_NRE};
    CHECK_STR(s->id, ID);
    CHECK_EQ(s->matchers.n, 4);
    for (size_t i = 0; i < 4; i++)
        CHECK_EQ(s->matchers.v[i].op, ops[i]);
    CHECK_SV(istr_sv(s->matchers.v[1].value), "a|b");
    CHECK_EQ(s->starts_at.sec, 1000);
    CHECK_EQ(s->ends_at.nsec, 5);
    CHECK_EQ(s->updated_at.sec, 1500);
    CHECK_SV(istr_sv(s->created_by), "me");
    CHECK_SV(istr_sv(s->comment), "why");
    record_done(&r);
    strbuf_done(&comment);
}

TEST(snapshot, the_set_counts_before_the_matchers_beside_it)
{
    struct strbuf body = {0};
    struct record r;
    struct err err = {0};

    put_text(&body, 1, ID);
    put_matcher(&body, 2, 0, "old", "1");
    put_set(&body, 11, "new", "1");
    put_matcher(&body, 2, 0, "old", "2");
    FAIL_IF(!read_silence(&body, &r, &err), "%s", err.text);
    CHECK_EQ(r.silence->matchers.n, 1);
    CHECK_SV(istr_sv(r.silence->matchers.v[0].name), "new");
    record_done(&r);
}

TEST(snapshot, a_pattern_that_does_not_compile_is_kept_as_broken)
{
    struct strbuf body = {0};
    struct record r;
    struct err err = {0};

    put_text(&body, 1, ID);
    put_matcher(&body, 2, 1, "a", "(");
    FAIL_IF(!read_silence(&body, &r, &err), "%s", err.text);
    CHECK(r.silence->matchers.v[0].broken);
    record_done(&r);
}

TEST(snapshot, silences_that_would_mean_something_else_are_refused)
{
    static const struct {
        const char *name, *id;
        uint32_t sets, receiver_sets;
        const char *error;
    } rows[] = {
        {"alternatives", ID, 2, 0, "silence " ID " has alternative sets of matchers"},
        {"for receivers", ID, 1, 1, "silence " ID " is for certain receivers only"},
        {"without matchers", ID, 0, 0, "not a record of an Alertmanager snapshot"},
        {"without an id", "", 1, 0, "not a record of an Alertmanager snapshot"},
        {"with a blank in its id", "a b", 1, 0, "not a record of an Alertmanager snapshot"},
        {"with a long id", ID "x", 1, 0, "not a record of an Alertmanager snapshot"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf body = {0};
        struct record r;
        struct err err = {0};
        put_text(&body, 1, rows[i].id);
        for (uint32_t k = 0; k < rows[i].sets; k++)
            put_set(&body, 11, "a", "1");
        for (uint32_t k = 0; k < rows[i].receiver_sets; k++)
            put_set(&body, 12, "name", "r");
        FAIL_IF(read_silence(&body, &r, &err), "%s: accepted", rows[i].name);
        FAIL_IF(strcmp(err.text, rows[i].error) != 0, "%s: %s", rows[i].name, err.text);
    }
}

TEST(snapshot, what_is_written_is_read_again)
{
    struct record silence = silence_record(ID, "a comment"), again;
    struct strbuf out = {0};
    struct sv run, message;
    struct err err = {0};
    bool ok;

    snapshot_write_silence(&out, silence.silence, 60 * NS_PER_S);
    run = strbuf_sv(&out);
    CHECK(pb_next_record(&run, &message, &ok) && run.n == 0);
    FAIL_IF(!snapshot_read_silence(message, &again, &err), "%s", err.text);
    const struct silence *a = silence.silence, *b = again.silence;
    CHECK_STR(b->id, a->id);
    CHECK(stamp_cmp(a->starts_at, b->starts_at) == 0 && stamp_cmp(a->ends_at, b->ends_at) == 0 &&
          stamp_cmp(a->updated_at, b->updated_at) == 0);
    CHECK(a->comment == b->comment && a->created_by == b->created_by); /* interned */
    CHECK_EQ(b->matchers.n, a->matchers.n);
    for (size_t i = 0; i < a->matchers.n; i++)
        CHECK(a->matchers.v[i].op == b->matchers.v[i].op && a->matchers.v[i].name == b->matchers.v[i].name &&
              a->matchers.v[i].value == b->matchers.v[i].value);
    CHECK(labels_equal(a->annotations, b->annotations));
    record_done(&silence);
    record_done(&again);
    strbuf_done(&out);
}

TEST(snapshot, entries_of_the_notification_log_with_keys_of_all_kinds)
{
    static const struct {
        const char *key;
        bool written;
    } rows[] = {
        {"{}:{}:r/webhook/0", true},
        {"{}/{a=\"b\"}:{alertname=\"x:{y}\"}:r/email/12", true},
        {"{}:{}:team/ops:x/webhook/3", true},
        {"{}:{}#1:r/webhook/0", false},        /* a twin */
        {"{}:{}#fallback:r/webhook/0", false}, /* a stand-in */
        {"nonsense", false},
    };
    static const uint64_t firing[] = {1, 300, UINT64_MAX}, resolved[] = {7};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ledger_entry *e =
            ledger_entry_new(sv_of(rows[i].key), at("2026-11-21T01:02:03.5Z"), at("2026-11-22T01:02:03Z"),
                             firing, COUNT_OF(firing), resolved, COUNT_OF(resolved), NULL, 0);
        e->receiver_data = label_set("channelId", "C1", "threadTs", "1.2", NULL);
        struct strbuf out = {0};
        struct sv run, message;
        struct record r;
        struct err err = {0};
        bool ok;
        FAIL_IF(snapshot_write_ledger(&out, e) != rows[i].written, "%s", rows[i].key);
        FAIL_IF(!rows[i].written && out.n != 0, "%s: %zu bytes", rows[i].key, out.n);
        run = strbuf_sv(&out);
        if (pb_next_record(&run, &message, &ok)) {
            FAIL_IF(!snapshot_read_ledger(message, &r, &err), "%s: %s", rows[i].key, err.text);
            CHECK_STR(r.ledger->key, rows[i].key);
            CHECK(stamp_cmp(r.ledger->at, e->at) == 0 && stamp_cmp(r.ledger->expires_at, e->expires_at) == 0);
            CHECK_EQ(r.ledger->n_firing, COUNT_OF(firing));
            CHECK(memcmp(r.ledger->firing, firing, sizeof(firing)) == 0);
            CHECK_EQ(r.ledger->n_resolved, 1);
            CHECK(labels_equal(r.ledger->receiver_data, e->receiver_data)); /* */
            record_done(&r);
        }
        strbuf_done(&out);
        ledger_entry_unref(e);
    }
}

/* ---- the files ---- */

static void write_file(const struct dir *d, const char *name, struct sv text)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", d->path, name);
    FILE *f = fopen(path, "w");
    FAIL_IF(f == NULL || fwrite(text.p, 1, text.n, f) != text.n || fclose(f) != 0, "%s", path);
}

static struct strbuf silences_text(const char *comment)
{
    struct record r = silence_record(ID, comment);
    struct strbuf out = {0};
    snapshot_write_silence(&out, r.silence, NS_PER_S);
    record_done(&r);
    return out;
}

TEST(snapshot, a_new_database_takes_the_files_over_and_keeps_what_it_took)
{
    struct dir d = dir_new();
    struct strbuf text = silences_text("theirs");

    strbuf_adds(&text, "\x7fnonsense"); /* cut within a record: what is before it counts */
    write_file(&d, "silences", strbuf_sv(&text));
    struct rig rig = rig_start(d.path);
    CHECK_EQ(rig_count(&rig, RECORD_SILENCE), 1);
    CHECK_SV(istr_sv(rig.v[0].silence->comment), "theirs");
    rig_stop(&rig);
    strbuf_done(&text);

    text = silences_text("later");
    write_file(&d, "silences", strbuf_sv(&text));
    rig = rig_start(d.path);
    CHECK_EQ(rig_count(&rig, RECORD_SILENCE), 1);
    CHECK_SV(istr_sv(rig.v[0].silence->comment), "theirs");
    rig_stop(&rig);
    strbuf_done(&text);
    dir_free(&d);
}

TEST(snapshot, a_stop_leaves_files_that_a_new_database_takes_over)
{
    struct dir d = dir_new(), other = dir_new();
    char from[128], to[128];
    const struct record v[] = {silence_record(ID, "ours"), ledger_record("{}:{}:r/webhook/0", 99)};

    struct rig rig = rig_start(d.path);
    CHECK(rig_write(&rig, v, COUNT_OF(v)));
    rig_stop(&rig);
    static const char *const names[] = {"silences", "nflog"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        snprintf(from, sizeof(from), "%s/%s", d.path, names[i]);
        snprintf(to, sizeof(to), "%s/%s", other.path, names[i]);
        FAIL_IF(rename(from, to) != 0, "no file %s", from);
    }
    rig = rig_start(other.path);
    CHECK_EQ(rig_count(&rig, RECORD_SILENCE), 1);
    CHECK_EQ(rig_count(&rig, RECORD_LEDGER), 1);
    rig_stop(&rig);
    dir_free(&d);
    dir_free(&other);
}
