/* What the blocks of the web configuration share. */
#pragma once

#include "config/schema.h"

/* The form of a bcrypt hash, with the words of Go's package for it. */
bool web_check_hash(struct decoder *d, const struct ytree *at, const char *user, const char *hash);
