#include "tmpl/parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/attr.h"
#include "base/utf8.h"
#include "codec/goquote.h"
#include "tmpl/lex.h"
#include "tmpl/number.h"

/* Parentheses and control structures inside each other: the parser and the printer of nodes recurse. */
#define NESTING_MAX 250

enum context {
    CONTEXT_IF,
    CONTEXT_WITH,
    CONTEXT_RANGE,
    CONTEXT_COMMAND,
    CONTEXT_PAREN,
    CONTEXT_TEMPLATE,
    CONTEXT_BLOCK
};

static const char *const context_names[] = {
    "if", "with", "range", "command", "parenthesized pipeline", "template clause", "block clause",
};

/* What the body of one define or block may refer to. */
struct scope {
    struct sv *vars; /* declared and visible */
    size_t n, cap;
    unsigned range_depth;
};

struct parser {
    struct lexer lex;
    struct token token[3]; /* the last one read, and up to two put back */
    int n_back;
    uint32_t action_line; /* where the action in work began; 0 outside */
    struct scope scope;
    unsigned nesting;
    const struct unit *unit;
    function_lookup *lookup;
    struct arena *mem;
    struct definition *definitions;
    struct err *err;
};

/* ---- tokens ---- */

static struct token next(struct parser *p)
{
    if (p->n_back > 0)
        p->n_back--;
    else
        p->token[0] = lex_next(&p->lex);
    return p->token[p->n_back];
}

static void back(struct parser *p)
{
    p->n_back++;
}

/* Also puts back `t`, which came before the token that was put back or peeked at last. */
static void back_before(struct parser *p, struct token t)
{
    p->token[p->n_back++] = t;
}

static struct token peek(struct parser *p)
{
    struct token t = next(p);
    back(p);
    return t;
}

static struct token next_non_space(struct parser *p)
{
    struct token t;
    do
        t = next(p);
    while (t.kind == TOKEN_SPACE);
    return t;
}

static struct token peek_non_space(struct parser *p)
{
    struct token t = next_non_space(p);
    back(p);
    return t;
}

/* ---- errors ---- */

static bool fail(struct parser *p, const char *fmt, ...) PRINTF(2, 3);

static bool fail(struct parser *p, const char *fmt, ...)
{
    char text[sizeof p->err->text];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    (void)err_set(p->err, ERR_INVALID, "template: %.*s:%u: %s", SV_ARG(p->unit->name), p->token[0].line,
                  text);
    p->err->line = (int)p->token[0].line;
    return false;
}

static bool fail_memory(struct parser *p)
{
    return err_set(p->err, ERR_LIMIT, "template: %.*s: too large", SV_ARG(p->unit->name));
}

static void describe(struct strbuf *out, struct token t)
{
    if (t.kind == TOKEN_EOF)
        strbuf_adds(out, "EOF");
    else if (t.kind > TOKEN_KEYWORD)
        strbuf_addf(out, "<%.*s>", SV_ARG(t.val));
    else if (t.val.n > 10)
        go_quote(out, (struct sv){t.val.p, utf8_cut(t.val, 10)});
    else
        go_quote(out, t.val);
    if (t.kind <= TOKEN_KEYWORD && t.val.n > 10)
        strbuf_adds(out, "...");
}

/* "unexpected X in <where>", or the lexer's own words. */
static bool unexpected(struct parser *p, struct token t, const char *where)
{
    struct strbuf out CLEANUP(strbuf_donep) = {0};

    if (t.kind != TOKEN_ERROR) {
        describe(&out, t);
        return fail(p, "unexpected %s in %s", out.p, where);
    }
    if (p->action_line == 0 || p->action_line == t.line)
        return fail(p, "%.*s", SV_ARG(t.val));
    bool says_action = t.val.n > 7 && sv_eq((struct sv){t.val.p + t.val.n - 7, 7}, SV(" action"));
    return fail(p, "%.*s%s started at %.*s:%u", SV_ARG(t.val), says_action ? "" : " in action",
                SV_ARG(p->unit->name), p->action_line);
}

static bool expect_right_delim(struct parser *p, const char *where)
{
    struct token t = next_non_space(p);
    return t.kind == TOKEN_RIGHT_DELIM || unexpected(p, t, where);
}

/* ---- building nodes ---- */

