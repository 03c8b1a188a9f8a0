/* Paths in the file: relative ones start at the directory of the configuration. */
#pragma once

#include "base/mem.h"
#include "base/str.h"

/* The directory part as Go's filepath.Dir: "." when there is none. In `mem`. */
struct sv path_dir(const char *path, struct arena *mem);

/* Joined and normalised; an absolute or empty path, or NULL, stays as it is. In `mem`. */
char *path_join(struct sv dir, char *path, struct arena *mem);
