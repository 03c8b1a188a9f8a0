/* Statements. The interpreter keeps its own stack, so that templates calling themselves meet a limit, not the
 * end of the thread's stack. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "codec/goquote.h"
#include "tmpl/html.h"
#include "tmpl/run.h"
#include "tmpl/value.h"

#define CONTEXT_MAX 480 /* of an expression quoted in an error, so that the message behind it is kept */

/* ---- errors and limits ---- */

static void add_location(const struct tmpl_run *run, struct strbuf *out)
{
    const struct unit *unit = run->current->unit;
    const struct position at = unit_position(unit, run->at->pos);

    strbuf_addf(out, "%.*s:%zu:%zu", SV_ARG(unit->name), at.line, at.col);
    run->err->line = (int)at.line;
    run->err->col = (int)at.col;
}

static void add_context(const struct tmpl_run *run, struct strbuf *out)
{
    struct strbuf context CLEANUP(strbuf_donep) = {0};

    strbuf_adds(out, ": executing ");
    go_quote(out, run->current->name);
    node_print(&context, run->at);
    size_t keep = utf8_cut(strbuf_sv(&context), CONTEXT_MAX);
    strbuf_adds(out, " at <");
    strbuf_add(out, context.p, keep);
    strbuf_adds(out, keep < context.n ? "...>" : ">");
}

bool run_fail(struct tmpl_run *run, const char *fmt, ...)
{
    char text[sizeof run->err->text];
    struct strbuf where CLEANUP(strbuf_donep) = {0};
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    *run->err = (struct err){.kind = ERR_INVALID};
    if (run->at != NULL) {
        add_location(run, &where);
        add_context(run, &where);
    } else {
        strbuf_addsv(&where, run->current->name);
    }
    const int line = run->err->line, col = run->err->col;
    (void)err_set(run->err, ERR_INVALID, "template: %s: %s", where.p != NULL ? where.p : "", text);
    run->err->line = line;
    run->err->col = col;
    return false;
}

static bool run_fail_limit(struct tmpl_run *run, const char *what)
{
    (void)run_fail(run, "%s", what);
    run->err->kind = ERR_LIMIT;
    return false;
}

bool run_fail_memory(struct tmpl_run *run)
{
    return run_fail_limit(run, "exceeded maximum memory of a template");
}

bool run_spend(struct tmpl_run *run, size_t n)
{
    if (run->steps_left < n)
        return run_fail_limit(run, "exceeded maximum work of a template");
    run->steps_left -= n;
    return true;
}

static bool check_output(struct tmpl_run *run)
{
    return !run->out.overflow || run_fail_limit(run, "exceeded maximum output of a template");
}

bool fail_memory(struct err *err)
{
    return err_set(err, ERR_LIMIT, "exceeded maximum memory of a template");
}

bool function_spend(struct tmpl_run *run, size_t n, struct err *err)
{
    if (run->steps_left < n)
        return err_set(err, ERR_LIMIT, "exceeded maximum work of a template");
    run->steps_left -= n;
    return true;
}

struct strbuf run_buffer(const struct tmpl_run *run)
{
    return (struct strbuf){.ceiling = run->limits.output_bytes};
}

bool return_string(struct tmpl_run *run, const struct strbuf *b, struct tval *ret, struct err *err)
{
    if (b->overflow)
        return err_set(err, ERR_LIMIT, "exceeded maximum output of a template");
    if (!function_spend(run, b->n / 16, err))
        return false;
    const char *p = arena_strndup(run->mem, b->p, b->n);
    if (p == NULL)
        return fail_memory(err);
    *ret = tval_str((struct sv){p, b->n});
    return true;
}

/* ---- variables ---- */

void run_push_var(struct tmpl_run *run, struct sv name, const struct tval *value)
{
    run->vars = xgrow(run->vars, &run->vars_cap, run->n_vars + 1, sizeof *run->vars);
    struct variable *v = &run->vars[run->n_vars++];
    v->name = name;
    v->value = *value;
}

bool run_set_var(struct tmpl_run *run, struct sv name, const struct tval *value)
{
    for (size_t i = run->n_vars; i > run->var_base; i--)
        if (sv_eq(run->vars[i - 1].name, name)) {
            run->vars[i - 1].value = *value;
            return true;
        }
    return run_fail(run, "undefined variable: %.*s", SV_ARG(name));
}

/* ---- the stack ---- */

enum frame_kind { FRAME_LIST, FRAME_RANGE, FRAME_TEMPLATE };

