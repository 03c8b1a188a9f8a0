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
    {"outbox.max-age", FLAG_DURATION, O(outbox_max_age), "7d",
     "A notification that could not be delivered for so long is given up and kept as a dead letter; 0 means "
     "never. What a receiver refuses is given up after a day.",
     false},
    {"outbox.dead-letter-retention", FLAG_DURATION, O(letter_retention), "30d",
     "How long dead letters are kept, the newest 1000 of them.", false},
    {"history.retention", FLAG_DURATION, O(history_retention), "30d",
     "How long the history of alerts, notifications, mutings and changes is kept. 0s: there is none.", false},
    {"history.max-size", FLAG_STRING, O(history_max_size), "1GB",
     "The oldest history is removed when the database grows larger, as in 512MB. 0: no limit.", false},
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
    {"alerts.resolve-skew", FLAG_DURATION, O(resolve_skew), "0s",
     "An alert whose end is less than this ahead counts as a resolve from a clock that runs fast.", false},
    {"dispatch.repeat-on-time", FLAG_BOOL, O(repeat_on_time), NULL,
     "Repeat at the interval that reaches repeat_interval, not at the one after it.", false},
    {"dispatch.jitter", FLAG_DURATION, O(dispatch_jitter), "0s",
     "Spread the first notifications of groups over this time.", false},
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
    {"web.action-links.key-file", FLAG_STRING, O(action_key_file), "",
     "File with the keys that sign links in messages, one per line; the first one signs. Default: a key of "
     "its own in the storage path.",
     false},
    {"web.action-links.lifetime", FLAG_DURATION, O(action_lifetime), "1d",
     "How long links in messages can be used. 0s: messages have none. Without --web.external-url they have "
     "none, either.",
     false},
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
    {"enable-feature", FLAG_STRING, O(enable_feature), "", FEATURES_HELP, false},
    {"log.level", FLAG_STRING, O(log_level), "info", "debug, info, warn or error.", false},
    {"log.format", FLAG_STRING, O(log_format), "logfmt", "logfmt or json.", false},
    {"compat.dingtalk-listen", FLAG_STRING, O(dingtalk_listen), "",
     "Address, as in :8060, where other Alertmanagers may post their webhooks to "
     "/dingtalk/<receiver>/send and /wecom/<receiver>/send, as to prometheus-webhook-dingtalk.",
     false},
    {"compat.strict", FLAG_BOOL, O(compat_strict), NULL,
     "Behave as Alertmanager does also where Tocsin does better by default.", false},
};

enum { N_FLAGS = (int)COUNT_OF(table) };
_Static_assert(COUNT_OF(table) <= OPTIONS_MAX_FLAGS, "options.given is too short");

const struct command options_program = {
    .name = "tocsin",
    .help =
        "Tocsin routes alerts: what Alertmanager does, with nothing forgotten.\n\n"
        "It takes alerts on Alertmanager's API, groups, silences and inhibits them as its configuration "
        "says, "
        "and tells the receivers. What it knows is kept in one SQLite file below --storage.path.\n\n"
        "SIGHUP, or a POST to /-/reload, reads the configuration again; one that is wrong changes nothing. "
        "SIGTERM ends the server after the requests and deliveries on the wire.",
    .flags = table,
    .n_flags = N_FLAGS,
    .options_size = sizeof(struct options),
};

#define VERSION_TEXT                                                                                         \
    "alertmanager, version " COMPAT_VERSION " (branch: tocsin, revision: " TOCSIN_VERSION ")\n"              \
    "  build user:       \n  build date:       \n  go version:       \n  platform:         linux\n"          \
    "  tags:             tocsin\n"

static void answer(const struct cmdline *line, struct strbuf *out)
{
    switch (line->ask) {
    case ASK_HELP:
    case ASK_HELP_LONG:
        cmdline_help(line, 0, line->ask == ASK_HELP_LONG, out);
        break;
    case ASK_MAN:
        cmdline_man(&options_program, 8, "Tocsin " TOCSIN_VERSION, out);
        break;
    case ASK_VERSION:
        strbuf_adds(out, VERSION_TEXT);
        break;
    case ASK_BASH:
        cmdline_completion(&options_program, SHELL_BASH, out);
        break;
    case ASK_ZSH:
        cmdline_completion(&options_program, SHELL_ZSH, out);
        break;
    case ASK_RUN:
        break;
    }
}

