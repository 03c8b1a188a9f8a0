/* JSON writer: appends to a strbuf, keeps the commas right. No tree, no copies.
 *
 *   jw_object(&w); jw_key(&w, SV("labels")); ... jw_end(&w);
 *
 * Strings are written as Go's encoding/json does: control characters as \u00XX except \n \r \t \b \f, U+2028
 * and U+2029 escaped, other text raw, invalid UTF-8 as U+FFFD; with `html` also < > & as \u003c \u003e
 * \u0026.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clk.h"
#include "base/str.h"

struct jw {
    struct strbuf *out;
    bool html;       /* may be changed at any time */
    bool comma;      /* private: a comma is due before the next item */
    uint8_t depth;   /* private */
    uint64_t arrays; /* private: bit per level */
};

void jw_init(struct jw *w, struct strbuf *out, bool html);

void jw_object(struct jw *w);
void jw_array(struct jw *w);
void jw_end(struct jw *w); /* closes the innermost one */
void jw_key(struct jw *w, struct sv key);

void jw_str(struct jw *w, struct sv s);
void jw_bool(struct jw *w, bool v);
void jw_int(struct jw *w, int64_t v);
void jw_null(struct jw *w);
void jw_raw(struct jw *w, struct sv json); /* one complete value, as it is */

/* key and value in one call */
void jw_kstr(struct jw *w, struct sv key, struct sv s);
void jw_kplain(struct jw *w, struct sv key, struct sv s); /* both are known to need no escape */
void jw_kbool(struct jw *w, struct sv key, bool v);
void jw_kint(struct jw *w, struct sv key, int64_t v);

/* Only the string with its quotes, without touching the writer's state: for other writers. */
void jw_quote(struct strbuf *out, struct sv s, bool html);
