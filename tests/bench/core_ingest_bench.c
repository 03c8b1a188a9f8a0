/* Alerts into the engine on one core, without JSON: new ones and heartbeats, and what a stored alert weighs.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "core/engine.h"

#define ALERTS 200000
#define BATCH  256
#define LABELS 8
#define NOTES  2

static const char config_text[] = "route:\n"
                                  "  receiver: d\n"
                                  "  group_by: [alertname, cluster]\n"
                                  "  routes:\n"
                                  "    - {matchers: [team=\"infra\"], routes: [{matchers: "
                                  "[severity=\"critical\"]}, {matchers: [severity=~\"w.*\"]}]}\n"
                                  "    - {matchers: [team=\"db\"]}\n"
                                  "    - {matchers: [team=\"web\"]}\n"
                                  "inhibit_rules:\n"
                                  "  - {source_matchers: [severity=\"critical\"], target_matchers: "
                                  "[severity=\"warning\"], equal: [alertname, cluster]}\n"
                                  "  - {source_matchers: [alertname=\"ClusterDown\"], target_matchers: "
                                  "[cluster=~\".+\"], equal: [cluster]}\n"
                                  "receivers: [{name: d}]\n";

struct texts {
    char value[LABELS + NOTES][64];
};

struct batch {
    struct ingest in;
    struct ingest_alert v[BATCH];
    struct label_sv labels[BATCH][LABELS], notes[BATCH][NOTES];
    struct texts text[BATCH];
};

static const char *const names[LABELS + NOTES] = {"alertname", "cluster",  "env",  "instance",    "job",
                                                  "pod",       "severity", "team", "description", "summary"};

static void fill_text(struct texts *t, size_t i)
{
    static const char *const severities[] = {"critical", "warning", "info"};
    static const char *const teams[] = {"infra", "db", "web", "other"};
    size_t k = 0;

    snprintf(t->value[k++], 64, "Alert%zu", i % 50);
    snprintf(t->value[k++], 64, "cluster-%zu", i / 50 % 20);
    snprintf(t->value[k++], 64, "production");
    snprintf(t->value[k++], 64, "10.%zu.%zu.%zu:9100", i >> 16 & 255, i >> 8 & 255, i & 255);
    snprintf(t->value[k++], 64, "node-exporter");
    snprintf(t->value[k++], 64, "pod-%zu", i);
    snprintf(t->value[k++], 64, "%s", severities[i % COUNT_OF(severities)]);
    snprintf(t->value[k++], 64, "%s", teams[i % COUNT_OF(teams)]);
    snprintf(t->value[k++], 64, "disk of pod-%zu is filling up", i);
    snprintf(t->value[k], 64, "disk is filling up");
}

static void fill(struct batch *b, size_t first, struct stamp now)
{
    b->in = (struct ingest){.v = b->v, .n = BATCH};
    for (size_t i = 0; i < BATCH; i++) {
        fill_text(&b->text[i], first + i);
        for (size_t k = 0; k < LABELS + NOTES; k++) {
            struct label_sv *at = k < LABELS ? &b->labels[i][k] : &b->notes[i][k - LABELS];
            *at = (struct label_sv){sv_of(names[k]), sv_of(b->text[i].value[k])};
        }
        b->v[i] = (struct ingest_alert){
            .labels = b->labels[i],
            .n_labels = LABELS,
            .annotations = b->notes[i],
            .n_annotations = NOTES,
            .generator_url = SV("http://prometheus.example.com/graph?g0.expr=up"),
            .starts_at = stamp_add(now, -NS_PER_S),
            .ends_at = stamp_add(now, 240 * NS_PER_S),
        };
    }
}

/* CPU time: other work on the machine does not count. */
struct sums {
    clock_t prepare, engine;
};

static void one_batch(struct engine *e, struct batch *b, struct sums *sums)
{
    struct strbuf errors = {0};
    struct effects fx = {0};

    const struct now now = clk_now();
    const clock_t start = clock();
    ingest_prepare(&b->in, 300 * NS_PER_S, MATCHER_FALLBACK, now.wall, &errors);
    const clock_t prepared = clock();
    engine_lookup(e, &b->in);
    ingest_build(&b->in);
    engine_ingest(e, &b->in, now, &fx);
    ingest_done(&b->in);
    sums->engine += clock() - prepared;
    sums->prepare += prepared - start;
    effects_done(&fx);
    strbuf_done(&errors);
}

static void all_alerts(struct engine *e, struct batch *b, const char *what)
{
    struct sums sums = {0};
    size_t n = 0;

    for (; n < ALERTS; n += BATCH) {
        fill(b, n, clk_now().wall);
        one_batch(e, b, &sums);
    }
    const double engine = (double)sums.engine / CLOCKS_PER_SEC,
                 prepare = (double)sums.prepare / CLOCKS_PER_SEC;
    printf("%-12s %8.0f alerts/s in the engine (%4.0f ns each), %4.0f ns each to prepare\n", what,
           (double)n / engine, engine * 1e9 / (double)n, prepare * 1e9 / (double)n);
}

int main(void)
{
    const struct receiver_schema *const none[] = {NULL};
    const struct config_env env = {.receivers = none};
    struct strbuf errors = {0};
    struct err err;
    struct config *c = config_load(sv_of(config_text), "bench.yml", &env, &errors, &err);
    if (c == NULL) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    struct engine_opts opts = {.retention = 3600 * NS_PER_S};
    struct engine *e = engine_new(&opts, c, clk_now());
    struct batch *b = xcalloc(1, sizeof(*b));

    const size_t before = mallinfo2().uordblks;
    all_alerts(e, b, "new");
    printf("%-12s %8.0f bytes each\n", "stored", (double)(mallinfo2().uordblks - before) / ALERTS);
    all_alerts(e, b, "heartbeats");
    engine_free(e);
    config_unref(c);
    strbuf_done(&errors);
    free(b);
    return 0;
}
