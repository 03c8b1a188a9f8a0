#include "options.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "codec/url.h"

#define O(name) offsetof(struct options, name)

static const struct flag table[] = {
    {"config.file", FLAG_STRING, O(config_file), "alertmanager.yml", "Configuration file.", false},
    {"storage.path", FLAG_STRING, O(storage_path), "data/", "Directory of the database.", false},
    {"data.retention", FLAG_DURATION, O(data_retention), "120h",
     "How long expired silences and the notification log are kept.", false},
    {"data.maintenance-interval", FLAG_DURATION, O(maintenance_interval), "15m",
     "How often expired silences and log entries are removed.", false},
    {"silences.max-silences", FLAG_INT, O(max_silences), "0",
     "Most silences to store, expired ones included. 0: no limit.", false},
    {"silences.max-silence-size-bytes", FLAG_INT, O(max_silence_bytes), "0",
     "Largest silence in bytes. 0: no limit.", false},
    {"log.silences", FLAG_BOOL, O(log_silences), NULL, "Log each change of a silence.", false},
    {"alerts.gc-interval", FLAG_DURATION, O(alerts_gc_interval), "30m",
     "How often resolved alerts are removed from memory.", false},
    {"alerts.per-alertname-limit", FLAG_INT, O(per_alertname_limit), "0",
     "Most alerts of one alertname. 0: no limit.", false},
    {"dispatch.maintenance-interval", FLAG_DURATION, O(dispatch_maintenance_interval), "30s",
     "How often empty groups are removed (here they go at once).", true},
    {"dispatch.start-delay", FLAG_DURATION, O(dispatch_start_delay), "0s",
     "No notification is sent before this time after the start.", false},
    {"web.systemd-socket", FLAG_BOOL, O(systemd_socket), NULL, "Use sockets passed by systemd.", false},
    {"web.listen-address", FLAG_LIST, O(listen), ":9093",
     "Address to listen on. May be given more than once.", false},
    {"web.config.file", FLAG_STRING, O(web_config_file), "", "File with TLS and authentication settings.",
     false},
    {"web.external-url", FLAG_STRING, O(external_url), "",
     "URL under which people reach this server; used in links. Default: http://<hostname>:<port>.", false},
    {"web.route-prefix", FLAG_STRING, O(route_prefix), "",
     "Prefix of all paths served. Default: the path of --web.external-url.", false},
    {"web.get-concurrency", FLAG_INT, O(get_concurrency), "0",
     "Most GET requests at a time; below 1: the larger of 8 and the number of CPUs.", false},
    {"web.timeout", FLAG_DURATION, O(web_timeout), "0", "Time limit of a request. 0: none.", false},
    {"auto-gomemlimit.ratio", FLAG_STRING, O(gomemlimit_ratio), "0.9", "Accepted for compatibility.", true},
    {"cluster.listen-address", FLAG_STRING, O(cluster_listen), "0.0.0.0:9094",
     "Accepted for compatibility; this version runs alone.", false},
    {"cluster.advertise-address", FLAG_STRING, O(cluster_advertise), "", "Accepted for compatibility.", true},
    {"cluster.peer-name", FLAG_STRING, O(cluster_peer_name), "", "Accepted for compatibility.", true},
    {"cluster.peer", FLAG_LIST, O(cluster_peers), NULL, "Accepted for compatibility.", true},
    {"cluster.peer-timeout", FLAG_DURATION, O(cluster_peer_timeout), "15s", "Accepted for compatibility.",
     true},
    {"cluster.peers-resolve-timeout", FLAG_DURATION, O(cluster_resolve_timeout), "15s",
     "Accepted for compatibility.", true},
    {"cluster.gossip-interval", FLAG_DURATION, O(cluster_gossip), "200ms", "Accepted for compatibility.",
     true},
    {"cluster.pushpull-interval", FLAG_DURATION, O(cluster_pushpull), "1m", "Accepted for compatibility.",
     true},
    {"cluster.tcp-timeout", FLAG_DURATION, O(cluster_tcp_timeout), "10s", "Accepted for compatibility.",
     true},
    {"cluster.probe-timeout", FLAG_DURATION, O(cluster_probe_timeout), "500ms", "Accepted for compatibility.",
     true},
    {"cluster.probe-interval", FLAG_DURATION, O(cluster_probe_interval), "1s", "Accepted for compatibility.",
     true},
    {"cluster.settle-timeout", FLAG_DURATION, O(cluster_settle), "1m", "Accepted for compatibility.", true},
    {"cluster.reconnect-interval", FLAG_DURATION, O(cluster_reconnect), "10s", "Accepted for compatibility.",
     true},
    {"cluster.reconnect-timeout", FLAG_DURATION, O(cluster_reconnect_timeout), "6h",
     "Accepted for compatibility.", true},
    {"cluster.tls-config", FLAG_STRING, O(cluster_tls_config), "", "Accepted for compatibility.", true},
    {"cluster.allow-insecure-public-advertise-address-discovery", FLAG_BOOL, O(cluster_insecure_discovery),
     NULL, "Accepted for compatibility.", true},
    {"cluster.label", FLAG_STRING, O(cluster_label), "", "Accepted for compatibility.", true},
    {"enable-feature", FLAG_STRING, O(features), "",
     "Comma-separated features: classic-mode, utf8-strict-mode, receiver-name-in-metrics, "
     "alert-names-in-metrics, group-key-in-metrics, auto-gomemlimit, event-recorder.",
     false},
    {"log.level", FLAG_STRING, O(log_level), "info", "debug, info, warn or error.", false},
    {"log.format", FLAG_STRING, O(log_format), "logfmt", "logfmt or json.", false},
    {"compat.strict", FLAG_BOOL, O(compat_strict), NULL,
     "Behave as Alertmanager does also where Tocsin does better by default.", false},
};

