/* The attempts of one delivery: when to try again, when to stop, and what to say then (pipeline.md 5.2).
 *
 * Pure: time and randomness come in, decisions go out.
 */
#pragma once

#include "base/attr.h"
#include "base/clk.h"
#include "notify/receiver.h"

#define RETRY_FIRST_WAIT (NS_PER_S / 2)
#define RETRY_MAX_WAIT   (60 * NS_PER_S)

struct retry {
    mono_ns deadline;
    mono_ns started;   /* when the last attempt started */
    dur_ns interval;   /* of the next wait, before jitter */
    unsigned attempts; /* how many were started */
    bool underway;     /* an attempt has started and is not decided */
    bool fresh_error;  /* the last error reads differently from the one before it */
    enum failure failure;
    char error[512]; /* of the last attempt that failed; "" when none did */
};

enum retry_action {
    RETRY_DELIVERED,
    RETRY_CONTINUE, /* render the next step of this attempt */
    RETRY_WAIT,     /* try again at *at, which is never past the deadline */
    RETRY_REFUSED,  /* retrying cannot help */
};

void retry_init(struct retry *r, mono_ns deadline);

/* A step is about to be sent; true when it is the first of an attempt. */
bool retry_begin(struct retry *r, mono_ns now);

/* What follows from a verdict. `random` is uniform in [0, 1). */
enum retry_action retry_decide(struct retry *r, const struct verdict *v, mono_ns now, double random,
                               mono_ns *at);

/* The attempt under way broke off because the deadline passed or the server stops: it says nothing new. */
void retry_abort(struct retry *r);

/* The error a user reads, after RETRY_REFUSED; or, with `context` ("context deadline exceeded"), when time ran
 * out: then the last attempt's error stands, and `context` only if there is none. `who` is RECEIVER/TYPE[IDX]. */
void retry_refused_text(const struct retry *r, const char *who, char *out, size_t size);
void retry_canceled_text(const struct retry *r, const char *who, const char *context, char *out, size_t size);
