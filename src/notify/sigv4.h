/* AWS Signature Version 4 of a POST, with what is given and nothing else (receivers.md A10). */
#pragma once

#include "base/clk.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "codec/url.h"

struct sigv4_credentials {
    const char *access_key, *secret_key;
    const char *session_token; /* NULL or empty: none */
};

struct sigv4_request {
    const struct url *url;
    struct sv content_type, body;
    const char *region, *service;
};

/* Values of header fields, in the arena. */
struct sigv4_headers {
    struct sv date;          /* X-Amz-Date */
    struct sv authorization; /* Authorization */
};

/* The request must be sent with these headers, with content_type, and with X-Amz-Security-Token when there is
 * a session token. False: the arena is full. */
bool sigv4_sign(const struct sigv4_request *request, const struct sigv4_credentials *credentials,
                struct stamp now, struct arena *mem, struct sigv4_headers *out, struct err *err) NODISCARD;
