/* A token that a platform gave for credentials of ours, kept by one integration over its deliveries.
 *
 * It belongs to the account that it was asked for: another one (a rotated secret) needs its own. Pure; the
 * notifier's thread, or whoever holds the struct.
 */
#pragma once

#include <stdbool.h>

#include "base/attr.h"
#include "base/clk.h"
#include "base/str.h"

#define TOKEN_MAX ((size_t)16 << 10) /* bytes, with the final NUL */

/* Zeroed memory is an empty one. */
struct token_cache {
    char token[TOKEN_MAX]; /* "": there is none */
    char account[65];      /* a digest of what names it */
    mono_ns fresh_until;
};

/* From here on it is about `account`: the token of another one is forgotten. Only a digest is kept. */
void token_account(struct token_cache *c, struct sv account);
bool token_fresh(const struct token_cache *c, mono_ns now);
/* False: it is empty or too long, and nothing has changed. */
bool token_keep(struct token_cache *c, struct sv token, mono_ns fresh_until) NODISCARD;
void token_forget(struct token_cache *c);
