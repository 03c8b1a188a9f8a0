#include "token.h"

#include "codec/digest.h"

void token_account(struct token_cache *c, struct sv account)
{
    char digest[sizeof c->account];

    sha256_hex(account, digest);
    if (strcmp(digest, c->account) == 0)
        return;
    memcpy(c->account, digest, sizeof digest);
    token_forget(c);
}

bool token_fresh(const struct token_cache *c, mono_ns now)
{
    return c->token[0] != '\0' && now < c->fresh_until;
}

bool token_keep(struct token_cache *c, struct sv token, mono_ns fresh_until)
{
    if (token.n == 0 || token.n >= sizeof c->token)
        return false;
    memcpy(c->token, token.p, token.n);
    c->token[token.n] = '\0';
    c->fresh_until = fresh_until;
    return true;
}

void token_forget(struct token_cache *c)
{
    c->token[0] = '\0';
}