enum { N_FLAGS = (int)COUNT_OF(table) };
_Static_assert(COUNT_OF(table) <= OPTIONS_MAX_FLAGS, "options.given is too short");

enum flags_result options_parse(int argc, char *const *argv, struct options *o, struct strbuf *out,
                                struct err *err)
{
    *o = (struct options){0};
    enum flags_result r = flags_parse(table, N_FLAGS, argc, argv, o, o->given, err);
    if (r == FLAGS_HELP)
        flags_help(table, N_FLAGS, "tocsin",
                   "Tocsin routes alerts: what Alertmanager does, with nothing forgotten.", out);
    if (r == FLAGS_VERSION)
        strbuf_addf(out,
                    "alertmanager, version %s (branch: tocsin, revision: %s)\n  build user:       \n"
                    "  build date:       \n  go version:       \n  platform:         linux\n  tags:          "
                    "   tocsin\n",
                    COMPAT_VERSION, TOCSIN_VERSION);
    return r;
}

void options_warn_inert(const struct options *o)
{
    for (size_t i = 0; i < N_FLAGS; i++)
        if (o->given[i] && table[i].inert)
            log_warn("Flag has no effect in this version", "flag", table[i].name);
}

void options_done(struct options *o)
{
    flags_free(table, N_FLAGS, o);
}

static bool check_positive(dur_ns d, const char *name, struct err *err)
{
    return d > 0 || err_set(err, ERR_INVALID, "%s must be positive", name);
}

static bool take_feature(struct options *o, struct sv name, struct err *err)
{
    static const char *const without_effect[] = {"auto-gomemlimit", "auto-gomaxprocs", "event-recorder"};

    if (sv_eq(name, SV("receiver-name-in-metrics")))
        return o->receiver_name_in_metrics = true;
    if (sv_eq(name, SV("alert-names-in-metrics")))
        return o->alert_names_in_metrics = true;
    if (sv_eq(name, SV("group-key-in-metrics")))
        return o->group_key_in_metrics = true;
    if (sv_eq(name, SV("classic-mode")) || sv_eq(name, SV("utf8-strict-mode"))) {
        enum matcher_mode mode = name.p[0] == 'c' ? MATCHER_CLASSIC : MATCHER_UTF8_STRICT;
        if (o->matcher_mode != MATCHER_FALLBACK && o->matcher_mode != mode)
            return err_set(err, ERR_INVALID, "cannot have both classic and UTF-8 modes enabled");
        o->matcher_mode = mode;
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(without_effect); i++)
        if (sv_eq(name, sv_of(without_effect[i])))
            return true;
    return err_set(err, ERR_INVALID, "unknown option '%.*s' for --enable-feature", SV_ARG(name));
}

