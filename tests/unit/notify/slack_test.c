#include "fixture.h"

#define POST_MESSAGE "https://slack.com/api/chat.postMessage"

/* */
TEST(slack, bodies)
{
    static const struct golden rows[] = {
        {"{api_url: 'http://x/s', channel: '#ops', message_text: top, send_resolved: true, fields: [{title: "
         "sev, "
         "value: '{{ .CommonLabels.severity }}'}], actions: [{type: button, text: Silence, url: 'http://x', "
         "name: dropped, value: dropped, confirm: {text: dropped}}]}",
         true, "http://x/s",
         "{\"channel\":\"#ops\",\"username\":\"Alertmanager\",\"text\":\"top\",\"attachments\":[{\"title\":"
         "\"[FIRING:1] HighCPU (web-1:9100 "
         "critical)\",\"title_link\":\"http://am.example:9093/#/"
         "alerts?receiver=ops%5C.team\",\"text\":\"\",\"fallback\":\"[FIRING:1] HighCPU (web-1:9100 "
         "critical) | "
         "http://am.example:9093/#/"
         "alerts?receiver=ops%5C.team\",\"callback_id\":\"\",\"fields\":[{\"title\":\"sev\",\"value\":"
         "\"critical\",\"short\":false}],\"actions\":[{\"type\":\"button\",\"text\":\"Silence\",\"url\":"
         "\"http://"
         "x\"}],\"footer\":\"\",\"color\":\"danger\",\"mrkdwn_in\":[\"fallback\",\"pretext\",\"text\"]}]}"},
        {"{api_url: 'http://x/s', channel: c, username: u, icon_emoji: ':e:', icon_url: iu, link_names: "
         "true, "
         "title: t, title_link: l, pretext: p, text: x, fallback: f, callback_id: i, short_fields: true, "
         "fields: [{title: a, value: b}], actions: [{type: button, text: T, style: danger, name: n, value: "
         "v, "
         "confirm: {text: 'sure?', title: C, ok_text: ok, dismiss_text: 'no'}}], image_url: im, thumb_url: "
         "th, "
         "footer: fo, mrkdwn_in: [text]}",
         false, "http://x/s",
         "{\"channel\":\"c\",\"username\":\"u\",\"icon_emoji\":\":e:\",\"icon_url\":\"iu\",\"link_names\":"
         "true,\"attachments\":[{\"title\":\"t\",\"title_link\":\"l\",\"pretext\":\"p\",\"text\":\"x\","
         "\"fallback\":\"f\",\"callback_id\":\"i\",\"fields\":[{\"title\":\"a\",\"value\":\"b\",\"short\":"
         "true}],\"actions\":[{\"type\":\"button\",\"text\":\"T\",\"style\":\"danger\",\"name\":\"n\","
         "\"value\":\"v\",\"confirm\":{\"text\":\"sure?\",\"title\":\"C\",\"ok_text\":\"ok\",\"dismiss_"
         "text\":\"no\"}}],\"image_url\":\"im\",\"thumb_url\":\"th\",\"footer\":\"fo\",\"color\":\"good\","
         "\"mrkdwn_in\":[\"text\"]}]}"},
    };
    check_golden("slack", rows, COUNT_OF(rows));
}

TEST(slack, a_template_that_fails_takes_only_its_own_part_away)
{
    static const struct golden rows[] = {
        {"{api_url: 'http://x/s', channel: c, title: t, title_link: '', text: 'before {{ .Nope }} after'}",
         true, "http://x/s",
         "{\"channel\":\"c\",\"username\":\"Alertmanager\",\"attachments\":[{\"title\":\"t\",\"text\":"
         "\"before \",\"fallback\":\"\",\"callback_id\":\"\",\"footer\":\"\",\"mrkdwn_in\":[\"fallback\","
         "\"pretext\",\"text\"]}]}"},
    };
    check_golden("slack", rows, COUNT_OF(rows));
}

/* */
TEST(slack, an_app_token_is_an_authorization_for_the_app_url)
{
    struct fixture f;

    fixture_start(&f, "slack", "{app_token: TOK, channel: c}", true);
    fixture_must_render(&f);
    CHECK_STR(f.request.url, POST_MESSAGE);
    CHECK(f.render.settings->http_config->has_authorization);
    CHECK_STR(f.render.settings->http_config->auth_type, "Bearer");
    CHECK_STR(f.render.settings->http_config->auth_credentials, "TOK");
    CHECK(!f.config->global.http_config->has_authorization);
    fixture_end(&f);
}