/* A list of statements in execution. */
struct frame {
    enum frame_kind kind;
    const struct node *next; /* the statement to execute next */
    struct tval dot;
    size_t n_vars; /* how many variables there are when the list ends */
    union {
        struct {
            const struct node *node;
            struct tval over;
            size_t i, n, n_vars; /* n_vars: with the loop's own */
        } range;
        struct { /* what the caller goes on with */
            const struct definition *current;
            const struct node *at;
            size_t var_base;
        } caller;
    };
};

struct stack {
    struct frame *v;
    size_t n, cap;
    unsigned templates;
};

/* Kind, `next`, `n_vars` and the kind's own part are set; the dot, which a list and a template need, is the
 * caller's to write in place. */
static struct frame *push(struct stack *s, enum frame_kind kind, const struct node *next, size_t n_vars)
{
    s->v = xgrow(s->v, &s->cap, s->n + 1, sizeof *s->v);
    struct frame *f = &s->v[s->n++];
    f->kind = kind;
    f->next = next;
    f->n_vars = n_vars;
    return f;
}

static struct frame *top(struct stack *s)
{
    return &s->v[s->n - 1];
}

/* `dot` is not in the stack. */
static void enter_template(struct tmpl_run *run, struct stack *s, const struct definition *d,
                           const struct tval *dot)
{
    struct frame *f = push(s, FRAME_TEMPLATE, d->list, run->n_vars);
    f->dot = *dot;
    f->caller.current = run->current;
    f->caller.at = run->at;
    f->caller.var_base = run->var_base;
    s->templates++;
    run->current = d;
    run->var_base = run->n_vars;
    run_push_var(run, SV("$"), dot);
}

static void enter_list(struct stack *s, const struct node *list, struct tval dot, size_t n_vars)
{
    push(s, FRAME_LIST, list, n_vars)->dot = dot;
}

/* The index (or key) of an iteration. */
static struct tval range_index(const struct frame *f)
{
    const struct tval *over = &f->range.over;

    if (over->kind == TVAL_MAP)
        return tval_str(over->map.type->key(over->map.p, f->range.i));
    return tval_int((int64_t)f->range.i);
}

static struct tval range_element(struct tmpl_run *run, const struct frame *f)
{
    const struct tval *over = &f->range.over;
    bool found;

    if (over->kind == TVAL_LIST)
        return over->list.type->at(run, over->list.p, f->range.i);
    if (over->kind == TVAL_MAP)
        return over->map.type->get(run, over->map.p, over->map.type->key(over->map.p, f->range.i), &found);
    return range_index(f);
}

/* Two variables take index and element, one the element, which is the dot as well. */
static bool bind_range_vars(struct tmpl_run *run, const struct frame *f)
{
    const struct pipe *pipe = &f->range.node->branch.pipe->pipe;
    const struct names *decl = &pipe->decl;

    if (decl->n == 2) {
        const struct tval index = range_index(f);
        if (!pipe->assigns)
            run->vars[run->n_vars - 2].value = index;
        else if (!run_set_var(run, decl->v[0], &index))
            return false;
    }
    if (decl->n != 0 && pipe->assigns)
        return run_set_var(run, decl->v[decl->n - 1], &f->dot);
    if (decl->n != 0)
        run->vars[run->n_vars - 1].value = f->dot;
    return true;
}

/* The next iteration, or the end of the loop. */
static bool advance_range(struct tmpl_run *run, struct stack *s)
{
    struct frame *f = top(s);

    if (f->range.i == f->range.n) {
        run->n_vars = f->n_vars;
        s->n--;
        return true;
    }
    if (!run_spend(run, 1))
        return false;
    run->n_vars = f->range.n_vars;
    f->dot = range_element(run, f);
    f->next = f->range.node->branch.list;
    if (!bind_range_vars(run, f))
        return false;
    f->range.i++;
    return true;
}

static bool leave(struct tmpl_run *run, struct stack *s)
{
    const struct frame *f = top(s);

    if (f->kind == FRAME_RANGE)
        return advance_range(run, s);
    run->n_vars = f->n_vars;
    if (f->kind == FRAME_TEMPLATE) {
        run->current = f->caller.current;
        run->at = f->caller.at;
        run->var_base = f->caller.var_base;
        s->templates--;
    }
    s->n--;
    return true;
}

/* ---- statements ---- */

static bool execute_action(struct tmpl_run *run, const struct node *n, const struct tval *dot)
{
    struct tval value;

    if (!run_eval(run, dot, n->action.pipe, &value))
        return false;
    if (n->action.pipe->pipe.decl.n != 0)
        return true;
    if (n->action.escapes != NULL)
        return html_print(run, n->action.escapes, value) && check_output(run);
    if (value.kind == TVAL_NIL)
        strbuf_adds(&run->out, "<no value>");
    else
        tval_print(run, &run->out, &value);
    return check_output(run);
}

