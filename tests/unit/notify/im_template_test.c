/* What chat messages are rendered with: templates of their own, and those of the programs that people come
 * from. */
#include <unistd.h>

#include "codec/rfc3339.h"
#include "fixture.h"
#include "support/tmpl_world.h"

TEST_ZONE("Asia/Shanghai")

static const struct now some_time = {0, {.sec = 1704200000}};

static struct stamp at(const char *text)
{
    struct stamp t;
    struct err err = {0};
    FAIL_IF(!stamp_parse_rfc3339(sv_of(text), &t, &err), "%s", err.text);
    return t;
}

static struct delivery_alert alert(const char *labels, const char *annotations, const char *url,
                                   const char *starts_at, const char *ends_at)
{
    const bool firing = ends_at == NULL;
    struct alert *a = alert_new(fixture_labels(labels), fixture_labels(annotations), intern(sv_of(url)),
                                at(starts_at), firing ? STAMP_UNSET : at(ends_at), at(starts_at), false);
    return (struct delivery_alert){a, firing};
}

/* The data of the template corpus (tests/unit/data/tmpl/data.json). */
static struct delivery *corpus(const struct config *c)
{
    const struct delivery_alert alerts[] = {
        alert("alertname=HighCPU|instance=web-1:9100|job=node|severity=critical|zone=cn-hz",
              "summary=CPU 96% on web-1|description=load <avg> is 9 & \"rising\"",
              "http://prom:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1", "2024-01-02T03:04:05.123456789Z", NULL),
        alert("alertname=HighCPU|instance=web-2:9100|job=node|severity=warning", "summary=CPU 81% on web-2",
              "", "2024-01-02T11:04:06+08:00", NULL),
        alert("alertname=HighCPU|instance=web-3:9100|job=node|severity=warning", "", "javascript:alert(1)",
              "2024-01-02T01:00:00Z", "2024-01-02T03:30:07.5Z"),
    };
    return fixture_delivery(c, alerts, COUNT_OF(alerts));
}

static struct config *load(const char *global, const char *type, const char *settings)
{
    struct strbuf yaml = {0};
    struct err err = {0};
    strbuf_addf(&yaml,
                "global: {%s}\nroute: {receiver: ops.team}\n"
                "receivers:\n- name: ops.team\n  %s_configs:\n  - %s\n",
                global, type, settings);
    struct config *c = fixture_config(yaml.p, &err);
    FAIL_IF(c == NULL, "%s: %s", settings, err.text);
    FAIL_IF(!config_load_templates(c, &err), "%s", err.text);
    strbuf_done(&yaml);
    return c;
}

/* The body of the message, or the error. */
static char *body_of(const char *global, const char *type, const char *settings)
{
    struct fixture f;
    struct err err = {0};
    struct config *c = load(global, type, settings);
    fixture_begin(&f, c, corpus(c));
    char *text = fixture_render(&f, some_time, &err) ? xstrndup(f.request.body.p, f.request.body.n)
                                                     : xstrdup(err.text);
    fixture_end(&f);
    return text;
}

/* A text of the message: {"msgtype":"markdown","markdown":{"title":...,"text":...}}. */
static char *part_of(const char *body, const char *key)
{
    json_t *root = json_loads(body, 0, NULL);
    FAIL_IF(root == NULL, "%s", body);
    char *text = xstrdup(json_string_value(json_object_get(json_object_get(root, "markdown"), key)));
    json_decref(root);
    return text;
}

#define DING "template_compat: prometheus-webhook-dingtalk"

/* */
TEST(im_template, ding_link_content_byte_for_byte)
{
    char *want = read_file(TEST_DATA "/tmpl/ding.txt");
    char *body =
        body_of("", "dingtalk", "{access_token: T, " DING ", at: {mobiles: ['15600008827', '18900008325']}}");
    char *title = part_of(body, "title"), *text = part_of(body, "text");

    CHECK_STR(text, want);
    CHECK_STR(title, "[FIRING:2] HighCPU (node)");
    CHECK(strstr(body, "\"atMobiles\":[\"15600008827\",\"18900008325\"]") != NULL);
    free(text);
    free(title);
    free(body);
    free(want);
}

struct text_row {
    const char *global, *settings, *title, *text; /* NULL: not looked at */
};

