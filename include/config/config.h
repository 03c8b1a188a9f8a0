/* The configuration: alertmanager.yml, loaded, checked, compiled; immutable and shared by reference.
 *
 * A reload makes a new one and swaps the pointer; whoever still works with the old one holds a reference. All
 * memory is in its arena. Any thread may read.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/clk.h"
#include "base/err.h"
#include "base/intern.h"
#include "base/str.h"
#include "config/finding.h"
#include "config/schema.h"
#include "model/matcher.h"
#include "model/timeinterval.h"

struct tmpl_set;
struct event_recorder;

/* The templates of receivers that are chat robots: what all have, and the files of global.im_templates, which
 * no other receiver sees. Both sets are NULL when there is no such receiver. */
struct chat_templates {
    struct tmpl_set *own;
    struct tmpl_set *dingtalk; /* as prometheus-webhook-dingtalk has them: its names, and sprig's functions */
};

/* Who is told instead when something could not be delivered for so long. */
struct fallback {
    const struct receiver *receiver; /* NULL: nobody */
    dur_ns after;
};

/* What a route knows. Inherited values are filled in (config.md 5). */
struct route {
    struct route *parent; /* NULL: the root */
    struct route **routes;
    size_t n_routes;
    size_t index;             /* place in config.routes, depth first; the root is 0 */
    size_t sibling;           /* place among its siblings */
    struct matchers matchers; /* sorted; match and match_re included */
    const struct receiver *receiver;
    struct istr **group_by; /* sorted by bytes */
    size_t n_group_by;
    bool group_by_all;
    bool continue_;
    dur_ns group_wait, group_interval, repeat_interval;
    struct fallback fallback; /* comes before that of the receiver */
    const struct time_interval **mute, **active;
    size_t n_mute, n_active;
    struct string_map labels; /* merged from the root down: name, template */
    char *key;                /* {}/{team="x"}, pipeline.md 0 */
    char *id;                 /* {}/{team="x"}/0 */
};

struct time_interval {
    char *name;
    struct time_spec *v;
    size_t n;
    bool used; /* a route or a receiver names it */
};

struct inhibit_rule {
    char *name; /* NULL when none */
    struct matchers source, target;
    struct istr **equal; /* sorted by bytes */
    size_t n_equal;
};

/* Every receiver's settings struct starts with this. */
struct receiver_common {
    bool send_resolved;
    struct http_config *http_config; /* NULL only for receivers that speak no HTTP */
};

struct http_config {
    char *basic_username, *basic_username_file, *basic_password, *basic_password_file;
    bool has_basic_auth;
    char *auth_type, *auth_credentials, *auth_credentials_file;
    bool has_authorization;
    struct tls_config *tls; /* NULL: defaults */
    bool follow_redirects, enable_http2, proxy_from_environment;
    char *proxy_url, *no_proxy;
    struct string_map proxy_connect_header; /* a name may come several times, once per value */
    struct list http_headers;               /* of struct http_header */
    struct oauth2 *oauth2;                  /* NULL: none */
    char *bearer_token, *bearer_token_file; /* the old spelling; moved to auth_* when the file is loaded */
};
struct http_header {
    char *name;
    struct strings values, secrets, files;
};
struct tls_config {
    char *ca, *cert, *key, *ca_file, *cert_file, *key_file, *server_name;
    bool insecure_skip_verify;
    char *min_version, *max_version;
};
struct oauth2 {
    char *client_id, *client_secret, *client_secret_file, *token_url;
    char *grant_type; /* NULL: client credentials */
    char *certificate_key_id, *certificate_key, *certificate_key_file, *certificate_key_ref;
    char *signature_algorithm;
    char *iss, *audience; /* NULL: client_id, token_url */
    const struct ytree *claims;
    struct strings scopes;
    struct string_map endpoint_params;
    struct tls_config *tls;
    char *proxy_url, *no_proxy;
    bool proxy_from_environment;
    struct string_map proxy_connect_header;
};

