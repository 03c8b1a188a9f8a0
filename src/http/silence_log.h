/* --log.silences: a line for each change of a silence, in upstream's words. What changed is taken under the
 * engine's lock, and written when the lock is free. */
#pragma once

#include "core/engine.h"

/* One request changes at most two: the silence that it ends, and the one that takes its place. */
struct silence_log {
    bool on;
    struct silence *v[2]; /* references */
    size_t n;
};

void silence_log_take(struct silence_log *l, const struct effects *fx);
/* `edited`: the id that the request gave; "" when it creates or expires. Drops what was taken. */
void silence_log_write(struct silence_log *l, bool deleted, const char *edited);
