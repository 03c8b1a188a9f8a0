/* Regular expressions of one execution, compiled once each. */
#pragma once

#include "codec/re.h"
#include "tmpl/run.h"

/* Borrowed until the execution ends; NULL with `err` set when the pattern is wrong. */
const struct re *regex_get(struct tmpl_run *run, struct sv pattern, struct err *err) NODISCARD;
void regexes_free(struct regex_cache *cache);

/* Replaces all matches; in `with`, $1, ${1}, ${name} and $$ are expanded. */
bool regex_replace_all(struct tmpl_run *run, const struct re *re, struct sv with, struct sv s,
                       struct strbuf *out, struct err *err) NODISCARD;
