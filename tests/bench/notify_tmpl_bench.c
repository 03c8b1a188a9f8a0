/* How long the default Slack text takes for a group of 50 alerts, with its data model, as a delivery renders
 * it. Prints microseconds per rendering; an argument sets the number of rounds. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clk.h"
#include "codec/tmpl.h"
#include "config/config.h"
#include "core/delivery.h"
#include "notify/data.h"
#include "notify/receiver.h"

#define ALERTS 50
#define TEXT   "{{ template \"__text_alert_list\" .Alerts }}"

static struct labels *labels_of(const char *const *pairs, size_t n)
{
    struct label_sv v[8];

    for (size_t i = 0; i < n; i++)
        v[i] = (struct label_sv){sv_of(pairs[2 * i]), sv_of(pairs[2 * i + 1])};
    return labels_new(v, label_sv_normalize(v, n, false));
}

static struct delivery_alert make_alert(int i)
{
    char instance[32], summary[64];
    const struct stamp at = {.sec = 1704164645};

    (void)snprintf(instance, sizeof instance, "web-%d:9100", i);
    (void)snprintf(summary, sizeof summary, "CPU 9%d%% on web-%d", i % 10, i);
    const char *const labels[] = {
        "alertname", "HighCPU", "cluster", "eu-1",     "instance",
        instance,    "job",     "node",    "severity", i % 2 != 0 ? "critical" : "warning"};
    const char *const annotations[] = {"summary", summary, "description",
                                       "load average is high & \"rising\" <now>"};
    struct alert *a =
        alert_new(labels_of(labels, 5), labels_of(annotations, 2),
                  intern(SV("http://prom:9090/graph?g0.expr=up%3D%3D0")), at, STAMP_UNSET, at, false);
    return (struct delivery_alert){a, true};
}

static struct config *load(void)
{
    static const char yaml[] = "route: {receiver: r}\nreceivers: [{name: r, log_configs: [{}]}]\n";
    const struct config_env env = {.receivers = receiver_schemas()};
    struct err err = {0};
    struct config *c = config_load(sv_of(yaml), "bench.yml", &env, NULL, &err);

    if (c == NULL || !config_load_templates(c, &err)) {
        (void)fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    return c;
}

int main(int argc, char **argv)
{
    const int rounds = argc > 1 ? atoi(argv[1]) : 2000;
    struct delivery_alert alerts[ALERTS];
    const char *const group[] = {"alertname", "HighCPU"};
    struct config *c = load();
    struct delivery d = {.config = c,
                         .route = c->root,
                         .receiver = c->receivers[0],
                         .integration = &c->receivers[0]->integrations[0],
                         .group_labels = labels_of(group, 1),
                         .alerts = alerts,
                         .n_alerts = ALERTS,
                         .reason = REASON_FIRST};
    struct arena mem;
    size_t bytes = 0;

    for (int i = 0; i < ALERTS; i++)
        alerts[i] = make_alert(i);
    arena_init(&mem, (size_t)64 << 20);
    const mono_ns start = clk_now().mono;
    for (int i = 0; i < rounds; i++) {
        const struct now now = clk_now();
        struct err err = {0};
        struct sv out;
        const struct notify_data *data = notify_data_new(&d, 0, "http://am.example:9093", now, &mem);
        if (!tmpl_text(c->tmpl, SV(TEXT), notify_data_tval(data), now, NULL, &mem, &out, &err)) {
            (void)fprintf(stderr, "%s\n", err.text);
            return 1;
        }
        bytes = out.n;
        arena_reset(&mem);
    }
    const double us = (double)(clk_now().mono - start) / 1000.0 / (rounds > 0 ? rounds : 1);
    printf("text of %d alerts: %.1f us, %zu bytes\n", ALERTS, us, bytes);
    arena_done(&mem);
    for (int i = 0; i < ALERTS; i++)
        alert_unref(alerts[i].alert);
    labels_unref(d.group_labels);
    config_unref(c);
    return 0;
}
