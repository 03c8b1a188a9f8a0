/* Contextual escaping of the HTML engine (templates.md 11). */
#pragma once

#include "tmpl/run.h"

/* A copy of the definition, and of all it calls, in which every action knows how to escape its output. NULL:
 * the text around the actions is not sound HTML, and the error is set. */
const struct definition *html_escape(struct tmpl_run *run, const struct definition *root) NODISCARD;

/* Prints a value, prepared for the place where its action stands. */
bool html_print(struct tmpl_run *run, const struct escape_chain *chain, struct tval value) NODISCARD;