static bool execute_if(struct tmpl_run *run, struct stack *s, const struct node *n, const struct tval *dot)
{
    const size_t n_vars = run->n_vars;
    struct tval value;

    if (!run_eval(run, dot, n->branch.pipe, &value))
        return false;
    bool truth = tval_truth(value);
    enter_list(s, truth ? n->branch.list : n->branch.otherwise, truth && n->kind == NODE_WITH ? value : *dot,
               n_vars);
    return true;
}

/* How many iterations a value gives; false: it cannot be ranged over. */
static bool range_count(struct tmpl_run *run, const struct node *n, struct tval value, size_t *count)
{
    struct strbuf text CLEANUP(strbuf_donep) = run_buffer(run);

    *count = 0;
    switch (value.kind) {
    case TVAL_NIL:
        return true;
    case TVAL_LIST:
    case TVAL_MAP:
        *count = tval_len(value);
        return true;
    case TVAL_INT:
    case TVAL_DURATION:
        if (n->branch.pipe->pipe.decl.n < 2) {
            *count = value.i > 0 ? (size_t)value.i : 0;
            return true;
        }
        tval_print(run, &text, &value);
        return run_fail(run, "can't use %s to iterate over more than one variable", text.p);
    default:
        strbuf_adds(&text, "range can't iterate over ");
        tval_print(run, &text, &value);
        return run_fail(run, "%s", text.p);
    }
}

static bool execute_range(struct tmpl_run *run, struct stack *s, const struct node *n, const struct tval *dot)
{
    const size_t n_vars = run->n_vars;
    struct tval value;
    size_t count;

    if (!run_eval(run, dot, n->branch.pipe, &value) || !range_count(run, n, value, &count))
        return false;
    if (count == 0) {
        enter_list(s, n->branch.otherwise, *dot, n_vars);
        return true;
    }
    struct frame *f = push(s, FRAME_RANGE, NULL, n_vars);
    f->range.node = n;
    f->range.over = value;
    f->range.i = 0;
    f->range.n = count;
    f->range.n_vars = run->n_vars;
    return advance_range(run, s);
}

static bool execute_call(struct tmpl_run *run, struct stack *s, const struct node *n, const struct tval *dot)
{
    const struct definition *d = n->call.target != NULL ? n->call.target : run_lookup(run, n->call.name);
    struct strbuf quoted CLEANUP(strbuf_donep) = {0};
    struct tval arg;

    if (d == NULL) {
        go_quote(&quoted, n->call.name);
        return run_fail(run, "template %s not defined", quoted.p);
    }
    if (s->templates > run->limits.depth)
        return run_fail(run, "exceeded maximum template depth (%u)", run->limits.depth);
    if (!run_eval(run, dot, n->call.pipe, &arg))
        return false;
    run->at = n;
    enter_template(run, s, d, &arg);
    return true;
}

/* Ends the innermost loop, or its iteration; the parser has made sure that there is one. */
static void jump(struct stack *s, bool out)
{
    while (top(s)->kind != FRAME_RANGE)
        s->n--;
    struct frame *f = top(s);
    f->next = NULL;
    if (out)
        f->range.i = f->range.n;
}

static bool execute(struct tmpl_run *run, struct stack *s, const struct node *n, const struct tval *dot)
{
    if (n->kind == NODE_TEXT) {
        strbuf_addsv(&run->out, n->text);
        return check_output(run);
    }
    run->at = n;
    if (!run_spend(run, 1))
        return false;
    switch (n->kind) {
    case NODE_ACTION:
        return execute_action(run, n, dot);
    case NODE_IF:
    case NODE_WITH:
        return execute_if(run, s, n, dot);
    case NODE_RANGE:
        return execute_range(run, s, n, dot);
    case NODE_TEMPLATE:
        return execute_call(run, s, n, dot);
    default:
        jump(s, n->kind == NODE_BREAK);
        return true;
    }
}

static bool step(struct tmpl_run *run, struct stack *s)
{
    struct frame *f = top(s);
    const struct node *n = f->next;

    if (n == NULL)
        return leave(run, s);
    f->next = n->next;
    return execute(run, s, n, &f->dot);
}

bool run_definition(struct tmpl_run *run, const struct definition *d, const struct tval *dot)
{
    struct stack s = {0};
    bool ok = true;

    enter_template(run, &s, d, dot);
    while (ok && s.n != 0)
        ok = step(run, &s);
    free(s.v);
    return ok;
}
