/* Small questions about text. */
#pragma once

#include <stdbool.h>

#include "base/str.h"

static inline bool is_set(const char *s)
{
    return s != NULL && s[0] != '\0';
}

static inline bool sv_contains(struct sv text, struct sv what)
{
    return what.n == 0 || (text.n != 0 && memmem(text.p, text.n, what.p, what.n) != NULL);
}

static inline bool is_web_address(struct sv url)
{
    return sv_has_prefix(url, SV("http://")) || sv_has_prefix(url, SV("https://"));
}

static inline bool sv_has_suffix(struct sv s, struct sv suffix)
{
    return s.n >= suffix.n && sv_eq((struct sv){s.p + s.n - suffix.n, suffix.n}, suffix);
}
