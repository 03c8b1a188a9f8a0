/* --web.config.file: the tables and the rules of Prometheus' exporter-toolkit. */
#include "config/web.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "decode.h"
#include "path.h"
#include "slurp.h"
#include "table.h"
#include "web_check.h"

struct web_impl {
    struct web_config c; /* first: the two pointers are the same */
    struct arena mem;
    struct owned *owned;
};

static bool one_of(const char *text, const char *const *known)
{
    for (; *known != NULL; known++)
        if (strcmp(text, *known) == 0)
            return true;
    return false;
}

/* ---- tls_server_config ---- */

#define AT(member) offsetof(struct web_tls, member)
static const struct field tls_fields[] = {
    ROW("cert", STRING, cert, "The server's certificate and its chain, as PEM text."),
    ROW("cert_file", STRING, cert_file, "File with the server's certificate and its chain."),
    ROW("key", SECRET, key, "The server's private key, as PEM text."),
    ROW("key_file", STRING, key_file, "File with the server's private key."),
    ROW("client_ca", STRING, client_ca, "The authorities that sign clients' certificates, as PEM text."),
    ROW("client_ca_file", STRING, client_ca_file, "File with the authorities of clients."),
    ROW("client_auth_type", STRING, client_auth_type,
        "NoClientCert (default), RequestClientCert, RequireAnyClientCert, VerifyClientCertIfGiven or "
        "RequireAndVerifyClientCert."),
    ROW("client_allowed_sans", STRINGS, client_allowed_sans,
        "Alternative names, one of which a client's certificate must have."),
    ROW("cipher_suites", STRINGS, cipher_suites, "Suites for TLS 1.2 and older, by their IANA names."),
    ROW("curve_preferences", STRINGS, curve_preferences, "CurveP256, CurveP384, CurveP521, X25519."),
    ROW("min_version", STRING, min_version, "TLS10, TLS11, TLS12 (default) or TLS13."),
    ROW("max_version", STRING, max_version, "TLS10, TLS11, TLS12 or TLS13 (default)."),
    ROW_DEF("prefer_server_cipher_suites", BOOL, prefer_server_cipher_suites, "true", 0,
            "Whether the server's order of suites counts."),
    {0},
};
#undef AT

static bool check_names(struct decoder *d, const struct ytree *node, const char *key,
                        const struct strings *names, const char *const *known, const char *what)
{
    for (size_t i = 0; i < names->n; i++)
        if (!one_of(names->v[i], known))
            return decode_fail(d, ytree_get(node, key), "%s: %s", what, names->v[i]);
    return true;
}

static bool check_version(struct decoder *d, const struct ytree *node, const char *key, const char *version)
{
    static const char *const known[] = {"TLS13", "TLS12", "TLS11", "TLS10", NULL};
    return !is_set(version) || one_of(version, known) ||
           decode_fail(d, ytree_get(node, key), "unknown TLS version: %s", version);
}

static bool check_choices(struct decoder *d, const struct ytree *node, const struct web_tls *t)
{
    static const char *const suites[] = {"TLS_AES_128_GCM_SHA256",
                                         "TLS_AES_256_GCM_SHA384",
                                         "TLS_CHACHA20_POLY1305_SHA256",
                                         "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
                                         "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
                                         "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
                                         "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
                                         "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
                                         "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
                                         "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
                                         "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
                                         "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
                                         "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
                                         NULL};
    static const char *const curves[] = {"CurveP256", "CurveP384", "CurveP521", "X25519", NULL};
    return check_version(d, node, "min_version", t->min_version) &&
           check_version(d, node, "max_version", t->max_version) &&
           check_names(d, node, "cipher_suites", &t->cipher_suites, suites, "unknown cipher") &&
           check_names(d, node, "curve_preferences", &t->curve_preferences, curves, "unknown curve");
}

static bool check_pair(struct decoder *d, const struct ytree *node, const char *name, const char *text,
                       const char *file)
{
    if (is_set(text) && is_set(file))
        return decode_fail(d, node, "only one of %s and %s_file must be configured", name, name);
    return true;
}

