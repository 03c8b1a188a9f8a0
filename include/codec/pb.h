/* Protocol buffers, read field by field: what Alertmanager's own files are written in. No allocation; texts
 * are borrowed from the input. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum pb_type { PB_VARINT = 0, PB_FIXED64 = 1, PB_BYTES = 2, PB_FIXED32 = 5 };

struct pb_field {
    uint32_t number;
    enum pb_type type;
    uint64_t value;  /* PB_VARINT, PB_FIXED64, PB_FIXED32 */
    struct sv bytes; /* PB_BYTES: text, a message or packed numbers */
};

struct pb {
    struct sv rest;
    bool failed; /* the input is malformed from here on */
};

static inline struct pb pb_of(struct sv input)
{
    return (struct pb){.rest = input};
}

/* False at the end, and when the input is malformed. */
bool pb_next(struct pb *in, struct pb_field *f);
bool pb_varint(struct pb *in, uint64_t *value);
/* A length, and as many bytes: the frame around each message of a sequence. */
bool pb_framed(struct pb *in, struct sv *message);
