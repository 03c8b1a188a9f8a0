/* Settings that become members of a JSON document: what receivers of chat services need beyond compose.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "codec/jw.h"
#include "notify/receiver.h"

/* A member of a settings struct that is a template (char *), and its key in the document. */
struct json_field {
    const char *key; /* NULL ends a table */
    size_t offset;
};
/* The fields of `object`, in the table's order, without those that render empty. */
bool json_fields(struct render *r, struct jw *w, const struct json_field *fields, const void *object,
                 struct err *err) NODISCARD;
/* One member, also when it renders empty. */
bool json_text(struct render *r, struct jw *w, struct sv key, const char *text, struct err *err) NODISCARD;
