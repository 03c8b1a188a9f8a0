#include "notify/data.h"

#include "fixture.h"

static char *webhook_json(const struct config *c, const struct delivery_alert *alerts, size_t n,
                          size_t max_alerts)
{
    struct delivery *d = fixture_delivery(c, alerts, n);
    struct arena mem;
    struct strbuf out = {0};

    arena_init(&mem, 1 << 20);
    const struct notify_data *data =
        notify_data_new(d, max_alerts, EXTERNAL_URL, (struct now){0, STARTED}, &mem);
    notify_data_webhook(data, SV("4"), d->n_alerts - data->n_alerts, &out);
    arena_done(&mem);
    delivery_free(d);
    return strbuf_take(&out);
}

/* T-050 R-021 R-022 */
TEST(data, webhook_document_of_one_firing_alert)
{
    struct config *c = fixture_receiver("webhook", "{url: 'http://x/'}", "");
    const struct delivery_alert alerts[] = {HIGH_CPU};
    char *json = webhook_json(c, alerts, 1, 0);

    CHECK_STR(
        json,
        "{\"receiver\":\"ops\\\\.team\",\"status\":\"firing\",\"alerts\":[{\"status\":\"firing\",\"labels\":{"
        "\"alertname\":\"HighCPU\",\"instance\":\"web-1:9100\",\"severity\":\"critical\"},\"annotations\":{"
        "\"summary\":\"CPU \\u003c96%\\u003e \\u0026 rising\"},\"startsAt\":\"2024-01-02T03:04:05.12Z\","
        "\"endsAt\":\"0001-01-01T00:00:00Z\",\"generatorURL\":\"http://prom:9090/"
        "graph?g0.expr=up\\u0026g0.tab=1\",\"fingerprint\":\"cc6e49118c0ea32b\"}],\"notification_reason\":"
        "\"first notification\",\"groupLabels\":{\"alertname\":\"HighCPU\"},\"commonLabels\":{\"alertname\":"
        "\"HighCPU\",\"instance\":\"web-1:9100\",\"severity\":\"critical\"},\"commonAnnotations\":{"
        "\"summary\":\"CPU \\u003c96%\\u003e \\u0026 "
        "rising\"},\"routeLabels\":{\"team\":\"sre\"},\"externalURL\":\"http://"
        "am.example:9093\",\"version\":\"4\",\"groupKey\":\"{}:{alertname=\\\"HighCPU\\\"}\","
        "\"truncatedAlerts\":0}\n");
    free(json);
    config_unref(c);
}

/* times keep the offset that they came with, and what is empty is an object. */
TEST(data, times_keep_their_offset_and_empty_maps_are_objects)
{
    struct config *c = fixture_receiver("webhook", "{url: 'http://x/'}", "");
    struct alert *a = alert_new(fixture_labels("job=x"), fixture_labels(""), intern(SV("")),
                                (struct stamp){.sec = 1704164645, .nsec = 1000, .off_min = 330},
                                (struct stamp){.sec = 1704164646, .off_min = -60}, STARTED, false);
    const struct delivery_alert alerts[] = {{a, false}, fixture_alert("job=y", "", true)};
    char *json = webhook_json(c, alerts, 2, 0);

    CHECK(strstr(json, "\"annotations\":{},\"startsAt\":\"2024-01-02T08:34:05.000001+05:30\","
                       "\"endsAt\":\"2024-01-02T02:04:06-01:00\"") != NULL);
    CHECK(strstr(json, "\"commonLabels\":{},\"commonAnnotations\":{},") != NULL);
    free(json);
    config_unref(c);
}

/* P-104 T-052 R-024 */
TEST(data, truncation_keeps_the_first_and_computes_from_them)
{
    struct config *c = fixture_receiver("webhook", "{url: 'http://x/'}", "");
    const struct delivery_alert alerts[] = {
        fixture_alert("alertname=HighCPU|instance=a", "", false),
        fixture_alert("alertname=HighCPU|instance=b", "", true),
    };
    char *json = webhook_json(c, alerts, 2, 1);

    CHECK(strstr(json, "\"status\":\"resolved\",\"alerts\":[{\"status\":\"resolved\"") != NULL);
    CHECK(strstr(json, "\"endsAt\":\"2024-01-02T04:33:20Z\"") != NULL);
    CHECK(strstr(json, "\"commonLabels\":{\"alertname\":\"HighCPU\",\"instance\":\"a\"}") != NULL);
    CHECK(strstr(json, "\"truncatedAlerts\":1}") != NULL);
    CHECK(strstr(json, "\"b\"") == NULL);
    free(json);
    config_unref(c);
}

