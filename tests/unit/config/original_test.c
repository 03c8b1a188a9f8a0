/* config.original: what is printed, and that it can be read again (config.md 13). */
#include <stdio.h>

#include "config/config.h"
#include "support/config_env.h"
#include "support/test.h"

#define GLOBALS                                                                                              \
    "global:\n"                                                                                              \
    "  resolve_timeout: 5m\n"                                                                                \
    "  http_config:\n"                                                                                       \
    "    follow_redirects: true\n"                                                                           \
    "    enable_http2: true\n"                                                                               \
    "  smtp_hello: localhost\n"                                                                              \
    "  smtp_require_tls: true\n"                                                                             \
    "  smtp_tls_config:\n"                                                                                   \
    "    insecure_skip_verify: false\n"                                                                      \
    "  slack_app_url: https://slack.com/api/chat.postMessage\n"                                              \
    "  pagerduty_url: https://events.pagerduty.com/v2/enqueue\n"                                             \
    "  opsgenie_api_url: https://api.opsgenie.com/\n"                                                        \
    "  wechat_api_url: https://qyapi.weixin.qq.com/cgi-bin/\n"                                               \
    "  victorops_api_url: https://alert.victorops.com/integrations/generic/20131114/alert/\n"                \
    "  telegram_api_url: https://api.telegram.org\n"                                                         \
    "  webex_api_url: https://webexapis.com/v1/messages\n"                                                   \
    "  rocketchat_api_url: https://open.rocket.chat/\n"
#define ROUTE                                                                                                \
    "route:\n"                                                                                               \
    "  receiver: a\n"                                                                                        \
    "  continue: false\n"
#define MINIMAL "route: {receiver: a}\nreceivers: [{name: a}]\n"

static struct config *load(const char *text, const char *path)
{
    static const struct config_env env = {.receivers = test_receivers};
    struct err err = {0};
    struct config *c = config_load(sv_of(text), path, &env, NULL, &err);
    FAIL_IF(c == NULL, "refused: %s\n%s", err.text, text);
    return c;
}

static void check_original(const char *name, const char *text, const char *want)
{
    struct config *c = load(text, "/etc/am/am.yml");
    FAIL_IF(strcmp(c->original, want) != 0, "%s: got\n%s\nwant\n%s", name, c->original, want);
    config_unref(c);
}

/* C-036, C-101 */
TEST(original, a_minimal_file_prints_all_defaults)
{
    check_original("minimal", MINIMAL,
                   GLOBALS ROUTE "receivers:\n- name: a\n  labels:\n    name: a\ntemplates: []\n");
}

/* C-022 */
TEST(original, null_discards_a_default)
{
    struct config *c =
        load("global: {smtp_hello: , smtp_require_tls: , slack_app_url: ~, resolve_timeout: ~, "
             "smtp_tls_config: ~}\n" MINIMAL,
             "am.yml");
    const char *want = "global:\n"
                       "  resolve_timeout: 0s\n"
                       "  http_config:\n"
                       "    follow_redirects: true\n"
                       "    enable_http2: true\n"
                       "  smtp_require_tls: false\n"
                       "  pagerduty_url: ";
    FAIL_IF(strncmp(c->original, want, strlen(want)) != 0, "%s", c->original);
    config_unref(c);
}

/* And upstream crashes when a receiver then needs it; here the receiver has the defaults. */
TEST(original, a_null_global_http_config_is_not_printed)
{
    struct config *c = load("global: {http_config: ~}\nroute: {receiver: a}\n"
                            "receivers: [{name: a, webhook_configs: [{url: 'http://h/'}]}]\n",
                            "am.yml");
    const char *want = "global:\n  resolve_timeout: 5m\n  smtp_hello: localhost\n";
    FAIL_IF(strncmp(c->original, want, strlen(want)) != 0, "%s", c->original);
    FAIL_IF(!c->receivers[0]->integrations[0].settings->http_config->follow_redirects, "not the defaults");
    config_unref(c);
}

/* The file with one receiver of the given body. */
static void check_receiver(const char *name, const char *body, const char *want)
{
    struct strbuf text = {0}, all = {0};
    strbuf_addf(&text, "route: {receiver: a}\nreceivers:\n- name: a\n%s", body);
    strbuf_addf(&all, "%s%sreceivers:\n- name: a\n%stemplates: []\n", GLOBALS, ROUTE, want);
    check_original(name, text.p, all.p);
    strbuf_done(&text);
    strbuf_done(&all);
}

