#include "fixture.h"

#define ACCOUNT "api_url: 'http://x', token: t, token_id: i"
#define BARE    "color: '', title: '', title_link: '', text: '', emoji: '', icon_url: ''"

static const struct now some_time = {0, {.sec = 1700000000}};

static void begin(struct fixture *f, const char *settings)
{
    const struct delivery_alert alerts[] = {HIGH_CPU};
    struct config *c = fixture_receiver("rocketchat", settings, "");
    struct err err = {0};

    fixture_begin(f, c, fixture_delivery(c, alerts, 1));
    FAIL_IF(!fixture_render(f, some_time, &err), "%s: %s", settings, err.text);
}

/* */
TEST(rocketchat, bodies)
{
    static const struct {
        const char *settings, *body;
    } rows[] = {
        {"{" ACCOUNT ", " BARE "}", "{\"attachments\":[{}]}\n"},
        {"{" ACCOUNT
         ", channel: '#x', title: T, title_link: L, text: x, emoji: e, icon_url: a, image_url: m, "
         "thumb_url: h}",
         "{\"channel\":\"#x\",\"emoji\":\"e\",\"avatar\":\"a\",\"attachments\":[{\"title\":\"T\",\"title_"
         "link\":\"L\",\"text\":\"x\",\"image_url\":\"m\",\"thumb_url\":\"h\",\"color\":\"red\"}]}\n"},
        {"{" ACCOUNT ", " BARE ", short_fields: true, fields: [{title: t, value: '{{ .Status }}'}, {short: "
         "false}]}",
         "{\"attachments\":[{\"fields\":[{\"short\":true,\"title\":\"t\",\"value\":\"firing\"},{\"short\":"
         "false}]}]}\n"},
        {"{" ACCOUNT ", " BARE ", actions: [{type: odd, text: go, url: u, msg: m, iswebview: true}, {}]}",
         "{\"attachments\":[{\"actions\":[{\"type\":\"button\",\"text\":\"go\",\"url\":\"u\",\"is_webview\":"
         "false,\"msg\":\"m\",\"msg_in_chat_window\":false},{\"type\":\"button\",\"is_webview\":false,"
         "\"msg_in_chat_window\":false}]}]}\n"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        begin(&f, rows[i].settings);
        CHECK_STR(f.request.url, "http://x/api/v1/chat.postMessage");
        CHECK_STR(f.request.headers[0], "X-Auth-Token: t");
        CHECK_STR(f.request.headers[1], "X-User-Id: i");
        CHECK_SV(f.request.body, rows[i].body);
        fixture_end(&f);
    }
}

TEST(rocketchat, settings_are_checked)
{
    static const struct {
        const char *settings, *error;
    } rows[] = {
        {"{token: t, token_file: f}", "at most one of token & token_file must be configured"},
        {"{token_id: t, token_id_file: f}", "at most one of token_id & token_id_file must be configured"},
        {"{token: t}", "no global Rocketchat TokenID set either inline or in a file"},
        {"{token_id: t}", "no global Rocketchat Token set either inline or in a file"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        fixture_refused("rocketchat", rows[i].settings, rows[i].error);
}

/* P-098 R-062 */
TEST(rocketchat, replies)
{
    static const struct reply_row rows[] = {
        {200, "{\"success\":true,\"message\":{}}", VERDICT_DELIVERED, ""},
        {200, "{\"success\":false,\"error\":\"no\"}", VERDICT_PERMANENT,
         "channel \"#x\": error response from Rocketchat: no"},
        {401, "denied", VERDICT_PERMANENT, "channel \"#x\": unexpected status code 401: denied"},
        {502, "", VERDICT_RETRY, "channel \"#x\": unexpected status code 502"},
    };
    struct fixture f;

    begin(&f, "{" ACCOUNT ", " BARE ", channel: '#x'}");
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        fixture_answer(&f, &rows[i]);
    CHECK_EQ(fixture_reply(&f, 200, "nonsense").kind, VERDICT_RETRY);
    fixture_end(&f);
}
