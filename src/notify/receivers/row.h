/* Short spellings for rows of field tables. A file defines SETTINGS, the struct of its table, first; keys and
 * members have the same names. */
#pragma once

#include "config/fields.h"

#define ROW(name, type, text)                                                                                \
    {                                                                                                        \
        .key = #name, .kind = FIELD_##type, .offset = offsetof(SETTINGS, name), .doc = (text)                \
    }
/* Shown in the printed configuration also when it is empty. */
#define ROW_ALWAYS(name, type, text)                                                                         \
    {                                                                                                        \
        .key = #name, .kind = FIELD_##type, .offset = offsetof(SETTINGS, name), .flags = FIELD_ALWAYS,       \
        .doc = (text)                                                                                        \
    }
/* A notification template, with its default. */
#define ROW_TMPL(name, type, value, text)                                                                    \
    {                                                                                                        \
        .key = #name, .kind = FIELD_##type, .offset = offsetof(SETTINGS, name), .def = (value),              \
        .flags = FIELD_TMPL, .doc = (text)                                                                   \
    }
#define ROW_DEF(name, type, value, set, text)                                                                \
    {                                                                                                        \
        .key = #name, .kind = FIELD_##type, .offset = offsetof(SETTINGS, name), .def = (value),              \
        .flags = (set), .doc = (text)                                                                        \
    }
/* A list of blocks in which null stands for an empty block. */
#define ROW_VALUES(name, schema, text)                                                                       \
    {                                                                                                        \
        .key = #name, .kind = FIELD_LIST, .offset = offsetof(SETTINGS, name), .sub = &(schema),              \
        .flags = FIELD_VALUES, .doc = (text)                                                                 \
    }
/* With a table of its own: STRUCT, STRUCT_PTR, LIST. */
#define ROW_SUB(name, type, schema, text)                                                                    \
    {                                                                                                        \
        .key = #name, .kind = FIELD_##type, .offset = offsetof(SETTINGS, name), .sub = &(schema),            \
        .doc = (text)                                                                                        \
    }
