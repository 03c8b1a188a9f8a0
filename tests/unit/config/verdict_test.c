/* What is accepted and what is refused, with upstream's words (config.md 2 to 12). */
#include "config/config.h"

#include <stdio.h>

#include "support/config_env.h"
#include "support/test.h"

#define OK   NULL
#define RECV "receivers: [{name: a}, {name: b}]\n"
#define ROOT "route: {receiver: a}\n"
#define REST ROOT RECV
/* a child of the root, in flow style; global; one integration of receiver a */
#define CHILD(body)   "route: {receiver: a, routes: [{" body "}]}\n" RECV
#define GLOBAL(body)  "global:\n  " body "\n" REST
#define WEBHOOK(body) ROOT "receivers:\n- name: a\n  webhook_configs:\n  - " body "\n"
#define EMAIL(body)   ROOT "receivers:\n- name: a\n  email_configs:\n  - " body "\n"
#define HTTP(body)    WEBHOOK("url: http://h/\n    http_config:\n      " body)
#define INHIBIT(body) "inhibit_rules: [{" body "}]\n" REST
#define TIMES(body)   "time_intervals: [{name: t, time_intervals: [{" body "}]}]\n" REST
#define SCHEMA(text)  "yaml: unmarshal errors:\n  " text

struct row {
    const char *name, *text, *want; /* OK or the error */
};

static void check_in_mode(const struct row *r, enum matcher_mode mode)
{
    const struct config_env env = {.receivers = test_receivers, .matcher_mode = mode};
    CLEANUP(strbuf_donep) struct strbuf errors = {0};
    struct err err = {0};
    struct config *c = config_load(sv_of(r->text), "am.yml", &env, &errors, &err);
    const char *got = c != NULL ? "accepted" : err.text;
    const char *want = r->want != NULL ? r->want : "accepted";
    FAIL_IF(strcmp(got, want) != 0, "%s: got \"%s\", want \"%s\"", r->name, got, want);
    FAIL_IF((c == NULL) != (errors.n != 0), "%s: the list of errors is \"%s\"", r->name,
            errors.n != 0 ? errors.p : "");
    config_unref(c);
}

static void check_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        check_in_mode(&rows[i], MATCHER_FALLBACK);
}
#define CHECK_ROWS(rows) check_rows((rows), COUNT_OF(rows))

