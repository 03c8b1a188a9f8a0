/* Whole files, for the configuration and its templates. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

#define SLURP_MAX ((size_t)64 << 20)

/* Appends the file to `out`. Errors as Go prints them: "open a.yml: no such file or directory". */
bool slurp(const char *path, struct strbuf *out, struct err *err) NODISCARD;
