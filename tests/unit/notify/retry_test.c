#include "notify/retry.h"

#include <stdio.h>

#include "support/test.h"

static struct verdict failed(enum verdict_kind kind, enum failure failure, const char *text)
{
    struct verdict v = {.kind = kind, .failure = failure};
    snprintf(v.text, sizeof v.text, "%s", text);
    return v;
}

/* Starts an attempt at `now` that fails at once, and returns the wait. */
static dur_ns wait_after(struct retry *r, mono_ns now, double random)
{
    const struct verdict v = failed(VERDICT_RETRY, FAILURE_SERVER, "no");
    mono_ns at;

    CHECK(retry_begin(r, now));
    CHECK_EQ(retry_decide(r, &v, now, random, &at), RETRY_WAIT);
    return at - now;
}

/* P-096 R-001 */
TEST(retry, waits_grow_by_half_from_half_a_second_up_to_a_minute)
{
    struct retry r;
    const double expected[] = {0.5, 0.75, 1.125, 1.6875};
    mono_ns now = 1000;

    retry_init(&r, INT64_MAX);
    for (int i = 0; i < 4; i++) {
        const dur_ns wait = wait_after(&r, now, 0.5);
        CHECK(wait > (dur_ns)(expected[i] * 0.999e9) && wait < (dur_ns)(expected[i] * 1.001e9));
        now += wait;
    }
    for (int i = 0; i < 20; i++)
        now += wait_after(&r, now, 0.5);
    CHECK_EQ(wait_after(&r, now, 0.5), 60 * NS_PER_S);
    CHECK_EQ(r.attempts, 25);
}

/* */
TEST(retry, jitter_is_half_of_the_wait_in_both_directions)
{
    struct retry low, high;

    retry_init(&low, INT64_MAX);
    retry_init(&high, INT64_MAX);
    CHECK_EQ(wait_after(&low, 0, 0), NS_PER_S / 4);
    CHECK_EQ(wait_after(&high, 0, 1), NS_PER_S * 3 / 4);
}

/* P-096 */
TEST(retry, a_slow_attempt_eats_up_the_wait)
{
    const struct verdict v = failed(VERDICT_RETRY, FAILURE_SERVER, "no");
    struct retry r;
    mono_ns at;

    retry_init(&r, INT64_MAX);
    CHECK(retry_begin(&r, 0));
    CHECK_EQ(retry_decide(&r, &v, NS_PER_S / 10, 0.5, &at), RETRY_WAIT);
    CHECK_EQ(at, NS_PER_S / 2);
    CHECK(retry_begin(&r, at));
    CHECK_EQ(retry_decide(&r, &v, at + 5 * NS_PER_S, 0.5, &at), RETRY_WAIT);
    CHECK_EQ(at, NS_PER_S / 2 + 5 * NS_PER_S);
}

TEST(retry, what_the_peer_asks_for_is_granted_but_never_past_the_deadline)
{
    struct verdict v = failed(VERDICT_RETRY, FAILURE_SERVER, "no");
    struct retry r;
    mono_ns at;

    retry_init(&r, 100 * NS_PER_S);
    v.retry_after = 30 * NS_PER_S;
    CHECK(retry_begin(&r, 0));
    CHECK_EQ(retry_decide(&r, &v, NS_PER_S, 0.5, &at), RETRY_WAIT);
    CHECK_EQ(at, 31 * NS_PER_S);
    v.retry_after = INT64_MAX - 1;
    CHECK(retry_begin(&r, at));
    CHECK_EQ(retry_decide(&r, &v, at, 0.5, &at), RETRY_WAIT);
    CHECK_EQ(at, 100 * NS_PER_S);
}

TEST(retry, steps_of_one_attempt_count_once)
{
    const struct verdict next = {.kind = VERDICT_NEXT}, done = {.kind = VERDICT_DELIVERED};
    struct retry r;
    mono_ns at;

    retry_init(&r, NS_PER_S);
    CHECK(retry_begin(&r, 0));
    CHECK_EQ(retry_decide(&r, &next, 1, 0.5, &at), RETRY_CONTINUE);
    CHECK(!retry_begin(&r, 2));
    CHECK_EQ(retry_decide(&r, &done, 3, 0.5, &at), RETRY_DELIVERED);
    CHECK_EQ(r.attempts, 1);
}

/* P-100 */
TEST(retry, only_a_new_error_is_news)
{
    const struct verdict a = failed(VERDICT_RETRY, FAILURE_SERVER, "a"),
                         b = failed(VERDICT_THROTTLED, FAILURE_RATE_LIMITED, "b");
    const struct {
        const struct verdict *v;
        bool news;
    } rows[] = {{&a, true}, {&a, false}, {&b, true}, {&a, true}};
    struct retry r;
    mono_ns at;

    retry_init(&r, INT64_MAX);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CHECK(retry_begin(&r, 0));
        CHECK_EQ(retry_decide(&r, rows[i].v, 0, 0.5, &at), RETRY_WAIT);
        CHECK_EQ(r.fresh_error, rows[i].news);
    }
}

/* P-101 R-002 */
TEST(retry, texts_name_integration_attempts_and_the_last_error)
{
    const struct verdict retry = failed(VERDICT_RETRY, FAILURE_SERVER, "unexpected status code 503"),
                         permanent = failed(VERDICT_PERMANENT, FAILURE_CLIENT, "unexpected status code 400");
    struct retry r;
    mono_ns at;
    char text[256];

    retry_init(&r, INT64_MAX);
    CHECK(retry_begin(&r, 0));
    retry_abort(&r);
    retry_canceled_text(&r, "d/webhook[0]", "context deadline exceeded", text, sizeof text);
    CHECK_STR(text, "d/webhook[0]: notify retry canceled after 1 attempts: context deadline exceeded");
    CHECK(retry_begin(&r, 0));
    CHECK_EQ(retry_decide(&r, &retry, 0, 0.5, &at), RETRY_WAIT);
    retry_canceled_text(&r, "d/webhook[0]", "context deadline exceeded", text, sizeof text);
    CHECK_STR(text, "d/webhook[0]: notify retry canceled after 2 attempts: unexpected status code 503");
    CHECK(retry_begin(&r, 0));
    CHECK_EQ(retry_decide(&r, &permanent, 0, 0.5, &at), RETRY_REFUSED);
    CHECK_EQ(r.failure, FAILURE_CLIENT);
    retry_refused_text(&r, "d/webhook[0]", text, sizeof text);
    CHECK_STR(text, "d/webhook[0]: notify retry canceled due to unrecoverable error after 3 attempts: "
                    "unexpected status code 400");
}
