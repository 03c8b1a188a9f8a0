#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
{
    va_list ap;

    *err = (struct err){.kind = kind};
    va_start(ap, fmt);
    (void)vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    return false;
}

bool err_wrap(struct err *err, const char *fmt, ...)
{
    char old[sizeof err->text];
    va_list ap;

    memcpy(old, err->text, sizeof old);
    va_start(ap, fmt);
    int n = vsnprintf(err->text, sizeof err->text - 2, fmt, ap);
    va_end(ap);
    size_t used = n < 0 ? 0 : (size_t)n < sizeof old - 2 ? (size_t)n : sizeof old - 3;
    size_t room = sizeof old - used -
                  3; /* what does not fit of the old text is cut, never the context in front of it */
    size_t keep = strnlen(old, room);
    memcpy(err->text + used, ": ", 2);
    memcpy(err->text + used + 2, old, keep);
    err->text[used + 2 + keep] = '\0';
    return false;
}

bool err_errno(struct err *err, const char *fmt, ...)
{
    const int code = errno;
    char cause[128];
    va_list ap;

    *err = (struct err){.kind = ERR_SYSTEM};
    va_start(ap, fmt);
    int n = vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    if (n < 0 || (size_t)n >= sizeof err->text)
        return false;
    (void)snprintf(err->text + n, sizeof err->text - (size_t)n, ": %s",
                   strerror_r(code, cause, sizeof cause));
    return false;
}

int err_http_status(enum err_kind kind)
{
    static const int status[] = {
        [ERR_NONE] = 200,  [ERR_INVALID] = 400,     [ERR_NOT_FOUND] = 404, [ERR_CONFLICT] = 409,
        [ERR_LIMIT] = 413, [ERR_UNAVAILABLE] = 503, [ERR_SYSTEM] = 500,
    };
    return status[kind];
}
