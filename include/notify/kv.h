/* What templates see of a set of labels or annotations: the types KV, Pairs and Pair (templates.md 5.1). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "codec/tmpl.h"
#include "model/labels.h"

/* Borrowed. The pairs are sorted by name; NIL when the run's memory is used up. */
struct tval kv_of_labels(const struct labels *ls);
struct tval kv_of_pairs(struct tmpl_run *run, const struct label_sv *v, size_t n);

/* How methods and fields of template values are written down. */
#define TVAL_UNUSED __attribute__((unused))
#define TVAL_METHOD(name)                                                                                    \
    static bool name(struct tmpl_run *run, struct tval self, const struct tval *args TVAL_UNUSED,            \
                     size_t n_args TVAL_UNUSED, struct tval *ret, struct err *err)
#define TVAL_FIELD(name) static struct tval name(struct tmpl_run *run TVAL_UNUSED, const void *p)

bool tval_out_of_memory(struct err *err); /* sets the error; returns false */
