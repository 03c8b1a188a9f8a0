/* The notifier's metrics (api.md 4, pipeline.md 5.2). */
#pragma once

#include "base/metric.h"
#include "core/delivery.h"

struct meter {
    struct metric_family *notifications, *failed, *requests, *requests_failed, *latency, *plain;
    struct metric *queue, *digests, *digest_groups, *splits, *split_messages, *throttled;
    bool by_receiver;
};

/* The series of one integration, looked up once. */
struct meter_series {
    struct metric *notifications, *requests, *requests_failed, *latency, *plain;
    struct metric *failed[FAILURE_COUNT]; /* none for FAILURE_NONE */
};

/* Notifications that were told in several messages, too long for one. */
void meter_split(struct meter *m, unsigned messages);

/* Creates the families, and all series of all integration types at 0 unless they carry receiver names. */
void meter_init(struct meter *m, struct metrics *registry, bool by_receiver);
void meter_series(const struct meter *m, const char *integration, const char *receiver,
                  struct meter_series *out);
