#include "match_prog.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "codec/re.h"

/* Groups that wrap groups: nobody writes more than two, and the reader is recursive. */
#define DEPTH_MAX 8

/* What may stand in front of or behind a literal: nothing, .* or .+ */
enum rest { REST_NONE, REST_ANY, REST_SOME };

struct branch {
    enum rest front, back;
    size_t at, n; /* the literal, in match_prog.literals */
};

/* Either `re`, or branches of which one has to fit: those without a rest first, sorted by their literal. */
struct match_prog {
    atomic_uint refs;
    struct re *re;
    struct strbuf literals;
    struct branch *branches;
    size_t n, n_exact, cap;
};

static struct sv literal(const struct match_prog *p, const struct branch *b)
{
    return (struct sv){p->literals.p + b->at, b->n};
}

/* --- reading a pattern of literals
 * -------------------------------------------------------------------------- */

struct reader {
    const char *p, *end;
    struct match_prog *prog;
};

static bool take(struct reader *r, struct sv text)
{
    if (!sv_has_prefix((struct sv){r->p, (size_t)(r->end - r->p)}, text))
        return false;
    r->p += text.n;
    return true;
}

static enum rest take_rest(struct reader *r)
{
    return take(r, SV(".*")) ? REST_ANY : take(r, SV(".+")) ? REST_SOME : REST_NONE;
}

static bool is_meta(char c)
{
    return c == '\0' || strchr("\\.+*?()|[]{}^$", c) != NULL;
}

/* \. and the like; the escapes with a letter or a digit have meanings that the regex engine knows. */
static bool is_escaped_punctuation(const char *p, const char *end)
{
    if (p[0] != '\\' || p + 1 == end)
        return false;
    const char c = p[1];
    const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return c > 0 && !alphanumeric;
}

static void take_literal(struct reader *r, struct branch *b)
{
    struct strbuf *to = &r->prog->literals;

    b->at = to->n;
    while (r->p != r->end) {
        if (is_escaped_punctuation(r->p, r->end))
            r->p++;
        else if (is_meta(*r->p))
            break;
        strbuf_addc(to, *r->p++);
    }
    b->n = to->n - b->at;
}

/* A literal with its rests. Where it could stand at several places the simple comparison below would not do:
 * an empty literal between two rests, or a newline, which no rest matches. */
static bool read_literal(struct reader *r)
{
    struct match_prog *p = r->prog;
    struct branch b = {.front = take_rest(r)};

    take_literal(r, &b);
    b.back = take_rest(r);
    const bool has_rest = b.front != REST_NONE || b.back != REST_NONE;
    const struct sv text = literal(p, &b);
    if (has_rest && b.n != 0 && memchr(text.p, '\n', text.n) != NULL)
        return false;
    if (b.front != REST_NONE && b.back != REST_NONE && b.n == 0)
        return false;
    p->branches = xgrow(p->branches, &p->cap, p->n + 1, sizeof(*p->branches));
    p->branches[p->n++] = b;
    return true;
}

static bool read_alternatives(struct reader *r, unsigned depth);

/* ^(...)$ or a literal. A group has to be the whole branch; what follows is then for the caller to refuse. */
static bool read_branch(struct reader *r, unsigned depth)
{
    while (take(r, SV("^")))
        ;
    if (take(r, SV("("))) {
        (void)take(r, SV("?:"));
        if (!read_alternatives(r, depth + 1) || !take(r, SV(")")))
            return false;
    } else if (!read_literal(r)) {
        return false;
    }
    while (take(r, SV("$")))
        ;
    return true;
}

static bool read_alternatives(struct reader *r, unsigned depth)
{
    if (depth > DEPTH_MAX)
        return false;
    do {
        if (!read_branch(r, depth))
            return false;
    } while (take(r, SV("|")));
    return true;
}

static bool is_exact(const struct branch *b)
{
    return b->front == REST_NONE && b->back == REST_NONE;
}