/* C-018, C-019, C-020, C-021, C-022, C-023, C-024, C-025, C-026, C-027 */
TEST(verdict, the_file_as_yaml)
{
    static const struct row rows[] = {
        {"minimal", REST, OK},
        {"empty", "", "no route provided in config"},
        {"blank", " \n\n", "no route provided in config"},
        {"only comments", "# a\n", "no route provided in config"},
        {"null document", "---\n~\n", "no route provided in config"},
        {"a string", "hello", SCHEMA("line 1: cannot unmarshal !!str `hello` into config.plain")},
        {"a list", "- a", SCHEMA("line 1: cannot unmarshal !!seq into config.plain")},
        {"second document ignored", REST "---\n}{", OK},
        {"byte order mark", "\xef\xbb\xbf" REST, OK},
        {"CRLF", "route: {receiver: a}\r\nreceivers: [{name: a}]\r\n", OK},
        {"tab", "route:\n\treceiver: a\n", "yaml: line 2: found character that cannot start any token"},
        {"invalid UTF-8", "route: \xff\n", "yaml: invalid leading UTF-8 octet"},
        {"unknown top level key", "foo: 1\n" REST,
         SCHEMA("line 1: field foo not found in type config.plain")},
        {"x- keys are unknown too", "x-a: &a {}\n" REST,
         SCHEMA("line 1: field x-a not found in type config.plain")},
        {"all schema errors are collected", "foo: 1\nroute: {receiver: a, bar: 2}\n" RECV,
         SCHEMA("line 1: field foo not found in type config.plain\n  line 2: field bar not found in type "
                "config.plain")},
        {"duplicate struct key", "route: {receiver: a, receiver: b}\n" RECV,
         SCHEMA("line 1: field receiver already set in type config.plain")},
        {"duplicate map key", CHILD("match: {x: 1, x: 2}"), SCHEMA("line 1: key \"x\" already set in map")},
        {"semantic error wins over schema errors", "foo: 1\nroute: {receiver: a, group_wait: x}\n" RECV,
         "not a valid duration string: \"x\""},
        {"schema errors win over cross checks", "foo: 1\nroute: {receiver: nobody}\n" RECV,
         SCHEMA("line 1: field foo not found in type config.plain")},
        {"schema errors inside a block hide its own check",
         "route: {receiver: a, routes: [{group_interval: 0s, foo: 1}]}\n" RECV,
         SCHEMA("line 1: field foo not found in type config.plain")},
        {"scalar for a list", "templates: x\n" REST,
         SCHEMA("line 1: cannot unmarshal !!str `x` into []string")},
        {"scalar for group_by", "route: {receiver: a, group_by: alertname}\n" RECV,
         SCHEMA("line 1: cannot unmarshal !!str `alertname` into []string")},
        {"long values are cut", "templates: alertname_and_more\n" REST,
         SCHEMA("line 1: cannot unmarshal !!str `alertna...` into []string")},
        {"map for a string", "route: {receiver: {a: b}}\n" RECV,
         SCHEMA("line 1: cannot unmarshal !!map into string")},
        {"scalars are strings", "route: {receiver: 1}\nreceivers: [{name: 1}]\n", OK},
        {"booleans are strings where strings are due", CHILD("match: {a: true, b: 1.50}"), OK},
        {"YAML 1.1 booleans", CHILD("continue: On"), OK},
        {"yes", CHILD("continue: yes"), OK},
        {"n", CHILD("continue: n"), OK},
        {"quoted boolean", CHILD("continue: 'yes'"),
         SCHEMA("line 1: cannot unmarshal !!str `yes` into bool")},
        {"number for boolean", CHILD("continue: 1"), SCHEMA("line 1: cannot unmarshal !!int `1` into bool")},
        {"anchor and alias", "route: &r {receiver: a, routes: [&c {receiver: b}, *c]}\n" RECV, OK},
        {"merge", "route: {receiver: a, routes: [&c {receiver: b}, {<<: *c, continue: true}]}\n" RECV, OK},
        {"late merge overrides",
         "route: {receiver: a, routes: [&c {receiver: b}, {receiver: nobody, <<: *c}]}\n" RECV, OK},
        {"merged key repeated in a map", CHILD("match: {<<: {x: 1}, x: 2}"),
         SCHEMA("line 1: key \"x\" already set in map")},
        {"unknown anchor", "route: *y\n", "yaml: unknown anchor 'y' referenced"},
        {"recursive anchor", "route: &r {receiver: a, routes: [*r]}\n" RECV,
         "yaml: anchor 'r' value contains itself"},
        {"NUL in a string", "route: {receiver: \"a\\0b\"}\n" RECV, "the character NUL is not allowed"},
        {"global null", "global:\n" REST, OK},
        {"global.http_config null", GLOBAL("http_config:"), OK},
    };
    CHECK_ROWS(rows);
}

