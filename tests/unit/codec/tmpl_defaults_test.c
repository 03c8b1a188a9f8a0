/* The shipped templates, against the formulas of templates.md 13. */
#include "codec/tmpl.h"

#include "support/tmpl_world.h"

static const char one_resolved[] =
    "{\"receiver\":\"r\",\"status\":\"resolved\",\"groupLabels\":{\"alertname\":\"A\"},"
    "\"commonLabels\":{\"alertname\":\"A\"},\"commonAnnotations\":{\"a\":\"1\",\"b\":\"2\"},"
    "\"externalURL\":\"http://x\",\"alerts\":[{\"status\":\"resolved\",\"labels\":{\"alertname\":\"A\","
    "\"severity\":\"info\"}}]}";

static struct sv named(struct world *w, const char *name)
{
    char text[160];
    (void)snprintf(text, sizeof text, "{{ template \"%s\" . }}", name);
    return render(w, false, sv_of(text));
}

/* T-056 */
TEST(tmpl_defaults, subject_ends_in_a_space_without_more_labels)
{
    struct world w = world_new("UTC");
    w.data = read_data(&w.mem, one_resolved);
    CHECK_SV(named(&w, "__subject"), "[RESOLVED] A ");
    world_done(&w);
}

/* T-055 */
TEST(tmpl_defaults, all_names_exist)
{
    static const char *const with_subject[] = {
        "slack.default.title",
        "pagerduty.default.description",
        "opsgenie.default.message",
        "pushover.default.title",
        "victorops.default.entity_display_name",
        "sns.default.subject",
        "discord.default.title",
        "msteams.default.summary",
        "msteams.default.title",
        "msteamsv2.default.title",
        "jira.default.summary",
        "rocketchat.default.title",
        "mattermost.default.title",
        "email.default.subject",
    };
    static const char *const with_url[] = {
        "slack.default.titlelink", "pagerduty.default.clientURL",  "opsgenie.default.source",
        "pushover.default.url",    "rocketchat.default.titlelink", "mattermost.default.titlelink",
    };
    static const char *const with_name[] = {
        "slack.default.username",   "pagerduty.default.client",    "victorops.default.monitoring_tool",
        "rocketchat.default.alias", "mattermost.default.username",
    };
    static const char *const empty[] = {
        "__description",
        "slack.default.callbackid",
        "slack.default.pretext",
        "slack.default.iconemoji",
        "slack.default.iconurl",
        "slack.default.text",
        "slack.default.footer",
        "wechat.default.to_user",
        "wechat.default.to_party",
        "wechat.default.to_tag",
        "wechat.default.agent_id",
        "discord.default.content",
        "rocketchat.default.emoji",
        "rocketchat.default.iconurl",
        "rocketchat.default.text",
    };
    struct world w = world_new("UTC");

    for (size_t i = 0; i < COUNT_OF(with_subject); i++)
        CHECK_SV(named(&w, with_subject[i]), "[FIRING:2] HighCPU (node)");
    for (size_t i = 0; i < COUNT_OF(with_url); i++)
        CHECK_SV(named(&w, with_url[i]), "http://am.example:9093/#/alerts?receiver=ops%5C.team");
    for (size_t i = 0; i < COUNT_OF(with_name); i++)
        CHECK_SV(named(&w, with_name[i]), "Alertmanager");
    for (size_t i = 0; i < COUNT_OF(empty); i++)
        CHECK_SV(named(&w, empty[i]), "");
    world_done(&w);
}

#define LABELS  "Labels:\n - alertname = A\n - severity = info\nAnnotations:\nSource: \n"
#define LABELSM "\nLabels:\n  - alertname = A\n  - severity = info\n\nAnnotations:\n\nSource: \n\n"

