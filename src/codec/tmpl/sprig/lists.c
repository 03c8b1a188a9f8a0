/* Lists. None is changed in place. */
#include <stdlib.h>

#include "tmpl/sprig/sprig.h"

#define SAME_DEPTH_MAX VALUE_DEPTH_MAX

bool return_list(struct tmpl_run *run, const struct tval *v, size_t n, struct tval *ret, struct err *err)
{
    *ret = tval_generic_list(run->mem, v, n);
    return ret->kind != TVAL_NIL || fail_memory(err);
}

bool return_strings(struct tmpl_run *run, const struct sv *v, size_t n, struct tval *ret, struct err *err)
{
    *ret = tval_string_slice(run, v, n);
    return ret->kind != TVAL_NIL || fail_memory(err);
}

bool sprig_items(struct tmpl_run *run, const char *what, struct tval list, struct tvals *out, struct err *err)
{
    if (list.kind != TVAL_LIST)
        return err_set(err, ERR_INVALID, "cannot find %s on type %s", what,
                       list.kind == TVAL_NIL ? "<nil>" : tval_type_name(list));
    out->n = tval_len(list);
    out->v = ARENA_ARRAY(run->mem, struct tval, out->n);
    if (out->v == NULL)
        return fail_memory(err);
    for (size_t i = 0; i < out->n; i++)
        out->v[i] = list.list.type->at(run, list.list.p, i);
    return function_spend(run, out->n / 16, err);
}

bool sprig_texts(struct tmpl_run *run, struct tval v, struct texts *out, struct err *err)
{
    struct tvals items = {.v = &v, .n = 1};

    if (v.kind == TVAL_LIST && !sprig_items(run, "texts", v, &items, err))
        return false;
    *out = (struct texts){.v = ARENA_ARRAY(run->mem, struct sv, items.n)};
    if (out->v == NULL)
        return fail_memory(err);
    for (size_t i = 0; i < items.n; i++)
        if (items.v[i].kind != TVAL_NIL && !sprig_text(run, items.v[i], &out->v[out->n++], err))
            return false;
    return true;
}

TMPL_FUNCTION(append)
{
    struct tvals old;

    if (!sprig_items(run, "append", args[0], &old, err))
        return false;
    struct tval *v = ARENA_ARRAY(run->mem, struct tval, old.n + n_args - 1);
    if (v == NULL)
        return fail_memory(err);
    memcpy(v, old.v, old.n * sizeof *v);
    memcpy(v + old.n, args + 1, (n_args - 1) * sizeof *v);
    return return_list(run, v, old.n + n_args - 1, ret, err);
}

/* The first or last element; nil of an empty list. */
static bool end_of(struct tmpl_run *run, const char *name, struct tval list, bool last, struct tval *ret,
                   struct err *err)
{
    struct tvals items;

    if (!sprig_items(run, name, list, &items, err))
        return false;
    *ret = items.n == 0 ? (struct tval){.kind = TVAL_NIL} : items.v[last ? items.n - 1 : 0];
    return true;
}

TMPL_FUNCTION(first)
{
    return end_of(run, "first", args[0], false, ret, err);
}

TMPL_FUNCTION(last)
{
    return end_of(run, "last", args[0], true, ret, err);
}

TMPL_FUNCTION(rest)
{
    struct tvals items;
    if (!sprig_items(run, "rest", args[0], &items, err))
        return false;
    const size_t skip = items.n != 0 ? 1 : 0;
    return return_list(run, items.v + skip, items.n - skip, ret, err);
}

TMPL_FUNCTION(initial)
{
    struct tvals items;
    return sprig_items(run, "initial", args[0], &items, err) &&
           return_list(run, items.v, items.n != 0 ? items.n - 1 : 0, ret, err);
}

/* ---- equality ---- */

static bool same(struct tmpl_run *run, const struct tval *a, const struct tval *b, unsigned depth);

