/* Makes an escaped copy of a tree of templates: it follows the text through tags, attributes, scripts and
 * styles, and gives every action the escapers that its place needs. A template that is called in two contexts
 * gets two copies. */
#include "tmpl/html.h"

#include <stdarg.h>
#include <stdio.h>

#include "codec/htmlesc.h"
#include "codec/url.h"
#include "tmpl/context.h"
#include "tmpl/funcs.h"
#include "tmpl/html_text.h"
#include "tmpl/value.h"

#define CALLS_MAX 200 /* templates that call each other: every level recurses */

/* The copy of a template for one context. */
struct derived {
    struct definition *copy;
    struct context out; /* behind it; while it is in work: an assumption */
    bool called;        /* by itself, directly or not, since work on it began */
    struct derived *next;
};

/* A break or continue in the loop at work. */
struct jump {
    struct context from;
    bool is_break;
    struct jump *next;
};

struct escaper_run {
    struct tmpl_run *run;
    struct derived *derived;
    const struct definition *current; /* the original */
    struct jump *jumps;
    unsigned calls;
    bool stopped; /* a limit was hit, and run->err is set */
    struct html_error error;
    const struct node *error_node; /* NULL: the error has no position */
    const struct definition *error_definition;
};

static struct context escape_list(struct escaper_run *e, struct context c, const struct node *list,
                                  struct node **copy);

/* ---- errors ---- */

static struct context fail(struct escaper_run *e, const struct node *n, const char *fmt, ...) PRINTF(3, 4);

static struct context fail(struct escaper_run *e, const struct node *n, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(e->error.text, sizeof e->error.text, fmt, ap);
    va_end(ap);
    e->error_node = n;
    e->error_definition = e->current;
    return (struct context){.state = STATE_ERROR};
}

static struct context stop(struct escaper_run *e)
{
    e->stopped = true;
    return (struct context){.state = STATE_ERROR};
}

static void *allocate(struct escaper_run *e, size_t n)
{
    void *p = arena_zalloc(e->run->mem, n);
    if (p == NULL) {
        (void)run_fail_memory(e->run);
        e->stopped = true;
    }
    return p;
}

/* A copy of the node itself, at the end of a list. */
static struct node *copy_node(struct escaper_run *e, const struct node *n)
{
    struct node *copy = allocate(e, sizeof *copy);
    if (copy != NULL) {
        *copy = *n;
        copy->next = NULL;
    }
    return copy;
}

static struct context join(struct escaper_run *e, struct context a, struct context b, const struct node *n,
                           const char *name)
{
    const struct context joined = context_join(a, b, name, &e->error);

    if (joined.state == STATE_ERROR && a.state != STATE_ERROR && b.state != STATE_ERROR) {
        e->error_node = n;
        e->error_definition = e->current;
    }
    return joined;
}

/* ---- actions ---- */

static void add_escaper(struct escape_chain *chain, enum escaper escaper)
{
    chain->v[chain->n++] = escaper;
}

static bool is_css_string(uint8_t state)
{
    return state == STATE_CSS_DOUBLE_QUOTED || state == STATE_CSS_SINGLE_QUOTED;
}

/* False: which part of the address this is depends on what the template does. */
static bool add_url_escapers(struct escape_chain *chain, struct context c)
{
    if (c.url_part == URL_UNKNOWN)
        return false;
    if (c.url_part == URL_QUERY_OR_FRAG) {
        add_escaper(chain, ESCAPE_URL);
        return true;
    }
    if (c.url_part == URL_NONE)
        add_escaper(chain, ESCAPE_URL_FILTER);
    add_escaper(chain, is_css_string(c.state) ? ESCAPE_CSS_STRING : ESCAPE_URL_NORMALIZE);
    return true;
}

