/* Short spellings for rows of field tables. A file defines AT(member) for the struct of its table. */
#pragma once

#include "config/schema.h"

#define ROW(name, type, member, text)                                                                        \
    {                                                                                                        \
        .key = (name), .kind = FIELD_##type, .offset = AT(member), .doc = (text)                             \
    }
/* With a default, and flags. */
#define ROW_DEF(name, type, member, value, set, text)                                                        \
    {                                                                                                        \
        .key = (name), .kind = FIELD_##type, .offset = AT(member), .def = (value), .flags = (set),           \
        .doc = (text)                                                                                        \
    }
/* With a table of its own: STRUCT, STRUCT_PTR, LIST. */
#define ROW_SUB(name, type, member, schema, text)                                                            \
    {                                                                                                        \
        .key = (name), .kind = FIELD_##type, .offset = AT(member), .sub = &(schema), .doc = (text)           \
    }
/* `takes`: its type in words. */
#define ROW_CUSTOM(name, takes, member, read, write, text)                                                   \
    {                                                                                                        \
        .key = (name), .kind = FIELD_CUSTOM, .type = (takes), .offset = AT(member), .decode = (read),        \
        .print = (write), .doc = (text)                                                                      \
    }
