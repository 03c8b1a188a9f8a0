/* Metrics: counters, gauges, histograms and summaries in Prometheus' text format 0.0.4.
 *
 * A registry is made once by app and handed down. Families and series are created at start or on first use;
 * adding to a series is one atomic operation, from any thread. Values that are cheaper to compute when asked
 * (lists, sizes) come from collectors, which run in the thread that scrapes.
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM, METRIC_SUMMARY };

struct metrics;       /* the registry */
struct metric_family; /* one name */
struct metric;        /* one series */

struct metrics *metrics_new(void);
void metrics_free(struct metrics *m);

/* `labels` are label names, in the order in which values are given later; NULL ends the list. Asking again
 * for the same name returns the same family. `buckets` only for histograms: upper bounds, ascending. */
struct metric_family *metric_family(struct metrics *m, enum metric_kind kind, const char *name,
                                    const char *help, const char *const *labels);
struct metric_family *metric_histogram(struct metrics *m, const char *name, const char *help,
                                       const char *const *labels, const double *buckets, size_t n_buckets);

/* The series with these label values (as many as the family has labels), created at 0 if new. Values copied.
 * The pointer is valid as long as the registry. metric_one() is for families without labels. */
struct metric *metric_with(struct metric_family *f, const char *const *values);
struct metric *metric_one(struct metrics *m, enum metric_kind kind, const char *name, const char *help);

void metric_inc(struct metric *s);
void metric_add(struct metric *s, double v);
void metric_set(struct metric *s, double v);
void metric_observe(struct metric *s, double v);   /* histograms and summaries */
double metric_value(struct metric *s);             /* counters and gauges; the count of the others */
void metric_family_clear(struct metric_family *f); /* drops all series; earlier pointers are dead */

/* Runs before each scrape, in the scraping thread, and typically calls metric_set(). */
void metrics_collector(struct metrics *m, void (*collect)(void *ctx), void *ctx);

/* The whole text, families sorted by name. `names` (NULL: all) selects families. */
void metrics_write(struct metrics *m, const char *const *names, size_t n_names, struct strbuf *out);

#define METRIC_BUCKETS_DEFAULT ((const double[]){.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}), 11
