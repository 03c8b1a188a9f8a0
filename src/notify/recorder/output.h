/* Where recorded events go. Outputs are used and closed by the recorder's thread. */
#pragma once

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/metric.h"
#include "base/str.h"
#include "config/event_recorder.h"

struct event_output {
    char *name; /* "file:/var/log/events": the metric label `output`; without secrets */
    /* Takes one event, a JSON object; must not wait for a peer. False: it is lost. */
    bool (*put)(struct event_output *o, struct sv json);
    void (*close)(
        struct event_output *o); /* hands over what it holds, as far as that can be done; frees it */
    bool newline;                /* it adds one to each event */
    bool failing;                /* said once, until it works again */
};

struct event_output *file_output_open(const struct event_file_output *c, struct err *err) NODISCARD;
struct event_output *stdout_output_open(int fd) NODISCARD;
/* Starts its threads. `dropped`: events that did not fit its queue; borrows c's memory: `config` is kept. */
struct event_output *webhook_output_open(const struct event_webhook_output *c, const struct config *config,
                                         struct metric_family *dropped, struct err *err) NODISCARD;
