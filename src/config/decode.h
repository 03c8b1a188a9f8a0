/* The state of one load: where objects live, and every problem that was found.
 *
 * Problems are collected; nothing stops at the first one. The check of a block runs only if nothing inside
 * the block was wrong, so that one mistake does not look like several.
 */
#pragma once

#include "base/map.h"
#include "config/config.h"
#include "config/fields.h"
#include "config/schema.h"
#include "problem.h"

#define MASKED_SECRET "<secret>" /* how secrets are printed; reads back as an unknown one */

/* Memory that is not in the arena: given back when the configuration is dropped. */
struct owned {
    void (*done)(void *object);
    void *object;
    struct owned *next;
};

struct decoder {
    struct arena *mem; /* has no ceiling: the tree that is decoded has one */
    const struct config_env *env;
    const struct source *sources;
    uint16_t source; /* which of them is being decoded */
    struct sv dir;   /* of that file */
    bool crossing;   /* the blocks are decoded; what is reported now is a check between them */
    struct problems problems;
    struct problem *last; /* the newest, if it is in the list */
    size_t found;         /* errors so far: whoever compares it knows whether there was one in between */
    struct owned *owned;
    struct map objects; /* of each decoded object: its struct object */
};

/* Reads a source, which is the one being decoded from now on. NULL: there are errors, or nothing in it. */
const struct ytree *decode_parse(struct decoder *d, uint16_t source);

/* What is known of a decoded object besides its value. */
struct object {
    const struct ytree *node;
    bool clean; /* nothing inside it was wrong */
};
const struct object *decode_object_of(const struct decoder *d, const void *object);
bool decode_is_clean(const struct decoder *d, const void *object); /* NULL is not */
/* Where to point for a key of an object: the value of `key`, or the object itself. */
const struct ytree *decode_at(const struct decoder *d, const void *object, const char *key);
/* The same for an item of the list that the key holds. */
const struct ytree *decode_item(const struct decoder *d, const void *object, const char *key, size_t i);

/* For errors that have the text of a lower layer. False, as decode_fail(). */
bool decode_fail_err(struct decoder *d, const struct ytree *at, const struct err *err);
bool decode_schema_error(struct decoder *d, const struct ytree *at, const char *fmt, ...) PRINTF(3, 4);
/* Says what to do about the error that was just recorded. */
void decode_hint(struct decoder *d, const char *fmt, ...) PRINTF(2, 3);
void decode_own(struct decoder *d, void (*done)(void *object), void *object);
void decode_own_matchers(struct decoder *d, struct matchers *ms);
void decode_warn(struct decoder *d, const struct ytree *at, enum config_severity severity, const char *rule,
                 const char *text, const char *hint);

/* document.c: a whole document of its own, which may be empty: the decoder's only source. All problems go to
 * `errors` (may be NULL), the first one to `err`. */
bool decode_document(struct decoder *d, const struct schema *s, void *object, struct strbuf *errors,
                     struct err *err) NODISCARD;

/* decode_value.c: one field of one object. */
bool decode_field(struct decoder *d, const struct ytree *node, const struct field *f, void *object);
void decode_default(struct decoder *d, const struct field *f, void *object);
bool decode_text(struct decoder *d, const struct ytree *node, const char *go_type, struct sv *out) NODISCARD;
char *decode_keep(struct decoder *d, struct sv text); /* a copy in the arena */
void string_map_sort(struct string_map *m);           /* by name */
bool decode_strings(struct decoder *d, const struct ytree *node, struct strings *out) NODISCARD;
bool decode_secret_list(struct decoder *d, const struct ytree *node, struct strings *out) NODISCARD;
const char *decode_quoted(struct decoder *d, struct sv text); /* as Go prints with %q; in the arena */

/* nearest.c: the candidate that `written` was probably meant to be. Start with a zeroed struct. */
struct nearest {
    struct sv name; /* empty: none is near */
    size_t edits;
};
void nearest_try(struct nearest *best, struct sv written, struct sv candidate);

/* A decoded object that is not there in the file, with the defaults of its table. */
void *decode_new_default(struct decoder *d, const struct schema *s);

static inline bool is_set(const char *s)
{
    return s != NULL && s[0] != '\0';
}