/* C-028, C-030, C-031, C-032, C-033 */
TEST(verdict, scalars)
{
    static const struct row rows[] = {
        {"0", GLOBAL("resolve_timeout: 0"), OK},
        {"descending units", GLOBAL("resolve_timeout: 2y3w4d5h6m7s8ms"), OK},
        {"null duration", GLOBAL("resolve_timeout: ~"), OK},
        {"number without unit", GLOBAL("resolve_timeout: 30"), "not a valid duration string: \"30\""},
        {"wrong order", GLOBAL("resolve_timeout: 1m1h"), "not a valid duration string: \"1m1h\""},
        {"fraction", GLOBAL("resolve_timeout: 1.5h"), "unknown unit \".\" in duration \"1.5h\""},
        {"empty", GLOBAL("resolve_timeout: ''"), "empty duration string"},
        {"out of range", GLOBAL("resolve_timeout: 300y"), "duration out of range"},
        {"list for duration", GLOBAL("resolve_timeout: [5m]"),
         SCHEMA("line 2: cannot unmarshal !!seq into string")},
        {"go duration", WEBHOOK("{url: 'http://h/', timeout: 1.5h}"), OK},
        {"nanoseconds", WEBHOOK("{url: 'http://h/', timeout: 10}"), OK},
        {"go duration has no days", WEBHOOK("{url: 'http://h/', timeout: 1d}"),
         SCHEMA("line 5: cannot unmarshal !!str `1d` into time.Duration")},
        {"max_alerts", WEBHOOK("{url: 'http://h/', max_alerts: 0x10}"), OK},
        {"integral float", WEBHOOK("{url: 'http://h/', max_alerts: 1.0}"), OK},
        {"quoted number", WEBHOOK("{url: 'http://h/', max_alerts: '1'}"),
         SCHEMA("line 5: cannot unmarshal !!str `1` into uint64")},
        {"negative", WEBHOOK("{url: 'http://h/', max_alerts: -1}"),
         SCHEMA("line 5: cannot unmarshal !!int `-1` into uint64")},
        {"url scheme", GLOBAL("opsgenie_api_url: ftp://h/"), "unsupported scheme \"ftp\" for URL"},
        {"url without scheme", GLOBAL("opsgenie_api_url: h/x"), "unsupported scheme \"\" for URL"},
        {"url without host", GLOBAL("opsgenie_api_url: 'http:///x'"), "missing host for URL"},
        {"url empty", GLOBAL("opsgenie_api_url: ''"), "unsupported scheme \"\" for URL"},
        {"url with a blank", GLOBAL("opsgenie_api_url: 'http://a b/x'"),
         "parse \"http://a b/x\": invalid character \" \" in host name"},
        {"url port", GLOBAL("opsgenie_api_url: 'http://a:b/x'"),
         "parse \"http://a:b/x\": invalid port \":b\" after host"},
        {"url null", GLOBAL("slack_app_url: ~"), OK},
        {"secret url masked", GLOBAL("slack_api_url: <secret>"), OK},
        {"plain url masked", GLOBAL("opsgenie_api_url: <secret>"), "unsupported scheme \"\" for URL"},
        {"template url", WEBHOOK("url: 'http://h/{{ .GroupKey }}'"), OK},
        {"template url, builtin functions", WEBHOOK("url: '{{ print \"x\" | urlquery }}'"), OK},
        /* */
        {"template url, our functions are unknown", WEBHOOK("url: 'http://h/{{ .A | toUpper }}'"),
         "invalid template syntax: template: :1: function \"toUpper\" not defined"},
        {"template url, unclosed", WEBHOOK("url: 'http://h/{{ .x'"),
         "invalid template syntax: template: :1: unclosed action"},
        {"url without template", WEBHOOK("url: h"), "invalid URL: unsupported scheme \"\" for URL"},
        {"url masked", WEBHOOK("url: <secret>"), OK},
        {"smarthost", GLOBAL("smtp_smarthost: h:25"), OK},
        {"smarthost v6", GLOBAL("smtp_smarthost: '[::1]:25'"), OK},
        {"smarthost without host", GLOBAL("smtp_smarthost: ':25'"), OK},
        {"smarthost empty", GLOBAL("smtp_smarthost: ''"), OK},
        {"smarthost named port", GLOBAL("smtp_smarthost: h:smtp"), OK},
        {"smarthost without port", GLOBAL("smtp_smarthost: localhost"),
         "address localhost: missing port in address"},
        {"smarthost empty port", GLOBAL("smtp_smarthost: 'localhost:'"),
         "address \"localhost:\": port cannot be empty"},
        {"smarthost colons", GLOBAL("smtp_smarthost: a:b:c"), "address a:b:c: too many colons in address"},
    };
    CHECK_ROWS(rows);
}

/* C-037, C-038 */
TEST(verdict, global)
{
    static const struct row rows[] = {
        {"tri-state", GLOBAL("smtp_force_implicit_tls: false"), OK},
        {"opsgenie", GLOBAL("opsgenie_api_key: a\n  opsgenie_api_key_file: b"),
         "at most one of opsgenie_api_key & opsgenie_api_key_file must be configured"},
        {"victorops", GLOBAL("victorops_api_key: a\n  victorops_api_key_file: b"),
         "at most one of victorops_api_key & victorops_api_key_file must be configured"},
        {"telegram", GLOBAL("telegram_bot_token: a\n  telegram_bot_token_file: b"),
         "at most one of telegram_bot_token & telegram_bot_token_file must be configured"},
        {"smtp password", GLOBAL("smtp_auth_password: a\n  smtp_auth_password_file: b"),
         "at most one of smtp_auth_password & smtp_auth_password_file must be configured"},
        {"smtp secret", GLOBAL("smtp_auth_secret: a\n  smtp_auth_secret_file: b"),
         "at most one of smtp_auth_secret & smtp_auth_secret_file must be configured"},
        {"rocketchat token", GLOBAL("rocketchat_token: a\n  rocketchat_token_file: b"),
         "at most one of rocketchat_token & rocketchat_token_file must be configured"},
        {"rocketchat token id", GLOBAL("rocketchat_token_id: a\n  rocketchat_token_id_file: b"),
         "at most one of rocketchat_token_id & rocketchat_token_id_file must be configured"},
        {"wechat", GLOBAL("wechat_api_secret: a\n  wechat_api_secret_file: b"),
         "at most one of wechat_api_secret & wechat_api_secret_file must be configured"},
        {"mattermost", GLOBAL("mattermost_webhook_url: http://h/\n  mattermost_webhook_url_file: b"),
         "at most one of mattermost_webhook_url & mattermost_webhook_url_file must be configured"},
        {"slack url", GLOBAL("slack_api_url: http://h/\n  slack_api_url_file: b"),
         "at most one of slack_api_url & slack_api_url_file must be configured"},
        {"slack token", GLOBAL("slack_app_token: a\n  slack_app_token_file: b"),
         "at most one of slack_app_token & slack_app_token_file must be configured"},
        {"slack token and url", GLOBAL("slack_app_token: a\n  slack_api_url: http://h/"),
         "at most one of slack_app_token/slack_app_token_file & slack_api_url/slack_api_url_file must be "
         "configured"},
        {"slack token and url file", GLOBAL("slack_app_token: a\n  slack_api_url_file: b"),
         "at most one of slack_app_token/slack_app_token_file & slack_api_url/slack_api_url_file must be "
         "configured"},
        {"slack token and the app url",
         GLOBAL("slack_app_token: a\n  slack_api_url: https://slack.com/api/chat.postMessage"), OK},
        {"an empty secret is not set", GLOBAL("opsgenie_api_key: ''\n  opsgenie_api_key_file: b"), OK},
        {"slack pair before opsgenie's",
         GLOBAL("opsgenie_api_key: a\n  opsgenie_api_key_file: b\n  slack_app_token: a\n  "
                "slack_app_token_file: b"),
         "at most one of slack_app_token & slack_app_token_file must be configured"},
    };
    CHECK_ROWS(rows);
}

