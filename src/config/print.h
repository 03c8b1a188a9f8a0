/* Writing objects back as YAML, from the tables they were read with. */
#pragma once

#include "config/fields.h"

/* Whether secrets are written as they are: only for comparing, never for anybody's eyes. */
enum secrets { SECRETS_MASKED, SECRETS_CLEAR };

/* The object as a document, in yaml.v2's style. False: could not be written. */
bool print_document(const struct schema *s, const void *object, enum secrets secrets,
                    struct strbuf *out) NODISCARD;

void print_masked(struct printer *p, const char *secret); /* a scalar */
enum secrets print_secrets_mode(const struct printer *p);
void print_nothing(struct printer *p, const void *member); /* for fields that are not shown */
