#include "collect.h"

#include <stdlib.h>

#include "base/mem.h"

struct collect {
    struct metrics *metrics;
    struct engine_host *host;
    struct metric_family *suppressed;
    struct metric_family *alerts_by_group; /* NULL: alerts are counted over all groups, each once */
    struct metric_family *limited;         /* made when it is first needed, as upstream does */
    bool limited_by_name;
    struct metric *alerts[3], *silences[3];
    struct metric *dispatcher_writes, *inhibitor_writes;
    struct metric *groups, *receivers, *integrations, *inhibition_rules;
    struct metric *ledger_queries, *ledger_misses, *silence_queries, *silences_scanned, *silences_broken;
    struct metric *silence_size, *in_flight, *stored_alerts, *ledger_entries;
    struct metric *owed, *owed_age, *letters, *letters_total;
    struct metric *strings, *string_bytes;
    struct metric *reload_ok, *reload_time, *config_hash;
};

static struct metric *counter(struct collect *c, const char *name, const char *help)
{
    return metric_one(c->metrics, METRIC_COUNTER, name, help);
}

static struct metric *gauge(struct collect *c, const char *name, const char *help)
{
    return metric_one(c->metrics, METRIC_GAUGE, name, help);
}

static struct metric_family *by_state(struct collect *c, const char *name, const char *help)
{
    return metric_family(c->metrics, METRIC_GAUGE, name, help, (const char *const[]){"state", NULL});
}

static struct metric *with(struct metric_family *f, const char *value)
{
    return metric_with(f, (const char *const[]){value});
}

static void make_alert_series(struct collect *c, bool by_group)
{
    static const char name[] = "alertmanager_alerts", help[] = "How many alerts by state.";

    if (by_group) {
        c->alerts_by_group = metric_family(c->metrics, METRIC_GAUGE, name, help,
                                           (const char *const[]){"group_key", "state", NULL});
        return;
    }
    struct metric_family *alerts = by_state(c, name, help);
    c->alerts[0] = with(alerts, "active");
    c->alerts[1] = with(alerts, "suppressed");
    c->alerts[2] = with(alerts, "unprocessed");
}

static void make_engine_series(struct collect *c)
{
    struct metric_family *silences = by_state(c, "alertmanager_silences", "How many silences by state.");
    struct metric_family *writes =
        metric_family(c->metrics, METRIC_COUNTER, "alertmanager_alerts_subscriber_channel_writes_total",
                      "Number of times alerts were written to subscriber channels.",
                      (const char *const[]){"subscriber", NULL});

    c->silences[0] = with(silences, "active");
    c->silences[1] = with(silences, "pending");
    c->silences[2] = with(silences, "expired");
    c->dispatcher_writes = with(writes, "dispatcher");
    c->inhibitor_writes = with(writes, "inhibitor");
    c->suppressed =
        metric_family(c->metrics, METRIC_COUNTER, "alertmanager_notifications_suppressed_total",
                      "The total number of notifications suppressed for being silenced, inhibited, outside "
                      "of active time intervals or within muted time intervals.",
                      (const char *const[]){"reason", NULL});
    c->groups = gauge(c, "alertmanager_dispatcher_aggregation_groups", "Number of active aggregation groups");
    c->ledger_queries =
        counter(c, "alertmanager_nflog_queries_total", "Number of notification log queries received.");
    c->ledger_misses = counter(c, "alertmanager_nflog_query_errors_total",
                               "Number notification log received queries that failed.");
    c->silence_queries =
        counter(c, "alertmanager_silences_queries_total", "How many silence queries were received.");
    c->silences_scanned = counter(c, "alertmanager_silences_query_silences_scanned_total",
                                  "How many silences were scanned during query evaluation.");
    c->silence_size =
        gauge(c, "alertmanager_silences_state_size", "The number of silences in the state map.");
    c->in_flight = gauge(c, "tocsin_deliveries_in_flight", "Notifications on their way or being retried.");
    c->stored_alerts = gauge(c, "tocsin_alerts_stored", "Alerts in memory, resolved ones included.");
    c->ledger_entries = gauge(c, "tocsin_ledger_entries", "Entries of the notification log.");
    c->owed = gauge(c, "tocsin_outbox_entries", "Receivers of groups that could not be told yet.");
    c->owed_age = gauge(c, "tocsin_outbox_oldest_seconds", "For how long that has been so for the oldest.");
    c->letters = gauge(c, "tocsin_dead_letters", "Notifications that were given up and can be replayed.");
    c->letters_total = counter(c, "tocsin_dead_letters_total", "Notifications that were given up.");
    c->strings = gauge(c, "tocsin_interned_strings", "Distinct label names and values in memory.");
    c->string_bytes = gauge(c, "tocsin_interned_bytes", "Memory of distinct label names and values.");
}

