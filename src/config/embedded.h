/* The files of templates/, as they were when the program was built; scripts/embed.cmake makes the table. */
#pragma once

#include <stddef.h>

struct embedded_file {
    const char *name, *text;
    const size_t *len; /* bytes */
};

extern const struct embedded_file embedded_templates[]; /* by name; ends with a NULL name */
