/* What receivers put requests together with: rendered options, files, limits on lengths, bodies. */
#pragma once

#include "codec/jw.h"
#include "config/fields.h"
#include "notify/receiver.h"

/* Renders options in their order until one fails. */
struct compose_text {
    const char *source; /* NULL is empty */
    struct sv *out;
};
bool compose_texts(struct render *r, const struct compose_text *texts, size_t n, struct err *err) NODISCARD;

/* The value, or the file's trimmed (raw: untrimmed) content; then rendered. */
bool compose_secret(struct render *r, const char *value, const char *file, bool raw, struct sv *out,
                    struct err *err) NODISCARD;

/* At most `max` runes, or bytes, the ellipsis included (receivers.md A1.3). `option` is for the log. */
bool compose_cut_runes(struct render *r, const char *option, size_t max, struct sv *text,
                       struct err *err) NODISCARD;
bool compose_cut_bytes(struct render *r, const char *option, size_t max, struct sv *text,
                       struct err *err) NODISCARD;
/* At most `max` runes (not 0), the ellipsis included: where texts are expected to be too long, and nobody
 * needs to hear of it. */
bool compose_shorten(struct render *r, size_t max, struct sv *text, struct err *err) NODISCARD;

/* Lower-case hex SHA-256 of the group key: how receivers name the group to platforms that keep state. */
void compose_group_id(const struct render *r, char out[65]);

/* A copy that lives as long as the step; `what` is for the error, "message". */
bool compose_keep(struct render *r, const char *what, const struct strbuf *text, struct sv *out,
                  struct err *err) NODISCARD;

/* POSTs of JSON: a request with an empty body; then the document, to which the newline is added. */
void compose_json(struct request *out, const char *url);
bool compose_body(struct render *r, struct strbuf *json, struct request *out, struct err *err) NODISCARD;

/* Header fields, each "Name: " (or more of the line) and a value from the configuration or a file. */
struct compose_header {
    const char *start;
    struct sv value;
};
bool compose_headers(struct render *r, const struct compose_header *headers, size_t n, struct request *out,
                     struct err *err) NODISCARD;

/* A URL from the configuration, or from its file, where it is checked: `option` names it, "webhook_url". */
bool compose_url(struct render *r, const char *option, const char *url, const char *file, struct request *out,
                 struct err *err) NODISCARD;

/* key and value, unless the value is empty */
void compose_optional(struct jw *w, struct sv key, struct sv value);

/* Puts `channel "X": ` before the verdict's text when there is one; `channel` is a template. */
void compose_name_channel(struct render *r, const char *channel, struct verdict *v);

/* For check and resolve functions. */
bool compose_check_pair(struct decoder *d, const struct ytree *node, const char *name, const char *value,
                        const char *file); /* "at most one of name & name_file must be configured" */
bool compose_check_url(struct decoder *d, const struct ytree *node, const char *name, const char *url,
                       const char *file); /* exactly one of them */
/* Adds the slash in place, where a FIELD_URL has room for it: a URL that was inherited from global shows it
 * there as well, as upstream's does. */
void compose_add_slash(char *url);