struct global {
    dur_ns resolve_timeout;
    struct http_config *http_config; /* as written; NULL for null */
    struct http_config *http;        /* what receivers without their own have; never NULL */
    char *smtp_from, *smtp_hello;
    struct hostport smtp_smarthost;
    char *smtp_auth_username, *smtp_auth_password, *smtp_auth_password_file;
    char *smtp_auth_secret, *smtp_auth_secret_file, *smtp_auth_identity;
    bool smtp_require_tls;
    struct tls_config *smtp_tls_config;
    int8_t smtp_force_implicit_tls;
    char *wechat_api_url, *wechat_api_secret, *wechat_api_secret_file, *wechat_api_corp_id;
    char *dingtalk_api_url, *wecom_robot_api_url, *feishu_api_url;
    char *dingtalk_title, *dingtalk_text; /* NULL: the built-in ones */
    struct strings im_templates;          /* globs, joined to the file's directory */
    int8_t im_builtin_templates;          /* 0: no */
    char *jira_api_url;
    char *slack_api_url, *slack_api_url_file, *slack_app_token, *slack_app_token_file, *slack_app_url;
    char *pagerduty_url;
    char *opsgenie_api_url, *opsgenie_api_key, *opsgenie_api_key_file;
    char *victorops_api_url, *victorops_api_key, *victorops_api_key_file;
    char *telegram_api_url, *telegram_bot_token, *telegram_bot_token_file;
    char *webex_api_url;
    char *rocketchat_api_url, *rocketchat_token, *rocketchat_token_file;
    char *rocketchat_token_id, *rocketchat_token_id_file;
    char *mattermost_webhook_url, *mattermost_webhook_url_file;
};

/* One kind of receiver, as the configuration sees it. The receivers themselves are in notify; app hands the
 * list of their schemas to the loader, so that adding a receiver touches one file and one line of a list. */
struct receiver_schema {
    const char *name;            /* "webhook" */
    const char *key;             /* "webhook_configs" */
    const struct schema *schema; /* of the settings struct, which starts with struct receiver_common */
    /* Inherits from global and checks; errors by decode_fail(). Runs after the field table. May be NULL. */
    bool (*resolve)(struct decoder *d, const struct ytree *node, void *settings, const struct global *global);
    /* Adds what upstream adds when it builds the notifier, so that the printed configuration shows it: only
     * for receivers that a route names. May be NULL. */
    void (*complete)(struct decoder *d, void *settings);
    bool is_chat; /* its texts see the templates of struct chat_templates */
};

struct integration {
    const struct receiver_schema *type;
    size_t index; /* per type inside the receiver, from 0 */
    const struct receiver_common *settings;
};

struct receiver {
    char *name;
    struct string_map labels;         /* with name: <receiver name> */
    struct integration *integrations; /* in the order in which they are instantiated, config.md 10.1 */
    size_t n_integrations;
    struct fallback fallback;
    bool resolved_waits; /* the end of an alert that is muted is told when the mute ends, not at once */
    bool used;           /* some route names it, or is served by it when another one cannot be reached */
};

/* A file that `include` brought in: the routes and receivers of one team, say. One that is broken does not
 * take the others with it. */
enum include_state {
    INCLUDE_CURRENT,   /* what stands in the file is in force */
    INCLUDE_LAST_GOOD, /* it is broken; what it said when it was last in order is in force */
    INCLUDE_LEFT_OUT,  /* it is broken, and nothing better is known */
};
struct include {
    const char *path;
    enum include_state state;
    const char *why; /* what is wrong with a broken one: "file:line:col: text"; else NULL */
    struct sv text;  /* what is in force */
};

