/* Values: types, truth, lists and printed forms. */
#pragma once

#include "codec/tmpl.h"

/* Most names differ in their first letter. `wanted` is an identifier: there is no NUL in it. */
static inline bool name_is(const char *name, struct sv wanted)
{
    return wanted.n != 0 && name[0] == wanted.p[0] && strncmp(name, wanted.p, wanted.n) == 0 &&
           name[wanted.n] == '\0';
}

const char *tval_type_name(struct tval v);                /* as Go's %T */
bool tval_truth(struct tval v);                           /* templates.md 4.4 */
const struct tmethod *tval_methods(const struct tval *v); /* NULL: none */
const struct tmethod *tval_method(const struct tval *v, struct sv name);

/* Lists and maps. */
size_t tval_len(struct tval v);
bool tval_is_string_list(struct tval v);  /* Go's []string, named or not */
bool tval_is_generic_list(struct tval v); /* what `list` makes: Go's []interface {} */
struct sv tval_string_at(struct tmpl_run *run, struct tval v, size_t i);
struct tval tval_string_slice(struct tmpl_run *run, const struct sv *v, size_t n); /* without Join */
struct tval tval_generic_list(struct arena *mem, const struct tval *v, size_t n);
bool tval_join(struct tmpl_run *run, struct tval list, struct sv separator, struct tval *ret,
               struct err *err) NODISCARD;
/* A generic map. Keys sorted and unique; both arrays borrowed. NIL when the arena is exhausted. */
struct tval tval_dict(struct arena *mem, const struct sv *keys, const struct tval *values, size_t n);
/* The same from pairs in any order, which it sorts; of two equal keys the later one counts. */
struct tval_pair {
    struct sv key;
    struct tval value;
    size_t order; /* its place */
};
struct tval tval_dict_of(struct arena *mem, struct tval_pair *pairs, size_t n);
struct tval tval_string_map(struct tval dict); /* as Go's map[string]string: all values are strings */
bool tval_is_dict(struct tval v);
/* Changes the map in place: whoever has it sees that. False: the arena is exhausted. */
bool tval_dict_set(struct arena *mem, struct tval dict, struct sv key, struct tval value) NODISCARD;

/* Whether the field shows where its object is printed as a whole. */
bool tfield_is_printed(const struct tfield *f, struct tval value);

/* The String method's result; false: there is none, or it failed. */
bool tval_stringer(struct tmpl_run *run, struct tval v, struct sv *s);

/* Go's %v. Past VALUE_DEPTH_MAX levels of lists in lists it prints "...". */
#define VALUE_DEPTH_MAX 64
void tval_print(struct tmpl_run *run, struct strbuf *out, const struct tval *v);
