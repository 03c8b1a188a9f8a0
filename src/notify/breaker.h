/* A circuit breaker: a destination that has not answered for a while is left alone, so that not every
 * delivery has to find that out by a timeout of its own.
 *
 * It opens after BREAKER_FAILURES failures in a row over at least BREAKER_STREAK: a burst of deliveries must
 * not open it over one hiccup. After a pause one request at a time may try (half-open). A success closes the
 * breaker; silence opens it again, for twice as long. An error of the server leaves it half-open: many paths
 * may lead through one gateway, and one that is broken must not block the others. Pure: time comes in. Zeroed
 * memory is a closed breaker.
 */
#pragma once

#include <stdbool.h>

#include "base/clk.h"
#include "core/lane_view.h"

#define BREAKER_FAILURES    5
#define BREAKER_STREAK      (10 * NS_PER_S)
#define BREAKER_FIRST_PAUSE (5 * NS_PER_S)
#define BREAKER_MAX_PAUSE   (60 * NS_PER_S)

enum breaker_sign {
    SIGN_FINE,   /* an answer, if only a refusal */
    SIGN_ERROR,  /* an answer that says that the server is in trouble */
    SIGN_SILENT, /* no answer */
};

struct breaker {
    unsigned failures; /* in a row */
    mono_ns failing_since, open_until;
    dur_ns pause; /* 0: closed */
};

enum lane_state breaker_state(const struct breaker *b, mono_ns now);
/* How a request ended. True: it is open from now on. */
bool breaker_note(struct breaker *b, enum breaker_sign sign, mono_ns now);
