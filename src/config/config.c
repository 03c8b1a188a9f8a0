#include "config/config.h"

#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "impl.h"
#include "path.h"
#include "print.h"
#include "table.h"

static bool decode_include(struct decoder *d, const struct ytree *node, void *member)
{
    struct strings *paths = member;
    if (!decode_strings(d, node, paths))
        return false;
    for (size_t i = 0; i < paths->n; i++)
        paths->v[i] = path_join(d->dir, paths->v[i], d->mem);
    return true;
}

#define AT(member) offsetof(struct config_file, member)
static const struct field config_fields[] = {
    {.key = "include",
     .kind = FIELD_CUSTOM,
     .offset = AT(include),
     .flags = FIELD_OURS,
     .type = "list of strings",
     .decode = decode_include,
     .print = print_nothing, /* what is printed is the whole */
     .doc = "Directories (or files) with the routes and receivers of teams; *.yml and *.yaml, by name."},
    {.key = "global",
     .kind = FIELD_STRUCT_PTR,
     .offset = AT(global),
     .def = "{}",
     .sub = &global_schema,
     .doc = "Defaults of receivers."},
    ROW_SUB("route", STRUCT_PTR, route, route_schema, "The routing tree."),
    {.key = "inhibit_rules",
     .kind = FIELD_LIST,
     .offset = AT(inhibit_rules),
     .sub = &inhibit_schema,
     .flags = FIELD_VALUES,
     .doc = "Which alerts mute which others."},
    {.key = "receivers", .kind = FIELD_LIST, .offset = AT(receivers), .doc = "Who can be notified."},
    ROW_DEF("templates", STRINGS, templates, NULL, FIELD_ALWAYS, "Files with notification templates."),
    ROW_SUB("mute_time_intervals", LIST, mute_time_intervals, mute_interval_schema,
            "Deprecated: use time_intervals."),
    ROW_SUB("time_intervals", LIST, time_intervals, interval_schema, "Times that routes refer to."),
    ROW_SUB("tracing", STRUCT_PTR, tracing, tracing_schema, "Traces of notifications; no effect yet."),
    ROW_SUB("event_recorder", STRUCT_PTR, event_recorder, event_recorder_schema,
            "Where events are recorded; needs --enable-feature=event-recorder."),
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
    decode_warn(d, ytree_get(node, key), CONFIG_WARNING, "no-effect", text.p, NULL);
}

static bool check_config(struct decoder *d, const struct ytree *node, void *object)
{
    struct config_file *f = object;
    for (size_t i = 0; i < f->templates.n; i++)
        f->templates.v[i] = path_join(d->dir, f->templates.v[i], d->mem);
    warn_without_effect(d, node, "tracing", f->tracing);
    return true;
}

const struct schema config_schema = {
    .name = "configuration",
    .go_type = "config.plain",
    .size = sizeof(struct config_file),
    .fields = config_fields,
    .check = check_config,
};

static size_t count_fields(const struct schema *s)
{
    size_t n = 0;
    while (s->fields[n].key != NULL)
        n++;
    return n;
}

const struct schema *schema_with_receivers(struct decoder *d, const struct schema *from)
{
    const size_t n = count_fields(from);
    struct field *fields = ARENA_ARRAY(d->mem, struct field, n + 1);
    struct schema *s = ARENA_NEW(d->mem, struct schema);
    memcpy(fields, from->fields, n * sizeof(*fields));
    for (struct field *f = fields; f->key != NULL; f++)
        if (strcmp(f->key, "receivers") == 0)
            f->sub = receiver_schema_new(d);
    *s = *from;
    s->fields = fields;
    return s;
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
    config_drop_templates(&impl->c);
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
    void (*tried)(void *ctx, const struct route *r, bool matched);
    void *ctx;
};

static bool walk(struct routing *w, const struct route *r)
{
    const bool matched = matchers_match(&r->matchers, w->ls);
    if (w->tried != NULL)
        w->tried(w->ctx, r, matched);
    if (!matched)
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

void config_trace(const struct config *c, const struct labels *ls,
                  void (*tried)(void *ctx, const struct route *r, bool matched), void *ctx)
{
    struct routing w = {.ls = ls, .tried = tried, .ctx = ctx};
    (void)walk(&w, c->root);
}
