#include "router.h"

#include <string.h>

#include "base/attr.h"

#define GET    (1u << METHOD_GET)
#define HEAD   (1u << METHOD_HEAD)
#define POST   (1u << METHOD_POST)
#define DELETE (1u << METHOD_DELETE)

#define OWN_API "/api/tocsin/v1/"

struct row {
    const char *path;  /* with '*' for a segment that is a parameter */
    const char *label; /* NULL: the path */
    unsigned methods;
};

static const struct row rows[ENDPOINT_COUNT] = {
    [ENDPOINT_NONE] = {NULL, "/api/v2/*", 0},
    [ENDPOINT_STATUS] = {"/api/v2/status", NULL, GET},
    [ENDPOINT_RECEIVERS] = {"/api/v2/receivers", NULL, GET},
    [ENDPOINT_ALERTS] = {"/api/v2/alerts", NULL, GET | POST},
    [ENDPOINT_GROUPS] = {"/api/v2/alerts/groups", NULL, GET},
    [ENDPOINT_SILENCES] = {"/api/v2/silences", NULL, GET | POST},
    [ENDPOINT_SILENCE] = {"/api/v2/silence/*", "/api/v2/silence/{silenceID}", GET | DELETE},
    [ENDPOINT_OWN_ACK] = {"/api/tocsin/v1/ack", NULL, GET | POST | DELETE},
    [ENDPOINT_OWN_ALERTS] = {"/api/tocsin/v1/alerts", NULL, GET},
    [ENDPOINT_OWN_EVENTS] = {"/api/tocsin/v1/events", NULL, GET},
    [ENDPOINT_OWN_ME] = {"/api/tocsin/v1/me", NULL, GET},
    [ENDPOINT_OWN_OPENAPI] = {"/api/tocsin/v1/openapi.json", NULL, GET},
    [ENDPOINT_OWN_DEAD_LETTERS] = {"/api/tocsin/v1/dead-letters", NULL, GET},
    [ENDPOINT_OWN_DEAD_LETTER_REPLAY] = {"/api/tocsin/v1/dead-letters/*/replay",
                                         "/api/tocsin/v1/dead-letters/{id}/replay", POST},
    [ENDPOINT_OWN_LANES] = {"/api/tocsin/v1/lanes", NULL, GET},
    [ENDPOINT_OWN_RECEIVERS] = {"/api/tocsin/v1/receivers", NULL, GET},
    [ENDPOINT_OWN_RECEIVER_TEST] = {"/api/tocsin/v1/receivers/*/test", "/api/tocsin/v1/receivers/{name}/test",
                                    POST},
    [ENDPOINT_OWN_SILENCE_PREVIEW] = {"/api/tocsin/v1/silences/preview", NULL, POST},
    [ENDPOINT_OWN_DRY_RUN] = {"/api/tocsin/v1/config/dry-run", NULL, POST},
    [ENDPOINT_OWN_EXPLAIN] = {"/api/tocsin/v1/explain", NULL, GET | POST},
    [ENDPOINT_OWN_HISTORY_ALERTS] = {"/api/tocsin/v1/history/alerts", NULL, GET},
    [ENDPOINT_OWN_HISTORY_NOTIFICATIONS] = {"/api/tocsin/v1/history/notifications", NULL, GET},
    [ENDPOINT_OWN_HISTORY_MUTINGS] = {"/api/tocsin/v1/history/mutings", NULL, GET},
    [ENDPOINT_OWN_HISTORY_AUDIT] = {"/api/tocsin/v1/history/audit", NULL, GET},
    [ENDPOINT_BRIDGE_DINGTALK] = {"/dingtalk/*/send", "/dingtalk/{receiver}/send", POST},
    [ENDPOINT_BRIDGE_WECOM] = {"/wecom/*/send", "/wecom/{receiver}/send", POST},
    [ENDPOINT_INDEX] = {"/", NULL, GET},
    [ENDPOINT_HEALTHY] = {"/-/healthy", NULL, GET | HEAD},
    [ENDPOINT_READY] = {"/-/ready", NULL, GET | HEAD},
    [ENDPOINT_RELOAD] = {"/-/reload", NULL, POST},
    [ENDPOINT_METRICS] = {"/metrics", NULL, GET},
    [ENDPOINT_ACTION] = {"/action/*", "/action/{token}", GET | HEAD | POST},
    [ENDPOINT_V1_STATUS] = {"/api/v1/status", "/status", GET},
    [ENDPOINT_V1_RECEIVERS] = {"/api/v1/receivers", "/receivers", GET},
    [ENDPOINT_V1_ALERTS] = {"/api/v1/alerts", "/alerts", GET | POST},
    [ENDPOINT_V1_SILENCES] = {"/api/v1/silences", "/silences", GET | POST},
    [ENDPOINT_V1_SILENCE] = {"/api/v1/silence/*", "/silence/:sid", GET | DELETE},
};

