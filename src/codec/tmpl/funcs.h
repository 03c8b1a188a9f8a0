/* The functions of the language and those that Alertmanager adds. */
#pragma once

#include "codec/tmpl.h"

/* Tables end with a NULL name. */
extern const struct tmethod builtin_functions[]; /* templates.md 6 */
extern const struct tmethod text_functions[];    /* templates.md 7 */
extern const struct tmethod data_functions[];
extern const struct tmethod time_functions[];

/* Evaluated lazily, not called. */
extern const struct tmethod *const builtin_and, *const builtin_or;

extern const struct tobj_type location_type; /* a time zone: what .Location yields and .In takes */

const struct tmethod *function_find(struct sv name);       /* all */
const struct tmethod *function_find_plain(struct sv name); /* only the language's own */
