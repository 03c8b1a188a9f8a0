/* Structured values: a YAML value of the configuration, every string in it rendered and read again as YAML,
 * written as JSON (receivers.md A1.5). */
#pragma once

#include "codec/ytree.h"
#include "notify/receiver.h"

/* With the final newline. */
bool payload_write(struct render *r, const struct ytree *node, struct strbuf *out, struct err *err) NODISCARD;
