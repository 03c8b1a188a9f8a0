/* eq, ne, lt, le, gt, ge (templates.md 6). */
#include "tmpl/funcs.h"
#include "tmpl/run.h"
#include "tmpl/value.h"
#include "tmpl/verb.h"

enum basic { BASIC_NONE, BASIC_BOOL, BASIC_INT, BASIC_FLOAT, BASIC_COMPLEX, BASIC_STRING };

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
    case TVAL_COMPLEX:
        return BASIC_COMPLEX;
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
    case BASIC_COMPLEX:
        return a.complex.re == b.complex.re && a.complex.im == b.complex.im;
    default:
        return sv_eq(a.s, b.s);
    }
}

static bool has_kind(struct tmpl_run *run, const struct tobj_type *type, const void *p, enum tval_kind kind)
{
    const struct tfield *f = type->fields;

    while (f != NULL && f->name != NULL && f->get(run, p).kind != kind)
        f++;
    return f != NULL && f->name != NULL;
}

static bool is_comparable(struct tmpl_run *run, struct tval v)
{
    if (v.kind == TVAL_OBJECT)
        return !has_kind(run, v.obj.type, v.obj.p, TVAL_LIST) &&
               !has_kind(run, v.obj.type, v.obj.p, TVAL_MAP);
    return v.kind != TVAL_LIST && v.kind != TVAL_MAP;
}

static void print_value(struct tmpl_run *run, struct strbuf *out, struct tval v)
{
    verb_print(run, out, (struct verb){.letter = 's'}, v);
}

static bool fail_comparing(struct tmpl_run *run, struct tval a, struct tval b, struct err *err)
{
    struct strbuf a_text CLEANUP(strbuf_donep) = run_buffer(run);
    struct strbuf b_text CLEANUP(strbuf_donep) = run_buffer(run);
    const char *a_type = tval_type_name(a), *b_type = tval_type_name(b);

    print_value(run, &a_text, a);
    print_value(run, &b_text, b);
    if (strcmp(a_type, b_type) == 0)
        return err_set(err, ERR_INVALID, "non-comparable type %s: %s", b_text.p, b_type);
    return err_set(err, ERR_INVALID, "non-comparable types %s: %s, %s: %s", a_text.p, a_type, b_type,
                   b_text.p);
}

static bool equal(struct tmpl_run *run, struct tval a, struct tval b, bool *result, struct err *err);

static bool equal_fields(struct tmpl_run *run, struct tval a, struct tval b, bool *result, struct err *err)
{
    *result = a.obj.type == b.obj.type;
    for (const struct tfield *f = a.obj.type->fields; *result && f != NULL && f->name != NULL; f++)
        if (!equal(run, f->get(run, a.obj.p), f->get(run, b.obj.p), result, err))
            return false;
    return true;
}

/* Values of which neither is basic, or one is nil. */
static bool equal_others(struct tmpl_run *run, struct tval a, struct tval b, bool *result, struct err *err)
{
    *result = false;
    if (a.kind == TVAL_NIL || b.kind == TVAL_NIL) {
        *result = a.kind == b.kind;
        return true;
    }
    if (!is_comparable(run, a) || !is_comparable(run, b))
        return fail_comparing(run, a, b, err);
    if (a.kind == TVAL_TIME)
        *result = b.kind == TVAL_TIME && same_time(a, b);
    else if (a.kind == TVAL_OBJECT && b.kind == TVAL_OBJECT)
        return equal_fields(run, a, b, result, err);
    return true;
}

static bool equal(struct tmpl_run *run, struct tval a, struct tval b, bool *result, struct err *err)
{
    const enum basic kind = basic_kind(a), other = basic_kind(b);

    if ((kind == BASIC_NONE && other == BASIC_NONE) || a.kind == TVAL_NIL || b.kind == TVAL_NIL)
        return equal_others(run, a, b, result, err);
    if (kind != other)
        return fail_types(a, b, err);
    *result = equal_basic(kind, a, b);
    return true;
}

TMPL_FUNCTION(builtin_eq)
{
    bool found = false;

    if (n_args == 1)
        return err_set(err, ERR_INVALID, "missing argument for comparison");
    for (size_t i = 1; i < n_args && !found; i++)
        if (!equal(run, args[0], args[i], &found, err))
            return false;
    return return_bool(ret, found);
}

TMPL_FUNCTION(builtin_ne)
{
    bool same = false;
    return equal(run, args[0], args[1], &same, err) && return_bool(ret, !same);
}

/* <0, 0 or >0; numbers that cannot be ordered (NaN) count as greater, as in Go. */
static bool order(struct tval a, struct tval b, int *result, struct err *err)
{
    enum basic kind = basic_kind(a);

    if (kind == BASIC_NONE || basic_kind(b) == BASIC_NONE)
        return err_set(err, ERR_INVALID, "invalid type for comparison");
    if (kind != basic_kind(b))
        return fail_types(a, b, err);
    if (kind == BASIC_BOOL || kind == BASIC_COMPLEX)
        return err_set(err, ERR_INVALID, "invalid type for comparison");
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
