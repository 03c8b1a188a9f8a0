/* Jira: one issue per group, created, updated, reopened and resolved (receivers.md A15).
 *
 * One notification takes up to four requests: search the issue, save it, list its transitions, make one.
 */
#include <stdio.h>
#include <stdlib.h>

#include "codec/goquote.h"
#include "codec/jr.h"
#include "codec/url.h"
#include "compose.h"
#include "list.h"
#include "payload.h"
#include "row.h"
#include "text.h"

#define SUMMARY_LIMIT     255 /* runes */
#define DESCRIPTION_LIMIT 32767
#define MAX_ID            128 /* bytes of an issue's key or a transition's id */

struct issue_text {
    char *template;
    int8_t enable_update; /* -1: not set, which is true */
};

struct jira {
    struct receiver_common common;
    char *api_url, *api_type, *project;
    struct issue_text summary, description;
    struct strings labels;
    char *priority, *issue_type, *reopen_transition, *resolve_transition, *wont_fix_resolution;
    dur_ns reopen_duration;
    const struct ytree *fields;
};

enum phase { PHASE_SEARCH, PHASE_SAVE, PHASE_LIST, PHASE_MOVE };

struct state {
    enum phase phase;
    bool found, done;        /* there is an issue; its status is of the category done */
    char key[MAX_ID];        /* of the issue */
    char transition[MAX_ID]; /* the id of the wanted transition */
};

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

static bool resolve(struct decoder *d, const struct ytree *node, void *settings, const struct global *global)
{
    struct jira *s = settings;

    if (!is_set(s->api_url))
        s->api_url = global->jira_api_url;
    return is_set(s->api_url) || decode_fail(d, node, "no global Jira Cloud URL set");
}

static const struct schema schema = {.name = "jira config",
                                     .go_type = "jira.plain",
                                     .size = sizeof(struct jira),
                                     .fields = fields,
                                     .check = check};

static const struct jira *settings_of(const struct render *r)
{
    return (const struct jira *)(const void *)r->settings;
}

static struct sv without_slash(const char *url)
{
    struct sv base = sv_of(url);

    while (base.n != 0 && base.p[base.n - 1] == '/')
        base.n--;
    return base;
}

static bool has_suffix(struct sv s, struct sv suffix)
{
    return s.n >= suffix.n && sv_eq((struct sv){s.p + s.n - suffix.n, suffix.n}, suffix);
}

static bool set_url(struct render *r, const struct strbuf *url, struct request *out, struct err *err)
{
    struct sv kept;

    if (!compose_keep(r, "URL", url, &kept, err))
        return false;
    out->url = kept.p;
    return true;
}

/* Searching */

static bool is_cloud(const struct jira *s, struct arena *mem)
{
    struct url url;
    struct err ignored;

    if (strcmp(s->api_type, "auto") != 0)
        return strcmp(s->api_type, "cloud") == 0;
    return url_parse_http(sv_of(s->api_url), mem, &url, &ignored) &&
           has_suffix(url.host, SV("atlassian.net"));
}

/* Jira Cloud searches by another path, which version 2 of the API does not have. */
static bool search_url(struct render *r, const struct jira *s, struct request *out, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf url = {0};
    const struct sv old = SV("/rest/api/2");
    struct sv base = without_slash(s->api_url);
    const bool cloud = is_cloud(s, r->mem);

    if (cloud && has_suffix(base, old)) {
        base.n -= old.n;
        strbuf_addsv(&url, base);
        strbuf_adds(&url, "/rest/api/3");
    } else {
        strbuf_addsv(&url, base);
    }
    strbuf_adds(&url, cloud ? "/search/jql" : "/search");
    return set_url(r, &url, out, err);
}

static void add_issue_label(const struct render *r, struct strbuf *out)
{
    char group[65];

    compose_group_id(r, group);
    strbuf_addf(out, "ALERT{%s}", group);
}

