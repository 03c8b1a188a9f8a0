/* The e-mail message: header fields and a multipart/alternative body (receivers.md A3).
 *
 * Whatever the values are, no header field can be added by one: everything but printable ASCII is encoded. Line
 * ends are CRLF; dots are not stuffed.
 */
#pragma once

#include <stddef.h>

#include "base/clk.h"
#include "base/mem.h"
#include "base/str.h"

/* A header field's text, Q-encoded as UTF-8 when it is not plain printable ASCII, in folded words of at most 75
 * characters. */
void mime_header_text(struct strbuf *out, struct sv value);

/* The same for a list of addresses: only the display names are encoded. Text that is no list of addresses is
 * encoded as a whole. */
void mime_header_addresses(struct strbuf *out, struct sv value, struct arena *mem);

/* Quoted-printable with CRLF line ends. */
void mime_quoted_printable(struct strbuf *out, struct sv text);

struct mime_header {
    struct sv name, value; /* the name is a token; the value is what a reader sees */
};

struct mime_message {
    const struct mime_header *headers; /* in the order in which they are written */
    size_t n_headers;
    struct sv message_id; /* with its brackets; empty when `headers` has one */
    struct sv thread_id;  /* with its brackets; empty: no References and In-Reply-To */
    struct stamp date;
    const char *boundary;
    struct sv text, html; /* an empty one is left out */
};
void mime_message_write(struct strbuf *out, const struct mime_message *m, struct arena *mem);