/* P-107: the root has no intervals; C-039, C-040, C-041, C-042, C-044, C-045, C-049, C-050, C-059 */
TEST(verdict, routes)
{
    static const struct row rows[] = {
        {"no route", RECV, "no routes provided"},
        {"null route", "route:\n" RECV, "no routes provided"},
        {"root without receiver", "route: {}\n" RECV, "root route must specify a default receiver"},
        {"root with match", "route: {receiver: a, match: {x: y}}\n" RECV,
         "root route must not have any matchers"},
        {"root with match_re", "route: {receiver: a, match_re: {x: y}}\n" RECV,
         "root route must not have any matchers"},
        {"root with matchers", "route: {receiver: a, matchers: [x=y]}\n" RECV,
         "root route must not have any matchers"},
        {"root with empty matchers", "route: {receiver: a, matchers: []}\n" RECV, OK},
        {"root with matchers of nothing", "route: {receiver: a, matchers: ['{}']}\n" RECV, OK},
        {"root muted", "route: {receiver: a, mute_time_intervals: [t]}\n" RECV,
         "root route must not have any mute time intervals"},
        {"root active", "route: {receiver: a, active_time_intervals: [t]}\n" RECV,
         "root route must not have any active time intervals"},
        {"root continue", "route: {receiver: a, continue: true}\n" RECV,
         "cannot have continue in root route"},
        {"root continue comes last",
         "route: {receiver: a, continue: true, routes: [{mute_time_intervals: [t]}]}\n" RECV,
         "undefined time interval \"t\" used in route"},
        {"undefined receiver", CHILD("receiver: x"), "undefined receiver \"x\" used in route"},
        {"children first", "route: {receiver: x, routes: [{receiver: y}]}\n" RECV,
         "undefined receiver \"y\" used in route"},
        {"duplicate receiver", ROOT "receivers: [{name: a}, {name: a}]\n",
         "notification config name \"a\" is not unique"},
        {"receivers before the route", "receivers: [{name: a}, {name: a}]\n",
         "notification config name \"a\" is not unique"},
        {"undefined interval", CHILD("active_time_intervals: [x]"),
         "undefined time interval \"x\" used in route"},
        {"match key", CHILD("match: {a-b: c}"), "invalid label name \"a-b\""},
        {"match_re key", CHILD("match_re: {a-b: c}"), "invalid label name \"a-b\""},
        {"match_re null", CHILD("match_re: {a: ~}"), "invalid regexp value for \"a\""},
        {"match_re bad", CHILD("match_re: {a: '['}"), "error parsing regexp: missing closing ]: `[)$`"},
        {"match_re is wrapped before it is compiled", CHILD("match_re: {a: 'a)|(b'}"), OK},
        {"match_re look-ahead", CHILD("match_re: {a: '(?=x)'}"),
         "error parsing regexp: invalid or unsupported Perl syntax: `(?=`"},
        {"matchers", CHILD("matchers: [a=b, 'c!=\"d\"', 'e=~f|g', 'h!~\"i\"']"), OK},
        {"matchers bad", CHILD("matchers: [a]"), "bad matcher format: a"},
        {"matchers bad regexp", CHILD("matchers: ['a=~\"[\"']"),
         "error parsing regexp: missing closing ]: `[)$`"},
        {"route labels", CHILD("labels: {a: '{{', b: c}"), OK},
        {"route label empty name", CHILD("labels: {'': c}"), "\"\" is not a valid label name"},
        {"group_by", CHILD("group_by: [a, b]"), OK},
        {"group_by any UTF-8", CHILD("group_by: ['a b', é]"), OK},
        {"group_by empty name", CHILD("group_by: ['']"), "invalid label name \"\" in group_by list"},
        {"group_by all and names", CHILD("group_by: ['...', a]"),
         "cannot have wildcard group_by (`...`) and other labels at the same time"},
        {"group_by all twice", CHILD("group_by: ['...', '...']"), OK},
        {"group_by twice", CHILD("group_by: [a, b, a]"), "duplicated label \"a\" in group_by"},
        {"group_wait zero", CHILD("group_wait: 0s"), OK},
        {"group_interval zero", CHILD("group_interval: 0s"), "group_interval cannot be zero"},
        {"repeat_interval zero", CHILD("repeat_interval: 0s"), "repeat_interval cannot be zero"},
        {"null child", "route: {receiver: a, routes: [~]}\n" RECV, "missing route"},
        {"routes is a map", "route: {receiver: a, routes: {}}\n" RECV,
         SCHEMA("line 1: cannot unmarshal !!map into []config.plain")},
    };
    CHECK_ROWS(rows);
}