/* T-055 */
TEST(tmpl_defaults, messages)
{
    static const struct {
        const char *name, *want;
    } rows[] = {
        {"opsgenie.default.description", "1 2\n\nAlerts Resolved:\n" LABELS},
        {"victorops.default.state_message", "1 2\n\nAlerts Resolved:\n" LABELS},
        {"pushover.default.message", "1 2\n\n\nAlerts Resolved:\n" LABELS "\n\n"},
        {"sns.default.message", "1 2\n\n\nAlerts Resolved:\n" LABELS "\n\n"},
        {"webex.default.message", "1 2\n\n\nAlerts Resolved:\n" LABELS "\n\n"},
        {"telegram.default.message", "\n\n\nAlerts Resolved:\n" LABELS "\n\n"},
        {"discord.default.message", "\n\n\nAlerts Resolved:\n" LABELS "\n\n"},
        {"msteams.default.text", "\n\n\n# Alerts Resolved:\n" LABELSM "\n\n"},
        {"msteamsv2.default.text", "\n\n\n# Alerts Resolved:\n" LABELSM "\n\n"},
        {"jira.default.description", "\n\n\n# Alerts Resolved:\n" LABELSM "\n\n"},
        {"mattermost.default.text", "\n\n\n# Alerts Resolved:\n" LABELSM "\n\n"},
        {"mattermost.default.fallback", "[RESOLVED] A  | http://x/#/alerts?receiver=r"},
        {"slack.default.color", "good"},
        {"mattermost.default.color", "good"},
        {"jira.default.priority", "Low"},
    };
    struct world w = world_new("UTC");
    w.data = read_data(&w.mem, one_resolved);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_SV(named(&w, rows[i].name), rows[i].want);
    world_done(&w);
}

/* T-057 */
TEST(tmpl_defaults, jira_priority)
{
    static const struct {
        const char *alerts, *want;
    } rows[] = {
        {"{\"status\":\"firing\",\"labels\":{\"severity\":\"info\"}},"
         "{\"status\":\"firing\",\"labels\":{\"severity\":\"warning\"}}",
         "Medium"},
        {"{\"status\":\"firing\",\"labels\":{\"severity\":\"info\"}},"
         "{\"status\":\"resolved\",\"labels\":{\"severity\":\"critical\"}}",
         "Low"},
        {"{\"status\":\"firing\",\"labels\":{\"severity\":\"page\"}},"
         "{\"status\":\"resolved\",\"labels\":{\"severity\":\"critical\"}}",
         "High"},
        {"{\"status\":\"firing\",\"labels\":{}}", ""},
    };
    struct world w = world_new("UTC");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char json[512];
        (void)snprintf(json, sizeof json, "{\"alerts\":[%s]}", rows[i].alerts);
        w.data = read_data(&w.mem, json);
        CHECK_SV(named(&w, "jira.default.priority"), rows[i].want);
    }
    world_done(&w);
}

/* ---- e-mail ---- */

static size_t count(struct sv s, const char *part)
{
    size_t n = 0;
    for (const char *at = s.p; (at = memmem(at, (size_t)(s.p + s.n - at), part, strlen(part))) != NULL; at++)
        n++;
    return n;
}

/* T-043 T-058 T-059 */
TEST(tmpl_defaults, email)
{
    static const struct {
        const char *part;
        size_t times;
    } rows[] = {
        {"<title>[FIRING:2] HighCPU (node)</title>", 1},
        {"background-color: #E6522C", 1},
        {"#68B90F", 0},
        {"3 alerts for\n              alertname=HighCPU", 1},
        {"<a href=\"http://am.example:9093/#/alerts?receiver=ops%5C.team\"", 1},
        {">View in Alertmanager</a>", 1},
        {"<strong>[2] Firing</strong>", 1},
        {"<hr", 1},
        {"<strong>[1] Resolved</strong>", 1},
        {"<strong>Labels</strong>", 3},
        {"<strong>Annotations</strong>", 2},
        {"description = load &lt;avg&gt; is 9 &amp; &#34;rising&#34;<br />", 1},
        {"<a href=\"http://prom:9090/graph?g0.expr=up&#43;%3D%3D&#43;0&amp;g0.tab=1\"", 1},
        {"<a href=\"#ZgotmplZ\"", 1}, /* javascript:alert(1) */
        {">Sent by Alertmanager</a>", 1},
        {"sheet is for telephones", 0},
    };
    struct world w = world_new("UTC");
    struct sv html = render(&w, true, SV("{{ template \"email.default.html\" . }}"));
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        FAIL_IF(count(html, rows[i].part) != rows[i].times, "%s: %zu times, want %zu, in %.*s", rows[i].part,
                count(html, rows[i].part), rows[i].times, SV_ARG(html));

    w.data = read_data(&w.mem, one_resolved);
    html = render(&w, true, SV("{{ template \"email.default.html\" . }}"));
    CHECK_EQ(count(html, "#68B90F"), 2);
    CHECK_EQ(count(html, "<hr"), 0);
    CHECK_EQ(count(html, "1 alert for"), 1);
    world_done(&w);
}
