/* What receivers inherit and complete when a configuration is loaded: with their real tables. */
#include "notify/receiver.h"
#include "support/test.h"

static struct config *load(const char *text)
{
    const struct config_env env = {.receivers = receiver_schemas()};
    struct err err = {0};
    struct config *c = config_load(sv_of(text), "am.yml", &env, NULL, &err);
    FAIL_IF(c == NULL, "%s: %s", err.text, text);
    return c;
}

struct row {
    const char *name, *receiver; /* the integrations of the only receiver */
    const char *want;            /* in the printed configuration */
};

static void check_rows(const char *global, const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        CLEANUP(strbuf_donep) struct strbuf text = {0};
        strbuf_addf(&text, "global: {%s}\nroute: {receiver: a}\nreceivers:\n- name: a\n  %s\n", global,
                    rows[i].receiver);
        struct config *c = load(text.p);
        FAIL_IF(strstr(c->original, rows[i].want) == NULL, "%s: \"%s\" is not in\n%s", rows[i].name,
                rows[i].want, c->original);
        config_unref(c);
    }
}

/* C-077, R-115, R-015 */
TEST(receiver_config, send_resolved_by_default)
{
    static const struct row rows[] = {
        {"discord", "discord_configs: [{webhook_url: 'http://h/'}]", "- send_resolved: true"},
        {"email", "email_configs: [{to: x, from: f, smarthost: 'h:25'}]", "- send_resolved: false"},
        {"incidentio", "incidentio_configs: [{url: 'http://h/', alert_source_token: t}]",
         "- send_resolved: true"},
        {"pagerduty", "pagerduty_configs: [{routing_key: k}]", "- send_resolved: true"},
        {"slack", "slack_configs: [{api_url: 'http://h/'}]", "- send_resolved: false"},
        {"webhook", "webhook_configs: [{url: 'http://h/'}]", "- send_resolved: true"},
        {"opsgenie", "opsgenie_configs: [{api_key: k}]", "- send_resolved: true"},
        {"wechat", "wechat_configs: [{api_secret: s, corp_id: c}]", "- send_resolved: false"},
        {"pushover", "pushover_configs: [{user_key: u, token: t}]", "- send_resolved: true"},
        {"victorops", "victorops_configs: [{api_key: k, routing_key: r}]", "- send_resolved: true"},
        {"sns", "sns_configs: [{topic_arn: t, sigv4: {}}]", "- send_resolved: true"},
        {"telegram", "telegram_configs: [{bot_token: b, chat_id: 1}]", "- send_resolved: true"},
        {"webex", "webex_configs: [{room_id: r, http_config: {authorization: {credentials: c}}}]",
         "- send_resolved: true"},
        {"msteams", "msteams_configs: [{webhook_url: 'http://h/'}]", "- send_resolved: true"},
        {"msteamsv2", "msteamsv2_configs: [{webhook_url: 'http://h/'}]", "- send_resolved: true"},
        {"jira", "jira_configs: [{api_url: 'http://h/', project: p, issue_type: t}]",
         "- send_resolved: true"},
        {"rocketchat", "rocketchat_configs: [{token: t, token_id: i}]", "- send_resolved: false"},
        {"mattermost", "mattermost_configs: [{webhook_url: 'http://h/'}]", "- send_resolved: true"},
        {"dingtalk", "dingtalk_configs: [{access_token: t}]", "- send_resolved: true"},
        {"wecom", "wecom_configs: [{key: k}]", "- send_resolved: true"},
        {"feishu", "feishu_configs: [{hook_token: t}]", "- send_resolved: true"},
    };
    check_rows("", rows, COUNT_OF(rows));
}

/* C-086 */
TEST(receiver_config, a_slash_is_added_to_the_api_url)
{
    static const struct row rows[] = {
        {"opsgenie", "opsgenie_configs: [{api_key: k, api_url: 'http://h/x'}]", "api_url: http://h/x/\n"},
        {"opsgenie has one", "opsgenie_configs: [{api_key: k, api_url: 'http://h/x/'}]",
         "api_url: http://h/x/\n"},
        {"victorops", "victorops_configs: [{api_key: k, routing_key: r, api_url: 'http://h'}]",
         "api_url: http://h/\n"},
        {"wechat", "wechat_configs: [{api_secret: s, corp_id: c, api_url: 'http://h/c'}]",
         "api_url: http://h/c/\n"},
    };
    check_rows("", rows, COUNT_OF(rows));
}

/* C-088: with the global key inline, and the file here, both are set: the notifier takes the inline one */
TEST(receiver_config, keys_are_inherited_beside_a_local_file)
{
    static const struct row rows[] = {
        {"opsgenie", "opsgenie_configs: [{api_key_file: f}]", "api_key: <secret>\n    api_key_file: f\n"},
        {"victorops", "victorops_configs: [{routing_key: r, api_key_file: f}]",
         "api_key: <secret>\n    api_key_file: f\n"},
    };
    check_rows("opsgenie_api_key: g, victorops_api_key: g", rows, COUNT_OF(rows));
}

/* C-083 */
TEST(receiver_config, pagerduty_completes_its_details)
{
    static const struct row rows[] = {
        {"all of them", "pagerduty_configs: [{routing_key: k}]",
         "      num_firing: '{{ .Alerts.Firing | len }}'\n"},
        {"one is given", "pagerduty_configs: [{routing_key: k, details: {firing: x}}]",
         "    details:\n      firing: x\n      num_firing: "},
        {"the source is the client", "pagerduty_configs: [{routing_key: k, client: c}]", "    source: c\n"},
    };
    check_rows("", rows, COUNT_OF(rows));
}

/* */
TEST(receiver_config, what_a_pool_of_robots_must_not_show)
{
    static const struct row rows[] = {
        {"by URL", "dingtalk_configs: [{robots: [{webhook_url: 'http://h/?access_token=t', secret: s}]}]",
         "robots:\n    - webhook_url: <secret>\n      secret: <secret>\n"},
        {"by token", "feishu_configs: [{robots: [{hook_token: t, secret: s}, {hook_token_file: f}]}]",
         "robots:\n    - hook_token: <secret>\n      secret: <secret>\n    - hook_token_file: f\n"},
        {"by key", "wecom_configs: [{robots: [{key: k}]}]", "robots:\n    - key: <secret>\n"},
    };
    check_rows("", rows, COUNT_OF(rows));
}
