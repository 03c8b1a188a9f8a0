/* The receivers of this folder, one file each. */
#pragma once

#include "notify/receiver.h"

extern const struct receiver_type email_receiver, slack_receiver, webhook_receiver, wechat_receiver,
    dingtalk_receiver, wecom_receiver, log_receiver;