static bool add_state_escapers(struct escape_chain *chain, struct context c)
{
    switch (c.state) {
    case STATE_URL:
    case STATE_CSS_DOUBLE_QUOTED:
    case STATE_CSS_SINGLE_QUOTED:
    case STATE_CSS_DOUBLE_QUOTED_URL:
    case STATE_CSS_SINGLE_QUOTED_URL:
    case STATE_CSS_URL:
        return add_url_escapers(chain, c);
    case STATE_META_CONTENT_URL:
        add_escaper(chain, ESCAPE_URL_FILTER);
        break;
    case STATE_JS:
        add_escaper(chain, ESCAPE_JS_VALUE);
        break;
    case STATE_JS_DOUBLE_QUOTED:
    case STATE_JS_SINGLE_QUOTED:
        add_escaper(chain, ESCAPE_JS_STRING);
        break;
    case STATE_JS_TEMPLATE:
        add_escaper(chain, ESCAPE_JS_TEMPLATE);
        break;
    case STATE_JS_REGEXP:
        add_escaper(chain, ESCAPE_JS_REGEXP);
        break;
    case STATE_CSS:
        add_escaper(chain, ESCAPE_CSS_VALUE);
        break;
    case STATE_TEXT:
        add_escaper(chain, ESCAPE_HTML);
        break;
    case STATE_RCDATA:
        add_escaper(chain, ESCAPE_RCDATA);
        break;
    case STATE_ATTR_NAME:
    case STATE_TAG:
        add_escaper(chain, ESCAPE_ATTR_NAME);
        break;
    case STATE_SRCSET:
        add_escaper(chain, ESCAPE_SRCSET);
        break;
    case STATE_ATTR:
    case STATE_META_CONTENT:
        break; /* only what every attribute needs */
    default:
        add_escaper(chain, ESCAPE_COMMENT);
        break;
    }
    return true;
}

/* The template's own html or urlquery at the head of a command; false: it is something else. */
static bool own_escaper(const struct node *cmd, enum escaper *own)
{
    const struct node *first = cmd->command.args;

    if (first->kind != NODE_FUNC)
        return false;
    if (sv_eq(first->func.name, SV("html")))
        *own = ESCAPE_OWN_HTML;
    else if (sv_eq(first->func.name, SV("urlquery")))
        *own = ESCAPE_OWN_QUERY;
    else
        return false;
    return true;
}

static bool does_the_same(enum escaper own, enum escaper ours)
{
    if (own == ESCAPE_OWN_HTML)
        return ours == ESCAPE_ATTR || ours == ESCAPE_HTML || ours == ESCAPE_RCDATA;
    return ours == ESCAPE_URL || ours == ESCAPE_URL_NORMALIZE;
}

/* An own escaper in the middle of a pipeline would be undone or doubled by what follows. */
static const struct node *misplaced_escaper(const struct pipe *pipe, struct context c)
{
    enum escaper own;

    for (const struct node *cmd = pipe->commands; cmd != NULL; cmd = cmd->next) {
        if (!own_escaper(cmd, &own))
            continue;
        bool unquoted = c.state == STATE_ATTR && c.delim == DELIM_SPACE_OR_TAG_END && own == ESCAPE_OWN_HTML;
        if (cmd->next != NULL || unquoted)
            return cmd->command.args;
    }
    return NULL;
}

/* {{html a b}} becomes {{print a b}}, to be escaped by the chain. */
static struct node *print_instead(struct escaper_run *e, const struct node *cmd)
{
    struct node *copy = copy_node(e, cmd);
    struct node *fn = copy_node(e, cmd->command.args);

    if (copy == NULL || fn == NULL)
        return NULL;
    fn->next = cmd->command.args->next;
    fn->func.fn = function_find_plain(SV("print"));
    copy->command.args = fn;
    return copy;
}

/* The pipeline without the own escaper at its end, which the chain stands for. */
static bool drop_own_escaper(struct escaper_run *e, struct node *action)
{
    struct node *pipe = copy_node(e, action->action.pipe);
    if (pipe == NULL)
        return false;
    const struct node *cmd = pipe->pipe.commands;
    struct node **end = &pipe->pipe.commands;

    action->action.pipe = pipe;
    if (cmd->next == NULL) {
        *end = print_instead(e, cmd);
        return *end != NULL;
    }
    for (; cmd->next != NULL; cmd = cmd->next) {
        *end = copy_node(e, cmd);
        if (*end == NULL)
            return false;
        end = &(*end)->next;
    }
    *end = NULL;
    return true;
}

/* Puts an own escaper at the pipeline's end into the chain, where one of ours would do the same. */
static bool merge_own_escaper(struct escaper_run *e, struct node *action, struct escape_chain *chain)
{
    const struct node *last = action->action.pipe->pipe.commands;
    enum escaper own;
    bool merged = false;

    while (last->next != NULL)
        last = last->next;
    if (!own_escaper(last, &own))
        return true;
    for (size_t i = 0; i < chain->n; i++)
        if (does_the_same(own, chain->v[i])) {
            chain->v[i] = own;
            merged = true;
        }
    return !merged || drop_own_escaper(e, action);
}

