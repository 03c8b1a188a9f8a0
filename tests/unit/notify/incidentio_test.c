#include "fixture.h"

static const struct now some_time = {0, {.sec = 1700000000}};

static void begin(struct fixture *f, const char *settings, const struct delivery_alert *alerts, size_t n)
{
    struct config *c = fixture_receiver("incidentio", settings, "");
    struct err err = {0};

    fixture_begin(f, c, fixture_delivery(c, alerts, n));
    FAIL_IF(!fixture_render(f, some_time, &err), "%s", err.text);
}

static bool body_has(const struct fixture *f, const char *text)
{
    return memmem(f->request.body.p, f->request.body.n, text, strlen(text)) != NULL;
}

/* */
TEST(incidentio, body_is_the_webhooks_in_version_1)
{
    const struct delivery_alert alerts[] = {HIGH_CPU};
    struct fixture f;

    begin(&f, "{url: 'http://x/i', alert_source_token: t, timeout: 3s}", alerts, 1);
    CHECK_STR(f.request.url, "http://x/i");
    CHECK_STR(f.request.headers[0], "Authorization: Bearer t");
    CHECK(f.request.headers[1] == NULL);
    CHECK_EQ(f.request.timeout, 3 * NS_PER_S);
    CHECK_STR(f.request.timeout_name, "incident.io");
    CHECK(sv_has_prefix(f.request.body, SV("{\"receiver\":\"ops\\\\.team\",\"status\":\"firing\"")));
    CHECK(body_has(&f, "\"version\":\"1\",\"groupKey\":\"{}:{alertname=\\\"HighCPU\\\"}\","
                       "\"truncatedAlerts\":0}\n"));
    fixture_end(&f);
}

/* */
TEST(incidentio, a_body_that_is_too_large_keeps_the_first_alert)
{
    char *large = xcalloc(1, 300000);
    memset(large, 'x', 299999);
    memcpy(large, "summary=", 8);
    const struct delivery_alert alerts[] = {fixture_alert("alertname=a", large, true),
                                            fixture_alert("alertname=b", large, true)};
    struct fixture f;

    begin(&f, "{url: 'http://x/i', alert_source_token: t}", alerts, 2);
    CHECK(body_has(&f, "\"labels\":{\"alertname\":\"a\"}"));
    CHECK(!body_has(&f, "\"labels\":{\"alertname\":\"b\"}"));
    CHECK(body_has(&f, "\"truncatedAlerts\":0}"));
    fixture_end(&f);
    free(large);
}

TEST(incidentio, settings_are_checked)
{
    static const struct {
        const char *settings, *error;
    } rows[] = {
        {"{}", "one of url or url_file must be configured"},
        {"{url: 'http://x', url_file: f}", "at most one of url & url_file must be configured"},
        {"{url: 'http://x', alert_source_token: t, alert_source_token_file: f}",
         "at most one of alert_source_token & alert_source_token_file must be configured"},
        {"{url: 'http://x', alert_source_token: t, http_config: {authorization: {credentials: c}}}",
         "cannot specify alert_source_token or alert_source_token_file when using http_config.authorization"},
        {"{url: 'http://x', http_config: {}}",
         "at least one of alert_source_token, alert_source_token_file or http_config.authorization must be "
         "configured"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        fixture_refused("incidentio", rows[i].settings, rows[i].error);
}

/* P-098 R-064 */
TEST(incidentio, replies)
{
    static const struct reply_row rows[] = {
        {202, "", VERDICT_DELIVERED, ""},
        {429, "{}", VERDICT_RETRY, "unexpected status code 429"},
        {500, "not JSON", VERDICT_RETRY, "unexpected status code 500"},
        {422, "{\"message\":\"m\",\"error\":\"e\",\"errors\":[\"a\",\"b\"],\"other\":{}}", VERDICT_PERMANENT,
         "unexpected status code 422: m: e: a, b"},
        {400, "{\"errors\":[\"a\"]}", VERDICT_PERMANENT, "unexpected status code 400: a"},
        {400, "{\"message\":1}", VERDICT_PERMANENT, "unexpected status code 400"},
    };
    const struct delivery_alert alerts[] = {HIGH_CPU};
    struct fixture f;

    begin(&f, "{url: 'http://x/i', alert_source_token: t}", alerts, 1);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        fixture_answer(&f, &rows[i]);
    fixture_end(&f);
}
