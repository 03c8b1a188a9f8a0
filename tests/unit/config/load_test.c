/* Loading: the list of problems, positions, hints, warnings, and what the result holds. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "config/config.h"
#include "support/config_env.h"
#include "support/test.h"

#define REST "route: {receiver: a}\nreceivers: [{name: a}]\n"

static const struct config_env plain_env = {.receivers = test_receivers};

/* As "file:line:col: text" and the hint, if there is one. */
static void collect(void *ctx, const struct config_finding *f)
{
    strbuf_addf(ctx, "%s:%d:%d: %s%s%s\n", f->file, f->line, f->col, f->text, f->hint != NULL ? "; " : "",
                f->hint != NULL ? f->hint : "");
}

static struct config *load(const char *text)
{
    struct err err = {0};
    struct config *c = config_load(sv_of(text), "/etc/am/am.yml", &plain_env, NULL, &err);
    FAIL_IF(c == NULL, "refused: %s\n%s", err.text, text);
    return c;
}

/* C-100 */
TEST(load, lists_all_problems_with_their_positions)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"route:\n  receiver: a\n  group_wiat: 30s\n  group_interval: 0s\n  routes:\n  - match: {a-b: c}\n   "
         " matchers: "
         "[x]\n"
         "  - group_wait: bad\nglobal: {resolve_timout: 5m, smtp_require_tls: 'yes'}\nreceivers: [{name: a}, "
         "{}]\n",
         "am.yml:3:3: field group_wiat not found in type config.plain; did you mean `group_wait`?\n"
         "am.yml:7:16: bad matcher format: x\n"
         "am.yml:8:17: not a valid duration string: \"bad\"\n"
         "am.yml:9:10: field resolve_timout not found in type config.plain; did you mean `resolve_timeout`?\n"
         "am.yml:9:48: cannot unmarshal !!str `yes` into bool\n"
         "am.yml:10:24: missing name in receiver\n"},
        {"route: {receiver: x, continue: true, routes: [{receiver: y, mute_time_intervals: [t, u]}]}\n"
         "receivers: [{name: a}, {name: a, webhook_configs: [~]}]\ntime_intervals: [{name: u}, {name: u}]\n",
         "am.yml:1:19: undefined receiver \"x\" used in route\n"
         "am.yml:1:32: cannot have continue in root route\n"
         "am.yml:1:58: undefined receiver \"y\" used in route\n"
         "am.yml:1:83: undefined time interval \"t\" used in route\n"
         "am.yml:2:31: notification config name \"a\" is not unique\n"
         "am.yml:2:52: missing webhook config\n"
         "am.yml:3:36: time interval \"u\" is not unique\n"},
        {"a: b\nc: d\n e: f\n", "am.yml:3:3: mapping values are not allowed in this context\n"},
        {"", "am.yml:1:1: no route provided in config\n"},
        {"receivers: x\nroute: {receiver: a}\n",
         "am.yml:1:12: cannot unmarshal !!str `x` into []config.plain; a list is due here: [x]\n"},
        {"route: {reciever: a}\nreceivers: [{name: a, webhook_configs: [~]}]\n",
         "am.yml:1:9: field reciever not found in type config.plain; did you mean `receiver`?\n"
         "am.yml:2:41: missing webhook config\n"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(strbuf_donep) struct strbuf errors = {0};
        const struct config_env env = {.receivers = test_receivers, .report = collect, .ctx = &errors};
        struct err err;
        CHECK(config_load(sv_of(rows[i].text), "am.yml", &env, NULL, &err) == NULL);
        CHECK_STR(errors.p, rows[i].want);
    }
}