bool endpoint_is_api(enum endpoint e)
{
    return e < ENDPOINT_BRIDGE_DINGTALK;
}

const char *endpoint_label(enum endpoint e)
{
    return rows[e].label != NULL ? rows[e].label : rows[e].path;
}

/* ---- the request target ---- */

static struct sv drop(struct sv s, size_t n)
{
    return (struct sv){s.p + n, s.n - n};
}

/* "http://host/path" is a path too; proxies send it. */
static struct sv without_authority(struct sv target)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < COUNT_OF(schemes); i++) {
        const struct sv scheme = sv_of(schemes[i]);
        if (target.n < scheme.n || !sv_eq_nocase((struct sv){target.p, scheme.n}, scheme))
            continue;
        const struct sv rest = drop(target, scheme.n);
        const char *slash = memchr(rest.p, '/', rest.n);
        return slash != NULL ? drop(rest, (size_t)(slash - rest.p)) : SV("/");
    }
    return target;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_well_formed(struct sv path)
{
    for (size_t i = 0; i < path.n; i++)
        if (path.p[i] == '%' && (path.n - i < 3 || !is_hex(path.p[i + 1]) || !is_hex(path.p[i + 2])))
            return false;
    return path.n != 0 && path.p[0] == '/';
}

static bool is_dirty(struct sv path)
{
    for (size_t i = 0; i + 1 < path.n; i++) {
        if (path.p[i] != '/')
            continue;
        struct sv segment = drop(path, i + 1);
        const char *end = memchr(segment.p, '/', segment.n);
        if (end != NULL)
            segment.n = (size_t)(end - segment.p);
        if ((segment.n == 0 && end != NULL) || sv_eq(segment, SV(".")) || sv_eq(segment, SV("..")))
            return true;
    }
    return false;
}

static void drop_last_segment(struct strbuf *out, size_t root)
{
    while (out->n > root && out->p[out->n - 1] != '/')
        out->n--;
    if (out->n > root)
        out->n--;
}

/* What a path may not hold as it is, is escaped: above all the backslash, which browsers take for a slash, so
 * that a redirect to "/\\host" would lead away from here. */
static void add_segment(struct strbuf *out, struct sv segment)
{
    static const char safe[] = "-_.~$&+,:;=@!'()*[]%";
    for (size_t i = 0; i < segment.n; i++) {
        const char c = segment.p[i];
        const bool is_alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (is_alnum || memchr(safe, c, sizeof safe - 1) != NULL)
            strbuf_addc(out, c);
        else
            strbuf_addf(out, "%%%02X", (unsigned char)c);
    }
}

/* Appends the path without empty segments, "." and "..": Go's path.Clean, with its trailing slash kept. */
static void add_clean(struct strbuf *out, struct sv path)
{
    const size_t root = out->n;
    bool slash_at_end = false;
    while (path.n != 0) {
        path = drop(path, 1);
        const char *end = path.n != 0 ? memchr(path.p, '/', path.n) : NULL;
        const struct sv segment = {path.p, end != NULL ? (size_t)(end - path.p) : path.n};
        path = drop(path, segment.n);
        slash_at_end = segment.n == 0;
        if (segment.n == 0 || sv_eq(segment, SV(".")))
            continue;
        if (sv_eq(segment, SV(".."))) {
            drop_last_segment(out, root);
            continue;
        }
        strbuf_addc(out, '/');
        add_segment(out, segment);
    }
    if (out->n == root || slash_at_end)
        strbuf_addc(out, '/');
}

