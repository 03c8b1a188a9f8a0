/* What a client says of itself where it has a key instead of a secret: a signed JSON web token (RFC 7523). */
#pragma once

#include "base/mem.h"
#include "config/config.h"

/* `key`: an RSA private key in PEM; `scopes`: joined by spaces; `now`: seconds since 1970. The claims of the
 * configuration take the place of ours. */
bool oauth2_assertion(const struct oauth2 *o, struct sv key, struct sv scopes, int64_t now, struct arena *mem,
                      struct sv *out, struct err *err) NODISCARD;