static struct context escape_action(struct escaper_run *e, struct context c, struct node *n)
{
    const struct pipe *pipe = &n->action.pipe->pipe;

    if (pipe->decl.n != 0)
        return c;
    c = context_nudge(c);
    const struct node *misplaced = misplaced_escaper(pipe, c);
    if (misplaced != NULL)
        return fail(e, n, "predefined escaper \"%.*s\" disallowed in template", SV_ARG(misplaced->func.name));
    struct escape_chain *chain = allocate(e, sizeof *chain);
    if (chain == NULL)
        return stop(e);
    if (!add_state_escapers(chain, c)) {
        struct strbuf text CLEANUP(strbuf_donep) = {0};
        node_print(&text, n);
        return fail(e, n, "%s appears in an ambiguous context within a URL", text.p);
    }
    if (c.delim != DELIM_NONE)
        add_escaper(chain, c.delim == DELIM_SPACE_OR_TAG_END ? ESCAPE_UNQUOTED_ATTR : ESCAPE_ATTR);
    if (!merge_own_escaper(e, n, chain))
        return stop(e);
    n->action.escapes = chain;
    if (c.state == STATE_TAG)
        c.state = STATE_ATTR_NAME;
    else if (c.state == STATE_JS)
        c.js_slash = JS_DIVISION; /* a slash behind a value divides */
    return c;
}

/* ---- text and branches ---- */

static struct context escape_text(struct escaper_run *e, struct context c, struct node *n)
{
    struct strbuf out CLEANUP(strbuf_donep) = {0};

    e->error_node = NULL;
    c = html_edit_text(c, n->text, &out, &e->error);
    const char *text = arena_strndup(e->run->mem, out.p, out.n);
    if (text == NULL) {
        (void)run_fail_memory(e->run);
        return stop(e);
    }
    n->text = (struct sv){text, out.n};
    return c;
}

/* All that leads to the loop's next iteration, or out of it. */
static struct context join_jumps(struct escaper_run *e, struct context c, const struct node *n)
{
    char text[sizeof e->error.text];

    for (const struct jump *j = e->jumps; j != NULL && c.state != STATE_ERROR; j = j->next) {
        c = join(e, c, j->from, n, "range");
        if (c.state == STATE_ERROR) {
            memcpy(text, e->error.text, sizeof text);
            (void)snprintf(e->error.text, sizeof e->error.text, "at range loop %s: %.*s",
                           j->is_break ? "break" : "continue", (int)sizeof text - 40, text);
        }
    }
    return c;
}

/* Once more, from where the first iteration ends: it must end there again. */
static struct context reenter_loop(struct escaper_run *e, struct context c, const struct node *n)
{
    struct node *discarded;
    char text[sizeof e->error.text];

    e->jumps = NULL;
    const struct context again = escape_list(e, c, n->branch.list, &discarded);
    c = join(e, c, again, n, "range");
    if (c.state == STATE_ERROR) {
        memcpy(text, e->error.text, sizeof text);
        (void)snprintf(e->error.text, sizeof e->error.text, "on range loop re-entry: %.*s",
                       (int)sizeof text - 40, text);
        return c;
    }
    return join_jumps(e, c, n);
}

static struct context escape_loop(struct escaper_run *e, struct context c, const struct node *n,
                                  struct node **copy)
{
    struct jump *outer = e->jumps;

    e->jumps = NULL;
    c = join_jumps(e, escape_list(e, c, n->branch.list, copy), n);
    if (c.state != STATE_ERROR)
        c = reenter_loop(e, c, n);
    e->jumps = outer;
    return c;
}

static struct context escape_branch(struct escaper_run *e, struct context c, struct node *n)
{
    const struct branch original = n->branch;
    const char *name = n->kind == NODE_IF ? "if" : n->kind == NODE_WITH ? "with" : "range";
    struct context taken, other;

    if (n->kind == NODE_RANGE)
        taken = escape_loop(e, c, n, &n->branch.list);
    else
        taken = escape_list(e, c, original.list, &n->branch.list);
    if (taken.state == STATE_ERROR)
        return taken;
    other = escape_list(e, c, original.otherwise, &n->branch.otherwise);
    return join(e, taken, other, n, name);
}

