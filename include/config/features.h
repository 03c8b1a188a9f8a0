/* --enable-feature, the same list for the server and the command line tool (config.md 1.3). */
#pragma once

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "model/matcher.h"

#define FEATURES_HELP                                                                                        \
    "Comma-separated features: classic-mode, utf8-strict-mode, receiver-name-in-metrics, "                   \
    "alert-names-in-metrics, group-key-in-metrics, auto-gomemlimit, event-recorder."

struct features {
    enum matcher_mode matcher_mode;
    bool receiver_name_in_metrics, alert_names_in_metrics, group_key_in_metrics, event_recorder;
};

/* "unknown option 'x' for --enable-feature" */
bool features_parse(const char *list, struct features *f, struct err *err) NODISCARD;
