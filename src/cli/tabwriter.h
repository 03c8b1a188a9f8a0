/* Columns of text, laid out as Go's text/tabwriter does with a padding of two blanks. */
#pragma once

#include "base/str.h"

/* `text` holds lines of cells, each ended by a tab; what follows the last tab of a line is in no column.
 * Consecutive lines that have a column share its width; a line without it begins the column anew. Widths
 * count code points. */
void tabwriter_print(struct strbuf *out, struct sv text);