TEST(data, common_sets_hold_what_all_alerts_share)
{
    struct config *c = fixture_receiver("webhook", "{url: 'http://x/'}", "");
    const struct delivery_alert alerts[] = {
        fixture_alert("alertname=HighCPU|instance=a|job=node", "summary=x|runbook=r", true),
        fixture_alert("alertname=HighCPU|instance=b|job=node", "summary=y|runbook=r", true),
        fixture_alert("alertname=HighCPU|job=node", "runbook=r", true),
    };
    char *json = webhook_json(c, alerts, 3, 0);

    CHECK(strstr(json, "\"commonLabels\":{\"alertname\":\"HighCPU\",\"job\":\"node\"},\"commonAnnotations\":"
                       "{\"runbook\":\"r\"}") != NULL);
    free(json);
    config_unref(c);
}

/* */
TEST(data, templates_see_the_delivery)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"{{ .Receiver }} {{ .Status }} {{ .ExternalURL }}", "ops\\.team firing http://am.example:9093"},
        {"{{ .NotificationReason }}", "first notification"},
        {"{{ len .Alerts }} {{ len .Alerts.Firing }} {{ len .Alerts.Resolved }}", "2 1 1"},
        {"{{ .GroupLabels.alertname }} {{ .GroupLabels.nothing }}|", "HighCPU |"},
        {"{{ .CommonLabels }}", "alertname=HighCPU, job=node"},
        {"{{ .CommonLabels.SortedPairs.Values | join \" \" }}", "HighCPU node"},
        {"{{ (.CommonLabels.Remove .GroupLabels.Names).Names | join \",\" }}", "job"},
        {"{{ range .Alerts }}{{ .Labels.SortedPairs }};{{ end }}",
         "alertname=HighCPU, a=x, job=node;alertname=HighCPU, job=node;"},
        {"{{ range .Alerts }}{{ .Labels.Names | join \" \" }};{{ end }}", "alertname a job;alertname job;"},
        {"{{ range .Alerts.Firing }}{{ .EndsAt.IsZero }}{{ end }}", "true"},
        {"{{ range .Alerts.Resolved }}{{ .EndsAt.UTC.Format \"15:04\" }}{{ end }}", "04:33"},
        {"{{ .RouteLabels.team }}", "sre"},
        {"{{ range .CommonLabels.SortedPairs }}{{ .Name }}:{{ .Value }} {{ end }}",
         "alertname:HighCPU job:node "},
        {"{{ (index .Alerts 0).Fingerprint | len }}", "16"},
        {"{{ .GroupLabels | toJson }}", "{\"alertname\":\"HighCPU\"}"},
    };
    struct config *c = fixture_receiver("webhook", "{url: 'http://x/'}", "");
    const struct delivery_alert alerts[] = {
        fixture_alert("alertname=HighCPU|a=x|job=node", "", true),
        fixture_alert("alertname=HighCPU|job=node", "", false),
    };
    struct delivery *d = fixture_delivery(c, alerts, 2);

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct arena mem;
        struct err err = {0};
        struct sv out;
        const struct now now = {0, STARTED};
        arena_init(&mem, 1 << 20);
        const struct notify_data *data = notify_data_new(d, 0, EXTERNAL_URL, now, &mem);
        FAIL_IF(!tmpl_text(c->tmpl, sv_of(rows[i].text), notify_data_tval(data), now, NULL, &mem, &out, &err),
                "%s: %s", rows[i].text, err.text);
        FAIL_IF(!sv_eq(out, sv_of(rows[i].want)), "%s: \"%.*s\", want \"%s\"", rows[i].text, SV_ARG(out),
                rows[i].want);
        arena_done(&mem);
    }
    delivery_free(d);
    config_unref(c);
}

