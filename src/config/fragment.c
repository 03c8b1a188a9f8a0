/* Included files: the routes, receivers, inhibition rules and time intervals of one team, say. Their routes
 * become children of the root, behind those of the file that includes them. */
#include "file.h"
#include "path.h"
#include "table.h"

#define AT(member) offsetof(struct fragment_file, member)
static const struct field fragment_fields[] = {
    ROW_SUB("routes", LIST, routes, route_schema, "Children of the root route."),
    ROW_SUB("inhibit_rules", LIST, inhibit_rules, inhibit_schema, "Which alerts inhibit which others."),
    {.key = "receivers", .kind = FIELD_LIST, .offset = AT(receivers), .doc = "Who can be notified."},
    ROW("templates", STRINGS, templates, "Files with notification templates, relative to this file."),
    ROW_SUB("time_intervals", LIST, time_intervals, interval_schema, "Times that routes refer to."),
    {0},
};
#undef AT

static bool check_items(struct decoder *d, const struct ytree *node, const char *key, const struct list *list,
                        const char *missing)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->v[i] == NULL)
            return decode_fail(d, ytree_get(node, key), "%s", missing);
    return true;
}

/* Null items are refused here: later on the lists are one with those of the other files. */
static bool check_fragment(struct decoder *d, const struct ytree *node, void *object)
{
    struct fragment_file *f = object;
    for (size_t i = 0; i < f->templates.n; i++)
        f->templates.v[i] = path_join(d->dir, f->templates.v[i], d->mem);
    return check_items(d, node, "routes", &f->routes, "missing route") &&
           check_items(d, node, "inhibit_rules", &f->inhibit_rules, "missing inhibition rule") &&
           check_items(d, node, "receivers", &f->receivers, "missing name in receiver") &&
           check_items(d, node, "time_intervals", &f->time_intervals, "missing name in time interval");
}

const struct schema fragment_schema = {
    .name = "included file",
    .go_type = "config.plain",
    .size = sizeof(struct fragment_file),
    .fields = fragment_fields,
    .check = check_fragment,
};

static void append(struct decoder *d, struct list *to, const struct list *from)
{
    void **v = ARENA_ARRAY(d->mem, void *, to->n + from->n + 1);
    for (size_t i = 0; i < to->n; i++)
        v[i] = to->v[i];
    for (size_t i = 0; i < from->n; i++)
        v[to->n + i] = from->v[i];
    *to = (struct list){.v = v, .n = to->n + from->n, .present = to->present || from->present};
}

static void append_strings(struct decoder *d, struct strings *to, const struct strings *from)
{
    char **v = ARENA_ARRAY(d->mem, char *, to->n + from->n + 1);
    for (size_t i = 0; i < to->n; i++)
        v[i] = to->v[i];
    for (size_t i = 0; i < from->n; i++)
        v[to->n + i] = from->v[i];
    *to = (struct strings){.v = v, .n = to->n + from->n, .present = to->present || from->present};
}

void fragment_mount(struct decoder *d, const struct fragment_file *from, struct config_file *to)
{
    if (to->route != NULL)
        append(d, &to->route->routes, &from->routes);
    append(d, &to->inhibit_rules, &from->inhibit_rules);
    append(d, &to->receivers, &from->receivers);
    append(d, &to->time_intervals, &from->time_intervals);
    append_strings(d, &to->templates, &from->templates);
}
