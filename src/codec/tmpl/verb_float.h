/* The digits of floating point numbers under the printf verbs (templates.md 9.2). */
#pragma once

#include "tmpl/verb.h"

/* Appends the number without its sign; `f` is finite and not negative. */
void verb_float_digits(struct strbuf *out, const struct verb *v, double f);
