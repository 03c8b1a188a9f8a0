/* Receiver types for tests of the configuration: they look like upstream's webhook, email and wechat as far
 * as tables, inheritance and checks go, so that these tests do not depend on notify. */
#pragma once

#include <stddef.h>

#include "config/fields.h"

struct test_webhook {
    struct receiver_common common;
    char *url, *url_file;
    uint64_t max_alerts;
    dur_ns timeout;
    const struct ytree *payload;
};

static const struct field test_webhook_fields[] = {
    RECEIVER_SEND_RESOLVED("true"),
    RECEIVER_HTTP_CONFIG,
    {.key = "url", .kind = FIELD_TEMPLATE_URL, .offset = offsetof(struct test_webhook, url)},
    {.key = "url_file",
     .kind = FIELD_STRING,
     .offset = offsetof(struct test_webhook, url_file),
     .flags = FIELD_ALWAYS},
    {.key = "max_alerts",
     .kind = FIELD_UINT,
     .offset = offsetof(struct test_webhook, max_alerts),
     .flags = FIELD_ALWAYS},
    {.key = "timeout",
     .kind = FIELD_GO_DURATION,
     .offset = offsetof(struct test_webhook, timeout),
     .flags = FIELD_ALWAYS},
    {.key = "payload", .kind = FIELD_NODE, .offset = offsetof(struct test_webhook, payload)},
    {0},
};

static bool test_is_set(const char *s)
{
    return s != NULL && s[0] != '\0';
}

static bool test_webhook_check(struct decoder *d, const struct ytree *node, void *object)
{
    const struct test_webhook *w = object;
    if (!test_is_set(w->url) && !test_is_set(w->url_file))
        return decode_fail(d, node, "one of url or url_file must be configured");
    if (test_is_set(w->url) && test_is_set(w->url_file))
        return decode_fail(d, node, "at most one of url & url_file must be configured");
    return true;
}

static const struct schema test_webhook_schema = {
    .name = "webhook config",
    .go_type = "webhook.plain",
    .size = sizeof(struct test_webhook),
    .fields = test_webhook_fields,
    .check = test_webhook_check,
};

struct test_email {
    struct receiver_common common;
    char *to, *from, *hello;
    struct hostport smarthost;
    struct string_map headers;
    char *html;
    int8_t require_tls;
    struct tls_config *tls;
};

static const struct field test_email_fields[] = {
    RECEIVER_SEND_RESOLVED("false"),
    {.key = "to", .kind = FIELD_STRING, .offset = offsetof(struct test_email, to)},
    {.key = "from", .kind = FIELD_STRING, .offset = offsetof(struct test_email, from)},
    {.key = "hello", .kind = FIELD_STRING, .offset = offsetof(struct test_email, hello)},
    {.key = "smarthost", .kind = FIELD_HOSTPORT, .offset = offsetof(struct test_email, smarthost)},
    {.key = "headers", .kind = FIELD_MAP, .offset = offsetof(struct test_email, headers)},
    {.key = "html",
     .kind = FIELD_STRING,
     .offset = offsetof(struct test_email, html),
     .def = "{{ template \"email.default.html\" . }}"},
    {.key = "require_tls", .kind = FIELD_TRIBOOL, .offset = offsetof(struct test_email, require_tls)},
    {.key = "tls_config",
     .kind = FIELD_STRUCT_PTR,
     .offset = offsetof(struct test_email, tls),
     .sub = &tls_config_schema},
    {0},
};

static bool test_email_check(struct decoder *d, const struct ytree *node, void *object)
{
    const struct test_email *e = object;
    return test_is_set(e->to) || decode_fail(d, node, "missing to address in email config");
}

static bool test_email_resolve(struct decoder *d, const struct ytree *node, void *settings,
                               const struct global *global)
{
    struct test_email *e = settings;
    if (e->smarthost.host == NULL) {
        if (global->smtp_smarthost.host == NULL)
            return decode_fail(d, node, "no global SMTP smarthost set");
        e->smarthost = global->smtp_smarthost;
    }
    if (!test_is_set(e->from)) {
        if (!test_is_set(global->smtp_from))
            return decode_fail(d, node, "no global SMTP from set");
        e->from = global->smtp_from;
    }
    if (!test_is_set(e->hello))
        e->hello = global->smtp_hello;
    if (e->require_tls < 0)
        e->require_tls = global->smtp_require_tls ? 1 : 0;
    if (e->tls == NULL)
        e->tls = global->smtp_tls_config;
    return true;
}

static const struct schema test_email_schema = {
    .name = "email config",
    .go_type = "config.plain",
    .size = sizeof(struct test_email),
    .fields = test_email_fields,
    .check = test_email_check,
};

struct test_robot {
    struct receiver_common common;
    char *webhook_url, *secret;
};

static const struct field test_robot_fields[] = {
    RECEIVER_SEND_RESOLVED("true"),
    RECEIVER_HTTP_CONFIG,
    {.key = "webhook_url", .kind = FIELD_SECRET_URL, .offset = offsetof(struct test_robot, webhook_url)},
    {.key = "secret", .kind = FIELD_SECRET, .offset = offsetof(struct test_robot, secret)},
    {0},
};

static const struct schema test_robot_schema = {
    .name = "robot config",
    .go_type = "robot.plain",
    .size = sizeof(struct test_robot),
    .fields = test_robot_fields,
};

/* In print order, which is not the order of instantiation. The last one is unknown to upstream. */
static const struct receiver_schema test_email_type = {
    .name = "email", .key = "email_configs", .schema = &test_email_schema, .resolve = test_email_resolve};
static const struct receiver_schema test_webhook_type = {
    .name = "webhook", .key = "webhook_configs", .schema = &test_webhook_schema};
static const struct receiver_schema test_robot_type = {
    .name = "robot", .key = "robot_configs", .schema = &test_robot_schema};
static const struct receiver_schema *const test_receivers[] = {&test_email_type, &test_webhook_type,
                                                               &test_robot_type, NULL};
