/* One compiled program for all silences with the same pattern (W-27): tools that silence write the same
 * patterns again and again, and a program of the regex engine takes tens of kilobytes. */

#include <stdlib.h>

#include "base/mem.h"
#include "internal.h"

struct pattern {
    struct matcher matcher; /* a copy, for its text and its program */
    size_t users;
};

static struct pattern *pattern_of(struct patterns *p, const struct matcher *m)
{
    struct pattern *known = strmap_get(&p->by_text, istr_sv(m->value));

    if (known != NULL)
        return known;
    known = xcalloc(1, sizeof(*known));
    matcher_copy(&known->matcher, m);
    strmap_put(&p->by_text, istr_sv(known->matcher.value), known);
    return known;
}

void patterns_share(struct patterns *p, struct matchers *ms)
{
    for (size_t i = 0; i < ms->n; i++) {
        if (ms->v[i].prog == NULL)
            continue;
        struct pattern *known = pattern_of(p, &ms->v[i]);
        known->users++;
        matcher_share(&ms->v[i], &known->matcher);
    }
}

static void pattern_free(struct pattern *known)
{
    matcher_done(&known->matcher);
    free(known);
}

void patterns_release(struct patterns *p, const struct matchers *ms)
{
    for (size_t i = 0; i < ms->n; i++) {
        if (ms->v[i].prog == NULL)
            continue;
        struct pattern *known = strmap_get(&p->by_text, istr_sv(ms->v[i].value));
        if (--known->users != 0)
            continue;
        strmap_del(&p->by_text, istr_sv(known->matcher.value));
        pattern_free(known);
    }
}

void patterns_done(struct patterns *p)
{
    struct pattern *known;

    for (size_t it = 0; (known = strmap_next(&p->by_text, &it)) != NULL;)
        pattern_free(known);
    strmap_done(&p->by_text);
}
