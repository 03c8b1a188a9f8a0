/* How findings are shown: the line, the caret, and nothing secret. */
#include "config/finding.h"

#include "support/test.h"

TEST(finding, shows_the_line_with_a_caret_and_a_hint)
{
    static const struct {
        const char *name;
        struct config_finding f;
        const char *want;
    } rows[] = {
        {"error with hint",
         {CONFIG_ERROR,
          "am.yml",
          3,
          3,
          NULL,
          "field group_wiat not found",
          "did you mean `group_wait`?",
          {"  group_wiat: 30s", 17}},
         "am.yml:3:3: field group_wiat not found\n    3 |   group_wiat: 30s\n      |   ^ did you mean "
         "`group_wait`?\n"},
        {"warning with rule",
         {CONFIG_WARNING,
          "am.yml",
          12,
          1,
          "receiver-unused",
          "no route uses receiver `a`",
          NULL,
          {"- name: a\r", 10}},
         "am.yml:12:1: warning: no route uses receiver `a` [receiver-unused]\n   12 | - name: a\n      | "
         "^\n"},
        {"no line",
         {CONFIG_ERROR, "am.yml", 1, 1, NULL, "no route", NULL, {"", 0}},
         "am.yml:1:1: no route\n"},
        {"no line, but a hint",
         {CONFIG_INFO, "a", 1, 1, NULL, "x", "do y", {NULL, 0}},
         "a:1:1: info: x\n      do y\n"},
        {"characters, not bytes",
         {CONFIG_ERROR,
          "a",
          1,
          4,
          NULL,
          "x",
          NULL,
          {"\xc3\xa4\xc3\xb6\xc3\xbc"
           "b",
           7}},
         "a:1:4: x\n    1 | \xc3\xa4\xc3\xb6\xc3\xbc"
         "b\n      |    ^\n"},
        {"what a terminal would act on",
         {CONFIG_ERROR, "a", 1, 3, NULL, "x", NULL, {"\t\033b", 3}},
         "a:1:3: x\n    1 |  ?b\n      |   ^\n"},
        {"caret behind a secret",
         {CONFIG_ERROR, "a", 1, 28, NULL, "x", NULL, {"{api_key: 'abcdefghijklm', foo: 1}", 34}},
         "a:1:28: x\n    1 | {api_key: <secret>, foo: 1}\n      |                     ^\n"},
        {"caret at a secret",
         {CONFIG_ERROR, "a", 1, 6, NULL, "x", NULL, {"url: http://u:p@h/", 18}},
         "a:1:6: x\n    1 | url: <secret>\n      |      ^\n"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(strbuf_donep) struct strbuf got = {0};
        config_finding_print(&rows[i].f, &got);
        FAIL_IF(strcmp(got.p, rows[i].want) != 0, "%s: got\n%swant\n%s", rows[i].name, got.p, rows[i].want);
    }
}

TEST(finding, long_lines_are_cut_around_the_column)
{
    char line[400];
    CLEANUP(strbuf_donep) struct strbuf got = {0};
    memset(line, 'x', sizeof line);
    const struct config_finding f = {CONFIG_ERROR, "a", 1, 201, NULL, "t", NULL, {line, sizeof line}};
    config_finding_print(&f, &got);
    const char *shown = strchr(got.p, '|'), *caret = strchr(got.p, '^');
    CHECK(strncmp(shown, "| ...xxx", 8) == 0 && strstr(shown, "xxx...\n") != NULL);
    CHECK_EQ(caret - strstr(shown, "\n      | ") - 9, 3 + 60);
}

TEST(finding, a_line_with_an_unknown_key_shows_no_value)
{
    static const struct {
        const char *line, *want;
    } rows[] = {
        {"  - ulr: http://x/?t=1", "  - ulr: <secret>"},
        {"  - {acess: T, webhook_url: U, n: 1}", "  - {acess: <secret>, webhook_url: <secret>, n: <secret>}"},
        {"configs: [{ulr: T, list: [T, T]}]", "configs: [{ulr: <secret>, list: <secret>}]"},
        {"basic_auht: {username: T}", "basic_auht: {username: <secret>}"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(strbuf_donep) struct strbuf got = {0};
        config_finding_line(&(struct config_finding){.in_file = sv_of(rows[i].line), .hide_values = true},
                            &got);
        CHECK_STR(got.p, rows[i].want);
    }
}

TEST(finding, lines_do_not_show_secrets)
{
    static const struct {
        const char *line, *want;
    } rows[] = {
        {"smtp_auth_password: hunter2", "smtp_auth_password: <secret>"},
        {"  api_key: \"a, b\"  # mine", "  api_key: <secret>  # mine"},
        {"- {url: 'http://h/?t=1', max_alerts: x}", "- {url: <secret>, max_alerts: x}"},
        {"\"token\": abc", "\"token\": <secret>"},
        {"url_file: /run/url", "url_file: /run/url"},
        {"credentials: !!str abc", "credentials: <secret>"},
        {"http_config: {basic_auth: {username: u, password: p}}",
         "http_config: {basic_auth: {username: u, password: <secret>}}"},
        {"api_key:", "api_key:"},
        {"opsgenie_api_key: {a: b}", "opsgenie_api_key: <secret>"},
        {"{X: {secrets: [a, [b]], values: [c]}}", "{X: {secrets: <secret>, values: [c]}}"},
        {"secrets: [never, closed", "secrets: <secret>"},
        {"password: 'never closed", "password: <secret>"},
        {"  alice: $2y$10$abcdefg", "  alice: <secret>"},
        {"  bob: '$2b$10$abcdefg' # x", "  bob: <secret> # x"},
        {"group_by: [a, b]", "group_by: [a, b]"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(strbuf_donep) struct strbuf got = {0};
        config_finding_line(&(struct config_finding){.in_file = sv_of(rows[i].line)}, &got);
        CHECK_STR(got.p, rows[i].want);
    }
}