/* Series that dashboards ask for and that have nothing to count here: 0, as in an idle Alertmanager. */
static void make_idle_series(struct collect *c)
{
    static const char *const counters[][2] = {
        {"alertmanager_dispatcher_aggregation_group_limit_reached_total",
         "Number of times when dispatcher failed to create new aggregation group due to limit."},
        {"alertmanager_dispatcher_aggregation_group_creation_retries_total",
         "Number of times the creation of an aggregation group was retried."},
        {"alertmanager_dispatcher_aggregation_group_creation_given_up_total",
         "Number of alerts dropped because the creation of a group was given up."},
        {"alertmanager_nflog_gossip_messages_propagated_total",
         "Number of received gossip messages that have been further gossiped."},
        {"alertmanager_silences_gossip_messages_propagated_total",
         "Number of received gossip messages that have been further gossiped."},
        {"alertmanager_nflog_maintenance_total",
         "How many maintenances were executed for the notification log."},
        {"alertmanager_nflog_maintenance_errors_total",
         "How many maintenances were executed for the notification log that failed."},
        {"alertmanager_silences_maintenance_total", "How many maintenances were executed for silences."},
        {"alertmanager_silences_maintenance_errors_total",
         "How many maintenances were executed for silences that failed."},
        {"alertmanager_silences_query_errors_total", "How many silence received queries did not succeed."},
        {"alertmanager_silences_gc_errors_total", "How many silence GC errors were encountered."},
        {"alertmanager_silences_query_silences_skipped_total",
         "How many silences were skipped during query evaluation."},
    };
    static const char *const summaries[][2] = {
        {"alertmanager_dispatcher_alert_processing_duration_seconds",
         "Summary of latencies for the processing of alerts."},
        {"alertmanager_nflog_gc_duration_seconds",
         "Duration of the last notification log garbage collection cycle."},
        {"alertmanager_nflog_snapshot_duration_seconds", "Duration of the last notification log snapshot."},
        {"alertmanager_silences_gc_duration_seconds",
         "Duration of the last silence garbage collection cycle."},
        {"alertmanager_silences_snapshot_duration_seconds", "Duration of the last silence snapshot."},
    };

    for (size_t i = 0; i < COUNT_OF(counters); i++)
        (void)counter(c, counters[i][0], counters[i][1]);
    for (size_t i = 0; i < COUNT_OF(summaries); i++)
        (void)metric_one(c->metrics, METRIC_SUMMARY, summaries[i][0], summaries[i][1]);
    (void)metric_with(metric_histogram(c->metrics, "alertmanager_nflog_query_duration_seconds",
                                       "Duration of notification log query evaluation.", NULL,
                                       METRIC_BUCKETS_DEFAULT),
                      NULL);
    (void)metric_with(metric_histogram(c->metrics, "alertmanager_silences_query_duration_seconds",
                                       "Duration of silence query evaluation.", NULL, METRIC_BUCKETS_DEFAULT),
                      NULL);
    struct metric_family *compile = metric_family(
        c->metrics, METRIC_COUNTER, "alertmanager_silences_matcher_compile_errors_total",
        "How many silence matcher compilation failures occurred.", (const char *const[]){"stage", NULL});
    (void)with(compile, "index");
    c->silences_broken = with(compile, "load_snapshot");
    (void)gauge(c, "alertmanager_silences_matcher_index_size",
                "The number of entries in the matcher cache index.");
    (void)gauge(c, "alertmanager_silences_version_index_size", "The number of entries in the version index.");
    (void)gauge(c, "alertmanager_nflog_snapshot_size_bytes",
                "Size of the last notification log snapshot in bytes.");
    (void)gauge(c, "alertmanager_silences_snapshot_size_bytes",
                "Size of the last silence snapshot in bytes.");
    (void)gauge(c, "alertmanager_cluster_enabled", "Indicates whether the clustering is enabled or not.");
}

