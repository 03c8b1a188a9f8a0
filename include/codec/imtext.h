/* Alert text inside the markup of chat platforms: it must not mention people, break out of colour tags or
 * start lists (receivers.md B1.3). */
#pragma once

#include <stdbool.h>

#include "base/attr.h"
#include "base/str.h"

enum imtext {
    IMTEXT_DINGTALK, /* markdown */
    IMTEXT_WECOM,    /* markdown */
    IMTEXT_FEISHU,   /* markdown element of a card */
    IMTEXT_DINGTALK_PLAIN,
    IMTEXT_WECOM_PLAIN,
    IMTEXT_FEISHU_PLAIN,
};

void imtext_add(struct strbuf *out, enum imtext platform, struct sv s);

/* "dingtalk", "wecom", "feishu", and each with ".text" for messages without markup. */
bool imtext_named(struct sv name, enum imtext *platform) NODISCARD;
