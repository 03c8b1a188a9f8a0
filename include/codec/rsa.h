/* RSA signatures (PKCS #1 v1.5), as RS256, RS384 and RS512 of JSON Web Tokens have them. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

/* Appends the signature of `in` by the private key in `pem`; `bits` of the SHA-2 digest are 256, 384 or 512.
 * False: the text is no RSA key without a passphrase. */
bool rsa_sign(struct strbuf *out, struct sv pem, unsigned bits, struct sv in, struct err *err) NODISCARD;