static struct node *new_node(struct parser *p, enum node_kind kind, uint32_t pos)
{
    struct node *n = ARENA_NEW(p->mem, struct node);
    if (n == NULL) {
        (void)fail_memory(p);
        return NULL;
    }
    n->kind = kind;
    n->pos = pos;
    return n;
}

static bool add_name(struct parser *p, struct names *names, struct sv name)
{
    struct sv *v = ARENA_ARRAY(p->mem, struct sv, names->n + 1);
    if (v == NULL)
        return fail_memory(p);
    if (names->n != 0)
        memcpy(v, names->v, names->n * sizeof *v);
    v[names->n] = name;
    *names = (struct names){v, names->n + 1};
    return true;
}

static struct sv without_dot(struct sv field)
{
    return (struct sv){field.p + 1, field.n - 1};
}

/* The contents of a string token, in the arena. */
static bool unquote(struct parser *p, struct token t, struct sv *value)
{
    struct strbuf out CLEANUP(strbuf_donep) = {0};

    if (t.kind == TOKEN_RAW_STRING) {
        for (size_t i = 1; i + 1 < t.val.n; i++)
            if (t.val.p[i] != '\r') /* as in Go's source text */
                strbuf_addc(&out, t.val.p[i]);
    } else if (!go_unquote(t.val, &out)) {
        return fail(p, "invalid syntax");
    }
    value->n = out.n;
    value->p = arena_strndup(p->mem, out.p, out.n);
    return value->p != NULL || fail_memory(p);
}

static void push_var(struct parser *p, struct sv name)
{
    struct scope *s = &p->scope;
    s->vars = xgrow(s->vars, &s->cap, s->n + 1, sizeof *s->vars);
    s->vars[s->n++] = name;
}

static bool knows_var(const struct parser *p, struct sv name)
{
    for (size_t i = 0; i < p->scope.n; i++)
        if (sv_eq(p->scope.vars[i], name))
            return true;
    return false;
}

/* ---- expressions ---- */

static struct node *parse_pipe(struct parser *p, enum context context);

static struct node *parse_func(struct parser *p, struct token t)
{
    struct node *n = new_node(p, NODE_FUNC, t.pos);
    if (n == NULL)
        return NULL;
    n->func.name = t.val;
    n->func.fn = p->lookup(t.val);
    if (n->func.fn == NULL) {
        (void)fail(p, "function \"%.*s\" not defined", SV_ARG(t.val));
        return NULL;
    }
    return n;
}

static struct node *parse_variable(struct parser *p, struct token t)
{
    if (!knows_var(p, t.val)) {
        (void)fail(p, "undefined variable \"%.*s\"", SV_ARG(t.val));
        return NULL;
    }
    struct node *n = new_node(p, NODE_VARIABLE, t.pos);
    return n != NULL && add_name(p, &n->path, t.val) ? n : NULL;
}

static struct node *parse_field(struct parser *p, struct token t)
{
    struct node *n = new_node(p, NODE_FIELD, t.pos);
    return n != NULL && add_name(p, &n->path, without_dot(t.val)) ? n : NULL;
}

static struct node *parse_number(struct parser *p, struct token t)
{
    struct strbuf quoted CLEANUP(strbuf_donep) = {0};
    struct node *n = new_node(p, NODE_NUMBER, t.pos);
    if (n == NULL)
        return NULL;
    enum number_verdict verdict = number_parse(t.val, t.kind == TOKEN_CHAR_CONSTANT, &n->number);
    if (verdict == NUMBER_OK)
        return n;
    go_quote(&quoted, t.val);
    if (verdict == NUMBER_BAD_CHAR && sv_eq(t.val, SV("''")))
        (void)fail(p, "invalid syntax");
    else if (verdict == NUMBER_BAD_CHAR)
        (void)fail(p, "malformed character constant: %.*s", SV_ARG(t.val));
    else
        (void)fail(p, "%s: %s", verdict == NUMBER_OVERFLOW ? "integer overflow" : "illegal number syntax",
                   quoted.p);
    return NULL;
}

static struct node *parse_string(struct parser *p, struct token t)
{
    struct node *n = new_node(p, NODE_STRING, t.pos);
    if (n == NULL)
        return NULL;
    n->str.quoted = t.val;
    return unquote(p, t, &n->str.value) ? n : NULL;
}

static struct node *parse_bool(struct parser *p, struct token t)
{
    struct node *n = new_node(p, NODE_BOOL, t.pos);
    if (n != NULL)
        n->truth = t.val.p[0] == 't';
    return n;
}

