/* tocsinctl's own files of defaults, and amtool's (config.md 18.1). */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "base/mem.h"
#include "config/cmdline.h"

/* Gives the flags of the program and of the command on the line the defaults that the files hold. Keys that
 * are no such flag are left alone. "could not load config file: ..." */
bool settings_apply(struct cmdline *line, struct arena *mem, struct err *err) NODISCARD;
