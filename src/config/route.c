/* The `route` tree as it stands in the file: config.md 5. */
#include "base/map.h"
#include "file.h"
#include "table.h"

#define AT(member) offsetof(struct route_file, member)
static const struct field route_fields[] = {
    ROW("receiver", STRING, receiver, "Who is notified; children inherit it."),
    ROW("group_by", STRINGS, group_by, "The labels by which alerts are grouped; '...' stands for all."),
    ROW("match", MAP, match, "Deprecated: use matchers."),
    ROW_CUSTOM("match_re", "map of regular expressions", match_re, decode_patterns, print_patterns,
               "Deprecated: use matchers."),
    ROW("matchers", MATCHERS, matchers, "What an alert's labels have to be."),
    ROW("mute_time_intervals", STRINGS, mute, "When nothing is sent."),
    ROW("active_time_intervals", STRINGS, active, "The only times when something is sent."),
    ROW_DEF("continue", BOOL, continue_, NULL, FIELD_ALWAYS, "Whether later siblings are asked as well."),
    {.key = "routes", .kind = FIELD_LIST, .offset = AT(routes), .sub = &route_schema, .doc = "The children."},
    ROW("group_wait", OPT_DURATION, group_wait, "How long a new group waits for more alerts."),
    ROW("group_interval", OPT_DURATION, group_interval,
        "How long a group waits before it tells about changes."),
    ROW("repeat_interval", OPT_DURATION, repeat_interval, "How long until an unchanged group is told again."),
    ROW("labels", MAP, labels, "Labels of the notification; values are templates."),
    {.key = "fallback",
     .kind = FIELD_STRUCT_PTR,
     .offset = AT(fallback),
     .sub = &fallback_schema,
     .flags = FIELD_OURS,
     .doc = "Who is told when the receiver cannot be reached; children inherit it."},
    {0},
};

static const struct ytree *at_item(const struct ytree *node, const char *key, size_t i)
{
    const struct ytree *list = ytree_get(node, key);
    return list != NULL && list->kind == YTREE_SEQ && i < list->n ? list->items[i] : node;
}

/* '...' may be given more than once, a name may not. */
static bool check_group_by(struct decoder *d, const struct ytree *node, const struct route_file *r)
{
    size_t names = 0;
    bool all = false;
    for (size_t i = 0; i < r->group_by.n; i++) {
        const struct sv name = sv_of(r->group_by.v[i]);
        if (sv_eq(name, SV("..."))) {
            all = true;
        } else if (!label_name_valid(d, name)) {
            return decode_fail(d, at_item(node, "group_by", i), "invalid label name %s in group_by list",
                               decode_quoted(d, name));
        } else {
            names++;
        }
    }
    return !all || names == 0 ||
           decode_fail(d, ytree_get(node, "group_by"),
                       "cannot have wildcard group_by (`...`) and other labels at the same time");
}

static bool check_unique_group_by(struct decoder *d, const struct ytree *node, const struct route_file *r)
{
    static char present;
    struct strmap seen = {0};
    bool ok = true;
    for (size_t i = 0; ok && i < r->group_by.n; i++) {
        const struct sv name = sv_of(r->group_by.v[i]);
        if (strmap_put(&seen, name, &present) != NULL && !sv_eq(name, SV("...")))
            ok = decode_fail(d, at_item(node, "group_by", i), "duplicated label %s in group_by",
                             decode_quoted(d, name));
    }
    strmap_done(&seen);
    return ok;
}

static bool check_intervals(struct decoder *d, const struct ytree *node, const struct route_file *r)
{
    if (r->group_interval.set && r->group_interval.d == 0)
        return decode_fail(d, ytree_get(node, "group_interval"), "group_interval cannot be zero");
    if (r->repeat_interval.set && r->repeat_interval.d == 0)
        return decode_fail(d, ytree_get(node, "repeat_interval"), "repeat_interval cannot be zero");
    return true;
}

static bool check_labels(struct decoder *d, const struct ytree *node, const struct route_file *r)
{
    const struct ytree *at = ytree_get(node, "labels");
    for (size_t i = 0; i < r->labels.n; i++) {
        const struct sv name = sv_of(r->labels.v[i].name);
        if (name.n == 0)
            return decode_fail(d, at, "\"\" is not a valid label name");
        if (!label_name_valid(d, name))
            return decode_fail(d, at, "invalid label name %s in route labels", decode_quoted(d, name));
    }
    return true;
}

/* Upstream crashes on a null child. */
static bool check_children(struct decoder *d, const struct ytree *node, const struct route_file *r)
{
    for (size_t i = 0; i < r->routes.n; i++)
        if (r->routes.v[i] == NULL)
            return decode_fail(d, at_item(node, "routes", i), "missing route");
    return true;
}

static bool check_route(struct decoder *d, const struct ytree *node, void *object)
{
    const struct route_file *r = object;
    return check_match_maps(d, node, "match", &r->match) &&
           check_match_maps(d, node, "match_re", &r->match_re) && check_labels(d, node, r) &&
           check_group_by(d, node, r) && check_unique_group_by(d, node, r) && check_intervals(d, node, r) &&
           check_children(d, node, r);
}

const struct schema route_schema = {
    .name = "route",
    .go_type = "config.plain",
    .size = sizeof(struct route_file),
    .fields = route_fields,
    .check = check_route,
};