static void make_config_series(struct collect *c)
{
    c->receivers = gauge(c, "alertmanager_receivers", "Number of configured receivers.");
    c->integrations = gauge(c, "alertmanager_integrations", "Number of configured integrations.");
    c->inhibition_rules = gauge(c, "alertmanager_inhibition_rules", "Number of configured inhibition rules.");
    c->config_hash =
        gauge(c, "alertmanager_config_hash", "Hash of the currently loaded alertmanager configuration.");
    c->reload_ok = gauge(c, "alertmanager_config_last_reload_successful",
                         "Whether the last configuration reload attempt was successful.");
    c->reload_time = gauge(c, "alertmanager_config_last_reload_success_timestamp_seconds",
                           "Timestamp of the last successful configuration reload.");
}

static void set_suppressed(struct collect *c, const struct engine_stats *st)
{
    static const char *const reason[SUPPRESSED_COUNT] = {
        [SUPPRESSED_SILENCE] = "silence",
        [SUPPRESSED_INHIBITION] = "inhibition",
        [SUPPRESSED_MUTE_TIME] = "mute_time_interval",
        [SUPPRESSED_ACTIVE_TIME] = "active_time_interval",
    };

    for (size_t i = 0; i < SUPPRESSED_COUNT; i++)
        if (st->suppressed[i] != 0) /* upstream shows a reason only after its first use */
            metric_set(with(c->suppressed, reason[i]), (double)st->suppressed[i]);
}

static void set_limited_name(void *ctx, struct sv alertname, uint64_t n)
{
    struct collect *c = ctx;
    char *name = xstrndup(alertname.p, alertname.n);
    metric_set(with(c->limited, name), (double)n);
    free(name);
}

static void set_limited(struct collect *c, const struct engine *e, const struct engine_stats *st)
{
    static const char *const by_name[] = {"alertname", NULL}, *const none[] = {NULL};

    if (st->limited == 0)
        return;
    if (c->limited == NULL)
        c->limited =
            metric_family(c->metrics, METRIC_COUNTER, "alertmanager_alerts_limited_total",
                          "Total number of alerts that were limited.", c->limited_by_name ? by_name : none);
    if (c->limited_by_name)
        engine_limited_names(e, set_limited_name, c);
    else
        metric_set(metric_with(c->limited, none), (double)st->limited);
}

static void set_group(void *ctx, const struct group_states *g)
{
    struct collect *c = ctx;
    char *key = xstrndup(g->group_key.p, g->group_key.n);
    const struct {
        const char *name;
        size_t n;
    } states[] = {{"active", g->active}, {"suppressed", g->suppressed}, {"unprocessed", g->unprocessed}};

    /* Twin routes have groups with one key. */
    for (size_t i = 0; i < COUNT_OF(states); i++)
        metric_add(metric_with(c->alerts_by_group, (const char *const[]){key, states[i].name}),
                   (double)states[i].n);
    free(key);
}

