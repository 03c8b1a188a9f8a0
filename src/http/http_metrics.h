/* The server's own series (api.md 4). */
#pragma once

#include <stdatomic.h>
#include <stddef.h>

#include "base/clk.h"
#include "base/metric.h"
#include "method.h"
#include "router.h"

struct http_opts;

/* Clients decode the Go version as a string that must be there; there is no Go in here. */
#define SERVER_GO_VERSION "none"

/* Statuses that the API answers with; others are looked up in the registry each time. */
#define HTTP_STATUS_SLOTS 12

struct http_metrics {
    struct metric *gets_in_flight, *gets_refused;
    struct metric *received_firing, *received_resolved, *invalid;
    struct metric *scrapes, *scrapes_in_flight;
    struct metric_family *duration, *page_size;
    /* Series by endpoint, method and status, as they are found: a look-up by label values per request would
     * cost more than the rest of the measurement. */
    _Atomic(struct metric *) known[ENDPOINT_COUNT][METHOD_COUNT][HTTP_STATUS_SLOTS];
};

void http_metrics_init(struct http_metrics *m, const struct http_opts *opts);

void http_metrics_request(struct http_metrics *m, enum endpoint e, enum http_method method, int status,
                          dur_ns took);
void http_metrics_page_size(struct http_metrics *m, enum endpoint e, enum http_method method, size_t bytes);

/* process_metrics.c: the process_* series, read when scraped. `started_at` is what they say about it. */
void process_metrics_add(struct metrics *registry, struct stamp started_at);
