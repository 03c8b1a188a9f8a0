#include "model/matcher.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "codec/goquote.h"
#include "match_prog.h"
#include "matcher_parse.h"

bool matcher_init(struct matcher *m, enum match_op op, struct sv name, struct sv value, struct err *err)
{
    struct match_prog *prog = NULL;

    if (op == MATCH_RE || op == MATCH_NRE) {
        prog = match_prog_new(value, err);
        if (prog == NULL)
            return false;
    }
    *m = (struct matcher){.op = op, .name = intern(name), .value = intern(value), .prog = prog};
    return true;
}

void matcher_init_broken(struct matcher *m, enum match_op op, struct sv name, struct sv value)
{
    *m = (struct matcher){.op = op, .name = intern(name), .value = intern(value), .broken = true};
}

void matcher_copy(struct matcher *to, const struct matcher *from)
{
    *to = (struct matcher){
        .op = from->op,
        .name = istr_ref(from->name),
        .value = istr_ref(from->value),
        .prog = from->prog != NULL ? match_prog_ref(from->prog) : NULL,
        .broken = from->broken,
    };
}

void matcher_share(struct matcher *m, const struct matcher *with)
{
    if (m->prog == with->prog)
        return;
    match_prog_unref(m->prog);
    m->prog = match_prog_ref(with->prog);
}

void matcher_done(struct matcher *m)
{
    istr_unref(m->name);
    istr_unref(m->value);
    match_prog_unref(m->prog);
    *m = (struct matcher){0};
}

void matchers_done(struct matchers *ms)
{
    for (size_t i = 0; i < ms->n; i++)
        matcher_done(&ms->v[i]);
    free(ms->v);
    *ms = (struct matchers){0};
}

void matchers_push(struct matchers *ms, struct matcher m)
{
    ms->v = xrealloc(ms->v, (ms->n + 1) * sizeof(*ms->v));
    ms->v[ms->n++] = m;
}

static int matcher_cmp(const void *a, const void *b)
{
    const struct matcher *x = a, *y = b;

    int order = sv_cmp(istr_sv(x->name), istr_sv(y->name));
    if (order == 0)
        order = sv_cmp(istr_sv(x->value), istr_sv(y->value));
    return order != 0 ? order : (int)x->op - (int)y->op;
}

void matchers_sort(struct matchers *ms)
{
    if (ms->n > 1)
        qsort(ms->v, ms->n, sizeof(*ms->v), matcher_cmp);
}

bool matcher_matches(const struct matcher *m, struct sv value)
{
    if (m->broken)
        return false;
    const bool negated = m->op == MATCH_NE || m->op == MATCH_NRE;
    const bool same = m->prog != NULL ? match_prog_matches(m->prog, value) : sv_eq(istr_sv(m->value), value);
    return same != negated;
}

/* `value` is interned, or NULL for a missing label: texts are equal when their addresses are. */
static bool matches_interned(const struct matcher *m, const struct istr *value)
{
    if (m->prog != NULL || m->broken || value == NULL)
        return matcher_matches(m, value != NULL ? istr_sv(value) : SV(""));
    return (m->value == value) != (m->op == MATCH_NE);
}

bool matchers_match(const struct matchers *ms, const struct labels *ls)
{
    for (size_t i = 0; i < ms->n; i++)
        if (!matches_interned(&ms->v[i], labels_find(ls, ms->v[i].name)))
            return false;
    return true;
}

bool matchers_filter(const struct matchers *ms, const struct labels *ls)
{
    for (size_t i = 0; i < ms->n; i++) {
        const struct matcher *m = &ms->v[i];
        const struct istr *value = labels_find(ls, m->name);
        const bool negated = m->op == MATCH_NE || m->op == MATCH_NRE;
        /* An empty pattern asks whether the label is there, whatever its value. */
        const bool by_presence = m->value->n == 0 && (value != NULL) == negated;
        if (!by_presence && !matches_interned(m, value))
            return false;
    }
    return true;
}

bool matcher_equal(const struct matcher *a, const struct matcher *b)
{
    return a->op == b->op && a->name == b->name && a->value == b->value;
}

bool matchers_equal(const struct matchers *a, const struct matchers *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (!matcher_equal(&a->v[i], &b->v[i]))
            return false;
    return true;
}

bool matcher_matches_empty(const struct matcher *m)
{
    return (m->op == MATCH_EQ || m->op == MATCH_RE) && matcher_matches(m, SV(""));
}

size_t matcher_values(const struct matcher *m, struct sv *out, size_t max)
{
    if (m->prog != NULL && m->op == MATCH_RE)
        return match_prog_values(m->prog, out, max);
    if (m->op != MATCH_EQ || m->value->n == 0 || max == 0)
        return 0;
    out[0] = istr_sv(m->value);
    return 1;
}

bool matcher_rune_is_space(uint32_t rune)
{
    return (rune >= '\t' && rune <= '\r') || rune == ' ' || rune == 0x85 || rune == 0xa0 || rune == 0x1680 ||
           (rune >= 0x2000 && rune <= 0x200a) || rune == 0x2028 || rune == 0x2029 || rune == 0x202f ||
           rune == 0x205f || rune == 0x3000;
}

bool matcher_rune_is_reserved(uint32_t rune)
{
    const bool punctuation = rune != 0 && rune < 0x80 && strchr("{}!=~,\\\"'`", (int)rune) != NULL;
    return punctuation || matcher_rune_is_space(rune);
}

static bool needs_quotes(struct sv name)
{
    uint32_t rune;

    for (size_t i = 0; i < name.n;) {
        i += utf8_decode((struct sv){name.p + i, name.n - i}, &rune, NULL);
        if (matcher_rune_is_reserved(rune))
            return true;
    }
    return false;
}

static void add_escaped(struct strbuf *out, struct sv s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\n')
            strbuf_adds(out, "\\n");
        else if (s.p[i] == '\\' || s.p[i] == '"')
            strbuf_add(out, (const char[]){'\\', s.p[i]}, 2);
        else
            strbuf_addc(out, s.p[i]);
    }
}

void matcher_print(struct strbuf *out, const struct matcher *m)
{
    if (needs_quotes(istr_sv(m->name))) {
        go_quote(out, istr_sv(m->name));
        strbuf_adds(out, match_op_text(m->op));
        go_quote(out, istr_sv(m->value));
        return;
    }
    strbuf_addsv(out, istr_sv(m->name));
    strbuf_adds(out, match_op_text(m->op));
    strbuf_addc(out, '"');
    add_escaped(out, istr_sv(m->value));
    strbuf_addc(out, '"');
}

void matchers_print_list(struct strbuf *out, const struct matchers *ms)
{
    for (size_t i = 0; i < ms->n; i++) {
        if (i != 0)
            strbuf_addc(out, ',');
        matcher_print(out, &ms->v[i]);
    }
}

void matchers_print(struct strbuf *out, const struct matchers *ms)
{
    strbuf_addc(out, '{');
    matchers_print_list(out, ms);
    strbuf_addc(out, '}');
}

const char *match_op_text(enum match_op op)
{
    static const char *const text[] = {
        [MATCH_EQ] = "=", [MATCH_NE] = "!=", [MATCH_RE] = "=~", [MATCH_NRE] = "!~"};
    return text[op];
}
