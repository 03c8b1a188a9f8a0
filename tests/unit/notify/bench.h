/* A notifier with a server of its own: deliveries go in, requests and outcomes come out. */
#pragma once

#include "fixture.h"
#include "notify/notify.h"
#include "sink.h"

#define ROBOT_OK      "200 OK\r\nContent-Length: 27\r\n\r\n{\"errcode\":0,\"errmsg\":\"ok\"}"
#define ROBOT_REFUSES "200 OK\r\nContent-Length: 38\r\n\r\n{\"errcode\":400105,\"errmsg\":\"message?\"}"

#define ANSWERS(...) ((const char *const[]){__VA_ARGS__, NULL})

struct outcomes {
    pthread_mutex_t mu;
    pthread_cond_t changed;
    struct delivery *v[SINK_REQUESTS];
    size_t n;
};

struct bench {
    struct outcomes out;
    struct sink sink;
    struct metrics *metrics;
    struct notify *notify;
    struct config *config;
};

static inline void on_done(void *ctx, struct delivery *d)
{
    struct outcomes *o = ctx;
    pthread_mutex_lock(&o->mu);
    o->v[o->n++] = d;
    pthread_cond_broadcast(&o->changed);
    pthread_mutex_unlock(&o->mu);
}

/* Every PORT is replaced by that of the sink. */
static inline void put_port(char *out, size_t size, const char *settings, int port)
{
    size_t n = 0;

    for (const char *at; (at = strstr(settings, "PORT")) != NULL; settings = at + 4)
        n += (size_t)snprintf(out + n, size - n, "%.*s%d", (int)(at - settings), settings, port);
    (void)snprintf(out + n, size - n, "%s", settings);
}

static inline void begin_with(struct bench *b, const char *type, const char *settings,
                              const char *const *script, int delay_ms, struct notify_opts opts)
{
    char text[1024];
    struct err err = {0};

    *b = (struct bench){0};
    pthread_mutex_init(&b->out.mu, NULL);
    pthread_cond_init(&b->out.changed, NULL);
    sink_start(&b->sink, script, delay_ms);
    put_port(text, sizeof text, settings, b->sink.port);
    b->config = fixture_receiver(type, text, "");
    b->metrics = metrics_new();
    opts.external_url = EXTERNAL_URL;
    opts.user_agent = "Alertmanager/0.34.0";
    opts.hostname = "host";
    opts.metrics = b->metrics;
    opts.done = on_done;
    opts.ctx = &b->out;
    b->notify = notify_new(&opts, &err);
    FAIL_IF(b->notify == NULL, "%s", err.text);
}

static inline void begin(struct bench *b, const char *settings, const char *const *script, int delay_ms)
{
    begin_with(b, "webhook", settings, script, delay_ms, (struct notify_opts){.log_fd = 1});
}

static inline void submit(struct bench *b, dur_ns deadline)
{
    const struct delivery_alert alerts[] = {HIGH_CPU};
    struct delivery *d = fixture_delivery(b->config, alerts, 1);
    d->deadline = clk_now().mono + deadline;
    notify_submit(b->notify, d);
}

static inline struct delivery *outcome(struct bench *b, size_t i)
{
    pthread_mutex_lock(&b->out.mu);
    while (b->out.n <= i)
        pthread_cond_wait(&b->out.changed, &b->out.mu);
    pthread_mutex_unlock(&b->out.mu);
    return b->out.v[i];
}

static inline void end_stopped(struct bench *b)
{
    sink_stop(&b->sink);
    for (size_t i = 0; i < b->out.n; i++)
        delivery_free(b->out.v[i]);
    config_unref(b->config);
    metrics_free(b->metrics);
    pthread_cond_destroy(&b->out.changed);
    pthread_mutex_destroy(&b->out.mu);
}

static inline void end(struct bench *b)
{
    notify_stop(b->notify, 0);
    notify_free(b->notify);
    end_stopped(b);
}

static inline bool has_metric(struct bench *b, const char *line)
{
    struct strbuf text = {0};
    metrics_write(b->metrics, NULL, 0, &text);
    const bool found = strstr(text.p, line) != NULL;
    strbuf_done(&text);
    return found;
}

/* A group of its own, named by `severity` and a number. */
static inline void submit_group(struct bench *b, int i, const char *severity, bool firing)
{
    char labels[96];
    (void)snprintf(labels, sizeof labels, "alertname=A%d|instance=web-%d|severity=%s", i, i, severity);
    const struct delivery_alert alerts[] = {fixture_alert(labels, "summary=full <disk>", firing)};
    struct delivery *d = fixture_delivery(b->config, alerts, 1);

    (void)snprintf(labels, sizeof labels, "alertname=A%d", i);
    labels_unref(d->group_labels);
    d->group_labels = fixture_labels(labels);
    d->deadline = clk_now().mono + 20 * NS_PER_S;
    notify_submit(b->notify, d);
}

static inline void wait_all_ok(struct bench *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        FAIL_IF(!outcome(b, i)->ok, "%zu: %s", i, outcome(b, i)->error);
}
