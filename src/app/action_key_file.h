/* Where the keys come from that sign the links in messages (core/action_link.h). Read once, at the start. */
#pragma once

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "core/action_link.h"

/* The operator's file, or with `path` "" the one in the storage path, which is made when it is missing: one
 * random key, readable by nobody else. Errors name the file and show nothing of it. */
bool action_key_file_read(const char *path, const char *storage_path, struct action_keys *out,
                          struct err *err) NODISCARD;
