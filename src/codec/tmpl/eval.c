/* Expressions: pipelines, commands, fields, calls (templates.md 4.1, 5).
 *
 * Values are handed down by pointer and results written where they are wanted: copying 32 bytes that were
 * just written in words of eight is what a rendering would spend its time on. */
#include <stdio.h>
#include <string.h>

#include "tmpl/funcs.h"
#include "tmpl/number.h"
#include "tmpl/run.h"
#include "tmpl/timefuncs.h"
#include "tmpl/value.h"

/* How an operand is called: the arguments written behind it, and the value piped into it (NULL: none). */
struct call {
    const struct node *args;
    size_t n_args;
    const struct tval *final;
};

static const struct call no_call = {NULL, 0, NULL};

static bool eval_arg(struct tmpl_run *run, const struct tval *dot, char type, const struct node *n,
                     struct tval *value);

static bool has_args(const struct call *call)
{
    return call->n_args != 0 || call->final != NULL;
}

/* An error whose text quotes an operand. */
static bool fail_node(struct tmpl_run *run, const char *before, const struct node *n, const char *after)
{
    struct strbuf text CLEANUP(strbuf_donep) = {0};
    if (n->kind == NODE_PIPE)
        strbuf_addc(&text, '(');
    node_print(&text, n);
    if (n->kind == NODE_PIPE)
        strbuf_addc(&text, ')');
    return run_fail(run, "%s%s%s", before, text.p, after);
}

static bool not_a_function(struct tmpl_run *run, const struct node *n, const struct call *call)
{
    return !has_args(call) || fail_node(run, "can't give argument to non-function ", n, "");
}

/* ---- parameter types: the letters of struct tmethod ---- */

static const char *param_name(char type)
{
    switch (type) {
    case 's':
        return "string";
    case 'i':
        return "int";
    case 'd':
        return "time.Duration";
    case 't':
        return "time.Time";
    case 'S':
        return "[]string";
    case 'L':
        return "[]interface {}";
    case 'z':
        return "*time.Location";
    default:
        return "interface {}";
    }
}

static bool can_be_nil(char type)
{
    return type == 'S' || type == 'L' || type == 'z' || type == '*';
}

static bool has_type(const struct tval *v, char type)
{
    switch (type) {
    case 's':
        return v->kind == TVAL_STR && v->tag == TVAL_PLAIN;
    case 'i':
        return v->kind == TVAL_INT && v->tag == TVAL_PLAIN;
    case 'd':
        return v->kind == TVAL_DURATION;
    case 't':
        return v->kind == TVAL_TIME;
    case 'S':
        return tval_is_string_list(*v);
    case 'L':
        return tval_is_generic_list(*v);
    case 'z':
        return v->kind == TVAL_OBJECT && v->obj.type == &location_type;
    default:
        return true;
    }
}

static struct tval nil_of(struct tmpl_run *run, char type)
{
    if (type == 'S')
        return tval_string_slice(run, NULL, 0);
    return type == 'L' ? tval_generic_list(run->mem, NULL, 0) : (struct tval){.kind = TVAL_NIL};
}

static bool check_type(struct tmpl_run *run, char type, struct tval *value)
{
    if (type == '*')
        return true;
    if (value->kind == TVAL_NIL) {
        if (type == 'z' || !can_be_nil(type))
            return run_fail(run, "invalid value; expected %s", param_name(type));
        *value = nil_of(run, type);
        return true;
    }
    return has_type(value, type) || run_fail(run, "wrong type for value; expected %s; got %s",
                                             param_name(type), tval_type_name(*value));
}

/* ---- constants ---- */

static bool eval_number(struct tmpl_run *run, const struct node *n, struct tval *value)
{
    const struct number *number = &n->number;

    if (number->is_complex)
        *value = (struct tval){.kind = TVAL_COMPLEX, .complex = {number->f, number->imaginary}};
    else if (number->is_float && number_looks_float(number->text))
        *value = (struct tval){.kind = TVAL_FLOAT, .f = number->f};
    else if (number->is_int)
        *value = tval_int(number->i);
    else
        return run_fail(run, "%.*s overflows int", SV_ARG(number->text));
    return true;
}

static bool eval_constant(struct tmpl_run *run, const struct node *n, struct tval *value)
{
    if (n->kind == NODE_NUMBER)
        return eval_number(run, n, value);
    if (n->kind == NODE_BOOL)
        *value = (struct tval){.kind = TVAL_BOOL, .b = n->truth};
    else
        *value = tval_str(n->str.value);
    return true;
}

/* A constant as an argument of type `type`: the kind of the constant counts, not that of its value. */
static bool eval_typed_constant(struct tmpl_run *run, char type, const struct node *n, struct tval *value)
{
    char suffix[64];

    switch (type) {
    case '*':
        return eval_constant(run, n, value);
    case 's':
        return n->kind == NODE_STRING ? eval_constant(run, n, value)
                                      : fail_node(run, "expected string; found ", n, "");
    case 'i':
    case 'd':
        if (n->kind != NODE_NUMBER || !n->number.is_int)
            return fail_node(run, "expected integer; found ", n, "");
        *value = (struct tval){.kind = type == 'i' ? TVAL_INT : TVAL_DURATION, .i = n->number.i};
        return true;
    default:
        (void)snprintf(suffix, sizeof suffix, " for arg of type %s", param_name(type));
        return fail_node(run, "can't handle ", n, suffix);
    }
}

