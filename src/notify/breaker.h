/* A circuit breaker: a destination that has not answered for a while is left alone, so that not every
 * delivery has to find that out by a timeout of its own.
 *
 * It opens after BREAKER_FAILURES failures in a row over at least BREAKER_STREAK: a burst of deliveries must
 * not open it over one hiccup. After a pause one request may try (half-open); its success closes the breaker,
 * its failure doubles the pause. Pure: time comes in. Zeroed memory is a closed breaker.
 */
#pragma once

#include <stdbool.h>

#include "base/clk.h"
#include "core/lane_view.h"

#define BREAKER_FAILURES    5
#define BREAKER_STREAK      (10 * NS_PER_S)
#define BREAKER_FIRST_PAUSE (5 * NS_PER_S)
#define BREAKER_MAX_PAUSE   (60 * NS_PER_S)

struct breaker {
    unsigned failures; /* in a row */
    mono_ns failing_since, open_until;
    dur_ns pause; /* 0: closed */
};

enum lane_state breaker_state(const struct breaker *b, mono_ns now);
void breaker_succeeded(struct breaker *b);
/* True: it is open from now on. */
bool breaker_failed(struct breaker *b, mono_ns now);