/* An operand without the fields behind it. *none: the next token starts no operand, and is still there. */
static struct node *parse_term(struct parser *p, bool *none)
{
    struct token t = next_non_space(p);

    *none = false;
    switch (t.kind) {
    case TOKEN_IDENTIFIER:
        return parse_func(p, t);
    case TOKEN_DOT:
        return new_node(p, NODE_DOT, t.pos);
    case TOKEN_NIL:
        return new_node(p, NODE_NIL, t.pos);
    case TOKEN_VARIABLE:
        return parse_variable(p, t);
    case TOKEN_FIELD:
        return parse_field(p, t);
    case TOKEN_BOOL:
        return parse_bool(p, t);
    case TOKEN_CHAR_CONSTANT:
    case TOKEN_NUMBER:
        return parse_number(p, t);
    case TOKEN_LEFT_PAREN:
        return parse_pipe(p, CONTEXT_PAREN);
    case TOKEN_STRING:
    case TOKEN_RAW_STRING:
        return parse_string(p, t);
    default:
        back(p);
        *none = true;
        return NULL;
    }
}

static struct node *refuse_field(struct parser *p, const struct node *n)
{
    struct strbuf out CLEANUP(strbuf_donep) = {0}, quoted CLEANUP(strbuf_donep) = {0};
    node_print(&out, n);
    go_quote(&quoted, strbuf_sv(&out));
    (void)fail(p, "unexpected . after term %s", quoted.p);
    return NULL;
}

/* A node that takes the fields behind `base`: itself, when it is a path already, or a chain around it. */
static struct node *start_chain(struct parser *p, struct node *base, uint32_t pos, struct names **path)
{
    struct node *chain;

    switch (base->kind) {
    case NODE_FIELD:
    case NODE_VARIABLE:
        base->pos = pos; /* errors point at the first field behind, as Go's do */
        *path = &base->path;
        return base;
    case NODE_BOOL:
    case NODE_STRING:
    case NODE_NUMBER:
    case NODE_NIL:
    case NODE_DOT:
        return refuse_field(p, base);
    default:
        chain = new_node(p, NODE_CHAIN, pos);
        if (chain == NULL)
            return NULL;
        chain->chain.base = base;
        *path = &chain->chain.path;
        return chain;
    }
}

static struct node *parse_operand(struct parser *p, bool *none)
{
    struct names *path;
    struct node *n = parse_term(p, none);

    if (n == NULL || peek(p).kind != TOKEN_FIELD)
        return n;
    n = start_chain(p, n, peek(p).pos, &path);
    while (n != NULL && peek(p).kind == TOKEN_FIELD)
        if (!add_name(p, path, without_dot(next(p).val)))
            n = NULL;
    return n;
}

static struct node *parse_command(struct parser *p)
{
    struct node *cmd = new_node(p, NODE_COMMAND, peek_non_space(p).pos);
    struct node **end;
    bool none;

    if (cmd == NULL)
        return NULL;
    for (end = &cmd->command.args;;) {
        struct node *arg = parse_operand(p, &none);
        if (arg == NULL && !none)
            return NULL;
        if (arg != NULL) {
            *end = arg;
            end = &arg->next;
            cmd->command.n_args++;
        }
        struct token t = next(p);
        if (t.kind == TOKEN_SPACE)
            continue;
        if (t.kind == TOKEN_PIPE)
            break;
        back(p);
        if (t.kind == TOKEN_RIGHT_DELIM || t.kind == TOKEN_RIGHT_PAREN)
            break;
        (void)unexpected(p, t, "operand");
        return NULL;
    }
    if (cmd->command.n_args != 0)
        return cmd;
    (void)fail(p, "empty command");
    return NULL;
}

static bool check_pipe(struct parser *p, const struct pipe *pipe, const char *context)
{
    if (pipe->commands == NULL)
        return fail(p, "missing value for %s", context);
    unsigned stage = 2;
    for (const struct node *c = pipe->commands->next; c != NULL; c = c->next, stage++)
        if (!node_is_called(c->command.args))
            return fail(p, "non executable command in pipeline stage %u", stage);
    return true;
}

static bool declare(struct parser *p, struct pipe *pipe, struct token var)
{
    push_var(p, var.val);
    return add_name(p, &pipe->decl, var.val);
}

