#include "fixture.h"

#define API "https://api.pushover.net/1/messages.json?"

/* */
TEST(pushover, everything_is_in_the_query)
{
    static const struct {
        const char *settings;
        bool firing;
        const char *url;
    } rows[] = {
        {"{user_key: u, token: t, title: 'T {{ .Status }}', message: ' <b> ', url: 'http://l/?a=b'}", true,
         API "device=&expire=3600&message=%3Cb%3E&priority=2&retry=60&sound=&title=T+firing&token=t&"
             "url=http%3A%2F%2Fl%2F%3Fa%3Db&url_title=&user=u"},
        {"{user_key: u, token: t, title: T, message: ' {{ .CommonLabels.nothing }} ', url: '', device: d, "
         "sound: s, retry: 90s, expire: 2h, ttl: 10s, url_title: x, monospace: true}",
         false,
         API "device=d&expire=7200&message=%28no+details%29&monospace=1&priority=0&retry=90&sound=s&title=T&"
             "token=t&ttl=10&url=&url_title=x&user=u"},
        {"{user_key: u, token: t, title: T, message: '<i>{{ .CommonAnnotations.summary }}', url: '', html: "
         "true}",
         true,
         API
         "device=&expire=3600&html=1&message=%3Ci%3ECPU+%26lt%3B96%25%26gt%3B+%26amp%3B+rising&priority=2&"
         "retry=60&sound=&title=T&token=t&url=&url_title=&user=u"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        fixture_start(&f, "pushover", rows[i].settings, rows[i].firing);
        fixture_must_render(&f);
        CHECK_STR(f.request.method, "POST");
        CHECK_STR(f.request.content_type, "text/plain");
        CHECK_STR(f.request.url, rows[i].url);
        CHECK_EQ(f.request.body.n, (size_t)0);
        fixture_end(&f);
    }
}

/* */
TEST(pushover, long_texts_are_cut)
{
    static const struct {
        const char *option;
        size_t runes, kept;
    } rows[] = {{"title", 250, 250}, {"title", 251, 249}, {"message", 1025, 1023}, {"url", 513, 511}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf settings = {0}, want = {0};
        struct fixture f;
        strbuf_addf(&settings, "{user_key: u, token: t, %s: '", rows[i].option);
        strbuf_addf(&want, "&%s=", rows[i].option);
        for (size_t k = 0; k < rows[i].runes; k++)
            strbuf_addc(&settings, 'x');
        for (size_t k = 0; k < rows[i].kept; k++)
            strbuf_addc(&want, 'x');
        strbuf_adds(&settings, "'}");
        strbuf_adds(&want, rows[i].kept < rows[i].runes ? "%E2%80%A6&" : "&");
        fixture_start(&f, "pushover", settings.p, true);
        fixture_must_render(&f);
        FAIL_IF(strstr(f.request.url, want.p) == NULL, "%s of %zu: %s", rows[i].option, rows[i].runes,
                f.request.url);
        fixture_end(&f);
        strbuf_done(&settings);
        strbuf_done(&want);
    }
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "we");
    CHECK(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
}

/* these two are not trimmed, as upstream does not; and they are read each time. */
TEST(pushover, files_are_read_for_every_notification_as_they_are)
{
    char path[] = "/tmp/pushover-test-XXXXXX", settings[128];
    struct fixture f;

    CHECK(mkstemp(path) >= 0);
    snprintf(settings, sizeof settings, "{user_key_file: '%s', token_file: '%s'}", path, path);
    write_file(path, "one\n");
    fixture_start(&f, "pushover", settings, true);
    fixture_must_render(&f);
    CHECK(strstr(f.request.url, "&token=one%0A&") != NULL && strstr(f.request.url, "&user=one%0A") != NULL);
    write_file(path, " two");
    fixture_must_render(&f);
    CHECK(strstr(f.request.url, "&token=+two&") != NULL);
    (void)remove(path);
    fixture_end(&f);
}

TEST(pushover, settings_are_checked)
{
    static const struct refusal rows[] = {
        {"{token: t}", "one of user_key or user_key_file must be configured"},
        {"{user_key: u}", "one of token or token_file must be configured"},
        {"{user_key: u, user_key_file: f, token: t}",
         "at most one of user_key & user_key_file must be configured"},
        {"{user_key: u, token: t, token_file: f}", "at most one of token & token_file must be configured"},
        {"{user_key: u, token: t, html: true, monospace: true}",
         "at most one of monospace & html must be configured"},
        {"{user_key: u, token: t, retry: 60}", "missing unit in duration"},
    };
    check_refusals("pushover", rows, COUNT_OF(rows));
}
