/* From what the file says to what the engine uses: inherited values filled in, names turned into pointers. */
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "impl.h"

struct compiler {
    struct decoder *d;
    struct config *c;
    struct strmap *receivers; /* struct receiver */
    struct strmap intervals;  /* struct time_interval */
};

static void *array(struct compiler *k, size_t n, size_t size)
{
    return arena_zalloc(k->d->mem, n * size);
}

static void unref_istr(void *s)
{
    istr_unref(s);
}

static int cmp_istr(const void *a, const void *b)
{
    struct istr *const *x = a, *const *y = b;
    return sv_cmp(istr_sv(*x), istr_sv(*y));
}

/* The names interned, sorted by bytes, each once; '...' is left out when `skip_all`. */
static struct istr **intern_names(struct compiler *k, const struct strings *names, bool skip_all, size_t *n)
{
    struct istr **out = array(k, names->n, sizeof(struct istr *));
    size_t count = 0;
    for (size_t i = 0; i < names->n; i++) {
        if (skip_all && strcmp(names->v[i], "...") == 0)
            continue;
        out[count] = intern(sv_of(names->v[i]));
        decode_own(k->d, unref_istr, out[count]);
        count++;
    }
    qsort(out, count, sizeof(struct istr *), cmp_istr);
    *n = 0;
    for (size_t i = 0; i < count; i++)
        if (i == 0 || out[i] != out[i - 1])
            out[(*n)++] = out[i];
    return out;
}

static void add_matcher(struct compiler *k, struct matchers *ms, enum match_op op, const char *name,
                        struct sv value)
{
    struct matcher m;
    struct err err;
    if (matcher_init(&m, op, sv_of(name), value, &err))
        matchers_push(ms, m);
    else
        decode_fail_err(k->d, NULL, &err);
}

/* The deprecated maps and the list together. A pattern of match_re keeps the wrapping that upstream gives it:
 * it is part of the route's key (config.md 5.6). */
static void combine_matchers(struct compiler *k, const struct string_map *match,
                             const struct string_map *match_re, const struct matchers *list,
                             struct matchers *out)
{
    decode_own_matchers(k->d, out);
    for (size_t i = 0; i < match->n; i++)
        add_matcher(k, out, MATCH_EQ, match->v[i].name, sv_of(match->v[i].value));
    for (size_t i = 0; i < match_re->n; i++) {
        CLEANUP(strbuf_donep) struct strbuf pattern = {0};
        strbuf_addf(&pattern, "^(?:%s)$", match_re->v[i].value);
        add_matcher(k, out, MATCH_RE, match_re->v[i].name, strbuf_sv(&pattern));
    }
    for (size_t i = 0; i < list->n; i++) {
        struct matcher m;
        matcher_copy(&m, &list->v[i]);
        matchers_push(out, m);
    }
    matchers_sort(out);
}

/* Receivers */

static void compile_integrations(struct compiler *k, const struct receiver_file *from, struct receiver *to)
{
    const struct receiver_schema *const *types = k->d->env->receivers;
    size_t total = 0, n_types = 0, last_rank = 0;
    for (; types[n_types] != NULL; n_types++) {
        const size_t rank = receiver_rank(types[n_types]);
        total += from->integrations[n_types].n;
        last_rank = rank > last_rank ? rank : last_rank;
    }
    to->integrations = array(k, total, sizeof(*to->integrations));
    for (size_t rank = 0; rank <= last_rank; rank++)
        for (size_t t = 0; t < n_types; t++)
            for (size_t i = 0; receiver_rank(types[t]) == rank && i < from->integrations[t].n; i++)
                to->integrations[to->n_integrations++] = (struct integration){
                    .type = types[t], .index = i, .settings = from->integrations[t].v[i]};
}

static void compile_receivers(struct compiler *k, const struct list *files)
{
    k->c->receivers = array(k, files->n, sizeof(struct receiver *));
    k->c->n_receivers = files->n;
    for (size_t i = 0; i < files->n; i++) {
        const struct receiver_file *from = files->v[i];
        struct receiver *r = ARENA_NEW(k->d->mem, struct receiver);
        r->name = from->name;
        r->labels = from->labels;
        r->resolved_waits = from->muted_resolved != NULL && strcmp(from->muted_resolved, "at_unmute") == 0;
        compile_integrations(k, from, r);
        k->c->receivers[i] = r;
        strmap_put(k->receivers, sv_of(r->name), r);
    }
}

static struct fallback find_fallback(struct compiler *k, const struct fallback_file *f)
{
    return (struct fallback){.receiver = strmap_get(k->receivers, sv_of(f->receiver)), .after = f->after};
}

