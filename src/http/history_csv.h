/* History as CSV (RFC 4180): a header, then one row per item, with lists and objects as JSON. */
#pragma once

#include "base/str.h"
#include "core/history.h"

/* `lines` are JSON objects, one per line. */
void history_csv(struct strbuf *out, enum history_list list, struct sv lines);
