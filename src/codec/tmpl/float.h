/* Floating-point numbers as Go prints them. */
#pragma once

#include "base/str.h"

/* The shortest text that reads back as the same number: %v and %g (exponent form from 1e6 and below 1e-4). */
void float_print(struct strbuf *out, double f);

/* The same as encoding/json does: plain from 1e-6 and below 1e21. Finite numbers only. */
void float_print_json(struct strbuf *out, double f);
