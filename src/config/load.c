/* From texts to a configuration. When files are included this takes several attempts: a file that turns out
 * broken is replaced by its last good version, or left out, and everything is read again. */
#include <stdlib.h>
#include <string.h>

#include "codec/digest.h"
#include "file.h"
#include "impl.h"
#include "include.h"
#include "lint.h"
#include "path.h"
#include "print.h"
#include "slurp.h"

struct load {
    struct sv text;
    const char *path;
    const struct config_env *env;
    struct strbuf *errors;
    struct err *err;
    struct inclusion included;
    bool listed; /* `included` is filled */
};

/* One attempt. */
struct attempt {
    struct load *l;
    struct decoder d;
    struct config_impl *impl;
    struct source *sources; /* the file, then the included ones */
    const struct schema *schema, *fragment_schema;
    struct config_file *file;
    struct fragment_file *fragments; /* one per included file */
};

enum verdict { GOOD, BAD, AGAIN };

static void decode_main(struct attempt *a)
{
    struct decoder *d = &a->d;
    const struct ytree *root = decode_parse(d, 0);
    if (root == NULL && d->found == 0)
        decode_fail(d, NULL, "no route provided in config");
    if (root != NULL)
        decode_object(d, root, a->schema, a->file);
    if (a->file->global == NULL) /* `global:` with nothing in it stands for the defaults */
        a->file->global = decode_new_default(d, &global_schema);
}

static bool list_includes(struct attempt *a)
{
    struct decoder *d = &a->d;
    struct err err;
    if (a->file->include.n != 0 && !a->l->env->follow_includes)
        return decode_fail(d, decode_at(d, a->file, "include"), "include is only possible in a file on disk");
    for (size_t i = 0; i < a->file->include.n && !a->l->listed; i++)
        if (!inclusion_add(&a->l->included, a->file->include.v[i], a->l->env->include_store, &err))
            return decode_fail_err(d, decode_item(d, a->file, "include", i), &err);
    a->l->listed = true;
    return true;
}

static char *shown_path(struct attempt *a, const struct included *i)
{
    CLEANUP(strbuf_donep) struct strbuf path = {0};
    strbuf_addf(&path, "%s%s", i->path, i->state == INCLUDE_LAST_GOOD ? " (last good version)" : "");
    return decode_keep(&a->d, strbuf_sv(&path));
}

/* Source 0 is there; the included files follow. The texts are copied: the configuration keeps them. */
static void add_sources(struct attempt *a)
{
    const struct inclusion *in = &a->l->included;
    struct arena *mem = a->d.mem;
    struct source *all = ARENA_ARRAY(mem, struct source, in->n + 1);
    all[0] = a->sources[0];
    for (size_t i = 0; i < in->n; i++) {
        const struct sv text = strbuf_sv(&in->v[i].text);
        all[i + 1] = (struct source){
            .path = shown_path(a, &in->v[i]),
            .dir = path_dir(in->v[i].path, mem),
            .text = {arena_strndup(mem, text.n != 0 ? text.p : "", text.n), text.n},
        };
    }
    a->sources = all;
    a->d.sources = all;
}

static void decode_fragments(struct attempt *a)
{
    const size_t n = a->l->included.n;
    a->fragments = ARENA_ARRAY(a->d.mem, struct fragment_file, n + 1);
    for (size_t i = 0; i < n; i++) {
        const struct ytree *root = decode_parse(&a->d, (uint16_t)(i + 1));
        if (root != NULL)
            decode_object(&a->d, root, a->fragment_schema, &a->fragments[i]);
    }
    a->d.source = 0;
}

static char *describe(struct attempt *a, const struct problem *p)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    strbuf_addf(&text, "%s:%d:%d: %s", a->sources[p->source].path, p->line, p->col, p->text);
    return decode_keep(&a->d, strbuf_sv(&text));
}

/* True: some included file is broken, and something else takes its place. */
static bool degrade_broken(struct attempt *a)
{
    const char *store = a->l->env->include_store;
    struct inclusion *in = &a->l->included;
    bool any = false;
    for (size_t i = 0; store != NULL && i < in->n; i++) {
        const struct problem *p = problems_in(&a->d.problems, (uint16_t)(i + 1));
        if (p == NULL)
            continue;
        included_degrade(&in->v[i], store, describe(a, p));
        any = true;
    }
    return any;
}

static void report(struct attempt *a, bool only_included)
{
    problems_report(&a->d.problems, a->sources, only_included, a->l->env, a->l->errors);
}

static enum verdict refuse(struct attempt *a)
{
    const struct problem *p = problems_in(&a->d.problems, 0);
    problems_choose(&a->d.problems, a->l->err);
    for (uint16_t i = 1; p == NULL && i <= a->l->included.n; i++) {
        p = problems_in(&a->d.problems, i);
        if (p != NULL)
            err_set(a->l->err, ERR_INVALID, "%s", describe(a, p));
    }
    report(a, false);
    return BAD;
}