static void link_fallbacks(struct compiler *k, const struct list *files)
{
    for (size_t i = 0; i < files->n; i++) {
        const struct receiver_file *from = files->v[i];
        if (from->fallback != NULL)
            k->c->receivers[i]->fallback = find_fallback(k, from->fallback);
    }
}

/* Time intervals */

static void compile_interval(struct compiler *k, const struct interval_file *from)
{
    struct time_interval *t = &k->c->intervals[k->c->n_intervals++];
    t->name = from->name;
    t->used = from->used;
    t->v = array(k, from->specs.n, sizeof(*t->v));
    t->n = from->specs.n;
    for (size_t i = 0; i < t->n; i++)
        if (from->specs.v[i] != NULL)
            t->v[i] = *(const struct time_spec *)from->specs.v[i];
    strmap_put(&k->intervals, sv_of(t->name), t);
}

static void compile_intervals(struct compiler *k, const struct config_file *f)
{
    k->c->intervals = array(k, f->mute_time_intervals.n + f->time_intervals.n, sizeof(*k->c->intervals));
    for (size_t i = 0; i < f->mute_time_intervals.n; i++)
        compile_interval(k, f->mute_time_intervals.v[i]);
    for (size_t i = 0; i < f->time_intervals.n; i++)
        compile_interval(k, f->time_intervals.v[i]);
}

static const struct time_interval **find_intervals(struct compiler *k, const struct strings *names, size_t *n)
{
    const struct time_interval **out = array(k, names->n, sizeof(*out));
    for (size_t i = 0; i < names->n; i++)
        out[i] = strmap_get(&k->intervals, sv_of(names->v[i]));
    *n = names->n;
    return out;
}

/* Routes */

/* Both sorted by name; the child's values win. */
static struct string_map merge_labels(struct compiler *k, const struct string_map *parent,
                                      const struct string_map *child)
{
    if (child->n == 0)
        return *parent;
    struct string_map out = {.v = array(k, parent->n + child->n, sizeof(struct string_pair))};
    size_t p = 0, c = 0;
    while (p < parent->n || c < child->n) {
        const int order = p == parent->n  ? 1
                          : c == child->n ? -1
                                          : strcmp(parent->v[p].name, child->v[c].name);
        p += order <= 0 ? 1 : 0;
        if (order < 0)
            out.v[out.n++] = parent->v[p - 1];
        else
            out.v[out.n++] = child->v[c++];
    }
    return out;
}

static char *keep_text(struct compiler *k, struct strbuf *text)
{
    char *kept = arena_strndup(k->d->mem, text->p, text->n);
    strbuf_done(text);
    return kept;
}

static void name_route(struct compiler *k, struct route *r)
{
    struct strbuf key = {0}, id = {0};
    if (r->parent != NULL) {
        strbuf_addf(&key, "%s/", r->parent->key);
        strbuf_addf(&id, "%s/", r->parent->id);
    }
    matchers_print(&key, &r->matchers);
    matchers_print(&id, &r->matchers);
    if (r->parent != NULL)
        strbuf_addf(&id, "/%zu", r->sibling);
    r->key = keep_text(k, &key);
    r->id = keep_text(k, &id);
}

static void inherit(struct route *r, const struct route *parent)
{
    static const struct route root_defaults = {
        .group_wait = 30 * NS_PER_S,
        .group_interval = 5 * 60 * NS_PER_S,
        .repeat_interval = 4 * 3600 * NS_PER_S,
    };
    const struct route *from = parent != NULL ? parent : &root_defaults;
    r->receiver = from->receiver;
    r->group_by = from->group_by;
    r->n_group_by = from->n_group_by;
    r->group_by_all = from->group_by_all;
    r->group_wait = from->group_wait;
    r->group_interval = from->group_interval;
    r->repeat_interval = from->repeat_interval;
    r->fallback = from->fallback;
    r->labels = from->labels;
}

/* A route that names the fallback of its parent as its receiver does not inherit it. */
static bool stands_in(const struct receiver *first, const struct receiver *who)
{
    while (first != NULL && first != who)
        first = first->fallback.receiver;
    return first != NULL;
}

/* With all who stand in for it. */
static void mark_used(struct compiler *k, const struct receiver *r)
{
    for (; r != NULL && !r->used; r = r->fallback.receiver) {
        struct receiver *used = strmap_get(k->receivers, sv_of(r->name));
        used->used = true;
    }
}

