/* The world around one engine: it plays a script in fake time, with a store for the database and receivers
 * that answer as the script says, and lets the model judge every effect.
 */
#pragma once

#include "model.h"

struct outcome {
    char kind[32]; /* of the violation; "": none */
    char text[600];
    size_t step;   /* at which it happened; the number of steps: afterwards */
    double at;     /* seconds since the start */
    uint64_t hash; /* of all effects, in order */
    struct tally tally;
};

/* Without `judged` only the deliveries are compared with the model, which is faster. `trace` (may be NULL)
 * gets a line for everything that happens. */
void world_play(const struct script *s, bool judged, FILE *trace, struct outcome *out);
