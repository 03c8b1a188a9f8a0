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

/* An IANA name, "UTC", "" (UTC) or "Local". Names are case-sensitive. Errors: `unknown time zone X`, and
 * `time: invalid location name` for a name that could leave the zone directory. */
const struct tz *tz_load(const char *name, struct err *err) NODISCARD;

struct tz_offset {
    int seconds_east;
    const char *abbreviation; /* lives as long as the zone */
};
struct tz_offset tz_at(const struct tz *zone, int64_t unix_sec); /* any thread; NULL zone is UTC */
const char *
tz_name(const struct tz *zone); /* as given to tz_load(); "UTC" for ""; "Local" as Go resolves it */

/* The instant at which the wall clock of `zone` shows the civil time that `local_sec` is in UTC. A time in a
 * gap is read with the offset before it, a time that happens twice is the first of both: Go's choices. */
int64_t tz_to_unix(const struct tz *zone, int64_t local_sec);

#ifdef __cplusplus
}
#endif
