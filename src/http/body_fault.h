/* A refusal of a whole request because of its body, in the words of the API's framework (api.md 1.6). */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

enum fault_code {
    FAULT_NONE,
    FAULT_PARSE = 400,
    FAULT_TOO_LARGE = 413,
    FAULT_TYPE = 601,
    FAULT_REQUIRED = 602,
    FAULT_TOO_FEW = 612,
};

struct body_fault {
    enum fault_code code;
    struct strbuf text;
};
void body_fault_done(struct body_fault *f);

/* "<field> in body <what>", for instance "0.labels in body is required". Only the first fault is kept. */
void body_fault_field(struct body_fault *f, enum fault_code code, const char *field, const char *what);

/* Replaces any other fault: `parsing alerts body from "" failed, because ...`, or the limit that was hit.
 * Always false. */
bool body_fault_parse(struct body_fault *f, const char *what, const struct err *err);
