/* YAML as Go's yaml.v2 writes it, over libyaml's emitter: styles of scalars, quoting, folding, indentation
 * (config.md 13). One writer makes one document; calls have to be balanced.
 */
#pragma once

#include <stdbool.h>

#include "base/attr.h"
#include "base/str.h"

struct yw;

struct yw *yw_new(struct strbuf *out); /* appends to `out`, which must outlive the writer */
bool yw_free(struct yw *w);            /* ends the document; false: something could not be written */

void yw_map_begin(struct yw *w);
void yw_map_end(struct yw *w);
void yw_seq_begin(struct yw *w, bool flow);
void yw_seq_end(struct yw *w);
void yw_string(struct yw *w, struct sv text); /* reads back as this string; keys as well */
void yw_plain(struct yw *w, struct sv text);  /* numbers, booleans, null */

/* The order in which yaml.v2 writes the keys of a map: runs of digits by value, letters after the rest. */
int yw_key_cmp(struct sv a, struct sv b);
