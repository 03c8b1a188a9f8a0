#include "client.h"

#include <jansson.h>
#include <string.h>

#include "codec/jw.h"
#include "codec/url.h"
#include "config/http_file.h"
#include "notify/http_call.h"

#define ANSWER_MAX ((size_t)256 << 20)
#define USER_AGENT "tocsinctl/" TOCSIN_VERSION

/* What is the same for all requests of a command. */
struct server {
    const char *base; /* scheme, host and path, without a slash at the end, and without the password */
    const struct http_config *http;
    mono_ns deadline;
};

static bool basic_auth_of(const struct url *u, struct arena *mem, struct http_config *http, struct err *err)
{
    const char *colon = memchr(u->userinfo.p, ':', u->userinfo.n);
    const size_t n_user = colon != NULL ? (size_t)(colon - u->userinfo.p) : u->userinfo.n;
    CLEANUP(strbuf_donep) struct strbuf user = {0};
    CLEANUP(strbuf_donep) struct strbuf password = {0};

    if (!url_unescape(&user, (struct sv){u->userinfo.p, n_user}, false) ||
        (colon != NULL &&
         !url_unescape(&password, (struct sv){colon + 1, u->userinfo.n - n_user - 1}, false)))
        return err_set(err, ERR_INVALID, "--alertmanager.url: the user or password is not well escaped");
    http->has_basic_auth = true;
    http->basic_username = arena_strndup(mem, user.n != 0 ? user.p : "", user.n);
    http->basic_password = arena_strndup(mem, password.n != 0 ? password.p : "", password.n);
    return true;
}

static const char *base_of(struct url *u, struct arena *mem)
{
    struct strbuf text = {0};

    u->userinfo = u->query = u->fragment = (struct sv){0};
    u->has_userinfo = u->has_query = u->has_fragment = false;
    while (u->path.n != 0 && u->path.p[u->path.n - 1] == '/')
        u->path.n--;
    url_print(&text, u);
    const char *base = arena_strndup(mem, text.p, text.n);
    strbuf_done(&text);
    return base;
}

static bool read_server(struct cli *c, struct server *s, struct err *err)
{
    struct url u;

    if (c->opt->url == NULL)
        return err_set(err, ERR_INVALID, "required flag --alertmanager.url not provided");
    if (!url_parse_http(sv_of(c->opt->url), &c->mem, &u, err))
        return err_wrap(err, "--alertmanager.url");
    if (c->opt->http_config_file != NULL) {
        if (u.has_userinfo)
            return err_set(err, ERR_INVALID,
                           "basic authentication and http.config.file are mutually exclusive");
        s->http = http_file_load(c->opt->http_config_file, &c->mem, err);
        if (s->http == NULL)
            return false;
    } else if (u.has_userinfo) {
        struct http_config *http = ARENA_NEW(&c->mem, struct http_config);
        *http = (struct http_config){.follow_redirects = true, .enable_http2 = true};
        if (!basic_auth_of(&u, &c->mem, http, err))
            return false;
        s->http = http;
    }
    s->base = base_of(&u, &c->mem);
    s->deadline = c->now.mono + c->opt->timeout;
    return true;
}

/* "BadRequest": how go-openapi calls a status in the name of an error. */
static const char *status_name(int status)
{
    switch (status) {
    case 400:
        return "BadRequest";
    case 404:
        return "NotFound";
    case 500:
        return "InternalServerError";
    default:
        return NULL;
    }
}

/* {"code": 404, "message": "..."} is Tocsin's; another server has other answers. */
static bool own_error(const struct operation *op, int status, enum err_kind kind, struct sv body,
                      struct err *err)
{
    json_auto_t *doc = json_loadb(body.n != 0 ? body.p : "", body.n, 0, NULL);
    const char *message = json_string_value(json_object_get(doc, "message"));

    if (message != NULL)
        return err_set(err, kind, "%s", message);
    if (status == 404)
        return err_set(err, kind, "the server has no /api/tocsin/v1%s: is it a Tocsin?", op->path);
    return err_set(err, kind, "[%s %s][%d] %.*s", op->method, op->path, status, SV_ARG(body));
}

