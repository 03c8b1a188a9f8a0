#include "config/config.h"

#include <stdlib.h>
#include <string.h>

#include "codec/digest.h"
#include "codec/tmpl.h"
#include "file.h"
#include "impl.h"
#include "path.h"
#include "print.h"
#include "slurp.h"
#include "table.h"

#define AT(member) offsetof(struct config_file, member)
static const struct field config_fields[] = {
    {.key = "global",
     .kind = FIELD_STRUCT_PTR,
     .offset = AT(global),
     .def = "{}",
     .sub = &global_schema,
     .doc = "Defaults of receivers."},
    ROW_SUB("route", STRUCT_PTR, route, route_schema, "The routing tree."),
    ROW_SUB("inhibit_rules", LIST, inhibit_rules, inhibit_schema, "Which alerts silence which others."),
    {.key = "receivers", .kind = FIELD_LIST, .offset = AT(receivers), .doc = "Who can be notified."},
    ROW_DEF("templates", STRINGS, templates, NULL, FIELD_ALWAYS, "Files with notification templates."),
    ROW_SUB("mute_time_intervals", LIST, mute_time_intervals, mute_interval_schema,
            "Deprecated: use time_intervals."),
    ROW_SUB("time_intervals", LIST, time_intervals, interval_schema, "Times that routes refer to."),
    ROW_SUB("tracing", STRUCT_PTR, tracing, tracing_schema, "Traces of notifications; no effect yet."),
    ROW_SUB("event_recorder", STRUCT_PTR, event_recorder, event_recorder_schema,
            "Where events are recorded; no effect yet."),
    {0},
};
#undef AT

static void warn_without_effect(struct decoder *d, const struct ytree *node, const char *key,
                                const void *block)
{
    if (block == NULL)
        return;
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    strbuf_addf(&text, "%s is read, but has no effect yet", key);
    decode_warn(d, ytree_get(node, key), text.p);
}

static bool check_config(struct decoder *d, const struct ytree *node, void *object)
{
    struct config_file *f = object;
    for (size_t i = 0; i < f->templates.n; i++)
        f->templates.v[i] = path_join(d->dir, f->templates.v[i], d->mem);
    warn_without_effect(d, node, "tracing", f->tracing);
    warn_without_effect(d, node, "event_recorder", f->event_recorder);
    return true;
}

/* The table above with the receivers at hand in it. */
static const struct schema *config_schema_new(struct decoder *d)
{
    struct field *fields = ARENA_ARRAY(d->mem, struct field, COUNT_OF(config_fields));
    struct schema *s = ARENA_NEW(d->mem, struct schema);
    memcpy(fields, config_fields, sizeof config_fields);
    for (struct field *f = fields; f->key != NULL; f++)
        if (strcmp(f->key, "receivers") == 0)
            f->sub = receiver_schema_new(d);
    *s = (struct schema){
        .name = "configuration",
        .go_type = "config.plain",
        .size = sizeof(struct config_file),
        .fields = fields,
        .check = check_config,
    };
    return s;
}

/* Problems */

static int cmp_problems(const void *a, const void *b)
{
    const struct problem *x = a, *y = b;
    return x->line != y->line ? (x->line < y->line ? -1 : 1) : x->col < y->col ? -1 : x->col > y->col;
}

static const struct problem *first_of(const struct decoder *d, enum problem_kind kind)
{
    for (size_t i = 0; i < d->n_problems; i++)
        if (d->problems[i].kind == kind)
            return &d->problems[i];
    return NULL;
}

static void list_schema_errors(const struct decoder *d, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    strbuf_adds(&text, "yaml: unmarshal errors:");
    for (size_t i = 0; i < d->n_problems; i++)
        if (d->problems[i].kind == PROBLEM_SCHEMA)
            strbuf_addf(&text, "\n  line %d: %s", d->problems[i].line, d->problems[i].text);
    err_set(err, ERR_INVALID, "%s", text.p);
}

/* What upstream would have said, of everything that is wrong. */
static void choose_error(const struct decoder *d, struct err *err)
{
    const struct problem *p = first_of(d, PROBLEM_SEMANTIC);
    const struct problem *schema = first_of(d, PROBLEM_SCHEMA);
    if (p != NULL || schema == NULL) {
        p = p != NULL ? p : &d->problems[0];
        err_set(err, ERR_INVALID, "%s", p->text);
    } else {
        p = schema;
        list_schema_errors(d, err);
    }
    err->line = p->line;
    err->col = p->col;
}

static void report(struct decoder *d, struct strbuf *errors, struct err *err)
{
    choose_error(d, err);
    if (errors == NULL)
        return;
    qsort(d->problems, d->n_problems, sizeof(*d->problems), cmp_problems);
    for (size_t i = 0; i < d->n_problems; i++) {
        const struct problem *p = &d->problems[i];
        strbuf_addf(errors, "%s:%d:%d: %s%s\n", d->path, p->line, p->col, p->text,
                    p->hint != NULL ? p->hint : "");
    }
}

