#include "base/metric.h"

#include <math.h>
#include <pthread.h>

#include "support/test.h"

#define LABELS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define VALUES(...) ((const char *const[]){__VA_ARGS__})

static void check_text(struct metrics *m, const char *want)
{
    struct strbuf out = {0};
    metrics_write(m, NULL, 0, &out);
    CHECK_STR(out.p != NULL ? out.p : "", want);
    strbuf_done(&out);
}

TEST(metric, counters_and_gauges_are_printed_sorted_by_name_and_labels)
{
    struct metrics *m = metrics_new();
    struct metric_family *f =
        metric_family(m, METRIC_COUNTER, "tocsin_requests_total", "Requests.", LABELS("method", "code"));
    metric_add(metric_with(f, VALUES("post", "200")), 3);
    metric_inc(metric_with(f, VALUES("get", "404")));
    metric_inc(metric_with(f, VALUES("get", "200")));
    metric_inc(metric_with(f, VALUES("get", "200")));
    metric_set(metric_one(m, METRIC_GAUGE, "tocsin_alerts", "Alerts."), 0.25);
    CHECK(metric_family(m, METRIC_COUNTER, "tocsin_requests_total", "", NULL) == f);
    check_text(m, "# HELP tocsin_alerts Alerts.\n"
                  "# TYPE tocsin_alerts gauge\n"
                  "tocsin_alerts 0.25\n"
                  "# HELP tocsin_requests_total Requests.\n"
                  "# TYPE tocsin_requests_total counter\n"
                  "tocsin_requests_total{code=\"200\",method=\"get\"} 2\n"
                  "tocsin_requests_total{code=\"200\",method=\"post\"} 3\n"
                  "tocsin_requests_total{code=\"404\",method=\"get\"} 1\n");
    metrics_free(m);
}

TEST(metric, histogram_buckets_are_cumulative_and_include_their_bound)
{
    struct metrics *m = metrics_new();
    static const double bounds[] = {.5, 1, 100};
    struct metric_family *f = metric_histogram(m, "h", "H.", LABELS("a"), bounds, COUNT_OF(bounds));
    struct metric *s = metric_with(f, VALUES("x"));
    metric_observe(s, 0.25);
    metric_observe(s, 0.5);
    metric_observe(s, 7);
    metric_observe(s, 1000);
    CHECK(metric_value(s) == 4);
    check_text(m, "# HELP h H.\n"
                  "# TYPE h histogram\n"
                  "h_bucket{a=\"x\",le=\"0.5\"} 2\n"
                  "h_bucket{a=\"x\",le=\"1\"} 2\n"
                  "h_bucket{a=\"x\",le=\"100\"} 3\n"
                  "h_bucket{a=\"x\",le=\"+Inf\"} 4\n"
                  "h_sum{a=\"x\"} 1007.75\n"
                  "h_count{a=\"x\"} 4\n");
    metrics_free(m);
}

TEST(metric, a_histogram_without_labels_has_only_le)
{
    struct metrics *m = metrics_new();
    metric_observe(metric_with(metric_histogram(m, "h", "", NULL, (const double[]){1}, 1), NULL), 2);
    check_text(m, "# HELP h \n# TYPE h histogram\nh_bucket{le=\"1\"} 0\nh_bucket{le=\"+Inf\"} 1\n"
                  "h_sum 2\nh_count 1\n");
    metrics_free(m);
}

TEST(metric, a_summary_is_its_sum_and_count)
{
    struct metrics *m = metrics_new();
    struct metric *s = metric_one(m, METRIC_SUMMARY, "s_seconds", "S.");
    metric_observe(s, 1.5);
    metric_observe(s, 2);
    check_text(m, "# HELP s_seconds S.\n# TYPE s_seconds summary\ns_seconds_sum 3.5\ns_seconds_count 2\n");
    metrics_free(m);
}

TEST(metric, help_and_label_values_are_escaped_and_valid_utf8)
{
    struct metrics *m = metrics_new();
    struct metric_family *f = metric_family(m, METRIC_GAUGE, "g", "a \"b\"\\\n", LABELS("l"));
    metric_set(metric_with(f, VALUES("q\" b\\ n\n \xFF")), 1);
    check_text(m, "# HELP g a \"b\"\\\\\\n\n# TYPE g gauge\ng{l=\"q\\\" b\\\\ n\\n \uFFFD\"} 1\n");
    metrics_free(m);
}

TEST(metric, a_family_without_series_prints_nothing_and_can_be_cleared)
{
    struct metrics *m = metrics_new();
    struct metric_family *f = metric_family(m, METRIC_GAUGE, "g", "", LABELS("l"));
    check_text(m, "");
    metric_set(metric_with(f, VALUES("a")), 1);
    metric_family_clear(f);
    check_text(m, "");
    metrics_free(m);
}

static void collect_one(void *ctx)
{
    struct metric_family *f = ctx;
    metric_family_clear(f);
    metric_set(metric_with(f, VALUES("now")), 7);
}

TEST(metric, collectors_run_before_a_scrape_and_names_select_families)
{
    struct metrics *m = metrics_new();
    struct metric_family *f = metric_family(m, METRIC_GAUGE, "b", "", LABELS("l"));
    metric_set(metric_with(f, VALUES("old")), 1);
    metric_one(m, METRIC_GAUGE, "a", "");
    metric_one(m, METRIC_GAUGE, "c", "");
    metrics_collector(m, collect_one, f);

    struct strbuf out = {0};
    metrics_write(m, VALUES("c", "b", "unknown"), 3, &out);
    CHECK_STR(out.p, "# HELP b \n# TYPE b gauge\nb{l=\"now\"} 7\n# HELP c \n# TYPE c gauge\nc 0\n");
    strbuf_done(&out);
    metrics_free(m);
}

struct hammer {
    struct metrics *m;
    struct metric *total;
};

static void *hammer(void *arg)
{
    struct hammer *h = arg;
    static const double bounds[] = {1};
    for (int i = 0; i < 2000; i++) {
        metric_inc(h->total);
        struct metric_family *f = metric_histogram(h->m, "h", "", LABELS("n"), bounds, 1);
        metric_observe(metric_with(f, VALUES(i % 2 != 0 ? "odd" : "even")), i % 3);
    }
    return NULL;
}

TEST(metric, threads_lose_no_increment)
{
    struct hammer h = {.m = metrics_new()};
    h.total = metric_one(h.m, METRIC_COUNTER, "t", "");
    pthread_t t[4];
    for (size_t i = 0; i < COUNT_OF(t); i++)
        pthread_create(&t[i], NULL, hammer, &h);
    struct strbuf out = {0};
    for (int i = 0; i < 50; i++)
        metrics_write(h.m, NULL, 0, &out);
    for (size_t i = 0; i < COUNT_OF(t); i++)
        pthread_join(t[i], NULL);
    strbuf_done(&out);
    CHECK(metric_value(h.total) == 8000);
    struct metric_family *f = metric_histogram(h.m, "h", "", LABELS("n"), NULL, 0);
    CHECK(metric_value(metric_with(f, VALUES("odd"))) == 4000);
    metrics_free(h.m);
}