/* T-051 R-025 */
TEST(data, reasons_in_words)
{
    static const char *const words[] = {
        [REASON_FIRST] = "first notification",           [REASON_NEW_ALERTS] = "new alerts added",
        [REASON_SOME_RESOLVED] = "some alerts resolved", [REASON_ALL_RESOLVED] = "all alerts resolved",
        [REASON_REPEAT] = "repeat interval elapsed",     [REASON_UNKNOWN] = "unknown",
    };
    struct config *c = fixture_receiver("webhook", "{url: 'http://x/'}", "");
    const struct delivery_alert alerts[] = {HIGH_CPU};
    struct delivery *d = fixture_delivery(c, alerts, 1);

    for (enum notify_reason i = REASON_FIRST; i < COUNT_OF(words); i++) {
        const struct now now = {0, STARTED};
        struct arena mem;
        struct err err = {0};
        struct sv out;
        arena_init(&mem, 1 << 20);
        d->reason = i;
        const struct notify_data *data = notify_data_new(d, 0, EXTERNAL_URL, now, &mem);
        FAIL_IF(!tmpl_text(c->tmpl, SV("{{ .NotificationReason }}"), notify_data_tval(data), now, NULL, &mem,
                           &out, &err),
                "%s", err.text);
        CHECK_SV(out, words[i]);
        arena_done(&mem);
    }
    delivery_free(d);
    config_unref(c);
}

TEST(data, route_labels_show_in_the_whole_only_where_the_route_has_some)
{
    static const char *const whole[] = {"{{ toJson . }}", "{{ printf `%+v` . }}", "{{ printf `%#v` . }}"};
    struct config *with = fixture_receiver("webhook", "{url: 'http://x/'}", ""), *without;
    struct err err = {0};

    without = fixture_config("route: {receiver: r}\n"
                             "receivers:\n- name: r\n  webhook_configs: [{url: 'http://x/'}]\n",
                             &err);
    FAIL_IF(without == NULL, "%s", err.text);
    without->tmpl = tmpl_set_new();
    for (size_t i = 0; i < 2 * COUNT_OF(whole); i++) {
        struct config *c = i % 2 == 0 ? with : without;
        const struct delivery_alert alerts[] = {HIGH_CPU};
        struct delivery *d = fixture_delivery(c, alerts, 1);
        const struct now now = {0, STARTED};
        struct arena mem;
        struct sv out;
        arena_init(&mem, 1 << 20);
        const struct notify_data *data = notify_data_new(d, 0, EXTERNAL_URL, now, &mem);
        FAIL_IF(!tmpl_text(c->tmpl, sv_of(whole[i / 2]), notify_data_tval(data), now, NULL, &mem, &out, &err),
                "%s: %s", whole[i / 2], err.text);
        const bool shown = memmem(out.p, out.n, "outeLabels", 10) != NULL;
        FAIL_IF(shown != (c == with), "%s: %.*s", whole[i / 2], SV_ARG(out));
        arena_done(&mem);
        delivery_free(d);
    }
    config_unref(with);
    config_unref(without);
}

/* T-054 */
TEST(data, route_labels_are_rendered_and_a_failing_one_is_left_out)
{
    struct err err = {0};
    struct config *c = fixture_config("route:\n"
                                      "  receiver: r\n"
                                      "  labels:\n"
                                      "    bad: '{{ .Nope }}'\n"
                                      "    greet: 'hi {{ .GroupLabels.alertname }}'\n"
                                      "    plain: 'as it is'\n"
                                      "    why: '{{ .NotificationReason }}'\n"
                                      "receivers:\n- name: r\n  webhook_configs: [{url: 'http://x/'}]\n",
                                      &err);
    FAIL_IF(c == NULL, "%s", err.text);
    c->tmpl = tmpl_set_new();
    const struct delivery_alert alerts[] = {HIGH_CPU};
    char *json = webhook_json(c, alerts, 1, 0);

    CHECK(strstr(json,
                 "\"routeLabels\":{\"greet\":\"hi HighCPU\",\"plain\":\"as it is\",\"why\":\"unknown\"}") !=
          NULL);
    free(json);
    config_unref(c);
}
