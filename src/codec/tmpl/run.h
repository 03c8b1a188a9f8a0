/* One execution: its limits, variables and errors, and the services that functions use. */
#pragma once

#include "base/attr.h"
#include "tmpl/node.h"

struct variable {
    struct sv name;
    struct tval value;
};

/* The label whose value is being rendered, and those around it: a cycle is an error. */
struct label_in_work {
    struct sv name;
    const struct label_in_work *outer;
};

struct regex_cache;

struct tmpl_run {
    const struct tmpl_set *set;
    const struct definition *overlay; /* what the config string itself defines */
    struct arena *mem;
    struct now now;
    struct tval data; /* the dot of the whole execution */
    struct tmpl_limits limits;
    bool html;
    size_t steps_left;
    struct strbuf out;

    struct variable *vars; /* of all templates being executed; the running one sees those from var_base on */
    size_t n_vars, vars_cap, var_base;
    const struct definition *current;
    const struct node *at; /* what errors point at */
    struct regex_cache *regexes;
    const struct label_in_work *labels;
    struct err *err;
};

/* Puts position, template and expression in front; returns false. */
bool run_fail(struct tmpl_run *run, const char *fmt, ...) PRINTF(2, 3);
bool run_fail_memory(struct tmpl_run *run);

/* Takes `n` from the budget that bounds the execution; false: it is used up, and the error is set. */
bool run_spend(struct tmpl_run *run, size_t n) NODISCARD;

/* Executes a definition on `dot`, appending to run->out. */
bool run_definition(struct tmpl_run *run, const struct definition *d, const struct tval *dot) NODISCARD;

const struct definition *run_lookup(const struct tmpl_run *run, struct sv name);

/* Renders `text` with the data of `outer`, within what is left of its limits. */
bool run_nested(struct tmpl_run *outer, struct sv text, const struct label_in_work *labels, struct sv *out,
                struct err *err) NODISCARD;

/* Variables. */
void run_push_var(struct tmpl_run *run, struct sv name, const struct tval *value);
bool run_set_var(struct tmpl_run *run, struct sv name, const struct tval *value) NODISCARD;

/* The value of a pipeline; declares or assigns its variables. `pipe` NULL: nil. */
bool run_eval(struct tmpl_run *run, const struct tval *dot, const struct node *pipe,
              struct tval *value) NODISCARD;

/* For functions, whose errors have no position yet. */
bool fail_memory(struct err *err);
bool function_spend(struct tmpl_run *run, size_t n, struct err *err) NODISCARD; /* as run_spend() */
/* A string from a buffer, copied into the arena, charged to the budget. */
bool return_string(struct tmpl_run *run, const struct strbuf *b, struct tval *ret, struct err *err) NODISCARD;
/* A buffer that cannot outgrow the output limit. */
struct strbuf run_buffer(const struct tmpl_run *run);
