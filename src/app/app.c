#include "app.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "action_key_file.h"
#include "attempts.h"
#include "base/log.h"
#include "base/mem.h"
#include "codec/digest.h"
#include "collect.h"
#include "config/config.h"
#include "db/db.h"
#include "db/history.h"
#include "engine_host.h"
#include "http/server.h"
#include "loader.h"
#include "notify/notify.h"
#include "notify/receiver.h"
#include "recording.h"
#include "route_labels.h"

/* How long a stop waits for requests, and for deliveries that are on the wire (pipeline.md 9, item 7). */
#define HTTP_DRAIN   (5 * NS_PER_S)
#define NOTIFY_DRAIN (5 * NS_PER_S)

struct app {
    struct options *o;
    char *external_url, *route_prefix;
    struct action_keys action_keys;
    bool links; /* messages have links to act by */
    struct loader *loader;
    struct metrics *metrics;
    struct db *db;
    struct lane_memory *memories; /* of a former process, until the notifier has them */
    size_t n_memories, cap_memories;
    struct history *history;
    struct recording recording;
    struct engine_host *engine;
    struct collect *collect;
    struct notify *notify;
    struct attempts *attempts;
    struct http_server *http;
    struct route_labels *route_labels;
    struct host host;       /* what http sees of us */
    pthread_mutex_t reload; /* one reload at a time */
    bool announced;         /* the start was */
};

/* ---- configuration ---- */

struct new_config {
    const struct config *config;
    const struct actor *by;
};

static void set_config(struct engine *e, struct now now, struct effects *fx, void *arg)
{
    const struct new_config *n = arg;

    fx->by = n->by;
    engine_set_config(e, n->config, now, fx);
}

static bool reload_locked(struct app *a, const struct actor *by, struct strbuf *notes, struct err *err)
{
    struct event_outputs *outputs;

    log_info("Loading configuration file", "file", a->o->config_file);
    const struct config *c = loader_load(a->loader, err);
    if (c != NULL && !recording_prepare(&a->recording, c, &outputs, err)) {
        config_unref(c);
        c = NULL;
    }
    collect_config(a->collect, c, clk_now().wall);
    if (c == NULL) {
        log_error("Loading configuration file failed", "file", a->o->config_file, "err", err->text);
        return false;
    }
    log_info("Completed loading of configuration file", "file", a->o->config_file);
    struct new_config new = {c, by};
    while (engine_host_apply(a->engine, set_config, &new, NULL) == HOST_BUSY)
        usleep(1000);
    recording_apply(&a->recording, c, outputs);
    loader_announce(a->loader, c, a->metrics);
    loader_explain(c, notes);
    config_unref(c);
    return true;
}

static bool reload(void *ctx, const struct actor *by, struct strbuf *notes, struct err *err)
{
    struct app *a = ctx;

    pthread_mutex_lock(&a->reload);
    bool ok = reload_locked(a, by, notes, err);
    pthread_mutex_unlock(&a->reload);
    return ok;
}

/* ---- what http sees ---- */

static const struct engine *read_begin(void *ctx)
{
    return engine_host_read_begin(((struct app *)ctx)->engine);
}

static void read_end(void *ctx)
{
    engine_host_read_end(((struct app *)ctx)->engine);
}

static enum host_result apply(void *ctx, void (*fn)(struct engine *, struct now, struct effects *, void *),
                              void *arg, struct commit_wait *wait)
{
    return engine_host_apply(((struct app *)ctx)->engine, fn, arg, wait);
}

static struct now now(void *ctx)
{
    (void)ctx;
    return clk_now();
}

static size_t route_labels(void *ctx, const struct groups_view *view, const struct group_view *group,
                           struct now now, struct arena *mem, const struct label_sv **out)
{
    return route_labels_of(((struct app *)ctx)->route_labels, view, group, now, mem, out);
}

