/* The `global` block: config.md 4.1. */
#include <string.h>

#include "file.h"
#include "path.h"
#include "table.h"

#define AT(member) offsetof(struct global, member)
static const struct field global_fields[] = {
    ROW_DEF("resolve_timeout", DURATION, resolve_timeout, "5m", FIELD_ALWAYS,
            "When an alert that was sent without an end is resolved, unless it is sent again."),
    {.key = "http_config",
     .kind = FIELD_STRUCT_PTR,
     .offset = AT(http_config),
     .def = "{}",
     .sub = &http_config_schema,
     .doc = "How to speak HTTP, for every receiver without its own http_config."},
    ROW("jira_api_url", URL, jira_api_url, "Jira's API."),
    ROW("smtp_from", STRING, smtp_from, "The sender of mails."),
    ROW_DEF("smtp_hello", STRING, smtp_hello, "localhost", 0,
            "The name to introduce ourselves with to mail servers."),
    ROW("smtp_smarthost", HOSTPORT, smtp_smarthost, "The mail server, host:port."),
    ROW("smtp_auth_username", STRING, smtp_auth_username, "User for SMTP authentication."),
    ROW("smtp_auth_password", SECRET, smtp_auth_password, "Password for AUTH LOGIN and PLAIN."),
    ROW("smtp_auth_password_file", STRING, smtp_auth_password_file, "File with the password."),
    ROW("smtp_auth_secret", SECRET, smtp_auth_secret, "Secret for AUTH CRAM-MD5."),
    ROW("smtp_auth_secret_file", STRING, smtp_auth_secret_file, "File with the secret."),
    ROW("smtp_auth_identity", STRING, smtp_auth_identity, "Identity for AUTH PLAIN."),
    ROW_DEF("smtp_require_tls", BOOL, smtp_require_tls, "true", FIELD_ALWAYS,
            "Whether mails are sent only over TLS."),
    {.key = "smtp_tls_config",
     .kind = FIELD_STRUCT_PTR,
     .offset = AT(smtp_tls_config),
     .def = "{}",
     .sub = &tls_config_schema,
     .doc = "TLS towards the mail server."},
    ROW("smtp_force_implicit_tls", TRIBOOL, smtp_force_implicit_tls,
        "TLS from the first byte; by default on port 465."),
    ROW("slack_api_url", SECRET_URL, slack_api_url, "Slack's webhook."),
    ROW("slack_api_url_file", STRING, slack_api_url_file, "File with Slack's webhook."),
    ROW("slack_app_token", SECRET, slack_app_token, "Token of a Slack app."),
    ROW("slack_app_token_file", STRING, slack_app_token_file, "File with the token of a Slack app."),
    ROW_DEF("slack_app_url", URL, slack_app_url, "https://slack.com/api/chat.postMessage", 0,
            "Slack's API for apps."),
    ROW_DEF("pagerduty_url", URL, pagerduty_url, "https://events.pagerduty.com/v2/enqueue", 0,
            "PagerDuty's API."),
    ROW_DEF("opsgenie_api_url", URL, opsgenie_api_url, "https://api.opsgenie.com/", 0, "OpsGenie's API."),
    ROW("opsgenie_api_key", SECRET, opsgenie_api_key, "Key of OpsGenie's API."),
    ROW("opsgenie_api_key_file", STRING, opsgenie_api_key_file, "File with the key of OpsGenie's API."),
    ROW_DEF("wechat_api_url", URL, wechat_api_url, "https://qyapi.weixin.qq.com/cgi-bin/", 0,
            "WeChat's API."),
    ROW("wechat_api_secret", SECRET, wechat_api_secret, "Secret of WeChat's API."),
    ROW("wechat_api_secret_file", STRING, wechat_api_secret_file, "File with the secret of WeChat's API."),
    ROW("wechat_api_corp_id", STRING, wechat_api_corp_id, "The corporation's id at WeChat."),
    ROW_DEF("victorops_api_url", URL, victorops_api_url,
            "https://alert.victorops.com/integrations/generic/20131114/alert/", 0, "VictorOps' API."),
    ROW("victorops_api_key", SECRET, victorops_api_key, "Key of VictorOps' API."),
    ROW("victorops_api_key_file", STRING, victorops_api_key_file, "File with the key of VictorOps' API."),
    ROW_DEF("telegram_api_url", URL, telegram_api_url, "https://api.telegram.org", 0, "Telegram's API."),
    ROW("telegram_bot_token", SECRET, telegram_bot_token, "Token of a Telegram bot."),
    ROW("telegram_bot_token_file", STRING, telegram_bot_token_file, "File with the token of a Telegram bot."),
    ROW_DEF("webex_api_url", URL, webex_api_url, "https://webexapis.com/v1/messages", 0, "Webex' API."),
    ROW_DEF("rocketchat_api_url", URL, rocketchat_api_url, "https://open.rocket.chat/", 0,
            "Rocket.Chat's API."),
    ROW("rocketchat_token", SECRET, rocketchat_token, "Token of Rocket.Chat's API."),
    ROW("rocketchat_token_file", STRING, rocketchat_token_file, "File with the token of Rocket.Chat's API."),
    ROW("rocketchat_token_id", SECRET, rocketchat_token_id, "Id of the token of Rocket.Chat's API."),
    ROW("rocketchat_token_id_file", STRING, rocketchat_token_id_file, "File with the id of that token."),
    ROW("mattermost_webhook_url", SECRET_URL, mattermost_webhook_url, "Mattermost's webhook."),
    ROW("mattermost_webhook_url_file", STRING, mattermost_webhook_url_file,
        "File with Mattermost's webhook."),
    ROW_DEF("dingtalk_api_url", URL, dingtalk_api_url, "https://oapi.dingtalk.com/robot/send", FIELD_OURS,
            "DingTalk's API for robots."),
    ROW_DEF("wecom_robot_api_url", URL, wecom_robot_api_url,
            "https://qyapi.weixin.qq.com/cgi-bin/webhook/send", FIELD_OURS, "WeCom's API for group robots."),
    ROW_DEF("feishu_api_url", URL, feishu_api_url, "https://open.feishu.cn/open-apis/bot/v2/hook/",
            FIELD_OURS, "Feishu's API for custom robots; the token is put behind it."),
    ROW_DEF("dingtalk_title", STRING, dingtalk_title, NULL, FIELD_OURS | FIELD_TMPL,
            "The title of DingTalk receivers that have neither a title nor a text of their own."),
    ROW_DEF("dingtalk_text", STRING, dingtalk_text, NULL, FIELD_OURS | FIELD_TMPL, "Likewise the text."),
    ROW_DEF("im_templates", STRINGS, im_templates, NULL, FIELD_OURS,
            "Files with templates that only DingTalk, WeCom and Feishu receivers see; they may use sprig's "
            "functions."),
    ROW_DEF("im_builtin_templates", TRIBOOL, im_builtin_templates, NULL, FIELD_OURS,
            "Whether template_compat brings the templates that prometheus-webhook-dingtalk has built in; it "
            "does, unless this is false."),
    {0},
};

