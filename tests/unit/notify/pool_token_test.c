/* Tokens as the notifier's thread fetches them: one request for all who need it, and anew when they expire.
 */
#include "bench.h"

#define OK          "200 OK\r\nContent-Length: 2\r\n\r\nok"
#define UNAVAILABLE "503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"

#define TOKEN_ANSWER(token)                                                                                  \
    "200 OK\r\nContent-Type: application/json\r\nContent-Length: 32\r\n\r\n"                                 \
    "{\"access_token\":\"" token "\",\"error\":\"\"}"
#define UNAUTHORIZED "401 Unauthorized\r\nContent-Length: 3\r\n\r\nno\n"
#define NO_CLIENT                                                                                            \
    "400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 24\r\n\r\n"                        \
    "{\"error\":\"wrong-client\"}"

#define OAUTH2                                                                                               \
    "http_config: {oauth2: {client_id: i, client_secret: SECRET, token_url: 'http://127.0.0.1:PORT/token'}}"
#define HOOK "{url: 'http://127.0.0.1:PORT/hook', " OAUTH2 "}"

/* Each of the requests: the first line's path, and the token that came along. */
static void check_requests(struct bench *b, const char *const *wanted, size_t n)
{
    const struct sink_view v = sink_view(&b->sink);

    CHECK_EQ(v.n, n);
    for (size_t i = 0; i < n; i++) {
        char seen[256];
        const char *path = strchr(v.requests[i], ' ') + 1;
        const char *token = strstr(v.requests[i], "\r\nAuthorization: ");
        token = token != NULL ? token + 17 : "\r";
        snprintf(seen, sizeof seen, "%.*s %.*s", (int)strcspn(path, " "), path, (int)strcspn(token, "\r"),
                 token);
        CHECK_STR(seen, wanted[i]);
    }
}
#define CHECK_REQUESTS(b, ...)                                                                               \
    do {                                                                                                     \
        const char *const wanted[] = {__VA_ARGS__};                                                          \
        check_requests(b, wanted, COUNT_OF(wanted));                                                         \
    } while (0)

#define BASIC "Basic aTpTRUNSRVQ=" /* i:SECRET */

/* C-070 */
TEST(pool_token, one_request_serves_all_who_wait_for_a_token)
{
    static const size_t n = 40; /* more than a lane lets run at once */
    struct bench b;

    begin(&b, HOOK, ANSWERS(TOKEN_ANSWER("t1"), OK), 50);
    for (size_t i = 0; i < n; i++)
        submit(&b, 10 * NS_PER_S);
    for (size_t i = 0; i < n; i++) {
        const struct delivery *d = outcome(&b, i);
        FAIL_IF(!d->ok || d->attempts != 1, "%zu: %u attempts, %s", i, d->attempts, d->error);
    }
    const struct sink_view v = sink_view(&b.sink);
    CHECK_EQ(v.n, n + 1);
    for (size_t i = 1; i < v.n; i++)
        CHECK(strstr(v.requests[i], "\r\nAuthorization: Bearer t1\r\n") != NULL);
    CHECK(has_metric(&b, "alertmanager_notification_requests_total{integration=\"webhook\"} 40\n"));
    end(&b);
}

/* C-070: the kind of failure decides, and all who waited share it */
TEST(pool_token, a_client_that_is_refused_is_not_tried_again)
{
    struct bench b;

    begin(&b, HOOK, ANSWERS(NO_CLIENT), 20);
    for (size_t i = 0; i < 3; i++)
        submit(&b, 10 * NS_PER_S);
    for (size_t i = 0; i < 3; i++) {
        const struct delivery *d = outcome(&b, i);
        CHECK_EQ(d->failure, FAILURE_AUTH);
        CHECK(d->refused);
        CHECK_STR(d->error, "ops.team/webhook[0]: notify retry canceled due to unrecoverable error after 1 "
                            "attempts: Post \"<redacted>\": oauth2: \"wrong-client\"");
    }
    CHECK_REQUESTS(&b, "/token " BASIC, "/token ");
    end(&b);
}

TEST(pool_token, under_strict_a_client_that_is_refused_is_tried_until_the_end)
{
    struct bench b;

    begin_with(&b, "webhook", HOOK, ANSWERS(NO_CLIENT, NO_CLIENT, TOKEN_ANSWER("t1"), OK), 0,
               (struct notify_opts){.log_fd = 1, .compat_strict = true});
    submit(&b, 10 * NS_PER_S);
    const struct delivery *d = outcome(&b, 0);
    FAIL_IF(!d->ok, "%s", d->error);
    CHECK_EQ(d->attempts, 2);
    CHECK_REQUESTS(&b, "/token " BASIC, "/token ", "/token " BASIC, "/hook Bearer t1");
    end(&b);
}

/* A server that is down is asked again, with the usual pauses. */
TEST(pool_token, an_endpoint_that_fails_is_asked_again)
{
    struct bench b;

    begin(&b, HOOK, ANSWERS(UNAVAILABLE, UNAVAILABLE, TOKEN_ANSWER("t1"), OK), 0);
    submit(&b, 10 * NS_PER_S);
    const struct delivery *d = outcome(&b, 0);
    FAIL_IF(!d->ok, "%s", d->error);
    CHECK_EQ(d->attempts, 2);
    end(&b);
}

