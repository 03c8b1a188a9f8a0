/* http_config, tls_config and oauth2: the tables, and the rules of config.md 9. */
#include <stdlib.h>

#include "codec/url.h"
#include "file.h"
#include "path.h"
#include "print.h"
#include "table.h"

/* How many of these are set. */
static int count_set(const char *a, const char *b)
{
    return (is_set(a) ? 1 : 0) + (is_set(b) ? 1 : 0);
}

/* There is no secret manager, so that a reference can never be resolved. */
static bool decode_ref(struct decoder *d, const struct ytree *node, void *member)
{
    struct sv text;
    (void)member;
    return decode_text(d, node, "string", &text) &&
           (text.n == 0 || decode_fail(d, node, "cannot use secret ref without manager"));
}

#define SECRET_REF(name)                                                                                     \
    {                                                                                                        \
        .key = (name), .kind = FIELD_CUSTOM, .type = "string", .decode = decode_ref, .print = print_nothing, \
        .doc = "Known for compatibility; there is no secret manager, so it has to be empty."                 \
    }

/* tls_config */

#define AT(member) offsetof(struct tls_config, member)
static const struct field tls_fields[] = {
    ROW("ca", STRING, ca, "CA certificates, as PEM text."),
    ROW("cert", STRING, cert, "The client's certificate, as PEM text."),
    ROW("key", SECRET, key, "The client's private key, as PEM text."),
    ROW("ca_file", STRING, ca_file, "File with CA certificates."),
    ROW("cert_file", STRING, cert_file, "File with the client's certificate."),
    ROW("key_file", STRING, key_file, "File with the client's private key."),
    SECRET_REF("ca_ref"),
    SECRET_REF("cert_ref"),
    SECRET_REF("key_ref"),
    ROW("server_name", STRING, server_name, "The name that the server's certificate has to have."),
    ROW_DEF("insecure_skip_verify", BOOL, insecure_skip_verify, NULL, FIELD_ALWAYS,
            "Whether to accept any certificate."),
    ROW("min_version", STRING, min_version,
        "The lowest TLS version: TLS10, TLS11, TLS12 (default) or TLS13."),
    ROW("max_version", STRING, max_version, "The highest TLS version (default TLS13)."),
    {0},
};
#undef AT

static bool check_tls_version(struct decoder *d, const struct ytree *node, const char *key,
                              const char *version)
{
    static const char *const known[] = {"TLS13", "TLS12", "TLS11", "TLS10"};
    if (version == NULL)
        return true;
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (strcmp(version, known[i]) == 0)
            return true;
    return decode_fail(d, ytree_get(node, key), "unknown TLS version: %s", version);
}

static bool check_tls(struct decoder *d, const struct ytree *node, void *object)
{
    const struct tls_config *t = object;
    const bool cert = count_set(t->cert, t->cert_file) != 0, key = count_set(t->key, t->key_file) != 0;
    if (!check_tls_version(d, node, "min_version", t->min_version) ||
        !check_tls_version(d, node, "max_version", t->max_version))
        return false;
    if (count_set(t->ca, t->ca_file) > 1)
        return decode_fail(d, node, "at most one of ca, ca_file & ca_ref must be configured");
    if (count_set(t->cert, t->cert_file) > 1)
        return decode_fail(d, node, "at most one of cert, cert_file & cert_ref must be configured");
    if (count_set(t->key, t->key_file) > 1)
        return decode_fail(d, node, "at most one of key and key_file must be configured");
    if (cert && !key)
        return decode_fail(
            d, node,
            "exactly one of key or key_file must be configured when a client certificate is configured");
    if (key && !cert)
        return decode_fail(
            d, node, "exactly one of cert or cert_file must be configured when a client key is configured");
    return true;
}

const struct schema tls_config_schema = {
    .name = "tls_config",
    .go_type = "config.plain",
    .size = sizeof(struct tls_config),
    .fields = tls_fields,
    .check = check_tls,
};

static bool is_default_tls(const struct tls_config *t)
{
    return !is_set(t->ca) && !is_set(t->cert) && !is_set(t->key) && !is_set(t->ca_file) &&
           !is_set(t->cert_file) && !is_set(t->key_file) && !is_set(t->server_name) &&
           !is_set(t->min_version) && !is_set(t->max_version) && !t->insecure_skip_verify;
}

