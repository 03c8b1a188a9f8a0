/* Takes away from a script what its violation does not need. */
#pragma once

#include "world.h"

/* In place; `out` is the outcome of what is left. */
void shrink(struct script *s, struct outcome *out);