static void integration_status(void *ctx, const struct receiver *r, const struct integration *i,
                               struct integration_status *out)
{
    attempts_get(((struct app *)ctx)->attempts, r, i, out);
}

static void try_delivery(void *ctx, struct delivery *d)
{
    notify_submit(((struct app *)ctx)->notify, d);
}

static void listen_to_events(void *ctx, struct event_listener *l)
{
    engine_host_listen(((struct app *)ctx)->engine, l);
}

static void unlisten(void *ctx, struct event_listener *l)
{
    engine_host_unlisten(((struct app *)ctx)->engine, l);
}

static const struct config *check_config(void *ctx, struct sv yaml,
                                         void (*report)(void *to, const struct config_finding *f), void *to,
                                         struct err *err)
{
    const struct app *a = ctx;
    const struct config_env env = {.receivers = receiver_schemas(),
                                   .matcher_mode = a->o->features.matcher_mode,
                                   .lint = true,
                                   .report = report,
                                   .ctx = to};

    return config_load(yaml, "posted.yml", &env, NULL, err);
}

static bool history(void *ctx, const struct history_query *q, struct history_page *page, struct err *err)
{
    const struct app *a = ctx;

    *page = (struct history_page){0};
    if (a->history == NULL)
        return err_set(err, ERR_NOT_FOUND, "there is no history: --history.retention is 0");
    if (history_ask(a->history, q, page, err))
        return true;
    log_error("history cannot be read", "err", err->text);
    return err_set(err, ERR_UNAVAILABLE, "the history cannot be read at the moment");
}

/* What the notifier gives back, in its thread. */
static void delivered(void *ctx, struct delivery *d)
{
    struct app *a = ctx;

    attempts_note(a->attempts, d);
    if (d->trial != NULL)
        d->trial->done(d->trial, d);
    else
        engine_host_delivered(a->engine, d);
}

/* ---- start and stop ---- */

static const char *first_port(const struct options *o)
{
    const char *colon = strrchr(o->listen.v[0], ':');
    return colon != NULL && strncmp(o->listen.v[0], "unix:", 5) != 0 ? colon + 1 : "9093";
}

static void add_memory(void *ctx, const struct lane_memory *m)
{
    struct app *a = ctx;

    a->memories = xgrow(a->memories, &a->cap_memories, a->n_memories + 1, sizeof *a->memories);
    a->memories[a->n_memories++] = *m;
}

static void remember_lane(void *ctx, const struct lane_memory *m)
{
    db_write_lane(((struct app *)ctx)->db, m);
}

static bool start_engine(struct app *a, const struct config *c, struct err *err)
{
    const struct options *o = a->o;
    struct engine_opts opts = {
        .retention = o->data_retention,
        .alerts_gc_interval = o->alerts_gc_interval,
        .maintenance_interval = o->maintenance_interval,
        .dispatch_maintenance_interval = o->dispatch_maintenance_interval,
        .start_delay = o->dispatch_start_delay,
        .count_limited_names = o->features.alert_names_in_metrics,
        .resolve_skew = o->resolve_skew,
        .jitter = o->dispatch_jitter,
        .repeat_on_time = o->repeat_on_time,
        .per_alertname_limit = o->per_alertname_limit > 0 ? (size_t)o->per_alertname_limit : 0,
        .max_silences = o->max_silences > 0 ? (size_t)o->max_silences : 0,
        .outbox_max_age = o->outbox_max_age,
        .letter_retention = o->letter_retention,
        .max_silence_bytes = o->max_silence_bytes > 0 ? (size_t)o->max_silence_bytes : 0,
        .compat_strict = o->compat_strict,
    };

    if (!random_bytes(opts.uuid_seed, sizeof opts.uuid_seed))
        return err_set(err, ERR_SYSTEM, "the system has no random numbers");
    a->db = db_open(&(struct db_opts){.dir = o->storage_path,
                                      .metrics = a->metrics,
                                      .data_retention = o->data_retention,
                                      .history_retention = o->history_retention,
                                      .history_max_bytes = o->history_max_bytes},
                    err);
    if (a->db == NULL)
        return false;
    db_load_lanes(a->db, clk_now().wall, add_memory, a);
    if (o->history_retention > 0)
        a->history = history_new(a->db);
    a->engine = engine_host_new(&opts, c, a->db, a->history != NULL, err);
    if (a->engine == NULL)
        return false;
    a->collect = collect_new(a->metrics, a->engine, &o->features);
    collect_config(a->collect, c, clk_now().wall);
    loader_announce(a->loader, c, a->metrics);
    metric_set(metric_one(a->metrics, METRIC_GAUGE, "alertmanager_alerts_per_alert_limit",
                          "Current limit on number of alerts per alert name"),
               (double)opts.per_alertname_limit);
    return true;
}

