/* Cutting long messages into parts (receivers.md B1.4).
 *
 * The text is markdown as our layouts write it. A cut is made between alerts if that is possible, else
 * between paragraphs, else between lines, else between characters; never inside a UTF-8 sequence, a character
 * with its combining marks, a link or a tag. A <font> or a code fence that is open at the cut is closed in
 * one part and opened again in the next; apart from that the parts, joined, are the text.
 */
#pragma once

#include <stddef.h>

#include "base/mem.h"
#include "base/str.h"

#define SPLIT_MIN_BUDGET 128

enum split_measure {
    SPLIT_BYTES, /* bytes of UTF-8 */
    SPLIT_JSON,  /* bytes as the inside of a JSON string */
    SPLIT_CARD,  /* the same in a card, where an empty line begins a new element of the JSON */
};

size_t split_cost(struct sv text, enum split_measure measure);

struct split {
    struct sv *parts;
    size_t n;
    struct sv rest; /* what did not go into the parts */
};

/* `text` is valid UTF-8. Each part costs at most `budget` (at least SPLIT_MIN_BUDGET); when the text does not
 * fit into max_parts, the last one costs at most budget - last_reserve, for a line that says so. An empty
 * text is one empty part. */
struct split split_text(struct sv text, enum split_measure measure, size_t budget, size_t max_parts,
                        size_t last_reserve, struct arena *mem);
