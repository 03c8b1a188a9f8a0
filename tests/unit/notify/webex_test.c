#include "fixture.h"

#define ACCOUNT "room_id: 'R{{ .Status }}', http_config: {authorization: {credentials: c}}"

static const struct now some_time = {0, {.sec = 1700000000}};

static void begin(struct fixture *f, const char *settings)
{
    const struct delivery_alert alerts[] = {HIGH_CPU};
    struct config *c = fixture_receiver("webex", settings, "");
    struct err err = {0};

    fixture_begin(f, c, fixture_delivery(c, alerts, 1));
    FAIL_IF(!fixture_render(f, some_time, &err), "%s", err.text);
}

TEST(webex, message_goes_to_the_room)
{
    struct fixture f;

    begin(&f, "{" ACCOUNT ", message: '{{ .Status }}'}");
    CHECK_STR(f.request.url, "https://webexapis.com/v1/messages");
    CHECK_SV(f.request.body, "{\"markdown\":\"firing\",\"roomId\":\"Rfiring\"}\n");
    fixture_end(&f);
}

/* */
TEST(webex, long_messages_are_cut_at_a_rune)
{
    struct fixture f;

    /* The ellipsis takes three of 7439 bytes; the rune at 7435 would need one more than is left. */
    begin(&f, "{" ACCOUNT ", message: '{{ printf \"%07435d\" 0 }}ééé'}");
    CHECK_EQ(f.request.body.n, sizeof "{\"markdown\":\"\",\"roomId\":\"Rfiring\"}\n" - 1 + 7438);
    CHECK(memmem(f.request.body.p, f.request.body.n, "000\xe2\x80\xa6\"", 7) != NULL);
    fixture_end(&f);
}

/* */
TEST(webex, settings_are_checked)
{
    static const struct {
        const char *settings, *error;
    } rows[] = {
        {"{http_config: {authorization: {credentials: c}}}", "missing room_id on webex_config"},
        {"{room_id: r}", "missing webex_configs.http_config.authorization"},
        {"{room_id: r, http_config: {}}", "missing webex_configs.http_config.authorization"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        fixture_refused("webex", rows[i].settings, rows[i].error);
}