/* P-098 R-042 */
TEST(slack, replies)
{
    static const struct outcome rows[] = {
        {200, "ok", VERDICT_DELIVERED, FAILURE_NONE, ""},
        {200, "no_service", VERDICT_PERMANENT, FAILURE_CLIENT,
         "channel \"#c\": received an error response from Slack: no_service"},
        {404, "gone", VERDICT_PERMANENT, FAILURE_CLIENT, "channel \"#c\": unexpected status code 404: gone"},
        {429, "", VERDICT_PERMANENT, FAILURE_RATE_LIMITED, "channel \"#c\": unexpected status code 429"},
        {503, "", VERDICT_RETRY, FAILURE_SERVER, "channel \"#c\": unexpected status code 503"},
    };
    check_outcomes("slack", "{api_url: 'http://x/s', channel: '#c'}", rows, COUNT_OF(rows));
}

/* P-098 R-042 */
TEST(slack, json_replies)
{
    static const struct outcome rows[] = {
        {200, "{\"ok\":true}", VERDICT_DELIVERED, FAILURE_NONE, ""},
        {200, "{\"ok\":false,\"error\":\"channel_not_found\"}", VERDICT_PERMANENT, FAILURE_CLIENT,
         "channel \"#c\": error response from Slack: channel_not_found"},
        {200, "nonsense", VERDICT_RETRY, FAILURE_CLIENT,
         "channel \"#c\": could not unmarshal JSON response: "},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct reply reply = {.transported = true,
                                    .status = rows[i].status,
                                    .body = sv_of(rows[i].body),
                                    .content_type = SV("application/json; charset=utf-8"),
                                    .date = STAMP_UNSET};
        struct fixture f;
        struct verdict v = {0};
        fixture_start(&f, "slack", "{api_url: 'http://x/s', channel: '#c'}", true);
        fixture_must_render(&f);
        f.type->classify(&f.render, &f.request, &reply, &v);
        FAIL_IF(v.kind != rows[i].kind || v.failure != rows[i].failure ||
                    strncmp(v.text, rows[i].text, strlen(rows[i].text)) != 0,
                "%s: kind %d failure %d \"%s\"", rows[i].body, v.kind, v.failure, v.text);
        fixture_end(&f);
    }
}

#define UPDATES "{api_url: '" POST_MESSAGE "', channel: '#c', update_message: true}"
#define UPDATE  "https://slack.com/api/chat.update"

/* The group's message is known: that of the reply before. */
static void begin_known(struct fixture *f)
{
    const struct label_sv pairs[] = {{SV("channelId"), SV("C1")}, {SV("threadTs"), SV("1.5")}};

    fixture_start(f, "slack", UPDATES, true);
    f->delivery->receiver_data = labels_new(pairs, COUNT_OF(pairs));
    fixture_must_render(f);
}

static struct verdict json_reply(struct fixture *f, const char *body)
{
    const struct reply reply = {.transported = true,
                                .status = 200,
                                .body = sv_of(body),
                                .content_type = SV("application/json"),
                                .date = STAMP_UNSET};
    struct verdict v = {0};

    f->type->classify(&f->render, &f->request, &reply, &v);
    return v;
}

/* "channel ts", as kept; "-" when nothing is. */
static void check_kept(const struct fixture *f, const char *wanted)
{
    const struct labels *kept = f->delivery->receiver_data;
    char text[64] = "-";

    if (kept != NULL)
        snprintf(text, sizeof text, "%.*s %.*s", SV_ARG(labels_get(kept, SV("channelId"))),
                 SV_ARG(labels_get(kept, SV("threadTs"))));
    CHECK_STR(text, wanted);
}

/* */
TEST(slack, a_group_keeps_to_its_message)
{
    struct fixture f;

    fixture_start(&f, "slack", UPDATES, true);
    fixture_must_render(&f);
    CHECK_STR(f.request.url, POST_MESSAGE);
    CHECK(strncmp(f.request.body.p, "{\"channel\":\"#c\",\"username\"", 26) == 0);
    CHECK_EQ(json_reply(&f, "{\"ok\":true,\"channel\":\"C1\",\"ts\":\"1.5\"}").kind, VERDICT_DELIVERED);
    check_kept(&f, "C1 1.5");
    fixture_must_render(&f);
    CHECK_STR(f.request.url, UPDATE);
    CHECK(strncmp(f.request.body.p, "{\"channel\":\"C1\",\"ts\":\"1.5\",\"username\"", 37) == 0);
    CHECK_EQ(json_reply(&f, "{\"ok\":true,\"channel\":\"C1\",\"ts\":\"1.7\"}").kind, VERDICT_DELIVERED);
    check_kept(&f, "C1 1.7");
    fixture_end(&f);
}

