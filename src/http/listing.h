/* A JSON array that may be long: written piece by piece from references, sent chunk by chunk as fast as the
 * peer takes it. A short one goes out at once with its Content-Length.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <h2o.h>

#include "base/mem.h"
#include "codec/jw.h"
#include "exchange.h"

/* More than any request's references take: a million alerts need a tenth of it. */
#define LISTING_CEILING ((size_t)4 << 30)

/* The base of one listing; the handler embeds it. It lives until the answer is sent or the request dies. */
struct listing {
    h2o_generator_t generator; /* first: h2o hands it back */
    struct exchange *exchange;
    struct arena mem; /* for what the listing refers to */
    struct strbuf out;
    struct jw w;
    bool finished;
    /* Writes the next piece, at most a few kilobytes, into w. False: it was the last one. */
    bool (*step)(struct listing *l);
    void (*dispose)(struct listing *l); /* drops references and frees the object; not the base */
};

/* `l` is zeroed memory that the listing takes over: from here on dispose is called in any case. */
void listing_init(struct listing *l, struct exchange *x, bool (*step)(struct listing *l),
                  void (*dispose)(struct listing *l));

void listing_send(struct listing *l);
