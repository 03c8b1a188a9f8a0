#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "support/test.h"

/* What the calls between capture_start() and capture_end() wrote to standard error. */
struct capture {
    int saved, pipe[2];
};

static struct capture capture_start(void)
{
    struct capture c = {.saved = dup(STDERR_FILENO)};
    if (pipe(c.pipe) != 0 || dup2(c.pipe[1], STDERR_FILENO) < 0)
        abort();
    return c;
}

static struct sv capture_end(struct capture *c, char *buf, size_t size)
{
    dup2(c->saved, STDERR_FILENO);
    close(c->saved);
    close(c->pipe[1]);
    const ssize_t n = read(c->pipe[0], buf, size);
    close(c->pipe[0]);
    return (struct sv){buf, n > 0 ? (size_t)n : 0};
}

/* What follows "time=... level=... source=...". */
static struct sv after_source(struct sv line)
{
    const char *p = strstr(line.p, "source=");
    FAIL_IF(p == NULL, "no source in \"%.*s\"", SV_ARG(line));
    p = strchr(p, ' ');
    return (struct sv){p + 1, (size_t)(line.p + line.n - p - 1)};
}

#define CAPTURE(out, ...)                                                                                    \
    char out##_buf[32768] = {0};                                                                             \
    struct capture out##_capture = capture_start();                                                          \
    __VA_ARGS__;                                                                                             \
    const struct sv out = capture_end(&out##_capture, out##_buf, sizeof out##_buf - 1)

TEST(log, a_line_has_time_level_source_message_and_pairs)
{
    log_setup(LOG_INFO, LOG_LOGFMT);
    CAPTURE(line, log_info("hello there", "n", "3", "peer", "a b"));
    int year, ms;
    CHECK_EQ(sscanf(line.p, "time=%d-%*d-%*dT%*d:%*d:%*d.%3d", &year, &ms), 2);
    CHECK(strstr(line.p, " level=INFO source=log_test.c:") != NULL);
    CHECK_SV(after_source(line), "msg=\"hello there\" n=3 peer=\"a b\"\n");
}

TEST(log, the_time_carries_the_local_zone)
{
    setenv("TZ", "XYZ-05:30", 1);
    tzset();
    CAPTURE(line, log_error("x"));
    const char *zone = strstr(line.p, " level=ERROR");
    CHECK(zone != NULL && zone - line.p == 34);
    CHECK_SV(((struct sv){zone - 6, 6}), "+05:30");
    unsetenv("TZ");
    tzset();
}

TEST(log, logfmt_quotes_what_would_not_read_back)
{
    static const struct {
        const char *value, *want;
    } rows[] = {
        {"plain", "plain"},
        {"", "\"\""},
        {"a b", "\"a b\""},
        {"a=b", "\"a=b\""},
        {"say \"hi\"", "\"say \\\"hi\\\"\""},
        {"two\nlines\t\r", "\"two\\nlines\\t\\r\""},
        {"bell\a", "\"bell\\u0007\""},
        {"back\\slash", "back\\slash"},
        {"gr\u00FC\u00DFe", "gr\u00FC\u00DFe"},
        {"bad\xFF", "bad\uFFFD"},
        {"{\"a\"}", "\"{\\\"a\\\"}\""},
        {NULL, "\"\""},
    };
    log_setup(LOG_INFO, LOG_LOGFMT);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CAPTURE(line, log_warn("m", "v", rows[i].value, "end", "1"));
        char want[256];
        (void)snprintf(want, sizeof want, "msg=m v=%s end=1\n", rows[i].want);
        CHECK_SV(after_source(line), want);
    }
}

TEST(log, json_lines_are_json)
{
    log_setup(LOG_INFO, LOG_JSON);
    CAPTURE(line, log_info("say \"hi\"", "key", "a\\b\n"));
    log_setup(LOG_INFO, LOG_LOGFMT);
    CHECK(sv_has_prefix(line, SV("{\"time\":\"2")));
    CHECK(strstr(line.p, "\",\"level\":\"INFO\",\"source\":\"log_test.c:") != NULL);
    const char *msg = strstr(line.p, ",\"msg\"");
    CHECK(msg != NULL);
    CHECK_STR(msg, ",\"msg\":\"say \\\"hi\\\"\",\"key\":\"a\\\\b\\n\"}\n");
}

TEST(log, events_below_the_level_are_not_written)
{
    log_setup(LOG_WARN, LOG_LOGFMT);
    CAPTURE(line, log_info("quiet"); log_debug("quiet"); log_error("loud"));
    log_setup(LOG_INFO, LOG_LOGFMT);
    CHECK(strstr(line.p, "quiet") == NULL);
    CHECK(strstr(line.p, "loud") != NULL);
}

TEST(log, a_huge_value_is_cut_and_errno_is_kept)
{
    static char huge[100000];
    memset(huge, 'x', sizeof huge - 1);
    errno = ENOENT;
    CAPTURE(line, log_info("m", "v", huge));
    CHECK_EQ(errno, ENOENT);
    CHECK(line.n > 8192 && line.n < 8192 + 200);
    CHECK_EQ(line.p[line.n - 1], '\n');
}

TEST(log, parses_the_names_of_levels_and_formats)
{
    enum log_level level;
    enum log_format format;
    CHECK(log_level_parse("debug", &level) && level == LOG_DEBUG);
    CHECK(log_level_parse("error", &level) && level == LOG_ERROR);
    CHECK(!log_level_parse("ERROR", &level));
    CHECK(!log_level_parse("", &level));
    CHECK(log_format_parse("json", &format) && format == LOG_JSON);
    CHECK(!log_format_parse("text", &format));
}