static int branch_cmp(const void *a, const void *b, void *prog)
{
    const struct branch *x = a, *y = b;

    if (is_exact(x) != is_exact(y))
        return is_exact(x) ? -1 : 1;
    return sv_cmp(literal(prog, x), literal(prog, y));
}

/* False: this pattern is one for the regex engine, whether it is valid or not. */
static bool compile_literals(struct match_prog *p, struct sv pattern)
{
    struct reader r = {.p = pattern.p, .end = pattern.p + pattern.n, .prog = p};

    if (!utf8_valid(pattern))
        return false;
    strbuf_reserve(&p->literals, pattern.n); /* so that an empty literal has an address, too */
    if (!read_alternatives(&r, 0) || r.p != r.end || p->literals.overflow)
        return false;
    qsort_r(p->branches, p->n, sizeof(*p->branches), branch_cmp, p);
    while (p->n_exact < p->n && is_exact(&p->branches[p->n_exact]))
        p->n_exact++;
    return true;
}

static void drop_literals(struct match_prog *p)
{
    strbuf_done(&p->literals);
    free(p->branches);
    p->branches = NULL;
    p->n = p->n_exact = p->cap = 0;
}

/* --- life cycle
 * --------------------------------------------------------------------------------------------- */

struct match_prog *match_prog_new(struct sv pattern, struct err *err)
{
    struct match_prog *p = xcalloc(1, sizeof(*p));

    atomic_init(&p->refs, 1);
    if (pattern.n == 0)
        pattern = SV("");
    if (compile_literals(p, pattern))
        return p;
    drop_literals(p);
    p->re = re_new_anchored(pattern, err);
    if (p->re != NULL)
        return p;
    free(p);
    return NULL;
}

struct match_prog *match_prog_ref(struct match_prog *p)
{
    atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
    return p;
}

void match_prog_unref(struct match_prog *p)
{
    if (p == NULL || atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (p->re != NULL)
        re_free(p->re);
    drop_literals(p);
    free(p);
}

/* --- matching
 * ----------------------------------------------------------------------------------------------- */

static bool find_exact(const struct match_prog *p, struct sv value)
{
    size_t from = 0, to = p->n_exact;

    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        const int order = sv_cmp(value, literal(p, &p->branches[middle]));
        if (order == 0)
            return true;
        if (order < 0)
            to = middle;
        else
            from = middle + 1;
    }
    return false;
}

/* `value` holds no newline: then .* takes anything and .+ anything that is not empty. */
static bool branch_fits(struct sv text, const struct branch *b, struct sv value)
{
    const size_t front = b->front == REST_SOME, back = b->back == REST_SOME;

    if (value.n < text.n + front + back)
        return false;
    if (text.n == 0)
        return true;
    if (b->front == REST_NONE)
        return memcmp(value.p, text.p, text.n) == 0;
    if (b->back == REST_NONE)
        return memcmp(value.p + value.n - text.n, text.p, text.n) == 0;
    return memmem(value.p + front, value.n - front - back, text.p, text.n) != NULL;
}

static bool any_branch_fits(const struct match_prog *p, struct sv value)
{
    if (p->n_exact == p->n || (value.n != 0 && memchr(value.p, '\n', value.n) != NULL))
        return false;
    for (size_t i = p->n_exact; i < p->n; i++)
        if (branch_fits(literal(p, &p->branches[i]), &p->branches[i], value))
            return true;
    return false;
}

bool match_prog_matches(const struct match_prog *p, struct sv value)
{
    if (p->re != NULL)
        return re_match(p->re, value);
    return find_exact(p, value) || any_branch_fits(p, value);
}

size_t match_prog_values(const struct match_prog *p, struct sv *out, size_t max)
{
    size_t n = 0;

    if (p->re != NULL || p->n_exact != p->n || literal(p, &p->branches[0]).n == 0)
        return 0;
    for (size_t i = 0; i < p->n; i++) {
        const struct sv value = literal(p, &p->branches[i]);
        if (n != 0 && sv_eq(value, out[n - 1])) /* they are sorted */
            continue;
        if (n == max)
            return 0;
        out[n++] = value;
    }
    return n;
}
