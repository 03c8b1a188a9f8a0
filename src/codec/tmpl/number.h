/* Numeric constants of the template language. */
#pragma once

#include "tmpl/node.h"

enum number_verdict { NUMBER_OK, NUMBER_BAD_SYNTAX, NUMBER_OVERFLOW, NUMBER_BAD_CHAR };

/* `text` is a number token or, with `is_char`, a quoted character. */
enum number_verdict number_parse(struct sv text, bool is_char, struct number *number);

bool number_looks_float(struct sv text); /* written with a point or an exponent */

/* Go's strconv.ParseFloat: also Inf, NaN and hexadecimal floats. `underscores` as in source text. */
bool float_parse(struct sv text, bool underscores, double *value) NODISCARD;