static bool status_error(const struct operation *op, int status, struct sv body, struct err *err)
{
    const char *name = status_name(status);
    const enum err_kind kind = status == 404 ? ERR_NOT_FOUND : ERR_INVALID;

    body = sv_trim(body);
    if (op->own)
        return own_error(op, status, kind, body, err);
    if (name == NULL)
        return err_set(err, kind, "[%s %s][%d] %s: %.*s", op->method, op->path, status, op->name,
                       SV_ARG(body));
    return err_set(err, kind, "[%s %s][%d] %s%s%s%.*s", op->method, op->path, status, op->name, name,
                   body.n != 0 && status != 404 ? " " : "", status != 404 ? (int)body.n : 0, body.p);
}

static void print_url(struct strbuf *url, const struct server *s, const struct operation *op,
                      const char *tail)
{
    const size_t fixed = strcspn(op->path, "{");

    strbuf_addf(url, "%s%s%.*s%s", s->base, op->own ? "/api/tocsin/v1" : "/api/v2", (int)fixed, op->path,
                tail != NULL ? tail : "");
}

/* Completes a call that has its URL, body, limit and stream, and performs it. */
static bool perform(struct cli *c, const struct server *s, const struct operation *op, struct http_call call,
                    struct sv *answer, int *status, struct err *err)
{
    const mono_ns before = clk_now().mono;
    const char *url = call.url;
    struct http_answer got;

    call.method = op->method;
    call.user_agent = USER_AGENT;
    call.http = s->http;
    call.most = ANSWER_MAX;
    if (!http_call(&call, &got, err))
        return err_wrap(err, "%s \"%s\"", op->method, url);
    if (c->opt->verbose)
        cli_warn(c, "%s %s: %d, %lld ms", op->method, url, got.status,
                 (long long)((clk_now().mono - before) / NS_PER_MS));
    answer->p = arena_strndup(&c->mem, got.body.n != 0 ? got.body.p : "", got.body.n);
    answer->n = got.body.n;
    strbuf_done(&got.body);
    *status = got.status;
    if (answer->p == NULL)
        return err_set(err, ERR_LIMIT, "the answer is too large");
    return got.status / 100 == 2 || status_error(op, got.status, *answer, err);
}

static bool exchange(struct cli *c, const struct server *s, const struct operation *op, const char *url,
                     struct sv body, struct sv *answer, int *status, struct err *err)
{
    const mono_ns left = s->deadline - clk_now().mono;
    const struct http_call call = {.url = url, .body = body, .limit = left};

    if (left <= 0)
        return err_set(err, ERR_UNAVAILABLE, "%s \"%s\": timeout", op->method, url);
    return perform(c, s, op, call, answer, status, err);
}

static const struct operation get_status = {.method = "GET", .path = "/status", .name = "getStatus"};

/* 0.34.0 is 0.34: a difference there is worth a word, once per command. */
static void compare_versions(struct cli *c, struct sv theirs)
{
    const size_t n = (size_t)(strrchr(COMPAT_VERSION, '.') - COMPAT_VERSION) + 1;

    if (theirs.n == 0 || sv_has_prefix(theirs, (struct sv){COMPAT_VERSION, n}))
        return;
    cli_warn(c, "Warning: tocsinctl version (%s) and alertmanager version (%.*s) are different.",
             COMPAT_VERSION, SV_ARG(theirs));
}

/* Best effort: what is wrong with the server shows in the request that matters. */
static void check_version(struct cli *c, const struct server *s)
{
    struct strbuf url = {0};
    struct api_status status;
    struct sv answer = {0};
    struct err err;
    int code;

    print_url(&url, s, &get_status, NULL);
    if (exchange(c, s, &get_status, url.p, (struct sv){0}, &answer, &code, &err) &&
        api_read_status(answer, &c->mem, &status, &err))
        compare_versions(c, pairs_get(&status.version, SV("version")));
    strbuf_done(&url);
}

