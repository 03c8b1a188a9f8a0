/* Secrets by reference: ${env:NAME} and ${credential:NAME}. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "config/config.h"
#include "support/config_env.h"
#include "support/test.h"

#define ROOT "route: {receiver: a}\n"

static struct config *load(const char *text, bool expand, struct strbuf *errors)
{
    const struct config_env env = {.receivers = test_receivers, .expand_secrets = expand};
    struct err err;
    return config_load(sv_of(text), "am.yml", &env, errors, &err);
}

static const struct test_webhook *webhook_of(const struct config *c)
{
    return (const struct test_webhook *)c->receivers[0]->integrations[0].settings;
}

#define WEBHOOK(body) ROOT "receivers: [{name: a, webhook_configs: [" body "]}]\n"

TEST(secret, a_reference_becomes_what_it_stands_for)
{
    CHECK_EQ(setenv("TOCSIN_TEST_URL", "http://h/secret-path", 1), 0);
    CHECK_EQ(setenv("TOCSIN_TEST_PASSWORD", "p w", 1), 0);
    struct config *c = load(WEBHOOK("{url: '${env:TOCSIN_TEST_URL}', http_config: {basic_auth: {username: u, "
                                    "password: '${env:TOCSIN_TEST_PASSWORD}'}, http_headers: {X: {secrets: "
                                    "['${env:TOCSIN_TEST_PASSWORD}', plain]}}}}"),
                            true, NULL);
    CHECK(c != NULL);
    const struct test_webhook *w = webhook_of(c);
    CHECK_STR(w->url, "http://h/secret-path");
    CHECK_STR(w->common.http_config->basic_password, "p w");
    const struct http_header *h = w->common.http_config->http_headers.v[0];
    CHECK_STR(h->secrets.v[0], "p w");
    CHECK_STR(h->secrets.v[1], "plain");
    CHECK(strstr(c->original, "secret-path") == NULL && strstr(c->original, "p w") == NULL);
    CHECK(strstr(c->original, "TOCSIN_TEST") == NULL);
    config_unref(c);
}

TEST(secret, systemd_credentials)
{
    char dir[] = "/tmp/tocsin-credentials-XXXXXX", path[64];
    CHECK(mkdtemp(dir) != NULL);
    (void)snprintf(path, sizeof path, "%s/hook-url", dir);
    FILE *out = fopen(path, "w");
    CHECK(out != NULL);
    (void)fputs("http://h/from-file\n", out);
    (void)fclose(out);
    CHECK_EQ(setenv("CREDENTIALS_DIRECTORY", dir, 1), 0);
    struct config *c = load(WEBHOOK("{url: '${credential:hook-url}'}"), true, NULL);
    CHECK(c != NULL);
    CHECK_STR(webhook_of(c)->url, "http://h/from-file");
    config_unref(c);
    (void)unlink(path);
    (void)rmdir(dir);
}

TEST(secret, what_is_missing_or_malformed_is_said)
{
    static const struct {
        const char *value, *want; /* want: in the list of errors */
    } rows[] = {
        {"${env:TOCSIN_TEST_UNSET}", "am.yml:2:47: environment variable TOCSIN_TEST_UNSET is not set\n"},
        {"${env:TOCSIN_TEST_EMPTY}", "environment variable TOCSIN_TEST_EMPTY is empty\n"},
        {"${credential:x}", "credential x: $CREDENTIALS_DIRECTORY is not set\n"},
        {"${env:}", "malformed reference to a secret: the whole value has to be ${env:NAME}\n"},
        {"${env:A}/x", "the whole value has to be ${env:NAME}\n"},
        {"${env:A B}", "the whole value has to be ${env:NAME}\n"},
        {"${env:A", "the whole value has to be ${env:NAME}\n"},
        {"${credential:../x}", "the whole value has to be ${credential:NAME}\n"},
        {"${credential:.}", "the whole value has to be ${credential:NAME}\n"},
        {"${env:TOCSIN_TEST_BAD}", "invalid URL: parse \"<secret>\": "},
    };
    CHECK_EQ(setenv("TOCSIN_TEST_EMPTY", "", 1), 0);
    CHECK_EQ(setenv("TOCSIN_TEST_BAD", "http://hidden b/", 1), 0);
    CHECK_EQ(unsetenv("CREDENTIALS_DIRECTORY"), 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(strbuf_donep) struct strbuf text = {0}, errors = {0};
        strbuf_addf(&text, WEBHOOK("{url: '%s'}"), rows[i].value);
        CHECK(load(text.p, true, &errors) == NULL);
        FAIL_IF(strstr(errors.p, rows[i].want) == NULL, "%s: got %s", rows[i].value, errors.p);
        FAIL_IF(strstr(errors.p, "hidden") != NULL, "%s: shows the secret: %s", rows[i].value, errors.p);
    }
}

TEST(secret, a_value_that_only_contains_one_is_the_secret_itself)
{
    struct config *c = load(
        WEBHOOK("{url: 'http://h/${env:NAME}', http_config: {authorization: {credentials: 'x${env:NAME}'}}}"),
        true, NULL);
    CHECK(c != NULL);
    CHECK_STR(webhook_of(c)->url, "http://h/${env:NAME}");
    CHECK_STR(webhook_of(c)->common.http_config->auth_credentials, "x${env:NAME}");
    config_unref(c);
}

TEST(secret, checking_a_file_elsewhere_does_not_need_the_secrets)
{
    struct config *c = load(WEBHOOK("{url: '${env:TOCSIN_TEST_UNSET}'}"), false, NULL);
    CHECK(c != NULL);
    config_unref(c);
    c = load("global: {slack_api_url: '${credential:slack}'}\n" ROOT "receivers: [{name: a}]\n", false, NULL);
    CHECK(c != NULL);
    config_unref(c);
}

/* Upstream quotes the URL. */
TEST(secret, errors_about_secret_urls_do_not_quote_them)
{
    static const char *const values[] = {"http://hidden b/x", "http://h:hidden/x", "http://h/%hidden",
                                         "://hidden"};
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        CLEANUP(strbuf_donep) struct strbuf text = {0}, errors = {0};
        strbuf_addf(&text, "global:\n  slack_api_url: '%s'\n" ROOT "receivers: [{name: a}]\n", values[i]);
        CHECK(load(text.p, true, &errors) == NULL);
        FAIL_IF(strstr(errors.p, "hidden") != NULL, "%s: %s", values[i], errors.p);
    }
}
