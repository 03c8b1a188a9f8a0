/* The part of sprig's functions that chat templates use (receivers.md B8.2), and what they share.
 *
 * `env` and `expandenv` are left out on purpose: they would show the environment. What panics in sprig is an
 * error here.
 */
#pragma once

#include "tmpl/funcs.h"
#include "tmpl/run.h"
#include "tmpl/value.h"

/* Tables end with a NULL name. */
extern const struct tmethod sprig_text_functions[], sprig_value_functions[], sprig_list_functions[],
    sprig_map_functions[], sprig_number_functions[], sprig_time_functions[], sprig_code_functions[];
/* PrometheusAlert's, for templates that see the webhook's JSON (receivers.md B8.3). */
extern const struct tmethod webhook_functions[];

/* A value as text: strings as they are, everything else as it prints. */
bool sprig_text(struct tmpl_run *run, struct tval v, struct sv *out, struct err *err) NODISCARD;
/* `empty`: nil, false, zero, and what has no elements. */
bool sprig_empty(struct tval v);

/* The elements of a list, in the arena. Fails with `what` and the type on anything else. */
struct tvals {
    struct tval *v;
    size_t n;
};
bool sprig_items(struct tmpl_run *run, const char *what, struct tval list, struct tvals *out,
                 struct err *err) NODISCARD;
/* Texts: of a list's elements without nils, or of the one value. */
struct texts {
    struct sv *v;
    size_t n;
};
bool sprig_texts(struct tmpl_run *run, struct tval v, struct texts *out, struct err *err) NODISCARD;

bool return_list(struct tmpl_run *run, const struct tval *v, size_t n, struct tval *ret,
                 struct err *err) NODISCARD;
bool return_strings(struct tmpl_run *run, const struct sv *v, size_t n, struct tval *ret,
                    struct err *err) NODISCARD;
