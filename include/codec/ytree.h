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
enum ytree_type { YT_NULL, YT_BOOL, YT_INT, YT_FLOAT, YT_STR, YT_OTHER }; /* of a scalar, as resolved */

struct ytree {
    enum ytree_kind kind;
    int line, col;        /* 1-based */
    bool quoted;          /* a quoted or block scalar: always a string */
    struct sv text;       /* scalar: its value, NUL-terminated */
    struct sv tag;        /* an explicit tag, or empty */
    struct ytree **items; /* sequence: n items; map: n pairs key, value */
    size_t n;
};

/* Reads one document. An empty document gives *root NULL. Errors carry line and col and yaml.v2's text
 * ("yaml: line 3: mapping values are not allowed in this context"). */
bool ytree_parse(struct sv text, struct arena *mem, struct ytree **root, struct err *err) NODISCARD;

/* Resolution of a scalar: explicit tag, else the plain-scalar rules. */
enum ytree_type ytree_type(const struct ytree *n);
bool ytree_bool(const struct ytree *n, bool *v) NODISCARD;
bool ytree_int(const struct ytree *n, int64_t *v) NODISCARD;
bool ytree_float(const struct ytree *n, double *v) NODISCARD;

/* The value of a key of a map (merge keys already applied), or NULL. */
const struct ytree *ytree_get(const struct ytree *map, const char *key);

/* As yaml.v2 shows a value in a type error: the first bytes of the scalar, with "..." when it is long. */
void ytree_show(const struct ytree *n, struct strbuf *out);
