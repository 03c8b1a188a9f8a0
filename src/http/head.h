/* Shapes of an HTTP/1 request head that h2o accepts and we refuse, because two programs in a row may read
 * them differently: request smuggling.
 */
#pragma once

#include <stdbool.h>

#include "base/str.h"

/* `raw` starts at the request line and holds at least the whole head, and maybe what follows it. NULL:
 * nothing is wrong; else the words for a 400. */
const char *head_fault(struct sv raw, bool http11);
