/* Go's text/template, as Alertmanager's users write it (templates.md).
 *
 * A set is compiled once and then immutable: any thread may execute it. Execution takes all memory from the
 * arena given and is limited in output bytes, depth and steps, so that no template can hang or exhaust the
 * server. Errors name template, line and column as Go's do.
 *
 * Data reaches a template as `struct tval`. Lists, maps and objects are called back through small tables, so
 * that the data model (model and notify) stays in its own layer and nothing is copied before it is used.
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

enum tval_kind {
    TVAL_NIL, /* no value */
    TVAL_BOOL,
    TVAL_INT,
    TVAL_FLOAT,
    TVAL_STR,
    TVAL_TIME,
    TVAL_DURATION,
    TVAL_LIST,
    TVAL_MAP,    /* string keys, iterated in sorted order */
    TVAL_OBJECT, /* fields and methods by name */
};

struct tval {
    enum tval_kind kind;
    union {
        bool b;
        int64_t i; /* TVAL_INT, and TVAL_DURATION in nanoseconds */
        double f;
        struct sv s;
        struct stamp t;
        struct {
            const struct tlist_type *type;
            const void *p;
        } list;
        struct {
            const struct tmap_type *type;
            const void *p;
        } map;
        struct {
            const struct tobj_type *type;
            const void *p;
        } obj;
    };
};

struct tmpl_run; /* one execution; what callbacks allocate from */
struct arena *tmpl_run_arena(struct tmpl_run *run);

/* A method or function: `args` excludes the receiver. False with `err` filled stops the execution. */
typedef bool tmpl_method(struct tmpl_run *run, struct tval self, const struct tval *args, size_t n_args,
                         struct tval *ret, struct err *err);

struct tmethod {
    const char *name;
    int min_args, max_args; /* max -1: variadic */
    tmpl_method *call;
};

struct tlist_type {
    const char *go_type; /* as Go's %T and error texts say, e.g. "template.Alerts" */
    size_t (*len)(const void *p);
    struct tval (*at)(struct tmpl_run *run, const void *p, size_t i);
    const struct tmethod *methods; /* ends with a NULL name; may be NULL */
};
struct tmap_type {
    const char *go_type; /* e.g. "template.KV" */
    size_t (*len)(const void *p);
    struct sv (*key)(const void *p, size_t i); /* sorted bytewise */
    struct tval (*get)(struct tmpl_run *run, const void *p, struct sv key, bool *found);
    const struct tmethod *methods;
    struct tval zero; /* what a missing key yields */
};
struct tfield {
    const char *name;
    struct tval (*get)(struct tmpl_run *run, const void *p);
};
struct tobj_type {
    const char *go_type;         /* e.g. "template.Data" */
    const struct tfield *fields; /* in Go's declaration order, ends with a NULL name */
    const struct tmethod *methods;
};

static inline struct tval tval_str(struct sv s)
{
    return (struct tval){.kind = TVAL_STR, .s = s};
}

struct tmpl_set;

struct tmpl_limits {
    size_t output_bytes, steps;
    unsigned depth;
}; /* zero fields mean the defaults: 4 MiB, 10 million, 1000 */

struct tmpl_set *tmpl_set_new(void);
void tmpl_set_free(struct tmpl_set *set);

/* Adds a file's text: its `define`s, and the template `name` (the file's base name) from the text outside
 * them. Later definitions replace earlier ones by Go's rules. */
bool tmpl_set_add(struct tmpl_set *set, const char *name, struct sv text, struct err *err) NODISCARD;

/* Parses `text` as the template "" in a private overlay of the set and executes it on `dot`, text mode. The
 * result is in `mem`. `deadline`-free: limits bound the work. */
bool tmpl_text(const struct tmpl_set *set, struct sv text, struct tval dot, struct now now,
               const struct tmpl_limits *limits, struct arena *mem, struct sv *out,
               struct err *err) NODISCARD;

/* The same in HTML mode, with contextual escaping (templates.md 11). */
bool tmpl_html(const struct tmpl_set *set, struct sv text, struct tval dot, struct now now,
               const struct tmpl_limits *limits, struct arena *mem, struct sv *out,
               struct err *err) NODISCARD;

/* Only the syntax, with the language's own functions (webhook url, config.md 3.5). */
bool tmpl_check_plain(struct sv text, struct err *err) NODISCARD;
