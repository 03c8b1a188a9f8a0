/* Properties of runes that the language and the string functions need. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

bool rune_is_letter(uint32_t r);
bool rune_is_digit(uint32_t r);
bool rune_is_space(uint32_t r); /* Go's unicode.IsSpace */

/* Simple case mapping: one rune to one rune. */
uint32_t rune_upper(uint32_t r);
uint32_t rune_lower(uint32_t r);
uint32_t rune_title(uint32_t r);