/* The variables in front of := or =; for range also two with a comma. */
static bool parse_declarations(struct parser *p, struct pipe *pipe, enum context context)
{
    for (;;) {
        struct token var = peek_non_space(p);
        if (var.kind != TOKEN_VARIABLE)
            return true;
        (void)next(p);
        struct token after = peek(p);
        struct token mark = peek_non_space(p);
        if (mark.kind == TOKEN_ASSIGN || mark.kind == TOKEN_DECLARE) {
            (void)next_non_space(p);
            pipe->assigns = mark.kind == TOKEN_ASSIGN;
            return declare(p, pipe, var);
        }
        if (mark.kind != TOKEN_CHAR || mark.val.p[0] != ',') {
            /* an argument after all; the space behind it separates it from the next one */
            if (after.kind == TOKEN_SPACE)
                back_before(p, after);
            back_before(p, var);
            return true;
        }
        (void)next_non_space(p);
        if (!declare(p, pipe, var))
            return false;
        if (context != CONTEXT_RANGE || pipe->decl.n >= 2)
            return fail(p, "too many declarations in %s", context_names[context]);
        enum token_kind kind = peek_non_space(p).kind;
        if (kind != TOKEN_VARIABLE && kind != TOKEN_RIGHT_DELIM && kind != TOKEN_RIGHT_PAREN)
            return fail(p, "range can only initialize variables");
    }
}

static bool starts_operand(enum token_kind kind)
{
    switch (kind) {
    case TOKEN_BOOL:
    case TOKEN_CHAR_CONSTANT:
    case TOKEN_DOT:
    case TOKEN_FIELD:
    case TOKEN_IDENTIFIER:
    case TOKEN_NUMBER:
    case TOKEN_NIL:
    case TOKEN_RAW_STRING:
    case TOKEN_STRING:
    case TOKEN_VARIABLE:
    case TOKEN_LEFT_PAREN:
        return true;
    default:
        return false;
    }
}

static bool parse_commands(struct parser *p, struct pipe *pipe, enum context context)
{
    const enum token_kind close = context == CONTEXT_PAREN ? TOKEN_RIGHT_PAREN : TOKEN_RIGHT_DELIM;
    struct node **end = &pipe->commands;

    for (;;) {
        struct token t = next_non_space(p);
        if (t.kind == close)
            return check_pipe(p, pipe, context_names[context]);
        if (!starts_operand(t.kind))
            return unexpected(p, t, context_names[context]);
        back(p);
        struct node *cmd = parse_command(p);
        if (cmd == NULL)
            return false;
        *end = cmd;
        end = &cmd->next;
    }
}

static struct node *parse_pipe(struct parser *p, enum context context)
{
    struct node *n = new_node(p, NODE_PIPE, peek_non_space(p).pos);
    if (n == NULL)
        return NULL;
    if (++p->nesting > NESTING_MAX) {
        (void)fail(p, "nested too deeply");
        return NULL;
    }
    bool ok = parse_declarations(p, &n->pipe, context) && parse_commands(p, &n->pipe, context);
    p->nesting--;
    return ok ? n : NULL;
}

/* ---- statements ---- */

enum statement { STATEMENT_NODE, STATEMENT_END, STATEMENT_ELSE, STATEMENT_BAD };

static enum statement parse_statement(struct parser *p, struct node **n);

/* Statements up to {{end}} or {{else}}, which is consumed. */
static enum statement parse_list(struct parser *p, struct node **list)
{
    *list = NULL;
    while (peek_non_space(p).kind != TOKEN_EOF) {
        enum statement s = parse_statement(p, list);
        if (s != STATEMENT_NODE)
            return s;
        list = &(*list)->next;
    }
    (void)fail(p, "unexpected EOF");
    return STATEMENT_BAD;
}

static struct node *parse_branch(struct parser *p, enum context context);

/* What follows {{else}}: statements, or the rest of "{{else if". */
static bool parse_otherwise(struct parser *p, enum context context, struct node **otherwise)
{
    enum token_kind kind = peek(p).kind;
    if ((context == CONTEXT_IF && kind == TOKEN_IF) || (context == CONTEXT_WITH && kind == TOKEN_WITH)) {
        (void)next(p);
        *otherwise = parse_branch(p, context);
        return *otherwise != NULL;
    }
    enum statement s = parse_list(p, otherwise);
    if (s == STATEMENT_ELSE)
        return fail(p, "expected end; found {{else}}");
    return s == STATEMENT_END;
}

