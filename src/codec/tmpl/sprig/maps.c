/* Maps. `set` and `merge` change their first argument, as sprig's do. */
#include "tmpl/sprig/sprig.h"

/* Odd arguments are taken: the last key has an empty value. */
TMPL_FUNCTION(dict)
{
    const size_t n = (n_args + 1) / 2;
    struct tval_pair *pairs = ARENA_ARRAY(run->mem, struct tval_pair, n);

    if (pairs == NULL)
        return fail_memory(err);
    for (size_t i = 0; i < n; i++) {
        const bool has_value = 2 * i + 1 < n_args;
        pairs[i] = (struct tval_pair){.value = has_value ? args[2 * i + 1] : tval_str(SV("")), .order = i};
        if (!sprig_text(run, args[2 * i], &pairs[i].key, err))
            return false;
    }
    *ret = tval_dict_of(run->mem, pairs, n);
    return ret->kind != TVAL_NIL || fail_memory(err);
}

static bool check_map(const struct tval *v, struct err *err)
{
    return v->kind == TVAL_MAP || err_set(err, ERR_INVALID, "wrong type for value; expected %s; got %s",
                                          "map[string]interface {}", tval_type_name(*v));
}

/* One that can be changed. */
static bool check_dict(const struct tval *v, struct err *err)
{
    return tval_is_dict(*v) || err_set(err, ERR_INVALID, "wrong type for value; expected %s; got %s",
                                       "map[string]interface {}", tval_type_name(*v));
}

static struct tval look_up(struct tmpl_run *run, const struct tval *map, struct sv key, bool *found)
{
    *found = false;
    return map->map.type->get(run, map->map.p, key, found);
}

TMPL_FUNCTION(get)
{
    bool found;

    if (!check_map(&args[0], err))
        return false;
    *ret = look_up(run, &args[0], args[1].s, &found);
    if (!found)
        *ret = tval_str(SV(""));
    return true;
}

TMPL_FUNCTION(set)
{
    if (!check_dict(&args[0], err) || !function_spend(run, tval_len(args[0]) / 16, err))
        return false;
    *ret = args[0];
    return tval_dict_set(run->mem, args[0], args[1].s, args[2]) || fail_memory(err);
}

TMPL_FUNCTION(has_key)
{
    bool found = false;

    if (!check_map(&args[0], err))
        return false;
    (void)look_up(run, &args[0], args[1].s, &found);
    return return_bool(ret, found);
}

/* Of one or several maps; of each sorted, where sprig's order is random. */
TMPL_FUNCTION(keys)
{
    size_t total = 0, n = 0;

    for (size_t i = 0; i < n_args; i++) {
        if (!check_map(&args[i], err))
            return false;
        total += tval_len(args[i]);
    }
    struct sv *v = ARENA_ARRAY(run->mem, struct sv, total);
    if (v == NULL)
        return fail_memory(err);
    for (size_t i = 0; i < n_args; i++)
        for (size_t k = 0, len = tval_len(args[i]); k < len; k++)
            v[n++] = args[i].map.type->key(args[i].map.p, k);
    return function_spend(run, total / 16, err) && return_strings(run, v, n, ret, err);
}

TMPL_FUNCTION(values)
{
    bool found;

    if (!check_map(&args[0], err))
        return false;
    const size_t n = tval_len(args[0]);
    struct tval *v = ARENA_ARRAY(run->mem, struct tval, n);
    if (v == NULL)
        return fail_memory(err);
    for (size_t i = 0; i < n; i++)
        v[i] = look_up(run, &args[0], args[0].map.type->key(args[0].map.p, i), &found);
    return function_spend(run, n / 16, err) && return_list(run, v, n, ret, err);
}

TMPL_FUNCTION(pluck)
{
    struct tval *v = ARENA_ARRAY(run->mem, struct tval, n_args);
    size_t n = 0;
    bool found;

    if (v == NULL)
        return fail_memory(err);
    for (size_t i = 1; i < n_args; i++) {
        if (!check_map(&args[i], err))
            return false;
        v[n] = look_up(run, &args[i], args[0].s, &found);
        n += found ? 1 : 0;
    }
    return return_list(run, v, n, ret, err);
}

/* What `to` lacks, or has empty, comes from `from`; maps in maps likewise. */
static bool merge_into(struct tmpl_run *run, struct tval to, struct tval from, unsigned depth,
                       struct err *err)
{
    const size_t n = tval_len(from);
    bool found;

    if (depth == VALUE_DEPTH_MAX)
        return err_set(err, ERR_LIMIT, "merge: nested too deeply");
    for (size_t i = 0; i < n; i++) {
        const struct sv key = from.map.type->key(from.map.p, i);
        const struct tval theirs = look_up(run, &from, key, &found), ours = look_up(run, &to, key, &found);
        if (!function_spend(run, 1 + tval_len(to) / 16, err))
            return false;
        if (found && tval_is_dict(ours) && theirs.kind == TVAL_MAP) {
            if (!merge_into(run, ours, theirs, depth + 1, err))
                return false;
        } else if ((!found || sprig_empty(ours)) && !tval_dict_set(run->mem, to, key, theirs)) {
            return fail_memory(err);
        }
    }
    return true;
}

TMPL_FUNCTION(merge)
{
    if (!check_dict(&args[0], err))
        return false;
    *ret = args[0];
    for (size_t i = 1; i < n_args; i++)
        if (!check_map(&args[i], err) || !merge_into(run, args[0], args[i], 0, err))
            return false;
    return true;
}

const struct tmethod sprig_map_functions[] = {
    {"dict", 0, -1, dict, NULL},     {"get", 2, 2, get, "*s"},      {"set", 3, 3, set, "*s*"},
    {"hasKey", 2, 2, has_key, "*s"}, {"keys", 1, -1, keys, NULL},   {"values", 1, 1, values, NULL},
    {"pluck", 1, -1, pluck, "s*"},   {"merge", 1, -1, merge, NULL}, {.name = NULL},
};
