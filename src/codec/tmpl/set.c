#include <stdlib.h>

#include "base/map.h"
#include "tmpl/funcs.h"
#include "tmpl/html.h"
#include "tmpl/parse.h"
#include "tmpl/regex.h"
#include "tmpl/run.h"

#define SET_BYTES_MAX        ((size_t)64 << 20)
#define DEFAULT_OUTPUT_BYTES ((size_t)4 << 20)
#define DEFAULT_STEPS        ((size_t)10000000)
#define DEFAULT_DEPTH        100000

struct tmpl_set {
    struct arena mem;
    function_lookup *functions;
    struct strmap definitions; /* by name */
};

struct tmpl_set *tmpl_set_new_with(enum tmpl_functions functions)
{
    static function_lookup *const lookups[] = {[TMPL_ALERTMANAGER] = function_find,
                                               [TMPL_CHAT] = function_find_chat,
                                               [TMPL_SPRIG] = function_find_sprig};
    struct tmpl_set *set = xcalloc(1, sizeof *set);
    arena_init(&set->mem, SET_BYTES_MAX);
    set->functions = lookups[functions];
    return set;
}

struct tmpl_set *tmpl_set_new(void)
{
    return tmpl_set_new_with(TMPL_ALERTMANAGER);
}

void tmpl_set_free(struct tmpl_set *set)
{
    if (set == NULL)
        return;
    strmap_done(&set->definitions);
    arena_done(&set->mem);
    free(set);
}

/* ---- loading ---- */

static void put_definition(struct tmpl_set *set, struct definition *d)
{
    bool known = strmap_get(&set->definitions, d->name) != NULL;
    if (!known || !node_list_is_empty(d->list)) /* an empty body never hides one that was there before */
        (void)strmap_put(&set->definitions, d->name, d);
}

bool tmpl_set_add(struct tmpl_set *set, const char *name, struct sv text, struct err *err)
{
    struct parse_result result;

    if (!tmpl_parse(sv_of(name), text, set->functions, &set->mem, &result, err))
        return false;
    for (struct definition *d = result.definitions; d != NULL; d = d->next)
        put_definition(set, d);
    return true;
}

bool tmpl_check_plain(struct sv text, struct err *err)
{
    struct parse_result result;
    struct arena mem;

    arena_init(&mem, SET_BYTES_MAX);
    bool ok = tmpl_parse(SV(""), text, function_find_plain, &mem, &result, err);
    arena_done(&mem);
    return ok;
}

/* ---- execution ---- */

static const struct definition *find_definition(const struct definition *list, struct sv name)
{
    while (list != NULL && !sv_eq(list->name, name))
        list = list->next;
    return list;
}

const struct definition *run_lookup(const struct tmpl_run *run, struct sv name)
{
    const struct definition *own = find_definition(run->overlay, name);
    if (own != NULL && !node_list_is_empty(own->list))
        return own;
    const struct definition *shared = strmap_get(&run->set->definitions, name);
    return shared != NULL ? shared : own;
}

static struct tmpl_limits with_defaults(const struct tmpl_limits *given)
{
    struct tmpl_limits l = given != NULL ? *given : (struct tmpl_limits){0};
    if (l.output_bytes == 0)
        l.output_bytes = DEFAULT_OUTPUT_BYTES;
    if (l.steps == 0)
        l.steps = DEFAULT_STEPS;
    if (l.depth == 0)
        l.depth = DEFAULT_DEPTH;
    return l;
}

struct arena *tmpl_run_arena(struct tmpl_run *run)
{
    return run->mem;
}

/* Parses and executes `text` with the run's settings; the output goes to run->out. */
static bool run_text(struct tmpl_run *run, struct sv text)
{
    struct parse_result parsed;

    if (!tmpl_parse(SV(""), text, run->set->functions, run->mem, &parsed, run->err))
        return false;
    run->overlay = parsed.definitions;
    run->current = find_definition(parsed.definitions, SV(""));
    const struct definition *root = run->html ? html_escape(run, run->current) : run->current;
    return root != NULL && run_definition(run, root, &run->data);
}

static void run_done(struct tmpl_run *run)
{
    regexes_free(run->regexes);
    strbuf_done(&run->out);
    free(run->vars);
}

static bool execute(struct tmpl_run *run, struct sv text, struct sv *out)
{
    run->out.ceiling = run->limits.output_bytes;
    bool ok = run_text(run, text);
    const char *written = arena_strndup(run->mem, run->out.p, run->out.n);
    *out = written != NULL ? (struct sv){written, run->out.n} : SV("");
    if (ok && written == NULL)
        ok = fail_memory(run->err);
    run_done(run);
    return ok;
}

static bool start(const struct tmpl_set *set, struct sv text, struct tval dot, struct now now,
                  const struct tmpl_limits *limits, bool html, struct arena *mem, struct sv *out,
                  struct err *err)
{
    struct tmpl_run run = {
        .set = set,
        .mem = mem,
        .now = now,
        .data = dot,
        .limits = with_defaults(limits),
        .html = html,
        .err = err,
    };

    if (text.n == 0) {
        *out = SV("");
        return true;
    }
    run.steps_left = run.limits.steps;
    return execute(&run, text, out);
}

bool tmpl_text(const struct tmpl_set *set, struct sv text, struct tval dot, struct now now,
               const struct tmpl_limits *limits, struct arena *mem, struct sv *out, struct err *err)
{
    return start(set, text, dot, now, limits, false, mem, out, err);
}

bool tmpl_html(const struct tmpl_set *set, struct sv text, struct tval dot, struct now now,
               const struct tmpl_limits *limits, struct arena *mem, struct sv *out, struct err *err)
{
    return start(set, text, dot, now, limits, true, mem, out, err);
}

bool run_nested(struct tmpl_run *outer, struct sv text, const struct label_in_work *labels, struct sv *out,
                struct err *err)
{
    struct tmpl_run run = {
        .set = outer->set,
        .mem = outer->mem,
        .now = outer->now,
        .data = outer->data,
        .limits = outer->limits,
        .steps_left = outer->steps_left,
        .labels = labels,
        .err = err,
    };
    bool ok = execute(&run, text, out);
    outer->steps_left = run.steps_left;
    return ok;
}
