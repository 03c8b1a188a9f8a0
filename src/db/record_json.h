/* Records as JSON: what stands in the `body` columns, and in the lines of the journal.
 *
 * A body names its own key, so that it can be read without its row. Times are RFC 3339 with nanoseconds, in
 * the offset they were written with. Members that are not known are skipped: a body of a later version that
 * only adds members stays readable.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/record.h"
#include "model/labels.h"

/* Appends one line without its newline: no body holds a raw newline. With `r->del` only the key is written.
 */
void record_encode(struct strbuf *out, const struct record *r);

/* Scratch memory, reused from record to record. Zeroed memory will do. */
struct record_decoder {
    struct arena mem;
    struct label_sv *pairs;
    size_t cap_pairs;
    uint64_t *hashes;
    size_t cap_hashes;
};
void record_decoder_done(struct record_decoder *d);

/* On success the caller owns the reference in *r. A line that stands for a deletion is an error: it has no
 * object. */
bool record_decode(struct record_decoder *d, enum record_kind kind, struct sv body, struct record *r,
                   struct err *err) NODISCARD;

/* The key of an alert's line, read from its fixed beginning: folding the journal needs no more than that. */
bool record_line_key(struct sv line, uint64_t *fp, bool *del) NODISCARD;

/* The line holds a change that the history keeps (record.change). */
bool record_line_changed(struct sv line);

/* Cuts the last line off a run of lines separated by newlines; false when nothing is left. */
bool record_line_pop(struct sv *lines, struct sv *line);