/* Proxies, for http_config and oauth2 alike. */

struct proxy {
    const char *url, *no_proxy;
    bool from_environment;
    const struct string_map *connect_header;
};

static bool check_proxy(struct decoder *d, const struct ytree *node, const struct proxy *p)
{
    if (p->connect_header->n != 0 && !p->from_environment && !is_set(p->url))
        return decode_fail(d, node,
                           "if proxy_connect_header is configured, proxy_url or proxy_from_environment must "
                           "also be configured");
    if (p->from_environment && is_set(p->url))
        return decode_fail(d, node,
                           "if proxy_from_environment is configured, proxy_url must not be configured");
    if (p->from_environment && is_set(p->no_proxy))
        return decode_fail(d, node,
                           "if proxy_from_environment is configured, no_proxy must not be configured");
    if (is_set(p->no_proxy) && p->url == NULL)
        return decode_fail(d, node, "if no_proxy is configured, proxy_url must also be configured");
    return true;
}

/* Any scheme will do, and the empty text. */
static bool decode_proxy_url(struct decoder *d, const struct ytree *node, void *member)
{
    char **out = member;
    struct url url;
    struct err err;
    if (!decode_string(d, node, out))
        return false;
    return url_parse(sv_of(*out), d->mem, &url, &err) || decode_fail_err(d, node, &err);
}

/* As it is, but for the password. */
static void print_proxy_url(struct printer *p, const void *member)
{
    const char *text = *(char *const *)member;
    if (text == NULL)
        return;
    const char *authority = strstr(text, "://");
    const char *start = authority != NULL ? authority + 3 : text;
    const char *at = memrchr(start, '@', strcspn(start, "/?#"));
    const char *colon = at != NULL ? memchr(start, ':', (size_t)(at - start)) : NULL;
    CLEANUP(strbuf_donep) struct strbuf shown = {0};
    if (colon != NULL && print_secrets_mode(p) == SECRETS_MASKED)
        strbuf_addf(&shown, "%.*s:xxxxx%s", (int)(colon - text), text, at);
    else
        strbuf_adds(&shown, text);
    print_scalar(p, shown.p);
}

static size_t count_values(const struct ytree *map)
{
    size_t n = 0;
    for (size_t i = 0; i < map->n; i++)
        n += map->items[2 * i + 1]->n;
    return n;
}

/* A map of lists; each value becomes a pair of its own. */
static bool decode_connect_header(struct decoder *d, const struct ytree *node, void *member)
{
    const size_t before = d->found;
    struct string_map *out = member;
    if (node->kind != YTREE_MAP)
        return decode_type_error(d, node, "config.ProxyHeader");
    *out = (struct string_map){.v = ARENA_ARRAY(d->mem, struct string_pair, count_values(node) + 1)};
    for (size_t i = 0; i < node->n; i++) {
        char *name;
        struct strings values = {0};
        if (!decode_string(d, node->items[2 * i], &name) ||
            !decode_secret_list(d, node->items[2 * i + 1], &values))
            continue;
        for (size_t k = 0; k < values.n; k++)
            out->v[out->n++] =
                (struct string_pair){name != NULL ? name : decode_keep(d, SV("")), values.v[k]};
    }
    return d->found == before;
}

static void print_connect_header(struct printer *p, const void *member)
{
    const struct string_map *m = member;
    if (m->n == 0)
        return;
    print_map_begin(p);
    for (size_t i = 0; i < m->n; i++) {
        const bool first = i == 0 || strcmp(m->v[i].name, m->v[i - 1].name) != 0;
        const bool last = i + 1 == m->n || strcmp(m->v[i].name, m->v[i + 1].name) != 0;
        if (first) {
            print_key(p, m->v[i].name);
            print_seq_begin(p, false);
        }
        print_masked(p, m->v[i].value);
        if (last)
            print_seq_end(p);
    }
    print_map_end(p);
}

