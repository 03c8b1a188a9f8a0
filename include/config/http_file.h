/* A file that holds one http_config and nothing else: --http.config.file (config.md 9, 18.1). */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "base/mem.h"
#include "config/config.h"

/* Lives in `mem`; relative paths inside are joined to the file's directory. NULL on the first error, which
 * says file:line:col. */
const struct http_config *http_file_load(const char *path, struct arena *mem, struct err *err) NODISCARD;