/* After the database has made its directory. */
static bool start_links(struct app *a, struct err *err)
{
    a->links = options_want_links(a->o);
    return !a->links || action_key_file_read(a->o->action_key_file, a->o->storage_path, &a->action_keys, err);
}

static bool start_notify(struct app *a, struct err *err)
{
    char host[256];

    if (gethostname(host, sizeof host) != 0)
        strcpy(host, "localhost");
    host[sizeof host - 1] = '\0';
    a->attempts = attempts_new();
    a->notify = notify_new(
        &(struct notify_opts){
            .external_url = a->external_url,
            .user_agent = "Alertmanager/" COMPAT_VERSION,
            .hostname = host,
            .action_keys = a->links ? &a->action_keys : NULL,
            .action_lifetime = a->o->action_lifetime,
            .metrics = a->metrics,
            .log_fd = STDOUT_FILENO,
            .receiver_name_in_metrics = a->o->features.receiver_name_in_metrics,
            .compat_strict = a->o->compat_strict,
            .memories = a->memories,
            .n_memories = a->n_memories,
            .remember = remember_lane,
            .done = delivered,
            .ctx = a,
        },
        err);
    return a->notify != NULL;
}

static void lanes(void *ctx, struct arena *mem, struct lanes_view *out)
{
    notify_lanes_view(((struct app *)ctx)->notify, mem, out);
}

static bool start_http(struct app *a, struct err *err)
{
    a->host = (struct host){.ctx = a,
                            .read_begin = read_begin,
                            .read_end = read_end,
                            .apply = apply,
                            .reload = reload,
                            .now = now,
                            .route_labels = route_labels,
                            .integration_status = integration_status,
                            .lanes = lanes,
                            .try_delivery = try_delivery,
                            .listen = listen_to_events,
                            .unlisten = unlisten,
                            .check_config = check_config,
                            .history = history};
    a->route_labels = route_labels_new(a->external_url);
    a->http = http_server_start(
        &(struct http_opts){
            .listen = a->o->listen.v,
            .systemd_socket = a->o->systemd_socket,
            .web_config_file = a->o->web_config_file,
            .route_prefix = a->route_prefix,
            .bridge_listen = a->o->dingtalk_listen[0] != '\0' ? a->o->dingtalk_listen : NULL,
            .action_keys = a->links ? &a->action_keys : NULL,
            .secure_cookies = strncmp(a->external_url, "https:", 6) == 0,
            .host = &a->host,
            .metrics = a->metrics,
            .matcher_mode = a->o->features.matcher_mode,
            .version = COMPAT_VERSION,
            .revision = "tocsin-" TOCSIN_VERSION,
            .branch = "tocsin",
            .build_user = "",
            .build_date = "",
            .cluster_status = "disabled",
            .log_silences = a->o->log_silences,
            .get_concurrency = a->o->get_concurrency > 0 ? (size_t)a->o->get_concurrency : 0,
            .timeout = a->o->web_timeout > 0 ? a->o->web_timeout : 0,
            .started_at = clk_now().wall,
        },
        err);
    return a->http != NULL;
}