static bool parse_body(struct parser *p, struct node *n, enum context context)
{
    n->branch.pipe = parse_pipe(p, context);
    if (n->branch.pipe == NULL)
        return false;
    n->pos = n->branch.pipe->pos;
    p->scope.range_depth += context == CONTEXT_RANGE;
    enum statement s = parse_list(p, &n->branch.list);
    p->scope.range_depth -= context == CONTEXT_RANGE;
    return s == STATEMENT_END || (s == STATEMENT_ELSE && parse_otherwise(p, context, &n->branch.otherwise));
}

static struct node *parse_branch(struct parser *p, enum context context)
{
    static const enum node_kind kinds[] = {NODE_IF, NODE_WITH, NODE_RANGE};
    const size_t n_vars = p->scope.n;
    struct node *n = new_node(p, kinds[context], p->token[0].pos);

    if (n == NULL)
        return NULL;
    if (++p->nesting > NESTING_MAX) {
        (void)fail(p, "nested too deeply");
        return NULL;
    }
    bool ok = parse_body(p, n, context);
    p->nesting--;
    p->scope.n = n_vars;
    return ok ? n : NULL;
}

static struct node *parse_jump(struct parser *p, struct token t)
{
    const char *name = t.kind == TOKEN_BREAK ? "{{break}}" : "{{continue}}";
    if (!expect_right_delim(p, name))
        return NULL;
    if (p->scope.range_depth == 0) {
        (void)fail(p, "%s outside {{range}}", name);
        return NULL;
    }
    return new_node(p, t.kind == TOKEN_BREAK ? NODE_BREAK : NODE_CONTINUE, t.pos);
}

static bool parse_name(struct parser *p, struct token t, const char *where, struct sv *name)
{
    if (t.kind != TOKEN_STRING && t.kind != TOKEN_RAW_STRING)
        return unexpected(p, t, where);
    return unquote(p, t, name);
}

/* Registers a definition. An empty one never replaces another, and two full ones are an error. */
static bool define(struct parser *p, struct sv name, struct node *list)
{
    struct definition *old = p->definitions;
    while (old != NULL && !sv_eq(old->name, name))
        old = old->next;
    if (old != NULL && !node_list_is_empty(old->list)) {
        if (node_list_is_empty(list))
            return true;
        return fail(p, "template: multiple definition of template \"%.*s\"", SV_ARG(name));
    }
    if (old == NULL) {
        old = ARENA_NEW(p->mem, struct definition);
        if (old == NULL)
            return fail_memory(p);
        *old = (struct definition){.name = name, .unit = p->unit, .next = p->definitions};
        p->definitions = old;
    }
    old->list = list;
    return true;
}

/* The body of a define or block: it sees no variables of its surroundings, and no range. */
static bool parse_definition(struct parser *p, struct sv name, const char *where)
{
    const struct scope outer = p->scope;
    struct node *list;

    p->scope = (struct scope){0};
    push_var(p, SV("$"));
    enum statement s = parse_list(p, &list);
    free(p->scope.vars);
    p->scope = outer;
    if (s == STATEMENT_ELSE)
        return fail(p, "unexpected {{else}} in %s", where);
    return s == STATEMENT_END && define(p, name, list);
}

static struct node *parse_call(struct parser *p, bool block)
{
    const enum context context = block ? CONTEXT_BLOCK : CONTEXT_TEMPLATE;
    struct token t = next_non_space(p);
    struct node *n = new_node(p, NODE_TEMPLATE, t.pos);

    if (n == NULL || !parse_name(p, t, context_names[context], &n->call.name))
        return NULL;
    if (!block && peek_non_space(p).kind == TOKEN_RIGHT_DELIM) {
        (void)next_non_space(p);
        return n;
    }
    n->call.pipe = parse_pipe(p, context);
    if (n->call.pipe == NULL)
        return NULL;
    if (!block)
        return n;
    if (++p->nesting > NESTING_MAX) {
        (void)fail(p, "nested too deeply");
        return NULL;
    }
    bool ok = parse_definition(p, n->call.name, context_names[context]);
    p->nesting--;
    return ok ? n : NULL;
}

static struct node *parse_output(struct parser *p)
{
    struct node *n = new_node(p, NODE_ACTION, peek(p).pos);
    if (n == NULL)
        return NULL;
    n->action.pipe = parse_pipe(p, CONTEXT_COMMAND);
    return n->action.pipe != NULL ? n : NULL;
}

static enum statement parse_end(struct parser *p)
{
    return expect_right_delim(p, "end") ? STATEMENT_END : STATEMENT_BAD;
}

