/* Pools of robots: who takes a message when one of them cannot (receivers.md B1.2, B1.5; R-095). */
#include "bench.h"

#define ROBOT_SLOW_DOWN "200 OK\r\nContent-Length: 35\r\n\r\n{\"errcode\":410100,\"errmsg\":\"slow!\"}"
#define ROBOT_UNKNOWN   "200 OK\r\nContent-Length: 36\r\n\r\n{\"errcode\":300005,\"errmsg\":\"token?\"}"
#define UNAVAILABLE     "503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"

/* Three robots, which the sink tells apart by their tokens. */
#define POOL(strategy, limits)                                                                               \
    "{robot_strategy: " strategy ", title: T, text: alone, rate_limit: {" limits "}, robots: ["              \
    "{webhook_url: 'http://127.0.0.1:PORT/send?access_token=a'}, "                                           \
    "{webhook_url: 'http://127.0.0.1:PORT/send?access_token=b', secret: SEC}, "                              \
    "{webhook_url: 'http://127.0.0.1:PORT/send?access_token=c'}]}"

static void begin_robots(struct bench *b, const char *settings, const char *const *script)
{
    begin_with(b, "dingtalk", settings, script, 0, (struct notify_opts){.log_fd = 1});
}

static char robot_of(const char *request)
{
    const char *token = strstr(request, "access_token=");
    return token != NULL ? token[strlen("access_token=")] : '?';
}

/* The robots in the order of the requests: "abc". */
static void check_robots(struct bench *b, const char *name, const char *expected)
{
    const struct sink_view seen = sink_view(&b->sink);
    char robots[SINK_REQUESTS + 1] = "";

    for (size_t i = 0; i < seen.n; i++)
        robots[i] = robot_of(seen.requests[i]);
    FAIL_IF(strcmp(robots, expected) != 0, "%s: %s, want %s", name, robots, expected);
}

/* One after the other. */
static void deliver(struct bench *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        submit_group(b, (int)i, "warning", true);
        const struct delivery *d = outcome(b, i);
        FAIL_IF(!d->ok, "%zu: %s", i, d->error);
    }
}

TEST(robots, who_is_next)
{
    const struct {
        const char *name, *settings, *const *script, *expected;
        size_t deliveries;
    } rows[] = {
        {"the first one has all", POOL("failover", "min_gap: 0s"), ANSWERS(ROBOT_OK), "aaa", 3},
        {"one that asks for patience is left at once, and left alone", POOL("failover", "min_gap: 0s"),
         ANSWERS(ROBOT_SLOW_DOWN, ROBOT_OK), "abb", 2},
        {"one that is not known any more, too", POOL("failover", "min_gap: 0s"),
         ANSWERS(ROBOT_UNKNOWN, ROBOT_SLOW_DOWN, ROBOT_OK), "abcc", 2},
        {"an error of the server is not waited out", POOL("failover", "min_gap: 0s"),
         ANSWERS(UNAVAILABLE, ROBOT_OK), "aba", 2},
        {"one whose bucket is empty is not waited for",
         POOL("failover", "requests: 3, burst: 2, window: 1h, min_gap: 0s"), ANSWERS(ROBOT_OK), "aabbcc", 6},
        {"all of them", POOL("broadcast", "min_gap: 0s"), ANSWERS(ROBOT_OK), "abcabc", 2},
        {"all of them, who has it does not get it again", POOL("broadcast", "min_gap: 0s"),
         ANSWERS(ROBOT_OK, UNAVAILABLE, ROBOT_OK), "abcb", 1},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct bench b;
        begin_robots(&b, rows[i].settings, rows[i].script);
        deliver(&b, rows[i].deliveries);
        check_robots(&b, rows[i].name, rows[i].expected);
        end(&b);
    }
}

/* A group's first notification has its robot; repetitions go round. */
TEST(robots, round_robin)
{
    struct bench b;

    begin_robots(&b, POOL("round_robin", "min_gap: 0s"), ANSWERS(ROBOT_OK));
    for (size_t i = 0; i < 6; i++) {
        const struct delivery_alert alerts[] = {HIGH_CPU};
        struct delivery *d = fixture_delivery(b.config, alerts, 1);
        d->deadline = clk_now().mono + 20 * NS_PER_S;
        d->reason = i < 3 ? REASON_REPEAT : REASON_FIRST;
        notify_submit(b.notify, d);
        FAIL_IF(!outcome(&b, i)->ok, "%s", outcome(&b, i)->error);
    }
    const struct sink_view seen = sink_view(&b.sink);
    for (size_t i = 0; i < 3; i++)
        CHECK_EQ(robot_of(seen.requests[i]), "abc"[i]);
    for (size_t i = 4; i < 6; i++)
        CHECK_EQ(robot_of(seen.requests[i]), robot_of(seen.requests[3]));
    end(&b);
}

