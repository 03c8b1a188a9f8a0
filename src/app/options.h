/* What the command line says, checked (config.md 1.2 to 1.5). */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/log.h"
#include "base/str.h"
#include "config/cmdline.h"
#include "config/features.h"

#define OPTIONS_MAX_FLAGS 64

struct options {
    const char *config_file, *storage_path;
    dur_ns data_retention, maintenance_interval, history_retention;
    dur_ns outbox_max_age, letter_retention;
    const char *history_max_size;
    long max_silences, max_silence_bytes;
    bool log_silences;
    dur_ns alerts_gc_interval;
    long per_alertname_limit;
    dur_ns dispatch_maintenance_interval, dispatch_start_delay, dispatch_jitter, resolve_skew;
    bool repeat_on_time;
    struct flag_list listen;
    bool systemd_socket;
    const char *web_config_file, *external_url, *route_prefix;
    const char *action_key_file;
    dur_ns action_lifetime;
    long get_concurrency;
    dur_ns web_timeout;
    const char *gomemlimit_ratio;
    const char *cluster_listen, *cluster_advertise, *cluster_peer_name, *cluster_tls_config, *cluster_label;
    struct flag_list cluster_peers;
    dur_ns cluster_peer_timeout, cluster_resolve_timeout, cluster_gossip, cluster_pushpull,
        cluster_tcp_timeout;
    dur_ns cluster_probe_timeout, cluster_probe_interval, cluster_settle, cluster_reconnect,
        cluster_reconnect_timeout;
    bool cluster_insecure_discovery;
    const char *dingtalk_listen;
    const char *enable_feature, *log_level, *log_format;
    bool compat_strict;
    bool given[OPTIONS_MAX_FLAGS]; /* on the command line, by place in the table */
    struct cmdline line;           /* owns the lists */

    /* derived by options_check() */
    int64_t history_max_bytes;
    enum log_level level;
    enum log_format format;
    struct features features;
};

extern const struct command options_program; /* names and flags */

/* Fills *o, which needs options_done() in any case. When help or the version was asked for, that text is in
 * `out` and nothing else is filled. */
bool options_parse(int argc, char *const *argv, struct options *o, struct strbuf *out,
                   struct err *err) NODISCARD;
/* Ranges, levels and feature flags. Needs nothing but the options. */
bool options_check(struct options *o, struct err *err) NODISCARD;
/* One warning for each flag that was given and does nothing here. After log_setup(). */
void options_warn_inert(const struct options *o);
void options_done(struct options *o);

/* Messages get links to act by: somebody has said where this server can be reached. */
bool options_want_links(const struct options *o);
/* The external URL with its trailing slashes removed, and the route prefix ("" or "/am/x"): config.md 1.5.
 * `port` is of the first listener. The caller frees both. */
bool options_urls(const struct options *o, const char *port, char **external_url, char **route_prefix,
                  struct err *err) NODISCARD;