/* C-104 */
TEST(original, receivers_show_what_they_inherit_and_hide_secrets)
{
    check_receiver("webhook", "  webhook_configs: [{url: 'http://u:p@h/', timeout: 90s}]\n",
                   "  labels:\n    name: a\n"
                   "  webhook_configs:\n"
                   "  - send_resolved: true\n"
                   "    http_config:\n"
                   "      follow_redirects: true\n"
                   "      enable_http2: true\n"
                   "    url: <secret>\n"
                   "    url_file: \"\"\n"
                   "    max_alerts: 0\n"
                   "    timeout: 1m30s\n");
    check_receiver("http_config",
                   "  webhook_configs:\n"
                   "  - url_file: f\n"
                   "    http_config:\n"
                   "      bearer_token: t\n"
                   "      proxy_url: http://u:p@h:1/\n"
                   "      proxy_connect_header: {A: [x, y]}\n"
                   "      http_headers: {X-B: {values: [v], secrets: [s], files: [f]}, X-A: {}}\n"
                   "      tls_config: {key_file: k, cert: c, ca_file: ../ca}\n",
                   "  labels:\n    name: a\n"
                   "  webhook_configs:\n"
                   "  - send_resolved: true\n"
                   "    http_config:\n"
                   "      authorization:\n"
                   "        type: Bearer\n"
                   "        credentials: <secret>\n"
                   "      tls_config:\n"
                   "        cert: c\n"
                   "        ca_file: /etc/ca\n"
                   "        key_file: /etc/am/k\n"
                   "        insecure_skip_verify: false\n"
                   "      follow_redirects: true\n"
                   "      enable_http2: true\n"
                   "      proxy_url: http://u:xxxxx@h:1/\n"
                   "      proxy_connect_header:\n"
                   "        A:\n"
                   "        - <secret>\n"
                   "        - <secret>\n"
                   "      http_headers:\n"
                   "        X-A: {}\n"
                   "        X-B:\n"
                   "          values:\n"
                   "          - v\n"
                   "          secrets:\n"
                   "          - <secret>\n"
                   "          files:\n"
                   "          - /etc/am/f\n"
                   "    url_file: f\n"
                   "    max_alerts: 0\n"
                   "    timeout: 0s\n");
    check_receiver("ours", "  robot_configs: [{webhook_url: <secret>}]\n",
                   "  labels:\n    name: a\n"
                   "  robot_configs:\n"
                   "  - send_resolved: true\n"
                   "    http_config:\n"
                   "      follow_redirects: true\n"
                   "      enable_http2: true\n"
                   "    webhook_url: <secret>\n");
}

/* C-085 */
TEST(original, values_keep_their_meaning)
{
    check_receiver("payload",
                   "  webhook_configs:\n"
                   "  - url: http://h/\n"
                   "    payload: {b: 0x10, a: [yes, 'yes', 1.50, ~, 2001-01-02, \"{{ .x }}\"], c: {}}\n",
                   "  labels:\n    name: a\n"
                   "  webhook_configs:\n"
                   "  - send_resolved: true\n"
                   "    http_config:\n"
                   "      follow_redirects: true\n"
                   "      enable_http2: true\n"
                   "    url: <secret>\n"
                   "    url_file: \"\"\n"
                   "    max_alerts: 0\n"
                   "    timeout: 0s\n"
                   "    payload:\n"
                   "      a:\n"
                   "      - true\n"
                   "      - \"yes\"\n"
                   "      - 1.5\n"
                   "      - null\n"
                   "      - \"2001-01-02\"\n"
                   "      - '{{ .x }}'\n"
                   "      b: 16\n"
                   "      c: {}\n");
}

