/* The checks between blocks, in upstream's order (config.md 12). A block that is wrong in itself is left out,
 * so that every line of the list of problems is one thing to mend. */
#include "base/map.h"
#include "file.h"

struct names {
    const struct config_file *file;
    struct strmap receivers, intervals;
};

static void check_receivers(struct decoder *d, struct config_file *f, struct names *names)
{
    const bool inherit = decode_is_clean(d, f->global);
    for (size_t i = 0; i < f->receivers.n; i++) {
        struct receiver_file *r = f->receivers.v[i];
        if (r == NULL) {
            decode_fail(d, decode_item(d, f, "receivers", i), "missing name in receiver");
            continue;
        }
        if (is_set(r->name) && strmap_put(&names->receivers, sv_of(r->name), r) != NULL)
            decode_fail(d, decode_at(d, r, "name"), "notification config name %s is not unique",
                        decode_quoted(d, sv_of(r->name)));
        if (inherit)
            receiver_resolve(d, r, f->global);
    }
}

static void hint_at_name(struct decoder *d, const char *written, const struct list *files, size_t offset,
                         struct nearest *best)
{
    for (size_t i = 0; i < files->n; i++) {
        const char *file = files->v[i];
        const char *name = file != NULL ? *(char *const *)(const void *)(file + offset) : NULL;
        if (is_set(name))
            nearest_try(best, sv_of(written), sv_of(name));
    }
    if (best->name.n != 0)
        decode_hint(d, "did you mean `%.*s`?", SV_ARG(best->name));
}

/* Children before their parent: that is the order in which upstream notices. */
static void check_route_receivers(struct decoder *d, const struct route_file *r, const struct names *names)
{
    for (size_t i = 0; i < r->routes.n; i++)
        check_route_receivers(d, r->routes.v[i], names);
    if (!is_set(r->receiver) || strmap_get(&names->receivers, sv_of(r->receiver)) != NULL)
        return;
    struct nearest best = {0};
    decode_fail(d, decode_at(d, r, "receiver"), "undefined receiver %s used in route",
                decode_quoted(d, sv_of(r->receiver)));
    hint_at_name(d, r->receiver, &names->file->receivers, offsetof(struct receiver_file, name), &best);
}

/* `user`: what the block is to a reader. */
static void check_interval_names(struct decoder *d, const void *block, const char *key, const char *user,
                                 const struct strings *list, const struct names *names)
{
    const size_t name = offsetof(struct interval_file, name);
    for (size_t i = 0; i < list->n; i++) {
        struct nearest best = {0};
        struct interval_file *found = strmap_get(&names->intervals, sv_of(list->v[i]));
        if (found != NULL) {
            found->used = true;
            continue;
        }
        decode_fail(d, decode_item(d, block, key, i), "undefined time interval %s used in %s",
                    decode_quoted(d, sv_of(list->v[i])), user);
        hint_at_name(d, list->v[i], &names->file->mute_time_intervals, name, &best);
        hint_at_name(d, list->v[i], &names->file->time_intervals, name, &best);
    }
}

static void check_route_intervals(struct decoder *d, const struct route_file *r, const struct names *names)
{
    for (size_t i = 0; i < r->routes.n; i++)
        check_route_intervals(d, r->routes.v[i], names);
    check_interval_names(d, r, "active_time_intervals", "route", &r->active, names);
    check_interval_names(d, r, "mute_time_intervals", "route", &r->mute, names);
}

static void check_block_intervals(struct decoder *d, const struct schema *s, const void *block,
                                  const struct names *names);

static void check_list_intervals(struct decoder *d, const struct field *f, const struct list *list,
                                 const struct names *names)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->v[i] != NULL)
            check_block_intervals(d, f->sub, list->v[i], names);
}

/* Of a receiver's settings and the lists in them, where their tables say so. */
static void check_block_intervals(struct decoder *d, const struct schema *s, const void *block,
                                  const struct names *names)
{
    for (const struct field *f = s->fields; f->key != NULL; f++) {
        const void *member = (const char *)block + f->offset;
        if (f->kind == FIELD_LIST)
            check_list_intervals(d, f, member, names);
        else if ((f->flags & FIELD_INTERVALS) != 0)
            check_interval_names(d, block, f->key, s->name, member, names);
    }
}

static void check_receiver_intervals(struct decoder *d, const struct config_file *f,
                                     const struct names *names)
{
    const struct schema *schema = receiver_schema_new(d);
    for (size_t i = 0; i < f->receivers.n; i++)
        if (decode_is_clean(d, f->receivers.v[i]))
            check_block_intervals(d, schema, f->receivers.v[i], names);
}

static void check_root(struct decoder *d, const struct route_file *root)
{
    if (!is_set(root->receiver))
        decode_fail(d, decode_at(d, root, ""), "root route must specify a default receiver");
    if (root->match.n != 0 || root->match_re.n != 0 || root->matchers.n != 0)
        decode_fail(d, decode_at(d, root, "matchers"), "root route must not have any matchers");
    if (root->mute.n != 0)
        decode_fail(d, decode_at(d, root, "mute_time_intervals"),
                    "root route must not have any mute time intervals");
    if (root->active.n != 0)
        decode_fail(d, decode_at(d, root, "active_time_intervals"),
                    "root route must not have any active time intervals");
}

static void add_intervals(struct decoder *d, const struct config_file *f, const char *key,
                          const struct list *list, struct names *names)
{
    const char *what = list == &f->time_intervals ? "time interval" : "mute time interval";
    for (size_t i = 0; i < list->n; i++) {
        struct interval_file *t = list->v[i];
        if (t == NULL)
            decode_fail(d, decode_item(d, f, key, i), "missing name in %s", what);
        else if (is_set(t->name) && strmap_put(&names->intervals, sv_of(t->name), t) != NULL)
            decode_fail(d, decode_at(d, t, "name"), "%s %s is not unique", what,
                        decode_quoted(d, sv_of(t->name)));
    }
}

void validate(struct decoder *d, struct config_file *f)
{
    struct names names = {.file = f};
    const struct route_file *root = f->route;
    const bool route_clean = decode_is_clean(d, root);
    /* a list that could not be read at all would make every name in it unknown */
    const bool know_receivers = f->receivers.present || d->found == 0;
    const bool know_intervals = f->mute_time_intervals.present || f->time_intervals.present || d->found == 0;
    d->crossing = true;
    if (decode_is_clean(d, f->global))
        global_check_pairs(d, f->global);
    check_receivers(d, f, &names);
    if (root == NULL)
        decode_fail(d, decode_at(d, f, "route"), "no routes provided");
    if (route_clean)
        check_root(d, root);
    if (route_clean && know_receivers)
        check_route_receivers(d, root, &names);
    if (know_receivers)
        fallback_check(d, f, &names.receivers);
    add_intervals(d, f, "mute_time_intervals", &f->mute_time_intervals, &names);
    add_intervals(d, f, "time_intervals", &f->time_intervals, &names);
    if (route_clean && know_intervals)
        check_route_intervals(d, root, &names);
    if (know_intervals)
        check_receiver_intervals(d, f, &names);
    if (route_clean && root->continue_)
        decode_fail(d, decode_at(d, root, "continue"), "cannot have continue in root route");
    strmap_done(&names.receivers);
    strmap_done(&names.intervals);
}
