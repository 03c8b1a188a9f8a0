/* The explanation of an alert for who follows a link in a message: the sentence, and a line for each
 * integration. */
#pragma once

#include "base/str.h"
#include "core/explain.h"

void explain_page(struct strbuf *out, const struct explanation *x);
