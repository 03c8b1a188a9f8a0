#include "meter.h"

#define LABELS_PLAIN       ((const char *const[]){"integration", NULL})
#define LABELS_RECEIVER    ((const char *const[]){"integration", "receiver_name", NULL})
#define LABELS_WITH_REASON ((const char *const[]){"integration", "reason", NULL})
#define LABELS_ALL         ((const char *const[]){"integration", "receiver_name", "reason", NULL})

/* The names that upstream knows, and then ours: dashboards expect the series before the first notification.
 */
static const char *const integrations[] = {
    "webhook",    "email",      "pagerduty", "opsgenie", "wechat",  "slack",     "victorops", "pushover",
    "sns",        "telegram",   "discord",   "webex",    "msteams", "msteamsv2", "jira",      "incidentio",
    "rocketchat", "mattermost", "dingtalk",  "wecom",    "feishu",  "log",
};

void meter_init(struct meter *m, struct metrics *registry, bool by_receiver)
{
    static const double latency_buckets[] = {1, 5, 10, 15, 20};
    const char *const *labels = by_receiver ? LABELS_RECEIVER : LABELS_PLAIN;

    m->by_receiver = by_receiver;
    m->notifications = metric_family(registry, METRIC_COUNTER, "alertmanager_notifications_total",
                                     "The total number of attempted notifications.", labels);
    m->failed = metric_family(registry, METRIC_COUNTER, "alertmanager_notifications_failed_total",
                              "The total number of failed notifications.",
                              by_receiver ? LABELS_ALL : LABELS_WITH_REASON);
    m->requests = metric_family(registry, METRIC_COUNTER, "alertmanager_notification_requests_total",
                                "The total number of attempted notification requests.", labels);
    m->requests_failed =
        metric_family(registry, METRIC_COUNTER, "alertmanager_notification_requests_failed_total",
                      "The total number of failed notification requests.", labels);
    m->latency = metric_histogram(registry, "alertmanager_notification_latency_seconds",
                                  "The latency of notifications in seconds.", labels, latency_buckets,
                                  COUNT_OF(latency_buckets));
    m->plain =
        metric_family(registry, METRIC_COUNTER, "tocsin_notifications_plain_total",
                      "Renderings in which a plain text took the place of a template that failed.", labels);
    m->digests = metric_one(registry, METRIC_COUNTER, "tocsin_digests_total",
                            "Messages that told the notifications of several groups.");
    m->digest_groups = metric_one(registry, METRIC_COUNTER, "tocsin_digest_groups_total",
                                  "Notifications that were told by such messages.");
    m->splits = metric_one(registry, METRIC_COUNTER, "tocsin_splits_total",
                           "Notifications that took several messages, mostly too long for one.");
    m->split_messages = metric_one(registry, METRIC_COUNTER, "tocsin_split_messages_total",
                                   "Messages that these notifications took.");
    m->throttled = metric_one(registry, METRIC_COUNTER, "tocsin_throttled_total",
                              "Answers of destinations that asked for patience.");
    m->queue = metric_one(registry, METRIC_GAUGE, "tocsin_notifications_in_flight",
                          "Deliveries that the notifier has taken over and not finished.");
    if (by_receiver)
        return;
    for (size_t i = 0; i < COUNT_OF(integrations); i++) {
        struct meter_series created;
        meter_series(m, integrations[i], NULL, &created);
    }
}

void meter_series(const struct meter *m, const char *integration, const char *receiver,
                  struct meter_series *out)
{
    const char *values[] = {integration, receiver};

    *out = (struct meter_series){
        .notifications = metric_with(m->notifications, values),
        .requests = metric_with(m->requests, values),
        .requests_failed = metric_with(m->requests_failed, values),
        .latency = metric_with(m->latency, values),
        .plain = metric_with(m->plain, values),
    };
    for (int f = FAILURE_NONE + 1; f < FAILURE_COUNT; f++) {
        const char *reason = failure_text((enum failure)f);
        const char *by_name[] = {integration, receiver, reason}, *plain[] = {integration, reason};
        out->failed[f] = metric_with(m->failed, m->by_receiver ? by_name : plain);
    }
}

void meter_split(struct meter *m, unsigned messages)
{
    if (messages < 2)
        return;
    metric_inc(m->splits);
    metric_add(m->split_messages, messages);
}
