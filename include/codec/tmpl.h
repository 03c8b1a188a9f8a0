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
    TVAL_COMPLEX, /* only constants: 1i */
    TVAL_STR,
    TVAL_TIME,
    TVAL_DURATION,
    TVAL_LIST,
    TVAL_MAP,    /* string keys, iterated in sorted order */
    TVAL_OBJECT, /* fields and methods by name */
};

/* Which named Go type a value has, where that makes a difference. Data starts with TVAL_PLAIN. */
enum tval_tag {
    TVAL_PLAIN,
    TVAL_HTML,    /* a string marked by safeHtml */
    TVAL_URL,     /* by safeUrl */
    TVAL_BYTE,    /* an int: what index gives for a string */
    TVAL_MONTH,   /* an int that prints as January */
    TVAL_WEEKDAY, /* an int that prints as Sunday */
    TVAL_MISSING, /* nil: what a generic map yields for a key it lacks */
};

struct tval {
    enum tval_kind kind;
    enum tval_tag tag;
    union {
        bool b;
        int64_t i; /* TVAL_INT, and TVAL_DURATION in nanoseconds */
        double f;
        struct {
            double re, im;
        } complex;
        struct sv s;
        struct {
            struct stamp t;
            const struct tz *zone; /* NULL: t's own offset, which has no name (UTC when it is 0) */
        };
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

/* A method or function: `args` excludes the receiver. False with `err` filled stops the execution. What it
 * returns must live until the execution ends: static, in the data, or from tmpl_run_arena(). */
typedef bool tmpl_method(struct tmpl_run *run, struct tval self, const struct tval *args, size_t n_args,
                         struct tval *ret, struct err *err);

/* A nullary method named String gives the printed form. */
struct tmethod {
    const char *name;
    int min_args, max_args; /* max -1: variadic */
    tmpl_method *call;
    /* One letter per parameter, checked before the call; the last one is repeated for variadic ones; NULL
     * takes anything. s string, i int, d duration, t time, S list of strings, L generic list, z time zone, *
     * anything. */
    const char *params;
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
    const char *json;  /* the key in toJson's output; NULL: the name */
    bool unless_empty; /* left out where the object is printed as a whole and the field has no elements */
    bool hidden;       /* left out there always: ours, and whoever prints everything expects Alertmanager's */
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

static inline struct tval tval_int(int64_t i)
{
    return (struct tval){.kind = TVAL_INT, .i = i};
}
static inline struct tval tval_time(struct stamp t)
{
    return (struct tval){.kind = TVAL_TIME, .t = t};
}

/* A list of strings (Go's []string) that has Join: what Names and Values return, what join and Remove take.
 * `v` is borrowed. NIL when the arena is exhausted. */
struct tval tval_strings(struct tmpl_run *run, const struct sv *v, size_t n);
/* The same for a list of any values of type `type`, whose `at` must be tval_array_at, `len` tval_array_len.
 */
struct tval tval_array(struct tmpl_run *run, const struct tlist_type *type, const struct tval *v, size_t n);
size_t tval_array_len(const void *p);
struct tval tval_array_at(struct tmpl_run *run, const void *p, size_t i);

/* A value from a JSON document, as Go's decoder gives it to an interface: numbers are floats, objects are
 * generic maps (a key that is missing prints <no value>). Text may point into `json`. */
bool tval_from_json(struct arena *mem, struct sv json, struct tval *out, struct err *err) NODISCARD;

struct tmpl_set;

struct tmpl_limits {
    size_t output_bytes, steps;
    unsigned depth;           /* of template calls */
    bool expand_route_labels; /* routeLabels executes the value it returns (templates.md 7) */
};                            /* zero fields mean the defaults: 4 MiB, 10 million, 100000 as in Go */

/* Which functions the texts of a set have. */
enum tmpl_functions {
    TMPL_ALERTMANAGER,
    TMPL_CHAT,  /* the same, and the names that it lacks: sprig's, and a few of PrometheusAlert's */
    TMPL_SPRIG, /* the same names, but sprig's are meant where both have one */
};

struct tmpl_set *tmpl_set_new(void); /* TMPL_ALERTMANAGER */
struct tmpl_set *tmpl_set_new_with(enum tmpl_functions functions);
void tmpl_set_free(struct tmpl_set *set);

/* Adds a file's text: its `define`s, and the template `name` (the file's base name) from the text outside
 * them. Later definitions replace earlier ones by Go's rules. */
bool tmpl_set_add(struct tmpl_set *set, const char *name, struct sv text, struct err *err) NODISCARD;

/* Parses `text` as the template "" in a private overlay of the set and executes it on `dot`, text mode. The
 * result is in `mem`; after an error in the middle it is what was written before. `deadline`-free: limits
 * bound the work. */
bool tmpl_text(const struct tmpl_set *set, struct sv text, struct tval dot, struct now now,
               const struct tmpl_limits *limits, struct arena *mem, struct sv *out,
               struct err *err) NODISCARD;

/* The same in HTML mode, with contextual escaping (templates.md 11). */
bool tmpl_html(const struct tmpl_set *set, struct sv text, struct tval dot, struct now now,
               const struct tmpl_limits *limits, struct arena *mem, struct sv *out,
               struct err *err) NODISCARD;

/* Only the syntax, with the language's own functions (webhook url, config.md 3.5). */
bool tmpl_check_plain(struct sv text, struct err *err) NODISCARD;
