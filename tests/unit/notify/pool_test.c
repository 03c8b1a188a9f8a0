/* The notifier's thread against a real server on the loopback interface. */
#include "bench.h"

#define OK          "200 OK\r\nContent-Length: 2\r\n\r\nok"
#define BAD_REQUEST "400 Bad Request\r\nContent-Length: 3\r\n\r\nno\n"
#define UNAVAILABLE "503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"

/* R-003 R-009 */
TEST(pool, delivers_what_the_webhook_promises)
{
    struct bench b;

    begin(&b,
          "{url: 'http://127.0.0.1:PORT/hook', http_config: {basic_auth: {username: u, password: p}, "
          "http_headers: {X-Team: {values: [a, b]}}}}",
          ANSWERS(OK), 0);
    submit(&b, 5 * NS_PER_S);
    const struct delivery *d = outcome(&b, 0);
    FAIL_IF(!d->ok, "%s", d->error);
    CHECK_EQ(d->attempts, 1);
    const char *r = sink_view(&b.sink).requests[0];
    CHECK(strncmp(r, "POST /hook HTTP/1.1\r\n", 21) == 0);
    CHECK(strstr(r, "\r\nUser-Agent: Alertmanager/0.34.0\r\n") != NULL);
    CHECK(strstr(r, "\r\nContent-Type: application/json\r\n") != NULL);
    CHECK(strstr(r, "\r\nAuthorization: Basic dTpw\r\n") != NULL);
    CHECK(strstr(r, "\r\nX-Team: a\r\nX-Team: b\r\n") != NULL);
    CHECK(strstr(r, "Expect:") == NULL && strstr(r, "Accept:") == NULL);
    CHECK(strstr(r, "\r\n\r\n{\"receiver\":\"ops\\\\.team\",") != NULL);
    CHECK(has_metric(&b, "alertmanager_notifications_total{integration=\"webhook\"} 1\n"));
    CHECK(has_metric(&b, "alertmanager_notification_requests_total{integration=\"webhook\"} 1\n"));
    CHECK(has_metric(&b, "alertmanager_notification_latency_seconds_count{integration=\"webhook\"} 1\n"));
    CHECK(has_metric(&b, "alertmanager_notifications_total{integration=\"jira\"} 0\n"));
    CHECK(has_metric(&b, "alertmanager_notifications_failed_total{integration=\"dingtalk\","
                         "reason=\"rateLimited\"} 0\n"));
    end(&b);
}

/* P-103 */
TEST(pool, what_the_peer_refuses_is_not_tried_again)
{
    struct bench b;

    begin(&b, "{url: 'http://127.0.0.1:PORT/'}", ANSWERS(BAD_REQUEST, OK), 0);
    submit(&b, 5 * NS_PER_S);
    const struct delivery *d = outcome(&b, 0);
    CHECK(!d->ok);
    CHECK_EQ(d->failure, FAILURE_CLIENT);
    CHECK_STR(d->error,
              "ops.team/webhook[0]: notify retry canceled due to unrecoverable error after 1 attempts: "
              "unexpected status code 400: no");
    CHECK_EQ(sink_view(&b.sink).n, 1);
    CHECK(has_metric(&b, "failed_total{integration=\"webhook\",reason=\"clientError\"} 1\n"));
    end(&b);
}

TEST(pool, failures_of_the_server_are_tried_again)
{
    struct bench b;

    begin(&b, "{url: 'http://127.0.0.1:PORT/'}", ANSWERS(UNAVAILABLE, OK), 0);
    submit(&b, 10 * NS_PER_S);
    const struct delivery *d = outcome(&b, 0);
    CHECK(d->ok);
    CHECK_EQ(d->attempts, 2);
    CHECK(has_metric(&b, "alertmanager_notifications_total{integration=\"webhook\"} 1\n"));
    CHECK(has_metric(&b, "alertmanager_notification_requests_total{integration=\"webhook\"} 2\n"));
    CHECK(has_metric(&b, "alertmanager_notification_requests_failed_total{integration=\"webhook\"} 1\n"));
    end(&b);
}

