/* Durations as Go prints and reads them: 1h30m0s, 1.5µs, 0s. */
#pragma once

#include "base/attr.h"
#include "base/clk.h"
#include "base/str.h"

/* time.ParseDuration: "-1.5h", "2h45m", "0". False: it is none, or more than a duration can hold. */
bool godur_parse(struct sv s, dur_ns *d) NODISCARD;
void godur_print(struct strbuf *out, dur_ns d);
