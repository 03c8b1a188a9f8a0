/* Time, and the only place that asks the kernel for it. Modules take `now` as a parameter; app hands them
 * clk_now().
 *
 * Two kinds of time: `mono_ns` for intervals and timers, and `struct stamp` for everything a user sees. A
 * stamp keeps nanoseconds and the offset it was written with, because Alertmanager prints a client's times
 * back in the client's own offset (api.md 1.7), and because its range is the years 0 to 9999.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef int64_t mono_ns; /* monotonic */
typedef int64_t dur_ns;  /* a length of time */

#define NS_PER_MS  INT64_C(1000000)
#define NS_PER_S   INT64_C(1000000000)
#define MONO_NEVER INT64_MAX

struct stamp {
    int64_t sec;     /* Unix seconds */
    int32_t nsec;    /* 0..999999999 */
    int16_t off_min; /* minutes east of UTC; for printing only, never compared */
};

/* 0001-01-01T00:00:00Z: "unset" on the wire and in the engine. */
#define STAMP_UNSET_SEC INT64_C(-62135596800)
#define STAMP_UNSET     ((struct stamp){.sec = STAMP_UNSET_SEC})

struct now {
    mono_ns mono;
    struct stamp wall; /* with the server's local offset */
};

struct now clk_now(void);

bool stamp_is_unset(struct stamp t);
int stamp_cmp(struct stamp a, struct stamp b); /* <0, 0, >0 */
static inline bool stamp_before(struct stamp a, struct stamp b)
{
    return stamp_cmp(a, b) < 0;
}
struct stamp stamp_add(struct stamp t, dur_ns d); /* keeps the offset; stays within the years 0 to 9999 */
dur_ns stamp_sub(struct stamp a, struct stamp b); /* a - b, saturating at +-292 years */
struct stamp stamp_utc(struct stamp t);           /* the same instant with offset 0 */