/* P-097, P-099, TL-24 */
TEST(pool, a_peer_that_hangs_uses_up_the_deadline)
{
    struct bench b;

    begin(&b, "{url: 'http://127.0.0.1:PORT/'}", ANSWERS(OK), -1);
    submit(&b, NS_PER_S / 5);
    const struct delivery *d = outcome(&b, 0);
    CHECK(!d->ok);
    CHECK_EQ(d->failure, FAILURE_DEADLINE);
    CHECK_STR(d->error,
              "ops.team/webhook[0]: notify retry canceled after 1 attempts: context deadline exceeded");
    end(&b);
}

/* P-102, TL-10 */
TEST(pool, a_receiver_timeout_is_a_failed_attempt)
{
    struct bench b;

    begin(&b, "{url: 'http://127.0.0.1:PORT/', timeout: 50ms}", ANSWERS(OK), -1);
    submit(&b, NS_PER_S / 5);
    const struct delivery *d = outcome(&b, 0);
    CHECK_EQ(d->failure, FAILURE_OTHER);
    CHECK_STR(d->error, "ops.team/webhook[0]: notify retry canceled after 1 attempts: Post \"<redacted>\": "
                        "configured webhook timeout reached (50ms)");
    end(&b);
}

TEST(pool, errors_do_not_show_the_url)
{
    struct bench b;

    begin(&b, "{url: 'http://127.0.0.1:1/SECRET?token=SECRET'}", ANSWERS(OK), 0);
    submit(&b, NS_PER_S / 10);
    const struct delivery *d = outcome(&b, 0);
    CHECK(!d->ok);
    CHECK(strstr(d->error, "Post \"<redacted>\": ") != NULL);
    CHECK(strstr(d->error, "SECRET") == NULL);
    end(&b);
}