static bool write_jql(struct render *r, const struct jira *s, struct strbuf *out, struct err *err)
{
    const bool reopen =
        delivery_firing(r->delivery) && is_set(s->reopen_transition) && s->reopen_duration > 0;
    struct sv project;

    if (!render_text(r, s->project, &project, err))
        return err_wrap(err, "invalid project template or value");
    if (is_set(s->wont_fix_resolution)) {
        strbuf_adds(out, "(resolution is EMPTY or resolution != ");
        go_quote(out, sv_of(s->wont_fix_resolution));
        strbuf_adds(out, ") and ");
    }
    if (reopen)
        strbuf_addf(out, "(resolutiondate is EMPTY OR resolutiondate >= -%lldm) and ",
                    (long long)(s->reopen_duration / (60 * NS_PER_S)));
    else
        strbuf_adds(out, "statusCategory != Done and ");
    strbuf_adds(out, "project=");
    go_quote(out, project);
    strbuf_adds(out, " and labels=\"");
    add_issue_label(r, out);
    strbuf_adds(out, "\" order by status ASC,resolutiondate DESC");
    return true;
}

static bool render_search(struct render *r, const struct jira *s, struct request *out, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf jql = {0}, body = {0};
    struct jw w;

    if (!search_url(r, s, out, err) || !write_jql(r, s, &jql, err))
        return err_wrap(err, "failed to look up existing issues");
    jw_init(&w, &body, true);
    jw_object(&w);
    jw_key(&w, SV("fields"));
    jw_array(&w);
    jw_str(&w, SV("status"));
    jw_end(&w);
    jw_kstr(&w, SV("jql"), strbuf_sv(&jql));
    jw_kint(&w, SV("maxResults"), 2);
    jw_end(&w);
    return compose_body(r, &body, out, err);
}

/* Saving */

struct document {
    struct payload_member *v;
    size_t n;
};
#define STANDARD_FIELDS 6

/* The value of one field, written by itself. */
struct value {
    struct strbuf text;
    struct jw w;
};

static struct jw *begin(struct value *v)
{
    *v = (struct value){0};
    jw_init(&v->w, &v->text, true);
    return &v->w;
}

static bool add_field(struct render *r, struct document *doc, struct sv key, struct value *v, struct err *err)
{
    struct payload_member *m = &doc->v[doc->n++];
    const bool ok = compose_keep(r, "issue", &v->text, &m->json, err);

    m->key = key;
    strbuf_done(&v->text);
    return ok;
}

static bool add_object(struct render *r, struct document *doc, struct sv key, struct sv name, struct sv text,
                       struct err *err)
{
    struct value v;
    struct jw *w = begin(&v);

    jw_object(w);
    jw_kstr(w, name, text);
    jw_end(w);
    return add_field(r, doc, key, &v, err);
}

static bool wanted(const struct render *r, const struct issue_text *text)
{
    const struct state *state = r->state;

    return !state->found || text->enable_update != 0;
}

static bool add_summary(struct render *r, const struct jira *s, struct document *doc, struct err *err)
{
    struct sv summary;
    struct value v;

    if (!render_text(r, s->summary.template, &summary, err))
        return err_wrap(err, "summary template");
    if (!wanted(r, &s->summary))
        return true;
    if (!compose_cut_runes(r, "summary", SUMMARY_LIMIT, &summary, err))
        return false;
    jw_str(begin(&v), summary);
    return add_field(r, doc, SV("summary"), &v, err);
}