static bool check_client_auth(struct decoder *d, const struct ytree *node, const struct web_tls *t)
{
    static const char *const known[] = {"NoClientCert",
                                        "RequestClientCert",
                                        "RequireClientCert",
                                        "RequireAnyClientCert",
                                        "VerifyClientCertIfGiven",
                                        "RequireAndVerifyClientCert",
                                        NULL};
    const char *type = t->client_auth_type;
    const bool none = !is_set(type) || strcmp(type, "NoClientCert") == 0;
    if (!none && !one_of(type, known))
        return decode_fail(d, ytree_get(node, "client_auth_type"), "Invalid ClientAuth: %s", type);
    if (none && (is_set(t->client_ca) || is_set(t->client_ca_file)))
        return decode_fail(d, node, "Client CA's have been configured without a Client Auth Policy");
    return true;
}

static bool check_tls(struct decoder *d, const struct ytree *node, void *object)
{
    struct web_tls *t = object;
    t->cert_file = path_join(d->dir, t->cert_file, d->mem);
    t->key_file = path_join(d->dir, t->key_file, d->mem);
    t->client_ca_file = path_join(d->dir, t->client_ca_file, d->mem);
    if (!check_choices(d, node, t) || !check_pair(d, node, "cert", t->cert, t->cert_file) ||
        !check_pair(d, node, "key", t->key, t->key_file) ||
        !check_pair(d, node, "client_ca", t->client_ca, t->client_ca_file))
        return false;
    if (!is_set(t->cert) && !is_set(t->cert_file))
        return decode_fail(d, node, "missing one of cert or cert_file");
    if (!is_set(t->key) && !is_set(t->key_file))
        return decode_fail(d, node, "missing one of key or key_file");
    return check_client_auth(d, node, t);
}

static const struct schema tls_schema = {
    .name = "tls_server_config",
    .go_type = "web.TLSConfig",
    .size = sizeof(struct web_tls),
    .fields = tls_fields,
    .check = check_tls,
};

/* ---- http_server_config ---- */

#define AT(member) offsetof(struct web_http, member)
static const struct field http_fields[] = {
    ROW_DEF("http2", BOOL, http2, "true", 0, "Whether to offer HTTP/2 over TLS."),
    ROW("headers", MAP, headers,
        "Headers of every response: Content-Security-Policy, X-Frame-Options, X-Content-Type-Options, "
        "X-XSS-Protection, Strict-Transport-Security."),
    {0},
};
#undef AT

/* A header may be set, to some values only if there are any. */
struct header_rule {
    const char *name;
    const char *const *values;
    const char *list; /* as Go prints it */
};

static const struct header_rule *find_rule(const char *name)
{
    static const char *const options[] = {"deny", "sameorigin", NULL}, *const nosniff[] = {"nosniff", NULL};
    static const struct header_rule rules[] = {
        {"Strict-Transport-Security", NULL, NULL},
        {"X-Content-Type-Options", nosniff, "[\"nosniff\"]"},
        {"X-Frame-Options", options, "[\"deny\" \"sameorigin\"]"},
        {"X-XSS-Protection", NULL, NULL},
        {"Content-Security-Policy", NULL, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rules); i++)
        if (strcmp(rules[i].name, name) == 0)
            return &rules[i];
    return NULL;
}

static bool is_header_text(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return false;
    return true;
}

static bool check_http(struct decoder *d, const struct ytree *node, void *object)
{
    const struct web_http *h = object;
    const struct ytree *at = ytree_get(node, "headers");
    for (size_t i = 0; i < h->headers.n; i++) {
        const char *name = h->headers.v[i].name, *value = h->headers.v[i].value;
        const struct header_rule *rule = find_rule(name);
        if (rule == NULL)
            return decode_fail(d, at, "HTTP header %s can not be configured", decode_quoted(d, sv_of(name)));
        if (rule->values != NULL && !one_of(value, rule->values))
            return decode_fail(d, at, "invalid value for %s. Expected one of: %s, but got: %s", name,
                               rule->list, decode_quoted(d, sv_of(value)));
        if (!is_header_text(value))
            return decode_fail(d, at, "the value of %s has control characters", name);
    }
    return true;
}

static const struct schema http_schema = {
    .name = "http_server_config",
    .go_type = "web.HTTPConfig",
    .size = sizeof(struct web_http),
    .fields = http_fields,
    .check = check_http,
};

/* ---- rate_limit ---- */

#define AT(member) offsetof(struct web_rate_limit, member)
static const struct field rate_fields[] = {
    ROW("interval", GO_DURATION, interval, "One request may come in each interval; 0: no limit."),
    ROW("burst", INT, burst, "So many may come at once."),
    {0},
};
#undef AT

