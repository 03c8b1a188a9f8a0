/* From a request target to an endpoint, a redirect or a refusal (api.md 1.2, 1.3, 3.3).
 *
 * Two routers in one, because upstream has two: below {prefix}/api/v2/ paths are matched as they are escaped
 * and one trailing slash is fine; everything else is a page, where a wrong case or slash is redirected. Our
 * own API below {prefix}/api/tocsin/v1/ follows the rules of API v2.
 */
#pragma once

#include <stdbool.h>

#include "base/str.h"
#include "method.h"

enum endpoint {
    ENDPOINT_NONE, /* no endpoint, or not that method */
    ENDPOINT_STATUS,
    ENDPOINT_RECEIVERS,
    ENDPOINT_ALERTS,
    ENDPOINT_GROUPS,
    ENDPOINT_SILENCES,
    ENDPOINT_SILENCE,
    ENDPOINT_OWN_ACK,
    ENDPOINT_OWN_ALERTS,
    ENDPOINT_OWN_EVENTS,
    ENDPOINT_OWN_ME,
    ENDPOINT_OWN_OPENAPI,
    ENDPOINT_OWN_DEAD_LETTERS,
    ENDPOINT_OWN_DEAD_LETTER_REPLAY,
    ENDPOINT_OWN_LANES,
    ENDPOINT_OWN_RECEIVERS,
    ENDPOINT_OWN_RECEIVER_TEST,
    ENDPOINT_OWN_SILENCE_PREVIEW,
    ENDPOINT_OWN_DRY_RUN,
    ENDPOINT_OWN_EXPLAIN,
    ENDPOINT_OWN_HISTORY_ALERTS,
    ENDPOINT_OWN_HISTORY_NOTIFICATIONS,
    ENDPOINT_OWN_HISTORY_MUTINGS,
    ENDPOINT_OWN_HISTORY_AUDIT,
    ENDPOINT_BRIDGE_DINGTALK,
    ENDPOINT_BRIDGE_WECOM,
    ENDPOINT_INDEX,
    ENDPOINT_HEALTHY,
    ENDPOINT_READY,
    ENDPOINT_RELOAD,
    ENDPOINT_METRICS,
    ENDPOINT_ACTION,
    ENDPOINT_V1_STATUS,
    ENDPOINT_V1_RECEIVERS,
    ENDPOINT_V1_ALERTS,
    ENDPOINT_V1_SILENCES,
    ENDPOINT_V1_SILENCE,
    ENDPOINT_COUNT
};

enum routed_kind {
    ROUTED_ENDPOINT,
    ROUTED_REDIRECT,
    ROUTED_NOT_FOUND,
    ROUTED_WRONG_METHOD, /* `allowed` says what is right */
    ROUTED_OPTIONS,      /* pages only: answered with `allowed` */
    ROUTED_MALFORMED,    /* not a path, or a bad % escape in it: 400 */
};

struct routed {
    enum routed_kind kind;
    bool api; /* below /api/v2/ or /api/tocsin/v1/ */
    bool own; /* the latter */
    enum endpoint endpoint;
    enum http_method method;
    struct sv path;   /* without the prefix */
    struct sv query;  /* behind the '?' */
    struct sv param;  /* the segment of /silence/{id} or /receivers/{name}/test, still escaped */
    unsigned allowed; /* bits 1u << enum http_method */
    int status;       /* of a redirect */
};

/* `target` is the request target as sent, also in absolute form. A redirect's target goes to `location`. */
void router_find(struct sv prefix, struct sv method, struct sv target, struct strbuf *location,
                 struct routed *out);

/* The same for a connection to the bridge, which has no prefix and knows no redirects. PUT is as good as POST
 * there. */
void router_find_bridge(struct sv method, struct sv target, struct routed *out);

/* "GET,POST" sorted; with ", " between and OPTIONS added for pages. */
void router_print_allowed(struct strbuf *out, unsigned allowed, bool api);

/* The value of the label `handler`. API requests without an endpoint share one. */
const char *endpoint_label(enum endpoint e);
bool endpoint_is_api(enum endpoint e);
