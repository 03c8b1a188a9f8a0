/* Times in Go's layouts: "2006-01-02 15:04:05 MST". */
#pragma once

#include "base/clk.h"
#include "base/str.h"

/* In the stamp's own offset, which has no name unless it is 0 (UTC). */
void gotime_format(struct strbuf *out, struct stamp t, const char *layout);