static void set_groups(struct collect *c, const struct engine *e, struct now now)
{
    if (c->alerts_by_group == NULL)
        return;
    metric_family_clear(c->alerts_by_group);
    engine_group_states(e, now, set_group, c);
}

static void set_alerts(struct collect *c, const struct engine_stats *st)
{
    if (c->alerts_by_group != NULL)
        return;
    metric_set(c->alerts[0], (double)st->state_active);
    metric_set(c->alerts[1], (double)st->state_suppressed);
    metric_set(c->alerts[2], (double)st->state_unprocessed);
}

static void collect(void *ctx)
{
    struct collect *c = ctx;
    struct engine_stats st = {0};

    const struct engine *e = engine_host_read_begin(c->host);
    const struct now now = clk_now();
    engine_stats(e, now, &st);
    set_limited(c, e, &st);
    set_groups(c, e, now);
    engine_host_read_end(c->host);
    const struct intern_stats strings = intern_stats();

    const struct {
        struct metric *series;
        double value;
    } values[] = {
        {c->silences[0], (double)st.silences_active},
        {c->silences[1], (double)st.silences_pending},
        {c->silences[2], (double)st.silences_expired},
        {c->silence_size, (double)(st.silences_active + st.silences_pending + st.silences_expired)},
        {c->dispatcher_writes, (double)st.dispatcher_writes},
        {c->inhibitor_writes, (double)st.inhibitor_writes},
        {c->groups, (double)(st.groups + st.groups_closed)},
        {c->receivers, (double)st.receivers},
        {c->integrations, (double)st.integrations},
        {c->inhibition_rules, (double)st.inhibition_rules},
        {c->ledger_queries, (double)st.ledger_queries},
        {c->ledger_misses, (double)st.ledger_query_misses},
        {c->silence_queries, (double)st.silence_queries},
        {c->silences_scanned, (double)st.silence_evaluations},
        {c->silences_broken, (double)st.silences_broken},
        {c->in_flight, (double)st.in_flight},
        {c->stored_alerts, (double)st.alerts},
        {c->ledger_entries, (double)st.ledger_entries},
        {c->owed, (double)st.owed},
        {c->owed_age, st.owed != 0 ? (double)stamp_sub(now.wall, st.owed_since) / (double)NS_PER_S : 0},
        {c->letters, (double)st.dead_letters},
        {c->letters_total, (double)st.dead_letters_total},
        {c->strings, (double)strings.strings},
        {c->string_bytes, (double)strings.bytes},
    };
    for (size_t i = 0; i < COUNT_OF(values); i++)
        metric_set(values[i].series, values[i].value);
    set_suppressed(c, &st);
    set_alerts(c, &st);
}

static struct metric *lock_histogram(struct metrics *m)
{
    static const double buckets[] = {1e-5, 1e-4, 1e-3, 5e-3, .01, .05, .1, .5, 1};
    return metric_with(metric_histogram(m, "tocsin_engine_lock_hold_seconds",
                                        "How long changes held the engine's lock.", NULL, buckets,
                                        COUNT_OF(buckets)),
                       NULL);
}

struct collect *collect_new(struct metrics *m, struct engine_host *host, const struct features *features)
{
    struct collect *c = xcalloc(1, sizeof(*c));

    c->metrics = m;
    c->host = host;
    c->limited_by_name = features->alert_names_in_metrics;
    make_alert_series(c, features->group_key_in_metrics);
    make_engine_series(c);
    make_idle_series(c);
    make_config_series(c);
    engine_host_measure(host, lock_histogram(m));
    metrics_collector(m, collect, c);
    return c;
}

void collect_free(struct collect *c)
{
    free(c);
}

void collect_config(struct collect *c, const struct config *config, struct stamp now)
{
    metric_set(c->reload_ok, config != NULL);
    if (config == NULL)
        return;
    metric_set(c->config_hash, (double)config->hash);
    metric_set(c->reload_time, (double)now.sec);
}
