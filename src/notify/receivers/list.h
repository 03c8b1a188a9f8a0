/* The receivers of this folder, one file each. */
#pragma once

#include "notify/receiver.h"

extern const struct receiver_type discord_receiver, email_receiver, incidentio_receiver, pagerduty_receiver,
    slack_receiver, webhook_receiver, opsgenie_receiver, wechat_receiver, pushover_receiver,
    victorops_receiver, sns_receiver, telegram_receiver, webex_receiver, msteams_receiver, msteamsv2_receiver,
    jira_receiver, rocketchat_receiver, mattermost_receiver, dingtalk_receiver, wecom_receiver,
    feishu_receiver, log_receiver;
