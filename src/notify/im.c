#include "im.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "codec/digest.h"
#include "codec/url.h"
#include "text.h"

#define SHOWN_HASH   8 /* hexadecimal digits */
#define MAX_PARTS    100
#define MAX_REQUESTS 100000
#define MAX_ROBOTS   DESTINATIONS_MAX

/* Settings */

/* In the order of enum destination_strategy. */
static const char *const strategies[] = {"failover", "round_robin", "broadcast", NULL};

static bool one_of(const char *text, const char *const *list)
{
    for (; *list != NULL; list++)
        if (strcmp(text, *list) == 0)
            return true;
    return false;
}

static bool check_robot(struct decoder *d, const struct ytree *node, const struct im_robot *robot,
                        const struct im_platform *p)
{
    if (is_set(robot->webhook_url) && is_set(robot->webhook_url_file))
        return decode_fail(d, node, "at most one of webhook_url & webhook_url_file must be configured");
    if (is_set(robot->token) && is_set(robot->token_file))
        return decode_fail(d, node, "at most one of %s & %s_file must be configured", p->token_key,
                           p->token_key);
    if (is_set(robot->secret) && is_set(robot->secret_file))
        return decode_fail(d, node, "at most one of secret & secret_file must be configured");
    return true;
}

static bool check_rate(struct decoder *d, const struct ytree *node, const struct im_rate *rate)
{
    /* What is left after a burst is what the bucket is filled with: with nothing it would stay empty. */
    if (rate->burst == 0 || rate->burst >= rate->requests || rate->requests > MAX_REQUESTS)
        return decode_fail(d, node, "rate_limit: requests must be more than burst, and burst at least 1");
    if (rate->window <= 0)
        return decode_fail(d, node, "rate_limit: window must be positive");
    if (strcmp(rate->merge, "auto") != 0 && strcmp(rate->merge, "never") != 0)
        return decode_fail(d, node, "rate_limit: merge must be auto or never");
    return true;
}

static bool check_pool(struct decoder *d, const struct ytree *node, const struct im_settings *s,
                       const struct im_platform *p)
{
    if (s->robots.n > MAX_ROBOTS)
        return decode_fail(d, node, "at most %d robots", MAX_ROBOTS);
    for (size_t i = 0; i < s->robots.n; i++)
        if (s->robots.v[i] == NULL)
            return decode_fail(d, node, "missing robot in %s config", p->name);
        else if (!check_robot(d, node, s->robots.v[i], p))
            return false;
    return one_of(s->robot_strategy, strategies) ||
           decode_fail(d, node, "robot_strategy must be failover, round_robin or broadcast");
}

bool im_check(struct decoder *d, const struct ytree *node, const struct im_settings *s,
              const struct im_platform *p)
{
    static const char *const overflows[] = {"split", "truncate", "digest", NULL}, *const languages[] = {
                                                                                      "zh", "en", NULL};

    if (!im_mentions_check(d, node, s, p) || !check_robot(d, node, &s->robot, p) ||
        !check_pool(d, node, s, p) || !check_rate(d, node, &s->rate))
        return false;
    if (!one_of(s->message_type, p->message_types))
        return decode_fail(d, node, "unknown message_type \"%s\" in %s config", s->message_type, p->name);
    if (!one_of(s->language, languages))
        return decode_fail(d, node, "language must be zh or en");
    if (!one_of(s->overflow, overflows))
        return decode_fail(d, node, "overflow must be split, truncate or digest");
    if (s->max_parts == 0 || s->max_parts > MAX_PARTS)
        return decode_fail(d, node, "max_parts must be between 1 and %d", MAX_PARTS);
    return im_template_check(d, node, s);
}

static bool has_address(const struct im_robot *robot)
{
    return is_set(robot->webhook_url) || is_set(robot->webhook_url_file) || is_set(robot->token) ||
           is_set(robot->token_file);
}

static bool resolve_robot(struct decoder *d, const struct ytree *node, const struct im_robot *robot,
                          const struct im_platform *p)
{
    const bool by_url = is_set(robot->webhook_url) || is_set(robot->webhook_url_file);
    const bool by_token = is_set(robot->token) || is_set(robot->token_file);

    if (by_url && by_token)
        return decode_fail(d, node, "at most one of webhook_url & %s must be configured", p->token_key);
    if (!by_url && !by_token)
        return decode_fail(d, node, "one of webhook_url, webhook_url_file, %s or %s_file must be configured",
                           p->token_key, p->token_key);
    return true;
}

bool im_resolve(struct decoder *d, const struct ytree *node, const struct im_settings *s,
                const struct im_platform *p)
{
    if (s->robots.n == 0)
        return resolve_robot(d, node, &s->robot, p);
    if (has_address(&s->robot))
        return decode_fail(d, node, "at most one of webhook_url, %s & robots must be configured",
                           p->token_key);
    if (is_set(s->robot.secret) || is_set(s->robot.secret_file))
        return decode_fail(d, node, "each of the robots has a secret of its own");
    for (size_t i = 0; i < s->robots.n; i++)
        if (!resolve_robot(d, node, s->robots.v[i], p))
            return false;
    return true;
}

const char *im_builtin(const struct im_settings *s, const char *zh, const char *en)
{
    return strcmp(s->language, "en") == 0 ? en : zh;
}