TEST(load, hints_at_the_key_that_was_probably_meant)
{
    static const struct {
        const char *key, *hint; /* "": none */
    } rows[] = {
        {"group_wiat", "; did you mean `group_wait`?"},
        {"groupwait", "; did you mean `group_wait`?"},
        {"repeat_intervall", "; did you mean `repeat_interval`?"},
        {"matcher", "; did you mean `matchers`?"},
        {"Receiver", "; did you mean `receiver`?"},
        {"contine", "; did you mean `continue`?"},
        {"foo", ""},
        {"x", ""},
        {"an_extremely_long_key_that_nobody_would_ever_write_here", ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(strbuf_donep) struct strbuf text = {0}, errors = {0}, want = {0};
        struct err err;
        strbuf_addf(&text, "route: {receiver: a, %s: 1}\nreceivers: [{name: a}]\n", rows[i].key);
        strbuf_addf(&want, "f:1:22: field %s not found in type config.plain%s\n", rows[i].key, rows[i].hint);
        const struct config_env env = {.receivers = test_receivers, .report = collect, .ctx = &errors};
        CHECK(config_load(strbuf_sv(&text), "f", &env, NULL, &err) == NULL);
        CHECK_STR(errors.p, want.p);
    }
}

TEST(load, the_error_has_the_position_of_what_it_is_about)
{
    struct err err;
    CHECK(config_load(SV("route:\n  receiver: a\n  group_wait: x\n"), "f", &plain_env, NULL, &err) == NULL);
    CHECK_STR(err.text, "not a valid duration string: \"x\"");
    CHECK_EQ(err.kind, ERR_INVALID);
    CHECK_EQ(err.line, 3);
    CHECK_EQ(err.col, 15);
}

TEST(load, warns_about_what_has_no_effect_and_about_ambiguous_matchers)
{
    CLEANUP(strbuf_donep) struct strbuf warnings = {0};
    const struct config_env env = {.receivers = test_receivers, .report = collect, .ctx = &warnings};
    struct err err;
    struct config *c =
        config_load(SV("tracing: {endpoint: x}\n"
                       "event_recorder: {}\n"
                       "route: {receiver: a, routes: [{matchers: ['foo=a b', 'foo=\"\\xf0\"', ok=1]}]}\n"
                       "receivers: [{name: a}]\n"),
                    "f", &env, NULL, &err);
    CHECK(c != NULL);
    CHECK_STR(warnings.p,
              "f:1:10: tracing is read, but has no effect yet\n"
              "f:3:43: matchers \"foo=a b\" are read with the classic grammar, because the UTF-8 "
              "grammar refuses them (6:7: unexpected b: expected a comma or close brace); write "
              "foo=\"a b\"\n"
              "f:3:54: matchers \"foo=\\\"\\\\xf0\\\"\" are read with the classic grammar, because "
              "the UTF-8 grammar refuses them (4:10: \"\\xf0\": invalid input); write "
              "foo=\"\\\\xf0\"\n");
    config_unref(c);
}

/* C-078 */
TEST(load, integrations_stand_in_the_order_in_which_they_are_instantiated)
{
    struct config *c = load("global: {smtp_smarthost: 'h:25', smtp_from: x}\n"
                            "route: {receiver: a, routes: [{receiver: c}]}\n"
                            "receivers:\n"
                            "- name: a\n"
                            "  robot_configs: [{webhook_url: 'http://h/'}]\n"
                            "  email_configs: [{to: x}, {to: y}]\n"
                            "  webhook_configs: [{url: 'http://h/0'}, {url: 'http://h/1'}]\n"
                            "- name: b\n"
                            "- {name: c, labels: {team: x}}\n");
    static const struct {
        const char *type;
        size_t index;
    } want[] = {{"webhook", 0}, {"webhook", 1}, {"email", 0}, {"email", 1}, {"robot", 0}};
    const struct receiver *a = config_receiver(c, SV("a"));
    CHECK_EQ(a->n_integrations, COUNT_OF(want));
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        CHECK_STR(a->integrations[i].type->name, want[i].type);
        CHECK_EQ(a->integrations[i].index, want[i].index);
    }
    CHECK_STR(((const struct test_webhook *)(const void *)a->integrations[1].settings)->url, "http://h/1");
    CHECK(a->integrations[0].settings->send_resolved);
    CHECK(!a->integrations[2].settings->send_resolved);
    CHECK(a->used);
    CHECK(!config_receiver(c, SV("b"))->used);
    CHECK(config_receiver(c, SV("c"))->used);
    CHECK(config_receiver(c, SV("d")) == NULL);
    CHECK_EQ(c->n_receivers, 3u);
    CHECK_STR(c->receivers[2]->labels.v[0].value, "c");
    CHECK_STR(c->receivers[2]->labels.v[1].value, "x");
    config_unref(c);
}

/* C-065 R-011 */
TEST(load, receivers_inherit_the_global_http_config_as_a_whole)
{
    struct config *c = load("global: {http_config: {follow_redirects: false, proxy_url: 'http://p'}}\n"
                            "route: {receiver: a}\n"
                            "receivers:\n"
                            "- name: a\n"
                            "  webhook_configs:\n"
                            "  - {url: 'http://h/'}\n"
                            "  - {url: 'http://h/', http_config: ~}\n"
                            "  - {url: 'http://h/', http_config: {}}\n");
    const struct integration *v = c->receivers[0]->integrations;
    CHECK(v[0].settings->http_config == c->global.http_config);
    CHECK(v[1].settings->http_config == c->global.http_config);
    CHECK_STR(c->global.http_config->proxy_url, "http://p");
    CHECK(!c->global.http_config->follow_redirects);
    CHECK(v[2].settings->http_config->proxy_url == NULL);
    CHECK(v[2].settings->http_config->follow_redirects);
    config_unref(c);
}

