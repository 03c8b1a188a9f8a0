/* URLs, as Go's net/url sees them where its verdicts reach our users (config.md 3.4, api.md 2.3). */
#pragma once

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

struct url {
    struct sv scheme;                                      /* lower case */
    struct sv userinfo, host, port, path, query, fragment; /* as written; host without brackets */
    bool has_userinfo, has_query, has_fragment;
    bool has_authority, has_port; /* "//" and ":" were there, even if nothing followed */
};

/* Errors as Go prints them: `parse "http://a b/x": invalid character " " in host name`. Slices point into `s`
 * or into `mem`. */
bool url_parse(struct sv s, struct arena *mem, struct url *u, struct err *err) NODISCARD;

/* As url_parse(), then http or https with a host: `unsupported scheme "ftp" for URL`, `missing host for URL`.
 */
bool url_parse_http(struct sv s, struct arena *mem, struct url *u, struct err *err) NODISCARD;

void url_print(struct strbuf *out, const struct url *u); /* normalised as Go's URL.String() */
bool url_is_request_uri(struct sv s);                    /* the rule for generatorURL, api.md 2.3 */

/* Percent-encoding. Query: space is '+'; path: space is %20 (both keep A-Z a-z 0-9 - _ . ~). */
void url_escape_query(struct strbuf *out, struct sv s);
void url_escape_path(struct strbuf *out, struct sv s);
/* False on a bad escape; what was appended up to there stays. `plus` turns '+' into a space. */
bool url_unescape(struct strbuf *out, struct sv s, bool plus) NODISCARD;
