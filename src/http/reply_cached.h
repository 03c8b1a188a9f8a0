/* Answers that may be large: packed when the client takes gzip, and not sent again to a client
 * that has them (ETag, 304).
 */
#pragma once

#include "base/str.h"
#include "exchange.h"

/* Whether the client takes gzip. */
bool reply_accepts_gzip(const struct exchange *x);
/* Packs a whole text in place, and says so in the response's headers. */
void reply_pack(struct exchange *x, struct strbuf *text);

/* 200 with this JSON, or 304. Takes the text over. */
void reply_json_cached(struct exchange *x, struct strbuf *json);
