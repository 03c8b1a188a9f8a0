/* One HTTP exchange that is waited for: what tocsinctl speaks with a server. Notifications do not go this way
 * (notify.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/clk.h"
#include "base/err.h"
#include "base/str.h"
#include "config/config.h"

struct http_call {
    const char *method, *url;
    struct sv body; /* sent as JSON when it is not empty */
    const char *user_agent;
    const struct http_config *http; /* NULL: defaults */
    dur_ns limit;                   /* for all of it */
    size_t most;                    /* bytes of the answer's body; a longer one is an error */
    /* For streams; may be NULL. Takes the body of a 2xx answer as it comes; false ends the exchange, which is
     * no error. Nothing for a minute is one. */
    bool (*piece)(void *ctx, struct sv data);
    void *ctx;
};

struct http_answer {
    int status;
    struct strbuf body; /* the caller's to drop */
};

/* Blocks. False: no complete answer came; `err` says why, without the URL. Any thread. */
bool http_call(const struct http_call *call, struct http_answer *out, struct err *err) NODISCARD;
