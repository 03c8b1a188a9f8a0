#include "problem.h"

#include <stdlib.h>
#include <string.h>

#define MAX_PROBLEMS ((size_t)1000)

struct problem *problems_add(struct problems *ps, struct problem p)
{
    if (ps->n == MAX_PROBLEMS)
        return NULL;
    ps->v = xgrow(ps->v, &ps->cap, ps->n + 1, sizeof(*ps->v));
    ps->v[ps->n] = p;
    return &ps->v[ps->n++];
}

void problems_done(struct problems *ps)
{
    free(ps->v);
    *ps = (struct problems){0};
}

static int cmp_problems(const void *a, const void *b)
{
    const struct problem *x = a, *y = b;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return x->col < y->col ? -1 : x->col > y->col;
}

const struct problem *problems_in(const struct problems *ps, uint16_t source)
{
    const struct problem *first = NULL;
    for (size_t i = 0; i < ps->n; i++) {
        const struct problem *p = &ps->v[i];
        if (p->source == source && p->kind != PROBLEM_WARNING &&
            (first == NULL || cmp_problems(p, first) < 0))
            first = p;
    }
    return first;
}

static const struct problem *first_of(const struct problems *ps, enum problem_kind kind)
{
    for (size_t i = 0; i < ps->n; i++)
        if (ps->v[i].kind == kind)
            return &ps->v[i];
    return NULL;
}

static void list_schema_errors(const struct problems *ps, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    strbuf_adds(&text, "yaml: unmarshal errors:");
    for (size_t i = 0; i < ps->n; i++)
        if (ps->v[i].kind == PROBLEM_SCHEMA)
            strbuf_addf(&text, "\n  line %d: %s", ps->v[i].line, ps->v[i].text);
    err_set(err, ERR_INVALID, "%s", text.p);
}

void problems_choose(const struct problems *ps, struct err *err)
{
    const struct problem *p = first_of(ps, PROBLEM_SEMANTIC);
    const struct problem *schema = first_of(ps, PROBLEM_SCHEMA);
    if (p == NULL && schema != NULL) {
        p = schema;
        list_schema_errors(ps, err);
    } else {
        p = p != NULL ? p : first_of(ps, PROBLEM_CROSS);
        err_set(err, ERR_INVALID, "%s", p->upstream != NULL ? p->upstream : p->text);
    }
    err->line = p->line;
    err->col = p->col;
}

/* Where a line of a source begins. Problems come in order, so that the search goes on from the one before. */
struct line_cursor {
    const struct source *in;
    int line;
    size_t at;
};

static struct sv line_of(struct line_cursor *c, const struct source *in, int line)
{
    const struct sv text = in->text;
    if (text.n == 0)
        return SV("");
    if (c->in != in || c->line > line)
        *c = (struct line_cursor){.in = in, .line = 1};
    for (; c->line < line && c->at < text.n; c->line++) {
        const char *end = memchr(text.p + c->at, '\n', text.n - c->at);
        c->at = end != NULL ? (size_t)(end - text.p) + 1 : text.n;
    }
    const size_t at = c->at;
    const char *end = at < text.n ? memchr(text.p + at, '\n', text.n - at) : NULL;
    return (struct sv){text.p + at, end != NULL ? (size_t)(end - text.p) - at : text.n - at};
}

void problems_report(struct problems *ps, const struct source *sources, bool only_included,
                     const struct config_env *env, struct strbuf *errors)
{
    struct line_cursor cursor = {0};
    if (ps->n != 0)
        qsort(ps->v, ps->n, sizeof(*ps->v), cmp_problems);
    for (size_t i = 0; i < ps->n; i++) {
        const struct problem *p = &ps->v[i];
        const struct source *from = &sources[p->source];
        if (only_included && (p->source == 0 || p->severity != CONFIG_ERROR))
            continue;
        const struct config_finding f = {
            .severity = p->severity,
            .file = from->path,
            .line = p->line,
            .col = p->col,
            .rule = p->rule,
            .text = p->text,
            .hint = p->hint,
            .in_file = line_of(&cursor, from, p->line),
            .hide_values = p->hide_values,
        };
        if (env->report != NULL)
            env->report(env->ctx, &f);
        if (errors != NULL && p->severity == CONFIG_ERROR)
            config_finding_print(&f, errors);
    }
}
