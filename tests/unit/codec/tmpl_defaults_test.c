/* The shipped templates, against the formulas of templates.md 13. */
#include "codec/tmpl.h"

#include "support/tmpl_world.h"

static const char one_resolved[] =
    "{\"receiver\":\"r\",\"status\":\"resolved\",\"groupLabels\":{\"alertname\":\"A\"},"
    "\"commonLabels\":{\"alertname\":\"A\"},\"commonAnnotations\":{\"a\":\"1\",\"b\":\"2\"},"
    "\"externalURL\":\"http://x\",\"alerts\":[{\"status\":\"resolved\",\"labels\":{\"alertname\":\"A\","
    "\"severity\":\"info\"}}]}";

/* T-056 */
TEST(tmpl_defaults, subject_ends_in_a_space_without_more_labels)
{
    struct world w = world_new("UTC");
    w.data = read_data(&w.mem, one_resolved);
    CHECK_SV(render_named(&w, "__subject"), "[RESOLVED] A ");
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
        CHECK_SV(render_named(&w, with_subject[i]), "[FIRING:2] HighCPU (node)");
    for (size_t i = 0; i < COUNT_OF(with_url); i++)
        CHECK_SV(render_named(&w, with_url[i]), "http://am.example:9093/#/alerts?receiver=ops%5C.team");
    for (size_t i = 0; i < COUNT_OF(with_name); i++)
        CHECK_SV(render_named(&w, with_name[i]), "Alertmanager");
    for (size_t i = 0; i < COUNT_OF(empty); i++)
        CHECK_SV(render_named(&w, empty[i]), "");
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
        CHECK_SV(render_named(&w, rows[i].name), rows[i].want);
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
        CHECK_SV(render_named(&w, "jira.default.priority"), rows[i].want);
    }
    world_done(&w);
}