static void use_receiver(struct compiler *k, struct route *r, const struct route_file *f)
{
    if (is_set(f->receiver))
        r->receiver = strmap_get(k->receivers, sv_of(f->receiver));
    if (f->fallback != NULL)
        r->fallback = find_fallback(k, f->fallback);
    else if (stands_in(r->fallback.receiver, r->receiver))
        r->fallback = (struct fallback){0};
    mark_used(k, r->receiver);
    mark_used(k, r->fallback.receiver);
}

static void use_group_by(struct compiler *k, struct route *r, const struct strings *group_by)
{
    if (!group_by->present)
        return;
    r->group_by = intern_names(k, group_by, true, &r->n_group_by);
    r->group_by_all = r->n_group_by == 0 && group_by->n != 0;
}

static void use_timers(struct route *r, const struct route_file *f)
{
    if (f->group_wait.set)
        r->group_wait = f->group_wait.d;
    if (f->group_interval.set)
        r->group_interval = f->group_interval.d;
    if (f->repeat_interval.set)
        r->repeat_interval = f->repeat_interval.d;
}

static size_t count_routes(const struct route_file *f)
{
    size_t n = 1;
    for (size_t i = 0; i < f->routes.n; i++)
        n += count_routes(f->routes.v[i]);
    return n;
}

static struct route *compile_route(struct compiler *k, const struct route_file *f, struct route *parent,
                                   size_t sibling)
{
    struct route *r = ARENA_NEW(k->d->mem, struct route);
    inherit(r, parent);
    r->parent = parent;
    r->sibling = sibling;
    r->index = k->c->n_routes;
    k->c->routes[k->c->n_routes++] = r;
    combine_matchers(k, &f->match, &f->match_re, &f->matchers, &r->matchers);
    name_route(k, r);
    use_receiver(k, r, f);
    use_group_by(k, r, &f->group_by);
    use_timers(r, f);
    r->continue_ = f->continue_;
    r->mute = find_intervals(k, &f->mute, &r->n_mute);
    r->active = find_intervals(k, &f->active, &r->n_active);
    r->labels = merge_labels(k, &r->labels, &f->labels);
    r->n_routes = f->routes.n;
    r->routes = array(k, f->routes.n, sizeof(struct route *));
    for (size_t i = 0; i < f->routes.n; i++)
        r->routes[i] = compile_route(k, f->routes.v[i], r, i);
    return r;
}

static void complete_receiver(struct compiler *k, const struct receiver_file *f)
{
    const struct receiver_schema *const *types = k->d->env->receivers;
    for (size_t t = 0; types[t] != NULL; t++)
        for (size_t i = 0; types[t]->complete != NULL && i < f->integrations[t].n; i++)
            types[t]->complete(k->d, f->integrations[t].v[i]);
}

/* Which receivers are used is known once the routes are there. */
static void complete_receivers(struct compiler *k, const struct list *files)
{
    for (size_t i = 0; i < files->n; i++) {
        const struct receiver_file *f = files->v[i];
        const struct receiver *r = strmap_get(k->receivers, sv_of(f->name));
        if (r->used)
            complete_receiver(k, f);
    }
}

static void compile_inhibit_rules(struct compiler *k, const struct list *files)
{
    static const struct inhibit_file empty;
    k->c->inhibit_rules = array(k, files->n, sizeof(*k->c->inhibit_rules));
    k->c->n_inhibit_rules = files->n;
    for (size_t i = 0; i < files->n; i++) {
        const struct inhibit_file *f = files->v[i] != NULL ? files->v[i] : &empty;
        struct inhibit_rule *r = &k->c->inhibit_rules[i];
        r->name = is_set(f->name) ? f->name : NULL;
        combine_matchers(k, &f->source_match, &f->source_match_re, &f->source_matchers, &r->source);
        combine_matchers(k, &f->target_match, &f->target_match_re, &f->target_matchers, &r->target);
        r->equal = intern_names(k, &f->equal, false, &r->n_equal);
    }
}

void compile(struct decoder *d, const struct config_file *f, struct config *c, struct strmap *receivers)
{
    struct compiler k = {.d = d, .c = c, .receivers = receivers};
    c->global = *f->global;
    c->event_recorder = f->event_recorder;
    c->templates = f->templates.v;
    c->n_templates = f->templates.n;
    compile_receivers(&k, &f->receivers);
    link_fallbacks(&k, &f->receivers);
    compile_intervals(&k, f);
    c->routes = array(&k, count_routes(f->route), sizeof(struct route *));
    c->root = compile_route(&k, f->route, NULL, 0);
    complete_receivers(&k, &f->receivers);
    compile_inhibit_rules(&k, &f->inhibit_rules);
    strmap_done(&k.intervals);
}
