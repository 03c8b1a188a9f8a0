#include "aws_credentials.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "aws_profile.h"
#include "codec/rfc3339.h"
#include "codec/url.h"
#include "compose.h"
#include "text.h"

#define FORM          "application/x-www-form-urlencoded"
#define ROLE_LIFE     900 /* seconds, the shortest that STS gives and what Alertmanager asks for */
#define EARLY         (60 * NS_PER_S)
#define SHORTEST_LIFE NS_PER_S
#define LONGEST_LIFE  (86400 * NS_PER_S) /* twice what STS gives */

/* ---- the environment ---- */

static const char *variable(struct decoder *d, const char *name)
{
    const char *value = getenv(name);

    return is_set(value) ? arena_strndup(decode_arena(d), value, strlen(value)) : NULL;
}

/* $HOME/.aws/NAME, unless a variable says otherwise. */
static const char *shared_file(struct decoder *d, const char *name, const char *usual)
{
    CLEANUP(strbuf_donep) struct strbuf path = {0};
    const char *given = variable(d, name), *home = getenv("HOME");

    if (given != NULL || !is_set(home))
        return given;
    strbuf_addf(&path, "%s/.aws/%s", home, usual);
    return arena_strndup(decode_arena(d), path.p, path.n);
}

void aws_environment(struct decoder *d, struct aws_settings *s)
{
    s->environment =
        (struct sigv4_credentials){variable(d, "AWS_ACCESS_KEY_ID"), variable(d, "AWS_SECRET_ACCESS_KEY"),
                                   variable(d, "AWS_SESSION_TOKEN")};
    s->environment_region = variable(d, "AWS_REGION");
    if (s->environment_region == NULL)
        s->environment_region = variable(d, "AWS_DEFAULT_REGION");
    s->environment_profile = variable(d, "AWS_PROFILE");
    s->credentials_file = shared_file(d, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
    s->config_file = shared_file(d, "AWS_CONFIG_FILE", "config");
    s->sts_url = variable(d, "AWS_ENDPOINT_URL_STS");
}

/* ---- the chain ---- */

struct role {
    const char *arn, *external_id;
};

/* What there is before any request: whose keys, where, and the roles to take on, the first one first. */
struct chain {
    const char *region;
    struct sigv4_credentials base;
    struct role roles[AWS_ROLES];
    size_t n_roles;
};

struct files {
    struct sv credentials, config;
};

/* A file that is not there has no profiles. */
static bool read_file(struct render *r, const char *path, struct sv *out, struct err *err)
{
    *out = SV("");
    if (path == NULL || (access(path, F_OK) != 0 && errno == ENOENT))
        return true;
    return render_secret(r, NULL, path, true, out, err);
}

static const char *text_of(struct render *r, struct sv s)
{
    return s.n != 0 ? arena_strndup(r->mem, s.p, s.n) : NULL;
}

static bool add_role(struct chain *c, const char *arn, const char *external_id, struct err *err)
{
    if (!is_set(arn))
        return true;
    if (c->n_roles == AWS_ROLES)
        return err_set(err, ERR_INVALID, "sigv4: more than %d roles, one after the other", AWS_ROLES);
    c->roles[c->n_roles++] = (struct role){arn, external_id};
    return true;
}

static struct aws_profile find_profile(const struct files *f, struct sv name)
{
    struct aws_profile p = {0};

    aws_profile_read(f->config, true, name, &p);
    aws_profile_read(f->credentials, false, name, &p);
    return p;
}

static bool has_keys(const struct aws_profile *p)
{
    return p->access_key.n != 0 && p->secret_key.n != 0;
}

/* From the profile that is asked for back to the one that has the keys. */
static bool follow_profiles(struct render *r, const struct files *f, struct sv name, struct chain *c,
                            struct err *err)
{
    struct role found[AWS_ROLES];
    size_t n = 0;
    struct aws_profile p = find_profile(f, name);

    for (; p.role_arn.n != 0; p = find_profile(f, name)) {
        if (n == AWS_ROLES || p.source_profile.n == 0)
            return err_set(err, ERR_INVALID, "AWS profile %.*s: %s", SV_ARG(name),
                           n == AWS_ROLES ? "too many roles, one after the other"
                                          : "role_arn needs source_profile");
        found[n++] = (struct role){text_of(r, p.role_arn), text_of(r, p.external_id)};
        if (sv_eq(p.source_profile, name) && has_keys(&p))
            break; /* its own keys take on its own role */
        name = p.source_profile;
    }
    if (!p.found)
        return err_set(err, ERR_NOT_FOUND, "failed to get shared config profile, %.*s", SV_ARG(name));
    while (n != 0) {
        n--;
        if (!add_role(c, found[n].arn, found[n].external_id, err))
            return false;
    }
    if (has_keys(&p))
        c->base = (struct sigv4_credentials){text_of(r, p.access_key), text_of(r, p.secret_key),
                                             text_of(r, p.session_token)};
    return true;
}

static bool complete(const struct sigv4_credentials *c)
{
    return c->access_key != NULL && c->secret_key != NULL;
}

/* The default profile need not be there: nobody asked for it. */
static bool find_base(struct render *r, const struct aws_settings *s, const struct files *f,
                      struct sv profile, struct chain *c, struct err *err)
{
    if (complete(&s->keys))
        c->base = s->keys;
    else if (!is_set(s->profile) && complete(&s->environment))
        c->base = s->environment;
    else if (!follow_profiles(r, f, profile, c, err))
        return sv_eq(profile, SV("default")) || err_wrap(err, "failed to load final config for SNS");
    return true;
}

static const char *first_set(const char *a, const char *b, const char *c)
{
    return is_set(a) ? a : is_set(b) ? b : c;
}

static bool find_chain(struct render *r, const struct aws_settings *s, struct chain *c, struct err *err)
{
    const struct sv profile = sv_of(first_set(s->profile, s->environment_profile, "default"));
    struct files f;

    *c = (struct chain){0};
    if (!read_file(r, s->credentials_file, &f.credentials, err) ||
        !read_file(r, s->config_file, &f.config, err) || !find_base(r, s, &f, profile, c, err))
        return false;
    const struct aws_profile p = find_profile(&f, profile);
    c->region = first_set(s->region, s->environment_region, text_of(r, p.region));
    if (c->region == NULL)
        return err_set(err, ERR_INVALID,
                       "region not configured in sns.sigv4.region or in default credentials chain");
    if (!complete(&c->base))
        return err_set(
            err, ERR_INVALID,
            "no credentials in sns.sigv4, in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or in the "
            "profile %.*s",
            SV_ARG(profile));
    return add_role(c, s->role_arn, s->external_id, err);
}

/* ---- roles ---- */

static bool render_sts_url(struct render *r, const struct aws_settings *s, const char *region,
                           struct request *out, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf url = {0};
    struct sv text;

    if (s->sts_url != NULL)
        strbuf_adds(&url, s->sts_url);
    else
        strbuf_addf(&url, "https://sts%s.%s.amazonaws.com%s/", s->fips ? "-fips" : "", region,
                    strncmp(region, "cn-", 3) == 0 ? ".cn" : "");
    if (!compose_keep(r, "STS URL", &url, &text, err))
        return false;
    out->url = text.p;
    return true;
}

static void write_form(const struct role *role, struct stamp now, struct strbuf *out)
{
    strbuf_addf(out, "Action=AssumeRole&DurationSeconds=%d", ROLE_LIFE);
    if (is_set(role->external_id)) {
        strbuf_adds(out, "&ExternalId=");
        url_escape_query(out, sv_of(role->external_id));
    }
    strbuf_adds(out, "&RoleArn=");
    url_escape_query(out, sv_of(role->arn));
    strbuf_addf(out, "&RoleSessionName=tocsin-%lld%09d&Version=2011-06-15", (long long)now.sec,
                (int)now.nsec);
}

static bool ask_for_role(struct render *r, const struct aws_settings *s, const struct aws_identity *who,
                         const struct role *role, struct request *out, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf form = {0};

    write_form(role, r->now.wall, &form);
    out->exclusive = true;
    return render_sts_url(r, s, who->region, out, err) &&
           compose_keep(r, "request body", &form, &out->body, err) && aws_sign(r, who, "sts", out, err);
}

/* What a role's credentials depend on: whoever took it on, and what it is. */
static void name_account(struct strbuf *out, const struct aws_identity *who, const struct role *role)
{
    strbuf_addf(out, "%s\n%s\n%s\n%s\n", who->credentials.access_key, who->credentials.secret_key, role->arn,
                is_set(role->external_id) ? role->external_id : "");
}

/* Copies: another job may replace what is in the cache before this request leaves. */
static struct sigv4_credentials cached(struct render *r, const struct aws_role_cache *c)
{
    return (struct sigv4_credentials){text_of(r, sv_of(c->access_key)), text_of(r, sv_of(c->secret_key)),
                                      text_of(r, sv_of(c->session.token))};
}

enum aws_outcome aws_identify(struct render *r, const struct aws_settings *s, struct aws_cache *c,
                              struct aws_identity *out, size_t *asked, struct request *request,
                              struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf account = {0};
    struct chain chain;

    if (!find_chain(r, s, &chain, err))
        return AWS_FAILED;
    *out = (struct aws_identity){chain.region, chain.base};
    for (size_t i = 0; i < chain.n_roles; i++) {
        struct aws_role_cache *role = &c->roles[i];
        strbuf_reset(&account);
        name_account(&account, out, &chain.roles[i]);
        token_account(&role->session, strbuf_sv(&account));
        *asked = i;
        if (!token_fresh(&role->session, r->now.mono))
            return ask_for_role(r, s, out, &chain.roles[i], request, err) ? AWS_ASK : AWS_FAILED;
        out->credentials = cached(r, role);
    }
    return AWS_READY;
}

static bool copy(char *out, size_t size, struct sv s)
{
    if (s.n == 0 || s.n >= size)
        return false;
    memcpy(out, s.p, s.n);
    out[s.n] = '\0';
    return true;
}

/* Whoever answers names any year. */
static dur_ns useful_life(dur_ns given)
{
    if (given < EARLY + SHORTEST_LIFE)
        return SHORTEST_LIFE;
    return given < LONGEST_LIFE ? given - EARLY : LONGEST_LIFE;
}

bool aws_take(struct aws_cache *c, size_t asked, struct sv body, struct now now, struct err *err)
{
    struct aws_role_cache *role = &c->roles[asked];
    struct stamp end;
    struct err ignored;

    if (!stamp_parse_rfc3339(aws_xml_text(body, "Expiration"), &end, &ignored))
        end = stamp_add(now.wall, ROLE_LIFE * NS_PER_S);
    const mono_ns fresh_until = now.mono + useful_life(stamp_sub(end, now.wall));
    token_forget(&role->session);
    return (copy(role->access_key, sizeof role->access_key, aws_xml_text(body, "AccessKeyId")) &&
            copy(role->secret_key, sizeof role->secret_key, aws_xml_text(body, "SecretAccessKey")) &&
            token_keep(&role->session, aws_xml_text(body, "SessionToken"), fresh_until)) ||
           err_set(err, ERR_UNAVAILABLE, "the answer to AssumeRole has no credentials");
}

void aws_forget_roles(struct aws_cache *c)
{
    for (size_t i = 0; i < AWS_ROLES; i++)
        token_forget(&c->roles[i].session);
}

/* ---- requests and answers ---- */

bool aws_sign(struct render *r, const struct aws_identity *who, const char *service, struct request *out,
              struct err *err)
{
    struct sigv4_headers signature;
    struct url url;

    out->kind = REQUEST_HTTP;
    out->method = "POST";
    out->content_type = FORM;
    if (!url_parse_http(sv_of(out->url), r->mem, &url, err))
        return false;
    const struct sigv4_request request = {
        .url = &url, .content_type = SV(FORM), .body = out->body, .region = who->region, .service = service};
    if (!sigv4_sign(&request, &who->credentials, r->now.wall, r->mem, &signature, err))
        return false;
    const struct compose_header headers[] = {
        {"Authorization: ", signature.authorization},
        {"X-Amz-Date: ", signature.date},
        {"X-Amz-Security-Token: ", sv_of(who->credentials.session_token)},
    };
    return compose_headers(r, headers, is_set(who->credentials.session_token) ? 3 : 2, out, err);
}

struct sv aws_xml_text(struct sv xml, const char *name)
{
    char tag[64];
    const int open = snprintf(tag, sizeof tag, "<%s>", name);
    const char *start = xml.n != 0 ? memmem(xml.p, xml.n, tag, (size_t)open) : NULL;

    if (start == NULL)
        return (struct sv){0};
    start += open;
    const size_t rest = xml.n - (size_t)(start - xml.p);
    const int close = snprintf(tag, sizeof tag, "</%s>", name);
    const char *end = memmem(start, rest, tag, (size_t)close);
    return end != NULL ? (struct sv){start, (size_t)(end - start)} : (struct sv){0};
}
