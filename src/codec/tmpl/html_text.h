#pragma once

#include "tmpl/context.h"

/* Appends `s`, which stands at context c: without comments, and with every '<' that begins no tag escaped.
 * Returns the context behind it. */
struct context html_edit_text(struct context c, struct sv s, struct strbuf *out, struct html_error *error);
