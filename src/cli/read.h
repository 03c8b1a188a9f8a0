/* JSON documents into structs, over the pull reader: text is borrowed, arrays live in the reader's arena. */
#pragma once

#include "api.h"
#include "codec/jr.h"

/* Each member of an object is handed to one function, which consumes its value. */
typedef bool member_fn(struct jr *r, struct sv key, void *object);
bool read_object(struct jr *r, member_fn *member, void *object) NODISCARD;

/* An array of objects of `size` bytes, each zeroed before `item` reads it. null counts as empty. */
bool read_array(struct jr *r, size_t size, bool (*item)(struct jr *r, void *object), void **out,
                size_t *n) NODISCARD;

/* null leaves the value as it is. */
bool read_text(struct jr *r, struct sv *out) NODISCARD;
bool read_time(struct jr *r, struct api_time *out) NODISCARD;
bool read_strings(struct jr *r, struct strings_sv *out) NODISCARD;
bool read_pairs(struct jr *r, struct pairs_sv *out) NODISCARD;

/* The end of a document: tells what went wrong, also that there is more text. */
bool read_finish(struct jr *r, bool ok, struct err *err) NODISCARD;
