/* An issue as Jira takes it: standard fields and configured ones, sorted by name. */
#include <stdlib.h>

#include "codec/jw.h"
#include "compose.h"
#include "jira.h"
#include "payload.h"
#include "text.h"

void jira_add_issue_label(const struct render *r, struct strbuf *out)
{
    char group[65];

    compose_group_id(r, group);
    strbuf_addf(out, "ALERT{%s}", group);
}

struct document {
    struct payload_member *v;
    size_t n;
    bool exists; /* the issue: not every text is written again */
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

static bool wanted(const struct document *doc, const struct issue_text *text)
{
    return !doc->exists || text->enable_update != 0;
}

static bool add_summary(struct render *r, const struct jira *s, struct document *doc, struct err *err)
{
    struct sv summary;
    struct value v;

    if (!render_text(r, s->summary.template, &summary, err))
        return err_wrap(err, "summary template");
    if (!wanted(doc, &s->summary))
        return true;
    if (!compose_cut_runes(r, "summary", JIRA_SUMMARY_MAX, &summary, err))
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

    if (!sv_has_suffix(jira_base_url(s), SV("/3"))) {
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
    if (text.n == 0 || !wanted(doc, &s->description))
        return true;
    if (!compose_cut_runes(r, "description", JIRA_DESCRIPTION_MAX, &text, err))
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
    jira_add_issue_label(r, &ours);
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

bool jira_write_issue(struct render *r, const struct jira *s, bool exists, struct request *out,
                      struct err *err)
{
    struct document doc = {.exists = exists};

    return collect(r, s, &doc, err) && write_issue(r, &doc, out, err);
}
