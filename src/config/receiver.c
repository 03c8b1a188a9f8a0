/* `receivers`: one table made of the receiver types at hand. What a type looks like is its own business. */
#include <string.h>

#include "file.h"
#include "print.h"
#include "table.h"

/* Upstream's receiver types, in its order of instantiation (config.md 10.1), and the place of each in the
 * order of validation (config.md 12). */
static const struct upstream_type {
    const char *name;
    size_t check_rank;
} upstream_types[] = {
    {"webhook", 0},    {"email", 1},       {"pagerduty", 4},   {"opsgenie", 6},   {"wechat", 7},
    {"slack", 2},      {"victorops", 8},   {"pushover", 3},    {"sns", 9},        {"telegram", 10},
    {"discord", 11},   {"webex", 12},      {"msteams", 13},    {"msteamsv2", 14}, {"jira", 15},
    {"incidentio", 5}, {"rocketchat", 16}, {"mattermost", 17},
};

#define N_UPSTREAM COUNT_OF(upstream_types)

/* N_UPSTREAM when it is a type of ours. */
static size_t upstream_index(const char *name)
{
    size_t i = 0;
    while (i < N_UPSTREAM && strcmp(upstream_types[i].name, name) != 0)
        i++;
    return i;
}

size_t receiver_rank(const struct receiver_schema *type)
{
    return upstream_index(type->name);
}

static size_t check_rank(const struct receiver_schema *type)
{
    const size_t i = upstream_index(type->name);
    return i < N_UPSTREAM ? upstream_types[i].check_rank : N_UPSTREAM;
}

static size_t count_types(const struct decoder *d)
{
    size_t n = 0;
    while (d->env->receivers[n] != NULL)
        n++;
    return n;
}

/* The label `name` is always there, and always the receiver's name. */
static bool check_receiver(struct decoder *d, const struct ytree *node, void *object)
{
    struct receiver_file *r = object;
    if (!is_set(r->name))
        return decode_fail(d, node, "missing name in receiver");
    if (is_set(r->muted_resolved) && strcmp(r->muted_resolved, "at_once") != 0 &&
        strcmp(r->muted_resolved, "at_unmute") != 0)
        return decode_fail(d, ytree_get(node, "muted_resolved"),
                           "muted_resolved must be at_once or at_unmute");
    for (size_t i = 0; i < r->labels.n; i++) {
        const struct string_pair *label = &r->labels.v[i];
        if (strcmp(label->name, "name") != 0)
            continue;
        return strcmp(label->value, r->name) == 0 ||
               decode_fail(d, ytree_get(node, "labels"),
                           "receiver label \"name\" must match receiver name %s, got %s",
                           decode_quoted(d, sv_of(r->name)), decode_quoted(d, sv_of(label->value)));
    }
    struct string_pair *labels = ARENA_ARRAY(d->mem, struct string_pair, r->labels.n + 1);
    size_t n = 0;
    while (n < r->labels.n && strcmp(r->labels.v[n].name, "name") < 0) {
        labels[n] = r->labels.v[n];
        n++;
    }
    labels[n] = (struct string_pair){decode_keep(d, SV("name")), r->name};
    if (r->labels.n != n)
        memcpy(labels + n + 1, r->labels.v + n, (r->labels.n - n) * sizeof(*labels));
    r->labels = (struct string_map){labels, r->labels.n + 1};
    return true;
}

#define AT(member) offsetof(struct receiver_file, member)
static const struct field name_row =
    ROW_DEF("name", STRING, name, NULL, FIELD_ALWAYS, "What routes call it by.");
static const struct field labels_row = ROW("labels", MAP, labels, "Labels of the receiver.");
static const struct field fallback_row = {
    .key = "fallback",
    .kind = FIELD_STRUCT_PTR,
    .offset = AT(fallback),
    .sub = &fallback_schema,
    .flags = FIELD_OURS,
    .doc = "Who is told when it cannot be reached, where the route does not say.",
};

static const struct field muted_resolved_row = {
    .key = "muted_resolved",
    .kind = FIELD_STRING,
    .offset = AT(muted_resolved),
    .flags = FIELD_OURS,
    .doc = "When it is told that an alert has resolved which it knows as firing and which is muted by then: "
           "at_once "
           "(the default), or at_unmute.",
};

static const char *type_doc(struct decoder *d, const struct receiver_schema *type)
{
    CLEANUP(strbuf_donep) struct strbuf text = {0};
    strbuf_addf(&text, "Integrations of type %s.", type->name);
    return decode_keep(d, strbuf_sv(&text));
}

const struct schema *receiver_schema_new(struct decoder *d)
{
    const size_t types = count_types(d);
    struct field *fields = ARENA_ARRAY(d->mem, struct field, 4 + types + 1);
    struct field *f = fields;
    *f++ = name_row;
    *f++ = labels_row;
    *f++ = fallback_row;
    *f++ = muted_resolved_row;
    for (size_t i = 0; i < types; i++, f++)
        *f = (struct field){
            .key = d->env->receivers[i]->key,
            .kind = FIELD_LIST,
            .offset = AT(integrations) + i * sizeof(struct list),
            .sub = d->env->receivers[i]->schema,
            .doc = type_doc(d, d->env->receivers[i]),
        };
    struct schema *s = ARENA_NEW(d->mem, struct schema);
    *s = (struct schema){
        .name = "receiver",
        .go_type = "config.plain",
        .size = sizeof(struct receiver_file) + types * sizeof(struct list),
        .fields = fields,
        .check = check_receiver,
    };
    return s;
}

static bool speaks_http(const struct receiver_schema *type)
{
    for (const struct field *f = type->schema->fields; f->key != NULL; f++)
        if (f->kind == FIELD_STRUCT_PTR && f->sub == &http_config_schema &&
            f->offset == offsetof(struct receiver_common, http_config))
            return true;
    return false;
}

static void resolve_integration(struct decoder *d, const struct receiver_schema *type,
                                struct receiver_common *settings, const struct ytree *node,
                                const struct global *global)
{
    if (settings == NULL) {
        decode_fail(d, node, "missing %s config", type->name);
        return;
    }
    if (!decode_is_clean(d, settings))
        return;
    if (settings->http_config == NULL && speaks_http(type))
        settings->http_config = global->http;
    if (type->resolve != NULL)
        (void)type->resolve(d, node, settings, global);
}

static void resolve_type(struct decoder *d, struct receiver_file *r, size_t i, const struct global *global)
{
    const struct receiver_schema *type = d->env->receivers[i];
    const struct list *list = &r->integrations[i];
    for (size_t k = 0; k < list->n; k++)
        resolve_integration(d, type, list->v[k], decode_item(d, r, type->key, k), global);
}

void receiver_resolve(struct decoder *d, struct receiver_file *r, const struct global *global)
{
    const size_t types = count_types(d);
    for (size_t rank = 0; rank <= N_UPSTREAM; rank++)
        for (size_t i = 0; i < types; i++)
            if (check_rank(d->env->receivers[i]) == rank)
                resolve_type(d, r, i, global);
}