/* C-060, C-061, C-062, R-014 */
TEST(load, paths_are_joined_where_upstream_joins_them)
{
    static const struct {
        const char *path, *want_ca, *want_tmpl;
    } rows[] = {
        {"am.yml", "sub/ca", "x/*.tmpl"},
        {"etc/am.yml", "etc/sub/ca", "etc/x/*.tmpl"},
        {"./etc//am.yml", "etc/sub/ca", "etc/x/*.tmpl"},
        {"/etc/am/am.yml", "/etc/am/sub/ca", "/etc/am/x/*.tmpl"},
        {"/am.yml", "/sub/ca", "/x/*.tmpl"},
        {"../am.yml", "../sub/ca", "../x/*.tmpl"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct err err;
        struct config *c = config_load(
            SV("global:\n"
               "  http_config: {tls_config: {ca_file: ./sub/../sub/ca}, basic_auth: {password_file: /abs}}\n"
               "  smtp_tls_config: {ca_file: ca}\n"
               "  smtp_auth_password_file: pw\n"
               "  opsgenie_api_key_file: key\n"
               "route: {receiver: a}\n"
               "receivers: [{name: a, webhook_configs: [{url_file: u}, {url_file: v}]}]\n"
               "templates: ['x/*.tmpl', '']\n"),
            rows[i].path, &plain_env, NULL, &err);
        CHECK(c != NULL);
        CHECK_STR(c->global.http_config->tls->ca_file, rows[i].want_ca);
        CHECK_STR(c->global.http_config->basic_password_file, "/abs");
        CHECK_STR(c->global.smtp_tls_config->ca_file, "ca");
        CHECK_STR(c->global.smtp_auth_password_file, "pw");
        CHECK_STR(
            ((const struct test_webhook *)(const void *)c->receivers[0]->integrations[0].settings)->url_file,
            "u");
        CHECK_STR(c->templates[0], rows[i].want_tmpl);
        CHECK_STR(c->templates[1], "");
        config_unref(c);
    }
}

/* C-036 */
TEST(load, global_defaults)
{
    struct config *c = load("global: {smtp_smarthost: '[::1]:587', telegram_bot_token: t}\n" REST);
    const struct global *g = &c->global;
    CHECK_EQ(g->resolve_timeout, 300 * NS_PER_S);
    CHECK_STR(g->smtp_hello, "localhost");
    CHECK(g->smtp_require_tls);
    CHECK_EQ(g->smtp_force_implicit_tls, -1);
    CHECK_STR(g->smtp_smarthost.host, "::1");
    CHECK_STR(g->smtp_smarthost.port, "587");
    CHECK_STR(g->wechat_api_url, "https://qyapi.weixin.qq.com/cgi-bin/");
    CHECK_STR(g->dingtalk_api_url, "https://oapi.dingtalk.com/robot/send");
    CHECK_STR(g->wecom_robot_api_url, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send");
    CHECK(g->http_config->follow_redirects && g->http_config->enable_http2);
    CHECK_STR(g->telegram_bot_token, "t");
    CHECK_STR(g->telegram_api_url, "https://api.telegram.org");
    CHECK(g->jira_api_url == NULL);
    config_unref(c);
}

TEST(load, urls_are_normalised)
{
    struct config *c =
        load("global: {jira_api_url: 'HTTP://u:p@h/a b', opsgenie_api_url: 'http://h:99999'}\n" REST);
    CHECK_STR(c->global.jira_api_url, "http://u:p@h/a%20b");
    CHECK_STR(c->global.opsgenie_api_url, "http://h:99999");
    config_unref(c);
}

TEST(load, inhibition_rules_and_intervals_are_compiled)
{
    struct config *c =
        load("inhibit_rules:\n"
             "- {source_match: {b: 1}, source_matchers: [a=1], target_match_re: {t: x}, equal: [q, p, q]}\n"
             "- ~\n"
             "mute_time_intervals: [{name: m}]\n"
             "time_intervals:\n"
             "- {name: t, time_intervals: [{weekdays: [monday], location: Asia/Shanghai}, {times: []}, {}]}\n"
             "route: {receiver: a, routes: [{mute_time_intervals: [t, m]}]}\n"
             "receivers: [{name: a}]\n");
    const struct inhibit_rule *r = c->inhibit_rules;
    struct strbuf text = {0};
    CHECK_EQ(c->n_inhibit_rules, 2u);
    matchers_print(&text, &r[0].source);
    matchers_print(&text, &r[0].target);
    matchers_print(&text, &r[1].source);
    CHECK_STR(text.p, "{a=\"1\",b=\"1\"}{t=~\"^(?:x)$\"}{}");
    CHECK_EQ(r[0].n_equal, 2u);
    CHECK_STR(r[0].equal[0]->s, "p");
    CHECK_STR(r[0].equal[1]->s, "q");
    CHECK_EQ(c->n_intervals, 2u);
    const struct time_interval *t = c->root->routes[0]->mute[0];
    CHECK_STR(t->name, "t");
    CHECK_STR(c->root->routes[0]->mute[1]->name, "m");
    CHECK_EQ(t->n, 3u);
    CHECK(t->v[0].weekdays.present && t->v[0].weekdays.n == 1 && t->v[0].location != NULL);
    CHECK(t->v[1].times.present && t->v[1].times.n == 0);
    CHECK(!t->v[2].times.present);
    strbuf_done(&text);
    config_unref(c);
}

/* C-121 */
TEST(load, the_hash_is_the_start_of_the_md5_of_the_file)
{
    struct config *c = load(REST);
    /* the digest is 1cc3950317a8... */
    CHECK_EQ(c->hash, UINT64_C(0xa8170395c31c));
    config_unref(c);
}

TEST(load, references_keep_it_alive)
{
    struct config *c = load(REST);
    struct config *again = config_ref(c);
    CHECK(again == c);
    config_unref(c);
    CHECK_STR(again->root->receiver->name, "a");
    config_unref(again);
    config_unref(NULL);
}

/* Files below a directory of their own. */

static void make_dir(char dir[64])
{
    (void)snprintf(dir, 64, "/tmp/config_test.XXXXXX");
    CHECK(mkdtemp(dir) != NULL);
}

static void write_file(const char *dir, const char *name, const char *text)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    CHECK(f != NULL);
    (void)fputs(text, f);
    (void)fclose(f);
}

static void remove_all(const char *dir, const char *const *names)
{
    char path[128];
    for (; *names != NULL; names++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, *names);
        (void)unlink(path);
    }
    (void)rmdir(dir);
}