/* C-055 */
TEST(verdict, inhibition_rules)
{
    static const struct row rows[] = {
        {"empty rule", INHIBIT(""), OK},
        {"all keys",
         INHIBIT(
             "name: n, source_match: {a: b}, source_match_re: {a: b}, source_matchers: [a=b], target_match: "
             "{a: b}, target_match_re: {a: b}, target_matchers: [a=b], equal: [x, x, '...']"),
         OK},
        {"sources is unknown", INHIBIT("sources: []"),
         SCHEMA("line 1: field sources not found in type common.plain")},
        {"equal", INHIBIT("equal: ['']"), "invalid label name \"\" in equal list"},
        {"source_match", INHIBIT("source_match: {0x: b}"), "invalid label name \"0x\""},
        {"target_match_re", INHIBIT("target_match_re: {a: ~}"), "invalid regexp value for \"a\""},
        {"source_match_re", INHIBIT("source_match_re: {a: '('}"),
         "error parsing regexp: missing closing ): `^(?:()$`"},
        {"target_matchers", INHIBIT("target_matchers: ['a=\"']"),
         "matcher value contains unescaped double quote: \""},
    };
    CHECK_ROWS(rows);
}

/* C-058, C-113 */
TEST(verdict, time_intervals)
{
    static const struct row rows[] = {
        {"everything",
         TIMES("times: [{start_time: 09:00, end_time: '24:00'}], weekdays: ['monday:FRIDAY'], days_of_month: "
               "[1:5, '-1'], months: [january, '3:5'], years: [2020, '2020:2022'], location: Europe/Berlin"),
         OK},
        {"nothing", TIMES(""), OK},
        {"empty lists", TIMES("times: [], weekdays: []"), OK},
        {"null lists", TIMES("times: , weekdays: ~"), OK},
        {"short time", TIMES("times: [{start_time: '9:00', end_time: '10:00'}]"),
         "couldn't parse timestamp 9:00, invalid format"},
        {"one end", TIMES("times: [{start_time: '09:00'}]"), "both start and end times must be provided"},
        {"backwards", TIMES("times: [{start_time: '22:00', end_time: '06:00'}]"),
         "start time cannot be equal or greater than end time"},
        {"weekday", TIMES("weekdays: [mon]"), "mon is not a valid weekday"},
        {"weekdays backwards", TIMES("weekdays: ['saturday:sunday']"), "start day cannot be before end day"},
        {"day 0", TIMES("days_of_month: ['0']"), "0 is not a valid day of the month: out of range"},
        {"month", TIMES("months: [jan]"), "jan is not a valid month"},
        {"years backwards", TIMES("years: ['2022:2020']"), "end year 2020 is before start year 2022"},
        {"range", TIMES("years: ['a:b:c']"), "couldn't parse range a:b:c, invalid format"},
        {"location", TIMES("location: Mars/Olympus"), "unknown time zone Mars/Olympus"},
        {"location path", TIMES("location: ../x"), "time: invalid location name"},
        {"weekdays not a list", TIMES("weekdays: monday"),
         SCHEMA("line 1: cannot unmarshal !!str `monday` into []timeinterval.WeekdayRange")},
        {"unknown key", TIMES("days: [monday]"),
         SCHEMA("line 1: field days not found in type timeinterval.TimeInterval")},
        {"unnamed", "time_intervals: [{time_intervals: []}]\n" REST, "missing name in time interval"},
        {"unnamed mute", "mute_time_intervals: [{time_intervals: []}]\n" REST,
         "missing name in mute time interval"},
        {"twice", "time_intervals: [{name: t}, {name: t}]\n" REST, "time interval \"t\" is not unique"},
        {"mute twice", "mute_time_intervals: [{name: t}, {name: t}]\n" REST,
         "mute time interval \"t\" is not unique"},
        {"in both", "time_intervals: [{name: t}]\nmute_time_intervals: [{name: t}]\n" REST,
         "time interval \"t\" is not unique"},
        {"used",
         "time_intervals: [{name: t}]\nmute_time_intervals: [{name: m}]\n" CHILD(
             "active_time_intervals: [t], mute_time_intervals: [m, t]"),
         OK},
    };
    CHECK_ROWS(rows);
}

