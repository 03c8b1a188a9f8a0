#include "body_fault.h"

void body_fault_done(struct body_fault *f)
{
    strbuf_done(&f->text);
}

void body_fault_field(struct body_fault *f, enum fault_code code, const char *field, const char *what)
{
    if (f->code != FAULT_NONE)
        return;
    f->code = code;
    strbuf_adds(&f->text, field);
    strbuf_adds(&f->text, " in body ");
    strbuf_adds(&f->text, what);
}

bool body_fault_parse(struct body_fault *f, const char *what, const struct err *err)
{
    f->code = err->kind == ERR_LIMIT ? FAULT_TOO_LARGE : FAULT_PARSE;
    strbuf_reset(&f->text);
    strbuf_addf(&f->text, "parsing %s body from \"\" failed, because %s", what, err->text);
    return false;
}
