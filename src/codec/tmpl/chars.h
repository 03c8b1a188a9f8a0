/* ASCII classes and slices, for everything here that reads text by hand. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* The slice from `at` on. */
static inline struct sv sv_from(struct sv s, size_t at)
{
    return (struct sv){s.p + at, s.n - at};
}

static inline bool char_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool char_is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool char_is_alnum(char c)
{
    return char_is_alpha(c) || char_is_digit(c);
}

/* The value of a hexadecimal digit, or -1. */
static inline int char_hex(char c)
{
    if (char_is_digit(c))
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static inline bool char_is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}