#define PROXY_FIELDS(owner)                                                                                  \
    {.key = "proxy_url",                                                                                     \
     .kind = FIELD_CUSTOM,                                                                                   \
     .type = "URL",                                                                                          \
     .offset = offsetof(owner, proxy_url),                                                                   \
     .decode = decode_proxy_url,                                                                             \
     .print = print_proxy_url,                                                                               \
     .doc = "The proxy to use."},                                                                            \
        {.key = "no_proxy",                                                                                  \
         .kind = FIELD_STRING,                                                                               \
         .offset = offsetof(owner, no_proxy),                                                                \
         .doc = "Hosts, domains and networks that are reached without the proxy."},                          \
        {.key = "proxy_from_environment",                                                                    \
         .kind = FIELD_BOOL,                                                                                 \
         .offset = offsetof(owner, proxy_from_environment),                                                  \
         .doc = "Whether to use HTTP_PROXY, HTTPS_PROXY and NO_PROXY."},                                     \
    {                                                                                                        \
        .key = "proxy_connect_header", .kind = FIELD_CUSTOM, .type = "map of lists of secrets",              \
        .offset = offsetof(owner, proxy_connect_header), .decode = decode_connect_header,                    \
        .print = print_connect_header, .doc = "Headers for the CONNECT request."                             \
    }

/* oauth2 */

#define AT(member) offsetof(struct oauth2, member)
static const struct field oauth2_fields[] = {
    ROW_DEF("client_id", STRING, client_id, NULL, FIELD_ALWAYS, "The client's id."),
    ROW("client_secret", SECRET, client_secret, "The client's secret."),
    ROW("client_secret_file", STRING, client_secret_file, "File with the client's secret."),
    SECRET_REF("client_secret_ref"),
    ROW("client_certificate_key_id", STRING, certificate_key_id, "The id of the key that signs assertions."),
    ROW("client_certificate_key", SECRET, certificate_key, "The key that signs assertions."),
    ROW("client_certificate_key_file", STRING, certificate_key_file,
        "File with the key that signs assertions."),
    ROW("client_certificate_key_ref", STRING, certificate_key_ref,
        "Known for compatibility; there is no secret manager."),
    ROW("grant_type", STRING, grant_type,
        "client_credentials or urn:ietf:params:oauth:grant-type:jwt-bearer."),
    ROW("signature_algorithm", STRING, signature_algorithm, "RS256 (default), RS384 or RS512."),
    ROW("iss", STRING, iss, "The issuer of assertions."),
    ROW("audience", STRING, audience, "The audience of assertions."),
    ROW("claims", ANY_MAP, claims, "Further claims of assertions."),
    ROW("scopes", STRINGS, scopes, "The scopes to ask for."),
    ROW_DEF("token_url", STRING, token_url, NULL, FIELD_ALWAYS, "Where tokens come from."),
    ROW("endpoint_params", MAP, endpoint_params, "Further parameters of the token request."),
    ROW_SUB("tls_config", STRUCT_PTR, tls, tls_config_schema, "TLS towards the token server."),
    PROXY_FIELDS(struct oauth2),
    {0},
};
#undef AT

static bool check_oauth2(struct decoder *d, const struct ytree *node, void *object)
{
    struct oauth2 *o = object;
    const struct proxy proxy = {o->proxy_url, o->no_proxy, o->proxy_from_environment,
                                &o->proxy_connect_header};
    if (o->tls != NULL && is_default_tls(o->tls))
        o->tls = NULL;
    return check_proxy(d, node, &proxy);
}

static const struct schema oauth2_schema = {
    .name = "oauth2",
    .go_type = "config.plain",
    .size = sizeof(struct oauth2),
    .fields = oauth2_fields,
    .check = check_oauth2,
};

