/* `receivers`: one table made of the receiver types at hand. What a type looks like is its own business. */
#include <string.h>

#include "file.h"
#include "print.h"
#include "table.h"

/* Upstream's receiver types, in its order of instantiation (config.md 10.1), and the place of each in the
 * order of validation (config.md 12). */
static const struct upstream_type {
    const char *name, *key;
    size_t check_rank;
} upstream_types[] = {
    {"webhook", "webhook_configs", 0},
    {"email", "email_configs", 1},
    {"pagerduty", "pagerduty_configs", 4},
    {"opsgenie", "opsgenie_configs", 6},
    {"wechat", "wechat_configs", 7},
    {"slack", "slack_configs", 2},
    {"victorops", "victorops_configs", 8},
    {"pushover", "pushover_configs", 3},
    {"sns", "sns_configs", 9},
    {"telegram", "telegram_configs", 10},
    {"discord", "discord_configs", 11},
    {"webex", "webex_configs", 12},
    {"msteams", "msteams_configs", 13},
    {"msteamsv2", "msteamsv2_configs", 14},
    {"jira", "jira_configs", 15},
    {"incidentio", "incidentio_configs", 5},
    {"rocketchat", "rocketchat_configs", 16},
    {"mattermost", "mattermost_configs", 17},
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

static const struct receiver_schema *type_of_key(const struct decoder *d, struct sv key)
{
    for (const struct receiver_schema *const *t = d->env->receivers; *t != NULL; t++)
        if (sv_eq(key, sv_of((*t)->key)))
            return *t;
    return NULL;
}

static bool is_upstream_key(struct sv key)
{
    for (size_t i = 0; i < N_UPSTREAM; i++)
        if (sv_eq(key, sv_of(upstream_types[i].key)))
            return true;
    return false;
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

/* A known type without a table is read past here and refused by receiver_resolve(), once for each list. */
static bool skip_unsupported(struct decoder *d, const struct ytree *node, void *member)
{
    (void)d;
    (void)node;
    (void)member;
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
    struct field *fields = ARENA_ARRAY(d->mem, struct field, 4 + types + N_UPSTREAM + 1);
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
    for (size_t i = 0; i < N_UPSTREAM; i++)
        if (type_of_key(d, sv_of(upstream_types[i].key)) == NULL)
            *f++ = (struct field){.key = upstream_types[i].key,
                                  .kind = FIELD_CUSTOM,
                                  .type = "list",
                                  .doc = "Not supported yet.",
                                  .decode = skip_unsupported,
                                  .print = print_nothing};
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

static void refuse_unsupported(struct decoder *d, const struct receiver_file *r)
{
    const struct ytree *node = decode_object_of(d, r)->node;
    for (size_t i = 0; node->kind == YTREE_MAP && i < node->n; i++) {
        const struct ytree *key = node->items[2 * i], *value = node->items[2 * i + 1];
        if (is_upstream_key(key->text) && type_of_key(d, key->text) == NULL && value->n != 0)
            decode_fail(d, key, "%.*s: this receiver type is not supported yet", SV_ARG(key->text));
    }
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
    refuse_unsupported(d, r);
    for (size_t rank = 0; rank <= N_UPSTREAM; rank++)
        for (size_t i = 0; i < types; i++)
            if (check_rank(d->env->receivers[i]) == rank)
                resolve_type(d, r, i, global);
}
