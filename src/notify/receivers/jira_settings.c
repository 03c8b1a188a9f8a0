/* Jira's settings: the tables, and the rules of config.md 10. */
#include "jira.h"
#include "row.h"
#include "text.h"

#define TEXT_FIELDS(name)                                                                                    \
    {                                                                                                        \
        {.key = "template",                                                                                  \
         .kind = FIELD_STRING,                                                                               \
         .offset = offsetof(struct issue_text, template),                                                    \
         .def = "{{ template \"jira.default." name "\" . }}",                                                \
         .flags = FIELD_TMPL,                                                                                \
         .doc = "The text."},                                                                                \
            {.key = "enable_update",                                                                         \
             .kind = FIELD_TRIBOOL,                                                                          \
             .offset = offsetof(struct issue_text, enable_update),                                           \
             .doc = "Whether updates of the issue change it (true)."},                                       \
        {                                                                                                    \
            0                                                                                                \
        }                                                                                                    \
    }
#define TEXT_SCHEMA(title, table)                                                                            \
    {                                                                                                        \
        .name = (title), .go_type = "config.JiraFieldConfig", .size = sizeof(struct issue_text),             \
        .fields = (table)                                                                                    \
    }
static const struct field summary_fields[] = TEXT_FIELDS("summary");
static const struct field description_fields[] = TEXT_FIELDS("description");
static const struct schema summary_schema = TEXT_SCHEMA("jira summary", summary_fields);
static const struct schema description_schema = TEXT_SCHEMA("jira description", description_fields);

/* A string alone is the template. */
static bool decode_text(struct decoder *d, const struct ytree *node, const struct schema *s,
                        struct issue_text *out)
{
    *out = (struct issue_text){.enable_update = -1};
    return node->kind == YTREE_SCALAR ? decode_string(d, node, &out->template)
                                      : decode_object(d, node, s, out);
}

static bool decode_summary(struct decoder *d, const struct ytree *node, void *member)
{
    return decode_text(d, node, &summary_schema, member);
}

static bool decode_description(struct decoder *d, const struct ytree *node, void *member)
{
    return decode_text(d, node, &description_schema, member);
}

static void print_text(struct printer *p, const void *member)
{
    const struct issue_text *text = member;

    if (is_set(text->template) || text->enable_update >= 0)
        print_object(p, &summary_schema, text);
}

#define SETTINGS struct jira
static const struct field fields[] = {
    RECEIVER_SEND_RESOLVED("true"),
    RECEIVER_HTTP_CONFIG,
    ROW(api_url, URL, "The API's base, with its version."),
    ROW_DEF(api_type, STRING, "auto", 0, "auto, cloud or datacenter."),
    ROW_TMPL(project, STRING, NULL, "The project's key."),
    {.key = "summary",
     .kind = FIELD_CUSTOM,
     .type = "string or",
     .sub = &summary_schema,
     .offset = offsetof(struct jira, summary),
     .def = "{{ template \"jira.default.summary\" . }}",
     .flags = FIELD_TMPL | FIELD_SEES_NULL,
     .doc = "The issue's summary.",
     .decode = decode_summary,
     .print = print_text},
    {.key = "description",
     .kind = FIELD_CUSTOM,
     .type = "string or",
     .sub = &description_schema,
     .offset = offsetof(struct jira, description),
     .def = "{{ template \"jira.default.description\" . }}",
     .flags = FIELD_TMPL | FIELD_SEES_NULL,
     .doc = "The issue's description; for version 3 of the API a document in JSON.",
     .decode = decode_description,
     .print = print_text},
    ROW_TMPL(labels, STRINGS, NULL, "Labels of the issue."),
    ROW_TMPL(priority, STRING, "{{ template \"jira.default.priority\" . }}", "The issue's priority."),
    ROW_TMPL(issue_type, STRING, NULL, "The issue's type."),
    ROW(reopen_transition, STRING, "The transition for an issue whose alerts fire again."),
    ROW(resolve_transition, STRING, "The transition for an issue whose alerts are resolved."),
    ROW(wont_fix_resolution, STRING, "Issues with this resolution are left alone."),
    ROW(reopen_duration, DURATION, "How long after its resolution an issue may be opened again."),
    ROW_TMPL(fields, ANY_MAP, NULL, "Other fields of the issue."),
    {0},
};
#undef SETTINGS

static bool check(struct decoder *d, const struct ytree *node, void *object)
{
    const struct jira *s = object;

    if (!is_set(s->project))
        return decode_fail(d, node, "missing project in jira_config");
    if (!is_set(s->issue_type))
        return decode_fail(d, node, "missing issue_type in jira_config");
    if (strcmp(s->api_type, "auto") != 0 && strcmp(s->api_type, "cloud") != 0 &&
        strcmp(s->api_type, "datacenter") != 0)
        return decode_fail(d, node, "unknown api_type on jira_config, must be auto, cloud or datacenter");
    return true;
}

bool jira_resolve(struct decoder *d, const struct ytree *node, void *settings, const struct global *global)
{
    struct jira *s = settings;

    if (!is_set(s->api_url))
        s->api_url = global->jira_api_url;
    return is_set(s->api_url) || decode_fail(d, node, "no global Jira Cloud URL set");
}

const struct schema jira_schema = {.name = "jira config",
                                   .go_type = "jira.plain",
                                   .size = sizeof(struct jira),
                                   .fields = fields,
                                   .check = check};

struct sv jira_base_url(const struct jira *s)
{
    struct sv base = sv_of(s->api_url);

    while (base.n != 0 && base.p[base.n - 1] == '/')
        base.n--;
    return base;
}