/* What is wrong with it in its place; runs after the checks of the authentication around it. */
static bool check_oauth2_keys(struct decoder *d, const struct ytree *node, const struct oauth2 *o)
{
    static const char *const algorithms[] = {"RS256", "RS384", "RS512"};
    if (!is_set(o->client_id))
        return decode_fail(d, node, "oauth2 client_id must be configured");
    if (!is_set(o->token_url))
        return decode_fail(d, node, "oauth2 token_url must be configured");
    if (o->grant_type == NULL || strcmp(o->grant_type, "urn:ietf:params:oauth:grant-type:jwt-bearer") != 0) {
        if (count_set(o->client_secret, o->client_secret_file) > 1)
            return decode_fail(d, node,
                               "at most one of oauth2 client_secret, client_secret_file & client_secret_ref "
                               "must be configured using grant-type=client_credentials");
        return true;
    }
    if (is_set(o->certificate_key_ref))
        return decode_fail(d, node, "cannot use secret ref without manager");
    if (count_set(o->certificate_key, o->certificate_key_file) > 1)
        return decode_fail(d, node,
                           "at most one of oauth2 client_certificate_key, client_certificate_key_file & "
                           "client_certificate_key_ref must be configured using "
                           "grant-type=urn:ietf:params:oauth:grant-type:jwt-bearer");
    if (!is_set(o->signature_algorithm))
        return true;
    for (size_t i = 0; i < COUNT_OF(algorithms); i++)
        if (strcmp(o->signature_algorithm, algorithms[i]) == 0)
            return true;
    return decode_fail(d, node, "valid signature algorithms are RS256, RS384 and RS512");
}

/* http_headers */

#define AT(member) offsetof(struct http_header, member)
static bool decode_secrets(struct decoder *d, const struct ytree *node, void *member)
{
    return decode_secret_list(d, node, member);
}

static void print_secrets(struct printer *p, const void *member)
{
    const struct strings *s = member;
    if (s->n == 0)
        return;
    print_seq_begin(p, false);
    for (size_t i = 0; i < s->n; i++)
        print_masked(p, s->v[i]);
    print_seq_end(p);
}

static const struct field header_fields[] = {
    ROW("values", STRINGS, values, "Values."),
    ROW_CUSTOM("secrets", "list of secrets", secrets, decode_secrets, print_secrets,
               "Values that are not shown."),
    ROW("files", STRINGS, files, "Files with one value each."),
    {0},
};
#undef AT
static const struct schema header_schema = {
    .name = "header",
    .go_type = "config.Header",
    .size = sizeof(struct http_header),
    .fields = header_fields,
};

static const char *const reserved_headers[] = {
    "Authorization",
    "Host",
    "Content-Encoding",
    "Content-Length",
    "Content-Type",
    "User-Agent",
    "Connection",
    "Keep-Alive",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Www-Authenticate",
    "Accept-Encoding",
    "X-Prometheus-Remote-Write-Version",
    "X-Prometheus-Remote-Read-Version",
    "X-Prometheus-Scrape-Timeout-Seconds",
    "X-Amz-Date",
    "X-Amz-Security-Token",
    "X-Amz-Content-Sha256",
};

