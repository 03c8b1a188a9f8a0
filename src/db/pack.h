/* Compression of journal rows (zstd). A burst of alerts repeats the same names and values over and over:
 * packed, it is about a tenth, and bytes are what a commit costs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"

struct packer; /* working memory, for one thread */

struct packer *packer_new(void);
void packer_free(struct packer *p); /* NULL is fine */

/* Appends the packed text. Cannot fail but for a result past the buffer's ceiling (out->overflow). */
void pack(struct packer *p, struct strbuf *out, struct sv text);

/* Appends the text again. False: these are not packed bytes, or the text would be longer than `max`. */
bool unpack(struct strbuf *out, struct sv packed, size_t max) NODISCARD;