/* */
TEST(pool, redirects_are_followed_as_browsers_do)
{
    static const struct {
        const char *name, *settings, *answer, *second;
    } rows[] = {
        {"301", "{url: 'http://127.0.0.1:PORT/'}",
         "301 Moved\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n", "GET /there HTTP/1.1\r\n"},
        {"302", "{url: 'http://127.0.0.1:PORT/'}",
         "302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n", "GET /there HTTP/1.1\r\n"},
        {"303", "{url: 'http://127.0.0.1:PORT/'}",
         "303 See Other\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n", "GET /there HTTP/1.1\r\n"},
        {"307", "{url: 'http://127.0.0.1:PORT/'}",
         "307 Temporary\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n", "POST /there HTTP/1.1\r\n"},
        {"308", "{url: 'http://127.0.0.1:PORT/'}",
         "308 Permanent\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n", "POST /there HTTP/1.1\r\n"},
        {"off", "{url: 'http://127.0.0.1:PORT/', http_config: {follow_redirects: false}}",
         "302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct bench b;
        begin(&b, rows[i].settings, ANSWERS(rows[i].answer, OK), 0);
        submit(&b, 5 * NS_PER_S);
        const struct delivery *d = outcome(&b, 0);
        FAIL_IF(d->ok != (rows[i].second != NULL), "%s: %s", rows[i].name, d->error);
        if (rows[i].second != NULL)
            FAIL_IF(strncmp(sink_view(&b.sink).requests[1], rows[i].second, strlen(rows[i].second)) != 0,
                    "%s: %s", rows[i].name, sink_view(&b.sink).requests[1]);
        end(&b);
    }
}

TEST(pool, one_destination_sees_at_most_twenty_requests_at_once)
{
    enum { N = 100 };
    struct bench b;

    begin(&b, "{url: 'http://127.0.0.1:PORT/'}", ANSWERS(OK), 20);
    for (int i = 0; i < N; i++)
        submit(&b, 20 * NS_PER_S);
    for (size_t i = 0; i < N; i++)
        FAIL_IF(!outcome(&b, i)->ok, "%s", outcome(&b, i)->error);
    CHECK(sink_view(&b.sink).max_running <= 20);
    CHECK(sink_view(&b.sink).max_running > 10);
    CHECK(sink_view(&b.sink).n_connections <= 20);
    end(&b);
}

/* P-094 */
TEST(pool, nothing_to_send_succeeds_at_once)
{
    struct bench b;

    begin(&b, "{url: 'http://127.0.0.1:PORT/'}", ANSWERS(OK), 0);
    struct delivery *empty = fixture_delivery(b.config, NULL, 0);
    notify_submit(b.notify, empty);
    CHECK(outcome(&b, 0)->ok);
    CHECK_EQ(outcome(&b, 0)->attempts, 0);
    CHECK(has_metric(&b, "alertmanager_notifications_total{integration=\"webhook\"} 1\n"));
    CHECK(has_metric(&b, "alertmanager_notification_requests_total{integration=\"webhook\"} 0\n"));
    CHECK_EQ(sink_view(&b.sink).n, 0);
    end(&b);
}

TEST(pool, a_template_error_is_an_attempt_that_cannot_succeed)
{
    struct bench b;

    begin_with(&b, "webhook", "{url: 'http://127.0.0.1:PORT/', payload: '{{ .Nope }}'}", ANSWERS(OK), 0,
               (struct notify_opts){.log_fd = 1, .compat_strict = true});
    submit(&b, 5 * NS_PER_S);
    const struct delivery *d = outcome(&b, 0);
    CHECK_EQ(d->failure, FAILURE_OTHER);
    CHECK(strstr(d->error, "after 1 attempts: failed to render custom payload: template: ") != NULL);
    CHECK_EQ(sink_view(&b.sink).n, 0);
    end(&b);
}

TEST(pool, stopping_gives_everything_back)
{
    struct bench b;

    begin(&b, "{url: 'http://127.0.0.1:PORT/'}", ANSWERS(OK), -1);
    for (int i = 0; i < 30; i++)
        submit(&b, 60 * NS_PER_S);
    sink_wait(&b.sink, 20);
    notify_stop(b.notify, NS_PER_S / 20);
    submit(&b, 60 * NS_PER_S);
    CHECK_EQ(notify_in_flight(b.notify), 1);
    notify_free(b.notify);
    CHECK_EQ(b.out.n, 31);
    for (size_t i = 0; i < 31; i++) {
        CHECK(!b.out.v[i]->ok);
        CHECK_EQ(b.out.v[i]->failure, FAILURE_CANCELED);
        CHECK(strstr(b.out.v[i]->error, "context canceled") != NULL);
    }
    end_stopped(&b);
}

TEST(pool, an_attempt_under_way_may_finish_while_stopping)
{
    struct bench b;

    begin(&b, "{url: 'http://127.0.0.1:PORT/'}", ANSWERS(OK), 100);
    submit(&b, 60 * NS_PER_S);
    sink_wait(&b.sink, 1);
    notify_stop(b.notify, 10 * NS_PER_S);
    CHECK_EQ(b.out.n, 1);
    CHECK(b.out.v[0]->ok);
    notify_free(b.notify);
    end_stopped(&b);
}

TEST(pool, a_full_queue_refuses_and_says_so)
{
    struct bench b;

    begin_with(&b, "webhook", "{url: 'http://127.0.0.1:PORT/'}", ANSWERS(OK), -1,
               (struct notify_opts){.log_fd = 1, .queue_limit = 2});
    for (int i = 0; i < 3; i++)
        submit(&b, 60 * NS_PER_S);
    const struct delivery *d = outcome(&b, 0);
    CHECK(!d->ok);
    CHECK(strstr(d->error, "after 0 attempts: too many notifications are waiting") != NULL);
    end(&b);
}

/* R-096 R-090 */
TEST(pool, throttling_pauses_the_robot_for_everybody)
{
    struct bench b;

    begin_with(&b, "dingtalk",
               "{webhook_url: 'http://127.0.0.1:PORT/robot/send?access_token=T', title: t, text: x}",
               ANSWERS("200 OK\r\nContent-Length: 35\r\n\r\n{\"errcode\":410100,\"errmsg\":\"slow!\"}", OK),
               0, (struct notify_opts){.log_fd = 1});
    submit(&b, NS_PER_S);
    sink_wait(&b.sink, 1);
    submit(&b, NS_PER_S / 2);
    for (size_t i = 0; i < 2; i++)
        CHECK_EQ(outcome(&b, i)->failure, FAILURE_RATE_LIMITED);
    /* The lane is paused for longer than the first may take: it comes back at once and says for how long. */
    CHECK(strstr(outcome(&b, 0)->error, "after 1 attempts: dingtalk error 410100: slow!") != NULL);
    CHECK(outcome(&b, 0)->retry_after > 5 * NS_PER_S);
    CHECK(strstr(outcome(&b, 1)->error, "after 0 attempts: rate limited: queued 0 s") != NULL);
    CHECK(outcome(&b, 1)->retry_after > 5 * NS_PER_S);
    CHECK_EQ(sink_view(&b.sink).n, 1);
    end(&b);
}

TEST(pool, a_wait_beyond_the_deadline_is_not_waited_for)
{
    static const char *const busy[] = {
        "503 Service Unavailable\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n",
        "429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n",
    };

    for (size_t i = 0; i < COUNT_OF(busy); i++) {
        struct bench b;

        begin(&b, "{url: 'http://127.0.0.1:PORT/'}", ANSWERS(busy[i]), 0);
        submit(&b, 5 * NS_PER_S);
        const struct delivery *d = outcome(&b, 0);
        FAIL_IF(d->ok || d->refused || d->attempts != 1, "%s: %s", busy[i], d->error);
        FAIL_IF(d->retry_after > 7 * NS_PER_S || d->retry_after < 6 * NS_PER_S, "%s: %lld ns", busy[i],
                (long long)d->retry_after);
        end(&b);
    }
}

TEST(pool, shows_its_lanes_without_secrets)
{
    struct bench b;
    struct arena mem;
    struct lanes_view view;

    arena_init(&mem, 1 << 20);
    begin(&b, "{url: 'http://u:p@127.0.0.1:PORT/secret'}", ANSWERS(BAD_REQUEST), 0);
    submit(&b, 5 * NS_PER_S);
    CHECK(outcome(&b, 0)->refused);
    notify_lanes_view(b.notify, &mem, &view);
    CHECK_EQ(view.n, 1);
    CHECK(strncmp(view.v[0].name, "http://127.0.0.1:", 17) == 0);
    CHECK_EQ(view.v[0].n_receivers, 1);
    CHECK_STR(view.v[0].receivers[0], "ops.team/webhook[0]");
    CHECK_EQ(view.v[0].state, LANE_CLOSED);
    CHECK_STR(view.v[0].last_error, "unexpected status code 400: no");
    CHECK(stamp_is_unset(view.v[0].last_success) && !stamp_is_unset(view.v[0].last_error_at));
    CHECK(has_metric(&b, "tocsin_lane_state{lane=\"http://127.0.0.1:"));
    arena_done(&mem);
    end(&b);
}

TEST(pool, log_receivers_write_one_block)
{
    struct bench b;
    int fds[2];
    char text[256] = {0};

    CHECK(pipe(fds) == 0);
    begin_with(&b, "log", "{text: \"{{ .Status }}\\n{{ .Receiver }}\"}", ANSWERS(OK), 0,
               (struct notify_opts){.log_fd = fds[1]});
    submit(&b, 5 * NS_PER_S);
    CHECK(outcome(&b, 0)->ok);
    CHECK(read(fds[0], text, sizeof text - 1) > 0);
    CHECK_STR(text, "firing\nops\\.team\n");
    close(fds[0]);
    close(fds[1]);
    end(&b);
}

/* ---- a template that fails ---- */

#define BROKEN "{webhook_url: 'http://127.0.0.1:PORT/x', title: T, message: '{{ .Nope }}'}"

TEST(pool, a_plain_text_stands_in_for_a_template_that_fails)
{
    struct bench b;

    begin_with(&b, "discord", BROKEN, ANSWERS(OK), 0, (struct notify_opts){.log_fd = 1});
    submit(&b, 5 * NS_PER_S);
    FAIL_IF(!outcome(&b, 0)->ok, "%s", outcome(&b, 0)->error);
    const char *r = sink_view(&b.sink).requests[0];
    FAIL_IF(strstr(r, "[FIRING:1] HighCPU\\nFIRING critical HighCPU web-1:9100 CPU ") == NULL, "%s", r);
    FAIL_IF(strstr(r, "can't evaluate field Nope") == NULL, "%s", r);
    CHECK(has_metric(&b, "tocsin_notifications_plain_total{integration=\"discord\"} 1\n"));
    end(&b);
}

/* Who reads it expects JSON. */
TEST(pool, the_usual_body_stands_in_for_a_payload_that_fails)
{
    struct bench b;

    begin(&b, "{url: 'http://127.0.0.1:PORT/', payload: {a: '{{ .Nope }}'}}", ANSWERS(OK), 0);
    submit(&b, 5 * NS_PER_S);
    FAIL_IF(!outcome(&b, 0)->ok, "%s", outcome(&b, 0)->error);
    const char *r = sink_view(&b.sink).requests[0];
    FAIL_IF(strstr(r, "\r\n\r\n{\"receiver\":\"ops\\\\.team\",") == NULL, "%s", r);
    end(&b);
}

/* */
TEST(pool, under_strict_a_template_that_fails_is_not_sent)
{
    struct bench b;

    begin_with(&b, "discord", BROKEN, ANSWERS(OK), 0,
               (struct notify_opts){.log_fd = 1, .compat_strict = true});
    submit(&b, 5 * NS_PER_S);
    CHECK(!outcome(&b, 0)->ok);
    FAIL_IF(strstr(outcome(&b, 0)->error, "can't evaluate field Nope") == NULL, "%s", outcome(&b, 0)->error);
    end(&b);
}

/* Nothing can stand in for the address. */
TEST(pool, a_url_that_cannot_be_rendered_is_a_failure)
{
    struct bench b;

    begin_with(&b, "webhook", "{url: 'http://127.0.0.1:PORT/{{ .Nope }}'}", ANSWERS(OK), 0,
               (struct notify_opts){.log_fd = 1});
    submit(&b, 5 * NS_PER_S);
    CHECK(!outcome(&b, 0)->ok);
    FAIL_IF(strstr(outcome(&b, 0)->error, "can't evaluate field Nope") == NULL, "%s", outcome(&b, 0)->error);
    end(&b);
}

/* ---- several groups in one message (receivers.md B1.5), R-097 ---- */

#define ROBOT(limits)                                                                                        \
    "{webhook_url: 'http://127.0.0.1:PORT/x', title: T, text: 'alone', rate_limit: {requests: 600, window: " \
    "60s, "                                                                                                  \
    "burst: 1, min_gap: 100ms" limits "}}"

TEST(pool, what_waits_for_a_robot_is_told_in_one_message_critical_first)
{
    struct bench b;

    begin_with(&b, "dingtalk", ROBOT(""), ANSWERS(ROBOT_OK), 0, (struct notify_opts){.log_fd = 1});
    submit_group(&b, 0, "critical", true);
    sink_wait(&b.sink, 1);
    for (int i = 1; i <= 9; i++)
        submit_group(&b, i, i == 9 ? "critical" : "warning", i != 1);
    wait_all_ok(&b, 10);
    CHECK_EQ(sink_view(&b.sink).n, 2);
    CHECK(strstr(sink_view(&b.sink).requests[0], "\"text\":\"alone\"") != NULL);
    const char *digest = sink_view(&b.sink).requests[1];
    FAIL_IF(strstr(digest, "\"title\":\"🔴[合并告警] 9 组 9 条\"") == NULL, "%s", digest);
    FAIL_IF(
        strstr(
            digest,
            "#### 🔴[合并告警] 9 组 9 条\\n\\n**🔴 A9**（触发 1 恢复 0）\\n- critical · web-9 · full <disk>\\n"
            "[查看全部](" EXTERNAL_URL "/#/alerts?receiver=ops.team)\\n\\n**🔴 A2**") == NULL,
        "%s", digest);
    FAIL_IF(strstr(digest, "**🟢 A1**（触发 0 恢复 1）\\n- 已恢复 · web-1 · full <disk>") ==
                NULL,
            "%s", digest);
    CHECK(has_metric(&b, "tocsin_digests_total 1\n"));
    CHECK(has_metric(&b, "tocsin_digest_groups_total 9\n"));
    end(&b);
}

TEST(pool, a_digest_that_is_refused_is_sent_group_by_group)
{
    struct bench b;

    begin_with(&b, "dingtalk", ROBOT(""), ANSWERS(ROBOT_OK, ROBOT_REFUSES, ROBOT_OK), 0,
               (struct notify_opts){.log_fd = 1});
    submit_group(&b, 0, "warning", true);
    sink_wait(&b.sink, 1);
    for (int i = 1; i <= 3; i++)
        submit_group(&b, i, "warning", true);
    wait_all_ok(&b, 4);
    CHECK_EQ(sink_view(&b.sink).n, 5);
    for (size_t i = 2; i < 5; i++)
        FAIL_IF(strstr(sink_view(&b.sink).requests[i], "\"text\":\"alone\"") == NULL, "%s",
                sink_view(&b.sink).requests[i]);
    end(&b);
}

/* */
TEST(pool, a_digest_that_cannot_be_delivered_is_tried_again_by_all)
{
    struct bench b;

    begin_with(&b, "dingtalk", ROBOT(""), ANSWERS(ROBOT_OK, UNAVAILABLE, ROBOT_OK), 0,
               (struct notify_opts){.log_fd = 1});
    submit_group(&b, 0, "warning", true);
    sink_wait(&b.sink, 1);
    for (int i = 1; i <= 3; i++)
        submit_group(&b, i, "warning", true);
    wait_all_ok(&b, 4);
    CHECK_EQ(outcome(&b, 3)->attempts, 2);
    end(&b);
}

TEST(pool, merge_never_sends_one_by_one)
{
    struct bench b;

    begin_with(&b, "dingtalk", ROBOT(", merge: never"), ANSWERS(ROBOT_OK), 0,
               (struct notify_opts){.log_fd = 1});
    for (int i = 0; i < 4; i++)
        submit_group(&b, i, "warning", true);
    wait_all_ok(&b, 4);
    CHECK_EQ(sink_view(&b.sink).n, 4);
    end(&b);
}

/* */
TEST(pool, a_stop_gives_back_what_a_digest_was_telling)
{
    struct bench b;

    begin_with(&b, "dingtalk", ROBOT(""), ANSWERS(ROBOT_OK), 300, (struct notify_opts){.log_fd = 1});
    submit_group(&b, 0, "warning", true);
    sink_wait(&b.sink, 1);
    for (int i = 1; i <= 3; i++)
        submit_group(&b, i, "warning", true);
    sink_wait(&b.sink, 2);
    end(&b);
    CHECK_EQ(b.out.n, 4);
}
