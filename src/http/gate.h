/* The outermost layer of every request (api.md 1.1, 3.8): the web configuration has to be readable, the rate
 * limit kept, its headers are added, and whoever asks has to be known.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "base/attr.h"
#include "base/clk.h"
#include "base/err.h"
#include "password.h"
#include "web_source.h"
#include "worker.h"

struct exchange;

struct gate {
    struct web_source source;
    struct password_cache passwords;
    struct worker worker; /* hashes */
    pthread_mutex_t mu;   /* of the rate limit */
    dur_ns interval;      /* 0: none */
    double tokens, burst;
    mono_ns refilled_at;
};

/* `path` "" or NULL: everybody may come in. */
bool gate_init(struct gate *g, const char *path, struct err *err) NODISCARD;
void gate_done(struct gate *g); /* no request is left */

/* In the request's loop. Calls go_on(x) at once, or later in the same loop when a password has to be checked
 * first, or answers by itself. Who asks for what is_open(x) says yes to need not be known. */
void gate_pass(struct gate *g, struct exchange *x, bool (*is_open)(const struct exchange *x),
               void (*go_on)(struct exchange *x));
