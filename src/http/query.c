#include "query.h"

#include <string.h>

#include "base/attr.h"
#include "codec/url.h"

static bool unescape(struct sv raw, struct arena *mem, struct strbuf *scratch, struct sv *out)
{
    if (raw.n == 0 || (memchr(raw.p, '%', raw.n) == NULL && memchr(raw.p, '+', raw.n) == NULL)) {
        *out = raw;
        return true;
    }
    strbuf_reset(scratch);
    if (!url_unescape(scratch, raw, true) || scratch->overflow)
        return false;
    const char *p = arena_strndup(mem, scratch->p != NULL ? scratch->p : "", scratch->n);
    *out = (struct sv){p, scratch->n};
    return p != NULL;
}

/* The text before the next `sep`, which is consumed. */
static struct sv cut(struct sv *rest, char sep)
{
    const char *at = rest->n != 0 ? memchr(rest->p, sep, rest->n) : NULL;
    const size_t n = at != NULL ? (size_t)(at - rest->p) : rest->n;
    const struct sv head = {rest->p, n};
    *rest = at != NULL ? (struct sv){at + 1, rest->n - n - 1} : (struct sv){NULL, 0};
    return head;
}

static size_t count_pairs(struct sv raw)
{
    size_t n = 1;
    for (size_t i = 0; i < raw.n; i++)
        n += raw.p[i] == '&';
    return n;
}

bool query_parse(struct sv raw, struct arena *mem, struct query *q)
{
    *q = (struct query){0};
    if (raw.n == 0)
        return true;
    q->v = ARENA_ARRAY(mem, struct query_param, count_pairs(raw));
    if (q->v == NULL)
        return false;
    CLEANUP(strbuf_donep) struct strbuf scratch = {0};
    while (raw.n != 0) {
        struct sv value = cut(&raw, '&');
        if (value.n == 0 || memchr(value.p, ';', value.n) != NULL)
            continue;
        const struct sv name = cut(&value, '=');
        struct query_param *out = &q->v[q->n];
        if (unescape(name, mem, &scratch, &out->name) && unescape(value, mem, &scratch, &out->value))
            q->n++;
    }
    return true;
}

struct sv query_last(const struct query *q, const char *name)
{
    struct sv last = {0};
    struct sv value;
    for (size_t it = 0; query_each(q, name, &it, &value);)
        last = value;
    return last;
}

bool query_bool(const struct query *q, const char *name, bool def)
{
    static const char *const yes[] = {"true", "1",        "yes",     "ok", "y",
                                      "on",   "selected", "checked", "t",  "enabled"};
    const struct sv value = query_last(q, name);
    if (value.n == 0)
        return def;
    for (size_t i = 0; i < COUNT_OF(yes); i++)
        if (sv_eq_nocase(value, sv_of(yes[i])))
            return true;
    return false;
}

bool query_each(const struct query *q, const char *name, size_t *it, struct sv *value)
{
    const struct sv want = sv_of(name);
    while (*it < q->n) {
        const struct query_param *p = &q->v[(*it)++];
        if (!sv_eq(p->name, want))
            continue;
        *value = p->value;
        return true;
    }
    return false;
}
