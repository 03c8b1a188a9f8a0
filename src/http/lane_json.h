/* A lane of the notifier as our own API shows it. */
#pragma once

#include "codec/jw.h"
#include "core/lane_view.h"

/* The members of an object that is open: "name" to "latencyMs" (api_own_lanes.c), without "receivers". */
void lane_write_json(struct jw *w, const struct lane_view *l);
