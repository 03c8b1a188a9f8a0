/* The alertmanager_* series that show the engine and the configuration (pipeline.md 1.7, 2, 3.5, 4.2; api.md
 * 4). */
#pragma once

#include <stdbool.h>

#include "base/metric.h"
#include "config/config.h"
#include "config/features.h"
#include "engine_host.h"

struct collect;

/* Creates the families, and registers the collector that fills them when somebody scrapes. */
struct collect *collect_new(struct metrics *m, struct engine_host *host, const struct features *features);
void collect_free(struct collect *c); /* not before the last scrape */

/* After each attempt to load a configuration; `config` is NULL when it failed. */
void collect_config(struct collect *c, const struct config *config, struct stamp now);