/* C-067, C-068, C-069, C-070, C-071 */
TEST(verdict, http_config)
{
    static const struct row rows[] = {
        {"defaults", HTTP("{}"), OK},
        {"null", HTTP(""), OK},
        {"both bearer forms", HTTP("{bearer_token: a, bearer_token_file: b}"),
         "at most one of bearer_token & bearer_token_file must be configured"},
        {"bearer and basic", HTTP("{bearer_token: a, basic_auth: {username: u}}"),
         "at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured"},
        {"usernames", HTTP("{basic_auth: {username: u, username_file: f}}"),
         "at most one of basic_auth username, username_file & username_ref must be configured"},
        {"passwords", HTTP("{basic_auth: {password: u, password_file: f}}"),
         "at most one of basic_auth password, password_file & password_ref must be configured"},
        {"authorization and bearer", HTTP("{authorization: {credentials: a}, bearer_token: b}"),
         "authorization is not compatible with bearer_token & bearer_token_file"},
        {"credentials", HTTP("{authorization: {credentials: a, credentials_file: b}}"),
         "at most one of authorization credentials & credentials_file must be configured"},
        {"type basic", HTTP("{authorization: {type: ' BASIC ', credentials: a}}"),
         "authorization type cannot be set to \"basic\", use \"basic_auth\" instead"},
        {"basic and authorization", HTTP("{basic_auth: {username: u}, authorization: {credentials: a}}"),
         "at most one of basic_auth, oauth2 & authorization must be configured"},
        {"oauth2 without id", HTTP("{oauth2: {token_url: 'http://h/'}}"),
         "oauth2 client_id must be configured"},
        {"oauth2 without url", HTTP("{oauth2: {client_id: a}}"), "oauth2 token_url must be configured"},
        {"oauth2 secrets",
         HTTP("{oauth2: {client_id: a, token_url: u, client_secret: s, client_secret_file: f}}"),
         "at most one of oauth2 client_secret, client_secret_file & client_secret_ref must be configured "
         "using grant-type=client_credentials"},
        {"oauth2 algorithm",
         HTTP("{oauth2: {client_id: a, token_url: u, grant_type: "
              "'urn:ietf:params:oauth:grant-type:jwt-bearer', signature_algorithm: x}}"),
         "valid signature algorithms are RS256, RS384 and RS512"},
        {"oauth2",
         HTTP("{oauth2: {client_id: a, token_url: u, client_secret: s, scopes: [x], endpoint_params: {a: "
              "b}}}"),
         OK},
        {"secret refs", HTTP("{basic_auth: {username: u, password_ref: r}}"),
         "cannot use secret ref without manager"},
        {"connect header", HTTP("{proxy_connect_header: {a: [b]}}"),
         "if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be "
         "configured"},
        {"environment and url", HTTP("{proxy_from_environment: true, proxy_url: 'http://p'}"),
         "if proxy_from_environment is configured, proxy_url must not be configured"},
        {"environment and no_proxy", HTTP("{proxy_from_environment: true, no_proxy: x}"),
         "if proxy_from_environment is configured, no_proxy must not be configured"},
        {"no_proxy alone", HTTP("{no_proxy: x}"),
         "if no_proxy is configured, proxy_url must also be configured"},
        {"proxy", HTTP("{proxy_url: 'socks5://p:1', no_proxy: x, proxy_connect_header: {a: [b, c]}}"), OK},
        {"headers", HTTP("{http_headers: {X-A: {values: [a], secrets: [b], files: [c]}}}"), OK},
        {"reserved header", HTTP("{http_headers: {authorization: {values: [a]}}}"),
         "setting header \"Authorization\" is not allowed"},
        {"unknown header field", HTTP("{http_headers: {X-A: {value: [a]}}}"),
         SCHEMA("line 7: field value not found in type config.Header")},
        {"tls version", HTTP("{tls_config: {min_version: TLS14}}"), "unknown TLS version: TLS14"},
        {"ca twice", HTTP("{tls_config: {ca: a, ca_file: b}}"),
         "at most one of ca, ca_file & ca_ref must be configured"},
        {"cert twice", HTTP("{tls_config: {cert: a, cert_file: b}}"),
         "at most one of cert, cert_file & cert_ref must be configured"},
        {"key twice", HTTP("{tls_config: {key: a, key_file: b}}"),
         "at most one of key and key_file must be configured"},
        {"cert without key", HTTP("{tls_config: {cert_file: b}}"),
         "exactly one of key or key_file must be configured when a client certificate is configured"},
        {"key without cert", HTTP("{tls_config: {key_file: b}}"),
         "exactly one of cert or cert_file must be configured when a client key is configured"},
        {"missing files are not our business", HTTP("{tls_config: {ca_file: /nosuch}}"), OK},
    };
    CHECK_ROWS(rows);
}

