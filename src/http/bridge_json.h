/* What Alertmanager posts to a webhook (version 4): the body that the bridge takes (receivers.md B8.4). */
#pragma once

#include "json_in.h"

struct bridge_alert {
    struct json_map labels, annotations;
    struct stamp starts_at, ends_at; /* unset: not said */
    struct sv generator_url;
    bool firing;
};

struct bridge_message {
    struct sv receiver, external_url, group_key, reason; /* empty: not said */
    struct json_map group_labels;
    struct bridge_alert *v; /* in the order given */
    size_t n;
};

/* Slices point into `body` and `mem`. As Go's decoder: unknown keys are skipped, keys match in any case, and
 * what follows the document is not looked at. */
bool bridge_read_json(struct sv body, struct arena *mem, struct bridge_message *out,
                      struct err *err) NODISCARD;
