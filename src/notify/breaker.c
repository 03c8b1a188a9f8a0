#include "breaker.h"

enum lane_state breaker_state(const struct breaker *b, mono_ns now)
{
    if (b->pause == 0)
        return LANE_CLOSED;
    return now < b->open_until ? LANE_OPEN : LANE_HALF_OPEN;
}

static dur_ns longer(dur_ns pause)
{
    if (pause == 0)
        return BREAKER_FIRST_PAUSE;
    return 2 * pause < BREAKER_MAX_PAUSE ? 2 * pause : BREAKER_MAX_PAUSE;
}

static bool is_streak(const struct breaker *b, mono_ns now)
{
    return b->failures >= BREAKER_FAILURES && now - b->failing_since >= BREAKER_STREAK;
}

bool breaker_note(struct breaker *b, enum breaker_sign sign, mono_ns now)
{
    const enum lane_state state = breaker_state(b, now);

    if (sign == SIGN_FINE) {
        *b = (struct breaker){0};
        return false;
    }
    if (b->failures++ == 0)
        b->failing_since = now;
    if (state == LANE_OPEN) /* it was on the wire when the breaker opened */
        return false;
    if (state == LANE_HALF_OPEN ? sign == SIGN_ERROR : !is_streak(b, now))
        return false;
    b->pause = longer(b->pause);
    b->open_until = now + b->pause;
    return true;
}
