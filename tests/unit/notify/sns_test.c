#include "fixture.h"

#define KEYS                                                                                                 \
    "sigv4: {region: us-east-2, access_key: AKIDEXAMPLE, secret_key: "                                       \
    "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY}"
#define TOPIC "topic_arn: 'arn:aws:sns:us-east-2:123456789012:ops'"
#define GROUP "9f2a099adf99adbf3e1d24abbd84835468e75b8b96fca010db3f2b763340e4c1"

/* 2024-01-02T03:04:05Z, on a machine east of Greenwich. */
static const struct now some_time = {0, {.sec = 1704164645, .off_min = 480}};

static bool begin(struct fixture *f, const char *settings, struct err *err)
{
    const struct delivery_alert alerts[] = {HIGH_CPU};
    struct config *c = fixture_receiver("sns", settings, "");

    fixture_begin(f, c, fixture_delivery(c, alerts, 1));
    return fixture_render(f, some_time, err);
}

TEST(sns, requests_are_signed)
{
    struct fixture f;
    struct err err = {0};

    FAIL_IF(!begin(&f, "{" KEYS ", " TOPIC ", subject: s, message: hi}", &err), "%s", err.text);
    CHECK_STR(f.request.url, "https://sns.us-east-2.amazonaws.com/");
    CHECK_SV(f.request.body, "Action=Publish&Message=hi&Subject=s&TopicArn=arn%3Aaws%3Asns%3Aus-east-2%"
                             "3A123456789012%3Aops&Version=2010-03-31");
    CHECK_STR(f.request.headers[0],
              "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20240102/us-east-2/sns/aws4_request, "
              "SignedHeaders=content-type;host;x-amz-date, "
              "Signature=c003a63ac8497b00697443d64af1fe827dacc069f58b478f36c0b7a4d33544ac");
    CHECK_STR(f.request.headers[1], "X-Amz-Date: 20240102T030405Z");
    CHECK(f.request.headers[2] == NULL);
    fixture_end(&f);
}

TEST(sns, bodies)
{
    static const struct {
        const char *settings, *url, *body;
    } rows[] = {
        {"{sigv4: {region: cn-north-1, access_key: a, secret_key: b}, target_arn: t, subject: '', message: "
         "m, "
         "attributes: {z: '1', '{{ .Status }}': 'a b'}}",
         "https://sns.cn-north-1.amazonaws.com.cn/",
         "Action=Publish&Message=m&MessageAttributes.entry.1.Name=firing&MessageAttributes.entry.1.Value."
         "DataType=String&MessageAttributes.entry.1.Value.StringValue=a+b&MessageAttributes.entry.2.Name=z&"
         "MessageAttributes.entry.2.Value.DataType=String&MessageAttributes.entry.2.Value.StringValue=1&"
         "TargetArn=t&Version=2010-03-31"},
        {"{" KEYS ", api_url: 'http://x/{{ .Status }}', topic_arn: a.fifo, subject: '', message: m}",
         "http://x/firing",
         "Action=Publish&Message=m&MessageDeduplicationId=" GROUP "&MessageGroupId=" GROUP
         "&TopicArn=a.fifo&Version=2010-03-31"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        struct err err = {0};
        FAIL_IF(!begin(&f, rows[i].settings, &err), "%s: %s", rows[i].settings, err.text);
        CHECK_STR(f.request.url, rows[i].url);
        CHECK_SV(f.request.body, rows[i].body);
        fixture_end(&f);
    }
}

TEST(sns, text_messages_are_cut_and_marked)
{
    static const char end[] = "0&MessageAttributes.entry.1.Name=truncated&MessageAttributes.entry.1.Value."
                              "DataType=String&MessageAttributes.entry.1.Value.StringValue=true&PhoneNumber="
                              "%2B1&Version=2010-03-31";
    struct fixture f;
    struct err err = {0};

    FAIL_IF(!begin(&f, "{" KEYS ", phone_number: '+1', subject: '', message: '{{ printf \"%01599d\" 0 }}é'}",
                   &err),
            "%s", err.text);
    CHECK_EQ(f.request.body.n, strlen("Action=Publish&Message=") + 1598 + strlen(end));
    CHECK_STR(f.request.body.p + f.request.body.n - strlen(end), end);
    fixture_end(&f);
}

TEST(sns, what_cannot_be_rendered_is_tried_again)
{
    static const struct {
        const char *settings, *error;
    } rows[] = {
        {"{sigv4: {access_key: a, secret_key: b}, " TOPIC "}",
         "region not configured in sns.sigv4.region or in default credentials chain"},
        {"{sigv4: {region: r}, " TOPIC "}",
         "no credentials in sns.sigv4 or in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"},
        {"{sigv4: {region: r, profile: p}, " TOPIC "}", "sigv4: profile and role_arn are not supported yet"},
        {"{" KEYS ", " TOPIC ", subject: '', message: '{{ .Nope }}'}", "template: "},
    };
    unsetenv("AWS_REGION");
    unsetenv("AWS_DEFAULT_REGION");
    unsetenv("AWS_ACCESS_KEY_ID");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        struct err err = {0};
        FAIL_IF(begin(&f, rows[i].settings, &err), "%s is rendered", rows[i].settings);
        CHECK(f.render.transient);
        FAIL_IF(strncmp(err.text, rows[i].error, strlen(rows[i].error)) != 0, "%s: \"%s\"", rows[i].settings,
                err.text);
        fixture_end(&f);
    }
}

