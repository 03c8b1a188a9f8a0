/* What would be sent, without sending it: messages rendered as the notifier renders them. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "core/delivery.h"

/* Calls `seen` with the body of each request that the delivery would take if every answer were a success, in
 * their order; those without a body are left out. What a template of the configuration gets wrong is an error
 * here. The delivery's config has its templates loaded. Any thread. */
bool notify_preview(struct delivery *d, const char *external_url, struct now now,
                    void (*seen)(void *ctx, struct sv body), void *ctx, struct err *err) NODISCARD;
