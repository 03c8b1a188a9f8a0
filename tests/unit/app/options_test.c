#include "app/options.h"

#include <stdlib.h>

#include "support/test.h"

static bool check_two(const char *one, const char *other, struct options *o, struct err *err)
{
    const char *argv[] = {"tocsin", one, other, NULL};
    const int argc = one == NULL ? 1 : other == NULL ? 2 : 3;
    struct strbuf out = {0};

    CHECK(options_parse(argc, (char *const *)(uintptr_t)argv, o, &out, err));
    strbuf_done(&out);
    return options_check(o, err);
}

static bool check(const char *arg, struct options *o, struct err *err)
{
    return check_two(arg, NULL, o, err);
}

/* C-004, C-008 */
TEST(options, defaults_are_upstreams)
{
    struct options o;
    struct err err;

    CHECK(check(NULL, &o, &err));
    CHECK_STR(o.config_file, "alertmanager.yml");
    CHECK_STR(o.storage_path, "data/");
    CHECK_EQ(o.data_retention, 120 * 3600 * NS_PER_S);
    CHECK_EQ(o.alerts_gc_interval, 1800 * NS_PER_S);
    CHECK_EQ(o.level, LOG_INFO);
    CHECK_EQ(o.features.matcher_mode, MATCHER_FALLBACK);
    options_done(&o);
}

/* C-004: as the help shows them */
TEST(options, every_flag_has_the_default_of_upstreams)
{
    static const char *const rows[] = {
        "--config.file=\"alertmanager.yml\"",
        "--storage.path=\"data/\"",
        "--data.retention=120h",
        "--data.maintenance-interval=15m",
        "--silences.max-silences=0",
        "--silences.max-silence-size-bytes=0",
        "--[no-]log.silences",
        "--alerts.gc-interval=30m",
        "--alerts.per-alertname-limit=0",
        "--dispatch.maintenance-interval=30s",
        "--dispatch.start-delay=0s",
        "--[no-]web.systemd-socket",
        "--web.listen-address=:9093 ...",
        "--web.config.file=\"\"",
        "--web.external-url=",
        "--web.route-prefix=",
        "--web.get-concurrency=0",
        "--web.timeout=0",
        "--auto-gomemlimit.ratio=\"0.9\"",
        "--cluster.listen-address=\"0.0.0.0:9094\"",
        "--cluster.advertise-address=",
        "--cluster.peer-name=",
        "--cluster.peer=",
        "--cluster.peer-timeout=15s",
        "--cluster.peers-resolve-timeout=15s",
        "--cluster.gossip-interval=200ms",
        "--cluster.pushpull-interval=1m",
        "--cluster.tcp-timeout=10s",
        "--cluster.probe-timeout=500ms",
        "--cluster.probe-interval=1s",
        "--cluster.settle-timeout=1m",
        "--cluster.reconnect-interval=10s",
        "--cluster.reconnect-timeout=6h",
        "--cluster.tls-config=",
        "--[no-]cluster.allow-insecure-public-advertise-address-discovery",
        "--cluster.label=",
        "--enable-feature=",
        "--log.level=\"info\"",
        "--log.format=\"logfmt\"",
    };
    const char *argv[] = {"tocsin", "--help", NULL};
    CLEANUP(strbuf_donep) struct strbuf help = {0};
    struct options o;
    struct err err;

    CHECK(options_parse(2, (char *const *)(uintptr_t)argv, &o, &help, &err));
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        FAIL_IF(strstr(help.p, rows[i]) == NULL, "not in the help: %s", rows[i]);
    options_done(&o);
}

TEST(options, cluster_flags_are_checked_only_with_clustering)
{
    static const struct {
        const char *name, *one, *other, *want; /* NULL: accepted */
    } rows[] = {
        {"C-006 off", "--cluster.listen-address=", NULL, NULL},
        {"C-007 IPv4 in brackets", "--cluster.advertise-address=[10.0.0.1]:9094", NULL, NULL},
        {"C-010 zero", "--cluster.peer-timeout=0s", NULL, "--cluster.peer-timeout must be positive"},
        {"C-010 negative", "--cluster.reconnect-timeout=-1s", NULL,
         "--cluster.reconnect-timeout must be positive"},
        {"C-010 zero, but off", "--cluster.listen-address=", "--cluster.gossip-interval=0", NULL},
        {"C-010 settling may take no time", "--cluster.settle-timeout=0", NULL, NULL},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct options o;
        struct err err = {0};
        const bool ok = check_two(rows[i].one, rows[i].other, &o, &err);
        FAIL_IF(ok != (rows[i].want == NULL), "%s: %s", rows[i].name, err.text);
        if (!ok)
            CHECK_STR(err.text, rows[i].want);
        options_done(&o);
    }
}

/* C-009, C-011 */
TEST(options, refuses_what_makes_no_sense)
{
    static const struct {
        const char *arg, *text;
    } rows[] = {
        {"--log.level=loud", "unrecognized log level loud"},
        {"--log.format=xml", "unrecognized log format xml"},
        {"--data.retention=0", "--data.retention must be positive"},
        {"--data.maintenance-interval=0", "--data.maintenance-interval must be positive"},
        {"--alerts.gc-interval=0", "--alerts.gc-interval must be positive"},
        {"--config.file=", "--config.file must not be empty"},
        {"--enable-feature=x", "unknown option 'x' for --enable-feature"},
        {"--enable-feature=classic-mode,", "unknown option '' for --enable-feature"},
        {"--enable-feature=classic-mode,utf8-strict-mode",
         "cannot have both classic and UTF-8 modes enabled"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct options o;
        struct err err = {0};
        CHECK(!check(rows[i].arg, &o, &err));
        CHECK_STR(err.text, rows[i].text);
        options_done(&o);
    }
}

TEST(options, features_and_levels_take_effect)
{
    struct options o;
    struct err err;

    CHECK(check("--enable-feature=classic-mode,receiver-name-in-metrics,auto-gomemlimit", &o, &err));
    CHECK_EQ(o.features.matcher_mode, MATCHER_CLASSIC);
    CHECK(o.features.receiver_name_in_metrics);
    options_done(&o);
    CHECK(check("--log.level=DEBUG", &o, &err));
    CHECK_EQ(o.level, LOG_DEBUG);
    options_done(&o);
}

/* config.md 1.5 (C-014, C-015) */
TEST(options, external_url_and_route_prefix)
{
    static const struct {
        const char *url, *prefix, *want_url, *want_prefix; /* want_url NULL: refused */
    } rows[] = {
        {"https://h.example", "", "https://h.example", ""},
        {"https://h.example/", "", "https://h.example", ""},
        {"http://h/alertmanager/", "", "http://h/alertmanager", "/alertmanager"},
        {"http://h/am", "/", "http://h/am", ""},
        {"http://h/am", "x/y/", "http://h/am", "/x/y"},
        {"h.example:8080", "", NULL, NULL},
        {"ftp://h", "", NULL, NULL},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct options o = {.external_url = rows[i].url, .route_prefix = rows[i].prefix};
        char *url = NULL, *prefix = NULL;
        struct err err = {0};
        bool ok = options_urls(&o, "9093", &url, &prefix, &err);
        FAIL_IF(ok != (rows[i].want_url != NULL), "%s: %s", rows[i].url, err.text);
        if (ok) {
            CHECK_STR(url, rows[i].want_url);
            CHECK_STR(prefix, rows[i].want_prefix);
        }
        free(url);
        free(prefix);
    }
}
