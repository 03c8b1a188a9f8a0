/* Cross-origin requests: the API may be read and posted to from any page (api.md 1.4). */
#pragma once

#include <stdbool.h>

#include "base/str.h"
#include "method.h"

struct cors_preflight {
    bool has_origin;
    struct sv method;  /* Access-Control-Request-Method */
    struct sv headers; /* Access-Control-Request-Headers; empty when absent */
};

bool cors_allows(enum http_method method); /* a simple request with an Origin */
bool cors_preflight_allowed(const struct cors_preflight *ask);
