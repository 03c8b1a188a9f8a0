#include "notify/breaker.h"

#include "support/test.h"

#define S NS_PER_S

/* Failures at these times, and what the breaker is after the last of them. */
TEST(breaker, opens_after_a_streak_that_lasts)
{
    static const struct {
        const char *name;
        mono_ns at[8];
        size_t n;
        enum lane_state want;
    } rows[] = {
        {"nothing", {0}, 0, LANE_CLOSED},
        {"many at once are one hiccup", {0, 1, 2, 3, 4, 5, 6, 7}, 8, LANE_CLOSED},
        {"few over a long time", {0, 5 * S, 20 * S, 60 * S}, 4, LANE_CLOSED},
        {"five over ten seconds", {0, 1 * S, 2 * S, 3 * S, 10 * S}, 5, LANE_OPEN},
        {"many over less", {0, 1 * S, 2 * S, 3 * S, 4 * S, 5 * S, 6 * S, 10 * S - 1}, 8, LANE_CLOSED},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct breaker b = {0};
        for (size_t k = 0; k < rows[i].n; k++)
            (void)breaker_note(&b, SIGN_SILENT, rows[i].at[k]);
        const enum lane_state got = breaker_state(&b, rows[i].n != 0 ? rows[i].at[rows[i].n - 1] : 0);
        FAIL_IF(got != rows[i].want, "%s: %s instead of %s", rows[i].name, lane_state_text(got),
                lane_state_text(rows[i].want));
    }
}

static struct breaker opened(mono_ns at)
{
    struct breaker b = {0};

    for (int i = 0; i < BREAKER_FAILURES; i++)
        (void)breaker_note(&b, SIGN_SILENT, i == BREAKER_FAILURES - 1 ? at : at - BREAKER_STREAK);
    return b;
}

TEST(breaker, a_success_in_between_starts_the_count_anew)
{
    struct breaker b = {0};

    for (int i = 0; i < 20; i++) {
        CHECK(!breaker_note(&b, SIGN_SILENT, i * 10 * S));
        if (i % 4 == 3)
            CHECK(!breaker_note(&b, SIGN_FINE, i * 10 * S));
    }
}

TEST(breaker, tries_after_longer_and_longer_pauses)
{
    struct breaker b = opened(100 * S);
    mono_ns now = 100 * S;

    for (dur_ns pause = BREAKER_FIRST_PAUSE, n = 0; n < 10; n++) {
        CHECK_EQ(breaker_state(&b, now + pause - 1), LANE_OPEN);
        CHECK_EQ(breaker_state(&b, now + pause), LANE_HALF_OPEN);
        now += pause;
        CHECK(breaker_note(&b, SIGN_SILENT, now));
        pause = 2 * pause < BREAKER_MAX_PAUSE ? 2 * pause : BREAKER_MAX_PAUSE;
    }
    (void)breaker_note(&b, SIGN_FINE, now);
    CHECK_EQ(breaker_state(&b, now), LANE_CLOSED);
    CHECK(!breaker_note(&b, SIGN_SILENT, now + 1));
}

TEST(breaker, what_was_on_the_wire_when_it_opened_changes_nothing)
{
    struct breaker b = opened(100 * S);

    CHECK(!breaker_note(&b, SIGN_SILENT, 101 * S));
    CHECK_EQ(breaker_state(&b, 100 * S + BREAKER_FIRST_PAUSE), LANE_HALF_OPEN);
}

TEST(breaker, an_error_of_the_server_opens_it_but_does_not_keep_others_from_trying)
{
    struct breaker b = {0};
    mono_ns now = 100 * S;

    for (int i = 0; i < BREAKER_FAILURES; i++)
        (void)breaker_note(&b, SIGN_ERROR, i == BREAKER_FAILURES - 1 ? now : now - BREAKER_STREAK);
    CHECK_EQ(breaker_state(&b, now), LANE_OPEN);
    now += BREAKER_FIRST_PAUSE;
    CHECK(!breaker_note(&b, SIGN_ERROR, now));
    CHECK_EQ(breaker_state(&b, now), LANE_HALF_OPEN);
    CHECK(breaker_note(&b, SIGN_SILENT, now));
    CHECK_EQ(breaker_state(&b, now), LANE_OPEN);
}
