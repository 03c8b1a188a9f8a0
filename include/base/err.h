/* Errors that a caller must look at.
 *
 * A function that can fail for a reason worth telling returns `bool` and takes a `struct err *` as its last
 * parameter. It fills the error exactly when it returns false. The text is what a user will read: no function
 * names, no trailing full stop or newline, never a secret. The struct lives on the caller's stack; making an
 * error never allocates.
 */
#pragma once

#include <stdbool.h>

#include "base/attr.h"

enum err_kind {
    ERR_NONE = 0,
    ERR_INVALID,     /* the input is wrong: HTTP 400, exit status 1 */
    ERR_NOT_FOUND,   /* 404 */
    ERR_CONFLICT,    /* 409 */
    ERR_LIMIT,       /* a configured limit was hit: 413 or 429 */
    ERR_UNAVAILABLE, /* try again later: 503 */
    ERR_SYSTEM,      /* errno, SQLite, libcurl: 500 */
};

struct err {
    enum err_kind kind;
    int line, col; /* 1-based position in the input, 0 when there is none */
    char text[1024];
};

#ifdef __cplusplus
extern "C" {
#endif

/* Both always return false, so that an error path is one line. err_wrap() puts "<fmt>: " in front. */
bool err_set(struct err *err, enum err_kind kind, const char *fmt, ...) PRINTF(3, 4);
bool err_wrap(struct err *err, const char *fmt, ...) PRINTF(2, 3);

/* "<fmt>: <strerror(errno)>", with the errno of the call before it. Kind ERR_SYSTEM. */
bool err_errno(struct err *err, const char *fmt, ...) PRINTF(2, 3);

int err_http_status(enum err_kind kind);

#ifdef __cplusplus
}
#endif
