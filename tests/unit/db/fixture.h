/* A database in a directory of its own, and records to put into it. */
#pragma once

#include <errno.h>
#include <ftw.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/intern.h"
#include "base/mem.h"
#include "codec/rfc3339.h"
#include "core/record.h"
#include "db/db.h"
#include "model/alert.h"
#include "model/matcher.h"
#include "support/test.h"

/* ---- directories ---- */

struct dir {
    char path[64];
};

static inline struct dir dir_new(void)
{
    struct dir d = {P_tmpdir "/tocsin-db-test-XXXXXX"};

    FAIL_IF(mkdtemp(d.path) == NULL, "mkdtemp: %s", strerror(errno));
    return d;
}

static inline int dir_unlink(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st, (void)type, (void)walk;
    return remove(path);
}

static inline void dir_free(const struct dir *d)
{
    nftw(d->path, dir_unlink, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- records ---- */

static inline struct stamp at(const char *text)
{
    struct stamp t;
    struct err err;

    FAIL_IF(!stamp_parse_rfc3339(sv_of(text), &t, &err), "%s: %s", text, err.text);
    return t;
}

/* name, value, name, value, ..., NULL; empty values are kept. */
__attribute__((sentinel)) static inline struct labels *label_set(const char *first, ...)
{
    struct label_sv v[32];
    size_t n = 0;
    va_list ap;

    va_start(ap, first);
    for (const char *name = first; name != NULL; name = va_arg(ap, const char *), n++)
        v[n] = (struct label_sv){sv_of(name), sv_of(va_arg(ap, const char *))};
    va_end(ap);
    return labels_new(v, label_sv_normalize(v, n, false));
}

/* Alert number i; `version` tells versions of it apart, by its generator URL. */
static inline struct record alert_record(unsigned i, unsigned version)
{
    char instance[32], url[64];

    snprintf(instance, sizeof(instance), "host-%u:9100", i);
    snprintf(url, sizeof(url), "http://prometheus/%u", version);
    struct labels *ls = label_set("alertname", "DiskFull", "instance", instance, "severity", "page", NULL);
    struct labels *annotations = label_set("summary", "the disk is nearly full", NULL);
    return (struct record){
        .kind = RECORD_ALERT,
        .alert = alert_new(ls, annotations, intern(sv_of(url)), at("2026-11-21T01:02:03Z"),
                           at("2026-11-21T01:07:03Z"), at("2026-11-21T01:02:04.5Z"), true),
    };
}

static inline struct record alert_deletion(unsigned i)
{
    struct record r = alert_record(i, 0);

    r.del = true;
    return r;
}

static inline struct record silence_record(const char *id, const char *comment)
{
    char text[37] = "";
    struct matchers ms = {0};
    struct matcher m;
    struct err err;

    snprintf(text, sizeof(text), "%s", id);
    FAIL_IF(!matcher_init(&m, MATCH_RE, SV("alertname"), SV("Disk.*"), &err), "%s", err.text);
    matchers_push(&ms, m);
    FAIL_IF(!matcher_init(&m, MATCH_NE, SV("severity"), SV("page"), &err), "%s", err.text);
    matchers_push(&ms, m);
    struct silence *s = silence_new(text, &ms, at("2026-11-21T01:00:00Z"), at("2026-11-21T03:00:00Z"),
                                    at("2026-11-21T00:59:59.123456789Z"), SV("ada"), sv_of(comment),
                                    label_set("ticket", "42", "empty", "", NULL));
    matchers_done(&ms);
    return (struct record){.kind = RECORD_SILENCE, .silence = s};
}

static inline struct record ledger_record(const char *key, uint64_t firing)
{
    return (struct record){
        .kind = RECORD_LEDGER,
        .ledger = ledger_entry_new(sv_of(key), at("2026-11-21T01:02:03Z"), at("2026-11-26T01:02:03Z"),
                                   &firing, 1, (const uint64_t[]){0, UINT64_MAX}, 2, &firing, 1),
    };
}

static inline struct record group_record(const char *route_id, const char *label, uint64_t flush_id)
{
    struct group_state *g = group_state_new(route_id, label_set("alertname", label, NULL));

    snprintf(g->uuid, sizeof(g->uuid), "7e57c0de-0000-4000-8000-000000000001");
    g->flush_id = flush_id;
    g->flushed = flush_id != 0;
    g->next_flush = at("2026-11-21T01:05:00.000000001+05:30");
    g->created_at = at("2026-11-21T01:00:00Z");
    return (struct record){.kind = RECORD_GROUP, .group = g};
}

/* ---- a database ---- */

struct rig {
    struct metrics *metrics;
    struct db *db;
    struct stamp last_alive;
    struct record *v; /* what was loaded */
    size_t n, cap;
    struct err err;
};

static inline void rig_collect(void *ctx, struct record *r)
{
    struct rig *rig = ctx;

    rig->v = xgrow(rig->v, &rig->cap, rig->n + 1, sizeof(*rig->v));
    rig->v[rig->n++] = *r;
}

static inline bool rig_try_open(struct rig *rig, const char *dir)
{
    *rig = (struct rig){.metrics = metrics_new()};
    const struct db_opts opts = {.dir = dir, .metrics = rig->metrics};
    rig->db = db_open(&opts, &rig->err);
    if (rig->db != NULL)
        return true;
    metrics_free(rig->metrics);
    return false;
}

/* Opened and loaded, not started. */
static inline struct rig rig_load(const char *dir)
{
    struct rig rig;

    FAIL_IF(!rig_try_open(&rig, dir), "open: %s", rig.err.text);
    FAIL_IF(!db_load(rig.db, rig_collect, &rig, &rig.last_alive, &rig.err), "load: %s", rig.err.text);
    return rig;
}

static inline struct rig rig_start(const char *dir)
{
    struct rig rig = rig_load(dir);

    FAIL_IF(!db_start(rig.db, &rig.err), "start: %s", rig.err.text);
    return rig;
}

static inline void rig_forget(struct rig *rig)
{
    for (size_t i = 0; i < rig->n; i++)
        record_done(&rig->v[i]);
    free(rig->v);
    rig->v = NULL;
    rig->n = rig->cap = 0;
}

static inline void rig_stop(struct rig *rig)
{
    db_close(rig->db);
    metrics_free(rig->metrics);
    rig_forget(rig);
}

/* The value of a gauge or counter without labels. */
static inline double rig_metric(const struct rig *rig, enum metric_kind kind, const char *name)
{
    return metric_value(metric_one(rig->metrics, kind, name, ""));
}

/* ---- writing, and waiting for the answer ---- */

struct waiter {
    pthread_mutex_t mu;
    pthread_cond_t cond;
    size_t answered, ok;
};
#define WAITER_INIT                                                                                          \
    {                                                                                                        \
        .mu = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER                                    \
    }

static inline void waiter_done(struct db_batch *b, bool ok)
{
    struct waiter *w = b->ctx;

    db_batch_free(b);
    pthread_mutex_lock(&w->mu);
    w->answered++;
    w->ok += ok;
    pthread_cond_signal(&w->cond);
    pthread_mutex_unlock(&w->mu);
}

static inline void waiter_wait(struct waiter *w, size_t answers)
{
    pthread_mutex_lock(&w->mu);
    while (w->answered < answers)
        pthread_cond_wait(&w->cond, &w->mu);
    pthread_mutex_unlock(&w->mu);
}

/* Takes over the records' references. */
static inline void rig_send(struct rig *rig, const struct record *v, size_t n, struct waiter *w)
{
    struct record *copy = xmalloc(n * sizeof(*copy));

    memcpy(copy, v, n * sizeof(*copy));
    CHECK(db_write(rig->db, db_batch_new(copy, n, waiter_done, w), true));
}

static inline bool rig_write(struct rig *rig, const struct record *v, size_t n)
{
    struct waiter w = WAITER_INIT;

    rig_send(rig, v, n, &w);
    waiter_wait(&w, 1);
    return w.ok == 1;
}

static inline bool rig_write_synced(struct rig *rig, const struct record *v, size_t n)
{
    struct waiter w = WAITER_INIT;
    struct record *copy = xmalloc(n * sizeof(*copy));

    memcpy(copy, v, n * sizeof(*copy));
    struct db_batch *b = db_batch_new(copy, n, waiter_done, &w);
    b->synced = true;
    CHECK(db_write(rig->db, b, true));
    waiter_wait(&w, 1);
    return w.ok == 1;
}

static inline bool rig_write_one(struct rig *rig, struct record r)
{
    return rig_write(rig, &r, 1);
}

/* ---- looking at what was loaded ---- */

static inline size_t rig_count(const struct rig *rig, enum record_kind kind)
{
    size_t n = 0;

    for (size_t i = 0; i < rig->n; i++)
        n += rig->v[i].kind == kind;
    return n;
}

/* The loaded version of alert_record(i, ...); -1 when there is none, and fails when there are two. */
static inline long rig_alert_version(const struct rig *rig, unsigned i)
{
    struct record want = alert_record(i, 0);
    long version = -1;

    for (size_t k = 0; k < rig->n; k++) {
        if (rig->v[k].kind != RECORD_ALERT || rig->v[k].alert->labels->fp != want.alert->labels->fp)
            continue;
        CHECK(version == -1);
        version = strtol(rig->v[k].alert->generator_url->s + strlen("http://prometheus/"), NULL, 10);
    }
    record_done(&want);
    return version;
}

static inline const struct record *rig_first(const struct rig *rig, enum record_kind kind)
{
    for (size_t i = 0; i < rig->n; i++)
        if (rig->v[i].kind == kind)
            return &rig->v[i];
    FAIL_IF(true, "no record of kind %d", (int)kind);
    return NULL;
}