TEST(load, files)
{
    char dir[64], path[128];
    struct err err;
    CLEANUP(strbuf_donep) struct strbuf errors = {0};
    make_dir(dir);
    write_file(dir, "am.yml", REST);
    (void)snprintf(path, sizeof path, "%s/am.yml", dir);
    struct config *c = config_load_file(path, &plain_env, NULL, &err);
    CHECK(c != NULL);
    config_unref(c);
    CHECK(config_load_file("/nosuch/am.yml", &plain_env, &errors, &err) == NULL);
    CHECK_STR(err.text, "open /nosuch/am.yml: no such file or directory");
    CHECK_STR(errors.p, "open /nosuch/am.yml: no such file or directory\n");
    CHECK(config_load_file(dir, &plain_env, NULL, &err) == NULL);
    CHECK(strstr(err.text, ": is a directory") != NULL);
    remove_all(dir, (const char *const[]){"am.yml", NULL});
}

/* C-060 T-063 */
TEST(load, templates)
{
    static const struct {
        const char *globs, *want; /* "" : fine */
    } rows[] = {
        {"[]", ""},
        {"['*.good']", ""},
        {"[nosuch.tmpl, 'nosuch/*']", ""},
        {"[a.good, a.good]", ""},
        {"[bad.tmpl]", "failed to parse templates: template: bad.tmpl:2: unclosed action"},
        {"['[']", "failed to parse templates: syntax error in pattern"},
        {"['a[]']", "failed to parse templates: syntax error in pattern"},
        {"['x\\']", "failed to parse templates: syntax error in pattern"},
        {"['[a-c].good', '[^b].good', '?.good', '\\a.good']", ""},
    };
    char dir[64], path[128];
    make_dir(dir);
    write_file(dir, "a.good", "{{ define \"a\" }}A{{ end }}");
    write_file(dir, "b.good", "{{ define \"b\" }}{{ template \"a\" . }}{{ end }}");
    write_file(dir, "bad.tmpl", "x\n{{ .x");
    (void)snprintf(path, sizeof path, "%s/am.yml", dir);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(strbuf_donep) struct strbuf text = {0};
        struct err err = {0};
        strbuf_addf(&text, "templates: %s\n" REST, rows[i].globs);
        struct config *c = config_load(strbuf_sv(&text), path, &plain_env, NULL, &err);
        CHECK(c != NULL);
        CHECK(c->tmpl == NULL);
        const bool ok = config_load_templates(c, &err);
        FAIL_IF(ok != (rows[i].want[0] == '\0') || strcmp(err.text, rows[i].want) != 0,
                "%s: got \"%s\", want \"%s\"", rows[i].globs, err.text, rows[i].want);
        CHECK_EQ(c->tmpl != NULL, ok);
        config_unref(c);
    }
    remove_all(dir, (const char *const[]){"a.good", "b.good", "bad.tmpl", NULL});
}
