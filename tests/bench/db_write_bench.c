/* How many alert records per second become durable, and what folding them costs.
 *
 *   db_write_bench [records [records per batch [distinct alerts [history]]]]
 *
 * `history` 0: none is kept.
 *
 * Uses a directory below the current one, so that it measures that disk.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/intern.h"
#include "base/mem.h"
#include "db/db.h"
#include "model/alert.h"

struct bench {
    struct db *db;
    struct metrics *metrics;
    struct alert **alerts;
    size_t n_alerts;
    bool history;
    pthread_mutex_t mu;
    pthread_cond_t cond;
    size_t answered, failed;
};

/* A usual alert of a node: seven labels, three annotations. */
static struct alert *make_alert(unsigned i)
{
    char instance[48], pod[48];
    struct now now = clk_now();

    snprintf(instance, sizeof(instance), "10.%u.%u.%u:9100", i >> 16, (i >> 8) & 255, i & 255);
    snprintf(pod, sizeof(pod), "node-exporter-%08x", i * 2654435761u);
    struct label_sv labels[] = {
        {SV("alertname"), SV("NodeFilesystemAlmostOutOfSpace")},
        {SV("cluster"), SV("production-eu-west-1")},
        {SV("instance"), sv_of(instance)},
        {SV("job"), SV("node-exporter")},
        {SV("namespace"), SV("monitoring")},
        {SV("pod"), sv_of(pod)},
        {SV("severity"), SV("warning")},
    };
    struct label_sv annotations[] = {
        {SV("description"),
         SV("Filesystem on /dev/vda1 at this instance has only 4.2% available space left.")},
        {SV("runbook_url"), SV("https://runbooks.example.com/node/nodefilesystemalmostoutofspace")},
        {SV("summary"), SV("Filesystem has less than 5% space left.")},
    };
    return alert_new(labels_new(labels, label_sv_normalize(labels, COUNT_OF(labels), true)),
                     labels_new(annotations, label_sv_normalize(annotations, COUNT_OF(annotations), false)),
                     intern(SV("http://prometheus.example.com/graph?g0.expr=node_filesystem_avail_bytes")),
                     now.wall, stamp_add(now.wall, 300 * NS_PER_S), now.wall, true);
}

static void answered(struct db_batch *b, bool ok)
{
    struct bench *bench = b->ctx;

    db_batch_free(b);
    pthread_mutex_lock(&bench->mu);
    bench->answered++;
    bench->failed += !ok;
    pthread_cond_signal(&bench->cond);
    pthread_mutex_unlock(&bench->mu);
}

static struct db_batch *make_batch(struct bench *b, size_t from, size_t n)
{
    struct record *v = xcalloc(n, sizeof(*v));

    for (size_t i = 0; i < n; i++)
        v[i] = (struct record){.kind = RECORD_ALERT,
                               .change = b->history ? EVENT_ALERT_CHANGED : EVENT_NONE,
                               .at = clk_now().wall,
                               .alert = alert_ref(b->alerts[(from + i) % b->n_alerts])};
    return db_batch_new(v, n, answered, b);
}

static void send_all(struct bench *b, size_t records, size_t per_batch)
{
    size_t batches = 0;

    for (size_t at = 0; at < records; at += per_batch, batches++) {
        struct db_batch *batch = make_batch(b, at, per_batch);
        while (!db_write(b->db, batch, false)) {
            pthread_mutex_lock(&b->mu); /* the queue is full: wait for an answer, as a sender would */
            const size_t before = b->answered;
            while (b->answered == before)
                pthread_cond_wait(&b->cond, &b->mu);
            pthread_mutex_unlock(&b->mu);
        }
    }
    pthread_mutex_lock(&b->mu);
    while (b->answered < batches)
        pthread_cond_wait(&b->cond, &b->mu);
    pthread_mutex_unlock(&b->mu);
}

static double value(struct bench *b, enum metric_kind kind, const char *name)
{
    return metric_value(metric_one(b->metrics, kind, name, ""));
}

static double seconds_since(mono_ns start)
{
    return (double)(clk_now().mono - start) / (double)NS_PER_S;
}

static void measure(struct bench *b, size_t records, size_t per_batch)
{
    const mono_ns start = clk_now().mono;
    send_all(b, records, per_batch);
    const double append = seconds_since(start);
    const double commits = value(b, METRIC_COUNTER, "tocsin_db_commits_total");
    printf("append: %zu records in batches of %zu, %.2f s, %.0f records/s, %.0f commits, %.0f records per "
           "commit, "
           "%zu failed\n",
           records, per_batch, append, (double)records / append, commits, (double)records / commits,
           b->failed);

    const double rows = value(b, METRIC_GAUGE, "tocsin_db_journal_rows");
    while (value(b, METRIC_GAUGE, "tocsin_db_journal_rows") >= 8)
        usleep(10000);
    const double fold = seconds_since(start) - append;
    printf("fold: %.0f journal rows in %.2f s; file %.1f MB\n", rows, fold,
           value(b, METRIC_GAUGE, "tocsin_db_file_bytes") / 1e6);
}

static void drop(void *ctx, struct record *r)
{
    (*(size_t *)ctx)++;
    record_done(r);
}

static void remove_files(const char *dir)
{
    static const char *const names[] = {"tocsin.db", "tocsin.db-wal", "tocsin.db-shm", "tocsin.lock"};
    char path[128];

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(dir);
}

int main(int argc, char **argv)
{
    const size_t records = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
    const size_t per_batch = argc > 2 ? strtoul(argv[2], NULL, 10) : 64;
    char dir[] = "db-bench-XXXXXX";
    struct stamp last_alive;
    struct err err;
    size_t loaded = 0;
    struct bench b = {.metrics = metrics_new(),
                      .n_alerts = argc > 3 ? strtoul(argv[3], NULL, 10) : 100000,
                      .history = argc <= 4 || strtoul(argv[4], NULL, 10) != 0,
                      .mu = PTHREAD_MUTEX_INITIALIZER,
                      .cond = PTHREAD_COND_INITIALIZER};

    if (mkdtemp(dir) == NULL || per_batch == 0 || b.n_alerts == 0)
        return 1;
    b.alerts = xcalloc(b.n_alerts, sizeof(struct alert *));
    for (size_t i = 0; i < b.n_alerts; i++)
        b.alerts[i] = make_alert((unsigned)i);
    const struct db_opts opts = {
        .dir = dir, .metrics = b.metrics, .history_retention = b.history ? 3600 * NS_PER_S : 0};
    b.db = db_open(&opts, &err);
    if (b.db == NULL || !db_start(b.db, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    measure(&b, records, per_batch);
    mono_ns start = clk_now().mono;
    db_close(b.db);
    printf("close: %.2f s\n", seconds_since(start));

    start = clk_now().mono;
    b.db = db_open(&opts, &err);
    if (b.db == NULL || !db_load(b.db, drop, &loaded, &last_alive, &err))
        return 1;
    printf("load: %zu alerts in %.2f s\n", loaded, seconds_since(start));
    db_close(b.db);
    remove_files(dir);
    return 0;
}
