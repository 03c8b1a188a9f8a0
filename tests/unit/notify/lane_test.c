#include "notify/lane.h"

#include <stdlib.h>

#include "base/mem.h"
#include "support/test.h"

static const struct rate_limit no_limit;
static const struct rate_limit robot = {
    .requests = 18, .burst = 6, .window = 60 * NS_PER_S, .min_gap = NS_PER_S / 5};

TEST(lane, gives_items_in_the_order_in_which_they_came)
{
    struct lane l;
    struct lane_item a = {0}, b = {0}, c = {0};
    mono_ns wake;

    lane_init(&l, 10, &no_limit, 0);
    lane_push(&l, &a);
    lane_push(&l, &b);
    lane_push_front(&l, &c);
    CHECK(lane_take(&l, 0, &wake) == &c);
    CHECK(lane_take(&l, 0, &wake) == &a);
    CHECK(lane_take(&l, 0, &wake) == &b);
    CHECK(lane_take(&l, 0, &wake) == NULL);
    CHECK_EQ(wake, MONO_NEVER);
    CHECK_EQ(l.running, 3);
}

TEST(lane, runs_at_most_so_many_at_once)
{
    struct lane l;
    struct lane_item items[3] = {0};
    mono_ns wake;

    lane_init(&l, 2, &no_limit, 0);
    for (int i = 0; i < 3; i++)
        lane_push(&l, &items[i]);
    CHECK(lane_take(&l, 0, &wake) == &items[0]);
    CHECK(lane_take(&l, 0, &wake) == &items[1]);
    CHECK(lane_take(&l, 0, &wake) == NULL);
    CHECK_EQ(wake, MONO_NEVER);
    lane_finished(&l);
    CHECK(lane_take(&l, 0, &wake) == &items[2]);
}

TEST(lane, an_item_can_leave_from_any_place)
{
    struct lane l;
    struct lane_item items[3] = {0};
    mono_ns wake;

    lane_init(&l, 9, &no_limit, 0);
    for (int i = 0; i < 3; i++)
        lane_push(&l, &items[i]);
    lane_remove(&l, &items[1]);
    lane_remove(&l, &items[1]);
    CHECK_EQ(l.waiting, 2);
    CHECK(lane_take(&l, 0, &wake) == &items[0]);
    lane_remove(&l, &items[2]);
    CHECK(lane_take(&l, 0, &wake) == NULL);
    lane_push(&l, &items[0]);
    CHECK(lane_take(&l, 0, &wake) == &items[0]);
}

TEST(lane, a_block_holds_everything_and_is_never_shortened)
{
    struct lane l;
    struct lane_item a = {0};
    mono_ns wake;

    lane_init(&l, 9, &no_limit, 0);
    lane_push(&l, &a);
    lane_block(&l, 100);
    lane_block(&l, 50);
    CHECK(lane_take(&l, 99, &wake) == NULL);
    CHECK_EQ(wake, 100);
    CHECK(!lane_idle(&l, 99));
    CHECK(lane_take(&l, 100, &wake) == &a);
}

/* Sends everything as early as the lane allows and returns when each one started. */
static void run_all(struct lane *l, struct lane_item *items, size_t n, mono_ns now, mono_ns *starts)
{
    mono_ns wake;

    for (size_t i = 0; i < n; i++)
        lane_push(l, &items[i]);
    for (size_t done = 0; done < n;) {
        if (lane_take(l, now, &wake) == NULL) {
            CHECK(wake > now && wake != MONO_NEVER);
            now = wake;
            continue;
        }
        starts[done++] = now;
        lane_finished(l);
    }
}

TEST(lane, no_window_sees_more_starts_than_the_limit)
{
    enum { N = 500 };
    static struct lane_item items[N];
    static mono_ns starts[N];
    struct lane l;

    lane_init(&l, 1, &robot, 0);
    run_all(&l, items, N, 12345, starts);
    for (size_t i = robot.requests; i < N; i++)
        FAIL_IF(starts[i] - starts[i - robot.requests] < robot.window, "starts %zu and %zu are %lld ns apart",
                i - robot.requests, i, (long long)(starts[i] - starts[i - robot.requests]));
    for (size_t i = 1; i < N; i++)
        FAIL_IF(starts[i] - starts[i - 1] < robot.min_gap, "start %zu comes too soon", i);
}

/* what a restart forgets is given back by lane_recall(). Every few starts another process takes over,
 * some time after the last one, whose clock began anew. */
TEST(lane, no_window_sees_more_starts_over_restarts)
{
    enum { N = 500, LIFE = 7 };
    static struct lane_item items[N];
    static mono_ns starts[N];
    struct lane l;
    mono_ns now = 1000 * NS_PER_S, shift = 0; /* of the clock of this process against the first one's */

    lane_init(&l, 1, &robot, now);
    for (size_t i = 0; i < N; i += LIFE) {
        const size_t n = i + LIFE < N ? LIFE : N - i;
        run_all(&l, items + i, n, now, starts + i);
        now = starts[i + n - 1];
        const double tokens = l.tokens;
        for (size_t k = i; k < i + n; k++)
            starts[k] += shift;
        shift += now;
        const mono_ns down = (mono_ns)(i % 4) * NS_PER_S;
        lane_init(&l, 1, &robot, down);
        lane_recall(&l, tokens, 0, 0);
        now = down;
    }
    for (size_t i = robot.requests; i < N; i++)
        FAIL_IF(starts[i] - starts[i - robot.requests] < robot.window, "starts %zu and %zu are %lld ns apart",
                i - robot.requests, i, (long long)(starts[i] - starts[i - robot.requests]));
}

