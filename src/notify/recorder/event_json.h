/* Events as upstream's recorder writes them: protobuf's JSON mapping (pipeline.md 8.1, 8.2). Members that are
 * empty are left out, 64-bit integers are strings. */
#pragma once

#include "base/str.h"
#include "core/event.h"

struct event_envelope {
    const char *instance, *version, *build_context;
};

/* The value of the metric label `event_type`; NULL: this kind is not recorded. */
const char *event_json_type(const struct event *ev);

/* Appends one object. */
void event_json(struct strbuf *out, const struct event_envelope *env, const struct event *ev);
