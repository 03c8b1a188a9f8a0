/* Time zones: cctz behind a small C interface. Zones are loaded once and live as long as the process. */
#pragma once

#include <stdint.h>

#include "base/attr.h"
#include "base/clk.h"
#include "base/err.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tz;

/* An IANA name, "UTC", "" (UTC) or "Local". Errors: `unknown time zone X`, `time: invalid location name`. */
const struct tz *tz_load(const char *name, struct err *err) NODISCARD;

struct tz_offset {
    int seconds_east;
    const char *abbreviation; /* lives as long as the zone */
};
struct tz_offset tz_at(const struct tz *zone, int64_t unix_sec); /* any thread; NULL zone is UTC */

#ifdef __cplusplus
}
#endif
