#include "notify/receiver.h"
#include "support/test.h"

/* P-098, P-099, R-003, R-005 */
TEST(classify, http_statuses)
{
    static const struct {
        const char *name;
        int status;
        const char *body;
        enum verdict_kind kind;
        enum failure failure;
        const char *text;
    } rows[] = {
        {"ok", 200, "whatever", VERDICT_DELIVERED, FAILURE_NONE, ""},
        {"created", 201, "", VERDICT_DELIVERED, FAILURE_NONE, ""},
        {"last 2xx", 299, "", VERDICT_DELIVERED, FAILURE_NONE, ""},
        {"informational", 199, "", VERDICT_PERMANENT, FAILURE_OTHER, "unexpected status code 199"},
        {"redirect without target", 302, "", VERDICT_PERMANENT, FAILURE_OTHER, "unexpected status code 302"},
        {"bad request", 400, "no\n", VERDICT_PERMANENT, FAILURE_CLIENT, "unexpected status code 400: no\n"},
        {"unauthorized", 401, "", VERDICT_PERMANENT, FAILURE_AUTH, "unexpected status code 401"},
        {"forbidden", 403, "", VERDICT_PERMANENT, FAILURE_AUTH, "unexpected status code 403"},
        {"not found", 404, "", VERDICT_PERMANENT, FAILURE_CLIENT, "unexpected status code 404"},
        {"too many", 429, "", VERDICT_PERMANENT, FAILURE_RATE_LIMITED, "unexpected status code 429"},
        {"server", 500, "oops", VERDICT_RETRY, FAILURE_SERVER, "unexpected status code 500: oops"},
        {"unavailable", 503, "", VERDICT_RETRY, FAILURE_SERVER, "unexpected status code 503"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct request sent = {.method = "POST"};
        const struct reply reply = {
            .transported = true, .status = rows[i].status, .body = sv_of(rows[i].body)};
        struct verdict v;
        classify_http(&reply, &sent, &v);
        FAIL_IF(v.kind != rows[i].kind || v.failure != rows[i].failure || strcmp(v.text, rows[i].text) != 0,
                "%s: kind %d failure %d text \"%s\"", rows[i].name, v.kind, v.failure, v.text);
    }
}

TEST(classify, retry_after_is_kept_for_what_is_retried)
{
    const struct request sent = {.method = "POST"};
    const struct reply reply = {.transported = true, .status = 503, .retry_after = 7 * NS_PER_S};
    struct verdict v;

    classify_http(&reply, &sent, &v);
    CHECK_EQ(v.retry_after, 7 * NS_PER_S);
}

/* */
TEST(classify, transport_errors_are_retried_and_show_no_url)
{
    const struct request sent = {
        .method = "POST", .url = "http://x/secret", .timeout = 5 * NS_PER_S, .timeout_name = "webhook"};
    const struct reply refused = {.transport_error = "Connection refused"}, slow = {.timed_out = true};
    struct verdict v;

    classify_http(&refused, &sent, &v);
    CHECK_EQ(v.kind, VERDICT_RETRY);
    CHECK_STR(v.text, "Post \"<redacted>\": Connection refused");
    classify_http(&slow, &sent, &v);
    CHECK_EQ(v.kind, VERDICT_RETRY);
    CHECK_STR(v.text, "Post \"<redacted>\": configured webhook timeout reached (5s)");
}

TEST(classify, long_texts_are_cut_between_characters)
{
    static char body[4096];
    const struct request sent = {.method = "POST"};
    struct verdict v;

    for (size_t i = 0; i + 3 < sizeof body; i += 3)
        memcpy(body + i, "\xe4\xb8\xad", 3);
    const struct reply reply = {.transported = true, .status = 400, .body = sv_of(body)};
    classify_http(&reply, &sent, &v);
    const size_t n = strlen(v.text);
    CHECK(n > 480 && n < sizeof v.text);
    CHECK(memcmp(v.text + n - 3, "\xe4\xb8\xad", 3) == 0);
}
