/* Lengths of time as text: Prometheus' durations and Go's. */
#pragma once

#include <stdbool.h>

#include "base/attr.h"
#include "base/clk.h"
#include "base/err.h"
#include "base/str.h"

/* config.md 3.1: 1h30m, 5d, 2y3w. Error texts as upstream's. */
bool duration_parse(struct sv s, dur_ns *d, struct err *err) NODISCARD;
void duration_print(struct strbuf *out, dur_ns d);

/* config.md 3.2: Go's time.ParseDuration and Duration.String(). */
bool go_duration_parse(struct sv s, dur_ns *d, struct err *err) NODISCARD;
void go_duration_print(struct strbuf *out, dur_ns d);

/* config.md 1.1 item 6: Go's plus d and w, for flags. */
bool flag_duration_parse(struct sv s, dur_ns *d, struct err *err) NODISCARD;