/* ---- calls ---- */

static char param_type(const struct tmethod *fn, size_t i)
{
    if (fn->params == NULL)
        return '*';
    size_t n = strlen(fn->params);
    return fn->params[i < n ? i : n - 1];
}

static bool check_arity(struct tmpl_run *run, const struct tmethod *fn, struct sv name,
                        const struct call *call)
{
    const size_t n = call->n_args + (call->final != NULL ? 1 : 0);

    if (fn->max_args < 0 && n < (size_t)fn->min_args)
        return run_fail(run, "wrong number of args for %.*s: want at least %d got %zu", SV_ARG(name),
                        fn->min_args, call->n_args);
    if (fn->max_args >= 0 && n != (size_t)fn->min_args)
        return run_fail(run, "wrong number of args for %.*s: want %d got %zu", SV_ARG(name), fn->min_args, n);
    return true;
}

/* `and` and `or` evaluate only as many arguments as it takes. */
static bool eval_and_or(struct tmpl_run *run, const struct tval *dot, bool is_or, const struct call *call,
                        struct tval *ret)
{
    for (const struct node *n = call->args; n != NULL; n = n->next) {
        if (!eval_arg(run, dot, '*', n, ret))
            return false;
        if (tval_truth(*ret) == is_or)
            return true;
    }
    if (call->final != NULL)
        *ret = *call->final;
    return true;
}

static bool eval_args(struct tmpl_run *run, const struct tval *dot, const struct tmethod *fn,
                      const struct call *call, struct tval *args)
{
    size_t i = 0;

    for (const struct node *n = call->args; n != NULL; n = n->next, i++)
        if (!eval_arg(run, dot, param_type(fn, i), n, &args[i]))
            return false;
    if (call->final == NULL)
        return true;
    args[i] = *call->final;
    return check_type(run, param_type(fn, i), &args[i]);
}

/* Calls a function, or a method of `self`. `node` is what an error of the function itself points at. */
static bool eval_call(struct tmpl_run *run, const struct tval *dot, const struct tmethod *fn,
                      const struct tval *self, struct sv name, const struct node *node,
                      const struct call *call, struct tval *ret)
{
    const size_t n = call->n_args + (call->final != NULL ? 1 : 0);
    struct err err; /* set by what fails; a kilobyte is not cleared for every call */

    if (!run_spend(run, 1) || !check_arity(run, fn, name, call))
        return false;
    if (fn->call == builtin_and || fn->call == builtin_or)
        return eval_and_or(run, dot, fn->call == builtin_or, call, ret);
    struct tval *args = ARENA_ARRAY(run->mem, struct tval, n);
    if (args == NULL)
        return run_fail_memory(run);
    if (!eval_args(run, dot, fn, call, args))
        return false;
    if (fn->call(run, *self, args, n, ret, &err))
        return true;
    run->at = node;
    (void)run_fail(run, "error calling %.*s: %s", SV_ARG(name), err.text);
    run->err->kind = err.kind;
    return false;
}

/* ---- fields ---- */

static const struct tfield *find_field(const struct tval *v, struct sv name)
{
    const struct tfield *f = v->obj.type->fields;
    for (; f != NULL && f->name != NULL; f++)
        if (name_is(f->name, name))
            return f;
    return NULL;
}

static bool eval_map_key(struct tmpl_run *run, const struct tval *map, struct sv key, const struct call *call,
                         struct tval *ret)
{
    const struct tmap_type *type = map->map.type;
    bool found = false;

    if (has_args(call))
        return run_fail(run, "%.*s is not a method but has arguments", SV_ARG(key));
    struct tval value = type->get(run, map->map.p, key, &found);
    *ret = found ? value : type->zero;
    return true;
}

/* `self` may be *ret. */
static bool eval_field(struct tmpl_run *run, const struct tval *dot, const struct tval *self, struct sv name,
                       const struct node *node, const struct call *call, struct tval *ret)
{
    if (self->kind == TVAL_NIL) {
        if (self->tag == TVAL_MISSING)
            return run_fail(run, "nil pointer evaluating interface {}.%.*s", SV_ARG(name));
        *ret = *self;
        return true;
    }
    const struct tmethod *method = tval_method(self, name);
    if (method != NULL)
        return eval_call(run, dot, method, self, name, node, call, ret);
    if (self->kind == TVAL_MAP)
        return eval_map_key(run, self, name, call, ret);
    const struct tfield *field = self->kind == TVAL_OBJECT ? find_field(self, name) : NULL;
    if (field == NULL)
        return run_fail(run, "can't evaluate field %.*s in type %s", SV_ARG(name), tval_type_name(*self));
    if (has_args(call))
        return run_fail(run, "%.*s has arguments but cannot be invoked as function", SV_ARG(name));
    *ret = field->get(run, self->obj.p);
    return true;
}

