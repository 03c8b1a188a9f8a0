/* The receivers of this folder, one file each. */
#pragma once

#include "notify/receiver.h"

extern const struct receiver_type discord_receiver, email_receiver, pagerduty_receiver, slack_receiver,
    webhook_receiver, opsgenie_receiver, wechat_receiver, pushover_receiver, victorops_receiver,
    telegram_receiver, dingtalk_receiver, wecom_receiver, log_receiver;
