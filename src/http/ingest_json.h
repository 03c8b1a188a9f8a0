/* The body of POST /api/v2/alerts, read without copies into a batch for the engine (api.md 2.3, tier 1). */
#pragma once

#include <stdbool.h>

#include "base/attr.h"
#include "base/mem.h"
#include "base/str.h"
#include "body_fault.h"
#include "core/engine.h"

/* Fills batch->v and batch->n; slices point into `body` and `mem`. False: nothing of it may be stored. */
bool ingest_read_json(struct sv body, struct arena *mem, struct ingest *batch,
                      struct body_fault *fault) NODISCARD;
