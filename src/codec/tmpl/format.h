/* Go's fmt.Sprintf (templates.md 9). Bad uses never fail: they print what is wrong, as %!d(string=x). */
#pragma once

#include "codec/tmpl.h"

void format_printf(struct tmpl_run *run, struct strbuf *out, struct sv format, const struct tval *args,
                   size_t n_args);
