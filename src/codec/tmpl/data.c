/* Alertmanager's functions on data: list, append, dict, toJson, routeLabels (templates.md 7). */
#include "tmpl/funcs.h"
#include "tmpl/json.h"
#include "tmpl/run.h"
#include "tmpl/value.h"

#define LABELS_IN_WORK_MAX 64 /* route labels that expand each other */

TMPL_FUNCTION(list)
{
    struct tval *v = ARENA_ARRAY(run->mem, struct tval, n_args);
    if (v == NULL)
        return fail_memory(err);
    memcpy(v, args, n_args * sizeof *v);
    *ret = tval_generic_list(run->mem, v, n_args);
    return ret->kind != TVAL_NIL || fail_memory(err);
}

TMPL_FUNCTION(append)
{
    const struct tval old = args[0];
    const size_t n = tval_len(old), n_new = n_args - 1;
    struct tval *v = ARENA_ARRAY(run->mem, struct tval, n + n_new);

    if (v == NULL)
        return fail_memory(err);
    if (!function_spend(run, n / 16, err))
        return false;
    for (size_t i = 0; i < n; i++)
        v[i] = old.list.type->at(run, old.list.p, i);
    memcpy(v + n, args + 1, n_new * sizeof *v);
    *ret = tval_generic_list(run->mem, v, n + n_new);
    return ret->kind != TVAL_NIL || fail_memory(err);
}

/* ---- dict ---- */

TMPL_FUNCTION(dict)
{
    const size_t n = n_args / 2;
    struct tval_pair *pairs = ARENA_ARRAY(run->mem, struct tval_pair, n);

    if (pairs == NULL)
        return fail_memory(err);
    if (n_args % 2 != 0)
        return err_set(err, ERR_INVALID, "dict requires an even number of arguments");
    for (size_t i = 0; i < n; i++) {
        if (args[2 * i].kind != TVAL_STR || args[2 * i].tag != TVAL_PLAIN)
            return err_set(err, ERR_INVALID, "dict keys must be strings");
        pairs[i] = (struct tval_pair){args[2 * i].s, args[2 * i + 1], i};
    }
    *ret = tval_dict_of(run->mem, pairs, n);
    return ret->kind != TVAL_NIL || fail_memory(err);
}

TMPL_FUNCTION(to_json)
{
    struct strbuf out CLEANUP(strbuf_donep) = run_buffer(run);
    return json_print(run, &out, args[0], err) && return_string(run, &out, ret, err);
}

/* ---- route labels ---- */

/* The label's value in the data; empty when there is none, or no such data. */
static struct sv route_label(struct tmpl_run *run, struct sv name)
{
    if (run->data.kind != TVAL_OBJECT)
        return SV("");
    for (const struct tfield *f = run->data.obj.type->fields; f != NULL && f->name != NULL; f++) {
        if (strcmp(f->name, "RouteLabels") != 0)
            continue;
        bool found = false;
        const struct tval labels = f->get(run, run->data.obj.p);
        if (labels.kind != TVAL_MAP)
            break;
        const struct tval value = labels.map.type->get(run, labels.map.p, name, &found);
        return found && value.kind == TVAL_STR ? value.s : SV("");
    }
    return SV("");
}

static void add_chain(struct strbuf *out, const struct label_in_work *l)
{
    if (l == NULL)
        return;
    add_chain(out, l->outer);
    strbuf_addsv(out, l->name);
    strbuf_adds(out, " -> ");
}

static bool check_cycle(const struct label_in_work *in_work, struct sv name, struct err *err)
{
    struct strbuf chain CLEANUP(strbuf_donep) = {0};
    unsigned depth = 0;

    for (const struct label_in_work *l = in_work; l != NULL; l = l->outer, depth++)
        if (sv_eq(l->name, name)) {
            add_chain(&chain, in_work);
            return err_set(err, ERR_INVALID, "route label cycle detected: %s%.*s", chain.p, SV_ARG(name));
        }
    return depth < LABELS_IN_WORK_MAX || err_set(err, ERR_LIMIT, "route labels nested too deeply");
}

TMPL_FUNCTION(route_labels)
{
    const struct label_in_work in_work = {args[0].s, run->labels};
    struct sv value = route_label(run, args[0].s);

    if (run->limits.expand_route_labels)
        if (!check_cycle(run->labels, args[0].s, err) || !run_nested(run, value, &in_work, &value, err))
            return false;
    *ret = tval_str(value);
    return true;
}

const struct tmethod data_functions[] = {
    {"list", 0, -1, list, NULL},     {"append", 1, -1, append, "L*"},          {"dict", 0, -1, dict, NULL},
    {"toJson", 1, 1, to_json, NULL}, {"routeLabels", 1, 1, route_labels, "s"}, {.name = NULL},
};
