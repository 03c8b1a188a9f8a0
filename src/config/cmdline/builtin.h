/* Flags that every program has: help, version, completion. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "config/cmdline.h"

extern const struct flag builtin_flags[];
extern const size_t n_builtin_flags;

const struct flag *builtin_flag(struct sv name); /* NULL: not one of them */
/* Notes what one of them asks for; false: it is none of them. The first question counts. */
bool builtin_ask(const struct flag *f, enum cmdline_ask *ask);
