/* Mail addresses, as they stand in To and From (RFC 5322, without groups and obsolete forms). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"

struct addr {
    struct sv name; /* the display name, decoded; empty when there is none */
    struct sv mail; /* user@host: without blanks, brackets or control characters */
};

/* A comma list with at least one address. */
bool addr_list_parse(struct sv text, struct arena *mem, struct addr **out, size_t *n,
                     struct err *err) NODISCARD;
