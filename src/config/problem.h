/* What is wrong with a configuration, and where: collected while it is loaded, shown at the end.
 *
 * Errors are of three kinds, because upstream ranks them (config.md 2 item 4): a semantic error inside a
 * block hides schema errors, and both hide the checks between blocks. Warnings refuse nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "codec/ytree.h"
#include "config/config.h"

enum problem_kind { PROBLEM_SEMANTIC, PROBLEM_SCHEMA, PROBLEM_CROSS, PROBLEM_WARNING };

/* A text that is part of the configuration: the file itself, and each one it includes. */
struct source {
    const char *path;
    struct sv dir, text;
};

struct problem {
    enum problem_kind kind;
    enum config_severity severity;
    uint16_t source;
    int line, col;
    char *text;       /* of an error: as upstream words it, without the position */
    char *upstream;   /* upstream's whole text, when it has more in front of it; else NULL */
    char *hint;       /* may be NULL */
    const char *rule; /* of a warning: its name */
    bool hide_values; /* as config_finding has it */
};

/* Zeroed memory is the empty list. Texts live in the arena of the load. */
struct problems {
    struct problem *v;
    size_t n, cap;
};

/* The one that was added, until the next is; NULL when there are too many. */
struct problem *problems_add(struct problems *ps, struct problem p);
void problems_done(struct problems *ps);

/* The first error as upstream would word it. There is one. */
void problems_choose(const struct problems *ps, struct err *err);
/* The first error in this source, in the order of the file; NULL: there is none. */
const struct problem *problems_in(const struct problems *ps, uint16_t source);
/* Tells env->report about all, by source and line, and appends the errors to `errors` (may be NULL), as
 * config_finding_print() shows them. With `only_included`: only the errors of included files. */
void problems_report(struct problems *ps, const struct source *sources, bool only_included,
                     const struct config_env *env, struct strbuf *errors);
