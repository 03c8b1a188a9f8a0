/* The only kind of receiver that tests of the engine need: `webhook_configs` with `send_resolved` and `url`.
 * Nothing sends. `probe_receivers` goes into struct config_env. */
#pragma once

#include "config/config.h"
#include "config/schema.h"

struct probe_settings {
    struct receiver_common common;
    char *url;
};

static const struct field probe_fields[] = {
    {.key = "send_resolved",
     .kind = FIELD_BOOL,
     .offset = offsetof(struct probe_settings, common.send_resolved),
     .def = "true"},
    {.key = "url", .kind = FIELD_STRING, .offset = offsetof(struct probe_settings, url)},
    {.key = NULL},
};
static const struct schema probe_schema = {.name = "probe config",
                                           .go_type = "config.plain",
                                           .size = sizeof(struct probe_settings),
                                           .fields = probe_fields};
static const struct receiver_schema probe_receiver = {
    .name = "webhook", .key = "webhook_configs", .schema = &probe_schema};
static const struct receiver_schema *const probe_receivers[] = {&probe_receiver, NULL};
