#include "password.h"

#include <crypt.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "codec/digest.h"

bool password_cache_init(struct password_cache *c)
{
    memset(c, 0, sizeof *c);
    pthread_mutex_init(&c->mu, NULL);
    return random_bytes(c->secret, sizeof c->secret);
}

void password_cache_done(struct password_cache *c)
{
    pthread_mutex_destroy(&c->mu);
    explicit_bzero(c, sizeof *c);
}

struct password_key password_key(const struct password_cache *c, struct sv hash, struct sv password)
{
    struct strbuf text = {0};
    struct password_key key;
    strbuf_addsv(&text, hash); /* without NULs, so that one separates */
    strbuf_addc(&text, '\0');
    strbuf_addsv(&text, password);
    hmac_sha256((struct sv){(const char *)c->secret, sizeof c->secret}, strbuf_sv(&text), key.digest);
    explicit_bzero(text.p, text.n);
    strbuf_done(&text);
    return key;
}

/* A key has one place in each half: the digest spreads by itself. */
static struct password_slot *slot_of(struct password_cache *c, const struct password_key *key, bool right)
{
    return &c->slots[right][key->digest[0] % PASSWORD_SLOTS];
}

static bool holds(const struct password_slot *slot, const struct password_key *key)
{
    const struct sv a = {(const char *)slot->key.digest, sizeof slot->key.digest};
    const struct sv b = {(const char *)key->digest, sizeof key->digest};
    return equal_constant_time(a, b) && slot->used;
}

bool password_cache_find(struct password_cache *c, const struct password_key *key, bool *right)
{
    pthread_mutex_lock(&c->mu);
    *right = holds(slot_of(c, key, true), key);
    const bool wrong = holds(slot_of(c, key, false), key);
    pthread_mutex_unlock(&c->mu);
    return *right || wrong;
}

void password_cache_put(struct password_cache *c, const struct password_key *key, bool right)
{
    pthread_mutex_lock(&c->mu);
    *slot_of(c, key, right) = (struct password_slot){.used = true, .key = *key};
    pthread_mutex_unlock(&c->mu);
}

bool password_matches(const char *hash, struct sv password)
{
    if (password.n != 0 && memchr(password.p, '\0', password.n) != NULL)
        return false; /* crypt() would see only what is before it */
    struct crypt_data *data = xcalloc(1, sizeof *data);
    char *text = xstrndup(password.p != NULL ? password.p : "", password.n);
    const char *made = crypt_r(text, hash, data);
    const bool ok = made != NULL && made[0] != '*' && equal_constant_time(sv_of(made), sv_of(hash));
    explicit_bzero(text, password.n);
    explicit_bzero(data, sizeof *data);
    free(text);
    free(data);
    return ok;
}
