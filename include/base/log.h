/* The log: one line per event, logfmt or JSON, on standard error, as Alertmanager's users know it:
 *   time=2026-11-21T01:02:03.456Z level=INFO source=silence.c:42 msg="text" key=value ...
 *
 * Only app, http, notify and db log; lower layers return errors. Any thread may log; a line is written with
 * one write(2). Values that are secret must not get here.
 */
#pragma once

#include <stdbool.h>

#include "base/attr.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_LOGFMT, LOG_JSON };

bool log_level_parse(const char *s, enum log_level *level) NODISCARD;    /* debug, info, warn, error */
bool log_format_parse(const char *s, enum log_format *format) NODISCARD; /* logfmt, json */

/* Once, before the first thread. The default is LOG_INFO and LOG_LOGFMT. */
void log_setup(enum log_level level, enum log_format format);
bool log_enabled(enum log_level level);

/* After `msg` come pairs of const char *: key, value, key, value, ..., NULL. */
void log_write(enum log_level level, const char *file, int line, const char *msg, ...)
    __attribute__((sentinel));

#define log_at(level, ...)                                                                                   \
    do {                                                                                                     \
        if (log_enabled(level))                                                                              \
            log_write((level), __FILE__, __LINE__, __VA_ARGS__, (const char *)NULL);                         \
    } while (0)
#define log_debug(...) log_at(LOG_DEBUG, __VA_ARGS__)
#define log_info(...)  log_at(LOG_INFO, __VA_ARGS__)
#define log_warn(...)  log_at(LOG_WARN, __VA_ARGS__)
#define log_error(...) log_at(LOG_ERROR, __VA_ARGS__)