static void check_texts(const struct text_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char *body = body_of(rows[i].global, "dingtalk", rows[i].settings);
        char *title = part_of(body, "title"), *text = part_of(body, "text");
        FAIL_IF(rows[i].title != NULL && strcmp(title, rows[i].title) != 0, "%s: title \"%s\"",
                rows[i].settings, title);
        FAIL_IF(rows[i].text != NULL && strcmp(text, rows[i].text) != 0, "%s: text \"%s\"", rows[i].settings,
                text);
        free(text);
        free(title);
        free(body);
    }
}

/* */
TEST(im_template, every_compatible_name_renders)
{
    static const char *const names[] = {"__subject",       "__alertmanagerURL", "default.title",
                                        "default.content", "legacy.title",      "legacy.content",
                                        "ding.link.title", "ding.link.content"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char settings[256];
        (void)snprintf(settings, sizeof settings,
                       "{access_token: T, " DING ", text: '{{ template \"%s\" . }}'}", names[i]);
        char *body = body_of("", "dingtalk", settings), *text = part_of(body, "text");
        FAIL_IF(strstr(text, "HighCPU") == NULL && strstr(text, "receiver=ops\\.team") == NULL, "%s: %s",
                names[i], text);
        free(text);
        free(body);
    }
    static const struct text_row lists[] = {
        {"", "{access_token: T, " DING ", text: '{{ template \"__text_alert_list\" .Alerts.Resolved }}'}",
         NULL,
         "\n**Labels**\n> - alertname: HighCPU\n> - instance: web-3:9100\n> - job: node\n> - severity: "
         "warning\n\n**Annotations**\n\n**Source:** [javascript:alert(1)](javascript:alert(1))\n"},
        {"",
         "{access_token: T, " DING ", text: '{{ template \"default.__text_alert_list\" .Alerts.Resolved }}'}",
         NULL,
         "\n#### \\[WARNING\\] \n\n**Description:** \n\n**Graph:** "
         "[📈](javascript:alert(1))\n\n**Details:**\n> - "
         "alertname: HighCPU\n> - instance: web-3:9100\n> - job: node\n\n"},
        {"", "{access_token: T, " DING ", text: '{{ template \"legacy.content\" . }}'}", NULL, NULL},
    };
    check_texts(lists, COUNT_OF(lists));
}

/* */
TEST(im_template, builtin_names_can_be_left_out)
{
    char *body = body_of("im_builtin_templates: false", "dingtalk", "{access_token: T, " DING "}");
    FAIL_IF(strstr(body, "template \"ding.link.title\" not defined") == NULL, "%s", body);
    free(body);
}

/* Of title and text given alone the other one is the built-in one, never the global one. */
TEST(im_template, titles_and_texts_inherit)
{
    static const char global[] = "dingtalk_title: 'global title', dingtalk_text: 'global text'";
    static const struct text_row rows[] = {
        {global, "{access_token: T}", "global title", "global text"},
        {global, "{access_token: T, " DING "}", "global title", "global text"},
        {global, "{access_token: T, title: own, " DING "}", "own", NULL},
        {global, "{access_token: T, title: own}", "own", NULL},
        {global, "{access_token: T, text: own, " DING "}", "[FIRING:2] HighCPU (node)", "own"},
        {global, "{access_token: T, text: own}", "🔴[告警 2] HighCPU", "own"},
        {"dingtalk_title: 'global title'", "{access_token: T, " DING "}", "global title", NULL},
    };
    check_texts(rows, COUNT_OF(rows));
    char *body = body_of(global, "dingtalk", "{access_token: T, title: own, " DING "}"),
         *text = part_of(body, "text");
    CHECK(strncmp(text, "#### \\[FIRING:2\\]", 17) == 0);
    free(text);
    free(body);
}

/* */
TEST(im_template, functions_by_receiver)
{
    static const struct text_row rows[] = {
        {"",
         "{access_token: T, text: '{{ title \"aBC\" }} {{ upper \"x\" }} {{ len .AtMobiles }}', " DING "}",
         NULL, "ABC X 0"},
        {"", "{access_token: T, text: '{{ title \"aBC\" }} {{ upper \"x\" }}'}", NULL, "Abc X"},
    };
    check_texts(rows, COUNT_OF(rows));
    char *body = body_of("", "dingtalk", "{access_token: T, text: '{{ .AtMobiles }}'}");
    FAIL_IF(strstr(body, "can't evaluate field AtMobiles") == NULL, "%s", body);
    free(body);
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "we");
    FAIL_IF(f == NULL, "cannot write %s", path);
    (void)fputs(text, f);
    (void)fclose(f);
}