static void add_query(struct strbuf *location, struct sv query)
{
    if (query.n == 0)
        return;
    strbuf_addc(location, '?');
    strbuf_addsv(location, query);
}

static void redirect(struct routed *out, int status)
{
    out->kind = ROUTED_REDIRECT;
    out->status = status;
}

/* ---- matching ---- */

static bool row_matches(const struct row *row, struct sv path, struct sv *param)
{
    const struct sv pattern = sv_of(row->path);
    const char *star = memchr(pattern.p, '*', pattern.n);
    if (star == NULL)
        return sv_eq(path, pattern);
    const struct sv before = {pattern.p, (size_t)(star - pattern.p)}, after = drop(pattern, before.n + 1);
    if (path.n <= before.n + after.n || !sv_has_prefix(path, before) ||
        !sv_eq(drop(path, path.n - after.n), after))
        return false;
    *param = (struct sv){path.p + before.n, path.n - before.n - after.n};
    return memchr(param->p, '/', param->n) == NULL;
}

static bool is_bridge(enum endpoint e)
{
    return e == ENDPOINT_BRIDGE_DINGTALK || e == ENDPOINT_BRIDGE_WECOM;
}

static enum endpoint find_row(struct sv path, bool api, struct sv *param)
{
    for (enum endpoint e = ENDPOINT_STATUS; e < ENDPOINT_COUNT; e++)
        if (endpoint_is_api(e) == api && !is_bridge(e) && row_matches(&rows[e], path, param))
            return e;
    return ENDPOINT_NONE;
}

static void settle(struct routed *out, enum endpoint e)
{
    out->allowed = rows[e].methods;
    if (e == ENDPOINT_NONE) {
        out->kind = ROUTED_NOT_FOUND;
    } else if ((out->allowed & 1u << out->method) == 0) {
        out->kind = ROUTED_WRONG_METHOD;
    } else {
        out->kind = ROUTED_ENDPOINT;
        out->endpoint = e;
    }
}

static void route_api(struct routed *out)
{
    struct sv path = out->path;
    if (path.p[path.n - 1] == '/')
        path.n--;
    settle(out, find_row(path, true, &out->param));
}

/* The page that was probably meant: the same but for letter case and a slash at the end. */
static const struct row *find_similar(const struct routed *out)
{
    struct sv path = out->path;
    if (path.n > 1 && path.p[path.n - 1] == '/')
        path.n--;
    for (enum endpoint e = ENDPOINT_INDEX; e < ENDPOINT_COUNT; e++) {
        const struct sv pattern = sv_of(rows[e].path);
        if ((rows[e].methods & 1u << out->method) == 0)
            continue;
        if (sv_eq_nocase(path, pattern) || (path.n == 0 && e == ENDPOINT_INDEX))
            return &rows[e];
    }
    return NULL;
}

static void route_page(struct sv prefix, struct strbuf *location, struct routed *out)
{
    const enum endpoint e = find_row(out->path, false, &out->param);
    settle(out, e);
    if (out->kind == ROUTED_ENDPOINT)
        return;
    const struct row *similar = e == ENDPOINT_NONE ? find_similar(out) : NULL;
    if (similar != NULL) {
        strbuf_addsv(location, prefix);
        strbuf_adds(location, similar->path);
        add_query(location, out->query);
        redirect(out, out->method == METHOD_GET ? 301 : 307);
    } else if (e != ENDPOINT_NONE && out->method == METHOD_OPTIONS) {
        out->kind = ROUTED_OPTIONS;
    }
}

