/* and, or, not; len, index, slice, call. */
#include "tmpl/funcs.h"
#include "tmpl/run.h"
#include "tmpl/value.h"

/* ---- logic ---- */

bool builtin_and(MAYBE_UNUSED struct tmpl_run *run, MAYBE_UNUSED struct tval self, const struct tval *args,
                 size_t n_args, struct tval *ret, MAYBE_UNUSED struct err *err)
{
    *ret = args[n_args - 1];
    return true;
}

bool builtin_or(struct tmpl_run *run, struct tval self, const struct tval *args, size_t n_args,
                struct tval *ret, struct err *err)
{
    return builtin_and(run, self, args, n_args, ret, err);
}

TMPL_FUNCTION(builtin_not)
{
    return return_bool(ret, !tval_truth(args[0]));
}

const struct tmethod logic_functions[] = {
    {"and", 1, -1, builtin_and, NULL},
    {"or", 1, -1, builtin_or, NULL},
    {"not", 1, 1, builtin_not, NULL},
    {.name = NULL},
};

/* ---- elements ---- */

TMPL_FUNCTION(builtin_len)
{
    switch (args[0].kind) {
    case TVAL_STR:
        return return_int(ret, (int64_t)args[0].s.n);
    case TVAL_LIST:
    case TVAL_MAP:
        return return_int(ret, (int64_t)tval_len(args[0]));
    case TVAL_NIL:
        return err_set(err, ERR_INVALID,
                       args[0].tag == TVAL_MISSING ? "len of nil pointer"
                                                   : "reflect: call of reflect.Value.Type on zero Value");
    default:
        return err_set(err, ERR_INVALID, "len of type %s", tval_type_name(args[0]));
    }
}

/* An index below `limit`. */
static bool check_index(struct tval index, size_t limit, size_t *i, struct err *err)
{
    if (index.kind == TVAL_NIL)
        return err_set(err, ERR_INVALID, "cannot index slice/array with nil");
    if (index.kind != TVAL_INT && index.kind != TVAL_DURATION)
        return err_set(err, ERR_INVALID, "cannot index slice/array with type %s", tval_type_name(index));
    if (index.i < 0 || (uint64_t)index.i >= limit)
        return err_set(err, ERR_INVALID, "index out of range: %lld", (long long)index.i);
    *i = (size_t)index.i;
    return true;
}

static bool index_map(struct tmpl_run *run, struct tval map, struct tval key, struct tval *ret,
                      struct err *err)
{
    bool found = false;

    if (key.kind == TVAL_NIL)
        return err_set(err, ERR_INVALID, "value is nil; should be of type string");
    if (key.kind != TVAL_STR || key.tag != TVAL_PLAIN)
        return err_set(err, ERR_INVALID, "value has type %s; should be string", tval_type_name(key));
    struct tval value = map.map.type->get(run, map.map.p, key.s, &found);
    *ret = found ? value : map.map.type->zero;
    return true;
}

static bool index_one(struct tmpl_run *run, struct tval over, struct tval index, struct tval *ret,
                      struct err *err)
{
    size_t i = 0;

    switch (over.kind) {
    case TVAL_STR:
        if (!check_index(index, over.s.n, &i, err))
            return false;
        *ret = (struct tval){.kind = TVAL_INT, .tag = TVAL_BYTE, .i = (unsigned char)over.s.p[i]};
        return true;
    case TVAL_LIST:
        if (!check_index(index, tval_len(over), &i, err))
            return false;
        *ret = over.list.type->at(run, over.list.p, i);
        return true;
    case TVAL_MAP:
        return index_map(run, over, index, ret, err);
    case TVAL_NIL:
        return err_set(err, ERR_INVALID, "index of %s",
                       over.tag == TVAL_MISSING ? "nil pointer" : "untyped nil");
    default:
        return err_set(err, ERR_INVALID, "can't index item of type %s", tval_type_name(over));
    }
}

TMPL_FUNCTION(builtin_index)
{
    *ret = args[0];
    if (args[0].kind == TVAL_NIL)
        return err_set(err, ERR_INVALID, "index of untyped nil");
    for (size_t i = 1; i < n_args; i++)
        if (!index_one(run, *ret, args[i], ret, err))
            return false;
    return true;
}