static bool check_rate(struct decoder *d, const struct ytree *node, void *object)
{
    const struct web_rate_limit *r = object;
    if (r->interval < 0)
        return decode_fail(d, ytree_get(node, "interval"), "interval must not be negative");
    return r->burst >= 0 || decode_fail(d, ytree_get(node, "burst"), "burst must not be negative");
}

static const struct schema rate_schema = {
    .name = "rate_limit",
    .go_type = "web.RateLimiterConfig",
    .size = sizeof(struct web_rate_limit),
    .fields = rate_fields,
    .check = check_rate,
};

/* ---- the file ---- */

#define AT(member) offsetof(struct web_config, member)
static const struct field fields[] = {
    ROW_SUB("tls_server_config", STRUCT_PTR, tls, tls_schema, "Serve TLS."),
    ROW_SUB("http_server_config", STRUCT, http, http_schema, "HTTP/2 and headers."),
    ROW("basic_auth_users", SECRET_MAP, users, "Names, and bcrypt hashes of their passwords."),
    ROW_SUB("rate_limit", STRUCT, rate_limit, rate_schema, "How many requests may come."),
    ROW_SUB("access", STRUCT_PTR, access, access_schema, "Roles. Not known to Alertmanager."),
    {0},
};
#undef AT

bool web_check_hash(struct decoder *d, const struct ytree *at, const char *user, const char *hash)
{
    const size_t n = strlen(hash);
    if (n < 59)
        return decode_fail(d, at, "user %s: crypto/bcrypt: hashedSecret too short to be a bcrypted password",
                           user);
    if (hash[0] != '$')
        return decode_fail(d, at, "user %s: crypto/bcrypt: bcrypt hashes must start with '$'", user);
    const char *cost = hash + (hash[2] == '$' ? 3 : 4);
    if (hash[1] != '2' || cost[-1] != '$' || strspn(cost, "0123456789") != 2 || cost[2] != '$')
        return decode_fail(d, at, "user %s: not a bcrypt hash", user);
    const int rounds = (cost[0] - '0') * 10 + cost[1] - '0';
    if (rounds < 4 || rounds > 31)
        return decode_fail(d, at, "user %s: crypto/bcrypt: cost %d is outside allowed inclusive range 4..31",
                           user, rounds);
    return true;
}

static bool check_config(struct decoder *d, const struct ytree *node, void *object)
{
    const struct web_config *c = object;
    bool ok = true;
    for (size_t i = 0; i < c->users.n; i++)
        ok =
            web_check_hash(d, ytree_get(node, "basic_auth_users"), c->users.v[i].name, c->users.v[i].value) &&
            ok;
    return ok;
}

static const struct schema config_schema = {
    .name = "web configuration",
    .go_type = "web.Config",
    .size = sizeof(struct web_config),
    .fields = fields,
    .check = check_config,
};

struct web_config *web_config_load(struct sv text, const char *path, struct strbuf *errors, struct err *err)
{
    static const struct config_env env = {0};
    struct web_impl *impl = xcalloc(1, sizeof *impl);
    arena_init(&impl->mem, SIZE_MAX / 2);
    const struct source source = {.path = path, .dir = path_dir(path, &impl->mem), .text = text};
    struct decoder d = {.mem = &impl->mem, .env = &env, .sources = &source, .dir = source.dir};
    const bool ok = decode_document(&d, &config_schema, &impl->c, errors, err);
    impl->owned = d.owned;
    problems_done(&d.problems);
    map_done(&d.objects);
    if (ok)
        return &impl->c;
    web_config_free(&impl->c);
    return NULL;
}

struct web_config *web_config_load_file(const char *path, struct strbuf *errors, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    if (slurp(path, &text, err))
        return web_config_load(strbuf_sv(&text), path, errors, err);
    if (errors != NULL)
        strbuf_addf(errors, "%s\n", err->text);
    return NULL;
}

void web_config_free(struct web_config *c)
{
    struct web_impl *impl = (struct web_impl *)c;
    if (impl == NULL)
        return;
    for (struct owned *o = impl->owned; o != NULL; o = o->next)
        o->done(o->object);
    arena_done(&impl->mem);
    free(impl);
}
