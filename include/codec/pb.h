/* Protocol Buffers on the wire, as far as Alertmanager's snapshot files use them: fields of varints and of
 * bytes, nested messages, and records with their length in front. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"

struct pb_field {
    uint32_t number;
    bool is_bytes;   /* text, bytes, a message, or packed numbers: `bytes`; else a number: `value` */
    struct sv bytes; /* borrowed from the message */
    uint64_t value;
};

/* Takes the next field off the message. False at its end, and where it cannot be read: *ok tells which. */
bool pb_next(struct sv *message, struct pb_field *f, bool *ok) NODISCARD;

/* Takes a number, or a record, off a run of them; the same rules. */
bool pb_next_varint(struct sv *run, uint64_t *value, bool *ok) NODISCARD;
bool pb_next_record(struct sv *run, struct sv *record, bool *ok) NODISCARD;

/* Zero and empty values are left out, as proto3 has it. */
void pb_put_uint(struct strbuf *out, uint32_t number, uint64_t value);
void pb_put_bytes(struct strbuf *out, uint32_t number, struct sv bytes);
void pb_put_message(struct strbuf *out, uint32_t number,
                    const struct strbuf *message); /* also an empty one */
void pb_put_record(struct strbuf *out, const struct strbuf *message);
void pb_add_varint(struct strbuf *out, uint64_t value); /* for packed numbers */