/* What stands in the file that includes may be wrong only because an included one is broken: that one first.
 */
static enum verdict judge(struct attempt *a)
{
    if (a->d.found == 0)
        return GOOD;
    if (!degrade_broken(a))
        return refuse(a);
    report(a, true);
    return AGAIN;
}

static enum verdict read_all(struct attempt *a)
{
    decode_main(a);
    if (a->d.found == 0 && list_includes(a)) {
        add_sources(a);
        decode_fragments(a);
        const enum verdict v = judge(a);
        if (v != GOOD)
            return v;
    }
    for (size_t i = 0; a->d.found == 0 && i < a->l->included.n; i++)
        fragment_mount(&a->d, &a->fragments[i], a->file);
    const struct object *top = decode_object_of(&a->d, a->file);
    if (top != NULL && top->node->kind == YTREE_MAP)
        validate(&a->d, a->file);
    return judge(a);
}

static uint64_t hash_of(const struct attempt *a)
{
    CLEANUP(strbuf_donep) struct strbuf all = {0};
    uint8_t digest[16];
    uint64_t hash = 0;
    for (size_t i = 0; i <= a->l->included.n; i++)
        strbuf_addsv(&all, a->sources[i].text);
    md5(strbuf_sv(&all), digest);
    for (int i = 5; i >= 0; i--)
        hash = hash << 8 | digest[i];
    return hash;
}

static void keep_includes(struct attempt *a)
{
    const struct inclusion *in = &a->l->included;
    struct config *c = &a->impl->c;
    c->includes = ARENA_ARRAY(a->d.mem, struct include, in->n + 1);
    c->n_includes = in->n;
    for (size_t i = 0; i < in->n; i++)
        c->includes[i] = (struct include){
            .path = decode_keep(&a->d, sv_of(in->v[i].path)),
            .state = in->v[i].state,
            .why = in->v[i].why != NULL ? decode_keep(&a->d, sv_of(in->v[i].why)) : NULL,
            .text = a->sources[i + 1].text,
        };
}

static void lint_all(struct attempt *a)
{
    lint(&a->d, a->file, &a->impl->c);
    lint_keys(&a->d, a->schema, a->file);
    for (size_t i = 0; i < a->l->included.n; i++)
        lint_keys(&a->d, a->fragment_schema, &a->fragments[i]);
}

static enum verdict finish(struct attempt *a)
{
    CLEANUP(strbuf_donep) struct strbuf original = {0};
    struct config *c = &a->impl->c;
    compile(&a->d, a->file, c, &a->impl->receivers);
    if (a->d.found != 0)
        return refuse(a);
    if (!print_document(a->schema, a->file, SECRETS_MASKED, &original)) {
        err_set(a->l->err, ERR_LIMIT, "the configuration is too large to be printed");
        return BAD;
    }
    c->original = decode_keep(&a->d, strbuf_sv(&original));
    c->hash = hash_of(a);
    a->impl->schema = a->schema;
    a->impl->file = a->file;
    keep_includes(a);
    if (a->l->env->lint)
        lint_all(a);
    report(a, false);
    return GOOD;
}

static enum verdict attempt(struct load *l, struct config **out)
{
    struct config_impl *impl = xcalloc(1, sizeof(*impl));
    struct attempt a = {.l = l, .impl = impl, .d = {.mem = &impl->mem, .env = l->env}};

    arena_init(&impl->mem, SIZE_MAX / 2);
    atomic_init(&impl->refs, 1);
    a.sources = ARENA_NEW(&impl->mem, struct source);
    *a.sources = (struct source){.path = l->path, .dir = path_dir(l->path, &impl->mem), .text = l->text};
    a.d.sources = a.sources;
    a.schema = schema_with_receivers(&a.d, &config_schema);
    a.fragment_schema = schema_with_receivers(&a.d, &fragment_schema);
    a.file = ARENA_NEW(&impl->mem, struct config_file);
    enum verdict v = read_all(&a);
    if (v == GOOD)
        v = finish(&a);
    impl->owned = a.d.owned;
    problems_done(&a.d.problems);
    map_done(&a.d.objects);
    if (v == GOOD)
        *out = &impl->c;
    else
        config_unref(&impl->c);
    return v;
}

/* Each attempt that is not the last leaves at least one included file less that can be broken. */
struct config *config_load(struct sv text, const char *path, const struct config_env *env,
                           struct strbuf *errors, struct err *err)
{
    struct load l = {.text = text, .path = path, .env = env, .errors = errors, .err = err};
    struct config *c = NULL;
    while (attempt(&l, &c) == AGAIN)
        ;
    inclusion_done(&l.included);
    return c;
}

struct config *config_load_file(const char *path, const struct config_env *env, struct strbuf *errors,
                                struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    if (!slurp(path, &text, err)) {
        if (errors != NULL)
            strbuf_addf(errors, "%s\n", err->text);
        return NULL;
    }
    return config_load(strbuf_sv(&text), path, env, errors, err);
}
