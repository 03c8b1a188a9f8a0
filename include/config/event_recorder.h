/* The block `event_recorder` (config.md 11). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clk.h"
#include "config/config.h"

struct event_file_output {
    char *path;
};

/* Zero values: the defaults, which are applied where it is used. */
struct event_webhook_output {
    char *url; /* secret */
    struct http_config *http_config;
    dur_ns timeout, retry_backoff, batch_flush_interval;
    int64_t workers, max_retries, batch_max_events, batch_max_bytes;
    bool batch;
};

struct event_recorder {
    struct list file_outputs;    /* of struct event_file_output */
    struct list webhook_outputs; /* of struct event_webhook_output */
    struct list kafka_outputs, stdout_outputs;
};
