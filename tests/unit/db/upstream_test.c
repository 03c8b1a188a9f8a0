/* P-079: what an Alertmanager left behind is taken over. The files in data/upstream were written by real
 * ones, after one silence and one notification; their numbers are those of the releases. */
#include "db/upstream.h"

#include <sys/stat.h>

#include "fixture.h"

struct taken {
    struct record v[8];
    size_t n;
};

static void take(void *ctx, const struct record *r)
{
    struct taken *t = ctx;
    FAIL_IF(t->n == COUNT_OF(t->v), "more than was expected");
    t->v[t->n++] = *r;
}

static void drop(struct taken *t)
{
    while (t->n != 0)
        record_done(&t->v[--t->n]);
}

static struct strbuf file(const char *name)
{
    struct strbuf path = {0}, out = {0};
    char piece[512];
    size_t n;

    strbuf_addf(&path, TEST_DATA "/upstream/%s", name);
    FILE *f = fopen(path.p, "rb");
    FAIL_IF(f == NULL, "%s: %s", path.p, strerror(errno));
    while ((n = fread(piece, 1, sizeof piece, f)) != 0)
        strbuf_add(&out, piece, n);
    fclose(f);
    strbuf_done(&path);
    return out;
}

static void check_silence(const char *name, const struct silence *s, const char *id, const char *starts_at,
                          struct labels *annotations)
{
    CLEANUP(strbuf_donep) struct strbuf matchers = {0};

    FAIL_IF(strcmp(s->id, id) != 0, "%s: %s", name, s->id);
    matchers_print(&matchers, &s->matchers);
    FAIL_IF(strcmp(matchers.p, "{a!~\"b|c\",d=\"e\"}") != 0, "%s: %s", name, matchers.p);
    FAIL_IF(stamp_cmp(s->starts_at, at(starts_at)) != 0, "%s: startsAt", name);
    FAIL_IF(stamp_cmp(s->updated_at, at(starts_at)) != 0, "%s: updatedAt", name);
    FAIL_IF(stamp_cmp(s->ends_at, at("2027-01-01T00:00:00Z")) != 0, "%s: endsAt", name);
    CHECK_SV(istr_sv(s->created_by), "me");
    CHECK_SV(istr_sv(s->comment), "why \xc3\xa9");
    FAIL_IF(!labels_equal(s->annotations, annotations), "%s: annotations", name);
    labels_unref(annotations);
}

TEST(upstream, silences_with_sets_of_matchers_and_with_the_legacy_field)
{
    static const struct {
        const char *file, *id, *starts_at;
        bool annotated;
    } rows[] = {
        {"silences-0.33", "092962fc-b6bd-4458-a702-bae276b1cb88", "2026-11-21T06:06:01.89998275Z", true},
        {"silences-0.25", "e41722d2-d80c-4725-be44-78eddd49be8d", "2026-11-21T06:06:04.529667061Z", false},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(strbuf_donep) struct strbuf content = file(rows[i].file);
        struct taken t = {0};
        struct upstream_file found;
        upstream_silences(strbuf_sv(&content), take, &t, &found);
        FAIL_IF(found.taken != 1 || found.skipped != 0, "%s: %zu taken, %zu skipped: %s", rows[i].file,
                found.taken, found.skipped, found.why);
        check_silence(rows[i].file, t.v[0].silence, rows[i].id, rows[i].starts_at,
                      rows[i].annotated ? label_set("k", "v", "k2", "", NULL) : labels_empty());
        drop(&t);
    }
}

/* Of the alert x with one more label. */
static uint64_t dedup_hash(const char *name, const char *value)
{
    CLEANUP(labels_unrefp) struct labels *ls = label_set("alertname", "x", name, value, NULL);
    return labels_dedup_hash(ls);
}

TEST(upstream, entries_of_the_notification_log)
{
    const struct {
        const char *file;
        size_t n_firing;
        uint64_t first;
    } rows[] = {{"nflog-0.33", 1, dedup_hash("n", "2")}, {"nflog-0.25", 2, dedup_hash("sev", "crit")}};

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(strbuf_donep) struct strbuf content = file(rows[i].file);
        struct taken t = {0};
        struct upstream_file found;
        upstream_nflog(strbuf_sv(&content), take, &t, &found);
        FAIL_IF(found.taken != 1 || found.skipped != 0, "%s: %s", rows[i].file, found.why);
        const struct ledger_entry *e = t.v[0].ledger;
        CHECK_STR(e->key, "{}:{alertname=\"x\"}:d/webhook/0");
        CHECK_EQ(e->n_firing, rows[i].n_firing);
        FAIL_IF(e->firing[0] != rows[i].first, "%s: %llu", rows[i].file, (unsigned long long)e->firing[0]);
        CHECK(e->n_firing == 1 || e->firing[0] < e->firing[1]);
        CHECK_EQ(e->n_resolved, 0);
        CHECK_EQ(e->underway, REASON_NONE);
        CHECK_EQ(stamp_sub(e->expires_at, e->at), 8 * 3600 * NS_PER_S);
        drop(&t);
    }
}