TEST(pool_token, a_token_that_the_server_refuses_is_renewed_once)
{
    struct bench b;

    begin(&b, HOOK,
          ANSWERS(TOKEN_ANSWER("t1"), UNAUTHORIZED, TOKEN_ANSWER("t2"), OK, UNAUTHORIZED, TOKEN_ANSWER("t3"),
                  UNAUTHORIZED),
          0);
    submit(&b, 10 * NS_PER_S);
    FAIL_IF(!outcome(&b, 0)->ok, "%s", outcome(&b, 0)->error);
    CHECK_EQ(outcome(&b, 0)->attempts, 1);
    submit(&b, 10 * NS_PER_S);
    CHECK_STR(outcome(&b, 1)->error, "ops.team/webhook[0]: notify retry canceled due to unrecoverable error "
                                     "after 1 attempts: unexpected status code 401: no");
    CHECK_REQUESTS(&b, "/token " BASIC, "/hook Bearer t1", "/token " BASIC, "/hook Bearer t2",
                   "/hook Bearer t2", "/token " BASIC, "/hook Bearer t3");
    end(&b);
}

/* Steps count messages, not tokens: OpsGenie's update consists of three requests. */
TEST(pool_token, a_token_takes_the_place_of_a_key_and_no_step)
{
    struct bench b;

    begin_with(&b, "opsgenie",
               "{api_url: 'http://127.0.0.1:PORT/', api_key: KEY, message: m, description: d, "
               "update_alerts: true, " OAUTH2 "}",
               ANSWERS(TOKEN_ANSWER("t1"), OK, UNAUTHORIZED, TOKEN_ANSWER("t2"), OK), 0,
               (struct notify_opts){.log_fd = 1});
    submit(&b, 10 * NS_PER_S);
    FAIL_IF(!outcome(&b, 0)->ok, "%s", outcome(&b, 0)->error);
    const char *alias = "9f2a099adf99adbf3e1d24abbd84835468e75b8b96fca010db3f2b763340e4c1";
    char message[160], refused[160], description[160];
    snprintf(refused, sizeof refused, "/v2/alerts/%s/message?identifierType=alias Bearer t1", alias);
    snprintf(message, sizeof message, "/v2/alerts/%s/message?identifierType=alias Bearer t2", alias);
    snprintf(description, sizeof description, "/v2/alerts/%s/description?identifierType=alias Bearer t2",
             alias);
    CHECK_REQUESTS(&b, "/token " BASIC, "/v2/alerts Bearer t1", refused, "/token " BASIC, message,
                   description);
    end(&b);
}

/* what cannot be sent is a network error, and those are final for Jira. */
TEST(pool_token, each_receiver_says_what_the_failure_means_to_it)
{
    struct bench b;

    begin_with(&b, "jira",
               "{api_url: 'http://127.0.0.1:PORT/', project: P, issue_type: T, summary: s, description: d, "
               "priority: p, " OAUTH2 "}",
               ANSWERS(UNAVAILABLE), 0, (struct notify_opts){.log_fd = 1});
    submit(&b, 10 * NS_PER_S);
    const char *error = outcome(&b, 0)->error;
    FAIL_IF(strstr(error, "unrecoverable error after 1 attempts: failed to look up existing issues: ") ==
                    NULL ||
                strstr(error, "oauth2: cannot fetch token: 503") == NULL,
            "%s", error);
    end(&b);
}

TEST(pool_token, who_waits_for_a_token_has_a_deadline)
{
    struct bench b;

    begin(&b, HOOK, ANSWERS(OK), -1);
    submit(&b, 10 * NS_PER_S); /* asks, and hears nothing */
    sink_wait(&b.sink, 1);
    submit(&b, NS_PER_S / 10);
    CHECK_EQ(outcome(&b, 0)->failure, FAILURE_DEADLINE);
    CHECK_EQ(sink_view(&b.sink).n, 1);
    end(&b); /* gives the first one back as well */
    CHECK_EQ(b.out.n, 2);
}

/* The deadline of the one who asks is not that of those who wait. */
TEST(pool_token, another_one_asks_when_the_first_gives_up)
{
    struct bench b;

    begin(&b, HOOK, ANSWERS(OK), -1);
    submit(&b, NS_PER_S / 5);
    sink_wait(&b.sink, 1);
    submit(&b, 10 * NS_PER_S);
    CHECK_EQ(outcome(&b, 0)->failure, FAILURE_DEADLINE);
    sink_wait(&b.sink, 2);
    CHECK_REQUESTS(&b, "/token " BASIC, "/token " BASIC);
    end(&b);
}

/* applications of WeCom fetch theirs in the same way */
TEST(pool_token, wecom_applications_ask_for_one_token)
{
    struct bench b;

    begin_with(&b, "wechat",
               "{api_url: 'http://127.0.0.1:PORT/', api_secret: S, corp_id: C, message: m, to_user: u, "
               "to_party: p, to_tag: t, agent_id: a}",
               ANSWERS("200 OK\r\nContent-Length: 20\r\n\r\n{\"access_token\":\"t\"}",
                       "200 OK\r\nContent-Length: 13\r\n\r\n{\"errcode\":0}"),
               30, (struct notify_opts){.log_fd = 1});
    for (size_t i = 0; i < 5; i++)
        submit(&b, 10 * NS_PER_S);
    for (size_t i = 0; i < 5; i++)
        FAIL_IF(!outcome(&b, i)->ok, "%s", outcome(&b, i)->error);
    CHECK_EQ(sink_view(&b.sink).n, 6);
    end(&b);
}

/* */
TEST(pool_token, neither_secret_nor_token_is_in_an_error)
{
    struct bench b;

    begin(&b, HOOK, ANSWERS("400 Bad Request\r\nContent-Length: 11\r\n\r\nwhat SECRET"), 0);
    submit(&b, 10 * NS_PER_S);
    const char *error = outcome(&b, 0)->error;
    FAIL_IF(strstr(error, "SECRET") != NULL || strstr(error, "127.0.0.1") != NULL, "%s", error);
    end(&b);
}
