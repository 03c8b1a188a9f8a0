/* What another configuration would change for the alerts that are active now. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "base/str.h"
#include "core/engine.h"
#include "core/view.h"

/* What the running engine shows: taken under its lock, used without. */
struct dry_run_input {
    struct arena mem;
    struct groups_view before;
    struct silences_view silences;
};
void dry_run_take(struct dry_run_input *in, const struct engine *e, struct now now);
void dry_run_done(struct dry_run_input *in);

/* Writes the answer of POST /api/tocsin/v1/config/dry-run (api_own_dry_run.c), with up to `limit` alerts and
 * the JSON array `findings` as it is. False: there is more than a request may hold. */
bool dry_run_write(struct dry_run_input *in, const struct config *config, struct now now, size_t limit,
                   struct sv findings, struct strbuf *out) NODISCARD;
