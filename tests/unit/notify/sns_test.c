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

/* Neither keys nor files of whoever runs the tests. */
static void clear_environment(void)
{
    static const char *const names[] = {"AWS_ACCESS_KEY_ID",   "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
                                        "AWS_REGION",          "AWS_DEFAULT_REGION",    "AWS_PROFILE",
                                        "AWS_ENDPOINT_URL_STS"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        unsetenv(names[i]);
    setenv("AWS_SHARED_CREDENTIALS_FILE", TEST_DATA "/aws/nonexistent", 1);
    setenv("AWS_CONFIG_FILE", TEST_DATA "/aws/nonexistent", 1);
}

static void use_shared_files(void)
{
    clear_environment();
    setenv("AWS_SHARED_CREDENTIALS_FILE", TEST_DATA "/aws/credentials", 1);
    setenv("AWS_CONFIG_FILE", TEST_DATA "/aws/config", 1);
}

/* */
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

/* */
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

/* */
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

/* */
TEST(sns, messages_are_cut_at_256_kib_and_texts_that_are_no_utf8_are_replaced)
{
    struct strbuf settings = {0};
    struct fixture f;
    struct err err = {0};

    strbuf_adds(&settings, "{" KEYS ", " TOPIC ", subject: \"\\xFF\", message: '");
    for (size_t i = 0; i < 262145; i++)
        strbuf_addc(&settings, '0');
    strbuf_adds(&settings, "'}");
    FAIL_IF(!begin(&f, settings.p, &err), "%s", err.text);
    const char *message = strstr(f.request.body.p, "Message=0");
    CHECK_EQ(strspn(message + 8, "0"), 262144);
    CHECK(strstr(f.request.body.p, "Name=truncated") != NULL);
    fixture_end(&f);
    strbuf_done(&settings);
}

TEST(sns, what_cannot_be_rendered_is_tried_again)
{
    static const struct {
        const char *settings, *error;
    } rows[] = {
        {"{sigv4: {access_key: a, secret_key: b}, " TOPIC "}",
         "region not configured in sns.sigv4.region or in default credentials chain"},
        {"{sigv4: {region: r}, " TOPIC "}", "no credentials in sns.sigv4, in AWS_ACCESS_KEY_ID and "
                                            "AWS_SECRET_ACCESS_KEY, or in the profile default"},
        {"{sigv4: {region: r, profile: p}, " TOPIC "}",
         "failed to load final config for SNS: failed to get shared config profile, p"},
        {"{" KEYS ", " TOPIC ", subject: '', message: '{{ .Nope }}'}", "template: "},
    };
    clear_environment();
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

    clear_environment();
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

/* as the real Alertmanager 0.33.1 chooses them */
TEST(sns, the_chain_of_credentials)
{
    static const struct {
        const char *name, *sigv4, *env_key, *env_profile, *env_region, *scope, *session;
    } rows[] = {
        {"default profile", "region: r", NULL, NULL, NULL, "AKDEFAULT/20240102/r/sns/", NULL},
        {"region of the default profile", "", NULL, NULL, NULL, "AKDEFAULT/20240102/eu-default-1/sns/", NULL},
        {"environment before the default profile", "region: r", "AKENV", NULL, NULL, "AKENV/20240102/r/sns/",
         NULL},
        {"profile before the environment", "profile: team", "AKENV", NULL, NULL,
         "AKTEAM/20240102/eu-team-1/sns/", "TOKTEAM"},
        {"profile of the environment", "", NULL, "team", NULL, "AKTEAM/20240102/eu-team-1/sns/", "TOKTEAM"},
        {"keys of the environment before its profile", "", "AKENV", "team", NULL,
         "AKENV/20240102/eu-team-1/sns/", NULL},
        {"region of the environment before the profile's", "profile: team", NULL, NULL, "env",
         "AKTEAM/20240102/env/sns/", "TOKTEAM"},
        {"keys of the file first", "access_key: AKOWN, secret_key: s, profile: team", "AKENV", NULL, NULL,
         "AKOWN/20240102/eu-team-1/sns/", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char settings[256], credential[128];
        struct fixture f;
        struct err err = {0};
        use_shared_files();
        if (rows[i].env_key != NULL) {
            setenv("AWS_ACCESS_KEY_ID", rows[i].env_key, 1);
            setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
        }
        if (rows[i].env_profile != NULL)
            setenv("AWS_PROFILE", rows[i].env_profile, 1);
        if (rows[i].env_region != NULL)
            setenv("AWS_REGION", rows[i].env_region, 1);
        snprintf(settings, sizeof settings, "{sigv4: {%s}, " TOPIC ", subject: '', message: m}",
                 rows[i].sigv4);
        snprintf(credential, sizeof credential, "Credential=%s", rows[i].scope);
        FAIL_IF(!begin(&f, settings, &err), "%s: %s", rows[i].name, err.text);
        FAIL_IF(strstr(f.request.headers[0], credential) == NULL, "%s: %s", rows[i].name,
                f.request.headers[0]);
        const char *session = f.request.headers[2];
        FAIL_IF((session != NULL) != (rows[i].session != NULL) ||
                    (session != NULL && strcmp(session + 22, rows[i].session) != 0),
                "%s: %s", rows[i].name, session);
        fixture_end(&f);
    }
    clear_environment();
}

#define ROLE_ANSWER(key, session, end)                                                                       \
    "<AssumeRoleResponse><AssumeRoleResult><AssumedRoleUser><Arn>a</Arn></AssumedRoleUser><Credentials>"     \
    "<AccessKeyId>" key "</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>" session      \
    "</SessionToken><Expiration>" end "</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"

static void render_at(struct fixture *f, int64_t seconds)
{
    const struct now now = {seconds * NS_PER_S, {.sec = some_time.wall.sec + seconds}};
    struct err err = {0};

    FAIL_IF(!fixture_render(f, now, &err), "%s", err.text);
}

/* Which request it is, and by whom. */
static void check_request(const struct fixture *f, const char *url, const char *credential)
{
    char text[128];

    snprintf(text, sizeof text, "Credential=%s/20240102/", credential);
    CHECK_STR(f->request.url, url);
    FAIL_IF(strstr(f->request.headers[0], text) == NULL, "%s", f->request.headers[0]);
}

#define STS     "https://sts.us-east-2.amazonaws.com/"
#define PUBLISH "https://sns.us-east-2.amazonaws.com/"

/* */
TEST(sns, a_role_is_taken_on_until_its_credentials_expire)
{
    struct fixture f;
    struct err err = {0};

    FAIL_IF(!begin(&f,
                   "{sigv4: {region: us-east-2, access_key: AKOWN, secret_key: s, role_arn: "
                   "'arn:aws:iam::1:role/r', "
                   "external_id: e x}, " TOPIC ", subject: '', message: m}",
                   &err),
            "%s", err.text);
    check_request(&f, STS, "AKOWN");
    CHECK(f.request.exclusive);
    CHECK_SV(f.request.body,
             "Action=AssumeRole&DurationSeconds=900&ExternalId=e+x&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3A"
             "role%2Fr&RoleSessionName=tocsin-1704164645000000000&Version=2011-06-15");
    CHECK(strstr(f.request.headers[0], "/us-east-2/sts/aws4_request, ") != NULL);
    fixture_verdict(&f, 200, ROLE_ANSWER("ASIA1", "TOK1", "2024-01-02T03:19:05Z"), VERDICT_NEXT, "");
    render_at(&f, 1);
    check_request(&f, PUBLISH, "ASIA1");
    CHECK_STR(f.request.headers[2], "X-Amz-Security-Token: TOK1");
    CHECK(!f.request.exclusive);
    fixture_verdict(&f, 200, "<PublishResponse/>", VERDICT_DELIVERED, "");
    render_at(&f, 839);
    check_request(&f, PUBLISH, "ASIA1");
    render_at(&f, 840); /* a minute before the end */
    check_request(&f, STS, "AKOWN");
    fixture_end(&f);
}

TEST(sns, credentials_of_a_role_that_are_refused_are_asked_for_again_once)
{
    static const char expired[] = "<Error><Code>ExpiredToken</Code><Message>too old</Message></Error>";
    struct fixture f;
    struct err err = {0};

    FAIL_IF(!begin(&f,
                   "{sigv4: {region: us-east-2, access_key: AKOWN, secret_key: s, role_arn: r}, " TOPIC
                   ", subject: '', message: m}",
                   &err),
            "%s", err.text);
    fixture_verdict(&f, 200, ROLE_ANSWER("ASIA1", "TOK1", "2024-01-02T03:19:05Z"), VERDICT_NEXT, "");
    render_at(&f, 1);
    fixture_verdict(&f, 403, expired, VERDICT_NEXT, "");
    render_at(&f, 2);
    check_request(&f, STS, "AKOWN");
    fixture_verdict(&f, 200, ROLE_ANSWER("ASIA2", "TOK2", "2024-01-02T03:19:05Z"), VERDICT_NEXT, "");
    render_at(&f, 3);
    check_request(&f, PUBLISH, "ASIA2");
    fixture_verdict(&f, 403, expired, VERDICT_PERMANENT, "unexpected status code 403: too old");
    fixture_end(&f);
}

TEST(sns, what_sts_answers)
{
    static const struct reply_row rows[] = {
        {200, ROLE_ANSWER("K", "T", "nonsense"), VERDICT_NEXT, ""},
        {200, ROLE_ANSWER("K", "T", "9999-01-01T00:00:00Z"), VERDICT_NEXT, ""},
        {200, ROLE_ANSWER("K", "T", "0123-01-01T00:00:00Z"), VERDICT_NEXT, ""},
        {200, ROLE_ANSWER("", "T", "2024-01-02T03:19:05Z"), VERDICT_RETRY,
         "the answer to AssumeRole has no credentials"},
        {200, "<html>", VERDICT_RETRY, "the answer to AssumeRole has no credentials"},
        {403, "<Error><Code>AccessDenied</Code><Message>not you</Message></Error>", VERDICT_PERMANENT,
         "unexpected status code 403: not you"},
        {403, "<Error><Code>ExpiredToken</Code><Message>old</Message></Error>", VERDICT_PERMANENT,
         "unexpected status code 403: old"},
        {503, "", VERDICT_RETRY, "unexpected status code 503"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        struct err err = {0};
        FAIL_IF(!begin(&f,
                       "{sigv4: {region: us-east-2, access_key: A, secret_key: s, role_arn: r}, " TOPIC "}",
                       &err),
                "%s", err.text);
        fixture_answer(&f, &rows[i]);
        fixture_end(&f);
    }
}

/* Profiles name the profile that has the keys; the role of the configuration comes last. */
TEST(sns, roles_follow_one_another)
{
    struct fixture f;
    struct err err = {0};

    use_shared_files();
    setenv("AWS_ENDPOINT_URL_STS", "http://sts.test/", 1);
    FAIL_IF(
        !begin(&f, "{sigv4: {profile: chained, role_arn: last}, " TOPIC ", subject: '', message: m}", &err),
        "%s", err.text);
    check_request(&f, "http://sts.test/", "AKTEAM");
    CHECK(strstr(f.request.body.p, "&ExternalId=ext&RoleArn=arn%3Achain&") != NULL);
    fixture_verdict(&f, 200, ROLE_ANSWER("ASIA1", "T1", "2024-01-02T03:19:05Z"), VERDICT_NEXT, "");
    render_at(&f, 1);
    check_request(&f, "http://sts.test/", "ASIA1");
    CHECK(strstr(f.request.body.p, "&RoleArn=last&") != NULL);
    fixture_verdict(&f, 200, ROLE_ANSWER("ASIA2", "T2", "2024-01-02T03:19:05Z"), VERDICT_NEXT, "");
    render_at(&f, 2);
    check_request(&f, "https://sns.eu-ch-1.amazonaws.com/", "ASIA2");
    fixture_end(&f);
    clear_environment();
}

TEST(sns, profiles_that_lead_nowhere)
{
    static const struct {
        const char *profile, *error;
    } rows[] = {
        {"nosource",
         "failed to load final config for SNS: AWS profile nosource: role_arn needs source_profile"},
        {"circle",
         "failed to load final config for SNS: AWS profile circle: too many roles, one after the other"},
        {"dangling", "failed to load final config for SNS: failed to get shared config profile, gone"},
        {"empty",
         "no credentials in sns.sigv4, in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or in the profile "
         "empty"},
    };
    use_shared_files();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char settings[160];
        struct fixture f;
        struct err err = {0};
        snprintf(settings, sizeof settings, "{sigv4: {region: r, profile: %s}, " TOPIC "}", rows[i].profile);
        CHECK(!begin(&f, settings, &err));
        CHECK_STR(err.text, rows[i].error);
        fixture_end(&f);
    }
    clear_environment();
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
    static const struct reply_row rows[] = {
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
        fixture_answer(&f, &rows[i]);
    fixture_end(&f);
}
