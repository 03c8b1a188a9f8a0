#include "fixture.h"

#define BOT "api_url: 'http://x', bot_token: 'TOK', "

/* T-064 R-054: the engine of HTML is for parse_mode HTML only */
TEST(telegram, bodies)
{
    static const struct golden rows[] = {
        {"{" BOT "chat_id: -100123, message: '<b>{{ .CommonAnnotations.summary }}</b>'}", true,
         "http://x/botTOK/sendMessage",
         "{\"chat_id\":\"-100123\",\"disable_web_page_preview\":\"true\",\"parse_mode\":\"HTML\",\"text\":"
         "\"\\u003cb\\u003eCPU \\u0026lt;96%\\u0026gt; \\u0026amp; rising\\u003c/b\\u003e\"}"},
        {"{" BOT "chat_id: 1, message_thread_id: 5, disable_notifications: true, parse_mode: '', message: "
         "'<{{ .CommonAnnotations.summary }}'}",
         false, "http://x/botTOK/sendMessage",
         "{\"chat_id\":\"1\",\"disable_notification\":\"true\",\"disable_web_page_preview\":\"true\","
         "\"message_thread_id\":\"5\",\"text\":\"\\u003cCPU \\u003c96%\\u003e \\u0026 rising\"}"},
    };
    check_golden("telegram", rows, COUNT_OF(rows));
}

/* HTML cannot be cut without breaking it. R-054 */
TEST(telegram, what_is_too_long_is_cut_or_replaced)
{
    static const struct {
        const char *mode;
        size_t runes;
        const char *end;
    } rows[] = {
        {"HTML", 4096, "xxx\"}\n"},
        {"HTML", 4097,
         "\"text\":\"Alertmanager notification could not be sent: message length exceeds Telegram "
         "limits.\\n\\t\\t\\tPlease check the template used for producing the message content.\"}\n"},
        {"MarkdownV2", 4096, "xxx\"}\n"},
        {"MarkdownV2", 4097, "xxx\xe2\x80\xa6\"}\n"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct strbuf settings = {0};
        struct fixture f;
        strbuf_addf(&settings, "{" BOT "chat_id: 1, parse_mode: %s, message: '", rows[i].mode);
        for (size_t k = 0; k < rows[i].runes; k++)
            strbuf_addc(&settings, 'x');
        strbuf_adds(&settings, "'}");
        fixture_start(&f, "telegram", settings.p, true);
        fixture_must_render(&f);
        const size_t n = strlen(rows[i].end);
        FAIL_IF(f.request.body.n < n || memcmp(f.request.body.p + f.request.body.n - n, rows[i].end, n) != 0,
                "%s of %zu: %.*s", rows[i].mode, rows[i].runes, SV_ARG(f.request.body));
        fixture_end(&f);
        strbuf_done(&settings);
    }
}

/* */
TEST(telegram, every_error_is_tried_again)
{
    static const struct outcome rows[] = {
        {200, "{\"ok\":true,\"result\":{}}", VERDICT_DELIVERED, FAILURE_NONE, ""},
        {400, "{\"ok\":false,\"error_code\":400,\"description\":\"Bad Request: chat not found\"}",
         VERDICT_RETRY, FAILURE_CLIENT, "telegram: chat not found (400)"},
        {401, "{\"ok\":false,\"error_code\":401,\"description\":\"Unauthorized\"}", VERDICT_RETRY,
         FAILURE_AUTH, "telegram: Unauthorized (401)"},
        {200, "{\"ok\":false,\"error_code\":429,\"description\":\"x\"}", VERDICT_RETRY, FAILURE_RATE_LIMITED,
         "telegram: x (429)"},
        {502, "<html>", VERDICT_RETRY, FAILURE_SERVER,
         "telegram: the reply with status 502 is not JSON as expected"},
    };
    check_outcomes("telegram", "{" BOT "chat_id: 1}", rows, COUNT_OF(rows));
}

TEST(telegram, the_api_says_how_long_to_wait)
{
    struct fixture f;

    fixture_start(&f, "telegram", "{" BOT "chat_id: 1}", true);
    fixture_must_render(&f);
    CHECK_EQ(
        fixture_reply(&f, 429,
                      "{\"ok\":false,\"error_code\":429,\"description\":\"Too Many Requests: retry after 7\","
                      "\"parameters\":{\"retry_after\":7}}")
            .retry_after,
        7 * NS_PER_S);
    fixture_end(&f);
}

TEST(telegram, files_that_cannot_be_read_are_tried_again)
{
    static const struct {
        const char *settings, *error;
    } rows[] = {
        {"{bot_token_file: /nonexistent/file, chat_id: 1}", "read bot_token_file: open /nonexistent/file: "},
        {"{" BOT "chat_id_file: /nonexistent/file}", "read chat_id_file: open /nonexistent/file: "},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        struct err err = {0};
        fixture_start(&f, "telegram", rows[i].settings, true);
        FAIL_IF(fixture_render(&f, (struct now){0}, &err), "%s is rendered", rows[i].settings);
        CHECK(f.render.transient);
        FAIL_IF(strncmp(err.text, rows[i].error, strlen(rows[i].error)) != 0, "%s: \"%s\"", rows[i].settings,
                err.text);
        fixture_end(&f);
    }
}

TEST(telegram, settings_are_checked)
{
    static const struct refusal rows[] = {
        {"{chat_id: 1}", "missing bot_token or bot_token_file on telegram_config"},
        {"{bot_token: t}", "missing chat_id or chat_id_file on telegram_config"},
        {"{bot_token: t, bot_token_file: f, chat_id: 1}",
         "at most one of bot_token & bot_token_file must be configured"},
        {"{bot_token: t, chat_id: 1, chat_id_file: f}",
         "at most one of chat_id & chat_id_file must be configured"},
        {"{bot_token: t, chat_id: 1, parse_mode: html}",
         "unknown parse_mode on telegram_config, must be Markdown, MarkdownV2, HTML or empty string"},
        {"{bot_token: t, chat_id: '1'}", "cannot unmarshal !!str `1` into int"},
    };
    check_refusals("telegram", rows, COUNT_OF(rows));
}
