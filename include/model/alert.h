/* An alert version: immutable, shared by reference between the engine, groups, deliveries and responses.
 *
 * An update makes a new version and swaps the pointer (design.md 1). Any thread may hold references.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/clk.h"
#include "base/str.h"
#include "model/labels.h"

struct alert {
    atomic_uint refs; /* private */
    bool timeout;     /* endsAt was made up by the server from resolve_timeout */
    struct labels *labels;
    struct labels *annotations;
    struct istr *generator_url; /* "" when none */
    struct stamp starts_at, ends_at, updated_at;
};

/* Takes over the references of labels, annotations and generator_url. The caller owns one reference. */
struct alert *alert_new(struct labels *labels, struct labels *annotations, struct istr *generator_url,
                        struct stamp starts_at, struct stamp ends_at, struct stamp updated_at,
                        bool timeout) NODISCARD;
struct alert *alert_ref(struct alert *a);
void alert_unref(struct alert *a); /* NULL is fine */

/* endsAt is set and not after t: equality counts as resolved (pipeline.md 0). */
bool alert_resolved_at(const struct alert *a, struct stamp t);

/* Merge of two versions with overlapping activity, and the overlap test; pipeline.md 1.2. */
bool alert_overlaps(const struct alert *a, const struct alert *old);
struct alert *alert_merge(const struct alert *a, const struct alert *old, struct stamp now) NODISCARD;

/* The order of alerts in a group: job, instance, label set (pipeline.md 1.5). */
int alert_cmp(const struct alert *a, const struct alert *b);