static struct context escape_jump(struct escaper_run *e, struct context c, const struct node *n)
{
    struct jump *j = allocate(e, sizeof *j);
    if (j == NULL)
        return stop(e);
    *j = (struct jump){c, n->kind == NODE_BREAK, e->jumps};
    e->jumps = j;
    return (struct context){.state = STATE_DEAD};
}

/* ---- templates ---- */

static struct derived *find_derived(struct escaper_run *e, struct sv name)
{
    struct derived *d = e->derived;
    while (d != NULL && !sv_eq(d->copy->name, name))
        d = d->next;
    return d;
}

static struct derived *new_derived(struct escaper_run *e, const struct definition *original, struct sv name)
{
    struct derived *d = allocate(e, sizeof *d);
    struct definition *copy = allocate(e, sizeof *copy);
    if (d == NULL || copy == NULL)
        return NULL;
    *copy = (struct definition){.name = name, .unit = original->unit};
    *d = (struct derived){.copy = copy, .next = e->derived};
    e->derived = d;
    return d;
}

/* The body from context c, assuming that calls of the template to itself end in the same context. True: so it
 * is. */
static bool escape_body(struct escaper_run *e, const struct definition *original, struct derived *d,
                        struct context *c)
{
    const struct context assumed = *c;

    d->out = assumed;
    d->called = false;
    e->derived = d; /* what was made on a wrong assumption is forgotten */
    *c = escape_list(e, assumed, original->list, &d->copy->list);
    return c->state != STATE_ERROR && (!d->called || context_eq(*c, assumed));
}

static struct context escape_definition(struct escaper_run *e, const struct definition *original,
                                        struct derived *d, struct context c)
{
    const struct definition *outer = e->current;
    struct jump *jumps = e->jumps;

    if (++e->calls > CALLS_MAX)
        return fail(e, NULL, "templates call each other too deeply");
    e->current = original;
    e->jumps = NULL;
    bool ok = escape_body(e, original, d, &c);
    if (!ok && !e->stopped && c.state != STATE_ERROR)
        ok = escape_body(e, original, d, &c);
    if (!ok && c.state != STATE_ERROR)
        c = fail(e, original->list, "cannot compute output context for template %.*s", SV_ARG(d->copy->name));
    d->out = c;
    e->current = outer;
    e->jumps = jumps;
    e->calls--;
    return c;
}

static struct context escape_call(struct escaper_run *e, struct context c, struct node *n)
{
    struct strbuf name CLEANUP(strbuf_donep) = {0};

    strbuf_addsv(&name, n->call.name);
    context_mangle(&name, c);
    struct derived *d = find_derived(e, strbuf_sv(&name));
    if (d != NULL) {
        d->called = true;
        n->call.target = d->copy;
        return d->out;
    }
    const struct definition *original = run_lookup(e->run, n->call.name);
    if (original == NULL)
        return fail(e, n, "no such template \"%.*s\"", SV_ARG(n->call.name));
    const char *copy = arena_strndup(e->run->mem, name.p, name.n);
    d = copy != NULL ? new_derived(e, original, (struct sv){copy, name.n}) : NULL;
    if (d == NULL) {
        (void)run_fail_memory(e->run);
        return stop(e);
    }
    n->call.target = d->copy;
    return escape_definition(e, original, d, c);
}

static struct context escape_node(struct escaper_run *e, struct context c, struct node *n)
{
    switch (n->kind) {
    case NODE_TEXT:
        return escape_text(e, c, n);
    case NODE_ACTION:
        return escape_action(e, c, n);
    case NODE_TEMPLATE:
        return escape_call(e, c, n);
    case NODE_BREAK:
    case NODE_CONTINUE:
        return escape_jump(e, c, n);
    default:
        return escape_branch(e, c, n);
    }
}

static struct context escape_list(struct escaper_run *e, struct context c, const struct node *list,
                                  struct node **copy)
{
    *copy = NULL;
    for (; list != NULL && c.state != STATE_ERROR && c.state != STATE_DEAD; list = list->next) {
        if (!run_spend(e->run, 1))
            return stop(e);
        *copy = copy_node(e, list);
        if (*copy == NULL)
            return stop(e);
        c = escape_node(e, c, *copy);
        copy = &(*copy)->next;
    }
    return c;
}

