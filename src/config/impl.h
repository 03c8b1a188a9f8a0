/* A configuration with what keeps it alive. */
#pragma once

#include <stdatomic.h>

#include "decode.h"

struct config_impl {
    struct config c; /* first: the two pointers are the same */
    atomic_uint refs;
    struct arena mem; /* everything of `c` */
    struct owned *owned;
    struct strmap receivers; /* by name */
};
