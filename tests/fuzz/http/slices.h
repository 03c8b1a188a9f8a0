/* What fuzz targets of readers that hand out slices of their input share. */
#pragma once

#include <stdlib.h>

#include "base/str.h"

static inline void check(bool holds)
{
    if (!holds)
        abort();
}

/* Every slice is inside of the body or the arena: reading it is the check, under ASan. */
static inline size_t touch(struct sv s)
{
    size_t sum = 0;
    for (size_t i = 0; i < s.n; i++)
        sum += (unsigned char)s.p[i];
    return sum;
}