struct config {
    struct global global;
    struct route *root;
    struct route **routes; /* all, depth first */
    size_t n_routes;
    struct receiver **receivers; /* in file order */
    size_t n_receivers;
    struct inhibit_rule *inhibit_rules;
    size_t n_inhibit_rules;
    struct time_interval *intervals;
    size_t n_intervals;
    const struct event_recorder *event_recorder; /* config/event_recorder.h; NULL: none */
    char **templates;                            /* globs, joined to the file's directory */
    size_t n_templates;
    struct include *includes; /* in the order of their names */
    size_t n_includes;
    struct tmpl_set *tmpl; /* compiled by config_load_templates(); NULL before */
    struct chat_templates chat;
    char *original; /* re-serialised YAML with secrets masked: api.md 2.1 */
    uint64_t hash;  /* alertmanager_config_hash */
};

struct config_env {
    const struct receiver_schema *const *receivers; /* NULL-terminated, in print order of config.md 10.1 */
    enum matcher_mode matcher_mode;
    bool expand_secrets;  /* ${env:NAME} and ${credential:NAME} are looked up; else only checked for form */
    bool lint;            /* look for what is allowed but hardly meant, too */
    bool follow_includes; /* else `include` is an error: for texts that come from elsewhere */
    /* The directory with the last good versions of included files: config_store_includes(). NULL: an included
     * file that is broken makes the whole configuration invalid. */
    const char *include_store;
    void (*report)(void *ctx, const struct config_finding *f); /* errors, warnings, remarks; may be NULL */
    void *ctx;
};

/* A file that has errors gives NULL and all of them in `errors` (may be NULL), printed with the lines they
 * stand in. `err` is the first, worded as upstream does. On success the caller owns one reference; `errors`
 * then has what is wrong with included files that are not current. */
struct config *config_load_file(const char *path, const struct config_env *env, struct strbuf *errors,
                                struct err *err) NODISCARD;
/* The same from memory; `path` is for messages and for relative paths. */
struct config *config_load(struct sv text, const char *path, const struct config_env *env,
                           struct strbuf *errors, struct err *err) NODISCARD;

/* Compiles the built-in templates and the files of the globs into config->tmpl and config->chat: part of
 * applying a config, not of parsing it (config.md 8). Once, before the config is shared. "failed to parse
 * templates: ..." */
bool config_load_templates(struct config *c, struct err *err) NODISCARD;

/* Reads the certificates and keys of the receivers in use: part of applying a config, too. Errors name the
 * receiver and the file. */
bool config_check_tls_files(const struct config *c, struct err *err) NODISCARD;

/* Keeps the text of every current included file in `dir` (made when missing; readable only by us, because
 * there may be secrets in it), and forgets files that are no longer included. After a configuration came into
 * force: what is kept is what a broken file falls back to, also after a restart. */
bool config_store_includes(const struct config *c, const char *dir, struct err *err) NODISCARD;

struct config *config_ref(const struct config *c);
void config_unref(const struct config *c); /* NULL is fine */

/* The routes that an alert with these labels takes, depth first, with `continue` (config.md 5.5). Writes up
 * to `max` and returns how many there are. */
size_t config_routes(const struct config *c, const struct labels *ls, const struct route **out, size_t max);
/* The same walk for those who want to see it: calls `tried` for each route that is tried, in order. */
void config_trace(const struct config *c, const struct labels *ls,
                  void (*tried)(void *ctx, const struct route *r, bool matched), void *ctx);

const struct receiver *config_receiver(const struct config *c, struct sv name); /* NULL: unknown */

/* What is different in `b`, one line per change: "~ route {}/{team=\"x\"}: group_wait: 30s -> 10s". Blocks
 * are compared by what they are called, not by where they stand, and with what they inherit filled in.
 * Secrets are compared but never shown. Returns the number of changes. */
size_t config_diff(const struct config *a, const struct config *b, struct strbuf *out);

/* The reference of all blocks and keys as Markdown, from the tables: what the program reads is what it says.
 */
void config_reference(const struct receiver_schema *const *receivers, struct strbuf *out);