static const struct server *server_of(struct cli *c, struct err *err)
{
    if (c->server != NULL)
        return c->server;
    struct server *s = ARENA_NEW(&c->mem, struct server);
    if (!read_server(c, s, err))
        return NULL;
    c->server = s;
    if (c->opt->version_check)
        check_version(c, s);
    return s;
}

const char *client_base(struct cli *c, struct err *err)
{
    const struct server *s = server_of(c, err);

    return s != NULL ? s->base : NULL;
}

bool client_call(struct cli *c, const struct operation *op, const char *tail, struct sv body,
                 struct sv *answer, int *status, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf url = {0};
    const struct server *s = server_of(c, err);
    int code = 0;

    if (s == NULL)
        return false;
    print_url(&url, s, op, tail);
    const bool ok = exchange(c, s, op, url.p, body, answer, &code, err);
    if (status != NULL)
        *status = code;
    return ok;
}

bool client_stream(struct cli *c, const struct operation *op, const char *tail,
                   const struct client_stream *stream, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf url = {0};
    const struct server *s = server_of(c, err);
    struct sv rest = {0};
    int status;

    if (s == NULL)
        return false;
    print_url(&url, s, op, tail);
    const struct http_call call = {
        .url = url.p, .limit = INT64_MAX, .piece = stream->piece, .ctx = stream->ctx};
    return perform(c, s, op, call, &rest, &status, err);
}

void client_tail(struct strbuf *tail, struct sv element)
{
    url_escape_path(tail, element);
}

bool client_alerts(struct cli *c, const char *query, struct api_alerts *out, struct err *err)
{
    static const struct operation op = {.method = "GET", .path = "/alerts", .name = "getAlerts"};
    struct sv answer = {0};

    return client_call(c, &op, query, (struct sv){0}, &answer, NULL, err) &&
           api_read_alerts(answer, &c->mem, out, err);
}

bool client_groups(struct cli *c, struct api_groups *out, struct err *err)
{
    static const struct operation op = {.method = "GET", .path = "/alerts/groups", .name = "getAlertGroups"};
    struct sv answer = {0};

    return client_call(c, &op, NULL, (struct sv){0}, &answer, NULL, err) &&
           api_read_groups(answer, &c->mem, out, err);
}

bool client_silences(struct cli *c, const char *query, struct api_silences *out, struct err *err)
{
    static const struct operation op = {.method = "GET", .path = "/silences", .name = "getSilences"};
    struct sv answer = {0};

    return client_call(c, &op, query, (struct sv){0}, &answer, NULL, err) &&
           api_read_silences(answer, &c->mem, out, err);
}

bool client_silence(struct cli *c, struct sv id, struct api_silence *out, struct err *err)
{
    static const struct operation op = {
        .method = "GET", .path = "/silence/{silenceID}", .name = "getSilence"};
    CLEANUP(strbuf_donep) struct strbuf tail = {0};
    struct sv answer = {0};

    client_tail(&tail, id);
    return client_call(c, &op, tail.p, (struct sv){0}, &answer, NULL, err) &&
           api_read_silence(answer, &c->mem, out, err);
}

static bool read_silence_id(struct sv answer, struct arena *mem, struct sv *id, struct err *err)
{
    struct pairs_sv pairs;

    if (!api_read_pairs(answer, mem, &pairs, err))
        return false;
    *id = pairs_get(&pairs, SV("silenceID"));
    return true;
}

bool client_post_silence(struct cli *c, const struct api_silence *s, bool with_id, struct sv *id, int *status,
                         struct err *err)
{
    static const struct operation op = {.method = "POST", .path = "/silences", .name = "postSilences"};
    CLEANUP(strbuf_donep) struct strbuf body = {0};
    struct sv answer = {0};
    struct jw w;

    jw_init(&w, &body, false);
    api_write_postable(&w, s, with_id);
    return client_call(c, &op, NULL, strbuf_sv(&body), &answer, status, err) &&
           read_silence_id(answer, &c->mem, id, err);
}

bool client_status(struct cli *c, struct api_status *out, struct err *err)
{
    struct sv answer = {0};

    return client_call(c, &get_status, NULL, (struct sv){0}, &answer, NULL, err) &&
           api_read_status(answer, &c->mem, out, err);
}
