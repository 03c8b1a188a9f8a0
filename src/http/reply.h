/* The shapes that answers have (api.md 1.3, 1.6). Each function answers the request completely.
 *
 * Texts are copied where they have to outlive the call. Endpoints of the API get their common headers here.
 */
#pragma once

#include "base/attr.h"
#include "base/str.h"
#include "exchange.h"

void reply_empty(struct exchange *x, int status);                        /* no body, no Content-Type */
void reply_json(struct exchange *x, struct strbuf *json);                /* 200; takes the text over */
void reply_error_string(struct exchange *x, int status, struct sv text); /* "text" and a line feed */
void reply_fault(struct exchange *x, int code,
                 struct sv message); /* {"code":N,"message":"..."}; >= 600: 422 */

void reply_plain(struct exchange *x, int status, struct sv text); /* text/plain, as Go's http.Error */
void reply_text(struct exchange *x, int status, const char *type, struct sv text);
void reply_redirect(struct exchange *x, int status, struct sv location);
void reply_allow(struct exchange *x);    /* 405, or the answer to OPTIONS, from x->routed */
void reply_busy(struct exchange *x);     /* 503 with Retry-After */
void reply_too_much(struct exchange *x); /* 503: more to show than one request may hold */
void reply_bad_head(struct exchange *x, const char *fault); /* 400, and the connection ends */

/* Building blocks for other shapes: a header (both texts must outlive the response), and the start. */
void reply_header(struct exchange *x, const char *name, const char *value);
void reply_header_copy(struct exchange *x, const char *name, struct sv value);
/* `length` SIZE_MAX: not known, sent in chunks. */
void reply_start(struct exchange *x, int status, const char *type, size_t length, h2o_generator_t *generator);
/* The whole answer; takes the text over. */
void reply_buffer(struct exchange *x, int status, const char *type, struct strbuf *body);