/* What chat templates redefine, others do not see. */
TEST(im_template, overlay_is_for_chat_alone)
{
    char path[] = "/tmp/tocsin-im-XXXXXX", yaml[1024];
    struct err err = {0};
    struct sv out;
    struct arena mem;

    const int fd = mkstemp(path);
    CHECK(fd >= 0);
    (void)close(fd);
    write_file(path, "{{ define \"__subject\" }}{{ upper \"chat\" }}{{ end }}");
    (void)snprintf(yaml, sizeof yaml,
                   "global: {im_templates: ['%s']}\nroute: {receiver: a}\n"
                   "receivers: [{name: a, dingtalk_configs: [{access_token: T}], slack_configs: [{api_url: "
                   "'http://h'}]}]",
                   path);
    struct config *c = fixture_config(yaml, &err);
    FAIL_IF(c == NULL || !config_load_templates(c, &err), "%s", err.text);
    arena_init(&mem, 1 << 20);
    const struct tval dot = {.kind = TVAL_NIL};
    const struct sv subject = SV("{{ template \"__subject\" . }}");
    CHECK(tmpl_text(c->chat.own, subject, dot, some_time, NULL, &mem, &out, &err));
    CHECK_SV(out, "CHAT");
    CHECK(tmpl_text(c->chat.dingtalk, subject, dot, some_time, NULL, &mem, &out, &err));
    CHECK_SV(out, "CHAT");
    CHECK(!tmpl_text(c->tmpl, subject, dot, some_time, NULL, &mem, &out, &err)); /* a nil has no groups */
    CHECK(strstr(err.text, "__subject") != NULL);
    arena_done(&mem);
    config_unref(c);
    write_file(path, "{{ define \"x\" }}{{ nosuch }}{{ end }}");
    c = fixture_config(yaml, &err);
    CHECK(c != NULL && !config_load_templates(c, &err));
    FAIL_IF(strstr(err.text, "failed to parse templates: template: tocsin-im-") == NULL, "%s", err.text);
    config_unref(c);
    (void)unlink(path);
}

/* */
TEST(im_template, webhook_json)
{
    static const struct text_row rows[] = {
        {"",
         "{access_token: T, template_data: webhook_json, title: t, text: '{{ range $k, $v := .alerts }}{{ $k "
         "}}:"
         "{{ $v.labels.instance }} {{ GetCSTtime $v.startsAt }} {{ GetTimeDuration $v.startsAt $v.endsAt "
         "}};{{ end }}'}",
         "t",
         "0:web-1:9100 2024-01-02 11:04:05 N/A;1:web-2:9100 2024-01-02 11:04:06 N/A;2:web-3:9100 2024-01-02 "
         "09:00:00 2h30m;"},
        {"",
         "{access_token: T, template_data: webhook_json, text: '{{ .status }} {{ .nosuch }} {{ .version }} "
         "{{ .truncatedAlerts }} {{ .commonLabels.job }} {{ range $k, $v := . }}{{ $k }} {{ end }}'}",
         "🔴[告警 2] HighCPU",
         "firing <no value> 4 0 node alerts commonAnnotations commonLabels externalURL groupKey groupLabels "
         "notification_reason receiver status truncatedAlerts version "},
    };
    check_texts(rows, COUNT_OF(rows));
    static const char *const types[][2] = {
        {"wecom", "{key: K, template_data: webhook_json, text: '{{ .receiver }}'}"},
        {"feishu", "{hook_token: K, template_data: webhook_json}"}};
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        char *body = body_of("", types[i][0], types[i][1]);
        FAIL_IF(body[0] != '{', "%s: %s", types[i][0], body);
        free(body);
    }
}

TEST(im_template, settings_that_are_refused)
{
    static const struct refusal rows[] = {
        {"{access_token: T, template_compat: other}", "template_compat must be prometheus-webhook-dingtalk"},
        {"{access_token: T, template_data: other}", "template_data must be alertmanager or webhook_json"},
        {"{access_token: T, template_data: webhook_json, " DING "}",
         "at most one of template_compat & template_data must be configured"},
    };
    check_refusals("dingtalk", rows, COUNT_OF(rows));
}
