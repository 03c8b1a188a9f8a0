/* The web configuration in force, read again as soon as its files change (api.md 3.8): upstream reads it for
 * each request, and certificates for each connection; here a look at the files' times says when that would
 * make a difference.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include <openssl/ssl.h>

#include "base/attr.h"
#include "base/err.h"
#include "config/web.h"

/* One version, immutable and shared by reference. */
struct web_state {
    atomic_uint refs; /* private */
    struct web_config *config;
    SSL_CTX *ssl; /* NULL: plain HTTP, or certificates that cannot be used */
};
void web_state_unref(struct web_state *w); /* NULL is fine */

/* What a file looked like when it was read. */
struct web_file {
    bool there;
    dev_t dev;
    ino_t ino;
    off_t size;
    struct timespec changed;
};

struct web_source {
    const char *path; /* NULL: there is none */
    bool tls;         /* as the file said at start */
    pthread_mutex_t mu;
    struct web_state *state; /* NULL: the file is broken */
    struct web_file seen[4]; /* the file, certificate, key, authorities */
};

bool web_source_init(struct web_source *s, const char *path, struct err *err) NODISCARD;
void web_source_done(struct web_source *s);

/* Any thread. A reference, or NULL while the file is broken. `connecting`: the certificates have to be
 * those of this moment, too. */
struct web_state *web_source_get(struct web_source *s, bool connecting) NODISCARD;
