/* The files of templates/, as they were when the program was built; scripts/embed.cmake makes the tables. */
#pragma once

#include <stddef.h>

struct embedded_file {
    const char *name, *text;
    const size_t *len; /* bytes */
};

/* Each by name; ends with a NULL name. */
extern const struct embedded_file embedded_templates[];
extern const struct embedded_file
    embedded_dingtalk_templates[]; /* of templates/prometheus-webhook-dingtalk */