/* Outside of the prefix there is one thing: the root, which leads to it. */
static void route_outside(struct sv prefix, struct strbuf *location, struct routed *out)
{
    if (!sv_eq(out->path, SV("/"))) {
        settle(out, ENDPOINT_NONE);
        return;
    }
    settle(out, ENDPOINT_INDEX);
    if (out->kind == ROUTED_ENDPOINT) {
        strbuf_addsv(location, prefix);
        out->endpoint = ENDPOINT_NONE;
        redirect(out, 302);
    } else if (out->method == METHOD_OPTIONS) {
        out->kind = ROUTED_OPTIONS;
    }
}

void router_find_bridge(struct sv method, struct sv target, struct routed *out)
{
    static const enum endpoint served[] = {ENDPOINT_BRIDGE_DINGTALK, ENDPOINT_BRIDGE_WECOM, ENDPOINT_HEALTHY,
                                           ENDPOINT_READY, ENDPOINT_RELOAD};
    struct sv path = without_authority(target);
    const char *mark = path.n != 0 ? memchr(path.p, '?', path.n) : NULL;

    path.n = mark != NULL ? (size_t)(mark - path.p) : path.n;
    *out = (struct routed){.kind = ROUTED_NOT_FOUND, .method = method_parse(method), .path = path};
    if (out->method == METHOD_PUT)
        out->method = METHOD_POST;
    if (!is_well_formed(path)) {
        out->kind = ROUTED_MALFORMED;
        return;
    }
    for (size_t i = 0; i < COUNT_OF(served); i++)
        if (row_matches(&rows[served[i]], path, &out->param))
            settle(out, served[i]);
}

void router_find(struct sv prefix, struct sv method, struct sv target, struct strbuf *location,
                 struct routed *out)
{
    *out = (struct routed){.kind = ROUTED_NOT_FOUND, .method = method_parse(method)};
    struct sv path = without_authority(target);
    const char *mark = path.n != 0 ? memchr(path.p, '?', path.n) : NULL;
    if (mark != NULL) {
        out->query = drop(path, (size_t)(mark - path.p) + 1);
        path.n = (size_t)(mark - path.p);
    }
    out->path = path;
    if (sv_eq(path, SV("*")) && out->method == METHOD_OPTIONS) {
        out->kind = ROUTED_OPTIONS;
        return;
    }
    if (!is_well_formed(path)) {
        out->kind = out->method == METHOD_CONNECT ? ROUTED_NOT_FOUND : ROUTED_MALFORMED;
        return;
    }
    if (is_dirty(path)) {
        add_clean(location, path);
        add_query(location, out->query);
        redirect(out, 301);
        return;
    }
    if (!sv_has_prefix(path, prefix) || (path.n > prefix.n && path.p[prefix.n] != '/')) {
        route_outside(prefix, location, out);
        return;
    }
    out->path = drop(path, prefix.n);
    if (sv_eq(out->path, SV("/api/v2"))) {
        strbuf_addsv(location, path);
        strbuf_addc(location, '/');
        add_query(location, out->query);
        redirect(out, 301);
    } else if (sv_has_prefix(out->path, SV("/api/v2/")) || sv_has_prefix(out->path, SV(OWN_API))) {
        out->api = true;
        out->own = sv_has_prefix(out->path, SV(OWN_API));
        out->method = method_parse_nocase(method);
        route_api(out);
    } else {
        route_page(prefix, location, out);
    }
}

void router_print_allowed(struct strbuf *out, unsigned allowed, bool api)
{
    static const enum http_method order[] = {METHOD_DELETE, METHOD_GET, METHOD_HEAD, METHOD_OPTIONS,
                                             METHOD_POST};
    if (!api)
        allowed |= 1u << METHOD_OPTIONS;
    const size_t start = out->n;
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        if ((allowed & 1u << order[i]) == 0)
            continue;
        if (out->n != start)
            strbuf_adds(out, api ? "," : ", ");
        strbuf_adds(out, method_name(order[i]));
    }
}
