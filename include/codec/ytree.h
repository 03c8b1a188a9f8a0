/* YAML documents as a tree with positions, over libyaml's events.
 *
 * What libyaml leaves to us: limits (depth, nodes, alias expansions), aliases, merge keys, duplicate keys,
 * and YAML 1.1 scalar resolution with the rules of Go's yaml.v2 (config.md 2), which is what Alertmanager
 * reads with. Nodes live in the arena given and are immutable.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

#define YTREE_MAX_DEPTH 64
#define YTREE_MAX_NODES ((size_t)2000000) /* alias expansions count */

enum ytree_kind { YTREE_SCALAR, YTREE_SEQ, YTREE_MAP };
/* Of a scalar, as resolved. YT_OTHER is a timestamp or has a foreign tag: readers take its text as a string.
 */
enum ytree_type { YT_NULL, YT_BOOL, YT_INT, YT_FLOAT, YT_STR, YT_OTHER };

struct ytree {
    enum ytree_kind kind;
    int line, col;        /* 1-based */
    bool quoted;          /* a quoted or block scalar without a tag: always a string */
    bool merged;          /* a key that came in by `<<`: it may repeat another key of its map */
    uint16_t source;      /* which of the caller's texts it stands in */
    struct sv text;       /* scalar: its value, NUL-terminated */
    struct sv tag;        /* an explicit tag, or empty */
    struct ytree **items; /* sequence: n items; map: n pairs key, value (2 * n pointers) */
    size_t n;
};

/* Reads the first document; what follows it is not looked at. An empty document gives *root NULL. Errors
 * carry line and col and yaml.v2's text ("yaml: line 3: mapping values are not allowed in this context"). An
 * alias yields the anchored node itself, so nodes may be shared. Pairs of `<<` stand in the map where the
 * merge key stood; keys may be given twice, because what that means depends on the reader. */
bool ytree_parse(struct sv text, struct arena *mem, struct ytree **root, struct err *err) NODISCARD;
/* The same; the nodes remember the number of the text, for callers that read several into one tree. */
bool ytree_parse_source(struct sv text, uint16_t source, struct arena *mem, struct ytree **root,
                        struct err *err) NODISCARD;

/* Resolution of a scalar: explicit tag, else the plain-scalar rules. */
enum ytree_type ytree_type(const struct ytree *n);
bool ytree_bool(const struct ytree *n, bool *v) NODISCARD;
bool ytree_int(const struct ytree *n, int64_t *v) NODISCARD;
bool ytree_float(const struct ytree *n, double *v) NODISCARD;

/* How a plain scalar with this text would be read: what a writer has to quote. */
enum ytree_type ytree_resolve(struct sv plain);

/* The value of a key of a map (the last one, when it is given twice), or NULL. */
const struct ytree *ytree_get(const struct ytree *map, const char *key);

/* As yaml.v2 shows a value in a type error: !!str `BAD`, !!int `1234567...`, !!seq. */
void ytree_show(const struct ytree *n, struct strbuf *out);
