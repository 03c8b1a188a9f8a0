/* eq, ne, lt, le, gt, ge (templates.md 6). */
#include "tmpl/funcs.h"
#include "tmpl/value.h"

enum basic { BASIC_NONE, BASIC_BOOL, BASIC_INT, BASIC_FLOAT, BASIC_STRING };

static enum basic basic_kind(struct tval v)
{
    switch (v.kind) {
    case TVAL_BOOL:
        return BASIC_BOOL;
    case TVAL_INT:
    case TVAL_DURATION:
        return BASIC_INT;
    case TVAL_FLOAT:
        return BASIC_FLOAT;
    case TVAL_STR:
        return BASIC_STRING;
    default:
        return BASIC_NONE;
    }
}

static bool fail_types(struct tval a, struct tval b, struct err *err)
{
    return err_set(err, ERR_INVALID, "incompatible types for comparison: %s and %s", tval_type_name(a),
                   tval_type_name(b));
}

static bool same_time(struct tval a, struct tval b)
{
    return a.t.sec == b.t.sec && a.t.nsec == b.t.nsec && a.t.off_min == b.t.off_min && a.zone == b.zone;
}

static bool equal_basic(enum basic kind, struct tval a, struct tval b)
{
    switch (kind) {
    case BASIC_BOOL:
        return a.b == b.b;
    case BASIC_INT:
        return a.i == b.i;
    case BASIC_FLOAT:
        return a.f == b.f;
    default:
        return sv_eq(a.s, b.s);
    }
}

static bool check_comparable(struct tval v, struct err *err)
{
    if (v.kind != TVAL_LIST && v.kind != TVAL_MAP)
        return true;
    return err_set(err, ERR_INVALID, "non-comparable type %s: of kind %s", tval_type_name(v),
                   v.kind == TVAL_LIST ? "slice" : "map");
}

static bool equal_others(struct tval a, struct tval b, bool *equal, struct err *err)
{
    if (!check_comparable(a, err) || !check_comparable(b, err))
        return false;
    *equal = false;
    if (a.kind == TVAL_NIL || b.kind == TVAL_NIL) {
        *equal = a.kind == b.kind;
        return true;
    }
    if (a.kind != b.kind)
        return fail_types(a, b, err);
    if (a.kind == TVAL_TIME)
        *equal = same_time(a, b);
    else if (a.kind == TVAL_OBJECT)
        *equal = a.obj.type == b.obj.type && a.obj.p == b.obj.p;
    return true;
}

static bool equal(struct tval a, struct tval b, bool *result, struct err *err)
{
    enum basic kind = basic_kind(a);

    if (kind == BASIC_NONE || basic_kind(b) == BASIC_NONE)
        return equal_others(a, b, result, err);
    if (kind != basic_kind(b))
        return fail_types(a, b, err);
    *result = equal_basic(kind, a, b);
    return true;
}

TMPL_FUNCTION(builtin_eq)
{
    bool found = false;

    if (n_args == 1)
        return check_comparable(args[0], err) && err_set(err, ERR_INVALID, "missing argument for comparison");
    for (size_t i = 1; i < n_args && !found; i++)
        if (!equal(args[0], args[i], &found, err))
            return false;
    return return_bool(ret, found);
}

TMPL_FUNCTION(builtin_ne)
{
    bool same = false;
    return equal(args[0], args[1], &same, err) && return_bool(ret, !same);
}

/* <0, 0 or >0; numbers that cannot be ordered (NaN) count as greater, as in Go. */
static bool order(struct tval a, struct tval b, int *result, struct err *err)
{
    enum basic kind = basic_kind(a);

    if (kind == BASIC_NONE || kind == BASIC_BOOL || basic_kind(b) == BASIC_NONE)
        return err_set(err, ERR_INVALID, "invalid type for comparison");
    if (kind != basic_kind(b))
        return fail_types(a, b, err);
    if (kind == BASIC_INT)
        *result = (a.i > b.i) - (a.i < b.i);
    else if (kind == BASIC_STRING)
        *result = sv_cmp(a.s, b.s);
    else
        *result = a.f < b.f ? -1 : a.f == b.f ? 0 : 1;
    return true;
}

TMPL_FUNCTION(builtin_lt)
{
    int o = 0;
    return order(args[0], args[1], &o, err) && return_bool(ret, o < 0);
}

TMPL_FUNCTION(builtin_le)
{
    int o = 0;
    return order(args[0], args[1], &o, err) && return_bool(ret, o <= 0);
}

TMPL_FUNCTION(builtin_gt)
{
    int o = 0;
    return order(args[0], args[1], &o, err) && return_bool(ret, o > 0);
}

TMPL_FUNCTION(builtin_ge)
{
    int o = 0;
    return order(args[0], args[1], &o, err) && return_bool(ret, o >= 0);
}

const struct tmethod compare_functions[] = {
    {"eq", 1, -1, builtin_eq, NULL},
    {"ne", 2, 2, builtin_ne, NULL},
    {"lt", 2, 2, builtin_lt, NULL},
    {"le", 2, 2, builtin_le, NULL},
    {"gt", 2, 2, builtin_gt, NULL},
    {"ge", 2, 2, builtin_ge, NULL},
    {.name = NULL},
};