/* With null receivers have the defaults; upstream crashes on it when one of them speaks HTTP. */
static bool check_global(struct decoder *d, const struct ytree *node, void *object)
{
    struct global *g = object;
    (void)node;
    for (size_t i = 0; i < g->im_templates.n; i++)
        g->im_templates.v[i] = path_join(d->dir, g->im_templates.v[i], d->mem);
    g->http = g->http_config != NULL ? g->http_config : decode_new_default(d, &http_config_schema);
    return true;
}

const struct schema global_schema = {
    .name = "global",
    .go_type = "config.plain",
    .size = sizeof(struct global),
    .fields = global_fields,
    .check = check_global,
};

static const char *string_at(const struct global *g, size_t offset)
{
    return *(char *const *)(const void *)((const char *)g + offset);
}

/* Of each pair at most one may be set; checked in upstream's order, Slack's mix after its two pairs. */
static const struct pair {
    const char *a, *b;
    size_t at_a, at_b;
    bool is_url; /* set even when empty: a masked one that was read back */
} pairs[] = {
#define PAIR(member)                                                                                         \
    {                                                                                                        \
#member, #member "_file", AT(member), AT(member##_file), false                                       \
    }
#define PAIR_URL(member)                                                                                     \
    {                                                                                                        \
#member, #member "_file", AT(member), AT(member##_file), true                                        \
    }
    PAIR(slack_app_token),    PAIR_URL(slack_api_url), {NULL, NULL, 0, 0, false},
    PAIR(opsgenie_api_key),   PAIR(victorops_api_key), PAIR(telegram_bot_token),
    PAIR(smtp_auth_password), PAIR(rocketchat_token),  PAIR(rocketchat_token_id),
    PAIR(smtp_auth_secret),   PAIR(wechat_api_secret), PAIR_URL(mattermost_webhook_url),
#undef PAIR
#undef PAIR_URL
};

static void check_slack(struct decoder *d, const struct global *g)
{
    const bool token = is_set(g->slack_app_token) || is_set(g->slack_app_token_file);
    const bool url = g->slack_api_url != NULL || is_set(g->slack_api_url_file);
    const bool same = g->slack_api_url != NULL && g->slack_app_url != NULL &&
                      strcmp(g->slack_api_url, g->slack_app_url) == 0;
    if (token && url && !same)
        decode_fail(d, decode_at(d, g, "slack_app_token"),
                    "at most one of slack_app_token/slack_app_token_file & slack_api_url/slack_api_url_file "
                    "must be configured");
}

static bool is_pair_set(const struct global *g, const struct pair *p)
{
    const char *a = string_at(g, p->at_a);
    return a != NULL && (p->is_url || is_set(a)) && is_set(string_at(g, p->at_b));
}

void global_check_pairs(struct decoder *d, const struct global *g)
{
    for (const struct pair *p = pairs; p < pairs + COUNT_OF(pairs); p++) {
        if (p->a == NULL)
            check_slack(d, g);
        else if (is_pair_set(g, p))
            decode_fail(d, decode_at(d, g, p->b), "at most one of %s & %s must be configured", p->a, p->b);
    }
}
