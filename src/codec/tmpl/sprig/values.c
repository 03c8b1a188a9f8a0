/* Defaults, conditions, kinds and conversions to text. */
#include "tmpl/sprig/sprig.h"

#include "tmpl/verb.h"

bool sprig_text(struct tmpl_run *run, struct tval v, struct sv *out, struct err *err)
{
    struct strbuf text CLEANUP(strbuf_donep) = run_buffer(run);
    struct tval printed;

    if (v.kind == TVAL_STR) {
        *out = v.s;
        return true;
    }
    if (v.kind == TVAL_NIL)
        strbuf_adds(&text, "<nil>");
    else
        tval_print(run, &text, &v);
    if (!return_string(run, &text, &printed, err))
        return false;
    *out = printed.s;
    return true;
}

bool sprig_empty(struct tval v)
{
    return !tval_truth(v);
}

TMPL_FUNCTION(default_value)
{
    *ret = n_args < 2 || sprig_empty(args[1]) ? args[0] : args[1];
    return true;
}

TMPL_FUNCTION(empty)
{
    return return_bool(ret, sprig_empty(args[0]));
}

TMPL_FUNCTION(coalesce)
{
    *ret = (struct tval){.kind = TVAL_NIL};
    for (size_t i = 0; i < n_args; i++)
        if (!sprig_empty(args[i])) {
            *ret = args[i];
            break;
        }
    return true;
}

TMPL_FUNCTION(ternary)
{
    if (args[2].kind != TVAL_BOOL)
        return err_set(err, ERR_INVALID, "wrong type for value; expected bool; got %s",
                       tval_type_name(args[2]));
    *ret = args[2].b ? args[0] : args[1];
    return true;
}

TMPL_FUNCTION(to_string)
{
    *ret = tval_str(SV(""));
    return sprig_text(run, args[0], &ret->s, err);
}

TMPL_FUNCTION(to_strings)
{
    struct texts t;
    return sprig_texts(run, args[0], &t, err) && return_strings(run, t.v, t.n, ret, err);
}

TMPL_FUNCTION(kind_of)
{
    static const char *const kinds[] = {[TVAL_NIL] = "invalid",
                                        [TVAL_BOOL] = "bool",
                                        [TVAL_INT] = "int",
                                        [TVAL_FLOAT] = "float64",
                                        [TVAL_STR] = "string",
                                        [TVAL_TIME] = "struct",
                                        [TVAL_COMPLEX] = "complex128",
                                        [TVAL_LIST] = "slice",
                                        [TVAL_DURATION] = "int64",
                                        [TVAL_MAP] = "map",
                                        [TVAL_OBJECT] = "struct"};
    *ret = tval_str(sv_of(kinds[args[0].kind]));
    return true;
}

TMPL_FUNCTION(type_of)
{
    *ret = tval_str(sv_of(args[0].kind == TVAL_NIL ? "<nil>" : tval_type_name(args[0])));
    return true;
}

TMPL_FUNCTION(fail)
{
    return err_set(err, ERR_INVALID, "%.*s", SV_ARG(args[0].s));
}

const struct tmethod sprig_value_functions[] = {
    {"default", 1, -1, default_value, NULL},
    {"empty", 1, 1, empty, NULL},
    {"coalesce", 0, -1, coalesce, NULL},
    {"ternary", 3, 3, ternary, NULL},
    {"toString", 1, 1, to_string, NULL},
    {"toStrings", 1, 1, to_strings, NULL},
    {"kindOf", 1, 1, kind_of, NULL},
    {"typeOf", 1, 1, type_of, NULL},
    {"fail", 1, 1, fail, "s"},
    {.name = NULL},
};
