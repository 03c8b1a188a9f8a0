#include "app/options.h"

#include <stdlib.h>

#include "support/test.h"

static bool check(const char *arg, struct options *o, struct err *err)
{
    const char *argv[] = {"tocsin", arg, NULL};
    struct strbuf out = {0};

    CHECK(options_parse(arg != NULL ? 2 : 1, (char *const *)(uintptr_t)argv, o, &out, err));
    strbuf_done(&out);
    return options_check(o, err);
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

/* C-009, C-011 */
TEST(options, refuses_what_makes_no_sense)
{
    static const struct {
        const char *arg, *text;
    } rows[] = {
        {"--log.level=loud", "unrecognized log level loud"},
        {"--log.format=xml", "unrecognized log format xml"},
        {"--data.retention=0", "--data.retention must be positive"},
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
