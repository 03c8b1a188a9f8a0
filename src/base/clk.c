#include "base/clk.h"

#include <time.h>

/* The range that RFC 3339 can write: 0000-01-01T00:00:00Z and the end of 9999. */
#define SEC_MIN INT64_C(-62167219200)
#define SEC_MAX INT64_C(253402300799)

struct now clk_now(void)
{
    struct timespec m, w;
    struct tm local;

    clock_gettime(CLOCK_MONOTONIC, &m);
    clock_gettime(CLOCK_REALTIME, &w);
    localtime_r(&w.tv_sec, &local);
    return (struct now){
        .mono = m.tv_sec * NS_PER_S + m.tv_nsec,
        .wall = {.sec = w.tv_sec, .nsec = (int32_t)w.tv_nsec, .off_min = (int16_t)(local.tm_gmtoff / 60)},
    };
}

bool stamp_is_unset(struct stamp t)
{
    return t.sec == STAMP_UNSET_SEC && t.nsec == 0;
}

int stamp_cmp(struct stamp a, struct stamp b)
{
    if (a.sec != b.sec)
        return a.sec < b.sec ? -1 : 1;
    return a.nsec == b.nsec ? 0 : a.nsec < b.nsec ? -1 : 1;
}

struct stamp stamp_add(struct stamp t, dur_ns d)
{
    int64_t sec = t.sec + d / NS_PER_S;
    int64_t nsec = t.nsec + d % NS_PER_S;

    if (nsec < 0) {
        nsec += NS_PER_S;
        sec--;
    } else if (nsec >= NS_PER_S) {
        nsec -= NS_PER_S;
        sec++;
    }
    if (sec < SEC_MIN)
        return (struct stamp){.sec = SEC_MIN, .off_min = t.off_min};
    if (sec > SEC_MAX)
        return (struct stamp){.sec = SEC_MAX, .nsec = (int32_t)NS_PER_S - 1, .off_min = t.off_min};
    return (struct stamp){.sec = sec, .nsec = (int32_t)nsec, .off_min = t.off_min};
}

dur_ns stamp_sub(struct stamp a, struct stamp b)
{
    int64_t sec = a.sec - b.sec;
    dur_ns d;

    if (__builtin_mul_overflow(sec, NS_PER_S, &d) || __builtin_add_overflow(d, a.nsec - b.nsec, &d))
        return sec < 0 ? INT64_MIN : INT64_MAX;
    return d;
}

struct stamp stamp_utc(struct stamp t)
{
    t.off_min = 0;
    return t;
}
