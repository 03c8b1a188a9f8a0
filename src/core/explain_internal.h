/* What the parts of explain share. */
#pragma once

#include "core/explain.h"

struct group;

/* The integrations of the group, which may not exist (NULL). False: the arena is full. */
bool explain_told(const struct engine *e, const struct group *group, struct now now, struct arena *mem,
                  const struct explanation *x, struct explain_group *g) NODISCARD;
