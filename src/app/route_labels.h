/* The labels of a group's route as GET /api/v2/alerts/groups shows them: rendered over the alerts that the
 * group has now, and again only when those change (pipeline.md 8.5). Any thread.
 */
#pragma once

#include <stddef.h>

#include "base/attr.h"
#include "base/clk.h"
#include "base/mem.h"
#include "core/view.h"

struct route_labels;

struct route_labels *route_labels_new(const char *external_url) NODISCARD; /* the URL is borrowed */
void route_labels_free(struct route_labels *r);                            /* NULL is fine */

/* See struct host. One whose template fails is left out; all are, when the arena is full. */
size_t route_labels_of(struct route_labels *r, const struct groups_view *view, const struct group_view *group,
                       struct now now, struct arena *mem, const struct label_sv **out);

/* How often they were rendered, for tests. */
size_t route_labels_renders(struct route_labels *r);