static bool same_lists(struct tmpl_run *run, const struct tval *a, const struct tval *b, unsigned depth)
{
    const size_t n = tval_len(*a);

    if (n != tval_len(*b))
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct tval x = a->list.type->at(run, a->list.p, i), y = b->list.type->at(run, b->list.p, i);
        if (!same(run, &x, &y, depth + 1))
            return false;
    }
    return true;
}

static bool same_maps(struct tmpl_run *run, const struct tval *a, const struct tval *b, unsigned depth)
{
    const size_t n = tval_len(*a);
    bool found = false;

    if (n != tval_len(*b))
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct sv key = a->map.type->key(a->map.p, i);
        const struct tval x = a->map.type->get(run, a->map.p, key, &found),
                          y = b->map.type->get(run, b->map.p, key, &found);
        if (!found || !same(run, &x, &y, depth + 1))
            return false;
    }
    return true;
}

/* Go's reflect.DeepEqual. When the budget is used up nothing is equal any more: the caller looks. */
static bool same(struct tmpl_run *run, const struct tval *a, const struct tval *b, unsigned depth)
{
    struct err ignored;

    if (a->kind != b->kind || a->tag != b->tag || depth == SAME_DEPTH_MAX ||
        !function_spend(run, 1, &ignored))
        return false;
    switch (a->kind) {
    case TVAL_NIL:
        return true;
    case TVAL_BOOL:
        return a->b == b->b;
    case TVAL_INT:
    case TVAL_DURATION:
        return a->i == b->i;
    case TVAL_FLOAT:
        return a->f == b->f;
    case TVAL_COMPLEX:
        return a->complex.re == b->complex.re && a->complex.im == b->complex.im;
    case TVAL_STR:
        return sv_eq(a->s, b->s);
    case TVAL_TIME:
        return stamp_cmp(a->t, b->t) == 0;
    case TVAL_LIST:
        return same_lists(run, a, b, depth);
    case TVAL_MAP:
        return same_maps(run, a, b, depth);
    case TVAL_OBJECT:
        return a->obj.p == b->obj.p;
    }
    return false;
}

static bool is_among(struct tmpl_run *run, const struct tval *v, size_t n, const struct tval *wanted)
{
    for (size_t i = 0; i < n; i++)
        if (same(run, &v[i], wanted, 0))
            return true;
    return false;
}

TMPL_FUNCTION(has)
{
    struct tvals items = {0};

    if (args[1].kind != TVAL_NIL && !sprig_items(run, "has", args[1], &items, err))
        return false;
    return_bool(ret, is_among(run, items.v, items.n, &args[0]));
    return function_spend(run, 1, err);
}

TMPL_FUNCTION(uniq)
{
    struct tvals items;
    size_t n = 0;

    if (!sprig_items(run, "uniq", args[0], &items, err))
        return false;
    for (size_t i = 0; i < items.n; i++)
        if (!is_among(run, items.v, n, &items.v[i]))
            items.v[n++] = items.v[i];
    return function_spend(run, 1, err) && return_list(run, items.v, n, ret, err);
}

static int by_bytes(const void *a, const void *b)
{
    return sv_cmp(*(const struct sv *)a, *(const struct sv *)b);
}

TMPL_FUNCTION(sort_alpha)
{
    struct texts t;

    if (!sprig_texts(run, args[0], &t, err))
        return false;
    if (t.n > 1)
        qsort(t.v, t.n, sizeof *t.v, by_bytes);
    return function_spend(run, t.n, err) && return_strings(run, t.v, t.n, ret, err);
}

const struct tmethod sprig_list_functions[] = {
    {"append", 1, -1, append, NULL},
    {"first", 1, 1, first, NULL},
    {"last", 1, 1, last, NULL},
    {"rest", 1, 1, rest, NULL},
    {"has", 2, 2, has, NULL},
    {"uniq", 1, 1, uniq, NULL},
    {"initial", 1, 1, initial, NULL},
    {"sortAlpha", 1, 1, sort_alpha, NULL},
    {.name = NULL},
};
