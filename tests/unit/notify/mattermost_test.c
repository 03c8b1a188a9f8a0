#include "fixture.h"

#define PLAIN "webhook_url: 'http://x/mm', username: '', text: 't {{ .Status }}', fallback: '', color: ''"
#define BARE  PLAIN ", title: '', title_link: ''"

static const struct now some_time = {0, {.sec = 1700000000}};

static void begin(struct fixture *f, const char *settings)
{
    const struct delivery_alert alerts[] = {HIGH_CPU};
    struct config *c = fixture_receiver("mattermost", settings, "");
    struct err err = {0};

    fixture_begin(f, c, fixture_delivery(c, alerts, 1));
    FAIL_IF(!fixture_render(f, some_time, &err), "%s: %s", settings, err.text);
}

/* */
TEST(mattermost, bodies)
{
    static const struct {
        const char *settings, *body;
    } rows[] = {
        {"{" BARE "}", "{\"attachments\":[{\"text\":\"t firing\"}]}\n"},
        {"{" PLAIN ", title: T, title_link: L, channel: c, pretext: p, author_name: a, author_link: b, "
         "author_icon: i, thumb_url: h, footer: f, footer_icon: o, image_url: g, icon_url: u, icon_emoji: e, "
         "type: y, props: {card: '{{ .Status }}'}, fields: [{title: k, value: v}, {title: k, value: v, "
         "short: "
         "false}]}",
         "{\"channel\":\"c\",\"icon_url\":\"u\",\"icon_emoji\":\"e\",\"attachments\":[{\"pretext\":\"p\","
         "\"text\":\"t firing\",\"author_name\":\"a\",\"author_link\":\"b\",\"author_icon\":\"i\",\"title\":"
         "\"T\",\"title_link\":\"L\",\"fields\":[{\"title\":\"k\",\"value\":\"v\"},{\"title\":\"k\","
         "\"value\":\"v\",\"short\":false}],\"thumb_url\":\"h\",\"footer\":\"f\",\"footer_icon\":\"o\","
         "\"image_url\":\"g\"}],\"type\":\"y\",\"props\":{\"card\":\"firing\"}}\n"},
        {"{" BARE ", attachments: [{text: att}, {}]}",
         "{\"text\":\"t firing\",\"attachments\":[{\"text\":\"att\"},{}]}\n"},
        {"{" BARE ", priority: {priority: Urgent, requested_ack: true, persistent_notifications: true}}",
         "{\"attachments\":[{\"text\":\"t firing\"}],\"priority\":{\"priority\":\"urgent\","
         "\"requested_ack\":true,\"persistent_notifications\":true}}\n"},
        {"{" BARE ", priority: {priority: important, requested_ack: true, persistent_notifications: true}}",
         "{\"attachments\":[{\"text\":\"t firing\"}],\"priority\":{\"priority\":\"important\","
         "\"requested_ack\":true}}\n"},
        {"{" BARE ", priority: {priority: odd, requested_ack: true}}",
         "{\"attachments\":[{\"text\":\"t firing\"}],\"priority\":{\"priority\":\"standard\"}}\n"},
        {"{" BARE ", priority: {requested_ack: true}, props: {}}",
         "{\"attachments\":[{\"text\":\"t firing\"}]}\n"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        begin(&f, rows[i].settings);
        CHECK_STR(f.request.url, "http://x/mm");
        CHECK_SV(f.request.body, rows[i].body);
        fixture_end(&f);
    }
}

TEST(mattermost, settings_are_checked)
{
    static const struct {
        const char *settings, *error;
    } rows[] = {
        {"{}", "missing webhook_url or webhook_url_file on mattermost_config"},
        {"{webhook_url: 'http://x', webhook_url_file: f}",
         "at most one of webhook_url & webhook_url_file must be configured"},
        {"{webhook_url: 'http://x', fields: [{value: v}]}",
         "missing title in Mattermost field configuration"},
        {"{webhook_url: 'http://x', attachments: [{fields: [{title: v}]}]}",
         "missing value in Mattermost field configuration"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        fixture_refused("mattermost", rows[i].settings, rows[i].error);
}

/* P-098 */
TEST(mattermost, replies_name_the_channel)
{
    struct fixture f;

    begin(&f, "{" BARE ", channel: 'c{{ .Status }}'}");
    fixture_verdict(&f, 200, "ok", VERDICT_DELIVERED, "");
    fixture_verdict(&f, 400, "bad", VERDICT_PERMANENT,
                    "channel \"cfiring\": unexpected status code 400: bad");
    fixture_verdict(&f, 500, "", VERDICT_RETRY, "channel \"cfiring\": unexpected status code 500");
    fixture_end(&f);
}
