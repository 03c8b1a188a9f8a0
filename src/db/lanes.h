/* The table of what lanes have to remember over a restart. One small row per destination; rows that say
 * nothing any more are deleted when another one is written. All of it belongs to the thread of `tables`.
 */
#pragma once

#include "core/lane_view.h"
#include "tables.h"

bool lanes_put(struct tables *t, const struct lane_memory *m, struct err *err) NODISCARD;
