/* The receivers of this folder, one file each. */
#pragma once

#include "notify/receiver.h"

extern const struct receiver_type discord_receiver, email_receiver, pagerduty_receiver, slack_receiver,
    webhook_receiver, wechat_receiver, victorops_receiver, dingtalk_receiver, wecom_receiver, log_receiver;

extern const struct receiver_type incidentio_receiver, jira_receiver, sns_receiver, webex_receiver,
    msteams_receiver, msteamsv2_receiver, rocketchat_receiver, mattermost_receiver;