/* ---- slices ---- */

static bool slice_list(struct tmpl_run *run, struct tval list, size_t from, size_t to, struct tval *ret,
                       struct err *err)
{
    struct tval *v = ARENA_ARRAY(run->mem, struct tval, to - from);
    struct tlist_type *type = ARENA_NEW(run->mem, struct tlist_type);

    if (v == NULL || type == NULL)
        return fail_memory(err);
    for (size_t i = from; i < to; i++)
        v[i - from] = list.list.type->at(run, list.list.p, i);
    if (tval_is_generic_list(list)) {
        *ret = tval_generic_list(run->mem, v, to - from);
    } else {
        *type = (struct tlist_type){
            .go_type = list.list.type->go_type, .len = tval_array_len, .at = tval_array_at};
        *ret = tval_array(run, type, v, to - from);
    }
    return ret->kind != TVAL_NIL || fail_memory(err);
}

static bool slice_strings(struct tmpl_run *run, struct tval list, size_t from, size_t to, struct tval *ret,
                          struct err *err)
{
    struct sv *v = ARENA_ARRAY(run->mem, struct sv, to - from);

    if (v == NULL)
        return fail_memory(err);
    for (size_t i = from; i < to; i++)
        v[i - from] = tval_string_at(run, list, i);
    *ret = list.list.type->methods != NULL ? tval_strings(run, v, to - from)
                                           : tval_string_slice(run, v, to - from);
    return ret->kind != TVAL_NIL || fail_memory(err);
}

/* The bounds: [from, to), or [from, to, capacity) for lists. */
static bool slice_bounds(const struct tval *args, size_t n_args, size_t len, size_t *from, size_t *to,
                         struct err *err)
{
    size_t bound[3] = {0, len, len};

    for (size_t i = 1; i < n_args; i++)
        if (!check_index(args[i], len + 1, &bound[i - 1], err))
            return false;
    if (bound[0] > bound[1])
        return err_set(err, ERR_INVALID, "invalid slice index: %zu > %zu", bound[0], bound[1]);
    if (bound[1] > bound[2])
        return err_set(err, ERR_INVALID, "invalid slice index: %zu > %zu", bound[1], bound[2]);
    *from = bound[0];
    *to = bound[1];
    return true;
}

TMPL_FUNCTION(builtin_slice)
{
    const struct tval over = args[0];
    size_t from = 0, to = 0;

    if (over.kind == TVAL_NIL)
        return err_set(err, ERR_INVALID, "slice of untyped nil");
    if (n_args > 4)
        return err_set(err, ERR_INVALID, "too many slice indexes: %zu", n_args - 1);
    if (over.kind == TVAL_STR && n_args == 4)
        return err_set(err, ERR_INVALID, "cannot 3-index slice a string");
    if (over.kind != TVAL_STR && over.kind != TVAL_LIST)
        return err_set(err, ERR_INVALID, "can't slice item of type %s", tval_type_name(over));
    size_t len = over.kind == TVAL_STR ? over.s.n : tval_len(over);
    if (!slice_bounds(args, n_args, len, &from, &to, err))
        return false;
    if (over.kind == TVAL_STR) {
        *ret = over;
        ret->s = (struct sv){over.s.p + from, to - from};
        return true;
    }
    if (tval_is_string_list(over))
        return slice_strings(run, over, from, to, ret, err);
    return slice_list(run, over, from, to, ret, err);
}

/* There are no function values in our data: whatever is called is none. */
TMPL_FUNCTION(builtin_call)
{
    if (args[0].kind == TVAL_NIL)
        return err_set(err, ERR_INVALID, "call of nil");
    return err_set(err, ERR_INVALID, "non-function of type %s", tval_type_name(args[0]));
}

const struct tmethod access_functions[] = {
    {"len", 1, 1, builtin_len, NULL},
    {"index", 1, -1, builtin_index, NULL},
    {"slice", 1, -1, builtin_slice, NULL},
    {"call", 1, -1, builtin_call, NULL},
    {.name = NULL},
};