TEST(lane, tells_when_there_is_nothing_to_remember)
{
    struct lane l;
    struct lane_item a = {0};
    mono_ns wake;

    lane_init(&l, 1, &robot, 0);
    CHECK_EQ(lane_rested_at(&l, 7), 7);
    lane_push(&l, &a);
    CHECK(lane_take(&l, 7, &wake) == &a);
    CHECK_EQ((lane_rested_at(&l, 7) - 7) / NS_PER_S, 5);
    lane_block(&l, 60 * NS_PER_S);
    CHECK_EQ(lane_rested_at(&l, 7), 60 * NS_PER_S);
    lane_recall(&l, 99, 0, 70 * NS_PER_S);
    CHECK_EQ(lane_rested_at(&l, 7), 70 * NS_PER_S);
    CHECK(lane_limited(&l, 69 * NS_PER_S));
    CHECK_EQ((int)l.tokens, 6);
}

/* */
TEST(lane, a_queue_that_is_too_long_gives_up_repetitions_first)
{
    enum { MORE = 4 };
    static struct lane_item items[LANE_QUEUE_MAX + MORE];
    static const size_t given_up[MORE] = {9, 5, 7, LANE_QUEUE_MAX + 3};
    struct lane l;

    lane_init(&l, 1, &robot, 0);
    for (size_t i = 0; i < COUNT_OF(items); i++)
        items[i].class = i == 5 || i == 9 ? 3 : i == 7 ? 2 : 1;
    for (size_t i = 0; i < LANE_QUEUE_MAX; i++)
        lane_push(&l, &items[i]);
    CHECK(lane_excess(&l) == NULL);
    for (size_t i = 0; i < MORE; i++) {
        lane_push(&l, &items[LANE_QUEUE_MAX + i]);
        struct lane_item *excess = lane_excess(&l);
        FAIL_IF(excess != &items[given_up[i]], "step %zu", i);
        lane_remove(&l, excess);
    }
    lane_push(&l, &items[5]);
    CHECK(lane_excess(&l) == &items[5]);
    lane_adjust(&l, 1, &no_limit, 0);
    CHECK(lane_excess(&l) == NULL);
}

TEST(lane, tells_whether_something_would_start_and_what_keeps_it)
{
    struct lane l;
    struct lane_item a = {0};
    mono_ns wake;

    lane_init(&l, 1, &no_limit, 0);
    CHECK(lane_ready(&l, 0));
    lane_push(&l, &a);
    CHECK(!lane_ready(&l, 0) && !lane_limited(&l, 0));
    CHECK(lane_take(&l, 0, &wake) == &a);
    CHECK(!lane_ready(&l, 0) && !lane_limited(&l, 0));
    lane_finished(&l);
    lane_block(&l, 10);
    CHECK(!lane_ready(&l, 9) && lane_limited(&l, 9));
    CHECK(lane_ready(&l, 10));
}

TEST(lane, new_settings_do_not_give_tokens_back)
{
    struct lane_item items[7] = {0};
    mono_ns starts[6], wake;
    struct lane l;

    lane_init(&l, 1, &robot, 0);
    run_all(&l, items, 6, 0, starts);
    lane_adjust(&l, 1, &robot, starts[5]);
    lane_push(&l, &items[6]);
    CHECK(lane_take(&l, starts[5] + robot.min_gap, &wake) == NULL);
    CHECK(wake > starts[5] + NS_PER_S);
}

TEST(lane, is_idle_only_when_its_bucket_is_full_again)
{
    struct lane l;
    struct lane_item a = {0};
    mono_ns wake;

    lane_init(&l, 1, &robot, 0);
    CHECK(lane_idle(&l, 0));
    lane_push(&l, &a);
    CHECK(!lane_idle(&l, 0));
    CHECK(lane_take(&l, 0, &wake) == &a);
    CHECK(!lane_idle(&l, 0));
    lane_finished(&l);
    CHECK(!lane_idle(&l, NS_PER_S));
    CHECK(lane_idle(&l, 6 * NS_PER_S));
}

TEST(lane, an_open_breaker_holds_everything_and_then_lets_one_pass)
{
    struct lane l;
    struct lane_item items[3] = {0};
    mono_ns wake, now = BREAKER_STREAK;

    lane_init(&l, 10, &no_limit, 0);
    for (int i = 0; i < BREAKER_FAILURES; i++)
        (void)breaker_note(&l.breaker, SIGN_SILENT, i == 0 ? 0 : now);
    for (int i = 0; i < 3; i++)
        lane_push(&l, &items[i]);
    CHECK(lane_take(&l, now, &wake) == NULL);
    CHECK_EQ(wake, now + BREAKER_FIRST_PAUSE);
    now = wake;
    CHECK(lane_take(&l, now, &wake) == &items[0]);
    CHECK(lane_take(&l, now, &wake) == NULL);
    lane_finished(&l);
    (void)breaker_note(&l.breaker, SIGN_FINE, now);
    CHECK(lane_take(&l, now, &wake) == &items[1]);
    CHECK(lane_take(&l, now, &wake) == &items[2]);
}
