/* Passwords against bcrypt hashes. One check costs tens of milliseconds by design, so outcomes are
 * remembered, under a keyed digest: neither the memory nor the time of a look-up says anything about
 * passwords.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"

#define PASSWORD_SLOTS 256

/* What stands for one (hash, password). */
struct password_key {
    uint8_t digest[32];
};

struct password_cache {
    pthread_mutex_t mu;
    uint8_t secret[32]; /* of this process */
    /* Right and wrong ones do not drive each other out. */
    struct password_slot {
        bool used;
        struct password_key key;
    } slots[2][PASSWORD_SLOTS];
};

bool password_cache_init(struct password_cache *c) NODISCARD; /* false: no random numbers */
void password_cache_done(struct password_cache *c);

struct password_key password_key(const struct password_cache *c, struct sv hash, struct sv password);
/* Any thread. False: not known. */
bool password_cache_find(struct password_cache *c, const struct password_key *key, bool *right) NODISCARD;
void password_cache_put(struct password_cache *c, const struct password_key *key, bool right);

/* Slow: for a worker's thread. */
bool password_matches(const char *hash, struct sv password) NODISCARD;
