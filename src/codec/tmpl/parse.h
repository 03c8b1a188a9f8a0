/* The parser of the template language (templates.md 3). */
#pragma once

#include "tmpl/node.h"

struct parse_result {
    struct definition *definitions; /* the unit's own body under the unit's name, and all defines */
};

/* A name's function, or NULL: `function "x" not defined`. */
typedef const struct tmethod *function_lookup(struct sv name);

/* Copies `text` and `name` into `mem`. Errors: `template: NAME:LINE: message`. */
bool tmpl_parse(struct sv name, struct sv text, function_lookup *lookup, struct arena *mem,
                struct parse_result *result, struct err *err) NODISCARD;