TEST(verdict, fallbacks)
{
    static const struct row rows[] = {
        {"of a receiver", ROOT "receivers: [{name: a, fallback: {receiver: b, after: 5m}}, {name: b}]\n", OK},
        {"of a route", CHILD("receiver: a, fallback: {receiver: b}"), OK},
        {"a chain",
         ROOT "receivers: [{name: a, fallback: {receiver: b}}, "
              "{name: b, fallback: {receiver: c}}, {name: c}]\n",
         OK},
        {"without a receiver", ROOT "receivers: [{name: a, fallback: {after: 5m}}]\n",
         "missing receiver in fallback"},
        {"unknown receiver", ROOT "receivers: [{name: a, fallback: {receiver: x}}]\n",
         "undefined receiver \"x\" used in fallback"},
        {"unknown receiver of a route", CHILD("receiver: a, fallback: {receiver: x}"),
         "undefined receiver \"x\" used in fallback"},
        {"itself", ROOT "receivers: [{name: a, fallback: {receiver: a}}]\n",
         "the fallback of receiver \"a\" leads back to it"},
        {"a loop",
         ROOT "receivers: [{name: a, fallback: {receiver: b}}, {name: b, fallback: {receiver: a}}]\n",
         "the fallback of receiver \"a\" leads back to it"},
        {"a loop that begins later",
         ROOT "receivers: [{name: a, fallback: {receiver: b}}, "
              "{name: b, fallback: {receiver: c}}, "
              "{name: c, fallback: {receiver: b}}]\n",
         "the fallback of receiver \"b\" leads back to it"},
        {"of a route to its own receiver", CHILD("receiver: b, fallback: {receiver: b}"),
         "the fallback of receiver \"b\" leads back to it"},
        {"of a route to its inherited receiver", CHILD("fallback: {receiver: a}"),
         "the fallback of receiver \"a\" leads back to it"},
        {"bad duration", ROOT "receivers: [{name: a, fallback: {receiver: b, after: soon}}, {name: b}]\n",
         "not a valid duration string: \"soon\""},
        {"unknown key", ROOT "receivers: [{name: a, fallback: {receiver: b, when: 5m}}, {name: b}]\n",
         SCHEMA("line 2: field when not found in type config.plain")},
    };
    CHECK_ROWS(rows);
}

