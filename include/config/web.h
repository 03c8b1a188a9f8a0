/* The file of --web.config.file, loaded and checked (api.md 3.8): TLS, HTTP/2, response headers, passwords,
 * the rate limit. Immutable; all memory is its own. Certificates are not opened here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/clk.h"
#include "base/err.h"
#include "base/str.h"
#include "config/access.h"
#include "config/schema.h"

/* Strings are NULL when absent. Files are joined to the directory of the web configuration. */
struct web_tls {
    char *cert, *cert_file, *key, *key_file, *client_ca, *client_ca_file;
    char *client_auth_type; /* one of Go's names */
    struct strings client_allowed_sans, cipher_suites, curve_preferences;
    char *min_version, *max_version; /* TLS10 ... TLS13 */
    bool prefer_server_cipher_suites;
};

struct web_http {
    bool http2;
    struct string_map headers;
};

struct web_rate_limit {
    dur_ns interval; /* 0: no limit */
    int64_t burst;
};

struct web_config {
    struct web_tls *tls; /* NULL: plain HTTP */
    struct web_http http;
    struct string_map users; /* name, bcrypt hash */
    struct web_rate_limit rate_limit;
    struct access_config *access; /* NULL: there are no roles */
};

/* Errors as config_load() gives them: all in `errors` (NULL is fine), one line each with file:line:col; `err`
 * is the first, worded as upstream does. */
struct web_config *web_config_load_file(const char *path, struct strbuf *errors, struct err *err) NODISCARD;
struct web_config *web_config_load(struct sv text, const char *path, struct strbuf *errors,
                                   struct err *err) NODISCARD;
void web_config_free(struct web_config *c); /* NULL is fine */
