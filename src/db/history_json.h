/* Events as the rows of the history hold them, and as they are shown: http/api_own_history.c has the shapes.
 */
#pragma once

#include "base/str.h"
#include "core/event.h"
#include "core/record.h"

/* The members of an item behind its "id" (a muting's also behind its "endedAt"), as an object. */
void history_encode(struct strbuf *out, const struct event *ev);

/* The item of a change of an alert. */
void history_encode_change(struct strbuf *out, int64_t id, const struct record *r);