/* Each robot has its own secret: only the second signs. */
TEST(robots, sign_for_themselves)
{
    struct bench b;

    begin_robots(&b, POOL("broadcast", "min_gap: 0s"), ANSWERS(ROBOT_OK));
    deliver(&b, 1);
    const struct sink_view seen = sink_view(&b.sink);
    for (size_t i = 0; i < 3; i++)
        FAIL_IF((strstr(seen.requests[i], "&sign=") != NULL) != (i == 1), "%s", seen.requests[i]);
    end(&b);
}

/* Three are sent at once, one by each; the rest waits at the first, which is blocked when its turn comes. */
TEST(robots, what_waits_for_one_that_gets_blocked_moves_on)
{
    struct bench b;

    begin_robots(&b, POOL("failover", "requests: 600, burst: 1, window: 60s, min_gap: 300ms"),
                 ANSWERS(ROBOT_OK, ROBOT_OK, ROBOT_OK, ROBOT_SLOW_DOWN, ROBOT_OK));
    for (int i = 0; i < 6; i++)
        submit_group(&b, i, "warning", true);
    wait_all_ok(&b, 6);
    const struct sink_view seen = sink_view(&b.sink);
    CHECK_EQ(robot_of(seen.requests[3]), 'a');
    CHECK(seen.n > 4);
    for (size_t i = 4; i < seen.n; i++)
        FAIL_IF(robot_of(seen.requests[i]) == 'a', "%s", seen.requests[i]);
    end(&b);
}

TEST(robots, refuse_when_all_of_them_do)
{
    static const char *const strategies[] = {POOL("failover", "min_gap: 0s"),
                                             POOL("broadcast", "min_gap: 0s")};

    for (size_t i = 0; i < COUNT_OF(strategies); i++) {
        struct bench b;
        begin_robots(&b, strategies[i], ANSWERS(ROBOT_UNKNOWN));
        submit_group(&b, 0, "warning", true);
        const struct delivery *d = outcome(&b, 0);
        FAIL_IF(d->ok || !d->refused, "%s", d->error);
        FAIL_IF(strstr(d->error, "after 3 attempts: dingtalk error 300005: token?") == NULL, "%s", d->error);
        check_robots(&b, strategies[i], "abc");
        end(&b);
    }
}

/* The others have it, but one never will: that is a failure, and it says whose. */
TEST(robots, broadcast_needs_all)
{
    struct bench b;

    begin_robots(&b, POOL("broadcast", "min_gap: 0s"), ANSWERS(ROBOT_OK, ROBOT_UNKNOWN, ROBOT_OK));
    submit_group(&b, 0, "warning", true);
    const struct delivery *d = outcome(&b, 0);
    FAIL_IF(d->ok || strstr(d->error, "dingtalk error 300005: token?") == NULL, "%s", d->error);
    check_robots(&b, "broadcast", "abc");
    end(&b);
}

/* ---- restarts: R-094 ---- */

struct memories {
    pthread_mutex_t mu;
    struct lane_memory v[8];
    size_t n;
};
static struct memories kept = {.mu = PTHREAD_MUTEX_INITIALIZER};

/* The latest of each lane. `ctx` is the bench's own. */
static void remember(void *ctx, const struct lane_memory *m)
{
    size_t i = 0;

    (void)ctx;
    pthread_mutex_lock(&kept.mu);
    while (i < kept.n && strcmp(kept.v[i].key, m->key) != 0)
        i++;
    CHECK(i < COUNT_OF(kept.v));
    kept.v[i] = *m;
    kept.n += i == kept.n;
    pthread_mutex_unlock(&kept.mu);
}

