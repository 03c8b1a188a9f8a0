/* Silences: which alerts nobody wants to hear about, and until when (pipeline.md 3, api.md 2.7).
 *
 * A version of a silence is immutable and shared by reference; an edit makes a new version. The table is part
 * of the engine and follows its locking; versions may be read by any thread that holds a reference.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/clk.h"
#include "base/err.h"
#include "model/labels.h"
#include "model/matcher.h"

enum silence_state { SILENCE_PENDING, SILENCE_ACTIVE, SILENCE_EXPIRED };

struct silence {
    atomic_uint refs;                            /* private */
    char id[37];                                 /* UUID text */
    struct matchers matchers;                    /* one set, ANDed, in the order given */
    struct stamp starts_at, ends_at, updated_at; /* UTC */
    struct istr *created_by, *comment;
    struct labels *annotations; /* empty values kept */
};

struct silence *
silence_new(const char id[37], const struct matchers *matchers, struct stamp starts_at, struct stamp ends_at,
            struct stamp updated_at, struct sv created_by, struct sv comment,
            struct labels *annotations) NODISCARD; /* copies matchers; takes over annotations */
struct silence *silence_ref(struct silence *s);
void silence_unref(struct silence *s); /* NULL is fine */

/* As the API shows it: at the very instant of its end a silence is expired, though it still mutes. */
enum silence_state silence_state(const struct silence *s, struct stamp now);

/* The first checks of POST /silences, which come before any look at the matchers. */
bool silence_times_valid(struct stamp starts_at, struct stamp ends_at, struct stamp now,
                         struct err *err) NODISCARD;

/* What POST /silences asks for. Everything is borrowed. */
struct silence_in {
    struct sv id; /* empty: create */
    const struct matchers *matchers;
    struct stamp starts_at, ends_at;
    struct sv created_by, comment;
    struct labels *annotations; /* borrowed */
    char fresh_id[37];          /* used when a new record is needed: ids come from outside the engine */
};