/* Writes the next value of the reader as it is, without the white space. The reader bounds the depth. */
static bool copy_json(struct jr *j, struct jw *w)
{
    struct sv text;
    bool flag;

    switch (jr_peek(j)) {
    case JR_NULL:
        jw_null(w);
        return jr_null(j);
    case JR_BOOL:
        if (!jr_bool(j, &flag))
            return false;
        jw_bool(w, flag);
        return true;
    case JR_NUMBER:
        if (!jr_number(j, &text))
            return false;
        jw_raw(w, text);
        return true;
    case JR_STRING:
        if (!jr_string(j, &text))
            return false;
        jw_str(w, text);
        return true;
    case JR_ARRAY:
        if (!jr_array(j))
            return false;
        jw_array(w);
        while (jr_next(j))
            if (!copy_json(j, w))
                return false;
        jw_end(w);
        return !j->failed;
    case JR_OBJECT:
        if (!jr_object(j))
            return false;
        jw_object(w);
        while (jr_key(j, &text)) {
            jw_key(w, text);
            if (!copy_json(j, w))
                return false;
        }
        jw_end(w);
        return !j->failed;
    case JR_ERROR:
        break;
    }
    return false;
}

static bool write_description(struct render *r, const struct jira *s, struct sv text, struct jw *w,
                              struct err *err)
{
    struct jr j;

    if (!has_suffix(without_slash(s->api_url), SV("/3"))) {
        jw_str(w, text);
        return true;
    }
    jr_init(&j, text, r->mem);
    return (copy_json(&j, w) && jr_at_end(&j)) ||
           err_set(err, ERR_INVALID, "description template: invalid JSON for API v3");
}

static bool add_description(struct render *r, const struct jira *s, struct document *doc, struct err *err)
{
    struct sv text;
    struct value v;

    if (!render_text(r, s->description.template, &text, err))
        return err_wrap(err, "description template");
    if (text.n == 0 || !wanted(r, &s->description))
        return true;
    if (!compose_cut_runes(r, "description", DESCRIPTION_LIMIT, &text, err))
        return false;
    if (!write_description(r, s, text, begin(&v), err)) {
        strbuf_done(&v.text);
        return false;
    }
    return add_field(r, doc, SV("description"), &v, err);
}

static int sv_order(const void *a, const void *b)
{
    const struct sv *x = a, *y = b;
    return sv_cmp(*x, *y);
}

static bool render_labels(struct render *r, const struct jira *s, struct sv *labels, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf ours = {0};

    for (size_t i = 0; i < s->labels.n; i++)
        if (!render_text(r, s->labels.v[i], &labels[i], err))
            return err_wrap(err, "labels[%zu] template", i);
    add_issue_label(r, &ours);
    if (!compose_keep(r, "label", &ours, &labels[s->labels.n], err))
        return false;
    qsort(labels, s->labels.n + 1, sizeof *labels, sv_order);
    return true;
}

static bool add_labels(struct render *r, const struct jira *s, struct document *doc, struct err *err)
{
    struct sv *labels = ARENA_ARRAY(r->mem, struct sv, s->labels.n + 1);
    struct value v;

    if (labels == NULL)
        return err_set(err, ERR_LIMIT, "labels are too large");
    if (!render_labels(r, s, labels, err))
        return false;
    struct jw *w = begin(&v);
    jw_array(w);
    for (size_t i = 0; i <= s->labels.n; i++)
        jw_str(w, labels[i]);
    jw_end(w);
    return add_field(r, doc, SV("labels"), &v, err);
}

static bool add_names(struct render *r, const struct jira *s, struct document *doc, struct err *err)
{
    struct sv project, type, priority;

    if (!render_text(r, s->project, &project, err))
        return err_wrap(err, "project template");
    if (!render_text(r, s->issue_type, &type, err))
        return err_wrap(err, "issue_type template");
    if (!render_text(r, s->priority, &priority, err))
        return err_wrap(err, "priority template");
    if (priority.n != 0 && !add_object(r, doc, SV("priority"), SV("name"), priority, err))
        return false;
    return add_object(r, doc, SV("project"), SV("key"), project, err) &&
           add_object(r, doc, SV("issuetype"), SV("name"), type, err);
}

/* A configured field takes the place of a standard one. */
static void put(struct document *doc, const struct payload_member *m)
{
    size_t i = 0;

    while (i < doc->n && !sv_eq(doc->v[i].key, m->key))
        i++;
    doc->v[i] = *m;
    if (i == doc->n)
        doc->n++;
}

