/* Durations as Go prints them: 1h30m0s, 1.5µs, 0s. */
#pragma once

#include "base/clk.h"
#include "base/str.h"

void godur_print(struct strbuf *out, dur_ns d);