/* C-043, C-074, C-075, C-076, C-080 */
TEST(verdict, receivers)
{
    static const struct row rows[] = {
        {"black hole", REST, OK},
        {"unnamed", ROOT "receivers: [{name: a}, {}]\n", "missing name in receiver"},
        {"null receiver", ROOT "receivers: [{name: a}, ~]\n", "missing name in receiver"},
        {"unknown key", ROOT "receivers: [{name: a, pager_configs: []}]\n",
         SCHEMA("line 2: field pager_configs not found in type config.plain")},
        {"labels", ROOT "receivers: [{name: a, labels: {x: y, name: a}}]\n", OK},
        {"label name differs", ROOT "receivers: [{name: a, labels: {name: b}}]\n",
         "receiver label \"name\" must match receiver name \"a\", got \"b\""},
        {"null webhook", WEBHOOK("~"), "missing webhook config"},
        {"null email", EMAIL("~"), "missing email config"},
        {"empty webhook", WEBHOOK("{}"), "one of url or url_file must be configured"},
        {"unknown webhook key", WEBHOOK("{url: 'http://h/', foo: 1}"),
         SCHEMA("line 5: field foo not found in type webhook.plain")},
        {"email without to", EMAIL("{}"), "missing to address in email config"},
        {"email without smarthost", EMAIL("{to: x}"), "no global SMTP smarthost set"},
        {"email without from", "global: {smtp_smarthost: 'h:25'}\n" EMAIL("{to: x}"),
         "no global SMTP from set"},
        {"email", "global: {smtp_smarthost: 'h:25', smtp_from: x}\n" EMAIL("{to: x}"), OK},
        {"webhook is checked before email",
         ROOT "receivers: [{name: a, email_configs: [{to: x}], webhook_configs: [~]}]\n",
         "missing webhook config"},
        {"payload", WEBHOOK("{url: 'http://h/', payload: {a: [1, {b: ~}]}}"), OK},
        {"payload with a key twice", WEBHOOK("{url: 'http://h/', payload: {a: {b: 1, b: 2}}}"),
         SCHEMA("line 5: key \"b\" already set in map")},
        {"ours", ROOT "receivers: [{name: a, robot_configs: [{webhook_url: 'http://h/', secret: s}]}]\n", OK},
    };
    CHECK_ROWS(rows);
}

/* C-099 */
TEST(verdict, tracing_and_event_recorder)
{
    static const struct row rows[] = {
        {"tracing",
         "tracing: {endpoint: 'h:4317', sampling_fraction: 0.5, headers: {a: {values: [b]}}, timeout: "
         "5s}\n" REST,
         OK},
        {"tracing null", "tracing:\n" REST, OK},
        {"tracing without endpoint", "tracing: {}\n" REST, "tracing endpoint must be set"},
        {"tracing client", "tracing: {endpoint: x, client_type: foo}\n" REST,
         "expected tracing client type to be to be http or grpc, but got foo"},
        {"tracing compression", "tracing: {endpoint: x, compression: foo}\n" REST,
         "invalid compression type foo provided, valid options: gzip"},
        {"tracing fraction", "tracing: {endpoint: x, sampling_fraction: foo}\n" REST,
         SCHEMA("line 1: cannot unmarshal !!str `foo` into float64")},
        {"events",
         "event_recorder: {file_outputs: [{path: x}], webhook_outputs: [{url: 'http://h/'}], kafka_outputs: "
         "[{brokers: [b], topic: t}], stdout_outputs: [{}]}\n" REST,
         OK},
        {"events without path", "event_recorder: {file_outputs: [{}]}\n" REST,
         "event_recorder file output requires a path"},
        {"events without url", "event_recorder: {webhook_outputs: [{}]}\n" REST,
         "event_recorder webhook output requires a url"},
        {"events batch",
         "event_recorder: {webhook_outputs: [{url: 'http://h/', batch_max_events: 1}]}\n" REST,
         "event_recorder webhook batch settings require batch: true"},
        {"events negative",
         "event_recorder: {webhook_outputs: [{url: 'http://h/', batch: true, batch_max_events: -1}]}\n" REST,
         "event_recorder webhook batch settings cannot be negative"},
    };
    CHECK_ROWS(rows);
}

/* C-035, C-057, C-107 */
TEST(verdict, the_mode_decides_about_names_and_matchers)
{
    static const struct {
        const char *name, *text;
        const char *want[3]; /* fallback, classic, UTF-8 strict */
    } rows[] = {
        {"group_by", CHILD("group_by: ['a b']"), {OK, "invalid label name \"a b\" in group_by list", OK}},
        {"route labels", CHILD("labels: {-x-: a}"), {OK, "invalid label name \"-x-\" in route labels", OK}},
        {"equal", INHIBIT("equal: [a-b]"), {OK, "invalid label name \"a-b\" in equal list", OK}},
        {"match is classic always",
         CHILD("match: {a-b: c}"),
         {"invalid label name \"a-b\"", "invalid label name \"a-b\"", "invalid label name \"a-b\""}},
        {"matchers UTF-8", CHILD("matchers: ['a-b=c']"), {OK, "bad matcher format: a-b=c", OK}},
        {"matchers classic",
         CHILD("matchers: ['a=b c']"),
         {OK, OK, "4:5: unexpected c: expected a comma or close brace"}},
        {"receiver labels are free", ROOT "receivers: [{name: a, labels: {'a b': c}}]\n", {OK, OK, OK}},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (int mode = 0; mode < 3; mode++) {
            const struct row r = {rows[i].name, rows[i].text, rows[i].want[mode]};
            check_in_mode(&r, (enum matcher_mode)mode);
        }
}