/* Rendering */

static bool too_large(struct err *err)
{
    return err_set(err, ERR_LIMIT, "message needs too much memory");
}

bool im_keep(struct render *r, const struct strbuf *text, struct sv *out, struct err *err)
{
    const char *copy = arena_strndup(r->mem, text->n != 0 ? text->p : "", text->n);

    *out = (struct sv){copy, text->n};
    return (copy != NULL && !text->overflow) || too_large(err);
}

bool im_render_clean(struct render *r, const char *text, struct sv *out, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf clean = {0};

    if (!render_text(r, text, out, err))
        return false;
    if (utf8_valid(*out))
        return true;
    utf8_add_clean(&clean, *out);
    return im_keep(r, &clean, out, err);
}

bool im_quote(struct render *r, enum imtext quoting, struct sv text, struct sv *out, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf quoted = {0};

    imtext_add(&quoted, quoting, text);
    return im_keep(r, &quoted, out, err);
}

const char *im_url_add(struct arena *mem, const char *url, const char *parameters)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};

    strbuf_addf(&text, "%s%c%s", url, strchr(url, '?') != NULL ? '&' : '?', parameters);
    return arena_strndup(mem, text.p, text.n);
}

const struct im_robot *im_robot(const struct render *r)
{
    const struct im_settings *s = (const struct im_settings *)(const void *)r->settings;

    return s->robots.n != 0 ? s->robots.v[r->destination] : &s->robot;
}

struct destinations im_destinations(const struct delivery *d)
{
    const struct im_settings *s = (const struct im_settings *)(const void *)d->integration->settings;
    struct destinations out = {.n = s->robots.n != 0 ? (unsigned)s->robots.n : 1,
                               .sticky = d->reason == REASON_FIRST || im_mentions_anybody(s)};

    for (unsigned i = 0; strategies[i] != NULL; i++)
        if (strcmp(s->robot_strategy, strategies[i]) == 0)
            out.strategy = (enum destination_strategy)i;
    return out;
}

static bool token_url(struct render *r, const struct im_settings *s, const struct im_platform *p,
                      const char **url, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf parameter = {0};
    struct sv token;

    if (!render_secret(r, im_robot(r)->token, im_robot(r)->token_file, false, &token, err))
        return err_wrap(err, "read %s_file", p->token_key);
    if (p->token_in_path) {
        strbuf_adds(&parameter, s->api_url);
        url_escape_path(&parameter, token);
        *url = arena_strndup(r->mem, parameter.p, parameter.n);
    } else {
        strbuf_addf(&parameter, "%s=", p->token_key);
        url_escape_query(&parameter, token);
        *url = im_url_add(r->mem, s->api_url, parameter.p);
    }
    return *url != NULL || too_large(err);
}

static bool webhook_url(struct render *r, const char **url, bool *varies, struct err *err)
{
    struct sv text, rendered;
    struct url parsed;

    if (!render_secret(r, im_robot(r)->webhook_url, im_robot(r)->webhook_url_file, false, &text, err))
        return err_wrap(err, "read webhook_url_file");
    const char *source = arena_strndup(r->mem, text.p, text.n);
    if (source == NULL)
        return too_large(err);
    if (!render_text(r, source, &rendered, err))
        return err_wrap(err, "failed to template webhook_url");
    rendered = sv_trim(rendered);
    if (!url_parse_http(rendered, r->mem, &parsed, err)) /* its text quotes the URL, which is a secret */
        return err_set(err, ERR_INVALID, "webhook_url is not a valid URL after templating");
    *varies = strstr(source, "{{") != NULL;
    *url = arena_strndup(r->mem, rendered.p, rendered.n);
    return *url != NULL || too_large(err);
}

/* One limiter per robot, whoever uses it: the hash of its URL names it without giving the token away. */
static bool name_lane(struct arena *mem, struct request *out)
{
    char hash[65], *lane = arena_alloc(mem, sizeof "robot:" + sizeof hash);

    sha256_hex(sv_of(out->url), hash);
    if (lane != NULL)
        (void)sprintf(lane, "robot:%s", hash);
    out->lane = lane;
    out->lane_tag = arena_strndup(mem, hash, SHOWN_HASH);
    return out->lane != NULL && out->lane_tag != NULL;
}

bool im_request(struct render *r, const struct im_settings *s, const struct im_platform *p,
                struct request *out, struct err *err)
{
    const struct im_robot *robot = im_robot(r);
    const bool by_token = is_set(robot->token) || is_set(robot->token_file);

    if (!im_template_begin(r, s, err))
        return false;
    if (by_token ? !token_url(r, s, p, &out->url, err) : !webhook_url(r, &out->url, &out->lane_varies, err))
        return false;
    out->kind = REQUEST_HTTP;
    out->method = "POST";
    out->content_type = "application/json; charset=utf-8";
    out->timeout = s->timeout;
    out->timeout_name = p->name;
    out->parallel = 1;
    out->rate = (struct rate_limit){.requests = (unsigned)s->rate.requests,
                                    .burst = (unsigned)s->rate.burst,
                                    .window = s->rate.window,
                                    .min_gap = s->rate.min_gap,
                                    .merge = strcmp(s->rate.merge, "auto") == 0};
    return name_lane(r->mem, out) || too_large(err);
}
