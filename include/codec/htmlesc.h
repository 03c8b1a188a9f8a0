/* Text that is safe in HTML, in quoted attributes too: & < > " ' escaped as Go's packages do, NUL as U+FFFD.
 */
#pragma once

#include "base/str.h"

void htmlesc_add(struct strbuf *out, struct sv s);