static int member_order(const void *a, const void *b)
{
    const struct payload_member *x = a, *y = b;
    return sv_cmp(x->key, y->key);
}

static bool collect(struct render *r, const struct jira *s, struct document *doc, struct err *err)
{
    struct payload_member *own;
    size_t n_own;

    if (!payload_members(r, s->fields, &own, &n_own, err))
        return err_wrap(err, "fields template");
    doc->v = ARENA_ARRAY(r->mem, struct payload_member, STANDARD_FIELDS + n_own);
    if (doc->v == NULL)
        return err_set(err, ERR_LIMIT, "issue is too large");
    if (!add_names(r, s, doc, err) || !add_summary(r, s, doc, err) || !add_description(r, s, doc, err) ||
        !add_labels(r, s, doc, err))
        return false;
    for (size_t i = 0; i < n_own; i++)
        put(doc, &own[i]);
    qsort(doc->v, doc->n, sizeof *doc->v, member_order);
    return true;
}

static bool write_issue(struct render *r, const struct document *doc, struct request *out, struct err *err)
{
    CLEANUP(strbuf_donep) struct strbuf body = {0};
    struct jw w;

    jw_init(&w, &body, true);
    jw_object(&w);
    jw_key(&w, SV("fields"));
    jw_object(&w);
    for (size_t i = 0; i < doc->n; i++) {
        jw_key(&w, doc->v[i].key);
        jw_raw(&w, doc->v[i].json);
    }
    jw_end(&w);
    jw_end(&w);
    return compose_body(r, &body, out, err);
}

/* `issue`, or a path below the issue that was found. */
static bool issue_url(struct render *r, const struct jira *s, const char *below, struct request *out,
                      struct err *err)
{
    const struct state *state = r->state;
    CLEANUP(strbuf_donep) struct strbuf url = {0};

    strbuf_addsv(&url, without_slash(s->api_url));
    strbuf_adds(&url, "/issue");
    if (state->found) {
        strbuf_addc(&url, '/');
        url_escape_path(&url, sv_of(state->key));
        strbuf_adds(&url, below);
    }
    return set_url(r, &url, out, err);
}

static bool render_save(struct render *r, const struct jira *s, struct request *out, struct err *err)
{
    const struct state *state = r->state;
    struct document doc = {0};

    out->method = state->found ? "PUT" : "POST";
    return issue_url(r, s, "", out, err) && collect(r, s, &doc, err) && write_issue(r, &doc, out, err);
}

/* Moving */

/* NULL: the issue stays where it is. */
static const char *wanted_transition(const struct render *r)
{
    const struct jira *s = settings_of(r);
    const struct state *state = r->state;
    const bool firing = delivery_firing(r->delivery);
    const char *name = firing ? s->reopen_transition : s->resolve_transition;

    return firing == state->done && is_set(name) ? name : NULL;
}

static bool render_list(struct render *r, const struct jira *s, struct request *out, struct err *err)
{
    out->method = "GET";
    return issue_url(r, s, "/transitions", out, err);
}

static bool render_move(struct render *r, const struct jira *s, struct request *out, struct err *err)
{
    const struct state *state = r->state;
    CLEANUP(strbuf_donep) struct strbuf body = {0};
    struct jw w;

    jw_init(&w, &body, true);
    jw_object(&w);
    jw_key(&w, SV("transition"));
    jw_object(&w);
    jw_kstr(&w, SV("id"), sv_of(state->transition));
    jw_end(&w);
    jw_end(&w);
    return issue_url(r, s, "/transitions", out, err) && compose_body(r, &body, out, err);
}

static bool render(struct render *r, struct request *out, struct err *err)
{
    static bool (*const phases[])(struct render * r, const struct jira *s, struct request *out,
                                  struct err *err) = {
        [PHASE_SEARCH] = render_search,
        [PHASE_SAVE] = render_save,
        [PHASE_LIST] = render_list,
        [PHASE_MOVE] = render_move,
    };
    const struct state *state = r->state;

    compose_json(out, NULL);
    return compose_headers(r, &(const struct compose_header){"Accept-Language: ", SV("en")}, 1, out, err) &&
           phases[state->phase](r, settings_of(r), out, err);
}

