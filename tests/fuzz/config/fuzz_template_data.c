/* The built-in templates on data that a peer can choose. The input is fields, each ended by a NUL byte:
 * receiver, URL, state, then for each alert its state, a label and its value, a summary, and the links of
 * graph and runbook. No template may fail, for a message would be lost; no alert text may become a tag of an
 * e-mail, mention anybody in WeCom or Feishu, or make a link of anything but http. */
#include <stdlib.h>

#include "config/templates.h"

#include "support/tmpl_data.h"

#define ALERTS_MAX 8

static const struct {
    const char *name;
    bool html;
    const char *never[2]; /* what no alert text makes come out */
} templates[] = {
    {"email.default.html", true, {"<x-marker", "\"javascript:"}},
    {"email.oncall.html", true, {"<x-marker", "\"javascript:"}},
    {"email.oncall.html.zh", true, {"<x-marker", "\"javascript:"}},
    {"email.oncall.text", false, {0}},
    {"email.oncall.subject.zh", false, {0}},
    {"dingtalk.default.text", false, {0}},
    {"dingtalk.default.text.en", false, {0}},
    {"wecom.default.markdown", false, {"<@"}},
    {"wecom.default.markdown.en", false, {"<@"}},
    {"feishu.default.text", false, {"<at", "(javascript:"}},
    {"feishu.default.text.en", false, {"<at", "(javascript:"}},
    {"feishu.default.plain", false, {"<at"}},
    {"im.default.plain", false, {"<@"}},
    {"log.default.text", false, {0}},
    {"slack.default.title", false, {0}},
    {"jira.default.priority", false, {0}},
    {"opsgenie.default.description", false, {0}},
    {"discord.default.message", false, {0}},
};

struct fields {
    const char *p, *end;
};

static json_t *next_field(struct fields *f)
{
    const char *nul = memchr(f->p, '\0', (size_t)(f->end - f->p));
    const char *stop = nul != NULL ? nul : f->end;
    json_t *text = json_stringn_nocheck(f->p, (size_t)(stop - f->p));

    f->p = nul != NULL ? nul + 1 : f->end;
    return text;
}

static json_t *state_field(struct fields *f)
{
    json_t *text = next_field(f);
    const bool firing = json_string_length(text) % 2 == 0;

    json_decref(text);
    return json_string(firing ? "firing" : "resolved");
}

static void set(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new_nocheck(object, key, value) != 0)
        abort();
}

/* The name of a label is chosen from those that layouts look at; the first one is an unknown one. */
static void set_label(json_t *labels, struct fields *f)
{
    static const char *const names[] = {"x", "alertname", "instance", "severity", "job"};
    json_t *choice = next_field(f);

    set(labels, names[json_string_length(choice) % (sizeof names / sizeof *names)], next_field(f));
    json_decref(choice);
}

static json_t *next_alert(struct fields *f)
{
    json_t *alert = json_object(), *labels = json_object(), *annotations = json_object();

    set(alert, "status", state_field(f));
    set_label(labels, f);
    set_label(labels, f);
    set(annotations, "summary", next_field(f));
    set(annotations, "runbook_url", next_field(f));
    set(alert, "generatorURL", next_field(f));
    set(alert, "labels", labels);
    set(alert, "annotations", annotations);
    set(alert, "startsAt", json_string("2024-01-02T03:04:05Z"));
    set(alert, "fingerprint", json_string("00ff00ff00ff00ff"));
    return alert;
}

static json_t *data_of(const uint8_t *bytes, size_t n)
{
    struct fields f = {(const char *)bytes, (const char *)bytes + n};
    json_t *root = json_object(), *alerts = json_array();

    set(root, "receiver", next_field(&f));
    set(root, "externalURL", json_string("http://am"));
    set(root, "status", state_field(&f));
    set(root, "notification_reason", json_string("new alerts added"));
    for (size_t i = 0; i < ALERTS_MAX && f.p < f.end; i++)
        if (json_array_append_new(alerts, next_alert(&f)) != 0)
            abort();
    if (json_array_size(alerts) != 0) {
        json_t *first = json_array_get(alerts, 0);
        set(root, "groupLabels", json_incref(json_object_get(first, "labels")));
        set(root, "commonLabels", json_incref(json_object_get(first, "labels")));
    }
    set(root, "alerts", alerts);
    return root;
}

static bool contains(struct sv out, const char *part)
{
    return part != NULL && out.n != 0 && memmem(out.p, out.n, part, strlen(part)) != NULL;
}

static void check(const struct tmpl_set *set, size_t i, struct tval data)
{
    static const struct tmpl_limits limits = {0};
    const struct now now = {.wall = {.sec = 1704200000}};
    char text[128];
    struct arena mem;
    struct err err;
    struct sv out;

    arena_init(&mem, (size_t)64 << 20);
    (void)snprintf(text, sizeof text, "{{ template \"%s\" . }}", templates[i].name);
    if (!(templates[i].html ? tmpl_html : tmpl_text)(set, sv_of(text), data, now, &limits, &mem, &out, &err))
        abort();
    if (contains(out, templates[i].never[0]) || contains(out, templates[i].never[1]))
        abort();
    arena_done(&mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static struct tmpl_set *set; /* compiled once: that is most of the work */
    struct arena mem;
    struct err err;

    if (set == NULL && (set = templates_new(&err)) == NULL)
        abort();
    arena_init(&mem, (size_t)8 << 20);
    json_t *root = data_of(bytes, n);
    const struct tval data = test_data_from_json(&mem, root);
    for (size_t i = 0; i < sizeof templates / sizeof *templates; i++)
        check(set, i, data);
    json_decref(root);
    arena_done(&mem);
    return 0;
}