static bool check_features(struct options *o, struct err *err)
{
    const char *p = o->features;

    while (*p != '\0') {
        size_t n = strcspn(p, ",");
        if (!take_feature(o, (struct sv){p, n}, err))
            return false;
        p += n;
        if (*p == ',' && *++p == '\0')
            return take_feature(o, SV(""), err);
    }
    return true;
}

bool options_check(struct options *o, struct err *err)
{
    char level[8] = {0};

    for (size_t i = 0; i + 1 < sizeof level && o->log_level[i] != '\0'; i++)
        level[i] = (char)(o->log_level[i] | 0x20); /* upstream takes any letter case */
    if (strlen(o->log_level) >= sizeof level || !log_level_parse(level, &o->level))
        return err_set(err, ERR_INVALID, "unrecognized log level %s", o->log_level);
    if (!log_format_parse(o->log_format, &o->format))
        return err_set(err, ERR_INVALID, "unrecognized log format %s", o->log_format);
    if (o->config_file[0] == '\0')
        return err_set(err, ERR_INVALID, "--config.file must not be empty");
    return check_features(o, err) && check_positive(o->data_retention, "--data.retention", err) &&
           check_positive(o->maintenance_interval, "--data.maintenance-interval", err) &&
           check_positive(o->alerts_gc_interval, "--alerts.gc-interval", err) &&
           check_positive(o->dispatch_maintenance_interval, "--dispatch.maintenance-interval", err);
}

static char *default_external_url(const char *port)
{
    char host[256];
    struct strbuf b = {0};

    if (gethostname(host, sizeof host) != 0)
        strcpy(host, "localhost");
    host[sizeof host - 1] = '\0';
    strbuf_addf(&b, "http://%s:%s", host, port);
    return strbuf_take(&b);
}

static char *trim_slashes(const char *s, size_t n)
{
    while (n != 0 && s[n - 1] == '/')
        n--;
    return xstrndup(s, n);
}

static char *make_prefix(struct sv path)
{
    struct strbuf b = {0};

    while (path.n != 0 && path.p[0] == '/') {
        path.p++;
        path.n--;
    }
    while (path.n != 0 && path.p[path.n - 1] == '/')
        path.n--;
    if (path.n != 0)
        strbuf_addc(&b, '/');
    strbuf_addsv(&b, path);
    return strbuf_take(&b);
}

bool options_urls(const struct options *o, const char *port, char **external_url, char **route_prefix,
                  struct err *err)
{
    char *url = o->external_url[0] != '\0' ? trim_slashes(o->external_url, strlen(o->external_url))
                                           : default_external_url(port);
    struct arena mem;
    struct url u;

    arena_init(&mem, 1 << 16);
    bool ok = url_parse(sv_of(url), &mem, &u, err);
    if (ok && !sv_eq(u.scheme, SV("http")) && !sv_eq(u.scheme, SV("https")))
        ok = err_set(err, ERR_INVALID,
                     "\"%s\": invalid \"%.*s\" scheme, only 'http' and 'https' are supported", url,
                     SV_ARG(u.scheme));
    if (ok) {
        *route_prefix = make_prefix(o->route_prefix[0] != '\0' ? sv_of(o->route_prefix) : u.path);
        *external_url = url;
    } else {
        (void)err_wrap(err, "failed to determine external URL");
        free(url);
    }
    arena_done(&mem);
    return ok;
}
