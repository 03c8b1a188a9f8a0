#include "base/err.h"

#include <errno.h>

#include "support/test.h"

TEST(err, set_fills_everything_and_wrap_puts_context_in_front)
{
    struct err err = {.kind = ERR_SYSTEM, .line = 3, .col = 4, .text = "old"};
    CHECK(!err_set(&err, ERR_INVALID, "bad %s", "thing"));
    CHECK_STR(err.text, "bad thing");
    CHECK_EQ(err.kind, ERR_INVALID);
    CHECK_EQ(err.line, 0);
    err.line = 7;
    CHECK(!err_wrap(&err, "file %d", 1));
    CHECK_STR(err.text, "file 1: bad thing");
    CHECK_EQ(err.kind, ERR_INVALID);
    CHECK_EQ(err.line, 7);
}

TEST(err, long_texts_are_cut_and_the_context_stays)
{
    struct err err;
    char full[sizeof err.text];
    memset(full, 'x', sizeof full - 1);
    full[sizeof full - 1] = '\0';
    err_set(&err, ERR_INVALID, "%sTAIL", full);
    CHECK_EQ(strlen(err.text), sizeof err.text - 1);
    err_wrap(&err, "context");
    CHECK(strncmp(err.text, "context: xxx", 12) == 0);
    CHECK(strlen(err.text) < sizeof err.text);
    for (size_t n = sizeof full - 5; n < sizeof full; n++) {
        err_set(&err, ERR_INVALID, "y");
        err_wrap(&err, "%.*s", (int)n, full);
        CHECK(strlen(err.text) < sizeof err.text);
    }
}

TEST(err, errno_is_named)
{
    struct err err;
    errno = ENOENT;
    CHECK(!err_errno(&err, "open %s", "x.yml"));
    CHECK_STR(err.text, "open x.yml: No such file or directory");
    CHECK_EQ(err.kind, ERR_SYSTEM);
}

TEST(err, kinds_have_a_status)
{
    static const struct {
        enum err_kind kind;
        int status;
    } rows[] = {{ERR_NONE, 200},  {ERR_INVALID, 400},     {ERR_NOT_FOUND, 404}, {ERR_CONFLICT, 409},
                {ERR_LIMIT, 413}, {ERR_UNAVAILABLE, 503}, {ERR_SYSTEM, 500}};
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_EQ(err_http_status(rows[i].kind), rows[i].status);
}