TEST(sns, the_environment_gives_what_is_not_configured)
{
    struct fixture f;
    struct err err = {0};

    setenv("AWS_DEFAULT_REGION", "eu-west-1", 1);
    setenv("AWS_ACCESS_KEY_ID", "ENVKEY", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
    setenv("AWS_SESSION_TOKEN", "session", 1);
    FAIL_IF(!begin(&f, "{" TOPIC ", subject: '', message: m}", &err), "%s", err.text);
    CHECK_STR(f.request.url, "https://sns.eu-west-1.amazonaws.com/");
    CHECK(strstr(f.request.headers[0], "Credential=ENVKEY/20240102/eu-west-1/sns/") != NULL);
    CHECK(strstr(f.request.headers[0], "host;x-amz-date;x-amz-security-token,") != NULL);
    CHECK_STR(f.request.headers[2], "X-Amz-Security-Token: session");
    fixture_end(&f);
}

TEST(sns, settings_are_checked)
{
    static const char *target = "must provide either a Target ARN, Topic ARN, or Phone Number for SNS config";
    static const char *keys =
        "must provide a AWS SigV4 Access key and Secret Key if credentials are specified";
    const struct {
        const char *settings, *error;
    } rows[] = {
        {"{}", target},
        {"{topic_arn: a, target_arn: b}", target},
        {"{sigv4: {access_key: a}, topic_arn: a}", keys},
        {"{sigv4: {secret_key: a}, topic_arn: a}", keys},
        {"{sigv4: {external_id: a}, topic_arn: a}", "external_id can only be used with role_arn"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        fixture_refused("sns", rows[i].settings, rows[i].error);
    struct err err = {0};
    struct config *all = fixture_load("sns", "{topic_arn: a, target_arn: b, phone_number: c}", &err);
    FAIL_IF(all == NULL, "three targets: %s", err.text);
    config_unref(all);
}

/* P-098 */
TEST(sns, replies)
{
    static const struct {
        int status;
        const char *body;
        enum verdict_kind kind;
        const char *text;
    } rows[] = {
        {200, "<PublishResponse/>", VERDICT_DELIVERED, ""},
        {404, "<Error><Code>NotFound</Code><Message>no topic</Message></Error>", VERDICT_PERMANENT,
         "unexpected status code 404: no topic"},
        {400, "<Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error>", VERDICT_THROTTLED,
         "unexpected status code 400: Rate exceeded"},
        {500, "oops", VERDICT_RETRY, "unexpected status code 500"},
    };
    struct fixture f;
    struct err err = {0};

    FAIL_IF(!begin(&f, "{" KEYS ", " TOPIC ", subject: s, message: hi}", &err), "%s", err.text);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        fixture_verdict(&f, rows[i].status, rows[i].body, rows[i].kind, rows[i].text);
    fixture_end(&f);
}