/* ---- the whole ---- */

static void report(struct escaper_run *e)
{
    struct strbuf where CLEANUP(strbuf_donep) = {0};

    if (e->error_node != NULL) {
        const struct unit *unit = e->error_definition->unit;
        const struct position at = unit_position(unit, e->error_node->pos);
        strbuf_addf(&where, "%.*s:%zu:%zu:", SV_ARG(unit->name), at.line, at.col);
    }
    (void)err_set(e->run->err, ERR_INVALID, "html/template:%s %s", where.p != NULL ? where.p : "",
                  e->error.text);
}

const struct definition *html_escape(struct tmpl_run *run, const struct definition *root)
{
    struct escaper_run e = {.run = run, .current = root};
    struct strbuf text CLEANUP(strbuf_donep) = {0};
    struct derived *d = new_derived(&e, root, root->name);

    if (d == NULL)
        return NULL;
    const struct context c = escape_definition(&e, root, d, (struct context){.state = STATE_TEXT});
    if (e.stopped)
        return NULL;
    if (c.state != STATE_ERROR && c.state != STATE_TEXT) {
        context_print(&text, c);
        (void)fail(&e, NULL, "ends in a non-text context: %s", text.p);
    } else if (c.state == STATE_TEXT) {
        return d->copy;
    }
    report(&e);
    return NULL;
}

/* ---- printing ---- */

static void apply(struct tmpl_run *run, struct strbuf *out, enum escaper escaper, struct tval value)
{
    const struct sv s = value.s;

    switch (escaper) {
    case ESCAPE_HTML:
        escape_html_text(out, s, value.tag);
        break;
    case ESCAPE_RCDATA:
        escape_rcdata(out, s, value.tag);
        break;
    case ESCAPE_ATTR:
        escape_attr(out, s, value.tag);
        break;
    case ESCAPE_UNQUOTED_ATTR:
        escape_unquoted_attr(out, s, value.tag);
        break;
    case ESCAPE_ATTR_NAME:
        escape_attr_name(out, s);
        break;
    case ESCAPE_COMMENT:
        break;
    case ESCAPE_URL_FILTER:
        escape_url_filter(out, s, value.tag);
        break;
    case ESCAPE_URL_NORMALIZE:
        escape_url(out, s, true);
        break;
    case ESCAPE_URL:
        escape_url(out, s, value.tag == TVAL_URL);
        break;
    case ESCAPE_SRCSET:
        escape_srcset(out, s, value.tag);
        break;
    case ESCAPE_JS_VALUE:
        escape_js_value(run, out, value);
        break;
    case ESCAPE_JS_STRING:
    case ESCAPE_JS_TEMPLATE:
    case ESCAPE_JS_REGEXP:
        escape_js_string(out, s, escaper);
        break;
    case ESCAPE_CSS_VALUE:
        escape_css_value(out, s);
        break;
    case ESCAPE_CSS_STRING:
        escape_css_string(out, s);
        break;
    case ESCAPE_OWN_HTML:
        htmlesc_add(out, s);
        break;
    case ESCAPE_OWN_QUERY:
        url_escape_query(out, s);
        break;
    }
}

bool html_print(struct tmpl_run *run, const struct escape_chain *chain, struct tval value)
{
    struct strbuf buffers[2] = {run_buffer(run), run_buffer(run)};
    struct strbuf text CLEANUP(strbuf_donep) = run_buffer(run);
    const bool script = chain->n != 0 && chain->v[0] == ESCAPE_JS_VALUE;
    bool overflow = false;

    if (!script && value.kind != TVAL_STR) {
        if (value.kind != TVAL_NIL)
            tval_print(run, &text, &value);
        value = tval_str(strbuf_sv(&text));
    }
    for (size_t i = 0; i < chain->n; i++) {
        struct strbuf *out = &buffers[i % 2];
        strbuf_reset(out);
        apply(run, out, chain->v[i], value);
        overflow |= out->overflow;
        value = tval_str(strbuf_sv(out));
    }
    strbuf_addsv(&run->out, value.s);
    run->out.overflow |= overflow || text.overflow;
    strbuf_done(&buffers[0]);
    strbuf_done(&buffers[1]);
    return true;
}