TEST(upstream, a_file_that_is_cut_short_keeps_what_is_whole)
{
    CLEANUP(strbuf_donep) struct strbuf content = file("silences-0.33");
    const size_t one = content.n;
    strbuf_reserve(&content, one);
    strbuf_add(&content, content.p, one); /* two records */

    for (size_t n = 0; n <= content.n; n++) {
        struct taken t = {0};
        struct upstream_file found;
        upstream_silences((struct sv){content.p, n}, take, &t, &found);
        FAIL_IF(found.taken != n / one, "%zu bytes: %zu taken", n, found.taken);
        FAIL_IF((found.skipped != 0) != (n % one != 0), "%zu bytes: %zu skipped", n, found.skipped);
        drop(&t);
    }
}

/* An envelope (1: body) around a silence: the bodies are shorter than 128 bytes. */
static size_t framed(char *out, const char *body, size_t n)
{
    out[0] = (char)(n + 2);
    out[1] = '\n';
    out[2] = (char)n;
    memcpy(out + 3, body, n);
    return n + 3;
}

TEST(upstream, records_that_make_no_sense_cost_only_themselves)
{
#define BODY(text) text, sizeof(text) - 1
    static const struct {
        const char *name, *body;
        size_t n;
        const char *why;
    } rows[] = {
        {"no id", BODY("\x12\x06\x12\x01\x64\x1a\x01\x65"), "a silence without a usable id"},
        {"no matchers", BODY("\x0a\x02id"), "silence id has no matchers"},
        {"two sets", BODY("\x0a\x02id\x5a\x08\x0a\x06\x12\x01\x64\x1a\x01\x65\x5a\x00"),
         "silence id has several sets of matchers"},
        {"an end before the start",
         BODY("\x0a\x02id\x12\x06\x12\x01\x64\x1a\x01\x65\x1a\x02\x08\x05\x22\x02\x08\x04"),
         "silence id ends before it starts"},
        {"a matcher of an unknown kind", BODY("\x0a\x02id\x12\x08\x08\x07\x12\x01\x64\x1a\x01\x65"),
         "a silence cannot be read"},
        {"a matcher without a name", BODY("\x0a\x02id\x12\x03\x1a\x01\x65"), "a silence cannot be read"},
        {"nanoseconds past a second", BODY("\x0a\x02id\x1a\x06\x10\xff\xff\xff\xff\x07"),
         "a silence cannot be read"},
        {"a field that is longer than the rest", BODY("\x0a\x7fid"), "a silence cannot be read"},
        {"a pattern that does not compile is kept", BODY("\x0a\x02id\x12\x08\x08\x01\x12\x01\x64\x1a\x01("),
         ""},
        {"fields of later versions are passed over",
         BODY("\x0a\x02id\x12\x06\x12\x01\x64\x1a\x01\x65\x98\x06\x05\xa2\x06\x01z\xa9\x06"
              "12345678\xad\x06"
              "1234"),
         ""},
    };
#undef BODY
    CLEANUP(strbuf_donep) struct strbuf sound = file("silences-0.25");

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(strbuf_donep) struct strbuf content = {0};
        char frame[160];
        struct taken t = {0};
        struct upstream_file found;
        strbuf_add(&content, frame, framed(frame, rows[i].body, rows[i].n));
        strbuf_add(&content, sound.p, sound.n);
        upstream_silences(strbuf_sv(&content), take, &t, &found);
        FAIL_IF(strcmp(found.why, rows[i].why) != 0, "%s: \"%s\"", rows[i].name, found.why);
        FAIL_IF(found.taken != (*rows[i].why != '\0' ? 1 : 2), "%s: %zu taken", rows[i].name, found.taken);
        drop(&t);
    }
}

static void put_file(const struct dir *d, const char *name, struct sv content)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", d->path, name);
    FILE *f = fopen(path, "wb");
    FAIL_IF(f == NULL || fwrite(content.p, 1, content.n, f) != content.n, "%s: %s", path, strerror(errno));
    fclose(f);
}

TEST(upstream, the_first_start_in_its_directory_takes_over_and_no_later_one)
{
    struct dir d = dir_new();
    CLEANUP(strbuf_donep)
    struct strbuf silences = file("silences-0.33"), nflog = file("nflog-0.33"), other = file("silences-0.25");

    put_file(&d, "silences", strbuf_sv(&silences));
    put_file(&d, "nflog", strbuf_sv(&nflog));
    for (int round = 0; round < 3; round++) {
        struct rig rig = rig_start(d.path);
        FAIL_IF(rig.n != 2, "start %d: %zu records", round, rig.n);
        rig_stop(&rig);
        put_file(&d, "silences", strbuf_sv(&other));
    }
    dir_free(&d);
}
