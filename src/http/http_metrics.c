#include "http_metrics.h"

#include <stdio.h>

#include "base/attr.h"
#include "http/server.h"

static const int statuses[HTTP_STATUS_SLOTS] = {200, 204, 301, 400, 404, 405, 406, 410, 413, 415, 422, 503};

static struct metric *labelled(struct metrics *registry, enum metric_kind kind, const char *name,
                               const char *help, const char *const *labels, const char *const *values)
{
    return metric_with(metric_family(registry, kind, name, help, labels), values);
}

static void add_build_info(const struct http_opts *opts)
{
    static const char *const labels[] = {"branch",   "goarch", "goos",    "goversion",
                                         "revision", "tags",   "version", NULL};
#if defined(__x86_64__)
    const char *arch = "amd64";
#elif defined(__aarch64__)
    const char *arch = "arm64";
#else
    const char *arch = "unknown";
#endif
    const char *const values[] = {opts->branch,   arch, "linux",       SERVER_GO_VERSION,
                                  opts->revision, "",   opts->version, NULL};
    metric_set(labelled(opts->metrics, METRIC_GAUGE, "alertmanager_build_info",
                        "A metric with a constant '1' value labeled by version, revision, branch, and "
                        "goversion from which alertmanager was built.",
                        labels, values),
               1);
}

static void add_limiter(struct http_metrics *m, struct metrics *registry)
{
    static const char *const labels[] = {"method", NULL};
    static const char *const get[] = {"get", NULL};
    m->gets_in_flight = labelled(registry, METRIC_GAUGE, "alertmanager_http_requests_in_flight",
                                 "Current number of HTTP requests being processed.", labels, get);
    m->gets_refused =
        labelled(registry, METRIC_COUNTER, "alertmanager_http_concurrency_limit_exceeded_total",
                 "Total number of times an HTTP request failed because the concurrency limit was "
                 "reached.",
                 labels, get);
}

static void add_alerts(struct http_metrics *m, struct metrics *registry)
{
    static const char *const labels[] = {"status", "version", NULL};
    static const char *const name = "alertmanager_alerts_received_total";
    static const char *const help = "The total number of received alerts.";
    m->received_firing =
        labelled(registry, METRIC_COUNTER, name, help, labels, (const char *const[]){"firing", "v2", NULL});
    m->received_resolved =
        labelled(registry, METRIC_COUNTER, name, help, labels, (const char *const[]){"resolved", "v2", NULL});
    m->invalid = labelled(registry, METRIC_COUNTER, "alertmanager_alerts_invalid_total",
                          "The total number of received alerts that were invalid.",
                          (const char *const[]){"version", NULL}, (const char *const[]){"v2", NULL});
}

/* What Prometheus' own handler of /metrics says about itself. */
static void add_scrapes(struct http_metrics *m, struct metrics *registry)
{
    static const char *const labels[] = {"code", NULL};
    static const char *const name = "promhttp_metric_handler_requests_total";
    static const char *const help = "Total number of scrapes by HTTP status code.";
    m->scrapes_in_flight = metric_one(registry, METRIC_GAUGE, "promhttp_metric_handler_requests_in_flight",
                                      "Current number of scrapes being served.");
    m->scrapes = labelled(registry, METRIC_COUNTER, name, help, labels, (const char *const[]){"200", NULL});
    (void)labelled(registry, METRIC_COUNTER, name, help, labels, (const char *const[]){"500", NULL});
    (void)labelled(registry, METRIC_COUNTER, name, help, labels, (const char *const[]){"503", NULL});
}

void http_metrics_init(struct http_metrics *m, const struct http_opts *opts)
{
    static const char *const duration[] = {"code", "handler", "method", NULL};
    static const char *const size[] = {"handler", "method", NULL};
    static const double sizes[] = {1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8};
    add_build_info(opts);
    add_limiter(m, opts->metrics);
    add_alerts(m, opts->metrics);
    add_scrapes(m, opts->metrics);
    m->duration =
        metric_histogram(opts->metrics, "alertmanager_http_request_duration_seconds",
                         "Histogram of latencies for HTTP requests.", duration, METRIC_BUCKETS_DEFAULT);
    m->page_size =
        metric_histogram(opts->metrics, "alertmanager_http_response_size_bytes",
                         "Histogram of response size for HTTP requests.", size, sizes, COUNT_OF(sizes));
}

static struct metric *find_duration(struct http_metrics *m, enum endpoint e, enum http_method method,
                                    int status)
{
    char code[12];
    (void)snprintf(code, sizeof code, "%d", status);
    return metric_with(m->duration,
                       (const char *const[]){code, endpoint_label(e), method_label(method), NULL});
}

void http_metrics_request(struct http_metrics *m, enum endpoint e, enum http_method method, int status,
                          dur_ns took)
{
    const double seconds = (double)took / (double)NS_PER_S;
    size_t slot = 0;
    while (slot < COUNT_OF(statuses) && statuses[slot] != status)
        slot++;
    if (slot == COUNT_OF(statuses)) {
        metric_observe(find_duration(m, e, method, status), seconds);
        return;
    }
    struct metric *series = atomic_load_explicit(&m->known[e][method][slot], memory_order_acquire);
    if (series == NULL) {
        series = find_duration(m, e, method, status);
        atomic_store_explicit(&m->known[e][method][slot], series, memory_order_release);
    }
    metric_observe(series, seconds);
}

void http_metrics_page_size(struct http_metrics *m, enum endpoint e, enum http_method method, size_t bytes)
{
    metric_observe(
        metric_with(m->page_size, (const char *const[]){endpoint_label(e), method_label(method), NULL}),
        (double)bytes);
}
