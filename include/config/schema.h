/* Field tables: one description of a block of the configuration file, from which everything else follows:
 * decoding with strict unknown-key errors at file:line:col, defaults, masking of secrets, the printed
 * `config.original`, and the reference documentation (design.md 4).
 *
 * A decoded object is a plain struct in the configuration's arena, zeroed, then filled from the table.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/clk.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "codec/ytree.h"
#include "model/matcher.h"

/* The C type of the member is in the comment. Strings are NUL-terminated and live in the arena; NULL means
 * absent unless the field has a default. */
enum field_kind {
    FIELD_STRING,       /* char * */
    FIELD_SECRET,       /* char *, printed as <secret> */
    FIELD_BOOL,         /* bool */
    FIELD_TRIBOOL,      /* int8_t: -1 unset, 0, 1 */
    FIELD_INT,          /* int64_t */
    FIELD_UINT,         /* uint64_t */
    FIELD_DURATION,     /* dur_ns, Prometheus' grammar */
    FIELD_OPT_DURATION, /* struct opt_duration */
    FIELD_GO_DURATION,  /* dur_ns, Go's grammar */
    FIELD_URL,        /* char *, checked http(s) URL, printed in clear; there is room for a slash after it */
    FIELD_SECRET_URL, /* char *, checked, printed as <secret>; the text <secret> is taken as empty */
    FIELD_TEMPLATE_URL, /* char *, config.md 3.5, printed as <secret> */
    FIELD_HOSTPORT,     /* struct hostport */
    FIELD_STRINGS,      /* struct strings */
    FIELD_MAP,          /* struct string_map */
    FIELD_SECRET_MAP,   /* struct string_map, values printed as <secret> */
    FIELD_MATCHERS,     /* struct matchers: a list of matcher strings, parsed in the mode of the loader */
    FIELD_STRUCT,       /* the struct itself, `sub` */
    FIELD_STRUCT_PTR,   /* pointer to the struct, NULL when the key is absent, `sub` */
    FIELD_LIST,         /* struct list of `sub` objects */
    FIELD_NODE,         /* const struct ytree *: any value, kept as it is */
    FIELD_ANY_MAP,      /* const struct ytree *: a map of any values, whose keys are strings */
    FIELD_CUSTOM,       /* decoded by field.decode and printed by field.print */
};

struct opt_duration {
    bool set;
    dur_ns d;
};
struct hostport {
    char *host, *port; /* NULL, NULL: unset */
};
struct strings {
    char **v;
    size_t n;
    bool present; /* the key was there and not null; [] differs from absent for group_by */
};
struct string_pair {
    char *name, *value;
};
struct string_map {
    struct string_pair *v; /* sorted by name */
    size_t n;
};
struct list {
    void **v; /* pointers to objects of the sub-schema */
    size_t n;
    bool present;
};

struct decoder; /* the state of one load; config/decode.h */
struct printer;

enum field_flags {
    FIELD_ALWAYS = 1, /* printed in config.original even when empty or zero */
    FIELD_TMPL = 2,   /* a notification template */
    FIELD_REQUIRED =
        4,          /* must be present and non-empty: only for the documentation; `check` gives the words */
    FIELD_OURS = 8, /* not known to Alertmanager */
    FIELD_VALUES = 16,    /* of a LIST: a null item is an empty object; else it is a NULL in the list */
    FIELD_SEES_NULL = 32, /* of a CUSTOM: decode is called for null as well; else null changes nothing */
    FIELD_INTERVALS = 64, /* of a STRINGS in a receiver: names of time intervals, which must be there */
};

struct field {
    const char *key;
    enum field_kind kind;
    size_t offset;   /* offsetof in the struct */
    const char *def; /* default: the text of a scalar as it is, of a collection as YAML; NULL: zero */
    const struct schema *sub; /* STRUCT, STRUCT_PTR, LIST; of a CUSTOM block: for the reference */
    unsigned flags;
    const char *doc; /* one sentence for the reference */
    const char
        *type; /* of FIELD_CUSTOM: what it takes, for the reference; with `sub`, what stands before it */
    bool (*decode)(struct decoder *d, const struct ytree *node, void *member);
    void (*print)(struct printer *p, const void *member);
};

struct schema {
    const char *name;    /* as users would call the block: "webhook config" */
    const char *go_type; /* as upstream's error texts name it: "config.plain" */
    size_t size;
    const struct field *fields; /* in print order; ends with a NULL key */
    /* After the fields of an object were decoded: what the table cannot say. May be NULL. */
    bool (*check)(struct decoder *d, const struct ytree *node, void *object);
};

/* For check, decode and resolve functions: records an error at a node; always returns false. */
bool decode_fail(struct decoder *d, const struct ytree *at, const char *fmt, ...) PRINTF(3, 4);
struct arena *decode_arena(struct decoder *d);
enum matcher_mode decode_matcher_mode(const struct decoder *d);
