/* Media types of requests: what a body may be, and what an answer may be (api.md 1.5). */
#pragma once

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

enum media_verdict {
    MEDIA_OK,          /* application/json, with any parameters */
    MEDIA_UNSUPPORTED, /* 415: some other type */
    MEDIA_MALFORMED,   /* 400 */
};

/* `header` is the Content-Type of a request that has a body; absent and empty mean application/octet-stream.
 * The words of a refusal are in `err`. */
enum media_verdict media_check_body(struct sv header, struct err *err) NODISCARD;

/* Whether one Accept header's list takes application/json: any matching item whose q is not zero. */
bool media_accepts_json(struct sv header);
/* Whether it names text/html, as those of browsers do; a wildcard does not count. */
bool media_names_html(struct sv header);

/* Walks the items of an Accept or Accept-Encoding list: "a/b;x=y;q=0.5, c/d". */
struct media_item {
    struct sv name, params; /* "a/b" and ";x=y;q=0.5", without surrounding space */
    bool refused;           /* its q is zero */
};
bool media_next(struct sv *rest, struct media_item *item);
struct sv media_param(const struct media_item *item, const char *name); /* the value; empty when absent */