bool options_parse(int argc, char *const *argv, struct options *o, struct strbuf *out, struct err *err)
{
    struct cmdline line;
    bool ok = cmdline_parse(&line, &options_program, argc, argv, err);

    if (ok && line.ask == ASK_RUN)
        ok = cmdline_fill(&line, err);
    else if (ok)
        answer(&line, out);
    *o = *(const struct options *)line.level[0].options;
    memcpy(o->given, line.level[0].given, N_FLAGS * sizeof(o->given[0]));
    o->line = line;
    return ok;
}

void options_warn_inert(const struct options *o)
{
    for (size_t i = 0; i < N_FLAGS; i++)
        if (o->given[i] && table[i].inert)
            log_warn("Flag has no effect in this version", "flag", table[i].name);
}

void options_done(struct options *o)
{
    cmdline_done(&o->line);
}

/* "512MB": B, KB, MB, GB, TB, in powers of 1024 as Prometheus has it. */
static bool parse_size(const char *text, int64_t *bytes)
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB"};
    char *end;
    const double v = strtod(text, &end);

    *bytes = 0;
    if (end == text || !(v >= 0 && v < 1e6))
        return false;
    if (v == 0 && *end == '\0')
        return true;
    for (size_t i = 0; i < COUNT_OF(units); i++)
        if (strcmp(end, units[i]) == 0) {
            *bytes = (int64_t)(v * (double)(INT64_C(1) << (10 * i)));
            return true;
        }
    return false;
}

static bool check_history(struct options *o, struct err *err)
{
    if (o->outbox_max_age < 0 || o->letter_retention < 0)
        return err_set(err, ERR_INVALID,
                       "--outbox.max-age and --outbox.dead-letter-retention must not be "
                       "negative");
    if (o->history_retention < 0)
        return err_set(err, ERR_INVALID, "--history.retention must not be negative");
    if (!parse_size(o->history_max_size, &o->history_max_bytes))
        return err_set(err, ERR_INVALID, "--history.max-size: \"%s\" is not a size as 512MB",
                       o->history_max_size);
    return true;
}

static bool check_links(const struct options *o, struct err *err)
{
    return o->action_lifetime >= 0 ||
           err_set(err, ERR_INVALID, "--web.action-links.lifetime must not be negative");
}

static bool check_positive(dur_ns d, const char *name, struct err *err)
{
    return d > 0 || err_set(err, ERR_INVALID, "%s must be positive", name);
}

/* Only where they would matter upstream: with clustering on (config.md 1.2). */
static bool check_cluster(const struct options *o, struct err *err)
{
    const struct {
        dur_ns d;
        const char *name;
    } positive[] = {
        {o->cluster_peer_timeout, "--cluster.peer-timeout"},
        {o->cluster_resolve_timeout, "--cluster.peers-resolve-timeout"},
        {o->cluster_gossip, "--cluster.gossip-interval"},
        {o->cluster_pushpull, "--cluster.pushpull-interval"},
        {o->cluster_tcp_timeout, "--cluster.tcp-timeout"},
        {o->cluster_probe_timeout, "--cluster.probe-timeout"},
        {o->cluster_probe_interval, "--cluster.probe-interval"},
        {o->cluster_reconnect, "--cluster.reconnect-interval"},
        {o->cluster_reconnect_timeout, "--cluster.reconnect-timeout"},
    };
    for (size_t i = 0; o->cluster_listen[0] != '\0' && i < COUNT_OF(positive); i++)
        if (!check_positive(positive[i].d, positive[i].name, err))
            return false;
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
    return features_parse(o->enable_feature, &o->features, err) &&
           check_positive(o->data_retention, "--data.retention", err) &&
           check_positive(o->maintenance_interval, "--data.maintenance-interval", err) &&
           check_positive(o->alerts_gc_interval, "--alerts.gc-interval", err) &&
           check_positive(o->dispatch_maintenance_interval, "--dispatch.maintenance-interval", err) &&
           check_cluster(o, err) && check_history(o, err) && check_links(o, err);
}

bool options_want_links(const struct options *o)
{
    return o->external_url[0] != '\0' && o->action_lifetime > 0 && !o->compat_strict;
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