/* An error of the YAML reader, whose text begins with "yaml: " and often with a line of its own. */
static void report_syntax(const struct decoder *d, struct strbuf *errors, const struct err *err)
{
    if (errors == NULL)
        return;
    const char *text = err->text;
    if (strncmp(text, "yaml: ", 6) == 0)
        text += 6;
    if (strncmp(text, "line ", 5) == 0) {
        const char *colon = strstr(text, ": ");
        text = colon != NULL ? colon + 2 : text;
    }
    strbuf_addf(errors, "%s:%d:%d: %s\n", d->path, err->line, err->col, text);
}

/* Loading */

static bool decode_file(struct decoder *d, struct sv text, const struct schema *s, struct config_file *f,
                        struct strbuf *errors, struct err *err)
{
    struct ytree *root;
    if (!ytree_parse(text, d->mem, &root, err)) {
        report_syntax(d, errors, err);
        return false;
    }
    if (root == NULL || decode_is_null(root)) {
        decode_fail(d, root, "no route provided in config");
    } else {
        decode_object(d, root, s, f);
        if (root->kind == YTREE_MAP) {
            if (f->global == NULL) /* `global:` with nothing in it stands for the defaults */
                f->global = decode_new_default(d, &global_schema);
            validate(d, f);
        }
    }
    if (d->found != 0)
        report(d, errors, err);
    return d->found == 0;
}

bool decode_document(struct decoder *d, struct sv text, const struct schema *s, void *object,
                     struct strbuf *errors, struct err *err)
{
    static const struct ytree empty = {.kind = YTREE_MAP, .line = 1, .col = 1};
    struct ytree *root;
    if (!ytree_parse(text, d->mem, &root, err)) {
        report_syntax(d, errors, err);
        return false;
    }
    (void)decode_object(d, root != NULL ? root : &empty, s, object);
    if (d->found != 0)
        report(d, errors, err);
    return d->found == 0;
}

static uint64_t hash_of(struct sv text)
{
    uint8_t digest[16];
    uint64_t hash = 0;
    md5(text, digest);
    for (int i = 5; i >= 0; i--)
        hash = hash << 8 | digest[i];
    return hash;
}

static bool finish(struct decoder *d, struct sv text, const struct schema *s, struct config_file *f,
                   struct config_impl *impl, struct strbuf *errors, struct err *err)
{
    compile(d, f, &impl->c, &impl->receivers);
    if (d->found != 0) {
        report(d, errors, err);
        return false;
    }
    CLEANUP(strbuf_donep) struct strbuf original = {0};
    if (!print_document(s, f, &original))
        return err_set(err, ERR_LIMIT, "the configuration is too large to be printed");
    impl->c.original = decode_keep(d, strbuf_sv(&original));
    impl->c.hash = hash_of(text);
    return true;
}

struct config *config_load(struct sv text, const char *path, const struct config_env *env,
                           struct strbuf *errors, struct err *err)
{
    struct config_impl *impl = xcalloc(1, sizeof(*impl));
    struct decoder d = {.mem = &impl->mem, .env = env, .path = path};

    arena_init(&impl->mem, SIZE_MAX / 2);
    atomic_init(&impl->refs, 1);
    d.dir = path_dir(path, &impl->mem);
    const struct schema *s = config_schema_new(&d);
    struct config_file *f = ARENA_NEW(&impl->mem, struct config_file);
    const bool ok = decode_file(&d, text, s, f, errors, err) && finish(&d, text, s, f, impl, errors, err);
    impl->owned = d.owned;
    free(d.problems);
    map_done(&d.objects);
    if (ok)
        return &impl->c;
    config_unref(&impl->c);
    return NULL;
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

/* The caller only ever sees `const`: counting is not a change of the configuration. */
static struct config_impl *impl_of(const struct config *c)
{
    return (struct config_impl *)(uintptr_t)c;
}

struct config *config_ref(const struct config *c)
{
    struct config_impl *impl = impl_of(c);
    atomic_fetch_add_explicit(&impl->refs, 1, memory_order_relaxed);
    return &impl->c;
}

void config_unref(const struct config *c)
{
    struct config_impl *impl = impl_of(c);
    if (impl == NULL || atomic_fetch_sub_explicit(&impl->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (struct owned *o = impl->owned; o != NULL; o = o->next)
        o->done(o->object);
    strmap_done(&impl->receivers);
    tmpl_set_free(impl->c.tmpl);
    arena_done(&impl->mem);
    free(impl);
}

const struct receiver *config_receiver(const struct config *c, struct sv name)
{
    return strmap_get(&impl_of(c)->receivers, name);
}

/* Routing */

struct routing {
    const struct labels *ls;
    const struct route **out;
    size_t n, max;
};

static bool walk(struct routing *w, const struct route *r)
{
    if (!matchers_match(&r->matchers, w->ls))
        return false;
    const size_t before = w->n;
    for (size_t i = 0; i < r->n_routes; i++)
        if (walk(w, r->routes[i]) && !r->routes[i]->continue_)
            break;
    if (w->n == before) {
        if (w->n < w->max)
            w->out[w->n] = r;
        w->n++;
    }
    return true;
}

size_t config_routes(const struct config *c, const struct labels *ls, const struct route **out, size_t max)
{
    struct routing w = {.ls = ls, .out = out, .max = max};
    (void)walk(&w, c->root);
    return w.n;
}