/* Before anything else can happen, and before anybody can ask for a reload. */
static bool start_recording(struct app *a, const struct config *c, struct err *err)
{
    if (!recording_init(&a->recording, a->o, a->metrics, a->engine, err) ||
        !recording_start(&a->recording, c, err))
        return false;
    engine_host_note(a->engine, EVENT_STARTUP);
    a->announced = true;
    return true;
}

/* As soon as HTTP answers, somebody may ask for a reload: that waits for the rest of the start. */
static bool start_serving(struct app *a, struct err *err)
{
    pthread_mutex_lock(&a->reload);
    const bool ok = start_http(a, err) && engine_host_start(a->engine, a->notify, err);
    pthread_mutex_unlock(&a->reload);
    return ok;
}

static bool start(struct app *a, struct err *err)
{
    if (!options_urls(a->o, first_port(a->o), &a->external_url, &a->route_prefix, err))
        return false;
    a->loader = loader_new(a->o);
    const struct config *c = loader_load(a->loader, err);
    if (c == NULL)
        return err_wrap(err, "error loading configuration file");
    a->metrics = metrics_new();
    bool ok = start_engine(a, c, err) && start_recording(a, c, err) && start_links(a, err) &&
              start_notify(a, err) && start_serving(a, err);
    config_unref(c);
    return ok;
}

static void stop(struct app *a)
{
    http_server_stop(a->http, HTTP_DRAIN);
    if (a->engine != NULL)
        engine_host_quiesce(a->engine);
    if (a->notify != NULL)
        notify_stop(a->notify, a->o->compat_strict ? 0 : NOTIFY_DRAIN);
    if (a->engine != NULL) {
        engine_host_stop(a->engine);
        if (a->announced)
            engine_host_note(a->engine, EVENT_SHUTDOWN);
        recording_done(&a->recording);
    }
    history_free(a->history);
    db_close(a->db);
    notify_free(a->notify);
    engine_host_free(a->engine);
    metrics_free(a->metrics);
    collect_free(a->collect);
    loader_free(a->loader);
    attempts_free(a->attempts);
    route_labels_free(a->route_labels);
    free(a->memories);
    free(a->external_url);
    free(a->route_prefix);
    pthread_mutex_destroy(&a->reload);
}

/* Signals are taken here and nowhere else: blocked before the first thread starts, so all threads inherit
 * that. */
static sigset_t block_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    return set;
}

static void serve(struct app *a, const sigset_t *set)
{
    static const struct actor hangup = {.agent = "SIGHUP"};

    for (;;) {
        struct err err;
        int sig;

        if (sigwait(set, &sig) != 0)
            continue;
        if (sig != SIGHUP)
            return;
        CLEANUP(strbuf_donep) struct strbuf notes = {0}; /* they are in the log */
        if (!reload(a, &hangup, &notes, &err))
            log_error("configuration reload failed", "err", err.text);
    }
}

int app_run(struct options *o)
{
    struct app a = {.o = o, .reload = PTHREAD_MUTEX_INITIALIZER};
    const sigset_t set = block_signals();
    struct err err;

    log_info("Starting Tocsin", "version", TOCSIN_VERSION, "compatible_with", "alertmanager " COMPAT_VERSION);
    options_warn_inert(o);
    if (o->cluster_listen[0] != '\0' && o->cluster_peers.n != 0)
        log_warn("Clustering is not supported yet: this instance runs alone and will notify on its own");
    bool ok = start(&a, &err);
    if (ok) {
        for (size_t i = 0; http_server_address(a.http, i) != NULL; i++)
            log_info("Listening on", "address", http_server_address(a.http, i));
        serve(&a, &set);
        log_info("Received shutdown signal, exiting gracefully...");
    } else {
        log_error("Tocsin exited with error", "err", err.text);
    }
    stop(&a);
    return ok ? 0 : 1;
}
