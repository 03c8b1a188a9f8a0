/* Sets of templates from files: the built-in ones, and what globs name (config.md 8). */
#pragma once

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "codec/tmpl.h"

/* A set with the built-in templates. The caller frees it with tmpl_set_free(). */
struct tmpl_set *templates_new(struct err *err) NODISCARD;
/* Adds the files that the pattern names, in lexical order; nothing that matches is fine. */
bool templates_add(struct tmpl_set *set, const char *pattern, struct err *err) NODISCARD;
