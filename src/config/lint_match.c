/* Sets of alerts, as far as their matchers tell. */
#include <string.h>

#include "lint.h"

/* The pattern without the wrapping that the deprecated match_re gets. */
static struct sv pattern_of(const struct matcher *m)
{
    struct sv p = istr_sv(m->value);
    if (p.n >= 6 && memcmp(p.p, "^(?:", 4) == 0 && memcmp(p.p + p.n - 2, ")$", 2) == 0)
        p = (struct sv){p.p + 4, p.n - 6};
    return p;
}

static bool matches_always(const struct matcher *m)
{
    return m->op == MATCH_RE && (sv_eq(pattern_of(m), SV(".*")) || sv_eq(pattern_of(m), SV("(.*)")));
}

bool lint_takes_all(const struct matchers *ms)
{
    for (size_t i = 0; i < ms->n; i++)
        if (!matches_always(&ms->v[i]))
            return false;
    return true;
}

static bool is_literal(struct sv text)
{
    for (size_t i = 0; i < text.n; i++)
        if (strchr("\\.+*?()[]{}^$|", text.p[i]) != NULL)
            return false;
    return true;
}

/* a|b|c, each of which `weak` takes. */
static bool alternatives_match(struct sv pattern, const struct matcher *weak)
{
    for (size_t at = 0; at <= pattern.n;) {
        const char *bar = at < pattern.n ? memchr(pattern.p + at, '|', pattern.n - at) : NULL;
        const size_t end = bar != NULL ? (size_t)(bar - pattern.p) : pattern.n;
        const struct sv one = {pattern.p + at, end - at};
        if (!is_literal(one) || !matcher_matches(weak, one))
            return false;
        at = end + 1;
    }
    return true;
}

/* Whoever satisfies `strong` satisfies `weak`. */
static bool implies_one(const struct matcher *strong, const struct matcher *weak)
{
    if (strong->name != weak->name)
        return false;
    if (matcher_equal(strong, weak))
        return true;
    if (strong->op == MATCH_EQ)
        return matcher_matches(weak, istr_sv(strong->value));
    if (weak->op == MATCH_NE)
        return !matcher_matches(strong, istr_sv(weak->value));
    if (weak->op == MATCH_RE && sv_eq(pattern_of(weak), SV(".+")))
        return !matcher_matches(strong, SV(""));
    return strong->op == MATCH_RE && alternatives_match(pattern_of(strong), weak);
}

static bool any_implies(const struct matchers *strong, const struct matcher *weak)
{
    for (size_t i = 0; i < strong->n; i++)
        if (implies_one(&strong->v[i], weak))
            return true;
    return matches_always(weak);
}

bool lint_implies(const struct matchers *strong, const struct matchers *weak)
{
    for (size_t i = 0; i < weak->n; i++)
        if (!any_implies(strong, &weak->v[i]))
            return false;
    return true;
}

bool lint_route_implies(const struct route *r, const struct matchers *weak)
{
    for (size_t i = 0; i < weak->n; i++) {
        const struct route *at = r;
        while (at != NULL && !any_implies(&at->matchers, &weak->v[i]))
            at = at->parent;
        if (at == NULL)
            return false;
    }
    return true;
}

/* One of them wants a single value, and the other does not take it. */
static bool contradict(const struct matcher *a, const struct matcher *b)
{
    return a->name == b->name && ((a->op == MATCH_EQ && !matcher_matches(b, istr_sv(a->value))) ||
                                  (b->op == MATCH_EQ && !matcher_matches(a, istr_sv(b->value))));
}

static const struct matcher *find_contradiction(const struct matchers *ms, const struct matcher *own)
{
    for (size_t i = 0; i < ms->n; i++)
        if (contradict(&ms->v[i], own))
            return &ms->v[i];
    return NULL;
}

bool lint_contradiction(const struct route *r, const struct matcher **a, const struct matcher **b)
{
    for (size_t i = 0; i < r->matchers.n; i++) {
        *b = &r->matchers.v[i];
        for (const struct route *at = r; at != NULL; at = at->parent) {
            *a = find_contradiction(&at->matchers, *b);
            if (*a != NULL)
                return true;
        }
    }
    return false;
}

const struct istr *lint_pinned(const struct matchers *ms, const struct istr *label)
{
    for (size_t i = 0; i < ms->n; i++)
        if (ms->v[i].op == MATCH_EQ && ms->v[i].name == label)
            return ms->v[i].value;
    return NULL;
}