TEST(robots, a_penalty_outlives_the_process)
{
    static const char settings[] = "{webhook_url: 'http://127.0.0.1:PORT/send?access_token=a', text: x}";
    struct bench b;

    kept.n = 0;
    begin_with(&b, "dingtalk", settings, ANSWERS(ROBOT_SLOW_DOWN), 0,
               (struct notify_opts){.log_fd = 1, .remember = remember});
    submit(&b, 5 * NS_PER_S);
    CHECK(!outcome(&b, 0)->ok);
    notify_stop(b.notify, 0);
    notify_free(b.notify);
    CHECK_EQ(kept.n, 1);
    CHECK(strncmp(kept.v[0].key, "robot:", 6) == 0 && strstr(kept.v[0].key, "access_token") == NULL);
    const dur_ns left = stamp_sub(kept.v[0].blocked_until, clk_now().wall);
    FAIL_IF(left < 590 * NS_PER_S || left > 610 * NS_PER_S, "%lld s", (long long)(left / NS_PER_S));

    /* The same server and robot, another process. */
    struct err err = {0};
    b.notify = notify_new(&(struct notify_opts){.external_url = EXTERNAL_URL,
                                                .user_agent = "u",
                                                .hostname = "h",
                                                .metrics = b.metrics,
                                                .done = on_done,
                                                .ctx = &b.out,
                                                .memories = kept.v,
                                                .n_memories = kept.n},
                          &err);
    submit(&b, NS_PER_S / 10);
    const struct delivery *d = outcome(&b, 1);
    FAIL_IF(strstr(d->error, "after 0 attempts: rate limited: queued 0 s") == NULL, "%s", d->error);
    CHECK(d->retry_after > 580 * NS_PER_S);
    CHECK_EQ(sink_view(&b.sink).n, 1);
    end(&b);
}

/* the lane is the robot's, whoever sends. R-102: people tell lanes apart by a part of the hash. */
TEST(robots, who_uses_the_same_robot_shares_its_lane)
{
    struct lanes_view view;
    struct arena mem;
    struct bench b;

    begin_robots(&b,
                 "{webhook_url: 'http://127.0.0.1:PORT/?access_token=a', rate_limit: {requests: 2, burst: 1, "
                 "window: 1h}}\n  - {webhook_url: 'http://127.0.0.1:PORT/?access_token=a', rate_limit: "
                 "{requests: 2, burst: 1, window: 1h}}",
                 ANSWERS(ROBOT_OK));
    for (size_t i = 0; i < 2; i++) {
        const struct delivery_alert alerts[] = {HIGH_CPU};
        struct delivery *d = fixture_delivery(b.config, alerts, 1);
        d->integration = &b.config->receivers[0]->integrations[i];
        d->deadline = clk_now().mono + NS_PER_S / 4;
        notify_submit(b.notify, d);
    }
    CHECK(outcome(&b, 0)->ok);
    CHECK(strstr(outcome(&b, 1)->error, "rate limited: queued 0 s") != NULL);
    arena_init(&mem, 1 << 20);
    notify_lanes_view(b.notify, &mem, &view);
    CHECK_EQ(view.n, 1);
    CHECK_EQ(view.v[0].n_receivers, 2);
    const char *tag = strchr(view.v[0].name, '#');
    FAIL_IF(tag == NULL || strspn(tag + 1, "0123456789abcdef") != 8 || tag[9] != '\0', "%s", view.v[0].name);
    arena_done(&mem);
    end(&b);
}

TEST(robots, settings_are_checked)
{
    static const struct refusal rows[] = {
        {"{access_token: T, robots: [{access_token: U}]}",
         "at most one of webhook_url, access_token & robots must be configured"},
        {"{secret: S, robots: [{access_token: U}]}", "each of the robots has a secret of its own"},
        {"{robots: [{secret: S}]}",
         "one of webhook_url, webhook_url_file, access_token or access_token_file must be configured"},
        {"{robots: [{access_token: T, webhook_url: 'http://x/'}]}",
         "at most one of webhook_url & access_token must be configured"},
        {"{robots: [{access_token: T, access_token_file: f}]}",
         "at most one of access_token & access_token_file must be configured"},
        {"{robots: [null]}", "missing robot in dingtalk config"},
        {"{access_token: T, robot_strategy: any}",
         "robot_strategy must be failover, round_robin or broadcast"},
        {"{robots: [{token: T}]}", "field token not found in type config.plain"},
        {"{robots: []}",
         "one of webhook_url, webhook_url_file, access_token or access_token_file must be configured"},
    };

    check_refusals("dingtalk", rows, COUNT_OF(rows));
}
