/* A configuration with what keeps it alive. */
#pragma once

#include <stdatomic.h>

#include "file.h"

/* templates.c */
void config_drop_templates(struct config *c);

struct config_impl {
    struct config c; /* first: the two pointers are the same */
    atomic_uint refs;
    struct arena mem; /* everything of `c` */
    struct owned *owned;
    struct strmap receivers;     /* by name */
    const struct schema *schema; /* what stood in the file, and its table */
    const struct config_file *file;
};
