/* The files of `include`: listed, read, and replaced by their last good version when they turn out broken. */
#pragma once

#include "config/config.h"

#define INCLUDES_MAX ((size_t)1000)

struct included {
    char *path;
    struct strbuf text;
    enum include_state state;
    char *why; /* of a broken one */
};

/* Zeroed memory is the empty list. */
struct inclusion {
    struct included *v;
    size_t n, cap;
};
void inclusion_done(struct inclusion *in);

/* Adds a file, or all *.yml and *.yaml of a directory, by name. A file that cannot be read is an error of the
 * file: its state says so. `store` as in config_env. */
bool inclusion_add(struct inclusion *in, const char *path, const char *store, struct err *err) NODISCARD;
/* The file is broken: its last good version takes its place, or, if it was that already, nothing. */
void included_degrade(struct included *i, const char *store, const char *why);
