/* What is sent in place of a text whose template failed: plain, and from the alerts alone, so that nothing of
 * the configuration can make it fail. */
#pragma once

#include "notify/receiver.h"

/* In r->mem; with `html`, escaped and with line breaks. `why` is the error of the template. */
bool standin_text(struct render *r, bool html, const struct err *why, struct sv *out) NODISCARD;
