/* The functions of the language and those that Alertmanager adds. */
#pragma once

#include "codec/tmpl.h"

#define MAYBE_UNUSED __attribute__((unused))

/* The head of a tmpl_method whose parameters are not all needed. */
#define TMPL_FUNCTION(name)                                                                                  \
    static bool name(MAYBE_UNUSED struct tmpl_run *run, MAYBE_UNUSED struct tval self,                       \
                     MAYBE_UNUSED const struct tval *args, MAYBE_UNUSED size_t n_args,                       \
                     MAYBE_UNUSED struct tval *ret, MAYBE_UNUSED struct err *err)

/* Tables end with a NULL name. The language's own (templates.md 6): */
extern const struct tmethod logic_functions[], compare_functions[], access_functions[], print_functions[];
/* Alertmanager's (templates.md 7): */
extern const struct tmethod text_functions[], data_functions[], time_functions[];

/* Evaluated lazily, not called. */
bool builtin_and(struct tmpl_run *run, struct tval self, const struct tval *args, size_t n_args,
                 struct tval *ret, struct err *err);
bool builtin_or(struct tmpl_run *run, struct tval self, const struct tval *args, size_t n_args,
                struct tval *ret, struct err *err);

const struct tmethod *function_find(struct sv name);       /* all of Alertmanager's */
const struct tmethod *function_find_chat(struct sv name);  /* TMPL_CHAT */
const struct tmethod *function_find_sprig(struct sv name); /* TMPL_SPRIG */
const struct tmethod *function_find_plain(struct sv name); /* only the language's own */

static inline bool return_bool(struct tval *ret, bool b)
{
    *ret = (struct tval){.kind = TVAL_BOOL, .b = b};
    return true;
}

static inline bool return_int(struct tval *ret, int64_t i)
{
    *ret = tval_int(i);
    return true;
}
