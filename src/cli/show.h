/* Alerts and silences as people and scripts read them: amtool's tables and JSON (config.md 18.3). */
#pragma once

#include "api.h"
#include "cli.h"

void show_alerts(struct cli *c, const struct api_alerts *alerts);
void show_silences(struct cli *c, const struct api_silences *silences);
/* With --date.format, in the time's own offset. */
void show_time(const struct cli *c, struct strbuf *out, struct stamp t);
