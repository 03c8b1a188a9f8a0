/* Structured values: a YAML value of the configuration, every string in it rendered and read again as YAML,
 * written as JSON (receivers.md A1.5). Maps come out with sorted keys. */
#pragma once

#include "codec/jw.h"
#include "codec/ytree.h"
#include "notify/receiver.h"

/* One value inside a document of the caller's. After a failure the document is unusable. */
bool payload_value(struct render *r, const struct ytree *node, struct jw *out, struct err *err) NODISCARD;

/* A document of its own, with the final newline. */
bool payload_write(struct render *r, const struct ytree *node, struct strbuf *out, struct err *err) NODISCARD;

struct payload_member {
    struct sv key, json; /* json: one complete value, for jw_raw() */
};
/* The members of a map one by one, for documents that have others beside them: sorted by key, each key once.
 * Unlike those of the maps inside, these keys are taken as they are written. A NULL map has no members. */
bool payload_members(struct render *r, const struct ytree *map, struct payload_member **out, size_t *n,
                     struct err *err) NODISCARD;
/* The same of a map that is no template: its texts are taken as they are written. */
bool payload_plain_members(const struct ytree *map, struct arena *mem, struct payload_member **out, size_t *n,
                           struct err *err) NODISCARD;