static int cmp_headers(const void *a, const void *b)
{
    const struct http_header *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

bool decode_headers(struct decoder *d, const struct ytree *node, void *member)
{
    const size_t before = d->found;
    struct list *out = member;
    if (node->kind != YTREE_MAP)
        return decode_type_error(d, node, "config.plain");
    *out = (struct list){.v = ARENA_ARRAY(d->mem, void *, node->n + 1), .present = true};
    for (size_t i = 0; i < node->n; i++) {
        struct http_header *h = ARENA_NEW(d->mem, struct http_header);
        if (!decode_string(d, node->items[2 * i], &h->name) ||
            !decode_object(d, node->items[2 * i + 1], &header_schema, h))
            continue;
        h->name = h->name != NULL ? h->name : decode_keep(d, SV(""));
        out->v[out->n++] = h;
    }
    qsort(out->v, out->n, sizeof(*out->v), cmp_headers);
    return d->found == before;
}

/* Written although it is empty, where the key was there: upstream's block is a pointer. */
void print_headers(struct printer *p, const void *member)
{
    const struct list *headers = member;
    if (!headers->present)
        return;
    print_map_begin(p);
    for (size_t i = 0; i < headers->n; i++) {
        const struct http_header *h = headers->v[i];
        print_key(p, h->name);
        print_object(p, &header_schema, h);
    }
    print_map_end(p);
}

/* Header names do not care about case; the text shows the canonical one. */
static bool check_headers(struct decoder *d, const struct ytree *node, const struct list *headers)
{
    for (size_t i = 0; i < headers->n; i++) {
        const struct http_header *h = headers->v[i];
        for (size_t k = 0; k < COUNT_OF(reserved_headers); k++)
            if (sv_eq_nocase(sv_of(h->name), sv_of(reserved_headers[k])))
                return decode_fail(d, ytree_get(node, "http_headers"), "setting header \"%s\" is not allowed",
                                   reserved_headers[k]);
    }
    return true;
}

/* http_config. basic_auth and authorization are blocks of the file, but members of the same struct. */

#define AT(member) offsetof(struct http_config, member)
static const struct field basic_auth_fields[] = {
    ROW("username", STRING, basic_username, "The user's name."),
    ROW("username_file", STRING, basic_username_file, "File with the user's name."),
    SECRET_REF("username_ref"),
    ROW("password", SECRET, basic_password, "The password."),
    ROW("password_file", STRING, basic_password_file, "File with the password."),
    SECRET_REF("password_ref"),
    {0},
};
static const struct schema basic_auth_schema = {
    .name = "basic_auth",
    .go_type = "config.plain",
    .size = sizeof(struct http_config),
    .fields = basic_auth_fields,
};

static const struct field authorization_fields[] = {
    ROW("type", STRING, auth_type, "The kind of authorization (default Bearer)."),
    ROW("credentials", SECRET, auth_credentials, "The credentials."),
    ROW("credentials_file", STRING, auth_credentials_file, "File with the credentials."),
    SECRET_REF("credentials_ref"),
    {0},
};
static const struct schema authorization_schema = {
    .name = "authorization",
    .go_type = "config.plain",
    .size = sizeof(struct http_config),
    .fields = authorization_fields,
};

static bool decode_basic_auth(struct decoder *d, const struct ytree *node, void *member)
{
    struct http_config *h = member;
    h->has_basic_auth = true;
    return decode_object(d, node, &basic_auth_schema, h);
}

static bool decode_authorization(struct decoder *d, const struct ytree *node, void *member)
{
    struct http_config *h = member;
    h->has_authorization = true;
    return decode_object(d, node, &authorization_schema, h);
}

static void print_basic_auth(struct printer *p, const void *member)
{
    const struct http_config *h = member;
    if (h->has_basic_auth)
        print_object(p, &basic_auth_schema, h);
}

static void print_authorization(struct printer *p, const void *member)
{
    const struct http_config *h = member;
    if (h->has_authorization)
        print_object(p, &authorization_schema, h);
}

static const struct field http_fields[] = {
    {.key = "basic_auth",
     .kind = FIELD_CUSTOM,
     .offset = 0,
     .sub = &basic_auth_schema,
     .decode = decode_basic_auth,
     .print = print_basic_auth,
     .doc = "User and password."},
    {.key = "authorization",
     .kind = FIELD_CUSTOM,
     .offset = 0,
     .sub = &authorization_schema,
     .decode = decode_authorization,
     .print = print_authorization,
     .doc = "The Authorization header."},
    ROW_SUB("oauth2", STRUCT_PTR, oauth2, oauth2_schema, "Tokens by OAuth 2.0."),
    ROW("bearer_token", SECRET, bearer_token, "Deprecated: use authorization."),
    ROW("bearer_token_file", STRING, bearer_token_file, "Deprecated: use authorization."),
    ROW_SUB("tls_config", STRUCT_PTR, tls, tls_config_schema, "TLS towards the server."),
    ROW_DEF("follow_redirects", BOOL, follow_redirects, "true", FIELD_ALWAYS, "Whether to follow redirects."),
    ROW_DEF("enable_http2", BOOL, enable_http2, "true", FIELD_ALWAYS, "Whether HTTP/2 may be used."),
    PROXY_FIELDS(struct http_config),
    {.key = "http_headers",
     .kind = FIELD_CUSTOM,
     .type = "map of",
     .offset = AT(http_headers),
     .sub = &header_schema,
     .decode = decode_headers,
     .print = print_headers,
     .doc = "Further headers of every request, by name."},
    {0},
};
#undef AT

static bool check_basic_auth(struct decoder *d, const struct ytree *node, const struct http_config *h)
{
    if (count_set(h->basic_username, h->basic_username_file) > 1)
        return decode_fail(
            d, node, "at most one of basic_auth username, username_file & username_ref must be configured");
    if (count_set(h->basic_password, h->basic_password_file) > 1)
        return decode_fail(
            d, node, "at most one of basic_auth password, password_file & password_ref must be configured");
    return true;
}

static bool check_authorization(struct decoder *d, const struct ytree *node, struct http_config *h)
{
    if (count_set(h->bearer_token, h->bearer_token_file) != 0)
        return decode_fail(d, node, "authorization is not compatible with bearer_token & bearer_token_file");
    if (count_set(h->auth_credentials, h->auth_credentials_file) > 1)
        return decode_fail(d, node,
                           "at most one of authorization credentials & credentials_file must be configured");
    const struct sv type = sv_trim(sv_of(h->auth_type));
    h->auth_type = type.n != 0 ? decode_keep(d, type) : decode_keep(d, SV("Bearer"));
    if (sv_eq_nocase(type, SV("basic")))
        return decode_fail(d, node,
                           "authorization type cannot be set to \"basic\", use \"basic_auth\" instead");
    if (h->has_basic_auth || h->oauth2 != NULL)
        return decode_fail(d, node, "at most one of basic_auth, oauth2 & authorization must be configured");
    return true;
}

static bool check_authentication(struct decoder *d, const struct ytree *node, struct http_config *h)
{
    const int bearers = count_set(h->bearer_token, h->bearer_token_file);
    if (bearers > 1)
        return decode_fail(d, node, "at most one of bearer_token & bearer_token_file must be configured");
    if (bearers != 0 && (h->has_basic_auth || h->oauth2 != NULL))
        return decode_fail(
            d, node,
            "at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured");
    if (!check_basic_auth(d, node, h))
        return false;
    if (h->has_authorization && !check_authorization(d, node, h))
        return false;
    if (h->oauth2 == NULL)
        return true;
    if (h->has_basic_auth)
        return decode_fail(d, node, "at most one of basic_auth, oauth2 & authorization must be configured");
    return check_oauth2_keys(d, ytree_get(node, "oauth2"), h->oauth2);
}

static void move_bearer_token(struct decoder *d, struct http_config *h)
{
    if (count_set(h->bearer_token, h->bearer_token_file) == 0)
        return;
    h->has_authorization = true;
    h->auth_type = decode_keep(d, SV("Bearer"));
    h->auth_credentials = h->bearer_token;
    h->auth_credentials_file = h->bearer_token_file;
    h->bearer_token = h->bearer_token_file = NULL;
}

static void join(struct decoder *d, char **path)
{
    *path = path_join(d->dir, *path, d->mem);
}

static void join_tls(struct decoder *d, struct tls_config *t)
{
    if (t == NULL)
        return;
    join(d, &t->ca_file);
    join(d, &t->cert_file);
    join(d, &t->key_file);
}

/* Here, so that each block is joined once, whoever uses it (config.md 8 item 4). */
static void join_files(struct decoder *d, struct http_config *h)
{
    join(d, &h->basic_username_file);
    join(d, &h->basic_password_file);
    join(d, &h->auth_credentials_file);
    join_tls(d, h->tls);
    if (h->oauth2 != NULL) {
        join(d, &h->oauth2->client_secret_file);
        join_tls(d, h->oauth2->tls);
    }
    for (size_t i = 0; i < h->http_headers.n; i++) {
        struct http_header *header = h->http_headers.v[i];
        for (size_t k = 0; k < header->files.n; k++)
            join(d, &header->files.v[k]);
    }
}

static bool check_http(struct decoder *d, const struct ytree *node, void *object)
{
    struct http_config *h = object;
    const struct proxy proxy = {h->proxy_url, h->no_proxy, h->proxy_from_environment,
                                &h->proxy_connect_header};
    if (!check_authentication(d, node, h) || !check_proxy(d, node, &proxy) ||
        !check_headers(d, node, &h->http_headers))
        return false;
    move_bearer_token(d, h);
    if (h->tls != NULL && is_default_tls(h->tls))
        h->tls = NULL;
    join_files(d, h);
    return true;
}

const struct schema http_config_schema = {
    .name = "http_config",
    .go_type = "config.plain",
    .size = sizeof(struct http_config),
    .fields = http_fields,
    .check = check_http,
};
