/* Go's %#v: a value as a piece of Go source. */
#pragma once

#include "codec/tmpl.h"

void gosyntax_print(struct tmpl_run *run, struct strbuf *out, struct tval value);
