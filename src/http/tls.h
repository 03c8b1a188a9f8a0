/* What the web configuration says of TLS, as an OpenSSL context. */
#pragma once

#include <stdbool.h>

#include <openssl/ssl.h>

#include "base/attr.h"
#include "base/err.h"
#include "config/web.h"

/* Reads the files it names. `t` must live as long as the context. Sessions are not resumed: a certificate or
 * an authority that was replaced counts from the next connection on. */
SSL_CTX *tls_context_new(const struct web_tls *t, bool http2, struct err *err) NODISCARD;
