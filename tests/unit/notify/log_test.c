#include "fixture.h"

static void begin(struct fixture *f, const char *settings)
{
    const struct delivery_alert alerts[] = {HIGH_CPU};
    struct config *c = fixture_receiver("log", settings, "{{ define \"log.default.text\" }}default{{ end }}");
    fixture_begin(f, c, fixture_delivery(c, alerts, 1));
}

TEST(log_receiver, writes_whole_lines_without_control_characters)
{
    static const struct {
        const char *settings, *body;
    } rows[] = {
        {"{}", "default\n"},
        {"{text: 'FIRING {{ .Status }}'}", "FIRING firing\n"},
        {"{text: \"a\\nb\\n\"}", "a\nb\n"},
        {"{text: \"\\e[31mred \\x07 \\x9b2J\\tx\\r\"}", "?[31mred ? ?2J\tx?\n"},
        {"{text: ''}", ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        struct err err = {0};
        begin(&f, rows[i].settings);
        FAIL_IF(!fixture_render(&f, (struct now){0}, &err), "%s", err.text);
        CHECK_EQ(f.request.kind, REQUEST_LOG);
        CHECK_SV(f.request.body, rows[i].body);
        fixture_end(&f);
    }
}

TEST(log_receiver, sends_resolved_by_default_and_refuses_unknown_keys)
{
    struct fixture f;
    struct err err = {0};

    begin(&f, "{}");
    CHECK(f.delivery->integration->settings->send_resolved);
    fixture_end(&f);
    CHECK(fixture_load("log", "{level: info}", &err) == NULL);
    CHECK(strstr(err.text, "field level not found in type config.plain") != NULL);
}
