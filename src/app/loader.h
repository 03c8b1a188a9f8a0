/* Loading and announcing the configuration: what is said about it in the log, in the metrics and to whoever
 * asked for a reload, and the last good versions of included files (README, "Included files").
 *
 * One load at a time; app serialises reloads. Touches the disk: never from an HTTP loop.
 */
#pragma once

#include "base/err.h"
#include "base/metric.h"
#include "config/config.h"
#include "options.h"

struct loader;

struct loader *loader_new(const struct options *o);
void loader_free(struct loader *l); /* NULL is fine */

/* Reads, checks and compiles; logs every error and the first warnings. The caller owns one reference. */
const struct config *loader_load(struct loader *l, struct err *err) NODISCARD;

/* After it came into force: logs what is noteworthy, keeps the included files that are in order, and sets the
 * metrics. */
void loader_announce(struct loader *l, const struct config *c, struct metrics *metrics);

/* What a person who reloaded has to know although it worked: which included files are broken. Appends lines.
 */
void loader_explain(const struct config *c, struct strbuf *out);
