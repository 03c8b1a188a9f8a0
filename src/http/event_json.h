/* An event as one JSON object (api_own_events.c has the shapes). */
#pragma once

#include "codec/jw.h"
#include "core/event.h"

void event_write_json(struct jw *w, const struct event *ev);
