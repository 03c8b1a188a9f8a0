#include "cors.h"

#include <string.h>

#include "base/attr.h"

bool cors_allows(enum http_method method)
{
    return method == METHOD_GET || method == METHOD_POST || method == METHOD_HEAD || method == METHOD_OPTIONS;
}

/* Each asked header must be known, and they come in lower case and sorted, as browsers send them. */
static bool headers_allowed(struct sv asked)
{
    static const char *const known[] = {"accept", "content-type", "x-requested-with"};
    size_t next = 0;
    while (asked.n != 0) {
        const char *comma = memchr(asked.p, ',', asked.n);
        const size_t n = comma != NULL ? (size_t)(comma - asked.p) : asked.n;
        const struct sv name = sv_trim((struct sv){asked.p, n});
        asked = comma != NULL ? (struct sv){comma + 1, asked.n - n - 1} : (struct sv){0};
        if (name.n == 0)
            continue;
        while (next < COUNT_OF(known) && !sv_eq(name, sv_of(known[next])))
            next++;
        if (next++ >= COUNT_OF(known))
            return false;
    }
    return true;
}

bool cors_preflight_allowed(const struct cors_preflight *ask)
{
    return ask->has_origin && cors_allows(method_parse(ask->method)) && headers_allowed(ask->headers);
}
