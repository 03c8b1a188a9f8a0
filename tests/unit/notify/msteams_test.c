#include "fixture.h"

#define TEXTS "webhook_url: 'http://x/d', title: 'T {{ .Status }}', text: 'a <b>'"

static const struct now some_time = {0, {.sec = 1700000000}};

static void begin(struct fixture *f, const char *type, const char *settings, bool firing)
{
    const struct delivery_alert alerts[] = {fixture_alert("alertname=HighCPU", "", firing)};
    struct config *c = fixture_receiver(type, settings, "");
    struct err err = {0};

    fixture_begin(f, c, fixture_delivery(c, alerts, 1));
    FAIL_IF(!fixture_render(f, some_time, &err), "%s", err.text);
}

/* */
TEST(msteams, cards_have_the_color_of_the_status)
{
    static const struct {
        const char *type, *settings;
        bool firing;
        const char *body;
    } rows[] = {
        {"msteams", "{" TEXTS ", summary: S}", true,
         "{\"@context\":\"http://schema.org/extensions\",\"type\":\"MessageCard\",\"title\":\"T firing\","
         "\"summary\":\"S\",\"text\":\"a \\u003cb\\u003e\",\"themeColor\":\"8C1A1A\"}\n"},
        {"msteams", "{" TEXTS ", summary: ''}", false,
         "{\"@context\":\"http://schema.org/extensions\",\"type\":\"MessageCard\",\"title\":\"T resolved\","
         "\"summary\":\"\",\"text\":\"a \\u003cb\\u003e\",\"themeColor\":\"2DC72D\"}\n"},
        {"msteamsv2", "{" TEXTS "}", true,
         "{\"type\":\"message\",\"attachments\":[{\"contentType\":\"application/"
         "vnd.microsoft.card.adaptive\",\"contentUrl\":null,\"content\":{\"$schema\":\"http://"
         "adaptivecards.io/schemas/"
         "adaptive-card.json\",\"type\":\"AdaptiveCard\",\"version\":\"1.2\",\"body\":[{\"type\":"
         "\"TextBlock\",\"text\":\"T firing\",\"weight\":\"Bolder\",\"size\":\"Medium\",\"wrap\":true,"
         "\"style\":\"heading\",\"color\":\"Attention\"},{\"type\":\"TextBlock\",\"text\":\"a "
         "\\u003cb\\u003e\",\"wrap\":true}],\"msteams\":{\"width\":\"full\"}}}]}\n"},
        {"msteamsv2", "{" TEXTS "}", false,
         "{\"type\":\"message\",\"attachments\":[{\"contentType\":\"application/"
         "vnd.microsoft.card.adaptive\",\"contentUrl\":null,\"content\":{\"$schema\":\"http://"
         "adaptivecards.io/schemas/"
         "adaptive-card.json\",\"type\":\"AdaptiveCard\",\"version\":\"1.2\",\"body\":[{\"type\":"
         "\"TextBlock\",\"text\":\"T resolved\",\"weight\":\"Bolder\",\"size\":\"Medium\",\"wrap\":true,"
         "\"style\":\"heading\",\"color\":\"Good\"},{\"type\":\"TextBlock\",\"text\":\"a "
         "\\u003cb\\u003e\",\"wrap\":true}],\"msteams\":{\"width\":\"full\"}}}]}\n"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        begin(&f, rows[i].type, rows[i].settings, rows[i].firing);
        CHECK_STR(f.request.method, "POST");
        CHECK_STR(f.request.url, "http://x/d");
        CHECK_SV(f.request.body, rows[i].body);
        fixture_end(&f);
    }
}

/* C-066 R-011 */
TEST(msteams, version_2_takes_the_proxy_over_from_global)
{
    struct err err = {0};
    struct config *c = fixture_config("global: {http_config: {proxy_url: 'http://p:1'}}\n"
                                      "route: {receiver: a}\n"
                                      "receivers:\n"
                                      "- name: a\n"
                                      "  msteams_configs: [{webhook_url: 'http://x', http_config: {}}]\n"
                                      "  msteamsv2_configs: [{webhook_url: 'http://x', http_config: {}}]\n",
                                      &err);
    FAIL_IF(c == NULL, "%s", err.text);
    const struct integration *i = c->receivers[0]->integrations;
    CHECK(i[0].settings->http_config->proxy_url == NULL);
    CHECK_STR(i[1].settings->http_config->proxy_url, "http://p:1");
    config_unref(c);
}

TEST(msteams, settings_are_checked)
{
    static const struct {
        const char *type, *settings, *error;
    } rows[] = {
        {"msteams", "{}", "one of webhook_url or webhook_url_file must be configured"},
        {"msteams", "{webhook_url: 'http://x', webhook_url_file: f}",
         "at most one of webhook_url & webhook_url_file must be configured"},
        {"msteamsv2", "{}", "one of webhook_url or webhook_url_file must be configured"},
        {"msteamsv2", "{webhook_url: 'http://x', webhook_url_file: f}",
         "at most one of webhook_url & webhook_url_file must be configured"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        fixture_refused(rows[i].type, rows[i].settings, rows[i].error);
}

/* P-098 */
TEST(msteams, replies)
{
    struct fixture f;

    begin(&f, "msteams", "{" TEXTS ", summary: S}", true);
    fixture_verdict(&f, 202, "1", VERDICT_DELIVERED, "");
    fixture_verdict(&f, 503, "busy", VERDICT_RETRY, "unexpected status code 503: busy");
    fixture_verdict(&f, 429, "slow", VERDICT_PERMANENT, "unexpected status code 429: slow");
    fixture_end(&f);
}
