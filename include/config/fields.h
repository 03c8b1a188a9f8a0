/* What field tables are built from: the blocks that many receivers share, and the tools for `decode` and
 * `print` functions of FIELD_CUSTOM.
 *
 * A receiver's table lists the common fields first, in upstream's print order:
 *
 *     static const struct field fields[] = {
 *         RECEIVER_SEND_RESOLVED("true"),
 *         RECEIVER_HTTP_CONFIG,
 *         {.key = "url", .kind = FIELD_TEMPLATE_URL, .offset = offsetof(struct webhook, url), .doc = "..."},
 *         {0},
 *     };
 *
 * The loader fills http_config from global when the receiver has none (config.md 9), before `resolve` runs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"
#include "config/config.h"
#include "config/schema.h"

extern const struct schema http_config_schema; /* struct http_config; its files are joined to the directory */
extern const struct schema tls_config_schema;  /* struct tls_config; its files stay as written */

/* The common fields, for settings structs that start with struct receiver_common. */
#define RECEIVER_SEND_RESOLVED(value)                                                                        \
    {                                                                                                        \
        .key = "send_resolved", .kind = FIELD_BOOL,                                                          \
        .offset = offsetof(struct receiver_common, send_resolved), .def = (value), .flags = FIELD_ALWAYS,    \
        .doc = "Whether to tell when all alerts of a group are resolved."                                    \
    }
#define RECEIVER_HTTP_CONFIG                                                                                 \
    {                                                                                                        \
        .key = "http_config", .kind = FIELD_STRUCT_PTR, .sub = &http_config_schema,                          \
        .offset = offsetof(struct receiver_common, http_config),                                             \
        .doc = "How to speak HTTP; replaces the global http_config as a whole."                              \
    }

/* For FIELD_CUSTOM's decode: false when an error was recorded. */
bool decode_string(struct decoder *d, const struct ytree *node, char **out) NODISCARD; /* null: NULL */
bool decode_map(struct decoder *d, const struct ytree *node, struct string_map *out) NODISCARD;
bool decode_object(struct decoder *d, const struct ytree *node, const struct schema *s,
                   void *object); /* sets defaults, then the fields; the struct is zeroed before */
bool decode_is_null(const struct ytree *node);
/* A schema error: "cannot unmarshal !!seq into <go_type>". */
bool decode_type_error(struct decoder *d, const struct ytree *at, const char *go_type);

/* Reads a file of another kind with tables: tests of a configuration, say. Everything lives in `mem`; no
 * field may be FIELD_MATCHERS, whose values need more than memory. Errors as config_load() tells them. */
bool document_decode(struct sv text, const char *path, const struct schema *s, void *object,
                     const struct config_env *env, struct arena *mem, struct strbuf *errors,
                     struct err *err) NODISCARD;

/* For FIELD_CUSTOM's print. The key of the field is written with the first value, or not at all. */
void print_scalar(struct printer *p, const char *text); /* quoted when it has to be */
void print_plain(struct printer *p, const char *text);  /* numbers, booleans: never quoted */
void print_map_begin(struct printer *p);
void print_key(struct printer *p, const char *key); /* the next value belongs to it */
void print_map_end(struct printer *p);
void print_seq_begin(struct printer *p, bool flow);
void print_seq_end(struct printer *p);
void print_map(struct printer *p, const struct string_map *m);
void print_object(struct printer *p, const struct schema *s, const void *object);
