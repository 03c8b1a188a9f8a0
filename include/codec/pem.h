/* Certificates and keys as PEM text, looked at before a connection needs them. OpenSSL behind it. */
#pragma once

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

/* Whether there is at least one certificate that can be read. */
bool pem_has_certificate(struct sv text) NODISCARD;

/* Whether the first certificate and the key belong together. Errors: Go's texts ("tls: failed to find any PEM
 * data in key input"). A key that needs a password is none. */
bool pem_check_pair(struct sv cert, struct sv key, struct err *err) NODISCARD;
