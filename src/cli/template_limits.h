/* How long a rendered text is beside what each channel takes (receivers.md). */
#pragma once

#include "base/str.h"

/* A table with a line for each receiver and option that has a limit; LIMIT_JSON counts the text alone,
 * without the request around it. */
void template_limits_print(struct strbuf *out, struct sv text);
