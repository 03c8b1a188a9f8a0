/* Writing objects back as YAML, from the tables they were read with. */
#pragma once

#include "config/fields.h"

/* The object as a document, in yaml.v2's style, with secrets masked. False: could not be written. */
bool print_document(const struct schema *s, const void *object, struct strbuf *out) NODISCARD;

void print_nothing(struct printer *p, const void *member); /* for fields that are not shown */