/* */
TEST(slack, what_becomes_of_the_known_message)
{
    static const struct {
        const char *reply;
        enum verdict_kind kind;
        bool strict;
        const char *kept;
    } rows[] = {
        {"{\"ok\":true}", VERDICT_DELIVERED, false, "C1 1.5"},
        {"{\"ok\":true,\"channel\":\"\",\"ts\":\"1.7\"}", VERDICT_DELIVERED, false, "C1 1.5"},
        {"{\"ok\":false,\"error\":\"message_not_found\"}", VERDICT_NEXT, false, "-"},
        {"{\"ok\":false,\"error\":\"edit_window_closed\"}", VERDICT_NEXT, false, "-"},
        {"{\"ok\":false,\"error\":\"message_not_found\"}", VERDICT_PERMANENT, true, "C1 1.5"},
        {"{\"ok\":false,\"error\":\"invalid_auth\"}", VERDICT_PERMANENT, false, "C1 1.5"},
        {"nonsense", VERDICT_RETRY, false, "C1 1.5"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        begin_known(&f);
        f.render.compat_strict = rows[i].strict;
        const struct verdict v = json_reply(&f, rows[i].reply);
        FAIL_IF(v.kind != rows[i].kind, "%s: kind %d \"%s\"", rows[i].reply, v.kind, v.text);
        check_kept(&f, rows[i].kept);
        fixture_end(&f);
    }
}

/* Nothing is kept, and what was kept is not looked at, where messages are not to be changed. */
TEST(slack, without_update_message_each_notification_is_a_message)
{
    const struct label_sv pairs[] = {{SV("channelId"), SV("C1")}, {SV("threadTs"), SV("1.5")}};
    struct fixture f;

    fixture_start(&f, "slack", "{api_url: '" POST_MESSAGE "', channel: '#c'}", true);
    fixture_must_render(&f);
    CHECK_EQ(json_reply(&f, "{\"ok\":true,\"channel\":\"C1\",\"ts\":\"1.5\"}").kind, VERDICT_DELIVERED);
    check_kept(&f, "-");
    f.delivery->receiver_data = labels_new(pairs, COUNT_OF(pairs));
    fixture_must_render(&f);
    CHECK_STR(f.request.url, POST_MESSAGE);
    fixture_end(&f);
}

/* */
TEST(slack, settings_are_checked)
{
    static const struct refusal rows[] = {
        {"{}", "no Slack API URL nor App token set either inline or in a file"},
        {"{api_url: 'http://x', api_url_file: f}",
         "at most one of api_url & api_url_file must be configured"},
        {"{app_token: t, app_token_file: f}", "at most one of app_token & app_token_file must be configured"},
        {"{app_token: t, api_url: 'http://x'}",
         "at most one of api_url/api_url_file & app_token/app_token_file must be configured"},
        {"{app_token: t, http_config: {authorization: {credentials: c}}}",
         "http authorization can't be set when using Slack App tokens"},
        {"{api_url: 'http://x', update_message: true}",
         "update_message can only be used with bot tokens. api_url must be set to " POST_MESSAGE},
        {"{app_token: t, update_message: true}",
         "update_message can only be used with bot tokens. api_url must be set to " POST_MESSAGE},
        {"{api_url: 'http://x', fields: [{value: v}]}", "missing title in Slack field configuration"},
        {"{api_url: 'http://x', fields: [{title: t}]}", "missing value in Slack field configuration"},
        {"{api_url: 'http://x', actions: [{text: t, url: u}]}", "missing type in Slack action configuration"},
        {"{api_url: 'http://x', actions: [{type: t, url: u}]}", "missing text in Slack action configuration"},
        {"{api_url: 'http://x', actions: [{type: t, text: t}]}",
         "missing name or url in Slack action configuration"},
        {"{api_url: 'http://x', actions: [{type: t, text: t, name: n, confirm: {title: t}}]}",
         "missing text in Slack confirmation configuration"},
    };
    check_refusals("slack", rows, COUNT_OF(rows));
}