/* The fields of `path` from `first` on, of which there is one at least; the last one takes the arguments. */
static bool eval_path(struct tmpl_run *run, const struct tval *dot, const struct tval *self,
                      const struct names *path, size_t first, const struct node *node,
                      const struct call *call, struct tval *ret)
{
    for (size_t i = first; i < path->n; i++) {
        const struct call *with = i + 1 == path->n ? call : &no_call;
        if (!eval_field(run, dot, self, path->v[i], node, with, ret))
            return false;
        self = ret;
    }
    return true;
}

static bool eval_variable(struct tmpl_run *run, const struct tval *dot, const struct node *n,
                          const struct call *call, struct tval *ret)
{
    const struct sv name = n->path.v[0];

    run->at = n;
    for (size_t i = run->n_vars; i > run->var_base; i--) {
        if (!sv_eq(run->vars[i - 1].name, name))
            continue;
        *ret = run->vars[i - 1].value; /* the arguments may declare variables, which moves the table */
        return n->path.n == 1 ? not_a_function(run, n, call)
                              : eval_path(run, dot, ret, &n->path, 1, n, call, ret);
    }
    return run_fail(run, "undefined variable: %.*s", SV_ARG(name));
}

static bool eval_chain(struct tmpl_run *run, const struct tval *dot, const struct node *n,
                       const struct call *call, struct tval *ret)
{
    struct tval base;

    run->at = n;
    if (!eval_arg(run, dot, '*', n->chain.base, &base))
        return false;
    return eval_path(run, dot, &base, &n->chain.path, 0, n, call, ret);
}

/* Operands that are called: with arguments behind them or a value piped in. `node` is quoted by errors. */
static bool eval_called(struct tmpl_run *run, const struct tval *dot, const struct node *n,
                        const struct node *node, const struct call *call, struct tval *ret)
{
    const struct tval nobody = {.kind = TVAL_NIL};

    switch (n->kind) {
    case NODE_FUNC:
        run->at = n;
        return eval_call(run, dot, n->func.fn, &nobody, n->func.name, node, call, ret);
    case NODE_FIELD:
        run->at = n;
        return eval_path(run, dot, dot, &n->path, 0, n, call, ret);
    case NODE_VARIABLE:
        return eval_variable(run, dot, n, call, ret);
    case NODE_CHAIN:
        return eval_chain(run, dot, n, call, ret);
    default: /* NODE_PIPE: its arguments are inside the parentheses */
        return not_a_function(run, n, call) && run_eval(run, dot, n, ret);
    }
}

static bool eval_arg(struct tmpl_run *run, const struct tval *dot, char type, const struct node *n,
                     struct tval *value)
{
    run->at = n;
    switch (n->kind) {
    case NODE_NUMBER:
    case NODE_BOOL:
    case NODE_STRING:
        return eval_typed_constant(run, type, n, value);
    case NODE_NIL:
        *value = nil_of(run, type);
        return can_be_nil(type) || run_fail(run, "cannot assign nil to %s", param_name(type));
    case NODE_DOT:
        *value = *dot;
        return check_type(run, type, value);
    default:
        return eval_called(run, dot, n, n, &no_call, value) && check_type(run, type, value);
    }
}

/* ---- commands and pipelines ---- */

static bool eval_command(struct tmpl_run *run, const struct tval *dot, const struct node *cmd,
                         const struct tval *final, struct tval *value)
{
    const struct node *first = cmd->command.args;
    const struct call call = {first->next, cmd->command.n_args - 1, final};

    if (node_is_called(first))
        return eval_called(run, dot, first, cmd, &call, value);
    run->at = first;
    if (!not_a_function(run, first, &call))
        return false;
    if (first->kind == NODE_NIL)
        return run_fail(run, "nil is not a command");
    if (first->kind == NODE_DOT) {
        *value = *dot;
        return true;
    }
    return eval_constant(run, first, value);
}

static bool eval_pipeline_command(struct tmpl_run *run, const struct tval *dot, const struct node *cmd,
                                  const struct tval *final, struct tval *value)
{
    if (!eval_command(run, dot, cmd, final, value))
        return false;
    if (value->kind == TVAL_NIL)
        value->tag = TVAL_PLAIN; /* a missing key is an ordinary nil from here on */
    return true;
}

bool run_eval(struct tmpl_run *run, const struct tval *dot, const struct node *n, struct tval *value)
{
    if (n == NULL) {
        *value = (struct tval){.kind = TVAL_NIL};
        return true;
    }
    const struct pipe *pipe = &n->pipe;
    run->at = n;
    if (!eval_pipeline_command(run, dot, pipe->commands, NULL, value))
        return false;
    for (const struct node *cmd = pipe->commands->next; cmd != NULL; cmd = cmd->next) {
        const struct tval piped = *value;
        if (!eval_pipeline_command(run, dot, cmd, &piped, value))
            return false;
    }
    for (size_t i = 0; i < pipe->decl.n; i++) {
        if (!pipe->assigns)
            run_push_var(run, pipe->decl.v[i], value);
        else if (!run_set_var(run, pipe->decl.v[i], value))
            return false;
    }
    return true;
}