/* Replies */

/* Goes to `name` in the object that comes next: false when it is not there, or not an object. The rest of the
 * object has to be read by the caller, or left. */
static bool enter(struct jr *j, struct sv name)
{
    struct sv key;

    if (jr_peek(j) != JR_OBJECT || !jr_object(j))
        return false;
    while (jr_key(j, &key)) {
        if (sv_eq(key, name))
            return true;
        if (!jr_skip(j))
            return false;
    }
    return false;
}

static bool copy_id(char *out, struct sv id)
{
    if (id.n == 0 || id.n >= MAX_ID)
        return false;
    memcpy(out, id.p, id.n);
    out[id.n] = '\0';
    return true;
}

/* status.statusCategory.key of an issue's `fields`, for a reader that is given up after it. */
static bool read_done(struct sv fields_json, struct arena *mem)
{
    struct jr j;
    struct sv key;

    jr_init(&j, fields_json, mem);
    return enter(&j, SV("status")) && enter(&j, SV("statusCategory")) && enter(&j, SV("key")) &&
           jr_string(&j, &key) && sv_eq(key, SV("done"));
}

/* One value as it stands in the input. */
static bool take_raw(struct jr *j, struct sv *out)
{
    if (jr_peek(j) == JR_ERROR) /* also goes past white space */
        return false;
    const char *start = j->p;
    if (!jr_skip(j))
        return false;
    *out = (struct sv){start, (size_t)(j->p - start)};
    return true;
}

/* The first hit of a search. */
static bool read_issue(struct jr *j, struct state *state)
{
    struct sv key, text;

    if (!jr_object(j))
        return false;
    while (jr_key(j, &key)) {
        if (sv_eq(key, SV("key"))) {
            if (!jr_string(j, &text) || !copy_id(state->key, text))
                return jr_fail(j, "the issue's key is not usable");
        } else if (sv_eq(key, SV("fields"))) {
            if (!take_raw(j, &text))
                return false;
            state->done = read_done(text, j->mem);
        } else if (!jr_skip(j)) {
            return false;
        }
    }
    state->found = state->key[0] != '\0';
    return !j->failed;
}

static bool read_issues(struct jr *j, struct state *state)
{
    bool first = true;

    if (!jr_array(j))
        return false;
    for (; jr_next(j); first = false)
        if (!(first ? read_issue(j, state) : jr_skip(j)))
            return false;
    return !j->failed;
}

static bool read_search(struct jr *j, struct state *state)
{
    struct sv key;

    if (!jr_object(j))
        return false;
    while (jr_key(j, &key))
        if (!(sv_eq(key, SV("issues")) ? read_issues(j, state) : jr_skip(j)))
            return false;
    return !j->failed;
}

static void after_search(struct render *r, const struct reply *reply, struct verdict *out)
{
    struct state *state = r->state;
    struct jr j;

    jr_init(&j, reply->body, r->mem);
    if (!read_search(&j, state)) {
        verdict_set(out, VERDICT_PERMANENT, FAILURE_OTHER, "failed to look up existing issues: %s",
                    j.err.text);
        return;
    }
    if (!state->found && !delivery_firing(r->delivery))
        return; /* resolved before there was an issue */
    state->phase = PHASE_SAVE;
    out->kind = VERDICT_NEXT;
}

static void after_save(struct render *r, struct verdict *out)
{
    struct state *state = r->state;

    if (!state->found || wanted_transition(r) == NULL)
        return;
    state->phase = PHASE_LIST;
    out->kind = VERDICT_NEXT;
}

