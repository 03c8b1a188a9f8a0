/* Roles, enforced (config/access.h). */
#pragma once

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "config/access.h"
#include "core/silence.h"
#include "exchange.h"

/* False: answered with 403. */
bool access_allows(struct exchange *x, unsigned right) NODISCARD;

/* Whether who asks may set this silence, or replace or expire `old` (NULL: there is none). `in` NULL: expire.
 * False: answered with 403, or 409 when it only needs force. */
bool access_allows_silence(struct exchange *x, const struct silence_in *in,
                           const struct silence *old) NODISCARD;
