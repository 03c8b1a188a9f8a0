#include "tmpl/node.h"

#include "codec/goquote.h"

struct position unit_position(const struct unit *unit, uint32_t pos)
{
    struct position p = {.line = 1};
    size_t start = 0;

    for (size_t i = 0; i < pos; i++)
        if (unit->text.p[i] == '\n') {
            p.line++;
            start = i + 1;
        }
    p.col = pos - start;
    return p;
}

bool node_is_called(const struct node *n)
{
    switch (n->kind) {
    case NODE_BOOL:
    case NODE_DOT:
    case NODE_NIL:
    case NODE_NUMBER:
    case NODE_STRING:
        return false;
    default:
        return true;
    }
}

static bool text_is_empty(struct sv s)
{
    return sv_trim(s).n == 0;
}

bool node_list_is_empty(const struct node *list)
{
    for (; list != NULL; list = list->next)
        if (list->kind != NODE_TEXT || !text_is_empty(list->text))
            return false;
    return true;
}

static void add_path(struct strbuf *out, const struct names *path, const char *before, const char *between)
{
    strbuf_adds(out, before);
    for (size_t i = 0; i < path->n; i++) {
        strbuf_adds(out, i != 0 ? between : "");
        strbuf_addsv(out, path->v[i]);
    }
}

static void add_joined(struct strbuf *out, const struct node *list, const char *between)
{
    for (const struct node *n = list; n != NULL; n = n->next) {
        strbuf_adds(out, n != list ? between : "");
        node_print(out, n);
    }
}

static void add_pipe(struct strbuf *out, const struct pipe *p)
{
    if (p->decl.n != 0) {
        add_path(out, &p->decl, "", ", ");
        strbuf_adds(out, p->assigns ? " = " : " := ");
    }
    add_joined(out, p->commands, " | ");
}

static void add_parens(struct strbuf *out, const struct node *n)
{
    strbuf_adds(out, "(");
    node_print(out, n);
    strbuf_adds(out, ")");
}

static void add_operand(struct strbuf *out, const struct node *n)
{
    if (n->kind == NODE_PIPE)
        add_parens(out, n);
    else
        node_print(out, n);
}

static void add_command(struct strbuf *out, const struct node *args)
{
    for (const struct node *n = args; n != NULL; n = n->next) {
        strbuf_adds(out, n != args ? " " : "");
        add_operand(out, n);
    }
}

static void add_call(struct strbuf *out, const struct node *n)
{
    strbuf_adds(out, "{{template ");
    go_quote(out, n->call.name);
    if (n->call.pipe != NULL) {
        strbuf_adds(out, " ");
        node_print(out, n->call.pipe);
    }
    strbuf_adds(out, "}}");
}

static void add_branch(struct strbuf *out, const char *word, const struct branch *b)
{
    strbuf_addf(out, "{{%s ", word);
    node_print(out, b->pipe);
    strbuf_adds(out, "}}");
    add_joined(out, b->list, "");
    if (b->otherwise != NULL) {
        strbuf_adds(out, "{{else}}");
        add_joined(out, b->otherwise, "");
    }
    strbuf_adds(out, "{{end}}");
}

void node_print(struct strbuf *out, const struct node *n)
{
    switch (n->kind) {
    case NODE_TEXT:
        strbuf_addsv(out, n->text);
        break;
    case NODE_ACTION:
        strbuf_adds(out, "{{");
        node_print(out, n->action.pipe);
        strbuf_adds(out, "}}");
        break;
    case NODE_IF:
        add_branch(out, "if", &n->branch);
        break;
    case NODE_WITH:
        add_branch(out, "with", &n->branch);
        break;
    case NODE_RANGE:
        add_branch(out, "range", &n->branch);
        break;
    case NODE_TEMPLATE:
        add_call(out, n);
        break;
    case NODE_BREAK:
        strbuf_adds(out, "{{break}}");
        break;
    case NODE_CONTINUE:
        strbuf_adds(out, "{{continue}}");
        break;
    case NODE_PIPE:
        add_pipe(out, &n->pipe);
        break;
    case NODE_COMMAND:
        add_command(out, n->command.args);
        break;
    case NODE_FUNC:
        strbuf_addsv(out, n->func.name);
        break;
    case NODE_FIELD:
        add_path(out, &n->path, ".", ".");
        break;
    case NODE_VARIABLE:
        add_path(out, &n->path, "", ".");
        break;
    case NODE_CHAIN:
        add_operand(out, n->chain.base);
        add_path(out, &n->chain.path, ".", ".");
        break;
    case NODE_DOT:
        strbuf_adds(out, ".");
        break;
    case NODE_NIL:
        strbuf_adds(out, "nil");
        break;
    case NODE_BOOL:
        strbuf_adds(out, n->truth ? "true" : "false");
        break;
    case NODE_NUMBER:
        strbuf_addsv(out, n->number.text);
        break;
    case NODE_STRING:
        strbuf_addsv(out, n->str.quoted);
        break;
    }
}