/* One {"id": ..., "name": ...}; takes its id when the name is the wanted one. */
static bool read_transition(struct jr *j, struct sv wanted_name, char *out)
{
    struct sv key, id = {0}, name = {0};

    if (!jr_object(j))
        return false;
    while (jr_key(j, &key)) {
        const bool ok = sv_eq(key, SV("id"))     ? jr_string(j, &id)
                        : sv_eq(key, SV("name")) ? jr_string(j, &name)
                                                 : jr_skip(j);
        if (!ok)
            return false;
    }
    if (!j->failed && out[0] == '\0' && sv_eq(name, wanted_name) && !copy_id(out, id))
        return jr_fail(j, "the transition's id is not usable");
    return !j->failed;
}

static bool read_transitions(struct jr *j, struct sv wanted_name, char *out)
{
    out[0] = '\0';
    if (!enter(j, SV("transitions")))
        return !j->failed;
    if (!jr_array(j))
        return false;
    while (jr_next(j))
        if (!read_transition(j, wanted_name, out))
            return false;
    return !j->failed;
}

static void after_list(struct render *r, const struct reply *reply, struct verdict *out)
{
    struct state *state = r->state;
    const char *name = wanted_transition(r);
    struct jr j;

    jr_init(&j, reply->body, r->mem);
    if (!read_transitions(&j, sv_of(name), state->transition)) {
        verdict_set(out, VERDICT_PERMANENT, FAILURE_OTHER, "failed to read the transitions of issue %s: %s",
                    state->key, j.err.text);
        return;
    }
    if (state->transition[0] == '\0') {
        verdict_set(out, VERDICT_PERMANENT, FAILURE_OTHER, "can't find transition %s for issue %s", name,
                    state->key);
        return;
    }
    state->phase = PHASE_MOVE;
    out->kind = VERDICT_NEXT;
}

static void after_success(struct render *r, const struct reply *reply, struct verdict *out)
{
    const struct state *state = r->state;

    switch (state->phase) {
    case PHASE_SEARCH:
        after_search(r, reply, out);
        break;
    case PHASE_SAVE:
        after_save(r, out);
        break;
    case PHASE_LIST:
        after_list(r, reply, out);
        break;
    case PHASE_MOVE:
        break;
    }
}

/* What was tried, before the reason why it failed. */
static void name_request(const struct state *state, const struct request *sent, struct verdict *out)
{
    const struct verdict plain = *out;

    if (state->phase == PHASE_SEARCH)
        verdict_set(out, plain.kind, plain.failure,
                    "failed to look up existing issues: HTTP request to JIRA API: %s", plain.text);
    else
        verdict_set(out, plain.kind, plain.failure, "failed to %s request to \"issue%s%s%s\": %s",
                    sent->method, state->found ? "/" : "", state->key,
                    state->phase == PHASE_SAVE ? "" : "/transitions", plain.text);
}

/* A repetition starts at the search: what failed may have been done nevertheless. */
static void classify(struct render *r, const struct request *sent, const struct reply *reply,
                     struct verdict *out)
{
    struct state *state = r->state;

    classify_http(reply, sent, out);
    if (out->kind == VERDICT_DELIVERED) {
        after_success(r, reply, out);
        return;
    }
    if (!reply->transported)
        out->kind = VERDICT_PERMANENT; /* as upstream has it */
    else if (reply->status == 429)
        out->kind = reply->retry_after > 0 ? VERDICT_THROTTLED : VERDICT_RETRY;
    name_request(state, sent, out);
    out->retry_after = out->kind == VERDICT_PERMANENT ? 0 : reply->retry_after;
    *state = (struct state){0};
}

static const struct text_limit limits[] = {
    {"summary", SUMMARY_LIMIT, LIMIT_RUNES, "cut"},
    {"description", DESCRIPTION_LIMIT, LIMIT_RUNES, "cut"},
    {0},
};

const struct receiver_type jira_receiver = {
    .schema = {.name = "jira", .key = "jira_configs", .schema = &schema, .resolve = resolve},
    .state_size = sizeof(struct state),
    .render = render,
    .classify = classify,
    .limits = limits,
};
