#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clk.h"
#include "base/str.h"
#include "base/utf8.h"

/* A longer value is cut: one event must stay one short line, whoever chose the value. */
#define VALUE_MAX ((size_t)8 << 10)

/* Written once at start, before the first thread. */
static atomic_int current_level = LOG_INFO;
static atomic_int current_format = LOG_LOGFMT;

static const char *const level_names[] = {"debug", "info", "warn", "error"};
static const char *const level_labels[] = {"DEBUG", "INFO", "WARN", "ERROR"};
static const char *const format_names[] = {"logfmt", "json"};

static int find_name(const char *s, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(s, names[i]) == 0)
            return (int)i;
    return -1;
}

bool log_level_parse(const char *s, enum log_level *level)
{
    const int i = find_name(s, level_names, COUNT_OF(level_names));
    if (i < 0)
        return false;
    *level = (enum log_level)i;
    return true;
}

bool log_format_parse(const char *s, enum log_format *format)
{
    const int i = find_name(s, format_names, COUNT_OF(format_names));
    if (i < 0)
        return false;
    *format = (enum log_format)i;
    return true;
}

void log_setup(enum log_level level, enum log_format format)
{
    atomic_store_explicit(&current_level, (int)level, memory_order_relaxed);
    atomic_store_explicit(&current_format, (int)format, memory_order_relaxed);
}

bool log_enabled(enum log_level level)
{
    return (int)level >= atomic_load_explicit(&current_level, memory_order_relaxed);
}

/* The same escapes serve both formats: what logfmt and JSON readers undo in the same way. */
static void add_quoted(struct strbuf *b, struct sv s)
{
    strbuf_addc(b, '"');
    for (size_t i = 0; i < s.n; i++) {
        const unsigned char c = (unsigned char)s.p[i];
        if (c == '"' || c == '\\')
            strbuf_addf(b, "\\%c", c);
        else if (c == '\n')
            strbuf_adds(b, "\\n");
        else if (c == '\r')
            strbuf_adds(b, "\\r");
        else if (c == '\t')
            strbuf_adds(b, "\\t");
        else if (c < 0x20 || c == 0x7F)
            strbuf_addf(b, "\\u%04x", c);
        else
            strbuf_addc(b, (char)c);
    }
    strbuf_addc(b, '"');
}

static bool needs_quotes(struct sv s)
{
    for (size_t i = 0; i < s.n; i++) {
        const unsigned char c = (unsigned char)s.p[i];
        if (c <= ' ' || c == '"' || c == '=' || c == 0x7F)
            return true;
    }
    return s.n == 0;
}

/* One event on its way out. */
struct event {
    struct strbuf line, clean;
    bool json;
};

static struct sv shortened(struct event *e, const char *value)
{
    struct sv s = {value, strnlen(value, VALUE_MAX + 4)};

    s.n = utf8_cut(s, VALUE_MAX);
    if (utf8_valid(s))
        return s;
    strbuf_reset(&e->clean);
    utf8_add_clean(&e->clean, s);
    return strbuf_sv(&e->clean);
}

static void add_pair(struct event *e, const char *key, const char *value)
{
    const struct sv v = shortened(e, value != NULL ? value : "");
    const bool first = e->line.n == 0;

    if (e->json)
        strbuf_addf(&e->line, "%s\"%s\":", first ? "{" : ",", key);
    else
        strbuf_addf(&e->line, "%s%s=", first ? "" : " ", key);
    if (e->json || needs_quotes(v))
        add_quoted(&e->line, v);
    else
        strbuf_addsv(&e->line, v);
}

/* With the zone, to the millisecond. codec's printer of timestamps is above this layer. */
static void format_time(struct stamp t, char *out, size_t size)
{
    const time_t local = (time_t)(t.sec + t.off_min * INT64_C(60));
    const int off = abs(t.off_min);
    struct tm tm;
    char date[32], zone[8] = "Z";

    (void)gmtime_r(&local, &tm);
    (void)strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm);
    if (off != 0)
        (void)snprintf(zone, sizeof zone, "%c%02d:%02d", t.off_min < 0 ? '-' : '+', off / 60 % 100, off % 60);
    (void)snprintf(out, size, "%s.%03d%s", date, (int)(t.nsec / NS_PER_MS), zone);
}

static void add_head(struct event *e, enum log_level level, const char *file, int line, const char *msg)
{
    const char *slash = strrchr(file, '/');
    char when[64], source[128];

    format_time(clk_now().wall, when, sizeof when);
    (void)snprintf(source, sizeof source, "%s:%d", slash != NULL ? slash + 1 : file, line);
    add_pair(e, "time", when);
    add_pair(e, "level", level_labels[level]);
    add_pair(e, "source", source);
    add_pair(e, "msg", msg);
}

void log_write(enum log_level level, const char *file, int line, const char *msg, ...)
{
    const int saved_errno = errno;
    struct event e = {.json = atomic_load_explicit(&current_format, memory_order_relaxed) == LOG_JSON};
    va_list ap;

    add_head(&e, level, file, line, msg);
    va_start(ap, msg);
    for (const char *key; (key = va_arg(ap, const char *)) != NULL;)
        add_pair(&e, key, va_arg(ap, const char *));
    va_end(ap);
    strbuf_adds(&e.line, e.json ? "}\n" : "\n");
    while (write(STDERR_FILENO, e.line.p, e.line.n) < 0 && errno == EINTR)
        continue;
    strbuf_done(&e.line);
    strbuf_done(&e.clean);
    errno = saved_errno;
}
