/* Contextual escaping of the HTML engine (templates.md 11). */
#pragma once

#include "tmpl/run.h"

/* Prints a value, prepared for the place where its action stands. */
bool html_print(struct tmpl_run *run, const struct escape_chain *chain, struct tval value) NODISCARD;