static enum statement parse_else(struct parser *p)
{
    enum token_kind kind = peek_non_space(p).kind;
    if (kind == TOKEN_IF || kind == TOKEN_WITH)
        return STATEMENT_ELSE; /* "{{else if" means "{{else}}{{if" with one {{end}} for both */
    return expect_right_delim(p, "else") ? STATEMENT_ELSE : STATEMENT_BAD;
}

/* An action behind its opening delimiter. */
static enum statement parse_action(struct parser *p, struct node **n)
{
    struct token t = next_non_space(p);

    switch (t.kind) {
    case TOKEN_END:
        return parse_end(p);
    case TOKEN_ELSE:
        return parse_else(p);
    case TOKEN_IF:
        *n = parse_branch(p, CONTEXT_IF);
        break;
    case TOKEN_WITH:
        *n = parse_branch(p, CONTEXT_WITH);
        break;
    case TOKEN_RANGE:
        *n = parse_branch(p, CONTEXT_RANGE);
        break;
    case TOKEN_BREAK:
    case TOKEN_CONTINUE:
        *n = parse_jump(p, t);
        break;
    case TOKEN_BLOCK:
    case TOKEN_TEMPLATE:
        *n = parse_call(p, t.kind == TOKEN_BLOCK);
        break;
    default:
        back(p);
        *n = parse_output(p);
        break;
    }
    return *n != NULL ? STATEMENT_NODE : STATEMENT_BAD;
}

static enum statement parse_statement(struct parser *p, struct node **n)
{
    struct token t = next_non_space(p);

    *n = NULL;
    if (t.kind == TOKEN_TEXT) {
        *n = new_node(p, NODE_TEXT, t.pos);
        if (*n == NULL)
            return STATEMENT_BAD;
        (*n)->text = t.val;
        return STATEMENT_NODE;
    }
    if (t.kind != TOKEN_LEFT_DELIM) {
        (void)unexpected(p, t, "input");
        return STATEMENT_BAD;
    }
    p->action_line = t.line;
    enum statement s = parse_action(p, n);
    p->action_line = 0;
    return s;
}

/* {{define}} is known only here, at the top level; elsewhere it is an unexpected keyword. */
static bool parse_define(struct parser *p)
{
    static const char where[] = "define clause";
    struct sv name;

    return parse_name(p, next_non_space(p), where, &name) && expect_right_delim(p, where) &&
           parse_definition(p, name, where);
}

static bool parse_top(struct parser *p)
{
    struct node *list = NULL, **end = &list;

    for (struct token t = next(p); t.kind != TOKEN_EOF; t = next(p)) {
        if (t.kind == TOKEN_LEFT_DELIM && peek_non_space(p).kind == TOKEN_DEFINE) {
            (void)next_non_space(p);
            if (!parse_define(p))
                return false;
            continue;
        }
        if (t.kind == TOKEN_LEFT_DELIM)
            back_before(p, t);
        else
            back(p);
        enum statement s = parse_statement(p, end);
        if (s == STATEMENT_BAD)
            return false;
        if (s != STATEMENT_NODE)
            return fail(p, "unexpected %s", s == STATEMENT_END ? "{{end}}" : "{{else}}");
        end = &(*end)->next;
    }
    return define(p, p->unit->name, list);
}

static const struct unit *unit_new(struct sv name, struct sv text, struct arena *mem)
{
    struct unit *u = ARENA_NEW(mem, struct unit);
    if (u == NULL)
        return NULL;
    *u = (struct unit){{arena_strndup(mem, name.p, name.n), name.n},
                       {arena_strndup(mem, text.p, text.n), text.n}};
    return u->name.p != NULL && u->text.p != NULL ? u : NULL;
}

bool tmpl_parse(struct sv name, struct sv text, function_lookup *lookup, struct arena *mem,
                struct parse_result *result, struct err *err)
{
    struct parser p = {.unit = unit_new(name, text, mem), .lookup = lookup, .mem = mem, .err = err};

    if (p.unit == NULL || text.n > UINT32_MAX / 2)
        return err_set(err, ERR_LIMIT, "template: %.*s: too large", SV_ARG(name));
    lex_init(&p.lex, p.unit->text);
    push_var(&p, SV("$"));
    bool ok = parse_top(&p);
    free(p.scope.vars);
    result->definitions = p.definitions;
    return ok;
}
