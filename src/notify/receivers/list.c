#include "list.h"

/* In the order in which the configuration prints them: upstream's (config.md 10.1), then ours. */
/* clang-format off */
const struct receiver_type *const receiver_types[] = {
    &discord_receiver,
    &email_receiver,
    &incidentio_receiver,
    &pagerduty_receiver,
    &slack_receiver,
    &webhook_receiver,
    &opsgenie_receiver,
    &wechat_receiver,
    &pushover_receiver,
    &victorops_receiver,
    &sns_receiver,
    &telegram_receiver,
    &webex_receiver,
    &msteams_receiver,
    &msteamsv2_receiver,
    &jira_receiver,
    &rocketchat_receiver,
    &mattermost_receiver,
    &dingtalk_receiver,
    &wecom_receiver,
    &feishu_receiver,
    &log_receiver,
    NULL,
};

static const struct receiver_schema *const schemas[] = {
    &discord_receiver.schema,
    &email_receiver.schema,
    &incidentio_receiver.schema,
    &pagerduty_receiver.schema,
    &slack_receiver.schema,
    &webhook_receiver.schema,
    &opsgenie_receiver.schema,
    &wechat_receiver.schema,
    &pushover_receiver.schema,
    &victorops_receiver.schema,
    &sns_receiver.schema,
    &telegram_receiver.schema,
    &webex_receiver.schema,
    &msteams_receiver.schema,
    &msteamsv2_receiver.schema,
    &jira_receiver.schema,
    &rocketchat_receiver.schema,
    &mattermost_receiver.schema,
    &dingtalk_receiver.schema,
    &wecom_receiver.schema,
    &feishu_receiver.schema,
    &log_receiver.schema,
    NULL,
};
/* clang-format on */

const struct receiver_schema *const *receiver_schemas(void)
{
    return schemas;
}

const struct receiver_type *receiver_type_of(const struct integration *i)
{
    for (const struct receiver_type *const *t = receiver_types; *t != NULL; t++)
        if (&(*t)->schema == i->type)
            return *t;
    return NULL;
}
