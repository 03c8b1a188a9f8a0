/* Alert objects as GET /alerts and /alerts/groups show them (api.md 2.4, 2.5). */
#pragma once

#include <stddef.h>

#include "codec/jw.h"
#include "core/view.h"

/* `group` is NULL for GET /alerts; in a group the receivers are the view's, and its muting counts. */
void alert_write_json(struct jw *w, const struct alert_view *a, const struct group_view *group);

void labels_write_json(struct jw *w, const struct labels *ls);             /* {"name":"value",...} */
void stamp_write_json(struct jw *w, struct sv key, struct stamp t);        /* with its own offset, in ms */
void stamp_write_json_if_set(struct jw *w, struct sv key, struct stamp t); /* not at all when it is unset */