/* C-102 */
TEST(original, scalars_are_quoted_as_yaml_v2_does)
{
    static const struct {
        const char *in, *out; /* a flow scalar; what stands behind "x: " */
    } rows[] = {
        {"plain words", "plain words"},
        {"'yes'", "\"yes\""},
        {"'~'", "\"~\""},
        {"''", "\"\""},
        {"'123'", "\"123\""},
        {"'0x1f'", "\"0x1f\""},
        {"'1.5'", "\"1.5\""},
        {"'09:00'", "\"09:00\""},
        {"'1:30'", "\"1:30\""},
        {"'1:3x'", "1:3x"},
        {"2001-01-02", "\"2001-01-02\""},
        {"'a: b'", "'a: b'"},
        {"'a:'", "'a:'"},
        {"'a #b'", "'a #b'"},
        {"a#b", "a#b"},
        {"'- a'", "'- a'"},
        {"'-'", "'-'"},
        {"-a", "-a"},
        {"' a'", "' a'"},
        {"'a '", "'a '"},
        {"\"a\\nb\"", "|-\n      a\n      b"},
        {"\"a\\n\"", "|\n      a"},
        {"\"a\\n\\n\"", "|+\n      a\n"},
        {"\"\\na\"", "|2-\n\n      a"},
        {"\"a\\tb\"", "\"a\\tb\""},
        {"\"a\\ab\"", "\"a\\ab\""},
        {"\"\\U0001F642\"", "\"\\U0001F642\""},
        {"é", "é"},
        {"\"it's\"", "it's"},
        {"\"'it\"", "'''it'"},
        {"'\"x\"'", "'\"x\"'"},
        {"'[a]'", "'[a]'"},
        {"'{{ .x }}'", "'{{ .x }}'"},
        {"'@x'", "'@x'"},
        {"'%x'", "'%x'"},
        {"'...'", "'...'"},
        {"'--- a'", "'--- a'"},
        {"<<", "<<"},
        {"aaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbb cccccccccccccccccccc dddddddddddddddd eeee ffff",
         "aaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbb cccccccccccccccccccc dddddddddddddddd\n      eeee ffff"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf body = {0}, want = {0};
        strbuf_addf(&body, "  labels: {x: %s}\n", rows[i].in);
        strbuf_addf(&want, "  labels:\n    name: a\n    x: %s\n", rows[i].out);
        check_receiver(rows[i].in, body.p, want.p);
        strbuf_done(&body);
        strbuf_done(&want);
    }
}

TEST(original, map_keys_are_sorted_as_people_would)
{
    check_receiver("keys", "  labels: {a10: x, a2: x, a02: x, Z: x, _u: x, é: x, '1': x, a1: x, 'yes': x}\n",
                   "  labels:\n"
                   "    _u: x\n"
                   "    \"1\": x\n"
                   "    Z: x\n"
                   "    a1: x\n"
                   "    a2: x\n"
                   "    a02: x\n"
                   "    a10: x\n"
                   "    name: a\n"
                   "    \"yes\": x\n"
                   "    é: x\n");
}

#define ROUTES                                                                                               \
    "route:\n"                                                                                               \
    "  receiver: a\n"                                                                                        \
    "  group_by: [b, a]\n"                                                                                   \
    "  group_wait: 0s\n"                                                                                     \
    "  repeat_interval: 366d\n"                                                                              \
    "  routes:\n"                                                                                            \
    "  - match: {y: z, b: true}\n"                                                                           \
    "    match_re: {z: a.*}\n"                                                                               \
    "    matchers: ['c=~\"d|e\"', a=b, 'f!=\"g\\nh\"', '\"x y\"=\"z\"']\n"                                   \
    "    mute_time_intervals: [t]\n"                                                                         \
    "    continue: true\n"                                                                                   \
    "    labels: {team: '{{ .x }}'}\n"                                                                       \
    "  - group_by: ['...']\n"                                                                                \
    "    group_interval: 90m\n"                                                                              \
    "inhibit_rules:\n"                                                                                       \
    "- {}\n"                                                                                                 \
    "- {equal: [y, x, y], source_match: {a: b}, target_matchers: [c=d], name: n}\n"                          \
    "receivers: [{name: a}]\n"                                                                               \
    "templates: [a.tmpl, ../b/*.tmpl, ./c//d, /e]\n"                                                         \
    "mute_time_intervals:\n"                                                                                 \
    "- name: m\n"                                                                                            \
    "time_intervals:\n"                                                                                      \
    "- name: t\n"                                                                                            \
    "  time_intervals:\n"                                                                                    \
    "  - times: [{start_time: 09:00, end_time: '24:00'}]\n"                                                  \
    "    weekdays: [Monday:friday, sunday]\n"                                                                \
    "    days_of_month: [1:5, '-1', '31:31']\n"                                                              \
    "    months: [january:march, '5']\n"                                                                     \
    "    years: [2020:2022, 2030]\n"                                                                         \
    "    location: Europe/Berlin\n"                                                                          \
    "  - {}\n"

TEST(original, routes_show_only_what_was_written)
{
    check_original("routes", ROUTES,
                   GLOBALS "route:\n"
                           "  receiver: a\n"
                           "  group_by:\n"
                           "  - b\n"
                           "  - a\n"
                           "  continue: false\n"
                           "  routes:\n"
                           "  - match:\n"
                           "      b: \"true\"\n"
                           "      \"y\": z\n"
                           "    match_re:\n"
                           "      z: a.*\n"
                           "    matchers:\n"
                           "    - a=\"b\"\n"
                           "    - c=~\"d|e\"\n"
                           "    - f!=\"g\\nh\"\n"
                           "    - '\"x y\"=\"z\"'\n"
                           "    mute_time_intervals:\n"
                           "    - t\n"
                           "    continue: true\n"
                           "    labels:\n"
                           "      team: '{{ .x }}'\n"
                           "  - group_by:\n"
                           "    - '...'\n"
                           "    continue: false\n"
                           "    group_interval: 1h30m\n"
                           "  group_wait: 0s\n"
                           "  repeat_interval: 366d\n"
                           "inhibit_rules:\n"
                           "- {}\n"
                           "- name: \"n\"\n"
                           "  source_match:\n"
                           "    a: b\n"
                           "  target_matchers:\n"
                           "  - c=\"d\"\n"
                           "  equal:\n"
                           "  - \"y\"\n"
                           "  - x\n"
                           "  - \"y\"\n"
                           "receivers:\n"
                           "- name: a\n"
                           "  labels:\n"
                           "    name: a\n"
                           "templates:\n"
                           "- /etc/am/a.tmpl\n"
                           "- /etc/b/*.tmpl\n"
                           "- /etc/am/c/d\n"
                           "- /e\n"
                           "mute_time_intervals:\n"
                           "- name: m\n"
                           "  time_intervals: []\n"
                           "time_intervals:\n"
                           "- name: t\n"
                           "  time_intervals:\n"
                           "  - times:\n"
                           "    - start_time: \"09:00\"\n"
                           "      end_time: \"24:00\"\n"
                           "    weekdays: ['monday:friday', sunday]\n"
                           "    days_of_month: [\"1:5\", \"-1\", \"31\"]\n"
                           "    months: [\"1:3\", \"5\"]\n"
                           "    years: ['2020:2022', \"2030\"]\n"
                           "    location: Europe/Berlin\n"
                           "  - {}\n");
}

TEST(original, fallbacks_are_printed_where_they_were_written)
{
    struct config *c = load("route: {receiver: a, fallback: {receiver: b}}\n"
                            "receivers: [{name: a, fallback: {receiver: b, after: 90s}}, {name: b}]\n",
                            "/etc/am/am.yml");
    CHECK(strstr(c->original, "  fallback:\n    receiver: b\n    after: 10m\n") != NULL);
    CHECK(strstr(c->original, "- name: a\n  labels:\n    name: a\n  fallback:\n    receiver: b\n"
                              "    after: 1m30s\n") != NULL);
    config_unref(c);
}

/* C-103 */
TEST(original, secrets_of_every_block_are_hidden)
{
    struct config *c =
        load("global:\n"
             "  smtp_auth_password: S3CRET\n"
             "  slack_api_url: http://h/S3CRET\n"
             "  wechat_api_secret: S3CRET\n"
             "  http_config:\n"
             "    oauth2: {client_id: i, client_secret: S3CRET, token_url: u}\n"
             "    http_headers: {X: {secrets: [S3CRET]}}\n"
             "    tls_config: {cert: c, key: S3CRET}\n"
             "tracing: {endpoint: e, headers: {X: {secrets: [S3CRET]}}}\n"
             "event_recorder:\n"
             "  webhook_outputs: [{url: 'http://h/S3CRET', http_config: {bearer_token: S3CRET}}]\n"
             "route: {receiver: a}\n"
             "receivers:\n"
             "- name: a\n"
             "  webhook_configs: [{url: 'http://h/S3CRET'}]\n"
             "  robot_configs: [{webhook_url: 'http://h/S3CRET', secret: S3CRET}]\n",
             "am.yml");
    FAIL_IF(strstr(c->original, "S3CRET") != NULL, "%s", c->original);
    config_unref(c);
}

TEST(original, reads_back_as_itself)
{
    static const char *const texts[] = {
        MINIMAL,
        ROUTES,
        "global: {smtp_smarthost: '[::1]:25', smtp_from: \"a\\nb\", slack_api_url: 'http://h/', http_config: "
        "{basic_auth: {username: u, password: p}}}\n"
        "route: {receiver: a, routes: [{match_re: {a: ''}}]}\n"
        "receivers:\n"
        "- name: a\n"
        "  email_configs: [{to: x, headers: {X-A: '{{ .x }}'}, tls_config: {ca_file: ca}}]\n"
        "  webhook_configs: [{url: 'http://{{ .x }}/', payload: [1, {a: b}]}, {url_file: f}]\n"
        "  robot_configs: [{webhook_url: 'http://h/', secret: s}]\n"
        "tracing: {endpoint: e, sampling_fraction: 0.25}\n"
        "event_recorder: {file_outputs: [{path: p}], webhook_outputs: [{url: 'http://h/'}], stdout_outputs: "
        "[{}]}\n",
        "global: {dingtalk_api_url: 'http://h/', smtp_force_implicit_tls: false}\n" MINIMAL,
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct config *first = load(texts[i], "/etc/am/am.yml");
        struct config *second = load(first->original, "/somewhere/else.yml");
        CHECK_STR(second->original, first->original);
        config_unref(first);
        config_unref(second);
    }
}
